//! Test files that were renamed or moved while nobody looked: what is kept of their tests goes along.

use super::concerns::Concerns;
use super::desk::Desk;
use super::footing;
use super::keep;
use super::vanished;
use crate::base::{Problem, RepoPath};
use crate::domain::ledger::{Footing, Ledger, Moves, Suite, moved};
use crate::domain::suite::TestId;
use crate::io::store::Store;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What each test stood on, by test.
type Stood = HashMap<TestId, Footing>;

/// Finds where the test files of `gone` went, by the code that their tests stood on when they ran last, among the test files
/// of which no test is known.
#[must_use]
pub fn find(desk: &Desk, ledger: &Ledger, gone: &BTreeSet<RepoPath>) -> Moves {
    let stored = desk.store().and_then(Store::footings).unwrap_or_default();
    let old: Vec<Suite> =
        gone.iter().map(|path| suite(path, &stored)).filter(|old| !old.functions.is_empty()).collect();
    if old.is_empty() {
        return Moves::default();
    }
    let ran = desk.ran_before(Some(ledger));
    let known: BTreeSet<&str> = ran.iter().chain(stored.keys()).map(TestId::path).collect();
    let names: BTreeSet<&str> = old.iter().flat_map(|old| old.functions.keys().map(String::as_str)).collect();
    let files = desk.disk.python_files();
    let is_new = |path: &&RepoPath| desk.project.is_test_file(path) && !known.contains(path.as_str());
    let new: Vec<(&RepoPath, Vec<TestId>)> =
        files.iter().filter(is_new).map(|path| (path, tests_named(desk, path, &names))).collect();
    if new.iter().all(|(_, tests)| tests.is_empty()) {
        return Moves::default();
    }
    let units = footing::units(desk, Some(ledger));
    let footings = footing::footings(&units, Some(ledger));
    let suites: Vec<Suite> = new
        .into_iter()
        .map(|(path, tests)| {
            let mut stands = Stood::new();
            footing::each(&footings, &Concerns::default(), &tests, |test, stood| {
                stands.extend(stood.map(|stood| (test.clone(), stood.footing)));
            });
            suite(path, &stands)
        })
        .collect();
    moved(&old, &suites)
}

/// The tests of a file, with what they stand on in it. A case stands where its function does; where cases ran on several
/// codes of it, none of them tells the file.
fn suite(path: &RepoPath, stood: &Stood) -> Suite {
    let own = stood.iter().filter(|(test, footing)| test.path() == path.as_str() && footing.has_own());
    let mut functions: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    own.for_each(|(test, footing)| {
        functions.entry(test.names().join("::")).or_default().insert(footing.own);
    });
    let single = |codes: BTreeSet<u64>| codes.first().copied().filter(|_| codes.len() == 1);
    let functions = functions.into_iter().filter_map(|(name, codes)| Some((name, single(codes)?))).collect();
    Suite { path: path.clone(), functions }
}

/// The tests of these names that a file has, by its functions or by classes that may inherit them.
fn tests_named(desk: &Desk, path: &RepoPath, names: &BTreeSet<&str>) -> Vec<TestId> {
    let Some(unit) = desk.unit(path) else { return Vec::new() };
    let tests = names.iter().map(|name| TestId::new(&format!("{}::{name}", path.as_str())));
    tests.filter(|test| vanished::names(desk, &unit, path, test)).collect()
}

/// Keeps what is known of the tests of moved files under their new ids: history, outcomes, and what they stood on. In
/// another folder the same relative import may mean another module: such tests count as changed.
///
/// # Errors
/// It could not be kept.
pub fn keep(desk: &Desk, moves: &BTreeMap<RepoPath, RepoPath>) -> Result<(), Problem> {
    let store = desk.store()?;
    store.move_tests(moves)?;
    keep::move_baseline_tests(store, moves)?;
    let is_elsewhere = |(from, to): &(&RepoPath, &RepoPath)| {
        let has_relative = desk.unit(to).is_some_and(|unit| unit.imports.iter().any(|import| import.level > 0));
        from.folder() != to.folder() && has_relative
    };
    let changed: BTreeSet<&str> = moves.iter().filter(is_elsewhere).map(|(_, to)| to.as_str()).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let stood = store.footings()?.into_iter().filter(|(test, _)| changed.contains(test.path()));
    let stood: Vec<(TestId, Option<Footing>)> =
        stood.map(|(test, footing)| (test, Some(footing.with_changed_own()))).collect();
    store.save_footings(&stood)
}

/// A ledger with the tests of moved files under their new ids.
#[must_use]
pub fn followed(ledger: &Ledger, moves: &BTreeMap<RepoPath, RepoPath>) -> Ledger {
    let moves: HashMap<&str, &RepoPath> = moves.iter().map(|(from, to)| (from.as_str(), to)).collect();
    ledger.with_ids(&|test| moves.get(test.path()).and_then(|to| test.at(to)))
}
