//! `lacuna ingest`: JUnit XML into the history.

use super::arguments::Common;
use super::exit::Exit;
use super::{output, session};
use crate::base::{Clean, Digest, Problem, Stamp};
use crate::domain::history::{Run, RunRecord, RunSource, TestResult};
use crate::domain::suite::{JunitReport, NodeIds, Recovered, read_junit};
use crate::io::files;
use crate::io::store::Keeping;
use crate::shell::{Desk, catalog, now};
use std::path::{Path, PathBuf};

/// What is known of the runs besides their reports.
pub struct About {
    /// The run's id, if all reports are of one run.
    pub run_id: Option<String>,
    /// The commit that the tests ran on.
    pub commit: Option<String>,
    /// The branch that the tests ran on.
    pub branch: Option<String>,
}

/// Runs the command. Each id is printed after its run is on the disk.
pub fn run(reports: &[PathBuf], about: &About, common: &Common) -> Exit {
    let desk = match session::desk(common) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    if let Some(id) = about.run_id.as_deref().filter(|id| id.is_empty() || id.chars().any(Clean::is_odd)) {
        return output::refuse(Problem::error(
            "--run-id",
            format!("{id:?} is no id: it is empty or holds control characters"),
        ));
    }
    let ids = NodeIds::from_files(catalog::test_files(&desk.project, &desk.disk).iter());
    let (mut records, mut problems) = (Vec::new(), Vec::new());
    for path in reports {
        match read(path, about, &ids) {
            Ok((record, notes)) => {
                output::complain(&notes);
                join(&mut records, record);
            }
            Err(problem) => problems.push(problem),
        }
    }
    output::complain(&problems);
    if !problems.is_empty() && about.run_id.is_some() {
        output::say("lacuna: nothing was added: a run is kept whole or not at all");
        return Exit::Unusable;
    }
    let saved = records.into_iter().all(|record| save(&desk, record));
    if saved && problems.is_empty() { Exit::Done } else { Exit::Unusable }
}

fn save(desk: &Desk, record: RunRecord) -> bool {
    let record = RunRecord::new(record.run, record.results);
    let store = desk.store();
    output::complain(&desk.take_problems());
    let saved = store.and_then(|store| match store.keeping() {
        Keeping::Lasting => store.save_run(&record).map(drop),
        Keeping::ReadOnly | Keeping::Fleeting => {
            Err(Problem::error("history", format!("the run {} was not kept: nothing can be saved", record.run.id)))
        }
    });
    match saved {
        Ok(()) => {
            output::print(&format!("{}\n", record.run.id));
            true
        }
        Err(problem) => {
            output::complain(&[problem]);
            false
        }
    }
}

/// Reports with one id are one run.
fn join(records: &mut Vec<RunRecord>, record: RunRecord) {
    match records.iter_mut().find(|known| known.run.id == record.run.id) {
        Some(known) => {
            known.run.when = known.run.when.min(record.run.when);
            known.run.seconds += record.run.seconds;
            known.results.extend(record.results);
        }
        None => records.push(record),
    }
}

fn read(path: &Path, about: &About, ids: &NodeIds) -> Result<(RunRecord, Vec<Problem>), Problem> {
    let bytes = files::read(path, files::REPORT_LIMIT)?;
    let origin = path.to_string_lossy();
    let report = read_junit(&bytes, &origin)?;
    let id = about.run_id.clone().unwrap_or_else(|| Digest::of(&bytes).to_string().chars().take(16).collect());
    let when = report.stamp.or_else(|| files::identity(path).map(|identity| identity.modified_at())).unwrap_or(now());
    Ok(record(&report, ids, id, when, about, &origin))
}

/// The record of a JUnit report, with the node ids that its cases must have had. A case that could be several tests is
/// left out and named.
#[must_use]
pub fn record(
    report: &JunitReport,
    ids: &NodeIds,
    id: String,
    when: Stamp,
    about: &About,
    origin: &str,
) -> (RunRecord, Vec<Problem>) {
    let mut problems = report.notes.clone();
    let mut results = Vec::new();
    for case in &report.cases {
        let test = match ids.recover(case) {
            Recovered::Exact(test) | Recovered::Guess(test) => test,
            Recovered::Ambiguous(tests) => {
                let names: Vec<_> = tests.iter().map(|test| test.clean().to_string()).collect();
                let what = format!("{} {} could be {}", case.classname, case.name, names.join(" or "));
                problems.push(Problem::warning(origin, what).hint("it was left out"));
                continue;
            }
        };
        results.push(TestResult {
            test,
            outcome: case.outcome,
            attempts: case.attempts.clone(),
            seconds: case.seconds,
            message: case.message.clone(),
            details: case.details.clone(),
            worker: None,
        });
    }
    let mut run = Run::new(id, when, RunSource::Ingested);
    run.commit.clone_from(&about.commit);
    run.tree.clone_from(&about.commit);
    run.branch.clone_from(&about.branch);
    origin.clone_into(&mut run.command);
    run.seconds = report.cases.iter().map(|case| case.seconds).sum();
    (RunRecord::new(run, results), problems)
}
