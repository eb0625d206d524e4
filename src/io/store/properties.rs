//! The properties that reports gave tests: of each test those of the newest run that tells of properties.

use crate::base::{Problem, Stamp};
use crate::domain::suite::TestId;
use crate::io::store::Store;
use crate::io::store::ledger::number_of;

/// The properties of one test, as names and values.
pub type Properties = Vec<(String, String)>;

impl Store {
    /// Keeps the properties of tests by a run that began then, unless those of a newer one are known. A test without any lost
    /// those that it had.
    ///
    /// # Errors
    /// They could not be written; then none of them were.
    pub fn save_properties<'a>(
        &self,
        tests: impl IntoIterator<Item = (&'a TestId, Stamp, &'a Properties)> + Clone,
    ) -> Result<(), Problem> {
        self.database.write(|change| {
            let mut insert = change.prepare_cached(
                "INSERT INTO properties(test, at, body) VALUES(?1, ?2, ?3)
                 ON CONFLICT(test) DO UPDATE SET at = excluded.at, body = excluded.body WHERE excluded.at >= at",
            )?;
            for (test, at, properties) in tests.clone() {
                insert.execute((number_of(change, test)?, at.0, written(properties)))?;
            }
            Ok(())
        })
    }

    /// The properties of each test that has any, in the order of their names.
    ///
    /// # Errors
    /// They could not be read.
    pub fn properties(&self) -> Result<Vec<(TestId, Properties)>, Problem> {
        self.database.read(|ask| {
            let mut all = ask.prepare_cached(
                "SELECT t.name, p.body FROM properties p JOIN tests t ON t.id = p.test WHERE p.body != '' ORDER BY t.name",
            )?;
            let rows =
                all.query_map([], |row| Ok((TestId::new(row.get_ref(0)?.as_str()?), read(row.get_ref(1)?.as_str()?))))?;
            rows.collect()
        })
    }
}

/// A line for each: the name, a tab, the value.
fn written(properties: &Properties) -> String {
    let plain = |text: &str| text.split(['\t', '\n', '\r']).collect::<Vec<_>>().join(" ");
    properties.iter().map(|(name, value)| format!("{}\t{}\n", plain(name), plain(value))).collect()
}

/// Lines that no lacuna wrote are left out.
fn read(body: &str) -> Properties {
    body.lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::base::Stamp;
    use crate::domain::suite::TestId;
    use crate::io::store::memory::tests::store;

    #[test]
    fn the_newest_run_says_which_properties_a_test_has() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path());
        let (a, b) = (TestId::new("t.py::a[x]"), TestId::new("t.py::b"));
        let of = |key: &str| vec![("test_key".to_owned(), key.to_owned())];
        store.save_properties([(&a, Stamp(5), &of("A-1\n2")), (&b, Stamp(5), &of("B-1"))]).unwrap();
        store.save_properties([(&a, Stamp(4), &of("A-9")), (&b, Stamp(6), &vec![])]).unwrap();
        assert_eq!(store.properties().unwrap(), [(a, of("A-1 2"))]);
    }
}
