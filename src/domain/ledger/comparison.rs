//! Two points compared: what became of every statement, file by file, across edits.

use crate::base::{Digest, RepoPath};
use crate::domain::coverage::{Counts, LineSet};
use crate::domain::ledger::edit::Edit;
use crate::domain::ledger::pairing::{Pair, pairs};
use crate::domain::ledger::version::Shape;
use crate::domain::ledger::{Category, Figure, Point, PointFile, Status};
use std::sync::Arc;

/// Gives the text with a digest, where it was kept.
pub type Texts<'a> = &'a dyn Fn(Digest) -> Option<Arc<str>>;

/// How the lines of one side were found on the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Both sides are about the same text.
    Same,
    /// The texts differ; every statement was followed along the edit.
    Edited,
    /// The source of a side is not known, and both sides have the same statements: compared by line numbers.
    Alike,
    /// The source of a side, or its lines, are not known: lines are not compared.
    Apart,
    /// Only the first point has the file: it is gone.
    Gone,
    /// Only the second point has the file: it is new.
    New,
    /// The file was there at the first point, and not measured.
    UnmeasuredBefore,
    /// The file is there at the second point, and not measured.
    UnmeasuredAfter,
}

impl Way {
    /// The word for it in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Same => "same source",
            Self::Edited => "edited",
            Self::Alike => "source not known, same statements",
            Self::Apart => "source not known",
            Self::Gone => "gone",
            Self::New => "new file",
            Self::UnmeasuredBefore => "not measured before",
            Self::UnmeasuredAfter => "not measured after",
        }
    }

    /// Whether the line-by-line answer is less than certain.
    #[must_use]
    pub const fn is_doubtful(self) -> bool {
        matches!(self, Self::Alike | Self::Apart | Self::UnmeasuredBefore | Self::UnmeasuredAfter)
    }
}

/// Statements that stood alike before and stand alike after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// How they stood.
    pub from: Status,
    /// How they stand.
    pub to: Status,
    /// How many there are.
    pub count: u64,
    /// Their lines after, or before where they are not there after; fewer than `count` where lines are not known.
    pub lines: LineSet,
}

/// One file at two points.
#[derive(Clone, Debug, PartialEq)]
pub struct FileComparison {
    /// Its path at the second point, or at the first where it is gone.
    pub path: RepoPath,
    /// Its path at the first point, where that was another.
    pub moved_from: Option<RepoPath>,
    /// How lines were followed.
    pub way: Way,
    /// The figure before.
    pub before: Option<Figure>,
    /// The figure after.
    pub after: Option<Figure>,
    /// The numbers before and after.
    pub counts: (Counts, Counts),
    /// What became of its statements; none is empty.
    pub passages: Vec<Passage>,
    /// The source that lines after belong to, where it is known.
    pub source: Option<Digest>,
}

/// Two points compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// Every file that either point has, in path order.
    pub files: Vec<FileComparison>,
    /// Whether only one of the points was measured with branches: the figures are then of statements alone.
    pub mixed: bool,
}

impl Comparison {
    /// Compares two points. Of the texts only those are asked for that differ.
    #[must_use]
    pub fn between(before: &Point, after: &Point, texts: Texts<'_>) -> Self {
        let backwards = after.at < before.at;
        let mixed =
            before.has_branches() != after.has_branches() && !before.files.is_empty() && !after.files.is_empty();
        let files = pairs(before, after).into_iter().filter_map(|pair| {
            let is_unmeasured = |path: &RepoPath, point: &Point| point.unmeasured.contains(path);
            let way = match (pair.before, pair.after) {
                (Some((path, _)), None) if is_unmeasured(path, after) => Some(Way::UnmeasuredAfter),
                (None, Some((path, _))) if is_unmeasured(path, before) => Some(Way::UnmeasuredBefore),
                _ => None,
            };
            file(pair, way, backwards, mixed, texts)
        });
        Self { files: files.collect(), mixed }
    }

