//! `lacuna report`: the ranked map of one report, of pasted text, or of the project; of two, what changed between them.

use super::arguments::{Common, Format};
use super::exit::Exit;
use super::{compare, output, session};
use crate::app::Baseline;
use crate::base::{Problem, RepoPath, Stamp};
use crate::domain::coverage::{self, Counts, DATA_FILE, DataFile, FileCoverage, Report, Sniffed, sniff};
use crate::domain::ledger::{Figure, Kind, Ledger, PlacedData, Standing};
use crate::domain::report::Map;
use crate::domain::triage::{self, Entry, Order, Row};
use crate::io::{files, store};
use crate::shell::{Desk, Ground, baseline, keep, now, places, spread};
use std::cell::LazyCell;
use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Runs the command.
pub fn run(files: &[PathBuf], format: Format, common: &Common) -> Exit {
    if let [before, after] = files {
        return compare::run((before, after), format, common);
    }
    let desk = match session::desk(common) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    let Some(file) = files.first() else { return of_project(&desk, format) };
    match read(file) {
        Ok(Input::Report(report)) => of_report(&report, &desk, file, format),
        Ok(Input::Data(data)) => of_data(data, &desk, file, format),
        Err(problem) => output::refuse(problem),
    }
}

/// The map of several reports as one. Every file of them has to be the project's, since that is what merges them.
pub fn run_merged(files: &[PathBuf], format: Format, common: &Common) -> Exit {
    let desk = match session::desk(common) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    let measured = baseline::measure_files(&desk.project, &desk.disk, files);
    match measured.map(|measured| baseline::load(&desk.project, &desk.disk, measured)) {
        Ok(Some(loaded)) => {
            output::complain(&loaded.problems);
            desk.set_measured(Some(loaded.written));
            let origin = format!("{} ({})", loaded.name, loaded.format);
            show_ledger(&desk, &loaded.ledger, &origin, format)
        }
        Ok(None) => Exit::Nothing,
        Err(problem) => output::refuse(problem),
    }
}

/// What a file turned out to be.
pub enum Input {
    /// A report.
    Report(Box<Report>),
    /// A data file.
    Data(DataFile),
}

/// Reads a report; `-` is standard input.
///
/// # Errors
/// It can't be read, or is no coverage report.
pub fn read(file: &Path) -> Result<Input, Problem> {
    let is_stdin = file.as_os_str() == "-";
    if !is_stdin && files::begins_with(file, DATA_FILE) {
        return store::read_data_file(file).map(Input::Data);
    }
    let bytes = if is_stdin { read_stdin()? } else { files::read(file, files::REPORT_LIMIT)? };
    let origin = if is_stdin { "standard input".into() } else { file.to_string_lossy() };
    match sniff(&bytes) {
        Sniffed::DataFile => store::read_data_bytes(Path::new(&*origin), bytes).map(Input::Data),
        Sniffed::Junit => Err(Problem::error(origin, "is JUnit XML, which knows nothing of coverage")
            .hint("`lacuna ingest` adds it to the history")),
        _ => coverage::read(&bytes, &origin).map(|report| Input::Report(Box::new(report))),
    }
}

/// What comes in by standard input, up to the limit of a report.
///
/// # Errors
/// It can't be read.
pub fn read_stdin() -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(files::REPORT_LIMIT).read_to_end(&mut bytes);
    read.map(|_| bytes).map_err(|error| Problem::error("standard input", error.to_string()))
}

/// The map of the project: the ledger in use, which is what its reports say and what was run since.
fn of_project(desk: &Desk, format: Format) -> Exit {
    let found = keep::open(desk);
    output::complain(&desk.take_problems());
    match found {
        Ok(Baseline::Found(evidence)) => {
            output::complain(&evidence.problems);
            let origin = format!("{} ({})", evidence.name, evidence.format);
            let exit = show_ledger(desk, &desk.judged(&evidence.ledger), &origin, format);
            output::complain(&keep::settle(desk).err().into_iter().collect::<Vec<_>>());
            exit
        }
        Ok(Baseline::Nothing(_)) => {
            output::complain(&[Problem::error(desk.project.root.to_string_lossy(), "there is no coverage report")
                .hint("`lacuna run --all` measures one, or name a report: `lacuna report FILE`")]);
            Exit::Nothing
        }
        Err(problem) => output::refuse(problem),
    }
}

/// The map of a data file: statements come from the sources.
fn of_data(data: DataFile, desk: &Desk, file: &Path, format: Format) -> Exit {
    let written = written_at(file);
    let (ledger, mut problems) = ledger_of(data, desk, Some(written));
    problems.extend(undated(file));
    output::complain(&problems);
    desk.set_measured(Some(written));
    let origin = if file.as_os_str() == "-" { "standard input".into() } else { file.to_string_lossy() };
    show_ledger(desk, &ledger, &origin, format)
}

/// When a data file was written. What comes through a pipe was measured just now, as far as anybody knows.
#[must_use]
pub fn written_at(file: &Path) -> Stamp {
    let identity = if file.as_os_str() == "-" { None } else { files::identity(file) };
    identity.map_or_else(now, |identity| identity.modified_at())
}

/// What has to be said of a data file that has no time of its own.
#[must_use]
pub fn undated(file: &Path) -> Option<Problem> {
    let what = "a data file from a pipe has no time: it is taken for a measurement of the sources as they are now";
    (file.as_os_str() == "-").then(|| Problem::note("standard input", what))
}

