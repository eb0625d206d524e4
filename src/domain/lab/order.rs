//! Tests that depend on what ran before: which tests make them fail, and which make them pass.

use super::bench::{Bench, Effort, Halt};
use super::case::Case;
use super::gate::{Gate, holds, holds_often};
use super::leak::{leaked, looked_behind, reproduced};
use super::minimise::minimise;
use super::protocol::{Notes, after, can_afford};
use super::recipe::Recipe;
use super::trial::Trial;
use super::verdict::Cause;
use crate::domain::suite::TestId;
use std::collections::BTreeSet;

/// How many further sets of tests that do the same are looked for.
const OTHERS: usize = 3;
/// How often a part is tried where the test does not fail each time, before it is taken for too small.
const PATIENCE: u32 = 4;

/// The test passed alone and failed after `before`. Whether it is their fault, and whose.
///
/// # Errors
/// A trial is missing, or the budget is spent.
pub fn victim(
    bench: &mut Bench<'_>,
    case: &Case,
    notes: &mut Notes,
    before: &[TestId],
    seen: &Trial,
) -> Result<bool, Halt> {
    let target = case.target();
    notes.about(seen);
    if !notes.fails(seen) {
        return Ok(false);
    }
    notes.phase = "after others";
    // Once more: what fails now and then fails after anything. Two of three times may be the others' fault as well.
    let mut patience = 1;
    if !notes.fails(bench.run(after(before, &target))?) {
        if !notes.fails(bench.run(after(before, &target))?) {
            notes.refuted.push(format!("it fails after {} other tests: once in three times", before.len()));
            return Ok(false);
        }
        patience = PATIENCE;
    }
    let suppose = |notes: &mut Notes, polluters: &[TestId]| {
        notes.suppose(Cause::Victim { polluters: polluters.to_vec(), others: Vec::new(), at_import: false });
    };
    suppose(notes, before);
    if bench.budget().effort == Effort::Quick {
        return Ok(true);
    }
    let polluters = narrowed(bench, case, notes, (before, patience), &suppose)?;
    let files = files_of(&polluters);
    let imported = Recipe { beside: files, ..Recipe::alone(&target, 1) };
    let at_import = notes.fails(bench.run(imported.clone())?);
    let (trigger, counters) = if at_import {
        notes.suppose(Cause::Victim { polluters: polluters.clone(), others: Vec::new(), at_import: true });
        (imported, vec![Recipe::alone(&target, 1), Recipe::neutral(&target, 1)])
    } else {
        (after(&polluters, &target), vec![Recipe::alone(&target, 1), Recipe::neutral(&target, 1), imported])
    };
    let key = notes.key();
    let gate = Gate {
        trigger: trigger.clone(),
        counters,
        fails: &|trial| trial.fails_by(key.as_deref()),
        passes: &Trial::passes,
        what: format!("it fails after {}", named(&polluters)),
    };
    let holds = if patience > 1 { holds_often(bench, notes, &gate)? } else { holds(bench, notes, &gate)? };
    if !holds {
        return Ok(false);
    }
    reproduced(bench, notes, trigger.clone())?;
    if !at_import {
        leaked(bench, notes, &trigger)?;
        looked_behind(bench, notes, &trigger, &Recipe::neutral(&target, 1))?;
        others(bench, case, notes, before, &polluters)?;
    }
    Ok(true)
}

/// The few of `before` that are enough.
fn narrowed(
    bench: &mut Bench<'_>,
    case: &Case,
    notes: &mut Notes,
    (before, patience): (&[TestId], u32),
    suppose: &dyn Fn(&mut Notes, &[TestId]),
) -> Result<Vec<TestId>, Halt> {
    let (target, key) = (case.target(), notes.key());
    notes.phase = "narrowing down";
    let mut smallest = before.to_vec();
    let found = minimise(
        before,
        &mut |part| {
            for _ in 0..patience {
                if !can_afford(bench, 1) {
                    return Err(Halt::Spent);
                }
                // A failure says that the part is enough; a pass says so only where it fails each time.
                if bench.run(after(part, &target))?.fails_by(key.as_deref()) {
                    return Ok(true);
                }
            }
            Ok(false)
        },
        &mut |part| smallest = part.to_vec(),
    );
    suppose(notes, &smallest);
    match found {
        // What is left of the budget is for the gate: the smallest set that is known is confirmed.
        Err(Halt::Spent) if bench.left() > 0 => Ok(smallest),
        found => found.inspect(|found| suppose(notes, found)),
    }
}

