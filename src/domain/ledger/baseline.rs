//! The ledger's beginning: a full run's report, its data file, or both.

use crate::base::{Problem, RepoPath};
use crate::domain::coverage::{Arc as Jump, BranchLine, Facts, FileCoverage, Format, Ran};
use crate::domain::ledger::PlacedReport;
use crate::domain::ledger::credit::Credit;
use crate::domain::ledger::file::{Evidence, FileBook, Reported};
use crate::domain::ledger::fit::has_lines;
use crate::domain::ledger::version::{Shape, Version};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// Statements that coverage.py may find several exits for.
const BRANCHING: [&str; 6] = ["if", "elif", "while", "for", "case", "except"];

/// Gives the text of a file as it was measured.
pub type Read<'a> = &'a (dyn Fn(&RepoPath) -> Option<Arc<str>> + Sync);
/// Says whether a file's source is not newer than the measurement.
pub type Fresh<'a> = &'a (dyn Fn(&RepoPath) -> bool + Sync);
/// Does the work on every file, in whatever order and on whatever threads; the books come in the order of the files.
pub type Each<'a> = &'a dyn Fn(&[Job<'_>], &(dyn Fn(&Job<'_>) -> Book + Sync)) -> Vec<Book>;

/// What each context executed in each file.
pub type PlacedFiles = Vec<(RepoPath, Vec<(u32, Ran)>)>;

/// What the measurements say of one file.
pub struct Job<'a> {
    path: RepoPath,
    coverage: Option<&'a FileCoverage>,
    /// Whether the data file has anything of it.
    has_run: bool,
    /// What ran, until it is taken: a data file is large, and is not held twice.
    ran: Mutex<Vec<(u32, Ran)>>,
}

/// One file of a baseline.
pub struct Book {
    book: Arc<FileBook>,
    /// Whether the report and the data file disagree on it.
    is_odd: bool,
}

