//! Tests with more than one outcome, as a table and as JSON; everything that the history says of one test, as JSON.

use crate::base::Clean;
use crate::domain::history::{Dossier, FlakyTest, Run, Shift, facts};
use crate::domain::report::page::Slot;
use crate::domain::report::{Align, Grid, blame, suspicion};
use crate::domain::suite::Outcome;
use serde_json::{Value, json};

/// The last outcomes as the places of a strip.
#[must_use]
pub fn slots(test: &FlakyTest) -> Vec<Slot> {
    let mut slots = Vec::new();
    for mark in &test.strip {
        if mark.begins && !slots.is_empty() {
            slots.push(Slot::Mark);
        }
        slots.push(match mark.outcome {
            Outcome::Failed | Outcome::Error => Slot::Failed,
            Outcome::Passed | Outcome::Xpassed if mark.retried => Slot::Retried,
            Outcome::Passed | Outcome::Xpassed => Slot::Passed,
            Outcome::Skipped | Outcome::Xfailed => Slot::Quiet,
        });
    }
    slots
}

/// The tests as a table and as values.
#[must_use]
pub fn flaky_rows(tests: &[FlakyTest], limit: usize) -> (Grid, Vec<Value>) {
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
        values.push(flaky_value(test));
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

/// One test with more than one outcome, for programs.
#[must_use]
pub fn flaky_value(test: &FlakyTest) -> Value {
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

/// Everything of one test, for programs.
#[must_use]
pub fn dossier_value(dossier: &Dossier) -> Value {
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
        "verdict": dossier.verdict.as_ref().map(flaky_value),
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
