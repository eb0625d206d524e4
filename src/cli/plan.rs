//! `lacuna plan`: the exact commands that a run would start.

use super::arguments::{Common, Format, Targets};
use super::exit::Exit;
use super::{output, session, targets};
use crate::app::Planned;
use serde_json::{Value, json};

/// Runs the command.
pub fn run(wanted: &Targets, format: Format, common: &Common) -> Exit {
    let desk = match session::desk(common) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    match targets::plan(&desk, wanted) {
        Ok((planned, _)) => {
            output::complain(&planned.problems);
            match format {
                Format::Json => output::print_json(&json(&planned)),
                Format::Text | Format::Md => output::print(&text(&planned)),
            }
            if planned.cycles.iter().all(Vec::is_empty) { Exit::Nothing } else { Exit::Done }
        }
        Err(exit) => exit,
    }
}

fn text(planned: &Planned) -> String {
    let mut out = String::new();
    let several = planned.cycles.len() > 1;
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
            out.push_str(&format!("{indent}{}{tests}\n", command.shown));
        }
    }
    out
}

fn json(planned: &Planned) -> Value {
    let command = |command: &crate::app::PlannedCommand| {
        let tests: Vec<&str> = command.tests.iter().map(crate::domain::suite::TestId::as_str).collect();
        json!({
            "command": command.shown.as_str(),
            "full": command.full.as_str(),
            "tests": tests,
            "seconds": command.seconds,
        })
    };
    let cycles: Vec<Vec<Value>> = planned.cycles.iter().map(|cycle| cycle.iter().map(command).collect()).collect();
    json!({ "cycles": cycles })
}
