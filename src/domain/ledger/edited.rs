//! One edited file: the tests whose evidence it makes stale, and the lines that each of them would settle.

use crate::base::RepoPath;
use crate::domain::coverage::LineSet;
use crate::domain::ledger::affected::Reason;
use crate::domain::ledger::at_import::{AtImport, Meant};
use crate::domain::ledger::edit::Edit;
use crate::domain::ledger::file::{Evidence, FileBook, is_test};
use crate::domain::ledger::target::Target;
use crate::domain::ledger::version::Shape;
use crate::domain::ledger::{Ledger, LineState, Standing};
use crate::domain::python::{Part, parts};
use crate::domain::suite::TestId;
use std::collections::{BTreeMap, BTreeSet};

/// What an edit means for one test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Why its evidence is stale.
    pub reasons: BTreeSet<Reason>,
    /// The open lines of the file that it may settle.
    pub settles: LineSet,
}

/// What the edit of one measured file affects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEdit {
    /// The file.
    pub path: RepoPath,
    /// The tests with stale evidence in it.
    pub tests: BTreeMap<TestId, Touched>,
    /// The names that mean something else to whoever imports it.
    pub meant: Meant,
    /// Whether it changed, and it is not known which tests ran it.
    pub is_guess: bool,
    /// Tests that the edit does not touch and that would settle open lines all the same.
    pub settling: BTreeMap<TestId, Touched>,
    /// Open lines of a file that no test is known to have run: any test that imports it would settle them.
    pub unseen: LineSet,
}

impl Ledger {
    /// What the edit of a file affects: `disk` is its text now, nothing when it is gone. Nothing where the evidence is
    /// that of this very text.
    #[must_use]
    pub fn edited(&self, path: &RepoPath, disk: Option<&str>) -> Option<FileEdit> {
        let book = self.book(path)?;
        let mut edit = FileEdit::new(path);
        let Some(text) = disk else {
            edit.gone(book);
            return Some(edit);
        };
        let now = book.version_of(Some(text));
        let versions = book.evidence().map(|evidence| evidence.version);
        let versions = versions.chain(book.reported.iter().map(|reported| reported.version));
        if book.doubt.is_none() && versions.into_iter().all(|at| Some(at) == now) {
            return None;
        }
        let target = Target::new(book, disk);
        let standing = self.standing(path, disk);
        let mut way = Way { target: &target, open: Open::of(&standing, &target), new: None, text };
        for at in 0..book.versions.len() {
            if Some(at) != target.version {
                edit.version(book, at, &mut way);
            }
        }
        edit.doubt(book, &target);
        if edit.tests.is_empty() && edit.settling.is_empty() {
            edit.witness(book, &self.left_open(path, text, standing));
        }
        let is_touched = !edit.tests.is_empty() || !edit.settling.is_empty() || !edit.unseen.is_empty();
        (is_touched || !edit.meant.is_empty() || edit.is_guess).then_some(edit)
    }
}

/// What the comparison of versions with the text on disk needs.
struct Way<'a> {
    target: &'a Target,
    open: Open,
    new: Option<Vec<Part>>,
    text: &'a str,
}

/// The lines that stand open, by what they belong to.
struct Open {
    /// Those of each region; the first ones stand outside functions.
    regions: Vec<LineSet>,
}

impl Open {
    fn of(standing: &Standing, target: &Target) -> Self {
        let count = target.shape.as_ref().map_or(1, |shape| shape.regions());
        let mut regions = vec![LineSet::new(); count];
        let open = standing.lines_that(LineState::Stale).chain(standing.lines_that(LineState::Unknown));
        for line in open {
            let region = target.shape.as_ref().map_or(0, |shape| shape.region(line));
            if let Some(lines) = regions.get_mut(region as usize) {
                lines.insert(line);
            }
        }
        Self { regions }
    }

    fn outside(&self) -> LineSet {
        self.regions.first().cloned().unwrap_or_default()
    }
}

