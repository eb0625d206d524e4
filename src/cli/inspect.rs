//! `lacuna inspect`: what a report is, who wrote it, and its totals.

use super::arguments::Format;
use super::exit::Exit;
use super::output;
use crate::base::{Problem, Ratio};
use crate::domain::coverage::{self, Counts, DATA_FILE, DataFile, Sniffed, sniff};
use crate::domain::report::{Inspection, Measured};
use crate::domain::suite::read_junit;
use crate::io::{files, store};
use std::path::Path;

/// Runs the command.
pub fn run(file: &Path, format: Format) -> Exit {
    match inspect(file) {
        Ok(inspection) => {
            match format {
                Format::Json => output::print_json(&inspection.json()),
                Format::Text | Format::Md => output::print(&inspection.text()),
            }
            Exit::Done
        }
        Err(problem) => output::refuse(problem),
    }
}

fn inspect(file: &Path) -> Result<Inspection, Problem> {
    if files::begins_with(file, DATA_FILE) {
        return store::read_executed(file).map(|data| of_data(&data));
    }
    let bytes = files::read(file, files::REPORT_LIMIT)?;
    let origin = file.to_string_lossy();
    match sniff(&bytes) {
        Sniffed::Junit => read_junit(&bytes, &origin).map(|report| Inspection::of_junit(&report)),
        _ => coverage::read(&bytes, &origin).map(|report| Inspection::of_coverage(&report)),
    }
}

/// A data file holds only what ran: its statements are not known, and its covered lines are those that were executed.
fn of_data(data: &DataFile) -> Inspection {
    let executed = data.files.iter().map(|file| file.all().all_lines().len() as u64).sum();
    let counts = Counts { covered: executed, ..Counts::default() };
    Inspection {
        format: "dotcov",
        name: "coverage.py data file",
        producer: data.producer.clone(),
        tests: None,
        coverage: Some(Measured {
            files: data.files.len() as u64,
            counts,
            functions: Ratio::default(),
            classes: Ratio::default(),
            has_statements: false,
        }),
    }
}
