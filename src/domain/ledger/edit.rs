//! The way from one version of a source to another: one diff, statement by statement.

use crate::domain::coverage::{Arc, LineSet, Ran};
use crate::domain::ledger::turns::{Turns, turns};
use crate::domain::ledger::version::Shape;
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::collections::{BTreeMap, BTreeSet};

/// Words that start a clause of the statement before them at the same indentation.
const CLAUSES: [&str; 4] = ["else", "elif", "except", "finally"];

/// Where the statements of an old source went. A statement went somewhere when one with the same code, however it is
/// written, stands there in the function of the same name, below the same conditions.
#[derive(Clone, Debug)]
pub struct Edit {
    /// For each old line (from 0) its new line, or 0.
    lines: Vec<u32>,
    /// For each new line (from 0) its old line, or 0.
    origins: Vec<u32>,
    /// For each old region its new region, where a function of that name is still there.
    regions: Vec<Option<u32>>,
    /// For each new region whether the old source has a function of that name.
    known: Vec<bool>,
    /// Regions with a change in their code, old and new.
    changed: (Vec<bool>, Vec<bool>),
    /// For changed old regions, where they leave their old course.
    turns: BTreeMap<u32, Turns>,
}

/// What ran, moved along an edit.
#[derive(Clone, Debug, Default)]
pub struct Moved {
    /// What still holds.
    pub held: Ran,
    /// Lines that ran in functions whose code changed since.
    pub stale: LineSet,
    /// The new regions of those functions.
    pub regions: Vec<u32>,
    /// Whether anything ran in a function that changed or is gone.
    pub is_stale: bool,
}

impl Edit {
    /// Compares two texts, each with what it says.
    #[must_use]
    pub fn between(old: (&str, &Shape), new: (&str, &Shape)) -> Self {
        let (before, after) = (Side::new(old.0, old.1), Side::new(new.0, new.1));
        let regions = pair(old.1, new.1);
        let aligned = align(&before, &after, &regions);
        let mut edit = Self {
            lines: vec![0; before.code.len() + 1],
            origins: vec![0; after.code.len() + 1],
            known: (0..new.1.regions()).map(|at| at == 0 || regions.contains(&index(at))).collect(),
            changed: (vec![false; old.1.regions()], vec![false; new.1.regions()]),
            regions,
            turns: BTreeMap::new(),
        };
        edit.carry(&before, &after, &aligned);
        edit.mark_changes(&before, &after);
        edit
    }

    /// The same, where who ran a function that changed is asked whether it came by a change.
    #[must_use]
    pub fn by_line(old: (&str, &Shape), new: (&str, &Shape)) -> Self {
        let edit = Self::between(old, new);
        Self { turns: turns(old, new, &edit), ..edit }
    }

    /// Takes a function as a whole: not all that it may do was seen in each run.
    pub fn blur(&mut self, old: u32) {
        self.turns.remove(&old);
    }

    /// The new line of an old one.
    #[must_use]
    pub fn line(&self, old: u32) -> Option<u32> {
        self.lines.get(old as usize).copied().filter(|&line| line > 0)
    }

    /// The old line of a new one, when its statement was there before.
    #[must_use]
    pub fn origin(&self, new: u32) -> Option<u32> {
        self.origins.get(new as usize).copied().filter(|&line| line > 0)
    }

    /// The new region of an old one, where a function of that name is still there.
    #[must_use]
    pub fn region(&self, old: u32) -> Option<u32> {
        self.regions.get(old as usize).copied().flatten()
    }

    /// Whether the old source has the function of a new region.
    #[must_use]
    pub fn knows_region(&self, new: u32) -> bool {
        self.known.get(new as usize).copied().unwrap_or(false)
    }

    /// Whether the code of an old function changed or is gone. What is outside functions never counts as changed:
    /// there each statement stands for itself.
    #[must_use]
    pub fn is_changed(&self, old: u32) -> bool {
        old > 0 && self.changed.0.get(old as usize).copied().unwrap_or(true)
    }

