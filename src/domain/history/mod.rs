//! What happened before: runs, observations, tests with more than one outcome.
