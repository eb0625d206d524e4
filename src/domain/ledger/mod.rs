//! What each test covers, across source versions: before and after, line by line.

mod figure;

pub use figure::{Figure, Kind, LineState};
