//! From the reports on disk to the ledger of the baseline: found, read, judged, placed.

use super::disk::Disk;
use super::placing::places;
use super::project::Project;
use super::reports::Reports;
use super::spread::spread;
use crate::base::{Clean, Digest, Problem, RepoPath, Stamp};
use crate::domain::coverage::DataFile;
use crate::domain::ledger::{Ledger, PlacedData};
use crate::io::files::{self, Found};
use crate::io::store::{read_data_file, read_data_files};
use std::path::PathBuf;

/// What the newest measurement on disk consists of.
pub struct Measurement {
    /// The reports with statements, as far as there are any.
    pub reports: Reports,
    /// The data file with contexts, if there is one.
    pub data: Option<(Found, DataFile)>,
    /// Reports that could not be read.
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

/// Reads the newest report that can be read, those that complete it, and the data file beside it.
#[must_use]
pub fn measure(project: &Project, disk: &Disk, found: &[Found]) -> Measurement {
    let (data, reports): (Vec<Found>, Vec<Found>) = found.iter().cloned().partition(is_data_file);
    let mut reports = Reports::read(project, disk, &reports);
    let mut problems = std::mem::take(&mut reports.unread);
    let data = read_data(&data).unwrap_or_else(|problem| {
        problems.push(problem);
        None
    });
    Measurement { reports, data, problems }
}

/// Exactly these reports.
///
/// # Errors
/// One of them cannot be read, or is no report.
pub fn measure_files(project: &Project, disk: &Disk, files: &[PathBuf]) -> Result<Measurement, Problem> {
    Ok(Measurement { reports: Reports::of(project, disk, files)?, data: None, problems: Vec::new() })
}

fn is_data_file(found: &Found) -> bool {
    let name = found.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name == ".coverage" || name.starts_with(".coverage.")
}

/// `.coverage`, or the parallel files together that were written since: a run whose data files are not combined yet.
fn read_data(found: &[Found]) -> Result<Option<(Found, DataFile)>, Problem> {
    let is_whole = |found: &&Found| found.path.file_name().is_some_and(|name| name == ".coverage");
    let whole = found.iter().find(is_whole);
    let since = |found: &&Found| whole.is_none_or(|whole| found.modified > whole.modified);
    let parallel: Vec<&Found> = found.iter().filter(|found| !is_whole(found)).filter(since).collect();
    let Some(newest) = parallel.first() else {
        return whole.map(|whole| read_data_file(&whole.path).map(|data| (whole.clone(), data))).transpose();
    };
    let paths: Vec<PathBuf> = parallel.iter().map(|found| found.path.clone()).collect();
    read_data_files(&paths).map(|data| Some(((*newest).clone(), data)))
}

/// Makes the ledger of a measurement; nothing when there was neither a report nor a data file.
#[must_use]
pub fn load(project: &Project, disk: &Disk, measurement: Measurement) -> Option<Loaded> {
    let Measurement { mut reports, data, mut problems } = measurement;
    let data = matching(&mut reports, data, &mut problems);
    let newest = reports.found.iter().chain(data.iter().map(|(found, _)| found));
    let named = newest.max_by_key(|found| found.modified)?.clone();
    let format = reports.report.as_ref().map_or("coverage.py data file", |report| report.format.name());
    problems.append(&mut reports.problems);
    let stamp = reports.stamp;
    let data = data.map(|(_, data)| {
        let (places, wrong) = places(&project.root, disk, data.files.iter().map(|file| file.path.as_str()), &[]);
        problems.extend(wrong);
        let (data, wrong) = PlacedData::place_by(data, &[], &places, &|path| disk.text(path));
        problems.extend(wrong.into_iter().filter(|wrong| !problems.contains(wrong)).collect::<Vec<_>>());
        data
    });
    let data = data.or(reports.contexts);
    let fresh = |path: &RepoPath| disk.is_as_of(path, reports.measured.get(path).copied().unwrap_or(named.modified));
    let (ledger, wrong) =
        Ledger::from_baseline_by(reports.report.as_ref(), data, &|path| disk.text(path), &fresh, &|jobs, work| {
            spread(jobs, work)
        });
    problems.extend(wrong);
    let shown =
        |found: &Found| found.path.strip_prefix(&project.root).unwrap_or(&found.path).to_string_lossy().into_owned();
    let name = match reports.found.len() {
        0 | 1 => shown(&named),
        more => format!("{} and {} more reports", reports.found.first().map(shown).unwrap_or_default(), more - 1),
    };
    let (name, format) = (Clean::line(&name), Clean::line(format));
    Some(Loaded { ledger, name, format, written: named.modified, stamp, problems })
}

/// How far apart the report and the data file of one run can be written, in milliseconds.
const ONE_RUN: i64 = 10 * 60 * 1000;

/// A report and a data file count together only when they are of one run; otherwise the newer one counts alone. Several
/// reports are of several runs, and a data file of one of them.
fn matching(
    reports: &mut Reports,
    data: Option<(Found, DataFile)>,
    problems: &mut Vec<Problem>,
) -> Option<(Found, DataFile)> {
    let (Some(newest), Some((measured, _))) = (reports.found.first(), &data) else { return data };
    if reports.found.len() > 1 {
        let what = "belongs to one of several reports and is left out";
        problems.push(Problem::note(measured.path.to_string_lossy(), what));
        return None;
    }
    let (written, measured) = (newest.modified.0, measured.modified.0);
    if (written - measured).abs() <= ONE_RUN {
        return data;
    }
    let (older, newer) = if written < measured { ("report", "data file") } else { ("data file", "report") };
    problems.push(
        Problem::note(older, format!("is of an earlier run than the {newer} and is left out"))
            .hint("`lacuna run --all` measures everything at once"),
    );
    if written < measured {
        *reports = Reports::default();
        return data;
    }
    None
}
