//! `lacuna inspect` over the whole corpus: the exact totals, or a refusal in one line.

use crate::program;
use serde_json::{Value, json};
use std::path::PathBuf;

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "data", "corpus"].iter().collect()
}

/// What the manifest expects, in the words of `inspect`. A data file holds only what ran.
fn expected(case: &Value) -> Value {
    let expect = &case["expect"];
    match case["format"].as_str().unwrap() {
        "junit" => json!({
            "tests": {
                "total": expect["tests"],
                "passed": expect["passed"],
                "failed": expect["failed"],
                "errors": expect["errors"],
                "skipped": expect["skipped"],
            },
            "coverage": null,
        }),
        "dotcov" => json!({
            "tests": null,
            "coverage": { "files": expect["files"], "statements": null, "covered": expect["executed"] },
        }),
        _ => json!({
            "tests": null,
            "coverage": {
                "files": expect["files"],
                "statements": expect["lines_valid"],
                "covered": expect["lines_covered"],
            },
        }),
    }
}

#[test]
fn every_report_of_the_corpus_gives_its_totals_or_one_line() {
    let home = tempfile::tempdir().unwrap();
    let manifest: Value = serde_json::from_slice(&std::fs::read(folder().join("manifest.json")).unwrap()).unwrap();
    let cases = manifest["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 117);
    for case in cases {
        let file = case["file"].as_str().unwrap();
        let output = program::run(&["inspect", file, "--format", "json"], &folder(), home.path());
        let (out, err) = (program::stdout(&output), program::stderr(&output));
        match (output.status.code(), case["class"].as_str().unwrap()) {
            (Some(0), "load" | "either") => {
                let found: Value = serde_json::from_str(&out).unwrap();
                let mut totals = json!({ "tests": found["tests"], "coverage": found["coverage"] });
                if let Some(coverage) = totals["coverage"].as_object_mut() {
                    // The manifest does not count branches, functions and classes.
                    for more in
                        ["branches", "covered_branches", "functions", "covered_functions", "classes", "covered_classes"]
                    {
                        assert!(coverage.remove(more).is_some(), "{file} has no {more}");
                    }
                }
                assert_eq!(totals, expected(case), "{file}");
                assert_eq!(found["format"], case["format"], "{file}");
                assert!(found["producer"].is_string() && err.is_empty(), "{file}: {err}");
            }
            (Some(2), "error" | "either") => {
                assert!(out.is_empty(), "{file}: {out}");
                assert!(err.ends_with('\n') && err.lines().count() == 1, "{file}: {err}");
                assert!(err.contains(file), "{err}");
            }
            (code, class) => panic!("{file}: {code:?}, and its class is {class}\n{err}"),
        }
    }
}
