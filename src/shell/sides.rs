//! The sides of a comparison: a report with the sources that it is known to belong to, and what a side leaves unmeasured.

use super::desk::Desk;
use super::placing::places;
use crate::base::{Problem, RepoPath, Stamp};
use crate::domain::coverage::{FileCoverage, Format, Report};
use crate::domain::ledger::{Comparison, Placed, Point, PointFile, PointHead, PointKind};
use crate::domain::python::estimate;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One side of a comparison.
pub struct Side {
    /// What it is, for people.
    pub name: String,
    /// The files.
    pub point: Point,
    /// When it was, where that is known.
    pub written: Option<Stamp>,
}

/// A report as a side. Its lines belong to the source on disk where that was not written after the report; or to a
/// source in the database, where this very measurement was kept as a baseline. Else their source is not known: no
/// commit and no resemblance is taken for it.
#[must_use]
pub fn of_report(
    desk: &Desk,
    report: Report,
    name: String,
    written: Option<Stamp>,
    kept: &[PointHead],
) -> (Side, Vec<Problem>) {
    let named = report.files.iter().map(|file| file.path.as_str());
    let (places, mut problems) = places(&desk.project.root, &desk.disk, named, &report.sources);
    let origin = origin(desk, report.stamp, written, kept);
    // A Cobertura report says when it was made, in a time that can be compared; a copy of it has a later time of its own.
    let made = report.stamp.filter(|_| report.format == Format::Cobertura);
    let made = written.map(|written| made.map_or(written, |made| made.min(written))).or(made);
    let mut files = BTreeMap::new();
    for file in report.files {
        let path = match places.place(&file.path, &report.sources) {
            Placed::At(path) => path,
            Placed::Outside => match RepoPath::new(file.path.trim_start_matches('/')) {
                Some(path) => path,
                None => continue,
            },
            Placed::Ambiguous(paths) => {
                let paths: Vec<&str> = paths.iter().map(RepoPath::as_str).collect();
                let what = format!("`{}` could be {}; it is left out", file.path, paths.join(" or "));
                problems.push(Problem::warning(&name, what).hint("run coverage from the project's root"));
                continue;
            }
        };
        let stood = of_file(desk, &path, &file, made, origin.as_ref());
        files.entry(path).or_insert_with(|| Arc::new(stood));
    }
    problems.extend(report.notes);
    let point = Point { at: made.unwrap_or_default(), files, ..Point::default() };
    (Side { name, point, written: made }, problems)
}

/// The kept baseline that was read from this very measurement.
fn origin(desk: &Desk, stamp: Option<Stamp>, written: Option<Stamp>, kept: &[PointHead]) -> Option<Point> {
    let is_this = |head: &&PointHead| {
        head.kind == PointKind::Baseline
            && match (stamp, head.stamp) {
                (Some(own), Some(other)) => own == other,
                (None, None) => written == Some(head.at),
                _ => false,
            }
    };
    let head = kept.iter().find(is_this)?;
    desk.store().ok()?.point(&head.id).ok().flatten()
}

fn of_file(
    desk: &Desk,
    path: &RepoPath,
    file: &FileCoverage,
    made: Option<Stamp>,
    origin: Option<&Point>,
) -> PointFile {
    let stood = PointFile::of_report(file, None);
    let known = origin.and_then(|point| point.files.get(path)).filter(|known| known.same_lines(&stood));
    if let Some(digest) = known.and_then(|known| known.digest) {
        return PointFile { digest: Some(digest), ..stood };
    }
    let text = desk.disk.text(path).filter(|_| made.is_some_and(|made| desk.disk.is_as_of(path, made)));
    let last = file.statements.last().unwrap_or(0) as usize;
    PointFile::of_report(file, text.filter(|text| text.lines().count() >= last))
}

/// Compares two sides, after each has learned from the other and from the disk what it does not measure.
#[must_use]
pub fn compare(desk: &Desk, before: &mut Side, after: &mut Side) -> Comparison {
    doubt(before, after);
    doubt(after, before);
    before.point.unmeasured = unmeasured(desk, before, after);
    after.point.unmeasured = unmeasured(desk, after, before);
    let texts = |digest| desk.store().ok()?.source(digest).ok().flatten();
    Comparison::between(&before.point, &after.point, &texts)
}

/// Where two sides name other statements, a text that does not have the statements of a side is not its source: a
/// report may be copied, and be newer than an edit that came after its measurement.
fn doubt(side: &mut Side, other: &Side) {
    for (path, file) in &mut side.point.files {
        let agrees = |other: &Arc<PointFile>| {
            other.digest == file.digest && other.statements() == file.statements() && other.excluded == file.excluded
        };
        let Some(text) = file.text.clone().filter(|_| !other.point.files.get(path).is_some_and(agrees)) else {
            continue;
        };
        let found = estimate(&text);
        let starts: crate::domain::coverage::LineSet = found.logical.iter().map(|&(first, _)| first).collect();
        if found.whole && !file.statements().is_subset(&starts) {
            *file = Arc::new(PointFile { digest: None, text: None, ..PointFile::clone(file) });
        }
    }
}

/// The files that only the other side has although they were there: a file that is on disk now was there all the while
/// since the other side was, and, where it was not written since, at any time after it was written.
fn unmeasured(desk: &Desk, side: &Side, other: &Side) -> std::collections::BTreeSet<RepoPath> {
    let was_there = |path: &&RepoPath| {
        let later = side.written.zip(other.written).is_some_and(|(own, other)| own >= other);
        let as_old = side.written.is_some_and(|written| desk.disk.is_as_of(path, written));
        desk.disk.is_there(path) && (later || as_old)
    };
    let only = other.point.files.keys().filter(|path| !side.point.files.contains_key(*path));
    only.filter(was_there).cloned().collect()
}
