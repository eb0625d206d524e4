//! What is asked of the server: the same questions as of the database on this machine, each a transaction that sees one moment.

use crate::base::{Problem, Stamp};
use crate::domain::history::{
    Aliases, Keep, Observation, Run, RunRecord, Sighting, Signature, Suspect, expected_seconds,
};
use crate::domain::suite::TestId;
use crate::io::store::fields::{Fields, message, observation, run, seconds, test, told};
use crate::io::store::observations::{RESULT, code_list, every_sighting, unsettled, wide_sightings};
use crate::io::store::runs::COLUMNS;
use crate::io::store::server::Server;
use crate::io::store::server::copy::Value;
use crate::io::store::server::save::{digest, known_runs};
use crate::io::store::server::schema::changes;
use crate::io::store::{History, Pruned, Saved, SharedHistory};
use postgres::types::Type;
use postgres::{Error, GenericClient, IsolationLevel, Row, Transaction};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError};

/// How many long texts are fetched in one go.
const TEXTS: usize = 200;

impl Fields for Row {
    type Error = Error;

    fn number(&self, at: usize) -> Result<Option<i64>, Error> {
        match self.columns().get(at).map(|column| column.type_()) {
            Some(&Type::INT2) => Ok(self.try_get::<_, Option<i16>>(at)?.map(i64::from)),
            Some(&Type::INT4) => Ok(self.try_get::<_, Option<i32>>(at)?.map(i64::from)),
            _ => self.try_get(at),
        }
    }

    fn real(&self, at: usize) -> Result<f64, Error> {
        self.try_get(at)
    }

    fn text(&self, at: usize) -> Result<Option<&str>, Error> {
        self.try_get(at)
    }
}

impl Server {
    fn look<T: Send + 'static>(
        &self,
        look: impl Fn(&mut Transaction<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        self.ask(move |client| {
            let moment = client.build_transaction().read_only(true).isolation_level(IsolationLevel::RepeatableRead);
            let mut ask = moment.start()?;
            let seen = look(&mut ask)?;
            ask.commit()?;
            Ok(seen)
        })
    }
}

impl History for Server {
    fn runs(&self, limit: usize) -> Result<Vec<Run>, Problem> {
        let limit = whole(limit);
        self.look(move |ask| {
            let sql = format!("SELECT {COLUMNS} FROM runs ORDER BY serial DESC LIMIT $1");
            ask.query(&sql, &[&limit])?.iter().map(run).collect()
        })
    }

    fn run(&self, id: &str) -> Result<Option<RunRecord>, Problem> {
        let id = digest(id);
        self.look(move |ask| {
            let sql = format!("SELECT {COLUMNS} FROM runs WHERE digest = $1");
            let Some(run) = ask.query_opt(&sql, &[&id.as_slice()])?.as_ref().map(run).transpose()? else {
                return Ok(None);
            };
            let sql = "SELECT t.name, r.outcome, r.attempts, r.micros, f.message, x.text, r.worker
                 FROM results r JOIN tests t ON t.id = r.test
                 LEFT JOIN failures f ON f.test = r.test AND f.run = r.run LEFT JOIN texts x ON x.id = f.details
                 WHERE r.run = $1 ORDER BY r.place";
            let rows = ask.query(sql, &[&i64::try_from(run.serial).unwrap_or(i64::MAX)])?;
            let results = rows.iter().map(told).collect::<Result<_, _>>()?;
            Ok(Some(RunRecord { run, results, differs: Vec::new() }))
        })
    }

    fn unsettled(&self) -> Result<Vec<Observation>, Problem> {
        self.look(|ask| observations(ask, &unsettled(), &[]))
    }

    fn seen(&self, test: &TestId, limit: usize) -> Result<Vec<Observation>, Problem> {
        let (test, limit) = (digest(test.as_str()), whole(limit));
        self.look(move |ask| {
            let sql = format!("SELECT {RESULT} WHERE t.digest = $1 ORDER BY r.run DESC LIMIT $2");
            observations(ask, &sql, &[&test.as_slice(), &limit])
        })
    }

    fn failure(&self, test: &TestId, run: &str) -> Result<Option<String>, Problem> {
        let (test, run) = (digest(test.as_str()), digest(run));
        self.look(move |ask| {
            let sql = "SELECT x.text FROM tests t JOIN failures f ON f.test = t.id
                 JOIN runs u ON u.serial = f.run JOIN texts x ON x.id = f.details
                 WHERE t.digest = $1 AND u.digest = $2";
            ask.query_opt(sql, &[&test.as_slice(), &run.as_slice()])?.map(|row| row.try_get(0)).transpose()
        })
    }

    fn sightings(&self) -> Result<Vec<Sighting>, Problem> {
        let mut kept = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.as_ref().map(|(changes, _)| *changes);
        let new = self.look(move |ask| {
            let changes = changes(ask)?;
            if known == Some(changes) { Ok(None) } else { Ok(Some((changes, sightings(ask, &every_sighting())?))) }
        })?;
        *kept = new.or_else(|| kept.take());
        Ok(kept.as_ref().map(|(_, failures)| failures.clone()).unwrap_or_default())
    }

    fn wide_sightings(&self) -> Result<Vec<Sighting>, Problem> {
        self.look(|ask| sightings(ask, &wide_sightings()))
    }

