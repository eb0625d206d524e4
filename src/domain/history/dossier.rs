//! Everything that the history says of one test.

use crate::domain::history::{
    Blame, Cause, Companion, FlakyTest, Observation, Pace, Sighting, Suspicion, causes, companions, flaky, outages,
    pace,
};
use crate::domain::suite::TestId;
use std::collections::HashMap;

/// What the history says of one test.
#[derive(Clone, Debug)]
pub struct Dossier {
    /// The test.
    pub test: TestId,
    /// What it seems to be, where it both passed and failed.
    pub verdict: Option<FlakyTest>,
    /// Its results, the last saved first.
    pub seen: Vec<Observation>,
    /// The causes of its failures, each with how often it failed of it, the most frequent first.
    pub causes: Vec<(usize, Cause)>,
    /// The tests that fail together with it.
    pub companions: Vec<Companion>,
    /// Where its duration changed last.
    pub pace: Option<Pace>,
    /// What its last failure may be, by the changed code that it ran; nothing where nobody looked.
    pub suspicion: Option<Suspicion>,
    /// The commits that changed what it runs where its failure rate changed last; nothing where nobody looked.
    pub blame: Option<Blame>,
    /// The place of the cause in `causes`, by the serial number of the run.
    of_run: HashMap<u64, usize>,
}

impl Dossier {
    /// Made from all results of the test, the last saved first, and from the failures of all tests.
    #[must_use]
    pub fn of(test: TestId, seen: Vec<Observation>, sightings: &[Sighting]) -> Self {
        let own = |cause: &Cause| cause.tests.iter().find(|(other, _)| *other == test).map(|(_, count)| *count);
        let mut found: Vec<(usize, Cause)> =
            causes(sightings).into_iter().filter_map(|cause| Some((own(&cause)?, cause))).collect();
        found.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        let keys: HashMap<String, usize> =
            found.iter().enumerate().map(|(at, (_, cause))| (cause.signature.cause(), at)).collect();
        let failures = sightings.iter().filter(|seen| seen.test == test);
        let of_run = failures.filter_map(|seen| Some((seen.run.serial, *keys.get(&seen.signature.cause())?)));
        let mut in_time: Vec<&Observation> = seen.iter().collect();
        in_time.sort_by_key(|seen| (seen.run.when, seen.run.serial));
        Self {
            verdict: flaky(&seen, &outages(sightings)).pop(),
            companions: companions(&test, sightings),
            pace: pace(&in_time),
            of_run: of_run.collect(),
            causes: found,
            suspicion: None,
            blame: None,
            test,
            seen,
        }
    }

    /// The cause of its failure in a run, as its place in [`Dossier::causes`].
    #[must_use]
    pub fn cause_in(&self, run: u64) -> Option<usize> {
        self.of_run.get(&run).copied()
    }
}
