//! From the arguments to the subcommand.

use super::arguments::{Arguments, Command, Format, HistoryWork, ReportFormat, description};
use super::exit::Exit;
use super::{
    alias, check, contract, cost, demo, export, flaky, gate, guide, history, ingest, inspect, lab, mapping, output,
    page, plan, programme, quarantine, report, run, selections, settings, shard, tests, watch, who, workbench,
};
use crate::base::Problem;
use crate::io::runner;
use clap::Parser;
use std::process::ExitCode;

/// Runs the program and gives its exit code.
#[must_use]
pub fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let ended = match words.next() {
        Some(word) if word == "__supervise" => Some(runner::supervise(words)),
        Some(word) if word == "__serve" => Some(runner::serve(words)),
        Some(word) if word == "__debug" => Some(runner::supervise_debugger(words)),
        _ => None,
    };
    if let Some(code) = ended {
        return ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX));
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { Exit::Unusable.code() } else { Exit::Done.code() });
        }
    };
    ExitCode::from(start(arguments).code())
}

fn start(arguments: Arguments) -> Exit {
    let common = &arguments.common;
    if let (Some(path), Some(_)) = (&arguments.path, &arguments.command) {
        let problem = Problem::error(path.to_string_lossy(), "a path goes with the workbench alone");
        return output::refuse(problem.hint("name the project of a command with -C DIR"));
    }
    match arguments.command {
        Some(Command::Report { files, of: Some(kind), since, output, format, .. }) => {
            let asked = page::Asked { kind, what: &files, since: since.as_deref(), output: &output, format };
            page::run(&asked, common)
        }
        Some(Command::Report { format: ReportFormat::Html, .. }) => {
            let problem = Problem::error("--format html", "the map has no HTML form: text, json, md");
            output::refuse(problem.hint("lacuna report --of release --format html"))
        }
        Some(Command::Report { files, merge, format, .. }) => {
            let format = match format {
                ReportFormat::Json => Format::Json,
                ReportFormat::Md => Format::Md,
                ReportFormat::Text | ReportFormat::Html => Format::Text,
            };
            if merge.is_empty() {
                report::run(&files, format, common)
            } else {
                report::run_merged(&merge, format, common)
            }
        }
        Some(Command::Inspect { file, format }) => inspect::run(&file, format),
        Some(Command::Ingest { files, run_id, commit, branch, environment, when, url, export }) => {
            let about = ingest::About { run_id, commit, branch, environment, when, url };
            ingest::run(&files, about, export.as_deref(), common)
        }
        Some(Command::Flaky { test: Some(test), format, .. }) => flaky::run_test(&test, format, common),
        Some(Command::Flaky { state, layer, owner, limit, format, .. }) => {
            let filter = flaky::Filter { states: state, layers: layer, owners: owner };
            history::run(history::What::Flaky(filter), limit, format, common)
        }
        Some(Command::History { work: Some(HistoryWork::Export { file }), .. }) => export::run(&file, common),
        Some(Command::History { work: Some(HistoryWork::Alias { old, new, remove, format }), .. }) => {
            alias::run(old.zip(new), remove.as_deref(), format, common)
        }
        Some(Command::History { work: None, failures, points, limit, format }) => {
            let what = match (failures, points) {
                (true, _) => history::What::Causes,
                (false, true) => history::What::Points,
                (false, false) => history::What::Runs,
            };
            history::run(what, limit, format, common)
        }
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
        Some(Command::Quarantine { change: Some(change), .. }) => quarantine::change(change, common),
        Some(Command::Quarantine { pytest: true, .. }) => quarantine::for_pytest(common),
        Some(Command::Quarantine { format, .. }) => quarantine::list(format, common),
        Some(Command::Check { options, format }) => check::run(&options, format, common),
        Some(Command::Who { line, format }) => who::run(&line, format, common),
        Some(Command::Guide { function, options, format }) => guide::run(&function, &options, format, common),
        Some(Command::Selections { delete, format }) => selections::run(&delete, format, common),
        Some(Command::Shard { targets, options, format }) => shard::run(&targets, &options, format, common),
        Some(Command::Tests { collect, format }) => tests::run(collect, format, common),
        Some(Command::Plan { targets, format }) => plan::run(&targets, format, common),
        Some(Command::Run { targets, cost: true, format, .. }) => cost::run(&targets, format, common),
        Some(Command::Run { targets, pdb: true, .. }) => run::debug(&targets, common),
        Some(Command::Run { targets, report, format, .. }) => run::run(&targets, report.as_deref(), format, common),
        Some(Command::Lab { test, options, format }) => lab::run(test.as_deref(), &options, format, common),
        Some(Command::Programme { format }) => programme::run(format, common),
        Some(Command::Contract { format }) => contract::run(format, common),
        Some(Command::Mapping(asked)) => mapping::run(&asked, common),
        Some(Command::Gate { base, baseline, format }) => {
            gate::run(&gate::Asked { base: base.as_deref(), baseline: baseline.as_deref() }, format, common)
        }
        Some(Command::Watch { format }) => watch::run(format, common),
        Some(Command::Demo { into, only_copy }) => {
            demo::run(into.as_deref(), only_copy, common, workbench::colours(common))
        }
        None => workbench::run(arguments.path.as_deref(), common),
    }
}
