//! Looking into folders.

use crate::io::files::read::Identity;
use std::path::{Path, PathBuf};

/// Whether there is anything in the folder; false for one that is missing or can't be read.
#[must_use]
pub fn is_filled(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

/// The files directly in a folder whose names end in `.ending`, sorted; none for a folder that is missing.
#[must_use]
pub fn files_in(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> =
        entries.filter(|path| path.is_file() && path.extension().is_some_and(|known| known == ending)).collect();
    found.sort();
    found
}

/// Which versions of the folders with packages a virtualenv has: another one whenever a package came or went.
#[must_use]
pub fn packages(home: &Path) -> Vec<Identity> {
    let entries = std::fs::read_dir(home.join("lib")).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path().join("site-packages")).collect();
    folders.sort();
    folders.iter().filter_map(|folder| folder.metadata().ok()).map(|metadata| Identity::of(&metadata)).collect()
}
