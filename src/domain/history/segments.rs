//! Where the behaviour of a test changed: its history cut into stretches of one failure rate each.
//!
//! The rule is that of LUCI: a stretch is cut where two rates explain it better than one, by more than a prior
//! against cutting.

use crate::domain::history::beta::ln_gamma;
use crate::domain::history::evidence::Step;
use std::ops::Range;

/// The prior of the rate at which runs of one stretch hold a failure.
const PRIOR: (f64, f64) = (0.3, 0.5);

/// How much better two rates must be than one, as a logarithm: one cut in a hundred places is expected. With less, of histories
/// of one rate more than three in a hundred would be split; with more, a test that begins to fail in one run of ten would be
/// found out too late.
const AGAINST: f64 = 4.605;

/// How much of the certainty is left out at each end of a change's position.
const TAIL: f64 = 0.005;

/// The stretches of `steps`, oldest first; together they are the whole.
pub(super) fn segments(steps: &[Step]) -> Vec<Range<usize>> {
    // failures[i] = runs with a failure among the first i.
    let mut failures = vec![0_u32];
    for step in steps {
        failures.push(failures.last().copied().unwrap_or(0) + u32::from(step.has_failure()));
    }
    let groups = groups(steps);
    let mut waiting = vec![Range { start: 0, end: steps.len() }];
    let mut found = Vec::new();
    while let Some(range) = waiting.pop() {
        match best_cut(&groups, &failures, &range) {
            Some((cut, gain)) if gain > AGAINST => {
                waiting.push(cut..range.end);
                waiting.push(range.start..cut);
            }
            _ => found.push(range),
        }
    }
    found
}

/// Where the change lies that `cut` made in `range`, with 99 % certainty: the first runs at which the new rate can have begun,
/// from the earliest to the latest.
pub(super) fn position(steps: &[Step], range: &Range<usize>, cut: usize) -> (usize, usize) {
    let part = steps.get(range.clone()).unwrap_or_default();
    let mut failures = vec![0_u32];
    for step in part {
        failures.push(failures.last().copied().unwrap_or(0) + u32::from(step.has_failure()));
    }
    let likely = |from: usize, to: usize| {
        let count = |at: usize| failures.get(at).copied().unwrap_or(0);
        likelihood(count(to) - count(from), u32::try_from(to - from).unwrap_or(u32::MAX))
    };
    let is_one_tree = |at: usize| match (part.get(at.wrapping_sub(1)), part.get(at)) {
        (Some(left), Some(right)) => left.tree.is_some() && left.tree == right.tree,
        _ => false,
    };
    let places: Vec<(usize, f64)> =
        (1..part.len()).filter(|&at| !is_one_tree(at)).map(|at| (at, likely(0, at) + likely(at, part.len()))).collect();
    let most = places.iter().map(|(_, gain)| *gain).fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<(usize, f64)> = places.into_iter().map(|(at, gain)| (at, (gain - most).exp())).collect();
    let whole: f64 = weights.iter().map(|(_, weight)| weight).sum();
    let bound = |weights: &[(usize, f64)]| {
        let mut sum = 0.0;
        let mut reached = weights.iter().skip_while(|(_, weight)| {
            sum += weight;
            sum <= whole * TAIL
        });
        reached.next().map_or(cut, |(at, _)| range.start + at)
    };
    let back: Vec<(usize, f64)> = weights.iter().rev().copied().collect();
    (bound(&weights).min(cut), bound(&back).max(cut))
}

/// For each step whether a run of its source tree failed, and whether it is the first one of that tree. Runs of one tree
/// stand side by side; where the tree is unknown, each run has its own.
fn groups(steps: &[Step]) -> Vec<(bool, bool)> {
    let is_one = |left: &Step, right: &Step| left.tree.is_some() && left.tree == right.tree;
    let mut groups = Vec::with_capacity(steps.len());
    for group in steps.chunk_by(is_one) {
        let has_failure = group.iter().any(|step| step.has_failure());
        groups.extend((0..group.len()).map(|at| (has_failure, at == 0)));
    }
    groups
}

/// The best place to cut `range`, with the gain in log likelihood. A cut lies where the outcome changes from one source tree to
/// the next, never between two runs of the same one.
fn best_cut(groups: &[(bool, bool)], failures: &[u32], range: &Range<usize>) -> Option<(usize, f64)> {
    let likely = |from: usize, to: usize| {
        let count = |at: usize| failures.get(at).copied().unwrap_or(0);
        likelihood(count(to) - count(from), u32::try_from(to - from).unwrap_or(u32::MAX))
    };
    let whole = likely(range.start, range.end);
    let mut best = None;
    for cut in range.start + 1..range.end {
        let (Some(left), Some(right)) = (groups.get(cut - 1), groups.get(cut)) else { continue };
        if left.0 == right.0 || !right.1 {
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
    use super::{position, segments};
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

    #[test]
    fn a_clear_change_has_one_place_and_a_faint_one_a_range() {
        let place = |text: &str, cut| position(&steps(text), &(0..text.len()), cut);
        let (from, to) = place(&("P".repeat(60) + &"F".repeat(12)), 60);
        assert!((59..=60).contains(&from) && (60..=61).contains(&to), "{from} {to}");
        let faint = "P".repeat(60) + &"PPPPPPPPPF".repeat(6);
        let (from, to) = place(&faint, 69);
        assert!(from < 69 && to >= 69 && to - from > 10, "{from} {to}");
        let mut one_tree = steps(&("P".repeat(40) + "PF" + &"F".repeat(10)));
        (38..41).for_each(|at| one_tree[at].tree = Some(7));
        let (from, to) = position(&one_tree, &(0..52), 41);
        assert!((41..=42).contains(&from) && (41..=42).contains(&to), "{from} {to}");
    }

    #[test]
    fn a_flake_whose_first_failure_stands_beside_a_pass_of_the_same_tree_begins_with_that_tree() {
        let mut pairs = steps(&("P".repeat(60) + &"PFPPFP".repeat(6)));
        pairs.iter_mut().enumerate().for_each(|(at, step)| step.tree = Some(at / 2));
        let ends: Vec<usize> = segments(&pairs).into_iter().map(|range| range.end).collect();
        assert_eq!(ends, [60, 96]);
    }

    /// Whether run `at` of a made-up history of number `seed` fails at this rate in a thousand.
    fn fails(seed: u64, at: usize, rate: u64) -> bool {
        let mut mixed = (seed << 20 | at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed >> 33) % 1000 < rate
    }

    fn drawn(seed: u64, runs: std::ops::Range<usize>, rate: u64) -> String {
        runs.map(|at| if fails(seed, at, rate) { 'F' } else { 'P' }).collect()
    }

    #[test]
    fn a_history_of_one_rate_is_hardly_ever_split() {
        for rate in [0, 10, 50, 100, 300, 500] {
            let split = (0..400).filter(|seed| segments(&steps(&drawn(*seed, 0..200, rate))).len() > 1).count();
            assert!(split <= 12, "{split} of 400 at {rate} in a thousand");
        }
    }

    #[test]
    fn a_test_that_begins_to_fail_in_one_run_of_ten_is_told_within_fifteen_runs() {
        let mut delays: Vec<usize> = (0..200)
            .map(|seed| {
                let told = |runs: &usize| {
                    let text = "P".repeat(200) + &drawn(seed, 0..*runs, 100);
                    segments(&steps(&text)).len() > 1
                };
                (1..=60).find(told).unwrap_or(99)
            })
            .collect();
        delays.sort_unstable();
        assert!(delays[100] <= 15, "half of them within {} runs", delays[100]);
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
