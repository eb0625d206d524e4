//! Saving runs, and listing them.

use crate::base::Problem;
use crate::domain::history::{Differing, Run, RunRecord, RunSource, expected_seconds};
use crate::domain::suite::{Outcome, Told};
use crate::io::store::Store;
use crate::io::store::aliases::renamed;
use crate::io::store::differing::keep_differing;
use crate::io::store::fields::run;
use crate::io::store::observations::results_between;
use crate::io::store::outbox;
use crate::io::store::pack::{Reader, Writer};
use crate::io::store::texts::{bounded, keep};
use rusqlite::{Connection, OptionalExtension};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

/// The columns of a run, in the order in which [`run`] reads them; of either database.
pub(super) const COLUMNS: &str =
    "serial, id, at, source, revision, branch, tree, environment, command, exit, seconds, tests, bad, url";
/// The longest message that is kept, in characters.
pub(super) const MESSAGE: usize = 500;

/// What saving a run did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// It is saved now.
    New,
    /// A run with this id was saved before; nothing changed.
    Already,
}

impl Store {
    /// Saves a run with all its results, and with what differed from its commit, in one transaction. When this returns, it is
    /// on the disk, unless the store is [`super::Keeping::Fleeting`].
    ///
    /// # Errors
    /// It could not be saved; then none of it was.
    pub fn save_run(&self, record: &RunRecord) -> Result<Saved, Problem> {
        let record = renamed(record, &self.aliases()?);
        let run = (&record.run, folded(&record.results));
        self.database.write(|change| save(change, &run, &record.differs, self.shares))
    }

    /// Saves several runs in one transaction: many times as quick as one by one, since their results stand side by side, test
    /// by test.
    ///
    /// # Errors
    /// They could not be saved; then none of them was.
    pub fn save_runs(&self, records: &[RunRecord]) -> Result<Vec<Saved>, Problem> {
        let aliases = self.aliases()?;
        let records: Vec<Cow<'_, RunRecord>> = records.iter().map(|record| renamed(record, &aliases)).collect();
        let runs: Vec<Folded<'_>> = records.iter().map(|record| (&record.run, folded(&record.results))).collect();
        self.database.write(|change| save_all(change, &runs, self.shares))
    }

