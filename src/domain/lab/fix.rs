//! Does a fix hold? The test runs under the trigger that made it fail, as often as the rate before demands, in several processes.
//!
//! Before the fix the rate was Beta(½ + failures, ½ + passes); whether the fix holds is a coin at first. Each pass under the
//! trigger makes it more probable that it does, and a single failure by the same cause says that it does not. Passes that hang
//! together count for less: failures come in bursts.

use super::bench::Budget;
use super::chance::{fisher, unseen_above};
use super::recipe::{Recipe, Repeat};
use super::trial::Trial;
use super::verdict::{Cause, Verdict};
use crate::domain::suite::TestId;
use serde::{Deserialize, Serialize};

/// How probable it has to be that a fix holds.
pub const SURE: f64 = 0.95;
/// The fewest processes over which the passes are spread.
const BLOCKS: u32 = 5;
/// The most attempts of one process.
const MOST: u32 = 400;
/// Seeds of hashes that were not tried before the fix begin here.
const OTHER_HASHES: u32 = 50;

/// How a test failed before it was mended.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// The test.
    pub target: TestId,
    /// What is equal for the failures of the cause, and in words.
    pub failure: (String, String),
    /// The ways in which it failed, taken in turn.
    ways: Vec<Recipe>,
    /// The attempts in those ways, in their order: whether each failed.
    outcomes: Vec<bool>,
    /// Other ways that have to pass at last.
    wider: Vec<Recipe>,
}

/// What came of checking a fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// It is as good as certain that it does.
    Holds,
    /// The test failed by the same cause.
    SameFailure,
    /// The failure is gone, and another one is there.
    OtherFailure,
    /// It cannot be said yet.
    Open,
    /// The test, or what triggered its failure, is not there any more.
    Unfit,
}

impl Held {
    /// The same in a few words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Holds => "the fix holds",
            Self::SameFailure => "not mended: the same failure",
            Self::OtherFailure => "another failure instead",
            Self::Open => "not decided yet",
            Self::Unfit => "cannot be judged",
        }
    }
}

/// How a fix was checked, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Whether it holds.
    pub held: Held,
    /// The failure that was seen, in words, or why there is nothing to judge.
    pub words: String,
    /// How often the test failed and ran under the trigger before.
    pub before: (u32, u32),
    /// How often it failed and ran since.
    pub after: (u32, u32),
    /// In how many processes.
    pub processes: u32,
    /// How many passes the attempts are worth, since they hang together.
    pub worth: f64,
    /// How probable it is that the fix holds.
    pub probability: f64,
    /// The rate that would hardly have been missed.
    pub bound: f64,
    /// How many passes are still needed.
    pub needed: u32,
    /// The probability of the difference between before and after by chance alone.
    pub chance: f64,
}

/// What is to be done to check a fix.
#[derive(Clone, Debug, PartialEq)]
pub enum NextCheck {
    /// This trial is to be made.
    Run(Box<Recipe>),
    /// That is all.
    Done(Box<Check>),
}

impl Proof {
    /// How a test failed by the verdict of its lab; nothing where it was never made to fail.
    #[must_use]
    pub fn of(target: &TestId, suite: &[TestId], verdict: &Verdict, trials: &[Trial]) -> Option<Self> {
        let failure = verdict.failure.clone()?;
        let key = failure.0.as_str();
        let mut ways = ways(target, verdict);
        if ways.is_empty() {
            // A lab that ended before it confirmed a trigger knows how the test failed all the same.
            let made = trials.iter().find(|trial| trial.is_fit() && outcomes(trial, key).contains(&true));
            ways.extend(made.map(|trial| trial.recipe.clone()));
        }
        let seen = |trial: &&Trial| trial.is_fit() && ways.iter().any(|way| is_like(way, &trial.recipe));
        let outcomes: Vec<bool> = trials.iter().filter(seen).flat_map(|trial| outcomes(trial, key)).collect();
        let others: Vec<TestId> = suite.iter().filter(|other| *other != target).cloned().collect();
        let after = |before: Vec<TestId>| Recipe::in_order(before.into_iter().chain([target.clone()]), 1);
        let mut wider =
            vec![Recipe::alone(target, 7), after(others.clone()), after(others.into_iter().rev().collect())];
        if !matches!(verdict.cause, Cause::Clock { .. }) {
            wider.push(Recipe::in_order([target.clone(), target.clone()], 7));
        }
        outcomes.contains(&true).then_some(Self { target: target.clone(), failure, ways, outcomes, wider })
    }

