//! A failure taken apart: exceptions, frames, source, explanations, whatever style pytest wrote it in.

use crate::domain::suite::{Crash, When, entry, longrepr};

/// How an exception is linked to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Link {
    /// It is the first one.
    #[default]
    First,
    /// The one before is its cause (`raise … from …`).
    Cause,
    /// It was raised while the one before was handled.
    Context,
}

impl Link {
    /// pytest's and Python's words for it; empty for the first one.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::First => "",
            Self::Cause => "The above exception was the direct cause of the following exception:",
            Self::Context => "During handling of the above exception, another exception occurred:",
        }
    }

    /// The link that a line speaks of.
    #[must_use]
    pub fn of_line(line: &str) -> Option<Self> {
        let line = line.trim_matches([' ', '|']);
        [Self::Cause, Self::Context].into_iter().find(|link| link.words() == line)
    }
}

/// What a line of source is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeKind {
    /// It stands around the line that matters.
    Around,
    /// The line where the frame was left.
    Current,
    /// Carets below the part of the line that was evaluated.
    Caret,
}

/// One line of the source of a frame, as it was when the test ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeLine {
    /// Its number in the file, from 1; nothing for carets, and where pytest does not say.
    pub number: Option<u32>,
    /// What it is there for.
    pub kind: CodeKind,
    /// The text without pytest's margin.
    pub text: String,
}

/// What a line of an explanation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Says {
    /// The exception in words.
    Message,
    /// More about it: how a value came about, what was left out.
    Detail,
    /// A line of a difference that starts with `-`.
    Minus,
    /// A line of a difference that starts with `+`.
    Plus,
    /// Marks below a line of a difference.
    Marks,
}

impl Says {
    /// Its name in machine output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Detail => "detail",
            Self::Minus => "minus",
            Self::Plus => "plus",
            Self::Marks => "marks",
        }
    }
}

/// One line that explains why a frame raised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// What it is.
    pub says: Says,
    /// The text without pytest's margin.
    pub text: String,
}

/// One frame of a traceback.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Frame {
    /// The file as pytest names it: relative to where it ran, or absolute.
    pub path: String,
    /// The line where the frame was left, from 1; 0 when it is not known.
    pub line: u32,
    /// The function; empty when it is not known.
    pub function: String,
    /// The arguments, each as `name = value`.
    pub args: Vec<String>,
    /// Its source, as far as pytest shows it.
    pub code: Vec<CodeLine>,
    /// Why it raised; empty for a frame that only passed the exception on.
    pub explained: Vec<Explained>,
    /// The local variables as pytest writes them, when it was asked to.
    pub locals: Vec<String>,
    /// The class of the exception that it raised; may be empty.
    pub raised: String,
}

/// A part of a traceback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A frame.
    Frame(Frame),
    /// Lines that belong to no frame.
    Text(Vec<String>),
}

/// One exception of a chain with the way that it took, the outermost frame first.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Raised {
    /// How it is linked to the one before.
    pub link: Link,
    /// Its frames, and what else was written about it.
    pub parts: Vec<Part>,
}

impl Raised {
    /// The same with a reason: below its innermost frame, if there is one.
    #[must_use]
    pub fn because(mut self, reason: &str) -> Self {
        match self.parts.last_mut() {
            Some(Part::Frame(frame)) => {
                frame.explained.push(Explained { says: Says::Message, text: reason.to_owned() });
            }
            _ => self.parts.push(Part::Text(vec![reason.to_owned()])),
        }
        self
    }

    /// Its frames, the outermost first.
    pub fn frames(&self) -> impl DoubleEndedIterator<Item = &Frame> {
        self.parts.iter().filter_map(|part| match part {
            Part::Frame(frame) => Some(frame),
            Part::Text(_) => None,
        })
    }
}

/// What one part of a test, or one subtest, left when it did not pass: a failure, or the reason of a skip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// In which part of the test.
    pub when: When,
    /// The name of the subtest, when it was one; it may be empty.
    pub subtest: Option<String>,
    /// In which attempt at the test, from 1.
    pub attempt: u32,
    /// The whole text as pytest wrote it.
    pub text: String,
    /// Where it was raised, as pytest says.
    pub crash: Option<Crash>,
    /// The exceptions, the oldest first; the last one is what the test ended with.
    pub raised: Vec<Raised>,
}

impl Failure {
    /// A failure from its text, and from its parts where pytest handed them out.
    #[must_use]
    pub fn new(when: When, text: String, crash: Option<Crash>, raised: Option<Vec<Raised>>) -> Self {
        let mut raised = raised.unwrap_or_else(|| longrepr::read(&text));
        if let (Some(crash), Some(last)) = (&crash, raised.last_mut()) {
            located(last, crash);
        }
        Self { when, subtest: None, attempt: 1, text, crash, raised }
    }

    /// All frames of all exceptions, in the order in which they are written.
    pub fn frames(&self) -> impl DoubleEndedIterator<Item = &Frame> {
        self.raised.iter().flat_map(Raised::frames)
    }
}

/// Folders whose files belong to libraries, wherever they lie.
const LIBRARIES: [&str; 7] = ["site-packages", "dist-packages", ".venv", "venv", ".tox", ".nox", ".eggs"];

/// Whether a path of a frame is a library's, or Python's own.
#[must_use]
pub fn is_library(path: &str) -> bool {
    path.starts_with('<') || path.contains("/lib/python") || path.split('/').any(|part| LIBRARIES.contains(&part))
}

/// Gives an exception without any frame the place of its crash: the styles `line` and `no`, and failures that ask for
/// no traceback, are written without one.
fn located(raised: &mut Raised, crash: &Crash) {
    if raised.frames().next().is_some() || crash.line == 0 {
        return;
    }
    let lines = raised.parts.drain(..).flat_map(|part| match part {
        Part::Text(lines) => lines,
        Part::Frame(_) => Vec::new(),
    });
    let lines: Vec<String> = lines.collect();
    let explained = entry::explained(lines.iter().map(String::as_str));
    let frame = Frame { path: crash.path.clone(), line: crash.line, explained, ..Frame::default() };
    raised.parts.push(Part::Frame(frame));
}

#[cfg(test)]
mod tests {
    use super::{Failure, Part};
    use crate::domain::suite::{Crash, When};

    #[test]
    fn a_failure_without_a_traceback_has_the_place_of_its_crash() {
        let crash = Crash { path: "/p/a.py".to_owned(), line: 7, message: "Failed: plain".to_owned() };
        let failure = Failure::new(When::Call, "plain words".to_owned(), Some(crash), None);
        let frames: Vec<_> = failure.frames().collect();
        assert_eq!((frames.len(), frames[0].path.as_str(), frames[0].line), (1, "/p/a.py", 7));
        assert_eq!(frames[0].explained[0].text, "plain words");
        let bare = Failure::new(When::Call, "plain words".to_owned(), None, None);
        assert_eq!(bare.raised[0].parts, [Part::Text(vec!["plain words".to_owned()])]);
    }
}