    /// The last `limit` runs, the last saved first.
    ///
    /// # Errors
    /// They could not be read.
    pub fn runs(&self, limit: usize) -> Result<Vec<Run>, Problem> {
        let sql = format!("SELECT {COLUMNS} FROM runs ORDER BY serial DESC LIMIT ?1");
        self.database.read(|ask| {
            let mut runs = ask.prepare_cached(&sql)?;
            runs.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| run(row))?.collect()
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
        Ok(self.first_runs(&[id], 1)?.0.pop())
    }

    /// The first of some runs with their results, as many as have `most` results together, at least one; and how many of the
    /// ids that were, those that no run has included. Many times as quick as one by one: each test is looked up once.
    ///
    /// # Errors
    /// They could not be read.
    pub fn first_runs<I: AsRef<str>>(&self, ids: &[I], most: u64) -> Result<(Vec<RunRecord>, usize), Problem> {
        let sql = format!("SELECT {COLUMNS}, members FROM runs WHERE id = ?1");
        self.database.read(|ask| {
            let mut find = ask.prepare_cached(&sql)?;
            let (mut heads, mut results, mut count) = (Vec::new(), 0, 0);
            for id in ids {
                if results >= most {
                    break;
                }
                count += 1;
                let read = |row: &rusqlite::Row<'_>| Ok((run(row)?, row.get::<_, Vec<u8>>("members")?));
                if let Some((run, members)) = find.query_row([id.as_ref()], read).optional()? {
                    results += run.tests.max(1);
                    heads.push((run, members));
                }
            }
            Ok((with_results(ask, heads)?, count))
        })
    }
}

/// Runs with their results, in the order of their members.
fn with_results(ask: &Connection, heads: Vec<(Run, Vec<u8>)>) -> rusqlite::Result<Vec<RunRecord>> {
    let serials = || heads.iter().map(|(run, _)| run.serial);
    let (Some(first), Some(last)) = (serials().min(), serials().max()) else { return Ok(Vec::new()) };
    let members = |bytes: &[u8]| {
        let mut reader = Reader::new(bytes);
        std::iter::from_fn(|| reader.number()).collect::<Vec<u64>>()
    };
    let heads: Vec<(Run, Vec<u64>)> = heads.into_iter().map(|(run, bytes)| (run, members(&bytes))).collect();
    let wanted: HashSet<u64> = heads.iter().map(|(run, _)| run.serial).collect();
    let tests: BTreeSet<u64> = heads.iter().flat_map(|(_, members)| members.iter().copied()).collect();
    let mut found: HashMap<(u64, u64), Told> = HashMap::new();
    for test in tests {
        for (run, told) in results_between(ask, test, (first, last))? {
            if wanted.contains(&run) {
                found.insert((run, test), told);
            }
        }
    }
    let record = |(run, members): (Run, Vec<u64>)| {
        let results = members.into_iter().filter_map(|test| found.remove(&(run.serial, test))).collect();
        RunRecord { run, results, differs: Vec::new() }
    };
    Ok(heads.into_iter().map(record).collect())
}

/// A run with its folded results.
pub(super) type Folded<'a> = (&'a Run, Vec<Cow<'a, Told>>);

/// Saves a run with its folded results and the files that differed from its commit; `shares`: it is to be sent as well.
pub(super) fn save(
    change: &Connection,
    run: &Folded<'_>,
    differs: &[Differing],
    shares: bool,
) -> rusqlite::Result<Saved> {
    let saved = save_all(change, std::slice::from_ref(run), shares)?.into_iter().next().unwrap_or(Saved::Already);
    if saved == Saved::New && !differs.is_empty() {
        let mut find = change.prepare_cached("SELECT serial FROM runs WHERE id = ?1")?;
        keep_differing(change, find.query_row([&run.0.id], |row| row.get(0))?, differs)?;
    }
    Ok(saved)
}

/// Saves runs. Each test is looked up once, and its results are written side by side, as they are kept.
fn save_all(change: &Connection, runs: &[Folded<'_>], shares: bool) -> rusqlite::Result<Vec<Saved>> {
    let serials = runs.iter().map(|(run, results)| head(change, run, results)).collect::<rusqlite::Result<Vec<_>>>()?;
    if shares {
        outbox::add(change, runs.iter().map(|(run, _)| run.id.as_str()))?;
    }
    let new = || runs.iter().zip(&serials).filter_map(|((_, results), serial)| Some((results, (*serial)?)));
    let mut weights: HashMap<&str, (u32, u32)> = HashMap::new();
    for result in new().flat_map(|(results, _)| results) {
        let (good, bad) = weigh(result);
        let known = weights.entry(result.id.as_str()).or_default();
        *known = (known.0 + good, known.1 + bad);
    }
    let mut upsert = change.prepare_cached(
        "INSERT INTO tests(name, good, bad) VALUES(?1, ?2, ?3)
         ON CONFLICT(name) DO UPDATE SET good = good + excluded.good, bad = bad + excluded.bad RETURNING id",
    )?;
    // Tests that nobody knows yet get their numbers in the order of the results.
    let mut tests: HashMap<&str, i64> = HashMap::with_capacity(weights.len());
    let mut rows: Vec<(i64, i64, &Told)> = Vec::new();
    for (results, serial) in new() {
        let mut members = Writer::default();
        for result in results {
            let name = result.id.as_str();
            let test = match tests.get(name) {
                Some(test) => *test,
                None => {
                    let (good, bad) = weights.get(name).copied().unwrap_or_default();
                    let test = upsert.query_row((name, good, bad), |row| row.get(0))?;
                    tests.insert(name, test);
                    test
                }
            };
            members.number(u64::try_from(test).unwrap_or(0));
            rows.push((test, serial, result));
        }
        change.execute("UPDATE runs SET members = ?1 WHERE serial = ?2", (members.bytes(), serial))?;
    }
    rows.sort_by_key(|(test, serial, _)| (*test, *serial));
    rows.into_iter().try_for_each(|(test, serial, result)| save_result(change, test, serial, result))?;
    Ok(serials.into_iter().map(|serial| serial.map_or(Saved::Already, |_| Saved::New)).collect())
}

/// Adds a run without its results and gives its number; nothing where it is there already.
fn head(change: &Connection, run: &Run, results: &[Cow<'_, Told>]) -> rusqlite::Result<Option<i64>> {
    let mut known = change.prepare_cached("SELECT serial FROM runs WHERE id = ?1")?;
    if known.query_row([&run.id], |row| row.get::<_, i64>(0)).optional()?.is_some() {
        return Ok(None);
    }
    let mut insert = change.prepare_cached(
        "INSERT INTO runs(id, at, source, revision, branch, tree, environment, command, exit, seconds, tests, bad,
         url, members) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, x'')",
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
        run.url,
    ])?;
    Ok(Some(serial))
}

