//! The report of a sitting: everything that ran since the baseline, and what it came to.

use crate::base::Stamp;
use crate::domain::history::Run;
use crate::domain::ledger::Figure;
use crate::domain::programme::time;
use crate::domain::report::batch::failures;
use crate::domain::report::opening::{self, Opening, counted, moment};
use crate::domain::report::page::{
    Block, Cell, Chart, Column, Item, Line, Page, Section, Slot, Table, Tile, Tone, Words,
};
use crate::domain::report::{Covered, Failed, Kept};
use crate::domain::suite::{TestId, quoted};
use serde_json::{Value, json};

/// The most new tests that are named.
const NAMED: usize = 100;

/// Everything that the report of a sitting is made from.
#[derive(Clone, Debug)]
pub struct Sitting<'a> {
    /// How it begins.
    pub opening: Opening,
    /// When the baseline was measured.
    pub since: Stamp,
    /// What happened to coverage since the baseline.
    pub covered: Covered<'a>,
    /// The runs since then, oldest first, each with the coverage after it, where that was kept.
    pub runs: Vec<(Run, Option<Figure>)>,
    /// The tests that ran, and that did not exist at the baseline.
    pub added: Vec<TestId>,
    /// The tests whose last result is a failure.
    pub failed: Vec<Failed>,
    /// How many tests ran.
    pub tests: usize,
    /// The tests that both passed and failed, each with what it did, oldest first.
    pub flakes: Vec<(TestId, Vec<Slot>)>,
}

