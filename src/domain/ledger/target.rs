//! The source that a standing is about, its facts, and the way to it from every version with evidence.

use crate::domain::coverage::{BranchLine, Facts, JumpFix, LineSet};
use crate::domain::ledger::edit::Edit;
use crate::domain::ledger::file::FileBook;
use crate::domain::ledger::version::{Shape, Version};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The source that a standing is about.
pub struct Target {
    /// The version it is, when something was measured on it.
    pub version: Option<usize>,
    /// Its statements, exclusions and branches.
    pub facts: Arc<Facts>,
    /// Whether some of its statements are an estimate.
    pub estimated: bool,
    /// What its text says; nothing without a text, or where nothing asks for it.
    pub shape: Option<Arc<Shape>>,
    /// For each version the way from there to here, with what its text says; nothing for this version itself, and for
    /// one whose text is unknown.
    edits: Vec<Option<(Edit, Arc<Shape>)>>,
}

impl Target {
    /// The text on disk, or without one the newest version.
    #[must_use]
    pub fn new(book: &FileBook, disk: Option<&str>) -> Self {
        let version = book.version_of(disk);
        let own = version.and_then(|at| book.versions.get(at));
        let text = own.and_then(|version| version.text.as_deref()).or(disk);
        // A report's own numbers on its own source ask for no syntax tree.
        let plain =
            own.is_some_and(|version| version.facts.is_some()) && !book.has_evidence() && book.versions.len() == 1;
        let shape = if plain { None } else { shape(own, text) };
        let ways = shape.as_ref().zip(text).filter(|_| book.versions.len() > 1 || version.is_none());
        let edits = ways.map_or_else(Vec::new, |(shape, text)| ways_to(book, version, text, shape));
        let mut target = Self { version, facts: Arc::default(), estimated: false, shape, edits };
        (target.facts, target.estimated) = target.settle(book, own, text);
        target
    }

    /// The way from a version to this source.
    #[must_use]
    pub fn edit(&self, version: usize) -> Option<(&Edit, &Shape)> {
        self.edits.get(version)?.as_ref().map(|(edit, shape)| (edit, &**shape))
    }

    /// The facts, and whether they are partly an estimate.
    fn settle(&self, book: &FileBook, own: Option<&Version>, text: Option<&str>) -> (Arc<Facts>, bool) {
        if let Some(facts) = own.and_then(|version| version.facts.as_ref()) {
            // A report names the first lines of statements only; the text tells which lines belong to them.
            let first_lines = self.shape.as_ref().map(|shape| &shape.found.first_lines);
            return match first_lines.filter(|lines| facts.first_lines.is_empty() && !lines.is_empty()) {
                Some(lines) => (Arc::new(Facts { first_lines: lines.clone(), ..Facts::clone(facts) }), facts.estimated),
                None => (Arc::clone(facts), facts.estimated),
            };
        }
        let learned = book.learned.as_ref().filter(|version| version.text.is_some() && version.text.as_deref() == text);
        if let Some(facts) = learned.and_then(|version| version.facts.as_ref()) {
            return (Arc::clone(facts), facts.estimated);
        }
        let Some(shape) = &self.shape else { return (Arc::default(), true) };
        let newest = book.newest_facts().and_then(|(at, facts)| self.edit(at).map(|way| (facts, way)));
        match newest {
            Some((facts, (edit, old))) => {
                let (moved, new) = move_facts(facts, edit, old, shape);
                let estimated = facts.estimated || new;
                (Arc::new(Facts { estimated, ..moved }), estimated)
            }
            None => (Arc::new(shape.facts()), true),
        }
    }
}

fn shape(own: Option<&Version>, text: Option<&str>) -> Option<Arc<Shape>> {
    own.and_then(Version::shape).or_else(|| text.map(|text| Arc::new(Shape::of(text))))
}

fn ways_to(book: &FileBook, target: Option<usize>, text: &str, shape: &Arc<Shape>) -> Vec<Option<(Edit, Arc<Shape>)>> {
    let unsteady = unsteady(book);
    let way = |(at, version): (usize, &Version)| {
        let (old, old_shape) = version.text.as_deref().filter(|_| Some(at) != target).zip(version.shape())?;
        let mut edit = Edit::by_line((old, &old_shape), (text, shape));
        for (region, scope) in (1..).zip(&old_shape.found.functions) {
            if unsteady.contains(&scope.name) {
                edit.blur(region);
            }
        }
        Some((edit, old_shape))
    };
    book.versions.iter().enumerate().map(way).collect()
}

