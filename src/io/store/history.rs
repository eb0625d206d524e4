//! The history, wherever it is kept: what is asked of it, and what a shared one takes besides.

use crate::base::{Problem, Stamp};
use crate::domain::history::{Aliases, Keep, Observation, Run, RunRecord, Sighting, Suspect};
use crate::domain::suite::TestId;
use crate::io::store::{Pruned, Saved, Store};
use std::collections::{HashMap, HashSet};

/// Runs and what tests did in them. Every method waits for a disk or a network: none belongs on the drawing path.
pub trait History {
    /// The last `limit` runs, the last saved first.
    ///
    /// # Errors
    /// They could not be read.
    fn runs(&self, limit: usize) -> Result<Vec<Run>, Problem>;

    /// A run with its results, in the order in which the tests ended; nothing when no run has this id.
    ///
    /// # Errors
    /// It could not be read.
    fn run(&self, id: &str) -> Result<Option<RunRecord>, Problem>;

    /// Every observation of the tests that both passed and failed.
    ///
    /// # Errors
    /// They could not be read.
    fn unsettled(&self) -> Result<Vec<Observation>, Problem>;

    /// The last `limit` observations of one test, the last saved first.
    ///
    /// # Errors
    /// They could not be read.
    fn seen(&self, test: &TestId, limit: usize) -> Result<Vec<Observation>, Problem>;

    /// The failure of a test in a run, in full; nothing when it did not fail or left no text.
    ///
    /// # Errors
    /// It could not be read.
    fn failure(&self, test: &TestId, run: &str) -> Result<Option<String>, Problem>;

    /// Every failure of every test, test by test, each with what stays the same of it.
    ///
    /// # Errors
    /// They could not be read.
    fn sightings(&self) -> Result<Vec<Sighting>, Problem>;

    /// The same of the runs in which so many tests failed that one cause may have been shared by them.
    ///
    /// # Errors
    /// They could not be read.
    fn wide_sightings(&self) -> Result<Vec<Sighting>, Problem>;

    /// How long each of `tests` can be expected to take, by the median of its last runs. Tests that never ran are left out.
    ///
    /// # Errors
    /// They could not be read.
    fn durations(&self, tests: &[TestId]) -> Result<HashMap<TestId, f64>, Problem>;

    /// The tests that have another name now.
    ///
    /// # Errors
    /// They could not be read.
    fn aliases(&self) -> Result<Aliases, Problem>;
}

/// A history on a server, which several machines share. Whatever is done twice changes nothing the second time.
pub trait SharedHistory: History + Send + Sync {
    /// Makes sure that the server can be asked.
    ///
    /// # Errors
    /// It cannot be reached, or what it holds is not for this lacuna.
    fn reach(&self) -> Result<(), Problem>;

    /// Those of these runs that it has.
    ///
    /// # Errors
    /// They could not be read.
    fn known(&self, runs: &[String]) -> Result<HashSet<String>, Problem>;

    /// Saves runs in one transaction.
    ///
    /// # Errors
    /// They could not be saved; then none of them was.
    fn save(&self, records: Vec<RunRecord>) -> Result<Vec<Saved>, Problem>;

    /// Notes what failures of one run may be.
    ///
    /// # Errors
    /// It could not be written.
    fn suspect(&self, run: &str, failures: &[(TestId, Suspect)]) -> Result<(), Problem>;

    /// Keeps an alias and joins what was recorded under the old name with the new one. The answer is how many results went.
    ///
    /// # Errors
    /// It could not be written; then nothing was changed.
    fn alias(&self, old: &str, new: &str) -> Result<u64, Problem>;

    /// Forgets an alias; what was joined stays joined. Says whether there was one.
    ///
    /// # Errors
    /// It could not be written.
    fn forget_alias(&self, old: &str) -> Result<bool, Problem>;

    /// Removes the runs that are not to be kept, the oldest first, until `most` results are gone.
    ///
    /// # Errors
    /// Something could not be written; what was removed before is gone.
    fn prune(&self, keep: Keep, now: Stamp, most: u64) -> Result<Pruned, Problem>;
}

impl History for Store {
    fn runs(&self, limit: usize) -> Result<Vec<Run>, Problem> {
        Self::runs(self, limit)
    }

    fn run(&self, id: &str) -> Result<Option<RunRecord>, Problem> {
        Self::run(self, id)
    }

    fn unsettled(&self) -> Result<Vec<Observation>, Problem> {
        Self::unsettled(self)
    }

    fn seen(&self, test: &TestId, limit: usize) -> Result<Vec<Observation>, Problem> {
        self.history(test, limit)
    }

    fn failure(&self, test: &TestId, run: &str) -> Result<Option<String>, Problem> {
        Self::failure(self, test, run)
    }

    fn sightings(&self) -> Result<Vec<Sighting>, Problem> {
        Self::sightings(self)
    }

    fn wide_sightings(&self) -> Result<Vec<Sighting>, Problem> {
        Self::wide_sightings(self)
    }

    fn durations(&self, tests: &[TestId]) -> Result<HashMap<TestId, f64>, Problem> {
        Self::durations(self, tests)
    }

    fn aliases(&self) -> Result<Aliases, Problem> {
        Self::aliases(self)
    }
}
