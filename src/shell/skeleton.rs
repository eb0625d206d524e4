//! Empty tests for a function: which test file they belong in, what is put there, and writing it when a person says so.

use super::catalog;
use super::desk::Desk;
use super::spread::spread;
use crate::base::{Digest, Problem, RepoPath};
use crate::domain::config::PYTEST_FILES;
use crate::domain::guide::{Awaiting, Draft, Item, State, Ticked, Wanted, Which, skeleton};
use crate::domain::ledger::{Ledger, Unit};
use crate::domain::picker;
use crate::io::files;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// The largest configuration that is looked into, in bytes.
const LIMIT: u64 = 4 * 1024 * 1024;
/// What a byte order mark is as text.
const MARK: &str = "\u{feff}";

/// Drafts empty tests for a function of `source`, in the test file that it belongs in, or in `into`.
///
/// # Errors
/// There is nothing to write tests for, or the test file can't be added to.
pub fn draft(
    desk: &Desk,
    ledger: &Ledger,
    source: &RepoPath,
    ticked: &Ticked,
    which: Which,
    into: Option<&RepoPath>,
) -> Result<Draft, Problem> {
    let origin = format!("{}::{}", source.as_str(), ticked.guide.function.name);
    let items = chosen(ticked, which);
    if items.is_empty() {
        let problem = Problem::warning(&origin, "there is nothing left to write a test for, as far as it can be told");
        return Err(problem.hint("--all adds what can't be told, --item LINE chooses one"));
    }
    let home = Home::look(desk, ledger, source, ticked);
    let (path, why) = match into {
        Some(path) => (path.clone(), "as asked for".to_owned()),
        None => home.choose(),
    };
    let (text, old, mark) = read(desk, &path)?;
    let (module, awaiting) = (home.module(), awaiting(desk, &home.units));
    let function = &ticked.guide.function;
    let wanted = Wanted { function, items, naming: &desk.project.naming, module: &module, awaiting: &awaiting };
    let skeleton = skeleton(&wanted, text.as_deref())
        .map_err(|what| Problem::error(path.as_str(), what).hint("nothing was written"))?;
    Ok(Draft { path, why, old, mark, skeleton })
}

/// Writes a draft, if the file is still what it was when it was drafted.
///
/// # Errors
/// It changed meanwhile, or can't be written; it is as it was then.
pub fn write(desk: &Desk, draft: &Draft) -> Result<(), Problem> {
    let place = draft.path.under(&desk.project.root);
    let now = match place.symlink_metadata() {
        Ok(_) => Some(files::read_source(&desk.project.root, &draft.path)?.digest),
        Err(_) => None,
    };
    if now != draft.old {
        let problem = Problem::error(draft.path.as_str(), "it changed meanwhile, and nothing was written");
        return Err(problem.hint("look at it, and draft again"));
    }
    let text = if draft.mark { format!("{MARK}{}", draft.skeleton.text) } else { draft.skeleton.text.clone() };
    match draft.old {
        Some(_) => files::write_atomic(&place, text.as_bytes()),
        None if is_below(&desk.project.root, &place) => files::write_new(&place, text.as_bytes()),
        None => {
            let problem = Problem::error(draft.path.as_str(), "its folder is a link that leads out of the project");
            Err(problem.hint("nothing was written; name another test file with --into FILE"))
        }
    }
}

/// Whether a path lies below a root once the links on the way are followed, as far as it is there.
fn is_below(root: &Path, place: &Path) -> bool {
    let there = place.ancestors().skip(1).find_map(|folder| folder.canonicalize().ok());
    root.canonicalize().is_ok_and(|root| there.is_some_and(|there| there.starts_with(root)))
}

fn chosen(ticked: &Ticked, which: Which) -> Vec<&Item> {
    let is = |(at, (item, state)): &(usize, (&Item, &State))| match which {
        Which::NotYet => {
            matches!(state, State::Open)
                || (matches!(state, State::Unknown) && ticked.tally().unknown == ticked.tally().all)
        }
        Which::Unticked => !matches!(state, State::Ticked(_) | State::Excluded),
        Which::Line(line) => item.line == line,
        Which::One(one) => *at == one,
    };
    ticked.rows().enumerate().filter(is).map(|(_, (item, _))| item).collect()
}

