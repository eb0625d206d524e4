//! What differs between the trees of two runs or of two commits, and what of it a test ran.

use super::desk::Desk;
use super::footing;
use crate::base::{Glob, Problem, RepoPath};
use crate::domain::history::{Content, Differing, Run};
use crate::domain::ledger::{Footings, Implicated, Ledger, RanChange, Unit, changed_lines};
use crate::domain::suite::TestId;
use crate::io::git;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many changed files that nothing measures are named.
const NAMED: usize = 3;
/// More changed files than this are not looked at one by one.
const MOST: usize = 3_000;
/// What no test can depend on: words, what the interpreter and coverage.py leave, reports, and lacuna's own files; by the
/// ending and by the beginning of the name.
const ENDINGS: [&str; 5] = [".md", ".rst", ".adoc", ".pyc", ".orig"];
const NAMES: [&str; 10] = [
    "LICENSE",
    "CHANGELOG",
    "CODEOWNERS",
    ".gitignore",
    ".gitattributes",
    ".coverage",
    "coverage.",
    "junit.",
    "lacuna.",
    "lacuna-quarantine.",
];

/// What the changes before a failure say.
#[derive(Default)]
pub struct Judged {
    /// How many files changed.
    pub files: usize,
    /// The changed code that the test ran.
    pub ran: Vec<RanChange>,
    /// Why it is not known more.
    pub unknown: Vec<String>,
}

/// The files that differ between two states of the project's tree, with their texts; nothing for one that is not there.
pub struct Changes {
    files: BTreeMap<RepoPath, (Side, Side)>,
}

/// The texts of a file before and after; nothing where it is not there.
type Texts<'a> = (Option<&'a str>, Option<&'a str>);

/// A file on one side.
type Side = Option<Known>;

/// A file that is there: its text, or nothing where it is not known.
type Known = Option<Arc<str>>;

impl Changes {
    /// The changes from the tree of one run to that of another.
    ///
    /// # Errors
    /// One of the trees is not known, or git does not have its commit.
    pub fn between(desk: &Desk, passed: &Run, failed: &Run) -> Result<Self, Problem> {
        let (before, after) = (Tree::of(desk, passed)?, Tree::of(desk, failed)?);
        Self::of(desk, &before, &after)
    }

    /// The changes of a commit, with what it and the one before it have of the files.
    #[must_use]
    pub fn of_commit(files: impl IntoIterator<Item = (RepoPath, git::Held, git::Held)>) -> Self {
        Self { files: files.into_iter().map(|(path, before, after)| (path, (side(before), side(after)))).collect() }
    }

    fn of(desk: &Desk, before: &Tree, after: &Tree) -> Result<Self, Problem> {
        let mut paths: BTreeSet<RepoPath> = before.differs.keys().chain(after.differs.keys()).cloned().collect();
        if before.commit != after.commit {
            paths.extend(git::differing(&desk.project.root, &before.commit, &after.commit)?);
        }
        if paths.len() > MOST {
            let what = format!("{} files changed since: too many to be looked at one by one", paths.len());
            return Err(Problem::note("git", what));
        }
        let paths: Vec<RepoPath> = paths.into_iter().collect();
        let sides = before.texts(desk, &paths)?.into_iter().zip(after.texts(desk, &paths)?);
        let is_other = |(before, after): &(Side, Side)| match (before, after) {
            (Some(Some(before)), Some(Some(after))) => before != after,
            (None, None) => false,
            _ => true,
        };
        Ok(Self { files: paths.into_iter().zip(sides).filter(|(_, sides)| is_other(sides)).collect() })
    }

    /// What they say of a test.
    #[must_use]
    pub fn judge(&self, desk: &Desk, ledger: Option<&Ledger>, test: &TestId) -> Judged {
        let mut judged = Judged { files: self.files.len(), ..Judged::default() };
        if self.files.is_empty() {
            return judged;
        }
        let Some(ledger) = ledger.filter(|ledger| ledger.is_followed(test)) else {
            judged.unknown.push("nothing is known of what it runs: `lacuna run` measures it".to_owned());
            return judged;
        };
        let is_python = |path: &RepoPath| path.as_str().ends_with(".py");
        let mut spared = BTreeMap::new();
        for (path, sides) in self.files.iter().filter(|(path, _)| is_python(path) && ledger.measures(path)) {
            let Some((before, after)) = texts(sides) else {
                judged.unknown.push(format!("what {} held is not known", path.as_str()));
                continue;
            };
            match ledger.implicated(test, path, before, after) {
                Implicated::Ran(ran) => judged.ran.extend(ran),
                Implicated::Unknown(why) => judged.unknown.push(format!("{}: {why}", path.as_str())),
                Implicated::Spared => drop(spared.insert(path.clone(), (before, after))),
            }
        }
        judged.ran.extend(ledger.implicated_by_names(test, &spared));
        self.own(desk, ledger, test, &mut judged);
        self.beside(desk, ledger, test, &mut judged);
        judged.ran.sort();
        judged.ran.dedup();
        judged
    }

