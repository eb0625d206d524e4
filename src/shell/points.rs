//! Points in time: what is known now, what is kept of it, and what a name means.

use super::desk::Desk;
use super::spread::spread;
use crate::app::Evidence;
use crate::base::{Problem, RepoPath, Stamp};
use crate::domain::ledger::{Ledger, Point, PointFile, PointHead, PointKind, Standing};
use crate::io::store::{KEPT_POINTS, NewPoint};
use std::sync::Arc;

/// The name of what is known now.
pub const NOW: &str = "now";
/// The name of the newest baseline.
pub const BASELINE: &str = "baseline";
/// The longest list of near names.
const NEAR: usize = 4;

/// One file of the ledger on the text that is on disk, or without one on the newest measured text.
#[must_use]
pub fn file(ledger: &Ledger, path: &RepoPath, disk: Option<&Arc<str>>) -> PointFile {
    let standing = ledger.standing(path, disk.map(AsRef::as_ref));
    of(ledger, path, &standing, disk)
}

/// The same, where the standing is known.
#[must_use]
pub fn of(ledger: &Ledger, path: &RepoPath, standing: &Standing, disk: Option<&Arc<str>>) -> PointFile {
    PointFile::of_standing(standing, ledger.source(path, disk))
}

/// What is known now: every file of a ledger that is still there, on the sources as they are now.
#[must_use]
pub fn now(desk: &Desk, ledger: &Ledger, at: Stamp) -> Point {
    let measured = desk.measured();
    let paths: Vec<&RepoPath> = ledger.files().filter(|path| desk.disk.is_there(path)).collect();
    let files = spread(&paths, |path| {
        let text = desk.disk.text_since(path, measured);
        (RepoPath::clone(path), Arc::new(file(ledger, path, text.as_ref())))
    });
    Point { at, files: files.into_iter().collect(), ..Point::default() }
}

/// What was known when it was measured: every file of a ledger that is still there, on its newest measured source.
#[must_use]
pub fn measured(desk: &Desk, ledger: &Ledger, at: Stamp) -> Point {
    let paths: Vec<&RepoPath> = ledger.files().filter(|path| desk.disk.is_there(path)).collect();
    let files = spread(&paths, |path| (RepoPath::clone(path), Arc::new(file(ledger, path, None))));
    Point { at, files: files.into_iter().collect(), ..Point::default() }
}

/// Keeps a baseline: every file on the source that it was measured on. `stamp` is the time that its report names.
///
/// # Errors
/// It could not be kept.
pub fn keep_baseline(desk: &Desk, evidence: &Evidence, stamp: Option<Stamp>) -> Result<(), Problem> {
    let at = evidence.written.unwrap_or_default();
    let point = measured(desk, &evidence.ledger, at);
    let head = PointHead {
        stamp,
        about: format!("{} ({})", evidence.name, evidence.format),
        ..head(desk, format!("{BASELINE}-{}", at.0), PointKind::Baseline, &point)
    };
    let before = desk.last_point();
    let since = before.as_ref().map(|(id, point)| (id.as_str(), point));
    desk.store()?.save_point(NewPoint { head: &head, point: &point, since })?;
    desk.set_last_point(head.id, point);
    Ok(())
}

/// The head of a point of this sitting.
#[must_use]
pub fn head(desk: &Desk, id: String, kind: PointKind, point: &Point) -> PointHead {
    let files = point.files.len() as u64;
    let total = point.total().unwrap_or_default();
    let sitting = desk.sitting().to_owned();
    PointHead { id, at: point.at, kind, about: String::new(), sitting, stamp: None, total, files }
}

/// Every kept point, the newest first.
///
/// # Errors
/// They could not be read.
pub fn kept(desk: &Desk) -> Result<Vec<PointHead>, Problem> {
    desk.store()?.points(2 * (KEPT_POINTS.0 + KEPT_POINTS.1))
}