/// What is there of a test file: its text, the digest of its bytes, whether a byte order mark stands before it.
type There = (Option<Arc<str>>, Option<Digest>, bool);

/// The text of a test file exactly as its bytes are, with their digest, and whether a byte order mark stood before it.
fn read(desk: &Desk, path: &RepoPath) -> Result<There, Problem> {
    if path.under(&desk.project.root).symlink_metadata().is_err() {
        return Ok((None, None, false));
    }
    let (text, digest) = desk.disk.source(path)?;
    if Digest::of(text.as_bytes()) == digest {
        return Ok((Some(text), Some(digest), false));
    }
    if Digest::of(format!("{MARK}{text}").as_bytes()) == digest {
        return Ok((Some(text), Some(digest), true));
    }
    let problem = Problem::error(path.as_str(), "is not in UTF-8, and nothing can be added without changing the rest");
    Err(problem.hint("name another test file with --into FILE"))
}

/// What is known of where tests of a source stand.
struct Home<'a> {
    desk: &'a Desk,
    source: &'a RepoPath,
    /// The name that tests import: the function, or the class or function around it.
    name: &'a str,
    /// The test files with their names.
    units: Vec<Arc<Unit>>,
    /// The test files that are named after the source.
    named: Vec<RepoPath>,
    /// How many tests of each file run the function.
    running: BTreeMap<RepoPath, usize>,
}

impl<'a> Home<'a> {
    fn look(desk: &'a Desk, ledger: &Ledger, source: &'a RepoPath, ticked: &'a Ticked) -> Self {
        let function = &ticked.guide.function;
        let tests = catalog::test_files(&desk.project, &desk.disk);
        let units = spread(&tests, |path| desk.unit(path)).into_iter().flatten().collect();
        let text = desk.disk.text(source);
        let stretch = (function.def + u32::from(function.end > function.def), function.end);
        let through = ledger.tests_through(source, &[stretch], text.as_deref());
        let mut running: BTreeMap<RepoPath, usize> = BTreeMap::new();
        for path in through.iter().flatten().filter_map(|test| RepoPath::new(test.path())) {
            *running.entry(path).or_default() += 1;
        }
        let name = function.name.split('.').next().unwrap_or_default();
        Self { desk, source, name, units, named: picker::tests_named_after(source, &tests), running }
    }

    /// The test file, and why it is this one.
    fn choose(&self) -> (RepoPath, String) {
        let brings = |unit: &&Arc<Unit>| {
            let named = |names: &[String]| names.iter().any(|name| name == self.name);
            unit.imports(self.source) && unit.imports.iter().any(|import| named(&import.names))
        };
        let bringing: Vec<&RepoPath> = self.units.iter().filter(brings).map(|unit| &unit.path).collect();
        let both = self.named.iter().find(|path| bringing.contains(path));
        if let Some(path) = both.or(self.named.first()) {
            return (path.clone(), format!("it is named after {}", self.source.as_str()));
        }
        let runs = |path: &&&RepoPath| self.running.get(**path).copied().unwrap_or_default();
        match bringing.iter().max_by_key(runs) {
            Some(path) => ((*path).clone(), format!("it imports {}", self.name)),
            None => (self.new_file(), "no test file is named after the source or imports it".to_owned()),
        }
    }

    /// The path of a new test file: beside the tests of the source's neighbours, by pytest's pattern for names.
    fn new_file(&self) -> RepoPath {
        let folder = self.folder();
        let stem = match self.source.stem() {
            "__init__" | "__main__" => self.source.folder().map_or_else(String::new, |folder| folder.name().to_owned()),
            stem => stem.trim_matches('_').to_owned(),
        };
        let around = self.source.folder().map(|folder| folder.name().to_owned()).unwrap_or_default();
        let patterns = &self.desk.project.naming.python_files;
        let at = |stem: &str| {
            let names =
                patterns.iter().filter(|pattern| !pattern.contains('/')).map(|pattern| pattern.replacen('*', stem, 1));
            let names = names.chain([format!("test_{stem}.py")]);
            let paths = names
                .filter_map(|name| RepoPath::new(&if folder.is_empty() { name } else { format!("{folder}/{name}") }));
            let paths: Vec<RepoPath> = paths.collect();
            paths.iter().find(|path| self.desk.project.is_test_file(path)).or(paths.first()).cloned()
        };
        // Two test files of one name can't be imported side by side everywhere.
        let is_free = |path: &RepoPath| {
            self.units.iter().all(|unit| unit.path.name() != path.name())
                && !path.under(&self.desk.project.root).exists()
        };
        let stems = [stem.clone(), format!("{around}_{stem}"), format!("{around}_{stem}_more")];
        let all: Vec<RepoPath> = stems.iter().filter_map(|stem| at(stem)).collect();
        all.iter().find(|path| is_free(path)).or(all.first()).cloned().unwrap_or_else(|| self.source.clone())
    }

