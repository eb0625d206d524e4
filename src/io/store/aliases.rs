//! Tests that have another name now: kept, and what was recorded under the old one joined with the new one.

use crate::base::Problem;
use crate::domain::history::{Aliases, RunRecord, RunSource};
use crate::domain::suite::TestId;
use crate::io::store::Store;
use crate::io::store::ledger::number_of;
use crate::io::store::pack::{Reader, Writer};
use rusqlite::{Connection, OptionalExtension};
use std::borrow::Cow;

impl Store {
    /// The aliases there are.
    ///
    /// # Errors
    /// They could not be read.
    pub fn aliases(&self) -> Result<Aliases, Problem> {
        self.database.read(|ask| {
            let mut all = ask.prepare_cached("SELECT old, new FROM aliases ORDER BY old")?;
            let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(Aliases::new(rows.collect::<rusqlite::Result<Vec<_>>>()?))
        })
    }

    /// Keeps an alias and joins what was recorded under the old name with the new one. The answer is how many results went.
    ///
    /// # Errors
    /// It could not be written; then nothing was changed.
    pub fn alias(&self, old: &str, new: &str) -> Result<u64, Problem> {
        self.database.write(|change| {
            let mut insert = change.prepare_cached("INSERT OR REPLACE INTO aliases(old, new) VALUES(?1, ?2)")?;
            insert.execute([old, new])?;
            let alias = Aliases::new([(old.to_owned(), new.to_owned())]);
            let mut joined = 0;
            for (number, test) in named(change, old)? {
                if let Some(new) = alias.of(&test) {
                    joined += join(change, number, &new)?;
                }
            }
            Ok(joined)
        })
    }

    /// Forgets an alias; what was joined stays joined. Says whether there was one.
    ///
    /// # Errors
    /// It could not be written.
    pub fn forget_alias(&self, old: &str) -> Result<bool, Problem> {
        self.database.write(|change| Ok(change.execute("DELETE FROM aliases WHERE old = ?1", [old])? > 0))
    }
}

/// The tests that an old name may mean: itself, its cases, and those of a file.
fn named(change: &Connection, old: &str) -> rusqlite::Result<Vec<(i64, TestId)>> {
    let mut find = change.prepare_cached("SELECT id, name FROM tests WHERE name >= ?1 AND name < ?2 ORDER BY name")?;
    // What follows the name begins with `[` or with `:`, and both come before `\\`.
    let end = format!("{old}\\");
    let rows = find.query_map([old, &end], |row| Ok((row.get(0)?, TestId::new(row.get_ref(1)?.as_str()?))))?;
    rows.collect()
}

/// Gives all results of one test to another one. A result that the other has in the same run stays the other's.
pub(super) fn join(change: &Connection, old: i64, new: &TestId) -> rusqlite::Result<u64> {
    let new = number_of(change, new)?;
    if new == old {
        return Ok(0);
    }
    let mut runs = change.prepare_cached(
        "SELECT r.run, u.members FROM results r JOIN runs u ON u.serial = r.run WHERE r.test = ?1 AND NOT EXISTS(
         SELECT 1 FROM results other WHERE other.test = ?2 AND other.run = r.run)",
    )?;
    let rows = runs.query_map([old, new], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let rows: Vec<(i64, Vec<u8>)> = rows.collect::<rusqlite::Result<_>>()?;
    for (run, members) in &rows {
        let mut reader = Reader::new(members);
        let mut writer = Writer::default();
        while let Some(test) = reader.number() {
            let is_old = i64::try_from(test).is_ok_and(|test| test == old);
            writer.number(if is_old { u64::try_from(new).unwrap_or(test) } else { test });
        }
        change.prepare_cached("UPDATE runs SET members = ?2 WHERE serial = ?1")?.execute((run, writer.bytes()))?;
        for table in ["results", "failures"] {
            let sql = format!("UPDATE {table} SET test = ?2 WHERE test = ?1 AND run = ?3");
            change.prepare_cached(&sql)?.execute([old, new, *run])?;
        }
    }
    weigh_anew(change, old)?;
    weigh_anew(change, new)?;
    Ok(rows.len() as u64)
}

/// Counts the attempts of a test anew.
fn weigh_anew(change: &Connection, test: i64) -> rusqlite::Result<()> {
    let mut all = change.prepare_cached("SELECT outcome, attempts FROM results WHERE test = ?1")?;
    let rows = all.query_map([test], |row| Ok((row.get::<_, u8>(0)?, row.get::<_, Option<String>>(1)?)))?;
    let (mut good, mut bad) = (0_i64, 0_i64);
    for row in rows {
        let (outcome, attempts) = row?;
        let (more_good, more_bad) = crate::io::store::runs::weight(outcome, attempts.as_deref().unwrap_or_default());
        (good, bad) = (good + i64::from(more_good), bad + i64::from(more_bad));
    }
    change.prepare_cached("UPDATE tests SET good = ?2, bad = ?3 WHERE id = ?1")?.execute([test, good, bad]).map(drop)
}

/// A run from elsewhere with its tests under the names that they have now. A run from here has names of now.
pub(super) fn renamed<'a>(record: &'a RunRecord, aliases: &Aliases) -> Cow<'a, RunRecord> {
    if aliases.is_empty() || record.run.source == RunSource::Launched {
        return Cow::Borrowed(record);
    }
    let mut record = record.clone();
    for result in &mut record.results {
        if let Some(now) = aliases.of(&result.id) {
            result.id = now;
        }
    }
    Cow::Owned(record)
}

/// The number of a test that is known.
pub(super) fn known(change: &Connection, test: &TestId) -> rusqlite::Result<Option<i64>> {
    change
        .prepare_cached("SELECT id FROM tests WHERE name = ?1")?
        .query_row([test.as_str()], |row| row.get(0))
        .optional()
}
