//! From the reports on disk to the ledger of the baseline: found, read, judged, placed.

use super::disk::Disk;
use super::placing::places;
use super::project::Project;
use super::spread::spread;
use crate::base::{Clean, Digest, Problem, RepoPath, Stamp};
use crate::domain::coverage::{self, DataFile, Report, Sniffed, sniff};
use crate::domain::ledger::{Ledger, PlacedData, PlacedReport};
use crate::io::files::{self, Found, REPORT_LIMIT};
use crate::io::store::{read_data_file, read_data_files};
use std::path::PathBuf;

/// What the newest measurement on disk consists of.
pub struct Measurement {
    /// The report with statements, if there is one.
    pub report: Option<(Found, Report)>,
    /// The data file with contexts, if there is one.
    pub data: Option<(Found, DataFile)>,
    /// Reports that could not be read, and what was odd.
    pub problems: Vec<Problem>,
}

/// The ledger of a baseline and where it came from.
pub struct Loaded {
    /// The ledger.
    pub ledger: Ledger,
    /// The report's name, relative to the root.
    pub name: Clean,
    /// The report's format.
    pub format: Clean,
    /// When it was written.
    pub written: Stamp,
    /// The time that the report itself names, if it does.
    pub stamp: Option<Stamp>,
    /// What was odd about it.
    pub problems: Vec<Problem>,
}

/// The identity of the report files that are there now: equal keys mean that nothing has to be read again.
#[must_use]
pub fn key(found: &[Found]) -> Digest {
    let text: Vec<String> = found.iter().map(|found| format!("{:?} {:?}", found.path, found.identity)).collect();
    Digest::of(text.join("\n").as_bytes())
}

/// The report files of the project, newest first.
#[must_use]
pub fn find(project: &Project) -> Vec<Found> {
    files::find_reports(&project.root, &project.report_globs())
}

/// Reads the newest report that can be read, and the data file beside it.
#[must_use]
pub fn measure(found: &[Found]) -> Measurement {
    let mut measurement = Measurement { report: None, data: None, problems: Vec::new() };
    let (data, reports): (Vec<&Found>, Vec<&Found>) = found.iter().partition(|found| is_data_file(found));
    for found in reports {
        match read_report(found) {
            Ok(Some(report)) => {
                measurement.report = Some((found.clone(), report));
                break;
            }
            Ok(None) => {}
            Err(problem) => measurement.problems.push(problem),
        }
    }
    match read_data(&data) {
        Ok(data) => measurement.data = data,
        Err(problem) => measurement.problems.push(problem),
    }
    measurement
}

fn is_data_file(found: &Found) -> bool {
    let name = found.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name == ".coverage" || name.starts_with(".coverage.")
}

/// A coverage report; nothing for a file that is no coverage report, such as JUnit XML.
fn read_report(found: &Found) -> Result<Option<Report>, Problem> {
    let bytes = files::read(&found.path, REPORT_LIMIT)?;
    match sniff(&bytes) {
        Sniffed::CoverageJson | Sniffed::Cobertura | Sniffed::Lcov | Sniffed::Table => {
            coverage::read(&bytes, &found.path.to_string_lossy()).map(Some)
        }
        _ => Ok(None),
    }
}

/// `.coverage`, or else the parallel files together.
fn read_data(found: &[&Found]) -> Result<Option<(Found, DataFile)>, Problem> {
    let is_whole = |found: &&&Found| found.path.file_name().is_some_and(|name| name == ".coverage");
    if let Some(whole) = found.iter().find(is_whole) {
        return read_data_file(&whole.path).map(|data| Some(((*whole).clone(), data)));
    }
    let Some(newest) = found.first() else { return Ok(None) };
    let paths: Vec<PathBuf> = found.iter().map(|found| found.path.clone()).collect();
    read_data_files(&paths).map(|data| Some(((*newest).clone(), data)))
}

/// Makes the ledger of a measurement; nothing when there was neither a report nor a data file.
#[must_use]
pub fn load(project: &Project, disk: &Disk, measurement: Measurement) -> Option<Loaded> {
    let Measurement { report, data, mut problems } = measurement;
    let (report, data) = matching(report, data, &mut problems);
    let newest = [report.as_ref().map(|(found, _)| found), data.as_ref().map(|(found, _)| found)];
    let named = newest.into_iter().flatten().max_by_key(|found| found.modified)?.clone();
    let format = report.as_ref().map_or("coverage.py data file", |(_, report)| report.format.name());
    let paths = report.iter().flat_map(|(_, report)| report.files.iter().map(|file| file.path.as_str()));
    let paths = paths.chain(data.iter().flat_map(|(_, data)| data.files.iter().map(|file| file.path.as_str())));
    let sources = report.as_ref().map_or(&[][..], |(_, report)| &report.sources);
    let (places, wrong) = places(&project.root, disk, paths, sources);
    problems.extend(wrong);
    let stamp = report.as_ref().and_then(|(_, report)| report.stamp);
    let report = report.map(|(_, report)| {
        problems.extend(report.notes.iter().cloned());
        let (report, wrong) = PlacedReport::place(report, &places);
        problems.extend(wrong);
        report
    });
    let data = data.map(|(_, data)| {
        let (data, wrong) = PlacedData::place(data, &places);
        problems.extend(wrong);
        data
    });
    let fresh = |path: &RepoPath| disk.is_as_of(path, named.modified);
    let (ledger, wrong) =
        Ledger::from_baseline_by(report.as_ref(), data.as_ref(), &|path| disk.text(path), &fresh, &|jobs, work| {
            spread(jobs, work)
        });
    problems.extend(wrong);
    let name = named.path.strip_prefix(&project.root).unwrap_or(&named.path).to_string_lossy().into_owned();
    let (name, format) = (Clean::line(&name), Clean::line(format));
    Some(Loaded { ledger, name, format, written: named.modified, stamp, problems })
}

/// How far apart the report and the data file of one run can be written, in milliseconds.
const ONE_RUN: i64 = 10 * 60 * 1000;

type Read<T> = Option<(Found, T)>;

/// A report and a data file count together only when they are of one run; otherwise the newer one counts alone.
fn matching(report: Read<Report>, data: Read<DataFile>, problems: &mut Vec<Problem>) -> (Read<Report>, Read<DataFile>) {
    let (Some(written), Some(measured)) =
        (report.as_ref().map(|(found, _)| found.modified.0), data.as_ref().map(|(found, _)| found.modified.0))
    else {
        return (report, data);
    };
    if (written - measured).abs() <= ONE_RUN {
        return (report, data);
    }
    let (older, newer) = if written < measured { ("report", "data file") } else { ("data file", "report") };
    problems.push(
        Problem::note(older, format!("is of an earlier run than the {newer} and is left out"))
            .hint("`lacuna run --all` measures everything at once"),
    );
    if written < measured { (None, data) } else { (report, None) }
}
