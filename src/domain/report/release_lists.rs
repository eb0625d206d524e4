//! The sections of a release report that list: layers of code and of tests, all other figures, flaky tests, the gate.

use crate::domain::history::{Course, FlakyTest};
use crate::domain::ledger::Kind;
use crate::domain::programme::{Ruling, Verdict};
use crate::domain::report::opening::{counted, day};
use crate::domain::report::page::{Block, Cell, Chart, Column, Section, Share, Table, Tone, Words};
use crate::domain::report::release_parts::tone;
use crate::domain::report::{Release, Rulings, flaky_value, slots};
use serde_json::json;

/// The setting of the targets of code.
const CODE: &str = "targets.code";
/// The setting of the targets of tests.
const TESTS: &str = "targets.tests";
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

/// Layers of code against their least coverage.
pub(super) fn code(release: &Release<'_>) -> Section {
    let rulings = of(release, CODE);
    let columns = [Column::short("layer"), Column::text("covered"), Column::short("wanted"), Column::text("of")];
    let rows: Vec<_> = rulings.iter().map(|ruling| layer(release, ruling)).collect();
    let block = if rows.is_empty() {
        let words = "There is no layer of code to look at: the setting `layers` names none that this project has.";
        Block::Paragraph(Words::ticked(words))
    } else {
        Block::Table(Table { columns: columns.to_vec(), rows })
    };
    let data = Rulings { title: "code", rulings: &rulings }.json();
    Section { key: "code", title: "Code, layer by layer".to_owned(), blocks: vec![block], data }
}

/// The rulings of a setting.
fn of(release: &Release<'_>, key: &str) -> Vec<Ruling> {
    release.rulings.iter().filter(|ruling| ruling.rule.starts_with(key)).cloned().collect()
}

fn layer(release: &Release<'_>, ruling: &Ruling) -> Vec<Cell> {
    let name = ruling.rule.strip_prefix(CODE).unwrap_or(&ruling.rule).trim_start_matches('.');
    let least = release.least.iter().find(|(of, _)| of.eq_ignore_ascii_case(name));
    let figure = ruling.figure.filter(|figure| figure.kind != Kind::Unknown && figure.ratio.whole > 0);
    let shown = figure.map_or("unknown".to_owned(), |figure| figure.shown(release.digits));
    let mut covered = Cell::new(shown.as_str());
    covered.chart = figure.map(|figure| {
        Chart::Share(Share {
            part: figure.ratio.percent() / 100.0,
            open: figure.open as f64 / figure.ratio.whole as f64,
            target: least.map(|(_, least)| least.value() / 100.0),
            tone: tone(ruling.verdict),
        })
    });
    // The percentage stands beside it.
    let found = ruling.found.strip_prefix(shown.as_str()).unwrap_or(&ruling.found).trim();
    let found = found.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(found);
    let detail = [found, &ruling.why].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ");
    vec![
        Cell::new(name).toned(tone(ruling.verdict)),
        covered,
        Cell::new(ruling.wanted.as_str()),
        Cell::new(Words::ticked(&detail)),
    ]
}

/// Layers of tests: the pyramid, and their targets.
pub(super) fn tests(release: &Release<'_>) -> Section {
    let rulings = of(release, TESTS);
    let shown: Vec<(String, u64)> = release.layers.iter().map(|layer| (layer.name.clone(), layer.tests.part)).collect();
    let whole = release.layers.first().map_or(0, |layer| layer.tests.whole);
    let own: u64 = shown.iter().map(|(_, count)| count).sum();
    let rest = whole.saturating_sub(own);
    let outside = if rest > 0 { format!(" {rest} of them belong to no layer.") } else { String::new() };
    let mut blocks = vec![Block::Paragraph(format!("There are {}.{outside}", counted(whole, "test")).into())];
    // Layers that nobody has and nobody wants are left out of the picture.
    let wanted = |name: &str| {
        rulings.iter().any(|ruling| ruling.verdict != Verdict::Free && ruling.rule.ends_with(&format!(".{name}")))
    };
    let drawn: Vec<(String, u64)> = shown.iter().filter(|(name, count)| *count > 0 || wanted(name)).cloned().collect();
    blocks.extend((own > 0).then_some(Block::Chart(Chart::Pyramid(drawn))));
    blocks.extend(rules("layer", rulings.iter().filter(|ruling| ruling.verdict != Verdict::Free)));
    let layer = |(name, count): &(String, u64)| json!({ "name": name, "tests": count });
    let data = json!({
        "tests": whole,
        "layers": shown.iter().map(layer).collect::<Vec<_>>(),
        "targets": Rulings { title: "tests", rulings: &rulings }.json(),
    });
    Section { key: "tests", title: "Tests, layer by layer".to_owned(), blocks, data }
}

/// Everything else that the programme names: flaky tests, times, what its other parts judge.
pub(super) fn others(release: &Release<'_>) -> Option<Section> {
    let is_other = |ruling: &&Ruling| ![CODE, TESTS].iter().any(|key| ruling.rule.starts_with(key));
    let rulings: Vec<Ruling> = release.rulings.iter().filter(is_other).cloned().collect();
    let data = Rulings { title: "others", rulings: &rulings }.json();
    let title = "The suite, and everything else".to_owned();
    (!rulings.is_empty()).then(|| Section { key: "others", title, blocks: rules("what", rulings.iter()), data })
}

/// Rules in a table; a note that holds of all of them stands below it, once.
fn rules<'a>(name: &'static str, rulings: impl Iterator<Item = &'a Ruling>) -> Vec<Block> {
    let rulings: Vec<&Ruling> = rulings.collect();
    let common = rulings.first().map(|ruling| ruling.why.as_str()).filter(|why| !why.is_empty());
    let common = common.filter(|why| rulings.iter().all(|ruling| ruling.why.as_str() == *why));
    let row = |ruling: &&Ruling| {
        let found = if ruling.found.is_empty() { ruling.verdict.word() } else { ruling.found.as_str() };
        vec![
            Cell::new(ruling.about.as_str()).toned(tone(ruling.verdict)),
            Cell::new(ruling.wanted.as_str()),
            Cell::new(found),
            Cell::new(Words::ticked(&ruling.why)),
        ]
    };
    let rows: Vec<_> = rulings.iter().map(row).collect();
    let columns = [Column::text(name), Column::text("wanted"), Column::text("found"), Column::text("note")];
    let has_notes = common.is_none() && rulings.iter().any(|ruling| !ruling.why.is_empty());
    let columns = if has_notes { &columns[..] } else { &columns[..3] };
    let table = (!rows.is_empty()).then(|| Block::Table(Table { columns: columns.to_vec(), rows }));
    let note = common.map(|why| Block::Paragraph(Words::ticked(&format!("Of all of these: {why}."))));
    table.into_iter().chain(note).collect()
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
fn flaky_row(test: &FlakyTest) -> Vec<Cell> {
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
    let mut blocks = rules("rule", release.gate.iter());
    blocks.push(Block::Paragraph(if blocks.is_empty() {
        "No rule is set for the gate.".into()
    } else {
        Words::ticked("Rules that other programs judge are not started for a report; `lacuna gate` has them.")
    }));
    Section { key: "gate", title: "The gate".to_owned(), blocks, data: all.json() }
}
