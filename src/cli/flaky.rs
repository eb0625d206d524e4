//! `lacuna flaky`: the tests with more than one outcome, or everything that the history says of one test.

use super::arguments::{Common, FlakyState, Format};
use super::exit::Exit;
use super::{output, session};
use crate::base::{Clean, Problem};
use crate::domain::history::{Dossier, FlakyTest, Run, Shift, facts, note};
use crate::domain::report::{Align, Grid, blame, suspicion};
use crate::domain::suite::TestId;
use crate::shell::recorded;
use serde_json::{Value, json};

/// Which tests are listed. Of each kind one has to fit, where there are any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// How they stand in time.
    pub states: Vec<FlakyState>,
    /// Their layers.
    pub layers: Vec<String>,
    /// Their owners; `none` for a test that nobody owns.
    pub owners: Vec<String>,
}

impl Filter {
    /// Whether every test passes.
    pub const fn is_empty(&self) -> bool {
        self.is_of_states() && self.states.is_empty()
    }

    /// Whether nothing but the state is asked for.
    pub const fn is_of_states(&self) -> bool {
        self.layers.is_empty() && self.owners.is_empty()
    }

    /// Whether a test passes.
    pub fn passes(&self, test: &FlakyTest) -> bool {
        let stands = |state: &FlakyState| match state {
            FlakyState::Course(course) => test.course == *course,
            FlakyState::Quarantined => test.quarantined,
        };
        let owns = |owner: &String| test.is_owned_by(owner) || owner == "none" && test.owners.is_empty();
        (self.states.is_empty() || self.states.iter().any(stands))
            && (self.layers.is_empty() || self.layers.iter().any(|layer| test.is_in(layer)))
            && (self.owners.is_empty() || self.owners.iter().any(owns))
    }
}

/// Prints what the history says of one test.
pub fn run_test(test: &str, format: Format, common: &Common) -> Exit {
    let answer = session::desk(common).and_then(|desk| {
        let dossier = recorded::dossier(&desk, TestId::new(test))?;
        output::complain(&desk.take_problems());
        Ok(dossier)
    });
    let dossier = match answer {
        Ok(dossier) => dossier,
        Err(problem) => return output::refuse(problem),
    };
    if dossier.seen.is_empty() {
        let problem = Problem::note(test, "the history has no result of this test");
        output::complain(&[problem.hint("`lacuna flaky` lists those with more than one outcome, by their node ids")]);
        return Exit::Nothing;
    }
    match format {
        Format::Json => output::print_json(&whole(&dossier)),
        Format::Md | Format::Text => output::print(&note(&dossier)),
    }
    Exit::Done
}

/// The tests as a table and as values.
pub fn rows(tests: &[FlakyTest], limit: usize) -> (Grid, Vec<Value>) {
    let columns = [("State", Align::Left), ("Fails", Align::Right), ("Runs", Align::Right), ("Rate", Align::Right)];
    let more = [("90 %", Align::Left), ("Since", Align::Left), ("Last outcomes", Align::Left), ("Test", Align::Left)];
    // A column in which nothing stands would only take room.
    let (has_layers, has_owners) =
        (tests.iter().any(|test| !test.layer.is_empty()), tests.iter().any(|test| !test.owners.is_empty()));
    let belonging = [("Layer", Align::Left), ("Owners", Align::Left)];
    let belonging: Vec<_> =
        belonging.into_iter().zip([has_layers, has_owners]).filter(|(_, has)| *has).map(|(column, _)| column).collect();
    let mut grid = Grid::new(&[&columns[..], &more[..3], &belonging, &more[3..]].concat());
    let mut values = Vec::new();
    for test in tests.iter().take(limit) {
        let known = test.posterior;
        let since = test.since.map(crate::base::Stamp::rfc3339).unwrap_or_default();
        let mut row = vec![
            if test.quarantined {
                format!("{} ⊘ quarantined", test.course.word())
            } else {
                test.course.word().to_owned()
            },
            test.failures.to_string(),
            test.runs.to_string(),
            test.unstable.to_string(),
            format!("{:.0}-{:.0} %", known.low * 100.0, known.high * 100.0),
            since.get(..10).unwrap_or_default().to_owned(),
            strip(test),
        ];
        let owners: Vec<&str> = test.owners.iter().map(Clean::as_str).collect();
        row.extend(has_layers.then(|| test.layer.to_string()));
        row.extend(has_owners.then(|| owners.join(" ")));
        row.push(test.id.as_str().to_owned());
        grid.row(row);
        values.push(value(test));
    }
    (grid, values)
}

