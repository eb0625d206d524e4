//! What happened before: runs, observations, tests with more than one outcome.
//!
//! A [`Run`] is one execution of tests, launched or ingested; an [`Observation`] is what one test did in it.
//! [`flaky()`] ranks the tests that had more than one outcome and tells them from regressions and from fixes.

mod run;
mod flaky;
mod keep;
mod flaky_test;
mod evidence;
mod segments;
mod alias;
mod beta;
mod blame;
mod ci;
mod ci_shard;
mod signature;
mod causes;
mod dossier;
mod exported;
mod durations;
mod note;
mod outages;
mod recovery;
mod shift;
mod suspicion;
mod together;

pub use alias::Aliases;
pub use beta::Posterior;
pub use blame::{Blame, Touching};
pub use causes::{Cause, Sighting, causes};
pub use ci::{CiRun, ci_run, link};
pub use ci_shard::{CiShard, ci_shard};
pub use dossier::Dossier;
pub use durations::{Pace, pace};
pub use exported::{export_line, exported_ids, is_export, read_export};
pub use flaky::{expected_seconds, flaky};
pub use flaky_test::{Course, FlakyTest, Impact, Mark, Standing};
pub use keep::Keep;
pub use note::{facts, note};
pub use outages::{Outages, outages};
pub use recovery::Recovery;
pub use run::{BatchFigure, BatchRecord, Content, Differing, Observation, Run, RunRecord, RunSource, in_order};
pub use shift::Shift;
pub use signature::Signature;
pub use suspicion::{Suspect, Suspicion};
pub use together::{Companion, companions};

mod stories;
