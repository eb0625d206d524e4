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
    /// Whether the line is an assertion of which a run can tell whether it was executed.
    pub is_asserting: bool,
}

impl Finding {
    /// What is wrong, in one sentence without a full stop.
    #[must_use]
    pub fn sentence(&self) -> String {
        format!("{}: {}", self.what, self.rule.reason)
    }
}