    /// The code that is not measured and that the test stands on: its own file, fixtures, hooks, helpers.
    fn own(&self, desk: &Desk, ledger: &Ledger, test: &TestId, judged: &mut Judged) {
        let is_read = |path: &RepoPath| path.as_str().ends_with(".py");
        let changed: Vec<(&RepoPath, &(Side, Side))> = self.files.iter().filter(|(path, _)| is_read(path)).collect();
        if let Some((path, _)) = changed.iter().find(|(path, sides)| texts(sides).is_none() && !ledger.measures(path)) {
            judged.unknown.push(format!("what {} held is not known", path.as_str()));
        }
        let texts: Vec<(&RepoPath, Texts<'_>)> =
            changed.into_iter().filter_map(|(path, sides)| Some((path, texts(sides)?))).collect();
        let is_outside =
            |path: &RepoPath| !ledger.measures(path) || desk.project.is_test_file(path) || path.name() == "conftest.py";
        if !texts.iter().any(|(path, _)| is_outside(path)) {
            return;
        }
        let on_disk = footing::units(desk, Some(ledger));
        let (then, now) = (used(&on_disk, ledger, test, &texts, false), used(&on_disk, ledger, test, &texts, true));
        for (path, (before, after)) in texts {
            let (then, now) = (then.get(path), now.get(path));
            let known = |parts: Option<&Vec<Stood>>, part: &Stood| {
                parts.is_some_and(|parts| parts.iter().any(|other| other.code == part.code && other.name == part.name))
            };
            for part in now.into_iter().flatten().filter(|part| !known(then, part)) {
                let lines = changed_lines(before.unwrap_or_default(), after.unwrap_or_default(), part.lines);
                let lines = if lines.is_empty() { vec![part.lines] } else { lines };
                let name = part.name.clone();
                judged.ran.push(RanChange { path: path.clone(), name, lines, exact: false });
            }
            let is_there = |part: &&Stood| now.into_iter().flatten().any(|other| other.name == part.name);
            for part in then.into_iter().flatten().filter(|part| !known(now, part) && !is_there(part)) {
                let name = part.name.clone();
                judged.ran.push(RanChange { path: path.clone(), name, lines: Vec::new(), exact: false });
            }
        }
    }

    /// Files that are no Python: the settings say whom they concern, and of others nobody knows.
    fn beside(&self, desk: &Desk, ledger: &Ledger, test: &TestId, judged: &mut Judged) {
        let own = RepoPath::new(test.path());
        let ran: Vec<RepoPath> = ledger.lines_run_by(test).into_iter().map(|(path, _)| path).chain(own).collect();
        let mut others = Vec::new();
        for path in self.files.keys().filter(|path| !path.as_str().ends_with(".py") && !is_silent(path)) {
            let rows: Vec<_> = desk.concerns.iter().filter(|(files, _)| files.matches(path)).collect();
            let concerns = |globs: &[Glob]| ran.iter().any(|ran| globs.iter().any(|glob| glob.matches(ran)));
            if rows.iter().any(|(_, globs)| concerns(globs)) {
                let name = "which concerns it by the settings".to_owned();
                judged.ran.push(RanChange { path: path.clone(), name, lines: Vec::new(), exact: false });
            } else if rows.is_empty() {
                others.push(path.as_str());
            }
        }
        if !others.is_empty() {
            let named: Vec<&str> = others.iter().take(NAMED).copied().collect();
            let more = others.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let what = format!("nobody knows who uses {}{more}; the setting `concerns` can say it", named.join(", "));
            judged.unknown.push(what);
        }
    }
}

fn is_silent(path: &RepoPath) -> bool {
    let (text, name) = (path.as_str(), path.name());
    ENDINGS.iter().any(|ending| text.ends_with(ending)) || NAMES.iter().any(|start| name.starts_with(start))
}

/// The texts of both sides, where they are known.
fn texts(sides: &(Side, Side)) -> Option<Texts<'_>> {
    match sides {
        (Some(None), _) | (_, Some(None)) => None,
        (before, after) => Some((text(before), text(after))),
    }
}

