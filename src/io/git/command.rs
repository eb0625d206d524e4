//! The git command, so called that a repository can run nothing through it.
