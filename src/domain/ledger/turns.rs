//! Where a changed function leaves its old course: whoever ran it and came by none of these lines runs it as before.

use crate::domain::coverage::LineSet;
use crate::domain::ledger::edit::Edit;
use crate::domain::ledger::version::Shape;
use crate::domain::python::{Block, Course, Shown, Step, courses};
use std::collections::{BTreeMap, BTreeSet};

/// Where a changed function leaves its old course.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turns {
    /// The old lines at one of which it does, each with all lines of its statement.
    lines: LineSet,
    /// The lines of its first statement: who ran others and none of these ran what an earlier call made, which may be
    /// something else now.
    entry: LineSet,
}

impl Turns {
    /// Whether who ran these lines may run the function otherwise now.
    #[must_use]
    pub fn are_met(&self, ran: &LineSet) -> bool {
        !(ran & &self.lines).is_empty() || (ran & &self.entry).is_empty()
    }
}

/// The turns of each changed old function that is still there, by its region; none for one of which they cannot be told, as
/// where a name gets another meaning within it, and for a source with errors.
#[must_use]
pub fn turns(old: (&str, &Shape), new: (&str, &Shape), edit: &Edit) -> BTreeMap<u32, Turns> {
    let pairs: Vec<(u32, u32)> = (1..=u32::try_from(old.1.found.functions.len()).unwrap_or(0))
        .filter(|&region| edit.is_changed(region))
        .filter_map(|region| Some((region, edit.region(region)?)))
        .collect();
    if pairs.is_empty() {
        return BTreeMap::new();
    }
    let (before, after) = (courses(old.0), courses(new.0));
    let found = pairs.into_iter().filter_map(|(region, other)| {
        let course = before.get(region as usize - 1)?;
        let side = Side { shape: old.1, course, edit };
        Some((region, side.turns((region, after.get(other as usize - 1)?))?))
    });
    found.collect()
}

/// One old function.
struct Side<'a> {
    shape: &'a Shape,
    course: &'a Course,
    edit: &'a Edit,
}

impl Side<'_> {
    fn turns(&self, (region, now): (u32, &Course)) -> Option<Turns> {
        let is_told = !self.course.is_opaque && !now.is_opaque && keeps_meanings(self.course, now);
        let first = self.course.blocks.first()?.steps.iter().map(|step| step.shown).find(|it| *it != Shown::Never)?;
        let mut lines = LineSet::new();
        (is_told && self.gone(region, &mut lines).is_some() && self.come(now, &mut lines).is_some()).then_some(())?;
        let mut entry = LineSet::new();
        self.put(first, &mut entry)?;
        Some(Turns { lines, entry })
    }

    /// What shows that statements were reached which are gone or changed.
    fn gone(&self, region: u32, lines: &mut LineSet) -> Option<()> {
        let scope = self.shape.found.functions.get(region as usize - 1)?;
        let steps = || self.course.blocks.iter().flat_map(|block| &block.steps);
        let shown: BTreeMap<u32, Shown> = steps().map(|step| (step.line, step.shown)).rev().collect();
        let clauses: BTreeMap<u32, Shown> =
            self.course.clauses.iter().map(|clause| (clause.line, clause.own)).collect();
        let own = self.shape.found.logical.iter().filter(|(line, _)| (scope.line..=scope.end).contains(line));
        for &(line, _) in own.filter(|(line, _)| self.edit.line(*line).is_none()) {
            if line < scope.body {
                return None;
            }
            match shown.get(&line).or_else(|| clauses.get(&line)) {
                Some(Shown::Never) => {}
                Some(&shown) => self.put(shown, lines)?,
                // The `else` of a loop, `finally`, a further decorator: whoever came to the function may come by.
                None => return None,
            }
        }
        Some(())
    }

    /// What shows that execution came to where statements are new.
    fn come(&self, now: &Course, lines: &mut LineSet) -> Option<()> {
        for block in &now.blocks {
            let is_new = |line: u32| self.edit.origin(line).is_none();
            if block.holder.is_some_and(is_new) {
                continue;
            }
            for (at, step) in block.steps.iter().enumerate() {
                if is_new(step.line) && step.shown != Shown::Never {
                    self.beside(block, at, lines)?;
                }
            }
        }
        for clause in now.clauses.iter().filter(|clause| self.edit.origin(clause.line).is_none()) {
            if self.edit.origin(clause.holder).is_some() {
                self.put(self.before(clause.shown)?, lines)?;
            }
        }
        Some(())
    }

    /// What shows that execution came to a new statement: the next one that was there before, the one before it where it is
    /// the last one, the first one that stood in its place, or what leads to its block.
    fn beside(&self, block: &Block, at: usize, lines: &mut LineSet) -> Option<()> {
        let (before, behind) = block.steps.split_at(at);
        let is_there = |step: &&Step| step.shown != Shown::Never && self.edit.origin(step.line).is_some();
        let near = behind.iter().find(is_there).or_else(|| before.iter().rev().find(is_there));
        let shown = match near {
            Some(step) => self.before(step.shown)?,
            None => self.first_of_old(block).or_else(|| self.before(block.shown))?,
        };
        self.put(shown, lines)
    }

    /// What showed that execution came to a block of which no statement is left.
    fn first_of_old(&self, block: &Block) -> Option<Shown> {
        let (line, which) = block.opened;
        let opened = (self.edit.origin(line)?, which);
        let old = self.course.blocks.iter().find(|old| old.holder.is_some() && old.opened == opened)?;
        old.steps.iter().map(|step| step.shown).find(|shown| *shown != Shown::Never)
    }

    /// What the new source shows, in the lines of the old one.
    fn before(&self, shown: Shown) -> Option<Shown> {
        match shown {
            Shown::At(line) => self.edit.origin(line).map(Shown::At),
            _ => None,
        }
    }

    /// Puts in all lines of the statement that shows something. Nothing is said where coverage.py may leave it out.
    fn put(&self, shown: Shown, lines: &mut LineSet) -> Option<()> {
        let Shown::At(line) = shown else { return None };
        let found = &self.shape.found;
        found.statements.binary_search(&line).ok()?;
        let at = found.logical.binary_search_by_key(&line, |logical| logical.0).ok()?;
        let &(first, last) = found.logical.get(at)?;
        lines.extend(first..=last);
        Some(())
    }
}

/// Whether every name means in each function what it meant before: one that is bound there now, and was not, stood nowhere
/// in it, and the other way about.
fn keeps_meanings(old: &Course, new: &Course) -> bool {
    let stands_in = |pairs: &BTreeSet<(String, String)>, other: &Course| {
        pairs.iter().any(|(_, name)| name.is_empty() || other.names.contains(name))
    };
    let (added, gone) = (&new.bound - &old.bound, &old.bound - &new.bound);
    !stands_in(&added, old) && !stands_in(&gone, new)
}
