//! The implementation guide as text, Markdown and JSON.

use crate::base::{Clean, RepoPath};
use crate::domain::guide::{Item, State, Tally, Ticked};
use crate::domain::report::{Align, Grid};
use crate::domain::suite::TestId;
use serde_json::{Value, json};

/// What a tick means.
const MEANING: &str = "A tick says that a test which passed and asserts something ran it, not what it asserts of it.";

/// One function for a terminal.
#[must_use]
pub fn guide_text(path: &RepoPath, ticked: &Ticked) -> String {
    let mut out = format!("{}: {}\n", title(path, ticked), ticked.tally().words());
    let width = ticked.guide.function.end.to_string().len();
    for (item, state) in ticked.rows() {
        out.push_str(&format!("  {} {:>width$}  {}\n", state.glyph(), item.line, item.words));
        for line in remark(state, ticked.has_contexts) {
            out.push_str(&format!("    {:width$}  {line}\n", ""));
        }
    }
    rest(ticked).iter().for_each(|line| out.push_str(&format!("{line}\n")));
    out
}

/// One function as a list of tasks.
#[must_use]
pub fn guide_markdown(path: &RepoPath, ticked: &Ticked) -> String {
    let mut out = format!("### {}\n\n{}\n\n", escaped(&title(path, ticked)), ticked.tally().words());
    for (item, state) in ticked.rows() {
        let done = if matches!(state, State::Ticked(_)) { 'x' } else { ' ' };
        let remark = remark(state, ticked.has_contexts).join("; ");
        let remark = if remark.is_empty() { String::new() } else { format!(" — {}", escaped(&remark)) };
        out.push_str(&format!("- [{done}] line {}: {}{remark}\n", item.line, quoted(item.words.as_str())));
    }
    let rest = rest(ticked);
    if !rest.is_empty() {
        out.push_str(&format!("\n{}\n", escaped(&rest.join(" "))));
    }
    out
}

/// Functions of a file, each as a list of tasks.
#[must_use]
pub fn guides_tasks(path: &RepoPath, all: &[Ticked]) -> String {
    all.iter().map(|ticked| guide_markdown(path, ticked)).collect::<Vec<_>>().join("\n")
}

/// All functions of a file for a terminal, one a line.
#[must_use]
pub fn guides_text(path: &RepoPath, all: &[Ticked]) -> String {
    format!("{}: {}\n{}", path.clean(), total(all).words(), grid(all).text())
}

/// The same as a table.
#[must_use]
pub fn guides_markdown(path: &RepoPath, all: &[Ticked]) -> String {
    format!("### {}\n\n{}\n\n{}", escaped(path.clean().as_str()), total(all).words(), grid(all).markdown())
}

/// The guides of a file as JSON.
#[must_use]
pub fn guides_value(path: &RepoPath, all: &[Ticked]) -> Value {
    json!({
        "file": path.as_str(),
        "tally": tally_value(&total(all)),
        "functions": all.iter().map(value).collect::<Vec<_>>(),
    })
}

fn total(all: &[Ticked]) -> Tally {
    all.iter().fold(Tally::default(), |sum, ticked| sum.plus(ticked.tally()))
}

fn title(path: &RepoPath, ticked: &Ticked) -> String {
    let function = &ticked.guide.function;
    let lines = if function.line == function.end {
        format!("line {}", function.line)
    } else {
        format!("lines {}–{}", function.line, function.end)
    };
    format!("{}::{}, {lines}", path.clean(), Clean::line(&function.title()))
}

