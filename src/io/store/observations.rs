//! What tests did through time.

use crate::base::{Clean, Problem};
use crate::domain::history::{Observation, Run, Sighting, Signature, expected_seconds};
use crate::domain::suite::{Outcome, TestId, Told};
use crate::io::store::Store;
use crate::io::store::fields::{message, observation, run, seconds, test, told};
use crate::io::store::runs::{COLUMNS, outcome};
use rusqlite::{Connection, OptionalExtension, Params};
use std::collections::HashMap;
use std::sync::Arc;

/// What is read of a result; `t` are tests, `r` results, `f` failures. Of either database, as the other questions that have
/// nothing to fill in.
pub(super) const RESULT: &str = "t.name, r.run, r.outcome, r.attempts, r.micros, f.message, f.suspect
    FROM tests t JOIN results r ON r.test = t.id LEFT JOIN failures f ON f.test = r.test AND f.run = r.run";

/// The results of the tests that had both outcomes.
pub(super) fn unsettled() -> String {
    format!("SELECT {RESULT} WHERE t.good > 0 AND t.bad > 0 ORDER BY t.id, r.run")
}

/// Every failure, test by test.
pub(super) fn every_sighting() -> String {
    format!(
        "SELECT t.name, r.run, f.message, f.details FROM tests t JOIN results r ON r.test = t.id
         LEFT JOIN failures f ON f.test = r.test AND f.run = r.run
         WHERE t.bad > 0 AND r.outcome IN ({}) ORDER BY t.id, r.run",
        code_list(Outcome::is_bad)
    )
}

/// The failures of the runs in which many tests failed.
pub(super) fn wide_sightings() -> String {
    format!(
        "SELECT t.name, r.run, f.message, f.details FROM runs u JOIN tests t ON t.bad > 0
         JOIN results r ON r.test = t.id AND r.run = u.serial
         LEFT JOIN failures f ON f.test = r.test AND f.run = r.run
         WHERE u.bad >= 5 AND u.bad * 5 > u.tests AND r.outcome IN ({}) ORDER BY t.id, r.run",
        code_list(Outcome::is_bad)
    )
}

impl Store {
    /// Every observation of the tests that both passed and failed: what [`crate::domain::history::flaky`] needs.
    /// Tests with only one outcome cost nothing, however many they are.
    ///
    /// # Errors
    /// They could not be read.
    pub fn unsettled(&self) -> Result<Vec<Observation>, Problem> {
        self.database.read(|ask| observations(ask, &unsettled(), []))
    }

    /// The last `limit` observations of one test, the last saved first.
    ///
    /// # Errors
    /// They could not be read.
    pub fn history(&self, test: &TestId, limit: usize) -> Result<Vec<Observation>, Problem> {
        let sql = format!("SELECT {RESULT} WHERE t.name = ?1 ORDER BY r.run DESC LIMIT ?2");
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.database.read(|ask| observations(ask, &sql, (test.as_str(), limit)))
    }

    /// The failure of a test in a run, in full, as pytest wrote it; nothing when it did not fail or left no text.
    ///
    /// # Errors
    /// It could not be read.
    pub fn failure(&self, test: &TestId, run: &str) -> Result<Option<String>, Problem> {
        self.database.read(|ask| {
            ask.query_row(
                "SELECT x.text FROM tests t JOIN runs u ON u.id = ?2
                 JOIN failures f ON f.test = t.id AND f.run = u.serial JOIN texts x ON x.id = f.details
                 WHERE t.name = ?1",
                [test.as_str(), run],
                |row| row.get(0),
            )
            .optional()
        })
    }

    /// Every failure of every test, test by test, each with what stays the same of it.
    ///
    /// # Errors
    /// They could not be read.
    pub fn sightings(&self) -> Result<Vec<Sighting>, Problem> {
        self.database.read(|ask| sightings(ask, &every_sighting()))
    }

    /// The same of the runs in which so many tests failed that one cause may have been shared by them.
    ///
    /// # Errors
    /// They could not be read.
    pub fn wide_sightings(&self) -> Result<Vec<Sighting>, Problem> {
        self.database.read(|ask| sightings(ask, &wide_sightings()))
    }

