//! What launched runs ran on beside their commit, and what failures may be by the changed code that their tests ran.

use crate::base::{Problem, RepoPath};
use crate::domain::history::{Content, Differing, Suspect};
use crate::domain::suite::TestId;
use crate::io::store::Store;
use crate::io::store::texts::keep;
use rusqlite::{Connection, Row};
use std::sync::Arc;

/// The longest text that is kept of a file that differs, in bytes.
const LONGEST: usize = 256 * 1024;
/// What stands for a content that is not known.
const UNKNOWN: i64 = 0;

impl Store {
    /// The files that differed from the commit when a run was launched, with their contents.
    ///
    /// # Errors
    /// They could not be read.
    pub fn differing(&self, run: &str) -> Result<Vec<Differing>, Problem> {
        let sql = "SELECT d.path, d.text, x.text FROM runs u JOIN differing d ON d.run = u.serial
             LEFT JOIN texts x ON x.id = d.text WHERE u.id = ?1";
        self.database.read(|ask| {
            let mut all = ask.prepare_cached(sql)?;
            // A path that no lacuna wrote is left out.
            all.query_map([run], differing)?.filter_map(Result::transpose).collect()
        })
    }

    /// Notes what failures of one run may be.
    ///
    /// # Errors
    /// It could not be written.
    pub fn suspect(&self, run: &str, failures: &[(TestId, Suspect)]) -> Result<(), Problem> {
        let sql = "UPDATE failures SET suspect = ?3 WHERE test = (SELECT id FROM tests WHERE name = ?1)
             AND run = (SELECT serial FROM runs WHERE id = ?2)";
        self.database.write(|change| {
            let mut note = change.prepare_cached(sql)?;
            failures.iter().try_for_each(|(test, suspect)| note.execute((test.as_str(), run, code(*suspect))).map(drop))
        })
    }
}

/// Keeps what differed in a run.
pub(super) fn keep_differing(change: &Connection, run: i64, files: &[Differing]) -> rusqlite::Result<()> {
    let mut insert = change.prepare_cached("INSERT OR REPLACE INTO differing(run, path, text) VALUES(?1, ?2, ?3)")?;
    for file in files {
        let text = match &file.content {
            Content::Gone => None,
            Content::Text(text) if text.len() <= LONGEST => Some(keep(change, text)?),
            Content::Text(_) | Content::Unknown => Some(UNKNOWN),
        };
        insert.execute((run, file.path.as_str(), text))?;
    }
    Ok(())
}

fn differing(row: &Row<'_>) -> rusqlite::Result<Option<Differing>> {
    let (number, text): (Option<i64>, Option<String>) = (row.get(1)?, row.get(2)?);
    let content = match (number, text) {
        (None, _) => Content::Gone,
        (Some(_), Some(text)) => Content::Text(Arc::from(text)),
        (Some(_), None) => Content::Unknown,
    };
    Ok(RepoPath::new(row.get_ref(0)?.as_str()?).map(|path| Differing { path, content }))
}

pub(super) const fn code(suspect: Suspect) -> u8 {
    match suspect {
        Suspect::Regression => 1,
        Suspect::Flake => 2,
        Suspect::Unknown => 3,
    }
}

/// What a number stands for; nothing for one that no lacuna wrote.
pub(super) const fn suspect(code: u8) -> Option<Suspect> {
    match code {
        1 => Some(Suspect::Regression),
        2 => Some(Suspect::Flake),
        3 => Some(Suspect::Unknown),
        _ => None,
    }
}
