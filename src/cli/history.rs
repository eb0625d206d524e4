//! `lacuna history`: the recorded runs, the tests with more than one outcome, or the points that can be compared.

use super::arguments::{Common, Format};
use super::exit::Exit;
use super::{flaky, output, session};
use crate::base::Problem;
use crate::domain::history::{Cause, Run, causes};
use crate::domain::ledger::PointHead;
use crate::domain::report::{Align, Grid, figure, flaky_rows};
use crate::shell::flakes;
use serde_json::{Value, json};

/// The most characters of a command in a table.
const COMMAND: usize = 72;

/// Which part of the history is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The recorded runs.
    Runs,
    /// The tests with more than one outcome; those alone that pass the filter.
    Flaky(flaky::Filter),
    /// The failures by their causes.
    Causes,
    /// The points that can be compared.
    Points,
}

impl What {
    /// Why there is nothing of it.
    const fn nothing(&self) -> &'static str {
        match self {
            Self::Runs => "nothing is recorded yet",
            Self::Flaky(filter) if filter.is_empty() => "no test has had more than one outcome",
            Self::Flaky(filter) if filter.is_of_states() => "no test stands in this state",
            Self::Flaky(_) => "no test passes the filter",
            Self::Causes => "no test has failed",
            Self::Points => "no point is kept yet",
        }
    }
}

/// Runs the command.
pub fn run(what: What, limit: usize, format: Format, common: &Common) -> Exit {
    let answer = session::desk(common).and_then(|desk| {
        // What is kept beside the history is on this machine in any case.
        let store = desk.store()?;
        output::complain(&desk.take_problems());
        Ok(match &what {
            What::Runs => runs(&desk.history()?.runs(limit)?),
            What::Flaky(filter) => {
                let mut tests = flakes::of_project(&desk)?;
                tests.retain(|test| filter.passes(test));
                flaky_rows(&tests, limit)
            }
            What::Causes => failures(&causes(&desk.history()?.sightings()?), limit),
            What::Points => points(&store.points(limit)?),
        })
    });
    let (grid, values) = match answer {
        Ok(answer) => answer,
        Err(problem) => return output::refuse(problem),
    };
    let nothing = values.is_empty();
    match format {
        Format::Json => output::print_json(&Value::Array(values)),
        Format::Md => output::print(&grid.markdown()),
        Format::Text if nothing => {
            output::complain(&[
                Problem::note("history", what.nothing()).hint("`lacuna run` and `lacuna ingest` record runs")
            ]);
        }
        Format::Text => output::print(&grid.text()),
    }
    if nothing { Exit::Nothing } else { Exit::Done }
}

/// As much of a command as a line has room for; the JSON form has all of it.
fn brief(command: &str) -> String {
    if command.chars().count() <= COMMAND {
        return command.to_owned();
    }
    command.chars().take(COMMAND - 1).chain(['…']).collect()
}

fn runs(runs: &[Run]) -> (Grid, Vec<Value>) {
    let columns = [("When", Align::Left), ("Tests", Align::Right), ("Bad", Align::Right), ("Seconds", Align::Right)];
    let mut grid =
        Grid::new(&[&columns[..], &[("Commit", Align::Left), ("Id", Align::Left), ("Command", Align::Left)]].concat());
    let mut values = Vec::new();
    for run in runs {
        grid.row([
            run.when.rfc3339(),
            run.tests.to_string(),
            run.bad.to_string(),
            format!("{:.1}", run.seconds),
            run.short_commit().to_owned(),
            run.id.clone(),
            brief(&run.command),
        ]);
        values.push(json!({
            "id": run.id,
            "when": run.when.rfc3339(),
            "source": run.source.word(),
            "commit": run.commit,
            "branch": run.branch,
            "environment": run.environment,
            "command": run.command,
            "exit": run.exit,
            "url": run.url,
            "seconds": run.seconds,
            "tests": run.tests,
            "bad": run.bad,
        }));
    }
    (grid, values)
}

fn points(points: &[PointHead]) -> (Grid, Vec<Value>) {
    let columns = [("When", Align::Left), ("Kind", Align::Left), ("Files", Align::Right), ("Cover", Align::Right)];
    let mut grid = Grid::new(&[&columns[..], &[("Id", Align::Left), ("Of", Align::Left)]].concat());
    let mut values = Vec::new();
    for point in points {
        grid.row([
            point.at.rfc3339(),
            point.kind.word().to_owned(),
            point.files.to_string(),
            format!("{}%", point.total.ratio.display(1)),
            point.id.clone(),
            brief(&point.about),
        ]);
        values.push(json!({
            "id": point.id,
            "when": point.at.rfc3339(),
            "kind": point.kind.word(),
            "of": point.about,
            "sitting": point.sitting,
            "files": point.files,
            "coverage": figure(&point.total),
        }));
    }
    (grid, values)
}

fn failures(causes: &[Cause], limit: usize) -> (Grid, Vec<Value>) {
    let columns = [("Fails", Align::Right), ("Tests", Align::Right), ("Runs", Align::Right), ("Last", Align::Left)];
    let mut grid = Grid::new(&[&columns[..], &[("Cause", Align::Left), ("Where", Align::Left)]].concat());
    let mut values = Vec::new();
    for cause in causes.iter().take(limit) {
        let signature = &cause.signature;
        let first = cause.tests.first().map(|(test, _)| test.as_str()).unwrap_or_default();
        let place = match cause.tests.len() {
            1 => first.to_owned(),
            count => format!("{first} and {} more", count - 1),
        };
        grid.row([
            cause.failures.to_string(),
            cause.tests.len().to_string(),
            cause.runs.to_string(),
            cause.span.1.when.rfc3339(),
            signature.words(),
            place,
        ]);
        let seen = |run: &Run| json!({ "run": run.id, "when": run.when.rfc3339(), "commit": run.commit });
        values.push(json!({
            "exception": signature.exception,
            "signature": signature.words,
            "place": signature.place,
            "message": cause.message.as_str(),
            "failures": cause.failures,
            "runs": cause.runs,
            "runs_with_several_tests": cause.together,
            "first": seen(&cause.span.0),
            "last": seen(&cause.span.1),
            "tests": cause.tests.iter().map(|(test, count)| json!({ "test": test.as_str(), "failures": count })).collect::<Vec<_>>(),
        }));
    }
    (grid, values)
}
