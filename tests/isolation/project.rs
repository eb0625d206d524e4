//! One project of the matrix: made from a row, run by lacuna, compared with itself.

use super::axes::AXES;
use super::pairwise::Row;
use crate::venv::interpreter;
use lacuna::base::Digest;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where pytest's settings are: the file and the header of their table.
#[derive(Clone, Copy)]
pub enum Config {
    /// In the form of ini files.
    Ini(&'static str, &'static str),
    /// In TOML.
    Toml(&'static str, &'static str),
}

/// Where coverage.py's settings are: the file and what stands before the names of its sections.
#[derive(Clone, Copy)]
pub enum Coverage {
    /// In the form of ini files.
    Ini(&'static str, &'static str),
    /// In TOML.
    Toml(&'static str, &'static str),
}

/// What a row says about its project.
pub struct Setup {
    /// Where pytest's settings are.
    pub config: Config,
    /// Whether a test is to fail.
    pub failing: bool,
    place: Coverage,
    has_cov: bool,
    addopts: Vec<&'static str>,
    settings: Vec<(&'static str, &'static str)>,
    coverage: Vec<(&'static str, &'static str, &'static str)>,
    tests: String,
    conftest: &'static str,
    plugins: Vec<&'static str>,
    variables: Vec<(&'static str, &'static str)>,
}

/// What stands in every project before the batch, and has to stand there after it.
const PRECIOUS: [&str; 34] = [
    ".cov",
    ".coverage",
    ".coverage.host.1.XaBcDe",
    ".coverage.host.2.XfGhIj",
    ".durations",
    ".pymon",
    ".report.json",
    ".test_durations",
    ".testmondata",
    ".pytest_cache/v/cache/lastfailed",
    ".cache/pytest/v/cache/lastfailed",
    ".benchmarks/0001.json",
    "allure/old.json",
    "app/core.py,cover",
    "bench.json",
    "build/junit.xml",
    "coverage.info",
    "coverage.json",
    "coverage.lcov",
    "coverage.xml",
    "debug.txt",
    "deep/.cov",
    "deep/c.xml",
    "htmlcov/index.html",
    "junit.xml",
    "l.info",
    "log.jsonl",
    "logs/pytest.log",
    "pytestdebug.log",
    "report.html",
    "run.log",
    "site/index.html",
    "summary.md",
    "tmp/kept",
];

/// The test of every project.
const TESTS: &str = "from app import core\n\ndef test_double(tmp_path):\n    assert core.double(2) == 4\n";

impl Setup {
    /// What a row says.
    pub fn of(row: &Row) -> Self {
        let mut setup = Self {
            config: Config::Ini("pytest.ini", "[pytest]"),
            failing: false,
            place: Coverage::Ini(".coveragerc", ""),
            has_cov: true,
            addopts: Vec::new(),
            settings: Vec::new(),
            coverage: Vec::new(),
            tests: TESTS.to_owned(),
            conftest: "",
            plugins: Vec::new(),
            variables: Vec::new(),
        };
        AXES.iter().zip(row).for_each(|(axis, at)| axis[*at].1(&mut setup));
        setup
    }

    /// The names of a row's values.
    pub fn name(row: &Row) -> String {
        AXES.iter().zip(row).map(|(axis, at)| axis[*at].0).collect::<Vec<_>>().join(", ")
    }

    /// Adds an option to `addopts`.
    pub fn option(&mut self, option: &'static str) {
        self.addopts.push(option);
    }

