//! A test that comes by a file with new lines that no test is known to have run: one that imports it.

use super::catalog::Known;
use super::desk::Desk;
use super::spread::spread;
use crate::base::RepoPath;
use crate::domain::ledger::{Affected, Reason, Unit};
use crate::domain::suite::TestId;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many imports of imports are followed.
const ROUNDS: usize = 6;

/// Adds one such test for each file: it stands for all, since whoever imports a file shows which of its new lines are
/// missed.
pub fn call(desk: &Desk, known: &Known, affected: &mut Affected) {
    for (file, lines) in std::mem::take(&mut affected.unseen) {
        let Some(path) = affected.files.get(file).cloned() else { continue };
        if let Some(test) = witness(desk, &path, known) {
            let entry = affected.settling.entry(test.clone()).or_default();
            entry.reasons.insert(Reason::Lines(path));
            entry.settles.push((file, lines));
        }
    }
}

/// The first test of those `known` whose file imports a source, by the shortest way; a `conftest.py` that does stands for
/// the tests below it. Nothing where no test is known to come by.
fn witness<'a>(desk: &Desk, source: &RepoPath, known: &'a Known) -> Option<&'a TestId> {
    let files = desk.disk.python_files();
    let units: Vec<Arc<Unit>> = spread(&files, |path| desk.unit(path)).into_iter().flatten().collect();
    let mut found = BTreeSet::from([source.clone()]);
    let mut last: Vec<RepoPath> = vec![source.clone()];
    for _ in 0..ROUNDS {
        if let Some(test) = last.iter().find_map(|path| test_of(path, known)) {
            return Some(test);
        }
        let leads = |unit: &Unit, to: &RepoPath| {
            let is_package = to.stem() == "__init__";
            unit.imports(to) || (is_package && (unit.imports_below(to) || is_below(&unit.path, to.folder().as_ref())))
        };
        let next = units.iter().filter(|unit| !found.contains(&unit.path) && last.iter().any(|to| leads(unit, to)));
        last = next.map(|unit| unit.path.clone()).collect();
        found.extend(last.iter().cloned());
    }
    None
}

/// The first test of a file, or of those below a `conftest.py`.
fn test_of<'a>(path: &RepoPath, known: &'a Known) -> Option<&'a TestId> {
    let own = known.get(path).and_then(|tests| tests.first());
    let below = || {
        let mut files =
            known.iter().filter(|(file, _)| path.name() == "conftest.py" && is_below(file, path.folder().as_ref()));
        files.find_map(|(_, tests)| tests.first())
    };
    own.or_else(below)
}

/// Whether a file stands below a folder; everything stands below the root, which has no name.
fn is_below(file: &RepoPath, folder: Option<&RepoPath>) -> bool {
    folder.is_none_or(|folder| std::iter::successors(file.folder(), RepoPath::folder).any(|up| up == *folder))
}
