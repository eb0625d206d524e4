//! Everything that can be chosen to run: sources, test files, tests; read from the sources and from what ran before.

use super::disk::Disk;
use super::project::Project;
use crate::app::{Catalog, Choice, FoundBy, Items, Related};
use crate::base::RepoPath;
use crate::domain::ledger::Ledger;
use crate::domain::picker;
use crate::domain::python;
use crate::domain::suite::{Target, TestId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The tests of each test file, in the order of the source.
pub type Known = BTreeMap<RepoPath, Vec<TestId>>;

/// The test files of the project, by their names.
#[must_use]
pub fn test_files(project: &Project, disk: &Disk) -> Vec<RepoPath> {
    disk.python_files().iter().filter(|path| project.is_test_file(path)).cloned().collect()
}

/// The tests of some files: those that their source defines, with the parameters that ran before, and those that ran
/// before and are defined elsewhere (inherited ones, doctests).
#[must_use]
pub fn known_tests(project: &Project, disk: &Disk, files: &[RepoPath], ran: &[TestId]) -> Known {
    let mut before: BTreeMap<&str, Vec<&TestId>> = BTreeMap::new();
    ran.iter().for_each(|test| before.entry(test.path()).or_default().push(test));
    let mut known = Known::new();
    for file in files {
        let ran = before.get(file.as_str()).map_or(&[][..], Vec::as_slice);
        known.insert(file.clone(), tests_of(project, disk, file, ran));
    }
    known
}

fn tests_of(project: &Project, disk: &Disk, file: &RepoPath, ran: &[&TestId]) -> Vec<TestId> {
    let Some(text) = disk.text(file) else { return Vec::new() };
    let mut tests = Vec::new();
    let mut seen = BTreeSet::new();
    for test in python::outline(&text, &project.naming).tests {
        let plain = format!("{file}::{}", test.names.join("::"), file = file.as_str());
        let with_parameters = ran.iter().filter(|id| id.params().is_some() && id.without_params() == plain);
        let count = tests.len();
        tests.extend(with_parameters.filter(|id| seen.insert(id.as_str().to_owned())).map(|id| (*id).clone()));
        if tests.len() == count && seen.insert(plain.clone()) {
            tests.push(TestId::new(&plain));
        }
    }
    let defined: BTreeSet<String> = tests.iter().map(|test| test.without_params().to_owned()).collect();
    let elsewhere =
        ran.iter().filter(|id| !defined.contains(id.without_params()) && seen.insert(id.as_str().to_owned()));
    tests.extend(elsewhere.map(|id| (*id).clone()));
    tests
}

/// What the picker offers.
#[must_use]
pub fn catalog(project: &Project, disk: &Disk, ledger: Option<&Ledger>, ran: &[TestId]) -> Catalog {
    let files = test_files(project, disk);
    let known = known_tests(project, disk, &files, ran);
    let mut sources: BTreeSet<RepoPath> = disk.python_files().iter().cloned().collect();
    sources.extend(ledger.into_iter().flat_map(Ledger::files).cloned());
    sources.retain(|path| !project.is_test_file(path));
    let list = |choices: Vec<Choice>| {
        let texts = choices.iter().map(Choice::clean).collect();
        Arc::new(Items { texts, choices, notes: Vec::new() })
    };
    Catalog {
        sources: list(sources.into_iter().map(Choice::Source).collect()),
        test_files: list(files.into_iter().map(Choice::TestFile).collect()),
        tests: list(known.into_values().flatten().map(Choice::Test).collect()),
    }
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
    Related { items: Arc::new(Items { texts, choices, notes: Vec::new() }), by }
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
