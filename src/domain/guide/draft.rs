//! Empty tests that wait to be written, and for which items they are wanted.

use super::skeleton::Skeleton;
use crate::base::{Digest, RepoPath};

/// For which items tests are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those that no test covers.
    NotYet,
    /// Those that are not ticked: what can't be told too.
    Unticked,
    /// Those on a line.
    Line(u32),
    /// One, by its place in the guide.
    One(usize),
}

/// A test file with empty tests, not written yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The test file.
    pub path: RepoPath,
    /// Why this one.
    pub why: String,
    /// The digest of what is there now; nothing for a new file.
    pub old: Option<Digest>,
    /// Whether it begins with a byte order mark.
    pub mark: bool,
    /// What it is to be.
    pub skeleton: Skeleton,
}
