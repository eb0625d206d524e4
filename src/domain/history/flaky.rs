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

#[cfg(test)]
mod tests {
    use super::{FlakyTest, Standing, expected_seconds, flaky};
    use crate::base::{Clean, Stamp};
    use crate::domain::history::{Observation, Run, RunSource};
    use crate::domain::suite::{Outcome, TestId};
    use proptest::prelude::*;
    use std::sync::Arc;

    /// The observations of a test: a letter for each run (P, F, E, s, x), `r` before it for a failed attempt in the
    /// same run, `=` before it for the source tree of the run before.
    fn seen(name: &str, text: &str) -> Vec<Observation> {
        let (mut found, mut tree, mut attempts, mut same) = (Vec::new(), 0, Vec::new(), false);
        for c in text.chars() {
            let outcome = match c {
                'P' => Outcome::Passed,
                'F' => Outcome::Failed,
                'E' => Outcome::Error,
                's' => Outcome::Skipped,
                'x' => Outcome::Xfailed,
                'r' => {
                    attempts.push(Outcome::Failed);
                    continue;
                }
                _ => {
                    same = true;
                    continue;
                }
            };
            tree += i32::from(!same);
            same = false;
            let serial = found.len() as u64 + 1;
            let run = Run {
                serial,
                tree: Some(format!("tree {tree}")),
                ..Run::new(format!("run {serial}"), Stamp(serial as i64 * 1000), RunSource::Launched)
            };
            found.push(Observation {
                run: Arc::new(run),
                test: TestId::new(name),
                outcome,
                attempts: std::mem::take(&mut attempts),
                seconds: 1.0,
                message: if outcome.is_bad() { Clean::line("boom") } else { Clean::default() },
            });
        }
        found
    }

    fn only(text: &str) -> Option<FlakyTest> {
        flaky(&seen("t", text)).into_iter().next()
    }

    fn check(text: &str, standing: Standing, definite: bool) {
        let found = only(text).unwrap_or_else(|| panic!("{text} is not listed"));
        assert_eq!((found.standing, found.definite), (standing, definite), "{text}");
    }

    #[test]
    fn one_outcome_is_no_flake_and_skips_are_no_outcome() {
        for text in ["", "P", "PPPP", "FFFF", "EF", "PsP", "sFxF", "xPxP", "ssss"] {
            assert_eq!(only(text), None, "{text}");
        }
    }

    #[test]
    fn a_change_that_stays_is_a_regression_or_a_fix() {
        check("PPPF", Standing::Regressed, false);
        check("PPPPPFFFFF", Standing::Regressed, false);
        check("FFFFP", Standing::Mended, false);
        check("PPPFFFPPP", Standing::Mended, false);
        check("PPPFFFPPFFF", Standing::Regressed, false);
        check("PsFxF", Standing::Regressed, false);
    }

    #[test]
    fn coming_and_going_is_a_flake() {
        check("PFP", Standing::Flaky, false);
        check("PPPPFPPPP", Standing::Flaky, false);
        check("PFPFPF", Standing::Flaky, false);
        check("PEPP", Standing::Flaky, false);
    }

    #[test]
    fn both_outcomes_on_one_tree_or_in_one_run_are_proof() {
        check("P=F", Standing::Flaky, true);
        check("PPPP=FFF", Standing::Flaky, true);
        check("PPrPP", Standing::Flaky, true);
        check("F=PPP", Standing::Flaky, true);
        check("P=sF", Standing::Regressed, false);
    }

    #[test]
    fn another_environment_on_the_same_tree_is_no_proof() {
        let mut seen = seen("t", "P=F");
        let run = Run { environment: Some("python 3.9".to_owned()), ..(*seen[1].run).clone() };
        seen[1].run = Arc::new(run);
        assert!(!flaky(&seen)[0].definite);
    }

    #[test]
    fn an_old_flake_that_has_long_been_quiet_fades() {
        let text = "PPFPFFPP".repeat(5) + &"P".repeat(60);
        let found = only(&text).unwrap();
        assert_eq!((found.standing, found.failures, found.strip.len()), (Standing::Mended, 15, 40));
        let onset = only(&("P".repeat(100) + &"FPPF".repeat(8))).unwrap();
        assert_eq!((onset.standing, onset.unstable.part, onset.unstable.whole), (Standing::Flaky, 16, 32));
        assert_eq!(onset.since, Some(Stamp(101_000)));
    }

    #[test]
    fn a_run_in_which_nearly_everything_failed_is_no_evidence() {
        let mut seen = seen("t", "PPFPP");
        seen[2].run = Arc::new(Run { tests: 100, bad: 95, ..(*seen[2].run).clone() });
        assert_eq!(flaky(&seen), []);
    }

    #[test]
    fn the_last_failure_and_the_figures_are_those_of_the_runs() {
        let found = only("PFPrPs").unwrap();
        assert_eq!((found.runs, found.failures, found.flips), (4, 2, 2));
        assert_eq!(found.last_failure.unwrap().0, Stamp(4000));
        assert_eq!((found.unstable.part, found.unstable.whole), (2, 5));
        assert_eq!(found.seconds_median, Some(1.0));
        let marks: Vec<(char, bool, bool)> =
            found.strip.iter().map(|mark| (mark.outcome.symbol(), mark.retried, mark.evidence)).collect();
        assert_eq!(marks[3..], [('✓', true, true), ('s', false, false)]);
    }

    #[test]
    fn the_expected_time_is_the_median_of_the_last() {
        assert_eq!(expected_seconds([3.0, 1.0, 2.0, f64::NAN, -1.0]), Some(2.0));
        assert_eq!(expected_seconds([]), None);
        assert_eq!(expected_seconds(std::iter::repeat_n(1.0, 20).chain(std::iter::repeat_n(9.0, 99))), Some(1.0));
    }

    proptest! {
        #[test]
        fn a_clean_regression_or_fix_never_stands_above_a_flake(
            good in 1_usize..60, bad in 1_usize..60, fixed: bool, quiet in 0_usize..60,
        ) {
            let (p, f) = ("P".repeat(good), "F".repeat(bad));
            let clean = if fixed { f + &p } else { p + &f };
            let mut all = seen("a clean", &clean);
            all.extend(seen("b flake", &("P".repeat(quiet) + "PPPFPFPP")));
            let found = flaky(&all);
            prop_assert_eq!(found[0].id.as_str(), "b flake");
            prop_assert_eq!(found[1].standing, if fixed { Standing::Mended } else { Standing::Regressed });
        }

        #[test]
        fn the_order_of_observations_does_not_matter(
            texts in prop::collection::vec("[PFEs]{0,12}", 1..6),
            seed: u64,
        ) {
            let all: Vec<Observation> =
                texts.iter().enumerate().flat_map(|(at, text)| seen(&format!("t{at}"), text)).collect();
            let mut mixed = all.clone();
            mixed.sort_by_key(|seen| {
                let name = format!("{seed}{}{}", seen.run.id, seen.test.as_str());
                name.bytes().fold(seed, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
            });
            prop_assert_eq!(flaky(&all), flaky(&mixed));
        }

        #[test]
        fn a_skip_changes_no_figure(text in "[PF]{2,20}", at in 0_usize..20) {
            let mut skipped = text.clone();
            skipped.insert_str(at.min(text.len()), "s");
            let figures = |found: Option<FlakyTest>| found.map(|found| (found.standing, found.runs, found.failures, found.unstable));
            prop_assert_eq!(figures(only(&text)), figures(only(&skipped)));
        }
    }
}
