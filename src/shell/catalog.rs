//! Everything that can be chosen to run: sources, test files, tests; read from the sources and from what ran before.

use super::desk::Desk;
use super::disk::Disk;
use super::index::{Index, Listings};
use super::project::Project;
use crate::app::{Catalog, Choice, FoundBy, Items, Related, UNCONFIRMED};
use crate::base::{Clean, RepoPath};
use crate::domain::ledger::Ledger;
use crate::domain::picker;
use crate::domain::suite::{Target, TestId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What stands beside a test that runs only where an expression takes it in.
const LEFT_OUT: &str = "left out by addopts";

/// The tests of each test file, in the order of the source.
pub type Known = BTreeMap<RepoPath, Vec<TestId>>;

/// The test files of the project, by their names: those too that a run of the whole suite does not get to.
#[must_use]
pub fn test_files(project: &Project, disk: &Disk) -> Vec<RepoPath> {
    disk.python_files().iter().filter(|path| project.is_test_file(path)).cloned().collect()
}

/// The functions that test files define.
#[must_use]
pub fn defined_tests(desk: &Desk, files: &[RepoPath]) -> Vec<TestId> {
    let of = |file: &RepoPath| {
        let outline = desk.outline(file)?;
        let names: BTreeSet<String> = outline.tests.iter().map(|test| test.names.join("::")).collect();
        Some(names.into_iter().map(|names| TestId::new(&format!("{}::{names}", file.as_str()))).collect::<Vec<_>>())
    };
    files.iter().filter_map(of).flatten().collect()
}

/// What the picker offers.
#[must_use]
pub fn catalog(desk: &Desk, ledger: Option<&Ledger>) -> Catalog {
    let index = Index::open(desk);
    let files = index.files();
    let listings = index.listings(&files, &desk.ran_before(ledger));
    let mut sources: BTreeSet<RepoPath> = desk.disk.python_files().iter().cloned().collect();
    sources.extend(ledger.into_iter().flat_map(Ledger::files).cloned());
    sources.retain(|path| !desk.project.is_test_file(path));
    let list = |choices: Vec<Choice>| {
        let texts = choices.iter().map(Choice::clean).collect();
        Arc::new(Items { texts, choices, ..Items::default() })
    };
    let tests = Arc::new(tests(&listings));
    Catalog {
        sources: list(sources.into_iter().map(Choice::Source).collect()),
        test_files: list(files.iter().cloned().map(Choice::TestFile).collect()),
        by_keyword: with_left_out(&tests, &listings, (true, false)),
        by_mark: with_left_out(&tests, &listings, (false, true)),
        tests,
        unconfirmed: listings.values().filter(|listing| !listing.confirmed).map(|listing| listing.tests.len()).sum(),
        waiting: listings.values().filter(|listing| !listing.confirmed && listing.error.is_none()).count(),
        collects: desk.is_trusted().unwrap_or(false) && desk.project.config.texts("runner.command").is_empty(),
    }
}

/// The tests of all files; beside those that pytest has not confirmed a note says so.
fn tests(listings: &Listings) -> Items {
    let mut items = Items::default();
    let (none, unconfirmed) = (Clean::default(), Clean::line(UNCONFIRMED));
    for listing in listings.values() {
        let note = if listing.confirmed { &none } else { &unconfirmed };
        items.notes.extend(std::iter::repeat_n(note.clone(), listing.tests.len()));
        items.texts.extend(listing.tests.iter().map(TestId::clean));
        items.choices.extend(listing.tests.iter().cloned().map(Choice::Test));
        items.words.extend(listing.words.iter().cloned());
    }
    items
}

/// The tests with those that the project's own options leave out and these take in again.
fn with_left_out(tests: &Arc<Items>, listings: &Listings, (keyword, mark): (bool, bool)) -> Arc<Items> {
    let left_out = listings.values().flat_map(|listing| &listing.left_out);
    let mut back = left_out.filter(|(left, _)| left.is_back(keyword, mark)).peekable();
    if back.peek().is_none() {
        return Arc::clone(tests);
    }
    let mut all = Items::clone(tests);
    for (left, words) in back {
        all.notes.push(Clean::line(LEFT_OUT));
        all.texts.push(left.test.clean());
        all.choices.push(Choice::Test(left.test.clone()));
        all.words.push(Arc::clone(words));
    }
    Arc::new(all)
}

/// The tests that have to do with a source file: those that ran it, or else the files whose names match.
#[must_use]
pub fn related(project: &Project, disk: &Disk, ledger: &Ledger, path: &RepoPath) -> Related {
    let tests = ledger.tests_of_file(path);
    let by = if tests.is_empty() { FoundBy::Name } else { FoundBy::Contexts };
    let choices: Vec<Choice> = match by {
        FoundBy::Contexts => tests.into_iter().map(Choice::Test).collect(),
        _ => picker::tests_named_after(path, &test_files(project, disk)).into_iter().map(Choice::TestFile).collect(),
    };
    let texts = choices.iter().map(Choice::clean).collect();
    Related { items: Arc::new(Items { texts, choices, ..Items::default() }), by }
}

/// The targets that a source file stands for, and how they were found.
#[must_use]
pub fn targets_of_source(
    project: &Project,
    disk: &Disk,
    ledger: Option<&Ledger>,
    path: &RepoPath,
) -> (Vec<Target>, FoundBy) {
    let tests = ledger.map(|ledger| ledger.tests_of_file(path)).unwrap_or_default();
    if tests.is_empty() {
        let files = picker::tests_named_after(path, &test_files(project, disk));
        return (files.into_iter().map(Target::File).collect(), FoundBy::Name);
    }
    (tests.into_iter().map(Target::Test).collect(), FoundBy::Contexts)
}
