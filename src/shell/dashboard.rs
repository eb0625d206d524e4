//! The programme for the screen: each figure with its trend, its places, and what it leads to.

use super::desk::Desk;
use super::frames::now;
use super::known::Known;
use super::programme::on_ground;
use super::{belonging, programme, trends};
use crate::app::{Group, Lead, Programme, ProgrammeRow};
use crate::base::{Problem, RepoPath};
use crate::domain::contract::{Contract, State};
use crate::domain::history::RunRecord;
use crate::domain::ledger::Ledger;
use crate::domain::programme::{Place, Ruling, Trend, Verdict, time, total};
use crate::domain::report::{Rulings, trend_grid};
use crate::domain::suite::{Outcome, TestId};
use std::collections::HashMap;
use std::sync::Arc;

/// The most places that belong to a figure.
const PLACES: usize = 1000;

/// Reads everything; `ledger` is what is known now.
///
/// # Errors
/// The history could not be read.
pub fn read(desk: &Desk, ledger: Option<&Arc<Ledger>>) -> Result<Programme, Problem> {
    let known = Known::of(desk, ledger);
    let trends = trends(&known)?;
    let mut rulings: Vec<Ruling> = everything(&known).into_iter().collect();
    rulings.extend(programme::standing(&known).into_iter().filter(|ruling| !is_nowhere(ruling)));
    let all = Rulings { title: "programme", rulings: &rulings };
    let markdown = format!("{}\n### Over time\n\n{}", all.markdown(), trend_grid(&trends).markdown());
    let last = last_run(&known);
    let lines = Lines::new(desk);
    let rows = rulings.into_iter().map(|ruling| row(&known, ruling, &trends, last.as_ref(), &lines)).collect();
    Ok(Programme { rows, markdown, at: now() })
}

/// Whether it is about a layer of code that the project does not have, and of which nothing is wanted.
fn is_nowhere(ruling: &Ruling) -> bool {
    ruling.verdict == Verdict::Free && ruling.found.is_empty() && ruling.rule.starts_with("targets.code")
}

/// Coverage of everything, where there is any.
fn everything(known: &Known<'_>) -> Option<Ruling> {
    (!known.rows.is_empty()).then(|| on_ground(known, |ground| total("coverage", None, ground)))
}

fn row(
    known: &Known<'_>,
    ruling: Ruling,
    trends: &[Trend],
    last: Option<&RunRecord>,
    lines: &Lines<'_>,
) -> ProgrammeRow {
    let rule = ruling.rule.as_str();
    let (group, lead) = if rule == "coverage" {
        (Group::Code, Lead::Map(String::new()))
    } else if let Some(layer) = rule.strip_prefix("targets.code.") {
        (Group::Code, Lead::Map(layer.to_owned()))
    } else if rule.starts_with("targets.code") {
        (Group::Code, Lead::Places)
    } else if rule.starts_with("targets.tests") {
        (Group::Tests, Lead::Places)
    } else if rule.starts_with("contract") || rule == "mapping" {
        (Group::Promises, Lead::Places)
    } else if rule.starts_with("targets.flaky") {
        (Group::Suite, Lead::Flaky)
    } else {
        (Group::Suite, Lead::Places)
    };
    // The number of flaky tests is compared with that of some day, which its trend knows nothing of.
    let about = if lead == Lead::Flaky { "flaky tests" } else { ruling.about.as_str() };
    let trend = trends.iter().find(|trend| trend.about == about).cloned();
    let places = places(known, &ruling, last, lines);
    ProgrammeRow { group, ruling, trend, lead, places }
}

/// The places that belong to a figure: those of its rule, or all that it counts.
fn places(known: &Known<'_>, ruling: &Ruling, last: Option<&RunRecord>, lines: &Lines<'_>) -> Vec<Place> {
    let rule = ruling.rule.as_str();
    if let Some(layer) = rule.strip_prefix("targets.tests.") {
        let at = belonging::names(known.desk).iter().position(|name| name.eq_ignore_ascii_case(layer));
        let tests = known.tests().0.iter().filter(|(_, of)| of.is_some() && *of == at).map(|(test, _)| test);
        return tests.take(PLACES).map(|test| lines.place(test, "")).collect();
    }
    match rule {
        "mapping" => {
            let place = |test: &crate::domain::mapping::Mapped| {
                Place::new(Some(test.path.clone()), Some((test.line, test.line)), test.id.function())
            };
            known.mapping().unmapped().take(PLACES).map(place).collect()
        }
        "contract.operations" => operations(&known.contract().0),
        "targets.suite" | "durations" => last.map(|record| slowest(record, lines)).unwrap_or_default(),
        "pass_rate" => {
            let bad = last.into_iter().flat_map(|record| &record.results).filter(|told| told.outcome.is_bad());
            bad.take(PLACES).map(|told| lines.place(&told.id, told.message.as_str())).collect()
        }
        _ => ruling.places.clone(),
    }
}

/// The operations that no run has shown, each in its document.
fn operations(contract: &Contract) -> Vec<Place> {
    let all = contract.documents.iter().flat_map(|standing| &standing.operations);
    let open = all.filter(|one| one.state() != State::Observed);
    let place = |one: &crate::domain::contract::OperationStanding| {
        let line = one.operation.line;
        let words = format!("{}: {}", one.operation.words(), one.state().word());
        Place::new(Some(one.operation.file.clone()), Some((line, line)), &words)
    };
    open.take(PLACES).map(place).collect()
}

/// The tests that took longest in the last run of the suite.
fn slowest(record: &RunRecord, lines: &Lines<'_>) -> Vec<Place> {
    let mut ran: Vec<_> = record.results.iter().filter(|told| told.outcome != Outcome::Skipped).collect();
    ran.sort_by(|one, other| other.seconds.total_cmp(&one.seconds));
    ran.into_iter().take(PLACES).map(|told| lines.place(&told.id, &time(told.seconds))).collect()
}

/// The last run of the suite with its results.
fn last_run(known: &Known<'_>) -> Option<RunRecord> {
    let suite = known.past().ok()?.suite.as_ref()?;
    known.desk.history().ok()?.run(&suite.id).ok()?
}

/// Where tests stand in their files, by the sources.
struct Lines<'a> {
    desk: &'a Desk,
    files: std::cell::RefCell<HashMap<RepoPath, HashMap<String, u32>>>,
}

impl<'a> Lines<'a> {
    fn new(desk: &'a Desk) -> Self {
        Self { desk, files: std::cell::RefCell::default() }
    }

    /// The place of a test, with its name within its file and what else is said of it.
    fn place(&self, test: &TestId, words: &str) -> Place {
        let path = RepoPath::new(test.path());
        let line = path.as_ref().and_then(|path| self.line(path, &test.names().join("::")));
        let name = test.names().join("::");
        let case = test.params().map(|params| format!("[{params}]")).unwrap_or_default();
        let words = if words.is_empty() { String::new() } else { format!("  {words}") };
        Place::new(path, line.map(|line| (line, line)), &format!("{name}{case}{words}"))
    }

    fn line(&self, path: &RepoPath, name: &str) -> Option<u32> {
        let mut files = self.files.borrow_mut();
        let lines = files.entry(path.clone()).or_insert_with(|| {
            let outline = self.desk.outline(path);
            let tests = outline.iter().flat_map(|outline| &outline.tests);
            tests.map(|test| (test.names.join("::"), test.line)).collect()
        });
        lines.get(name).copied()
    }
}
