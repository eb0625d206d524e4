//! From one side of a comparison to the other: what became of each statement of a file.

use crate::domain::coverage::LineSet;
use crate::domain::ledger::edit::Edit;
use crate::domain::ledger::version::Shape;
use crate::domain::ledger::{Passage, PointFile, Status, Texts, Way};

/// Which point a file belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The first one.
    Before,
    /// The second one.
    After,
}

/// A file that only one point has: its statements are new or deleted, or nobody can tell.
#[must_use]
pub fn one(file: &PointFile, way: Way, side: Side) -> (Way, Vec<Passage>) {
    let there = matches!(way, Way::UnmeasuredBefore | Way::UnmeasuredAfter);
    let other = if there { Status::Untold } else { Status::Absent };
    let mut passages = Passages::default();
    put_all(&mut passages, file, other, side);
    (way, passages.0)
}

/// Puts every statement of a side, with `other` on the other side.
fn put_all(passages: &mut Passages, file: &PointFile, other: Status, side: Side) {
    for (status, lines, count) in statuses(file) {
        let (from, to) = if side == Side::Before { (status, other) } else { (other, status) };
        passages.put(from, to, lines, count);
    }
}

/// The lines and numbers of each status. Lines that do not account for the numbers, as those of a table, are left out.
fn statuses(file: &PointFile) -> [(Status, LineSet, u64); 4] {
    if file.has_lines() {
        let open = file.open();
        let count = |lines: &LineSet| lines.len() as u64;
        return [
            (Status::Covered, file.covered.clone(), count(&file.covered)),
            (Status::Missed, file.missed.clone(), count(&file.missed)),
            (Status::Open, open.clone(), count(&open)),
            (Status::Excluded, file.excluded.clone(), count(&file.excluded)),
        ];
    }
    let counts = file.counts;
    let none = LineSet::new;
    let open = (file.open().len() as u64).min(counts.missing());
    [
        (Status::Covered, none(), counts.covered),
        (Status::Missed, none(), counts.missing() - open),
        (Status::Open, none(), open),
        (Status::Excluded, none(), counts.excluded),
    ]
}

/// A file that both points have.
#[must_use]
pub fn both(before: &PointFile, after: &PointFile, backwards: bool, texts: Texts<'_>) -> (Way, Vec<Passage>) {
    let way = if !before.has_lines() || !after.has_lines() {
        Way::Apart
    } else {
        match (before.digest, after.digest) {
            (Some(one), Some(two)) if one == two => Way::Same,
            (Some(_), Some(_)) => Way::Edited,
            _ if before.statements() == after.statements() && before.excluded == after.excluded => Way::Alike,
            _ => Way::Apart,
        }
    };
    let edited = || {
        let text = |file: &PointFile| file.text.clone().or_else(|| texts(file.digest?));
        Some(along((before, &text(before)?), (after, &text(after)?), backwards))
    };
    match way {
        Way::Same | Way::Alike => (way, in_place(before, after)),
        Way::Edited => edited().map_or_else(|| (Way::Apart, apart(before, after)), |passages| (way, passages)),
        _ => (Way::Apart, apart(before, after)),
    }
}

/// Nobody can tell which statement of one side is which of the other.
fn apart(before: &PointFile, after: &PointFile) -> Vec<Passage> {
    let mut passages = Passages::default();
    put_all(&mut passages, before, Status::Untold, Side::Before);
    put_all(&mut passages, after, Status::Untold, Side::After);
    passages.0
}

/// Every line is the line of the same number.
fn in_place(before: &PointFile, after: &PointFile) -> Vec<Passage> {
    let (old, new) = (statuses(before), statuses(after));
    let unstable = &before.unstable | &after.unstable;
    let mut passages = Passages::default();
    let (mut gone, mut fresh): (Vec<_>, Vec<_>) =
        (old.iter().map(|side| side.1.clone()).collect(), new.iter().map(|side| side.1.clone()).collect());
    for ((from, old, _), gone) in old.iter().zip(&mut gone) {
        for ((to, new, _), fresh) in new.iter().zip(&mut fresh) {
            passages.put_both(*from, *to, &(old & new), &unstable);
            gone.subtract(new);
            fresh.subtract(old);
        }
    }
    // In one and the same text nothing is new or deleted: the sides differ in what they take for a statement.
    old.iter().zip(gone).for_each(|(side, lines)| passages.put_lines(side.0, Status::Untold, lines));
    new.iter().zip(fresh).for_each(|(side, lines)| passages.put_lines(Status::Untold, side.0, lines));
    passages.0
}