    /// Adds options to `addopts`.
    pub fn options(&mut self, options: &[&'static str]) {
        options.iter().for_each(|option| self.option(option));
    }

    /// Adds options of pytest-cov, where it is there.
    pub fn cov(&mut self, options: &[&'static str]) {
        if self.has_cov {
            self.options(options);
        }
    }

    /// Runs without pytest-cov.
    pub fn without_pytest_cov(&mut self) {
        self.has_cov = false;
        self.options(&["-p", "no:pytest_cov"]);
    }

    /// Adds a setting of pytest.
    pub fn setting(&mut self, key: &'static str, value: &'static str) {
        self.settings.push((key, value));
    }

    /// Says where coverage.py's settings are.
    pub fn coverage_in(&mut self, place: Coverage) {
        self.place = place;
    }

    /// Adds settings of coverage.py: section, key, value as TOML.
    pub fn coverage(&mut self, settings: &[(&'static str, &'static str, &'static str)]) {
        self.coverage.extend_from_slice(settings);
    }

    /// Adds a test.
    pub fn test(&mut self, text: &str) {
        self.tests.push('\n');
        self.tests.push_str(text);
    }

    /// Says what stands in `conftest.py`.
    pub fn conftest(&mut self, text: &'static str) {
        self.conftest = text;
    }

    /// Adds plugins, by the names of their packages.
    pub fn plugins(&mut self, names: &[&'static str]) {
        self.plugins.extend_from_slice(names);
    }

    /// Sets a variable of lacuna's environment.
    pub fn variable(&mut self, name: &'static str, value: &'static str) {
        self.variables.push((name, value));
    }

    /// The text of each file of settings. Two that share a file are both in it.
    fn settings_files(&self) -> BTreeMap<&'static str, String> {
        let mut files: BTreeMap<&str, String> = BTreeMap::new();
        let is_toml = |config: Config| matches!(config, Config::Toml(..));
        let (Config::Ini(file, header) | Config::Toml(file, header)) = self.config;
        let text = files.entry(file).or_default();
        text.push_str(&format!("{header}\n"));
        let quote = |value: &str| if is_toml(self.config) { format!("\"{value}\"") } else { value.to_owned() };
        let addopts = match (self.config, header) {
            (Config::Toml(..), "[pytest]") => format!("{:?}", self.addopts),
            _ => quote(&self.addopts.join(" ")),
        };
        text.push_str(&format!("addopts = {addopts}\n"));
        self.settings.iter().for_each(|(key, value)| text.push_str(&format!("{key} = {}\n", quote(value))));
        let (Coverage::Ini(file, before) | Coverage::Toml(file, before)) = self.place;
        let text = files.entry(file).or_default();
        let mut sections: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (section, key, value) in &self.coverage {
            let plain = value.trim_matches(['[', ']', '\'']).replace("', '", ", ");
            let value = if matches!(self.place, Coverage::Toml(..)) { (*value).to_owned() } else { plain };
            sections.entry(section).or_default().push(format!("{key} = {value}\n"));
        }
        sections.iter().for_each(|(section, lines)| text.push_str(&format!("[{before}{section}]\n{}", lines.concat())));
        files
    }
}

/// A project with a home beside it.
pub struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    /// The project of a row. `data` is a data file of coverage.py.
    pub fn new(setup: &Setup, data: &[u8]) -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap() };
        for path in PRECIOUS {
            let is_data = path.starts_with(".coverage") || path.ends_with(".cov");
            project.write(path, if is_data { data } else { b"precious" });
        }
        let own = [
            ("app/__init__.py", ""),
            ("app/core.py", "def double(x):\n    if x is None:\n        return 0\n    return x * 2\n"),
            ("tests/test_core.py", &setup.tests),
            ("conftest.py", setup.conftest),
            ("start.rc", "[run]\nsource = app\n"),
        ];
        own.iter().for_each(|(path, text)| project.write(path, text.as_bytes()));
        setup.settings_files().iter().for_each(|(path, text)| project.write(path, text.as_bytes()));
        project
    }

    /// The project's root.
    pub fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join("project")
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let place = self.root().join(path);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, bytes).unwrap();
    }

    /// lacuna in this project, as a person starts it. `plugins` is where packages of plugins are.
    pub fn command(&self, setup: &Setup, plugins: &Path, arguments: &[&str]) -> std::process::Command {
        let home = self.folder.path().canonicalize().unwrap().join("home");
        let path = home.join("plugins");
        std::fs::create_dir_all(&path).unwrap();
        for entry in std::fs::read_dir(plugins).unwrap().flatten() {
            let name = entry.file_name().into_string().unwrap();
            if setup.plugins.iter().any(|plugin| belongs(&name, plugin)) {
                let _ = std::os::unix::fs::symlink(entry.path(), path.join(name));
            }
        }
        let mut command = crate::program::command(arguments, &self.root(), &home);
        command.env("VIRTUAL_ENV", interpreter().home.as_ref().unwrap()).env("PYTHONDONTWRITEBYTECODE", "1");
        command.env("PYTHONPATH", path);
        for (name, value) in &setup.variables {
            let is_path = name.starts_with("COVERAGE_");
            let value = if is_path { self.root().join(value).into_os_string() } else { value.into() };
            command.env(name, value);
        }
        command
    }

    /// Runs its tests, and says what lacuna said of them.
    pub fn run(&self, setup: &Setup, plugins: &Path) -> (Option<i32>, Value, String) {
        let output = self.command(setup, plugins, &["run", "--trust", "tests", "--format", "json"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default(), said)
    }

    /// Everything in the project, folders too, with the content and the time of the last change; caches of bytecode apart.
    pub fn tree(&self) -> BTreeMap<PathBuf, String> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.root()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap().flatten() {
                let (path, about) = (entry.path(), entry.metadata().unwrap());
                if about.is_dir() && !path.ends_with("__pycache__") {
                    folders.push(path.clone());
                    found.insert(path, "a folder".to_owned());
                } else if about.is_file() {
                    let digest = Digest::of(&std::fs::read(&path).unwrap());
                    found.insert(path, format!("{digest} {:?}", about.modified().unwrap()));
                }
            }
        }
        found
    }
}

/// Whether a file or folder among installed packages belongs to the package of that name.
fn belongs(name: &str, package: &str) -> bool {
    let distribution = match package {
        "pytest_jsonreport" => "pytest_json_report",
        "allure_commons" | "allure" => "allure_python_commons",
        "attr" => "attrs",
        "cpuinfo" => "py_cpuinfo",
        "testmon" => "pytest_testmon",
        package => package,
    };
    let plain = name.to_lowercase().replace(['-', '.'], "_");
    let is_about = plain.starts_with(&format!("{distribution}_")) && plain.ends_with("_dist_info");
    name == package || (is_about && plain[distribution.len() + 1..].starts_with(|c: char| c.is_ascii_digit()))
}
