//! How the key figures went and where they go: from the runs of the history, the points that were kept, and what was counted after runs.

use super::frames::now;
use super::known::{Known, of_suite};
use super::{points, programme};
use crate::base::{Day, Problem, Ratio, RepoPath, Stamp};
use crate::domain::history::{Run, RunSource, flaky, outages};
use crate::domain::ledger::{Figure, Point, PointHead, PointKind};
use crate::domain::programme::{
    Better, Percent, Trend, Unit, count, is_flaky, percentile, seconds, spaced, worst_first,
};
use crate::domain::triage::layer_of;
use std::collections::BTreeSet;

/// How many values a trend has at the most.
const MOST: usize = 40;
/// How many values the number of flaky tests has: for each of them the history is judged anew.
const FLAKY: usize = 20;
/// How far a trend reaches back, in milliseconds: a quarter of a year.
const BACK: i64 = 92 * 24 * 3600 * 1000;

/// Every trend of which something is recorded, what is getting worse first.
///
/// # Errors
/// The history or the points could not be read.
pub fn trends(known: &Known<'_>) -> Result<Vec<Trend>, Problem> {
    let mut all = coverage(known)?;
    all.extend(suite(known)?);
    all.extend(flaky_tests(known)?);
    all.extend(contract(known)?);
    all.extend(mapping(known)?);
    all.retain(|trend| !trend.points.is_empty());
    let now = now();
    Ok(worst_first(all.into_iter().map(|trend| trend.foretold(now)).collect()))
}

/// Those of the last time that a trend has room for, the oldest first.
fn recent<T>(all: Vec<T>, most: usize, when: impl Fn(&T) -> Stamp) -> Vec<T> {
    let last = all.iter().map(&when).max().unwrap_or_default();
    let recent = all.into_iter().filter(|one| when(one).0 >= last.0.saturating_sub(BACK)).collect();
    spaced(recent, most, when)
}

/// A limit of the settings as a number; nothing where there is none, or what is there is none.
fn limit<T>(known: &Known<'_>, key: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    programme::limit(known, key, read).and_then(Result::ok)
}

/// A least percentage of a table of the settings.
fn least(known: &Known<'_>, key: &str, name: &str) -> Option<f64> {
    let (targets, _) = programme::percentages(known, key);
    targets.iter().find(|(of, _)| of.eq_ignore_ascii_case(name)).map(|(_, percent)| percent.value())
}

/// Coverage of everything and of each layer, at the baselines that were kept and after the last run of each day.
fn coverage(known: &Known<'_>) -> Result<Vec<Trend>, Problem> {
    let desk = known.desk;
    let mut days = BTreeSet::new();
    // The newest come first.
    let counts = |head: &PointHead| {
        let is_last = days.insert(Day::of(head.at));
        head.kind == PointKind::Baseline || is_last
    };
    let kept = points::kept(desk)?;
    let heads: Vec<PointHead> = kept.into_iter().filter(counts).collect();
    let mut at = Vec::new();
    for head in recent(heads, MOST, |head| head.at) {
        at.extend(desk.store()?.point(&head.id)?.map(|point| (head.at, point)));
    }
    let digits = desk.project.coverage.precision;
    let trend = |about: &str, target: Option<f64>, of: &dyn Fn(&RepoPath) -> bool| {
        let figures: Vec<(Stamp, Figure)> =
            at.iter().filter_map(|(when, point)| Some((*when, figure(point, of)?))).collect();
        let last = figures.last().map(|(_, figure)| figure.shown(digits));
        let values = figures.iter().map(|(when, figure)| (*when, figure.ratio.percent())).collect();
        Trend::new(about, (Better::More, Unit::Percent), values, last).wanting(target)
    };
    let everything = limit(known, "gate.coverage", Percent::read).map(|percent| percent.value());
    let layers = desk.layers.iter().enumerate().map(|(place, layer)| {
        let target = least(known, "targets.code", &layer.name);
        trend(&format!("coverage of {}", layer.name), target, &|path| layer_of(&desk.layers, path) == Some(place))
    });
    Ok(std::iter::once(trend("coverage of everything", everything, &|_| true)).chain(layers).collect())
}

fn figure(point: &Point, of: &dyn Fn(&RepoPath) -> bool) -> Option<Figure> {
    let files = point.files.iter().filter(|(path, _)| of(path));
    files.map(|(_, file)| file.figure()).reduce(Figure::plus)
}

