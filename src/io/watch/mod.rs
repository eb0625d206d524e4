//! Notice that files changed. The only user of notify.
//!
//! Events are taken as hints only: what counts is what a file's metadata say once they are quiet. Folders are watched,
//! never files, since most programs replace a file by renaming another over it. Watched files are looked at each
//! second besides, for file systems that send no events.

mod seen;
mod settle;
mod folders;
mod worker;
mod watcher;

pub use watcher::{News, Scope, Watcher, watch};
