//! One thing that a full test of a function covers, and what would show that a test did.

use crate::base::Clean;

/// What kind of thing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The function runs to its end.
    Path,
    /// One side of a condition.
    Branch,
    /// One operand that decides a condition of several.
    Operand,
    /// A value on the edge of a comparison.
    Boundary,
    /// A loop with turns, or without any.
    Loop,
    /// A pattern of a `match`.
    Case,
    /// An early `return`.
    Return,
    /// An exception that is raised.
    Raise,
    /// An exception that is caught.
    Except,
    /// What runs although an exception is on its way.
    Finally,
    /// An element that a comprehension keeps or leaves out.
    Element,
}

impl Kind {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Path => "happy path",
            Self::Branch => "branch",
            Self::Operand => "operand",
            Self::Boundary => "boundary",
            Self::Loop => "loop",
            Self::Case => "case",
            Self::Return => "return",
            Self::Raise => "raise",
            Self::Except => "except",
            Self::Finally => "finally",
            Self::Element => "element",
        }
    }
}

/// Why neither lines nor branches can tell whether a test covered something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// Only steps between lines would tell, and they were not measured.
    Unbranched,
    /// It is decided within one line.
    OneLine,
    /// Values do not show.
    Value,
    /// Which operand decided does not show.
    Operand,
    /// Which of several exceptions it was does not show.
    Which,
    /// Where a loop also had turns in the same test, a time without any does not show.
    Turns,
    /// The same lines run without an exception.
    Always,
    /// No statement of its own shows it.
    Silent,
}

impl Why {
    /// The word for it in machine output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unbranched => "no-branch-data",
            Self::OneLine => "one-line",
            Self::Value => "value",
            Self::Operand => "operand",
            Self::Which => "which",
            Self::Turns => "turns",
            Self::Always => "always",
            Self::Silent => "silent",
        }
    }

    /// The reason, after `can't be told: `.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Unbranched => "it was not measured which way was taken",
            Self::OneLine => "it is decided within one line",
            Self::Value => "lines do not show values",
            Self::Operand => "lines do not show which operand decided",
            Self::Which => "lines do not show which of them it was",
            Self::Turns => "the loop also had turns in the same tests",
            Self::Always => "the same lines run without an exception",
            Self::Silent => "no line shows it",
        }
    }
}

/// What shows that a test did something. Lines are the first lines of statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sign {
    /// It ran one of these lines.
    Lines(Vec<u32>),
    /// It went on from a condition without entering the block behind it.
    Past {
        /// The line of the condition.
        line: u32,
        /// Where the block begins.
        block: u32,
        /// The statement behind all of it, and whether it is reached in no other way.
        next: Option<(u32, bool)>,
        /// Where the other blocks of the same statement begin.
        others: Vec<u32>,
    },
    /// It ran this line, and went on from there to something else than one of these handlers.
    Done(u32, Vec<u32>),
    /// It left the function from this line.
    Leaves(u32),
    /// It passed a loop without a turn.
    NoTurn {
        /// The line of the loop.
        line: u32,
        /// Where its block begins.
        block: u32,
        /// The statement behind it.
        next: Option<u32>,
    },
    /// Nothing shows it; without this it did not happen.
    Hidden(Box<Self>, Why),
    /// One of these.
    Any(Vec<Self>),
}

impl Sign {
    /// One line.
    #[must_use]
    pub fn line(line: u32) -> Self {
        Self::Lines(vec![line])
    }

    /// The same, where handlers stand by for what is raised there.
    #[must_use]
    pub fn done(line: u32, handlers: &[u32]) -> Self {
        if handlers.is_empty() { Self::line(line) } else { Self::Done(line, handlers.to_vec()) }
    }

    /// What nothing shows, and what is not possible without `within`.
    #[must_use]
    pub fn hidden(within: Self, why: Why) -> Self {
        Self::Hidden(Box::new(within), why)
    }

    /// The lines that it is about.
    #[must_use]
    pub fn lines(&self) -> Vec<u32> {
        match self {
            Self::Lines(lines) => lines.clone(),
            Self::Past { line, .. } | Self::NoTurn { line, .. } | Self::Leaves(line) | Self::Done(line, _) => {
                vec![*line]
            }
            Self::Hidden(within, _) => within.lines(),
            Self::Any(signs) => signs.iter().flat_map(Self::lines).collect(),
        }
    }
}

/// One thing that a full test covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What kind of thing it is.
    pub kind: Kind,
    /// The line to look at.
    pub line: u32,
    /// What it is, in words.
    pub words: Clean,
    /// The behaviour as words of a test's name: `raises_key_error_when_name_is_missing`.
    pub name: String,
    /// What shows it.
    pub sign: Sign,
    /// Numbers around a boundary, and the parameter that is to have them.
    pub values: Option<(String, Vec<i64>)>,
}
