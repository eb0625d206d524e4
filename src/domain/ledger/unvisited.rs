//! What nobody visits: functions of a file that no evidence ran through, while everything that tests ran is the same.

use crate::base::RepoPath;
use crate::domain::coverage::LineSet;
use crate::domain::ledger::at_import::AtImport;
use crate::domain::ledger::file::is_test;
use crate::domain::ledger::{Ledger, LineState, Standing};
use crate::domain::python::parts;
use std::collections::BTreeSet;

impl Ledger {
    /// The lines of an edited file that stand open when no test is affected.
    pub(super) fn left_open(&self, path: &RepoPath, text: &str, standing: Standing) -> LineSet {
        let standing = if self.is_unvisited(path, text) {
            self.with_unvisited(BTreeSet::from([path.clone()])).standing(path, Some(text))
        } else {
            standing
        };
        standing.lines_that(LineState::Stale).chain(standing.lines_that(LineState::Unknown)).collect()
    }

    /// Whether nobody visits the functions of a file that no evidence ran through: it is known which tests ran the others,
    /// and what an import runs is still the same. Only an edit elsewhere could make a test come here, and that edit would affect
    /// the test. A file that is newer than the last run of the whole suite is none: whoever collects all tests may import
    /// it, as for doctests.
    #[must_use]
    pub fn is_unvisited(&self, path: &RepoPath, disk: &str) -> bool {
        let Some(book) = self.book(path).filter(|book| book.doubt.is_none()) else { return false };
        let is_union = book.reported.as_ref().is_some_and(|reported| reported.union);
        let is_by_test = book.tests.is_empty() || (!is_union && book.tests.iter().all(|(test, _)| is_test(test)));
        if !is_by_test || book.versions.iter().all(|version| version.outdated) {
            return false;
        }
        let text = |at: usize| book.versions.get(at).and_then(|version| version.text.as_deref());
        let is_same = |old: &str| old == disk || !AtImport::between(&parts(old), &parts(disk)).any;
        let import = book.import.as_ref().map(|import| import.version);
        // A report's own word on what ran is the word on an import as well.
        let reported = book.reported.as_ref().filter(|reported| reported.union || !reported.covered.is_empty());
        let versions = import.into_iter().chain(reported.map(|reported| reported.version));
        versions.into_iter().all(|at| text(at).is_some_and(is_same))
    }
}
