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

mod targets;

mod plan;

mod run;

mod workbench;

mod demo;

mod entry;
pub use entry::main;