/// The functions of which tests run now these lines and now those, on the same sources.
fn unsteady(book: &FileBook) -> BTreeSet<String> {
    let Some(shape) = book.versions.last().filter(|_| !book.unstable.is_empty()).and_then(Version::shape) else {
        return BTreeSet::new();
    };
    let lines = book.unstable.iter().flat_map(|(_, lines)| lines.iter());
    let scope = |line: u32| shape.found.functions.get((shape.region(line) as usize).checked_sub(1)?);
    lines.filter_map(scope).map(|scope| scope.name.clone()).collect()
}

/// What a line is: a statement's first line, an excluded line, or neither.
fn class(statements: &LineSet, excluded: &LineSet, line: u32) -> (bool, bool) {
    (statements.contains(line), excluded.contains(line))
}

/// The facts of an old source, moved along the edit. A statement that was there keeps what coverage.py said of it,
/// unless the syntax tree shows that its exclusion came or went; a new one is what the syntax tree makes of it. Says
/// also whether there is a new one.
fn move_facts(facts: &Facts, edit: &Edit, old: &Shape, new: &Shape) -> (Facts, bool) {
    let (old_guess, new_guess) = (old.facts(), new.facts());
    let (mut statements, mut has_new) = (LineSet::new(), false);
    // Docstrings, comments and blank lines of what is excluded are excluded with it, and nothing is known of them else.
    let logical: LineSet = new.found.logical.iter().flat_map(|&(first, last)| first..=last).collect();
    let mut excluded = &new_guess.excluded - &logical;
    for line in logical.iter() {
        let guess = class(&new_guess.statements, &new_guess.excluded, line);
        let is = match edit.origin(line) {
            Some(from) if class(&old_guess.statements, &old_guess.excluded, from) == guess => {
                class(&facts.statements, &facts.excluded, from)
            }
            origin => {
                // Of a line that is excluded no more, nobody has said which branches lead there.
                has_new |= guess.0 && origin.is_none_or(|from| facts.excluded.contains(from));
                guess
            }
        };
        if is.0 {
            statements.insert(line);
        }
        if is.1 {
            excluded.insert(line);
        }
    }
    let moved = facts.branch_lines.iter().filter_map(|branch| {
        let moved = move_branch(branch, edit, old, (&statements, &excluded))?;
        // Where a way out of a line is gone, nobody has said which other one there is.
        has_new |= moved.exits < branch.exits && edit.is_changed(old.region(branch.line));
        Some(moved)
    });
    let branch_lines = moved.collect();
    let mut jump_fixes: Vec<JumpFix> = facts.jump_fixes.iter().filter_map(|fix| move_fix(fix, edit, old)).collect();
    jump_fixes.sort_unstable_by_key(|fix| fix.arc);
    let first_lines = new.found.first_lines.clone();
    (Facts { statements, excluded, first_lines, branch_lines, jump_fixes, estimated: false }, has_new)
}

/// The way out of a `with` that is still there as it was.
fn move_fix(fix: &JumpFix, edit: &Edit, old: &Shape) -> Option<JumpFix> {
    let instead = match fix.instead {
        Some(arc) => Some(edit.move_arc(arc, old)?),
        None => None,
    };
    let drops: Option<Vec<_>> = fix.drops.iter().map(|&arc| edit.move_arc(arc, old)).collect();
    Some(JumpFix { arc: edit.move_arc(fix.arc, old)?, instead, drops: drops? })
}

/// A branch whose line and targets are still there. A target that is gone or excluded now is not counted.
fn move_branch(
    branch: &BranchLine,
    edit: &Edit,
    old: &Shape,
    (statements, excluded): (&LineSet, &LineSet),
) -> Option<BranchLine> {
    let line = edit.line(branch.line).filter(|line| statements.contains(*line))?;
    let from = i32::try_from(branch.line).ok()?;
    let is_counted = |to: &i32| u32::try_from(*to).map_or(true, |line| !excluded.contains(line));
    let arcs = branch.targets.iter().filter_map(|&to| edit.move_arc((from, to), old));
    let targets: Vec<i32> = arcs.map(|arc| arc.1).filter(is_counted).collect();
    let gone = branch.targets.len() - targets.len();
    let exits = branch.exits.saturating_sub(u32::try_from(gone).unwrap_or(0));
    Some(BranchLine { line, exits, targets })
}
