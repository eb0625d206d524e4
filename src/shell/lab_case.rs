//! What is known of a test before its lab begins: the suite around it, and what the history says.

use super::command::{Wish, unique};
use super::desk::Desk;
use super::frames::now;
use super::planning;
use crate::base::Problem;
use crate::domain::history::{Observation, Signature, outages};
use crate::domain::lab::{Budget, Case, Since};
use crate::domain::suite::{Event, TestId};
use crate::io::runner::{self, Launch, News, RunDir};
use crate::io::store::History;
use std::collections::{BTreeMap, HashMap};
use tokio::sync::watch;

/// How many results of the test are looked at.
const RESULTS: usize = 200;
/// How many of its failures are read in full.
const FAILURES: usize = 10;
/// How many recorded orders are tried.
const PREFIXES: usize = 2;
/// What share of the budget one run of the whole context may take.
const SHARE: f64 = 1.0 / 12.0;

/// Has pytest collect the whole suite, in its own order.
///
/// # Errors
/// pytest cannot be started, or collects nothing.
pub async fn collected(desk: &Desk, mut wish: watch::Receiver<Wish>) -> Result<Vec<TestId>, Problem> {
    let interpreter = desk.interpreter()?;
    let run = RunDir::create(&desk.project.runs.join(format!("lab-suite-{}-{}", now().0, unique())))?;
    let options = planning::options(desk);
    let how = planning::unmeasured_pytest(desk, &interpreter, &options);
    let launch = Launch::collect(&how, &[], &run)?;
    let mut running = runner::start(&desk.around.program, launch)?;
    let (mut ids, mut said) = (Vec::new(), Vec::new());
    loop {
        tokio::select! {
            lot = running.news.recv() => {
                let Some(lot) = lot else { break };
                for news in lot {
                    match news {
                        News::Event(Event::Collected { ids: more, .. }) => ids.extend(more),
                        News::Event(Event::CollectError { path, text }) => said.push(format!("{path}: {text}")),
                        News::Event(Event::Usage(lines)) => said.extend(lines),
                        _ => {}
                    }
                }
            }
            Ok(()) = wish.changed() => running.stop.cancel(),
        }
    }
    run.remove();
    if ids.is_empty() {
        let why = said.first().and_then(|text| text.lines().last()).unwrap_or_default().to_owned();
        return Err(Problem::error("pytest", format!("the tests could not be collected: {why}"))
            .hint("`lacuna tests --collect` says more"));
    }
    Ok(ids)
}

/// The case of a test: `suite` is everything that pytest collects.
///
/// # Errors
/// The history cannot be read.
pub fn of(desk: &Desk, test: &TestId, suite: Vec<TestId>, budget: &Budget) -> Result<Case, Problem> {
    let kept = desk.history()?;
    let history = kept.seen(test, RESULTS)?;
    let seconds = desk.store()?.durations(&suite)?;
    let suite = affordable(suite, test, &seconds, budget.seconds * SHARE);
    let at = suite.iter().position(|other| other == test).unwrap_or(0);
    let bad: Vec<&Observation> = history.iter().filter(|seen| seen.outcome.is_bad()).collect();
    let mut found = Vec::new();
    for seen in bad.iter().take(FAILURES) {
        let details = kept.failure(test, &seen.run.id)?.unwrap_or_default();
        let cause = Signature::of(&seen.message, &details).cause();
        if !found.contains(&cause) {
            found.push(cause);
        }
    }
    let good = history.len() - bad.len();
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let mut prefixes = Vec::new();
    for seen in bad.iter().take(PREFIXES) {
        prefixes.extend(prefix(&*kept, test, &seen.run.id, &suite)?);
    }
    Ok(Case {
        at,
        suite,
        prefixes,
        together: outages(&kept.wide_sightings()?).beside(test),
        causes: found,
        recorded: (count(good), count(bad.len())),
        failing_since: failing_since(&history),
    })
}

/// Of a suite that takes too long to be run as a whole, what is nearest to the test: its file, its folder, what comes before.
fn affordable(suite: Vec<TestId>, test: &TestId, seconds: &HashMap<TestId, f64>, most: f64) -> Vec<TestId> {
    let of = |test: &TestId| seconds.get(test).copied().unwrap_or(0.0);
    if suite.iter().map(of).sum::<f64>() <= most {
        return suite;
    }
    let folder = |test: &TestId| test.path().rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let at = suite.iter().position(|other| other == test).unwrap_or(0);
    let distance = |place: usize, other: &TestId| {
        let near = if other.path() == test.path() {
            0
        } else if folder(other) == folder(test) {
            1
        } else {
            2
        };
        (near, place.abs_diff(at))
    };
    let mut ranked: BTreeMap<(u8, usize, usize), usize> = BTreeMap::new();
    for (place, other) in suite.iter().enumerate() {
        let (near, far) = distance(place, other);
        ranked.insert((near, far, place), place);
    }
    let mut left = most;
    let mut kept: Vec<usize> = Vec::new();
    for place in ranked.into_values() {
        let cost = suite.get(place).map_or(0.0, of);
        if cost <= left || place == at {
            left -= cost;
            kept.push(place);
        }
    }
    kept.sort_unstable();
    kept.into_iter().filter_map(|place| suite.get(place).cloned()).collect()
}

/// What ran before the test in the same process of a recorded run, of the tests that there still are.
fn prefix(kept: &dyn History, test: &TestId, run: &str, suite: &[TestId]) -> Result<Option<Vec<TestId>>, Problem> {
    let Some(record) = kept.run(run)? else { return Ok(None) };
    let Some(at) = record.results.iter().position(|result| result.id == *test) else { return Ok(None) };
    let worker = record.results.get(at).and_then(|result| result.worker.clone());
    let is_there: std::collections::HashSet<&TestId> = suite.iter().collect();
    let before = record.results.iter().take(at).filter(|result| result.worker == worker);
    let before: Vec<TestId> = before.map(|result| result.id.clone()).filter(|id| is_there.contains(id)).collect();
    Ok((!before.is_empty()).then_some(before))
}

/// Where a test that passed began to fail for good: `history` begins with the last run.
fn failing_since(history: &[Observation]) -> Option<Since> {
    let runs = history.iter().take_while(|seen| seen.outcome.is_bad()).count();
    let (failed, passed) = (history.get(runs.checked_sub(1)?)?, history.get(runs)?);
    let is_other = passed.run.tree.is_none() || passed.run.tree != failed.run.tree;
    let named = |seen: &Observation| match &seen.run.commit {
        Some(_) => seen.run.short_commit().to_owned(),
        None => seen.run.when.rfc3339(),
    };
    let runs = u32::try_from(runs).unwrap_or(u32::MAX);
    is_other.then(|| Since { passed: named(passed), failed: named(failed), runs })
}
