//! The words that every room speaks: clean text, paths, addresses, problems, ratios, stamps, days, digests, areas.

mod address;
mod area;
mod clean;
mod day;
mod digest;
pub mod document;
mod glob;
mod leaf;
pub mod markup;
mod path;
mod problem;
mod ratio;
mod stamp;

pub use address::without_password;
pub use area::{Area, Size};
pub use clean::{Clean, Ink, Paint, Piece, StyledLine, StyledText};
pub use day::Day;
pub use digest::Digest;
pub use glob::{Glob, GlobProblem};
pub use path::RepoPath;
pub use problem::{Problem, Severity};
pub use ratio::Ratio;
pub use stamp::Stamp;
