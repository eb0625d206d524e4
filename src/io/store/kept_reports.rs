//! What reports kept of themselves, so that the next of their kind begins with what changed.

use crate::base::{Problem, Stamp};
use crate::io::store::Store;

/// How many reports of a kind are kept.
const MOST: i64 = 200;

impl Store {
    /// Keeps what a report says; the oldest ones of its kind go.
    ///
    /// # Errors
    /// It could not be written.
    pub fn keep_report(&self, kind: &str, of: &str, at: Stamp, body: &str) -> Result<(), Problem> {
        self.database.write(|change| {
            let sql = "INSERT INTO reports(kind, subject, at, body) VALUES(?1, ?2, ?3, ?4)";
            change.execute(sql, (kind, of, at.0, body))?;
            let sql = "DELETE FROM reports WHERE kind = ?1 AND subject = ?2 AND serial NOT IN
                (SELECT serial FROM reports WHERE kind = ?1 AND subject = ?2 ORDER BY serial DESC LIMIT ?3)";
            change.execute(sql, (kind, of, MOST)).map(|_| ())
        })
    }

    /// What reports of a kind kept, the last made first.
    ///
    /// # Errors
    /// It could not be read.
    pub fn kept_reports(&self, kind: &str, of: &str) -> Result<Vec<String>, Problem> {
        self.database.read(|ask| {
            let sql = "SELECT body FROM reports WHERE kind = ?1 AND subject = ?2 ORDER BY serial DESC";
            ask.prepare_cached(sql)?.query_map((kind, of), |row| row.get(0))?.collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::MOST;
    use crate::base::Stamp;
    use crate::io::store::memory::tests::store;

    #[test]
    fn each_kind_has_its_own_reports_and_not_too_many() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path());
        store.keep_report("incident", "t::a", Stamp(1), "a").unwrap();
        for number in 0..MOST + 3 {
            store.keep_report("release", "", Stamp(number), &number.to_string()).unwrap();
        }
        let kept = store.kept_reports("release", "").unwrap();
        assert_eq!((kept.len() as i64, kept[0].as_str(), kept[199].as_str()), (MOST, "202", "3"));
        assert_eq!(store.kept_reports("incident", "t::a").unwrap(), ["a"]);
        assert!(store.kept_reports("incident", "t::b").unwrap().is_empty());
    }
}