    /// Whether an old function does something else now for who ran these lines.
    #[must_use]
    pub fn changes(&self, old: u32, ran: &LineSet) -> bool {
        self.is_changed(old) && self.turns.get(&old).is_none_or(|turns| turns.are_met(ran))
    }

    /// The old functions among those of `shape` in which who ran these lines came by a change.
    #[must_use]
    pub fn met(&self, ran: &LineSet, shape: &Shape) -> BTreeSet<u32> {
        let regions: BTreeSet<u32> = ran.iter().map(|line| shape.region(line)).collect();
        regions.into_iter().filter(|&region| self.changes(region, ran)).collect()
    }

    /// Whether it may depend on who ran a function whether it changed.
    #[must_use]
    pub fn has_turns(&self) -> bool {
        !self.turns.is_empty()
    }

    /// Moves a set of lines; those whose statements are gone vanish.
    #[must_use]
    pub fn move_lines(&self, lines: &LineSet) -> LineSet {
        lines.iter().filter_map(|line| self.line(line)).collect()
    }

    /// Moves an arc; nothing when the statement at one of its ends is gone. `shape` is the old one.
    #[must_use]
    pub fn move_arc(&self, (from, to): Arc, shape: &Shape) -> Option<Arc> {
        let inside = |other: i32| u32::try_from(other).is_ok_and(|line| shape.is_in_function(line));
        Some((self.move_end(from, inside(to))?, self.move_end(to, inside(from))?))
    }

    /// Moves what ran, in two parts: what still holds, and what ran in functions that changed for whoever ran it.
    #[must_use]
    pub fn move_ran(&self, ran: &Ran, shape: &Shape) -> Moved {
        // Lines come from arcs as well: an arc that can't be moved still says that its ends ran.
        let all = ran.all_lines();
        let met = self.met(&all, shape);
        let (old, held): (Vec<u32>, Vec<u32>) = all.iter().partition(|&line| met.contains(&shape.region(line)));
        let changed = |end: i32| u32::try_from(end).is_ok_and(|line| met.contains(&shape.region(line)));
        let arcs = ran.arcs.iter().filter(|arc| !changed(arc.0) && !changed(arc.1));
        let arcs = arcs.filter_map(|&arc| self.move_arc(arc, shape)).collect();
        let mut regions: Vec<u32> = old.iter().map(|&line| shape.region(line)).collect();
        regions.dedup();
        Moved {
            held: Ran::new(held.into_iter().filter_map(|line| self.line(line)).collect(), arcs),
            is_stale: !regions.is_empty(),
            stale: old.into_iter().filter_map(|line| self.line(line)).collect(),
            regions: regions.into_iter().filter_map(|region| self.region(region)).collect(),
        }
    }

    /// Moves one end of an arc. A negative end names the first line of its code object; the module's is always 1.
    fn move_end(&self, end: i32, in_function: bool) -> Option<i32> {
        if end == -1 && !in_function {
            return Some(-1);
        }
        let line = i32::try_from(self.line(end.unsigned_abs())?).ok()?;
        Some(if end < 0 { -line } else { line })
    }

    fn carry(&mut self, before: &Side<'_>, after: &Side<'_>, aligned: &[u32]) {
        let to = |line: u32| aligned.get(line as usize).copied().filter(|&line| line > 0);
        for &(first, last) in &before.shape.found.logical {
            let Some(start) = to(first) else { continue };
            let Some(&end) = after.logical.get(&start) else { continue };
            let region = self.region(before.owner(first));
            let same_place = region.is_some() && region == Some(after.owner(start));
            if !same_place || !self.same_condition(before, after, first, start) {
                continue;
            }
            let is_as_written = (first..=last).zip(start..=end).all(|(old, new)| before.text(old) == after.text(new));
            if is_as_written && last - first == end - start {
                for (old, new) in (first..=last).zip(start..=end) {
                    set(&mut self.lines, old, new);
                    set(&mut self.origins, new, old);
                }
            } else if !before.is_with(first) {
                // Written in other lines: whatever ran of it ran at its first line.
                (first..=last).for_each(|old| set(&mut self.lines, old, start));
                set(&mut self.origins, start, first);
            }
        }
    }

