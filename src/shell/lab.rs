//! The flake lab at work: trial after trial on copies of the project, each kept as soon as it is made.

use super::command::{Wish, unique, versions};
use super::desk::Desk;
use super::elsewhere::elsewhere;
use super::frames::now;
use super::lab_case;
use super::lab_trial::{Ground, Made};
use crate::app::{LabAsk, LabDone, LabNews};
use crate::base::{Clean, Digest, Problem, Stamp};
use crate::domain::lab::{Budget, Check, Effort, Next, NextCheck, Proof, Trial, context, next, next_check};
use crate::domain::suite::TestId;
use crate::io::git;
use tokio::sync::watch;

/// Runs a lab to its end.
///
/// # Errors
/// The project is not trusted, its tests run elsewhere or cannot be collected, or the test is none of them.
pub async fn run(
    desk: &Desk,
    ask: &LabAsk,
    wish: watch::Receiver<Wish>,
    tell: &(dyn Fn(LabNews) + Send + Sync),
) -> Result<LabDone, Problem> {
    allowed(desk)?;
    let tree = git::head(&desk.project.root).and_then(|head| head.tree).or_else(|| Some(files_as_they_are(desk)));
    let (number, mut trials, suite) = begun(desk, ask, tree.as_deref(), wish.clone(), tell).await?;
    let case = lab_case::of(desk, &ask.test, suite, &ask.budget)?;
    let mut ground = Ground::new(desk)?;
    let mut problems = Vec::new();
    let mut cancelled = false;
    let verdict = loop {
        cancelled |= *wish.borrow() != Wish::GoOn;
        match next(&case, &trials, ask.budget, cancelled) {
            Next::Done(verdict) => break *verdict,
            Next::Run(recipe, phase) => {
                let (runs, seconds) = (trials.len(), trials.iter().fold(0.0, |sum, trial| sum + trial.seconds));
                tell(LabNews::Trying { phase, context: Clean::line(&context(&recipe)), runs, seconds });
                match ground.run(*recipe, ask.budget.seconds - seconds, wish.clone(), tell).await? {
                    Made::Trial(trial) => {
                        problems.extend(desk.store()?.save_trial(number, trials.len(), &trial).err());
                        tell(LabNews::Tried(trial.clone()));
                        trials.push(*trial);
                    }
                    Made::Cancelled => cancelled = true,
                }
            }
        }
    };
    problems.extend(ground.take_problems());
    if !cancelled {
        desk.store()?.end_lab(number, &verdict)?;
    }
    Ok(LabDone { number, verdict, cancelled, reseeding: ground.has_reseeding(), problems })
}

/// Reproduces the failure of the lab with a number: the trial, and the cause that it should fail by.
///
/// # Errors
/// There is no such lab, it reproduced nothing, or the trial cannot be made.
pub async fn replay(desk: &Desk, number: i64, wish: watch::Receiver<Wish>) -> Result<(Trial, String), Problem> {
    allowed(desk)?;
    let verdict = desk.store()?.lab(number)?.and_then(|lab| lab.verdict);
    let found = verdict.and_then(|verdict| Some((verdict.reproduced?, verdict.failure?.0)));
    let Some((recipe, cause)) = found else {
        return Err(Problem::error(format!("lab {number}"), "it is not there, or has reproduced nothing")
            .hint("`lacuna lab NODEID --last` prints the number of the last one"));
    };
    match Ground::new(desk)?.run(recipe, Budget::of(Effort::Usual).seconds, wish, &|_| {}).await? {
        Made::Trial(trial) => Ok((*trial, cause)),
        Made::Cancelled => Err(Problem::note("lab", "it was stopped")),
    }
}