    fn durations(&self, tests: &[TestId]) -> Result<HashMap<TestId, f64>, Problem> {
        let digests: Vec<[u8; 32]> = tests.iter().map(|test| digest(test.as_str())).collect();
        self.look(move |ask| {
            let sql = format!(
                "SELECT t.name, r.micros FROM tests t CROSS JOIN LATERAL (
                 SELECT micros, run FROM results WHERE test = t.id AND outcome NOT IN ({}) ORDER BY run DESC LIMIT 20) r
                 WHERE t.digest = ANY($1) ORDER BY t.id, r.run DESC",
                code_list(|outcome| !outcome.is_evidence())
            );
            let asked: Vec<&[u8]> = digests.iter().map(|digest| digest.as_slice()).collect();
            let mut all: HashMap<TestId, Vec<f64>> = HashMap::new();
            let mut last = None;
            for row in ask.query(&sql, &[&asked])? {
                let name = test(&row, 0, last.as_ref())?;
                all.entry(name.clone()).or_default().push(seconds(row.number(1)?));
                last = Some(name);
            }
            Ok(all.into_iter().filter_map(|(test, last)| Some((test, expected_seconds(last)?))).collect())
        })
    }

    fn aliases(&self) -> Result<Aliases, Problem> {
        self.look(aliases)
    }
}

impl SharedHistory for Server {
    fn reach(&self) -> Result<(), Problem> {
        self.call()
    }

    fn known(&self, runs: &[String]) -> Result<HashSet<String>, Problem> {
        let runs = runs.to_vec();
        self.look(move |ask| {
            let ids: Vec<&str> = runs.iter().map(String::as_str).collect();
            let known = known_runs(ask, &ids)?;
            Ok(runs.iter().filter(|id| known.contains(&digest(id))).cloned().collect())
        })
    }

    fn save(&self, records: Vec<RunRecord>) -> Result<Vec<Saved>, Problem> {
        self.save_runs(records)
    }

    fn suspect(&self, run: &str, failures: &[(TestId, Suspect)]) -> Result<(), Problem> {
        self.note_suspects(run, failures)
    }

    fn alias(&self, old: &str, new: &str) -> Result<u64, Problem> {
        self.add_alias(old, new)
    }

    fn forget_alias(&self, old: &str) -> Result<bool, Problem> {
        self.remove_alias(old)
    }

    fn prune(&self, keep: Keep, now: Stamp, most: u64) -> Result<Pruned, Problem> {
        self.remove_old(keep, now, most)
    }
}

/// The tests that have another name now.
pub(super) fn aliases(ask: &mut Transaction<'_>) -> Result<Aliases, Error> {
    let rows = ask.query("SELECT old, new FROM aliases", &[])?;
    let rows = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    Ok(Aliases::new(rows.collect::<Result<Vec<_>, Error>>()?))
}

fn whole(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// The runs that rows name in a column, each read once.
fn runs(ask: &mut impl GenericClient, rows: &[Row], at: usize) -> Result<HashMap<i64, Arc<Run>>, Error> {
    let named: HashSet<i64> = rows.iter().filter_map(|row| row.try_get(at).ok()).collect();
    let named: Vec<i64> = named.into_iter().collect();
    let sql = format!("SELECT {COLUMNS} FROM runs WHERE serial = ANY($1)");
    let found = ask.query(&sql, &[&named])?;
    found.iter().map(|row| Ok((row.try_get(0)?, Arc::new(run(row)?)))).collect()
}

/// Reads observations and the runs that they belong to.
fn observations(ask: &mut Transaction<'_>, sql: &str, values: &[Value<'_>]) -> Result<Vec<Observation>, Error> {
    let rows = ask.query(sql, values)?;
    let runs = runs(ask, &rows, 1)?;
    let mut found: Vec<Observation> = Vec::with_capacity(rows.len());
    for row in &rows {
        if let Some(run) = runs.get(&row.try_get(1)?) {
            found.push(observation(row, Arc::clone(run), found.last().map(|last| &last.test))?);
        }
    }
    Ok(found)
}

fn sightings(ask: &mut Transaction<'_>, sql: &str) -> Result<Vec<Sighting>, Error> {
    let rows = ask.query(sql, &[])?;
    let runs = runs(ask, &rows, 1)?;
    let signatures = signatures(ask, &rows)?;
    let mut found: Vec<Sighting> = Vec::with_capacity(rows.len());
    for row in &rows {
        let (message, details) = (message(row, 2)?, row.number(3)?);
        let (Some(run), Some(signature)) =
            (runs.get(&row.try_get(1)?), signatures.get(&(details, message.to_string())))
        else {
            continue;
        };
        let test = test(row, 0, found.last().map(|last| &last.test))?;
        found.push(Sighting { test, run: Arc::clone(run), message, signature: Arc::clone(signature) });
    }
    Ok(found)
}

/// A failure by the number of its text and its message.
type Failure = (Option<i64>, String);

/// What stays the same of the failures in rows. The same failure was seen many times: its text is fetched once.
fn signatures(ask: &mut Transaction<'_>, rows: &[Row]) -> Result<HashMap<Failure, Arc<Signature>>, Error> {
    let mut by_text: HashMap<i64, HashSet<String>> = HashMap::new();
    let mut found: HashMap<Failure, Arc<Signature>> = HashMap::new();
    for row in rows {
        let message = message(row, 2)?.to_string();
        match row.number(3)? {
            Some(text) => drop(by_text.entry(text).or_default().insert(message)),
            None => {
                let signature = Arc::new(Signature::of(&message, ""));
                found.entry((None, message)).or_insert(signature);
            }
        }
    }
    let texts: Vec<i64> = by_text.keys().copied().collect();
    for some in texts.chunks(TEXTS) {
        for row in ask.query("SELECT id, text FROM texts WHERE id = ANY($1)", &[&some])? {
            let (id, text): (i64, &str) = (row.try_get(0)?, row.try_get(1)?);
            for message in by_text.remove(&id).unwrap_or_default() {
                let signature = Arc::new(Signature::of(&message, text));
                found.insert((Some(id), message), signature);
            }
        }
    }
    Ok(found)
}
