//! `lacuna history export`: the history in a form that others can ingest.

use super::arguments::Common;
use super::exit::Exit;
use super::{output, session};
use crate::base::Problem;
use crate::domain::history::{RunRecord, export_line, exported_ids};
use crate::io::files;
use crate::shell::Desk;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// How many results are written in one go, at least.
const TOGETHER: usize = 50_000;

/// An export that is added to: each run stands in it once.
pub struct Export {
    path: PathBuf,
    known: HashSet<String>,
    waiting: Vec<String>,
    results: usize,
    added: usize,
}

impl Export {
    /// Looks at what is in the file already, if anything.
    ///
    /// # Errors
    /// It is there and is no export, or cannot be read.
    pub fn open(path: &Path) -> Result<Self, Problem> {
        let known = match path.metadata() {
            Ok(found) if found.is_file() => {
                exported_ids(&files::read(path, files::REPORT_LIMIT)?, &path.to_string_lossy())?
            }
            _ => HashSet::new(),
        };
        Ok(Self { path: path.to_owned(), known, waiting: Vec::new(), results: 0, added: 0 })
    }

    /// Whether a run is in it.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.known.contains(id)
    }

    /// Adds a run that is not in it yet.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn add(&mut self, record: &RunRecord) -> Result<(), Problem> {
        if self.known.insert(record.run.id.clone()) {
            self.waiting.push(export_line(record)?);
            self.results += record.results.len();
        }
        if self.results >= TOGETHER { self.flush() } else { Ok(()) }
    }

    /// Writes what waits. A file that nothing was added to is not touched.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn flush(&mut self) -> Result<(), Problem> {
        let lines = std::mem::take(&mut self.waiting);
        self.results = 0;
        if !lines.is_empty() {
            files::append_lines(&self.path, &lines)?;
            self.added += lines.len();
        }
        Ok(())
    }

    /// How many runs were added, in words.
    #[must_use]
    pub fn words(&self) -> String {
        let runs = if self.added == 1 { "1 run".to_owned() } else { format!("{} runs", self.added) };
        format!("{runs} added to {}, {} in it before", self.path.display(), self.known.len() - self.added)
    }
}

/// Runs the command: to a file that is added to, or to standard output as `-`.
pub fn run(path: &Path, common: &Common) -> Exit {
    let done = session::desk(common).and_then(|desk| {
        let done = if path.as_os_str() == "-" { print(&desk) } else { append(&desk, path) };
        output::complain(&desk.take_problems());
        done
    });
    match done {
        Ok(0) => {
            output::complain(&[Problem::note("history", "nothing is recorded yet")]);
            Exit::Nothing
        }
        Ok(_) => Exit::Done,
        Err(problem) => output::refuse(problem),
    }
}

fn append(desk: &Desk, path: &Path) -> Result<usize, Problem> {
    let mut export = Export::open(path)?;
    let count = each(desk, &mut |id, read| match export.has(id) {
        true => Ok(()),
        false => read()?.map_or(Ok(()), |record| export.add(&record)),
    })?;
    export.flush()?;
    output::say(&format!("lacuna: {}", export.words()));
    Ok(count)
}

fn print(desk: &Desk) -> Result<usize, Problem> {
    each(desk, &mut |_, read| {
        if let Some(record) = read()? {
            output::print(&(export_line(&record)? + "\n"));
        }
        Ok(())
    })
}

/// Reads a run when it is wanted.
type Reading<'a> = &'a dyn Fn() -> Result<Option<RunRecord>, Problem>;

/// Goes through all runs, the first one first. The answer is how many there are.
fn each(desk: &Desk, take: &mut dyn FnMut(&str, Reading<'_>) -> Result<(), Problem>) -> Result<usize, Problem> {
    let history = desk.history()?;
    let runs = history.runs(usize::MAX)?;
    for run in runs.iter().rev() {
        take(&run.id, &|| history.run(&run.id))?;
    }
    Ok(runs.len())
}