/// Further tests that do the same, as far as the budget goes.
fn others(
    bench: &mut Bench<'_>,
    case: &Case,
    notes: &mut Notes,
    before: &[TestId],
    first: &[TestId],
) -> Result<(), Halt> {
    let (target, key) = (case.target(), notes.key());
    let mut known: Vec<Vec<TestId>> = vec![first.to_vec()];
    while known.len() <= OTHERS && first.len() == 1 {
        notes.phase = "other tests that do the same";
        let is_known = |test: &TestId| known.iter().any(|set| set.contains(test));
        let rest: Vec<TestId> = before.iter().filter(|test| !is_known(test)).cloned().collect();
        if rest.is_empty() || !bench.run(after(&rest, &target))?.fails_by(key.as_deref()) {
            break;
        }
        let mut is_enough = |part: &[TestId]| Ok(bench.run(after(part, &target))?.fails_by(key.as_deref()));
        let found = minimise(&rest, &mut is_enough, &mut |_| {})?;
        known.push(found);
        if let Some(Cause::Victim { others, .. }) = &mut notes.cause {
            *others = known.iter().skip(1).cloned().collect();
        }
    }
    Ok(())
}

/// The test failed alone and passed after `before`. Whether it needs them, and which.
///
/// # Errors
/// A trial is missing, or the budget is spent.
pub fn brittle(bench: &mut Bench<'_>, case: &Case, notes: &mut Notes, before: &[TestId]) -> Result<bool, Halt> {
    let target = case.target();
    if !bench.run(after(before, &target))?.passes() {
        notes.refuted.push(format!("it passes after {} other tests: not the second time", before.len()));
        return Ok(false);
    }
    notes.suppose(Cause::Brittle { setters: before.to_vec() });
    if bench.budget().effort == Effort::Quick {
        return Ok(true);
    }
    notes.phase = "narrowing down";
    let mut smallest = before.to_vec();
    let found = minimise(
        before,
        &mut |part| {
            if !can_afford(bench, 1) {
                return Err(Halt::Spent);
            }
            Ok(bench.run(after(part, &target))?.passes())
        },
        &mut |part| smallest = part.to_vec(),
    );
    let setters = match found {
        Err(Halt::Spent) if bench.left() > 0 => smallest,
        found => found?,
    };
    notes.suppose(Cause::Brittle { setters: setters.clone() });
    let key = notes.key();
    let gate = Gate {
        trigger: Recipe::neutral(&target, 1),
        counters: vec![after(&setters, &target)],
        fails: &|trial| trial.fails_by(key.as_deref()),
        passes: &Trial::passes,
        what: format!("it passes after {}", named(&setters)),
    };
    if !holds(bench, notes, &gate)? {
        return Ok(false);
    }
    reproduced(bench, notes, Recipe::alone(&target, 1))?;
    leaked(bench, notes, &after(&setters, &target))?;
    looked_behind(bench, notes, &Recipe::alone(&target, 1), &after(&setters, &target))?;
    Ok(true)
}

fn files_of(tests: &[TestId]) -> Vec<String> {
    tests.iter().map(|test| test.path().to_owned()).collect::<BTreeSet<_>>().into_iter().collect()
}

fn named(tests: &[TestId]) -> String {
    match tests {
        [one] => one.as_str().to_owned(),
        [one, two] => format!("{} and {}", one.as_str(), two.as_str()),
        _ => format!("{} tests", tests.len()),
    }
}