/// How much of the contract was exercised, after the runs in which requests were observed.
fn contract(known: &Known<'_>) -> Result<Vec<Trend>, Problem> {
    let kept = recent(known.desk.store()?.contract_shares()?, MOST, |(at, _)| *at);
    let trend = |about: &str, name: &str, of: &dyn Fn(&[Ratio; 2]) -> Ratio| {
        let values = kept.iter().map(|(at, shares)| (*at, of(shares).percent())).collect();
        let last = kept.last().map(|(_, shares)| format!("{}%", of(shares).display(0)));
        let target = least(known, "gate.contract", name);
        Trend::new(about, (Better::More, Unit::Percent), values, last).wanting(target)
    };
    Ok(vec![
        trend("operations that tests exercise", "operations", &|[operations, _]| *operations),
        trend("documented responses that tests saw", "responses", &|[_, responses]| *responses),
    ])
}

/// How many of the tests belonged to an issue.
fn mapping(known: &Known<'_>) -> Result<Option<Trend>, Problem> {
    let kept = recent(known.desk.store()?.mapping_shares()?, MOST, |(at, _)| *at);
    let values = kept.iter().map(|(at, share)| (*at, share.percent())).collect();
    let last = kept.last().map(|(_, share)| format!("{}%", share.display(1)));
    let target = limit(known, "gate.mapping", Percent::read).map(|percent| percent.value());
    Ok(Some(Trend::new("tests that belong to an issue", (Better::More, Unit::Percent), values, last).wanting(target)))
}

/// The runs of the suite that a trend has room for: those that were launched here, or those that came from elsewhere, whichever
/// are more. A machine of a CI takes another time for the same tests, so that a trend through both would be one of the places.
fn runs(known: &Known<'_>, most: usize) -> Result<Vec<Run>, Problem> {
    let all = known.desk.history()?.runs(usize::MAX)?;
    let all: Vec<&Run> = of_suite(&all).collect();
    let last = all.iter().map(|run| run.when).max().unwrap_or_default();
    let recently = all.into_iter().filter(|run| run.when.0 >= last.0.saturating_sub(BACK));
    let (here, elsewhere): (Vec<&Run>, Vec<&Run>) = recently.partition(|run| run.source == RunSource::Launched);
    let runs = if here.len() > elsewhere.len() { here } else { elsewhere };
    Ok(spaced(runs.into_iter().cloned().collect(), most, |run| run.when))
}

/// Time, percentiles and pass rate of the runs of the suite.
fn suite(known: &Known<'_>) -> Result<Vec<Trend>, Problem> {
    let history = known.desk.history()?;
    let (mut times, mut passed) = (Vec::new(), Vec::new());
    let tails = [(50, None), (95, Some("gate.p95")), (99, Some("gate.p99"))];
    let mut tails = tails.map(|(percent, key)| (percent, key, Vec::new()));
    for run in runs(known, MOST)? {
        let Some(record) = history.run(&run.id)? else { continue };
        let run = super::known::suite(&record.run, &record.results);
        times.push((run.when, run.seconds));
        passed.push((run.when, run.passed.percent()));
        for (percent, _, values) in &mut tails {
            values.extend(percentile(&run.durations, *percent).map(|value| (run.when, value)));
        }
    }
    let less = |about: &str, values: Vec<(Stamp, f64)>, target: Option<f64>| {
        Trend::new(about, (Better::Less, Unit::Seconds), values, None).wanting(target)
    };
    let mut all = vec![less("time of the suite", times, limit(known, "targets.suite", seconds))];
    all.extend(tails.into_iter().map(|(percent, key, values)| {
        let most = key.and_then(|key| limit(known, key, seconds));
        less(&format!("P{percent} of the tests' durations"), values, most)
    }));
    let rate = limit(known, "gate.pass_rate", Percent::read).map(|percent| percent.value());
    all.push(Trend::new("tests that pass", (Better::More, Unit::Percent), passed, None).wanting(rate));
    Ok(all)
}

/// How many tests were flaky when the suite ran, by what was recorded up to then.
fn flaky_tests(known: &Known<'_>) -> Result<Option<Trend>, Problem> {
    let history = known.desk.history()?;
    let times: Vec<Stamp> = runs(known, FLAKY)?.iter().map(|run| run.when).collect();
    let mut seen = history.unsettled()?;
    seen.sort_by_key(|seen| seen.run.when);
    let outages = outages(&history.wide_sightings()?);
    let number = |at: &Stamp| {
        let until = seen.partition_point(|seen| seen.run.when <= *at);
        let tests = seen.get(..until).map(|seen| flaky(seen, &outages)).unwrap_or_default();
        tests.iter().filter(|test| is_flaky(test)).count()
    };
    #[expect(clippy::cast_precision_loss, reason = "a number of tests")]
    let values = times.iter().map(|at| (*at, number(at) as f64)).collect();
    let most =
        limit(known, "gate.flaky", count).map_or_else(|| programme::flaky_target(known), |most| Some(most as f64));
    Ok(Some(Trend::new("flaky tests", (Better::Less, Unit::Count), values, None).wanting(most)))
}
