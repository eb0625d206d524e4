//! Which projects may run commands, by the real path of the root and the digest of what names the commands.

use crate::base::{Digest, Problem, Stamp};
use crate::io::store::database::Database;
use crate::io::store::open::Opened;
use crate::io::store::schema::GRANTS;
use std::path::Path;

/// The file's name.
const NAME: &str = "grants.sqlite";

/// The grants of one user. They lie in the user's own state folder, never in a project, which could grant itself
/// what it likes.
#[derive(Debug)]
pub struct Grants {
    database: Database,
}

impl Grants {
    /// Opens the grants in `folder`, or begins them.
    ///
    /// # Errors
    /// Not even a database in memory could be made.
    pub fn open(folder: &Path, now: Stamp) -> Result<(Self, Vec<Problem>), Problem> {
        let database = Database::open(folder.join(NAME), &GRANTS, now)?;
        let problems = database.take_problems();
        Ok((Self { database }, problems))
    }

    /// Whether the project at `root`, its real path, may run what the configuration with this digest names. What
    /// cannot be read was not granted.
    #[must_use]
    pub fn is_granted(&self, root: &Path, digest: Digest) -> bool {
        let asked = self.database.read(|ask| {
            ask.query_row(
                "SELECT EXISTS(SELECT 1 FROM grants WHERE root = ?1 AND digest = ?2)",
                (root.as_os_str().as_encoded_bytes(), digest.bytes()),
                |row| row.get(0),
            )
        });
        asked.unwrap_or(false)
    }

    /// Lets the project at `root` run what the configuration with this digest names, from now on.
    ///
    /// # Errors
    /// The grant could not be saved; it is asked for again the next time.
    pub fn grant(&self, root: &Path, digest: Digest, now: Stamp) -> Result<(), Problem> {
        self.database.write(|change| {
            change
                .execute(
                    "INSERT OR REPLACE INTO grants(root, digest, at) VALUES(?1, ?2, ?3)",
                    (root.as_os_str().as_encoded_bytes(), digest.bytes(), now.0),
                )
                .map(|_| ())
        })?;
        if self.database.opened() == Opened::Lasting {
            Ok(())
        } else {
            Err(Problem::warning("grants", "could not be saved: it holds for this sitting only"))
        }
    }
}
