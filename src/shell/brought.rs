//! What a changed helper brings to tests that did not change: fixtures of a `conftest.py`, functions of a module of helpers.

use super::catalog;
use super::desk::Desk;
use super::silent::{Earlier, conftests, places};
use super::spread::spread;
use crate::base::RepoPath;
use crate::domain::quality::Surrounding;
use std::collections::{BTreeMap, BTreeSet};

/// Folders of tests by their names.
const FOLDERS: [&str; 4] = ["tests", "test", "testing", "t"];

/// The helpers that changed, as they were, and which test files use them.
#[derive(Default)]
pub struct Brought {
    /// The helpers as they were.
    pub earlier: Earlier,
    /// The fixtures of those that are a `conftest.py`.
    surroundings: BTreeMap<RepoPath, Surrounding>,
    users: BTreeMap<RepoPath, BTreeSet<RepoPath>>,
}

/// Whether a file is one that tests take their helpers from: it stands where tests stand, and not among what they test.
#[must_use]
pub fn is_of_tests(desk: &Desk, path: &RepoPath) -> bool {
    let is_python = path.as_str().ends_with(".py");
    let mut folders = path.as_str().split('/').rev().skip(1);
    is_python
        && (path.name() == "conftest.py"
            || desk.project.is_test_file(path)
            || folders.any(|folder| FOLDERS.contains(&folder)))
}

impl Brought {
    /// Finds the test files that use any of these helpers.
    #[must_use]
    pub fn new(desk: &Desk, earlier: Earlier) -> Self {
        if earlier.is_empty() {
            return Self::default();
        }
        let conftest = |(path, text): (&RepoPath, &Option<String>)| {
            Some((path.clone(), Surrounding::read(text.as_ref().filter(|_| path.name() == "conftest.py")?)))
        };
        let surroundings = earlier.iter().filter_map(conftest).collect();
        let files = catalog::test_files(&desk.project, &desk.disk);
        let used = spread(&files, |path| {
            let outline = desk.outline(path);
            let imported = outline.iter().flat_map(|outline| &outline.imports).flat_map(|import| places(path, import));
            let all = conftests(path).into_iter().chain(imported);
            all.filter(|helper| helper != path && earlier.contains_key(helper)).collect::<BTreeSet<_>>()
        });
        let users = files.into_iter().zip(used).filter(|(_, used)| !used.is_empty()).collect();
        Self { earlier, surroundings, users }
    }

    /// The test files that use a changed helper.
    pub fn files(&self) -> impl Iterator<Item = &RepoPath> {
        self.users.keys()
    }

    /// The changed helpers that a test file uses.
    pub fn of(&self, path: &RepoPath) -> impl Iterator<Item = &RepoPath> {
        self.users.get(path).into_iter().flatten()
    }

    /// One helper as it was, and no other one.
    #[must_use]
    pub fn alone(&self, helper: &RepoPath) -> Self {
        let earlier = self.earlier.iter().filter(|(path, _)| *path == helper);
        let surroundings = self.surroundings.iter().filter(|(path, _)| *path == helper);
        Self {
            earlier: earlier.map(|(path, text)| (path.clone(), text.clone())).collect(),
            surroundings: surroundings.map(|(path, said)| (path.clone(), said.clone())).collect(),
            users: BTreeMap::new(),
        }
    }

    /// What the `conftest.py` files above a file said before, where they changed; of all others, what they say now.
    #[must_use]
    pub fn above<'a>(
        &'a self,
        path: &RepoPath,
        now: &'a std::collections::HashMap<RepoPath, Surrounding>,
    ) -> Vec<&'a Surrounding> {
        let of = |path: &RepoPath| match self.earlier.contains_key(path) {
            true => self.surroundings.get(path),
            false => now.get(path),
        };
        conftests(path).iter().filter_map(of).collect()
    }
}
