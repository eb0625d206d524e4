//! Failures by their causes: one row for what is the same failure, in however many tests and runs.

use crate::base::Clean;
use crate::domain::history::{Run, Signature};
use crate::domain::suite::TestId;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// One failure of one test in one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    /// The test.
    pub test: TestId,
    /// The run.
    pub run: Arc<Run>,
    /// The failure in one line.
    pub message: Clean,
    /// What stays the same of it, shared by equal failures.
    pub signature: Arc<Signature>,
}

/// What is the same failure in several tests and runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// What stays the same of it, as it was seen last.
    pub signature: Arc<Signature>,
    /// How often it was seen.
    pub failures: usize,
    /// The tests that failed of it, each with how often; the most frequent first.
    pub tests: Vec<(TestId, usize)>,
    /// The runs that it was seen in.
    pub runs: usize,
    /// In how many of these several tests failed of it.
    pub together: usize,
    /// The first and the last of these runs, in time.
    pub span: (Arc<Run>, Arc<Run>),
    /// The message that it had last.
    pub message: Clean,
}

/// The causes of failures: those first that were seen in most runs, then those of most tests, then the latest. Runs in which
/// nearly everything failed say nothing of tests, and are left out.
#[must_use]
pub fn causes(sightings: &[Sighting]) -> Vec<Cause> {
    let mut by_cause: HashMap<String, Vec<&Sighting>> = HashMap::new();
    let mut keys: HashMap<*const Signature, String> = HashMap::new();
    for seen in sightings.iter().filter(|seen| !seen.run.is_suspect()) {
        let key = keys.entry(Arc::as_ptr(&seen.signature)).or_insert_with(|| seen.signature.cause());
        match by_cause.get_mut(key.as_str()) {
            Some(known) => known.push(seen),
            None => drop(by_cause.insert(key.clone(), vec![seen])),
        }
    }
    let mut causes: Vec<Cause> = by_cause.into_values().filter_map(|seen| cause(&seen)).collect();
    causes.sort_by(|left, right| {
        let size =
            (right.runs, right.tests.len(), right.span.1.when).cmp(&(left.runs, left.tests.len(), left.span.1.when));
        size.then_with(|| left.signature.cmp(&right.signature))
    });
    causes
}

fn cause(seen: &[&Sighting]) -> Option<Cause> {
    let mut tests: BTreeMap<&TestId, usize> = BTreeMap::new();
    let mut runs: BTreeMap<u64, BTreeSet<&TestId>> = BTreeMap::new();
    for sighting in seen {
        *tests.entry(&sighting.test).or_default() += 1;
        runs.entry(sighting.run.serial).or_default().insert(&sighting.test);
    }
    let time = |sighting: &&&Sighting| (sighting.run.when, sighting.run.serial);
    let (first, last) = (seen.iter().min_by_key(time)?, seen.iter().max_by_key(time)?);
    let mut tests: Vec<(TestId, usize)> = tests.into_iter().map(|(test, count)| (test.clone(), count)).collect();
    tests.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    Some(Cause {
        signature: Arc::clone(&last.signature),
        failures: seen.len(),
        together: runs.values().filter(|tests| tests.len() > 1).count(),
        runs: runs.len(),
        tests,
        span: (Arc::clone(&first.run), Arc::clone(&last.run)),
        message: last.message.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::{Sighting, causes};
    use crate::base::{Clean, Stamp};
    use crate::domain::history::{Run, RunSource, Signature};
    use crate::domain::suite::TestId;
    use std::sync::Arc;

    #[test]
    fn one_cause_is_one_row_however_many_tests_and_runs_it_was_in() {
        let run = |serial: u64, bad| {
            Arc::new(Run {
                serial,
                tests: 30,
                bad,
                ..Run::new(format!("r{serial}"), Stamp(serial.cast_signed()), RunSource::Ingested)
            })
        };
        let (first, second, outage) = (run(1, 2), run(2, 3), run(3, 30));
        let seen = |test: &str, run: &Arc<Run>, message: &str| Sighting {
            test: TestId::new(test),
            run: Arc::clone(run),
            message: Clean::line(message),
            signature: Arc::new(Signature::of(message, "")),
        };
        let rows = causes(&[
            seen("t::a", &first, "ConnectionError: port 4000 refused"),
            seen("t::b", &first, "ConnectionError: port 4001 refused"),
            seen("t::a", &second, "ConnectionError: port 4002 refused"),
            seen("t::c", &second, "KeyError: 'user_id'"),
            seen("t::d", &second, "KeyError: 'team_id'"),
            // A run in which everything failed is about no test.
            seen("t::d", &outage, "KeyError: 'user_id'"),
        ]);
        let told: Vec<_> =
            rows.iter().map(|row| (row.signature.words.as_str(), row.failures, row.tests.len(), row.runs)).collect();
        assert_eq!(told, [("port <n> refused", 3, 2, 2), ("'team_id'", 1, 1, 1), ("'user_id'", 1, 1, 1)]);
        assert_eq!((rows[0].together, rows[0].tests[0].0.as_str()), (1, "t::a"));
        assert_eq!(rows[0].message.as_str(), "ConnectionError: port 4002 refused");
        assert_eq!((rows[0].span.0.serial, rows[0].span.1.serial), (1, 2));
    }
}
