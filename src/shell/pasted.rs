//! A report that was pasted: read, placed and judged like one on disk, and kept nowhere.

use super::desk::Desk;
use super::reports;
use super::spread::spread;
use crate::app::Evidence;
use crate::base::{Clean, Problem, RepoPath};
use crate::domain::coverage;
use crate::domain::ledger::{Fit, Ledger, Marks, PlacedReport};
use std::sync::Arc;

/// How the pasted text is called in problems.
const ORIGIN: &str = "pasted text";

/// Reads a pasted text of any format of coverage report.
///
/// # Errors
/// It is no whole report, or one of another project.
pub fn read(desk: &Desk, text: &str) -> Result<Evidence, Problem> {
    let report = coverage::read(text.as_bytes(), ORIGIN)?;
    let (format, count) = (report.format, report.files.len());
    let (placed, contexts, mut problems) = reports::place_one(&desk.project.root, &desk.disk, None, report);
    if placed.files.is_empty() {
        let what = format!("is a {format} of {count} files, and none of them is in this project");
        return Err(Problem::error(ORIGIN, what).hint("open lacuna in the project that was measured"));
    }
    problems.extend(other_sources(desk, &placed));
    // Nobody knows when it was measured: the sources say whether they can be what it is about.
    let (ledger, wrong) =
        Ledger::from_baseline_by(Some(&placed), contexts, &|path| desk.disk.text(path), &|_| true, &|jobs, work| {
            spread(jobs, work)
        });
    problems.extend(wrong);
    let unread: Vec<RepoPath> = ledger.unread().cloned().collect();
    let texts = spread(&unread, |path| desk.disk.text(path));
    let ledger = ledger.remember(unread.iter().cloned().zip(texts).filter_map(|(path, text)| Some((path, text?))));
    problems.extend(super::keep::misfits(&ledger, &unread, ORIGIN));
    Ok(Evidence {
        tests: ledger.tests().len(),
        has_contexts: ledger.has_contexts(),
        ledger: Arc::new(ledger),
        name: Clean::line(&format!("pasted {format}")),
        format: Clean::line(format.name()),
        written: None,
        problems,
    })
}

/// Files whose source does not look like what the report is about: it has other statements.
fn other_sources(desk: &Desk, report: &PlacedReport) -> Option<Problem> {
    let fits = |(path, file): &(RepoPath, coverage::FileCoverage)| {
        desk.disk.text(path).is_none_or(|text| Marks::of_report(report.format, file).fit(&text) == Fit::All)
    };
    let fitting = spread(&report.files, fits);
    let mut others = report.files.iter().zip(fitting).filter(|(_, fits)| !fits).map(|((path, _), _)| path);
    let first = others.next()?;
    let more = match others.count() {
        0 => String::new(),
        more => format!(" and {more} more files"),
    };
    let what = format!("{}{more} on disk have other statements than the report counts", first.as_str());
    Some(Problem::warning(ORIGIN, what).hint("it may be of another version, or other lines may be excluded in it"))
}
