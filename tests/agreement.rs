//! `lacuna report FILE` says what `coverage report` says, file by file, for every format, with and without branches.

use crate::program;
use crate::shop::{Shop, of_lacuna};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A line of the table: statements, missed, branches with partial ones, and the percentage as it is printed.
type Line = (u64, u64, [u64; 2], String);

/// The columns of `coverage report` for each file: statements, missed, branches and partial ones, percentage.
type Table = BTreeMap<String, Line>;

/// The sample with reports of a full run in every format, below a folder of their own.
struct Measured {
    shop: Shop,
    branch: bool,
}

impl Measured {
    fn new(branch: bool) -> Self {
        let shop = Shop::bare();
        let config = shop.outside("coveragerc");
        std::fs::write(&config, format!("[run]\nbranch = {branch}\nsource = shop\nrelative_files = true\n")).unwrap();
        let measured = Self { shop, branch };
        let config = format!("--cov-config={}", config.display());
        measured.shop.measure(&measured.file("coverage.json"), &[&config]);
        for format in ["xml", "lcov"] {
            let file = measured.file(&format!("coverage.{format}"));
            measured.coverage(&[format, "-q", "-o", file.to_str().unwrap()]);
        }
        std::fs::copy(measured.shop.outside("private.coverage"), measured.file(".coverage")).unwrap();
        std::fs::write(measured.file("report.txt"), measured.coverage(&["report", "-m"])).unwrap();
        measured
    }

    fn file(&self, name: &str) -> PathBuf {
        let folder = self.shop.outside("reports");
        std::fs::create_dir_all(&folder).unwrap();
        folder.join(name)
    }

    fn coverage(&self, arguments: &[&str]) -> String {
        let config = format!("--rcfile={}", self.shop.outside("coveragerc").display());
        let output = self.shop.python(&[&["coverage"], arguments, &[&config]].concat());
        assert!(output.status.success(), "{}", program::stderr(&output));
        program::stdout(&output)
    }

    /// What `coverage report` prints, the total included.
    fn truth(&self) -> Table {
        let text = std::fs::read_to_string(self.file("report.txt")).unwrap();
        let rows = text.lines().filter(|line| line.starts_with("shop/") || line.starts_with("TOTAL"));
        rows.map(|row| {
            let cells: Vec<&str> = row.split_whitespace().collect();
            let number = |at: usize| cells[at].parse::<u64>().unwrap();
            let branches = if self.branch { [number(3), number(4)] } else { [0, 0] };
            let percent = cells[if self.branch { 5 } else { 3 }].trim_end_matches('%').to_owned();
            (cells[0].to_owned(), (number(1), number(2), branches, percent))
        })
        .collect()
    }

    /// What `lacuna report FILE` says.
    fn lacuna(&self, file: &Path) -> Table {
        let report = self.shop.json(&["report", file.to_str().unwrap(), "--format", "json"], 0);
        let mut table = of_json(&report);
        let display = report["total"]["display"].as_str().unwrap().trim_end_matches('%').to_owned();
        let sum = |pick: &dyn Fn(&Line) -> u64| table.values().map(pick).sum::<u64>();
        let total = (sum(&|row| row.0), sum(&|row| row.1), [sum(&|row| row.2[0]), sum(&|row| row.2[1])], display);
        table.insert("TOTAL".to_owned(), total);
        table
    }
}

fn of_json(report: &Value) -> Table {
    let lines = of_lacuna(report);
    let rows = report["files"].as_array().unwrap().iter();
    rows.map(|row| {
        let path = row["path"].as_str().unwrap();
        let (file, missed) = (&lines[path], row["missed"].as_u64().unwrap());
        // A table names ranges only.
        assert!(row["missed_lines"].is_null() || file.missed.len() as u64 == missed, "{row}");
        let path = if path.starts_with("shop/") { path.to_owned() } else { format!("shop/{path}") };
        (path, (file.statements, missed, [file.branches[0], file.branches[2]], file.percent.clone()))
    })
    .collect()
}

fn check(branch: bool) {
    let measured = Measured::new(branch);
    let truth = measured.truth();
    assert_eq!(truth.len(), 39);
    for name in ["coverage.json", "coverage.xml", "coverage.lcov", "report.txt"] {
        let found = measured.lacuna(&measured.file(name));
        assert_eq!(found.keys().collect::<Vec<_>>(), truth.keys().collect::<Vec<_>>(), "{name}");
        for (path, expect) in &truth {
            assert_eq!(&found[path], expect, "{path} in {name}");
        }
    }
    // A data file holds what ran; what there was to run is read from the sources.
    let found = measured.lacuna(&measured.file(".coverage"));
    for (path, (statements, missed, ..)) in &truth {
        assert_eq!((found[path].0, found[path].1), (*statements, *missed), "{path} in .coverage");
    }
}

#[test]
fn reports_with_branches_say_what_coverage_report_says() {
    check(true);
}

#[test]
fn reports_without_branches_say_what_coverage_report_says() {
    check(false);
}

#[test]
fn the_tables_that_people_read_have_the_same_numbers() {
    let measured = Measured::new(true);
    let file = measured.file("coverage.json");
    for format in ["text", "md"] {
        let table = measured.shop.says(&["report", file.to_str().unwrap(), "--format", format], 0);
        for (path, (statements, missed, [branches, partial], percent)) in measured.truth() {
            let row = table.lines().find(|line| line.split([' ', '|']).any(|word| word == path)).unwrap();
            let cells: Vec<&str> = row.split([' ', '|']).filter(|cell| !cell.is_empty()).collect();
            let at = cells.iter().position(|cell| *cell == path).unwrap();
            let numbers: Vec<&str> = cells[at + 1..at + 6].to_vec();
            let expect = [statements, missed, branches, partial].map(|number| number.to_string());
            assert_eq!(numbers[..4], expect, "{path} as {format}");
            assert_eq!(numbers[4], format!("{percent}%"), "{path} as {format}");
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
    let mut command = std::process::Command::new(&crate::venv::interpreter().program);
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
