//! `lacuna run --cost`: what coverage and contexts cost, measured on a few tests.

use super::arguments::{Format, Targets};
use super::exit::Exit;
use super::{arguments::Common, output, run, session, targets};
use crate::app::Ask;
use crate::domain::suite::Cost;
use crate::shell::{cost, cost_headless, planning};
use serde_json::{Value, json};

/// Runs the command. Without targets, some tests of the suite stand for all of it.
pub fn run(wanted: &Targets, format: Format, common: &Common) -> Exit {
    let desk = match session::desk(common) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    let (mut wanted, is_sample) = (wanted.clone(), wanted.is_empty());
    wanted.all |= is_sample;
    let (mut planned, ledger) = match targets::plan(&desk, &wanted, targets::Aim::Start) {
        Ok(plan) => plan,
        Err(exit) => return exit,
    };
    if is_sample {
        let ask = Ask { targets: cost::sample(&desk, ledger.as_deref()), ..Ask::default() };
        planned = match planning::planned(&desk, ask, ledger.as_deref()) {
            Ok(planned) => planned,
            Err(problem) => return output::refuse(problem),
        };
    }
    output::complain(&planned.problems);
    if planned.cycles.iter().all(Vec::is_empty) {
        output::say("lacuna: there is nothing to run; name some tests: `lacuna run --cost tests/test_cart.py`");
        return Exit::Nothing;
    }
    if let Some(exit) = run::untrusted(&planned) {
        return exit;
    }
    let measured = cost_headless(&desk, &planned, ledger.as_deref(), &|words| output::say(&format!("lacuna: {words}")));
    output::complain(&desk.take_problems());
    match measured {
        Ok(cost) => {
            match format {
                Format::Json => output::print_json(&json(&cost)),
                Format::Md | Format::Text => output::print(&format!("{}\n", cost.words())),
            }
            Exit::Done
        }
        Err(problem) => {
            output::complain(&[problem]);
            Exit::Unstarted
        }
    }
}

/// The cost as JSON. Seconds are processor time; shares are of what there was without.
#[must_use]
pub fn json(cost: &Cost) -> Value {
    json!({
        "when": cost.at.rfc3339(),
        "tests": cost.tests,
        "seconds": { "without_coverage": cost.nothing, "coverage": cost.lines, "contexts": cost.contexts },
        "coverage_adds": cost.of_coverage(),
        "contexts_add": cost.of_contexts(),
    })
}
