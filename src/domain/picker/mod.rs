//! Fuzzy matching of files, tests and actions. The only user of nucleo.

mod search;
mod names;

pub use names::tests_named_after;
pub use search::{Found, Match, search};
