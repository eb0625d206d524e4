//! The fixtures around tests of a project: of its `conftest.py` files, and of what it requires for its tests.

use super::desk::Desk;
use super::silent::conftests;
use crate::base::RepoPath;
use crate::domain::quality::{Required, Surrounding};
use std::collections::{BTreeSet, HashMap};

/// Where a project says what its tests require.
const DECLARED: [&str; 9] = [
    "pyproject.toml",
    "setup.cfg",
    "setup.py",
    "tox.ini",
    "requirements.txt",
    "requirements-test.txt",
    "requirements-dev.txt",
    "test-requirements.txt",
    "dev-requirements.txt",
];

/// Where pytest is set up, at the root or in a folder with tests of its own.
const SETTINGS: [&str; 5] = ["pytest.ini", ".pytest.ini", "pyproject.toml", "setup.cfg", "tox.ini"];

/// What a project says of the plugins of pytest that its tests run with, at its root and in the folders above some files.
pub(super) fn required<'a>(desk: &Desk, files: impl Iterator<Item = &'a RepoPath>) -> Required {
    let folders: BTreeSet<RepoPath> =
        files.flat_map(|path| std::iter::successors(path.folder(), RepoPath::folder)).collect();
    let below = folders.iter().flat_map(|folder| SETTINGS.map(|name| format!("{}/{name}", folder.as_str())));
    let all = DECLARED.into_iter().chain(SETTINGS).map(str::to_owned).chain(below);
    let paths: BTreeSet<RepoPath> = all.filter_map(|path| RepoPath::new(&path)).collect();
    let mut required = Required::default();
    let there = paths.iter().filter(|path| desk.disk.is_there(path));
    there.filter_map(|path| desk.disk.text(path)).for_each(|text| required.add(&text));
    required
}

/// What the `conftest.py` files around some files say of fixtures, and what the project requires for its tests.
pub(super) fn surroundings(
    desk: &Desk,
    files: &BTreeSet<RepoPath>,
    required: &Required,
) -> HashMap<RepoPath, Surrounding> {
    let paths: BTreeSet<RepoPath> = files.iter().flat_map(conftests).filter(|path| desk.disk.is_there(path)).collect();
    let read = |path: RepoPath| Some((path.clone(), Surrounding::read(&desk.disk.text(&path)?)));
    let mut found: HashMap<RepoPath, Surrounding> = paths.into_iter().filter_map(read).collect();
    // The plugin seeds the generators before every test.
    if let Some(root) = RepoPath::new("conftest.py").filter(|_| required.has("pytest-randomly")) {
        found.entry(root).or_default().seed();
    }
    found
}

/// What the `conftest.py` files above a file say.
pub(super) fn above<'a>(path: &RepoPath, around: &'a HashMap<RepoPath, Surrounding>) -> Vec<&'a Surrounding> {
    conftests(path).iter().filter_map(|path| around.get(path)).collect()
}
