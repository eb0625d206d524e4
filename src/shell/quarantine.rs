//! The quarantine of a project: its list on disk, what holds of it today, and changes to it. Only a person changes it.

use super::desk::Desk;
use super::frames::now;
use super::index::Index;
pub use super::quarantine_rename::{now_called, rename};
use super::sharing::Kept;
use super::vanished::{is_dynamic, names};
use crate::app::{Ask, QuarantineChange};
use crate::base::{Clean, Day, Problem, RepoPath};
use crate::domain::history::{Dossier, Signature};
use crate::domain::ledger::Ledger;
use crate::domain::python::estimate;
use crate::domain::quarantine::{Applied, Entry, Quarantine, Treatment, added, apply, deselection, removed};
use crate::domain::suite::{Plan, Target, TestId, Told};
use crate::io::files;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// The name of the list, at the project's root: beside the settings, for everybody to review.
pub const LIST: &str = "lacuna-quarantine.toml";
/// The largest list, in bytes.
const LIMIT: u64 = 4 * 1024 * 1024;
/// How long a test is in quarantine unless somebody says otherwise, in days.
pub const DAYS: u32 = 30;

/// The day that it is.
#[must_use]
pub fn today() -> Day {
    Day::of(now())
}

/// The list as it is on disk; empty where there is none.
#[must_use]
pub fn read(desk: &Desk) -> Quarantine {
    match text(desk) {
        Ok(text) => Quarantine::read(&text.unwrap_or_default(), LIST),
        Err(problem) => Quarantine { entries: Vec::new(), problems: vec![problem] },
    }
}

pub(super) fn text(desk: &Desk) -> Result<Option<String>, Problem> {
    let place = desk.project.root.join(LIST);
    if place.symlink_metadata().is_err() { Ok(None) } else { files::read_text(&place, LIMIT).map(Some) }
}

/// What is done with quarantined tests, by the settings.
#[must_use]
pub fn treatment(desk: &Desk) -> Treatment {
    Treatment::named(desk.project.config.text("runner.quarantine").unwrap_or_default())
}

/// The plan of what was asked for, with the quarantine applied. What is asked for by name, and nothing beside it, counts.
/// Entries that hold no more are named where they concern the plan.
#[must_use]
pub fn applied(desk: &Desk, ask: &Ask, plan: Plan, ledger: Option<&Ledger>) -> (Plan, Applied, Vec<Problem>) {
    let treatment = treatment(desk);
    if treatment == Treatment::Off || ask.pdb || ask.lab.is_some() {
        return (plan, Applied::default(), Vec::new());
    }
    let list = read(desk);
    let mut problems = list.problems.clone();
    if list.entries.is_empty() {
        return (plan, Applied::default(), problems);
    }
    let paths: BTreeSet<&str> = plan.batches().flat_map(|batch| batch.targets.iter().map(Target::path)).collect();
    let is_all = plan.batches().any(|batch| batch.targets.is_empty());
    let near: Vec<&Entry> = list.entries.iter().filter(|entry| is_all || paths.contains(entry.id.path())).collect();
    let (over, holding): (Vec<&Entry>, Vec<&Entry>) = near.into_iter().partition(|entry| entry.has_expired(today()));
    problems.extend(said_over(&over));
    let entries: Vec<Entry> = holding.into_iter().cloned().collect();
    let known = known(desk, &entries, ledger);
    let index = Index::open(desk);
    problems.extend(entries.iter().filter(|entry| is_gone(desk, &index, entry, &known)).map(|entry| gone(desk, entry)));
    if is_named(ask, &entries) {
        let named = ask.targets.iter().filter(|target| !known.iter().any(|test| is_asked(target, test)));
        let tests = named.map(|target| TestId::new(target.as_str()));
        let tests =
            tests.chain(known.iter().filter(|test| ask.targets.iter().any(|target| is_asked(target, test))).cloned());
        let tests = tests.collect();
        return (plan, Applied { treatment: Treatment::Off, entries, tests, by_name: true }, problems);
    }
    let (plan, applied, wrong) = apply(plan, (treatment, &entries), &known);
    problems.extend(wrong);
    (plan, applied, problems)
}

