//! Saving runs on the server: a few questions and four copies, however many results there are.

use crate::base::{Digest, Problem};
use crate::domain::history::{Aliases, Run, RunRecord, RunSource, Suspect};
use crate::domain::suite::{TestId, Told};
use crate::io::store::aliases::renamed;
use crate::io::store::runs::{MESSAGE, attempts, code, folded, has_failure, micros, weigh};
use crate::io::store::server::Server;
use crate::io::store::server::copy::{copy, plain};
use crate::io::store::server::read::aliases;
use crate::io::store::server::schema::lock;
use crate::io::store::texts::bounded;
use crate::io::store::{Saved, differing};
use postgres::types::Type;
use postgres::{Client, Error, Transaction};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// A result on its way: its test, its run, its place in the run, and what is kept of its failure.
struct Row<'a> {
    test: i64,
    run: i64,
    place: i32,
    told: &'a Told,
    details: Option<i64>,
}

impl Server {
    /// Saves runs in one transaction.
    pub(super) fn save_runs(&self, records: Vec<RunRecord>) -> Result<Vec<Saved>, Problem> {
        self.ask(move |client| save(client, &records))
    }

    /// Notes what failures of one run may be.
    pub(super) fn note_suspects(&self, run: &str, failures: &[(TestId, Suspect)]) -> Result<(), Problem> {
        let run = digest(run);
        let tests: Vec<[u8; 32]> = failures.iter().map(|(test, _)| digest(test.as_str())).collect();
        let codes: Vec<i16> = failures.iter().map(|(_, suspect)| differing::code(*suspect).into()).collect();
        self.ask(move |client| {
            let sql =
                "UPDATE failures f SET suspect = n.code FROM unnest($2::bytea[], $3::smallint[]) AS n(digest, code)
                 JOIN tests t ON t.digest = n.digest
                 WHERE f.test = t.id AND f.run = (SELECT serial FROM runs WHERE digest = $1)";
            let tests: Vec<&[u8]> = tests.iter().map(|digest| digest.as_slice()).collect();
            client.execute(sql, &[&run.as_slice(), &tests, &codes]).map(drop)
        })
    }
}

/// By what a name or an id is found.
pub(super) fn digest(text: &str) -> [u8; 32] {
    *Digest::of(plain(text).as_bytes()).bytes()
}

/// Those of these runs that there are.
pub(super) fn known_runs(change: &mut Transaction<'_>, ids: &[&str]) -> Result<HashSet<[u8; 32]>, Error> {
    let digests: Vec<[u8; 32]> = ids.iter().map(|id| digest(id)).collect();
    let asked: Vec<&[u8]> = digests.iter().map(|digest| digest.as_slice()).collect();
    let rows = change.query("SELECT digest FROM runs WHERE digest = ANY($1)", &[&asked])?;
    rows.iter().filter_map(|row| row.try_get::<_, &[u8]>(0).map(|found| found.try_into().ok()).transpose()).collect()
}

