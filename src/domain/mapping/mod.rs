//! Tests mapped to the issues of a test management such as Xray: by marks and by properties, and what a run says of each issue.

mod execution;
pub(in crate::domain) mod standing;

pub use execution::{Execution, Info, Status, Statuses, executions, xray_value};
pub use standing::{Mapped, Mapping, Names};
