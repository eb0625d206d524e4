//! Saving runs, and listing them.

use crate::base::{Problem, Stamp};
use crate::domain::history::{Run, RunRecord, RunSource, TestResult, expected_seconds};
use crate::domain::suite::Outcome;
use crate::io::store::Store;
use crate::io::store::pack::{Reader, Writer};
use crate::io::store::texts::{bounded, keep};
use rusqlite::{Connection, OptionalExtension, Row};
use std::collections::HashMap;

/// The columns of a run, in the order in which [`run`] reads them.
pub(super) const COLUMNS: &str =
    "serial, id, at, source, revision, branch, tree, environment, command, exit, seconds, tests, bad";
/// The longest message that is kept, in characters.
const MESSAGE: usize = 500;

/// What saving a run did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// It is saved now.
    New,
    /// A run with this id was saved before; nothing changed.
    Already,
}

impl Store {
    /// Saves a run with all its results in one transaction. When this returns, it is on the disk, unless the store
    /// is [`super::Keeping::Fleeting`].
    ///
    /// # Errors
    /// It could not be saved; then none of it was.
    pub fn save_run(&self, record: &RunRecord) -> Result<Saved, Problem> {
        let results = folded(&record.results);
        self.database.write(|change| save(change, &record.run, &results))
    }

    /// The last `limit` runs, the last saved first.
    ///
    /// # Errors
    /// They could not be read.
    pub fn runs(&self, limit: usize) -> Result<Vec<Run>, Problem> {
        let sql = format!("SELECT {COLUMNS} FROM runs ORDER BY serial DESC LIMIT ?1");
        self.database.read(|ask| {
            let mut runs = ask.prepare_cached(&sql)?;
            runs.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], run)?.collect()
        })
    }

    /// How long a command takes beside its tests: to start, to collect, to end. The median of the last launched runs;
    /// nothing when there were none.
    ///
    /// # Errors
    /// They could not be read.
    pub fn seconds_beside_tests(&self) -> Result<Option<f64>, Problem> {
        let sql = "SELECT u.seconds - (SELECT SUM(r.micros) FROM results r WHERE r.run = u.serial) / 1e6 FROM runs u
             WHERE u.source = 0 AND u.tests > 0 ORDER BY u.serial DESC LIMIT 10";
        self.database.read(|ask| {
            let mut last = ask.prepare_cached(sql)?;
            let rows = last.query_map([], |row| Ok(row.get::<_, Option<f64>>(0)?.unwrap_or(0.0).max(0.0)))?;
            Ok(expected_seconds(rows.collect::<rusqlite::Result<Vec<f64>>>()?))
        })
    }

    /// A run with its results, in the order in which the tests ended; nothing when no run has this id.
    ///
    /// # Errors
    /// It could not be read.
    pub fn run(&self, id: &str) -> Result<Option<RunRecord>, Problem> {
        let sql = format!("SELECT {COLUMNS}, members FROM runs WHERE id = ?1");
        self.database.read(|ask| {
            let found =
                ask.query_row(&sql, [id], |row| Ok((run(row)?, row.get::<_, Vec<u8>>("members")?))).optional()?;
            let Some((run, members)) = found else { return Ok(None) };
            let mut members = Reader::new(&members);
            let mut results = Vec::new();
            while let Some(test) = members.number() {
                results.extend(crate::io::store::observations::result(ask, test, run.serial)?);
            }
            Ok(Some(RunRecord { run, results }))
        })
    }
}

/// Saves a run with its folded results.
pub(super) fn save(change: &Connection, run: &Run, results: &[TestResult]) -> rusqlite::Result<Saved> {
    let known: Option<i64> =
        change.query_row("SELECT serial FROM runs WHERE id = ?1", [&run.id], |row| row.get(0)).optional()?;
    if known.is_some() {
        return Ok(Saved::Already);
    }
    let mut insert = change.prepare_cached(
        "INSERT INTO runs(id, at, source, revision, branch, tree, environment, command, exit, seconds, tests, bad,
         members) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, x'')",
    )?;
    let serial = insert.insert(rusqlite::params![
        run.id,
        run.when.0,
        matches!(run.source, RunSource::Ingested),
        run.commit,
        run.branch,
        run.tree,
        run.environment,
        run.command,
        run.exit,
        run.seconds,
        results.len(),
        results.iter().filter(|result| result.outcome.is_bad()).count(),
    ])?;
    let mut members = Writer::default();
    for result in results {
        members.number(save_result(change, serial, result)?);
    }
    change.execute("UPDATE runs SET members = ?1 WHERE serial = ?2", (members.bytes(), serial))?;
    Ok(Saved::New)
}

