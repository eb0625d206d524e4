//! The sections of a release report that say where it stands, what needs attention, and where the figures go.

use crate::domain::history::{Course, FlakyTest};
use crate::domain::ledger::Kind;
use crate::domain::programme::{Ruling, Trend, Verdict, time};
use crate::domain::report::opening::{counted, day};
use crate::domain::report::page::{Block, Chart, Item, Line, Section, Tile, Tone, Words};
use crate::domain::report::{Release, trend_values};
use serde_json::Value;

/// The most tests that are named.
const NAMED: usize = 10;
/// The most places of a rule that are named.
const PLACES: usize = 3;

/// What a verdict means to the reader.
pub(super) const fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Failed => Tone::Bad,
        Verdict::Untold => Tone::Open,
        Verdict::Held => Tone::Good,
        Verdict::Free => Tone::Plain,
    }
}

/// What a trend means to the reader.
fn way(trend: &Trend) -> Tone {
    match trend.word() {
        "worse" => Tone::Bad,
        "better" => Tone::Good,
        _ => Tone::Plain,
    }
}

/// The line of a trend; nothing where there is no line yet.
fn line_of(trend: &Trend) -> Option<Chart> {
    let line = Line { about: trend.about.clone(), values: trend.values(), last: trend.last.clone(), tone: way(trend) };
    (trend.points.len() > 1).then_some(Chart::Line(line))
}

/// The key figures, large.
pub(super) fn standing(release: &Release<'_>) -> Section {
    let tiles = vec![
        coverage_tile(release),
        targets_tile(release),
        passed_tile(release),
        flaky_tile(release),
        time_tile(release),
    ];
    // What these tiles say is in the head, as figures.
    Section {
        key: "standing",
        title: "Where it stands".to_owned(),
        blocks: vec![Block::Tiles(tiles)],
        data: Value::Null,
    }
}

/// How one of the figures went.
fn line(release: &Release<'_>, about: &str) -> Option<Chart> {
    release.trends.iter().find(|trend| trend.about == about).and_then(line_of)
}

/// A figure that nobody knows, and why.
fn unknown(about: &str, why: &str) -> Tile {
    let (about, beside) = (about.to_owned(), why.to_owned());
    Tile { about, value: "unknown".to_owned(), beside, tone: Tone::Open, chart: None }
}

fn coverage_tile(release: &Release<'_>) -> Tile {
    let about = "coverage of everything";
    match &release.coverage {
        None => unknown(about, "no coverage report"),
        Some(figure) if figure.kind == Kind::Unknown => unknown(about, &figure.qualifier()),
        Some(figure) => Tile {
            about: about.to_owned(),
            value: figure.shown(release.digits),
            beside: figure.qualifier(),
            tone: Tone::Plain,
            chart: line(release, about),
        },
    }
}

fn passed_tile(release: &Release<'_>) -> Tile {
    let about = "tests that pass";
    let Some(passed) = release.suite.map(|run| run.passed).filter(|passed| passed.whole > 0) else {
        return unknown(about, "no run of the suite");
    };
    let all = passed.missing() == 0;
    Tile {
        about: about.to_owned(),
        value: format!("{}%", passed.display(1)),
        beside: if all { format!("all {}", passed.whole) } else { format!("{} of {}", passed.part, passed.whole) },
        tone: if all { Tone::Good } else { Tone::Bad },
        chart: line(release, about),
    }
}

fn flaky_tile(release: &Release<'_>) -> Tile {
    let about = "flaky tests";
    if release.runs.is_none() {
        return unknown(about, "no run is recorded");
    }
    let held = release.flaky().filter(|test| test.quarantined).count();
    let beside = if held > 0 { format!("{held} of them in quarantine") } else { String::new() };
    let value = release.flaky().count().to_string();
    Tile { about: about.to_owned(), value, beside, tone: Tone::Plain, chart: None }
}

fn time_tile(release: &Release<'_>) -> Tile {
    let about = "time of the suite";
    let Some(run) = release.suite else { return unknown(about, "no run of the suite") };
    let beside = format!("{}, {}", run.id, day(run.when));
    Tile { about: about.to_owned(), value: time(run.seconds), beside, tone: Tone::Plain, chart: line(release, about) }
}

fn targets_tile(release: &Release<'_>) -> Tile {
    let number = |wanted: Verdict| release.rulings.iter().filter(|ruling| ruling.verdict == wanted).count();
    let (held, failed, untold) = (number(Verdict::Held), number(Verdict::Failed), number(Verdict::Untold));
    let all = held + failed + untold;
    let tone = match (failed, untold, all) {
        (_, _, 0) => Tone::Plain,
        (0, 0, _) => Tone::Good,
        (0, ..) => Tone::Open,
        _ => Tone::Bad,
    };
    let beside = match (failed, untold) {
        (0, 0) => String::new(),
        (failed, 0) => format!("{failed} not met"),
        (failed, untold) => format!("{failed} not met, {untold} unknown"),
    };
    let value = if all == 0 { "none".to_owned() } else { format!("{held} of {all}") };
    Tile { about: "targets met".to_owned(), value, beside, tone, chart: None }
}

