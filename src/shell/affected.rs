//! The tests that the edits since their last run affect, from the disk, the ledger and what was kept of their own code.

use super::catalog::Known;
use super::concerns::Concerns;
use super::desk::Desk;
use super::flakes;
use super::follow::present_world;
use super::footing::{self, each};
use super::index::{Index, Listings, known};
use super::keep;
use super::spread::spread;
use super::vanished::{names, vanished};
use super::witness;
use crate::base::RepoPath;
use crate::domain::history::Standing;
use crate::domain::ledger::{
    Affected, FileEdit, Footing, Footings, Ledger, Meant, Named, Reason, Unit, body, reach, settle_order,
};
use crate::domain::picker;
use crate::domain::python::PartKind;
use crate::domain::suite::{Outcome, Target, TestId};
use crate::io::store::Store;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// How often a changed name is followed into files that import the file before.
const ROUNDS: usize = 8;

/// What is affected, and in which order it should run.
pub struct Found {
    /// The tests with their reasons.
    pub affected: Affected,
    /// What to give pytest, in the order that settles most in each second, each with the tests that it is known to run.
    pub targets: Vec<(Target, Vec<TestId>)>,
    /// The tests of the test files.
    pub listings: Listings,
}

/// Finds the tests that edits affect since they ran, in the order that settles most.
#[must_use]
pub fn find(desk: &Desk, ledger: &Ledger) -> Found {
    let (affected, listings) = look(desk, ledger);
    let affected = affected.wanted();
    let targets = targets(desk, &affected);
    Found { affected, targets, listings }
}

/// The tests that edits affect since they ran, and those that would settle lines.
#[must_use]
pub fn affected(desk: &Desk, ledger: &Ledger) -> Affected {
    look(desk, ledger).0
}

fn look(desk: &Desk, ledger: &Ledger) -> (Affected, Listings) {
    let edits = edits(desk, ledger);
    let index = Index::open(desk);
    let files = index.files();
    let listings = index.listings(&files, &desk.ran_before(Some(ledger)));
    let known = known(&listings);
    let units = footing::units(desk, Some(ledger));
    let footings = footing::footings(&units, Some(ledger));
    let named = named(desk, ledger, &edits);
    let mut look = Look { desk, ledger, known: &known, affected: Affected::default() };
    look.guess(&edits, &files);
    let shared = shared(&edits, &units);
    edits.into_iter().for_each(|edit| look.affected.take(edit));
    look.named(&named);
    look.tests(&footings, &units, &[named, shared]);
    let by_path: BTreeMap<&RepoPath, &Unit> = units.iter().map(|unit| (&unit.path, unit.as_ref())).collect();
    look.affected.retain(&|test| is_there(desk, &by_path, test));
    // The next batch takes away what deleted tests ran; where nothing else asks for one, a test beside them does.
    for (path, left) in vanished(desk, &ledger.tests()) {
        if let Some(beside) = left.first() {
            look.affected.add(beside, Reason::Own(path));
        }
    }
    look.noticed();
    look.failed();
    let mut affected = look.affected;
    affected.retain(&|test| is_there(desk, &by_path, test));
    if affected.tests.is_empty() {
        witness::call(desk, &known, &mut affected);
    }
    (affected, listings)
}

/// What each edited file of the ledger affects.
fn edits(desk: &Desk, ledger: &Ledger) -> Vec<FileEdit> {
    let measured = desk.measured();
    let paths: Vec<&RepoPath> = ledger.files().collect();
    let edit = |path: &&RepoPath| {
        if !desk.disk.is_there(path) {
            return ledger.edited(path, None);
        }
        // A file that is as old as the baseline is as it was measured.
        let text = desk.disk.text_since(path, measured).or_else(|| ledger.measured_text(path))?;
        ledger.edited(path, Some(&text))
    };
    spread(&paths, edit).into_iter().flatten().collect()
}

