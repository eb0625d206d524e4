//! The front door: arguments, subcommands, exit codes.

mod exit;
pub use exit::{EXITS, Exit, exits_markdown};

mod alias;
mod arguments;

mod places;

mod output;

mod session;

mod sample;

mod report;

mod compare;
mod page;
mod release;
mod batch;
mod incident;
mod gate;
mod programme;
mod contract;
mod mapping;
mod cost;

mod inspect;

mod ingest;

mod history;
mod export;
mod flaky;

mod settings;
pub use settings::settings_markdown;

mod targets;

mod plan;
mod quarantine;
mod check;
mod tests;
mod selections;
mod shard;
mod who;
mod guide;

mod run;

mod watch;

mod lab;

mod workbench;

mod demo;

mod entry;
pub use entry::main;
