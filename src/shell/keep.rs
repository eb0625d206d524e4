//! The baseline of a sitting: from the database while the reports are the same, else from the reports.

use super::baseline::{self, Loaded};
use super::catalog;
use super::desk::Desk;
use super::footing;
use super::points;
use super::spread::spread;
use crate::app::{AfterRun, Baseline, Evidence};
use crate::base::{Clean, Problem, RepoPath, Stamp};
use crate::domain::ledger::{Ledger, looks_like_subset};
use crate::domain::suite::TestId;
use crate::io::store::Store;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The names under which the baseline is kept: the identity of its reports, what it is, and its tests.
const KEY: &str = "baseline key";
const ABOUT: &str = "baseline about";
const TESTS: &str = "baseline tests";
/// The name of a baseline that lacuna measured itself.
const OWN: &str = "lacuna run --all";

/// A baseline that was read and is not saved yet.
pub struct Unsaved {
    evidence: Evidence,
    key: String,
    stamp: Option<Stamp>,
}

/// The baseline: what the database has, if the reports have not changed since; else what they say now, unless that is
/// only a part of what is known. It can be shown at once; [`settle`] saves it. Tests whose files are no more count for
/// nothing in it.
///
/// # Errors
/// There are reports, and none can be read.
pub fn open(desk: &Desk) -> Result<Baseline, Problem> {
    Ok(match opened(desk)? {
        Baseline::Found(evidence) => {
            let ledger = desk.at_present(&evidence.ledger);
            Baseline::Found(Evidence { tests: ledger.tests().len(), ledger, ..evidence })
        }
        other => other,
    })
}

/// The baseline with all that was measured, by tests that are no more too.
fn opened(desk: &Desk) -> Result<Baseline, Problem> {
    let found = baseline::find(&desk.project);
    let key = baseline::key(&found).to_string();
    let store = desk.store().ok();
    let kept = store.and_then(|store| kept(desk, store));
    if let Some(kept) = &kept
        && store.and_then(|store| store.recall(KEY).ok().flatten()).as_deref() == Some(&key)
    {
        return Ok(Baseline::Found(kept.clone()));
    }
    let measurement = baseline::measure(&desk.project, &desk.disk, &found);
    let unread = measurement.problems.clone();
    let Some(loaded) = baseline::load(&desk.project, &desk.disk, measurement) else {
        return match (kept, unread.first()) {
            (Some(kept), _) => Ok(Baseline::Found(Evidence { problems: unread, ..kept })),
            (None, Some(problem)) => Err(problem.clone()),
            (None, None) => Ok(Baseline::Nothing(places_looked_at(desk))),
        };
    };
    if let Some(mut kept) = kept
        && let Some(why) = looks_like_subset(&kept.ledger, &loaded.ledger, &|path| desk.disk.text(path).is_some())
    {
        let what = format!("looks like a run of some tests only: {why}; the earlier baseline stays");
        let hint = "measure everything with `lacuna run --all`, or see this report alone with `lacuna report FILE`";
        kept.problems = loaded.problems;
        kept.problems.push(Problem::warning(&*loaded.name, what).hint(hint));
        return Ok(Baseline::Found(kept));
    }
    let stamp = loaded.stamp;
    let evidence = evidence_of(desk, loaded);
    *desk.unsaved() = Some(Unsaved { evidence: evidence.clone(), key, stamp });
    Ok(Baseline::Found(evidence))
}

/// Saves the baseline that was read last, if that has not been done. Whoever comes second waits for the first.
///
/// # Errors
/// It could not be saved; it is still in memory.
pub fn settle(desk: &Desk) -> Result<(), Problem> {
    let mut unsaved = desk.unsaved();
    match unsaved.take() {
        Some(Unsaved { evidence, key, stamp }) => {
            let evidence = Evidence { ledger: desk.with_moved_tests(&evidence.ledger), ..evidence };
            keep(desk, desk.store()?, &evidence, &key, stamp)?;
            let written = evidence.written.unwrap_or_default();
            let tests: Vec<TestId> = tests_at(desk, &evidence.ledger, written).into_iter().collect();
            footing::note_baseline(desk, &evidence.ledger, &tests, written)
        }
        None => Ok(()),
    }
}

fn evidence_of(desk: &Desk, loaded: Loaded) -> Evidence {
    desk.set_measured(Some(loaded.written));
    let unread: Vec<_> = loaded.ledger.unread().cloned().collect();
    let text = |path: &RepoPath| desk.disk.text(path).filter(|_| desk.disk.is_as_of(path, loaded.written));
    let texts = spread(&unread, text);
    let texts = unread.iter().cloned().zip(texts).filter_map(|(path, text)| Some((path, text?)));
    let ledger = Arc::new(desk.heard(loaded.ledger.remember(texts)));
    let mut problems = loaded.problems;
    problems.extend(misfits(&ledger, &unread, loaded.name.as_str()));
    Evidence {
        tests: ledger.tests().len(),
        has_contexts: ledger.has_contexts(),
        ledger,
        name: loaded.name,
        format: loaded.format,
        written: Some(loaded.written),
        problems,
    }
}

/// Files whose source cannot be the one that was measured, although it is not newer.
pub(super) fn misfits(ledger: &Ledger, read: &[RepoPath], name: &str) -> Option<Problem> {
    let mut misfits = ledger.misfits(read);
    let first = misfits.next()?;
    let more = match misfits.count() {
        0 => String::new(),
        more => format!(" and {more} more files"),
    };
    let what = format!("was measured on another source of {}{more}: it names lines that are not there", first.as_str());
    Some(Problem::warning(name, what).hint("measure again: `lacuna run --all`"))
}

