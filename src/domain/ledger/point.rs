//! A point in time: how each file stood on its own source, compact enough to be kept and compared with any other.

use crate::base::{Digest, Ratio, RepoPath, Stamp};
use crate::domain::coverage::{Counts, FileCoverage, LineSet};
use crate::domain::ledger::{Figure, Kind, LineState, Standing};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How one file stood, in the line numbers of its own source. A line is in one set at the most, besides [`Self::unstable`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PointFile {
    /// The digest of the source that the lines belong to; nothing where it is not known which source that is.
    pub digest: Option<Digest>,
    /// The text of that source, where it is at hand.
    pub text: Option<Arc<str>>,
    /// Statements that ran.
    pub covered: LineSet,
    /// Statements that did not run.
    pub missed: LineSet,
    /// Statements that were left out of measuring.
    pub excluded: LineSet,
    /// Statements whose evidence was older than a change around them.
    pub stale: LineSet,
    /// Statements that nothing had measured.
    pub unknown: LineSet,
    /// Statements, covered or not, that come and go without any change of sources or tests.
    pub unstable: LineSet,
    /// The numbers behind the figure.
    pub counts: Counts,
    /// How the figure came about.
    pub kind: Kind,
    /// Whether the statements are an estimate.
    pub estimated: bool,
}

impl PointFile {
    /// A file as the ledger judges it; `source` is the text, with its digest, that the standing is about.
    #[must_use]
    pub fn of_standing(standing: &Standing, source: Option<(Digest, Option<Arc<str>>)>) -> Self {
        let lines = |state| standing.lines_that(state).collect();
        let (digest, text) = source.map_or((None, None), |(digest, text)| (Some(digest), text));
        Self {
            digest,
            text,
            covered: lines(LineState::Covered),
            missed: lines(LineState::Missed),
            excluded: lines(LineState::Excluded),
            stale: lines(LineState::Stale),
            unknown: lines(LineState::Unknown),
            unstable: standing.unstable.clone(),
            counts: standing.counts,
            kind: standing.plain.kind,
            estimated: standing.plain.estimated,
        }
    }

    /// A file as a report gives it; `text` is the source that was measured, where that is known.
    #[must_use]
    pub fn of_report(file: &FileCoverage, text: Option<Arc<str>>) -> Self {
        Self {
            digest: text.as_deref().map(|text| Digest::of(text.as_bytes())),
            text,
            covered: file.covered.clone(),
            missed: &file.statements - &file.covered,
            excluded: file.excluded.clone(),
            counts: file.counts,
            ..Self::default()
        }
    }

    /// Its coverage.
    #[must_use]
    pub fn figure(&self) -> Figure {
        let lines = Ratio::new(self.counts.covered, self.counts.statements);
        let open = (self.stale.len() + self.unknown.len()) as u64;
        let unstable = self.unstable.len() as u64;
        Figure { ratio: self.counts.ratio(), lines, open, unstable, kind: self.kind, estimated: self.estimated }
    }

    /// Statements that were neither known to be covered nor known to be missed.
    #[must_use]
    pub fn open(&self) -> LineSet {
        &self.stale | &self.unknown
    }

    /// All statements that count.
    #[must_use]
    pub fn statements(&self) -> LineSet {
        &(&self.covered | &self.missed) | &self.open()
    }

    /// Whether every statement behind the numbers is known by its line. A table names ranges of missed lines only.
    #[must_use]
    pub fn has_lines(&self) -> bool {
        let all = self.statements().len() as u64;
        self.covered.len() as u64 == self.counts.covered && all == self.counts.statements
    }

    /// Whether two records name the same lines, whatever their sources are.
    #[must_use]
    pub fn same_lines(&self, other: &Self) -> bool {
        let sets = |file: &Self| [file.covered.clone(), file.missed.clone(), file.excluded.clone(), file.open()];
        sets(self) == sets(other)
    }
}

/// How every measured file stood at one time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Point {
    /// When it was. Of two points the earlier one's sources are the old ones.
    pub at: Stamp,
    /// The files.
    pub files: BTreeMap<RepoPath, Arc<PointFile>>,
    /// Files that are known to have been there, though nothing measured them.
    pub unmeasured: BTreeSet<RepoPath>,
}

impl Point {
    /// All files together; nothing when there is none.
    #[must_use]
    pub fn total(&self) -> Option<Figure> {
        self.files.values().map(|file| file.figure()).reduce(Figure::plus)
    }

    /// Whether branches were measured.
    #[must_use]
    pub fn has_branches(&self) -> bool {
        self.files.values().any(|file| file.counts.branches > 0)
    }
}

/// What a point is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PointKind {
    /// A full run's report, or a run of the whole suite by lacuna itself.
    Baseline,
    /// What was known after one command of a run.
    Batch,
}

impl PointKind {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Batch => "batch",
        }
    }
}

/// What is known of a kept point without looking into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointHead {
    /// Its name: the id of the run, or a name that begins with `baseline`.
    pub id: String,
    /// When it was: the time of the report, or the end of the run.
    pub at: Stamp,
    /// What it is of.
    pub kind: PointKind,
    /// The command or the report. Untrusted: clean it before it is shown.
    pub about: String,
    /// Which sitting of lacuna kept it.
    pub sitting: String,
    /// The time that the report itself names, where it names one: two reports with one time are one measurement.
    pub stamp: Option<Stamp>,
    /// All its files together.
    pub total: Figure,
    /// How many files it has.
    pub files: u64,
}