/// The files of a baseline, and what did not fit together.
#[must_use]
pub fn open(
    report: Option<&PlacedReport>,
    data: Option<(Credit, PlacedFiles)>,
    sources: Read<'_>,
    fresh: Fresh<'_>,
    each: Each<'_>,
) -> (BTreeMap<RepoPath, Arc<FileBook>>, Vec<Problem>) {
    let (credit, files) = data.unzip();
    let mut jobs: BTreeMap<RepoPath, Job<'_>> = BTreeMap::new();
    let job = |path: &RepoPath, ran: Vec<(u32, Ran)>| Job {
        path: path.clone(),
        coverage: None,
        has_run: !ran.is_empty(),
        ran: Mutex::new(ran),
    };
    for (path, ran) in files.into_iter().flatten() {
        let job = job(&path, ran);
        jobs.insert(path, job);
    }
    for (path, coverage) in report.iter().flat_map(|report| &report.files) {
        jobs.entry(path.clone()).or_insert_with(|| job(path, Vec::new())).coverage = Some(coverage);
    }
    let jobs: Vec<Job<'_>> = jobs.into_values().collect();
    let books = each(&jobs, &|job| job.book(credit.as_ref(), sources, fresh));
    let odd: Vec<&RepoPath> =
        jobs.iter().zip(&books).filter(|(_, book)| book.is_odd).map(|(job, _)| &job.path).collect();
    let problems = problems(&odd);
    // A report of the same run names every file that counts. What only the data file has was omitted; a table alone
    // may leave out what is complete.
    let both = jobs.iter().filter(|job| job.coverage.is_some() && job.has_run).count();
    let is_all = report.is_some_and(|report| report.format != Format::Table) && odd.len() * 2 < both;
    let counts =
        |(job, made): &(&Job<'_>, Book)| job.coverage.is_some() || (!is_all && is_python(&job.path, &made.book));
    let files = jobs.iter().zip(books).filter(counts);
    (files.map(|(job, made)| (job.path.clone(), made.book)).collect(), problems)
}

/// Whether coverage.py's reports would have a file of the data file: they leave out, without a word, the sources of
/// templates and the like, which are neither named as Python nor can be read as such.
fn is_python(path: &RepoPath, book: &FileBook) -> bool {
    let is_named = path.name().rsplit_once('.').is_none_or(|(_, ending)| ending.starts_with("py"));
    let is_broken = |version: &Version| version.shape().is_some_and(|shape| !shape.found.whole);
    is_named || !book.versions.iter().any(is_broken)
}

impl Job<'_> {
    fn take(&self) -> Vec<(u32, Ran)> {
        std::mem::take(&mut *self.ran.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn book(&self, credit: Option<&Credit>, sources: Read<'_>, fresh: Fresh<'_>) -> Book {
        let is_fresh = fresh(&self.path);
        // Only the data file's lines ask for the text: a report names the first lines of statements.
        let text = if is_fresh && credit.is_some() { sources(&self.path) } else { None };
        let fits = |text: &Arc<str>| {
            let is_python = self.path.as_str().ends_with(".py");
            self.coverage.is_none_or(|coverage| {
                let lists_all = coverage.counts.statements == coverage.statements.len() as u64;
                has_lines(text, &coverage.statements, is_python && lists_all)
            })
        };
        let is_fresh = is_fresh && text.as_ref().is_none_or(fits);
        let text = text.filter(|_| is_fresh);
        let Some(coverage) = self.coverage else {
            let version = match &text {
                Some(text) => Version::of(text, None),
                None => Version::new(None, None, None, !is_fresh),
            };
            let (import, tests) = credit.map(|credit| credit.evidence(self.take())).unwrap_or_default();
            let book = FileBook { versions: vec![version], import, tests, ..FileBook::default() };
            return Book { book: Arc::new(book), is_odd: false };
        };
        let mut book = reported(coverage, text, !is_fresh, credit.is_none());
        let is_odd = credit.is_some_and(|credit| !take(&mut book, coverage, credit.evidence(self.take())));
        Book { book: Arc::new(book), is_odd }
    }
}

fn problems(odd: &[&RepoPath]) -> Vec<Problem> {
    let Some(first) = odd.first() else { return Vec::new() };
    let more = if odd.len() > 1 { format!(" and {} more files", odd.len() - 1) } else { String::new() };
    let what = format!("the report and the data file disagree on {}{more}; there the report counts", first.as_str());
    vec![Problem::warning("coverage data", what).hint("make both by the same run: lacuna run --all")]
}

/// A file as a report gives it.
fn reported(coverage: &FileCoverage, text: Option<Arc<str>>, outdated: bool, union: bool) -> FileBook {
    let version = match text {
        Some(text) => Version::of(&text, None),
        None => Version::new(None, None, None, outdated),
    };
    let first_lines = version.shape().map(|shape| shape.found.first_lines.clone()).unwrap_or_default();
    let facts = Facts {
        statements: coverage.statements.clone(),
        excluded: coverage.excluded.clone(),
        first_lines,
        ..Facts::default()
    };
    let mut missing_branches = coverage.missing_branches.clone();
    missing_branches.sort_unstable();
    let reported =
        Reported { version: 0, covered: coverage.covered.clone(), missing_branches, counts: coverage.counts, union };
    let version = version.with_facts(Some(Arc::new(facts)));
    FileBook { versions: vec![version], reported: Some(reported), ..FileBook::default() }
}

/// Adds the evidence of the data file, when it is what the report says; else the report stands alone, as a union.
fn take(book: &mut FileBook, coverage: &FileCoverage, (import, tests): (Option<Evidence>, Tests)) -> bool {
    let Some(version) = book.versions.first_mut() else { return false };
    let Some(facts) = version.facts.clone() else { return false };
    let mut all = Ran::default();
    import
        .iter()
        .chain(tests.iter().map(|(_, evidence)| evidence))
        .for_each(|evidence| all.lines.union_with(&evidence.ran.lines));
    let arcs = import.iter().chain(tests.iter().map(|(_, evidence)| evidence)).flat_map(|evidence| &evidence.ran.arcs);
    all = Ran::new(all.lines, arcs.copied().collect());
    let covered = facts.judge(&all, false).covered;
    // Without the text the lines of longer statements can't be told: then what ran must at least be in the report.
    let agrees =
        if version.text.is_some() { covered == coverage.covered } else { covered.is_subset(&coverage.covered) };
    if !agrees {
        book.reported.iter_mut().for_each(|reported| reported.union = true);
        return false;
    }
    if let Some((shape, text)) = version.shape().zip(version.text.as_deref())
        && coverage.counts.branches > 0
    {
        let branch_lines = branches(coverage, &all.arcs, &facts, &shape, text);
        let exits: u32 = branch_lines.iter().map(|branch| branch.exits).sum();
        let estimated = u64::from(exits) != coverage.counts.branches;
        version.facts = Some(Arc::new(Facts { branch_lines, estimated, ..Facts::clone(&facts) }));
    }
    book.import = import;
    book.tests = tests;
    true
}

type Tests = Vec<(crate::domain::suite::TestId, Evidence)>;

/// The branches of a file, from those that a report lists as missing and those that the data file shows as taken.
fn branches(coverage: &FileCoverage, arcs: &[Jump], facts: &Facts, shape: &Shape, text: &str) -> Vec<BranchLine> {
    let code = shape.code(text);
    let is_branching = |line: u32| is_word(&code, line, &BRANCHING);
    let first = |end: i32| {
        let line = i32::try_from(facts.first_line(end.unsigned_abs())).unwrap_or(i32::MAX);
        if end < 0 { -line } else { line }
    };
    let taken = arcs.iter().map(|&(from, to)| (first(from), first(to)));
    let mut exits: BTreeMap<u32, BTreeSet<i32>> = BTreeMap::new();
    for (from, to) in taken.filter(|arc| arc.0 != arc.1).chain(coverage.missing_branches.iter().copied()) {
        if let Ok(line) = u32::try_from(from)
            && facts.statements.contains(line)
            && is_branching(line)
        {
            exits.entry(line).or_default().insert(to);
        }
    }
    // A handler that does not match leaves the function only by raising again, and an endless loop by its breaks.
    let ways = |line: u32| if is_word(&code, line, &["except"]) || is_endless(&code, line) { 1 } else { 2 };
    exits
        .into_iter()
        .map(|(line, targets)| (line, without_raises(line, targets, coverage, ways(line))))
        .filter(|(_, targets)| targets.len() > 1)
        .map(|(line, targets)| BranchLine {
            line,
            exits: u32::try_from(targets.len()).unwrap_or(u32::MAX),
            targets: targets.into_iter().collect(),
        })
        .collect()
}

/// Whether the first word of a line is one of these; `async` stands before it and says nothing of branches.
fn is_word(code: &[&str], line: u32, words: &[&str]) -> bool {
    let text = code.get((line as usize).saturating_sub(1)).map_or("", |text| text.trim_start());
    let text = text.strip_prefix("async ").map_or(text, str::trim_start);
    words.contains(&text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default())
}

fn is_endless(code: &[&str], line: u32) -> bool {
    let text = code.get((line as usize).saturating_sub(1)).map_or("", |text| text.trim_start());
    ["while True:", "while 1:"].iter().any(|words| text.starts_with(words))
}

/// A condition goes two ways. More are exceptions that left the function from it, which are no branches.
fn without_raises(line: u32, mut targets: BTreeSet<i32>, coverage: &FileCoverage, ways: usize) -> BTreeSet<i32> {
    let from = i32::try_from(line).unwrap_or(i32::MAX);
    let missing = |to: i32| coverage.missing_branches.contains(&(from, to));
    while targets.len() > ways
        && let Some(exit) = targets.iter().copied().find(|&to| to < 0 && !missing(to))
    {
        targets.remove(&exit);
    }
    targets
}
