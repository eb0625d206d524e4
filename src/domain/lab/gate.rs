//! The gate that every cause has to pass: with the trigger the test fails each time, without it never.
//!
//! The trials are fresh: none that led to the supposition counts. A coin that falls on one side with the probability `p` passes
//! with p³(1−p)⁵ at most .5 %; every further supposition about the same test needs more, so that all of them together stay below
//! one in a hundred.

use super::bench::{Bench, Halt};
use super::chance::fisher;
use super::protocol::Notes;
use super::recipe::Recipe;
use super::trial::Trial;
use super::verdict::{Finding, Status};

/// How often the trigger has to fail the first time.
const TRIGGERS: u32 = 3;
/// How often what is without it has to pass the first time.
const COUNTERS: u32 = 5;
/// The probability that two rates differ so much by chance.
const CHANCE: f64 = 0.002;
/// How many trials of either kind compare how often the test fails.
const OFTEN: usize = 14;
/// How many processes of either kind compare rates.
const BLOCKS: u32 = 4;

/// A supposition, as two ways to run the test.
pub struct Gate<'a> {
    /// With the trigger.
    pub trigger: Recipe,
    /// Without it: several ways, in turn.
    pub counters: Vec<Recipe>,
    /// Whether a trial with the trigger failed as it should.
    pub fails: &'a dyn Fn(&Trial) -> bool,
    /// Whether one without it passed as it should.
    pub passes: &'a dyn Fn(&Trial) -> bool,
    /// The supposition in words.
    pub what: String,
}

/// Whether the supposition in the notes holds. It is confirmed there, or refuted.
///
/// # Errors
/// A trial is missing, or the budget is spent.
pub fn holds(bench: &mut Bench<'_>, notes: &mut Notes, gate: &Gate<'_>) -> Result<bool, Halt> {
    notes.phase = "confirming";
    let (triggers, counters) = (TRIGGERS + notes.gates, COUNTERS + notes.gates);
    let mut trigger = Finding { recipe: gate.trigger.clone(), ran: 0, failed: 0 };
    let first = gate.counters.first().unwrap_or(&gate.trigger).clone();
    let mut counter = Finding { recipe: first, ran: 0, failed: 0 };
    let mut ways = gate.counters.iter().cycle();
    let is_refuted = |trigger: &Finding, counter: &Finding| trigger.failed < trigger.ran || counter.failed > 0;
    while trigger.ran < triggers || counter.ran < counters {
        // In turn, so that what changes with time is on both sides.
        if trigger.ran < triggers {
            let trial = bench.run(gate.trigger.clone())?;
            trigger.ran += 1;
            trigger.failed += u32::from((gate.fails)(trial));
        }
        if counter.ran < counters
            && !is_refuted(&trigger, &counter)
            && let Some(way) = ways.next()
        {
            let trial = bench.run(way.clone())?;
            counter.ran += 1;
            counter.failed += u32::from(!(gate.passes)(trial));
        }
        if is_refuted(&trigger, &counter) {
            break;
        }
    }
    let holds = !is_refuted(&trigger, &counter);
    notes.judged(holds, trigger, counter, &gate.what);
    Ok(holds)
}

/// The same for a trigger with which the test fails often, but not each time: as many trials of either kind, and Fisher's test.
///
/// # Errors
/// A trial is missing, or the budget is spent.
pub fn holds_often(bench: &mut Bench<'_>, notes: &mut Notes, gate: &Gate<'_>) -> Result<bool, Halt> {
    notes.phase = "confirming";
    let mut trigger = Finding { recipe: gate.trigger.clone(), ran: 0, failed: 0 };
    let first = gate.counters.first().unwrap_or(&gate.trigger).clone();
    let mut counter = Finding { recipe: first, ran: 0, failed: 0 };
    for way in gate.counters.iter().cycle().take(OFTEN) {
        let trial = bench.run(gate.trigger.clone())?;
        (trigger.ran, trigger.failed) = (trigger.ran + 1, trigger.failed + u32::from((gate.fails)(trial)));
        let trial = bench.run(way.clone())?;
        (counter.ran, counter.failed) = (counter.ran + 1, counter.failed + u32::from(!(gate.passes)(trial)));
    }
    let chance = CHANCE / f64::from(1 + notes.gates);
    let holds = fisher((trigger.failed, trigger.ran), (counter.failed, counter.ran)) < chance;
    notes.judged(holds, trigger, counter, &gate.what);
    Ok(holds)
}

/// Whether the test fails more often with the trigger than without it, where it does not fail each time. Both are run in
/// several processes each, and counted by attempts.
///
/// # Errors
/// A trial is missing, or the budget is spent.
pub fn holds_by_rate(
    bench: &mut Bench<'_>,
    notes: &mut Notes,
    (trigger, counter): (&dyn Fn(u32) -> Recipe, &dyn Fn(u32) -> Recipe),
    what: &str,
) -> Result<bool, Halt> {
    notes.phase = "confirming";
    let mut with = Finding { recipe: trigger(0), ran: 0, failed: 0 };
    let mut without = Finding { recipe: counter(0), ran: 0, failed: 0 };
    let mut blocks = 0;
    for block in 0..BLOCKS {
        let trial = bench.run(trigger(block))?;
        let failed = notes.failures_by_cause(trial);
        (with.ran, with.failed) = (with.ran + trial.ran, with.failed + failed);
        blocks += u32::from(failed > 0);
        let trial = bench.run(counter(block))?;
        (without.ran, without.failed) = (without.ran + trial.ran, without.failed + notes.failures_by_cause(trial));
    }
    // Failures come in bursts: those of one process alone prove nothing.
    let chance = CHANCE / f64::from(1 + notes.gates);
    let differs = fisher((with.failed, with.ran), (without.failed, without.ran)) < chance;
    let holds = differs && 2 * blocks > BLOCKS;
    notes.judged(holds, with, without, what);
    Ok(holds)
}

impl Notes {
    /// Notes what the gate said.
    fn judged(&mut self, holds: bool, trigger: Finding, counter: Finding, what: &str) {
        if holds {
            let is_known = self.is_recorded() || !trigger.recipe.is_provoked() && !counter.recipe.is_provoked();
            self.status = if is_known { Status::Confirmed } else { Status::Latent };
            (self.trigger, self.counter) = (Some(trigger), Some(counter));
        } else {
            self.gates += 1;
            self.refuted.push(format!(
                "{what}: {}/{} failed with it, {}/{} without",
                trigger.failed, trigger.ran, counter.failed, counter.ran
            ));
            self.forget_cause();
        }
    }
}
