//! The report of a flaky test: what it seems to be, since when, why, what fails with it, and what to do next.

use crate::base::Stamp;
use crate::domain::history::{Course, Dossier, FlakyTest, Observation, Posterior, facts};
use crate::domain::lab::{Status, Verdict};
use crate::domain::programme::{Better, time};
use crate::domain::report::opening::{self, Opening, day, moment};
use crate::domain::report::page::{Block, Cell, Chart, Column, Item, Page, Section, Table, Tone, Words};
use crate::domain::report::{Kept, LabReport, dossier_value, slots};
use crate::domain::suite::{Outcome, quoted};
use serde_json::{Value, json};

/// The most results that are listed.
const RESULTS: usize = 20;

/// Everything that the report of a flaky test is made from.
#[derive(Clone, Debug)]
pub struct Incident<'a> {
    /// How it begins.
    pub opening: Opening,
    /// What the history says of the test.
    pub dossier: &'a Dossier,
    /// Its last lab that came to an end: its number, when it began, the verdict.
    pub lab: Option<(i64, Stamp, &'a Verdict)>,
    /// What is said of it in the quarantine; nothing where it is in none.
    pub quarantine: Option<String>,
}

impl Incident<'_> {
    fn name(&self) -> &str {
        self.dossier.test.as_str()
    }

    /// What is kept of it.
    #[must_use]
    pub fn kept(&self) -> Kept {
        let mut kept = self.opening.kept("incident", self.name());
        let verdict = self.dossier.verdict.as_ref();
        let rate = verdict.map(|test| test.posterior.median * 100.0);
        let shown = rate.map_or("unknown".to_owned(), |rate| format!("{rate:.0} %"));
        kept.figure("rate", "share of its attempts that fail", Some(Better::Less), rate, &shown);
        let bad = self.dossier.seen.iter().filter(|seen| seen.outcome.is_bad()).count();
        kept.figure("failures", "recorded failures", Some(Better::Less), Some(bad as f64), &bad.to_string());
        let runs = self.dossier.seen.len();
        kept.figure("runs", "recorded runs", None, Some(runs as f64), &runs.to_string());
        kept
    }

    /// The page; `before` is what was kept of the last report.
    #[must_use]
    pub fn page(&self, before: Option<&Kept>) -> Page {
        let kept = self.kept();
        let mut sections = vec![opening::changes(&kept, before), self.known()];
        sections.extend([self.lab(), self.next()]);
        sections.extend(self.causes());
        sections.extend(self.companions());
        sections.push(self.results());
        sections.extend(self.opening.problems());
        let mut facts = self.opening.facts();
        facts.insert(0, ("project", Words::from(self.opening.project.as_str())));
        Page {
            kind: "incident",
            title: "Flake incident".to_owned(),
            subject: self.name().to_owned(),
            lede: vec![self.lede()],
            facts,
            sections,
            head: kept.head(),
        }
    }

    fn lede(&self) -> Words {
        let Some(test) = &self.dossier.verdict else {
            let words = format!("{} results are recorded, all with one outcome: ", self.dossier.seen.len());
            return Words::from(words).strong("nothing says that it is flaky").plain(".");
        };
        let (state, rest) = match test.course {
            Course::New => ("It is flaky, and that is new", "."),
            Course::Ongoing => ("It is flaky, and it goes on", "."),
            Course::Quiet => ("It is flaky, and has been quiet for longer than usual", "."),
            Course::Regressed => ("It seems broken rather than flaky", ": since a change it fails."),
            Course::Mended => ("It seems mended", "."),
        };
        let rate = format!(" It failed in {} of {} runs.", test.failures, test.runs);
        let held = if test.quarantined { " It is in quarantine." } else { "" };
        Words::new().strong(state).plain(format!("{rest}{rate}{held}"))
    }

    /// The facts, its strip, and its rate before and since.
    fn known(&self) -> Section {
        let mut blocks = Vec::new();
        if let Some(test) = &self.dossier.verdict {
            let cells = vec![
                Cell::new(format!("the last {}", test.strip.len())),
                Cell::new("").drawn(Chart::Strip(slots(test))),
            ];
            let columns = vec![Column::short("runs"), Column::text("what it did")];
            blocks.push(Block::Table(Table { columns, rows: vec![cells] }));
            blocks.push(Block::Chart(Chart::Rates(rates(test))));
            let note = "How probable a failure is: the dot is as likely too low as too high, and with 90 % certainty it lies \
                        within the line.";
            blocks.push(Block::Paragraph(note.into()));
        }
        let mut items = Vec::<Item>::new();
        for fact in self.quarantine.iter().chain(&facts(self.dossier)) {
            match (fact.strip_prefix("· "), items.last_mut()) {
                (Some(rest), Some(above)) => above.below.push(Words::ticked(rest)),
                _ => items.push(Item::new(Tone::Plain, Words::ticked(fact))),
            }
        }
        if !items.is_empty() {
            blocks.push(Block::List(items));
        }
        Section { key: "history", title: "What is known".to_owned(), blocks, data: dossier_value(self.dossier) }
    }

    fn lab(&self) -> Section {
        let Some((number, at, verdict)) = self.lab else {
            let words = Words::from("No lab of this test has come to an end, so that its cause is not known.");
            return lab_section(vec![Block::Paragraph(words)], Value::Null);
        };
        let report = LabReport { test: &self.dossier.test, number, verdict, reseeding: false };
        let words = Words::new().strong(format!("{} ({})", verdict.cause.class(), verdict.status.word()));
        let words = words.plain(format!(": {} Lab {number} of {}.", verdict.sentence(), moment(at)));
        let evidence = report.evidence().into_iter().filter(|(heading, _)| *heading != "reproduce");
        let item = |(heading, text): (&str, String)| {
            Item::new(Tone::Plain, Words::new().strong(heading).plain(format!(": {text}")))
        };
        let mut blocks = vec![Block::Paragraph(words), Block::List(evidence.map(item).collect())];
        if let Some(command) = report.command() {
            blocks.extend([Block::Paragraph("It is reproduced by:".into()), Block::Code(command)]);
        }
        lab_section(blocks, report.json())
    }

    /// Commands to type, the next one first.
    fn next(&self) -> Section {
        let name = quoted(self.name());
        let mut steps: Vec<(&str, String)> = Vec::new();
        let is_sure = self.lab.is_some_and(|(.., verdict)| verdict.status == Status::Confirmed);
        if is_sure {
            steps.push(("Once it is mended, see whether the fix holds:", format!("lacuna lab {name} --verify")));
        } else {
            let why = if self.lab.is_some() {
                "The cause is not confirmed; look for it with more time:"
            } else {
                "Find out why it fails:"
            };
            let deep = if self.lab.is_some() { " --deep" } else { "" };
            steps.push((why, format!("lacuna lab {name}{deep}")));
        }
        steps.push(("Run it alone, with coverage before and after:", format!("lacuna run {name}")));
        let is_flaky =
            self.dossier.verdict.as_ref().is_some_and(|test| matches!(test.course, Course::New | Course::Ongoing));
        if is_flaky && self.quarantine.is_none() {
            let command = format!("lacuna quarantine add {name} --reason \"…\"");
            steps.push(("If it blocks others meanwhile, let it not count for a while:", command));
        }
        let item = |(why, command): &(&str, String)| Item {
            tone: Tone::Plain,
            words: Words::from(*why),
            below: vec![Words::new().code(command.as_str())],
        };
        let data = steps.iter().map(|(why, command)| json!({ "why": why, "command": command })).collect();
        let blocks = vec![Block::List(steps.iter().map(item).collect())];
        Section { key: "next", title: "What to do next".to_owned(), blocks, data }
    }

    fn causes(&self) -> Option<Section> {
        let columns = [
            Column::text("cause"),
            Column::number("failures"),
            Column::number("other tests"),
            Column::short("last seen"),
        ];
        let row = |(own, cause): &(usize, crate::domain::history::Cause)| {
            vec![
                Cell::new(cause.signature.words()),
                Cell::new(own.to_string()),
                Cell::new((cause.tests.len() - 1).to_string()),
                Cell::new(day(cause.span.1.when)),
            ]
        };
        let table = Table { columns: columns.to_vec(), rows: self.dossier.causes.iter().map(row).collect() };
        (!self.dossier.causes.is_empty()).then(|| plain_section("causes", "How it fails", table))
    }

    fn companions(&self) -> Option<Section> {
        let columns = [Column::text("test"), Column::number("both failed"), Column::number("any failed")];
        let row = |other: &crate::domain::history::Companion| {
            vec![
                Cell::code(other.test.as_str()),
                Cell::new(other.both.to_string()),
                Cell::new(other.either.to_string()),
            ]
        };
        let table = Table { columns: columns.to_vec(), rows: self.dossier.companions.iter().map(row).collect() };
        (!self.dossier.companions.is_empty()).then(|| plain_section("companions", "What fails with it", table))
    }

    fn results(&self) -> Section {
        let columns =
            [Column::short("when"), Column::short("outcome"), Column::number("time"), Column::short("commit")];
        let columns = [&columns[..], &[Column::text("branch"), Column::text("failure")]].concat();
        let row = |seen: &Observation| {
            let retried = if seen.attempts.is_empty() { "" } else { " after a retry" };
            let sign = match seen.outcome {
                Outcome::Failed | Outcome::Error => Tone::Bad,
                Outcome::Passed | Outcome::Xpassed => Tone::Good,
                _ => Tone::Plain,
            };
            vec![
                Cell::new(Words::new().link(moment(seen.run.when), seen.run.url.as_deref())),
                Cell::new(format!("{}{retried}", seen.outcome.word())).toned(sign),
                Cell::new(time(seen.seconds)),
                Cell::code(seen.run.short_commit()),
                Cell::new(seen.run.branch.as_deref().unwrap_or_default()),
                Cell::new(seen.message.as_str()),
            ]
        };
        let rows = self.dossier.seen.iter().take(RESULTS).map(row).collect();
        plain_section("results", "Its last runs", Table { columns, rows })
    }
}

/// How probable a failure was before the last change of the rate, and is now.
fn rates(test: &FlakyTest) -> Vec<(String, [f64; 3])> {
    let bounds = |known: Posterior| [known.low, known.median, known.high];
    let before = test.shift.as_ref().map(|shift| {
        let known = Posterior::of(shift.before.part, shift.before.whole);
        (format!("until {}", day(shift.last.when)), bounds(known))
    });
    let since = |at: Option<Stamp>| at.map_or_else(|| "all its runs".to_owned(), |at| format!("since {}", day(at)));
    let now = match &test.shift {
        Some(shift) => {
            let known = Posterior::of(shift.after.part, shift.after.whole);
            (since(Some(shift.first.when)), bounds(known))
        }
        None => (since(test.since), bounds(test.posterior)),
    };
    before.into_iter().chain([now]).collect()
}

fn plain_section(key: &'static str, title: &str, table: Table) -> Section {
    // What it says is among what is known, as values.
    Section { key, title: title.to_owned(), blocks: vec![Block::Table(table)], data: Value::Null }
}

fn lab_section(blocks: Vec<Block>, data: Value) -> Section {
    Section { key: "lab", title: "Why it fails".to_owned(), blocks, data }
}