/// What has to be seen to, the certain before the unknown; nothing where there is nothing.
pub(super) fn attention(release: &Release<'_>) -> Option<Section> {
    // The gate may hold targets: they are told once.
    let is_told =
        |rule: &&Ruling| !release.rulings.iter().any(|other| other.rule == rule.rule && other.about == rule.about);
    let rules = release.gate.iter().filter(is_told);
    let mut items: Vec<Item> = release.rulings.iter().chain(rules).filter_map(trouble).collect();
    items.sort_by_key(|item| item.tone);
    let worse = release.trends.iter().filter_map(|trend| Some((trend, trend.worse().filter(|share| *share > 0.0)?)));
    items.extend(worse.map(|(trend, share)| {
        let count = trend.points.len();
        let ahead = trend.forecast.as_ref().map(|forecast| format!("; {}", forecast.words)).unwrap_or_default();
        let by = share * 100.0;
        let words = format!(" is getting worse: by {by:.0} % within {count} measurements, now {}{ahead}", trend.last);
        Item::new(Tone::Bad, Words::new().strong(trend.about.clone()).plain(words))
    }));
    let is_ahead = |trend: &&Trend| !trend.worse().is_some_and(|share| share > 0.0);
    items.extend(release.trends.iter().filter(is_ahead).filter_map(looming));
    let is_urgent = |test: &&FlakyTest| matches!(test.course, Course::New | Course::Regressed) && !test.quarantined;
    items.extend(release.flaky.iter().filter(is_urgent).take(NAMED).map(unstable));
    let section = Section {
        key: "attention",
        title: "What needs attention".to_owned(),
        blocks: vec![Block::List(items.clone())],
        data: Value::Null,
    };
    (!items.is_empty()).then_some(section)
}

/// A rule that does not hold, or of which nobody can tell, with where to look and what to type.
fn trouble(ruling: &Ruling) -> Option<Item> {
    let words = Words::new().strong(ruling.about.as_str());
    let wanted = if ruling.wanted.is_empty() { String::new() } else { format!("; wanted: {}", ruling.wanted) };
    let words = match ruling.verdict {
        Verdict::Failed => words.plain(format!(": {}{wanted}", ruling.found)),
        Verdict::Untold => words.plain(format!(": nobody can tell, since {}{wanted}", ruling.why)),
        Verdict::Held | Verdict::Free => return None,
    };
    let place = |place: &crate::domain::programme::Place| {
        let at = place.words();
        let what = place.what.strip_prefix(at.as_str()).unwrap_or(&place.what).trim();
        if at.is_empty() { Words::from(what) } else { Words::new().code(at).plain(format!(" {what}")) }
    };
    let mut below: Vec<Words> = ruling.places.iter().take(PLACES).map(place).collect();
    if ruling.places.len() > PLACES {
        below.push(Words::from(format!("and {} more", ruling.places.len() - PLACES)));
    }
    if !ruling.next.is_empty() {
        below.push(Words::from("next: ").code(ruling.next.as_str()));
    }
    Some(Item { tone: tone(ruling.verdict), words, below })
}

/// A figure that is not said to be worse yet, and goes where it should not.
fn looming(trend: &Trend) -> Option<Item> {
    let forecast = trend.forecast.as_ref().filter(|forecast| forecast.is_bad && forecast.meets.is_some())?;
    let words = format!(" {}, if it goes on like this; now {}", forecast.words, trend.last);
    Some(Item::new(Tone::Open, Words::new().strong(trend.about.clone()).plain(words)))
}

fn unstable(test: &FlakyTest) -> Item {
    let began = test.shift.as_ref().map(|shift| shift.first.when).or(test.since);
    let since = began.map(|since| format!(" since {}", day(since))).unwrap_or_default();
    let what = match test.course {
        Course::Regressed => match &test.shift {
            Some(shift) => {
                format!(" seems broken{since}: {} of {} runs failed since", shift.after.part, shift.after.whole)
            }
            None => format!(" seems broken{since}"),
        },
        _ => format!(" fails now and then{since}: in {} of {} runs", test.failures, test.runs),
    };
    let next = Words::from("next: ").code(format!("lacuna lab '{}' --quick", test.id.as_str()));
    Item { tone: Tone::Bad, words: Words::new().code(test.id.as_str()).plain(what), below: vec![next] }
}

/// How the figures went, what is getting worse first.
pub(super) fn trends(release: &Release<'_>) -> Section {
    let tile = |trend: &Trend| {
        let beside = match (trend.word(), trend.worse()) {
            ("too few runs", _) => format!("{}: too few to say", counted(trend.points.len() as u64, "value")),
            (word, Some(share)) => format!("{word} by {:.0} %", share.abs() * 100.0),
            (word, None) => word.to_owned(),
        };
        let ahead = trend.forecast.as_ref().map(|forecast| format!("; {}", forecast.words)).unwrap_or_default();
        let beside = format!("{beside}{ahead}");
        let (about, value) = (trend.about.clone(), trend.last.clone());
        Tile { about, value, beside, tone: way(trend), chart: line_of(trend) }
    };
    let tiles: Vec<Tile> = release.trends.iter().map(tile).collect();
    let what = "Coverage as it was at the baselines and after the last run of each day; times and passed tests as in the runs \
                of the suite. A forecast holds for nine of ten courses that look like this one; where there is none, the past \
                does not tell.";
    let blocks = if tiles.is_empty() {
        vec![Block::Paragraph(Words::ticked("Nothing is recorded yet: `lacuna run` and `lacuna ingest` record runs."))]
    } else {
        vec![Block::Paragraph(what.into()), Block::Tiles(tiles)]
    };
    let data = trend_values(release.trends);
    Section { key: "trends", title: "Over time".to_owned(), blocks, data }
}
