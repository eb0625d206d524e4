//! The sections of a release report.

use crate::domain::history::{Course, FlakyTest};
use crate::domain::ledger::Kind;
use crate::domain::programme::{Ruling, Trend, Verdict, time};
use crate::domain::report::opening::{counted, day};
use crate::domain::report::page::{Block, Cell, Chart, Column, Item, Line, Section, Share, Table, Tile, Tone, Words};
use crate::domain::report::{Release, Rulings, flaky_value, slots, trend_values};
use serde_json::{Value, json};

/// The most flaky tests that are listed.
const FLAKY: usize = 10;
/// The columns of the table of flaky tests.
const FLAKY_COLUMNS: [Column; 7] = [
    Column::text("test"),
    Column::short("state"),
    Column::number("failed"),
    Column::text("last runs"),
    Column::short("fails in"),
    Column::short("since"),
    Column::text("owners"),
];
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
    let line =
        Line { about: trend.about.clone(), values: trend.values.clone(), last: trend.last.clone(), tone: way(trend) };
    (trend.values.len() > 1).then_some(Chart::Line(line))
}

/// The key figures, large.
pub(super) fn standing(release: &Release<'_>) -> Section {
    let line = |about: &str| release.trends.iter().find(|trend| trend.about == about).and_then(line_of);
    let unknown = || "unknown".to_owned();
    let tile = |about: &str, value: String, beside: String, tone: Tone, chart: Option<Chart>| Tile {
        about: about.to_owned(),
        value,
        beside,
        tone,
        chart,
    };
    let mut tiles = Vec::new();
    let coverage = release.coverage.as_ref();
    let (value, beside, sign) = match coverage {
        Some(figure) if figure.kind == Kind::Unknown => (unknown(), figure.qualifier(), Tone::Open),
        Some(figure) => (figure.shown(release.digits), figure.qualifier(), Tone::Plain),
        None => (unknown(), "no coverage report".to_owned(), Tone::Open),
    };
    tiles.push(tile("coverage of everything", value, beside, sign, line("coverage of everything")));
    tiles.push(targets_tile(release));
    let passed = release.suite.map(|run| run.passed).filter(|passed| passed.whole > 0);
    let (value, beside, sign) = match passed {
        Some(passed) if passed.missing() == 0 => {
            (format!("{}%", passed.display(1)), format!("all {}", passed.whole), Tone::Good)
        }
        Some(passed) => (format!("{}%", passed.display(1)), format!("{} of {}", passed.part, passed.whole), Tone::Bad),
        None => (unknown(), "no run of the suite".to_owned(), Tone::Open),
    };
    tiles.push(tile("tests that pass", value, beside, sign, line("tests that pass")));
    let held = release.flaky().filter(|test| test.quarantined).count() as u64;
    let beside = if held > 0 { format!("{held} of them in quarantine") } else { String::new() };
    tiles.push(match release.runs {
        Some(_) => tile("flaky tests", release.flaky().count().to_string(), beside, Tone::Plain, None),
        None => tile("flaky tests", unknown(), "no run is recorded".to_owned(), Tone::Open, None),
    });
    tiles.push(match release.suite {
        Some(run) => {
            let beside = format!("{}, {}", run.id, day(run.when));
            tile("time of the suite", time(run.seconds), beside, Tone::Plain, line("time of the suite"))
        }
        None => tile("time of the suite", unknown(), "no run of the suite".to_owned(), Tone::Open, None),
    });
    // What these tiles say is in the head, as figures.
    Section {
        key: "standing",
        title: "Where it stands".to_owned(),
        blocks: vec![Block::Tiles(tiles)],
        data: Value::Null,
    }
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
        let count = trend.values.len();
        let words =
            format!(" is getting worse: by {:.0} % within {count} measurements, now {}", share * 100.0, trend.last);
        Item::new(Tone::Bad, Words::new().strong(trend.about.clone()).plain(words))
    }));
    let is_urgent = |test: &&FlakyTest| matches!(test.course, Course::New | Course::Regressed) && !test.quarantined;
    items.extend(release.flaky.iter().filter(is_urgent).take(FLAKY).map(unstable));
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

