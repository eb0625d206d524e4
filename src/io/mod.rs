//! The hands: files, watching, git, processes, the database. No room here uses another.

pub mod files;

pub mod watch;

pub mod git;

pub mod runner;

pub mod store;