fn grid(all: &[Ticked]) -> Grid {
    let numbers = ["Ticked", "Unearned", "Not yet", "Not known", "Can't be told"].map(|name| (name, Align::Right));
    let mut grid = Grid::new(&[&[("Line", Align::Right), ("Function", Align::Left)][..], &numbers].concat());
    for ticked in all {
        let tally = ticked.tally();
        let name = ticked.guide.function.title();
        let (line, name) = (ticked.guide.function.def.to_string(), Clean::line(&name).to_string());
        if ticked.guide.items.is_empty() {
            grid.row([
                line,
                name,
                "nothing to test".to_owned(),
                String::new(),
                String::new(),
                String::new(),
                String::new(),
            ]);
            continue;
        }
        let done = format!("{} of {}", tally.ticked, tally.all);
        let number = |count: usize| if count == 0 { "–".to_owned() } else { count.to_string() };
        let (unearned, unknown) = (tally.unearned, tally.somehow + tally.unknown);
        grid.row([line, name, done, number(unearned), number(tally.open), number(unknown), number(tally.untold)]);
    }
    grid
}

/// What there is to say of a state, a line each.
fn remark(state: &State, has_contexts: bool) -> Vec<String> {
    let words = state.words(has_contexts);
    let tests = tests(state.tests());
    [words, tests].into_iter().filter(|line| !line.is_empty()).collect()
}

fn tests(tests: &[TestId]) -> String {
    let first = tests.first().map(|test| test.clean().to_string()).unwrap_or_default();
    match tests.len().saturating_sub(1) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// What follows the items.
fn rest(ticked: &Ticked) -> Vec<String> {
    if ticked.guide.items.is_empty() {
        return vec!["There is nothing in it to test.".to_owned()];
    }
    let mut lines = Vec::new();
    if ticked.states.contains(&State::Stale) && !ticked.waiting.is_empty() {
        let count = ticked.waiting.len();
        let tests = if count == 1 { "1 test".to_owned() } else { format!("{count} tests") };
        lines.push(format!("{tests} ran it before it changed; running them again settles what is open."));
    }
    if !ticked.has_arcs && ticked.states.iter().any(|state| matches!(state, State::Untold(_))) {
        lines.push("Branches were not measured: with `branch = true` for coverage.py more can be told.".to_owned());
    }
    if ticked.states.iter().any(|state| matches!(state, State::Ticked(_))) {
        lines.push(MEANING.to_owned());
    }
    lines
}

fn value(ticked: &Ticked) -> Value {
    let function = &ticked.guide.function;
    let rows = ticked.rows().map(|(item, state)| row(item, state));
    json!({
        "function": function.name,
        "title": function.title(),
        "line": function.line,
        "end": function.end,
        "async": function.is_async,
        "generator": function.is_generator,
        "tally": tally_value(&ticked.tally()),
        "waiting": ticked.waiting.iter().map(TestId::as_str).collect::<Vec<_>>(),
        "branches_measured": ticked.has_arcs,
        "per_test": ticked.has_contexts,
        "items": rows.collect::<Vec<_>>(),
    })
}

fn row(item: &Item, state: &State) -> Value {
    let (why, weakness) = match state {
        State::Untold(why) => (Some(why.word()), None),
        State::Unearned(_, weakness) => (None, Some(weakness.words())),
        _ => (None, None),
    };
    json!({
        "kind": item.kind.word(),
        "line": item.line,
        "what": item.words.as_str(),
        "state": state.word(),
        "why": why,
        "only_by_tests_that": weakness,
        "tests": state.tests().iter().map(TestId::as_str).collect::<Vec<_>>(),
    })
}

fn tally_value(tally: &Tally) -> Value {
    json!({
        "all": tally.all,
        "ticked": tally.ticked,
        "unearned": tally.unearned,
        "by_unknown_tests": tally.somehow,
        "not_yet": tally.open,
        "not_known": tally.unknown,
        "cannot_be_told": tally.untold,
    })
}

/// Text that Markdown takes for nothing but text.
fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| if "\\`*_[]<>|#".contains(c) { vec!['\\', c] } else { vec![c] }).collect()
}

/// Words with quotes of source in them, which stay quotes.
fn quoted(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts.map(|(at, part)| if at % 2 == 0 { escaped(part) } else { format!("`{part}`") }).collect()
}