/// Layers of code against their least coverage.
pub(super) fn code(release: &Release<'_>) -> Section {
    let rulings: Vec<Ruling> =
        release.rulings.iter().filter(|ruling| ruling.rule.starts_with("targets.code")).cloned().collect();
    let columns = [Column::short("layer"), Column::text("covered"), Column::short("wanted"), Column::text("of")];
    let row = |ruling: &Ruling| {
        let name = ruling.rule.strip_prefix("targets.code.").unwrap_or(&ruling.rule);
        let least = release.least.iter().find(|(of, _)| of.eq_ignore_ascii_case(name));
        let figure = ruling.figure.filter(|figure| figure.kind != Kind::Unknown && figure.ratio.whole > 0);
        let bar = figure.map(|figure| {
            Chart::Share(Share {
                part: figure.ratio.percent() / 100.0,
                open: figure.open as f64 / figure.ratio.whole as f64,
                target: least.map(|(_, least)| least.value() / 100.0),
                tone: tone(ruling.verdict),
            })
        });
        let shown = figure.map_or("unknown".to_owned(), |figure| figure.shown(release.digits));
        let mut covered = Cell::new(shown.as_str());
        covered.chart = bar;
        // The percentage stands beside it.
        let found = ruling.found.strip_prefix(shown.as_str()).unwrap_or(&ruling.found).trim();
        let found = found.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(found);
        let detail = [found, &ruling.why].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ");
        vec![Cell::new(name).toned(tone(ruling.verdict)), covered, Cell::new(ruling.wanted.as_str()), Cell::new(detail)]
    };
    let rows: Vec<_> = rulings.iter().map(row).collect();
    let block = if rows.is_empty() {
        Block::Paragraph(
            "There is no layer of code to look at: the setting `layers` names none that this project has.".into(),
        )
    } else {
        Block::Table(Table { columns: columns.to_vec(), rows })
    };
    let data = Rulings { title: "code", rulings: &rulings }.json();
    Section { key: "code", title: "Code, layer by layer".to_owned(), blocks: vec![block], data }
}

/// Layers of tests: the pyramid, and their targets.
pub(super) fn tests(release: &Release<'_>) -> Section {
    let rulings: Vec<Ruling> =
        release.rulings.iter().filter(|ruling| ruling.rule.starts_with("targets.tests")).cloned().collect();
    let shown: Vec<(String, u64)> = release.layers.iter().map(|layer| (layer.name.clone(), layer.tests.part)).collect();
    let whole = release.layers.first().map_or(0, |layer| layer.tests.whole);
    let own: u64 = shown.iter().map(|(_, count)| count).sum();
    let mut blocks = Vec::new();
    let rest = whole.saturating_sub(own);
    let outside = if rest > 0 { format!(" {rest} of them belong to no layer.") } else { String::new() };
    blocks.push(Block::Paragraph(format!("There are {}.{outside}", counted(whole, "test")).into()));
    // Layers that nobody has and nobody wants are left out of the picture.
    let wanted = |name: &str| {
        rulings.iter().any(|ruling| ruling.verdict != Verdict::Free && ruling.rule.ends_with(&format!(".{name}")))
    };
    let drawn: Vec<(String, u64)> = shown.iter().filter(|(name, count)| *count > 0 || wanted(name)).cloned().collect();
    if own > 0 {
        blocks.push(Block::Chart(Chart::Pyramid(drawn)));
    }
    let columns = [Column::short("layer"), Column::text("wanted"), Column::text("found"), Column::text("note")];
    let demanded: Vec<&Ruling> = rulings.iter().filter(|ruling| ruling.verdict != Verdict::Free).collect();
    // What holds of all is said once.
    let common = demanded.first().map(|ruling| ruling.why.as_str()).filter(|why| !why.is_empty());
    let common = common.filter(|why| demanded.iter().all(|ruling| ruling.why.as_str() == *why));
    let columns = if common.is_some() { &columns[..3] } else { &columns[..] };
    let row = |ruling: &&Ruling| {
        let found = if ruling.found.is_empty() { ruling.verdict.word() } else { ruling.found.as_str() };
        vec![
            Cell::new(ruling.about.as_str()).toned(tone(ruling.verdict)),
            Cell::new(ruling.wanted.as_str()),
            Cell::new(found),
            Cell::new(ruling.why.as_str()),
        ]
    };
    let rows: Vec<_> = demanded.iter().map(row).collect();
    if !rows.is_empty() {
        blocks.push(Block::Table(Table { columns: columns.to_vec(), rows }));
    }
    blocks.extend(common.map(|why| Block::Paragraph(format!("All of this is {}.", why.replace('`', "")).into())));
    let layer = |(name, count): &(String, u64)| json!({ "name": name, "tests": count });
    let data = json!({
        "tests": whole,
        "layers": shown.iter().map(layer).collect::<Vec<_>>(),
        "targets": Rulings { title: "tests", rulings: &rulings }.json(),
    });
    Section { key: "tests", title: "Tests, layer by layer".to_owned(), blocks, data }
}

