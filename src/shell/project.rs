//! The project at hand: its root, its settings, and the folders that lacuna keeps for it.

use super::surroundings::Surroundings;
use crate::base::{Clean, Digest, Glob, Problem, RepoPath};
use crate::domain::config::{
    COVERAGE_FILES, Config, CoverageRc, PYTEST_FILES, PytestRc, Text, coverage_rc, pytest_rc, shell_words,
};
use crate::domain::python::{Naming, Territory};
use crate::io::{files, git, store};
use std::path::{Path, PathBuf};

/// The largest settings file, in bytes.
const SETTINGS_LIMIT: u64 = 1024 * 1024;

/// A project and what holds for it.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its root: the real path.
    pub root: PathBuf,
    /// Its name: that of the root's folder.
    pub name: Clean,
    /// The settings in force.
    pub config: Config,
    /// What was wrong with the settings.
    pub problems: Vec<Problem>,
    /// The folder of its database.
    pub data: PathBuf,
    /// The folder for files of single runs.
    pub runs: PathBuf,
    /// How pytest names tests here.
    pub naming: Naming,
    /// Whether pytest itself adds folders to `sys.path` here.
    pub adds_path: bool,
    /// Where pytest looks for tests here.
    pub territory: Territory,
    /// Everything in pytest's configuration that decides what it collects, as one identity.
    pub collecting: Digest,
    /// What the project's configuration of coverage.py says about paths.
    pub coverage: CoverageRc,
}

impl Project {
    /// Opens the project that `start` belongs to; `exact` takes `start` itself for the root.
    ///
    /// # Errors
    /// There is nothing at `start`.
    pub fn open(start: &Path, exact: bool, extra: Option<&Path>, around: &Surroundings) -> Result<Self, Problem> {
        let found = files::find_root(start)?;
        let root = if exact { start.canonicalize().unwrap_or(found.path) } else { found.path };
        let (texts, mut problems) = settings_texts(&root, extra, around);
        let (config, wrong) = Config::load(&texts);
        problems.extend(wrong);
        let name = Clean::line(&root.file_name().map_or_else(|| "/".into(), |name| name.to_string_lossy()));
        let (data, runs) = state_folders(&root, &config, around);
        let coverage = coverage_of(&root, around);
        let rc = pytest_of(&root);
        let options = options(&rc, &config, around);
        let testpaths = rc.testpaths.clone().unwrap_or_default();
        let territory = Territory::new(&testpaths, rc.norecursedirs.as_deref(), &options);
        let collecting = Digest::of(format!("{rc:?} {options:?}").as_bytes());
        let adds_path = rc.pythonpath.is_some();
        let naming = naming(rc);
        Ok(Self { name, config, problems, data, runs, naming, adds_path, territory, collecting, coverage, root })
    }

    /// Where a person may have put reports, beside the usual places.
    #[must_use]
    pub fn report_globs(&self) -> Vec<Glob> {
        self.config.texts("reports").iter().filter_map(|pattern| Glob::new(pattern).ok()).collect()
    }

    /// Whether a file is one of tests by its name.
    #[must_use]
    pub fn is_test_file(&self, path: &RepoPath) -> bool {
        self.naming.is_test_file(path)
    }
}

/// What pytest's own configuration says: the first file that is one.
fn pytest_of(root: &Path) -> PytestRc {
    let read = |name: &&str| files::read_text(&root.join(name), SETTINGS_LIMIT).ok();
    PYTEST_FILES.iter().find_map(|name| pytest_rc(name, &read(name)?)).unwrap_or_default()
}

/// How the project's pytest names tests.
fn naming(rc: PytestRc) -> Naming {
    let usual = Naming::default();
    Naming {
        python_files: rc.files.unwrap_or(usual.python_files),
        python_classes: rc.classes.unwrap_or(usual.python_classes),
        python_functions: rc.functions.unwrap_or(usual.python_functions),
    }
}

/// The options of every run: pytest's own, those of the environment, those of the settings.
fn options(rc: &PytestRc, config: &Config, around: &Surroundings) -> Vec<String> {
    let variable = around.environment.value("PYTEST_ADDOPTS").map(|value| shell_words(&value.to_string_lossy()));
    let own = rc.addopts.iter().flatten().cloned().chain(variable.unwrap_or_default());
    own.chain(config.texts("pytest.arguments").iter().cloned()).collect()
}

/// The project's configuration of coverage.py: the file that the environment names, or the first that has any.
fn coverage_of(root: &Path, around: &Surroundings) -> CoverageRc {
    let variable = |name: &str| around.environment.value(name).map(|value| value.to_string_lossy().into_owned());
    let read = |name: &str| {
        let text = files::read_text(&root.join(name), SETTINGS_LIMIT).ok()?;
        coverage_rc(name, &text, &variable)
    };
    let named = variable("COVERAGE_RCFILE").filter(|name| !name.is_empty());
    named.and_then(|name| read(&name)).or_else(|| COVERAGE_FILES.iter().find_map(|name| read(name))).unwrap_or_default()
}

/// The settings files that are there, in the order in which they count.
fn settings_texts(root: &Path, extra: Option<&Path>, around: &Surroundings) -> (Vec<Text>, Vec<Problem>) {
    let candidates = [
        (around.config.join("config.toml"), "", false),
        (root.join("pyproject.toml"), "tool.lacuna", true),
        (root.join("lacuna.toml"), "", true),
    ];
    let asked = extra.map(|path| (path.to_owned(), "", false));
    let (mut texts, mut problems) = (Vec::new(), Vec::new());
    for (path, within, of_project) in candidates.into_iter().chain(asked) {
        let is_asked = extra == Some(path.as_path());
        if !is_asked && !path.exists() {
            continue;
        }
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        match files::read_text(&path, SETTINGS_LIMIT) {
            Ok(text) => texts.push(Text { origin: name, within, of_project, text }),
            Err(problem) => problems.push(problem),
        }
    }
    (texts, problems)
}

/// The folders for the database and for runs: below the user's own, keyed by the repository (so that its worktrees share
/// them) and the root's place in it, or inside the project where the settings say so.
fn state_folders(root: &Path, config: &Config, around: &Surroundings) -> (PathBuf, PathBuf) {
    if let Some(folder) = config.text("state").and_then(RepoPath::new) {
        let folder = folder.under(root);
        return (folder.clone(), folder.join("runs"));
    }
    let top = root.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(root);
    let within = root.strip_prefix(top).unwrap_or(root);
    let place = git::common_dir(root).map_or_else(|| root.to_owned(), |common| common.join(within));
    let folder = store::project_key(&place);
    (around.data.join(&folder), around.cache.join(folder).join("runs"))
}
