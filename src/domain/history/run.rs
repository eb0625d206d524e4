//! Runs, what each test did in them, and the batches that a person launched.

use crate::base::{Clean, Ratio, RepoPath, Stamp};
use crate::domain::history::Suspect;
use crate::domain::suite::{Outcome, TestId, Told};
use std::sync::Arc;

/// Runs with fewer tests than this are never suspected of a whole-run trouble.
const ENOUGH: u64 = 20;

/// How a run came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunSource {
    /// lacuna started it.
    Launched,
    /// It was read from a report.
    Ingested,
}

impl RunSource {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Launched => "launched",
            Self::Ingested => "ingested",
        }
    }
}

/// One execution of tests.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its name, unique in the project: saving the same id twice changes nothing.
    pub id: String,
    /// Its place among the saved runs, 1 for the first; 0 before it is saved.
    pub serial: u64,
    /// When it started.
    pub when: Stamp,
    /// How it came to be known.
    pub source: RunSource,
    /// The commit that was checked out, where it is known.
    pub commit: Option<String>,
    /// The branch that was checked out, where it is known.
    pub branch: Option<String>,
    /// A name for the exact source tree: the commit where the tree was clean, a digest of the changes otherwise.
    /// Only two runs with the same tree can prove a flake.
    pub tree: Option<String>,
    /// A name for interpreter, plugins, platform and options; runs that differ in it prove nothing about each other.
    pub environment: Option<String>,
    /// The command that ran, or the report that was read. Untrusted: clean it before it is shown.
    pub command: String,
    /// The exit code of the command, where there was one.
    pub exit: Option<i32>,
    /// Where a person can look at it, as a link to a page.
    pub url: Option<String>,
    /// How long it took.
    pub seconds: f64,
    /// How many tests it has a result for.
    pub tests: u64,
    /// How many of them failed or had an error.
    pub bad: u64,
}

impl Run {
    /// A run of which nothing but its name and its start is known.
    #[must_use]
    pub fn new(id: impl Into<String>, when: Stamp, source: RunSource) -> Self {
        Self {
            id: id.into(),
            serial: 0,
            when,
            source,
            commit: None,
            branch: None,
            tree: None,
            environment: None,
            command: String::new(),
            exit: None,
            url: None,
            seconds: 0.0,
            tests: 0,
            bad: 0,
        }
    }

    /// The commit as people name it: its first nine characters; empty where it is not known.
    #[must_use]
    pub fn short_commit(&self) -> &str {
        self.commit.as_deref().map(short).unwrap_or_default()
    }

    /// Whether so many tests failed that the cause was probably not in the tests: more than four fifths of many.
    /// Such a run is shown, but it is no evidence of a flake.
    #[must_use]
    pub const fn is_suspect(&self) -> bool {
        self.tests >= ENOUGH && self.bad.saturating_mul(5) > self.tests.saturating_mul(4)
    }
}

/// The first nine characters of a commit.
#[must_use]
pub fn short(commit: &str) -> &str {
    commit.char_indices().nth(9).map_or(commit, |(end, _)| commit.get(..end).unwrap_or(commit))
}

/// A run with all its results, in the order in which the tests ended.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRecord {
    /// The run. Its counts are made from the results by [`RunRecord::new`].
    pub run: Run,
    /// What the tests did.
    pub results: Vec<Told>,
    /// The files that differed from the commit that was checked out.
    pub differs: Vec<Differing>,
}

/// A file that differed from the commit that was checked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differing {
    /// The file.
    pub path: RepoPath,
    /// What it was.
    pub content: Content,
}

/// What a file was at some moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// It was not there.
    Gone,
    /// This text.
    Text(Arc<str>),
    /// It was there, and what it held is not known: it is no text, or too long to be kept.
    Unknown,
}

impl RunRecord {
    /// A record whose run counts its own results.
    #[must_use]
    pub fn new(mut run: Run, results: Vec<Told>) -> Self {
        run.tests = results.len() as u64;
        run.bad = results.iter().filter(|result| result.outcome.is_bad()).count() as u64;
        Self { run, results, differs: Vec::new() }
    }
}

/// What one test did in one recorded run.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// The run, shared by its observations.
    pub run: Arc<Run>,
    /// The test.
    pub test: TestId,
    /// Its outcome at last.
    pub outcome: Outcome,
    /// The outcomes of earlier attempts in the same run, oldest first.
    pub attempts: Vec<Outcome>,
    /// How long it took.
    pub seconds: f64,
    /// The failure in one line; empty for a test that passed.
    pub message: Clean,
    /// What the failure may be, where that was judged when the test ran.
    pub suspect: Option<Suspect>,
}

/// One file's figures before and after a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchFigure {
    /// The source file.
    pub path: RepoPath,
    /// Its coverage before; nothing when it was unknown.
    pub before: Option<Ratio>,
    /// Its coverage after; nothing when it is unknown.
    pub after: Option<Ratio>,
    /// The kind of the figures in one word: measured, carried, lower bound, unknown.
    pub kind: String,
}

/// A batch that was launched, with what it changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchRecord {
    /// Its name, unique in the project.
    pub id: String,
    /// The sitting that it belongs to.
    pub sitting: String,
    /// The run that holds its results.
    pub run: String,
    /// When it ended.
    pub when: Stamp,
    /// The plain command, as the batch report shows it.
    pub command: String,
    /// The batch report.
    pub report: String,
    /// Before and after, file by file.
    pub figures: Vec<BatchFigure>,
}

/// The order of `runs` in time, oldest first, as indices into it.
///
/// Launched runs keep the order in which they were saved, even where the clock went back between two of them;
/// ingested runs are put where their own time says.
#[must_use]
pub fn in_order(runs: &[Arc<Run>]) -> Vec<usize> {
    let mut saved: Vec<(usize, &Arc<Run>)> = runs.iter().enumerate().collect();
    saved.sort_by_key(|(_, run)| (run.serial, run.when));
    let mut latest = Stamp(i64::MIN);
    let mut places = Vec::with_capacity(runs.len());
    for (at, run) in saved {
        let when = match run.source {
            RunSource::Launched => {
                latest = latest.max(run.when);
                latest
            }
            RunSource::Ingested => run.when,
        };
        places.push((when, run.serial, &run.id, at));
    }
    places.sort_unstable();
    places.into_iter().map(|(.., at)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::{Run, RunRecord, RunSource, in_order};
    use crate::base::Stamp;
    use std::sync::Arc;

    fn run(serial: u64, when: i64, source: RunSource) -> Arc<Run> {
        Arc::new(Run { serial, ..Run::new(format!("r{serial}"), Stamp(when), source) })
    }

    #[test]
    fn a_clock_that_goes_back_does_not_reorder_launched_runs_and_old_reports_go_to_their_time() {
        let runs = [
            run(1, 100, RunSource::Launched),
            run(2, 50, RunSource::Launched),
            run(3, 70, RunSource::Ingested),
            run(4, 200, RunSource::Launched),
            run(5, 150, RunSource::Ingested),
        ];
        assert_eq!(in_order(&runs), [2, 0, 1, 4, 3]);
    }

    #[test]
    fn only_a_large_run_can_be_suspect() {
        let count = |tests, bad| Run { tests, bad, ..Run::new("r", Stamp(0), RunSource::Launched) };
        assert!(!count(5, 5).is_suspect());
        assert!(!count(20, 16).is_suspect());
        assert!(count(20, 17).is_suspect());
        assert_eq!(RunRecord::new(count(9, 9), Vec::new()).run.tests, 0);
    }
}