/// What changed in the functions of one version.
struct Changes<'a> {
    edit: &'a Edit,
    shape: &'a Shape,
    import: AtImport,
    /// For each region the changed name that it mentions.
    named: Vec<Option<String>>,
    /// The open lines that a rerun may settle in each changed region, beside those that it ran.
    fresh: Vec<LineSet>,
    /// The open lines of functions that are new.
    added: LineSet,
}

impl FileEdit {
    fn new(path: &RepoPath) -> Self {
        Self {
            path: path.clone(),
            tests: BTreeMap::new(),
            meant: Meant::default(),
            is_guess: false,
            settling: BTreeMap::new(),
            unseen: LineSet::new(),
        }
    }

    fn gone(&mut self, book: &FileBook) {
        for (test, _) in book.tests.iter().filter(|(test, _)| is_test(test)) {
            let reason = Reason::Source(self.path.clone());
            self.touch(test).reasons.insert(reason);
        }
        self.is_guess = book.is_union();
        let text = book.versions.last().and_then(|version| version.text.as_deref());
        self.meant.names.extend(text.map(parts).unwrap_or_default().into_iter().flat_map(|part| part.binds));
    }

    fn touch(&mut self, test: &TestId) -> &mut Touched {
        self.tests.entry(test.clone()).or_default()
    }

    /// Takes in the evidence of one version.
    fn version(&mut self, book: &FileBook, at: usize, way: &mut Way<'_>) {
        let target = way.target;
        let evidence: Vec<&(TestId, Evidence)> =
            book.tests.iter().filter(|(_, evidence)| evidence.version == at).collect();
        let is_union = book.reported.as_ref().is_some_and(|reported| reported.union && reported.version == at)
            || evidence.iter().any(|(test, _)| !is_test(test));
        let has_import = book.import.as_ref().is_some_and(|import| import.version == at);
        if evidence.is_empty() && !is_union && !has_import {
            return;
        }
        let Some((edit, shape)) = target.edit(at) else {
            for (test, _) in evidence.iter().filter(|(test, _)| is_test(test)) {
                let reason = Reason::Source(self.path.clone());
                self.touch(test).reasons.insert(reason);
            }
            self.is_guess |= is_union;
            return;
        };
        let old = book.versions.get(at).and_then(|version| version.text.as_deref()).map(parts).unwrap_or_default();
        let new = way.new.get_or_insert_with(|| parts(way.text));
        let import = AtImport::between(&old, new).followed((&old, new), &run_at_import(book, at, edit, shape));
        self.meant.extend(&import.meant);
        self.is_guess |= is_union && (import.any || (1..shape.regions()).any(|at| edit.is_changed(number(at))));
        let changes = Changes::new(edit, shape, import, &old, way);
        for (test, evidence) in evidence.into_iter().filter(|(test, _)| is_test(test)) {
            self.evidence(test, evidence, &changes, way);
        }
    }

    fn evidence(&mut self, test: &TestId, evidence: &Evidence, changes: &Changes<'_>, way: &Way<'_>) {
        let lines = evidence.ran.all_lines();
        let (mut reasons, mut settles) = (BTreeSet::new(), LineSet::new());
        // A test whose own code changed is asked again, wherever it came by.
        let is_own = test.path() == self.path.as_str();
        let is_met = |region| changes.edit.changes(region, &lines) || is_own && changes.edit.is_changed(region);
        let (mut last, mut is_changed) = (None, false);
        for line in lines.iter() {
            let region = changes.shape.region(line);
            if region == 0 {
                continue;
            }
            if last != Some(region) {
                is_changed = is_met(region);
            }
            if is_changed {
                settles.extend(changes.edit.line(line));
            }
            if last.replace(region) == Some(region) {
                continue;
            }
            if is_changed {
                let scope = changes.shape.found.functions.get(region as usize - 1);
                let name = scope.map(|scope| scope.name.clone()).unwrap_or_default();
                reasons.insert(Reason::Function(self.path.clone(), name));
                let new = changes.edit.region(region).and_then(|region| changes.fresh.get(region as usize));
                settles.union_with(&new.cloned().unwrap_or_default());
            } else if let Some(Some(name)) = changes.named.get(region as usize) {
                reasons.insert(Reason::Name(self.path.clone(), name.clone()));
            }
        }
        if changes.import.everyone && !lines.is_empty() {
            let names: Vec<&str> = changes.import.meant.names.iter().map(String::as_str).collect();
            reasons.insert(Reason::Import(self.path.clone(), names.join(", ")));
        }
        if reasons.is_empty() {
            return;
        }
        settles.union_with(&changes.added);
        let mut settles = &settles & &way.open.all();
        settles.union_with(&way.open.outside());
        let touched = self.touch(test);
        touched.reasons.extend(reasons);
        touched.settles.union_with(&settles);
    }

