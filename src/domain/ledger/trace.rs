//! What each test ran of one file, in the lines and statements of the source on disk.

use crate::base::RepoPath;
use crate::domain::coverage::{LineSet, Ran};
use crate::domain::ledger::file::is_test;
use crate::domain::ledger::target::Target;
use crate::domain::ledger::{Ledger, Standing, Weakness};
use crate::domain::suite::TestId;
use std::collections::BTreeMap;

/// What is known of one file, test by test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// How the file stands: what all that ran adds up to.
    pub standing: Standing,
    /// What each test ran, sorted by test; empty where that is not known of single tests.
    pub tests: Vec<Traced>,
    /// For each line with several ways on, where it can go to: a line or, negative, out of its function.
    pub branches: BTreeMap<u32, Vec<i32>>,
    /// Whether it is known what single tests ran.
    pub has_contexts: bool,
    /// Whether steps between lines were measured.
    pub has_arcs: bool,
    /// Whether the file is among those that are measured.
    pub is_measured: bool,
}

/// What one test ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced {
    /// The test.
    pub test: TestId,
    /// What still holds of what it ran: first lines of statements, and the steps between them.
    pub ran: Ran,
    /// Lines that it ran in functions that have changed since.
    pub stale: LineSet,
    /// Why what it ran is not earned; nothing where it is.
    pub weakness: Option<Weakness>,
}

impl Ledger {
    /// What is known of a file on the text that is on disk now.
    #[must_use]
    pub fn trace(&self, path: &RepoPath, disk: &str) -> Trace {
        let standing = self.standing(path, Some(disk));
        let Some(book) = self.book(path) else { return Trace { standing, ..Trace::default() } };
        let target = Target::new(book, Some(disk));
        let facts = &*target.facts;
        let branches = facts.branch_lines.iter().filter(|branch| branch.exits > 1);
        let traced = |test: &TestId, version: usize, ran: &Ran| {
            let (held, stale) = match target.edit(version) {
                _ if target.version == Some(version) => (ran.clone(), LineSet::new()),
                Some((edit, shape)) => {
                    let moved = edit.move_ran(ran, shape);
                    (moved.held, moved.stale)
                }
                None => return None,
            };
            let weakness = self.weakness(test);
            Some(Traced { test: test.clone(), ran: facts.by_statement(&held), stale, weakness })
        };
        let tests = book.tests.iter().filter(|(test, _)| is_test(test));
        Trace {
            tests: tests.filter_map(|(test, seen)| traced(test, seen.version, &seen.ran)).collect(),
            branches: branches.map(|branch| (branch.line, branch.targets.clone())).collect(),
            has_contexts: self.has_contexts() && !book.is_union(),
            has_arcs: self.has_arcs(),
            is_measured: true,
            standing,
        }
    }
}
