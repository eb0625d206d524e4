//! Tests mapped to the issues of a test management such as Xray: by marks and by properties, and what a run says of each issue.

mod execution;
mod standing;

#[cfg(test)]
pub use execution::tests::record as sample_run;
pub use execution::{Execution, Status, Statuses, executions};
#[cfg(test)]
pub use standing::tests::mapping as sample;
pub use standing::{Mapped, Mapping, Names, Recorded, keys_of};
