//! `lacuna mapping`: which tests belong to which issues, and a run in the form that a test management imports.

use super::arguments::{Common, MappingAsked, MappingFormat};
use super::exit::Exit;
use super::{output, session};
use crate::base::Problem;
use crate::domain::history::RunRecord;
use crate::domain::mapping::{Mapping, Statuses, executions};
use crate::domain::report::{Info, mapped_junit, mapping_markdown, mapping_text, mapping_value, xray_value};
use crate::shell::{Desk, mapping};
use std::collections::BTreeSet;

/// Runs the command.
pub fn run(asked: &MappingAsked, common: &Common) -> Exit {
    let desk = match session::desk(common) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    let mapping = mapping::mapping(&desk);
    output::complain(&desk.take_problems());
    if mapping.tests.is_empty() {
        output::complain(&[Problem::note("mapping", "there are no tests")]);
        return Exit::Nothing;
    }
    match asked.format {
        MappingFormat::Text => output::print(&mapping_text(&mapping)),
        MappingFormat::Md => output::print(&mapping_markdown(&mapping)),
        MappingFormat::Json => output::print_json(&mapping_value(&mapping)),
        MappingFormat::Xray | MappingFormat::Junit => return export(&desk, &mapping, asked),
    }
    Exit::Done
}

/// A run, for a test management.
fn export(desk: &Desk, mapping: &Mapping, asked: &MappingAsked) -> Exit {
    let record = match record(desk, asked.run.as_deref()) {
        Ok(Some(record)) => record,
        Ok(None) => {
            let hint = "`lacuna run` and `lacuna ingest` record runs, `lacuna history` lists them";
            output::complain(&[Problem::note("mapping", "no such run is recorded").hint(hint)]);
            return Exit::Nothing;
        }
        Err(problem) => return output::refuse(problem),
    };
    let config = &desk.project.config;
    if asked.format == MappingFormat::Junit {
        let property = config.texts("mapping.properties").first().map_or("test_key", String::as_str);
        output::complain(&several(mapping, &record).into_iter().collect::<Vec<_>>());
        output::print(&mapped_junit(mapping, &record, property));
        return Exit::Done;
    }
    let found = executions(mapping, &record);
    if found.is_empty() {
        let problem = Problem::note("mapping", "no test of this run belongs to an issue");
        output::complain(&[problem.hint("mapping.marks and mapping.properties name what holds the keys")]);
        return Exit::Nothing;
    }
    let statuses = if config.text("mapping.statuses") == Some("server") { Statuses::Server } else { Statuses::Cloud };
    let info = Info {
        execution: asked.execution.as_deref(),
        project: asked.project_key.as_deref(),
        plan: asked.plan.as_deref(),
        environments: &asked.environment,
    };
    output::print_json(&xray_value(&found, &record, &info, statuses));
    Exit::Done
}

/// What is to be known of tests with several issues: of the properties of one case, Xray takes one key.
fn several(mapping: &Mapping, record: &RunRecord) -> Option<Problem> {
    let ran: BTreeSet<&str> = record.results.iter().map(|told| told.id.without_params()).collect();
    let count = mapping.with_several().filter(|test| ran.contains(test.id.as_str())).count();
    let tests = if count == 1 { "1 test of this run belongs" } else { "tests of this run belong" };
    let tests = if count == 1 { tests.to_owned() } else { format!("{count} {tests}") };
    let problem =
        Problem::note("mapping", format!("{tests} to several issues, and of one case in JUnit XML Xray takes one key"));
    (count > 0).then(|| problem.hint("`lacuna mapping --format xray` tells each issue"))
}

/// The run that is asked for; the last one where none is.
fn record(desk: &Desk, id: Option<&str>) -> Result<Option<RunRecord>, Problem> {
    let history = desk.history()?;
    match id {
        Some(id) => history.run(id),
        None => history.runs(1)?.first().map_or(Ok(None), |run| history.run(&run.id)),
    }
}
