//! What a report without per-test data adds: a union of unknown tests, lines and branches.

use crate::domain::coverage::{Arc as Jump, BranchLine, Facts, Judged, LineSet};
use crate::domain::ledger::edit::Edit;
use crate::domain::ledger::file::Reported;
use crate::domain::ledger::judge::Judge;

/// Adds what a union of unknown tests ran: lines, and the branches that it does not list as missing.
pub fn add_union(judge: &Judge<'_>, facts: &Facts, plain: &mut Judged) {
    let Some(reported) = judge.book.reported.as_ref().filter(|reported| reported.union) else { return };
    let added: LineSet = judge.united.iter().map(|line| facts.first_line(line)).collect();
    plain.covered.union_with(&(&added & &facts.statements));
    plain.missing = &facts.statements - &plain.covered;
    plain.counts.covered = plain.covered.len() as u64;
    if facts.branch_lines.is_empty() {
        return carry_branches(judge, reported, plain);
    }
    let taken = |&(from, to): &Jump| union_took(judge, reported, from, to);
    plain.missing_branches.retain(|arc| !taken(arc));
    plain.partial = partial(plain);
    plain.counts.partial_branches =
        plain.missing_branches.iter().filter(|arc| is_in(&plain.covered, arc.0)).count() as u64;
    let exits = |branch: &BranchLine| {
        let from = i32::try_from(branch.line).unwrap_or(0);
        let missing = plain.missing_branches.iter().filter(|arc| arc.0 == from).count() as u64;
        u64::from(branch.exits).saturating_sub(missing)
    };
    if judge.has_arcs {
        plain.counts.covered_branches = facts.branch_lines.iter().filter(|b| b.exits > 1).map(exits).sum();
    }
}

/// Where coverage.py's branches of this source are not known, the report's own numbers stand. After an edit the taken
/// ones shrink with the lines that are still known to be covered.
fn carry_branches(judge: &Judge<'_>, reported: &Reported, plain: &mut Judged) {
    plain.counts.branches = reported.counts.branches;
    plain.counts.covered_branches = reported.counts.covered_branches;
    if Some(reported.version) == judge.target.version {
        plain.missing_branches.clone_from(&reported.missing_branches);
    } else if let Some((edit, shape)) = judge.target.edit(reported.version) {
        let moved = reported.missing_branches.iter().filter_map(|&arc| edit.move_arc(arc, shape));
        plain.missing_branches = moved.collect();
        plain.missing_branches.sort_unstable();
        let (known, all) = (judge.united.len() as u64, reported.covered.len() as u64);
        plain.counts.covered_branches =
            (reported.counts.covered_branches * known.min(all)).checked_div(all).unwrap_or(0);
    }
    plain.partial = partial(plain);
    plain.counts.partial_branches =
        plain.missing_branches.iter().filter(|arc| is_in(&plain.covered, arc.0)).count() as u64;
}

/// Whether a union of unknown tests took a branch of the target.
fn union_took(judge: &Judge<'_>, reported: &Reported, from: i32, to: i32) -> bool {
    if !is_in(&judge.united, from) {
        return false;
    }
    let way = judge.target.edit(reported.version).map(|(edit, _)| edit);
    let (Some(from), Some(to)) = (origin(way, from), origin(way, to)) else { return false };
    is_in(&reported.covered, from) && reported.missing_branches.binary_search(&(from, to)).is_err()
}

/// One end of a branch, back along an edit.
fn origin(way: Option<&Edit>, end: i32) -> Option<i32> {
    let Some(edit) = way else { return Some(end) };
    let line = edit.origin(end.unsigned_abs()).and_then(|line| i32::try_from(line).ok());
    if end < 0 { line.map(|line| -line).or((end == -1).then_some(-1)) } else { line }
}

/// Covered lines with a branch that was never taken.
#[must_use]
pub fn partial(judged: &Judged) -> LineSet {
    let lines = judged.missing_branches.iter().filter(|arc| is_in(&judged.covered, arc.0));
    lines.map(|arc| arc.0.unsigned_abs()).collect()
}

/// Whether one end of a branch is one of these lines.
#[must_use]
pub fn is_in(lines: &LineSet, end: i32) -> bool {
    u32::try_from(end).is_ok_and(|line| lines.contains(line))
}