impl Sitting<'_> {
    /// What is kept of it.
    #[must_use]
    pub fn kept(&self) -> Kept {
        let mut kept = self.opening.kept("sitting", "");
        self.covered.keep(&mut kept);
        kept.figure("runs", "runs", None, Some(self.runs.len() as f64), &self.runs.len().to_string());
        kept.figure("added", "tests added", None, Some(self.added.len() as f64), &self.added.len().to_string());
        kept.group("failing", self.failed.iter().map(|failed| failed.test.as_str().to_owned()));
        kept.group("flaky", self.flakes.iter().map(|(test, _)| test.as_str().to_owned()));
        kept
    }

    /// The page; `before` is what was kept of the last report.
    #[must_use]
    pub fn page(&self, before: Option<&Kept>) -> Page {
        let kept = self.kept();
        let mut facts = self.opening.facts();
        facts.push(("since", Words::from(format!("{}, the baseline", moment(self.since)))));
        let mut sections = vec![opening::changes(&kept, before), self.standing()];
        sections.extend(failures(&self.failed, "Failures that are still open"));
        sections.extend(self.flakes());
        sections.extend(self.added());
        sections.extend([self.covered.section(), self.runs()]);
        sections.extend(self.opening.problems());
        Page {
            kind: "sitting",
            title: "Sitting report".to_owned(),
            subject: self.opening.project.clone(),
            lede: vec![self.lede(), self.covered.sentence()],
            facts,
            sections,
            head: kept.head(),
        }
    }

    fn lede(&self) -> Words {
        if self.runs.is_empty() {
            return Words::from("Nothing ran since the baseline.");
        }
        let what = format!("{} of {}; ", counted(self.runs.len() as u64, "run"), counted(self.tests as u64, "test"));
        let added = format!("{} added. ", counted(self.added.len() as u64, "test"));
        let open = match self.failed.len() {
            0 => "No failure is open.".to_owned(),
            some => format!(
                "{} still open.",
                if some == 1 { "1 failure is".to_owned() } else { format!("{some} failures are") }
            ),
        };
        Words::from(what + &added).strong(open)
    }

    fn standing(&self) -> Section {
        let number = |about: &str, count: usize, tone| Tile {
            about: about.to_owned(),
            value: count.to_string(),
            beside: String::new(),
            tone,
            chart: None,
        };
        let bad = |count: usize| if count > 0 { Tone::Bad } else { Tone::Plain };
        let mut tiles = self.covered.tiles();
        let before = self.covered.comparison.as_ref().ok().and_then(|comparison| comparison.before());
        let after: Vec<Figure> = before.into_iter().chain(self.runs.iter().filter_map(|(_, figure)| *figure)).collect();
        if let (Some(last), Some(tile)) = (after.last().filter(|_| after.len() > 1), tiles.get_mut(1)) {
            let values = after.iter().map(|figure| figure.ratio.percent()).collect();
            let (about, last) =
                ("coverage at the baseline and after each run".to_owned(), last.shown(self.covered.digits));
            tile.chart = Some(Chart::Line(Line { about, values, last, tone: Tone::Plain }));
        }
        tiles.extend([
            number("tests added", self.added.len(), Tone::Plain),
            number("failures still open", self.failed.len(), bad(self.failed.len())),
            number("tests with both outcomes", self.flakes.len(), bad(self.flakes.len())),
        ]);
        let blocks = vec![Block::Tiles(tiles)];
        Section { key: "standing", title: "What it came to".to_owned(), blocks, data: Value::Null }
    }

    fn flakes(&self) -> Option<Section> {
        let columns = [Column::text("test"), Column::text("what it did"), Column::text("next")];
        let row = |(test, slots): &(TestId, Vec<Slot>)| {
            vec![
                Cell::code(test.as_str()),
                Cell::new("").drawn(Chart::Strip(slots.clone())),
                Cell::code(format!("lacuna flaky {}", quoted(test.as_str()))),
            ]
        };
        let table = Table { columns: columns.to_vec(), rows: self.flakes.iter().map(row).collect() };
        let note = "A test that failed and was mended has both outcomes, too: the history tells which is which.";
        let value = |(test, slots): &(TestId, Vec<Slot>)| json!({ "test": test.as_str(), "strip": Chart::Strip(slots.clone()).signs() });
        (!self.flakes.is_empty()).then(|| Section {
            key: "flakes",
            title: "Tests that passed and failed".to_owned(),
            blocks: vec![Block::Table(table), Block::Paragraph(note.into())],
            data: self.flakes.iter().map(value).collect(),
        })
    }

    fn added(&self) -> Option<Section> {
        let item = |test: &TestId| Item::new(Tone::Plain, Words::new().code(test.as_str()));
        let mut items: Vec<Item> = self.added.iter().take(NAMED).map(item).collect();
        let more = self.added.len().saturating_sub(NAMED);
        items.extend((more > 0).then(|| Item::new(Tone::Plain, format!("and {more} more"))));
        let data = self.added.iter().map(|test| Value::from(test.as_str())).collect();
        (!self.added.is_empty()).then(|| Section {
            key: "added",
            title: "Tests added".to_owned(),
            blocks: vec![Block::List(items)],
            data,
        })
    }

    fn runs(&self) -> Section {
        let columns =
            [Column::short("when"), Column::text("command"), Column::number("tests"), Column::number("failed")];
        let columns = [&columns[..], &[Column::number("time"), Column::number("coverage after")]].concat();
        let digits = self.covered.digits;
        let row = |(run, after): &(Run, Option<Figure>)| {
            let sign = if run.bad > 0 { Tone::Bad } else { Tone::Plain };
            vec![
                Cell::new(moment(run.when)),
                Cell::code(run.command.as_str()),
                Cell::new(run.tests.to_string()),
                Cell::new(run.bad.to_string()).toned(sign),
                Cell::new(time(run.seconds)),
                Cell::new(after.map_or("–".to_owned(), |after| after.shown(digits))),
            ]
        };
        let value = |(run, after): &(Run, Option<Figure>)| {
            json!({
                "id": run.id,
                "when": run.when.rfc3339(),
                "command": run.command,
                "tests": run.tests,
                "bad": run.bad,
                "seconds": run.seconds,
                "coverage": after.as_ref().map(crate::domain::report::figure),
            })
        };
        let blocks = if self.runs.is_empty() {
            vec![Block::Paragraph(Words::from("None yet: ").code("lacuna run"))]
        } else {
            vec![Block::Table(Table { columns, rows: self.runs.iter().map(row).collect() })]
        };
        let data = self.runs.iter().map(value).collect();
        Section { key: "runs", title: "Run by run".to_owned(), blocks, data }
    }
}