/// The parts of other files that mention names which edits changed.
fn named(desk: &Desk, ledger: &Ledger, edits: &[FileEdit]) -> BTreeMap<RepoPath, Vec<Named>> {
    let changed: BTreeMap<RepoPath, Meant> = edits
        .iter()
        .filter(|edit| !edit.meant.is_empty())
        .map(|edit| (edit.path.clone(), edit.meant.clone()))
        .collect();
    if changed.is_empty() {
        return BTreeMap::new();
    }
    let files = desk.disk.python_files();
    let mut units: BTreeMap<RepoPath, Arc<Unit>> = BTreeMap::new();
    let mut words: BTreeSet<String> = changed.keys().map(word).collect();
    let mut found = BTreeMap::new();
    for _ in 0..ROUNDS {
        let before = units.len();
        let left: Vec<&RepoPath> = files.iter().filter(|path| !units.contains_key(*path)).collect();
        let importing = |path: &&RepoPath| {
            let text = desk.disk.text(path)?;
            words.iter().any(|word| text.contains(word)).then(|| desk.unit(path)).flatten()
        };
        let more = spread(&left, importing).into_iter().flatten();
        units.extend(more.map(|unit| (unit.path.clone(), unit)));
        let all: Vec<&Unit> = units.values().map(AsRef::as_ref).collect();
        found = reach(&changed, &all, &|path| ledger.run_at_import(path));
        words.extend(found.keys().map(word));
        if units.len() == before {
            break;
        }
    }
    found
}

/// The fixtures that are made once for several tests and that use a function which changed: what they run is evidence of
/// the first of these tests alone.
fn shared(edits: &[FileEdit], units: &[Arc<Unit>]) -> BTreeMap<RepoPath, Vec<Named>> {
    let reasons = edits.iter().flat_map(|edit| edit.tests.values()).flat_map(|touched| &touched.reasons);
    let functions: BTreeSet<(&RepoPath, &str)> = reasons
        .filter_map(|reason| match reason {
            Reason::Function(path, name) => Some((path, name.as_str())),
            _ => None,
        })
        .collect();
    let mut found: BTreeMap<RepoPath, Vec<Named>> = BTreeMap::new();
    for unit in units.iter().filter(|unit| unit.parts.iter().any(|part| part.shared)) {
        let near: Vec<&(&RepoPath, &str)> = functions.iter().filter(|(path, _)| unit.imports(path)).collect();
        for (at, part) in unit.parts.iter().enumerate().filter(|(_, part)| part.shared) {
            let uses = |name: &str| name.split('.').any(|word| part.mentions(word));
            if let Some((path, name)) = near.iter().find(|(_, name)| uses(name)) {
                let named = (at, (*name).to_owned(), (*path).clone());
                found.entry(unit.path.clone()).or_default().push(named);
            }
        }
    }
    found
}

/// The word that an import of a file holds: the module's name, or that of the package.
fn word(path: &RepoPath) -> String {
    let folder = || path.folder().map(|folder| folder.name().to_owned()).unwrap_or_default();
    if path.stem() == "__init__" { folder() } else { path.stem().to_owned() }
}

struct Look<'a> {
    desk: &'a Desk,
    ledger: &'a Ledger,
    known: &'a Known,
    affected: Affected,
}

