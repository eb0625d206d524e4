//! The uncovered lines: one source file, its covered stretches folded, its gaps walked.

use crate::app::{Action, Lit, Related, Scroll, Slot, SourceFile};
use crate::base::RepoPath;
use crate::domain::ledger::LineState;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Lines that stay visible on each side of what is of interest.
const AROUND: u32 = 2;
/// The shortest stretch that is worth folding.
const SHORTEST_FOLD: u32 = 4;

/// One visible row of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineRow {
    /// A line, from 1.
    Line(u32),
    /// A folded stretch.
    Fold {
        /// Its first line.
        first: u32,
        /// Its last line.
        last: u32,
    },
}

impl LineRow {
    /// The first line of the row.
    #[must_use]
    pub const fn first(self) -> u32 {
        match self {
            Self::Line(line) => line,
            Self::Fold { first, .. } => first,
        }
    }
}

/// The state of the uncovered lines.
#[derive(Clone, Debug, Default)]
pub struct LinesPane {
    /// The file that is wanted; the one shown may still be the one before.
    pub wanted: Option<RepoPath>,
    /// The file that is shown.
    pub source: Slot<Arc<SourceFile>>,
    /// Stretches that were unfolded, by their first lines.
    pub unfolded: BTreeSet<u32>,
    /// Whether nothing is folded.
    pub all: bool,
    /// The visible rows.
    pub rows: Vec<LineRow>,
    /// The line that the cursor is on.
    pub line: u32,
    /// Where that is in `rows`.
    pub list: Scroll,
    /// How many columns are scrolled away on the left.
    pub left: u16,
    /// The tests that cover the line under the cursor.
    pub covering: Slot<Arc<Related>>,
    /// The line that `covering` was asked for.
    pub covering_line: u32,
    /// What a comparison lights in the file.
    pub lit: Option<Lit>,
}

impl LinesPane {
    /// The file that is shown.
    #[must_use]
    pub fn file(&self) -> Option<&SourceFile> {
        self.source.value().map(AsRef::as_ref)
    }

    /// Whether the file shown is the one wanted.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.file().map(|file| &file.path) == self.wanted.as_ref()
    }

    /// Takes another file: the cursor goes to its first newly covered line, or else to its first gap.
    pub fn open(&mut self, height: usize) {
        self.unfolded.clear();
        self.left = 0;
        let first = |file: &SourceFile| file.newly.first().or_else(|| gaps(file).next());
        self.line = self.file().and_then(first).unwrap_or(1);
        self.list = Scroll::default();
        self.rebuild(height);
    }

    /// Builds `rows` anew and finds the cursor's line again.
    pub fn rebuild(&mut self, height: usize) {
        let Some(file) = self.source.value().cloned() else {
            self.rows.clear();
            return;
        };
        self.rows = rows(&file, self.all, &self.unfolded);
        self.go_to(self.line, height);
    }

    /// Puts the cursor on the row that holds `line`.
    pub fn go_to(&mut self, line: u32, height: usize) {
        let at = self.rows.partition_point(|row| row.first() <= line).saturating_sub(1);
        self.list.set(at, self.rows.len(), height);
        self.follow();
    }

    /// Puts the cursor on a line itself, the folded stretch around it opened.
    pub fn show(&mut self, line: u32, height: usize) {
        self.go_to(line, height);
        if self.line != line && self.toggle_fold(height) {
            self.go_to(line, height);
        }
    }

    /// Lets `line` name the line that the list's cursor is on.
    pub fn follow(&mut self) {
        self.line = self.rows.get(self.list.at).map_or(1, |row| row.first());
    }

    /// The first line of the next gap, or of the one before. Round the end it goes on at the start.
    #[must_use]
    pub fn gap(&self, forward: bool) -> Option<u32> {
        let file = self.file()?;
        let all: Vec<u32> = gaps(file).collect();
        if forward {
            all.iter().find(|gap| **gap > self.line).or(all.first()).copied()
        } else {
            all.iter().rev().find(|gap| **gap < self.line).or(all.last()).copied()
        }
    }

    /// Unfolds the stretch under the cursor, or folds the one that was unfolded around it. False when there is none.
    pub fn toggle_fold(&mut self, height: usize) -> bool {
        match self.rows.get(self.list.at) {
            Some(LineRow::Fold { first, .. }) => {
                self.unfolded.insert(*first);
            }
            Some(LineRow::Line(line)) => {
                let Some(file) = self.source.value() else { return false };
                let folds = rows(file, false, &BTreeSet::new());
                let around = folds.iter().find_map(|row| match row {
                    LineRow::Fold { first, last } if first <= line && line <= last => Some(*first),
                    _ => None,
                });
                match around {
                    Some(first) if self.unfolded.remove(&first) => self.line = first,
                    _ => return false,
                }
            }
            None => return false,
        }
        self.rebuild(height);
        true
    }

    /// Whether `action` scrolls to the side; it is done then.
    pub fn scroll_sideways(&mut self, action: Action) -> bool {
        match action {
            Action::ScrollLeft => self.left = self.left.saturating_sub(8),
            Action::ScrollRight => self.left = self.left.saturating_add(8).min(400),
            _ => return false,
        }
        true
    }
}

