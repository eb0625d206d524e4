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

/// From Python 3.10 on, the end of a `with` jumps back to its header before it goes on. coverage.py shows this as if it
/// had gone on at once: wherever `arc` ran, `instead` ran, and neither `arc` nor `drops` did.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct JumpFix {
    /// The arc that ran.
    pub arc: Arc,
    /// What stands for it; nothing when it is only left out.
    pub instead: Option<Arc>,
    /// What else is left out; always empty for coverage.py versions that fix each arc by itself (7.17 does).
    pub drops: Vec<Arc>,
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
    /// The arcs of leaving a `with`, which coverage.py replaces before it judges. Sorted by `arc`.
    pub jump_fixes: Vec<JumpFix>,
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

    /// Arcs in terms of statements: `with` jumps fixed, ends moved to first lines. Sorted and unique.
    fn translate(&self, arcs: &[Arc]) -> Vec<Arc> {
        let mut added = Vec::new();
        let mut dropped = Vec::new();
        if !self.jump_fixes.is_empty() {
            let fixes = arcs.iter().filter_map(|arc| self.jump_fix(*arc));
            for fix in fixes {
                added.extend(fix.instead);
                dropped.push(fix.arc);
                dropped.extend_from_slice(&fix.drops);
            }
            dropped.sort_unstable();
        }
        let kept = arcs.iter().copied().chain(added).filter(|arc| dropped.binary_search(arc).is_err());
        let mut arcs: Vec<Arc> = kept.map(|(from, to)| (self.first_end(from), self.first_end(to))).collect();
        arcs.sort_unstable();
        arcs.dedup();
        arcs
    }

    fn jump_fix(&self, arc: Arc) -> Option<&JumpFix> {
        let at = self.jump_fixes.binary_search_by_key(&arc, |fix| fix.arc).ok()?;
        self.jump_fixes.get(at)
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

    /// What ran, in terms of statements: the first lines of those that ran, and the steps between them.
    #[must_use]
    pub fn by_statement(&self, ran: &Ran) -> Ran {
        let lines = ran.all_lines().iter().map(|line| self.first_line(line)).collect();
        Ran { lines, arcs: self.steps(&ran.arcs) }
    }

    /// Arcs between statements, sorted.
    fn steps(&self, arcs: &[Arc]) -> Vec<Arc> {
        // coverage.py translates twice: the second time, a translated arc can itself be one that leaves a `with`.
        let mut taken = self.translate(arcs);
        taken.retain(|arc| arc.0 != arc.1);
        self.translate(&taken)
    }

    fn judge_branches(&self, ran: &Ran, judged: &mut Judged) {
        let taken = self.steps(&ran.arcs);
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

#[cfg(test)]
mod tests {
    use super::{BranchLine, Facts, JumpFix};
    use crate::domain::coverage::{LineSet, Ran};

    fn lines(lines: &[u32]) -> LineSet {
        lines.iter().copied().collect()
    }

    /// `if` on line 1 and 2 (two lines), `a` on 3, `b` on 4 under `else`, end on 5.
    fn branch() -> Facts {
        Facts {
            statements: lines(&[1, 3, 4, 5]),
            first_lines: vec![(2, 1)],
            branch_lines: vec![BranchLine { line: 1, exits: 2, targets: vec![3, 4] }],
            ..Facts::default()
        }
    }

    #[test]
    fn trap_21_lines_and_arcs_are_those_of_statements() {
        let ran = Ran::new(LineSet::new(), vec![(-1, 2), (2, 3), (3, 5), (5, -1)]);
        let judged = branch().judge(&ran, true);
        assert_eq!(judged.covered, lines(&[1, 3, 5]));
        assert_eq!(judged.missing, lines(&[4]));
        assert_eq!(judged.missing_branches, [(1, 4)]);
        assert_eq!(judged.partial, lines(&[1]));
        let counts = judged.counts;
        assert_eq!((counts.branches, counts.covered_branches, counts.partial_branches), (2, 1, 1));
    }

    #[test]
    fn branches_of_a_missing_line_are_missing_but_not_partial() {
        let judged = branch().judge(&Ran::default(), true);
        assert_eq!((judged.counts.covered_branches, judged.counts.partial_branches), (0, 0));
        assert_eq!(judged.missing_branches, [(1, 3), (1, 4)]);
    }

    #[test]
    fn lines_alone_say_nothing_about_branches() {
        let judged = branch().judge(&Ran::new(lines(&[2, 3, 99]), Vec::new()), false);
        assert_eq!(judged.covered, lines(&[1, 3]));
        assert_eq!((judged.counts.branches, judged.missing_branches.len()), (0, 0));
    }

    #[test]
    fn leaving_a_with_goes_to_what_follows_it() {
        let mut facts = branch();
        facts.jump_fixes = vec![JumpFix { arc: (1, 5), instead: Some((1, 4)), drops: vec![(5, 4)] }];
        let judged = facts.judge(&Ran::new(LineSet::new(), vec![(1, 3), (1, 5), (5, 4)]), true);
        assert_eq!(judged.counts.covered_branches, 2);
    }

    #[test]
    fn a_line_marked_no_branch_keeps_its_exits_and_misses_none() {
        let mut facts = branch();
        facts.branch_lines[0].targets.clear();
        let counts = facts.judge(&Ran::default(), true).counts;
        assert_eq!((counts.branches, counts.covered_branches), (2, 2));
    }
}