fn save(client: &mut Client, records: &[RunRecord]) -> Result<Vec<Saved>, Error> {
    let mut change = client.transaction()?;
    lock(&mut change)?;
    let aliases: Aliases = aliases(&mut change)?;
    let ids: Vec<&str> = records.iter().map(|record| record.run.id.as_str()).collect();
    let mut known = known_runs(&mut change, &ids)?;
    let saved: Vec<Saved> =
        ids.iter().map(|id| if known.insert(digest(id)) { Saved::New } else { Saved::Already }).collect();
    let new = records.iter().zip(&saved).filter(|(_, saved)| **saved == Saved::New);
    let new: Vec<Cow<'_, RunRecord>> = new.map(|(record, _)| renamed(record, &aliases)).collect();
    let new: Vec<(&Run, Vec<Cow<'_, Told>>)> =
        new.iter().map(|record| (&record.run, folded(&record.results))).collect();
    let serial = next(&mut change, "runs", "serial")?;
    save_heads(&mut change, &new, serial)?;
    let tests = number_tests(&mut change, new.iter().flat_map(|(_, results)| results))?;
    let texts = number_texts(&mut change, new.iter().flat_map(|(_, results)| results))?;
    let mut rows: Vec<Row<'_>> = Vec::new();
    for ((_, results), run) in new.iter().zip(serial..) {
        for (told, place) in results.iter().zip(0..) {
            let Some(test) = tests.get(told.id.as_str()).copied() else { continue };
            let details = texts.get(&Digest::of(told.details.as_bytes())).copied();
            rows.push(Row { test, run, place, told, details });
        }
    }
    // As they are asked for: test by test.
    rows.sort_by_key(|row| (row.test, row.run));
    save_results(&mut change, &rows)?;
    change.commit()?;
    Ok(saved)
}

/// The first number that is free.
fn next(change: &mut Transaction<'_>, table: &str, column: &str) -> Result<i64, Error> {
    let last: i64 = change.query_one(&format!("SELECT COALESCE(MAX({column}), 0) FROM {table}"), &[])?.try_get(0)?;
    Ok(last + 1)
}

fn save_heads(change: &mut Transaction<'_>, runs: &[(&Run, Vec<Cow<'_, Told>>)], serial: i64) -> Result<(), Error> {
    let text = Type::TEXT;
    let types = [
        &[Type::INT8, Type::BYTEA, text.clone(), Type::INT8, Type::INT2][..],
        &[text.clone(), text.clone(), text.clone(), text.clone(), text.clone()],
        &[Type::INT4, Type::FLOAT8, Type::INT8, Type::INT8, text],
    ]
    .concat();
    let into =
        "runs(serial, digest, id, at, source, revision, branch, tree, environment, command, exit, seconds, tests,
         bad, url)";
    copy(change, into, &types, runs.iter().zip(serial..), |writer, ((run, results), serial)| {
        let optional = |text: &Option<String>| text.as_deref().map(|text| plain(text).into_owned());
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let bad = results.iter().filter(|result| result.outcome.is_bad()).count();
        writer.write(&[
            &serial,
            &digest(&run.id).as_slice(),
            &plain(&run.id),
            &run.when.0,
            &i16::from(matches!(run.source, RunSource::Ingested)),
            &optional(&run.commit),
            &optional(&run.branch),
            &optional(&run.tree),
            &optional(&run.environment),
            &plain(&run.command),
            &run.exit,
            &run.seconds,
            &count(results.len()),
            &count(bad),
            &optional(&run.url),
        ])
    })
}

/// A test: its name with its digest, and how many of its attempts passed and failed.
type Weighed<'a> = (&'a str, [u8; 32], i64, i64);

/// The numbers of the tests of some results; those that nobody knows yet get one in the order of the results. What these
/// results weigh is added.
fn number_tests<'a>(
    change: &mut Transaction<'_>,
    results: impl Iterator<Item = &'a Cow<'a, Told>>,
) -> Result<HashMap<&'a str, i64>, Error> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut tests: Vec<Weighed<'_>> = Vec::new();
    for result in results {
        let name = result.id.as_str();
        let place = *places.entry(name).or_insert_with(|| {
            tests.push((name, digest(name), 0, 0));
            tests.len() - 1
        });
        let (good, bad) = weigh(result);
        if let Some(test) = tests.get_mut(place) {
            (test.2, test.3) = (test.2 + i64::from(good), test.3 + i64::from(bad));
        }
    }
    let digests: Vec<&[u8]> = tests.iter().map(|test| test.1.as_slice()).collect();
    let found = numbers(change, "tests", &digests)?;
    let known = tests.iter().filter_map(|test| Some((*found.get(&test.1)?, test.2, test.3)));
    weigh_more(change, known.filter(|(_, good, bad)| (*good, *bad) != (0, 0)))?;
    let new: Vec<&Weighed<'_>> = tests.iter().filter(|test| !found.contains_key(&test.1)).collect();
    let first = next(change, "tests", "id")?;
    let types = [Type::INT8, Type::BYTEA, Type::TEXT, Type::INT8, Type::INT8];
    copy(change, "tests(id, digest, name, good, bad)", &types, new.iter().zip(first..), |writer, (test, id)| {
        writer.write(&[&id, &test.1.as_slice(), &plain(test.0), &test.2, &test.3])
    })?;
    let new = new.iter().zip(first..).map(|(test, id)| (test.0, id));
    let numbered = tests.iter().filter_map(|test| Some((test.0, *found.get(&test.1)?)));
    Ok(numbered.chain(new).collect())
}

