//! What is still to be sent to the server of a shared history: the ids of runs, marked as they are saved.

use crate::base::Problem;
use crate::domain::history::Suspect;
use crate::domain::suite::TestId;
use crate::io::store::Store;
use crate::io::store::differing::suspect;
use rusqlite::{Connection, OptionalExtension};

impl Store {
    /// The ids of up to `limit` runs that are to be sent, the first saved first.
    ///
    /// # Errors
    /// They could not be read.
    pub fn unsent(&self, limit: usize) -> Result<Vec<String>, Problem> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.database.read(|ask| {
            let mut all = ask.prepare_cached("SELECT run FROM unsent ORDER BY place LIMIT ?1")?;
            all.query_map([limit], |row| row.get(0))?.collect()
        })
    }

    /// Marks runs as sent.
    ///
    /// # Errors
    /// It could not be written: they will be sent again, which changes nothing.
    pub fn sent(&self, runs: &[String]) -> Result<(), Problem> {
        self.database.write(|change| {
            let mut remove = change.prepare_cached("DELETE FROM unsent WHERE run = ?1")?;
            runs.iter().try_for_each(|run| remove.execute([run]).map(drop))
        })
    }

    /// What was noted of the failures of some tests in a run.
    ///
    /// # Errors
    /// It could not be read.
    pub fn suspects(&self, run: &str, failed: &[TestId]) -> Result<Vec<(TestId, Suspect)>, Problem> {
        self.database.read(|ask| {
            let mut noted = ask.prepare_cached(
                "SELECT f.suspect FROM tests t JOIN runs u ON u.id = ?2
                 JOIN failures f ON f.test = t.id AND f.run = u.serial
                 WHERE t.name = ?1 AND f.suspect IS NOT NULL",
            )?;
            let mut found = Vec::new();
            for test in failed {
                let code = noted.query_row((test.as_str(), run), |row| row.get(0)).optional()?;
                found.extend(code.and_then(suspect).map(|suspect| (test.clone(), suspect)));
            }
            Ok(found)
        })
    }
}

/// Marks runs to be sent.
pub(super) fn add<'a>(change: &Connection, mut runs: impl Iterator<Item = &'a str>) -> rusqlite::Result<()> {
    let mut insert = change.prepare_cached("INSERT OR IGNORE INTO unsent(run) VALUES(?1)")?;
    runs.try_for_each(|run| insert.execute([run]).map(drop))
}
