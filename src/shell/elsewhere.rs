//! Tests that run elsewhere: the command that leads there, by the settings, and which files the paths from there mean.

use super::desk::Desk;
use crate::base::{Digest, Problem, RepoPath};
use crate::domain::config::PYTEST_FILES;
use crate::domain::ledger::{Alias, Ledger, Placed, Places};
use crate::domain::suite::{Batch, FileFacts, Progress, Target};
use crate::io::files;
use crate::io::runner::{Elsewhere, Launch, Pytest, RunDir, Template};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// How many sources, beside the tests themselves, tell whether the project there is the one here.
const LANDMARKS: usize = 200;
/// The largest file whose content is compared, in bytes.
const LIMIT: u64 = 4 * 1024 * 1024;

/// Where the project's tests run, if its settings name a command that leads there.
///
/// # Errors
/// The settings cannot mean anything.
pub fn elsewhere(desk: &Desk) -> Result<Option<Elsewhere>, Problem> {
    let config = &desk.project.config;
    let words = config.texts("runner.command");
    if words.iter().all(String::is_empty) {
        return Ok(None);
    }
    let template = Template::new(words, config.switch("runner.quote"))?;
    let here = |name: &str| desk.around.environment.value(name).map(|value| value.to_string_lossy().into_owned());
    // A name alone brings its value from here.
    let variable = |text: &String| match text.split_once('=') {
        Some((name, value)) => Some((name.to_owned(), value.to_owned())),
        None => Some((text.clone(), here(text)?)),
    };
    Ok(Some(Elsewhere {
        template,
        python: config.text("interpreter").unwrap_or("python3").to_owned(),
        directory: config.text("runner.directory").unwrap_or_default().to_owned(),
        environment: config.texts("runner.environment").iter().filter_map(variable).collect(),
        silence: Duration::from_secs(config.count("limit.silence") as u64),
    }))
}

/// pytest for one batch, here or elsewhere.
///
/// # Errors
/// As [`Launch::pytest`], or the settings of where it runs cannot mean anything.
pub fn launch(
    desk: &Desk,
    how: &Pytest<'_>,
    batch: &Batch,
    run: &RunDir,
    ledger: Option<&Ledger>,
) -> Result<Launch, Problem> {
    match elsewhere(desk)? {
        None => Launch::pytest(how, batch, run),
        Some(elsewhere) => Launch::pytest_elsewhere(how, batch, run, &elsewhere, landmarks(desk, batch, ledger)),
    }
}

/// Files of the project with the digests of their content: the tests of a batch, what configures them, and sources.
fn landmarks(desk: &Desk, batch: &Batch, ledger: Option<&Ledger>) -> Vec<(String, String)> {
    let listed = desk.disk.python_files();
    let file = |target: &Target| match target {
        Target::File(path) => Some(path.clone()),
        Target::Test(id) => RepoPath::new(id.path()),
    };
    let asked: BTreeSet<RepoPath> = batch.targets.iter().filter_map(file).collect();
    let is_wanted = |path: &&RepoPath| {
        asked.contains(*path) || path.name() == "conftest.py" || (asked.is_empty() && desk.project.is_test_file(path))
    };
    let mut wanted: Vec<RepoPath> = listed.iter().filter(is_wanted).cloned().collect();
    let of_ledger = ledger.into_iter().flat_map(Ledger::files).cloned();
    let others = listed.iter().filter(|_| ledger.is_none()).cloned();
    let known: BTreeSet<RepoPath> = wanted.iter().cloned().collect();
    wanted.extend(of_ledger.chain(others).filter(|path| !known.contains(path)).take(LANDMARKS));
    let settings = PYTEST_FILES.iter().filter_map(|name| RepoPath::new(name));
    let digest = |path: &RepoPath| {
        let source = desk.disk.source(path).ok().map(|source| source.1);
        source.or_else(|| files::read(&path.under(&desk.project.root), LIMIT).ok().map(|bytes| Digest::of(&bytes)))
    };
    let all = wanted.into_iter().chain(settings);
    all.filter_map(|path| Some((path.as_str().to_owned(), digest(&path)?.to_string()))).collect()
}

/// The paths of a run elsewhere, brought home; those of a run here stay as they are.
#[derive(Default)]
pub struct Homeward {
    known: HashMap<String, String>,
}

impl Homeward {
    /// Which files of the project the files mean that a run has measured: by the settings, below the root there, and
    /// else by content among those of the same name.
    #[must_use]
    pub fn new(desk: &Desk, progress: &Progress) -> Self {
        let Some(away) = &progress.away else { return Self::default() };
        let root = desk.project.root.to_string_lossy();
        let places = Places::new(&root, desk.disk.python_files().iter().cloned());
        let (aliases, there) = (aliases(desk), places_of(&away.root, &root));
        let home = |file: &FileFacts| {
            let named = aliases.iter().chain(&there).filter_map(|alias| alias.apply(&file.path));
            let named = named.filter_map(|path| RepoPath::below(&desk.project.root, path.as_ref()));
            let path = named.into_iter().find(|path| desk.disk.is_there(path)).or_else(|| same(desk, &places, file))?;
            Some((file.path.clone(), path.under(&desk.project.root).to_string_lossy().into_owned()))
        };
        Self { known: progress.facts.iter().filter_map(home).collect() }
    }

    /// The path here.
    #[must_use]
    pub fn path<'a>(&'a self, path: &'a str) -> &'a str {
        self.known.get(path).map_or(path, String::as_str)
    }
}

/// The folders that the settings map, and their places here.
#[must_use]
pub fn aliases(desk: &Desk) -> Vec<Alias> {
    let rows = desk.project.config.named("runner.paths").iter();
    let alias = |(there, here): &(String, Vec<String>)| {
        let here = here.first()?;
        Some(places_of(there, &desk.project.root.join(here).to_string_lossy()))
    };
    let mut all: Vec<(usize, Vec<Alias>)> = rows.filter_map(|row| Some((row.0.len(), alias(row)?))).collect();
    // The longest folder counts.
    all.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
    all.into_iter().flat_map(|(_, aliases)| aliases).collect()
}

/// A folder there that stands for one here.
#[must_use]
pub fn places_of(there: &str, here: &str) -> Vec<Alias> {
    Alias::of_list(&[here.to_owned(), there.to_owned()], None)
}

/// The one file of the project with the name and the content of a file there: an installed copy, a part of the project
/// that lies elsewhere.
fn same(desk: &Desk, places: &Places, file: &FileFacts) -> Option<RepoPath> {
    let mut candidates = places.originals(&file.path);
    candidates.extend(places.likely(&file.path));
    if let Placed::Ambiguous(several) = places.place(&file.path, &[]) {
        candidates.extend(several);
    }
    candidates.retain(|path| desk.disk.source(path).is_ok_and(|source| source.1 == file.digest));
    candidates.sort();
    candidates.dedup();
    if candidates.len() == 1 { candidates.pop() } else { None }
}
