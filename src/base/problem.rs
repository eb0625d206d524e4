//! What went wrong, where it came from, and what may help.

use super::Clean;
use std::fmt;

/// How much a problem matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know; nothing is missing.
    Note,
    /// Something is missing or was left as it was.
    Warning,
    /// What was asked for could not be done.
    Error,
}

/// One thing that went wrong, ready to be shown: its origin, one sentence, and a hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How much it matters.
    pub severity: Severity,
    /// The file, command or setting it came from.
    pub origin: Clean,
    /// What is wrong, in one sentence without a full stop.
    pub what: Clean,
    /// What a person can do about it; may be empty.
    pub hint: Clean,
}

impl Problem {
    /// An error from `origin`. The texts may hold anything; they are cleaned here.
    #[must_use]
    pub fn error(origin: impl AsRef<str>, what: impl AsRef<str>) -> Self {
        Self::of(Severity::Error, origin.as_ref(), what.as_ref())
    }

    /// A warning from `origin`.
    #[must_use]
    pub fn warning(origin: impl AsRef<str>, what: impl AsRef<str>) -> Self {
        Self::of(Severity::Warning, origin.as_ref(), what.as_ref())
    }

    /// A note from `origin`.
    #[must_use]
    pub fn note(origin: impl AsRef<str>, what: impl AsRef<str>) -> Self {
        Self::of(Severity::Note, origin.as_ref(), what.as_ref())
    }

    /// The same problem with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl AsRef<str>) -> Self {
        self.hint = Clean::line(hint.as_ref());
        self
    }

    fn of(severity: Severity, origin: &str, what: &str) -> Self {
        Self { severity, origin: Clean::line(origin), what: Clean::line(what), hint: Clean::default() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.what)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, " ({})", self.hint) }
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::Problem;

    #[test]
    fn a_problem_is_one_clean_line() {
        let problem = Problem::error("a\x1b]0;x\x07.xml", "ends\nearly").hint("write it again");
        let shown = problem.to_string();
        assert!(!shown.chars().any(char::is_control), "{shown:?}");
        assert!(shown.ends_with("(write it again)"), "{shown:?}");
    }
}
