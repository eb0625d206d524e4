//! Where pytest looks for tests when it is given no path: where it starts, which folders and files it leaves out.

use crate::base::{Glob, RepoPath};
use crate::domain::python::naming::matches;
use std::collections::BTreeMap;

/// Folders that pytest leaves out unless its configuration says otherwise.
const USUAL: [&str; 8] = ["*.egg", ".*", "_darcs", "build", "CVS", "dist", "node_modules", "venv"];

/// What a `conftest.py` leaves out below its folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignored {
    /// `collect_ignore`: paths relative to its folder.
    pub paths: Vec<String>,
    /// `collect_ignore_glob`: patterns of paths relative to its folder.
    pub globs: Vec<String>,
}

/// Where pytest looks for tests.
#[derive(Clone, Debug)]
pub struct Territory {
    starts: Vec<Glob>,
    norecursedirs: Vec<String>,
    ignored: Ignored,
    doctests: bool,
}

impl Default for Territory {
    fn default() -> Self {
        Self::new(&[], None, &[])
    }
}

impl Territory {
    /// The territory by `testpaths` (empty: the root), `norecursedirs` (nothing: the usual ones) and the options of
    /// every run.
    #[must_use]
    pub fn new(testpaths: &[String], norecursedirs: Option<&[String]>, options: &[String]) -> Self {
        let starts = testpaths.iter().map(|path| bare(path)).filter(|path| !path.is_empty() && path != ".");
        let starts: Vec<Glob> = starts.filter_map(|path| Glob::new(&path).ok()).collect();
        let is_everywhere = testpaths.iter().any(|path| bare(path).is_empty() || bare(path) == ".");
        let usual = || USUAL.iter().map(|name| (*name).to_owned()).collect();
        let mut territory = Self {
            starts: if is_everywhere { Vec::new() } else { starts },
            norecursedirs: norecursedirs.map_or_else(usual, <[String]>::to_vec),
            ignored: Ignored::default(),
            doctests: false,
        };
        let mut options = options.iter();
        while let Some(option) = options.next() {
            let (name, value) =
                option.split_once('=').map_or((option.as_str(), None), |(name, value)| (name, Some(value)));
            let mut value = || value.map(str::to_owned).or_else(|| options.next().cloned()).unwrap_or_default();
            match name {
                "--ignore" => territory.ignored.paths.push(bare(&value())),
                "--ignore-glob" => territory.ignored.globs.push(bare(&value())),
                "--doctest-modules" => territory.doctests = true,
                _ => {}
            }
        }
        territory
    }

    /// Whether every Python file may hold tests: doctests are collected from modules.
    #[must_use]
    pub const fn doctests(&self) -> bool {
        self.doctests
    }

    /// The same without places to start from: what pytest does where none of its `testpaths` is there.
    #[must_use]
    pub fn from_root(mut self) -> Self {
        self.starts.clear();
        self
    }

    /// Whether pytest gets to a file. `conftests` are the folders whose `conftest.py` leaves something out, with it; the
    /// root is the empty path.
    #[must_use]
    pub fn holds(&self, path: &RepoPath, conftests: &BTreeMap<String, Ignored>) -> bool {
        let path = path.as_str();
        let prefixes: Vec<&str> = path.match_indices('/').map(|(at, _)| &path[..at]).chain([path]).collect();
        let is_start = |prefix: &&str| {
            RepoPath::new(prefix).is_some_and(|prefix| self.starts.iter().any(|glob| glob.matches(&prefix)))
        };
        let from = if self.starts.is_empty() { Some(0) } else { prefixes.iter().rposition(is_start).map(|at| at + 1) };
        from.is_some_and(|from| {
            prefixes.iter().enumerate().skip(from).all(|(at, prefix)| {
                let is_folder = at + 1 < prefixes.len();
                let by_conftest =
                    nearest(prefix, conftests).is_some_and(|(folder, ignored)| is_ignored(prefix, ignored, folder));
                let by_name = is_folder && self.is_left_out(prefix);
                !(by_name || by_conftest || is_ignored(prefix, &self.ignored, ""))
            })
        })
    }

    /// Whether a file is named by `testpaths` itself: it is collected whatever its name.
    #[must_use]
    pub fn names(&self, path: &RepoPath) -> bool {
        self.starts.iter().any(|glob| glob.matches(path))
    }

    fn is_left_out(&self, folder: &str) -> bool {
        let name = folder.rsplit('/').next().unwrap_or(folder);
        self.norecursedirs.iter().any(|pattern| match pattern.contains('/') {
            true => matches(&format!("*/{}", pattern.trim_start_matches('/')), &format!("/{folder}")),
            false => matches(pattern, name),
        })
    }
}