/// How a line stands; blank beyond the end.
#[must_use]
pub fn state_of(file: &SourceFile, line: u32) -> LineState {
    let at = usize::try_from(line).unwrap_or(usize::MAX).wrapping_sub(1);
    file.standing.lines.get(at).copied().unwrap_or_default()
}

/// Whether a line is a gap: it did not run, or nobody knows, or a branch from it was never taken.
#[must_use]
pub fn is_gap(file: &SourceFile, line: u32) -> bool {
    let state = state_of(file, line);
    state == LineState::Missed || state.is_open() || file.standing.partial.contains(line)
}

/// The first lines of all gaps. A gap goes on over lines that are no statements.
pub fn gaps(file: &SourceFile) -> impl Iterator<Item = u32> {
    let mut inside = false;
    (1..=count(file)).filter(move |line| {
        let (was, gap) = (inside, is_gap(file, *line));
        if gap {
            inside = true;
        } else if state_of(file, *line).counts() {
            inside = false;
        }
        gap && !was
    })
}

/// How many lines the file has.
#[must_use]
pub fn count(file: &SourceFile) -> u32 {
    u32::try_from(file.lines.len()).unwrap_or(u32::MAX)
}

/// The rows with covered stretches folded: what is of interest stays, with a little around it and the heads of its
/// functions.
fn rows(file: &SourceFile, all: bool, unfolded: &BTreeSet<u32>) -> Vec<LineRow> {
    let last = count(file);
    if all {
        return (1..=last).map(LineRow::Line).collect();
    }
    let keep = kept(file, last);
    let is_kept = |line: u32| usize::try_from(line).ok().and_then(|at| keep.get(at)).copied().unwrap_or(true);
    let mut rows = Vec::new();
    let mut line = 1;
    while line <= last {
        let end = (line..=last).find(|line| is_kept(*line)).map_or(last, |line| line - 1);
        if end + 1 - line >= SHORTEST_FOLD && !unfolded.contains(&line) && end >= line {
            rows.push(LineRow::Fold { first: line, last: end });
        } else {
            rows.extend((line..=end).map(LineRow::Line));
        }
        line = line.max(end + 1);
        while line <= last && is_kept(line) {
            rows.push(LineRow::Line(line));
            line += 1;
        }
    }
    rows
}

/// Which lines stay visible; index 0 is not used.
fn kept(file: &SourceFile, last: u32) -> Vec<bool> {
    let mut keep = vec![false; usize::try_from(last).unwrap_or(0) + 1];
    let mut mark = |from: u32, to: u32| {
        for line in from..=to.min(last) {
            if let Some(flag) = usize::try_from(line).ok().and_then(|at| keep.get_mut(at)) {
                *flag = true;
            }
        }
    };
    for line in 1..=last {
        if is_gap(file, line) || file.newly.contains(line) || file.lost.contains(line) {
            mark(line.saturating_sub(AROUND).max(1), line.saturating_add(AROUND));
            let around = file.scopes.iter().filter(|scope| scope.first <= line && line <= scope.last);
            around.for_each(|scope| mark(scope.first, scope.first));
        }
    }
    keep
}
