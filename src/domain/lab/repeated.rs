//! Tests that change what they themselves meet: they fail, or pass, the second time.

use super::bench::{Bench, Effort, Halt};
use super::case::Case;
use super::gate::{Gate, holds};
use super::leak::{leaked, looked_behind, reproduced};
use super::protocol::Notes;
use super::recipe::{Axis, Recipe};
use super::trial::Trial;
use super::verdict::Cause;

/// The test passed the first time and failed later in the same process. Whether that is what is the matter with it.
///
/// # Errors
/// A trial is missing, or the budget is spent.
pub fn self_polluting(bench: &mut Bench<'_>, case: &Case, notes: &mut Notes, seen: &Trial) -> Result<bool, Halt> {
    let target = case.target();
    if seen.attempts.first().is_some_and(|attempt| attempt.cause.is_some()) {
        return Ok(false);
    }
    notes.about(seen);
    let twice = Recipe::in_order([target.clone(), target.clone()], 1);
    let fails_again = |trial: &Trial| {
        trial.ran == 2 && trial.fails_by(None) && trial.attempts.first().is_some_and(|attempt| attempt.cause.is_none())
    };
    notes.suppose(Cause::SelfPolluting { by_files: false });
    if bench.budget().effort == Effort::Quick {
        return Ok(true);
    }
    let gate = Gate {
        trigger: twice.clone(),
        counters: vec![Recipe::alone(&target, 1), Recipe::neutral(&target, 1)],
        fails: &fails_again,
        passes: &Trial::passes,
        what: "it fails when it runs again in the same process".to_owned(),
    };
    if !holds(bench, notes, &gate)? {
        return Ok(false);
    }
    let second = bench.run(Recipe::alone(&target, 1).with(Axis::Leftovers))?;
    if second.is_fit() && !second.passes() {
        notes.cause = Some(Cause::SelfPolluting { by_files: true });
    }
    reproduced(bench, notes, twice.clone())?;
    leaked(bench, notes, &twice)?;
    looked_behind(bench, notes, &twice, &Recipe::alone(&target, 1))?;
    Ok(true)
}

/// The test failed alone, and passed when it ran again in the same process.
///
/// # Errors
/// A trial is missing, or the budget is spent.
pub fn self_setting(bench: &mut Bench<'_>, case: &Case, notes: &mut Notes) -> Result<bool, Halt> {
    let target = case.target();
    notes.suppose(Cause::Brittle { setters: vec![target.clone()] });
    if bench.budget().effort == Effort::Quick {
        return Ok(true);
    }
    let alone = Recipe::alone(&target, 1);
    let key = notes.key();
    let gate = Gate {
        trigger: alone.clone(),
        counters: vec![Recipe::in_order([target.clone(), target], 1)],
        fails: &|trial| trial.fails_by(key.as_deref()),
        passes: &|trial| trial.last().is_some_and(|attempt| attempt.cause.is_none()),
        what: "it passes when it runs again".to_owned(),
    };
    if !holds(bench, notes, &gate)? {
        return Ok(false);
    }
    reproduced(bench, notes, alone)?;
    Ok(true)
}
