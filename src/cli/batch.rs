//! `lacuna report --of batch` and `--of sitting`: what the reports of one run, and of all since the baseline, are made from.

use super::compare::side;
use super::exit::Exit;
use super::output;
use super::page::{Finish, opening};
use crate::app::Baseline;
use crate::base::Problem;
use crate::domain::history::{Run, RunRecord, RunSource};
use crate::domain::ledger::{Comparison, PointHead, PointKind};
use crate::domain::report::page::Slot;
use crate::domain::report::{Batch, Covered, Failed, Sitting};
use crate::domain::suite::{Outcome, TestId, Told};
use crate::io::store::KEPT_POINTS;
use crate::shell::points::NOW;
use crate::shell::{Desk, compare, keep, points};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The most failed tests of which the history is asked.
const FAILED: usize = 100;
/// The most tests of which it is asked whether they ran before.
const ASKED: usize = 2000;
/// How many results of a test are looked at.
const RESULTS: usize = 20;

/// Makes the report of a run: the last one, or the one with an id or the beginning of one.
///
/// # Errors
/// There is no such run, or something could not be read or written.
pub fn tell_batch(desk: &Desk, wanted: Option<&Path>, finish: Finish<'_>) -> Result<Exit, Problem> {
    keep::settle(desk)?;
    let runs = desk.history()?.runs(usize::MAX)?;
    let Some(run) = chosen(&runs, wanted)? else { return Ok(nothing("no run is recorded")) };
    let Some(record) = desk.history()?.run(&run.id)? else { return Ok(nothing("the run is not there any more")) };
    let kept = points::kept(desk)?;
    let compared = around(desk, &record.run, &kept);
    let names = compared.as_ref().map(|(_, names)| names.clone()).unwrap_or_default();
    let covered = Covered {
        comparison: compared.as_ref().map(|(comparison, _)| comparison).map_err(Clone::clone),
        after: kept.iter().find(|head| head.id == record.run.id).map(|head| head.total),
        names,
        digits: desk.project.coverage.precision,
    };
    let first = first_seen(desk, &record)?;
    let failed = failed(desk, &record.run, record.results.iter())?;
    let problems = desk.take_problems();
    let report = Batch { opening: opening(desk, problems), record: &record, covered, failed, first };
    finish(&report.kept(), &|before| report.page(before))
}

fn nothing(what: &str) -> Exit {
    let problem = Problem::note("report", what).hint("`lacuna run` and `lacuna ingest` record runs");
    output::complain(&[problem]);
    Exit::Nothing
}

/// The run that is meant: the last one by its time, or that with an id.
fn chosen<'a>(runs: &'a [Run], wanted: Option<&Path>) -> Result<Option<&'a Run>, Problem> {
    let Some(wanted) = wanted else { return Ok(runs.iter().max_by_key(|run| (run.when, run.serial))) };
    let wanted = wanted.to_string_lossy();
    if let Some(exact) = runs.iter().find(|run| run.id == *wanted) {
        return Ok(Some(exact));
    }
    let meant: Vec<&Run> = runs.iter().filter(|run| run.id.starts_with(&*wanted)).collect();
    match meant.as_slice() {
        [one] => Ok(Some(one)),
        [] => Err(Problem::error(wanted, "no run has this id").hint("`lacuna history` lists the runs")),
        [one, other, ..] => {
            Err(Problem::error(wanted, format!("could be {} or {}", one.id, other.id)).hint("type more of the id"))
        }
    }
}

/// The comparison of two points, with what they are.
type Between = (Comparison, (String, String));

/// What was known before a run against what was known after it; or why nobody can tell.
fn around(desk: &Desk, run: &Run, kept: &[PointHead]) -> Result<Between, String> {
    let Some(at) = kept.iter().position(|head| head.id == run.id) else {
        return Err(match run.source {
            RunSource::Ingested => "results from elsewhere say nothing of it".to_owned(),
            RunSource::Launched => "there was no baseline when it ran".to_owned(),
        });
    };
    let Some(before) = kept.get(at + 1) else {
        let is_first = kept.len() < KEPT_POINTS.0.min(KEPT_POINTS.1);
        let why =
            if is_first { "nothing was known before it" } else { "what was known before it is not kept any more" };
        return Err(why.to_owned());
    };
    between(desk, kept, &before.id, &run.id)
}

fn between(desk: &Desk, kept: &[PointHead], from: &str, to: &str) -> Result<Between, String> {
    let opened = if to == NOW { keep::open(desk).ok() } else { None };
    let side = |name: &str| side(desk, Path::new(name), opened.as_ref(), kept).map_err(|problem| problem.to_string());
    let (mut before, mut after) = (side(from)?, side(to)?);
    let comparison = compare(desk, &mut before, &mut after);
    Ok((comparison, (before.name, after.name)))
}

