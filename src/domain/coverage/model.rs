//! One report, whatever its format: files, lines, counts, and who wrote it.

use crate::base::{Clean, Problem, Ratio, Stamp};
use crate::domain::coverage::{Arc, Counts, DataFile, LineSet};
use std::fmt;

/// What one report says about one file.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct FileCoverage {
    /// The path exactly as the report has it.
    pub path: String,
    /// The lines on which statements start, as far as the report names them.
    pub statements: LineSet,
    /// Those that ran; each is in `statements`.
    pub covered: LineSet,
    /// Lines that the report says are excluded.
    pub excluded: LineSet,
    /// Branches that were not taken, sorted; see [`Arc`] for targets that have no line.
    pub missing_branches: Vec<Arc>,
    /// The numbers. They are what the producer itself prints, also where the line sets cannot be exact: coverage.py
    /// up to 7.6 lists executed lines that are no statements, and a table names its missing lines only.
    pub counts: Counts,
}

impl FileCoverage {
    /// The statements that did not run.
    #[must_use]
    pub fn missing(&self) -> LineSet {
        &self.statements - &self.covered
    }
}

/// The formats of coverage reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// `coverage json`.
    CoverageJson,
    /// `coverage xml` and every other producer of Cobertura's XML.
    Cobertura,
    /// `coverage lcov` and every other producer of LCOV trace files.
    Lcov,
    /// The text table of `coverage report`.
    Table,
    /// coverage.py's own data file, `.coverage`.
    DataFile,
}

impl Format {
    /// Its name, as a person would say it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CoverageJson => "coverage.py JSON",
            Self::Cobertura => "Cobertura XML",
            Self::Lcov => "LCOV",
            Self::Table => "coverage table",
            Self::DataFile => "coverage.py data file",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One coverage report that was read as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its format.
    pub format: Format,
    /// Who wrote it, with the version where the report says so.
    pub producer: Clean,
    /// When it was made, if it says so. coverage.py's JSON has local time without a zone, which is taken as UTC.
    pub stamp: Option<Stamp>,
    /// Whether branches were measured.
    pub has_branches: bool,
    /// The folders that the paths are relative to (Cobertura's `<source>`); empty when the report names none.
    pub sources: Vec<String>,
    /// Its files, each path once, in the report's order.
    pub files: Vec<FileCoverage>,
    /// What its total counts but no row lists: a table that leaves out complete files. Zero for other formats.
    pub unlisted: Counts,
    /// Functions that were entered, of all that the report names; nothing of nothing where it names none.
    pub functions: Ratio,
    /// Classes of which a method ran, of all that the report names; likewise.
    pub classes: Ratio,
    /// What each context executed, where the report says so for every line (`coverage json --show-contexts`).
    pub contexts: Option<DataFile>,
    /// What a reader of the figures should know.
    pub notes: Vec<Problem>,
}

impl Report {
    /// A report without files.
    #[must_use]
    pub fn new(format: Format, producer: &str) -> Self {
        Self {
            format,
            producer: Clean::line(producer),
            stamp: None,
            has_branches: false,
            sources: Vec::new(),
            files: Vec::new(),
            unlisted: Counts::default(),
            functions: Ratio::default(),
            classes: Ratio::default(),
            contexts: None,
            notes: Vec::new(),
        }
    }

    /// The sum over all files, counted from them and not from what the report declares.
    #[must_use]
    pub fn totals(&self) -> Counts {
        self.files.iter().map(|file| file.counts).sum::<Counts>().plus(&self.unlisted)
    }
}
