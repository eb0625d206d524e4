//! How the key figures went: from the runs of the history, the baselines that were kept, and what was observed of the contract.

use super::desk::Desk;
use super::known::{Known, of_suite};
use super::points;
use crate::base::{Problem, Ratio, RepoPath};
use crate::domain::ledger::{Figure, Point, PointKind};
use crate::domain::programme::{Better, Trend, percentile, time, worst_first};
use crate::domain::triage::layer_of;

/// How many runs and baselines a trend has at the most.
const MOST: usize = 30;

/// Every trend of which something is recorded, what is getting worse first.
///
/// # Errors
/// The history or the points could not be read.
pub fn trends(known: &Known<'_>) -> Result<Vec<Trend>, Problem> {
    let mut all = coverage(known.desk)?;
    all.extend(suite(known)?);
    all.extend(contract(known.desk)?);
    Ok(worst_first(all))
}

/// Coverage of everything and of each layer, at the baselines that were kept.
fn coverage(desk: &Desk) -> Result<Vec<Trend>, Problem> {
    let kept = points::kept(desk)?;
    let heads: Vec<_> = kept.iter().filter(|head| head.kind == PointKind::Baseline).take(MOST).collect();
    let mut at = Vec::new();
    for head in heads.into_iter().rev() {
        at.extend(desk.store()?.point(&head.id)?);
    }
    let digits = desk.project.coverage.precision;
    let trend = |about: String, of: &dyn Fn(&RepoPath) -> bool| {
        let figures: Vec<Figure> = at.iter().filter_map(|point: &Point| figure(point, of)).collect();
        let last = figures.last().map(|figure| figure.shown(digits)).unwrap_or_default();
        Trend { about, better: Better::More, values: figures.iter().map(|one| one.ratio.percent()).collect(), last }
    };
    let layers = desk.layers.iter().enumerate().map(|(place, layer)| {
        trend(format!("coverage of {}", layer.name), &|path| layer_of(&desk.layers, path) == Some(place))
    });
    let all: Vec<Trend> =
        std::iter::once(trend("coverage of everything".to_owned(), &|_| true)).chain(layers).collect();
    Ok(all.into_iter().filter(|trend| !trend.values.is_empty()).collect())
}

fn figure(point: &Point, of: &dyn Fn(&RepoPath) -> bool) -> Option<Figure> {
    let files = point.files.iter().filter(|(path, _)| of(path));
    files.map(|(_, file)| file.figure()).reduce(Figure::plus)
}

/// How much of the contract was exercised, after the runs in which requests were observed.
fn contract(desk: &Desk) -> Result<Vec<Trend>, Problem> {
    let kept = desk.store()?.shares(MOST)?;
    let trend = |about: &str, of: &dyn Fn(&[Ratio; 2]) -> Ratio| {
        let values: Vec<f64> = kept.iter().map(|shares| of(shares).percent()).collect();
        let last = kept.last().map(|shares| format!("{}%", of(shares).display(0))).unwrap_or_default();
        Trend { about: about.to_owned(), better: Better::More, values, last }
    };
    let all = [
        trend("operations that tests exercise", &|[operations, _]| *operations),
        trend("documented responses that tests saw", &|[_, responses]| *responses),
    ];
    Ok(all.into_iter().filter(|trend| !trend.values.is_empty()).collect())
}

/// Time, percentiles and pass rate of the runs of the suite.
fn suite(known: &Known<'_>) -> Result<Vec<Trend>, Problem> {
    let past = known.past().map_err(Clone::clone)?;
    let history = known.desk.history()?;
    let mut runs: Vec<_> = of_suite(&past.runs).take(MOST).collect();
    runs.sort_by_key(|run| run.when);
    let (mut seconds, mut passed) = (Vec::new(), Vec::new());
    let mut tails = [50, 95, 99].map(|percent| (percent, Vec::new()));
    for run in runs {
        let Some(record) = history.run(&run.id)? else { continue };
        let run = super::known::suite(&record.run, &record.results);
        seconds.push(run.seconds);
        passed.push(run.passed.percent());
        for (percent, values) in &mut tails {
            values.extend(percentile(&run.durations, *percent));
        }
    }
    let last = |values: &[f64], words: &dyn Fn(f64) -> String| values.last().copied().map(words).unwrap_or_default();
    let less =
        |about: String, values: Vec<f64>| Trend { about, better: Better::Less, last: last(&values, &time), values };
    let rate = last(&passed, &|percent| format!("{percent:.1}%"));
    let mut all = vec![less("time of the suite".to_owned(), seconds)];
    all.extend(tails.into_iter().map(|(percent, values)| less(format!("P{percent} of the tests' durations"), values)));
    all.push(Trend { about: "tests that pass".to_owned(), better: Better::More, last: rate, values: passed });
    Ok(all.into_iter().filter(|trend| !trend.values.is_empty()).collect())
}