/// The nearest folder above a path whose `conftest.py` leaves something out.
fn nearest<'a>(path: &str, conftests: &'a BTreeMap<String, Ignored>) -> Option<(&'a str, &'a Ignored)> {
    let mut folder = path;
    loop {
        folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
        if let Some((folder, ignored)) = conftests.get_key_value(folder) {
            return Some((folder, ignored));
        }
        if folder.is_empty() {
            return None;
        }
    }
}

fn is_ignored(path: &str, ignored: &Ignored, folder: &str) -> bool {
    let within =
        if folder.is_empty() { Some(path) } else { path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')) };
    within.is_some_and(|path| {
        ignored.paths.iter().any(|known| bare(known) == path)
            || ignored.globs.iter().any(|glob| matches(&bare(glob), path))
    })
}

/// A path without `./` before it and a slash behind it.
fn bare(path: &str) -> String {
    path.trim_start_matches("./").trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Ignored, Territory};
    use crate::base::RepoPath;
    use std::collections::BTreeMap;

    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(|word| (*word).to_owned()).collect()
    }

    fn check(territory: &Territory, conftests: &BTreeMap<String, Ignored>, held: &[&str], left: &[&str]) {
        let holds = |path: &&str| territory.holds(&RepoPath::new(path).unwrap(), conftests);
        assert_eq!(held.iter().copied().filter(holds).collect::<Vec<_>>(), held, "{territory:?}");
        assert_eq!(left.iter().copied().filter(holds).collect::<Vec<_>>(), Vec::<&str>::new(), "{territory:?}");
    }

    #[test]
    fn testpaths_are_where_a_run_without_paths_starts() {
        let none = BTreeMap::new();
        let territory = Territory::new(&words(&["./tests/", "src/*/checks", "x/test_one.py"]), None, &[]);
        let held = ["tests/test_a.py", "tests/u/test_b.py", "src/shop/checks/test_c.py", "x/test_one.py"];
        check(
            &territory,
            &none,
            &held,
            &["examples/tests/test_d.py", "test_e.py", "src/checks/test_f.py", "x/test_two.py"],
        );
        check(&territory.from_root(), &none, &["examples/tests/test_d.py", "test_e.py"], &["build/test_f.py"]);
        check(&Territory::new(&words(&["tests", "."]), None, &[]), &none, &["examples/test_a.py"], &[]);
        check(&Territory::new(&words(&["**/spec"]), None, &[]), &none, &["a/b/spec/test_a.py"], &["a/test_a.py"]);
    }

    #[test]
    fn norecursedirs_are_left_out_below_the_start_only() {
        let none = BTreeMap::new();
        check(
            &Territory::default(),
            &none,
            &["a/test_a.py", "build.py"],
            &["a/build/test_a.py", ".x/test_a.py", "x.egg/test_a.py"],
        );
        let named = Territory::new(&words(&["build/tests"]), None, &[]);
        check(&named, &none, &["build/tests/test_a.py"], &["build/tests/dist/test_a.py"]);
        let own = Territory::new(&[], Some(&words(&["old", "deep/er", "gen*"])), &[]);
        check(
            &own,
            &none,
            &["build/test_a.py", "er/test_a.py"],
            &["a/old/test_a.py", "x/deep/er/t/test_a.py", "generated/test_a.py"],
        );
    }

    #[test]
    fn options_and_conftests_leave_paths_out() {
        let options =
            words(&["-ra", "--ignore=tests/old", "--ignore", "./setup_test.py", "--ignore-glob=*_slow_test.py"]);
        let of = |paths: &[&str], globs: &[&str]| Ignored { paths: words(paths), globs: words(globs) };
        let conftests = BTreeMap::from([
            ("tests".to_owned(), of(&["gone", "u/test_x.py"], &[])),
            ("tests/v".to_owned(), of(&[], &["*_py2.py"])),
        ]);
        let held = ["tests/test_a.py", "tests/u/test_y.py", "tests/v/gone/test_b.py", "gone/test_c.py"];
        let left = [
            "tests/old/test_a.py",
            "setup_test.py",
            "a/b_slow_test.py",
            "tests/gone/test_b.py",
            "tests/u/test_x.py",
            "tests/v/test_a_py2.py",
        ];
        check(&Territory::new(&[], None, &options), &conftests, &held, &left);
        assert!(!Territory::default().doctests());
        assert!(Territory::new(&[], None, &words(&["--doctest-modules"])).doctests());
    }
}
