//! A small project and a home of its own, for tests that start the real program.

use crate::screen::{Screen, command, nothing_is_left};
use portable_pty::CommandBuilder;
use std::path::{Path, PathBuf};

/// A folder with a project in it and a home beside it. Both go with it.
pub struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// A project of these files.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir_all(place.root()).unwrap();
        std::fs::create_dir_all(place.home()).unwrap();
        place.write("pyproject.toml", "[tool.pytest.ini_options]\naddopts = \"\"\n");
        for (path, text) in files {
            place.write(path, text);
        }
        place
    }

    /// The project's root.
    pub fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join("shop")
    }

    /// The home, with lacuna's state below it.
    pub fn home(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join("home")
    }

    /// A path beside the project.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    /// Writes a file of the project as an editor does: beside it first, then by a rename.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let to = self.root().join(path);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        let beside = self.beside("being written");
        std::fs::write(&beside, text).unwrap();
        std::fs::rename(beside, to).unwrap();
    }

    /// A command of lacuna in this project, with the interpreter of the tests' virtualenv.
    pub fn command(&self, arguments: &[&str]) -> CommandBuilder {
        self.through(&[], arguments)
    }

    /// The same below another program, which is given lacuna and its arguments at the end.
    pub fn through(&self, wrapper: &[&str], arguments: &[&str]) -> CommandBuilder {
        let words: Vec<&str> =
            wrapper.iter().chain(&[env!("CARGO_BIN_EXE_lacuna")]).chain(arguments).copied().collect();
        let mut command = command(&words, &self.root(), &self.home());
        command.env("VIRTUAL_ENV", crate::venv::interpreter().home.as_ref().unwrap());
        command
    }

    /// lacuna's screen on this project, once its panes are there.
    pub fn screen(&self, arguments: &[&str]) -> Screen {
        let mut screen = Screen::start(self.command(arguments), (36, 120));
        screen.see("4 Runner");
        screen
    }

    /// The same with its whole suite running, once the tests have written something into `mark`.
    pub fn running(&self, mark: &Path) -> Screen {
        let mut screen = self.screen(&["--trust"]);
        screen.press("B");
        screen.see("enter runs it");
        screen.press("\r");
        screen.wait("mark of a running test", |_| std::fs::metadata(mark).is_ok_and(|file| file.len() > 0));
        screen
    }

    /// Quits a screen on which nothing is open, and checks what is left.
    pub fn is_left_alone_after(&self, mut screen: Screen) {
        screen.press("q");
        screen.ended();
        screen.is_restored();
        self.is_left_alone();
    }

    /// Waits until nothing lives that was started here.
    pub fn is_left_alone(&self) {
        nothing_is_left(&self.home());
    }
}

/// A report of coverage.py as JSON, of one file.
pub fn report(path: &str, covered: &[u32], missing: &[u32]) -> String {
    let (hit, all) = (covered.len(), covered.len() + missing.len());
    let percent = 100.0 * f64::from(u32::try_from(hit).unwrap()) / f64::from(u32::try_from(all).unwrap());
    let summary = format!(
        r#"{{"covered_lines": {hit}, "num_statements": {all}, "missing_lines": {}, "excluded_lines": 0,
            "percent_covered": {percent}, "percent_covered_display": "{percent:.0}"}}"#,
        missing.len()
    );
    format!(
        r#"{{"meta": {{"version": "7.6.1", "format": 3, "branch_coverage": false, "show_contexts": false}},
            "files": {{"{path}": {{"executed_lines": {covered:?}, "missing_lines": {missing:?},
            "excluded_lines": [], "summary": {summary}}}}}, "totals": {summary}}}"#
    )
}
