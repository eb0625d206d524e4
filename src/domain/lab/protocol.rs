//! The protocol: from what is known to what is to be tried next, and to the verdict.

use super::bench::{Bench, Budget, Effort, Halt};
use super::case::Case;
use super::chance::unseen_above;
use super::order::{brittle, victim};
use super::pressure::pressure;
use super::recipe::Recipe;
use super::repeated::{self_polluting, self_setting};
use super::seeds::{mixed, rare};
use super::surroundings::{always, different};
use super::trial::{Change, End, Trial};
use super::verdict::{Cause, Finding, Split, Status, Verdict};
use super::words::rows;
use crate::domain::suite::TestId;

/// With how many seeds of hashes the test runs alone at first.
const ALONE: u32 = 4;
/// The most random orders that are tried.
const SHUFFLES: u32 = 8;
/// How many processes the gate needs, which are kept for it.
const RESERVE: u32 = 9;

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// This trial is to be made; what it is for, in a word.
    Run(Box<Recipe>, &'static str),
    /// There is nothing more to find out.
    Done(Box<Verdict>),
}

/// What is to be done next in a case, with these trials in the order in which they were made. `stop`: nothing more is tried.
#[must_use]
pub fn next(case: &Case, trials: &[Trial], budget: Budget, stop: bool) -> Next {
    let mut bench = Bench::new(trials, budget);
    let mut notes = Notes { recorded: case.causes.clone(), phase: "looking", ..Notes::default() };
    let halt = walk(&mut bench, case, &mut notes).err();
    match halt {
        Some(Halt::Need(recipe)) if !stop => Next::Run(recipe, notes.phase),
        halt => {
            let unfit = match &halt {
                Some(Halt::Unfit(why)) => Some(why.clone()),
                _ => None,
            };
            Next::Done(Box::new(notes.verdict(trials, bench.spent(), halt.is_some(), unfit)))
        }
    }
}

/// What was found out so far.
#[derive(Debug, Default)]
pub struct Notes {
    /// What is being done, in a word.
    pub phase: &'static str,
    /// The causes of recorded failures.
    pub recorded: Vec<String>,
    /// The failure that it is about.
    pub failure: Option<(String, String)>,
    /// What is supposed.
    pub cause: Option<Cause>,
    /// How sure it is.
    pub status: Status,
    /// How many suppositions did not pass the gate.
    pub gates: u32,
    /// With the trigger.
    pub trigger: Option<Finding>,
    /// Without it.
    pub counter: Option<Finding>,
    /// What makes the test fail.
    pub leak: Vec<Change>,
    /// What else was changed.
    pub changes: Vec<Change>,
    /// Where failing and passing attempts part.
    pub split: Option<Split>,
    /// What was seen to reproduce it.
    pub reproduced: Option<Recipe>,
    /// What did not hold.
    pub refuted: Vec<String>,
    /// What made no difference.
    pub excluded: Vec<String>,
}

impl Notes {
    /// Supposes a cause.
    pub fn suppose(&mut self, cause: Cause) {
        self.cause = Some(cause);
        self.status = Status::Likely;
    }

    /// Drops what was supposed.
    pub fn forget_cause(&mut self) {
        self.cause = None;
    }

    /// The failure that everything is about, from now on: that of a trial, unless there is one.
    pub fn about(&mut self, trial: &Trial) {
        if self.failure.is_none() {
            let known = trial
                .failures()
                .find(|attempt| self.recorded.iter().any(|known| attempt.cause.as_ref() == Some(known)));
            let failed = known.or_else(|| trial.failures().last());
            self.failure = failed.and_then(|attempt| Some((attempt.cause.clone()?, attempt.words.clone())));
        }
    }

    /// What is equal for the failures that it is about.
    #[must_use]
    pub fn key(&self) -> Option<String> {
        self.failure.as_ref().map(|(key, _)| key.clone())
    }

    /// Whether the last attempt of a trial failed by the cause that it is about.
    #[must_use]
    pub fn fails(&self, trial: &Trial) -> bool {
        trial.fails_by(self.key().as_deref())
    }

