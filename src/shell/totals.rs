//! The figures of the whole project, brought up to date file by file as batches come in.

use super::desk::Desk;
use super::spread::spread;
use crate::base::RepoPath;
use crate::domain::ledger::{Change, Figure, Ledger};
use std::collections::{BTreeMap, BTreeSet};

/// One figure for each file, and their sum.
#[derive(Clone, Default)]
pub struct Totals {
    files: BTreeMap<RepoPath, Figure>,
}

impl Totals {
    /// The figures of every file of a ledger that is still there, on the sources as they are now.
    #[must_use]
    pub fn of(desk: &Desk, ledger: &Ledger) -> Self {
        let measured = desk.measured();
        let figure = |path: &&RepoPath| {
            let text = desk.disk.text_since(path, measured);
            let there = desk.disk.is_there(path);
            there.then(|| (RepoPath::clone(path), ledger.standing(path, text.as_deref()).plain))
        };
        let files: Vec<&RepoPath> = ledger.files().collect();
        Self { files: spread(&files, figure).into_iter().flatten().collect() }
    }

    /// All files together; nothing when there is none.
    #[must_use]
    pub fn sum(&self) -> Option<Figure> {
        self.files.values().copied().reduce(Figure::plus)
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
            self.files.insert(path.clone(), now.plain);
            let change = Change::between(path, &before.standing(path, text.as_deref()), &now);
            changes.extend(Some(change).filter(|change| !change.is_empty()));
        }
        let left: BTreeSet<&RepoPath> = after.files().filter(|path| desk.disk.is_there(path)).collect();
        self.files.retain(|path, _| left.contains(path));
        changes
    }
}
