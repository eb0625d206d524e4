//! The folders of the ranked files, with summed figures, for folding.

use crate::domain::coverage::Counts;
use crate::domain::ledger::Figure;
use crate::domain::triage::Row;

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

/// The tree of folders over `rows`. The order of the rows is kept within each folder.
#[must_use]
pub fn folders(rows: &[Row]) -> Folder {
    let _ = rows;
    Folder::default()
}