    /// How many attempts of a trial failed by that cause. Of many failures only some are told in full; the others count as
    /// those do.
    #[must_use]
    pub fn failures_by_cause(&self, trial: &Trial) -> u32 {
        let key = self.key();
        let told = trial.failures().count();
        let same = trial.failures().filter(|attempt| key.is_none() || attempt.cause == key).count();
        if told == same { trial.failed } else { u32::try_from(same).unwrap_or(u32::MAX) }
    }

    /// Whether the failure was seen in recorded runs.
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        self.key().is_some_and(|key| self.recorded.contains(&key))
    }

    fn verdict(self, trials: &[Trial], spent: (u32, f64), cut_short: bool, unfit: Option<String>) -> Verdict {
        let is_mixed = |(failed, ran): (u32, u32)| failed > 0 && failed < ran;
        let (alone, again) = (ordinary(trials), again(trials));
        let rate = if !is_mixed(alone) && is_mixed(again) { (alone.0 + again.0, alone.1 + again.1) } else { alone };
        let cause = self.cause.unwrap_or(if is_mixed(rate) { Cause::Intermittent } else { Cause::NotReproduced });
        let status = match cause {
            Cause::NotReproduced => Status::NotReproduced,
            // What was seen needs no proof: the same conditions, and both outcomes.
            Cause::Intermittent => Status::Confirmed,
            _ => self.status,
        };
        let mut also: Vec<String> =
            trials.iter().flat_map(Trial::failures).map(|attempt| attempt.words.clone()).collect();
        also.sort();
        also.dedup();
        also.retain(|words| self.failure.as_ref().is_none_or(|(_, own)| own != words));
        let mut excluded = self.excluded;
        excluded.extend(unfit.map(|why| format!("nothing could be judged: {why}")));
        Verdict {
            cause,
            status,
            failure: self.failure,
            trigger: self.trigger,
            counter: self.counter,
            leak: self.leak,
            changes: self.changes,
            split: self.split,
            reproduced: self.reproduced,
            rows: rows(trials),
            refuted: self.refuted,
            excluded,
            also,
            rate,
            spent,
            cut_short,
        }
    }
}

/// The trials in which the test ran alone, under ordinary conditions: once, or again and again in one process.
fn quiet(trials: &[Trial], again: bool) -> impl Iterator<Item = &Trial> {
    trials.iter().filter(move |trial| {
        let recipe = &trial.recipe;
        trial.is_fit()
            && recipe.order.entries().len() == 1
            && !recipe.is_provoked()
            && recipe.random.is_none()
            && recipe.repeat.is_some() == again
    })
}

/// How often the test failed and ran again and again in one process, if it passed there after it had failed: what it left of
/// itself was not why, then.
fn again(trials: &[Trial]) -> (u32, u32) {
    let recovers = |trial: &Trial| trial.failures().next().is_some_and(|first| trial.failed + first.at <= trial.ran);
    if !quiet(trials, true).any(recovers) {
        return (0, 0);
    }
    quiet(trials, true).fold((0, 0), |(failed, ran), trial| (failed + trial.failed, ran + trial.ran))
}

/// How often the test failed and ran alone, under ordinary conditions: the first attempt of each process.
fn ordinary(trials: &[Trial]) -> (u32, u32) {
    quiet(trials, false).fold((0, 0), |(failed, ran), trial| {
        let first = trial.attempts.first().is_some_and(|attempt| attempt.cause.is_some());
        (failed + u32::from(first), ran + 1)
    })
}

fn walk(bench: &mut Bench<'_>, case: &Case, notes: &mut Notes) -> Result<(), Halt> {
    let target = case.target();
    notes.phase = "alone";
    let mut alone = Vec::new();
    for hash in 1..=ALONE {
        let trial = bench.run(Recipe::alone(&target, hash))?;
        match &trial.end {
            End::Unfit(why) => return Err(Halt::Unfit(why.clone())),
            End::Cancelled => return Err(Halt::Spent),
            End::Whole => alone.push(trial),
        }
    }
    let failed: Vec<&&Trial> = alone.iter().filter(|trial| !trial.passes()).collect();
    failed.iter().for_each(|trial| notes.about(trial));
    match failed.len() {
        0 => passes_alone(bench, case, notes),
        count if count == alone.len() => fails_alone(bench, case, notes),
        _ => mixed(bench, case, notes, &alone),
    }
}

