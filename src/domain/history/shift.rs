//! Where the failure rate of a test changed last: between which runs and commits, and the rates before and after.

use crate::base::Ratio;
use crate::domain::history::evidence::Step;
use crate::domain::history::segments::position;
use crate::domain::history::{Observation, Run};
use std::ops::Range;
use std::sync::Arc;

/// The last change of a test's failure rate.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    /// Runs with a failure of all runs before it, as far as they had one rate.
    pub before: Ratio,
    /// The same since.
    pub after: Ratio,
    /// The last run of the rate before.
    pub last: Arc<Run>,
    /// The first run of the new rate, as far as can be told.
    pub first: Arc<Run>,
    /// The runs that the new rate began with, with 99 % certainty: the earliest and the latest.
    pub range: (Arc<Run>, Arc<Run>),
    /// How many runs of the history came since.
    pub runs: usize,
}

impl Shift {
    /// The commits between which it happened, with 99 % certainty: the last that is surely before, and the first that is
    /// surely after. Nothing where one of them is not known, or both are one.
    #[must_use]
    pub fn commits(&self) -> Option<(&str, &str)> {
        let (from, to) = (self.last.commit.as_deref()?, self.range.1.commit.as_deref()?);
        (from != to).then_some((from, to))
    }
}

/// The last change among the stretches of a test's steps; `seen` has an observation for each step.
pub(super) fn shift(seen: &[&Observation], steps: &[Step], stretches: &[Range<usize>]) -> Option<Shift> {
    let [.., left, right] = stretches else { return None };
    let rate = |range: &Range<usize>| {
        let part = steps.get(range.clone()).unwrap_or_default();
        Ratio::new(part.iter().filter(|step| step.has_failure()).count() as u64, part.len() as u64)
    };
    let run = |at: usize| seen.get(at).map(|seen| Arc::clone(&seen.run));
    let cut = right.start;
    let (earliest, latest) = position(steps, &(left.start..right.end), cut);
    Some(Shift {
        before: rate(left),
        after: rate(right),
        last: run(earliest.checked_sub(1)?)?,
        first: run(cut)?,
        range: (run(earliest)?, run(latest)?),
        runs: right.len(),
    })
}
