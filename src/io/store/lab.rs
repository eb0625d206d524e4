//! The labs of flaky tests: what was tried, trial by trial, and the verdicts. None of it is part of the history.

use crate::base::{Problem, Stamp};
use crate::domain::lab::{Check, Recipe, Trial, Verdict};
use crate::domain::suite::TestId;
use crate::io::store::Store;
use crate::io::store::texts::keep;
use rusqlite::{Connection, OptionalExtension, Row};

/// A lab as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct LabRecord {
    /// Its number.
    pub number: i64,
    /// The test.
    pub test: TestId,
    /// When it began.
    pub at: Stamp,
    /// A name for the source tree, where it is known.
    pub tree: Option<String>,
    /// The suite that it was tried in, in the order of collection.
    pub suite: Vec<TestId>,
    /// What it came to, once it ended.
    pub verdict: Option<Verdict>,
}

const LAB: &str = "SELECT l.id, l.test, l.at, l.tree, x.text, l.verdict FROM labs l JOIN texts x ON x.id = l.suite";

impl Store {
    /// Begins a lab and gives its number.
    ///
    /// # Errors
    /// It could not be saved.
    pub fn begin_lab(&self, test: &TestId, at: Stamp, tree: Option<&str>, suite: &[TestId]) -> Result<i64, Problem> {
        let suite = suite.iter().map(TestId::as_str).collect::<Vec<_>>().join("\n");
        self.database.write(|change| {
            let suite = keep(change, &suite)?;
            change.prepare_cached("INSERT INTO labs(test, at, tree, suite) VALUES(?1, ?2, ?3, ?4)")?.insert((
                test.as_str(),
                at.0,
                tree,
                suite,
            ))
        })
    }

    /// Saves the next trial of a lab. When this returns, it lasts.
    ///
    /// # Errors
    /// It could not be saved.
    pub fn save_trial(&self, lab: i64, number: usize, trial: &Trial) -> Result<(), Problem> {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        let (recipe, body) = (trial.recipe.written(), trial.written());
        self.database.write(|change| {
            let recipe = keep(change, &recipe)?;
            change
                .prepare_cached("INSERT OR REPLACE INTO lab_trials(lab, number, recipe, body) VALUES(?1, ?2, ?3, ?4)")?
                .execute((lab, number, recipe, &body))
                .map(drop)
        })
    }

    /// Notes what a lab came to.
    ///
    /// # Errors
    /// It could not be saved.
    pub fn end_lab(&self, lab: i64, verdict: &Verdict) -> Result<(), Problem> {
        let verdict = verdict.written();
        self.database
            .write(|change| change.execute("UPDATE labs SET verdict = ?2 WHERE id = ?1", (lab, &verdict)).map(drop))
    }

    /// The last lab of a test.
    ///
    /// # Errors
    /// It could not be read.
    pub fn last_lab(&self, test: &TestId) -> Result<Option<LabRecord>, Problem> {
        let sql = format!("{LAB} WHERE l.test = ?1 ORDER BY l.id DESC LIMIT 1");
        self.database.read(|ask| ask.query_row(&sql, [test.as_str()], lab).optional())
    }

    /// The lab with a number.
    ///
    /// # Errors
    /// It could not be read.
    pub fn lab(&self, number: i64) -> Result<Option<LabRecord>, Problem> {
        let sql = format!("{LAB} WHERE l.id = ?1");
        self.database.read(|ask| ask.query_row(&sql, [number], lab).optional())
    }

    /// Keeps what the last check of a fix found.
    ///
    /// # Errors
    /// It could not be saved.
    pub fn save_check(&self, test: &TestId, at: Stamp, check: &Check) -> Result<(), Problem> {
        self.remember(&check_key(test), &format!("{} {}", at.0, check.written()))
    }

    /// What the last check of a fix found, and when.
    ///
    /// # Errors
    /// It could not be read.
    pub fn last_check(&self, test: &TestId) -> Result<Option<(Stamp, Check)>, Problem> {
        let kept = self.recall(&check_key(test))?;
        Ok(kept.and_then(|kept| {
            let (at, check) = kept.split_once(' ')?;
            Some((Stamp(at.parse().ok()?), Check::read(check)?))
        }))
    }

    /// The trials of a lab, in the order in which they were made. What cannot be read any more is left out.
    ///
    /// # Errors
    /// They could not be read.
    pub fn trials(&self, lab: i64) -> Result<Vec<Trial>, Problem> {
        self.database.read(|ask| trials(ask, lab))
    }
}

fn check_key(test: &TestId) -> String {
    format!("lab check {}", test.as_str())
}

fn trials(ask: &Connection, lab: i64) -> rusqlite::Result<Vec<Trial>> {
    let mut all = ask.prepare_cached(
        "SELECT x.text, t.body FROM lab_trials t JOIN texts x ON x.id = t.recipe WHERE t.lab = ?1 ORDER BY t.number",
    )?;
    let rows = all.query_map([lab], |row| {
        let (recipe, body) = (row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?);
        Ok(Recipe::read(recipe).and_then(|recipe| Trial::read(recipe, body)))
    })?;
    rows.filter_map(Result::transpose).collect()
}

fn lab(row: &Row<'_>) -> rusqlite::Result<LabRecord> {
    let verdict = row.get::<_, Option<String>>(5)?;
    Ok(LabRecord {
        number: row.get(0)?,
        test: TestId::new(row.get_ref(1)?.as_str()?),
        at: Stamp(row.get(2)?),
        tree: row.get(3)?,
        suite: row.get_ref(4)?.as_str()?.lines().map(TestId::new).collect(),
        verdict: verdict.as_deref().and_then(Verdict::read),
    })
}

#[cfg(test)]
mod tests {
    use crate::base::Stamp;
    use crate::domain::lab::{End, Recipe, Trial};
    use crate::domain::suite::TestId;
    use crate::io::store::Store;

    #[test]
    fn a_lab_comes_back_as_it_was_and_is_no_part_of_the_history() {
        let folder = tempfile::tempdir().expect("a folder");
        let (store, _) = Store::open(folder.path(), Stamp(0)).expect("a store");
        let test = TestId::new("t.py::test_x");
        let suite = [TestId::new("t.py::test_a"), test.clone()];
        let lab = store.begin_lab(&test, Stamp(7), Some("tree"), &suite).expect("a lab");
        let made: Vec<Trial> =
            (1..4).map(|hash| Trial { ran: 1, ..Trial::new(Recipe::alone(&test, hash), End::Whole, 0.25) }).collect();
        for (at, trial) in made.iter().enumerate() {
            store.save_trial(lab, at, trial).expect("a trial");
        }
        assert_eq!(store.trials(lab).expect("trials"), made);
        let record = store.last_lab(&test).expect("a record").expect("a lab");
        assert_eq!((record.number, record.suite, record.verdict), (lab, suite.to_vec(), None));
        assert_eq!(store.known_tests().expect("tests"), Vec::new());
    }
}
