//! The folders of the ranked files, with summed figures, for folding.

use crate::domain::coverage::Counts;
use crate::domain::ledger::Figure;
use crate::domain::triage::Row;
use std::collections::HashMap;

/// One folder and all that lies below it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Folder {
    /// Its path from the root; empty for the root itself. A chain of folders that hold nothing else is one folder.
    pub path: String,
    /// What is shown for it: the part of the path below its parent.
    pub name: String,
    /// The folders in it, in the order of their best-ranked files.
    pub folders: Vec<Folder>,
    /// The files directly in it: places in the rows it was made from, in their order.
    pub rows: Vec<usize>,
    /// How many files lie below it.
    pub files: usize,
    /// The sum of their numbers.
    pub counts: Counts,
    /// Their plain figures together.
    pub plain: Figure,
    /// Their earned figures together, where every one of them has one.
    pub earned: Option<Figure>,
}

/// Folders deeper than this are one.
const DEEPEST: usize = 64;

/// The tree of folders over `rows`. The order of the rows is kept within each folder.
#[must_use]
pub fn folders(rows: &[Row]) -> Folder {
    let all: Vec<usize> = (0..rows.len()).collect();
    let mut root = below(rows, &all, 0, String::new());
    root.name.clear();
    root
}

/// The folder at `path`, whose files are `members`; all of them share their first `depth` parts.
fn below(rows: &[Row], members: &[usize], depth: usize, path: String) -> Folder {
    let mut groups: Vec<(&str, Vec<usize>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut own = Vec::new();
    for &at in members {
        match rows.get(at).and_then(|row| part(row, depth)) {
            None => own.push(at),
            Some(name) => {
                let place = *places.entry(name).or_insert(groups.len());
                match groups.get_mut(place) {
                    Some((_, group)) => group.push(at),
                    None => groups.push((name, vec![at])),
                }
            }
        }
    }
    let folders = groups.into_iter().map(|(name, group)| {
        let path = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        joined(below(rows, &group, depth + 1, path), name)
    });
    let folders: Vec<Folder> = folders.collect();
    sum(rows, members, Folder { path, folders, rows: own, files: members.len(), ..Folder::default() })
}

/// The folder that a row lies in at this depth; nothing when the file itself stands there.
fn part(row: &Row, depth: usize) -> Option<&str> {
    let mut parts = row.path.parts();
    parts.next_back();
    parts.nth(depth).filter(|_| depth < DEEPEST)
}

/// A folder that holds nothing but one folder becomes one with it.
fn joined(mut folder: Folder, name: &str) -> Folder {
    if folder.rows.is_empty()
        && folder.folders.len() == 1
        && let Some(only) = folder.folders.pop()
    {
        let name = format!("{name}/{}", only.name);
        return Folder { name, ..only };
    }
    Folder { name: name.to_owned(), ..folder }
}

fn sum(rows: &[Row], members: &[usize], folder: Folder) -> Folder {
    let rows = || members.iter().filter_map(|&at| rows.get(at));
    let earned: Option<Vec<Figure>> = rows().map(|row| row.earned).collect();
    Folder {
        counts: rows().map(|row| row.counts).sum(),
        plain: rows().map(|row| row.plain).fold(Figure::default(), Figure::plus),
        earned: earned.filter(|all| !all.is_empty()).map(|all| all.into_iter().fold(Figure::default(), Figure::plus)),
        ..folder
    }
}

#[cfg(test)]
mod tests {
    use super::{Folder, folders};
    use crate::base::{Ratio, RepoPath};
    use crate::domain::coverage::Counts;
    use crate::domain::ledger::Figure;
    use crate::domain::triage::{Entry, Order, Row, rank};
    use proptest::prelude::*;

    fn rows(paths: &[&str]) -> Vec<Row> {
        let entries = paths.iter().map(|path| Entry {
            path: RepoPath::new(path).unwrap(),
            counts: Counts { statements: 4, covered: 1, ..Counts::default() },
            plain: Figure { ratio: Ratio::new(1, 4), lines: Ratio::new(1, 4), ..Figure::default() },
            earned: None,
            import_only: 0,
            unearned: crate::domain::ledger::UnearnedCounts::default(),
            before: None,
            changed: false,
        });
        rank(&entries.collect::<Vec<_>>(), &[], Order::Path)
    }

    fn drawn(folder: &Folder, depth: usize, out: &mut Vec<String>) {
        for inner in &folder.folders {
            out.push(format!(
                "{}{} {} {}/{}",
                " ".repeat(depth),
                inner.name,
                inner.path,
                inner.plain.ratio.part,
                inner.files
            ));
            drawn(inner, depth + 1, out);
        }
    }

    #[test]
    fn folders_sum_their_files_and_chains_are_one() {
        let tree = folders(&rows(&["a/b/c/x.py", "a/b/c/y.py", "shop/views/x.py", "shop/z.py", "top.py"]));
        let mut out = Vec::new();
        drawn(&tree, 0, &mut out);
        assert_eq!(out, ["a/b/c a/b/c 2/2", "shop shop 2/2", " views shop/views 1/1"]);
        assert_eq!((tree.files, tree.counts.statements, tree.rows.len(), tree.earned), (5, 20, 1, None));
    }

    #[test]
    fn a_path_of_thousands_of_folders_is_no_deep_tree() {
        let deep = format!("{}x.py", "a/".repeat(5000));
        let other = format!("{}y.py", "a/".repeat(5000));
        assert_eq!(folders(&rows(&[&deep, &other, "z.py"])).files, 3);
    }

    fn count(folder: &Folder) -> (usize, Vec<usize>) {
        let mut all = folder.rows.clone();
        let mut files = folder.rows.len();
        for inner in &folder.folders {
            let (below, rows) = count(inner);
            files += below;
            all.extend(rows);
        }
        assert_eq!(files, folder.files);
        (files, all)
    }

    proptest! {
        #[test]
        fn every_row_is_in_exactly_one_folder(paths in proptest::collection::btree_set("([ab]/){0,4}[xyz]\\.py", 0..20)) {
            let rows = rows(&paths.iter().map(String::as_str).collect::<Vec<_>>());
            let (files, mut all) = count(&folders(&rows));
            all.sort_unstable();
            prop_assert_eq!(files, rows.len());
            prop_assert_eq!(all, (0..rows.len()).collect::<Vec<_>>());
        }
    }
}
