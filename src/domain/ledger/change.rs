//! Two states of the ledger, compared file by file on the same source.

use crate::base::RepoPath;
use crate::domain::coverage::LineSet;
use crate::domain::ledger::{Figure, Ledger, LineState, Standing};
use std::sync::Arc;

/// What changed in one file between two states of the ledger, in the lines of the source on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The file.
    pub path: RepoPath,
    /// The figure before.
    pub before: Figure,
    /// The figure after.
    pub after: Figure,
    /// Earned coverage before, where there is per-test data.
    pub earned_before: Option<Figure>,
    /// Earned coverage after, where there is per-test data.
    pub earned_after: Option<Figure>,
    /// Lines that are covered now and were not, without those that come and go by themselves.
    pub newly: LineSet,
    /// Lines that were covered and are now known to be missed. A line that merely stands open is not lost.
    pub lost: LineSet,
    /// Lines that came or went, as they did before without any change: neither gained nor lost.
    pub noise: LineSet,
}

impl Change {
    /// What changed between two standings of one file on the same source.
    #[must_use]
    pub fn between(path: &RepoPath, before: &Standing, after: &Standing) -> Self {
        let unstable = &before.unstable | &after.unstable;
        let newly = &after.covered - &before.covered;
        let lost: LineSet = before.covered.iter().filter(|&line| after.line(line) == LineState::Missed).collect();
        Self {
            path: path.clone(),
            before: before.plain,
            after: after.plain,
            earned_before: before.earned,
            earned_after: after.earned,
            noise: &(&newly | &lost) & &unstable,
            newly: &newly - &unstable,
            lost: &lost - &unstable,
        }
    }

    /// Whether nothing at all changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.before == self.after
            && self.earned_before == self.earned_after
            && self.newly.is_empty()
            && self.lost.is_empty()
            && self.noise.is_empty()
    }
}

/// Compares two states of the ledger over `paths`; `disk` gives the source as it is now. Files without a change are
/// left out. When `after` took in a batch, give `before` as [`Ledger::learn`] makes it of that batch, so that both
/// sides have the same denominator.
#[must_use]
pub fn compare<'a>(
    before: &Ledger,
    after: &Ledger,
    paths: impl IntoIterator<Item = &'a RepoPath>,
    disk: &dyn Fn(&RepoPath) -> Option<Arc<str>>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    for path in paths {
        if before.same_file(after, path) {
            continue;
        }
        let text = disk(path);
        let standing = |ledger: &Ledger| ledger.standing(path, text.as_deref());
        changes.push(Change::between(path, &standing(before), &standing(after)));
    }
    changes.retain(|change| !change.is_empty());
    changes
}
