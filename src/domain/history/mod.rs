//! What happened before: runs, observations, tests with more than one outcome.
//!
//! A [`Run`] is one execution of tests, launched or ingested; an [`Observation`] is what one test did in it.
//! [`flaky()`] ranks the tests that had more than one outcome and tells them from regressions and from fixes.

mod run;
mod flaky;
mod evidence;
mod segments;
mod beta;
mod ci;
mod signature;
mod causes;

pub use causes::{Cause, Sighting, causes};
pub use ci::{CiRun, ci_run};
pub use flaky::{FlakyTest, Mark, Standing, expected_seconds, flaky};
pub use run::{BatchFigure, BatchRecord, Observation, Run, RunRecord, RunSource, in_order};
pub use signature::Signature;

mod stories;
