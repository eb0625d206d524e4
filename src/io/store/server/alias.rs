//! Tests that have another name now, on the server.

use crate::base::Problem;
use crate::domain::history::Aliases;
use crate::domain::suite::TestId;
use crate::io::store::runs::weight;
use crate::io::store::server::Server;
use crate::io::store::server::copy::plain;
use crate::io::store::server::save::digest;
use crate::io::store::server::schema::lock;
use postgres::{Client, Error, Transaction};

impl Server {
    /// Keeps an alias and joins what was recorded under the old name with the new one. The answer is how many results went.
    pub(super) fn add_alias(&self, old: &str, new: &str) -> Result<u64, Problem> {
        let (old, new) = (plain(old).into_owned(), plain(new).into_owned());
        self.ask(move |client| add(client, &old, &new))
    }

    /// Forgets an alias. Says whether there was one.
    pub(super) fn remove_alias(&self, old: &str) -> Result<bool, Problem> {
        let old = plain(old).into_owned();
        self.ask(move |client| Ok(client.execute("DELETE FROM aliases WHERE old = $1", &[&old])? > 0))
    }
}

fn add(client: &mut Client, old: &str, new: &str) -> Result<u64, Error> {
    let mut change = client.transaction()?;
    lock(&mut change)?;
    change.execute("DELETE FROM aliases WHERE old = $1", &[&old])?;
    change.execute("INSERT INTO aliases(old, new) VALUES($1, $2)", &[&old, &new])?;
    let alias = Aliases::new([(old.to_owned(), new.to_owned())]);
    // What follows the name begins with `[` or with `:`, and both come before `\`.
    let named = "SELECT id, name FROM tests WHERE name >= $1 AND name < $2 ORDER BY name";
    let mut joined = 0;
    for row in change.query(named, &[&old, &format!("{old}\\")])? {
        if let Some(new) = alias.of(&TestId::new(row.try_get(1)?)) {
            joined += join(&mut change, row.try_get(0)?, new.as_str())?;
        }
    }
    change.commit()?;
    Ok(joined)
}

/// Gives all results of one test to another one. A result that the other has in the same run stays the other's.
fn join(change: &mut Transaction<'_>, old: i64, new: &str) -> Result<u64, Error> {
    let new = number_of(change, new)?;
    if new == old {
        return Ok(0);
    }
    let mut joined = 0;
    for table in ["failures", "results"] {
        let sql = format!(
            "UPDATE {table} r SET test = $2 WHERE r.test = $1
             AND NOT EXISTS(SELECT 1 FROM results o WHERE o.test = $2 AND o.run = r.run)"
        );
        joined = change.execute(&sql, &[&old, &new])?;
    }
    weigh_anew(change, old)?;
    weigh_anew(change, new)?;
    Ok(joined)
}

/// The number of a test; it gets one if it has none.
fn number_of(change: &mut Transaction<'_>, name: &str) -> Result<i64, Error> {
    let own = digest(name);
    if let Some(row) = change.query_opt("SELECT id FROM tests WHERE digest = $1", &[&own.as_slice()])? {
        return row.try_get(0);
    }
    let sql = "INSERT INTO tests(id, digest, name, good, bad)
         VALUES((SELECT COALESCE(MAX(id), 0) + 1 FROM tests), $1, $2, 0, 0) RETURNING id";
    change.query_one(sql, &[&own.as_slice(), &plain(name)])?.try_get(0)
}

/// Counts the attempts of a test anew.
fn weigh_anew(change: &mut Transaction<'_>, test: i64) -> Result<(), Error> {
    let (mut good, mut bad) = (0_i64, 0_i64);
    for row in change.query("SELECT outcome, attempts FROM results WHERE test = $1", &[&test])? {
        let (code, attempts): (i16, Option<&str>) = (row.try_get(0)?, row.try_get(1)?);
        let more = weight(u8::try_from(code).unwrap_or(u8::MAX), attempts.unwrap_or_default());
        (good, bad) = (good + i64::from(more.0), bad + i64::from(more.1));
    }
    change.execute("UPDATE tests SET good = $2, bad = $3 WHERE id = $1", &[&test, &good, &bad]).map(drop)
}
