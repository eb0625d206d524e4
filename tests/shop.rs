//! The sample project as a test bench: a copy of its own, the program run on it, and what coverage.py itself says of it.

use crate::program;
use crate::venv::interpreter;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What makes two runs of the sample the same: its flaky test draws from `random`.
const SEED: &str = "import random\n\ndef pytest_runtest_setup(item):\n    random.seed(1)\n";

/// A copy of the sample project with a home of its own.
pub struct Shop {
    folder: tempfile::TempDir,
}

impl Shop {
    /// A fresh copy, as `lacuna demo` makes it, without its reports.
    pub fn bare() -> Self {
        let shop = Self::with_reports();
        for name in ["coverage.json", ".coverage", "junit.xml"] {
            shop.remove(name);
        }
        shop
    }

    /// A fresh copy with the reports that come with it.
    pub fn with_reports() -> Self {
        let shop = Self::empty();
        let made = shop.command(&["demo", "--only-copy", "--into", "shop"]).current_dir(shop.top()).output().unwrap();
        assert!(made.status.success(), "{}", program::stderr(&made));
        assert_eq!(program::stdout(&made).trim_end(), shop.root().to_str().unwrap());
        shop.write("conftest.py", SEED);
        shop
    }

    /// A project of these files instead of the sample.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let shop = Self::empty();
        std::fs::create_dir(shop.root()).unwrap();
        files.iter().for_each(|(path, text)| shop.write(path, text));
        shop
    }

    fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn top(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    /// The folder of the copy.
    pub fn root(&self) -> PathBuf {
        self.top().join("shop")
    }

    /// The home of the person who works on it.
    pub fn home(&self) -> PathBuf {
        self.top().join("home")
    }

    /// A file outside the project.
    pub fn outside(&self, name: &str) -> PathBuf {
        self.top().join(name)
    }

    /// The text of a file of the project.
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.root().join(path)).unwrap()
    }

    /// Writes a file of the project.
    pub fn write(&self, path: &str, text: &str) {
        let place = self.root().join(path);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, text).unwrap();
    }

    /// Replaces the one place where `old` stands in a file.
    pub fn edit(&self, path: &str, old: &str, new: &str) {
        let text = self.read(path);
        assert_eq!(text.matches(old).count(), 1, "{old} in {path}");
        self.write(path, &text.replace(old, new));
        // A clock that ticks every few milliseconds could call the edit as old as what was measured just before.
        let file = std::fs::File::options().write(true).open(self.root().join(path)).unwrap();
        file.set_modified(std::time::SystemTime::now() + std::time::Duration::from_secs(1)).unwrap();
    }

    /// Takes a file away.
    pub fn remove(&self, path: &str) {
        std::fs::remove_file(self.root().join(path)).unwrap();
    }

    /// lacuna in the project, not started yet. It finds the interpreter of the tests as an active virtualenv.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let root = self.root();
        let folder = if root.exists() { root } else { self.top() };
        let mut command = program::command(arguments, &folder, &self.home());
        command.envs(self.fixed());
        command
    }

    /// Runs lacuna in the project.
    pub fn lacuna(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs lacuna and gives its output, which must have come with this exit code.
    pub fn says(&self, arguments: &[&str], code: i32) -> String {
        let output = self.lacuna(arguments);
        let context = || format!("{}\n{}", program::stdout(&output), program::stderr(&output));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{}", context());
        program::stdout(&output)
    }

    /// The same as JSON.
    pub fn json(&self, arguments: &[&str], code: i32) -> Value {
        serde_json::from_str(&self.says(arguments, code)).unwrap()
    }

    /// Runs a module of the tests' interpreter in the project, with a data file outside it.
    pub fn python(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(&interpreter().program);
        command.arg("-m").args(arguments).current_dir(self.root()).envs(self.fixed());
        command.env_remove("PYTEST_ADDOPTS").env("COVERAGE_FILE", self.outside("private.coverage"));
        command.output().unwrap()
    }

    /// What does not change from run to run: the interpreter, the seed, no bytecode.
    pub fn fixed(&self) -> Vec<(&'static str, PathBuf)> {
        vec![
            ("VIRTUAL_ENV", interpreter().home.clone().unwrap()),
            ("PYTHONHASHSEED", "111".into()),
            ("PYTHONDONTWRITEBYTECODE", "1".into()),
        ]
    }

    /// Measures the whole suite with pytest alone, outside lacuna's reach, and writes coverage.py's JSON report there.
    pub fn measure(&self, report: &Path, options: &[&str]) {
        self.measure_as(report, &[&["--cov"], options].concat());
    }

    /// The same, with options of pytest-cov that say what is measured.
    pub fn measure_as(&self, report: &Path, options: &[&str]) {
        let json = format!("--cov-report=json:{}", report.display());
        let all = [&["pytest", "-q", "-p", "no:cacheprovider", "--cov-context=test", &json], options].concat();
        let output = self.python(&all);
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 1)), "{}\n{}", program::stdout(&output), program::stderr(&output));
    }

    /// What a full rerun says of each file.
    pub fn truth(&self) -> BTreeMap<String, File> {
        let report = self.outside("truth.json");
        self.measure(&report, &[]);
        of_coverage(&report)
    }

    /// What lacuna's ledger says of each file.
    pub fn ledger(&self) -> BTreeMap<String, File> {
        of_lacuna(&self.json(&["report", "--format", "json"], 0))
    }
}