/// The tests of the files that entries are about.
fn known(desk: &Desk, entries: &[Entry], ledger: Option<&Ledger>) -> Vec<TestId> {
    let files: BTreeSet<RepoPath> = entries.iter().filter_map(|entry| RepoPath::new(entry.id.path())).collect();
    let listings = desk.listings(&files.into_iter().collect::<Vec<_>>(), ledger);
    let left_out = listings.values().flat_map(|listing| listing.left_out.iter().map(|(left, _)| left.test.clone()));
    listings.values().flat_map(|listing| listing.tests.iter().cloned()).chain(left_out).collect()
}

fn is_asked(target: &Target, test: &TestId) -> bool {
    target.holds(test) || target.as_str() == test.as_str()
}

/// Whether nothing but quarantined tests was asked for, each by its name.
fn is_named(ask: &Ask, entries: &[Entry]) -> bool {
    let covered = |target: &Target| entries.iter().any(|entry| entry.covers(&TestId::new(target.as_str())));
    let plain = Ask { targets: ask.targets.clone(), ..Ask::default() };
    !ask.targets.is_empty() && plain == *ask && ask.targets.iter().all(covered)
}

/// What is said of entries whose last day is over.
fn said_over(over: &[&Entry]) -> Option<Problem> {
    let first = over.first()?;
    let day = first.expires.map(|day| day.to_string()).unwrap_or_default();
    let more = if over.len() > 1 { format!(", and {} more are over", over.len() - 1) } else { String::new() };
    let what = format!("the quarantine of {} ended on {day}{more}: it counts again", first.id.clean());
    Some(
        Problem::warning(format!("{LIST}:{}", first.line), what)
            .hint("mend it, give it another day, or take the entry out"),
    )
}

fn gone(desk: &Desk, entry: &Entry) -> Problem {
    if let Some(now) = now_called(desk, &entry.id) {
        let what = format!("{} is {} now, and the list does not hold for that", entry.id.clean(), now.clean());
        let hint = format!("lacuna quarantine rename '{}'", entry.id.as_str());
        return Problem::warning(format!("{LIST}:{}", entry.line), what).hint(hint);
    }
    let what = format!("{} is there no more", entry.id.clean());
    let hint = format!("take the entry out: lacuna quarantine remove '{}'", entry.id.as_str());
    Problem::warning(format!("{LIST}:{}", entry.line), what).hint(hint)
}

/// Whether it is certain that an entry stands for no test any more; `known` are the tests of its file.
fn is_gone(desk: &Desk, index: &Index<'_>, entry: &Entry, known: &[TestId]) -> bool {
    let Some(path) = RepoPath::new(entry.id.path()).filter(|path| desk.disk.is_there(path)) else { return true };
    let confirmed = index.fresh(&path).is_some_and(|collected| collected.error.is_none());
    if confirmed {
        return !known.iter().any(|test| entry.covers(test));
    }
    let (Some(text), Some(unit)) = (desk.disk.text(&path), desk.unit(&path)) else { return false };
    let is_function = !entry.id.names().is_empty() && !entry.id.is_doctest();
    is_function && !is_dynamic(&text) && estimate(&text).whole && !names(desk, &unit, &path, &entry.id)
}

/// An entry as it stands today.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The entry.
    pub entry: Entry,
    /// Whether its last day is over.
    pub expired: bool,
    /// Whether its test is there no more.
    pub gone: bool,
    /// The name that its test has now, where there is none of its own any more and the history knows another.
    pub now: Option<TestId>,
    /// The tests that it stands for, by the sources and the history.
    pub tests: Vec<TestId>,
}

