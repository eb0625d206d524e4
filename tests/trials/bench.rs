//! A package on the bench: measured once, edited, put back; lacuna and pytest run on it.

use super::compare::{ByFile, Files, of_coverage, of_lacuna};
use super::package::{Package, copy};
use crate::program;
use crate::shop::Shop;
use crate::venv::interpreter;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The script that makes edits and tells their bound.
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/trials/edit.py");

/// The texts of a tree, by path.
pub type Texts = BTreeMap<String, String>;

/// What a full rerun showed.
#[derive(Clone, PartialEq, Eq)]
pub struct Truth {
    /// Each file.
    pub files: Files,
    /// The tests that there are.
    pub tests: Vec<String>,
}

/// Where lines may stand open, and where anything that runs at import changed.
#[derive(Default)]
pub struct Bound {
    /// The lines, by file.
    pub lines: ByFile,
    /// The lines of which nothing older than the edits may be claimed, by file.
    pub firm: ByFile,
    /// The files.
    pub outside: BTreeSet<String>,
}

/// A package on the bench.
pub struct Bench {
    /// What it is.
    pub package: Package,
    /// What is measured of it before any edit.
    pub truth: Truth,
    shop: Shop,
}

/// The two ways to a baseline.
const WAYS: [&str; 2] = ["own", "reported"];

impl Bench {
    /// Fetches a package and measures it: by lacuna itself, and by pytest-cov, whose reports lacuna reads.
    pub fn new(package: &Package) -> Self {
        let shop = package.shop();
        let truth = oracle(&shop).unwrap_or_else(|| panic!("{} cannot be measured", package.name));
        let again = oracle(&shop);
        assert!(again.as_ref() == Some(&truth), "{}: two runs of the same tests cover different lines", package.name);
        let bench = Self { package: *package, truth, shop };
        let run = bench.run(&["run", "--all", "--trust"]);
        assert!(matches!(run, 0 | 1), "{}: lacuna cannot measure it", package.name);
        bench.keep(WAYS[0]);
        std::fs::remove_dir_all(bench.shop.home()).unwrap();
        std::fs::create_dir(bench.shop.home()).unwrap();
        bench.shop.measure(&bench.shop.root().join("coverage.json"), &[]);
        std::fs::copy(bench.shop.outside("private.coverage"), bench.shop.root().join(".coverage")).unwrap();
        bench.keep(WAYS[1]);
        bench
    }

    fn keep(&self, way: &str) {
        let place = self.shop.outside(way);
        std::fs::create_dir(&place).unwrap();
        copy(&self.shop.root(), &place);
        copy(&self.shop.home(), &place);
    }

    /// Puts everything back as it was measured, in one of the two ways.
    pub fn restore(&self, way: usize) {
        let place = self.shop.outside(WAYS[way % 2]);
        for folder in [self.shop.root(), self.shop.home()] {
            std::fs::remove_dir_all(&folder).unwrap();
            copy(&place.join(folder.file_name().unwrap()), folder.parent().unwrap());
        }
        // The copied reports are other files than those that lacuna read.
        self.run(&["report"]);
    }

    /// Runs lacuna, and gives its exit code.
    pub fn run(&self, arguments: &[&str]) -> i32 {
        let output = self.shop.lacuna(arguments);
        if std::env::var_os("LACUNA_TRIALS_LOUD").is_some() {
            eprintln!("{arguments:?}\n{}\n{}", program::stdout(&output), program::stderr(&output));
        }
        output.status.code().unwrap_or(-1)
    }

    /// What lacuna says of each file.
    pub fn ledger(&self) -> Files {
        of_lacuna(&self.shop.json(&["report", "--format", "json"], 0))
    }

    /// What a full rerun says; nothing where the suite can't be collected or does not come to its end.
    pub fn oracle(&self) -> Option<Truth> {
        oracle(&self.shop)
    }

    /// All Python files of the tree.
    pub fn texts(&self) -> Texts {
        let mut texts = Texts::new();
        below(&self.shop.root(), &mut |path| {
            let name = path.strip_prefix(self.shop.root()).unwrap().to_str().unwrap().to_owned();
            texts.extend(std::fs::read_to_string(path).ok().map(|text| (name, text)));
        });
        texts
    }

    /// Puts the Python files back as they were.
    pub fn put_back(&self, texts: &Texts) {
        let now = self.texts();
        now.keys().filter(|path| !texts.contains_key(*path)).for_each(|path| self.shop.remove(path));
        texts
            .iter()
            .filter(|(path, text)| now.get(*path) != Some(text))
            .for_each(|(path, text)| self.shop.write(path, text));
    }

    /// Writes one file.
    pub fn write(&self, path: &str, text: &str) {
        self.shop.write(path, text);
    }

    /// Makes one random edit. Says what was edited, or nothing where this kind found no place.
    pub fn edit(&self, kind: &str, seed: u64) -> Option<String> {
        let (root, seed) = (self.shop.root(), seed.to_string());
        let said = script(&["edit", kind, &seed, root.to_str().unwrap(), self.package.source, self.package.tests], "");
        said["edited"].as_str().map(str::to_owned)
    }

    /// Where lines may stand open: what changed between any of the old trees and this one.
    pub fn bound(&self, old: &[Texts], new: &Texts) -> Bound {
        let files = new.iter().filter(|(path, text)| old.iter().any(|old| old.get(*path) != Some(*text)));
        let asked: serde_json::Map<String, Value> = files
            .map(|(path, text)| {
                let olds: Vec<Option<&String>> = old.iter().map(|old| old.get(path)).collect();
                (path.clone(), json!([olds, text]))
            })
            .collect();
        let said = if asked.is_empty() { json!({}) } else { script(&["bound"], &Value::from(asked).to_string()) };
        let mut bound = Bound::default();
        for (path, file) in said.as_object().unwrap() {
            let lines = file["lines"].as_array().unwrap().iter().filter_map(Value::as_u64).collect();
            bound.lines.insert(path.clone(), lines);
            if file["outside"] == true {
                bound.outside.insert(path.clone());
            }
        }
        bound
    }
}

fn oracle(shop: &Shop) -> Option<Truth> {
    let (report, list) = (shop.outside("truth.json"), shop.outside("tests.txt"));
    for file in [&report, &list] {
        drop(std::fs::remove_file(file));
    }
    let json = format!("--cov-report=json:{}", report.display());
    let mut command = Command::new(&interpreter().program);
    command.args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "--cov", "--cov-context=test", &json]);
    command.current_dir(shop.root()).envs(shop.fixed()).env_remove("PYTEST_ADDOPTS");
    command.env("COVERAGE_FILE", shop.outside("private.coverage")).env("TRIAL_TESTS", &list);
    let output = command.output().unwrap();
    // A run that took too long has left no report, or a part of one.
    let files = of_coverage(&report).filter(|_| matches!(output.status.code(), Some(0 | 1)))?;
    let tests = std::fs::read_to_string(list).unwrap_or_default().lines().map(str::to_owned).collect();
    Some(Truth { files, tests })
}

fn script(arguments: &[&str], input: &str) -> Value {
    let mut command = Command::new(&interpreter().program);
    command.arg(SCRIPT).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn below(folder: &Path, each: &mut dyn FnMut(&PathBuf)) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            below(&path, each);
        } else if path.extension().is_some_and(|end| end == "py") {
            each(&path);
        }
    }
}
