//! Files that are no Python and that tests depend on, as the settings name them: templates, fixtures, SQL.

use super::catalog;
use super::desk::Desk;
use crate::base::{Glob, RepoPath};
use crate::domain::ledger::Ledger;
use crate::domain::picker;
use crate::domain::suite::TestId;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The number of what is not known: it differs from that of any content.
const UNKNOWN: u64 = 1;

/// The patterns of the setting `concerns`, each with those of the sources and tests that its files concern. What is no
/// pattern is left out.
#[must_use]
pub fn patterns(rows: &[(String, Vec<String>)]) -> Vec<(Glob, Vec<Glob>)> {
    let globs = |texts: &[String]| texts.iter().filter_map(|text| Glob::new(text).ok()).collect();
    rows.iter().filter_map(|(files, concerned)| Some((Glob::new(files).ok()?, globs(concerned)))).collect()
}

/// What tests depend on beside Python.
#[derive(Default)]
pub struct Concerns {
    rows: Vec<Row>,
}

/// The files of one row as a number, and whom they concern.
struct Row {
    number: u64,
    tests: Vec<Glob>,
    functions: HashSet<String>,
}

impl Concerns {
    /// Reads the files that the settings name. A file that `is_sure` refuses makes its row unknown.
    #[must_use]
    pub fn read(desk: &Desk, ledger: Option<&Ledger>, is_sure: &dyn Fn(&RepoPath) -> bool) -> Self {
        let files = desk.disk.beside();
        let rows = desk.concerns.iter().map(|(pattern, concerned)| {
            let own: Vec<&RepoPath> = files.iter().filter(|path| pattern.matches(path)).collect();
            let number = if own.iter().all(|path| is_sure(path)) { number(desk, &own) } else { UNKNOWN };
            Row { number, tests: concerned.clone(), functions: functions(desk, ledger, concerned) }
        });
        Self { rows: rows.collect() }
    }

    /// What concerns a test, as a number; zero where nothing does.
    #[must_use]
    pub fn of(&self, test: &TestId) -> u64 {
        let path = RepoPath::new(test.path());
        let is_named = |row: &&Row| path.as_ref().is_some_and(|path| row.tests.iter().any(|glob| glob.matches(path)));
        let rows = self.rows.iter().filter(|row| is_named(row) || row.functions.contains(test.without_params()));
        let numbers: Vec<u64> = rows.map(|row| row.number).collect();
        match numbers.as_slice() {
            [] => 0,
            all if all.contains(&UNKNOWN) => UNKNOWN,
            all => hash(all).max(UNKNOWN + 1),
        }
    }
}

/// The content of files with their names.
fn number(desk: &Desk, files: &[&RepoPath]) -> u64 {
    let content = |path: &&RepoPath| (path.as_str().to_owned(), desk.disk.source(path).ok().map(|(_, digest)| digest));
    hash(&files.iter().map(content).collect::<Vec<_>>()).max(UNKNOWN + 1)
}

/// The test functions that ran the sources that some patterns match or, where nobody knows who did, those of the test
/// files named like them.
fn functions(desk: &Desk, ledger: Option<&Ledger>, concerned: &[Glob]) -> HashSet<String> {
    let mut found = HashSet::new();
    let is_meant = |path: &&RepoPath| concerned.iter().any(|glob| glob.matches(path));
    let Some(ledger) = ledger else { return found };
    for path in ledger.files().filter(is_meant) {
        let tests = ledger.tests_of_file(path);
        if tests.is_empty() {
            let files = picker::tests_named_after(path, &catalog::test_files(&desk.project, &desk.disk));
            let listings = desk.listings(&files, Some(ledger));
            let tests = listings.values().flat_map(|listing| &listing.tests);
            found.extend(tests.map(|test| test.without_params().to_owned()));
        }
        found.extend(tests.iter().map(|test| test.without_params().to_owned()));
    }
    found
}

fn hash(what: &(impl Hash + ?Sized)) -> u64 {
    let mut state = DefaultHasher::new();
    what.hash(&mut state);
    state.finish()
}
