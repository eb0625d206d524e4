//! The figures of the whole project, brought up to date file by file as batches come in.

use super::desk::Desk;
use super::points;
use crate::base::{RepoPath, Stamp};
use crate::domain::ledger::{Change, Figure, Ledger, Point};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How each file stands, and the sum of the figures.
#[derive(Clone, Default)]
pub struct Totals {
    point: Point,
}

impl Totals {
    /// The figures of every file of a ledger that is still there, on the sources as they are now.
    #[must_use]
    pub fn of(desk: &Desk, ledger: &Ledger) -> Self {
        Self { point: points::now(desk, ledger, Stamp::default()) }
    }

    /// All files together; nothing when there is none.
    #[must_use]
    pub fn sum(&self) -> Option<Figure> {
        self.point.total()
    }

    /// All of it, as it stood at this time.
    #[must_use]
    pub fn point(&self, at: Stamp) -> Point {
        Point { at, ..self.point.clone() }
    }

    /// Goes from one ledger to the next and names what changed in the files that are there. Only those with other evidence
    /// are judged again.
    pub fn advance(&mut self, desk: &Desk, before: &Ledger, after: &Ledger) -> Vec<Change> {
        let mut changes = Vec::new();
        let is_there = |path: &&RepoPath| desk.disk.is_there(path);
        // A test that failed and passes now earns its lines, though they are the same.
        let reweighed = after.reweighed(before);
        let moved = |path: &&RepoPath| !before.same_file(after, path) || after.is_run_by(path, &reweighed);
        for path in after.files().filter(moved).filter(is_there) {
            let text = desk.disk.text(path);
            let now = after.standing(path, text.as_deref());
            let file = points::of(after, path, &now, text.as_ref());
            self.point.files.insert(path.clone(), Arc::new(file));
            let change = Change::between(path, &before.standing(path, text.as_deref()), &now);
            changes.extend(Some(change).filter(|change| !change.is_empty()));
        }
        let left: BTreeSet<&RepoPath> = after.files().filter(|path| desk.disk.is_there(path)).collect();
        self.point.files.retain(|path, _| left.contains(path));
        changes
    }
}
