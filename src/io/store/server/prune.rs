//! Old runs that are not to be kept any more, on the server.

use crate::base::{Problem, Stamp};
use crate::domain::history::Keep;
use crate::io::store::Pruned;
use crate::io::store::runs::weight;
use crate::io::store::server::Server;
use crate::io::store::server::save::weigh_more;
use crate::io::store::server::schema::lock;
use postgres::{Client, Error, Row, Transaction};
use std::collections::HashMap;

/// How many results one transaction removes, at least: a run is removed whole.
const STEP: u64 = 20_000;
/// How many runs are looked at in one go.
const RUNS: i64 = 500;

impl Server {
    /// Removes the runs that are not to be kept, the oldest first, in transactions of a few thousand results.
    pub(super) fn remove_old(&self, keep: Keep, now: Stamp, most: u64) -> Result<Pruned, Problem> {
        let mut all = Pruned::default();
        while keep != Keep::All && all.results < most {
            let gone = self.ask(move |client| step(client, keep, now))?;
            if gone.runs == 0 {
                break;
            }
            all = Pruned { runs: all.runs + gone.runs, results: all.results + gone.results };
        }
        Ok(all)
    }
}

fn step(client: &mut Client, keep: Keep, now: Stamp) -> Result<Pruned, Error> {
    let mut change = client.transaction()?;
    lock(&mut change)?;
    let mut runs: Vec<i64> = Vec::new();
    let mut results = 0;
    for row in oldest(&mut change, keep, now)? {
        if results >= STEP {
            break;
        }
        runs.push(row.try_get(0)?);
        results += u64::try_from(row.try_get::<_, i64>(1)?).unwrap_or(0);
    }
    let results = remove(&mut change, &runs)?;
    change.commit()?;
    Ok(Pruned { runs: runs.len() as u64, results })
}

/// The oldest runs that are not to be kept, with how many results they have.
fn oldest(change: &mut Transaction<'_>, keep: Keep, now: Stamp) -> Result<Vec<Row>, Error> {
    match (keep, keep.since(now)) {
        (_, Some(since)) => {
            let sql = "SELECT serial, tests FROM runs WHERE at < $1 ORDER BY at, serial LIMIT $2";
            change.query(sql, &[&since.0, &RUNS])
        }
        (Keep::Runs(count), None) => {
            let sql = "SELECT serial, tests FROM runs ORDER BY at, serial
                 LIMIT LEAST($2, GREATEST(0, (SELECT COUNT(*) FROM runs) - $1))";
            change.query(sql, &[&i64::from(count), &RUNS])
        }
        (Keep::All | Keep::Days(_), None) => Ok(Vec::new()),
    }
}

/// Removes runs with all that belongs to them alone; the answer is how many results they had.
fn remove(change: &mut Transaction<'_>, runs: &[i64]) -> Result<u64, Error> {
    let gone = change.query("DELETE FROM results WHERE run = ANY($1) RETURNING test, outcome, attempts", &[&runs])?;
    let mut weights: HashMap<i64, (i64, i64)> = HashMap::new();
    for row in &gone {
        let (code, attempts): (i16, Option<&str>) = (row.try_get(1)?, row.try_get(2)?);
        let (good, bad) = weight(u8::try_from(code).unwrap_or(u8::MAX), attempts.unwrap_or_default());
        let known = weights.entry(row.try_get(0)?).or_default();
        *known = (known.0 - i64::from(good), known.1 - i64::from(bad));
    }
    weigh_more(change, weights.into_iter().map(|(test, (good, bad))| (test, good, bad)))?;
    let texts = change.query("DELETE FROM failures WHERE run = ANY($1) RETURNING details", &[&runs])?;
    let texts: Vec<Option<i64>> = texts.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    let texts: Vec<i64> = texts.into_iter().flatten().collect();
    let unused =
        "DELETE FROM texts x WHERE x.id = ANY($1) AND NOT EXISTS(SELECT 1 FROM failures f WHERE f.details = x.id)";
    change.execute(unused, &[&texts])?;
    change.execute("DELETE FROM runs WHERE serial = ANY($1)", &[&runs])?;
    Ok(gone.len() as u64)
}