    /// The total before; nothing when the first point is empty.
    #[must_use]
    pub fn before(&self) -> Option<Figure> {
        self.files.iter().filter_map(|file| file.before).reduce(Figure::plus)
    }

    /// The total after; nothing when the second point is empty.
    #[must_use]
    pub fn after(&self) -> Option<Figure> {
        self.files.iter().filter_map(|file| file.after).reduce(Figure::plus)
    }

    /// How many statements of all files are of a category.
    #[must_use]
    pub fn count(&self, category: Category) -> u64 {
        self.files.iter().map(|file| file.count(category)).sum()
    }

    /// The files in which something is other than it was.
    pub fn changed(&self) -> impl Iterator<Item = &FileComparison> {
        self.files.iter().filter(|file| file.is_changed())
    }
}

impl FileComparison {
    /// How many statements are of a category. Those that cannot be told apart on both sides count on the side that has
    /// more of them.
    #[must_use]
    pub fn count(&self, category: Category) -> u64 {
        let sum = |wanted: &dyn Fn(&Passage) -> bool| {
            let all = self.passages.iter().filter(|passage| Category::of(passage.from, passage.to) == Some(category));
            all.filter(|passage| wanted(passage)).map(|passage| passage.count).sum::<u64>()
        };
        let (from, to) = (sum(&|passage| passage.to == Status::Untold), sum(&|passage| passage.from == Status::Untold));
        sum(&|passage| passage.from != Status::Untold && passage.to != Status::Untold) + from.max(to)
    }

    /// How many statements went from one status to another.
    #[must_use]
    pub fn passed(&self, from: Status, to: Status) -> u64 {
        let all = self.passages.iter().filter(|passage| (passage.from, passage.to) == (from, to));
        all.map(|passage| passage.count).sum()
    }

    /// The lines of a category, in the source after.
    #[must_use]
    pub fn lines(&self, category: Category) -> LineSet {
        self.lines_where(category, |passage| passage.to.is_there())
    }

    /// The lines of a category that only the source before has.
    #[must_use]
    pub fn old_lines(&self, category: Category) -> LineSet {
        self.lines_where(category, |passage| !passage.to.is_there())
    }

    fn lines_where(&self, category: Category, wanted: impl Fn(&Passage) -> bool) -> LineSet {
        let mut lines = LineSet::new();
        let all = self.passages.iter().filter(|passage| Category::of(passage.from, passage.to) == Some(category));
        all.filter(|passage| wanted(passage)).for_each(|passage| lines.union_with(&passage.lines));
        lines
    }

    /// Lines that are covered now and were not: gained, new, or no longer excluded.
    #[must_use]
    pub fn newly(&self) -> LineSet {
        let mut lines = &self.lines(Category::Gained) | &self.lines(Category::NewCovered);
        let included = self.passages.iter().filter(|p| (p.from, p.to) == (Status::Excluded, Status::Covered));
        included.for_each(|passage| lines.union_with(&passage.lines));
        lines
    }

    /// Whether anything is other than it was: a statement, the figure, or the path.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        let same = |one: &Option<Figure>| one.map(|figure| (figure.ratio, figure.lines));
        let is_change = |passage: &Passage| match (passage.from, passage.to) {
            // What stood open and stands open is no news.
            (Status::Open, Status::Open) => false,
            (from, to) => Category::of(from, to).is_some_and(Category::is_change),
        };
        self.moved_from.is_some() || same(&self.before) != same(&self.after) || self.passages.iter().any(is_change)
    }
}