/// How one file stands, in the words of either program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// How many statements it has.
    pub statements: u64,
    /// The covered statements.
    pub covered: Vec<u64>,
    /// The missed statements.
    pub missed: Vec<u64>,
    /// Statements that are neither known to be covered nor known to be missed.
    pub open: Vec<u64>,
    /// How many lines are excluded.
    pub excluded: u64,
    /// Branches: all, taken, and lines that have one that was not.
    pub branches: [u64; 3],
    /// The percentage as it is shown, without its sign.
    pub percent: String,
}

fn numbers(value: &Value) -> Vec<u64> {
    value.as_array().into_iter().flatten().filter_map(Value::as_u64).collect()
}

/// The files of coverage.py's JSON report.
pub fn of_coverage(report: &Path) -> BTreeMap<String, File> {
    let report: Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    let file = |(path, file): (&String, &Value)| {
        let summary = |key: &str| file["summary"][key].as_u64().unwrap_or(0);
        let stands = File {
            statements: summary("num_statements"),
            covered: numbers(&file["executed_lines"]),
            missed: numbers(&file["missing_lines"]),
            open: Vec::new(),
            excluded: summary("excluded_lines"),
            branches: ["num_branches", "covered_branches", "num_partial_branches"].map(summary),
            percent: file["summary"]["percent_covered_display"].as_str().unwrap().to_owned(),
        };
        (path.clone(), stands)
    };
    report["files"].as_object().unwrap().iter().map(file).collect()
}

/// The files of `lacuna report --format json`.
pub fn of_lacuna(report: &Value) -> BTreeMap<String, File> {
    let file = |file: &Value| {
        let number = |key: &str| file[key].as_u64().unwrap();
        let mut open = [numbers(&file["stale_lines"]), numbers(&file["unknown_lines"])].concat();
        open.sort_unstable();
        let stands = File {
            statements: number("statements"),
            covered: numbers(&file["covered_lines"]),
            missed: numbers(&file["missed_lines"]),
            open,
            excluded: number("excluded"),
            branches: ["branches", "covered_branches", "partial_branches"].map(number),
            percent: file["coverage"]["display"].as_str().unwrap().trim_end_matches('%').to_owned(),
        };
        (file["path"].as_str().unwrap().to_owned(), stands)
    };
    report["files"].as_array().unwrap().iter().map(file).collect()
}

/// Both say the same of every file.
pub fn agree(lacuna: &BTreeMap<String, File>, truth: &BTreeMap<String, File>, when: &str) {
    let names = |files: &BTreeMap<String, File>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(lacuna), names(truth), "the files {when}");
    for (path, expect) in truth {
        assert_eq!(&lacuna[path], expect, "{path} {when}");
    }
}
