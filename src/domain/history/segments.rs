//! Where the behaviour of a test changed: its history cut into stretches of one failure rate each.
//!
//! The rule is that of LUCI: a stretch is cut where two rates explain it better than one, by more than a prior
//! against cutting.

use crate::domain::history::beta::ln_gamma;
use crate::domain::history::evidence::Step;
use std::ops::Range;

/// The prior of the rate at which runs of one stretch hold a failure.
const PRIOR: (f64, f64) = (0.3, 0.5);

/// The stretches of `steps`, oldest first; together they are the whole.
pub(super) fn segments(steps: &[Step]) -> Vec<Range<usize>> {
    // failures[i] = runs with a failure among the first i.
    let mut failures = vec![0_u32];
    for step in steps {
        failures.push(failures.last().copied().unwrap_or(0) + u32::from(step.has_failure()));
    }
    let weight = against(steps.len());
    let mut waiting = vec![Range { start: 0, end: steps.len() }];
    let mut found = Vec::new();
    while let Some(range) = waiting.pop() {
        match best_cut(steps, &failures, &range) {
            Some((cut, gain)) if gain > weight => {
                waiting.push(cut..range.end);
                waiting.push(range.start..cut);
            }
            _ => found.push(range),
        }
    }
    found
}

/// How much better two rates must be than one, as a logarithm, in a history of `runs` runs.
#[expect(clippy::cast_precision_loss, reason = "counts of runs are far below 2^52")]
fn against(runs: usize) -> f64 {
    -(0.5 / (runs.max(1) as f64)).clamp(1e-3, 1e-2).ln()
}

/// The best place to cut `range`, with the gain in log likelihood. A cut lies where the outcome changes, never
/// between two runs of the same source tree.
fn best_cut(steps: &[Step], failures: &[u32], range: &Range<usize>) -> Option<(usize, f64)> {
    let likely = |from: usize, to: usize| {
        let count = |at: usize| failures.get(at).copied().unwrap_or(0);
        likelihood(count(to) - count(from), u32::try_from(to - from).unwrap_or(u32::MAX))
    };
    let whole = likely(range.start, range.end);
    let mut best = None;
    for cut in range.start + 1..range.end {
        let (Some(left), Some(right)) = (steps.get(cut - 1), steps.get(cut)) else { continue };
        if left.has_failure() == right.has_failure() || (left.tree.is_some() && left.tree == right.tree) {
            continue;
        }
        let gain = likely(range.start, cut) + likely(cut, range.end) - whole;
        if best.is_none_or(|(_, most)| gain > most) {
            best = Some((cut, gain));
        }
    }
    best
}

/// The marginal log likelihood of `bad` failures in `all` runs of one unknown rate.
fn likelihood(bad: u32, all: u32) -> f64 {
    let (a, b) = PRIOR;
    let (bad, all) = (f64::from(bad), f64::from(all));
    ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + ln_gamma(bad + a) + ln_gamma(all - bad + b) - ln_gamma(all + a + b)
}

#[cfg(test)]
mod tests {
    use super::segments;
    use crate::domain::history::evidence::Step;
    use proptest::prelude::*;

    fn steps(text: &str) -> Vec<Step> {
        let step = |bad: bool| Step { good: u64::from(!bad), bad: u64::from(bad), ended_bad: bad, tree: None };
        text.chars().map(|c| step(c == 'F')).collect()
    }

    fn check(text: &str, expect: &[usize]) {
        let ends: Vec<usize> = segments(&steps(text)).into_iter().map(|range| range.end).collect();
        assert_eq!(ends, expect, "{text}");
    }

    #[test]
    fn a_new_rate_begins_a_stretch() {
        check(&("P".repeat(40) + &"F".repeat(10)), &[40, 50]);
        check(&("P".repeat(100) + &"FPPF".repeat(8)), &[100, 132]);
        check(&"PPPPPPPPPF".repeat(6), &[60]);
        check("PF", &[2]);
        check("", &[0]);
    }

    #[test]
    fn a_stretch_never_ends_inside_one_tree() {
        let mut one_tree = steps(&("P".repeat(40) + &"F".repeat(10)));
        one_tree.iter_mut().for_each(|step| step.tree = Some(7));
        assert_eq!(segments(&one_tree).len(), 1);
    }

    proptest! {
        #[test]
        fn stretches_tile_the_history(text in "[PF]{0,80}") {
            let steps = steps(&text);
            let mut next = 0;
            for range in segments(&steps) {
                prop_assert_eq!(range.start, next);
                next = range.end;
            }
            prop_assert_eq!(next, steps.len());
        }
    }
}