fn file(pair: Pair<'_>, way: Option<Way>, backwards: bool, mixed: bool, texts: Texts<'_>) -> Option<FileComparison> {
    let (path, _) = pair.after.or(pair.before)?;
    let (before, after) = (pair.before.map(|(_, file)| file), pair.after.map(|(_, file)| file));
    let (way, passages) = match (before, after) {
        (Some(before), Some(after)) => both(before, after, backwards, texts),
        (Some(before), None) => one(before, way.unwrap_or(Way::Gone), Side::Before),
        (None, Some(after)) => one(after, way.unwrap_or(Way::New), Side::After),
        (None, None) => return None,
    };
    let figure = |file: &PointFile| {
        let figure = file.figure();
        if mixed { Figure { ratio: figure.lines, ..figure } } else { figure }
    };
    let counts = |file: Option<&PointFile>| file.map(|file| file.counts).unwrap_or_default();
    Some(FileComparison {
        path: path.clone(),
        moved_from: pair.before.filter(|(from, _)| *from != path).map(|(from, _)| from.clone()),
        way,
        before: before.map(figure),
        after: after.map(figure),
        counts: (counts(before), counts(after)),
        passages,
        source: after.or(before).and_then(|file| file.digest),
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

/// A file that only one point has: its statements are new or deleted, or nobody can tell.
fn one(file: &PointFile, way: Way, side: Side) -> (Way, Vec<Passage>) {
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
fn both(before: &PointFile, after: &PointFile, backwards: bool, texts: Texts<'_>) -> (Way, Vec<Passage>) {
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
    let mut passages = Passages::default();
    let (mut gone, mut fresh): (Vec<_>, Vec<_>) =
        (old.iter().map(|side| side.1.clone()).collect(), new.iter().map(|side| side.1.clone()).collect());
    for ((from, old, _), gone) in old.iter().zip(&mut gone) {
        for ((to, new, _), fresh) in new.iter().zip(&mut fresh) {
            passages.put_lines(*from, *to, old & new);
            gone.subtract(new);
            fresh.subtract(old);
        }
    }
    old.iter().zip(gone).for_each(|(side, lines)| passages.put_lines(side.0, Status::Absent, lines));
    new.iter().zip(fresh).for_each(|(side, lines)| passages.put_lines(Status::Absent, side.0, lines));
    passages.0
}

/// Every statement is followed along the edit, which goes from the earlier text to the later one.
fn along(before: (&PointFile, &str), after: (&PointFile, &str), backwards: bool) -> Vec<Passage> {
    let (old_shape, new_shape) = (Shape::of(before.1), Shape::of(after.1));
    let (old, new) = ((before.1, &old_shape), (after.1, &new_shape));
    let edit = if backwards { Edit::between(new, old) } else { Edit::between(old, new) };
    let to_new = |line| if backwards { edit.origin(line) } else { edit.line(line) };
    let (old_known, new_known) = (statement_lines(&old_shape), statement_lines(&new_shape));
    let mut passages = Passages::default();
    let news = statuses(after.0);
    let mut fresh = news.clone();
    for (from, lines, _) in statuses(before.0) {
        let (mut moved, mut gone, mut untold) = (LineSet::new(), LineSet::new(), LineSet::new());
        for line in lines.iter() {
            match to_new(line).filter(|to| news.iter().any(|side| side.1.contains(*to))) {
                Some(to) => moved.insert(to),
                None if old_known.contains(line) => gone.insert(line),
                None => untold.insert(line),
            };
        }
        for ((to, new, _), (_, fresh, _)) in news.iter().zip(&mut fresh) {
            passages.put_lines(from, *to, &moved & new);
            fresh.subtract(&moved);
        }
        passages.put_lines(from, Status::Absent, gone);
        passages.put_lines(from, Status::Untold, untold);
    }
    for (to, lines, _) in fresh {
        passages.put_lines(Status::Untold, to, &lines - &new_known);
        passages.put_lines(Status::Absent, to, &lines & &new_known);
    }
    passages.0
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

    fn put(&mut self, from: Status, to: Status, lines: LineSet, count: u64) {
        if count > 0 {
            self.0.push(Passage { from, to, count, lines });
        }
    }
}
