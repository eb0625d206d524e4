//! The deeper level of warm runs: where it has proved itself, when it is checked, and why it was dropped.

use super::command::Ran;
use super::desk::{Desk, packages};
use super::follow::{Followed, SETTINGS};
use crate::base::{Digest, Problem, RepoPath};
use crate::domain::coverage::Ran as Lines;
use crate::domain::suite::{Batch, Exit, Outcome, TestId};
use crate::io::files;
use crate::io::runner::{Level, Warm};
use crate::io::store::read_data_file;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The name of what is known of the deeper level, in the project's database.
const DEPTH: &str = "warm.deep";
/// After how many runs of the deeper level a fresh interpreter is asked.
const PERIOD: u32 = 20;
/// The most runs between two attempts to compare it, where it was not there.
const LONGEST: u32 = 64;
/// The largest file that decides how modules are imported, in bytes.
const LIMIT: u64 = 1024 * 1024;

/// In which way a command is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Forked from the fork server, if there is one.
    Safe,
    /// Forked from its deeper level, which holds the project's modules, if there is one.
    Deep,
    /// By a fresh interpreter, to be compared with the deeper level.
    Proving,
    /// The deeper level's part in this.
    Compared,
    /// By a fresh interpreter, after the deeper level said that a test fails.
    Confirming,
}

impl Way {
    /// From which server it is forked; nothing where a fresh interpreter is wanted.
    #[must_use]
    pub const fn level(self) -> Option<Level> {
        match self {
            Self::Safe => Some(Level::Safe),
            Self::Deep => Some(Level::Deep),
            Self::Compared => Some(Level::Proof),
            Self::Proving | Self::Confirming => None,
        }
    }

    /// Why a fresh interpreter is wanted.
    #[must_use]
    pub const fn why_cold(self) -> Option<&'static str> {
        match self {
            Self::Proving => Some("the deeper level is compared with it"),
            Self::Confirming => Some("a fresh interpreter has the last word on a failure"),
            Self::Safe | Self::Deep | Self::Compared => None,
        }
    }
}

/// What a sitting knows of the deeper level.
#[derive(Debug, Default)]
pub struct Sitting {
    /// How many runs it made since it was compared last.
    runs: u32,
    /// The tests that fail in a fresh interpreter as well.
    bad: BTreeSet<TestId>,
    /// How many runs are to go before it is compared again, since it was not there.
    pause: u32,
    /// How long the last pause was.
    paused: u32,
    /// Why it was not there.
    why: String,
}

impl Sitting {
    /// Notes that it was not there, and why. Each pause is twice as long as the one before. Gives back whether that is news.
    fn is_missing(&mut self, why: &str) -> bool {
        self.paused = (self.paused * 2).clamp(1, LONGEST);
        self.pause = self.paused;
        let is_news = self.why != why;
        self.why = why.to_owned();
        is_news
    }
}

/// What is known of the deeper level with the present configuration.
#[derive(Debug, PartialEq, Eq)]
enum Known {
    /// The test files in which it was what a fresh interpreter is; none at first.
    Proved(BTreeSet<String>),
    /// It was not, somewhere.
    Dropped,
}

/// Whether the deeper level is wanted, and not dropped.
#[must_use]
pub fn wants_depth(desk: &Desk) -> bool {
    desk.project.config.text("runner.warm") == Some("deep") && known(desk) != Known::Dropped
}

/// The way in which a command is run.
#[must_use]
pub fn way(desk: &Desk, batch: &Batch) -> Way {
    if !wants_depth(desk) || !desk.warm().is_some_and(Warm::is_ready) {
        return Way::Safe;
    }
    match known(desk) {
        Known::Proved(files) if desk.depth().runs < PERIOD && files_of(batch).is_subset(&files) => Way::Deep,
        Known::Proved(_) if desk.depth().pause > 0 => {
            desk.depth().pause -= 1;
            Way::Safe
        }
        Known::Proved(_) => Way::Proving,
        Known::Dropped => Way::Safe,
    }
}

/// The test files of a command, or the folders; one empty name where it runs the whole suite.
fn files_of(batch: &Batch) -> BTreeSet<String> {
    let tests = batch.tests.iter().map(|test| test.path().to_owned());
    let targets = batch.targets.iter().map(|target| target.path().to_owned());
    let files: BTreeSet<String> = tests.chain(targets).collect();
    if files.is_empty() { BTreeSet::from([String::new()]) } else { files }
}

