//! The ledger itself: its files, their evidence, and the ways in.

use crate::base::{Problem, RepoPath};
use crate::domain::ledger::{BatchEvidence, FileRecord, PlacedData, PlacedReport, Standing};
use crate::domain::suite::TestId;
use std::sync::Arc;

/// What each test covers in each file, kept with the source it was measured on. A clone is cheap.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {}

/// Gives the text of a file on disk.
type Read<'a> = &'a dyn Fn(&RepoPath) -> Option<Arc<str>>;

impl Ledger {
    /// A ledger from a full run's report, its data file, or both.
    ///
    /// `fresh` says whether a file's source is not newer than the measurement; only then is its text on disk the text
    /// that was measured. `sources` gives that text; it is asked only where the data file needs it, and what it does
    /// not give is named by [`Ledger::unread`] and given later with [`Ledger::remember`].
    #[must_use]
    pub fn from_baseline(
        report: Option<&PlacedReport>,
        data: Option<&PlacedData>,
        sources: Read<'_>,
        fresh: &dyn Fn(&RepoPath) -> bool,
    ) -> (Self, Vec<Problem>) {
        let _ = (report, data, sources, fresh);
        (Self::default(), Vec::new())
    }

    /// The ledger after a batch: the contributions of the tests that ran are replaced, all others stay.
    #[must_use]
    pub fn absorb(&self, batch: &BatchEvidence) -> Self {
        let _ = batch;
        self.clone()
    }

    /// How a file stands on the text that is on disk now; without a text, on the source that was measured last.
    #[must_use]
    pub fn standing(&self, path: &RepoPath, disk: Option<&str>) -> Standing {
        let _ = (path, disk);
        Standing::default()
    }

    /// The files whose measured text has not been read yet: they are still on disk as they were measured.
    pub fn unread(&self) -> impl Iterator<Item = &RepoPath> {
        std::iter::empty()
    }

    /// The ledger with the measured texts of files that [`Ledger::unread`] named. The caller makes sure that the file
    /// has not changed since the measurement.
    #[must_use]
    pub fn remember(&self, texts: impl IntoIterator<Item = (RepoPath, Arc<str>)>) -> Self {
        let _ = texts.into_iter();
        self.clone()
    }

    /// The files it knows, in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = &RepoPath> {
        std::iter::empty()
    }

    /// The tests it knows, in the order of their ids.
    #[must_use]
    pub fn tests(&self) -> Vec<TestId> {
        Vec::new()
    }

    /// The tests that ran the statement on a line of the source on disk.
    #[must_use]
    pub fn tests_of_line(&self, path: &RepoPath, line: u32, disk: Option<&str>) -> Vec<TestId> {
        let _ = (path, line, disk);
        Vec::new()
    }

    /// The tests that ran anything in a file.
    #[must_use]
    pub fn tests_of_file(&self, path: &RepoPath) -> Vec<TestId> {
        let _ = path;
        Vec::new()
    }

    /// Whether it knows what single tests cover.
    #[must_use]
    pub fn has_contexts(&self) -> bool {
        false
    }

    /// Whether it was measured with branches: a batch has to be run in the same mode.
    #[must_use]
    pub fn has_arcs(&self) -> bool {
        false
    }

    /// Whether it knows nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        true
    }

    /// Whether a file has the same evidence in both.
    #[must_use]
    pub fn same_file(&self, other: &Self, path: &RepoPath) -> bool {
        let _ = (other, path);
        true
    }

    /// All of it as plain records, for the store.
    #[must_use]
    pub fn records(&self) -> Vec<FileRecord> {
        Vec::new()
    }

    /// The ledger that [`Ledger::records`] gave.
    #[must_use]
    pub fn from_records(records: Vec<FileRecord>, has_arcs: bool) -> Self {
        let _ = (records, has_arcs);
        Self::default()
    }
}
