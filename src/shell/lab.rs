//! The flake lab at work: trial after trial on copies of the project, each kept as soon as it is made.

use super::command::{Wish, unique, versions};
use super::desk::Desk;
use super::elsewhere::elsewhere;
use super::frames::now;
use super::lab_case;
use super::lab_trial::{Ground, Made};
use crate::base::{Clean, Problem, Stamp};
use crate::domain::lab::{Budget, Effort, Next, Trial, Verdict, context, next};
use crate::domain::suite::TestId;
use crate::io::git;
use tokio::sync::watch;

/// What is told while a lab goes on.
#[derive(Clone, Debug, PartialEq)]
pub enum LabNews {
    /// Something is prepared.
    Preparing(Clean),
    /// It goes on from so many trials of an earlier sitting.
    Resumed(usize),
    /// A trial begins: what it is for, how the test is run, and how many processes and seconds were spent.
    Trying {
        /// What it is for, in a word.
        phase: &'static str,
        /// How the test is run, in words.
        context: Clean,
        /// Processes so far.
        runs: usize,
        /// Seconds so far.
        seconds: f64,
    },
    /// How far a trial is that repeats the test.
    SoFar {
        /// How often it ran.
        ran: u32,
        /// How often it failed.
        failed: u32,
    },
    /// A trial is done.
    Tried(Box<Trial>),
}

/// What is asked of a lab.
#[derive(Clone, Debug)]
pub struct LabAsk {
    /// The test.
    pub test: TestId,
    /// How much it may spend.
    pub budget: Budget,
    /// Whether it begins anew, whatever was tried before.
    pub fresh: bool,
}

/// A lab that came to an end.
#[derive(Clone, Debug)]
pub struct LabDone {
    /// Its number in the store.
    pub number: i64,
    /// What it came to.
    pub verdict: Verdict,
    /// Whether it was stopped.
    pub cancelled: bool,
    /// Whether a plugin is installed that reorders and reseeds tests.
    pub reseeding: bool,
    /// What went wrong on the way.
    pub problems: Vec<Problem>,
}

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
    let tree = git::head(&desk.project.root).and_then(|head| head.tree);
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

/// Whether a lab may work in this project at all.
fn allowed(desk: &Desk) -> Result<(), Problem> {
    if !desk.is_trusted()? {
        return Err(Problem::error(
            desk.project.root.to_string_lossy(),
            "this project is not trusted yet, so nothing was started",
        )
        .hint("look at the command with `lacuna plan --format json`, then run with --trust once"));
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

/// A name for the folder of a lab that no other has.
pub fn place() -> String {
    let Stamp(at) = now();
    format!("lab-{at}-{}", unique())
}
