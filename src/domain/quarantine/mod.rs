//! The quarantine: tests whose failures do not count for now, as a list in the repository says.
//!
//! [`Quarantine`] is that list, read from its text; [`Outlook`] what the history says of one entry: whether it can come back.

mod entry;
mod list;
mod edit;
mod treatment;
mod deselection;
mod applied;
mod outlook;

pub use applied::{Applied, apply};
pub use deselection::deselection;
pub use edit::{added, removed, renamed};
pub use entry::Entry;
pub use list::Quarantine;
pub use outlook::{Outlook, Standing};
pub use treatment::Treatment;