    /// The tests that may still run lines which others no longer do.
    fn doubt(&mut self, book: &FileBook, target: &Target) {
        let Some(doubt) = &book.doubt else { return };
        let settles = match target.edit(doubt.version) {
            Some((moved, _)) => moved.move_lines(&doubt.lines),
            None => doubt.lines.clone(),
        };
        for test in &doubt.waiting {
            let reasons = BTreeSet::from([Reason::Doubt(self.path.clone())]);
            self.settling.insert(test.clone(), Touched { reasons, settles: settles.clone() });
        }
    }

    /// Where lines stand open and no test is touched, one test that imports the file has to run to show that they are
    /// missed: the first one stands for all.
    fn witness(&mut self, book: &FileBook, settles: &LineSet) {
        if settles.is_empty() {
            return;
        }
        let settles = settles.clone();
        if let Some((test, _)) = book.tests.iter().find(|(test, _)| is_test(test)) {
            let reasons = BTreeSet::from([Reason::Lines(self.path.clone())]);
            self.settling.insert(test.clone(), Touched { reasons, settles });
        } else if !self.is_guess {
            self.unseen = settles;
        }
    }
}

impl Open {
    fn all(&self) -> LineSet {
        let mut all = LineSet::new();
        self.regions.iter().for_each(|lines| all.union_with(lines));
        all
    }
}

impl<'a> Changes<'a> {
    fn new(edit: &'a Edit, shape: &'a Shape, import: AtImport, old: &[Part], way: &Way<'_>) -> Self {
        let named = |line: u32| {
            let holds = |part: &&Part| part.line <= line && line <= part.end;
            let part = old.iter().filter(holds).max_by_key(|part| part.line)?;
            import.meant.named_in(part).map(ToOwned::to_owned)
        };
        let functions = shape.found.functions.iter().map(|scope| named(scope.line));
        let named = [None].into_iter().chain(functions).collect();
        let has_no_origin = |lines: &LineSet| lines.iter().filter(|&line| edit.origin(line).is_none()).collect();
        let fresh = way.open.regions.iter().map(has_no_origin).collect();
        let mut added = LineSet::new();
        let is_new = |at: usize| !edit.knows_region(number(at));
        way.open
            .regions
            .iter()
            .enumerate()
            .filter(|(at, _)| is_new(*at))
            .for_each(|(_, lines)| added.union_with(lines));
        Self { edit, shape, import, named, fresh, added }
    }
}

/// The functions that an import of this version ran, each with whether it changed: a decorator, what makes a constant or a
/// class, and what those call.
fn run_at_import<'a>(book: &FileBook, at: usize, edit: &Edit, shape: &'a Shape) -> BTreeMap<&'a str, bool> {
    let Some(import) = book.import.as_ref().filter(|import| import.version == at) else { return BTreeMap::new() };
    let lines = import.ran.all_lines();
    let mut ran = BTreeMap::new();
    for region in lines.iter().map(|line| shape.region(line)).filter(|region| *region > 0).collect::<BTreeSet<u32>>() {
        if let Some(scope) = shape.found.functions.get(region as usize - 1) {
            *ran.entry(scope.name.as_str()).or_default() |= edit.changes(region, &lines);
        }
    }
    ran
}

fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
