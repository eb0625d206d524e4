//! Who runs a line, and for a line that nobody runs the nearest tests; what is known of each of them.

use super::catalog;
use super::choosing;
use super::desk::Desk;
use super::spread::spread;
use crate::app::{Choice, FoundBy, Items, Related};
use crate::base::{Clean, RepoPath};
use crate::domain::history::{Outages, Standing, flaky};
use crate::domain::ledger::{Ledger, LineState, Near, Nearness, Unit, body, callers, function_around};
use crate::domain::picker;
use crate::domain::suite::{Outcome, TestId};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Of how many tests the history is looked up: those that can be seen at once.
const LOOKED_UP: usize = 60;
/// How many results of a test say whether it is flaky.
const RESULTS: usize = 40;
/// Above so many nearest tests callers are not looked for.
const ENOUGH: usize = 5;
/// The most nearest tests that are given.
const MOST: usize = 200;

/// Who runs a line, or could be made to.
pub struct Who {
    /// The tests that ran the statement.
    pub ran: Vec<TestId>,
    /// The nearest tests, where none ran it.
    pub near: Vec<Near>,
    /// Test files that are named like the source, where no test is near.
    pub files: Vec<RepoPath>,
    /// How the line stands.
    pub state: LineState,
    /// The function around it.
    pub function: Option<String>,
}

/// Looks for the tests of a line. For a statement that nobody runs: those that ran the function around it, then its
/// siblings, then its callers, then what is named like it.
#[must_use]
pub fn who(desk: &Desk, ledger: &Ledger, path: &RepoPath, line: u32) -> Who {
    let text = desk.disk.text(path);
    let unit = desk.unit(path);
    let ran = ledger.tests_of_line(path, line, text.as_deref());
    let state = ledger.standing(path, text.as_deref()).line(line);
    let function = unit.as_ref().and_then(|unit| function_around(unit, line)).map(|part| part.name.clone());
    let mut who = Who { near: Vec::new(), files: Vec::new(), state, function, ran };
    if !who.ran.is_empty() || !state.counts() {
        return who;
    }
    if let Some(unit) = unit.filter(|_| ledger.has_contexts()) {
        who.near = ledger.nearest(&unit, line, text.as_deref());
        if who.near.len() < ENOUGH {
            let seen: BTreeSet<TestId> = who.near.iter().map(|near| near.test.clone()).collect();
            let further = calling(desk, ledger, &unit, line);
            who.near.extend(further.into_iter().filter(|near| !seen.contains(&near.test)));
        }
        who.near.truncate(MOST);
    }
    if who.near.is_empty() {
        who.files = picker::tests_named_after(path, &catalog::test_files(&desk.project, &desk.disk));
    }
    who
}

/// The tests that ran functions which call the one around a line.
fn calling(desk: &Desk, ledger: &Ledger, unit: &Unit, line: u32) -> Vec<Near> {
    let Some(function) = function_around(unit, line) else { return Vec::new() };
    let name = function.name.rsplit('.').next().unwrap_or_default();
    let name = if name == "__init__" { function.class().unwrap_or(name) } else { name };
    let files: Vec<&RepoPath> = ledger.files().collect();
    let mentions = |path: &&RepoPath| {
        let text = desk.disk.text(path)?;
        text.contains(name).then(|| desk.unit(path)).flatten()
    };
    let units: Vec<Arc<Unit>> = spread(&files, mentions).into_iter().flatten().collect();
    let mut found: BTreeMap<TestId, Nearness> = BTreeMap::new();
    for (path, parts) in callers(unit, function, &units.iter().map(AsRef::as_ref).collect::<Vec<_>>()) {
        let text = desk.disk.text(path);
        let stretches: Vec<(u32, u32)> = parts.iter().map(|part| body(part)).collect();
        for (part, tests) in parts.iter().zip(ledger.tests_through(path, &stretches, text.as_deref())) {
            for test in tests {
                found.entry(test).or_insert_with(|| Nearness::Calls(path.clone(), part.name.clone()));
            }
        }
    }
    found.into_iter().map(|(test, why)| Near { test, why, lines: None }).collect()
}

/// What is known of one test beside its name.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// How it ended last.
    pub outcome: Option<Outcome>,
    /// How long it takes.
    pub seconds: Option<f64>,
    /// Whether it is flaky.
    pub flaky: bool,
}