/// How the figures went, what is getting worse first.
pub(super) fn trends(release: &Release<'_>) -> Section {
    let tile = |trend: &Trend| {
        let beside = match (trend.word(), trend.worse()) {
            ("too few", _) => format!("{}: too few to say", counted(trend.values.len() as u64, "value")),
            (word, Some(share)) => format!("{word} by {:.0} %", share.abs() * 100.0),
            (word, None) => word.to_owned(),
        };
        let (about, value) = (trend.about.clone(), trend.last.clone());
        Tile { about, value, beside, tone: way(trend), chart: line_of(trend) }
    };
    let tiles: Vec<Tile> = release.trends.iter().map(tile).collect();
    let block = if tiles.is_empty() {
        Block::Paragraph("Nothing is recorded yet: `lacuna run` and `lacuna ingest` record runs.".into())
    } else {
        Block::Tiles(tiles)
    };
    let data = trend_values(release.trends);
    Section { key: "trends", title: "Over time".to_owned(), blocks: vec![block], data }
}

/// The flaky tests that deserve attention first.
pub(super) fn flaky(release: &Release<'_>) -> Section {
    let shown: Vec<&FlakyTest> = release.flaky.iter().take(FLAKY).collect();
    let rows: Vec<_> = shown.iter().map(|test| flaky_row(test)).collect();
    // A column in which nothing stands would only take room.
    let has_owners = shown.iter().any(|test| !test.owners.is_empty());
    let columns = if has_owners { &FLAKY_COLUMNS[..] } else { &FLAKY_COLUMNS[..6] };
    let mut blocks = Vec::new();
    match (rows.is_empty(), release.runs.is_some()) {
        (true, true) => blocks.push(Block::Paragraph("No test has had more than one outcome.".into())),
        (true, false) => blocks.push(Block::Paragraph("Unknown: no run is recorded.".into())),
        _ => blocks.push(Block::Table(Table { columns: columns.to_vec(), rows })),
    }
    let more = release.flaky.len().saturating_sub(FLAKY);
    if more > 0 {
        blocks.push(Block::Paragraph(Words::from(format!("And {more} more: ")).code("lacuna flaky")));
    }
    let data = release.flaky.iter().map(flaky_value).collect();
    Section { key: "flaky", title: "Tests with more than one outcome".to_owned(), blocks, data }
}

/// One flaky test as cells of its table.
pub(super) fn flaky_row(test: &FlakyTest) -> Vec<Cell> {
    let held = if test.quarantined { ", in quarantine" } else { "" };
    let sign = match test.course {
        Course::New | Course::Ongoing | Course::Regressed if !test.quarantined => Tone::Bad,
        Course::Mended => Tone::Good,
        _ => Tone::Plain,
    };
    let known = test.posterior;
    let owners: Vec<&str> = test.owners.iter().map(crate::base::Clean::as_str).collect();
    vec![
        Cell::code(test.id.as_str()),
        Cell::new(format!("{}{held}", test.course.word())).toned(sign),
        Cell::new(format!("{} of {}", test.failures, test.runs)),
        Cell::new("").drawn(Chart::Strip(slots(test))),
        Cell::new(format!("{:.0} to {:.0} %", known.low * 100.0, known.high * 100.0)),
        Cell::new(test.since.map(day).unwrap_or_default()),
        Cell::new(owners.join(" ")),
    ]
}

/// The rules of the gate.
pub(super) fn gate(release: &Release<'_>) -> Section {
    let all = Rulings { title: "gate", rulings: release.gate };
    let blocks = if release.gate.is_empty() {
        vec![Block::Paragraph("No rule is set for the gate.".into())]
    } else {
        let columns = [Column::text("rule"), Column::short("wanted"), Column::text("found")];
        let row = |ruling: &Ruling| {
            let found = if ruling.found.is_empty() { ruling.verdict.word() } else { ruling.found.as_str() };
            vec![
                Cell::new(ruling.about.as_str()).toned(tone(ruling.verdict)),
                Cell::new(ruling.wanted.as_str()),
                Cell::new(found),
            ]
        };
        let rows = release.gate.iter().map(row).collect();
        let note = "Rules that other programs judge are not started for a report; ";
        vec![
            Block::Table(Table { columns: columns.to_vec(), rows }),
            Block::Paragraph(Words::from(note).code("lacuna gate").plain(" has them.")),
        ]
    };
    Section { key: "gate", title: "The gate".to_owned(), blocks, data: all.json() }
}
