//! What kind of report some bytes are, judged by their beginning.

/// What the bytes look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sniffed {
    /// coverage.py's JSON.
    CoverageJson,
    /// Cobertura XML.
    Cobertura,
    /// An LCOV trace file.
    Lcov,
    /// The text table of `coverage report`.
    Table,
    /// coverage.py's data file (SQLite).
    DataFile,
    /// JUnit XML.
    Junit,
    /// The JSON lines of pytest's report log.
    ReportLog,
    /// Nothing known.
    Unknown,
}

/// Says what kind of report `bytes` are. It does not promise that they can be read.
#[must_use]
pub fn sniff(_bytes: &[u8]) -> Sniffed {
    Sniffed::Unknown
}
