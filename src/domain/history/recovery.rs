//! What a test did since it failed last, and how it behaved up to then.

use crate::base::{Clean, Stamp};
use crate::domain::history::evidence::steps;
use crate::domain::history::segments::segments;
use crate::domain::history::{Observation, Outages, Run, in_order};
use std::sync::Arc;

/// What a test did since it failed last, and how it behaved up to then.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recovery {
    /// Its attempts at the rate with which it failed last, the last failure at the end, oldest first: whether each failed. None
    /// where it never failed.
    pub before: Vec<bool>,
    /// The attempts that passed since; all of them where it never failed.
    pub passes: u64,
    /// In how many runs.
    pub runs_since: u64,
    /// The last run in which it failed, with the failure in one line.
    pub last_failure: Option<(Stamp, Clean)>,
    /// In how many runs since a given time it failed, and in how many it ran.
    pub since: (u64, u64),
}

impl Recovery {
    /// From all observations of one test. Failures of a shared outage, and runs in which nearly everything failed, say nothing.
    #[must_use]
    pub fn of(seen: &[Observation], outages: &Outages, since: Stamp) -> Self {
        let says = |seen: &&Observation| {
            seen.outcome.is_evidence() && !seen.run.is_suspect() && !outages.has(seen.run.serial, &seen.test)
        };
        let runs: Vec<Arc<Run>> = seen.iter().map(|seen| Arc::clone(&seen.run)).collect();
        let in_time: Vec<&Observation> =
            in_order(&runs).into_iter().filter_map(|at| seen.get(at)).filter(says).collect();
        let steps = steps(&in_time);
        let last = steps.iter().rposition(|step| step.has_failure());
        let first = last.map_or(0, |last| {
            segments(&steps).into_iter().find(|stretch| stretch.contains(&last)).map_or(0, |stretch| stretch.start)
        });
        let until = last.map_or(0, |last| last + 1);
        let attempts = |seen: &&Observation| -> Vec<bool> {
            let all = seen.attempts.iter().chain([&seen.outcome]).filter(|outcome| outcome.is_evidence());
            all.map(|outcome| outcome.is_bad()).collect()
        };
        let after = steps.get(until..).unwrap_or_default();
        let recent = || in_time.iter().zip(&steps).filter(|(seen, _)| seen.run.when >= since);
        Self {
            before: in_time.get(first..until).unwrap_or_default().iter().flat_map(attempts).collect(),
            passes: after.iter().map(|step| step.good).sum(),
            runs_since: after.len() as u64,
            last_failure: last.and_then(|at| in_time.get(at)).map(|seen| (seen.run.when, seen.message.clone())),
            since: (recent().filter(|(_, step)| step.has_failure()).count() as u64, recent().count() as u64),
        }
    }
}
