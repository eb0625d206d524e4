//! Tests that fail together: in the same runs, whatever they say.

use crate::domain::history::Sighting;
use crate::domain::suite::TestId;
use std::collections::{BTreeMap, BTreeSet};

/// Two tests that failed together in fewer runs are no company.
const ENOUGH: usize = 2;

/// A test that fails in the same runs as another one.
#[derive(Clone, Debug, PartialEq)]
pub struct Companion {
    /// The test.
    pub test: TestId,
    /// The runs in which both failed.
    pub both: usize,
    /// The runs in which any of them failed.
    pub either: usize,
}

impl Companion {
    /// The share of the runs with a failure of any in which both failed (Jaccard's index).
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of runs are far below 2^52")]
    pub fn share(&self) -> f64 {
        self.both as f64 / (self.either.max(1)) as f64
    }
}

/// The tests that fail together with `test`: in at least two runs, and in half of the runs in which any of both fails; the
/// closest first. Runs in which nearly everything failed say nothing.
#[must_use]
pub fn companions(test: &TestId, sightings: &[Sighting]) -> Vec<Companion> {
    let mut runs: BTreeMap<&TestId, BTreeSet<u64>> = BTreeMap::new();
    for seen in sightings.iter().filter(|seen| !seen.run.is_suspect()) {
        runs.entry(&seen.test).or_default().insert(seen.run.serial);
    }
    let Some(own) = runs.get(test).filter(|own| own.len() >= ENOUGH) else { return Vec::new() };
    let others = runs.iter().filter(|(other, _)| **other != test).map(|(other, theirs)| Companion {
        test: (*other).clone(),
        both: own.intersection(theirs).count(),
        either: own.union(theirs).count(),
    });
    let mut found: Vec<Companion> =
        others.filter(|found| found.both >= ENOUGH && found.both * 2 >= found.either).collect();
    found.sort_by(|left, right| right.share().total_cmp(&left.share()).then_with(|| left.test.cmp(&right.test)));
    found
}

#[cfg(test)]
mod tests {
    use super::companions;
    use crate::base::{Clean, Stamp};
    use crate::domain::history::{Run, RunSource, Sighting, Signature};
    use crate::domain::suite::TestId;
    use std::sync::Arc;

    #[test]
    fn tests_that_fail_in_the_same_runs_are_named_and_those_that_meet_by_chance_are_not() {
        let seen = |test: &str, runs: &[u64]| -> Vec<Sighting> {
            let run = |serial: &u64| Sighting {
                test: TestId::new(test),
                run: Arc::new(Run { serial: *serial, ..Run::new(format!("r{serial}"), Stamp(0), RunSource::Ingested) }),
                message: Clean::line("boom"),
                signature: Arc::new(Signature::of("boom", "")),
            };
            runs.iter().map(run).collect()
        };
        let all = [
            seen("t::a", &[1, 4, 7, 9]),
            seen("t::near", &[1, 4, 7]),
            seen("t::same", &[1, 4, 7, 9]),
            seen("t::often", &[1, 2, 3, 4, 5, 6, 8, 10]),
            seen("t::once", &[9]),
        ]
        .concat();
        let found = companions(&TestId::new("t::a"), &all);
        let told: Vec<_> = found.iter().map(|found| (found.test.as_str(), found.both, found.either)).collect();
        assert_eq!(told, [("t::same", 4, 4), ("t::near", 3, 4)]);
        assert!(companions(&TestId::new("t::once"), &all).is_empty());
    }
}
