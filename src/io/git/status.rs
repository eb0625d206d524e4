//! The commit that is checked out, and what differs from it.

use crate::base::{Problem, RepoPath};
use std::path::{Path, PathBuf};

/// What is checked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The commit; nothing before the first one.
    pub commit: Option<String>,
    /// The branch; nothing when the head is detached.
    pub branch: Option<String>,
    /// Whether anything below the root differs from the commit, untracked files included.
    pub dirty: bool,
    /// A name for the exact tree: the commit when nothing differs, else a digest over the commit and every file that
    /// differs. Nothing before the first commit, or where it could not be made.
    pub tree: Option<String>,
}

/// A file that differs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Changed {
    /// Its path below the root.
    pub path: RepoPath,
    /// Whether git does not know it yet.
    pub untracked: bool,
    /// Whether it is gone from the disk.
    pub deleted: bool,
}

/// What is checked out at `root`; nothing where there is no repository or git cannot tell.
#[must_use]
pub fn head(root: &Path) -> Option<Head> {
    let _ = root;
    None
}

/// The files below `root` that differ: staged, unstaged and untracked ones; with `base`, also those that differ from
/// the commit where the current branch left `base`.
///
/// # Errors
/// No repository, no git, an unknown `base`, or a git that takes too long.
pub fn changed(root: &Path, base: Option<&str>) -> Result<Vec<Changed>, Problem> {
    let _ = (root, base);
    Ok(Vec::new())
}

/// The folder that all worktrees of the repository share; nothing where there is no repository.
#[must_use]
pub fn common_dir(root: &Path) -> Option<PathBuf> {
    let _ = root;
    None
}
