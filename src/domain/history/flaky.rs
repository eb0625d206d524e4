//! Tests with more than one outcome: which are flaky, which broke, which were mended.

use crate::base::{Clean, Ratio, Stamp};
use crate::domain::history::beta::{Posterior, lower_bound, posterior};
use crate::domain::history::evidence::{Step, explained, flips, is_in_blocks, is_proof, steps};
use crate::domain::history::segments::segments;
use crate::domain::history::shift::{Shift, shift};
use crate::domain::history::{Course, FlakyTest, Impact, Mark, Observation, Outages, Run, Standing, in_order};
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

/// How many outcomes a strip shows.
const STRIP: usize = 40;
/// What is recent: seven days before the last run, in milliseconds.
const RECENT: i64 = 7 * 24 * 3600 * 1000;
/// A flaky test is quiet when so many runs without a failure would have been as improbable as this.
const QUIET: f64 = 0.2;
/// How many durations the expected one is made from.
const DURATIONS: usize = 20;

/// The tests of `observations` that both passed and failed, in the order in which they deserve attention: flaky tests
/// by the lower bound of their failure probability, then tests that seem broken, then tests that seem mended.
///
/// The order of the observations does not matter; that of their runs is [`in_order`]. A failure that comes from an outage is
/// no evidence.
#[must_use]
pub fn flaky(observations: &[Observation], outages: &Outages) -> Vec<FlakyTest> {
    let place = places(observations);
    let mut by_test: BTreeMap<&str, Vec<(usize, &Observation)>> = BTreeMap::new();
    for seen in observations {
        let at = place.get(seen.run.id.as_str()).copied().unwrap_or(0);
        by_test.entry(seen.test.as_str()).or_default().push((at, seen));
    }
    let last = observations.iter().map(|seen| seen.run.when).max().unwrap_or(Stamp(0));
    let frame = Frame { outages, recent: Stamp(last.0.saturating_sub(RECENT)) };
    let mut found: Vec<FlakyTest> = by_test
        .into_values()
        .filter_map(|mut seen| {
            seen.sort_by_key(|(at, _)| *at);
            frame.judge(&seen.into_iter().map(|(_, seen)| seen).collect::<Vec<_>>())
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

/// The observations that count, with what each says.
struct Counted<'a> {
    counted: Vec<&'a Observation>,
    steps: Vec<Step>,
    /// Whether changed code explains every failure.
    is_explained: bool,
    /// Whether the last of all is a failure that changed code explains.
    is_broken: bool,
}

/// What is the same for all tests.
struct Frame<'a> {
    outages: &'a Outages,
    /// What came since is recent.
    recent: Stamp,
}

impl Frame<'_> {
    fn is_evidence(&self, seen: &Observation) -> bool {
        seen.outcome.is_evidence() && !seen.run.is_suspect() && !self.outages.has(seen.run.serial, &seen.test)
    }

    /// What the observations of one test, oldest first, say; nothing when it had only one outcome.
    fn judge(&self, seen: &[&Observation]) -> Option<FlakyTest> {
        let Counted { counted, steps, is_explained, is_broken } = self.counted(seen);
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
        let (standing, posterior) = (standing(&steps, definite, &part, is_explained), posterior(bad, good + bad));
        let standing = if is_broken && standing == Standing::Mended { Standing::Regressed } else { standing };
        let shift = shift(&counted, &steps, &stretches);
        let since = counted.get(part.start).map(|seen| seen.run.when);
        let first = counted.iter().zip(&steps).find(|(_, step)| step.has_failure()).map(|(seen, _)| seen.run.when);
        let is_new = first.is_some_and(|when| when >= self.recent)
            || shift.as_ref().is_some_and(|shift| shift.before.part == 0 && shift.first.when >= self.recent);
        Some(FlakyTest {
            id: seen.first()?.test.clone(),
            standing,
            definite,
            strip: self.strip(seen, &counted, shift.as_ref()),
            runs: steps.len() as u64,
            failures,
            rate: Ratio::new(failures, steps.len() as u64),
            flips: flips(&steps) as u64,
            unstable: Ratio::new(bad, good + bad),
            at_least: lower_bound(bad, good + bad),
            posterior,
            course: course(standing, is_new, &steps, posterior),
            impact: self.impact(&counted, posterior),
            since,
            shift,
            last_failure: last.map(|(seen, _)| (seen.run.when, seen.message.clone())),
            quarantined: false,
            seconds_median: expected_seconds(counted.iter().rev().map(|seen| seen.seconds)),
            layer: Clean::default(),
            owners: Vec::new(),
        })
    }

    /// What says something of a flake: without the failures on changed code that the test ran, unless there are no others.
    fn counted<'b>(&self, seen: &[&'b Observation]) -> Counted<'b> {
        let all: Vec<&Observation> = seen.iter().copied().filter(|seen| self.is_evidence(seen)).collect();
        let all_steps = steps(&all);
        let explained = explained(&all, &all_steps);
        if !explained.contains(&true) {
            return Counted { counted: all, steps: all_steps, is_explained: false, is_broken: false };
        }
        let rest = all.iter().zip(&explained).filter(|(_, explained)| !**explained);
        let rest: Vec<&Observation> = rest.map(|(seen, _)| *seen).collect();
        let (rest_steps, is_broken) = (steps(&rest), explained.last() == Some(&true));
        match rest_steps.iter().any(|step| step.has_failure()) {
            true => Counted { counted: rest, steps: rest_steps, is_explained: false, is_broken },
            false => Counted { counted: all, steps: all_steps, is_explained: true, is_broken },
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of runs are far below 2^52")]
    fn impact(&self, counted: &[&Observation], posterior: Posterior) -> Impact {
        let mut impact = Impact::default();
        for seen in counted.iter().filter(|seen| seen.run.when >= self.recent) {
            impact.runs += 1;
            if seen.outcome.is_bad() {
                impact.blocked += 1;
                impact.seconds += seen.run.seconds;
            } else {
                impact.seconds += seen.attempts.iter().filter(|outcome| outcome.is_bad()).count() as f64 * seen.seconds;
            }
        }
        impact.expected = posterior.median * impact.runs as f64;
        impact
    }

    fn strip(&self, seen: &[&Observation], counted: &[&Observation], shift: Option<&Shift>) -> Vec<Mark> {
        let counted: HashSet<&str> = counted.iter().map(|seen| seen.run.id.as_str()).collect();
        let last = seen.get(seen.len().saturating_sub(STRIP)..).unwrap_or_default();
        let mark = |seen: &&Observation| Mark {
            outcome: seen.outcome,
            retried: seen.attempts.iter().any(|outcome| outcome.is_bad()),
            evidence: counted.contains(seen.run.id.as_str()),
            when: seen.run.when,
            begins: shift.is_some_and(|shift| shift.first.id == seen.run.id),
        };
        last.iter().map(mark).collect()
    }
}