    /// How often it failed and ran.
    #[must_use]
    pub fn before(&self) -> (u32, u32) {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        (count(self.outcomes.iter().filter(|failed| **failed).count()), count(self.outcomes.len()))
    }

    /// The way of the trial with this number.
    fn way(&self, number: u32, needed: u32) -> Recipe {
        let at = usize::try_from(number).unwrap_or(0) % self.ways.len().max(1);
        let mut way = self.ways.get(at).cloned().unwrap_or_default();
        if let Some(repeat) = &mut way.repeat {
            repeat.count = needed.div_ceil(BLOCKS).clamp(10, MOST);
            repeat.until = 1;
        }
        if let Some(stall) = &mut way.stall {
            stall.seed = 1_000_000 + u64::from(number) * 1000;
        }
        if way.sweep {
            way.random = Some(1 + u64::from(number) * u64::from(MOST));
        }
        if way.hash == 0 {
            way.hash = OTHER_HASHES + number;
        }
        Recipe { round: number, ..way }
    }
}

/// The ways in which a test is made to fail. A seed that failed says little of others: they are tried as well.
fn ways(target: &TestId, verdict: &Verdict) -> Vec<Recipe> {
    match &verdict.cause {
        Cause::Random { fails, .. } => {
            let sweep = Repeat { count: MOST, seconds: 30, until: 1 };
            let seeded = Recipe { random: Some(*fails), ..Recipe::alone(target, 1) };
            vec![seeded.clone(), Recipe { repeat: Some(sweep), sweep: true, ..seeded }]
        }
        // Zero stands for a seed that was not tried yet.
        Cause::Hash { fails, .. } => vec![Recipe::alone(target, *fails), Recipe::alone(target, 0)],
        Cause::Intermittent => vec![Recipe::alone(target, 0)],
        _ => verdict.trigger.iter().map(|trigger| trigger.recipe.clone()).collect(),
    }
}

/// Whether a trial was made in that way, or in the same one with other seeds.
fn is_like(way: &Recipe, made: &Recipe) -> bool {
    let bare = |recipe: &Recipe| {
        let stall = recipe.stall.map(|stall| super::recipe::Stall { seed: 0, ..stall });
        let hash = if way.hash == 0 { 0 } else { recipe.hash };
        Recipe {
            round: 0,
            repeat: None,
            random: recipe.random.map(|seed| if recipe.sweep { 0 } else { seed }),
            stall,
            hash,
            ..recipe.clone()
        }
    };
    way.repeat.is_some() == made.repeat.is_some() && bare(way) == bare(made)
}

/// The attempts of a trial: whether each failed by the cause. Of the order only the last one counts.
fn outcomes(trial: &Trial, key: &str) -> Vec<bool> {
    if trial.recipe.repeat.is_none() {
        return vec![trial.fails_by(Some(key))];
    }
    let failed = |at: u32| trial.failures().any(|attempt| attempt.at == at && attempt.cause.as_deref() == Some(key));
    (1..=trial.ran).map(failed).collect()
}

/// How probable it is that a fix holds after so many passes, with what was seen before it.
#[must_use]
pub fn probability((failed, ran): (u32, u32), passes: f64) -> f64 {
    let (a, b) = (0.5 + f64::from(failed), 0.5 + f64::from(ran - failed.min(ran)));
    let whole = passes.floor();
    let mut unlucky = 1.0;
    let mut at = 0.0;
    while at < whole {
        unlucky *= (b + at) / (a + b + at);
        at += 1.0;
    }
    1.0 / (1.0 + unlucky)
}