impl Look<'_> {
    /// Where nobody knows which tests ran a changed file: the tests of files that import it or are named like it.
    fn guess(&mut self, edits: &[FileEdit], files: &[RepoPath]) {
        for edit in edits.iter().filter(|edit| edit.is_guess) {
            for test in
                guessed(self.desk, &edit.path, files).into_iter().filter_map(|file| self.known.get(file)).flatten()
            {
                self.affected.add(test, Reason::Guess(edit.path.clone()));
            }
        }
    }

    /// The tests that ran functions which mention a changed name.
    fn named(&mut self, named: &BTreeMap<RepoPath, Vec<Named>>) {
        for (path, parts) in named {
            let Some(unit) = self.desk.unit(path) else { continue };
            let text = self.desk.disk.text(path);
            let functions: Vec<(&Named, (u32, u32))> = parts
                .iter()
                .filter_map(|named| Some((named, unit.parts.get(named.0)?)))
                .filter(|(_, part)| part.kind == PartKind::Function)
                .map(|(named, part)| (named, body(part)))
                .collect();
            if functions.is_empty() {
                continue;
            }
            let stretches: Vec<(u32, u32)> = functions.iter().map(|(_, lines)| *lines).collect();
            let tests = self.ledger.tests_through(path, &stretches, text.as_deref());
            for ((named, _), tests) in functions.iter().zip(tests) {
                let reason = Reason::Name(named.2.clone(), named.1.clone());
                tests.iter().for_each(|test| self.affected.add(test, reason.clone()));
            }
        }
    }

    /// The tests of the test files: new ones, and those that stand on other code than at their last run.
    fn tests(&mut self, footings: &Footings<'_>, units: &[Arc<Unit>], named: &[BTreeMap<RepoPath, Vec<Named>>]) {
        let (desk, ledger) = (self.desk, self.ledger);
        let stored = desk.store().and_then(Store::footings).unwrap_or_default();
        let baseline = keep::baseline_tests(desk, Some(ledger));
        let ran: HashSet<TestId> = desk.ran_before(Some(ledger)).into_iter().collect();
        let functions: HashSet<&str> = ran.iter().map(TestId::without_params).collect();
        let is_new = |test: &TestId| {
            !ran.contains(test) && !functions.contains(test.as_str()) && !keep::is_known(&baseline, test)
        };
        // A function of which only single cases ran since it is there has others that never did.
        let in_part = |test: &&TestId| {
            let function = TestId::new(test.without_params());
            test.params().is_some() && !keep::is_known(&baseline, test) && !stored.contains_key(&function)
        };
        let in_part: Vec<TestId> = ran.iter().filter(in_part).map(|test| TestId::new(test.without_params())).collect();
        in_part.iter().for_each(|function| self.affected.add(function, Reason::New));
        let touched: HashMap<(usize, usize), &Named> = units
            .iter()
            .enumerate()
            .flat_map(|(at, unit)| {
                let parts = named.iter().filter_map(|named| named.get(&unit.path)).flatten();
                // An import uses nothing itself: whoever mentions what it brings does.
                let is_import = |named: &&Named| unit.parts.get(named.0).is_some_and(|part| part.is_import);
                parts.filter(move |named| !is_import(named)).map(move |named| ((at, named.0), named))
            })
            .collect();
        let credited: HashSet<TestId> = ledger.tests().into_iter().collect();
        let measured = desk.measured();
        let tests: Vec<TestId> = self.known.values().flatten().cloned().collect();
        let mut reasons: Vec<(TestId, Reason)> = Vec::new();
        let concerns = Concerns::read(desk, Some(ledger), &|_| true);
        each(footings, &concerns, &tests, |test, stood| {
            if is_new(test) {
                return reasons.push((test.clone(), Reason::New));
            }
            let Some(stood) = stood else { return };
            // All cases of its function ran on this very code, and it was not among them.
            let function = test.params().and_then(|_| stored.get(&TestId::new(test.without_params())));
            if function == Some(&stood.footing) && !credited.contains(test) {
                return;
            }
            let old = stored.get(test).or_else(|| stored.get(&TestId::new(test.without_params())));
            match old {
                Some(old) => {
                    reasons.extend(differences(test, *old, stood.footing).map(|reason| (test.clone(), reason)))
                }
                None => reasons.extend(unsure(desk, ledger, test, measured).map(|reason| (test.clone(), reason))),
            }
            let name = stood.used.iter().find_map(|at| touched.get(at));
            reasons.extend(name.map(|named| (test.clone(), Reason::Name(named.2.clone(), named.1.clone()))));
        });
        reasons.into_iter().for_each(|(test, reason)| self.affected.add(&test, reason));
    }

    /// A test that ran last on all sources as they are now has noticed whatever a name means.
    fn noticed(&mut self) {
        let is_name = |reason: &Reason| matches!(reason, Reason::Name(..));
        if !self.affected.tests.values().flat_map(|entry| &entry.reasons).any(is_name) {
            return;
        }
        let now = present_world(self.desk);
        for (_, entry) in self.affected.tests.iter_mut().filter(|(test, _)| self.ledger.world_of(test) == Some(now)) {
            entry.reasons.retain(|reason| !is_name(reason));
        }
        self.affected.tests.retain(|_, entry| !entry.reasons.is_empty());
    }

    /// The tests that failed when they ran last may pass after any change.
    fn failed(&mut self) {
        if self.affected.tests.is_empty() {
            return;
        }
        let is_bad = |test: &TestId| self.ledger.outcome(test).is_some_and(Outcome::is_bad);
        let failed: Vec<TestId> = self.ledger.tests().into_iter().filter(is_bad).collect();
        failed.iter().for_each(|test| self.affected.add(test, Reason::Failed));
    }
}