fn text(side: &Side) -> Option<&str> {
    side.as_ref().and_then(|known| known.as_deref())
}

/// A part of an unmeasured file that a test stands on.
struct Stood {
    name: String,
    code: u64,
    lines: (u32, u32),
}

/// The parts of changed files that a test stands on and that no evidence tells of, on one side.
fn used<'a>(
    on_disk: &[Arc<Unit>],
    ledger: &Ledger,
    test: &TestId,
    changed: &[(&'a RepoPath, Texts<'a>)],
    is_after: bool,
) -> BTreeMap<&'a RepoPath, Vec<Stood>> {
    let mut units: Vec<Arc<Unit>> =
        on_disk.iter().filter(|unit| changed.iter().all(|(path, _)| **path != unit.path)).cloned().collect();
    let text = |(before, after): Texts<'a>| if is_after { after } else { before };
    units.extend(changed.iter().filter_map(|(path, texts)| Some(Arc::new(Unit::read(path, text(*texts)?)))));
    let footings: Footings<'_> = footing::footings(&units, Some(ledger));
    let mut found: BTreeMap<&RepoPath, Vec<Stood>> = BTreeMap::new();
    for (unit, part) in footings.used(test).unwrap_or_default() {
        let Some(unit) = units.get(unit) else { continue };
        let Some((path, _)) = changed.iter().find(|(path, _)| **path == unit.path) else { continue };
        if let Some(part) = unit.parts.get(part).filter(|part| part.shared || !ledger.measures(path)) {
            let stood = Stood { name: part.name.clone(), code: part.code, lines: (part.line, part.end) };
            found.entry(path).or_default().push(stood);
        }
    }
    found
}

fn side(held: git::Held) -> Side {
    match held {
        git::Held::Nothing => None,
        git::Held::Bytes => Some(None),
        // As the sources are read from the disk.
        git::Held::Text(text) => Some(Some(Arc::from(text.trim_start_matches('\u{feff}')))),
    }
}

/// The tree that a run was made on: a commit, and what differed from it.
struct Tree {
    commit: String,
    differs: BTreeMap<RepoPath, Content>,
}

impl Tree {
    fn of(desk: &Desk, run: &Run) -> Result<Self, Problem> {
        let unknown = |what: &str| Problem::note(format!("the run of {}", run.when.rfc3339()), what);
        let commit = run.commit.clone().ok_or_else(|| unknown("its commit is not known"))?;
        let tree = run
            .tree
            .as_deref()
            .ok_or_else(|| unknown("its tree differed from its commit in ways that were not kept"))?;
        let differs: Vec<Differing> =
            if tree == commit { Vec::new() } else { desk.store().and_then(|store| store.differing(&run.id))? };
        if tree != commit && differs.is_empty() {
            return Err(unknown("what differed from its commit was not kept"));
        }
        Ok(Self { commit, differs: differs.into_iter().map(|file| (file.path, file.content)).collect() })
    }

    /// The texts of files, in their order.
    fn texts(&self, desk: &Desk, paths: &[RepoPath]) -> Result<Vec<Side>, Problem> {
        let asked: Vec<RepoPath> = paths.iter().filter(|path| !self.differs.contains_key(*path)).cloned().collect();
        let names: Vec<(&str, &RepoPath)> = asked.iter().map(|path| (self.commit.as_str(), path)).collect();
        let there = git::contents(&desk.project.root, &names)?;
        let mut there: BTreeMap<RepoPath, git::Held> = asked.into_iter().zip(there).collect();
        let of = |path: &RepoPath| match self.differs.get(path) {
            Some(Content::Gone) => None,
            Some(Content::Text(text)) => Some(Some(Arc::clone(text))),
            Some(Content::Unknown) => Some(None),
            None => there.remove(path).and_then(side),
        };
        Ok(paths.iter().map(of).collect())
    }
}
