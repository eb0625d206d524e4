//! The reports of a project that make its baseline: the newest one, and those that complete it.

use super::disk::Disk;
use super::placing::places;
use super::project::Project;
use crate::base::{Problem, RepoPath, Stamp};
use crate::domain::coverage::{self, Report, Sniffed, sniff};
use crate::domain::ledger::{Merged, PlacedData, PlacedReport, merge, merge_data};
use crate::io::files::{self, Found, REPORT_LIMIT};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Reports that make one baseline.
#[derive(Default)]
pub struct Reports {
    /// What they say together.
    pub report: Option<PlacedReport>,
    /// What single tests ran, where all of them say so.
    pub contexts: Option<PlacedData>,
    /// The files they were read from, newest first.
    pub found: Vec<Found>,
    /// The time that the only one of them names, if it does.
    pub stamp: Option<Stamp>,
    /// When each file was measured; one of the only report is as old as that.
    pub measured: BTreeMap<RepoPath, Stamp>,
    /// What was odd.
    pub problems: Vec<Problem>,
    /// Why some could not be read.
    pub unread: Vec<Problem>,
}

/// One report with the project's paths.
struct Placed {
    found: Found,
    name: String,
    report: PlacedReport,
    contexts: Option<PlacedData>,
    /// The time that it names.
    stamp: Option<Stamp>,
    /// What was odd about it, if it counts.
    notes: Vec<Problem>,
}

/// A coverage report; nothing for a file that is no coverage report, such as JUnit XML.
///
/// # Errors
/// It cannot be read.
fn read_report(path: &Path) -> Result<Option<Report>, Problem> {
    let bytes = files::read(path, REPORT_LIMIT)?;
    match sniff(&bytes) {
        Sniffed::CoverageJson | Sniffed::Cobertura | Sniffed::Lcov | Sniffed::Table => {
            coverage::read(&bytes, &path.to_string_lossy()).map(Some)
        }
        _ => Ok(None),
    }
}

impl Reports {
    /// Reads the newest report that can be read, and the others that complete it: those that the `reports` setting names,
    /// and those beside it that cover other files. A report of another format beside the newest one is of the same run.
    #[must_use]
    pub fn read(project: &Project, disk: &Disk, found: &[Found]) -> Self {
        let mut all = Self::default();
        let mut placed: Vec<Placed> = Vec::new();
        for found in found {
            if placed.first().is_some_and(|first| !completes(project, &first.found, found)) {
                continue;
            }
            match read_report(&found.path) {
                Ok(Some(report)) => placed.push(place(project, disk, found, report)),
                Ok(None) => {}
                Err(problem) => all.unread.push(problem),
            }
        }
        let is_named = placed.iter().all(|one| is_named(project, &one.found));
        all.join(placed, is_named);
        all
    }

    /// Reads exactly these reports, which belong together.
    ///
    /// # Errors
    /// One of them is not there, cannot be read, or is no report of coverage.
    pub fn of(project: &Project, disk: &Disk, files: &[PathBuf]) -> Result<Self, Problem> {
        let mut placed = Vec::new();
        for file in files {
            let path = std::path::absolute(file).unwrap_or_else(|_| file.clone());
            let origin = file.to_string_lossy();
            let identity = files::identity(&path).ok_or_else(|| Problem::error(&*origin, "is not there"))?;
            let (modified, bytes) = (identity.modified_at(), identity.bytes);
            let found = Found { path, modified, bytes, identity };
            let report = read_report(&found.path)?.ok_or_else(|| {
                Problem::error(&*origin, "is not a report of coverage that can be merged")
                    .hint("data files are put together by `coverage combine`")
            })?;
            placed.push(place(project, disk, &found, report));
        }
        let mut all = Self::default();
        all.join(placed, true);
        Ok(all)
    }