    fn folder(&self) -> String {
        let beside = |unit: &&Arc<Unit>| {
            let folder = self.source.folder();
            let neighbours = self.desk.disk.python_files();
            let mut near =
                neighbours.iter().filter(|path| path.folder() == folder && !self.desk.project.is_test_file(path));
            near.any(|path| path.stem() != "__init__" && unit.imports(path))
        };
        let most = |units: &mut dyn Iterator<Item = &Arc<Unit>>| {
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for unit in units {
                let folder = unit.path.folder().map_or_else(String::new, |folder| folder.as_str().to_owned());
                *counts.entry(folder).or_default() += 1;
            }
            counts
                .into_iter()
                .max_by_key(|(folder, count)| (*count, std::cmp::Reverse(folder.len())))
                .map(|(folder, _)| folder)
        };
        let near = most(&mut self.units.iter().filter(beside));
        // Else the folder around all others: where tests lie that are about no single part.
        let top = || {
            let folders = self.units.iter().filter_map(|unit| unit.path.folder());
            folders
                .min_by_key(|folder| (folder.parts().count(), folder.clone()))
                .map(|folder| folder.as_str().to_owned())
        };
        near.or_else(top).unwrap_or_else(|| "tests".to_owned())
    }

    /// The module that tests import the source by: as they do, or else from the folder that holds no `__init__.py`.
    fn module(&self) -> String {
        let mut parts: Vec<&str> = self.source.parts().collect();
        parts.pop();
        if self.source.stem() != "__init__" {
            parts.push(self.source.stem());
        }
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for import in self.units.iter().flat_map(|unit| &unit.imports).filter(|import| import.level == 0) {
            let whole = std::iter::once(import.module.clone());
            let inner = import.names.iter().map(|name| format!("{}.{name}", import.module));
            for module in whole.chain(inner).filter(|module| !module.is_empty()) {
                if parts.ends_with(&module.split('.').collect::<Vec<_>>()) {
                    *counts.entry(module).or_default() += 1;
                }
            }
        }
        let used = counts.into_iter().max_by_key(|(module, count)| (*count, module.len())).map(|(module, _)| module);
        used.unwrap_or_else(|| self.by_packages(&parts))
    }

    fn by_packages(&self, parts: &[&str]) -> String {
        let is_package = |count: usize| {
            let folder = parts.get(..count).unwrap_or_default().join("/");
            RepoPath::new(&format!("{folder}/__init__.py")).is_some_and(|path| self.desk.disk.is_there(&path))
        };
        let folders = parts.len().saturating_sub(1);
        let mut first = folders;
        while first > 0 && is_package(first) {
            first -= 1;
        }
        parts.get(first..).unwrap_or_default().join(".")
    }
}

/// How the project's tests wait for what is asynchronous: as they do, or by the configuration.
fn awaiting(desk: &Desk, units: &[Arc<Unit>]) -> Awaiting {
    let (mut plain, mut marked) = (false, None);
    for text in units.iter().filter_map(|unit| desk.disk.text(&unit.path)) {
        for mark in ["pytest.mark.asyncio", "pytest.mark.anyio", "pytest.mark.trio"] {
            if text.contains(mark) {
                marked = marked.or(Some(mark));
            }
        }
        plain |= text.contains("\nasync def test");
    }
    let is_auto = |name: &&str| {
        let text = files::read_text(&desk.project.root.join(name), LIMIT).unwrap_or_default();
        text.lines().any(|line| line.trim_start().starts_with("asyncio_mode") && line.contains("auto"))
    };
    match (PYTEST_FILES.iter().any(is_auto), marked, plain) {
        (true, _, _) | (false, None, true) => Awaiting::Plain,
        (false, Some(mark), _) => Awaiting::Marked(mark.to_owned()),
        (false, None, false) => Awaiting::Nothing,
    }
}
