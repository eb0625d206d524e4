//! What each test requested when it ran last under observation.

use crate::base::{Problem, Ratio, Stamp};
use crate::domain::suite::{Exchange, TestId};
use crate::io::store::Store;
use crate::io::store::ledger::number_of;

/// How many figures of the contract are kept.
const SHARES: usize = 1000;

impl Store {
    /// Keeps what tests requested in a run, instead of what they requested before; a test that requested nothing is one that
    /// was observed all the same.
    ///
    /// # Errors
    /// It could not be written; then none of it was.
    pub fn save_exchanges<'a>(
        &self,
        tests: impl IntoIterator<Item = (&'a TestId, &'a [Exchange])> + Clone,
    ) -> Result<(), Problem> {
        self.database.write(|change| {
            let mut insert = change.prepare_cached("INSERT OR REPLACE INTO exchanges(test, body) VALUES(?1, ?2)")?;
            for (test, exchanges) in tests.clone() {
                insert.execute((number_of(change, test)?, written(exchanges)))?;
            }
            Ok(())
        })
    }

    /// What each test requested, in the order of their names.
    ///
    /// # Errors
    /// It could not be read.
    pub fn exchanges(&self) -> Result<Vec<(TestId, Vec<Exchange>)>, Problem> {
        self.database.read(|ask| {
            let mut all = ask.prepare_cached(
                "SELECT t.name, e.body FROM exchanges e JOIN tests t ON t.id = e.test ORDER BY t.name",
            )?;
            let rows =
                all.query_map([], |row| Ok((TestId::new(row.get_ref(0)?.as_str()?), read(row.get_ref(1)?.as_str()?))))?;
            rows.collect()
        })
    }

    /// Keeps how much of the contract was exercised after a run: of its operations, and of its documented responses. Of very
    /// many such figures the oldest go.
    ///
    /// # Errors
    /// It could not be written; then none of it was.
    pub fn save_shares(&self, at: Stamp, [operations, responses]: [Ratio; 2]) -> Result<(), Problem> {
        self.database.write(|change| {
            change
                .prepare_cached("INSERT OR REPLACE INTO contract_shares VALUES(?1, ?2, ?3, ?4, ?5)")?
                .execute((at.0, operations.part, operations.whole, responses.part, responses.whole))?;
            let mut old = change.prepare_cached(
                "DELETE FROM contract_shares WHERE at NOT IN (SELECT at FROM contract_shares ORDER BY at DESC LIMIT ?1)",
            )?;
            old.execute([SHARES]).map(|_| ())
        })
    }

    /// The last of these figures, at most so many, the oldest first.
    ///
    /// # Errors
    /// They could not be read.
    pub fn shares(&self, most: usize) -> Result<Vec<[Ratio; 2]>, Problem> {
        self.database.read(|ask| {
            let mut last = ask.prepare_cached(
                "SELECT operations, of_operations, responses, of_responses FROM contract_shares ORDER BY at DESC LIMIT ?1",
            )?;
            let rows = last.query_map([most.min(SHARES)], |row| {
                Ok([Ratio::new(row.get(0)?, row.get(1)?), Ratio::new(row.get(2)?, row.get(3)?)])
            })?;
            let mut found: Vec<[Ratio; 2]> = rows.collect::<rusqlite::Result<_>>()?;
            found.reverse();
            Ok(found)
        })
    }
}

/// A line for each: method, status, host, path. None of the first three holds a blank.
fn written(exchanges: &[Exchange]) -> String {
    let line = |one: &Exchange| {
        let plain = |text: &str| text.split_whitespace().collect::<String>();
        let path = one.path.replace(['\n', '\r'], " ");
        format!("{} {} {} {path}\n", plain(&one.method), one.status, plain(&one.host))
    };
    exchanges.iter().map(line).collect()
}

/// Lines that no lacuna wrote are left out.
fn read(body: &str) -> Vec<Exchange> {
    let line = |line: &str| {
        let mut fields = line.splitn(4, ' ').map(str::to_owned);
        let (method, status) = (fields.next()?, fields.next()?.parse().ok()?);
        Some(Exchange { method, status, host: fields.next()?, path: fields.next()? })
    };
    body.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use crate::base::{Ratio, Stamp};
    use crate::domain::suite::{Exchange, TestId};
    use crate::io::store::memory::tests::store;

    #[test]
    fn the_last_figures_come_back_the_oldest_first() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path());
        let at = |part| [Ratio::new(part, 9), Ratio::new(part, 20)];
        for part in 0..9 {
            store.save_shares(Stamp(100 - i64::try_from(part).unwrap()), at(part)).unwrap();
        }
        assert_eq!(store.shares(2).unwrap(), [at(1), at(0)]);
    }

    #[test]
    fn the_newest_run_of_a_test_says_what_it_requests() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path());
        let exchange = |method: &str, host: &str, path: &str| {
            let (method, host, path) = (method.to_owned(), host.to_owned(), path.to_owned());
            Exchange { method, host, path, status: 200 }
        };
        let (a, b) = (TestId::new("t.py::a[x y]"), TestId::new("t.py::b"));
        let first = [exchange("GET", "", "/a b/é"), exchange("POST", "localhost:1", "/")];
        store.save_exchanges([(&a, &first[..]), (&b, &[][..])]).unwrap();
        assert_eq!(store.exchanges().unwrap(), [(a.clone(), first.to_vec()), (b.clone(), vec![])]);
        store.save_exchanges([(&a, &first[..1])]).unwrap();
        assert_eq!(store.exchanges().unwrap(), [(a, first[..1].to_vec()), (b, vec![])]);
    }
}
