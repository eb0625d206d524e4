//! Long texts, kept once each by their digest: sources as they were measured, failures in full.

use crate::base::{Digest, Problem};
use crate::io::store::Store;
use rusqlite::{Connection, OptionalExtension};
use std::sync::Arc;

/// The longest failure that is kept, in bytes; of a longer one, both ends are.
const LONGEST: usize = 64 * 1024;

impl Store {
    /// Keeps the texts of sources, as they were when they were measured.
    ///
    /// # Errors
    /// They could not be written.
    pub fn save_sources<'a>(&self, texts: impl IntoIterator<Item = &'a str> + Clone) -> Result<(), Problem> {
        self.database.write(|change| texts.clone().into_iter().try_for_each(|text| keep(change, text).map(|_| ())))
    }

    /// The text with this digest, where it was kept.
    ///
    /// # Errors
    /// It could not be read.
    pub fn source(&self, digest: Digest) -> Result<Option<Arc<str>>, Problem> {
        self.database.read(|ask| find(ask, digest))
    }
}

/// Keeps a text and gives its number.
pub(super) fn keep(connection: &Connection, text: &str) -> rusqlite::Result<i64> {
    keep_by(connection, Digest::of(text.as_bytes()), text)
}

/// Keeps a text and gives its digest.
pub(super) fn keep_source(connection: &Connection, text: &str) -> rusqlite::Result<Digest> {
    let digest = Digest::of(text.as_bytes());
    keep_by(connection, digest, text).map(|_| digest)
}

fn keep_by(connection: &Connection, digest: Digest, text: &str) -> rusqlite::Result<i64> {
    let mut known = connection.prepare_cached("SELECT id FROM texts WHERE digest = ?1")?;
    if let Some(id) = known.query_row([digest.bytes()], |row| row.get(0)).optional()? {
        return Ok(id);
    }
    let mut insert = connection.prepare_cached("INSERT INTO texts(digest, text) VALUES(?1, ?2)")?;
    insert.insert((digest.bytes(), text))
}

/// Keeps a text whose digest is known.
pub(super) fn keep_as(connection: &Connection, digest: Digest, text: &str) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached("INSERT OR IGNORE INTO texts(digest, text) VALUES(?1, ?2)")?;
    insert.execute((digest.bytes(), text)).map(drop)
}

/// The text with this digest.
pub(super) fn find(connection: &Connection, digest: Digest) -> rusqlite::Result<Option<Arc<str>>> {
    let mut find = connection.prepare_cached("SELECT text FROM texts WHERE digest = ?1")?;
    let text: Option<String> = find.query_row([digest.bytes()], |row| row.get(0)).optional()?;
    Ok(text.map(Arc::from))
}

/// Both ends of a text that is too long.
pub(super) fn bounded(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let half = LONGEST / 2;
    let head = text.get(..text.floor_char_boundary(half)).unwrap_or_default();
    let tail = text.get(text.ceil_char_boundary(text.len() - half)..).unwrap_or_default();
    format!("{head}\n… {} bytes left out …\n{tail}", text.len() - head.len() - tail.len())
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, bounded};

    #[test]
    fn a_long_failure_keeps_both_ends() {
        assert_eq!(bounded("short"), "short");
        let long = format!("begin{}end", "é".repeat(LONGEST));
        let kept = bounded(&long);
        assert!(kept.starts_with("begin") && kept.ends_with("end"));
        assert!(kept.len() < LONGEST + 100);
    }
}
