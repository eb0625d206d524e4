//! Tests that pass and fail alone: by the seed of hashes, by random numbers, or by neither.

use super::bench::{Bench, Effort, Halt};
use super::case::Case;
use super::chance::{rate_between, unseen_above};
use super::gate::{Gate, holds};
use super::leak::{looked_behind, reproduced};
use super::pressure::more_often;
use super::protocol::{Notes, can_afford};
use super::recipe::{Recipe, Repeat};
use super::trial::Trial;
use super::verdict::Cause;

/// The first seed of a sweep.
const FIRST: u64 = 1;
/// How many attempts of a sweep are told one by one.
const TOLD: u32 = 40;
/// How many further seeds of hashes are tried where nothing failed so far.
const HASHES: u32 = 4;

/// The test passed with some seeds of hashes and failed with others.
///
/// # Errors
/// A trial is missing, or the budget is spent.
pub fn mixed(bench: &mut Bench<'_>, case: &Case, notes: &mut Notes, alone: &[&Trial]) -> Result<(), Halt> {
    let hash_of = |fails: bool| alone.iter().find(|trial| trial.passes() != fails).map(|trial| trial.recipe.hash);
    let (Some(fails), Some(passes)) = (hash_of(true), hash_of(false)) else { return Ok(()) };
    if by_hash(bench, case, notes, (fails, passes))? || by_random(bench, case, notes)? {
        return Ok(());
    }
    if bench.budget().effort > Effort::Quick && more_often(bench, case, notes)? {
        return Ok(());
    }
    notes.suppose(Cause::Intermittent);
    Ok(())
}

/// Whether it is the seed of hashes that decides: the same one always comes out the same.
fn by_hash(bench: &mut Bench<'_>, case: &Case, notes: &mut Notes, (fails, passes): (u32, u32)) -> Result<bool, Halt> {
    let target = case.target();
    notes.phase = "seeds of hashes";
    for _ in 0..2 {
        let same = notes.fails(bench.run(Recipe::alone(&target, fails))?)
            && bench.run(Recipe::alone(&target, passes))?.passes();
        if !same {
            notes.refuted.push("the seed of hashes decides: the same one passed and failed".to_owned());
            return Ok(false);
        }
    }
    notes.suppose(Cause::Hash { fails, passes });
    if bench.budget().effort == Effort::Quick {
        return Ok(true);
    }
    let key = notes.key();
    let trigger = Recipe::alone(&target, fails);
    let gate = Gate {
        trigger: trigger.clone(),
        counters: vec![Recipe::alone(&target, passes)],
        fails: &|trial| trial.fails_by(key.as_deref()),
        passes: &Trial::passes,
        what: format!("PYTHONHASHSEED={fails} fails, {passes} passes"),
    };
    if !holds(bench, notes, &gate)? {
        return Ok(false);
    }
    reproduced(bench, notes, trigger.clone())?;
    looked_behind(bench, notes, &trigger, &Recipe::alone(&target, passes))?;
    Ok(true)
}

/// Whether the generators of random numbers decide: a sweep over their seeds fails at the same ones each time.
fn by_random(bench: &mut Bench<'_>, case: &Case, notes: &mut Notes) -> Result<bool, Halt> {
    let target = case.target();
    notes.phase = "random seeds";
    let sweep = swept(&target, TOLD, bench.budget().hammer());
    let first = bench.run(sweep.clone())?;
    let pattern = outcomes(first);
    let (Some(fails), Some(passes)) = (seed_of(first, notes, true), seed_of(first, notes, false)) else {
        // One in a hundred may have struck by chance where the test ran alone.
        if first.failed == 0 {
            return by_long_sweep(bench, case, notes);
        }
        notes.excluded.push(format!("random seeds (it failed with all of {})", first.ran));
        return Ok(false);
    };
    if outcomes(bench.run(sweep)?) != pattern {
        notes.refuted.push("the random seed decides: the same seeds passed and failed".to_owned());
        return Ok(false);
    }
    confirmed_random(bench, case, notes, (fails, passes))
}

