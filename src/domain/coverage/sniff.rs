//! What kind of report some bytes are, judged by their beginning.

use crate::domain::coverage::table;

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

/// What coverage.py's data file begins with.
pub const DATA_FILE: &[u8] = b"SQLite format 3\0";

/// How many bytes of a document are looked at. A table may stand at the end of a long log, so it is looked for
/// everywhere.
const BEGINNING: usize = 16 * 1024;

/// Says what kind of report `bytes` are. It does not promise that they can be read.
#[must_use]
pub fn sniff(bytes: &[u8]) -> Sniffed {
    if bytes.starts_with(DATA_FILE) {
        return Sniffed::DataFile;
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let beginning = String::from_utf8_lossy(bytes.get(..BEGINNING).unwrap_or(bytes));
    match beginning.chars().next() {
        Some('<') => xml(&beginning),
        Some('{') => json(&beginning),
        _ if is_lcov(&beginning) => Sniffed::Lcov,
        _ if table::has_header(bytes) => Sniffed::Table,
        _ => Sniffed::Unknown,
    }
}

/// Judges by the name of the root element: the first tag that is no declaration, no comment and no instruction.
fn xml(text: &str) -> Sniffed {
    let mut rest = text;
    while let Some((_, tag)) = rest.split_once('<') {
        rest = tag;
        if let Some(comment) = tag.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
        } else if !tag.starts_with(['!', '?']) {
            let name = tag.split(|c: char| c.is_whitespace() || c == '>' || c == '/').next().unwrap_or_default();
            return match name.rsplit(':').next().unwrap_or_default() {
                "coverage" => Sniffed::Cobertura,
                "testsuites" | "testsuite" => Sniffed::Junit,
                _ => Sniffed::Unknown,
            };
        }
    }
    Sniffed::Unknown
}

fn json(text: &str) -> Sniffed {
    let first_line = text.lines().next().unwrap_or_default();
    if first_line.contains("\"$report_type\"") {
        return Sniffed::ReportLog;
    }
    let known = ["\"files\"", "\"meta\"", "\"executed_lines\""];
    if known.iter().any(|key| text.contains(key)) { Sniffed::CoverageJson } else { Sniffed::Unknown }
}

fn is_lcov(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.next().is_some_and(|line| line.starts_with("TN:") || line.starts_with("SF:"))
}

#[cfg(test)]
mod tests {
    use super::{Sniffed, sniff};

    fn check(text: &str, expect: Sniffed) {
        assert_eq!(sniff(text.as_bytes()), expect, "{text:?}");
    }

    #[test]
    fn a_report_is_known_by_its_beginning() {
        check(
            "\u{feff}<?xml version='1.0'?>\n<!DOCTYPE coverage SYSTEM 'x'>\n<!-- <testsuite> --><coverage/>",
            Sniffed::Cobertura,
        );
        check("<testsuites><testsuite/></testsuites>", Sniffed::Junit);
        check("<j:testsuite a='1'>", Sniffed::Junit);
        check("<html>", Sniffed::Unknown);
        check("\n{\"meta\": {\"format\": 3}, \"files\": {}}", Sniffed::CoverageJson);
        check("{\"pytest_version\": \"9\", \"$report_type\": \"SessionStart\"}\n", Sniffed::ReportLog);
        check("{\"name\": \"x\"}", Sniffed::Unknown);
        check("TN:\nSF:a.py\n", Sniffed::Lcov);
        check("$ coverage report\n\u{1b}[1mName   Stmts   Miss  Cover\u{1b}[0m\n", Sniffed::Table);
        check("SQLite format 3\0...", Sniffed::DataFile);
        check("", Sniffed::Unknown);
        check("Name of the game", Sniffed::Unknown);
    }
}