/// The last outcomes, with a bar where the present failure rate begins.
fn strip(test: &FlakyTest) -> String {
    let mut strip = String::new();
    for mark in &test.strip {
        if mark.begins && !strip.is_empty() {
            strip.push('|');
        }
        strip.push(mark.outcome.symbol());
    }
    strip
}

fn value(test: &FlakyTest) -> Value {
    json!({
        "id": test.id.as_str(),
        "state": test.course.word(),
        "standing": test.standing.word(),
        "definite": test.definite,
        "quarantined": test.quarantined,
        "layer": Some(test.layer.as_str()).filter(|layer| !layer.is_empty()),
        "owners": test.owners.iter().map(Clean::as_str).collect::<Vec<_>>(),
        "runs": test.runs,
        "failures": test.failures,
        "rate": test.rate.percent() / 100.0,
        "unstable": { "failed": test.unstable.part, "attempts": test.unstable.whole },
        "at_least": test.at_least,
        "interval_90": [test.posterior.low, test.posterior.high],
        "median": test.posterior.median,
        "since": test.since.map(crate::base::Stamp::rfc3339),
        "change": test.shift.as_ref().map(change),
        "last_seven_days": {
            "runs": test.impact.runs,
            "failed": test.impact.blocked,
            "seconds_lost": test.impact.seconds,
            "expected_failures": test.impact.expected,
        },
        "seconds": test.seconds_median,
        "strip": strip(test),
        "last_failure": test.last_failure.as_ref().map(|(when, message)| {
            json!({ "when": when.rfc3339(), "message": message.as_str() })
        }),
    })
}

fn change(shift: &Shift) -> Value {
    let rate = |rate: &crate::base::Ratio| json!({ "failures": rate.part, "runs": rate.whole });
    json!({
        "before": rate(&shift.before),
        "after": rate(&shift.after),
        "last_run_before": place(&shift.last),
        "first_run": place(&shift.first),
        "range_99": [place(&shift.range.0), place(&shift.range.1)],
        "commits": shift.commits().map(|(from, to)| [from, to]),
    })
}

fn place(run: &Run) -> Value {
    json!({ "run": run.id, "when": run.when.rfc3339(), "commit": run.commit, "branch": run.branch, "url": run.url })
}

/// Everything of one test.
fn whole(dossier: &Dossier) -> Value {
    let seen = dossier.seen.iter().map(|seen| {
        json!({
            "run": place(&seen.run),
            "environment": seen.run.environment,
            "outcome": seen.outcome.word(),
            "attempts": seen.attempts.iter().map(|outcome| outcome.word()).collect::<Vec<_>>(),
            "seconds": seen.seconds,
            "message": seen.message.as_str(),
            "cause": dossier.cause_in(seen.run.serial),
        })
    });
    json!({
        "id": dossier.test.as_str(),
        "verdict": dossier.verdict.as_ref().map(value),
        "facts": facts(dossier),
        "suspicion": dossier.suspicion.as_ref().map(suspicion),
        "blame": dossier.blame.as_ref().map(blame),
        "causes": dossier.causes.iter().map(|(own, cause)| json!({
            "words": cause.signature.words(),
            "failures": own,
            "other_tests": cause.tests.iter().filter(|(test, _)| *test != dossier.test)
                .map(|(test, count)| json!({ "test": test.as_str(), "failures": count })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "fails_with": dossier.companions.iter().map(|other| json!({
            "test": other.test.as_str(), "both": other.both, "either": other.either,
        })).collect::<Vec<_>>(),
        "pace": dossier.pace.as_ref().map(|pace| json!({
            "before": pace.before, "after": pace.after,
            "last_run_before": place(&pace.last), "first_run": place(&pace.first),
        })),
        "results": seen.collect::<Vec<_>>(),
    })
}
