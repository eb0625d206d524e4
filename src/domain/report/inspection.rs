//! What a report is: format, producer and totals counted from its elements.

use crate::base::Clean;
use crate::domain::coverage::{Counts, Format, Report};
use crate::domain::suite::{JunitReport, Tally};
use serde_json::{Value, json};

/// What `lacuna inspect` says of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Its format in one word, for programs: `json`, `cobertura`, `lcov`, `table`, `dotcov`, `junit`.
    pub format: &'static str,
    /// The name of its format, for people.
    pub name: &'static str,
    /// Who wrote it.
    pub producer: Clean,
    /// Its tests, if it is about tests.
    pub tests: Option<Tally>,
    /// Its number of files and their totals, if it is about coverage. A data file has no statements, only what ran.
    pub coverage: Option<(u64, Counts)>,
}

impl Inspection {
    /// That of a coverage report.
    #[must_use]
    pub fn of_coverage(report: &Report) -> Self {
        Self {
            format: word(report.format),
            name: report.format.name(),
            producer: report.producer.clone(),
            tests: None,
            coverage: Some((report.files.len() as u64, report.totals())),
        }
    }

    /// That of JUnit XML.
    #[must_use]
    pub fn of_junit(report: &JunitReport) -> Self {
        Self {
            format: "junit",
            name: "JUnit XML",
            producer: report.producer.clone(),
            tests: Some(report.tally),
            coverage: None,
        }
    }

    /// As JSON, with null for what it does not have.
    #[must_use]
    pub fn json(&self) -> Value {
        let tests = self.tests.map(|tests| {
            json!({
                "total": tests.total,
                "passed": tests.passed,
                "failed": tests.failed,
                "errors": tests.errors,
                "skipped": tests.skipped,
            })
        });
        let coverage = self.coverage.map(|(files, counts)| {
            json!({
                "files": files,
                "statements": counts.statements,
                "covered": counts.covered,
                "branches": counts.branches,
                "covered_branches": counts.covered_branches,
            })
        });
        json!({ "format": self.format, "producer": self.producer.as_str(), "tests": tests, "coverage": coverage })
    }

    /// As a few lines for people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = format!("{} by {}\n", self.name, self.producer);
        if let Some(tests) = self.tests {
            out.push_str(&format!(
                "{} tests: {} passed, {} failed, {} errors, {} skipped\n",
                tests.total, tests.passed, tests.failed, tests.errors, tests.skipped
            ));
        }
        if let Some((files, counts)) = self.coverage {
            out.push_str(&format!(
                "{files} files, {} of {} statements covered ({})",
                counts.covered,
                counts.statements,
                counts.ratio()
            ));
            if counts.branches > 0 {
                out.push_str(&format!(", {} of {} branches", counts.covered_branches, counts.branches));
            }
            out.push('\n');
        }
        out
    }
}

/// The format in one word.
const fn word(format: Format) -> &'static str {
    match format {
        Format::CoverageJson => "json",
        Format::Cobertura => "cobertura",
        Format::Lcov => "lcov",
        Format::Table => "table",
        Format::DataFile => "dotcov",
    }
}
