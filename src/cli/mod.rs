//! The front door: arguments, subcommands, exit codes.

mod exit;
pub use exit::{EXITS, Exit};

mod arguments;

mod places;

mod output;

mod session;

mod sample;

mod report;

mod inspect;

mod ingest;

mod history;

mod settings;

mod entry;
pub use entry::main;
