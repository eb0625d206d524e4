//! From the ledger to the ranked map, on the sources as they are on disk now.

use super::disk::Disk;
use super::spread::spread;
use crate::app::Ranking;
use crate::base::{RepoPath, Stamp};
use crate::domain::ledger::{Figure, Ledger};
use crate::domain::triage::{self, Entry, Layer, Order};

/// What ranking needs besides the ledger.
pub struct Ground<'a> {
    /// The sources.
    pub disk: &'a Disk,
    /// When the baseline was measured: sources that are older need not be read.
    pub measured: Option<Stamp>,
    /// The layers in their order.
    pub layers: &'a [Layer],
}

impl Ground<'_> {
    /// Ranks every file of the ledger that is still there; `before` is the ledger of the sitting's baseline when
    /// something ran since.
    #[must_use]
    pub fn rank(&self, ledger: &Ledger, before: Option<&Ledger>, order: Order) -> Ranking {
        let files: Vec<&RepoPath> = ledger.files().collect();
        let entry = |path: &&RepoPath| self.entry(path, ledger, before);
        let entries: Vec<Entry> = spread(&files, entry).into_iter().flatten().collect();
        let earlier = |entry: &Entry| entry.before.unwrap_or(entry.plain);
        let earlier = before.and_then(|_| entries.iter().map(earlier).reduce(Figure::plus));
        Ranking::new(triage::rank(&entries, self.layers, order), order, earlier)
    }

    /// The entry of a file; nothing when it is gone.
    fn entry(&self, path: &RepoPath, ledger: &Ledger, before: Option<&Ledger>) -> Option<Entry> {
        let identity = self.disk.identity(path)?;
        let text = self.disk.text_of(path, &identity, self.measured);
        let standing = ledger.standing(path, text.as_deref());
        let mut entry = Entry::new(path.clone(), &standing);
        entry.changed = standing.plain.open > 0;
        entry.before = before
            .filter(|before| !before.same_file(ledger, path))
            .map(|before| before.standing(path, text.as_deref()).plain)
            .filter(|before| *before != entry.plain);
        Some(entry)
    }
}
