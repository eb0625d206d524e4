//! `lacuna report FILE` says what coverage.py says, file by file, for every format, with and without branches.
//!
//! `tests/compare.py` makes the comparison; it works on any project, and here on the sample.

use crate::program;
use crate::shop::{Shop, of_coverage, of_lacuna};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

/// Runs the comparison on the sample with this program as lacuna.
fn compare(shop: &Shop, lacuna: &Path, options: &[&str]) -> Output {
    let mut command = Command::new(&crate::venv::interpreter().program);
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/compare.py")).arg(shop.root());
    command.arg("--python").arg(&crate::venv::interpreter().program).arg("--lacuna").arg(lacuna).args(options);
    command.output().unwrap()
}

fn check(mode: &str, first: &str) {
    let output = compare(&Shop::bare(), crate::venv::program(), &["--mode", mode]);
    let told = program::stdout(&output);
    assert!(output.status.success(), "{told}{}", program::stderr(&output));
    assert!(told.contains(first), "{told}");
    for format in ["json", "xml", "lcov", "text", "data"] {
        let is_equal = |line: &str| line.starts_with(&format!("{format}: 38 files, ")) && line.ends_with(": equal");
        assert!(told.lines().map(str::trim_start).any(is_equal), "{format}\n{told}");
    }
}

#[test]
fn reports_with_branches_say_what_coverage_says() {
    check("branch", "coverage.py: 38 files, 1745 statements, 359 missed, 410 branches, ");
}

#[test]
fn reports_without_branches_say_what_coverage_says() {
    check("statement", "coverage.py: 38 files, 1745 statements, 359 missed, 0 branches, ");
}

#[test]
fn the_comparison_sees_one_wrong_line() {
    let shop = Shop::bare();
    let wrong = shop.outside("wrong.sh");
    let lacuna = crate::venv::program().display();
    let script = format!("#!/bin/sh\n'{lacuna}' \"$@\" | sed -e '0,/\"missed\": [0-9]*/s//\"missed\": 7777/'\n");
    std::fs::write(&wrong, script).unwrap();
    std::fs::set_permissions(&wrong, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let output = compare(&shop, &wrong, &["--mode", "statement", "--formats", "json"]);
    let told = program::stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{told}{}", program::stderr(&output));
    assert!(told.contains(": missed 7777, coverage.py ") && told.ends_with("1 differences\n"), "{told}");
}

#[test]
fn the_tables_that_people_read_have_the_same_numbers() {
    let shop = Shop::bare();
    let report = shop.outside("coverage.json");
    shop.measure(&report, &[]);
    check_tables(&shop, &report);
    // The project says how many digits it wants to see.
    shop.edit("pyproject.toml", "[tool.coverage.report]\n", "[tool.coverage.report]\nprecision = 2\n");
    shop.measure(&report, &[]);
    let shown = of_coverage(&report);
    assert!(shown.values().any(|file| file.percent.contains('.') && !file.percent.ends_with(".00")));
    check_tables(&shop, &report);
    let ours = of_lacuna(&shop.json(&["report", report.to_str().unwrap(), "--format", "json"], 0));
    assert!(shown.iter().all(|(path, file)| ours[path].percent == file.percent));
}

fn check_tables(shop: &Shop, report: &Path) {
    for format in ["text", "md"] {
        let table = shop.says(&["report", report.to_str().unwrap(), "--format", format], 0);
        for (path, file) in of_coverage(report) {
            let row = table.lines().find(|line| line.split([' ', '|']).any(|word| word == path)).unwrap();
            let cells: Vec<&str> = row.split([' ', '|']).filter(|cell| !cell.is_empty()).collect();
            let at = cells.iter().position(|cell| *cell == path).unwrap();
            let missed = file.missed.len() as u64;
            let expect = [file.statements, missed, file.branches[0], file.branches[2]].map(|number| number.to_string());
            assert_eq!(cells[at + 1..at + 5], expect, "{path} as {format}");
            assert_eq!(cells[at + 5], format!("{}%", file.percent), "{path} as {format}");
        }
    }
}

/// Prints, for every Python file below the folders given, the statements that coverage.py's parser finds in it.
const PARSER: &str = "\
import json, pathlib, sys
from coverage.exceptions import CoverageException
from coverage.parser import PythonParser
from coverage.config import DEFAULT_EXCLUDE
found = {}
for folder in sys.argv[1:]:
    for path in sorted(pathlib.Path(folder).rglob('*.py')):
        text = path.read_bytes().decode('utf-8', 'replace').replace('\\r\\n', '\\n')
        parser = PythonParser(text=text, filename=str(path), exclude='|'.join(DEFAULT_EXCLUDE))
        try:
            parser.parse_source()
        except CoverageException:
            continue
        found[str(path)] = sorted(parser.statements)
print(json.dumps(found))
";

#[test]
fn statements_read_from_the_sources_are_those_of_coverage_py() {
    let site = crate::venv::interpreter().home.clone().unwrap().join("lib");
    let packages = std::fs::read_dir(&site).unwrap().flatten().next().unwrap().path().join("site-packages");
    let folders = ["_pytest", "coverage", "pluggy", "pygments/formatters", "xdist", "pip/_internal"];
    let mut command = Command::new(&crate::venv::interpreter().program);
    command.args(["-c", PARSER]).args(folders.map(|folder| packages.join(folder)));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", program::stderr(&output));
    let found: BTreeMap<String, Vec<u32>> = serde_json::from_slice(&output.stdout).unwrap();
    assert!(found.len() > 150, "{}", found.len());
    let mut wrong = Vec::new();
    for (path, expect) in &found {
        let own = lacuna::domain::python::estimate(&std::fs::read_to_string(path).unwrap()).statements;
        let more = |a: &[u32], b: &[u32]| a.iter().copied().filter(|line| !b.contains(line)).collect::<Vec<_>>();
        if own != *expect {
            wrong.push(format!("{path}: too many {:?}, too few {:?}", more(&own, expect), more(expect, &own)));
        }
    }
    // CPython makes no code for what it knows to be unreachable, such as the body of `if 0:`; a syntax tree has it all.
    assert!(wrong.len() * 100 <= found.len(), "{} of {}:\n{}", wrong.len(), found.len(), wrong.join("\n"));
}