/// Saves one result.
fn save_result(change: &Connection, test: i64, run: i64, result: &Told) -> rusqlite::Result<()> {
    change
        .prepare_cached(
            "INSERT INTO results(test, run, outcome, micros, attempts, worker) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((test, run, code(result.outcome), micros(result.seconds), attempts(result), &result.worker))?;
    if has_failure(result) {
        let details = if result.details.is_empty() { None } else { Some(keep(change, &bounded(&result.details))?) };
        let message: String = result.message.chars().take(MESSAGE).collect();
        change
            .prepare_cached("INSERT INTO failures(test, run, message, details) VALUES(?1, ?2, ?3, ?4)")?
            .execute((test, run, message, details))?;
    }
    Ok(())
}

/// Whether anything is kept of a failure.
pub(super) fn has_failure(result: &Told) -> bool {
    !result.message.is_empty() || !result.details.is_empty()
}

/// The outcomes of earlier attempts, a digit for each; nothing where there were none.
pub(super) fn attempts(result: &Told) -> Option<String> {
    let digits: String = result.attempts.iter().map(|&outcome| char::from(b'0' + code(outcome))).collect();
    (!digits.is_empty()).then_some(digits)
}

/// The attempts that passed and that failed. Together with those of other runs they tell whether a test ever had
/// both outcomes.
pub(super) fn weigh(result: &Told) -> (u32, u32) {
    if !result.outcome.is_evidence() {
        return (0, 0);
    }
    let all = result.attempts.iter().chain([&result.outcome]).filter(|outcome| outcome.is_evidence());
    all.fold((0, 0), |(good, bad), outcome| if outcome.is_bad() { (good, bad + 1) } else { (good + 1, bad) })
}

/// The same by what is kept of a result.
pub(super) fn weight(code: u8, attempts: &str) -> (u32, u32) {
    let last = outcome(code);
    if !last.is_evidence() {
        return (0, 0);
    }
    let attempts = attempts.bytes().map(|code| outcome(code.wrapping_sub(b'0')));
    let all = attempts.chain([last]).filter(|outcome| outcome.is_evidence());
    all.fold((0, 0), |(good, bad), outcome| if outcome.is_bad() { (good, bad + 1) } else { (good + 1, bad) })
}

/// One result for each test: where a run has several, the earlier ones are attempts.
pub(super) fn folded(results: &[Told]) -> Vec<Cow<'_, Told>> {
    let mut places: HashMap<&str, usize> = HashMap::with_capacity(results.len());
    let mut folded: Vec<Cow<'_, Told>> = Vec::with_capacity(results.len());
    for result in results {
        let next = folded.len();
        let place = *places.entry(result.id.as_str()).or_insert(next);
        match folded.get_mut(place) {
            Some(earlier) => {
                let mut attempts = earlier.attempts.clone();
                attempts.push(earlier.outcome);
                attempts.extend(&result.attempts);
                *earlier = Cow::Owned(Told { attempts, ..result.clone() });
            }
            None => folded.push(Cow::Borrowed(result)),
        }
    }
    folded
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
pub(super) fn micros(seconds: f64) -> i64 {
    if seconds.is_finite() { (seconds.clamp(0.0, 1e9) * 1e6).round() as i64 } else { 0 }
}
