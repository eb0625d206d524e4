//! Which files of the project the paths of a measurement mean: what git ignores and what is installed as a copy included.

use super::disk::Disk;
use crate::base::{Digest, Problem, RepoPath};
use crate::domain::ledger::{Placed, Places, installed};
use crate::io::files;
use std::collections::HashSet;
use std::path::Path;

/// The project's files, ready to place what a measurement names. `sources` are the folders of a Cobertura report.
///
/// The listing leaves out what git ignores, such as a generated `_version.py`; what was measured below the root and is
/// there counts nevertheless, as in coverage.py's own reports. A package that is installed as a copy stands for the
/// project's own files as long as both are the same; where they differ, that is said.
#[must_use]
pub fn places<'a>(
    root: &Path,
    disk: &Disk,
    named: impl IntoIterator<Item = &'a str>,
    sources: &[String],
) -> (Places, Vec<Problem>) {
    let listed = disk.python_files();
    let known: HashSet<&RepoPath> = listed.iter().collect();
    let (mut unlisted, mut copies) = (Vec::new(), Vec::new());
    for name in named {
        if installed(name).is_some() {
            copies.push(name);
            continue;
        }
        let spelled = sources.iter().map(|source| root.join(source).join(name)).chain([root.join(name)]);
        let below = spelled.filter_map(|path| RepoPath::below(root, &path)).filter(|path| !known.contains(path));
        unlisted.extend(below.filter(|path| files::identity(&path.under(root)).is_some()));
    }
    let mut places = Places::new(&root.to_string_lossy(), listed.iter().cloned().chain(unlisted));
    places.add_aliases(disk.aliases().iter().cloned());
    let problems = same(root, disk, &mut places, &copies);
    (places, problems)
}

/// Lets each installed copy stand for the file of the project that it is a copy of.
fn same(root: &Path, disk: &Disk, places: &mut Places, copies: &[&str]) -> Vec<Problem> {
    let mut other: Vec<&str> = Vec::new();
    for name in copies {
        let candidates = places.originals(name);
        let is_placed = matches!(places.place(name, &[]), Placed::At(_));
        if candidates.is_empty() || is_placed {
            continue;
        }
        let digest = files::read(&root.join(name), files::REPORT_LIMIT).ok().map(|bytes| Digest::of(&bytes));
        let is_same = |path: &&RepoPath| digest.is_some() && disk.source(path).ok().map(|source| source.1) == digest;
        match candidates.iter().find(is_same).cloned() {
            Some(path) => places.stand_for(name, path),
            None => other.push(name),
        }
    }
    let Some(first) = other.first() else { return Vec::new() };
    let more = if other.len() > 1 { format!(" and {} more differ", other.len() - 1) } else { " differs".to_owned() };
    let what = format!("the tests ran on an installed copy, and `{first}`{more} from the project's own source");
    vec![Problem::warning("coverage", what).hint("install the project in editable form: `pip install -e .`")]
}