/// Where a test stands in time.
fn course(standing: Standing, is_new: bool, steps: &[Step], posterior: Posterior) -> Course {
    let quiet = steps.iter().rev().take_while(|step| !step.has_failure()).count();
    let chance = (1.0 - posterior.median).powi(i32::try_from(quiet).unwrap_or(i32::MAX));
    match standing {
        Standing::Regressed => Course::Regressed,
        Standing::Mended => Course::Mended,
        Standing::Flaky if chance < QUIET => Course::Quiet,
        Standing::Flaky if is_new => Course::New,
        Standing::Flaky => Course::Ongoing,
    }
}

/// The last stretch with both outcomes; the whole history where no single stretch has both.
fn unstable_part(steps: &[Step], stretches: &[Range<usize>]) -> Range<usize> {
    let is_mixed = |range: &&Range<usize>| {
        let part = steps.get((*range).clone()).unwrap_or_default();
        part.iter().any(|step| step.good > 0) && part.iter().any(|step| step.bad > 0)
    };
    stretches.iter().rfind(is_mixed).cloned().unwrap_or(0..steps.len())
}

fn standing(steps: &[Step], definite: bool, part: &Range<usize>, is_explained: bool) -> Standing {
    let is_over = part.end < steps.len();
    if is_over || is_explained || (!definite && is_in_blocks(steps)) {
        if steps.last().is_some_and(|step| step.ended_bad) { Standing::Regressed } else { Standing::Mended }
    } else {
        Standing::Flaky
    }
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
