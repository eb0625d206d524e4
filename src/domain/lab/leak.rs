//! What lies behind a confirmed cause: the state that is left, the line where runs part, and the command that reproduces it.

use super::bench::{Bench, Effort, Halt};
use super::protocol::Notes;
use super::recipe::{Recipe, Undo};
use super::trial::{Change, Trial};
use super::verdict::Split;

/// How many changes are put back one by one.
const SINGLES: usize = 6;

/// Which of the changes that the tests before made is the one that decides: put back alone, the test passes that failed, or
/// fails that passed.
///
/// # Errors
/// A trial is missing, or the budget is spent.
pub fn leaked(bench: &mut Bench<'_>, notes: &mut Notes, recipe: &Recipe) -> Result<(), Halt> {
    notes.phase = "what is left behind";
    let seen = bench.run(Recipe { diff: true, ..recipe.clone() })?;
    let (fails, key) = (!seen.passes(), notes.key());
    let target = recipe.target().cloned().ok_or(Halt::Spent)?;
    let idle = bench.run(Recipe { diff: true, ..Recipe::neutral(&target, recipe.hash) })?;
    // What any test changes, or the test itself is set up with, is no leak.
    let is_idle =
        |change: &&Change| !idle.changes.iter().any(|other| (&other.kind, &other.name) == (&change.kind, &change.name));
    let changes: Vec<Change> = seen.changes.iter().filter(is_idle).cloned().collect();
    notes.changes.clone_from(&changes);
    let turns = |trial: &Trial| {
        if fails { trial.last().is_some_and(|last| last.cause.is_none()) } else { trial.fails_by(key.as_deref()) }
    };
    for change in changes.iter().take(SINGLES) {
        let undo = Undo::Only(change.name.clone());
        let trial = bench.run(Recipe { undo, ..recipe.clone() })?;
        if turns(trial) && trial.undone.contains(&change.name) {
            notes.leak = vec![change.clone()];
            return Ok(());
        }
    }
    if changes.len() > 1 {
        let trial = bench.run(Recipe { undo: Undo::All, ..recipe.clone() })?;
        if turns(trial) {
            notes.leak = changes.iter().filter(|change| trial.undone.contains(&change.name)).cloned().collect();
        }
    }
    Ok(())
}

/// The first line that a failing and a passing run execute differently.
///
/// # Errors
/// A trial is missing, or the budget is spent.
pub fn looked_behind(bench: &mut Bench<'_>, notes: &mut Notes, failing: &Recipe, passing: &Recipe) -> Result<(), Halt> {
    notes.phase = "where they part";
    let failing = bench.run(Recipe { trace: true, ..failing.clone() })?;
    let passing = bench.run(Recipe { trace: true, ..passing.clone() })?;
    notes.split = parting(failing, passing);
    Ok(())
}

fn parting(failing: &Trial, passing: &Trial) -> Option<Split> {
    let place = |trial: &Trial, at: usize| {
        let (file, line) = trial.steps.get(at)?;
        Some((trial.files.get(usize::try_from(*file).ok()?)?.clone(), *line))
    };
    if failing.steps.is_empty() || passing.steps.is_empty() {
        return None;
    }
    let longest = failing.steps.len().max(passing.steps.len());
    let at = (0..longest).find(|at| place(failing, *at) != place(passing, *at))?;
    let last = at.checked_sub(1).and_then(|before| place(failing, before));
    Some(Split { last, failing: place(failing, at), passing: place(passing, at) })
}

/// Whether the trigger reproduces the failure as a person would start it: with pytest alone where that can be, else by the
/// lab itself.
///
/// # Errors
/// A trial is missing, or the budget is spent.
pub fn reproduced(bench: &mut Bench<'_>, notes: &mut Notes, trigger: Recipe) -> Result<(), Halt> {
    if bench.budget().effort == Effort::Quick {
        return Ok(());
    }
    notes.phase = "reproducing";
    let plain = Recipe { plain: true, ..trigger.clone() };
    let can_be_plain = trigger.repeat.is_none()
        && trigger.random.is_none()
        && trigger.stall.is_none()
        && trigger.clocks.is_empty()
        && trigger.beside.is_empty()
        && trigger.axes.iter().all(|axis| axis.is_of_environment())
        && trigger.order.entries().iter().all(Option::is_some);
    if can_be_plain && notes.fails(bench.run(plain.clone())?) {
        notes.reproduced = Some(plain);
        return Ok(());
    }
    if notes.fails(bench.run(trigger.clone())?) {
        notes.reproduced = Some(trigger);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::parting;
    use crate::domain::lab::{End, Recipe, Trial};

    #[test]
    fn runs_part_at_the_first_step_that_differs_whatever_their_files_are_numbered() {
        let trial = |files: &[&str], steps: &[(u32, u32)]| {
            let files = files.iter().map(|file| (*file).to_owned()).collect();
            Trial { files, steps: steps.to_vec(), ..Trial::new(Recipe::default(), End::Whole, 0.1) }
        };
        let failing = trial(&["t.py", "a.py"], &[(0, 1), (1, 5), (1, 9)]);
        let passing = trial(&["a.py", "t.py"], &[(1, 1), (0, 5), (0, 6)]);
        let split = parting(&failing, &passing).expect("they part");
        assert_eq!(split.last, Some(("a.py".to_owned(), 5)));
        assert_eq!((split.failing, split.passing), (Some(("a.py".to_owned(), 9)), Some(("a.py".to_owned(), 6))));
        assert_eq!(parting(&failing, &failing), None);
    }
}