    /// Whether what a statement depends on went along with it, and it stands as deep in blocks as before.
    fn same_condition(&self, before: &Side<'_>, after: &Side<'_>, old: u32, new: u32) -> bool {
        let (Some(old), Some(new)) = (before.blocks.get(&old), after.blocks.get(&new)) else { return false };
        old.depth == new.depth
            && match (old.depends, new.depends) {
                (None, None) => true,
                (Some(old), Some(new)) => self.line(old) == Some(new),
                _ => false,
            }
    }

    fn mark_changes(&mut self, before: &Side<'_>, after: &Side<'_>) {
        for &(first, _) in &before.shape.found.logical {
            if self.line(first).is_none() {
                let region = before.owner(first);
                mark(&mut self.changed.0, region);
                if let Some(region) = self.region(region) {
                    mark(&mut self.changed.1, region);
                }
            }
        }
        let back: BTreeMap<u32, usize> =
            self.regions.iter().enumerate().filter_map(|(old, new)| new.map(|new| (new, old))).collect();
        for &(first, _) in &after.shape.found.logical {
            if self.origin(first).is_none() {
                let region = after.owner(first);
                mark(&mut self.changed.1, region);
                if let Some(&old) = back.get(&region) {
                    mark(&mut self.changed.0, u32::try_from(old).unwrap_or(0));
                }
            }
        }
    }
}

fn set(lines: &mut [u32], at: u32, to: u32) {
    if let Some(place) = lines.get_mut(at as usize) {
        *place = to;
    }
}

fn mark(regions: &mut [bool], at: u32) {
    if let Some(changed) = regions.get_mut(at as usize) {
        *changed = true;
    }
}

fn index(at: usize) -> Option<u32> {
    u32::try_from(at).ok()
}

/// For each old region the new region of the same name; the n-th of several with one name is the n-th. Where there are
/// more or fewer of a name than before, another one may be in force, and none of them is paired.
fn pair(old: &Shape, new: &Shape) -> Vec<Option<u32>> {
    let places: BTreeMap<(&str, usize), u32> = numbered(new).zip(1..).collect();
    let (before, after) = (counts(old), counts(new));
    let same = |name: &str| before.get(name) == after.get(name);
    let to = numbered(old).map(|name| places.get(&name).copied().filter(|_| same(name.0)));
    [Some(0)].into_iter().chain(to).collect()
}

/// How many functions there are of each name.
fn counts(shape: &Shape) -> BTreeMap<&str, usize> {
    numbered(shape).collect()
}

/// The names of the functions, each with its number among those of one name.
fn numbered(shape: &Shape) -> impl Iterator<Item = (&str, usize)> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    shape.found.functions.iter().map(move |scope| {
        let count = seen.entry(&scope.name).or_default();
        *count += 1;
        (scope.name.as_str(), *count)
    })
}

/// One of the two texts, with what the comparison asks of it.
struct Side<'a> {
    shape: &'a Shape,
    code: Vec<&'a str>,
    logical: BTreeMap<u32, u32>,
    blocks: BTreeMap<u32, Place>,
    owners: Vec<(u32, u32)>,
}

impl<'a> Side<'a> {
    fn new(text: &'a str, shape: &'a Shape) -> Self {
        let code = shape.code(text);
        let logical = shape.found.logical.iter().copied().collect();
        let blocks = blocks(&code, shape);
        let owners = shape.found.functions.iter().map(|scope| (scope.line, scope.end)).collect();
        Self { shape, code, logical, blocks, owners }
    }