/// The tests that ran for the first time in a run; nothing where there are too many to ask the history of each.
fn first_seen(desk: &Desk, record: &RunRecord) -> Result<Option<Vec<TestId>>, Problem> {
    let history = desk.history()?;
    if record.results.len() > ASKED {
        return Ok(None);
    }
    let mut first = Vec::new();
    for told in &record.results {
        // The last saved come first: two results say whether there was one before this run.
        let seen = history.seen(&told.id, RESULTS)?;
        let is_first = seen.len() < RESULTS && seen.iter().all(|seen| seen.run.serial >= record.run.serial);
        first.extend(is_first.then(|| told.id.clone()));
    }
    Ok(Some(first))
}

/// The tests that failed, with what the history says of each.
fn failed<'a>(desk: &Desk, run: &Run, results: impl Iterator<Item = &'a Told>) -> Result<Vec<Failed>, Problem> {
    let history = desk.history()?;
    let mut all = Vec::new();
    for told in results.filter(|told| told.outcome.is_bad()).take(FAILED) {
        all.push(Failed::of(told, run, &history.seen(&told.id, RESULTS)?));
    }
    Ok(all)
}

/// Makes the report of everything since the newest baseline.
///
/// # Errors
/// Something could not be read or written.
pub fn tell_sitting(desk: &Desk, finish: Finish<'_>) -> Result<Exit, Problem> {
    let opened = keep::open(desk)?;
    keep::settle(desk)?;
    let kept = points::kept(desk)?;
    let Some(baseline) = kept.iter().find(|head| head.kind == PointKind::Baseline) else {
        return Ok(nothing("no baseline is kept: there is nothing to begin from"));
    };
    let compared = between(desk, &kept, &baseline.id, NOW);
    let names = compared.as_ref().map(|(_, names)| names.clone()).unwrap_or_default();
    let records = since(desk, baseline)?;
    let after = |run: &Run| kept.iter().find(|head| head.id == run.id).map(|head| head.total);
    let known = match &opened {
        Baseline::Found(evidence) => keep::baseline_tests(desk, Some(&evidence.ledger)),
        Baseline::Nothing(_) => keep::baseline_tests(desk, None),
    };
    let all = by_test(&records);
    let mut open = Vec::new();
    for results in all.values() {
        if let Some((record, told)) = results.last().filter(|(_, told)| told.outcome.is_bad()) {
            open.extend(failed(desk, &record.run, std::iter::once(*told))?);
        }
    }
    let report = Sitting {
        opening: opening(desk, desk.take_problems()),
        since: baseline.at,
        covered: Covered {
            comparison: compared.as_ref().map(|(comparison, _)| comparison).map_err(Clone::clone),
            after: None,
            names,
            digits: desk.project.coverage.precision,
        },
        runs: records.iter().map(|record| (record.run.clone(), after(&record.run))).collect(),
        added: added(&all, &known),
        failed: open,
        tests: all.len(),
        flakes: both(&all),
    };
    finish(&report.kept(), &|before| report.page(before))
}

/// The launched runs since a baseline, oldest first.
fn since(desk: &Desk, baseline: &PointHead) -> Result<Vec<RunRecord>, Problem> {
    let store = desk.store()?;
    let mut records = Vec::new();
    let is_later = |run: &Run| run.source == RunSource::Launched && run.when >= baseline.at;
    for run in store.runs(usize::MAX)?.iter().filter(|run| is_later(run)) {
        records.extend(store.run(&run.id)?);
    }
    records.reverse();
    Ok(records)
}

/// The results of each test, oldest first.
type Results<'a> = BTreeMap<&'a TestId, Vec<(&'a RunRecord, &'a Told)>>;

fn by_test(records: &[RunRecord]) -> Results<'_> {
    let mut all: Results<'_> = BTreeMap::new();
    for record in records {
        record.results.iter().for_each(|told| all.entry(&told.id).or_default().push((record, told)));
    }
    all
}

fn added(all: &Results<'_>, known: &BTreeSet<TestId>) -> Vec<TestId> {
    // Where nothing is known of the baseline's tests, none is claimed to be new.
    let is_new = |test: &&&TestId| !known.is_empty() && !keep::is_known(known, test);
    all.keys().filter(is_new).map(|test| TestId::clone(test)).collect()
}

/// The tests that both passed and failed.
fn both(all: &Results<'_>) -> Vec<(TestId, Vec<Slot>)> {
    let slot = |told: &Told| match told.outcome {
        outcome if outcome.is_bad() => Slot::Failed,
        Outcome::Passed | Outcome::Xpassed if told.attempts.iter().any(|outcome| outcome.is_bad()) => Slot::Retried,
        Outcome::Passed | Outcome::Xpassed => Slot::Passed,
        _ => Slot::Quiet,
    };
    let strip = |results: &Vec<(&RunRecord, &Told)>| results.iter().map(|(_, told)| slot(told)).collect::<Vec<_>>();
    let is_both = |slots: &[Slot]| {
        let has = |wanted: Slot| slots.contains(&wanted);
        has(Slot::Retried) || (has(Slot::Failed) && has(Slot::Passed))
    };
    let strips = all.iter().map(|(test, results)| (TestId::clone(test), strip(results)));
    strips.filter(|(_, slots)| is_both(slots)).collect()
}
