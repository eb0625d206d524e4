//! The report of one run: how its tests ended, why they failed, what it did to coverage.

use crate::domain::history::{RunRecord, RunSource};
use crate::domain::programme::time;
use crate::domain::report::opening::{self, Opening, counted, moment, short};
use crate::domain::report::page::{Block, Cell, Chart, Column, Page, Section, Table, Tone, Words};
use crate::domain::report::{Covered, Failed, Kept};
use crate::domain::suite::{Outcome, TestId, Told};
use serde_json::{Value, json};

/// The most tests that are listed one by one.
const TESTS: usize = 200;

/// Everything that the report of a run is made from.
#[derive(Clone, Debug)]
pub struct Batch<'a> {
    /// How it begins.
    pub opening: Opening,
    /// The run.
    pub record: &'a RunRecord,
    /// What it did to coverage.
    pub covered: Covered<'a>,
    /// The tests that failed.
    pub failed: Vec<Failed>,
    /// The tests that ran for the first time; nothing where nobody asked.
    pub first: Option<Vec<TestId>>,
}

/// What an outcome means to the reader.
const fn tone(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Failed | Outcome::Error => Tone::Bad,
        Outcome::Passed | Outcome::Xpassed => Tone::Good,
        Outcome::Skipped | Outcome::Xfailed => Tone::Plain,
    }
}

/// How many tests ended in which way, in the order of [`Outcome::ALL`]; ways that none took are left out.
pub(super) fn outcomes(results: &[Told]) -> Vec<(String, u64, Tone)> {
    let count = |outcome: Outcome| results.iter().filter(|told| told.outcome == outcome).count() as u64;
    let all = Outcome::ALL.map(|outcome| (outcome.word().to_owned(), count(outcome), tone(outcome)));
    all.into_iter().filter(|(_, count, _)| *count > 0).collect()
}

impl Batch<'_> {
    /// What is kept of it.
    #[must_use]
    pub fn kept(&self) -> Kept {
        let mut kept = self.opening.kept("batch", "");
        self.covered.keep(&mut kept);
        kept.group("failed", self.failed.iter().map(|failed| failed.test.as_str().to_owned()));
        // Of a test that did not run nothing is known to have become better.
        let ran = self.record.results.iter().filter(|told| told.outcome.is_evidence());
        kept.settled = Some(ran.map(|told| told.id.as_str().to_owned()).collect());
        kept
    }

    /// The page; `before` is what was kept of the last report.
    #[must_use]
    pub fn page(&self, before: Option<&Kept>) -> Page {
        let (kept, run) = (self.kept(), &self.record.run);
        let mut facts = self.opening.facts();
        let seconds = if run.seconds > 0.0 { format!(", {}", time(run.seconds)) } else { String::new() };
        let words = Words::from(format!("{}{seconds}, ", moment(run.when))).link(run.id.as_str(), run.url.as_deref());
        facts.push(("run", words));
        if let Some(commit) = &run.commit {
            let branch = run.branch.as_ref().map(|branch| format!(" on {branch}")).unwrap_or_default();
            facts.push(("of commit", Words::new().code(short(commit)).plain(branch)));
        }
        facts.extend(run.environment.as_deref().map(|environment| ("with", Words::from(environment))));
        let mut sections = vec![opening::changes(&kept, before), self.results()];
        sections.extend(failures(&self.failed, "What failed"));
        sections.extend([self.covered.section(), self.tests()]);
        sections.extend(self.opening.problems());
        Page {
            kind: "batch",
            title: "Batch report".to_owned(),
            subject: self.opening.project.clone(),
            lede: vec![self.lede(), self.covered.sentence()],
            facts,
            sections,
            head: kept.head(),
        }
    }

    fn lede(&self) -> Words {
        let tests = counted(self.record.results.len() as u64, "test");
        let first = match self.first.as_ref().map_or(0, Vec::len) {
            0 => String::new(),
            some => format!("; {some} of them for the first time"),
        };
        match self.failed.len() {
            0 => Words::from(format!("{tests} ran{first}, and ")).strong("none failed").plain("."),
            some => Words::from(format!("{tests} ran{first}, and ")).strong(format!("{some} failed")).plain("."),
        }
    }

    fn results(&self) -> Section {
        let run = &self.record.run;
        let parts = outcomes(&self.record.results);
        let verb = if run.source == RunSource::Launched { "It ran as" } else { "It was read from" };
        let mut blocks = vec![Block::Paragraph(Words::from(format!("{verb} ")).code(run.command.as_str()))];
        blocks.extend((!parts.is_empty()).then_some(Block::Chart(Chart::Parts(parts))));
        blocks.push(Block::Tiles(self.covered.tiles()));
        let data = json!({
            "run": run.id,
            "when": run.when.rfc3339(),
            "command": run.command,
            "commit": run.commit,
            "seconds": run.seconds,
            "exit": run.exit,
            "url": run.url,
        });
        Section { key: "run", title: "How it went".to_owned(), blocks, data }
    }

    /// Every test, what failed first, then the slowest.
    fn tests(&self) -> Section {
        let mut all: Vec<&Told> = self.record.results.iter().collect();
        all.sort_by(|one, other| {
            let bad = other.outcome.is_bad().cmp(&one.outcome.is_bad());
            bad.then_with(|| other.seconds.total_cmp(&one.seconds)).then_with(|| one.id.cmp(&other.id))
        });
        let columns = [Column::text("test"), Column::short("outcome"), Column::number("time"), Column::short("")];
        let is_first = |told: &Told| self.first.as_ref().map(|first| first.contains(&told.id));
        let row = |told: &&Told| {
            let retried = if told.attempts.is_empty() { "" } else { " after a retry" };
            let first = if is_first(told) == Some(true) { "new" } else { "" };
            vec![
                Cell::code(told.id.as_str()),
                Cell::new(format!("{}{retried}", told.outcome.word())).toned(tone(told.outcome)),
                Cell::new(time(told.seconds)),
                Cell::new(first),
            ]
        };
        let columns = if self.first.as_ref().is_none_or(Vec::is_empty) { &columns[..3] } else { &columns[..] };
        let rows = all.iter().take(TESTS).map(row).collect();
        let mut blocks = vec![Block::Table(Table { columns: columns.to_vec(), rows })];
        let more = all.len().saturating_sub(TESTS);
        if more > 0 {
            blocks.push(Block::Paragraph(format!("And {more} more, which the JSON form has.").into()));
        }
        let value = |told: &Told| {
            json!({
                "test": told.id.as_str(),
                "outcome": told.outcome.word(),
                "attempts": told.attempts.iter().map(|outcome| outcome.word()).collect::<Vec<_>>(),
                "seconds": told.seconds,
                "first": is_first(told),
            })
        };
        let data: Value = self.record.results.iter().map(value).collect();
        Section { key: "tests", title: "Every test".to_owned(), blocks, data }
    }
}

/// The tests that failed; nothing where none did.
pub(super) fn failures(failed: &[Failed], title: &str) -> Option<Section> {
    let blocks = vec![Block::List(failed.iter().map(Failed::item).collect())];
    let data = failed.iter().map(Failed::value).collect();
    (!failed.is_empty()).then(|| Section { key: "failures", title: title.to_owned(), blocks, data })
}
