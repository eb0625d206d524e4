//! Tests with more than one outcome: which are flaky, which broke, which were mended.

use crate::base::{Clean, Ratio, Stamp};
use crate::domain::history::beta::lower_bound;
use crate::domain::history::evidence::{Step, flips, is_in_blocks, is_proof, steps};
use crate::domain::history::segments::segments;
use crate::domain::history::{Observation, Run, in_order};
use crate::domain::suite::{Outcome, TestId};
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

/// How many outcomes a strip shows.
const STRIP: usize = 40;
/// How many durations the expected one is made from.
const DURATIONS: usize = 20;

/// What a test with more than one outcome seems to be. The order is that of the ranking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Standing {
    /// It passes and fails without a change that explains it.
    Flaky,
    /// It passed, and since some run it fails.
    Regressed,
    /// It failed, and since some run it passes.
    Mended,
}

impl Standing {
    /// The word for it. What is not proved has a question mark.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Flaky => "flaky",
            Self::Regressed => "regression?",
            Self::Mended => "fixed?",
        }
    }
}

/// One place of a strip: what the test did in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The outcome at last.
    pub outcome: Outcome,
    /// Whether an earlier attempt in the same run failed.
    pub retried: bool,
    /// Whether it counts: no skip, no expected failure, no run in which nearly everything failed.
    pub evidence: bool,
    /// When the run started.
    pub when: Stamp,
}

/// A test that both passed and failed in the recorded runs.
#[derive(Clone, Debug, PartialEq)]
pub struct FlakyTest {
    /// The test.
    pub id: TestId,
    /// What it seems to be.
    pub standing: Standing,
    /// Whether it is proved to be flaky: both outcomes on one source tree, or in one run.
    pub definite: bool,
    /// What it did in its last runs, oldest first.
    pub strip: Vec<Mark>,
    /// Runs that say something about it.
    pub runs: u64,
    /// Runs among them in which an attempt failed.
    pub failures: u64,
    /// `failures` of `runs`.
    pub rate: Ratio,
    /// How often its outcome changed from one run to the next.
    pub flips: u64,
    /// Failed attempts of all attempts in the unstable part, which is the last stretch of one failure rate in which
    /// it both passed and failed.
    pub unstable: Ratio,
    /// The probability of failing, in the unstable part, that is exceeded with 90 % certainty.
    pub at_least: f64,
    /// When the unstable part began.
    pub since: Option<Stamp>,
    /// The last run in which it failed, with the failure in one line.
    pub last_failure: Option<(Stamp, Clean)>,
    /// How long it takes.
    pub seconds_median: Option<f64>,
}

/// The tests of `observations` that both passed and failed, in the order in which they deserve attention: flaky tests
/// by the lower bound of their failure probability, then tests that seem broken, then tests that seem mended.
///
/// The order of the observations does not matter; that of their runs is [`in_order`].
#[must_use]
pub fn flaky(observations: &[Observation]) -> Vec<FlakyTest> {
    let place = places(observations);
    let mut by_test: BTreeMap<&str, Vec<(usize, &Observation)>> = BTreeMap::new();
    for seen in observations {
        let at = place.get(seen.run.id.as_str()).copied().unwrap_or(0);
        by_test.entry(seen.test.as_str()).or_default().push((at, seen));
    }
    let mut found: Vec<FlakyTest> = by_test
        .into_values()
        .filter_map(|mut seen| {
            seen.sort_by_key(|(at, _)| *at);
            judge(&seen.into_iter().map(|(_, seen)| seen).collect::<Vec<_>>())
        })
        .collect();
    found.sort_by(by_rank);
    found
}

/// How long a test can be expected to take: the median of its last `durations`, given newest first.
#[must_use]
pub fn expected_seconds(durations: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut last: Vec<f64> =
        durations.into_iter().filter(|seconds| seconds.is_finite() && *seconds >= 0.0).take(DURATIONS).collect();
    last.sort_by(f64::total_cmp);
    last.get(last.len() / 2).copied()
}

