//! One file in the triage map: what is known of it, and where it stands.

use crate::base::RepoPath;
use crate::domain::coverage::Counts;
use crate::domain::ledger::{Figure, Standing, UnearnedCounts};
use std::sync::Arc;

/// One file before it is ranked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The file.
    pub path: RepoPath,
    /// Numbers of statements and branches.
    pub counts: Counts,
    /// Coverage by everything that ran.
    pub plain: Figure,
    /// Coverage by tests alone, where there is per-test data.
    pub earned: Option<Figure>,
    /// How many statements ran only at import.
    pub import_only: u64,
    /// How many covered statements no test earned.
    pub unearned: UnearnedCounts,
    /// The plain figure at the start of this sitting, when it differs.
    pub before: Option<Figure>,
    /// Whether the source is newer than the evidence.
    pub changed: bool,
}

impl Entry {
    /// The entry of a file that stands so.
    #[must_use]
    pub fn new(path: RepoPath, standing: &Standing) -> Self {
        Self {
            path,
            counts: standing.counts,
            plain: standing.plain,
            earned: standing.earned,
            import_only: standing.import_only,
            unearned: standing.unearned.counts(),
            before: None,
            changed: false,
        }
    }

    /// The figure that the file is ranked by: earned coverage where there is something to earn, else the plain one.
    #[must_use]
    pub fn ranked_by(&self) -> Figure {
        self.earned.filter(|earned| earned.ratio.whole > 0).unwrap_or(self.plain)
    }
}

/// One ranked file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The file.
    pub path: RepoPath,
    /// The place of its layer among the layers; nothing when none holds it.
    pub layer: Option<usize>,
    /// The name of its layer; `Other` when none holds it.
    pub layer_name: Arc<str>,
    /// Numbers of statements and branches.
    pub counts: Counts,
    /// Coverage by everything that ran.
    pub plain: Figure,
    /// Coverage by tests alone, where there is per-test data.
    pub earned: Option<Figure>,
    /// How many statements ran only at import.
    pub import_only: u64,
    /// How many covered statements no test earned.
    pub unearned: UnearnedCounts,
    /// The plain figure at the start of this sitting, when it differs.
    pub before: Option<Figure>,
    /// Its place in the triage order, from 1, whatever order the rows are shown in.
    pub rank: usize,
    /// Why it stands there, in one sentence.
    pub why: String,
    /// Whether the source is newer than the evidence.
    pub changed: bool,
}
