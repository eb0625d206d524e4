//! What is still to be shown by tests that edits affect and, where none is left, what nobody comes by.

use super::affected;
use super::desk::Desk;
use crate::base::RepoPath;
use crate::domain::ledger::{Ledger, Reason};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What waits for tests.
#[derive(Clone, Default)]
pub struct Waiting {
    /// The files whose figures are carried, and not measured.
    pub pending: BTreeSet<RepoPath>,
    /// The files that nobody visits, where no test is left that an edit affects.
    pub unvisited: BTreeSet<RepoPath>,
}

/// A ledger that knows what waits for tests.
#[must_use]
pub fn mark(ledger: Arc<Ledger>, waiting: &Waiting) -> Arc<Ledger> {
    let Waiting { pending, unvisited } = waiting;
    if pending.is_empty() && unvisited.is_empty() {
        return ledger;
    }
    Arc::new(ledger.with_pending(pending.clone()).with_unvisited(unvisited.clone()))
}

/// The files that tests ran which should run again since something changed under them, and those that what
/// changed imports. A test that never ran is no part of any figure.
#[must_use]
pub fn find(desk: &Desk, ledger: &Ledger) -> Waiting {
    if !ledger.has_contexts() {
        return Waiting::default();
    }
    let affected = affected::affected(desk, ledger);
    if affected.tests.is_empty() {
        return Waiting { unvisited: unvisited(desk, ledger), ..Waiting::default() };
    }
    let changed = || affected.tests.iter().filter(|(_, entry)| entry.is_changed());
    let functions: BTreeSet<&str> = changed().map(|(test, _)| test.without_params()).collect();
    let about: BTreeSet<&RepoPath> = changed().flat_map(|(_, entry)| &entry.reasons).filter_map(Reason::path).collect();
    let units: Vec<_> = about.into_iter().filter_map(|path| desk.unit(path)).collect();
    let is_near = |path: &&RepoPath| {
        !functions.is_empty() && ledger.is_run_by_some(path, &|test| functions.contains(test.without_params()))
            || units.iter().any(|unit| unit.imports(path))
    };
    Waiting { pending: ledger.files().filter(is_near).cloned().collect(), ..Waiting::default() }
}

/// The files that no test came by, as far as they have changed since they were measured.
fn unvisited(desk: &Desk, ledger: &Ledger) -> BTreeSet<RepoPath> {
    let measured = desk.measured();
    let is_unvisited = |path: &&RepoPath| {
        let text = desk.disk.text_since(path, measured);
        text.is_some_and(|text| ledger.is_unvisited(path, &text))
    };
    ledger.files().filter(is_unvisited).cloned().collect()
}
