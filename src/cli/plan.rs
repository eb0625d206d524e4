//! `lacuna plan`: the exact commands that a run would start.

use super::arguments::{Common, Format, Targets};
use super::exit::Exit;
use super::{cost, output, session, targets};
use crate::app::Planned;
use crate::base::{Clean, RepoPath};
use crate::domain::coverage::LineSet;
use crate::domain::ledger::{Affected, Entry, Reason};
use crate::domain::suite::{Outcome, TestId};
use crate::shell::planning;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Runs the command.
pub fn run(wanted: &Targets, format: Format, common: &Common) -> Exit {
    let desk = match session::desk_to_run(common, wanted) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    let planned = targets::plan(&desk, wanted, targets::Aim::Show);
    output::complain(&desk.take_problems());
    match planned {
        Ok((planned, _)) => {
            output::complain(&planned.problems);
            match format {
                Format::Json => output::print_json(&json(&planned)),
                Format::Text | Format::Md => output::print(&text(&planned)),
            }
            if planned.cycles.is_empty() && !planned.how.is_empty() {
                output::say(&format!("lacuna: {}", planned.how));
            }
            if planned.cycles.iter().all(Vec::is_empty) { Exit::Nothing } else { Exit::Done }
        }
        Err(exit) => exit,
    }
}

fn text(planned: &Planned) -> String {
    let mut out = String::new();
    let several = planned.cycles.len() > 1;
    if let Some(words) = planned.quarantine.words().filter(|_| !planned.cycles.is_empty()) {
        out.push_str(&format!("# {words}\n"));
    }
    if !planned.how.is_empty() && !planned.cycles.is_empty() {
        out.push_str(&format!("# {}\n", planned.how));
    }
    for (at, cycle) in planned.cycles.iter().enumerate() {
        if several {
            out.push_str(&format!("cycle {} of {}\n", at + 1, planned.cycles.len()));
        }
        for command in cycle {
            let indent = if several { "  " } else { "" };
            let tests = match command.tests.len() {
                0 => String::new(),
                1 => "  # 1 test".to_owned(),
                count => format!("  # {count} tests"),
            };
            let rest = if command.in_part { ", not confirmed: nothing else of it runs" } else { "" };
            out.push_str(&format!("{indent}{}{tests}{rest}\n", command.shown));
            for (count, reason) in planned.affected.iter().flat_map(|affected| affected.why(&command.tests)) {
                let tests = if count == 1 { "1 test".to_owned() } else { format!("{count} tests") };
                out.push_str(&format!("{indent}#   {tests}: {}\n", Clean::line(&reason.words())));
            }
        }
    }
    out
}

fn json(planned: &Planned) -> Value {
    let command = |command: &crate::app::PlannedCommand| {
        let tests: Vec<&str> = command.tests.iter().map(TestId::as_str).collect();
        json!({
            "command": command.shown.as_str(),
            "full": command.full.as_str(),
            "tests": tests,
            "unconfirmed": command.unconfirmed,
            "seconds": command.seconds,
        })
    };
    let cycles: Vec<Vec<Value>> = planned.cycles.iter().map(|cycle| cycle.iter().map(command).collect()).collect();
    let mut value = json!({
        "how": planned.how.as_str(),
        "cycles": cycles,
        "quarantine": quarantine(planned, &[]),
    });
    if let Some(found) = &planned.affected {
        value["affected"] = affected(found);
    }
    if let Some(cost) = &planned.cost {
        value["cost"] = cost::json(cost);
    }
    value
}

/// What the quarantine does in a run, and how its tests really ended; nothing where it concerns none.
#[must_use]
pub fn quarantine(planned: &Planned, ended: &[(TestId, Outcome)]) -> Value {
    let applied = &planned.quarantine;
    if applied.entries.is_empty() {
        return Value::Null;
    }
    let outcome = |test: &TestId| ended.iter().find(|(id, _)| id == test).map(|(_, outcome)| outcome.word());
    let tests: BTreeSet<&TestId> = applied.tests.iter().chain(ended.iter().map(|(test, _)| test)).collect();
    let tests = tests.into_iter().map(|test| {
        let entry = applied.of(test);
        json!({
            "test": test.as_str(),
            "entry": entry.map(|entry| entry.id.as_str()),
            "reason": entry.map(|entry| entry.reason.as_str()),
            "outcome": outcome(test),
        })
    });
    json!({
        "treatment": applied.treatment.word(),
        "asked_by_name": applied.by_name,
        "tests": tests.collect::<Vec<_>>(),
        "words": applied.done(ended).or_else(|| applied.words()),
    })
}

/// Why each test is in the plan, and what it would settle.
#[must_use]
pub fn affected(found: &Affected) -> Value {
    let reason = |reason: &Reason| {
        json!({
            "kind": reason.word(),
            "file": reason.path().map(RepoPath::as_str),
            "name": Some(reason.name()).filter(|name| !name.is_empty()),
            "words": reason.words(),
        })
    };
    let settles = |(file, lines): &(usize, LineSet)| {
        let path = found.files.get(*file).map(RepoPath::as_str);
        json!({ "file": path, "lines": lines.iter().collect::<Vec<_>>() })
    };
    let test = |(id, entry): (&TestId, &Entry)| {
        json!({
            "test": id.as_str(),
            "reasons": entry.reasons.iter().map(reason).collect::<Vec<_>>(),
            "settles": entry.settles.iter().map(settles).collect::<Vec<_>>(),
        })
    };
    json!({
        "summary": if found.tests.is_empty() { planning::UNCHANGED.to_owned() } else { found.summary() },
        "tests": found.tests.iter().map(test).collect::<Vec<_>>(),
        "new_tests": found.new_tests(),
        "lines_to_settle": found.lines(),
    })
}
