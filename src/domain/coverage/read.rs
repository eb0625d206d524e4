//! One door for every format of coverage report.

use crate::base::{Problem, document};
use crate::domain::coverage::{Report, Sniffed, cobertura, json, lcov, sniff, table};

/// Reads a coverage report of any text format. `origin` names it in problems.
///
/// Reading is total: whatever the bytes are, the answer is a report or a problem, and memory is bounded by their size.
///
/// # Errors
/// Whatever is no report of a known format, or not a whole one: the problem says where it ends to make sense.
pub fn read(bytes: &[u8], origin: &str) -> Result<Report, Problem> {
    match sniff(bytes) {
        Sniffed::CoverageJson => json::read(bytes, origin),
        Sniffed::Cobertura => cobertura::read(bytes, origin),
        Sniffed::Lcov => lcov::read(bytes, origin),
        Sniffed::Table => table::read(bytes, origin),
        Sniffed::Junit => Err(other(origin, "this is JUnit XML: test results, not coverage")),
        Sniffed::ReportLog => Err(other(origin, "this is a pytest report log: test results, not coverage")),
        Sniffed::DataFile => Err(other(origin, "this is coverage.py's data file, which is no text")),
        Sniffed::Unknown => Err(unknown(bytes, origin)),
    }
}

fn other(origin: &str, what: &str) -> Problem {
    Problem::error(origin, what).hint("a report of coverage is expected here")
}

fn unknown(bytes: &[u8], origin: &str) -> Problem {
    match document::text(bytes, origin, "coverage report") {
        Err(problem) => problem,
        Ok(text) => document::refusal(&text, origin, "coverage report", "the file is of no known format")
            .hint("known are coverage.py's JSON, XML, LCOV, its text table and its data file"),
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn what_is_no_report_is_named() {
        let check = |text: &str, expect: &str| {
            let problem = read(text.as_bytes(), "x").expect_err(text).to_string();
            assert!(problem.contains(expect), "{problem}");
        };
        check("", "is empty");
        check("<testsuite/>", "JUnit XML");
        check("<suites/>", "no known format");
        check("hello", "no known format");
        check("SQLite format 3\0", "data file");
    }
}
