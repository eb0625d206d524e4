//! Where a test became slower or faster: its durations cut at the place that two levels explain better than one.

use crate::domain::history::beta::ln_gamma;
use crate::domain::history::{Observation, Run, expected_seconds};
use std::sync::Arc;

/// The fewest runs on each side of a change.
const ENOUGH: usize = 4;
/// How much better two levels must be than one, as a logarithm.
const AGAINST: f64 = 6.0;
/// A change below this factor is none that anybody would look for.
const FACTOR: f64 = 1.25;
/// Durations below this are the clock's.
const LEAST: f64 = 0.001;

/// The last change of a test's duration.
#[derive(Clone, Debug, PartialEq)]
pub struct Pace {
    /// What it usually took before, in seconds.
    pub before: f64,
    /// What it usually takes since, in seconds.
    pub after: f64,
    /// How sure it is that there was a change at all, and no chance: 0 to 1, when as many places for it as there are runs were
    /// equally likely beforehand, and none as likely as all of them.
    pub certainty: f64,
    /// The last run before the change.
    pub last: Arc<Run>,
    /// The first run after it.
    pub first: Arc<Run>,
}

/// The last change of the duration of one test, from its observations, oldest first. Only runs in which it passed at the first
/// attempt tell how long it takes.
#[must_use]
pub fn pace(seen: &[&Observation]) -> Option<Pace> {
    let counted: Vec<&Observation> = seen
        .iter()
        .copied()
        .filter(|seen| !seen.outcome.is_bad() && seen.outcome.is_evidence() && seen.attempts.is_empty())
        .filter(|seen| seen.seconds.is_finite() && seen.seconds >= 0.0)
        .collect();
    let levels = smooth(&counted.iter().map(|seen| seen.seconds.max(LEAST).ln()).collect::<Vec<_>>());
    let mut from = 0;
    let mut last = None;
    while let Some((cut, gain)) = levels.get(from..).and_then(best_cut) {
        last = Some((from, from + cut, certainty(gain, levels.len() - from)));
        from += cut;
    }
    let (start, cut, certainty) = last?;
    let median = |part: &[&Observation]| expected_seconds(part.iter().rev().map(|seen| seen.seconds));
    let (before, after) = (median(counted.get(start..cut)?)?, median(counted.get(cut..)?)?);
    let factor = before.max(LEAST) / after.max(LEAST);
    if factor.max(1.0 / factor) < FACTOR {
        return None;
    }
    let run = |at: usize| counted.get(at).map(|seen| Arc::clone(&seen.run));
    Some(Pace { before, after, certainty, last: run(cut - 1)?, first: run(cut)? })
}

/// Each value as the median of the five around it, so that a slow run or two are none; a step stays where it is.
fn smooth(levels: &[f64]) -> Vec<f64> {
    let around = |at: usize| {
        let mut near: Vec<f64> =
            levels.get(at.saturating_sub(2)..(at + 3).min(levels.len())).unwrap_or_default().to_vec();
        near.sort_by(f64::total_cmp);
        near.get(near.len() / 2).copied().unwrap_or(0.0)
    };
    (0..levels.len()).map(around).collect()
}

/// How sure a cut is that explains a stretch of so many runs so much better.
#[expect(clippy::cast_precision_loss, reason = "counts of runs are far below 2^52")]
fn certainty(gain: f64, runs: usize) -> f64 {
    1.0 / (1.0 + (runs as f64).max(1.0) * (-gain).exp())
}

/// The first cut of the best split in two, where it is worth it, and how much better that is.
fn best_cut(levels: &[f64]) -> Option<(usize, f64)> {
    let sums = Sums::of(levels);
    let whole = sums.likelihood(0, levels.len());
    let places = ENOUGH..(levels.len() + 1).saturating_sub(ENOUGH).max(ENOUGH);
    let gains = places.map(|cut| (cut, sums.likelihood(0, cut) + sums.likelihood(cut, levels.len()) - whole));
    let (cut, gain) = gains.max_by(|left, right| left.1.total_cmp(&right.1))?;
    (gain > AGAINST).then_some((cut, gain))
}

/// Sums from the beginning, so that any stretch is weighed at once.
struct Sums {
    plain: Vec<f64>,
    squares: Vec<f64>,
    /// The level and the spread that are expected before anything is known.
    prior: (f64, f64),
}