    fn text(&self, line: u32) -> &'a str {
        self.code.get((line as usize).saturating_sub(1)).map_or("", |text| text.trim())
    }

    /// Whether it is a `with`: coverage.py mends the arcs of leaving it by their lines as they were written.
    fn is_with(&self, line: u32) -> bool {
        let text = self.text(line);
        let text = text.strip_prefix("async").map_or(text, str::trim_start);
        text.strip_prefix("with").is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    }

    /// The logical lines of each region, its decorators and its `def` included: the first line of each, and its code.
    fn lines_by_owner(&self) -> Vec<(Vec<u32>, Vec<u64>)> {
        let mut lines = vec![(Vec::new(), Vec::new()); self.shape.regions()];
        let found = &self.shape.found;
        for (&(first, _), &code) in found.logical.iter().zip(&found.codes) {
            if let Some((lines, codes)) = lines.get_mut(self.owner(first) as usize) {
                lines.push(first);
                codes.push(code);
            }
        }
        lines
    }

    /// The function that a line belongs to, its decorators and its `def` included.
    fn owner(&self, line: u32) -> u32 {
        let at = self.owners.partition_point(|&(first, _)| first <= line);
        let holds = at.checked_sub(1).and_then(|at| self.owners.get(at)).is_some_and(|&(_, last)| line <= last);
        if holds { index(at).unwrap_or(0) } else { 0 }
    }
}

/// Where a logical line stands among the blocks around it.
#[derive(Clone, Copy)]
struct Place {
    /// In how many blocks.
    depth: usize,
    /// The line of the condition, the loop or the inner function that it stands below. Outer functions are told by their
    /// names, and a class is no condition.
    depends: Option<u32>,
}

/// Where each logical line stands.
fn blocks(code: &[&str], shape: &Shape) -> BTreeMap<u32, Place> {
    let mut places = BTreeMap::new();
    // The open blocks: indentation, line, whether it is a definition.
    let mut open: Vec<(usize, u32, bool)> = Vec::new();
    for &(first, _) in &shape.found.logical {
        let Some(text) = code.get((first as usize).saturating_sub(1)) else { continue };
        let body = text.trim_start();
        let margin = text.len() - body.len();
        while open.last().is_some_and(|block| block.0 > margin) {
            open.pop();
        }
        let word = body.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
        let sibling = open.pop_if(|block| block.0 == margin);
        let above = if CLAUSES.contains(&word) { sibling } else { open.last().copied() };
        let is_condition = |block: &(usize, u32, bool)| !block.2 || shape.is_in_function(block.1);
        places.insert(first, Place { depth: open.len(), depends: above.filter(is_condition).map(|block| block.1) });
        let defines = matches!(word, "def" | "class") || body.starts_with("async def") || body.starts_with('@');
        open.push((margin, first, defines));
    }
    places
}

/// For each first line of an old statement (from 0) the first line of the new one with the same code, or 0. Functions of
/// the same name are compared with each other, and what stands outside functions with what stands there: so equal lines of
/// other functions confuse nothing.
fn align(old: &Side<'_>, new: &Side<'_>, regions: &[Option<u32>]) -> Vec<u32> {
    let mut to = vec![0; old.code.len() + 1];
    let (before, after) = (old.lines_by_owner(), new.lines_by_owner());
    for ((lines, codes), region) in before.iter().zip(regions) {
        let Some((others, other)) = region.and_then(|region| after.get(region as usize)) else { continue };
        for (from, place) in same_codes(codes, other) {
            if let (Some(&from), Some(&place)) = (lines.get(from), others.get(place)) {
                set(&mut to, from, place);
            }
        }
    }
    to
}

/// The places of equal codes in two lists, by one diff.
fn same_codes(old: &[u64], new: &[u64]) -> Vec<(usize, usize)> {
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - start;
    let end = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let (old_end, new_end) = (old.len() - end, new.len() - end);
    let mut same: Vec<(usize, usize)> = (0..start).map(|at| (at, at)).collect();
    same.extend((0..end).map(|at| (old_end + at, new_end + at)));
    let (old, new) = (old.get(start..old_end).unwrap_or_default(), new.get(start..new_end).unwrap_or_default());
    for op in capture_diff_slices(Algorithm::Histogram, old, new) {
        if let DiffOp::Equal { old_index, new_index, len } = op {
            same.extend((0..len).map(|step| (start + old_index + step, start + new_index + step)));
        }
    }
    same
}