    /// Puts together what goes together. Files that several reports have are united only where the settings name the
    /// reports; otherwise a report that repeats files of a newer one is an older measurement of the same.
    fn join(&mut self, mut placed: Vec<Placed>, is_named: bool) {
        if !is_named {
            let mut seen: BTreeSet<RepoPath> = BTreeSet::new();
            placed.retain(|one| {
                let is_new = !one.report.files.iter().any(|(path, _)| seen.contains(path));
                if is_new {
                    seen.extend(one.report.files.iter().map(|(path, _)| path.clone()));
                } else {
                    let what = "covers files that a newer report covers too, and is left out";
                    let hint = "name the reports that belong together in the `reports` setting";
                    self.problems.push(Problem::note(&one.name, what).hint(hint));
                }
                is_new
            });
        }
        let has_branches = placed.first().is_some_and(|one| one.report.has_branches);
        placed.retain(|one| {
            let is_alike = one.report.has_branches == has_branches;
            if !is_alike {
                let what = "is left out: of it and the newest report one counts branches, the other does not";
                let hint = "measure both with or both without --cov-branch";
                self.problems.push(Problem::warning(&one.name, what).hint(hint));
            }
            is_alike
        });
        self.stamp = if let [only] = placed.as_slice() { only.stamp } else { None };
        let (mut reports, mut contexts) = (Vec::new(), Vec::new());
        for one in placed {
            for (path, _) in &one.report.files {
                let when = self.measured.entry(path.clone()).or_insert(one.found.modified);
                *when = (*when).min(one.found.modified);
            }
            self.problems.extend(one.notes);
            self.found.push(one.found);
            contexts.push(one.contexts);
            reports.push((one.name, one.report));
        }
        self.contexts = contexts.into_iter().collect::<Option<Vec<PlacedData>>>().and_then(merge_data);
        match merge(reports) {
            Ok(Merged { report, problems, .. }) => {
                self.problems.extend(problems);
                self.report = Some(report);
            }
            // There was none.
            Err(_) => self.report = None,
        }
    }
}

/// Whether a report may be of other files than the newest one: it is named by the settings, or it lies elsewhere under the
/// same name, or beside it with the same ending.
fn completes(project: &Project, first: &Found, other: &Found) -> bool {
    let same = |part: fn(&Path) -> Option<&std::ffi::OsStr>| part(&first.path) == part(&other.path);
    let beside = first.path.parent() == other.path.parent();
    (is_named(project, first) && is_named(project, other))
        || (beside && same(Path::extension))
        || (!beside && same(Path::file_name))
}

fn is_named(project: &Project, found: &Found) -> bool {
    let path = RepoPath::below(&project.root, &found.path);
    path.is_some_and(|path| project.report_globs().iter().any(|glob| glob.matches(&path)))
}

fn place(project: &Project, disk: &Disk, found: &Found, report: Report) -> Placed {
    let name = found.path.strip_prefix(&project.root).unwrap_or(&found.path).to_string_lossy().into_owned();
    let stamp = report.stamp;
    let (report, contexts, notes) = place_one(&project.root, disk, Some(&found.path), report);
    Placed { found: found.clone(), name, report, contexts, stamp, notes }
}

/// Places one report, which may lie at `path`: paths in it may be relative to where it lies, as a package of a monorepo
/// writes them.
pub(super) fn place_one(
    root: &Path,
    disk: &Disk,
    path: Option<&Path>,
    mut report: Report,
) -> (PlacedReport, Option<PlacedData>, Vec<Problem>) {
    let folder =
        path.and_then(Path::parent).and_then(|folder| folder.strip_prefix(root).ok()).map(Path::to_string_lossy);
    report.sources.extend(folder.filter(|folder| !folder.is_empty()).map(|folder| folder.into_owned()));
    let named = report.files.iter().map(|file| file.path.as_str());
    let (places, mut notes) = places(root, disk, named, &report.sources);
    notes.extend(report.notes.iter().cloned());
    let read = |path: &RepoPath| disk.text(path);
    // The same files under the same names: what is wrong with them is said once.
    let contexts = report.contexts.take().map(|data| PlacedData::place_by(data, &report.sources, &places, &read).0);
    let (report, wrong) = PlacedReport::place_by(report, &places, &read);
    notes.extend(wrong);
    (report, contexts, notes)
}
