//! What tests stand on outside the measured sources, read from the files as they are now and kept when they ran.

use super::concerns::Concerns;
use super::desk::Desk;
use super::evidence;
use super::follow::Followed;
use super::spread::spread;
use crate::base::{Problem, RepoPath, Stamp};
use crate::domain::ledger::{Footing, Footings, Ledger, Unit};
use crate::domain::suite::{Batch, TestId};
use crate::io::runner::Ended;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// The files that tests stand on and that evidence does not tell of: test files, `conftest.py`, and whatever is not
/// measured.
#[must_use]
pub fn units(desk: &Desk, ledger: Option<&Ledger>) -> Vec<Arc<Unit>> {
    let measured: BTreeSet<&RepoPath> = ledger.into_iter().flat_map(Ledger::files).collect();
    let is_wanted =
        |path: &&RepoPath| desk.project.is_test_file(path) || path.name() == "conftest.py" || !measured.contains(path);
    let paths: Vec<RepoPath> = desk.disk.python_files().iter().filter(is_wanted).cloned().collect();
    spread(&paths, |path| desk.unit(path)).into_iter().flatten().collect()
}

/// The footings of tests on these files.
#[must_use]
pub fn footings<'a>(units: &'a [Arc<Unit>], ledger: Option<&Ledger>) -> Footings<'a> {
    let measured: BTreeSet<&RepoPath> = ledger.into_iter().flat_map(Ledger::files).collect();
    Footings::new(units.iter().map(AsRef::as_ref).collect(), &|path| measured.contains(path))
}

/// For each test what it stands on now and the files that this is; nothing where its file is not there. Cases of one
/// parametrized test stand on the same.
pub fn each(
    footings: &Footings<'_>,
    concerns: &Concerns,
    tests: &[TestId],
    mut take: impl FnMut(&TestId, Option<&Stood>),
) {
    let mut known: HashMap<String, Option<Stood>> = HashMap::new();
    for test in tests {
        let stood = known.entry(test.without_params().to_owned()).or_insert_with(|| {
            let used = footings.used(test)?;
            Some(Stood { footing: Footing { also: concerns.of(test), ..footings.footing(test, &used) }, used })
        });
        take(test, stood.as_ref());
    }
}

/// What one test stands on.
pub struct Stood {
    /// As numbers.
    pub footing: Footing,
    /// The parts: the place of the file, and that of the part in it.
    pub used: BTreeSet<(usize, usize)>,
}

/// What tests stand on now, except where a file of it is one that `is_sure` refuses.
fn now(
    desk: &Desk,
    ledger: Option<&Ledger>,
    tests: &[TestId],
    is_sure: &dyn Fn(&RepoPath) -> bool,
) -> Vec<(TestId, Option<Footing>)> {
    let units = units(desk, ledger);
    let footings = footings(&units, ledger);
    let mut sure: HashMap<usize, bool> = HashMap::new();
    let mut found = Vec::with_capacity(tests.len());
    let concerns = Concerns::read(desk, ledger, is_sure);
    each(&footings, &concerns, tests, |test, stood| {
        let stood = stood.filter(|stood| {
            stood
                .used
                .iter()
                .all(|(unit, _)| *sure.entry(*unit).or_insert_with(|| footings.path(*unit).is_some_and(is_sure)))
        });
        found.push((test.clone(), stood.map(|stood| stood.footing)));
    });
    found
}

/// Keeps what the tests of a command stood on. Of a file that was written while they ran nobody knows what they read. A
/// parametrized function is kept under its own name when all of its cases ran: until then nobody knows them all. A test
/// that pytest did not find is not asked for again until the code changes in which it was looked for.
///
/// # Errors
/// It could not be kept.
pub fn note(
    desk: &Desk,
    ledger: Option<&Ledger>,
    followed: &Followed,
    (batch, ended, whole): (&Batch, &Ended, bool),
) -> Result<(), Problem> {
    let done = followed.progress.results().iter().filter(|result| !result.running && result.outcome.is_some());
    let mut tests: Vec<TestId> = done.map(|result| result.id.clone()).collect();
    let is_whole = |test: &&TestId| whole && test.params().is_some() && batch.wanted().iter().any(|at| at.holds(test));
    let functions: BTreeSet<TestId> =
        tests.iter().filter(is_whole).map(|test| TestId::new(test.without_params())).collect();
    let ran: BTreeSet<&str> = tests.iter().flat_map(|test| [test.as_str(), test.without_params()]).collect();
    let is_absent = |test: &&TestId| {
        whole && !ran.contains(test.as_str()) && evidence::is_same_there(&followed.progress, test.path())
    };
    let absent: Vec<TestId> = batch.tests.iter().filter(is_absent).cloned().collect();
    tests.extend(functions.into_iter().chain(absent).chain(evidence::missing(batch, ended, &followed.progress)));
    if tests.is_empty() {
        return Ok(());
    }
    let found = now(desk, ledger, &tests, &|path| followed.is_as_before(desk, path));
    desk.store()?.save_footings(&found)
}

/// Keeps what the tests of a baseline stand on, where their files are not newer than it.
///
/// # Errors
/// It could not be kept.
pub fn note_baseline(desk: &Desk, ledger: &Ledger, tests: &[TestId], written: Stamp) -> Result<(), Problem> {
    let mut found = now(desk, Some(ledger), tests, &|path| desk.disk.is_as_of(path, written));
    found.retain(|(_, footing)| footing.is_some());
    desk.store()?.replace_footings(&found)
}