    /// How long each of `tests` can be expected to take, by the median of its last runs. Tests that never ran are
    /// left out.
    ///
    /// # Errors
    /// They could not be read.
    pub fn durations<'a>(
        &self,
        tests: impl IntoIterator<Item = &'a TestId> + Clone,
    ) -> Result<HashMap<TestId, f64>, Problem> {
        let skipped = code_list(|outcome| !outcome.is_evidence());
        let sql = format!(
            "SELECT r.micros FROM tests t JOIN results r ON r.test = t.id
             WHERE t.name = ?1 AND r.outcome NOT IN ({skipped}) ORDER BY r.run DESC LIMIT 20"
        );
        self.database.read(|ask| {
            let mut last = ask.prepare_cached(&sql)?;
            let mut found = HashMap::new();
            for test in tests.clone() {
                let rows = last.query_map([test.as_str()], |row| Ok(seconds(row.get(0)?)))?;
                let durations: Vec<f64> = rows.collect::<rusqlite::Result<_>>()?;
                found.extend(expected_seconds(durations).map(|expected| (test.clone(), expected)));
            }
            Ok(found)
        })
    }

    /// Every test that ever had a result.
    ///
    /// # Errors
    /// They could not be read.
    pub fn known_tests(&self) -> Result<Vec<TestId>, Problem> {
        self.database.read(|ask| {
            let sql =
                "SELECT name FROM tests t WHERE EXISTS(SELECT 1 FROM results r WHERE r.test = t.id) ORDER BY name";
            let mut names = ask.prepare_cached(sql)?;
            names.query_map([], |row| Ok(TestId::new(row.get_ref(0)?.as_str()?)))?.collect()
        })
    }
}

/// The results of one test in the runs from one to another, each with its run.
pub(super) fn results_between(
    ask: &Connection,
    test: u64,
    (first, last): (u64, u64),
) -> rusqlite::Result<Vec<(u64, Told)>> {
    let mut find = ask.prepare_cached(
        "SELECT t.name, r.outcome, r.attempts, r.micros, f.message, x.text, r.worker, r.run
         FROM tests t JOIN results r ON r.test = t.id AND r.run BETWEEN ?2 AND ?3
         LEFT JOIN failures f ON f.test = r.test AND f.run = r.run LEFT JOIN texts x ON x.id = f.details
         WHERE t.id = ?1",
    )?;
    find.query_map((test, first, last), |row| Ok((row.get(7)?, told(row)?)))?.collect()
}

/// Reads observations and the runs that they belong to.
fn observations(ask: &Connection, sql: &str, params: impl Params) -> rusqlite::Result<Vec<Observation>> {
    let mut runs = Runs::new(ask)?;
    let mut all = ask.prepare_cached(sql)?;
    let mut rows = all.query(params)?;
    let mut found: Vec<Observation> = Vec::new();
    while let Some(row) = rows.next()? {
        let (run, last) = (runs.get(row.get(1)?)?, found.last().map(|last| &last.test));
        found.push(observation(row, run, last)?);
    }
    Ok(found)
}

fn sightings(ask: &Connection, sql: &str) -> rusqlite::Result<Vec<Sighting>> {
    let mut runs = Runs::new(ask)?;
    let mut text = ask.prepare_cached("SELECT text FROM texts WHERE id = ?1")?;
    // The same failure was seen many times: its text is kept once, and read once.
    let mut known: HashMap<(Option<i64>, String), Arc<Signature>> = HashMap::new();
    let mut all = ask.prepare_cached(sql)?;
    let mut rows = all.query([])?;
    let mut found: Vec<Sighting> = Vec::new();
    while let Some(row) = rows.next()? {
        let (details, message): (Option<i64>, Clean) = (row.get(3)?, message(row, 2)?);
        let key = (details, message.to_string());
        let signature = match known.get(&key) {
            Some(signature) => Arc::clone(signature),
            None => {
                let details: Option<String> = match details {
                    Some(id) => text.query_row([id], |row| row.get(0)).optional()?,
                    None => None,
                };
                let signature = Arc::new(Signature::of(&message, &details.unwrap_or_default()));
                known.insert(key, Arc::clone(&signature));
                signature
            }
        };
        let test = test(row, 0, found.last().map(|last| &last.test))?;
        found.push(Sighting { test, run: runs.get(row.get(1)?)?, message, signature });
    }
    Ok(found)
}

/// The runs that rows name, each read once.
struct Runs<'a> {
    find: rusqlite::CachedStatement<'a>,
    known: HashMap<i64, Arc<Run>>,
}

impl<'a> Runs<'a> {
    fn new(ask: &'a Connection) -> rusqlite::Result<Self> {
        let find = ask.prepare_cached(&format!("SELECT {COLUMNS} FROM runs WHERE serial = ?1"))?;
        Ok(Self { find, known: HashMap::new() })
    }

    fn get(&mut self, serial: i64) -> rusqlite::Result<Arc<Run>> {
        if let Some(run) = self.known.get(&serial) {
            return Ok(Arc::clone(run));
        }
        let run = Arc::new(self.find.query_row([serial], |row| run(row))?);
        self.known.insert(serial, Arc::clone(&run));
        Ok(run)
    }
}

/// The numbers of some outcomes, for a query.
pub(super) fn code_list(is_in: impl Fn(Outcome) -> bool) -> String {
    let codes: Vec<String> = (0..6_u8).filter(|&code| is_in(outcome(code))).map(|code| code.to_string()).collect();
    codes.join(", ")
}
