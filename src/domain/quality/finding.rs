//! What is found: a rule, a place, and what stands there.

use super::rule::Rule;

/// A place where a test breaks a rule.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// The line, from 1.
    pub line: u32,
    /// The last line of the statement or expression.
    pub end: u32,
    /// The test, as the names after the path in its node id; empty where it is no test's.
    pub test: Vec<String>,
    /// What stands there, in a few words: the beginning of the sentence that the rule's reason ends.
    pub what: String,
    /// What a run can say of it.
    pub by_run: ByRun,
}

/// What a run can say of a finding, where the file of the tests is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ByRun {
    /// Nothing.
    Nothing,
    /// Whether the assertion was executed: then there is nothing to find.
    Settles,
    /// Whether the assertion was executed, and nothing else can: it is a finding only where a run of the test left it out.
    Decides,
    /// Whether this part of what tests share is as before once the test has ended, in the words of the lab's plugin
    /// (`os.environ[NAME]`, `@NAME` of the test's own module, `shop.config.DEBUG`): then there is nothing to find.
    Leaves(String),
    /// Whether the code came to one of these lines, and nothing else can: it is a finding only where a run of the test did.
    Reaches(Vec<Reached>),
}

/// A line of the code under test to which a test may come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The file, in words.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// What is found where a run came there.
    pub what: String,
}

impl Finding {
    /// What is wrong, in one sentence without a full stop.
    #[must_use]
    pub fn sentence(&self) -> String {
        format!("{}: {}", self.what, self.rule.reason)
    }
}
