//! Looking into folders.

use std::path::Path;

/// Whether there is anything in the folder; false for one that is missing or can't be read.
#[must_use]
pub fn is_filled(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}
