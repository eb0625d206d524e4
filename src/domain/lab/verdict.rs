//! What a lab came to: the kind of cause, how sure it is, and the evidence.

use super::case::Since;
use super::recipe::{Axis, Recipe};
use super::trial::Change;
use crate::domain::suite::TestId;
use serde::{Deserialize, Serialize};

/// Why a test fails now and then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Cause {
    /// It fails after other tests.
    Victim {
        /// The tests that have to run before it, together.
        polluters: Vec<TestId>,
        /// Other tests, or sets of them, that do the same.
        others: Vec<Vec<TestId>>,
        /// Whether it is enough that their files are imported.
        at_import: bool,
    },
    /// It fails unless other tests ran before.
    Brittle {
        /// The tests that make it pass; itself where it passes the second time.
        setters: Vec<TestId>,
    },
    /// It fails when it runs again.
    SelfPolluting {
        /// Whether a second process fails as well, on the files of the first.
        by_files: bool,
    },
    /// It depends on the seed of hashes: the order of sets.
    Hash {
        /// One that fails.
        fails: u32,
        /// One that passes.
        passes: u32,
    },
    /// It depends on random numbers.
    Random {
        /// A seed that fails.
        fails: u64,
        /// One that passes.
        passes: u64,
    },
    /// It fails when its threads are slow, or take turns otherwise.
    Timing,
    /// It depends on the date or the time of day.
    Clock {
        /// A point in time at which it behaves differently, in seconds since 1970.
        at: i64,
        /// Whether it fails at that time, and not now; otherwise the other way round.
        fails: bool,
    },
    /// It depends on its surroundings.
    Environment {
        /// On what of them.
        axis: Axis,
        /// Whether it fails with that; otherwise it fails here and passes with it.
        fails: bool,
    },
    /// It failed together with others, by a cause that they have in common.
    Outage {
        /// The others.
        together: Vec<TestId>,
    },
    /// It passed, and fails since then whatever is tried.
    Regression(Since),
    /// It fails here whatever is tried, and is not known to have passed.
    Broken,
    /// It passes and fails under the same conditions.
    Intermittent,
    /// It never failed here.
    NotReproduced,
}

impl Cause {
    /// The kind in a word, for programs.
    #[must_use]
    pub const fn class(&self) -> &'static str {
        match self {
            Self::Victim { .. } => "order-victim",
            Self::Brittle { .. } => "order-brittle",
            Self::SelfPolluting { .. } => "self-polluting",
            Self::Hash { .. } => "seed-hash",
            Self::Random { .. } => "seed-random",
            Self::Timing => "timing",
            Self::Clock { .. } => "clock",
            Self::Environment { axis: Axis::Zone | Axis::Utc, .. } => "clock-zone",
            Self::Environment { .. } => "environment",
            Self::Outage { .. } => "shared-outage",
            Self::Regression(_) => "regression",
            Self::Broken => "broken-here",
            Self::Intermittent => "intermittent",
            Self::NotReproduced => "not-reproduced",
        }
    }
}

/// How sure a cause is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// With the trigger it fails each time, without it never; or it was seen as it is told.
    Confirmed,
    /// It looks like that, and was not confirmed.
    #[default]
    Likely,
    /// It was provoked, in a way that no recorded run is known to have.
    Latent,
    /// It never failed.
    NotReproduced,
}

impl Status {
    /// The status in words.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Likely => "likely",
            Self::Latent => "latent",
            Self::NotReproduced => "not reproduced",
        }
    }
}

/// One row of the evidence: one way to run the test, and how often it failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The way, in words.
    pub context: String,
    /// How many processes.
    pub processes: u32,
    /// How often the test ran.
    pub ran: u32,
    /// How often it failed.
    pub failed: u32,
    /// The failures in words, each with how often it was seen.
    pub failures: Vec<(String, u32)>,
}

/// One side of a proof: how it was run, and how often it failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// How.
    pub recipe: Recipe,
    /// How often the test ran.
    pub ran: u32,
    /// How often it failed by the cause.
    pub failed: u32,
}

/// The first line that a failing and a passing attempt executed differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// The last line that both executed.
    pub last: Option<(String, u32)>,
    /// Where the one that failed went.
    pub failing: Option<(String, u32)>,
    /// Where the one that passed went.
    pub passing: Option<(String, u32)>,
}

/// What a lab came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Why the test fails now and then.
    pub cause: Cause,
    /// How sure that is.
    pub status: Status,
    /// The failure that it is about: what is equal for all of its kind, and in words.
    pub failure: Option<(String, String)>,
    /// With the trigger.
    pub trigger: Option<Finding>,
    /// Without it.
    pub counter: Option<Finding>,
    /// What is left behind and makes the test fail: put back, the test passes.
    pub leak: Vec<Change>,
    /// What else was changed.
    pub changes: Vec<Change>,
    /// Where a failing and a passing attempt part.
    pub split: Option<Split>,
    /// How it is reproduced, once that was seen to work.
    pub reproduced: Option<Recipe>,
    /// What was tried, row by row.
    pub rows: Vec<Row>,
    /// What was supposed and did not hold.
    pub refuted: Vec<String>,
    /// What made no difference.
    pub excluded: Vec<String>,
    /// Failures by other causes that were seen.
    pub also: Vec<String>,
    /// How often it failed and ran under ordinary conditions.
    pub rate: (u32, u32),
    /// Processes and seconds spent.
    pub spent: (u32, f64),
    /// Whether the budget ended it.
    pub cut_short: bool,
}
