//! What came of one process: each attempt of the test, and what else was told.

use super::recipe::Recipe;
use serde::{Deserialize, Serialize};

/// How one attempt of the test ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// Which attempt of this process it was, 1 for the first.
    pub at: u32,
    /// What failed, apart from what differs each time: equal for failures of one cause. Nothing where it passed.
    pub cause: Option<String>,
    /// The failure in words.
    pub words: String,
    /// What the generators of random numbers started with.
    pub seed: Option<u64>,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// How the process ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// It ran what it was asked to.
    Whole,
    /// The test was not collected, or skipped itself: there is nothing to judge.
    Unfit(String),
    /// It was cancelled.
    Cancelled,
}

/// One thing that the tests before changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What kind of thing.
    pub kind: String,
    /// Which.
    pub name: String,
    /// What it was.
    pub before: String,
    /// What it is.
    pub after: String,
}

/// One process that ran the test, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// How it was run.
    pub recipe: Recipe,
    /// How it ended.
    pub end: End,
    /// How often the test ran.
    pub ran: u32,
    /// How often it failed.
    pub failed: u32,
    /// The first attempts, and further ones that failed, up to a bound.
    pub attempts: Vec<Attempt>,
    /// How long the process took, in seconds.
    pub seconds: f64,
    /// What the tests before changed, what matters most first.
    pub changes: Vec<Change>,
    /// What was put back.
    pub undone: Vec<String>,
    /// Other machines that the test reached for.
    pub reached: Vec<String>,
    /// The files of the lines below.
    pub files: Vec<String>,
    /// The lines that it executed, each with the number of its file.
    pub steps: Vec<(u32, u32)>,
}

impl Trial {
    /// A trial of which nothing is known but how it was run.
    #[must_use]
    pub fn new(recipe: Recipe, end: End, seconds: f64) -> Self {
        let (attempts, changes, undone, reached) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (files, steps) = (Vec::new(), Vec::new());
        Self { recipe, end, ran: 0, failed: 0, attempts, seconds, changes, undone, reached, files, steps }
    }

    /// Whether the test ran at all.
    #[must_use]
    pub fn is_fit(&self) -> bool {
        self.end == End::Whole && self.ran > 0
    }

    /// The attempts that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts.iter().filter(|attempt| attempt.cause.is_some())
    }

    /// The last attempt, if it was told.
    #[must_use]
    pub fn last(&self) -> Option<&Attempt> {
        self.attempts.last().filter(|attempt| attempt.at == self.ran)
    }

    /// Whether the last attempt failed with this cause; with any, where none is asked for.
    #[must_use]
    pub fn fails_by(&self, cause: Option<&str>) -> bool {
        let seen = self.last().and_then(|attempt| attempt.cause.as_deref());
        seen.is_some_and(|seen| cause.is_none_or(|cause| cause == seen))
    }

    /// Whether no attempt failed.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.is_fit() && self.failed == 0
    }
}
