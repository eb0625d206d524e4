//! Status, changes and history of the repository, by the git command.
//!
//! A repository is not trusted: no hook, monitor, filter, pager or transport that it names is run.

mod command;
mod past;
mod status;

pub use past::{Commit, Held, commits, contents, differing, renames};
pub use status::{Changed, Head, changed, common_dir, head, start};

mod hostile;
