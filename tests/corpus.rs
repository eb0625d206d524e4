//! Real reports of many producers give the totals that were counted independently, or a clear refusal.

use lacuna::base::Problem;
use lacuna::domain::coverage::{self, Counts};
use lacuna::domain::suite::{Tally, read_junit};
use serde_json::Value;
use std::path::PathBuf;

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "data", "corpus"].iter().collect()
}

/// The cases of one format, and how many there are.
fn each(formats: &[&str], check: impl Fn(&Value, &str, &[u8])) -> usize {
    let manifest = std::fs::read_to_string(folder().join("manifest.json")).expect("the manifest is there");
    let manifest: Value = serde_json::from_str(&manifest).expect("the manifest is JSON");
    let cases = manifest["cases"].as_array().expect("the manifest has cases");
    let chosen = cases.iter().filter(|case| formats.contains(&case["format"].as_str().unwrap_or_default()));
    chosen
        .map(|case| {
            let file = case["file"].as_str().expect("a case has a file");
            let bytes = std::fs::read(folder().join(file)).expect(file);
            check(case, file, &bytes);
        })
        .count()
}

/// A refusal is an error that names the file, says something, and shows nothing that a terminal would obey.
fn is_clear(problem: &Problem, file: &str) {
    assert_eq!(problem.origin.as_str(), file);
    assert!(problem.what.len() > 10 && !problem.hint.is_empty(), "{problem}");
    assert!(!problem.to_string().chars().any(char::is_control), "{problem}");
}

fn judge<T>(case: &Value, file: &str, read: Result<T, Problem>, figures: impl Fn(&T) -> bool) {
    match (case["class"].as_str().unwrap_or_default(), read) {
        ("error" | "either", Err(problem)) => is_clear(&problem, file),
        ("load" | "either", Ok(read)) => assert!(figures(&read), "{file} differs from {}", case["expect"]),
        ("load", Err(problem)) => panic!("{file} is refused: {problem}"),
        (class, _) => panic!("{file} is read, and its class is {class}"),
    }
}

#[test]
fn every_coverage_report_of_the_corpus_gives_its_totals() {
    let count = each(&["json", "cobertura", "lcov"], |case, file, bytes| {
        judge(case, file, coverage::read(bytes, file), |report| {
            let Counts { statements, covered, .. } = report.totals();
            let expect = &case["expect"];
            (report.files.len() as u64, statements, covered)
                == (number(expect, "files"), number(expect, "lines_valid"), number(expect, "lines_covered"))
        });
    });
    assert_eq!(count, 38);
}

#[test]
fn every_junit_report_of_the_corpus_gives_its_totals() {
    let count = each(&["junit"], |case, file, bytes| {
        judge(case, file, read_junit(bytes, file), |report| {
            let expect = &case["expect"];
            report.tally
                == Tally {
                    total: number(expect, "tests"),
                    passed: number(expect, "passed"),
                    failed: number(expect, "failed"),
                    errors: number(expect, "errors"),
                    skipped: number(expect, "skipped"),
                }
        });
    });
    assert_eq!(count, 78);
}

fn number(expect: &Value, key: &str) -> u64 {
    expect[key].as_u64().unwrap_or(u64::MAX)
}