fn known(desk: &Desk) -> Known {
    let kept = desk.store().ok().and_then(|store| store.recall(DEPTH).ok().flatten()).unwrap_or_default();
    let mut lines = kept.lines();
    if lines.next() != Some(configuration(desk).as_str()) {
        return Known::Proved(BTreeSet::new());
    }
    match lines.next() {
        Some("proved") => Known::Proved(lines.map(str::to_owned).collect()),
        _ => Known::Dropped,
    }
}

/// What decides, beside the modules themselves, how they are imported: the configuration, every conftest, the packages.
fn configuration(desk: &Desk) -> String {
    let files = desk.disk.python_files();
    let conftests = files.iter().filter(|path| path.as_str().rsplit('/').next() == Some("conftest.py"));
    let mut places: Vec<RepoPath> = SETTINGS.iter().filter_map(|name| RepoPath::new(name)).collect();
    places.extend(conftests.cloned());
    places.sort();
    let mut all = format!("{:?}\n", desk.interpreter().ok().map(|interpreter| packages(&interpreter)));
    for place in places {
        let text = files::read_text(&desk.project.root.join(place.as_str()), LIMIT).unwrap_or_default();
        all.push_str(&format!("{}\n{text}\0", place.as_str()));
    }
    Digest::of(all.as_bytes()).to_string()
}

fn bad(followed: &Followed) -> BTreeSet<TestId> {
    let results = followed.progress.results().iter();
    results.filter(|result| result.outcome.is_some_and(Outcome::is_bad)).map(|result| result.id.clone()).collect()
}

/// Whether what the deeper level said has to be said by a fresh interpreter, too: a failure that none has seen yet, or an
/// end before its time.
#[must_use]
pub fn has_to_be_confirmed(desk: &Desk, ran: &Ran) -> bool {
    if !ran.ended.deep {
        return false;
    }
    let mut depth = desk.depth();
    depth.runs += 1;
    let bad = bad(&ran.followed);
    // What passes now has to be confirmed when it fails again.
    depth.bad.retain(|test| bad.contains(test) || ran.followed.progress.result(test).is_none());
    let broken = !ran.followed.is_whole() || matches!(ran.ended.exit, Exit::Signal(_) | Exit::Lost);
    ran.reached.is_some() || !ran.ended.cancelled && (broken || !bad.is_subset(&depth.bad))
}

/// Compares the deeper level with a fresh interpreter, and keeps what comes of it. At the first difference it is dropped.
#[must_use]
pub fn judge(desk: &Desk, batch: &Batch, fresh: &Ran, deep: &Ran) -> Option<Problem> {
    if fresh.ended.cancelled || deep.ended.cancelled {
        return None;
    }
    if !deep.ended.deep {
        let why = &deep.followed.shallow;
        let what = format!("the deeper level of warm runs is not there: {why}");
        let hint = "later runs are warm, and it is looked for again now and then";
        return desk.depth().is_missing(why).then(|| Problem::note("runner.warm", what).hint(hint));
    }
    let difference = difference(fresh, deep, &desk.project.runs);
    let mut depth = desk.depth();
    (depth.runs, depth.paused) = (0, 0);
    depth.bad.extend(bad(&fresh.followed));
    drop(depth);
    let kept = keep(desk, batch, fresh, difference.as_deref());
    let dropped = difference.map(|difference| {
        Problem::warning("runner.warm", format!("warm runs are not deep any more: {difference}"))
            .hint("the fresh interpreter counts; packages are kept ready as before, the deeper level again when the configuration has changed")
    });
    dropped.or_else(|| kept.err())
}

fn keep(desk: &Desk, batch: &Batch, fresh: &Ran, difference: Option<&str>) -> Result<(), Problem> {
    let mut text = configuration(desk);
    match (difference, known(desk)) {
        (None, Known::Proved(mut files)) => {
            let ran = fresh.followed.progress.results().iter().map(|result| result.id.path().to_owned());
            files.extend(files_of(batch).into_iter().chain(ran));
            text.push_str("\nproved");
            files.iter().for_each(|file| text.push_str(&format!("\n{file}")));
        }
        (difference, _) => text.push_str(&format!("\ndropped\n{}", difference.unwrap_or_default())),
    }
    desk.store()?.remember(DEPTH, &text)
}

