//! What a rerun of affected tests may show otherwise: figures of these files are carried, and not measured.

use super::affected;
use super::desk::Desk;
use crate::base::RepoPath;
use crate::domain::ledger::{Ledger, Reason};
use std::collections::BTreeSet;

/// The files that tests ran which should run again since something changed under them, and those that what
/// changed imports. A test that never ran is no part of any figure.
#[must_use]
pub fn files(desk: &Desk, ledger: &Ledger) -> BTreeSet<RepoPath> {
    if !ledger.has_contexts() {
        return BTreeSet::new();
    }
    let affected = affected::affected(desk, ledger);
    let changed = || affected.tests.iter().filter(|(_, entry)| entry.is_changed());
    let functions: BTreeSet<&str> = changed().map(|(test, _)| test.without_params()).collect();
    if functions.is_empty() {
        return BTreeSet::new();
    }
    let about: BTreeSet<&RepoPath> = changed().flat_map(|(_, entry)| &entry.reasons).filter_map(Reason::path).collect();
    let units: Vec<_> = about.into_iter().filter_map(|path| desk.unit(path)).collect();
    let is_near = |path: &&RepoPath| {
        ledger.is_run_by_some(path, &|test| functions.contains(test.without_params()))
            || units.iter().any(|unit| unit.imports(path))
    };
    ledger.files().filter(is_near).cloned().collect()
}