/// The test passes alone: again in the same process, after others, and if that is all the same, under pressure.
fn passes_alone(bench: &mut Bench<'_>, case: &Case, notes: &mut Notes) -> Result<(), Halt> {
    let target = case.target();
    notes.phase = "again and again";
    let thrice = Recipe::in_order([target.clone(), target.clone(), target.clone()], 1);
    let trial = bench.run(thrice)?;
    if trial.failed > 0 && self_polluting(bench, case, notes, trial)? {
        return Ok(());
    }
    for before in contexts(case) {
        notes.phase = "after others";
        let trial = bench.run(after(&before, &target))?;
        if trial.is_fit() && !trial.passes() && victim(bench, case, notes, &before, trial)? {
            return Ok(());
        }
    }
    hidden(bench, case, notes)
}

/// The test fails alone: others may make it pass.
fn fails_alone(bench: &mut Bench<'_>, case: &Case, notes: &mut Notes) -> Result<(), Halt> {
    let target = case.target();
    notes.phase = "again and again";
    let trial = bench.run(Recipe::in_order([target.clone(), target.clone(), target.clone()], 1))?;
    if trial.last().is_some_and(|attempt| attempt.cause.is_none()) && self_setting(bench, case, notes)? {
        return Ok(());
    }
    for before in contexts(case) {
        notes.phase = "after others";
        let trial = bench.run(after(&before, &target))?;
        if trial.passes() && brittle(bench, case, notes, &before)? {
            return Ok(());
        }
    }
    always(bench, case, notes)
}

/// The test neither failed alone nor after others.
fn hidden(bench: &mut Bench<'_>, case: &Case, notes: &mut Notes) -> Result<(), Halt> {
    let outage = (!case.together.is_empty()).then(|| Cause::Outage { together: case.together.clone() });
    if rare(bench, case, notes)? || pressure(bench, case, notes)? || different(bench, case, notes)? {
        return Ok(());
    }
    shuffled(bench, case, notes)?;
    if notes.cause.is_none()
        && let Some(outage) = outage
    {
        notes.suppose(outage);
    }
    Ok(())
}

/// The contexts in which the test is tried: recorded ones, that of the suite, everything else before it, and backwards.
fn contexts(case: &Case) -> Vec<Vec<TestId>> {
    let mut found: Vec<Vec<TestId>> = case.prefixes.iter().take(2).cloned().collect();
    let (before, others) = (case.before(), case.others());
    let backwards: Vec<TestId> = others.iter().rev().cloned().collect();
    for context in [before, others, backwards] {
        if !context.is_empty() && !found.contains(&context) {
            found.push(context);
        }
    }
    found
}

/// The test after others.
pub fn after(before: &[TestId], target: &TestId) -> Recipe {
    Recipe::in_order(before.iter().cloned().chain([target.clone()]), 1)
}

/// Whether there is budget left beside what the gate needs.
pub fn can_afford(bench: &Bench<'_>, processes: u32) -> bool {
    bench.left() >= processes + RESERVE
}

fn shuffled(bench: &mut Bench<'_>, case: &Case, notes: &mut Notes) -> Result<(), Halt> {
    let others = case.others();
    if others.len() < 2 || bench.budget().effort == Effort::Quick {
        return Ok(());
    }
    let most = if bench.budget().effort == Effort::Deep { SHUFFLES * 5 } else { SHUFFLES };
    let mut tried = 0;
    while tried < most && can_afford(bench, 1) {
        notes.phase = "random orders";
        tried += 1;
        let before = shuffle(&others, u64::from(tried));
        let trial = bench.run(after(&before, &case.target()))?;
        if trial.is_fit() && !trial.passes() && victim(bench, case, notes, &before, trial)? {
            return Ok(());
        }
    }
    if tried > 0 {
        notes
            .excluded
            .push(format!("{tried} random orders (a rate above {:.0} % would show)", unseen_above(tried) * 100.0));
    }
    Ok(())
}

/// A random order that is the same for the same seed.
fn shuffle(tests: &[TestId], seed: u64) -> Vec<TestId> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % (below.max(1) as u64)).unwrap_or(0)
    };
    let mut tests = tests.to_vec();
    for at in (1..tests.len()).rev() {
        let other = next(at + 1);
        tests.swap(at, other);
    }
    tests
}