/// Every statement is followed along the edit, which goes from the earlier text to the later one.
fn along(before: (&PointFile, &str), after: (&PointFile, &str), backwards: bool) -> Vec<Passage> {
    let (old_shape, new_shape) = (Shape::of(before.1), Shape::of(after.1));
    let (old, new) = ((before.1, &old_shape), (after.1, &new_shape));
    let edit = if backwards { Edit::between(new, old) } else { Edit::between(old, new) };
    let to_new = |line| if backwards { edit.origin(line) } else { edit.line(line) };
    let to_old = |line| if backwards { edit.line(line) } else { edit.origin(line) };
    // In a text that can't be parsed to its end a statement may be there and not be found, or be found as another one.
    let whole = old_shape.found.whole && new_shape.found.whole;
    let (old_known, new_known) = (statement_lines(&old_shape), statement_lines(&new_shape));
    let is_new = |line| whole && new_known.contains(line) && to_old(line).is_none();
    let mut passages = Passages::default();
    let moved_unstable: LineSet = before.0.unstable.iter().filter_map(to_new).collect();
    let unstable = &moved_unstable | &after.0.unstable;
    let news = statuses(after.0);
    let mut fresh = news.clone();
    for (from, lines, _) in statuses(before.0) {
        let (mut moved, mut gone, mut untold) = (LineSet::new(), LineSet::new(), LineSet::new());
        for line in lines.iter() {
            match to_new(line) {
                Some(to) if news.iter().any(|side| side.1.contains(to)) => moved.insert(to),
                None if whole && old_known.contains(line) => gone.insert(line),
                _ => untold.insert(line),
            };
        }
        for ((to, new, _), (_, fresh, _)) in news.iter().zip(&mut fresh) {
            passages.put_both(from, *to, &(&moved & new), &unstable);
            fresh.subtract(&moved);
        }
        passages.put_lines(from, Status::Absent, gone);
        passages.put_lines(from, Status::Untold, untold);
    }
    for (to, lines, _) in fresh {
        let (new, untold): (Vec<u32>, Vec<u32>) = lines.iter().partition(|&line| is_new(line));
        passages.put_lines(Status::Untold, to, untold.into_iter().collect());
        passages.put_lines(Status::Absent, to, new.into_iter().collect());
    }
    passages.0
}

/// Lines of one text in another one; those whose statements are not there vanish.
#[must_use]
pub fn carried_lines(lines: &LineSet, from: &str, to: &str) -> LineSet {
    let (old, new) = (Shape::of(from), Shape::of(to));
    Edit::between((from, &old), (to, &new)).move_lines(lines)
}

/// The lines at which a statement is found in a text. What a report names besides can't be followed.
fn statement_lines(shape: &Shape) -> LineSet {
    shape.found.logical.iter().map(|&(first, _)| first).collect()
}

/// What became of statements, gathered.
#[derive(Default)]
struct Passages(Vec<Passage>);

impl Passages {
    fn put_lines(&mut self, from: Status, to: Status, lines: LineSet) {
        let count = lines.len() as u64;
        self.put(from, to, lines, count);
    }

    /// Puts statements that are on both sides. Those that come and go by themselves were neither gained nor lost.
    fn put_both(&mut self, from: Status, to: Status, lines: &LineSet, unstable: &LineSet) {
        if !matches!((from, to), (Status::Covered, Status::Missed) | (Status::Missed, Status::Covered)) {
            return self.put_lines(from, to, lines.clone());
        }
        self.put_lines(from, to, lines - unstable);
        let lines = lines & unstable;
        if !lines.is_empty() {
            self.0.push(Passage { from, to, count: lines.len() as u64, lines, unstable: true });
        }
    }

    fn put(&mut self, from: Status, to: Status, lines: LineSet, count: u64) {
        if count > 0 {
            self.0.push(Passage { from, to, count, lines, unstable: false });
        }
    }
}
