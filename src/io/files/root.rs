//! The root of a project, found as pytest finds it.

use crate::base::Problem;
use crate::io::files::read::{describe, read};
use std::path::{Path, PathBuf};

/// Files that make a folder the root even when they are empty.
const ALWAYS: [&str; 4] = ["pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini"];
/// Files that make a folder the root when they hold a section for pytest.
const BY_SECTION: [&str; 3] = ["pyproject.toml", "tox.ini", "setup.cfg"];
/// Things that make a folder the root when no folder up to the repository has a configuration of pytest.
const OTHERWISE: [&str; 5] = ["lacuna.toml", "pyproject.toml", "setup.py", "setup.cfg", "tox.ini"];
/// The largest configuration file that is looked into, in bytes.
const LIMIT: u64 = 1024 * 1024;

/// Where a project begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// The folder: its real path, without links.
    pub path: PathBuf,
    /// What made it the root: the name of a file in it, `.git`, or nothing where only the start is known.
    pub marker: Option<&'static str>,
    /// The folder that holds `.git`, where there is one at the root or above.
    pub repository: Option<PathBuf>,
}

/// Finds the root of the project that `start`, a file or a folder, belongs to. Nothing is run, and the configuration
/// files are only looked at for a section of pytest's.
///
/// # Errors
/// `start` is not there or may not be read.
pub fn find_root(start: &Path) -> Result<Root, Problem> {
    let real = start.canonicalize().map_err(|error| Problem::error(start.to_string_lossy(), describe(&error)))?;
    let start = if real.is_dir() { real.as_path() } else { real.parent().unwrap_or(&real) };
    let repository = start.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_path_buf);
    let within: Vec<&Path> =
        start.ancestors().take_while(|folder| repository.as_ref().is_none_or(|top| folder.starts_with(top))).collect();
    let found = within
        .iter()
        .find_map(|folder| Some((*folder, pytest_marker(folder)?)))
        .or_else(|| within.iter().find_map(|folder| Some((*folder, other_marker(folder)?))))
        .or_else(|| repository.as_deref().map(|top| (top, ".git")));
    let (path, marker) = found.map_or((start, None), |(path, marker)| (path, Some(marker)));
    Ok(Root { path: path.to_path_buf(), marker, repository: repository.clone() })
}

fn pytest_marker(folder: &Path) -> Option<&'static str> {
    let plain = ALWAYS.into_iter().find(|name| folder.join(name).is_file());
    plain.or_else(|| BY_SECTION.into_iter().find(|name| has_section(&folder.join(name))))
}

fn other_marker(folder: &Path) -> Option<&'static str> {
    OTHERWISE.into_iter().find(|name| folder.join(name).is_file())
}

/// Whether a configuration file holds a section for pytest. Only the section lines are looked at.
fn has_section(path: &Path) -> bool {
    let Ok(bytes) = read(path, LIMIT) else { return false };
    let text = String::from_utf8_lossy(&bytes);
    text.lines().any(|line| {
        let section: String = line.chars().filter(|c| !c.is_whitespace() && *c != '"' && *c != '\'').collect();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("toml") => section.starts_with("[tool.pytest]") || section.starts_with("[tool.pytest."),
            Some("ini") => section.starts_with("[pytest]"),
            _ => section.starts_with("[tool:pytest]"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::find_root;
    use std::fs;
    use std::path::Path;

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn check(root: &Path, start: &str, expect: &str, marker: Option<&str>) {
        let found = find_root(&root.join(start)).unwrap();
        assert_eq!(found.path, root.join(expect).canonicalize().unwrap());
        assert_eq!(found.marker, marker);
    }

    #[test]
    fn the_nearest_configuration_of_pytest_makes_the_root() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        write(root, ".git/HEAD", "");
        write(root, "pyproject.toml", "[project]\n[ tool.pytest . ini_options ]\n");
        write(root, "billing/setup.cfg", "[metadata]\n");
        write(root, "billing/tests/test_a.py", "");
        write(root, "orders/setup.cfg", "[tool:pytest]\n");
        write(root, "orders/tests/test_a.py", "");
        write(root, "empty/pytest.ini", "");
        check(root, "billing/tests/test_a.py", ".", Some("pyproject.toml"));
        check(root, "orders/tests", "orders", Some("setup.cfg"));
        check(root, "empty", "empty", Some("pytest.ini"));
    }

    #[test]
    fn without_one_the_project_or_the_repository_is_the_root_and_no_folder_above_it() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        write(root, "pytest.ini", "");
        write(root, "a/.git/HEAD", "");
        write(root, "a/b/c.py", "");
        write(root, "a/d/pyproject.toml", "[project]\n");
        write(root, "a/d/e/f.py", "");
        check(root, "a/b", "a", Some(".git"));
        check(root, "a/d/e/f.py", "a/d", Some("pyproject.toml"));
        let found = find_root(&root.join("a/d/e")).unwrap();
        assert_eq!(found.repository, Some(root.join("a").canonicalize().unwrap()));
        assert!(find_root(&root.join("gone")).is_err());
    }
}