impl Sums {
    fn of(levels: &[f64]) -> Self {
        let run = |value: &dyn Fn(f64) -> f64| {
            let mut sums = vec![0.0];
            levels.iter().for_each(|level| sums.push(sums.last().copied().unwrap_or(0.0) + value(*level)));
            sums
        };
        let mut sorted = levels.to_vec();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
        Self { plain: run(&|level| level), squares: run(&|level| level * level), prior: (middle, 0.02) }
    }

    /// The marginal log likelihood of a stretch whose levels are normal around an unknown level with an unknown spread
    /// (the normal-inverse-gamma prior has one observation of the level and two degrees of freedom).
    #[expect(clippy::cast_precision_loss, reason = "counts of runs are far below 2^52")]
    fn likelihood(&self, from: usize, to: usize) -> f64 {
        let at = |sums: &[f64]| sums.get(to).copied().unwrap_or(0.0) - sums.get(from).copied().unwrap_or(0.0);
        let (n, sum, squares) = ((to - from) as f64, at(&self.plain), at(&self.squares));
        if n == 0.0 {
            return 0.0;
        }
        let (mean, (expected, spread)) = (sum / n, self.prior);
        let (weight, shape) = (0.1, 1.0);
        let within = (squares - sum * mean).max(0.0);
        let apart = weight * n / (weight + n) * (mean - expected).powi(2);
        let (shape_after, scale_after) = (shape + n / 2.0, spread + 0.5 * (within + apart));
        ln_gamma(shape_after) - ln_gamma(shape) + shape * spread.ln() - shape_after * scale_after.ln()
            + 0.5 * (weight / (weight + n)).ln()
            - 0.5 * n * std::f64::consts::TAU.ln()
    }
}

#[cfg(test)]
mod tests {
    use super::pace;
    use crate::base::{Clean, Stamp};
    use crate::domain::history::{Observation, Run, RunSource};
    use crate::domain::suite::{Outcome, TestId};
    use std::sync::Arc;

    fn seen(durations: &[f64]) -> Vec<Observation> {
        let run = |at: usize| Run {
            serial: at as u64 + 1,
            ..Run::new(format!("r{at}"), Stamp(at as i64), RunSource::Launched)
        };
        let seen = |(at, seconds): (usize, &f64)| Observation {
            run: Arc::new(run(at)),
            test: TestId::new("t"),
            outcome: Outcome::Passed,
            attempts: Vec::new(),
            seconds: *seconds,
            message: Clean::default(),
            suspect: None,
        };
        durations.iter().enumerate().map(seen).collect()
    }

    /// What a test of about `level` seconds takes, give or take a tenth.
    fn noisy(level: f64, runs: usize) -> Vec<f64> {
        (0..runs).map(|at| level * (0.9 + 0.2 * ((at * 7919 % 97) as f64 / 97.0))).collect()
    }

    fn found(durations: &[f64]) -> Option<(f64, f64, u64)> {
        let all = seen(durations);
        pace(&all.iter().collect::<Vec<_>>()).map(|pace| (pace.before, pace.after, pace.first.serial))
    }

    #[test]
    fn a_test_that_became_slower_says_when() {
        let (before, after, first) = found(&[noisy(0.5, 20), noisy(2.0, 8)].concat()).unwrap();
        assert!(((0.45..0.55).contains(&before)) && (1.8..2.2).contains(&after), "{before} {after}");
        assert_eq!(first, 21);
        // The last of several changes is told.
        let (before, after, first) = found(&[noisy(0.5, 20), noisy(2.0, 20), noisy(1.0, 9)].concat()).unwrap();
        assert!(before > 1.7 && after < 1.2 && first == 41, "{before} {after} {first}");
    }

    #[test]
    fn noise_and_single_slow_runs_are_no_change() {
        assert_eq!(found(&noisy(1.0, 200)), None);
        let mut one = noisy(1.0, 40);
        one[20] = 9.0;
        one[21] = 8.0;
        assert_eq!(found(&one), None);
        assert_eq!(found(&[noisy(0.000_01, 20), noisy(0.000_9, 20)].concat()), None, "below what a clock can tell");
        assert_eq!(found(&[]), None);
        assert_eq!(found(&[1.0, 5.0]), None);
    }
}