/// The first difference between two runs of the same command: in an outcome, in the exit code, or in a line.
fn difference(fresh: &Ran, deep: &Ran, runs: &Path) -> Option<String> {
    let outcomes = |ran: &Ran| -> BTreeMap<TestId, Option<Outcome>> {
        ran.followed.progress.results().iter().map(|result| (result.id.clone(), result.outcome)).collect()
    };
    if let Some(test) = differing(&outcomes(fresh), &outcomes(deep)) {
        return Some(format!("{} ended in another way", test.as_str()));
    }
    if fresh.ended.exit != deep.ended.exit {
        return Some("pytest ended with another exit code".to_owned());
    }
    let lines = |ran: &Ran| lines(ran.ended.data.as_deref()?, runs);
    match (lines(fresh), lines(deep)) {
        (None, None) => None,
        (Some(one), Some(other)) => differing(&one, &other).map(|(path, context)| {
            let context = if context.is_empty() { "imports before all tests" } else { context };
            format!("other lines of {path} ran in {context}")
        }),
        _ => Some("coverage was measured by one of both alone".to_owned()),
    }
}

/// The first key under which two maps hold different things.
fn differing<'a, K: Ord, V: PartialEq>(one: &'a BTreeMap<K, V>, other: &'a BTreeMap<K, V>) -> Option<&'a K> {
    let changed = one.iter().find(|(key, value)| other.get(key) != Some(value)).map(|(key, _)| key);
    changed.or_else(|| other.keys().find(|key| !one.contains_key(key)))
}

/// What ran in each file and context; lacuna's own plugin apart. Nothing when it can't be read.
fn lines(data: &Path, runs: &Path) -> Option<BTreeMap<(String, String), Lines>> {
    let data = read_data_file(data).ok()?;
    let mut all = BTreeMap::new();
    for file in data.files.iter().filter(|file| !Path::new(&file.path).starts_with(runs)) {
        for (context, ran) in &file.ran {
            let name = data.contexts.get(usize::try_from(*context).ok()?)?;
            all.insert((file.path.clone(), name.clone()), ran.clone());
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::{Sitting, differing, files_of};
    use crate::base::RepoPath;
    use crate::domain::suite::{Batch, Target, TestId};
    use std::collections::BTreeMap;

    #[test]
    fn a_command_is_known_by_its_files_and_the_whole_suite_by_no_name() {
        let file = RepoPath::new("tests/a.py").into_iter().map(Target::File).collect();
        let batch = Batch::of(file, vec![TestId::new("tests/b.py::test_it[x]")]);
        assert_eq!(files_of(&batch).into_iter().collect::<Vec<_>>(), ["tests/a.py", "tests/b.py"]);
        assert_eq!(files_of(&Batch::all()).into_iter().collect::<Vec<_>>(), [""]);
    }

    #[test]
    fn what_is_not_there_is_looked_for_ever_more_rarely_and_told_once() {
        let mut sitting = Sitting::default();
        let mut missing = |why: &str| (sitting.is_missing(why), sitting.pause);
        assert_eq!([missing("a"), missing("a"), missing("b")], [(true, 1), (false, 2), (true, 4)]);
        assert_eq!((0..9).map(|_| missing("b")).last(), Some((false, 64)));
    }

    #[test]
    fn the_first_difference_is_named_wherever_it_is() {
        let map = |pairs: &[(&'static str, u8)]| pairs.iter().copied().collect::<BTreeMap<_, _>>();
        let one = map(&[("a", 1), ("b", 2)]);
        assert_eq!(differing(&one, &map(&[("a", 1), ("b", 2)])), None);
        assert_eq!(differing(&one, &map(&[("a", 1), ("b", 3)])), Some(&"b"));
        assert_eq!(differing(&one, &map(&[("a", 1)])), Some(&"b"));
        assert_eq!(differing(&one, &map(&[("a", 1), ("b", 2), ("c", 1)])), Some(&"c"));
    }
}