/// How many passes make it as good as certain.
#[must_use]
pub fn passes_needed(before: (u32, u32)) -> u32 {
    let (a, b) = (0.5 + f64::from(before.0), 0.5 + f64::from(before.1 - before.0.min(before.1)));
    let (mut unlucky, mut passes) = (1.0, 0_u32);
    while 1.0 / (1.0 + unlucky) < SURE && passes < 1_000_000 {
        let at = f64::from(passes);
        unlucky *= (b + at) / (a + b + at);
        passes += 1;
    }
    passes
}

/// How much neighbours are alike: how many attempts are worth one that stands for itself.
#[must_use]
pub fn burst(outcomes: &[bool]) -> f64 {
    let failed = outcomes.iter().filter(|failed| **failed).count();
    if failed < 2 || failed == outcomes.len() {
        return 1.0;
    }
    let of = |count: usize, all: usize| {
        f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / f64::from(u32::try_from(all.max(1)).unwrap_or(1))
    };
    let rate = of(failed, outcomes.len());
    let followed = outcomes.windows(2).filter(|pair| pair[0]).count();
    let again = outcomes.windows(2).filter(|pair| pair[0] && pair[1]).count();
    let alike = ((of(again, followed) - rate) / (1.0 - rate)).clamp(0.0, 0.98);
    (1.0 + alike) / (1.0 - alike)
}

/// What is to be done next, with these trials of the check.
#[must_use]
pub fn next_check(proof: &Proof, trials: &[Trial], budget: Budget, stop: bool) -> NextCheck {
    let key = proof.failure.0.as_str();
    let before = proof.before();
    let weight = burst(&proof.outcomes);
    let (mut passes, mut processes) = (0_u32, 0_u32);
    let needed = |weight: f64| (f64::from(passes_needed(before)) * weight).ceil();
    let check = |held, words: &str, failed: u32, passes: u32, processes| {
        let worth = f64::from(passes) / weight;
        let missing = (needed(weight) - f64::from(passes)).max(0.0);
        NextCheck::Done(Box::new(Check {
            held,
            words: words.to_owned(),
            before,
            after: (failed, passes + failed),
            processes,
            worth,
            probability: if failed > 0 { 0.0 } else { probability(before, worth) },
            bound: unseen_above(passes),
            needed: as_count(missing),
            chance: fisher(before, (failed, passes + failed)),
        }))
    };
    let seconds = trials.iter().fold(0.0, |sum, trial| sum + trial.seconds);
    let mut wider = proof.wider.iter();
    for trial in trials {
        if let super::trial::End::Unfit(why) = &trial.end {
            return check(Held::Unfit, why, 0, passes, processes);
        }
        processes += 1;
        let is_wider = trial.recipe.round == u32::MAX;
        if is_wider {
            wider.next();
        }
        let attempts = outcomes(trial, key);
        if attempts.contains(&true) {
            return check(Held::SameFailure, &proof.failure.1, 1, passes, processes);
        }
        if let Some(other) = trial.failures().next() {
            return check(Held::OtherFailure, &other.words, 1, passes, processes);
        }
        if !is_wider {
            passes = passes.saturating_add(u32::try_from(attempts.len()).unwrap_or(u32::MAX));
        }
    }
    let is_sure = probability(before, f64::from(passes) / weight) >= SURE && processes >= BLOCKS;
    if is_sure && wider.len() == 0 {
        return check(Held::Holds, "", 0, passes, processes);
    }
    if stop || processes >= budget.runs || seconds >= budget.seconds {
        return check(Held::Open, "", 0, passes, processes);
    }
    match wider.next().filter(|_| is_sure) {
        Some(way) => NextCheck::Run(Box::new(Recipe { round: u32::MAX, ..way.clone() })),
        None => NextCheck::Run(Box::new(proof.way(processes, as_count(needed(weight))))),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count that is not negative, and bounded"
)]
fn as_count(count: f64) -> u32 {
    count.clamp(0.0, 1e9) as u32
}

