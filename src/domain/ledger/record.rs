//! The ledger as plain records, for the store that keeps it.

use crate::base::{Digest, RepoPath};
use crate::domain::coverage::{Arc, Counts, Facts, LineSet, Ran};
use crate::domain::suite::TestId;
use std::sync::Arc as Shared;

/// One version of a source on which something was measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRecord {
    /// The digest of its text; nothing while the text has not been read.
    pub digest: Option<Digest>,
    /// Its text.
    pub text: Option<Shared<str>>,
    /// Its statements, exclusions and branches.
    pub facts: Option<Facts>,
    /// Whether the measurement is known to be older than the source on disk, so that its own source is unknown.
    pub outdated: bool,
}

/// What one contributor executed in one file, in the lines of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceRecord {
    /// The place of the version in [`FileRecord::versions`].
    pub version: u32,
    /// What ran.
    pub ran: Ran,
    /// Whether some of it was moved here along an edit.
    pub moved: bool,
}

/// What a report said of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedRecord {
    /// The place of the version in [`FileRecord::versions`].
    pub version: u32,
    /// The covered statements.
    pub covered: LineSet,
    /// The branches that were never taken.
    pub missing_branches: Vec<Arc>,
    /// The numbers.
    pub counts: Counts,
    /// Whether it is a union of unknown tests rather than the sum of the tests recorded beside it.
    pub union: bool,
}

/// All that the ledger knows of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRecord {
    /// The file.
    pub path: RepoPath,
    /// The versions of its source that the evidence below belongs to, the newest last.
    pub versions: Vec<VersionRecord>,
    /// What ran when it was imported.
    pub import: Option<EvidenceRecord>,
    /// What each test ran, sorted by test.
    pub tests: Vec<(TestId, EvidenceRecord)>,
    /// What a report said of it.
    pub reported: Option<ReportedRecord>,
    /// Lines that a rerun no longer credits while other tests were not rerun.
    pub doubt: Option<EvidenceRecord>,
}
