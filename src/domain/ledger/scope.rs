//! What a baseline measures: which files of a batch belong to its denominator, and which were never part of it.

use crate::base::RepoPath;
use crate::domain::ledger::Ledger;
use std::collections::HashSet;

/// The part of a project that a baseline measures. A batch of a project whose configuration of coverage names no source
/// measures everything that it imports, while the baseline may have been asked for one package.
pub struct Scope {
    files: HashSet<RepoPath>,
    folders: HashSet<Option<RepoPath>>,
    tests: bool,
}

impl Scope {
    /// The scope of a ledger; `is_test` tells the files of tests from the others.
    #[must_use]
    pub fn of(ledger: &Ledger, is_test: &dyn Fn(&RepoPath) -> bool) -> Self {
        let files: HashSet<RepoPath> = ledger.files().cloned().collect();
        let tests = files.iter().any(is_test);
        let folders = files.iter().filter(|path| !is_test(path)).map(RepoPath::folder).collect();
        Self { files, folders, tests }
    }

    /// Whether a file belongs to it: it is measured already, or it lies in a package of which something is. Files of tests
    /// belong to it when any of them does.
    #[must_use]
    pub fn holds(&self, path: &RepoPath, is_test: bool) -> bool {
        if self.files.is_empty() || self.files.contains(path) {
            return true;
        }
        if is_test {
            return self.tests;
        }
        let Some(folder) = path.folder() else { return self.folders.contains(&None) };
        let mut around = Some(folder);
        while let Some(folder) = around {
            around = folder.folder();
            if self.folders.contains(&Some(folder)) {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::Scope;
    use crate::base::RepoPath;
    use crate::domain::coverage::{FileCoverage, Format};
    use crate::domain::ledger::{Ledger, PlacedReport};

    fn check(measured: &[&str], inside: &[&str], outside: &[&str]) {
        let path = |text: &&str| RepoPath::new(text).unwrap();
        let is_test = |path: &RepoPath| path.name().starts_with("test_") || path.name() == "conftest.py";
        let files = measured.iter().map(|text| (path(text), FileCoverage::default())).collect();
        let report = PlacedReport { format: Format::CoverageJson, has_branches: false, files };
        let (ledger, _) = Ledger::from_baseline(Some(&report), None, &|_| None, &|_| true);
        let scope = Scope::of(&ledger, &is_test);
        let holds = |text: &&str| scope.holds(&path(text), is_test(&path(text)));
        assert!(inside.iter().all(holds), "{measured:?} holds {inside:?}");
        assert!(!outside.iter().any(holds), "{measured:?} does not hold {outside:?}");
    }

    #[test]
    fn trap_1_a_baseline_of_one_package_stays_one_of_that_package() {
        let others = ["tests/test_a.py", "tests/conftest.py", "conftest.py", "setup.py", "tools/make.py"];
        check(&["shop/__init__.py", "shop/a.py"], &["shop/a.py", "shop/new.py", "shop/new/deep/b.py"], &others);
        check(&["src/shop/a.py"], &["src/shop/b.py"], &["src/other/b.py", "tests/helpers.py"]);
        check(&["module.py"], &["other.py"], &["test_module.py", "conftest.py", "tools/make.py"]);
    }

    #[test]
    fn a_baseline_with_tests_takes_further_tests() {
        check(&["shop/a.py", "tests/test_a.py"], &["tests/unit/test_b.py", "tests/conftest.py"], &["tools/make.py"]);
    }

    #[test]
    fn an_empty_ledger_takes_everything() {
        check(&[], &["a.py", "tests/test_a.py"], &[]);
    }
}
