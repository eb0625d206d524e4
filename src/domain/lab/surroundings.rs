//! Tests that depend on where and when they run: zone, locale, network, files, folders, date.

use super::bench::{Bench, Effort, Halt};
use super::case::Case;
use super::gate::{Gate, holds};
use super::leak::{looked_behind, reproduced};
use super::protocol::{Notes, can_afford};
use super::recipe::{Axis, Recipe, Repeat};
use super::trial::Trial;
use super::verdict::{Cause, Status};

/// What is made different all at once, where the test passes.
const UNUSUAL: [Axis; 6] = [Axis::Zone, Axis::Locale, Axis::Backwards, Axis::Home, Axis::Temporary, Axis::Worker];
/// The same with what is the usual, where it fails.
const USUAL: [Axis; 4] = [Axis::Utc, Axis::Utf8, Axis::Sorted, Axis::Home];
/// What is tried alone.
const APART: [Axis; 2] = [Axis::Network, Axis::UsualTemporary];
/// How often the test runs while another process runs it as well: the two have to meet.
const MEETINGS: Repeat = Repeat { count: 40, seconds: 5, until: 3 };

/// Points in time at which programs go wrong, each with what it is: seconds since 1970.
pub const CLOCKS: [(i64, &str); 8] = [
    (1_835_438_400, "a leap day, 2028-02-29 12:00 UTC"),
    (1_830_297_598, "the last seconds of a year, 2027-12-31 23:59:58 UTC"),
    (1_798_761_630, "the first minute of a year, 2027-01-01 00:00:30 UTC"),
    (1_801_396_800, "the last day of a month, 2027-01-31 12:00 UTC"),
    (1_806_195_598, "before summer time in Europe, 2027-03-28 00:59:58 UTC"),
    (1_825_567_198, "before the end of summer time in America, 2027-11-07 05:59:58 UTC"),
    (2_147_483_648, "past 32 bits, 2038-01-19 03:14:08 UTC"),
    (1_813_060_800, "an ordinary day, 2027-06-15 12:00 UTC"),
];

/// The test never failed so far: whether it does in other surroundings.
///
/// # Errors
/// A trial is missing, or the budget is spent.
pub fn different(bench: &mut Bench<'_>, case: &Case, notes: &mut Notes) -> Result<bool, Halt> {
    let alone = Recipe::alone(&case.target(), 1);
    notes.phase = "other surroundings";
    let all = UNUSUAL.iter().fold(alone.clone(), |recipe, axis| recipe.with(*axis));
    let trial = bench.run(all)?;
    if trial.is_fit() && !trial.passes() {
        for axis in UNUSUAL {
            if can_afford(bench, 1) && fails_with(bench, notes, &alone, axis)? {
                return Ok(true);
            }
        }
        notes.refuted.push("its surroundings: it failed in others, and with no one thing that differs".to_owned());
    } else {
        let what = "time zone, locale, order of files, home folder, name of the temporary folder, variables of workers";
        notes.excluded.push(what.to_owned());
    }
    for axis in APART {
        if can_afford(bench, 1) && fails_with(bench, notes, &alone, axis)? {
            return Ok(true);
        }
    }
    notes.excluded.push("network, the usual temporary folder".to_owned());
    if can_afford(bench, 2) {
        let several = Recipe { repeat: Some(MEETINGS), ..alone };
        if fails_with(bench, notes, &several, Axis::Abreast)? {
            return Ok(true);
        }
        notes.excluded.push("the same test in another process at the same time".to_owned());
    }
    dated(bench, case, notes, true)
}

fn fails_with(bench: &mut Bench<'_>, notes: &mut Notes, alone: &Recipe, axis: Axis) -> Result<bool, Halt> {
    let trigger = alone.clone().with(axis);
    let trial = bench.run(trigger.clone())?;
    if !trial.is_fit() || trial.passes() {
        return Ok(false);
    }
    notes.about(trial);
    notes.suppose(Cause::Environment { axis, fails: true });
    proved(bench, notes, (&trigger, alone), &format!("it fails with {}", axis.words()))
}