/// What a data file alone says, on the sources as they are where they were not written after it.
pub fn ledger_of(data: DataFile, desk: &Desk, written: Option<Stamp>) -> (Ledger, Vec<Problem>) {
    let named = data.files.iter().map(|file| file.path.as_str());
    let (places, mut problems) = places(&desk.project.root, &desk.disk, named, &[]);
    let (placed, wrong) = PlacedData::place_by(data, &[], &places, &|path| desk.disk.text(path));
    problems.extend(wrong);
    let fresh = |path: &RepoPath| written.is_some_and(|written| desk.disk.is_as_of(path, written));
    let (ledger, wrong) =
        Ledger::from_baseline_by(None, Some(placed), &|path| desk.disk.text(path), &fresh, &|jobs, work| {
            spread(jobs, work)
        });
    problems.extend(wrong);
    (ledger, problems)
}

fn show_ledger(desk: &Desk, ledger: &Ledger, origin: &str, format: Format) -> Exit {
    let ground = Ground { disk: &desk.disk, measured: desk.measured(), layers: &desk.layers };
    let ranking = ground.rank(ledger, None, Order::Triage);
    let standing = |row: &Row| {
        let text = desk.disk.text_since(&row.path, desk.measured());
        Some(ledger.standing(&row.path, text.as_deref()))
    };
    show(
        &Map {
            rows: &ranking.rows,
            total: ranking.total,
            unlisted: Counts::default(),
            origin,
            digits: desk.project.coverage.precision,
            standing: &standing,
        },
        format,
    )
}

/// The map of a report as it is, whether it belongs to this project or not.
fn of_report(report: &Report, desk: &Desk, file: &Path, format: Format) -> Exit {
    output::complain(&report.notes);
    let root = &desk.project.root;
    let folders = source_folders(report, root);
    let mut entries = Vec::with_capacity(report.files.len());
    let mut placed: Vec<(RepoPath, &FileCoverage)> = Vec::with_capacity(report.files.len());
    for file in &report.files {
        let found = in_sources(&folders, &file.path, root);
        let Some(path) = found.or_else(|| RepoPath::new(file.path.trim_start_matches('/'))) else { continue };
        entries.push(Entry {
            counts: file.counts,
            plain: measured(&file.counts),
            ..Entry::new(path.clone(), &Standing::default())
        });
        placed.push((path, file));
    }
    let rows = triage::rank(&entries, &desk.layers, Order::Triage);
    let total = (!rows.is_empty()).then(|| measured(&report.totals()));
    let origin = format!("{} ({})", file.display(), report.format);
    // Only some forms of the map ask for lines.
    let by_path = LazyCell::new(|| placed.into_iter().collect::<HashMap<RepoPath, &FileCoverage>>());
    let standing = |row: &Row| by_path.get(&row.path).map(|file| standing_of(file));
    show(
        &Map {
            rows: &rows,
            total,
            unlisted: report.unlisted,
            origin: &origin,
            digits: desk.project.coverage.precision,
            standing: &standing,
        },
        format,
    )
}

/// The folders that a Cobertura report names, as far as anything that it names can lie below the root with them.
fn source_folders(report: &Report, root: &Path) -> Vec<PathBuf> {
    let any = report.files.iter().any(|file| file.path.starts_with('/'));
    let folders = report.sources.iter().map(|source| root.join(source));
    folders.filter(|folder| any || folder.starts_with(root) || root.starts_with(folder)).collect()
}

/// The one file of the project that a path means below these folders: coverage.py makes its paths relative to whichever
/// of its sources holds them, so that a file has another name from run to run.
fn in_sources(folders: &[PathBuf], name: &str, root: &Path) -> Option<RepoPath> {
    let spelled = folders.iter().filter_map(|folder| RepoPath::below(root, &folder.join(name)));
    let found: BTreeSet<RepoPath> = spelled.filter(|path| path.under(root).is_file()).collect();
    if found.len() == 1 { found.into_iter().next() } else { None }
}

fn measured(counts: &Counts) -> Figure {
    Figure { ratio: counts.ratio(), lines: counts.lines(), kind: Kind::Measured, ..Figure::default() }
}

/// Only the states of the lines, from a report's own numbers.
fn standing_of(file: &FileCoverage) -> Standing {
    use crate::domain::ledger::LineState;
    let last = file.statements.last().max(file.excluded.last()).unwrap_or(0);
    let mut lines = vec![LineState::Blank; last as usize];
    let mut paint = |set: &crate::domain::coverage::LineSet, state: LineState| {
        for line in set.iter() {
            if let Some(slot) = lines.get_mut(line as usize - 1) {
                *slot = state;
            }
        }
    };
    paint(&file.statements, LineState::Missed);
    paint(&file.covered, LineState::Covered);
    paint(&file.excluded, LineState::Excluded);
    Standing { lines, ..Standing::default() }
}

fn show(map: &Map<'_>, format: Format) -> Exit {
    match format {
        Format::Json => output::print_json(&map.json()),
        Format::Md => output::print(&map.grid().markdown()),
        Format::Text => output::print(&map.grid().text()),
    }
    if map.rows.is_empty() { Exit::Nothing } else { Exit::Done }
}