impl About {
    /// `✓ 12ms flaky`; empty where nothing is known.
    #[must_use]
    pub fn words(&self) -> String {
        let mut words: Vec<String> = Vec::new();
        words.extend(self.outcome.map(|outcome| outcome.symbol().to_string()));
        words.extend(self.seconds.map(|seconds| match seconds {
            seconds if seconds < 0.001 => "<1ms".to_owned(),
            seconds if seconds < 0.1 => format!("{:.0}ms", seconds * 1000.0),
            seconds => format!("{seconds:.1}s"),
        }));
        words.extend(self.flaky.then(|| "flaky".to_owned()));
        words.join(" ")
    }
}

/// What is known of tests, by the history and the ledger; the first ones only, where they are many.
#[must_use]
pub fn about(desk: &Desk, ledger: &Ledger, tests: &[TestId]) -> HashMap<TestId, About> {
    let first = tests.get(..tests.len().min(LOOKED_UP)).unwrap_or_default();
    let store = desk.store().ok();
    let seconds = store.and_then(|store| store.durations(first).ok()).unwrap_or_default();
    let mut found = HashMap::new();
    for test in first {
        let history = store.and_then(|store| store.history(test, RESULTS).ok()).unwrap_or_default();
        let outcome = ledger.outcome(test).or_else(|| history.first().map(|seen| seen.outcome));
        let flaky = flaky(&history, &Outages::default()).iter().any(|test| test.standing == Standing::Flaky);
        found.insert(test.clone(), About { outcome, seconds: seconds.get(test).copied(), flaky });
    }
    found
}

/// The tests of a line for the screen.
#[must_use]
pub fn related(desk: &Desk, ledger: &Ledger, path: &RepoPath, line: u32) -> Related {
    let who = who(desk, ledger, path, line);
    let nearest = who.ran.is_empty() && !who.near.is_empty();
    if who.ran.is_empty() && !nearest {
        let by = match (ledger.has_contexts() && who.files.is_empty(), who.state.counts()) {
            (true, true) if who.state != LineState::Covered => FoundBy::Nearest,
            (true, _) => FoundBy::Contexts,
            (false, _) => FoundBy::Name,
        };
        let choices = who.files.into_iter().map(Choice::TestFile).collect();
        return Related { items: items(choices, Vec::new()), by };
    }
    let tests: Vec<TestId> =
        if nearest { who.near.iter().map(|near| near.test.clone()).collect() } else { who.ran.clone() };
    let about = about(desk, ledger, &tests);
    let notes = tests.iter().enumerate().map(|(at, test)| {
        let why = who.near.get(at).filter(|_| nearest).map(|near| near.why.words());
        let known = about.get(test).map(About::words).unwrap_or_default();
        let words: Vec<String> = why.into_iter().chain([known]).filter(|words| !words.is_empty()).collect();
        Clean::line(&words.join(" · "))
    });
    let notes = notes.collect();
    let by = if nearest { FoundBy::Nearest } else { FoundBy::Contexts };
    Related { items: items(tests.into_iter().map(Choice::Test).collect(), notes), by }
}

/// The tests of a function for the screen.
#[must_use]
pub fn of_function(desk: &Desk, ledger: &Ledger, path: &RepoPath, name: &str) -> Related {
    let tests = choosing::of_function(desk, ledger, path, name);
    let about = about(desk, ledger, &tests);
    let notes = tests.iter().map(|test| Clean::line(&about.get(test).map(About::words).unwrap_or_default()));
    let notes = notes.collect();
    Related { items: items(tests.into_iter().map(Choice::Test).collect(), notes), by: FoundBy::Contexts }
}

fn items(choices: Vec<Choice>, notes: Vec<Clean>) -> Arc<Items> {
    Arc::new(Items { texts: choices.iter().map(Choice::clean).collect(), choices, notes, ..Items::default() })
}

/// Where a test stands: its file, and the line of its function where the source has it.
#[must_use]
pub fn place(desk: &Desk, test: &TestId) -> Option<(RepoPath, Option<u32>)> {
    let path = RepoPath::new(test.path())?;
    let outline = desk.outline(&path)?;
    let names = test.names();
    let line = outline.tests.iter().find(|known| known.names == names).map(|known| known.line);
    Some((path, line))
}
