//! The flake lab: which run of one test tells most, given what is known, and what all of them prove.
//!
//! A [`Recipe`] says how one process runs a test, a [`Trial`] what came of it. [`next()`] is asked what to run next: it walks
//! through the protocol with the trials that there are, and stops at the first one that is missing. So a lab has no state
//! beside its trials: it is stopped at any time, and goes on from what was kept.

mod recipe;
mod trial;
mod chance;
mod bench;
mod case;
mod verdict;
mod words;
mod record;
mod minimise;
mod gate;
mod protocol;
mod order;
mod repeated;
mod seeds;
mod pressure;
mod surroundings;
mod leak;
mod fix;

pub use bench::{Budget, Effort};
pub use case::{Case, Since};
pub use chance::{fisher, rate_between, unseen_above};
pub use fix::{Check, Held, NextCheck, Proof, SURE, next_check, passes_needed, probability};
pub use protocol::{Next, next};
pub use recipe::{Axis, Order, Recipe, Repeat, Stall, Undo};
pub use trial::{Attempt, Change, End, Trial};
pub use verdict::{Cause, Finding, Row, Split, Status, Verdict};
pub use words::{command, context};

#[cfg(test)]
mod simulated;
