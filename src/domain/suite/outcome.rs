//! Outcomes of tests, and the cases of one run.

use crate::base::Clean;
use std::borrow::Cow;
use std::fmt;

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// It passed.
    Passed,
    /// It failed.
    Failed,
    /// Its setup, its teardown or its collection failed.
    Error,
    /// It was skipped.
    Skipped,
    /// It failed, as was expected.
    Xfailed,
    /// It passed, though a failure was expected.
    Xpassed,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Passed, Self::Failed, Self::Error, Self::Skipped, Self::Xfailed, Self::Xpassed];

    /// The outcome that a word names, as [`Self::word`] gives it.
    ///
    /// # Errors
    /// No outcome has this word.
    pub fn of_word(word: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|known| known.word() == word).ok_or_else(|| format!("{word:?} is no outcome"))
    }

    /// One word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Error => "error",
            Self::Skipped => "skipped",
            Self::Xfailed => "xfailed",
            Self::Xpassed => "xpassed",
        }
    }

    /// One character for it.
    #[must_use]
    pub const fn symbol(self) -> char {
        match self {
            Self::Passed => '✓',
            Self::Failed => '✗',
            Self::Error => 'E',
            Self::Skipped => 's',
            Self::Xfailed => 'x',
            Self::Xpassed => 'X',
        }
    }

    /// Whether something has to be mended.
    #[must_use]
    pub const fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::Error)
    }

    /// Whether it says how the test behaves. A skipped test did not run, and one that is expected to fail may fail in
    /// any way.
    #[must_use]
    pub const fn is_evidence(self) -> bool {
        !matches!(self, Self::Skipped | Self::Xfailed)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// One test in one run, as a JUnit report tells it, with its attempts folded together. Its names are the report's own text
/// where that holds them as they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Case<'a> {
    /// The class name as the report has it; for pytest, the dotted path of the module and the classes.
    pub classname: Cow<'a, str>,
    /// The name; for pytest, the function with its parameters.
    pub name: Cow<'a, str>,
    /// The file, where the report names one.
    pub file: Option<Cow<'a, str>>,
    /// How it ended at last.
    pub outcome: Outcome,
    /// How long it took in seconds, all attempts together; never negative or not a number.
    pub seconds: f64,
    /// What else its elements say. Most tests pass and say nothing.
    pub more: Option<Box<More>>,
}

/// What the elements of a test say beside how it ended.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct More {
    /// The message of the failure, or the reason of the skip, in one line.
    pub message: Clean,
    /// The whole text of the failure as it was written.
    pub details: String,
    /// Earlier attempts in the same run, oldest first.
    pub attempts: Vec<Outcome>,
    /// The properties that the report gives the test, as names and values; nearly all tests have none.
    pub properties: Vec<(String, String)>,
}

impl Case<'_> {
    /// The message of the failure, or the reason of the skip, in one line.
    #[must_use]
    pub fn message(&self) -> &str {
        self.more.as_ref().map_or("", |more| &more.message)
    }

    /// The whole text of the failure as it was written.
    #[must_use]
    pub fn details(&self) -> &str {
        self.more.as_ref().map_or("", |more| &more.details)
    }

    /// Earlier attempts in the same run, oldest first.
    #[must_use]
    pub fn attempts(&self) -> &[Outcome] {
        self.more.as_ref().map_or(&[], |more| &more.attempts)
    }

    /// The properties that the report gives the test, as names and values.
    #[must_use]
    pub fn properties(&self) -> &[(String, String)] {
        self.more.as_ref().map_or(&[], |more| &more.properties)
    }

    /// The same with texts of its own.
    #[must_use]
    pub fn into_owned(self) -> Case<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        let Self { classname, name, file, outcome, seconds, more } = self;
        let (classname, name, file) = (own(classname), own(name), file.map(own));
        Case { classname, name, file, outcome, seconds, more }
    }
}

/// How many tests ended in which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Tally {
    /// All of them.
    pub total: u64,
    /// Those that passed.
    pub passed: u64,
    /// Those that failed.
    pub failed: u64,
    /// Those with an error outside the test itself.
    pub errors: u64,
    /// Those that were skipped, or failed as expected.
    pub skipped: u64,
}

impl Tally {
    /// Counts one more test.
    pub const fn count(&mut self, outcome: Outcome) {
        self.total += 1;
        match outcome {
            Outcome::Passed | Outcome::Xpassed => self.passed += 1,
            Outcome::Failed => self.failed += 1,
            Outcome::Error => self.errors += 1,
            Outcome::Skipped | Outcome::Xfailed => self.skipped += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Tally};

    #[test]
    fn every_outcome_counts_once() {
        let all =
            [Outcome::Passed, Outcome::Failed, Outcome::Error, Outcome::Skipped, Outcome::Xfailed, Outcome::Xpassed];
        let mut tally = Tally::default();
        all.iter().for_each(|&outcome| tally.count(outcome));
        assert_eq!(tally, Tally { total: 6, passed: 2, failed: 1, errors: 1, skipped: 2 });
        assert_eq!(all.iter().filter(|outcome| outcome.is_bad()).count(), 2);
        assert_eq!(all.iter().filter(|outcome| outcome.is_evidence()).count(), 4);
    }
}