/// Checks whether what was mended holds, under the trigger that the last lab of the test found.
///
/// # Errors
/// No lab made the test fail, or a trial cannot be made.
pub async fn verify(
    desk: &Desk,
    ask: &LabAsk,
    wish: watch::Receiver<Wish>,
    tell: &(dyn Fn(LabNews) + Send + Sync),
) -> Result<(Check, bool), Problem> {
    allowed(desk)?;
    let store = desk.store()?;
    let known = store.last_lab(&ask.test)?;
    let proof = match &known {
        Some(lab) => {
            let trials = store.trials(lab.number)?;
            lab.verdict.as_ref().and_then(|verdict| Proof::of(&ask.test, &lab.suite, verdict, &trials))
        }
        None => None,
    };
    let Some(proof) = proof else {
        return Err(Problem::error(
            ask.test.as_str(),
            "no lab has made this test fail, so that nothing says what was mended",
        )
        .hint("put the fix aside and ask the lab first: `lacuna lab NODEID`"));
    };
    let mut ground = Ground::new(desk)?;
    let mut trials = Vec::new();
    let mut cancelled = false;
    loop {
        cancelled |= *wish.borrow() != Wish::GoOn;
        match next_check(&proof, &trials, ask.budget, cancelled) {
            NextCheck::Done(check) => {
                if !cancelled {
                    store.save_check(&ask.test, now(), &check)?;
                }
                return Ok((*check, cancelled));
            }
            NextCheck::Run(recipe) => {
                let (runs, seconds) = (trials.len(), trials.iter().fold(0.0, |sum, trial: &Trial| sum + trial.seconds));
                tell(LabNews::Trying {
                    phase: "checking the fix",
                    context: Clean::line(&context(&recipe)),
                    runs,
                    seconds,
                });
                match ground.run(*recipe, ask.budget.seconds - seconds, wish.clone(), tell).await? {
                    Made::Trial(trial) => {
                        tell(LabNews::Tried(trial.clone()));
                        trials.push(*trial);
                    }
                    Made::Cancelled => cancelled = true,
                }
            }
        }
    }
}

/// Whether a lab may work in this project at all.
///
/// # Errors
/// It may not.
pub(super) fn allowed(desk: &Desk) -> Result<(), Problem> {
    if !desk.is_trusted()? {
        return Err(Problem::error(
            desk.project.root.to_string_lossy(),
            "this project is not trusted yet, so nothing was started",
        )
        .hint("`lacuna plan` of a test shows what would run; then begin with --trust once"));
    }
    if elsewhere(desk)?.is_some() {
        return Err(Problem::error("runner.command", "the tests run elsewhere, and the lab works here alone")
            .hint("run lacuna there, or for once with a settings file that names no runner.command"));
    }
    Ok(())
}

/// The lab that is gone on with: an earlier one of the same test and tree that came to no end, or a new one.
async fn begun(
    desk: &Desk,
    ask: &LabAsk,
    tree: Option<&str>,
    wish: watch::Receiver<Wish>,
    tell: &(dyn Fn(LabNews) + Send + Sync),
) -> Result<(i64, Vec<Trial>, Vec<TestId>), Problem> {
    let store = desk.store()?;
    if let Some(known) = store.last_lab(&ask.test)?
        && !ask.fresh
        && known.verdict.is_none()
        && known.tree.as_deref() == tree
        && tree.is_some()
    {
        let trials = store.trials(known.number)?;
        tell(LabNews::Resumed(trials.len()));
        return Ok((known.number, trials, known.suite));
    }
    let interpreter = desk.interpreter()?;
    versions(desk, &interpreter, false).await?;
    tell(LabNews::Preparing(Clean::line("which tests there are")));
    let suite = lab_case::collected(desk, wish).await?;
    if !suite.contains(&ask.test) {
        return Err(Problem::error(ask.test.as_str(), "pytest collects no such test")
            .hint("`lacuna tests --collect` lists the tests with their parameters"));
    }
    let number = store.begin_lab(&ask.test, now(), tree, &suite)?;
    Ok((number, Vec::new(), suite))
}

/// A name for the source tree where git gives none: what the Python files are, by their paths, sizes and times.
fn files_as_they_are(desk: &Desk) -> String {
    let mut all: Vec<String> =
        desk.disk.identities().iter().map(|(path, seen)| format!("{} {seen:?}", path.as_str())).collect();
    all.sort();
    Digest::of(all.join("\n").as_bytes()).to_string()
}

/// A name for the folder of a lab that no other has.
pub fn place() -> String {
    let Stamp(at) = now();
    format!("lab-{at}-{}", unique())
}
