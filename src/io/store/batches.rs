//! The batches that a person launched, with their figures before and after.

use crate::base::{Problem, Ratio, RepoPath, Stamp};
use crate::domain::history::{BatchFigure, BatchRecord};
use crate::io::store::{Saved, Store};
use rusqlite::{Connection, OptionalExtension, Row};

impl Store {
    /// Saves a batch in one transaction. When this returns, it is on the disk, unless the store is
    /// [`super::Keeping::Fleeting`].
    ///
    /// # Errors
    /// It could not be saved; then none of it was.
    pub fn save_batch(&self, batch: &BatchRecord) -> Result<Saved, Problem> {
        self.database.write(|change| save(change, batch))
    }

    /// The last `limit` batches, of one sitting or of all, the last saved first.
    ///
    /// # Errors
    /// They could not be read.
    pub fn batches(&self, sitting: Option<&str>, limit: usize) -> Result<Vec<BatchRecord>, Problem> {
        self.database.read(|ask| {
            let mut all = ask.prepare_cached(
                "SELECT serial, id, sitting, run, at, command, report FROM batches
                 WHERE ?1 IS NULL OR sitting = ?1 ORDER BY serial DESC LIMIT ?2",
            )?;
            let rows = all.query_map((sitting, i64::try_from(limit).unwrap_or(i64::MAX)), |row| {
                Ok((row.get::<_, i64>(0)?, batch(row)?))
            })?;
            let mut found = Vec::new();
            for row in rows {
                let (serial, batch) = row?;
                found.push(BatchRecord { figures: figures(ask, serial)?, ..batch });
            }
            Ok(found)
        })
    }
}

fn save(change: &Connection, batch: &BatchRecord) -> rusqlite::Result<Saved> {
    let known: Option<i64> =
        change.query_row("SELECT serial FROM batches WHERE id = ?1", [&batch.id], |row| row.get(0)).optional()?;
    if known.is_some() {
        return Ok(Saved::Already);
    }
    let serial = change
        .prepare_cached("INSERT INTO batches(id, sitting, run, at, command, report) VALUES(?1, ?2, ?3, ?4, ?5, ?6)")?
        .insert((&batch.id, &batch.sitting, &batch.run, batch.when.0, &batch.command, &batch.report))?;
    let mut insert = change.prepare_cached(
        "INSERT OR REPLACE INTO figures(batch, path, before_part, before_whole, after_part, after_whole, kind)
         VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for figure in &batch.figures {
        let (before, after) = (figure.before, figure.after);
        insert.execute(rusqlite::params![
            serial,
            figure.path.as_str(),
            before.map(|ratio| ratio.part),
            before.map(|ratio| ratio.whole),
            after.map(|ratio| ratio.part),
            after.map(|ratio| ratio.whole),
            figure.kind,
        ])?;
    }
    Ok(Saved::New)
}

fn batch(row: &Row<'_>) -> rusqlite::Result<BatchRecord> {
    Ok(BatchRecord {
        id: row.get(1)?,
        sitting: row.get(2)?,
        run: row.get(3)?,
        when: Stamp(row.get(4)?),
        command: row.get(5)?,
        report: row.get(6)?,
        figures: Vec::new(),
    })
}

fn figures(ask: &Connection, batch: i64) -> rusqlite::Result<Vec<BatchFigure>> {
    let mut all = ask.prepare_cached(
        "SELECT path, before_part, before_whole, after_part, after_whole, kind FROM figures
         WHERE batch = ?1 ORDER BY path",
    )?;
    let ratio = |part: Option<u64>, whole: Option<u64>| Some(Ratio::new(part?, whole?));
    let rows = all.query_map([batch], |row| {
        let figure = |path| -> rusqlite::Result<BatchFigure> {
            Ok(BatchFigure {
                path,
                before: ratio(row.get(1)?, row.get(2)?),
                after: ratio(row.get(3)?, row.get(4)?),
                kind: row.get(5)?,
            })
        };
        // A path that no lacuna wrote is left out.
        RepoPath::new(row.get_ref(0)?.as_str()?).map(figure).transpose()
    })?;
    rows.filter_map(Result::transpose).collect()
}
