//! What the screen compares: the points that were kept and what is known now, with the lines to light in the sources.

use super::desk::Desk;
use super::frames::now;
use super::points;
use super::sides::{self, Side};
use crate::app::{ComparedFile, ComparedPoints, KnownPoint, NOW};
use crate::base::{Clean, Problem};
use crate::domain::coverage::LineSet;
use crate::domain::ledger::{Category, FileComparison, Ledger, PointHead, PointKind, carried_lines};
use std::sync::Arc;

/// How many points are offered.
const OFFERED: usize = 200;

/// The points that were kept, newest first. The batches of this sitting have numbers.
///
/// # Errors
/// They could not be read.
pub fn points(desk: &Desk) -> Result<Vec<KnownPoint>, Problem> {
    let kept = desk.store()?.points(OFFERED)?;
    let is_own = |head: &PointHead| head.kind == PointKind::Batch && head.sitting == desk.sitting();
    let mut own = kept.iter().filter(|head| is_own(head)).count();
    let at = now();
    let known = kept.iter().map(|head| {
        let ago = head.at.ago(at);
        let (name, list) = if is_own(head) {
            own -= 1;
            (format!("batch {}", own + 1), format!("batch {}", own + 1))
        } else {
            (format!("{} {ago}", head.kind.word()), head.kind.word().to_owned())
        };
        let words = format!("{list}  {}%  {ago}  {}", head.total.ratio.display(1), head.about);
        KnownPoint {
            id: head.id.clone(),
            name: Clean::line(&name),
            words: Clean::line(&words),
            is_baseline: head.kind == PointKind::Baseline,
        }
    });
    Ok(known.collect())
}

/// Compares two points by their names.
///
/// # Errors
/// One of them is not there, or could not be read.
pub fn compare(desk: &Desk, names: &(String, String), ledger: Option<&Arc<Ledger>>) -> Result<ComparedPoints, Problem> {
    let (mut before, mut after) = (side(desk, &names.0, ledger)?, side(desk, &names.1, ledger)?);
    let comparison = sides::compare(desk, &mut before, &mut after);
    let changed = comparison.files.iter().enumerate().filter(|(_, file)| file.is_changed());
    let files = changed.map(|(at, file)| lit(desk, at, file)).collect();
    Ok(ComparedPoints { comparison, files })
}

fn side(desk: &Desk, name: &str, ledger: Option<&Arc<Ledger>>) -> Result<Side, Problem> {
    if name == NOW {
        let nothing = || Problem::error(NOW, "nothing is known yet");
        let at = now();
        let ledger = desk.judged(ledger.ok_or_else(nothing)?);
        let point = points::now(desk, &ledger, at);
        return Ok(Side { name: NOW.to_owned(), point, written: Some(at) });
    }
    let lost = || Problem::error(name, "is not kept any more");
    let point = desk.store()?.point(name)?.ok_or_else(lost)?;
    Ok(Side { name: name.to_owned(), written: Some(point.at), point })
}

/// The lines of a changed file, in its source as it is on disk.
fn lit(desk: &Desk, at: usize, file: &FileComparison) -> ComparedFile {
    let disk = desk.disk.text(&file.path);
    let kept = file.source.and_then(|digest| desk.store().ok()?.source(digest).ok().flatten());
    let follow = |lines: LineSet| match (&disk, &kept) {
        (Some(disk), Some(kept)) if !Arc::ptr_eq(disk, kept) && disk != kept => carried_lines(&lines, kept, disk),
        (Some(_), Some(_)) => lines,
        // Nobody knows where they stand now, unless the source after is the one on disk.
        (Some(disk), None) if file.source == Some(crate::base::Digest::of(disk.as_bytes())) => lines,
        _ => LineSet::new(),
    };
    ComparedFile { at, newly: follow(file.newly()), lost: follow(file.lines(Category::Lost)), there: disk.is_some() }
}
