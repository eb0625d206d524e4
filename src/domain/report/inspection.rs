//! What a report is: format, producer and totals counted from its elements.

use crate::base::{Clean, Ratio};
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
    /// Its totals, if it is about coverage.
    pub coverage: Option<Measured>,
}

/// The totals of a coverage report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// How many files it is about.
    pub files: u64,
    /// The numbers.
    pub counts: Counts,
    /// The functions that were entered, of all that it names.
    pub functions: Ratio,
    /// The classes of which a method ran, of all that it names.
    pub classes: Ratio,
    /// Whether it says what there was to cover. A data file does not: it holds only what ran.
    pub has_statements: bool,
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
            coverage: Some(Measured {
                files: report.files.len() as u64,
                counts: report.totals(),
                functions: report.functions,
                classes: report.classes,
                has_statements: true,
            }),
        }
    }

    /// That of JUnit XML.
    #[must_use]
    pub fn of_junit(report: &JunitReport<'_>) -> Self {
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
        let coverage = self.coverage.map(|Measured { files, counts, functions, classes, has_statements }| {
            let known = |number: u64| has_statements.then_some(number);
            json!({
                "files": files,
                "statements": known(counts.statements),
                "covered": counts.covered,
                "branches": known(counts.branches),
                "covered_branches": known(counts.covered_branches),
                "functions": (functions.whole > 0).then_some(functions.whole),
                "covered_functions": (functions.whole > 0).then_some(functions.part),
                "classes": (classes.whole > 0).then_some(classes.whole),
                "covered_classes": (classes.whole > 0).then_some(classes.part),
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
        if let Some(Measured { files, counts, functions, classes, has_statements }) = self.coverage {
            if has_statements {
                let (covered, statements) = (counts.covered, counts.statements);
                out.push_str(&format!("{files} files, {covered} of {statements} statements covered"));
            } else {
                out.push_str(&format!("{files} files, {} lines executed", counts.covered));
            }
            if counts.branches > 0 {
                out.push_str(&format!(", {} of {} branches", counts.covered_branches, counts.branches));
            }
            if functions.whole > 0 {
                out.push_str(&format!(", {} of {} functions", functions.part, functions.whole));
            }
            if classes.whole > 0 {
                out.push_str(&format!(", {} of {} classes", classes.part, classes.whole));
            }
            if has_statements {
                out.push_str(&format!(": {}", counts.ratio()));
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
