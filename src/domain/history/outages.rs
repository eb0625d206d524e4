//! Shared outages: runs in which many tests failed of one cause. Such failures say nothing of the tests.

use crate::domain::history::Sighting;
use crate::domain::suite::TestId;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A cause is shared when more than one in so many tests of a run failed of it,
const SHARE: u64 = 5;
/// and no fewer than these.
const ENOUGH: u64 = 5;

/// The failures that come from shared outages: by the run's serial number the tests that failed of each shared cause.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outages(HashMap<u64, Vec<BTreeSet<TestId>>>);

impl Outages {
    /// Whether a failure of a test in a run is one of them.
    #[must_use]
    pub fn has(&self, run: u64, test: &TestId) -> bool {
        self.0.get(&run).is_some_and(|shared| shared.iter().any(|tests| tests.contains(test)))
    }

    /// The other tests that failed of the same causes in the same runs as a test.
    #[must_use]
    pub fn beside(&self, test: &TestId) -> Vec<TestId> {
        let shared = self.0.values().flatten().filter(|tests| tests.contains(test));
        let others: BTreeSet<&TestId> = shared.flatten().filter(|other| *other != test).collect();
        others.into_iter().cloned().collect()
    }

    /// How many failures they are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.values().flatten().map(BTreeSet::len).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The outages among all failures: more than a fifth of a run's tests, and at least five, failed of one cause.
#[must_use]
pub fn outages(sightings: &[Sighting]) -> Outages {
    let mut by_run: HashMap<u64, Vec<&Sighting>> = HashMap::new();
    for seen in sightings {
        by_run.entry(seen.run.serial).or_default().push(seen);
    }
    // Only a run with many failures can hold one; the others cost nothing.
    by_run.retain(|_, seen| seen.first().is_some_and(|one| is_many(seen.len() as u64, one.run.tests)));
    let mut found = Outages::default();
    for (run, seen) in by_run {
        let mut causes: BTreeMap<String, BTreeSet<TestId>> = BTreeMap::new();
        for sighting in &seen {
            causes.entry(sighting.signature.cause()).or_default().insert(sighting.test.clone());
        }
        let whole = seen.first().map_or(0, |one| one.run.tests);
        let shared: Vec<BTreeSet<TestId>> =
            causes.into_values().filter(|tests| is_many(tests.len() as u64, whole)).collect();
        if !shared.is_empty() {
            found.0.insert(run, shared);
        }
    }
    found
}

const fn is_many(failed: u64, tests: u64) -> bool {
    failed >= ENOUGH && failed.saturating_mul(SHARE) > tests
}

#[cfg(test)]
mod tests {
    use super::outages;
    use crate::base::{Clean, Stamp};
    use crate::domain::history::{Run, RunSource, Sighting, Signature};
    use crate::domain::suite::TestId;
    use std::sync::Arc;

    #[test]
    fn one_cause_in_many_tests_of_a_run_is_an_outage() {
        let run = |serial: u64, tests| {
            Arc::new(Run { serial, tests, ..Run::new(format!("r{serial}"), Stamp(0), RunSource::Ingested) })
        };
        let seen = |run: &Arc<Run>, at: usize, message: &str| Sighting {
            test: TestId::new(&format!("t::{at}")),
            run: Arc::clone(run),
            message: Clean::line(message),
            signature: Arc::new(Signature::of(message, "")),
        };
        let (small, large, mixed) = (run(1, 20), run(2, 60), run(3, 20));
        let refused = |at| format!("ConnectionError: port {at} refused");
        let mut all: Vec<Sighting> = (0..6).map(|at| seen(&small, at, &refused(at))).collect();
        all.extend((0..6).map(|at| seen(&large, at, &refused(at))));
        let others = ["KeyError: 'a'", "ValueError: bad", "TypeError: None", "OSError: full", "IndexError: empty"];
        all.extend(others.iter().enumerate().map(|(at, message)| seen(&mixed, at, message)));
        all.push(seen(&small, 9, "KeyError: 'a'"));
        let found = outages(&all);
        assert!(found.has(1, &TestId::new("t::3")), "six of twenty");
        assert!(!found.has(1, &TestId::new("t::9")), "it failed of something else");
        assert!(!found.has(2, &TestId::new("t::3")), "six of sixty are too few");
        assert!(!found.has(3, &TestId::new("t::3")), "many failed, each of its own cause");
        assert_eq!((found.len(), found.is_empty()), (6, false));
        let beside: Vec<_> = found.beside(&TestId::new("t::3")).iter().map(|test| test.as_str().to_owned()).collect();
        assert_eq!(beside, ["t::0", "t::1", "t::2", "t::4", "t::5"]);
        assert_eq!(found.beside(&TestId::new("t::9")), []);
    }
}
