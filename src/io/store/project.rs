//! What lacuna knows about one project, kept in one database.

use crate::base::{Digest, Problem, Stamp};
use crate::io::store::database::Database;
use crate::io::store::open::Opened;
use crate::io::store::schema::HISTORY;
use rusqlite::OptionalExtension;
use std::path::Path;

/// The file's name in the project's folder.
const NAME: &str = "history.sqlite";

/// Whether what is saved lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// What is saved is on the disk when saving returns.
    Lasting,
    /// Nothing can be saved; what is there can be read.
    ReadOnly,
    /// It lasts until lacuna ends.
    Fleeting,
}

/// The database of one project. Several threads may share one, and several programs may have the same file open.
/// Every method waits for the disk: none belongs on the drawing path.
#[derive(Debug)]
pub struct Store {
    pub(super) database: Database,
    /// Whether runs are marked, as they are saved, to be sent to the server of a shared history.
    pub(super) shares: bool,
}

impl Store {
    /// Opens the database in `folder`, or makes one. A damaged file is renamed, with `now` in its new name, and a new
    /// one begun; where nothing can be written, the store is read-only or in memory. The problems say so.
    ///
    /// # Errors
    /// Not even a database in memory could be made.
    pub fn open(folder: &Path, now: Stamp) -> Result<(Self, Vec<Problem>), Problem> {
        let database = Database::open(folder.join(NAME), &HISTORY, now)?;
        let problems = database.take_problems();
        Ok((Self { database, shares: false }, problems))
    }

    /// The same store, in which new runs are marked to be sent to the server of a shared history.
    #[must_use]
    pub fn sharing(self, shares: bool) -> Self {
        Self { shares, ..self }
    }

    /// Whether what is saved lasts.
    #[must_use]
    pub fn keeping(&self) -> Keeping {
        match self.database.opened() {
            Opened::Lasting => Keeping::Lasting,
            Opened::ReadOnly => Keeping::ReadOnly,
            Opened::Fleeting => Keeping::Fleeting,
        }
    }

    /// The problems since the store was opened or this was last asked: a file found damaged while it was in use.
    #[must_use]
    pub fn take_problems(&self) -> Vec<Problem> {
        self.database.take_problems()
    }

    /// Keeps a value under a name, such as the baseline of this sitting.
    ///
    /// # Errors
    /// It could not be written.
    pub fn remember(&self, name: &str, value: &str) -> Result<(), Problem> {
        self.database.write(|change| {
            change.execute("INSERT OR REPLACE INTO notes(key, value) VALUES(?1, ?2)", [name, value]).map(|_| ())
        })
    }

    /// The value that was kept under a name.
    ///
    /// # Errors
    /// It could not be read.
    pub fn recall(&self, name: &str) -> Result<Option<String>, Problem> {
        self.database
            .read(|ask| ask.query_row("SELECT value FROM notes WHERE key = ?1", [name], |row| row.get(0)).optional())
    }
}

/// The name of the folder in which the database of a project is kept: readable, and different for different places.
/// `place` is the real path of the folder that all worktrees of the repository share, or of the project's root.
#[must_use]
pub fn project_key(place: &Path) -> String {
    let digest = Digest::of(place.as_os_str().as_encoded_bytes()).to_string();
    let mut folders = place.components().rev().filter_map(|part| part.as_os_str().to_str());
    let folder = folders.find(|name| *name != ".git").unwrap_or_default();
    let plain: String = folder.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).take(40).collect();
    let name = Some(plain.trim_start_matches('.')).filter(|name| !name.is_empty()).unwrap_or("root");
    format!("{name}-{}", digest.get(..16).unwrap_or(&digest))
}