/// Saves one result and gives the number of the test.
fn save_result(change: &Connection, run: i64, result: &TestResult) -> rusqlite::Result<u64> {
    let (good, bad) = weigh(result);
    let mut test = change.prepare_cached(
        "INSERT INTO tests(name, good, bad) VALUES(?1, ?2, ?3)
         ON CONFLICT(name) DO UPDATE SET good = good + excluded.good, bad = bad + excluded.bad RETURNING id",
    )?;
    let test: i64 = test.query_row((result.test.as_str(), good, bad), |row| row.get(0))?;
    let attempts: String = result.attempts.iter().map(|&outcome| char::from(b'0' + code(outcome))).collect();
    let attempts = (!attempts.is_empty()).then_some(attempts);
    change
        .prepare_cached(
            "INSERT INTO results(test, run, outcome, micros, attempts, worker) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((test, run, code(result.outcome), micros(result.seconds), attempts, &result.worker))?;
    if !result.message.is_empty() || !result.details.is_empty() {
        let details = if result.details.is_empty() { None } else { Some(keep(change, &bounded(&result.details))?) };
        let message: String = result.message.chars().take(MESSAGE).collect();
        change
            .prepare_cached("INSERT INTO failures(test, run, message, details) VALUES(?1, ?2, ?3, ?4)")?
            .execute((test, run, message, details))?;
    }
    Ok(u64::try_from(test).unwrap_or(0))
}

/// The attempts that passed and that failed. Together with those of other runs they tell whether a test ever had
/// both outcomes.
fn weigh(result: &TestResult) -> (u32, u32) {
    if !result.outcome.is_evidence() {
        return (0, 0);
    }
    let all = result.attempts.iter().chain([&result.outcome]).filter(|outcome| outcome.is_evidence());
    all.fold((0, 0), |(good, bad), outcome| if outcome.is_bad() { (good, bad + 1) } else { (good + 1, bad) })
}

/// One result for each test: where a run has several, the earlier ones are attempts.
pub(super) fn folded(results: &[TestResult]) -> Vec<TestResult> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut folded: Vec<TestResult> = Vec::with_capacity(results.len());
    for result in results {
        let next = folded.len();
        let place = *places.entry(result.test.as_str()).or_insert(next);
        match folded.get_mut(place) {
            Some(earlier) => {
                let mut attempts = std::mem::take(&mut earlier.attempts);
                attempts.push(earlier.outcome);
                attempts.extend(&result.attempts);
                *earlier = TestResult { attempts, ..result.clone() };
            }
            None => folded.push(result.clone()),
        }
    }
    folded
}

/// Reads a run from the columns of [`COLUMNS`].
pub(super) fn run(row: &Row<'_>) -> rusqlite::Result<Run> {
    Ok(Run {
        serial: row.get(0)?,
        id: row.get(1)?,
        when: Stamp(row.get(2)?),
        source: if row.get(3)? { RunSource::Ingested } else { RunSource::Launched },
        commit: row.get(4)?,
        branch: row.get(5)?,
        tree: row.get(6)?,
        environment: row.get(7)?,
        command: row.get(8)?,
        exit: row.get(9)?,
        seconds: row.get(10)?,
        tests: row.get(11)?,
        bad: row.get(12)?,
    })
}

/// The number that stands for an outcome in the database.
pub(super) const fn code(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Passed => 0,
        Outcome::Failed => 1,
        Outcome::Error => 2,
        Outcome::Skipped => 3,
        Outcome::Xfailed => 4,
        Outcome::Xpassed => 5,
    }
}

/// The outcome that a number stands for. A number that no lacuna wrote counts as a skip: it proves nothing about the
/// test.
pub(super) const fn outcome(code: u8) -> Outcome {
    match code {
        0 => Outcome::Passed,
        1 => Outcome::Failed,
        2 => Outcome::Error,
        4 => Outcome::Xfailed,
        5 => Outcome::Xpassed,
        _ => Outcome::Skipped,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to what fits")]
fn micros(seconds: f64) -> i64 {
    if seconds.is_finite() { (seconds.clamp(0.0, 1e9) * 1e6).round() as i64 } else { 0 }
}