fn confirmed_random(
    bench: &mut Bench<'_>,
    case: &Case,
    notes: &mut Notes,
    (fails, passes): (u64, u64),
) -> Result<bool, Halt> {
    let target = case.target();
    notes.suppose(Cause::Random { fails, passes });
    if bench.budget().effort == Effort::Quick {
        return Ok(true);
    }
    let seeded = |seed| Recipe { random: Some(seed), ..Recipe::alone(&target, 1) };
    let key = notes.key();
    let gate = Gate {
        trigger: seeded(fails),
        counters: vec![seeded(passes)],
        fails: &|trial| trial.fails_by(key.as_deref()),
        passes: &Trial::passes,
        what: format!("the random seed {fails} fails, {passes} passes"),
    };
    if !holds(bench, notes, &gate)? {
        return Ok(false);
    }
    reproduced(bench, notes, seeded(fails))?;
    looked_behind(bench, notes, &seeded(fails), &seeded(passes))?;
    Ok(true)
}

/// A sweep over seeds in one process.
fn swept(target: &crate::domain::suite::TestId, count: u32, seconds: u32) -> Recipe {
    let repeat = Some(Repeat { count, seconds, until: count });
    Recipe { repeat, random: Some(FIRST), sweep: true, ..Recipe::alone(target, 1) }
}

/// The outcomes of the attempts that are told one by one.
fn outcomes(trial: &Trial) -> Vec<(u32, bool)> {
    let told = trial.attempts.iter().filter(|attempt| attempt.at <= TOLD);
    told.map(|attempt| (attempt.at, attempt.cause.is_some())).collect()
}

fn seed_of(trial: &Trial, notes: &mut Notes, fails: bool) -> Option<u64> {
    if fails {
        notes.about(trial);
    }
    let key = notes.key();
    let is_wanted = |cause: &Option<String>| if fails { cause.is_some() && *cause == key } else { cause.is_none() };
    trial.attempts.iter().find(|attempt| is_wanted(&attempt.cause)).and_then(|attempt| attempt.seed)
}

/// The test never failed so far: a long sweep over random seeds in one process, and further seeds of hashes.
///
/// # Errors
/// A trial is missing, or the budget is spent.
pub fn rare(bench: &mut Bench<'_>, case: &Case, notes: &mut Notes) -> Result<bool, Halt> {
    let target = case.target();
    if by_long_sweep(bench, case, notes)? {
        return Ok(true);
    }
    for hash in 5..5 + HASHES {
        if !can_afford(bench, 1) {
            break;
        }
        notes.phase = "seeds of hashes";
        let trial = bench.run(Recipe::alone(&target, hash))?;
        if trial.is_fit() && !trial.passes() {
            notes.about(trial);
            if by_hash(bench, case, notes, (hash, 1))? {
                return Ok(true);
            }
            break;
        }
    }
    Ok(false)
}

/// Whether one of very many random seeds fails, and does so each time.
fn by_long_sweep(bench: &mut Bench<'_>, case: &Case, notes: &mut Notes) -> Result<bool, Halt> {
    let target = case.target();
    notes.phase = "random seeds";
    let long = Recipe {
        repeat: Some(Repeat { count: 100_000, seconds: bench.budget().hammer(), until: 1 }),
        ..swept(&target, 1, 1)
    };
    let trial = bench.run(long)?;
    if trial.failed == 0 {
        let bound = unseen_above(trial.ran) * 100.0;
        notes
            .excluded
            .push(format!("{} random seeds in one process (a rate above {bound:.2} % would show)", trial.ran));
    } else if let (Some(fails), Some(passes)) = (seed_of(trial, notes, true), seed_of(trial, notes, false)) {
        if confirmed_random(bench, case, notes, (fails, passes))? {
            return Ok(true);
        }
        let (low, high) = rate_between(trial.failed, trial.ran);
        notes.refuted.push(format!(
            "it failed {} of {} times in one process ({:.1}–{:.1} %)",
            trial.failed,
            trial.ran,
            low * 100.0,
            high * 100.0
        ));
    }
    Ok(false)
}