/// What the database has: a ledger and what it is.
fn kept(desk: &Desk, store: &Store) -> Option<Evidence> {
    let about = store.recall(ABOUT).ok().flatten()?;
    let mut about = about.lines();
    let (name, format) = (Clean::line(about.next()?), Clean::line(about.next()?));
    let written = about.next()?.parse().ok().map(Stamp);
    let ledger = Ledger::from_records(store.load_ledger().ok()?);
    if ledger.is_empty() {
        return None;
    }
    desk.set_measured(written);
    let ledger = Arc::new(ledger);
    desk.set_saved(&ledger);
    let ledger = Arc::new(desk.heard(Arc::unwrap_or_clone(desk.followed(&ledger))));
    Some(Evidence {
        tests: ledger.tests().len(),
        has_contexts: ledger.has_contexts(),
        ledger,
        name,
        format,
        written,
        problems: Vec::new(),
    })
}

fn keep(desk: &Desk, store: &Store, evidence: &Evidence, key: &str, stamp: Option<Stamp>) -> Result<(), Problem> {
    store.replace_ledger(&evidence.ledger.records())?;
    desk.set_saved(&evidence.ledger);
    let written = evidence.written.unwrap_or_default();
    store.remember(ABOUT, &format!("{}\n{}\n{}", evidence.name, evidence.format, written.0))?;
    store.remember(KEY, key)?;
    let tests = tests_at(desk, &evidence.ledger, written);
    let lines: Vec<&str> = tests.iter().map(TestId::as_str).collect();
    store.remember(TESTS, &lines.join("\n"))?;
    points::keep_baseline(desk, evidence, stamp)
}

/// The tests that existed when a baseline was measured: those that ran, and those of test files that are as old. (A test
/// that runs no line of the measured source leaves no trace in coverage data.)
fn tests_at(desk: &Desk, ledger: &Ledger, written: Stamp) -> BTreeSet<TestId> {
    let mut tests: BTreeSet<TestId> = desk.ran_before(Some(ledger)).into_iter().collect();
    let functions: BTreeSet<String> = tests.iter().map(|test| test.without_params().to_owned()).collect();
    let files = catalog::test_files(&desk.project, &desk.disk);
    let old: Vec<RepoPath> = files.into_iter().filter(|path| desk.disk.is_as_of(path, written)).collect();
    let defined = catalog::defined_tests(desk, &old).into_iter();
    tests.extend(defined.filter(|test| !functions.contains(test.as_str())));
    tests
}

/// Whether a test existed at the baseline: it ran, or its function stood in the source.
#[must_use]
pub fn is_known(known: &BTreeSet<TestId>, test: &TestId) -> bool {
    known.contains(test) || known.contains(&TestId::new(test.without_params()))
}

/// The tests that existed at the baseline; none where there is no baseline. That a test never ran makes it no new one:
/// where single files ran so far, all the others would be new.
#[must_use]
pub fn baseline_tests(desk: &Desk, ledger: Option<&Ledger>) -> BTreeSet<TestId> {
    let kept = desk.store().ok().and_then(|store| store.recall(TESTS).ok().flatten());
    match kept {
        Some(lines) => lines.lines().map(TestId::new).collect(),
        None => ledger.map(|ledger| desk.ran_before(Some(ledger))).unwrap_or_default().into_iter().collect(),
    }
}

/// Test files went from one path to another: the tests that existed at the baseline are known by their new ids.
///
/// # Errors
/// They could not be written.
pub fn move_baseline_tests(store: &Store, moves: &BTreeMap<RepoPath, RepoPath>) -> Result<(), Problem> {
    let Some(lines) = store.recall(TESTS)? else { return Ok(()) };
    let new = |line: &str| {
        let test = TestId::new(line);
        let to = RepoPath::new(test.path()).and_then(|path| moves.get(&path).cloned());
        to.and_then(|to| test.at(&to)).map_or_else(|| line.to_owned(), |test| test.as_str().to_owned())
    };
    store.remember(TESTS, &lines.lines().map(new).collect::<Vec<_>>().join("\n"))
}

/// Keeps what a run added to the ledger; the ledger of a whole suite becomes the baseline.
///
/// # Errors
/// It could not be kept; it is still in memory.
pub fn remember(desk: &Desk, after: &AfterRun) -> Result<(), Problem> {
    let Some(ledger) = &after.ledger else { return Ok(()) };
    settle(desk)?;
    let store = desk.store()?;
    if let Some(evidence) = &after.baseline {
        let key = baseline::key(&baseline::find(&desk.project)).to_string();
        return keep(desk, store, evidence, &key, None);
    }
    let saved = desk.saved().unwrap_or_default();
    let (changed, gone) = ledger.records_since(&saved);
    store.save_ledger(&changed, &gone)?;
    desk.set_saved(ledger);
    Ok(())
}

/// The baseline that a run of the whole suite is.
#[must_use]
pub fn own_baseline(ledger: &Arc<Ledger>, at: Stamp) -> Evidence {
    Evidence {
        tests: ledger.tests().len(),
        has_contexts: ledger.has_contexts(),
        ledger: Arc::clone(ledger),
        name: Clean::line(OWN),
        format: Clean::line("measured by lacuna"),
        written: Some(at),
        problems: Vec::new(),
    }
}

fn places_looked_at(desk: &Desk) -> Vec<Clean> {
    let usual = ["coverage.json", "coverage.xml", "lcov.info", ".coverage", "reports/**", "coverage/**"];
    let asked = desk.project.config.texts("reports").iter().map(String::as_str);
    usual.into_iter().chain(asked).map(Clean::line).collect()
}
