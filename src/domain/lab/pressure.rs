//! Tests that fail when their threads are slow or take turns otherwise: waits at lines and calls, and quick switches.

use super::bench::{Bench, Effort, Halt};
use super::case::Case;
use super::chance::fisher;
use super::gate::holds_by_rate;
use super::protocol::{Notes, can_afford};
use super::recipe::{Recipe, Repeat, Stall};
use super::trial::Trial;
use super::verdict::Cause;
use crate::domain::suite::TestId;

/// Pressures, weak ones first: in how many of a thousand places there is a wait, and the longest one in milliseconds.
const STALLS: [(u32, u32); 2] = [(300, 10), (500, 30)];
/// How often the test is repeated under pressure.
const TIMES: u32 = 60;
/// The probability that it fails more often by chance, with which a pressure is worth a look.
const CHANCE: f64 = 0.05;

/// The test never failed so far: whether it does under pressure.
///
/// # Errors
/// A trial is missing, or the budget is spent.
pub fn pressure(bench: &mut Bench<'_>, case: &Case, notes: &mut Notes) -> Result<bool, Halt> {
    let target = case.target();
    for (at, how) in STALLS.into_iter().enumerate() {
        if !can_afford(bench, 1) {
            return Ok(false);
        }
        notes.phase = "under pressure";
        let trial = bench.run(pressed(&target, how, (at as u64) * 1000, bench.budget().hammer()))?;
        if trial.failed > 0 {
            notes.about(trial);
            notes.suppose(Cause::Timing);
            if confirmed(bench, &target, notes, how)? {
                return Ok(true);
            }
        }
        if at + 1 == STALLS.len() {
            notes.excluded.push(format!("waits in its threads ({} times)", trial.ran));
        }
    }
    Ok(false)
}

/// The test fails now and then by itself: whether it does so more often under pressure.
///
/// # Errors
/// A trial is missing, or the budget is spent.
pub fn more_often(bench: &mut Bench<'_>, case: &Case, notes: &mut Notes) -> Result<bool, Halt> {
    let target = case.target();
    let how = STALLS[0];
    if !can_afford(bench, 2) {
        return Ok(false);
    }
    notes.phase = "under pressure";
    let seconds = bench.budget().hammer();
    let with = bench.run(pressed(&target, how, 0, seconds))?;
    let without = bench.run(unpressed(&target, seconds))?;
    let rate = |trial: &Trial| (notes.failures_by_cause(trial), trial.ran);
    if fisher(rate(with), rate(without)) > CHANCE {
        notes.excluded.push(format!(
            "waits in its threads ({}/{} with them, {}/{} without)",
            with.failed, with.ran, without.failed, without.ran
        ));
        return Ok(false);
    }
    notes.suppose(Cause::Timing);
    confirmed(bench, &target, notes, how)
}

fn confirmed(bench: &mut Bench<'_>, target: &TestId, notes: &mut Notes, how: (u32, u32)) -> Result<bool, Halt> {
    if bench.budget().effort == Effort::Quick {
        return Ok(true);
    }
    // A quarter of the usual time for each of the blocks.
    let seconds = bench.budget().hammer().div_ceil(4);
    let trigger = |block: u32| pressed(target, how, 10_000 * u64::from(block + 1), seconds);
    let counter = |_| unpressed(target, seconds);
    let holds = holds_by_rate(bench, notes, (&trigger, &counter), "it fails when its threads are slow")?;
    if holds {
        notes.reproduced = Some(trigger(0));
    }
    Ok(holds)
}

fn pressed(target: &TestId, (per_mille, longest): (u32, u32), seed: u64, seconds: u32) -> Recipe {
    let stall = Some(Stall { per_mille, longest, seed });
    Recipe { stall, interval: Some(1), ..unpressed(target, seconds) }
}

fn unpressed(target: &TestId, seconds: u32) -> Recipe {
    Recipe { repeat: Some(Repeat { count: TIMES, seconds, until: TIMES }), ..Recipe::alone(target, 1) }
}