impl Check {
    /// What came of it, in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let (failed, ran) = self.before;
        let ((_, since), processes) = (self.after, self.processes);
        match self.held {
            Held::Holds => format!(
                "The fix holds (P = {:.3}): {failed} of {ran} failed before, 0 of {since} since, in {processes} processes; a rate above \
                 {:.1} % would show.",
                self.probability,
                self.bound * 100.0
            ),
            Held::SameFailure => {
                let runs = if since == 1 { "1 run".to_owned() } else { format!("{since} runs") };
                format!("The fix does not hold: it failed by the same cause after {runs}: {}", self.words)
            }
            Held::OtherFailure => {
                format!("It is not fixed: the failure is gone, and a new one is here: {}", self.words)
            }
            Held::Open => format!(
                "It cannot be said yet (P = {:.3}): 0 of {since} failed, {failed} of {ran} before; {} passes more would do.",
                self.probability, self.needed
            ),
            Held::Unfit => format!("There is nothing to judge: {}", self.words),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{burst, passes_needed, probability};

    #[test]
    fn so_many_passes_are_needed_as_the_rate_before_demands() {
        assert_eq!([(3, 10), (1, 20), (5, 100), (1, 100), (2, 500)].map(passes_needed), [12, 121, 70, 611, 1122]);
        assert!((probability((3, 3), 0.0) - 0.5).abs() < 1e-9);
        assert!(probability((3, 3), 3.0) > 0.95);
    }

    #[test]
    fn attempts_that_hang_together_are_worth_less() {
        let apart: Vec<bool> = (0..100).map(|at| at % 10 == 0).collect();
        let bursts: Vec<bool> = (0..100).map(|at| at < 10).collect();
        assert!((burst(&apart) - 1.0).abs() < 1e-9);
        assert!(burst(&bursts) > 10.0);
    }

    /// A chain that fails with this rate, and after a failure with that one.
    fn chain(rate: f64, again: f64, length: usize, seed: u64) -> Vec<bool> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut roll = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f64::from(u32::try_from(state >> 33).expect("31 bits")) / f64::from(1_u32 << 31)
        };
        let begin = rate * (1.0 - again) / (1.0 - rate);
        let mut failing = roll() < rate;
        let step = |_| {
            failing = roll() < if failing { again } else { begin };
            failing
        };
        (0..length).map(step).collect()
    }

    /// Nothing was mended: how often is it said that it was, where failures come in bursts?
    #[test]
    fn bursts_are_not_taken_for_a_fix() {
        let (mut wrong, mut plain, mut all) = (0, 0, 0);
        for (rate, again) in [(0.05, 0.5), (0.1, 0.6), (0.2, 0.5), (0.3, 0.3), (0.03, 0.8), (0.1, 0.1)] {
            for seed in 0..300 {
                let told = chain(rate, again, 4000, seed);
                let (before, after) = told.split_at(200);
                let failed = u32::try_from(before.iter().filter(|failed| **failed).count()).expect("a count");
                if failed == 0 {
                    continue;
                }
                all += 1;
                let needed = passes_needed((failed, 200));
                let is_green = |count: f64| after.iter().take(super::as_count(count) as usize).all(|failed| !failed);
                wrong += u32::from(is_green((f64::from(needed) * burst(before)).ceil()));
                let plug_in = (0.05_f64.ln() / (1.0 - f64::from(failed) / 200.0).ln()).ceil();
                plain += u32::from(is_green(plug_in));
            }
        }
        assert!(wrong * 20 <= all, "{wrong} of {all} by what is needed");
        assert!(plain * 10 > all, "the usual count is wrong in {plain} of {all} only: the chains are too tame");
    }
}
