//! What contexts and coverage cost on this machine, measured when a person asks for it: a few tests, run in three ways.

use super::cycle::Wish;
use super::desk::Desk;
use super::elsewhere;
use super::follow::Followed;
use super::frames::now;
use super::planning;
use crate::app::{News, Planned};
use crate::base::{Problem, RepoPath};
use crate::domain::ledger::Ledger;
use crate::domain::suite::{Batch, Cost, Target, TestId, Verdict};
use crate::io::runner::{self, Measure, Pytest, RunDir};
use std::collections::BTreeSet;
use tokio::sync::watch;

/// The name under which it is kept.
const KEY: &str = "cost";
/// The most tests that run each time when nobody chose any.
const SAMPLE: usize = 100;
/// How often each way is measured; the shortest time counts, since other programs can only add to it.
const ROUNDS: usize = 2;
/// The three ways, from the one that measures least.
const WAYS: [Measure; 3] = [Measure::Nothing, Measure::Lines, Measure::Tests];

/// What was measured last; nothing before the first time.
#[must_use]
pub fn known(desk: &Desk) -> Option<Cost> {
    desk.store().and_then(|store| store.recall(KEY)).ok().flatten().as_deref().and_then(Cost::parse)
}

/// The tests to measure with when nobody chose any: some of those that ran before and are still there, from all over the
/// suite.
#[must_use]
pub fn sample(desk: &Desk, ledger: Option<&Ledger>) -> Vec<Target> {
    let is_there = |test: &TestId| RepoPath::new(test.path()).is_some_and(|path| desk.disk.is_there(&path));
    let tests: Vec<TestId> = desk.ran_before(ledger).into_iter().filter(is_there).collect();
    let step = tests.len().div_ceil(SAMPLE).max(1);
    tests.into_iter().step_by(step).map(Target::Test).collect()
}

/// Runs the tests of a plan in each of the three ways, a few times in turn, and keeps what it took. Nothing of it becomes
/// coverage or history.
///
/// # Errors
/// A run could not be started, was cancelled, or did not run the same tests as the others; or it could not be kept.
pub async fn measure(
    desk: &Desk,
    planned: &Planned,
    ledger: Option<&Ledger>,
    wish: watch::Receiver<Wish>,
    tell: &(dyn Fn(&str) + Send + Sync),
) -> Result<Cost, Problem> {
    let interpreter = desk.interpreter()?;
    let around = &desk.around;
    let versions = runner::probe(&around.program, &interpreter, &around.environment, &around.data).await?;
    let missing = versions.problems(&desk.project.root, &interpreter);
    if let Some(problem) = missing.into_iter().find(|problem| problem.severity == crate::base::Severity::Error) {
        return Err(problem);
    }
    let batch = together(planned);
    let options = planning::options(desk);
    let mut best = [f64::INFINITY; 3];
    let mut ran: Option<BTreeSet<TestId>> = None;
    for round in 0..ROUNDS {
        for (best, way) in best.iter_mut().zip(WAYS) {
            tell(&format!("round {} of {ROUNDS}: {}", round + 1, words(way)));
            let branches = planning::branches(&planned.ask, ledger);
            let how = Pytest { measure: way, branches, ..planning::unmeasured_pytest(desk, &interpreter, &options) };
            let (seconds, tests) = once(desk, &how, &batch, wish.clone()).await?;
            if ran.get_or_insert_with(|| tests.clone()) != &tests {
                return Err(Problem::error("cost", "the tests that ran were not the same each time")
                    .hint("choose tests that always run: `lacuna run --cost tests/test_cart.py`"));
            }
            *best = best.min(seconds);
        }
    }
    let [nothing, lines, contexts] = best;
    let tests = ran.map_or(0, |ran| ran.len() as u64);
    let cost = Cost { at: now(), tests, nothing, lines, contexts };
    desk.store()?.remember(KEY, &cost.line())?;
    Ok(cost)
}

/// All tests of a plan as one command.
fn together(planned: &Planned) -> Batch {
    let mut all = Batch::all();
    let in_part = planned.plan.batches().any(|batch| !batch.asked.is_empty());
    for batch in planned.plan.batches() {
        all.asked.extend(batch.wanted().iter().filter(|_| in_part).cloned());
        all.targets.extend(batch.targets.iter().cloned());
        all.tests.extend(batch.tests.iter().cloned());
        all.options.clone_from(&batch.options);
    }
    all
}

const fn words(way: Measure) -> &'static str {
    match way {
        Measure::Nothing => "without coverage",
        Measure::Lines => "with coverage",
        Measure::Tests => "with coverage and a context for each test",
    }
}

/// Runs the tests once. Gives the processor time, in seconds, and the tests that ran.
async fn once(
    desk: &Desk,
    how: &Pytest<'_>,
    batch: &Batch,
    mut wish: watch::Receiver<Wish>,
) -> Result<(f64, BTreeSet<TestId>), Problem> {
    let run = RunDir::create(&desk.project.runs.join(format!(
        "cost-{}-{}",
        now().0,
        rustix::process::getpid().as_raw_nonzero()
    )))?;
    let launch = elsewhere::launch(desk, how, batch, &run, None)?;
    let mut running = runner::start(&desk.around.program, launch)?;
    let mut followed = Followed::new(0, desk);
    loop {
        tokio::select! {
            lot = running.news.recv() => {
                let Some(lot) = lot else { break };
                lot.into_iter().for_each(|news| drop::<Option<News>>(followed.take(news, &|_| None)));
            }
            Ok(()) = wish.changed() => match *wish.borrow_and_update() {
                Wish::GoOn => {}
                Wish::Cancel => running.stop.cancel(),
                Wish::Kill => running.stop.kill(),
            },
        }
    }
    run.remove();
    let broken = || Problem::error("pytest", "the run did not come to its end");
    let ended = followed.ended.clone().ok_or_else(broken)?;
    let (verdict, problems) = followed.progress.judge(ended.exit, ended.cancelled);
    if !matches!(verdict, Verdict::Passed | Verdict::Failed) || ended.cancelled {
        return Err(problems.into_iter().next().unwrap_or_else(broken));
    }
    if let (Some(why), true) = (&followed.progress.unmeasured, how.measure != Measure::Nothing) {
        return Err(Problem::error("coverage", why.clone()));
    }
    let seconds = followed.progress.seconds.ok_or_else(broken)?;
    let done = followed.progress.results().iter().filter(|result| result.outcome.is_some());
    Ok((seconds, done.map(|result| result.id.clone()).collect()))
}
