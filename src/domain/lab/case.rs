//! What is known of a test before its first trial.

use crate::domain::suite::TestId;
use serde::{Deserialize, Serialize};

/// The test of a lab, with its surroundings and its history.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// The tests of the suite in the order of collection, as far as they can run within the budget; the test among them.
    pub suite: Vec<TestId>,
    /// Which of them it is about.
    pub at: usize,
    /// What ran before it in recorded runs in which it failed, in one process each, the newest first.
    pub prefixes: Vec<Vec<TestId>>,
    /// The causes of its recorded failures.
    pub causes: Vec<String>,
    /// How often it passed and failed in recorded runs.
    pub recorded: (u32, u32),
    /// Since its last recorded pass, how many runs on other source trees it failed in.
    pub failing_since: Option<Since>,
    /// How many other tests failed by the same cause in the same runs.
    pub together: Vec<TestId>,
}

/// Where a test that passed began to fail for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    /// The last run in which it passed, by its commit or else its time.
    pub passed: String,
    /// The first run in which it failed.
    pub failed: String,
    /// How many runs it failed in since then.
    pub runs: u32,
}

impl Case {
    /// The test.
    #[must_use]
    pub fn target(&self) -> TestId {
        self.suite.get(self.at).cloned().unwrap_or_else(|| TestId::new(""))
    }

    /// What stands before the test in the suite.
    #[must_use]
    pub fn before(&self) -> Vec<TestId> {
        self.suite.iter().take(self.at).cloned().collect()
    }

    /// All the others.
    #[must_use]
    pub fn others(&self) -> Vec<TestId> {
        self.suite.iter().enumerate().filter(|(at, _)| *at != self.at).map(|(_, test)| test.clone()).collect()
    }
}
