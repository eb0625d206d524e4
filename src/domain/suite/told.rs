//! What one test did in one run, as the run, its reports and its logs tell it, and a log's session as a whole.

use crate::base::{Clean, Problem, Stamp};
use crate::domain::suite::{Outcome, TestId};

/// One test, its parts and attempts folded together.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Which test.
    pub id: TestId,
    /// How it ended at last.
    pub outcome: Outcome,
    /// The outcomes of earlier attempts, oldest first.
    pub attempts: Vec<Outcome>,
    /// How long it took in seconds, all parts and attempts together; 0 where nothing says so.
    pub seconds: f64,
    /// Its failure, or the reason of a skip, in one line; empty for a test that passed.
    pub message: Clean,
    /// Its failure in full, as pytest wrote it. Untrusted; the store keeps a bounded part.
    pub details: String,
    /// The worker of xdist that ran it.
    pub worker: Option<String>,
}

impl Told {
    /// A test of which nothing but its outcome is known.
    #[must_use]
    pub fn new(id: TestId, outcome: Outcome) -> Self {
        Self {
            id,
            outcome,
            attempts: Vec::new(),
            seconds: 0.0,
            message: Clean::default(),
            details: String::new(),
            worker: None,
        }
    }
}

/// One session of pytest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    /// When it started, if anything says so.
    pub stamp: Option<Stamp>,
    /// How long it took in seconds, if anything says so.
    pub seconds: Option<f64>,
    /// pytest's exit status, if anything says so.
    pub exit: Option<i32>,
    /// The interpreter and pytest, as far as they are named: `python 3.11.7 pytest 9.2.0 linux`.
    pub environment: Option<String>,
    /// The tests, in the order in which they ended.
    pub tests: Vec<Told>,
    /// What a reader of the results should know.
    pub notes: Vec<Problem>,
}
