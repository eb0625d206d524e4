//! What a test left, ready to read: its failures frame by frame, what it printed, what folds away, where to go.

use crate::app::SourceLine;
use crate::base::{Clean, RepoPath, Stamp, StyledLine};
use crate::domain::suite::{Failure, Outcome, Says, Section};
use std::sync::Arc;

/// One line of an account.
#[derive(Clone, Debug, PartialEq)]
pub enum AccountLine {
    /// Which failure follows: the part of the test, the attempt, the subtest.
    Title(Clean),
    /// How the next exception is linked to the one before.
    Link(Clean),
    /// A frame begins; its place in [`Account::places`].
    Frame(usize),
    /// Arguments or local variables of a frame.
    Value(Clean),
    /// Source.
    Code {
        /// The number of the line.
        number: Option<u32>,
        /// Whether the frame was left here.
        is_current: bool,
        /// The text.
        line: SourceLine,
    },
    /// Carets below a line of source.
    Caret(Clean),
    /// Why it failed.
    Says(Says, Clean),
    /// A warning.
    Warned(Clean),
    /// What belongs to no frame.
    Text(Clean),
    /// The title of what was captured.
    Section(Clean),
    /// A line of what was captured, or of what a command wrote.
    Printed(StyledLine),
    /// Nothing, to set apart.
    Blank,
}

/// A line with what it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The line.
    pub line: AccountLine,
    /// The frame that it belongs to, by its place.
    pub place: Option<usize>,
    /// What it is folded away with.
    pub fold: Option<usize>,
}

/// Where a frame is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FramePlace {
    /// The path as it is shown: of the project from its root, of a library from its package.
    pub shown: Clean,
    /// The path as Python has it.
    pub path: String,
    /// The file, when it belongs to the project and not to a library.
    pub own: Option<RepoPath>,
    /// The line, from 1; 0 when it is not known.
    pub line: u32,
    /// The function.
    pub function: Clean,
}

/// Frames that are folded into one line.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Fold {
    /// How many there are.
    pub frames: usize,
    /// What they are, in words.
    pub words: Clean,
}

/// A row as it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountRow {
    /// A line.
    Line(usize),
    /// The frames that are folded away here.
    Fold(usize),
}

/// What a test left.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Account {
    /// Its lines.
    pub entries: Vec<Entry>,
    /// Where its frames are.
    pub places: Vec<FramePlace>,
    /// What is folded away.
    pub folds: Vec<Fold>,
    /// The rows while libraries are folded.
    pub folded: Vec<AccountRow>,
    /// The lines where the frames of the project were left, in their order.
    pub stops: Vec<usize>,
    /// The line that a person wants to see first: where the innermost frame of the project was left.
    pub start: Option<usize>,
    /// The failures that it was made of.
    pub failures: Vec<Failure>,
    /// The captured output that it was made of.
    pub sections: Vec<Section>,
}

impl Account {
    /// How many rows are shown.
    #[must_use]
    pub const fn len(&self, unfolded: bool) -> usize {
        if unfolded { self.entries.len() } else { self.folded.len() }
    }

    /// Whether there is nothing to read.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The row at a place of the list.
    #[must_use]
    pub fn row(&self, at: usize, unfolded: bool) -> Option<AccountRow> {
        if unfolded {
            return (at < self.entries.len()).then_some(AccountRow::Line(at));
        }
        self.folded.get(at).copied()
    }

    /// The row of a line; of a folded one, the row that it is folded into.
    #[must_use]
    pub fn row_of(&self, line: usize, unfolded: bool) -> usize {
        if unfolded {
            return line;
        }
        let fold = self.entries.get(line).and_then(|entry| entry.fold);
        let is_it = |row: &AccountRow| match (*row, fold) {
            (AccountRow::Fold(at), Some(fold)) => at == fold,
            (AccountRow::Line(at), _) => at >= line,
            (AccountRow::Fold(_), None) => false,
        };
        self.folded.iter().position(is_it).unwrap_or(0)
    }

    /// The line that a row shows; of a fold, the first line in it.
    #[must_use]
    pub fn line_of(&self, at: usize, unfolded: bool) -> Option<usize> {
        match self.row(at, unfolded)? {
            AccountRow::Line(line) => Some(line),
            AccountRow::Fold(fold) => self.entries.iter().position(|entry| entry.fold == Some(fold)),
        }
    }

    /// The frame that a row belongs to.
    #[must_use]
    pub fn place_at(&self, at: usize, unfolded: bool) -> Option<&FramePlace> {
        let entry = self.entries.get(self.line_of(at, unfolded)?)?;
        self.places.get(entry.place?)
    }

    /// The row of the next place where a frame of the project was left, or of the one before, round and round.
    #[must_use]
    pub fn step(&self, at: usize, forward: bool, unfolded: bool) -> Option<usize> {
        let rows: Vec<usize> = self.stops.iter().map(|stop| self.row_of(*stop, unfolded)).collect();
        let found = if forward {
            rows.iter().find(|row| **row > at).or(rows.first())
        } else {
            rows.iter().rev().find(|row| **row < at).or(rows.last())
        };
        found.copied()
    }

    /// Where somebody who mends the failure begins.
    #[must_use]
    pub fn at(&self) -> Option<(RepoPath, u32)> {
        let place = self.places.get(self.entries.get(self.start?)?.place?)?;
        Some((place.own.clone()?, place.line.max(1)))
    }
}

/// How a test ended before the run that is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// How.
    pub outcome: Outcome,
    /// When.
    pub at: Stamp,
    /// How long it took.
    pub seconds: f64,
    /// The failure in one line.
    pub message: Clean,
    /// What it left, where that was kept.
    pub account: Arc<Account>,
}
