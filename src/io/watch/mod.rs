//! Notice that files changed. The only user of notify.

mod watcher;

pub use watcher::{News, Scope, Watcher, watch};
