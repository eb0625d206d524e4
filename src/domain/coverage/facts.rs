//! What coverage.py's parser knows about one version of a source, and its judgement of what ran.

use crate::domain::coverage::{Arc, Counts, LineSet, Ran};

/// A line with its exits.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct BranchLine {
    /// The first line of the statement.
    pub line: u32,
    /// How many exits it has, without those to excluded lines. More than one makes it a branch line.
    pub exits: u32,
    /// Where it can go, except to excluded lines; empty when it is marked `no branch`.
    pub targets: Vec<i32>,
}

/// What coverage.py's own parser says about one content of a file: everything that its data file does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Facts {
    /// The first lines of its statements, without excluded ones.
    pub statements: LineSet,
    /// The excluded lines.
    pub excluded: LineSet,
    /// For each line of a statement of several lines that is not its first: the line and that first line. Sorted.
    pub first_lines: Vec<(u32, u32)>,
    /// The lines with more than one exit; lines with one exit may be listed and change nothing.
    pub branch_lines: Vec<BranchLine>,
    /// Arcs that coverage.py replaces (or drops) before it judges, because leaving a `with` jumps back to its header:
    /// raw arc, and what stands for it. Sorted by the raw arc.
    pub jump_fixes: Vec<(Arc, Option<Arc>)>,
    /// Whether this is an estimate from the syntax tree instead of coverage.py's answer.
    pub estimated: bool,
}

/// What coverage.py would say about one file, given facts and what ran.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Judged {
    /// The statements that ran.
    pub covered: LineSet,
    /// The statements that did not.
    pub missing: LineSet,
    /// The numbers.
    pub counts: Counts,
    /// Branches that were not taken, sorted.
    pub missing_branches: Vec<Arc>,
    /// Lines that ran and have a branch that was not taken.
    pub partial: LineSet,
}

impl Facts {
    /// The first line of the statement that `line` belongs to.
    #[must_use]
    pub fn first_line(&self, line: u32) -> u32 {
        let at = self.first_lines.binary_search_by_key(&line, |pair| pair.0);
        at.ok().and_then(|at| self.first_lines.get(at)).map_or(line, |pair| pair.1)
    }

    /// The same for an end of an arc; the sign stays.
    fn first_end(&self, end: i32) -> i32 {
        let first = i32::try_from(self.first_line(end.unsigned_abs())).unwrap_or(i32::MAX);
        if end < 0 { -first } else { first }
    }

    /// An arc in terms of statements; nothing when it is an artefact of leaving a `with`.
    fn translate(&self, arc: Arc) -> Option<Arc> {
        let at = self.jump_fixes.binary_search_by_key(&arc, |fix| fix.0);
        let arc = at.ok().and_then(|at| self.jump_fixes.get(at)).map_or(Some(arc), |fix| fix.1)?;
        Some((self.first_end(arc.0), self.first_end(arc.1)))
    }

    /// Judges what ran, exactly as coverage.py's `Analysis` does for the same data. Branches are judged only when
    /// the data has arcs.
    #[must_use]
    pub fn judge(&self, ran: &Ran, has_arcs: bool) -> Judged {
        let mut covered: LineSet = ran.all_lines().iter().map(|line| self.first_line(line)).collect();
        covered.intersect_with(&self.statements);
        let missing = &self.statements - &covered;
        let mut judged = Judged {
            counts: Counts {
                statements: self.statements.len() as u64,
                covered: covered.len() as u64,
                excluded: self.excluded.len() as u64,
                ..Counts::default()
            },
            covered,
            missing,
            ..Judged::default()
        };
        if has_arcs {
            self.judge_branches(ran, &mut judged);
        }
        judged
    }

    fn judge_branches(&self, ran: &Ran, judged: &mut Judged) {
        // coverage.py translates twice: the second time, a translated arc can itself be one that leaves a `with`.
        let twice = |arc| self.translate(arc).filter(|arc| arc.0 != arc.1).and_then(|arc| self.translate(arc));
        let mut taken: Vec<Arc> = ran.arcs.iter().copied().filter_map(twice).collect();
        taken.sort_unstable();
        taken.dedup();
        for branch in self.branch_lines.iter().filter(|branch| branch.exits > 1) {
            let Ok(from) = i32::try_from(branch.line) else { continue };
            let missed = branch.targets.iter().map(|&to| (from, to)).filter(|arc| taken.binary_search(arc).is_err());
            let before = judged.missing_branches.len();
            judged.missing_branches.extend(missed);
            let missed = (judged.missing_branches.len() - before) as u64;
            let exits = u64::from(branch.exits);
            judged.counts.branches += exits;
            judged.counts.covered_branches += exits.saturating_sub(missed);
            if missed > 0 && !judged.missing.contains(branch.line) {
                judged.counts.partial_branches += missed;
                judged.partial.insert(branch.line);
            }
        }
        judged.missing_branches.sort_unstable();
    }
}
