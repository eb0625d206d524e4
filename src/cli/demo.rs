//! `lacuna demo`: the screen on a copy of the sample project, with its recorded history.

use super::arguments::Common;
use super::exit::Exit;
use super::ingest::{About, record};
use super::{output, places, sample, session};
use crate::base::{Problem, Stamp};
use crate::domain::suite::{NodeIds, read_junit};
use crate::shell::{self, Desk, Options, catalog};
use serde_json::Value;
use std::path::Path;

/// Runs the command.
pub fn run(into: Option<&Path>, only_copy: bool, common: &Common, colours: Option<bool>) -> Exit {
    match desk(into, common) {
        Ok(desk) if only_copy => {
            output::print(&format!("{}\n", desk.project.root.display()));
            Exit::Done
        }
        Ok(desk) => {
            output::say(&format!("lacuna: the sample lies in {}", desk.project.root.display()));
            super::workbench::show(desk, Options { demo: true, colours })
        }
        Err(problem) => output::refuse(problem),
    }
}

/// The desk of the sample: copied if it is not there yet, its history known.
fn desk(into: Option<&Path>, common: &Common) -> Result<Desk, Problem> {
    let mut around = places::surroundings(true)?;
    around.requirements = Some(sample::REQUIREMENTS);
    around.environment.remove("VIRTUAL_ENV");
    let folder = into.map_or_else(|| around.cache.join(sample::folder_name()), |folder| places::here().join(folder));
    let sample = sample::copy_into(&folder)?;
    let common = Common { project: Some(sample.root), ..common.clone() };
    let desk = session::desk_at(None, &common, around)?;
    if sample.is_new || desk.store()?.runs(1)?.is_empty() {
        remember_history(&desk)?;
    }
    Ok(desk)
}

/// Adds the recorded runs of the sample to its history.
fn remember_history(desk: &Desk) -> Result<(), Problem> {
    let Some(list) = sample::recorded("runs.json") else { return Ok(()) };
    let broken = |what: &str| Problem::error("sample", what);
    let runs: Vec<Value> = serde_json::from_slice(list).map_err(|error| broken(&error.to_string()))?;
    let ids = NodeIds::from_files(catalog::test_files(&desk.project, &desk.disk).iter());
    let store = desk.store()?;
    for run in &runs {
        let text = |key: &str| run.get(key).and_then(Value::as_str).map(str::to_owned);
        let (Some(file), Some(id)) = (text("file"), text("run_id")) else { continue };
        let bytes = sample::recorded(&file).ok_or_else(|| broken("a report is missing"))?;
        let when = text("when").and_then(|when| Stamp::parse(&when)).unwrap_or_default();
        let about = About { commit: text("commit"), branch: text("branch"), ..About::default() };
        let (record, _) = record(&read_junit(bytes, &file)?, &ids, id, when, &about, &file);
        store.save_run(&record)?;
    }
    shell::keep::open(desk)?;
    shell::keep::settle(desk)
}
