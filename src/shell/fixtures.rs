//! The fixtures around tests of a project: of its `conftest.py` files, and of what it requires for its tests.

use super::desk::Desk;
use super::silent::conftests;
use crate::base::RepoPath;
use crate::domain::quality::Surrounding;
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

/// What the `conftest.py` files around some files say of fixtures, and what the project requires for its tests.
pub(super) fn surroundings(desk: &Desk, files: &BTreeSet<RepoPath>) -> HashMap<RepoPath, Surrounding> {
    let paths: BTreeSet<RepoPath> = files.iter().flat_map(conftests).filter(|path| desk.disk.is_there(path)).collect();
    let read = |path: RepoPath| Some((path.clone(), Surrounding::read(&desk.disk.text(&path)?)));
    let mut found: HashMap<RepoPath, Surrounding> = paths.into_iter().filter_map(read).collect();
    if let Some(root) = RepoPath::new("conftest.py").filter(|_| is_seeded(desk)) {
        found.entry(root).or_default().seed();
    }
    found
}

/// Whether the project requires the plugin of pytest that seeds the generators before every test.
fn is_seeded(desk: &Desk) -> bool {
    let declared = DECLARED.iter().filter_map(|name| RepoPath::new(name)).filter_map(|path| desk.disk.text(&path));
    declared.into_iter().any(|text| {
        ["pytest-randomly", "pytest_randomly"].iter().any(|name| text.contains(name)) && !text.contains("no:randomly")
    })
}

/// What the `conftest.py` files above a file say.
pub(super) fn above<'a>(path: &RepoPath, around: &'a HashMap<RepoPath, Surrounding>) -> Vec<&'a Surrounding> {
    conftests(path).iter().filter_map(|path| around.get(path)).collect()
}
