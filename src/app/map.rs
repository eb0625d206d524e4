//! The coverage map: files in their order, filtered, folded by folder.

use crate::app::{Ranking, Scroll, Slot, TextLine};
use crate::base::RepoPath;
use crate::domain::ledger::Figure;
use crate::domain::triage::{Order, Row};
use std::collections::BTreeSet;
use std::sync::Arc;

/// One visible row of the map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MapRow {
    /// A folder with the sums of what it holds.
    Folder {
        /// Which folder.
        path: RepoPath,
        /// How deep it lies.
        depth: u16,
        /// How many files lie in it.
        files: usize,
        /// Their coverage together.
        figure: Figure,
        /// Whether its content is shown.
        open: bool,
    },
    /// A file, by its index in the ranking.
    File {
        /// Index in [`Ranking::rows`].
        row: usize,
        /// How deep it lies; 0 in the plain list.
        depth: u16,
    },
}

/// The state of the coverage map.
#[derive(Clone, Debug, Default)]
pub struct MapPane {
    /// The files.
    pub ranking: Slot<Arc<Ranking>>,
    /// The order asked for.
    pub order: Order,
    /// What is typed as a filter.
    pub filter: TextLine,
    /// Whether it is being typed.
    pub typing: bool,
    /// Whether files are shown by folder.
    pub by_folder: bool,
    /// Folders whose content is not shown.
    pub closed: BTreeSet<RepoPath>,
    /// The rows after filter and folding.
    pub shown: Vec<MapRow>,
    /// What the cursor is on: a file or a folder.
    pub cursor: Option<RepoPath>,
    /// Where that is in `shown`.
    pub list: Scroll,
}

impl MapPane {
    /// The files of the last good ranking.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        self.ranking.value().map_or(&[], |ranking| &ranking.rows)
    }

    /// What a row of `shown` is about.
    #[must_use]
    pub fn path_of<'a>(&'a self, row: &'a MapRow) -> Option<&'a RepoPath> {
        match row {
            MapRow::Folder { path, .. } => Some(path),
            MapRow::File { row, .. } => self.rows().get(*row).map(|row| &row.path),
        }
    }

    /// The file under the cursor.
    #[must_use]
    pub fn selected(&self) -> Option<&Row> {
        match self.shown.get(self.list.at)? {
            MapRow::File { row, .. } => self.rows().get(*row),
            MapRow::Folder { .. } => None,
        }
    }

    /// Builds `shown` anew and finds the cursor's row again. Linear in the number of files.
    pub fn rebuild(&mut self, height: usize) {
        let Some(ranking) = self.ranking.value().cloned() else {
            self.shown.clear();
            return;
        };
        let wanted = matching(&ranking.rows, self.filter.text());
        self.shown = if self.by_folder {
            crate::app::folders::tree(&ranking.rows, &ranking.tree_order, &wanted, &self.closed)
        } else {
            wanted.into_iter().map(|row| MapRow::File { row, depth: 0 }).collect()
        };
        self.find_cursor(height);
    }

    /// Opens or closes a folder.
    pub fn set_open(&mut self, folder: RepoPath, open: bool, height: usize) {
        if open {
            self.closed.remove(&folder);
        } else {
            self.closed.insert(folder);
        }
        self.rebuild(height);
    }

    /// Wants the next order, or the one before.
    pub fn sort(&mut self, forward: bool) {
        let steps = if forward { 1 } else { Order::ALL.len() - 1 };
        (0..steps).for_each(|_| self.order = self.order.next());
    }

    /// Puts the list's cursor on the row of `cursor`; when that is gone, `cursor` follows the list.
    fn find_cursor(&mut self, height: usize) {
        let is_it = |row: &MapRow| self.cursor.is_some() && self.path_of(row) == self.cursor.as_ref();
        let at = match self.shown.get(self.list.at) {
            Some(row) if is_it(row) => self.list.at,
            _ => self.shown.iter().position(is_it).unwrap_or(self.list.at),
        };
        self.list.set(at, self.shown.len(), height);
        self.follow();
    }

    /// Lets `cursor` name the row that the list's cursor is on.
    pub fn follow(&mut self) {
        if let Some(path) = self.shown.get(self.list.at).and_then(|row| self.path_of(row)).cloned() {
            self.cursor = Some(path);
        }
    }
}

/// The rows whose path or layer holds every word of `filter`, in their order. ASCII capitals do not matter.
fn matching(rows: &[Row], filter: &str) -> Vec<usize> {
    let words: Vec<String> = filter.split_whitespace().map(str::to_ascii_lowercase).collect();
    if words.is_empty() {
        return (0..rows.len()).collect();
    }
    let holds = |text: &str, word: &str| {
        text.len() >= word.len()
            && text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
    };
    let fits = |row: &Row| words.iter().all(|word| holds(row.path.as_str(), word) || holds(&row.layer_name, word));
    rows.iter().enumerate().filter(|(_, row)| fits(row)).map(|(at, _)| at).collect()
}