/// Every entry of the list, and what is wrong with the list.
#[must_use]
pub fn judged(desk: &Desk) -> (Vec<Judged>, Vec<Problem>) {
    let list = read(desk);
    let known = known(desk, &list.entries, None);
    let index = Index::open(desk);
    let judge = |entry: &Entry| Judged {
        expired: entry.has_expired(today()),
        gone: is_gone(desk, &index, entry, &known),
        now: None,
        tests: known.iter().filter(|test| entry.covers(test)).cloned().collect(),
        entry: entry.clone(),
    };
    let mut judged: Vec<Judged> = list.entries.iter().map(judge).collect();
    for judged in judged.iter_mut().filter(|judged| judged.gone) {
        judged.now = now_called(desk, &judged.entry.id);
    }
    (judged, list.problems)
}

/// What `--deselect` is to be given for every entry in force. What cannot be said so is named.
#[must_use]
pub fn deselected(desk: &Desk) -> (Vec<String>, Vec<Problem>) {
    let list = read(desk);
    let entries: Vec<Entry> = list.in_force(today()).cloned().collect();
    let known = known(desk, &entries, None);
    let index = Index::open(desk);
    let (mut said, mut problems) = (Vec::new(), list.problems);
    for entry in entries.iter().filter(|entry| !is_gone(desk, &index, entry, &known)) {
        match deselection(entry, known.iter()) {
            Ok(words) => said.push(format!("--deselect={words}")),
            Err(other) => {
                let what = format!("is left out here: --deselect would leave out {} too", other.clean());
                problems.push(Problem::warning(entry.id.as_str(), what).hint("runs of lacuna hold it alone"));
            }
        }
    }
    (said, problems)
}

/// Puts a test into the list.
///
/// # Errors
/// It is in quarantine already, it is there no more, or the list cannot be written without losing something of it.
pub fn add(desk: &Desk, entry: Entry) -> Result<Entry, Problem> {
    let list = read(desk);
    if let Some(known) = list.entries.iter().find(|known| known.id == entry.id) {
        let what = format!("{} is in quarantine already", entry.id.clean());
        let hint = "another day or reason: take it out and put it in again, or edit the line";
        return Err(Problem::error(format!("{LIST}:{}", known.line), what).hint(hint));
    }
    if let Some(known) = list.in_force(today()).find(|known| known.covers(&entry.id)) {
        let what = format!("{} stands for {} already", known.id.clean(), entry.id.clean());
        return Err(Problem::error(format!("{LIST}:{}", known.line), what));
    }
    if entry.reason.trim().is_empty() {
        return Err(Problem::error(entry.id.as_str(), "a quarantine wants a reason"));
    }
    if is_gone(desk, &Index::open(desk), &entry, &known(desk, std::slice::from_ref(&entry), None)) {
        let hint = "`lacuna tests` lists them; a file, a class or a function stands for all its tests";
        return Err(Problem::error(entry.id.as_str(), "there is no such test").hint(hint));
    }
    let old = text(desk)?.unwrap_or_default();
    let new = added(&old, &entry);
    let expected: Vec<Entry> = list.entries.iter().cloned().chain([entry.clone()]).collect();
    write(desk, &list, &new, &expected)?;
    Ok(entry)
}

/// Takes the entry of that id out of the list, or the one that stands for the test of that id.
///
/// # Errors
/// There is none, or the list cannot be written without losing something of it.
pub fn remove(desk: &Desk, id: &TestId) -> Result<Entry, Problem> {
    let list = read(desk);
    let exact = list.entries.iter().find(|entry| entry.id == *id);
    let Some(entry) = exact.or_else(|| list.entries.iter().find(|entry| entry.covers(id))) else {
        let problem = Problem::error(id.as_str(), "is not in quarantine");
        return Err(problem.hint("`lacuna quarantine` lists what is"));
    };
    let by_hand = || {
        let what = format!("{} cannot be taken out without touching other entries", entry.id.clean());
        Problem::error(format!("{LIST}:{}", entry.line), what).hint("take it out by hand")
    };
    let new = removed(&text(desk)?.unwrap_or_default(), entry.line).ok_or_else(by_hand)?;
    let expected: Vec<Entry> = list.entries.iter().filter(|other| other.id != entry.id).cloned().collect();
    write(desk, &list, &new, &expected).map_err(|_| by_hand())?;
    Ok(entry.clone())
}

