//! The tables on the server, as a list of steps. A step that was released is never changed.

use crate::base::Problem;
use crate::io::store::server::trouble::Trouble;
use postgres::{Client, Error, GenericClient, Transaction};

/// What tells the lock of whoever makes the tables from the locks of other programs: `lacu`.
const LOCK: i32 = 0x6c61_6375;

/// The steps from an empty schema to the newest tables.
const STEPS: &[&str] = &[STEP_1];

/// As on this machine, but that names and ids are found by their digests: an index cannot hold long ones. Numbers are given
/// out by the one who writes, of whom there is one at a time. `place` is that of a test in its run.
const STEP_1: &str = r#"
CREATE TABLE runs(
    serial BIGINT PRIMARY KEY, digest BYTEA NOT NULL UNIQUE, id TEXT NOT NULL, at BIGINT NOT NULL,
    source SMALLINT NOT NULL, revision TEXT, branch TEXT, tree TEXT, environment TEXT, command TEXT NOT NULL,
    exit INTEGER, seconds DOUBLE PRECISION NOT NULL, tests BIGINT NOT NULL, bad BIGINT NOT NULL, url TEXT
);
CREATE INDEX runs_by_time ON runs(at, serial);
CREATE TABLE tests(
    id BIGINT PRIMARY KEY, digest BYTEA NOT NULL UNIQUE, name TEXT COLLATE "C" NOT NULL, good BIGINT NOT NULL,
    bad BIGINT NOT NULL
);
CREATE TABLE results(
    test BIGINT NOT NULL, run BIGINT NOT NULL, place INTEGER NOT NULL, outcome SMALLINT NOT NULL,
    micros BIGINT NOT NULL, attempts TEXT, worker TEXT, PRIMARY KEY(test, run)
);
CREATE INDEX results_by_run ON results(run);
CREATE TABLE failures(
    test BIGINT NOT NULL, run BIGINT NOT NULL, message TEXT NOT NULL, details BIGINT, suspect SMALLINT,
    PRIMARY KEY(test, run)
);
CREATE INDEX failures_by_run ON failures(run);
CREATE INDEX failures_by_details ON failures(details);
CREATE TABLE texts(id BIGINT PRIMARY KEY, digest BYTEA NOT NULL UNIQUE, text TEXT NOT NULL);
CREATE TABLE aliases(old TEXT NOT NULL, new TEXT NOT NULL);
"#;

/// Makes the schema the one that is asked, and makes or brings up to date what is in it.
pub(super) fn prepare(client: &mut Client, schema: &str) -> Result<(), Trouble> {
    client.batch_execute(&format!("SET search_path TO {}", quoted(schema)))?;
    let found = version(client, schema)?;
    refuse_newer(schema, found)?;
    if found == Some(newest()) { Ok(()) } else { migrate(client, schema) }
}

/// Waits until no other lacuna writes to the schema, keeps others waiting until the transaction ends, and counts the change.
pub(super) fn lock(change: &mut Transaction<'_>) -> Result<(), Error> {
    change.execute("UPDATE lacuna SET changes = changes + 1", &[]).map(drop)
}

/// A number that is another one whenever runs came, went, or got other names.
pub(super) fn changes(ask: &mut Transaction<'_>) -> Result<i64, Error> {
    ask.query_one("SELECT changes FROM lacuna", &[])?.try_get(0)
}

fn newest() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Takes the steps that were not taken yet, all or none. Of several that come at once the first does it.
fn migrate(client: &mut Client, schema: &str) -> Result<(), Trouble> {
    let mut change = client.transaction()?;
    change.execute("SELECT pg_advisory_xact_lock($1, hashtext($2))", &[&LOCK, &schema])?;
    // Asking for it in any case would need the right to make one.
    if change.query_opt("SELECT 1 FROM pg_namespace WHERE nspname = $1", &[&schema])?.is_none() {
        change.batch_execute(&format!("CREATE SCHEMA {}", quoted(schema)))?;
    }
    change.batch_execute("CREATE TABLE IF NOT EXISTS lacuna(version BIGINT NOT NULL, changes BIGINT NOT NULL)")?;
    let found = version(&mut change, schema)?;
    refuse_newer(schema, found)?;
    for step in STEPS.iter().skip(found.and_then(|found| usize::try_from(found).ok()).unwrap_or(0)) {
        change.batch_execute(step)?;
    }
    let set = "UPDATE lacuna SET version = $1, changes = changes + 1";
    let set = if found.is_none() { "INSERT INTO lacuna(version, changes) VALUES($1, 0)" } else { set };
    change.execute(set, &[&newest()])?;
    Ok(change.commit()?)
}

/// How many steps were taken; nothing where there are no tables of lacuna's.
fn version(client: &mut impl GenericClient, schema: &str) -> Result<Option<i64>, Error> {
    let table = format!("{}.lacuna", quoted(schema));
    let is_there: bool = client.query_one("SELECT to_regclass($1) IS NOT NULL", &[&table])?.try_get(0)?;
    if !is_there {
        return Ok(None);
    }
    client.query_opt("SELECT version FROM lacuna", &[])?.map(|row| row.try_get(0)).transpose()
}

fn refuse_newer(schema: &str, found: Option<i64>) -> Result<(), Trouble> {
    match found {
        Some(version) if version > newest() => {
            let what = format!("was written by a newer lacuna (version {version})");
            Err(Trouble::Refused(Problem::error(format!("schema {schema}"), what).hint("install the newer lacuna")))
        }
        _ => Ok(()),
    }
}

/// A name as SQL takes it, whatever it holds.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_schema_has_any_name() {
        assert_eq!(quoted("Ann's \"shop\"; DROP"), "\"Ann's \"\"shop\"\"; DROP\"");
    }
}