/// Adds to what is known of the attempts of tests: their numbers, those that passed, those that failed.
pub(super) fn weigh_more(
    change: &mut Transaction<'_>,
    tests: impl Iterator<Item = (i64, i64, i64)>,
) -> Result<(), Error> {
    let (mut ids, mut all_good, mut all_bad) = (Vec::new(), Vec::new(), Vec::new());
    tests.for_each(|(id, good, bad)| {
        ids.push(id);
        all_good.push(good);
        all_bad.push(bad);
    });
    let sql = "UPDATE tests t SET good = t.good + n.good, bad = t.bad + n.bad
         FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS n(id, good, bad) WHERE t.id = n.id";
    if ids.is_empty() { Ok(()) } else { change.execute(sql, &[&ids, &all_good, &all_bad]).map(drop) }
}

/// The numbers of failures in full, each kept once.
fn number_texts<'a>(
    change: &mut Transaction<'_>,
    results: impl Iterator<Item = &'a Cow<'a, Told>>,
) -> Result<HashMap<Digest, i64>, Error> {
    // By what a report says; what is kept of it has a digest of its own.
    let mut said: HashMap<Digest, [u8; 32]> = HashMap::new();
    let mut kept: HashMap<[u8; 32], String> = HashMap::new();
    for result in results.filter(|result| !result.details.is_empty()) {
        said.entry(Digest::of(result.details.as_bytes())).or_insert_with(|| {
            let text = plain(&bounded(&result.details)).into_owned();
            let own = digest(&text);
            kept.insert(own, text);
            own
        });
    }
    let digests: Vec<&[u8]> = kept.keys().map(|digest| digest.as_slice()).collect();
    let mut found = numbers(change, "texts", &digests)?;
    let new: Vec<(&[u8; 32], &String)> = kept.iter().filter(|(digest, _)| !found.contains_key(*digest)).collect();
    let first = next(change, "texts", "id")?;
    let types = [Type::INT8, Type::BYTEA, Type::TEXT];
    copy(change, "texts(id, digest, text)", &types, new.iter().zip(first..), |writer, ((digest, text), id)| {
        writer.write(&[&id, &digest.as_slice(), text])
    })?;
    found.extend(new.iter().zip(first..).map(|((digest, _), id)| (**digest, id)));
    Ok(said.into_iter().filter_map(|(digest, own)| Some((digest, *found.get(&own)?))).collect())
}

/// The numbers under which a table has what these digests stand for.
fn numbers(change: &mut Transaction<'_>, table: &str, digests: &[&[u8]]) -> Result<HashMap<[u8; 32], i64>, Error> {
    let sql = format!("SELECT digest, id FROM {table} WHERE digest = ANY($1)");
    let rows = change.query(&sql, &[&digests])?;
    let read = |row: &postgres::Row| -> Result<Option<([u8; 32], i64)>, Error> {
        let (digest, id): (&[u8], i64) = (row.try_get(0)?, row.try_get(1)?);
        Ok(digest.try_into().ok().map(|digest| (digest, id)))
    };
    rows.iter().filter_map(|row| read(row).transpose()).collect()
}

fn save_results(change: &mut Transaction<'_>, rows: &[Row<'_>]) -> Result<(), Error> {
    let types = [Type::INT8, Type::INT8, Type::INT4, Type::INT2, Type::INT8, Type::TEXT, Type::TEXT];
    let into = "results(test, run, place, outcome, micros, attempts, worker)";
    copy(change, into, &types, rows, |writer, row| {
        let (outcome, micros) = (i16::from(code(row.told.outcome)), micros(row.told.seconds));
        let worker = row.told.worker.as_deref().map(plain);
        writer.write(&[&row.test, &row.run, &row.place, &outcome, &micros, &attempts(row.told), &worker])
    })?;
    let types = [Type::INT8, Type::INT8, Type::TEXT, Type::INT8];
    let failed = rows.iter().filter(|row| has_failure(row.told));
    copy(change, "failures(test, run, message, details)", &types, failed, |writer, row| {
        let message: String = plain(&row.told.message).chars().take(MESSAGE).collect();
        writer.write(&[&row.test, &row.run, &message, &row.details])
    })
}
