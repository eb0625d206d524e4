//! One source file for the screen: read, coloured, and judged line by line.

use super::disk::Disk;
use crate::app::{Preview, SourceFile, scopes, source_lines};
use crate::base::{Problem, RepoPath};
use crate::domain::ledger::{Change, Ledger};

/// How many lines a preview has.
const PREVIEW: usize = 200;

/// Reads a file and judges its lines by the ledger, and by the one before it where there is one.
///
/// # Errors
/// The file can't be read.
pub fn read(disk: &Disk, path: &RepoPath, ledger: &Ledger, before: Option<&Ledger>) -> Result<SourceFile, Problem> {
    let text = disk.read(path)?;
    let standing = ledger.standing(path, Some(&text));
    let change = before.map(|before| Change::between(path, &before.standing(path, Some(&text)), &standing));
    let (newly, lost) = change.map(|change| (change.newly, change.lost)).unwrap_or_default();
    Ok(SourceFile { path: path.clone(), lines: source_lines(&text), standing, newly, lost, scopes: scopes(&text) })
}

/// The lines around `mark`, or the first ones, for the picker.
///
/// # Errors
/// The file can't be read.
pub fn preview(disk: &Disk, path: &RepoPath, mark: Option<u32>) -> Result<Preview, Problem> {
    let text = disk.read(path)?;
    let first = mark.unwrap_or(1).saturating_sub(4).max(1);
    let lines = source_lines(&text).into_iter().skip(first as usize - 1).take(PREVIEW).collect();
    Ok(Preview { first, lines, mark })
}
