//! What each test stood on when it ran last, so that a change of its own code is noticed where nothing measures it.

use crate::base::{Problem, RepoPath};
use crate::domain::ledger::Footing;
use crate::domain::suite::TestId;
use crate::io::store::Store;
use crate::io::store::ledger::{move_tests, number_of};
use std::collections::{BTreeMap, HashMap};

impl Store {
    /// Keeps what tests stand on now; nothing for a test of which that is not known any more.
    ///
    /// # Errors
    /// It could not be written.
    pub fn save_footings(&self, footings: &[(TestId, Option<Footing>)]) -> Result<(), Problem> {
        self.database.write(|change| {
            let mut insert = change.prepare_cached(
                "INSERT OR REPLACE INTO footings(test, own, around, beside, also) VALUES(?1, ?2, ?3, ?4, ?5)",
            )?;
            let mut remove = change.prepare_cached("DELETE FROM footings WHERE test = ?1")?;
            for (test, footing) in footings {
                let number = number_of(change, test)?;
                match footing {
                    Some(Footing { own, around, beside, also }) => {
                        let [own, around, beside, also] = [own, around, beside, also].map(|part| part.cast_signed());
                        insert.execute((number, own, around, beside, also))?;
                    }
                    None => drop(remove.execute([number])?),
                }
            }
            Ok(())
        })
    }

    /// Test files went from one path to another: their tests keep all that is known of them under their new ids.
    ///
    /// # Errors
    /// It could not be written.
    pub fn move_tests(&self, moves: &BTreeMap<RepoPath, RepoPath>) -> Result<(), Problem> {
        self.database.write(|change| moves.iter().try_for_each(|(from, to)| move_tests(change, from, to)))
    }

    /// Keeps what all tests stand on now, instead of what was known before.
    ///
    /// # Errors
    /// It could not be written.
    pub fn replace_footings(&self, footings: &[(TestId, Option<Footing>)]) -> Result<(), Problem> {
        self.database.write(|change| change.execute("DELETE FROM footings", []).map(|_| ()))?;
        self.save_footings(footings)
    }

    /// What each test stood on when it ran last, where that is known.
    ///
    /// # Errors
    /// It could not be read.
    pub fn footings(&self) -> Result<HashMap<TestId, Footing>, Problem> {
        self.database.read(|ask| {
            let mut all = ask.prepare_cached(
                "SELECT t.name, own, around, beside, also FROM footings f JOIN tests t ON t.id = f.test",
            )?;
            let rows = all.query_map([], |row| {
                let number = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
                let footing = Footing { own: number(1)?, around: number(2)?, beside: number(3)?, also: number(4)? };
                Ok((TestId::new(row.get_ref(0)?.as_str()?), footing))
            })?;
            rows.collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::ledger::Footing;
    use crate::domain::suite::TestId;
    use crate::io::store::memory::tests::store;

    #[test]
    fn what_tests_stand_on_comes_back_and_is_forgotten_when_it_is_not_known_any_more() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path());
        let (one, two) = (TestId::new("t.py::one"), TestId::new("t.py::two[é]"));
        let footing = Footing { own: u64::MAX, around: 0, beside: 1 << 63, also: 7 };
        store.save_footings(&[(one.clone(), Some(footing)), (two.clone(), Some(Footing::default()))]).unwrap();
        let known = store.footings().unwrap();
        assert_eq!((known.len(), known[&one], known[&two]), (2, footing, Footing::default()));
        store.save_footings(&[(one.clone(), None)]).unwrap();
        assert_eq!(store.footings().unwrap().len(), 1);
        store.replace_footings(&[(one.clone(), Some(footing))]).unwrap();
        assert_eq!(store.footings().unwrap().into_iter().collect::<Vec<_>>(), [(one, footing)]);
    }
}
