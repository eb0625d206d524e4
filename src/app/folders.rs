//! The map folded by folder: files below their folders, in path order, with the sums of each folder.

use crate::app::MapRow;
use crate::base::RepoPath;
use crate::domain::ledger::Figure;
use crate::domain::triage::Row;
use std::collections::BTreeSet;

/// A folder whose files are being gone through.
struct Level<'a> {
    prefix: &'a str,
    row: usize,
}

/// Indices of `rows` in the order of the tree: folder by folder, names in order. For the folded map, made off the loop.
#[must_use]
pub fn tree_order(rows: &[Row]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_cached_key(|index| rows.get(*index).map(|row| row.path.as_str().replace('/', "\0")));
    order
}

/// The rows of the tree: `order` from [`tree_order`], of which those are taken that `wanted` names (ascending). What
/// lies in a closed folder is summed but not shown.
#[must_use]
pub fn tree(rows: &[Row], order: &[usize], wanted: &[usize], closed: &BTreeSet<RepoPath>) -> Vec<MapRow> {
    let mut is_wanted = vec![false; rows.len()];
    wanted.iter().filter_map(|index| is_wanted.get_mut(*index).map(|flag| *flag = true)).count();
    let taken = order.iter().filter(|index| is_wanted.get(**index).copied().unwrap_or(false));
    let mut shown: Vec<MapRow> = Vec::new();
    let mut levels: Vec<Level<'_>> = Vec::new();
    let mut hidden_below: Option<usize> = None;
    for (index, row) in taken.filter_map(|index| Some((*index, rows.get(*index)?))) {
        let path = row.path.as_str();
        while levels.last().is_some_and(|level| !is_below(path, level.prefix)) {
            levels.pop();
            hidden_below = hidden_below.filter(|depth| *depth <= levels.len());
        }
        let known = levels.last().map_or(0, |level| level.prefix.len() + 1);
        for (at, _) in path.match_indices('/').filter(|(at, _)| *at >= known) {
            let Some((prefix, folder)) = path.get(..at).and_then(|p| Some((p, RepoPath::new(p)?))) else { continue };
            let (open, depth) = (!closed.contains(&folder), levels.len());
            levels.push(Level { prefix, row: if hidden_below.is_none() { shown.len() } else { usize::MAX } });
            if hidden_below.is_none() {
                let depth = u16::try_from(depth).unwrap_or(u16::MAX);
                shown.push(MapRow::Folder { path: folder, depth, files: 0, figure: Figure::default(), open });
                hidden_below = (!open).then_some(levels.len());
            }
        }
        levels.iter().for_each(|level| add(shown.get_mut(level.row), row));
        if hidden_below.is_none() {
            shown.push(MapRow::File { row: index, depth: u16::try_from(levels.len()).unwrap_or(u16::MAX) });
        }
    }
    shown
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn add(folder: Option<&mut MapRow>, row: &Row) {
    if let Some(MapRow::Folder { files, figure, .. }) = folder {
        *files += 1;
        *figure = figure.plus(row.plain);
    }
}
