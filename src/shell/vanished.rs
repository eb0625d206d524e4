//! Tests that are in their file no more: deleted or renamed by an edit, and in the ledger still.

use super::desk::Desk;
use crate::base::RepoPath;
use crate::domain::ledger::Unit;
use crate::domain::python::{PartKind, estimate};
use crate::domain::suite::TestId;
use std::collections::BTreeMap;

/// What lets a file have tests that its text does not name.
const DYNAMIC: [&str; 4] = ["globals()", "locals()", "setattr(", "vars("];

/// The test files that lost tests of those that are `known`, each with the known tests that it still has. A file that can't
/// be read as Python, or makes its tests as it goes, has lost nothing.
#[must_use]
pub fn vanished(desk: &Desk, known: &[TestId]) -> BTreeMap<RepoPath, Vec<TestId>> {
    let mut by_file: BTreeMap<&str, Vec<&TestId>> = BTreeMap::new();
    for test in known {
        by_file.entry(test.path()).or_default().push(test);
    }
    let measured = desk.measured();
    let mut found = BTreeMap::new();
    for (path, tests) in by_file {
        let Some(path) = RepoPath::new(path).filter(|path| desk.project.is_test_file(path)) else { continue };
        let Some(text) = desk.disk.text_since(&path, measured) else { continue };
        if is_dynamic(&text) {
            continue;
        }
        let Some(unit) = desk.unit(&path) else { continue };
        let (left, gone): (Vec<&TestId>, Vec<&TestId>) =
            tests.into_iter().partition(|test| test.is_doctest() || names(desk, &unit, &path, test));
        if !gone.is_empty() && estimate(&text).whole {
            found.insert(path, left.into_iter().cloned().collect());
        }
    }
    found
}

/// Whether a file may have tests that its text does not name.
#[must_use]
pub fn is_dynamic(text: &str) -> bool {
    DYNAMIC.iter().any(|words| text.contains(words))
}

/// Whether a file names a test: by its function, or by a class that may inherit it.
#[must_use]
pub fn names(desk: &Desk, unit: &Unit, path: &RepoPath, test: &TestId) -> bool {
    let names = test.names();
    let name = names.join(".");
    let Some((function, classes)) = names.split_last() else { return true };
    let binds = |name: &str| unit.parts.iter().any(|part| part.binds.iter().any(|bound| bound == name || bound == "*"));
    match classes.first() {
        None => !desk.project.is_test_file(path) || binds(function),
        Some(class) => {
            let is_here = unit.parts.iter().any(|part| part.name == name);
            let heirs = unit.parts.iter().filter(|part| part.kind == PartKind::Class && part.name == classes.join("."));
            // A class that is imported, or made in another way, has the tests that it has elsewhere.
            let is_class = unit.parts.iter().any(|part| part.kind == PartKind::Class && part.name == *class);
            let is_bound = (classes.len() > 1 || !is_class) && binds(class);
            is_here || heirs.into_iter().any(|class| class.mentions.len() > 1) || is_bound
        }
    }
}
