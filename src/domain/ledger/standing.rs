//! How one file stands: the state of each line on disk, and the figures.

use crate::domain::coverage::{Arc, Counts, LineSet};
use crate::domain::ledger::{Figure, Kind, LineState, Unearned};

/// How one file stands now, in the line numbers of the source on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The state of each line; the first entry is line 1. It may be shorter than the source.
    pub lines: Vec<LineState>,
    /// Covered lines from which a branch was never taken.
    pub partial: LineSet,
    /// The branches never taken: from a line, to a line or (negative) out of its function.
    pub missing_branches: Vec<Arc>,
    /// The branches of which nobody knows whether they are taken now: those of lines that stand open or to such a line,
    /// and those that a test may take which ran before a change.
    pub open_branches: Vec<Arc>,
    /// Coverage by everything that ran, imports included.
    pub plain: Figure,
    /// Coverage by what ran inside tests that passed and assert something, out of the statements that stand in functions: those that an import alone
    /// can't execute. Nothing where there is no per-test data.
    pub earned: Option<Figure>,
    /// Numbers of statements, covered ones and branches behind [`Standing::plain`].
    pub counts: Counts,
    /// The covered lines.
    pub covered: LineSet,
    /// How many statements ran only at import: they are covered, and no test did it.
    pub import_only: u64,
    /// The covered lines in functions that no test earned.
    pub unearned: Unearned,
    /// The statements that come and go without any change of sources or tests.
    pub unstable: LineSet,
    /// The stale statements in functions that did not change: a rerun of some tests no longer runs them, and others that
    /// were not rerun may.
    pub doubted: LineSet,
}

impl Standing {
    /// The state of a line; [`LineState::Blank`] outside the source.
    #[must_use]
    pub fn line(&self, line: u32) -> LineState {
        let at = (line as usize).checked_sub(1);
        at.and_then(|at| self.lines.get(at)).copied().unwrap_or_default()
    }

    /// The same, with no figure of a better kind than this.
    #[must_use]
    pub fn at_best(mut self, kind: Kind) -> Self {
        for figure in std::iter::once(&mut self.plain).chain(&mut self.earned) {
            figure.kind = figure.kind.max(kind);
        }
        self
    }

    /// The lines in a state, ascending.
    pub fn lines_that(&self, are: LineState) -> impl Iterator<Item = u32> + '_ {
        (1_u32..).zip(&self.lines).filter(move |(_, state)| **state == are).map(|(line, _)| line)
    }
}
