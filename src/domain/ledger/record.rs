//! The ledger as plain records, for the store that keeps it.

use crate::base::{Digest, RepoPath};
use crate::domain::coverage::{Arc, Counts, Facts, LineSet, Ran};
use crate::domain::ledger::file::{Doubt, Evidence, FileBook, Reported};
use crate::domain::ledger::unearned::Member;
use crate::domain::ledger::version::Version;
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
    /// Lines that may or may not have been lost.
    pub doubt: Option<DoubtRecord>,
    /// For each test the lines of the newest version that come and go in its runs, sorted by test.
    pub unstable: Vec<(TestId, LineSet)>,
}

/// Lines that a rerun no longer credits, while other tests that ran through the file were not rerun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoubtRecord {
    /// The place of the version in [`FileRecord::versions`].
    pub version: u32,
    /// The lines.
    pub lines: LineSet,
    /// The tests whose rerun would settle it, sorted.
    pub waiting: Vec<TestId>,
}

/// All that the ledger knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LedgerRecord {
    /// Whether it was measured with branches.
    pub has_arcs: bool,
    /// Whether it is known what single tests cover.
    pub has_contexts: bool,
    /// The tests, with what is known of their last run; sorted.
    pub tests: Vec<(TestId, Member)>,
    /// The sources that tests met when they ran last; sorted by test.
    pub worlds: Vec<(TestId, Digest)>,
    /// The files, sorted by path.
    pub files: Vec<FileRecord>,
}

impl FileRecord {
    /// The record of one file of the ledger.
    #[must_use]
    pub(crate) fn of(path: &RepoPath, book: &FileBook) -> Self {
        Self {
            path: path.clone(),
            versions: book.versions.iter().map(VersionRecord::of).collect(),
            import: book.import.as_ref().map(EvidenceRecord::of),
            tests: book.tests.iter().map(|(id, evidence)| (id.clone(), EvidenceRecord::of(evidence))).collect(),
            reported: book.reported.as_ref().map(|reported| ReportedRecord {
                version: number(reported.version),
                covered: reported.covered.clone(),
                missing_branches: reported.missing_branches.clone(),
                counts: reported.counts,
                union: reported.union,
            }),
            doubt: book.doubt.as_ref().map(|doubt| DoubtRecord {
                version: number(doubt.version),
                lines: doubt.lines.clone(),
                waiting: doubt.waiting.clone(),
            }),
            unstable: book.unstable.clone(),
        }
    }

    /// The file of the ledger that this is the record of. Evidence that names a version which is not there is left
    /// out.
    #[must_use]
    pub(crate) fn book(self) -> FileBook {
        let versions: Vec<Version> = self.versions.into_iter().map(VersionRecord::version).collect();
        let count = versions.len();
        let is_there = |version: u32| (version as usize) < count;
        let mut tests: Vec<_> = self.tests.into_iter().filter(|(_, record)| is_there(record.version)).collect();
        tests.sort_by(|a, b| a.0.cmp(&b.0));
        tests.dedup_by(|a, b| a.0 == b.0);
        FileBook {
            versions,
            import: self.import.filter(|record| is_there(record.version)).map(EvidenceRecord::evidence),
            tests: tests.into_iter().map(|(id, record)| (id, record.evidence())).collect(),
            reported: self.reported.filter(|record| is_there(record.version)).map(|record| Reported {
                version: record.version as usize,
                covered: record.covered,
                missing_branches: record.missing_branches,
                counts: record.counts,
                union: record.union,
            }),
            doubt: self.doubt.filter(|record| is_there(record.version)).map(|record| Doubt {
                version: record.version as usize,
                lines: record.lines,
                waiting: record.waiting,
            }),
            unstable: self.unstable,
            learned: None,
        }
    }
}

impl VersionRecord {
    fn of(version: &Version) -> Self {
        Self {
            digest: version.digest,
            text: version.text.clone(),
            facts: version.facts.as_deref().cloned(),
            outdated: version.outdated,
        }
    }

    fn version(self) -> Version {
        Version::new(self.digest, self.text, self.facts.map(Shared::new), self.outdated)
    }
}

impl EvidenceRecord {
    fn of(evidence: &Evidence) -> Self {
        Self { version: number(evidence.version), ran: evidence.ran.clone(), moved: evidence.moved }
    }

    fn evidence(self) -> Evidence {
        Evidence { version: self.version as usize, ran: self.ran, moved: self.moved }
    }
}

fn number(version: usize) -> u32 {
    u32::try_from(version).unwrap_or(u32::MAX)
}
