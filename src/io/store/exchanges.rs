//! What each test requested when it ran last under observation.

use crate::base::Problem;
use crate::domain::suite::{Exchange, TestId};
use crate::io::store::Store;
use crate::io::store::ledger::number_of;

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
    use crate::domain::suite::{Exchange, TestId};
    use crate::io::store::memory::tests::store;

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
