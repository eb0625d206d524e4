//! What is at a path at one moment.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Which version of a file or a folder is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version {
    device: u64,
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Version {
    /// Device and number: the same as long as it is the same file or folder.
    pub(super) const fn place(&self) -> (u64, u64) {
        (self.device, self.inode)
    }
}

/// What is at `path` now; nothing when nothing is there. Links are followed.
pub(super) fn look(path: &Path) -> Option<Version> {
    path.metadata().ok().map(|metadata| Version {
        device: metadata.dev(),
        inode: metadata.ino(),
        bytes: metadata.len(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
    })
}