/// The place of each run in time, by its id.
fn places(observations: &[Observation]) -> HashMap<&str, usize> {
    let mut runs: Vec<Arc<Run>> = Vec::new();
    let mut ids: HashMap<&str, usize> = HashMap::new();
    for seen in observations {
        ids.entry(&seen.run.id).or_insert_with(|| {
            runs.push(Arc::clone(&seen.run));
            runs.len() - 1
        });
    }
    let mut place = vec![0; runs.len()];
    for (at, run) in in_order(&runs).into_iter().enumerate() {
        if let Some(slot) = place.get_mut(run) {
            *slot = at;
        }
    }
    ids.values_mut().for_each(|at| *at = place.get(*at).copied().unwrap_or(0));
    ids
}

/// What the observations of one test, oldest first, say; nothing when it had only one outcome.
fn judge(seen: &[&Observation]) -> Option<FlakyTest> {
    let counted: Vec<&Observation> =
        seen.iter().copied().filter(|seen| seen.outcome.is_evidence() && !seen.run.is_suspect()).collect();
    let steps = steps(&counted);
    let failures = steps.iter().filter(|step| step.has_failure()).count() as u64;
    if failures == 0 || steps.iter().all(|step| step.good == 0) {
        return None;
    }
    let definite = is_proof(&steps);
    let stretches = segments(&steps);
    let part = unstable_part(&steps, &stretches);
    let inside = steps.get(part.clone()).unwrap_or_default();
    let (good, bad) = inside.iter().fold((0, 0), |sum, step| (sum.0 + step.good, sum.1 + step.bad));
    let last = counted.iter().rev().zip(steps.iter().rev()).find(|(_, step)| step.has_failure());
    Some(FlakyTest {
        id: seen.first()?.test.clone(),
        standing: standing(&steps, definite, &part),
        definite,
        strip: strip(seen),
        runs: steps.len() as u64,
        failures,
        rate: Ratio::new(failures, steps.len() as u64),
        flips: flips(&steps) as u64,
        unstable: Ratio::new(bad, good + bad),
        at_least: lower_bound(bad, good + bad),
        since: counted.get(part.start).map(|seen| seen.run.when),
        last_failure: last.map(|(seen, _)| (seen.run.when, seen.message.clone())),
        seconds_median: expected_seconds(counted.iter().rev().map(|seen| seen.seconds)),
    })
}

/// The last stretch with both outcomes; the whole history where no single stretch has both.
fn unstable_part(steps: &[Step], stretches: &[Range<usize>]) -> Range<usize> {
    let is_mixed = |range: &&Range<usize>| {
        let part = steps.get((*range).clone()).unwrap_or_default();
        part.iter().any(|step| step.good > 0) && part.iter().any(|step| step.bad > 0)
    };
    stretches.iter().rfind(is_mixed).cloned().unwrap_or(0..steps.len())
}

fn standing(steps: &[Step], definite: bool, part: &Range<usize>) -> Standing {
    let is_over = part.end < steps.len();
    if is_over || (!definite && is_in_blocks(steps)) {
        if steps.last().is_some_and(|step| step.ended_bad) { Standing::Regressed } else { Standing::Mended }
    } else {
        Standing::Flaky
    }
}

fn strip(seen: &[&Observation]) -> Vec<Mark> {
    let last = seen.get(seen.len().saturating_sub(STRIP)..).unwrap_or_default();
    let mark = |seen: &&Observation| Mark {
        outcome: seen.outcome,
        retried: seen.attempts.iter().any(|outcome| outcome.is_bad()),
        evidence: seen.outcome.is_evidence() && !seen.run.is_suspect(),
        when: seen.run.when,
    };
    last.iter().map(mark).collect()
}

fn by_rank(left: &FlakyTest, right: &FlakyTest) -> Ordering {
    left.standing
        .cmp(&right.standing)
        .then_with(|| right.at_least.total_cmp(&left.at_least))
        .then_with(|| right.definite.cmp(&left.definite))
        .then_with(|| right.flips.cmp(&left.flips))
        .then_with(|| right.failures.cmp(&left.failures))
        .then_with(|| left.id.as_str().cmp(right.id.as_str()))
}
