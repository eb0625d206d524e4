//! From the arguments to the subcommand.

use super::arguments::{Arguments, Command, description};
use super::exit::Exit;
use super::{history, ingest, inspect, output, report, settings};
use clap::Parser;
use std::process::ExitCode;

/// Runs the program and gives its exit code.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { Exit::Unusable.code() } else { Exit::Done.code() });
        }
    };
    ExitCode::from(run(arguments).code())
}

fn run(arguments: Arguments) -> Exit {
    let common = &arguments.common;
    match arguments.command {
        Some(Command::Report { file, format }) => report::run(file.as_deref(), format, common),
        Some(Command::Inspect { file, format }) => inspect::run(&file, format),
        Some(Command::Ingest { files, run_id, commit, branch }) => {
            ingest::run(&files, &ingest::About { run_id, commit, branch }, common)
        }
        Some(Command::History { flaky, limit, format }) => history::run(flaky, limit, format, common),
        Some(Command::Config { format }) => settings::run(format, common),
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut description(), "lacuna", &mut script);
            output::print(&String::from_utf8_lossy(&script));
            Exit::Done
        }
        Some(Command::Man) => {
            let mut page = Vec::new();
            let _ = clap_mangen::Man::new(description()).render(&mut page);
            output::print(&String::from_utf8_lossy(&page));
            Exit::Done
        }
        _ => Exit::Unusable,
    }
}