/// Writes the list, if it says then what is expected, and nothing else of it is lost.
pub(super) fn write(desk: &Desk, old: &Quarantine, new: &str, expected: &[Entry]) -> Result<(), Problem> {
    let place = place(desk)?;
    let after = Quarantine::read(new, LIST);
    let is_same = after.entries.len() == expected.len()
        && after.entries.iter().zip(expected).all(|(found, wanted)| found.says_the_same(wanted));
    if !is_same || after.problems.len() > old.problems.len() {
        let what = "the list cannot be written so that all of it stays as it is";
        return Err(Problem::error(LIST, what).hint("mend what is wrong in it first: `lacuna quarantine` says what"));
    }
    files::write_atomic(&place, new.as_bytes())
}

/// Where the list is written: never outside the project, whatever the repository has linked there.
fn place(desk: &Desk) -> Result<PathBuf, Problem> {
    let place = desk.project.root.join(LIST);
    match place.canonicalize() {
        Ok(real) if !real.starts_with(&desk.project.root) => {
            Err(Problem::error(LIST, format!("leads to {}, outside the project", real.display())))
        }
        // A link that leads nowhere would be written through.
        Err(_) if place.symlink_metadata().is_ok() => Err(Problem::error(LIST, "is a link that leads nowhere")),
        _ => Ok(place),
    }
}

/// The failure that a test is put into quarantine for: its most frequent one.
#[must_use]
pub fn signature(dossier: &Dossier) -> Option<String> {
    dossier.causes.first().map(|(_, cause)| cause.signature.words()).filter(|words| !words.is_empty())
}

/// That a quarantined test failed by another cause than the one that it was put there for.
#[must_use]
pub fn other_cause(entry: &Entry, told: &Told) -> Option<Problem> {
    let known = entry.signature.as_deref().filter(|_| told.outcome.is_bad())?;
    let found = Signature::of(&told.message, &told.details).words();
    let what = format!("is in quarantine for another failure: {found}");
    (found != known).then(|| Problem::warning(told.id.as_str(), what).hint(format!("it is there for: {known}")))
}

/// Does what a person asked for on the screen, and says it in one line.
///
/// # Errors
/// As [`add`] and [`remove`].
pub fn change(desk: &Desk, test: &TestId, change: &QuarantineChange) -> Result<Clean, Problem> {
    let words = match change {
        QuarantineChange::Add(reason) => {
            let entry = add(desk, entry(desk, test, reason))?;
            let until = entry.expires.map(|day| format!(" until {day}")).unwrap_or_default();
            format!("in quarantine{until}, in {LIST}: {}", entry.id.as_str())
        }
        QuarantineChange::Remove => format!("out of quarantine: {}", remove(desk, test)?.id.as_str()),
    };
    Ok(Clean::line(&words))
}

/// The entry of a test that goes into quarantine today, with the failure that it has had most.
#[must_use]
pub fn entry(desk: &Desk, test: &TestId, reason: &str) -> Entry {
    let known = |kept: Kept<'_>| Ok(Dossier::of(test.clone(), kept.seen(test, usize::MAX)?, &kept.sightings()?));
    let dossier = desk.history().and_then(known).ok();
    Entry {
        since: Some(today()),
        expires: Some(today().plus(DAYS)),
        signature: dossier.as_ref().and_then(signature),
        // One line: the list is read by people, in reviews.
        ..Entry::new(test.clone(), &reason.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}
