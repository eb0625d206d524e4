//! Two points compared: what became of every statement, file by file, across edits.

use crate::base::{Digest, RepoPath};
use crate::domain::coverage::{Counts, LineSet};
use crate::domain::ledger::pairing::{Pair, pairs};
use crate::domain::ledger::passages::{Side, both, one};
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
    /// Whether they come and go without any change, so that nothing was gained or lost.
    pub unstable: bool,
}

impl Passage {
    /// What became of them; nothing for what never counted.
    #[must_use]
    pub fn category(&self) -> Option<Category> {
        if self.unstable { Some(Category::Unstable) } else { Category::of(self.from, self.to) }
    }
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
            let all = self.passages.iter().filter(|passage| passage.category() == Some(category));
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
        let all = self.passages.iter().filter(|passage| passage.category() == Some(category));
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

    /// Whether anything is other than it was, or unknown where it was known on one side.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        // What stood open and stands open is no news.
        let is_news = |passage: &&Passage| (passage.from, passage.to) != (Status::Open, Status::Open);
        let mut all = self.passages.iter().filter(is_news);
        let unknown = all.any(|passage| matches!(passage.category(), Some(Category::Unknown | Category::Unstable)));
        unknown || self.differs()
    }

    /// Whether anything is known to be other than it was: a statement, the figure, or the path.
    #[must_use]
    pub fn differs(&self) -> bool {
        let same = |one: &Option<Figure>| one.map(|figure| (figure.ratio, figure.lines));
        let is_change = |passage: &Passage| {
            let quiet = [Category::Unknown, Category::Unstable];
            passage.category().is_some_and(|category| category.is_change() && !quiet.contains(&category))
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