/// Has a cause of two ways to run the test pass the gate.
fn proved(
    bench: &mut Bench<'_>,
    notes: &mut Notes,
    (fails, passes): (&Recipe, &Recipe),
    what: &str,
) -> Result<bool, Halt> {
    if bench.budget().effort == Effort::Quick {
        return Ok(true);
    }
    let key = notes.key();
    let gate = Gate {
        trigger: fails.clone(),
        counters: vec![passes.clone()],
        fails: &|trial| trial.fails_by(key.as_deref()),
        passes: &Trial::passes,
        what: what.to_owned(),
    };
    if !holds(bench, notes, &gate)? {
        return Ok(false);
    }
    reproduced(bench, notes, fails.clone())?;
    looked_behind(bench, notes, fails, passes)?;
    Ok(true)
}

/// Whether the test behaves otherwise at another time. `passes`: it passes now.
fn dated(bench: &mut Bench<'_>, case: &Case, notes: &mut Notes, passes: bool) -> Result<bool, Halt> {
    if !can_afford(bench, 1) {
        return Ok(false);
    }
    notes.phase = "other dates";
    let alone = Recipe::alone(&case.target(), 1);
    let count = u32::try_from(CLOCKS.len()).unwrap_or(u32::MAX);
    let clocks: Vec<i64> = CLOCKS.iter().map(|(at, _)| *at).collect();
    let repeat = Some(Repeat { count, seconds: 30, until: count });
    let trial = bench.run(Recipe { clocks, repeat, ..alone.clone() })?;
    let differs = trial.attempts.iter().find(|attempt| attempt.cause.is_some() == passes);
    let Some((at, _)) = differs.and_then(|attempt| CLOCKS.get(attempt.at.checked_sub(1)? as usize)) else {
        notes.excluded.push(format!("the date ({} others)", trial.ran));
        return Ok(false);
    };
    let then = Recipe { clocks: vec![*at], ..alone.clone() };
    if passes {
        notes.about(trial);
    }
    notes.suppose(Cause::Clock { at: *at, fails: passes });
    let (fails, passes) = if passes { (&then, &alone) } else { (&alone, &then) };
    proved(bench, notes, (fails, passes), "the date decides")
}

/// The test failed whatever ran before it: whether it is this place, this time, or the test.
///
/// # Errors
/// A trial is missing, or the budget is spent.
pub fn always(bench: &mut Bench<'_>, case: &Case, notes: &mut Notes) -> Result<(), Halt> {
    let alone = Recipe::alone(&case.target(), 1);
    notes.phase = "other surroundings";
    let all = USUAL.iter().fold(alone.clone(), |recipe, axis| recipe.with(*axis));
    if bench.run(all)?.passes() {
        for axis in USUAL {
            if passes_with(bench, notes, &alone, axis)? {
                return Ok(());
            }
        }
    }
    if passes_with(bench, notes, &alone, Axis::UsualTemporary)? || dated(bench, case, notes, false)? {
        return Ok(());
    }
    let trial = bench.run(alone)?;
    let speaks_of_network = notes.failure.as_ref().is_some_and(|(_, words)| is_about_network(words));
    if !trial.reached.is_empty() && speaks_of_network {
        notes.suppose(Cause::Environment { axis: Axis::Network, fails: false });
        notes.excluded.push(format!("it reached for {}", trial.reached.join(", ")));
        return Ok(());
    }
    if bench.has_passed() {
        notes.suppose(Cause::Intermittent);
        return Ok(());
    }
    notes.suppose(case.failing_since.clone().map_or(Cause::Broken, Cause::Regression));
    // It was seen to fail each time, in every context.
    notes.status = Status::Confirmed;
    Ok(())
}

fn passes_with(bench: &mut Bench<'_>, notes: &mut Notes, alone: &Recipe, axis: Axis) -> Result<bool, Halt> {
    let passing = alone.clone().with(axis);
    if !bench.run(passing.clone())?.passes() {
        return Ok(false);
    }
    notes.suppose(Cause::Environment { axis, fails: false });
    proved(bench, notes, (alone, &passing), &format!("it passes with {}", axis.words()))
}

fn is_about_network(words: &str) -> bool {
    let words = words.to_lowercase();
    [
        "connection",
        "unreachable",
        "timed out",
        "timeout",
        "name resolution",
        "gaierror",
        "network",
        "no route",
        "ssl",
        "url",
    ]
    .iter()
    .any(|word| words.contains(word))
}
