//! What the ledger takes in: a baseline's report and data with the project's paths, and a batch's evidence.

use crate::base::{Digest, Problem, RepoPath};
use crate::domain::coverage::{DataFile, Facts, FileCoverage, Format, Ran, Report};
use crate::domain::ledger::fit::{Marks, decide, recognise};
use crate::domain::ledger::{Placed, Places};
use crate::domain::suite::{Outcome, TestId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Gives the text of a file of the project, as it is on disk.
type Text<'a> = &'a dyn Fn(&RepoPath) -> Option<Arc<str>>;

/// How the content decides among candidates.
type Decide = fn(Vec<RepoPath>, &Marks<'_>, Text<'_>) -> Placed;

/// A report whose files are files of the project.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedReport {
    /// The report's format.
    pub format: Format,
    /// Whether it was measured with branches.
    pub has_branches: bool,
    /// Its files.
    pub files: Vec<(RepoPath, FileCoverage)>,
}

/// A data file whose files are files of the project.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlacedData {
    /// Whether it was measured with branches.
    pub has_arcs: bool,
    /// The contexts, as the data file names them.
    pub contexts: Vec<String>,
    /// Its files, with what each context (by index) executed.
    pub files: Vec<(RepoPath, Vec<(u32, Ran)>)>,
}

/// What one batch of tests showed.
#[derive(Clone, Debug, Default)]
pub struct BatchEvidence {
    /// The tests that ran to their end, with their outcomes.
    pub ran: Vec<(TestId, Outcome)>,
    /// Test files that were collected as a whole, with all their tests: those the ledger knows besides are gone.
    pub collected: BTreeMap<RepoPath, Vec<TestId>>,
    /// Tests that were asked for and that pytest did not find: they are gone, with all of their cases.
    pub missing: Vec<TestId>,
    /// Whether it was measured with a context for each test. If not, it can only add to what is known.
    pub has_contexts: bool,
    /// The batch's own data file.
    pub data: PlacedData,
    /// coverage.py's facts on the sources that the batch ran on.
    pub facts: Vec<(RepoPath, Digest, Facts)>,
    /// The text of those sources as it was at the run.
    pub sources: BTreeMap<RepoPath, Arc<str>>,
    /// Files that changed while the tests ran: nothing is said of them, and what was known stays.
    pub torn: BTreeSet<RepoPath>,
    /// The sources, of tests and all others, as the batch met them; nothing where they changed meanwhile. A test that
    /// runs twice with the same ones runs the same lines, or it is unstable.
    pub world: Option<Digest>,
    /// Whether it was a run of the whole suite: then it replaces all that was known.
    pub all: bool,
}

impl PlacedReport {
    /// Places the files of a report. What can't be placed is left out and named in the problems.
    #[must_use]
    pub fn place(report: Report, places: &Places) -> (Self, Vec<Problem>) {
        Self::place_by(report, places, &|_| None)
    }

    /// The same; where several files could be meant, the one decides whose text, by `read`, fits what the report says.
    #[must_use]
    pub fn place_by(report: Report, places: &Places, read: Text<'_>) -> (Self, Vec<Problem>) {
        let format = report.format;
        let sources = report.sources;
        let files = report.files.into_iter().map(|file| (file.path.clone(), file));
        let marks = |file: &FileCoverage, by: Decide, candidates| by(candidates, &Marks::of_report(format, file), read);
        let (files, problems) = place_all(files, &sources, places, format.name(), &marks);
        (Self { format, has_branches: report.has_branches, files }, problems)
    }
}

impl PlacedData {
    /// Places the files of a data file. What can't be placed is left out and named in the problems.
    #[must_use]
    pub fn place(data: DataFile, places: &Places) -> (Self, Vec<Problem>) {
        Self::place_by(data, &[], places, &|_| None)
    }

    /// The same; paths may be relative to `sources`, and where several files could be meant, the one decides whose text,
    /// by `read`, fits what ran.
    #[must_use]
    pub fn place_by(data: DataFile, sources: &[String], places: &Places, read: Text<'_>) -> (Self, Vec<Problem>) {
        let files = data.files.into_iter().map(|file| (file.path, file.ran));
        let marks = |ran: &Vec<(u32, Ran)>, by: Decide, candidates| by(candidates, &Marks::of_data(ran), read);
        let (files, problems) = place_all(files, sources, places, Format::DataFile.name(), &marks);
        let files = together(files);
        (Self { has_arcs: data.has_arcs, contexts: data.contexts, files }, problems)
    }
}

/// One entry for each file: a file and its installed copy are the same one.
fn together(files: Vec<(RepoPath, Vec<(u32, Ran)>)>) -> Vec<(RepoPath, Vec<(u32, Ran)>)> {
    let mut by_path: BTreeMap<RepoPath, Vec<(u32, Ran)>> = BTreeMap::new();
    for (path, ran) in files {
        by_path.entry(path).or_default().extend(ran);
    }
    by_path.into_iter().collect()
}

fn place_all<T>(
    files: impl Iterator<Item = (String, T)>,
    sources: &[String],
    places: &Places,
    origin: &str,
    by_content: &dyn Fn(&T, Decide, Vec<RepoPath>) -> Placed,
) -> (Vec<(RepoPath, T)>, Vec<Problem>) {
    let (mut placed, mut problems, mut outside) = (Vec::new(), Vec::new(), Vec::new());
    for (name, file) in files {
        let found = match places.place(&name, sources) {
            Placed::Ambiguous(candidates) => by_content(&file, decide, candidates),
            Placed::Outside => match places.likely(&name) {
                none if none.is_empty() => Placed::Outside,
                candidates => by_content(&file, recognise, candidates),
            },
            found => found,
        };
        match found {
            Placed::At(path) => placed.push((path, file)),
            Placed::Ambiguous(paths) => {
                let names: Vec<&str> = paths.iter().map(RepoPath::as_str).collect();
                let what = format!("`{name}` could be {}; it is left out", names.join(" or "));
                problems.push(Problem::warning(origin, what).hint("run coverage from the project's root"));
            }
            Placed::Outside => outside.push(name),
        }
    }
    if let Some(first) = outside.first() {
        let more = if outside.len() > 1 { format!(" and {} more", outside.len() - 1) } else { String::new() };
        let what = format!("`{first}`{more} not in this project; left out");
        problems.push(Problem::note(origin, what).hint("the report may belong to another checkout"));
    }
    (placed, problems)
}