/// The kept point that a name means: `baseline` for the newest one, an id, or the beginning of one id only.
///
/// # Errors
/// There is none, or several are meant; near names are the hint.
pub fn named<'a>(name: &str, kept: &'a [PointHead], is_run: &dyn Fn(&str) -> bool) -> Result<&'a PointHead, Problem> {
    if name == BASELINE {
        let baseline = kept.iter().find(|head| head.kind == PointKind::Baseline);
        return baseline.ok_or_else(|| {
            Problem::error(name, "no baseline was kept yet").hint("`lacuna run --all` measures one and keeps it")
        });
    }
    if let Some(exact) = kept.iter().find(|head| head.id == name) {
        return Ok(exact);
    }
    let meant: Vec<&PointHead> = kept.iter().filter(|head| !name.is_empty() && head.id.starts_with(name)).collect();
    match meant.as_slice() {
        [one] => Ok(one),
        [] if is_run(name) => Err(Problem::error(name, "is a run of which no coverage was kept")
            .hint("runs that were ingested, or made without a baseline, have none; `lacuna history --points` lists the others")),
        [] => Err(Problem::error(name, "is neither a report file nor the name of a point")
            .hint(format!("{}; `lacuna history --points` lists all", near(name, kept)))),
        several => {
            let ids: Vec<&str> = several.iter().take(NEAR).map(|head| head.id.as_str()).collect();
            let more = if several.len() > NEAR { ", …" } else { "" };
            Err(Problem::error(name, format!("could be {}{more}", ids.join(" or "))).hint("type more of the name"))
        }
    }
}

/// The names that are nearest to one that means nothing.
fn near(name: &str, kept: &[PointHead]) -> String {
    let known = [BASELINE, NOW].into_iter().chain(kept.iter().map(|head| head.id.as_str()));
    let mut near: Vec<(usize, &str)> = known.map(|known| (distance(name, known), known)).collect();
    near.sort_by_key(|(distance, _)| *distance);
    let names: Vec<String> = near.iter().take(NEAR).map(|(_, name)| format!("`{name}`")).collect();
    format!("did you mean {}", names.join(", "))
}

/// How many characters have to be put in, left out or changed to make one name of another; what `known` has beyond the
/// length of `name` counts little, as names may be shortened.
fn distance(name: &str, known: &str) -> usize {
    let known: Vec<char> = known.chars().take(100).collect();
    let mut row: Vec<usize> = (0..=known.len()).collect();
    for (at, typed) in (1..).zip(name.chars().take(100)) {
        let mut next = vec![at];
        let mut left = at;
        for (pair, known) in row.windows(2).zip(&known) {
            let &[before, above] = pair else { continue };
            left = (before + usize::from(typed != *known)).min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    // The best beginning of the known name.
    10 * row.iter().copied().min().unwrap_or(0) + known.len().abs_diff(name.chars().count())
}

#[cfg(test)]
mod tests {
    use super::{BASELINE, named};
    use crate::base::Stamp;
    use crate::domain::ledger::{Figure, PointHead, PointKind};

    fn kept(ids: &[&str]) -> Vec<PointHead> {
        let head = |id: &&str| PointHead {
            id: (*id).to_owned(),
            at: Stamp(0),
            kind: if id.starts_with(BASELINE) { PointKind::Baseline } else { PointKind::Batch },
            about: String::new(),
            sitting: String::new(),
            stamp: None,
            total: Figure::default(),
            files: 0,
        };
        ids.iter().map(head).collect()
    }

    fn check(name: &str, expect: Result<&str, &str>) {
        let kept = kept(&["170-9-1", "170-9-0", "baseline-170", "160-8-0", "baseline-150"]);
        let found = named(name, &kept, &|id| id == "150-1-0");
        match expect {
            Ok(id) => assert_eq!(found.unwrap().id, id),
            Err(words) => {
                let problem = found.unwrap_err();
                assert!(problem.to_string().contains(words), "{problem}");
            }
        }
    }

    #[test]
    fn a_name_is_an_id_or_the_beginning_of_one() {
        check("baseline", Ok("baseline-170"));
        check("baseline-15", Ok("baseline-150"));
        check("160", Ok("160-8-0"));
        check("170-9-1", Ok("170-9-1"));
        check("170", Err("could be 170-9-1 or 170-9-0"));
        check("150-1-0", Err("no coverage was kept"));
        check("", Err("did you mean"));
        check("basline", Err("did you mean `baseline`"));
        check("161-8-0", Err("did you mean `160-8-0`"));
        check("nwo", Err("`now`"));
    }
}
