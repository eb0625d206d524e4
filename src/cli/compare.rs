//! `lacuna report A B`: what changed between two points, each a report, a kept point, or what is known now.

use super::arguments::{Common, Format};
use super::exit::Exit;
use super::report::{Input, ledger_of, read, undated, written_at};
use super::{output, session};
use crate::app::Baseline;
use crate::base::{Problem, Stamp};
use crate::domain::coverage::DataFile;
use crate::domain::ledger::{PointHead, PointKind};
use crate::domain::report::Compared;
use crate::io::files;
use crate::shell::points::{self, BASELINE, NOW};
use crate::shell::{Desk, Side, compare, keep, now, of_report};
use std::path::Path;

/// Runs the command.
pub fn run(names: (&Path, &Path), format: Format, common: &Common) -> Exit {
    let desk = match session::desk(common) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    match sides(&desk, names) {
        Ok((mut before, mut after)) => show(&desk, &mut before, &mut after, format),
        Err(problem) => output::refuse(problem),
    }
}

fn sides(desk: &Desk, names: (&Path, &Path)) -> Result<(Side, Side), Problem> {
    if names.0.as_os_str() == "-" && names.1.as_os_str() == "-" {
        return Err(Problem::error("-", "standard input is one report").hint("name a file or a point for the other"));
    }
    // What the project's reports say now is kept as a baseline before anything is looked up.
    let is_known = [names.0, names.1].iter().any(|name| name.as_os_str() == NOW || name.as_os_str() == BASELINE);
    let opened = if is_known { Some(keep::open(desk)?) } else { None };
    keep::settle(desk)?;
    let kept = points::kept(desk)?;
    output::complain(&desk.take_problems());
    let one = side(desk, names.0, opened.as_ref(), &kept)?;
    Ok((one, side(desk, names.1, opened.as_ref(), &kept)?))
}

/// One side of a comparison: a report, a kept point, or what is known now.
///
/// # Errors
/// There is no such report or point.
pub fn side(desk: &Desk, name: &Path, opened: Option<&Baseline>, kept: &[PointHead]) -> Result<Side, Problem> {
    let word = name.to_string_lossy();
    if word == NOW {
        return known_now(desk, opened);
    }
    if word == BASELINE || (word != "-" && !name.exists()) {
        return of_point(desk, &word, kept);
    }
    let written = files::identity(name).map(|identity| identity.modified_at());
    let shown = if word == "-" { "standard input".to_owned() } else { word.into_owned() };
    let (side, problems) = match read(name)? {
        Input::Report(report) => {
            let shown = format!("{shown} ({})", report.format);
            of_report(desk, *report, shown, written, kept)
        }
        Input::Data(data) => {
            let (side, mut problems) = of_data(desk, data, shown, Some(written_at(name)));
            problems.extend(undated(name));
            (side, problems)
        }
    };
    output::complain(&problems);
    Ok(side)
}

fn known_now(desk: &Desk, opened: Option<&Baseline>) -> Result<Side, Problem> {
    let Some(Baseline::Found(evidence)) = opened else {
        return Err(Problem::error(NOW, "there is no coverage report").hint("`lacuna run --all` measures one"));
    };
    output::complain(&evidence.problems);
    let at = now();
    Ok(Side { name: NOW.to_owned(), point: points::now(desk, &desk.judged(&evidence.ledger), at), written: Some(at) })
}

fn of_point(desk: &Desk, name: &str, kept: &[PointHead]) -> Result<Side, Problem> {
    let is_run = |id: &str| desk.store().and_then(|store| store.run(id)).is_ok_and(|run| run.is_some());
    let head = points::named(name, kept, &is_run)?;
    let lost = || Problem::error(name, "is not there any more").hint("`lacuna history --points` lists what is kept");
    let point = desk.store()?.point(&head.id)?.ok_or_else(lost)?;
    Ok(Side { name: about(head), written: Some(point.at), point })
}

/// `baseline of 2026-11-21T06:00:00Z: coverage.json (coverage.py JSON)`.
fn about(head: &PointHead) -> String {
    let name = if head.kind == PointKind::Batch { &head.id } else { head.kind.word() };
    format!("{name} of {}: {}", head.at.rfc3339(), head.about)
}

/// A data file as a side: what it names, on the sources as they are, where they were not written after it.
fn of_data(desk: &Desk, data: DataFile, name: String, written: Option<Stamp>) -> (Side, Vec<Problem>) {
    let (ledger, problems) = ledger_of(data, desk, written);
    let name = format!("{name} (coverage.py data file)");
    (Side { name, point: points::measured(desk, &ledger, written.unwrap_or_default()), written }, problems)
}

fn show(desk: &Desk, before: &mut Side, after: &mut Side, format: Format) -> Exit {
    let comparison = compare(desk, before, after);
    let compared = Compared { comparison: &comparison, before: &before.name, after: &after.name };
    match format {
        Format::Json => output::print_json(&compared.json()),
        Format::Md => output::print(&compared.markdown()),
        Format::Text => output::print(&compared.text()),
    }
    if comparison.files.is_empty() { Exit::Nothing } else { Exit::Done }
}