/// The test files that import a source or are named like it.
pub fn guessed<'a>(desk: &Desk, source: &RepoPath, files: &'a [RepoPath]) -> BTreeSet<&'a RepoPath> {
    let named: BTreeSet<RepoPath> = picker::tests_named_after(source, files).into_iter().collect();
    let importing = |file: &&RepoPath| desk.unit(file).is_some_and(|unit| unit.imports(source));
    files.iter().filter(|file| named.contains(*file) || importing(file)).collect()
}

/// What differs between what a test stood on and what it stands on now.
fn differences(test: &TestId, old: Footing, new: Footing) -> impl Iterator<Item = Reason> {
    let path = RepoPath::new(test.path());
    let own = path.clone().filter(|_| old.own != new.own).map(Reason::Own);
    let around = path.filter(|_| old.around != new.around).map(Reason::Conftest);
    let beside = (old.beside != new.beside).then_some(Reason::Beside);
    // Nothing is known of a test that ran before the settings named anything.
    let also = (old.also != new.also && old.also != 0 && new.also != 0).then_some(Reason::Also);
    own.into_iter().chain(around).chain(beside).chain(also)
}

/// Where nothing was kept of a test's code: it counts as changed when its file was written after the measurement.
fn unsure(desk: &Desk, ledger: &Ledger, test: &TestId, measured: Option<crate::base::Stamp>) -> Option<Reason> {
    let path = RepoPath::new(test.path())?;
    let is_old = measured.is_some_and(|then| desk.disk.is_as_of(&path, then));
    (!is_old && !ledger.measures(&path)).then_some(Reason::Own(path))
}

/// Whether a test is still there, by the text of its file: a test that was deleted can't run. One that is inherited stands
/// in another class.
fn is_there(desk: &Desk, units: &BTreeMap<&RepoPath, &Unit>, test: &TestId) -> bool {
    let Some(path) = RepoPath::new(test.path()).filter(|path| desk.disk.is_there(path)) else { return false };
    units.get(&path).is_none_or(|unit| names(desk, unit, &path, test))
}

/// What to give pytest, in order. A test whose own code changed may have other parameters now: it is asked for without.
fn targets(desk: &Desk, affected: &Affected) -> Vec<(Target, Vec<TestId>)> {
    let tests: Vec<TestId> = affected.tests.keys().cloned().collect();
    let store = desk.store().ok();
    let seconds = store.and_then(|store| store.durations(&tests).ok()).unwrap_or_default().into_iter().collect();
    let ranked = store.and_then(|store| flakes::ranked(store).ok()).unwrap_or_default();
    let flaky: HashSet<TestId> =
        ranked.into_iter().filter(|test| test.standing == Standing::Flaky).map(|test| test.id).collect();
    let order = settle_order(affected, &seconds, &|test| flaky.contains(test));
    let mut groups: HashMap<String, Vec<TestId>> = HashMap::new();
    for test in affected.tests.keys().filter(|test| test.params().is_some() && is_own(affected, test)) {
        groups.entry(test.without_params().to_owned()).or_default().push(test.clone());
    }
    let mut targets = Vec::with_capacity(order.len());
    for test in order {
        if test.params().is_none() || !is_own(affected, &test) {
            targets.push((Target::Test(test.clone()), vec![test]));
        } else if let Some(cases) = groups.remove(test.without_params()) {
            targets.push((Target::Test(TestId::new(test.without_params())), cases));
        }
    }
    targets
}

fn is_own(affected: &Affected, test: &TestId) -> bool {
    let path = test.path();
    affected.tests.get(test).is_some_and(|entry| {
        entry
            .reasons
            .iter()
            .any(|reason| matches!(reason, Reason::Own(_)) || reason.path().is_some_and(|about| about.as_str() == path))
    })
}
