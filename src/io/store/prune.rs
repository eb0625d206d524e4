//! Old runs that are not to be kept any more, removed in small steps.

use crate::base::{Problem, Stamp};
use crate::domain::history::Keep;
use crate::io::store::Store;
use crate::io::store::pack::Reader;
use rusqlite::{Connection, OptionalExtension};
use std::collections::HashSet;

/// How many results one transaction removes, at least: a run is removed whole.
const STEP: u64 = 5_000;

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// How many runs.
    pub runs: u64,
    /// With how many results.
    pub results: u64,
}

impl Store {
    /// Removes the runs that are not to be kept, the oldest first, in transactions of a few thousand results; once `most`
    /// results are gone the rest is left for the next time. Labs, batches and the points of comparisons stay.
    ///
    /// # Errors
    /// Something could not be written; what was removed before is gone.
    pub fn prune(&self, keep: Keep, now: Stamp, most: u64) -> Result<Pruned, Problem> {
        let mut all = Pruned::default();
        while keep != Keep::All && all.results < most {
            let step = self.database.write(|change| step(change, keep, now))?;
            if step.runs == 0 {
                break;
            }
            all = Pruned { runs: all.runs + step.runs, results: all.results + step.results };
        }
        Ok(all)
    }
}

fn step(change: &Connection, keep: Keep, now: Stamp) -> rusqlite::Result<Pruned> {
    let mut gone = Pruned::default();
    let mut texts = HashSet::new();
    while gone.results < STEP {
        let Some((run, members)) = oldest(change, keep, now)? else { break };
        gone = Pruned { runs: gone.runs + 1, results: gone.results + remove(change, run, &members, &mut texts)? };
    }
    remove_texts(change, texts)?;
    Ok(gone)
}

/// Removes those of some failures in full that no failure has any more.
fn remove_texts(change: &Connection, mut texts: HashSet<i64>) -> rusqlite::Result<()> {
    if texts.is_empty() {
        return Ok(());
    }
    let mut used = change.prepare_cached("SELECT details FROM failures WHERE details IS NOT NULL")?;
    let mut rows = used.query([])?;
    while let Some(row) = rows.next()? {
        texts.remove(&row.get(0)?);
    }
    let mut unused = change.prepare_cached("DELETE FROM texts WHERE id = ?1")?;
    texts.into_iter().try_for_each(|text| unused.execute([text]).map(drop))
}

/// The oldest run that is not to be kept, with its members.
fn oldest(change: &Connection, keep: Keep, now: Stamp) -> rusqlite::Result<Option<(i64, Vec<u8>)>> {
    let columns = "SELECT serial, members FROM runs";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    match (keep, keep.since(now)) {
        (_, Some(since)) => {
            let sql = format!("{columns} WHERE at < ?1 ORDER BY at, serial LIMIT 1");
            change.prepare_cached(&sql)?.query_row([since.0], read).optional()
        }
        (Keep::Runs(count), None) => {
            let sql = format!("{columns} WHERE (SELECT COUNT(*) FROM runs) > ?1 ORDER BY at, serial LIMIT 1");
            change.prepare_cached(&sql)?.query_row([count], read).optional()
        }
        (Keep::All | Keep::Days(_), None) => Ok(None),
    }
}

/// Removes a run with all that belongs to it alone but its failures in full, whose numbers are added to `texts`; the answer
/// is how many results it had.
fn remove(change: &Connection, run: i64, members: &[u8], texts: &mut HashSet<i64>) -> rusqlite::Result<u64> {
    let mut members = Reader::new(members);
    let mut results = 0;
    while let Some(test) = members.number().and_then(|test| i64::try_from(test).ok()) {
        let mut take =
            change.prepare_cached("DELETE FROM results WHERE test = ?1 AND run = ?2 RETURNING outcome, attempts")?;
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, u8>(0)?, row.get::<_, Option<String>>(1)?));
        let Some((outcome, attempts)) = take.query_row([test, run], read).optional()? else { continue };
        results += 1;
        let (good, bad) = crate::io::store::runs::weight(outcome, attempts.as_deref().unwrap_or_default());
        let mut weigh = change.prepare_cached("UPDATE tests SET good = good - ?2, bad = bad - ?3 WHERE id = ?1")?;
        weigh.execute((test, good, bad))?;
        let mut failure =
            change.prepare_cached("DELETE FROM failures WHERE test = ?1 AND run = ?2 RETURNING details")?;
        texts.extend(failure.query_row([test, run], |row| row.get::<_, Option<i64>>(0)).optional()?.flatten());
    }
    change.prepare_cached("DELETE FROM differing WHERE run = ?1")?.execute([run])?;
    change.prepare_cached("DELETE FROM runs WHERE serial = ?1")?.execute([run])?;
    Ok(results)
}
