//! `lacuna watch`: the loop without a screen, one line for each verdict.

use super::arguments::{Common, Format};
use super::exit::Exit;
use super::run::way;
use super::{output, session};
use crate::app::{AfterRun, State};
use crate::base::RepoPath;
use crate::domain::report::figure;
use crate::shell::{Told, follow_saves};
use serde_json::{Value, json};

/// Runs the command until a signal ends it.
pub fn run(format: Format, common: &Common) -> Exit {
    let desk = match session::desk(common) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    let known = desk.project.problems.len();
    let mut skipped = 0;
    let mut tell = |told: Told<'_>| match told {
        // What is wrong with the settings was said already.
        Told::Trouble(_) if skipped < known => skipped += 1,
        told => say(&told, format),
    };
    match follow_saves(desk, &mut tell) {
        Ok(()) => Exit::Done,
        Err(problem) => {
            output::complain(&[problem]);
            Exit::Unstarted
        }
    }
}

fn say(told: &Told<'_>, format: Format) {
    let event = match (told, format) {
        (Told::Trouble(problem), _) => return output::complain(std::slice::from_ref(problem)),
        (Told::Ready, Format::Json) => json!({ "event": "ready" }),
        (Told::Verdict(state), Format::Json) => verdict(state),
        (Told::Unaffected(state), Format::Json) => json!({ "event": "unaffected", "files": files(state) }),
        (Told::Held(words), Format::Json) => json!({ "event": "held", "reason": words.as_str() }),
        (Told::Ready, _) => return output::say("lacuna: waits for saves; ctrl-c ends it"),
        (Told::Verdict(state), _) => return output::print(&line(state)),
        (Told::Unaffected(state), _) => return output::print(&format!("- {}: no test is affected\n", names(state))),
        (Told::Held(words), _) => return output::print(&format!("! {words}\n")),
    };
    output::print_json_line(&event);
}

fn files(state: &State) -> Vec<&str> {
    state.edit_loop.taken.iter().map(RepoPath::as_str).collect()
}

fn names(state: &State) -> String {
    let files = &state.edit_loop.taken;
    match files.first() {
        None => "the edits so far".to_owned(),
        Some(first) if files.len() == 1 => first.clean().to_string(),
        Some(first) => format!("{} and {} more", first.clean(), files.len() - 1),
    }
}

fn after(state: &State) -> Option<&AfterRun> {
    state.runner.run.as_ref()?.after.as_deref()
}

/// One line for the verdict, and one for each test that failed.
fn line(state: &State) -> String {
    let Some(end) = &state.edit_loop.end else { return String::new() };
    let mut out = match end.bad {
        0 => format!("✓ {}: {} passed", names(state), end.passed),
        bad => format!("✗ {}: {bad} failed of {}", names(state), end.ended),
    };
    if let Some(took) = end.took {
        out.push_str(&format!(" in {:.1}s", seconds(took)));
    }
    if let Some((before, after)) = after(state).and_then(|after| after.total.as_ref()) {
        out.push_str(&format!(" · {}", way(before, after)));
    }
    if let Some(words) = quarantined(state) {
        out.push_str(&format!(" · {words}"));
    }
    out.push('\n');
    for test in state.runner.run.iter().flat_map(|run| run.failed()) {
        out.push_str(format!("  ✗ {} {}", test.id.clean(), test.message).trim_end());
        out.push('\n');
    }
    out
}

/// What the quarantine did in the round.
fn quarantined(state: &State) -> Option<String> {
    let run = state.runner.run.as_ref()?;
    run.planned.quarantine.done(&run.after.as_ref()?.held)
}

fn verdict(state: &State) -> Value {
    let end = state.edit_loop.end.as_ref();
    let tests: Vec<Value> = state
        .runner
        .run
        .iter()
        .flat_map(|run| &run.tests)
        .filter_map(|test| {
            let outcome = test.outcome?;
            let message = test.message.as_str();
            Some(json!({ "id": test.id.as_str(), "outcome": outcome.word(), "seconds": test.seconds, "message": message }))
        })
        .collect();
    let total = after(state).and_then(|after| after.total.as_ref());
    json!({
        "event": "verdict",
        "files": files(state),
        "passed": end.map(|end| end.passed),
        "failed": end.map(|end| end.bad),
        "seconds": end.and_then(|end| end.took).map(seconds),
        "tests": tests,
        "quarantine": quarantined(state),
        "total": total.map(|(before, after)| json!({ "before": figure(before), "after": figure(after) })),
    })
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of one sitting")]
fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}
