//! What runs showed of the tests of a checklist: which end otherwise elsewhere, what they leave, and what they do with mocks.

use super::brought;
use super::checking::{levels, standards};
use super::desk::Desk;
use super::provoke::{Provoked, Watched};
use crate::base::RepoPath;
use crate::domain::quality::{
    ByRun, Checked, Checklist, Family, Finding, Idle, Known, Level, Rule, Shown, idle, is_left_out, shown,
};
use crate::domain::suite::{LabAsked, LabLeft, Outcome, TestId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Words of files whose tests have mocks.
const MOCKING: [&str; 3] = ["Mock", "patch", "mocker"];

/// The tests of a checklist with the cases of their parameters, as far as the index knows them.
#[must_use]
pub fn cases(desk: &Desk, list: &Checklist) -> Vec<TestId> {
    let files: BTreeSet<RepoPath> = list.names.iter().filter_map(|test| RepoPath::new(test.path())).collect();
    let names: BTreeSet<&str> = list.names.iter().map(TestId::as_str).collect();
    let listings = desk.listings(&files.into_iter().collect::<Vec<_>>(), None);
    let all = listings.into_values().flat_map(|listing| listing.tests);
    all.filter(|test| names.contains(test.without_params())).collect()
}

/// What cases of tests are asked beside how they end: what they leave where a change was found, and what they do with mocks where
/// their file speaks of any.
#[must_use]
pub fn watched(desk: &Desk, list: &Checklist, cases: &[TestId]) -> Watched {
    let mut watched = Watched::default();
    let mut known: BTreeMap<&str, bool> = BTreeMap::new();
    for case in cases {
        let has_mocks = |path: &str| {
            RepoPath::new(path)
                .and_then(|path| desk.disk.text(&path))
                .is_some_and(|text| MOCKING.iter().any(|word| text.contains(word)))
        };
        if *known.entry(case.path()).or_insert_with_key(|path| has_mocks(path)) {
            watched.mocks.insert(case.clone());
        }
    }
    for checked in &list.asked.found {
        let (ByRun::Leaves(part), Some(test)) = (&checked.finding.by_run, checked.test()) else { continue };
        for case in cases.iter().filter(|case| case.without_params() == test.as_str()) {
            watched.parts.entry(case.clone()).or_default().push(part.clone());
        }
    }
    watched
}

/// Puts what runs showed of what tests leave into a checklist: a change that every case of the test took back is none.
fn add_left(list: &mut Checklist, left: &[LabLeft], watched: &Watched) {
    for checked in &mut list.asked.found {
        let (ByRun::Leaves(part), Some(test)) = (&checked.finding.by_run, checked.test()) else { continue };
        let cases = watched.parts.keys().filter(|case| case.without_params() == test.as_str());
        checked.seen = all_as_before(&cases.map(|case| is_as_before(left, case, part)).collect::<Vec<_>>());
    }
    list.seen.extend(list.asked.found.extract_if(.., |checked| checked.seen == Some(true)));
}

/// Whether a part was as before once a test, or each of its cases, had passed; nothing where no run tells.
fn is_as_before(left: &[LabLeft], test: &TestId, part: &str) -> Option<bool> {
    let has = |parts: &[String]| parts.iter().any(|one| one == part);
    let one = |told: &LabLeft| match told.outcome {
        Outcome::Passed => has(&told.left).then_some(false).or_else(|| has(&told.kept).then_some(true)),
        _ => None,
    };
    let is_meant = |told: &&LabLeft| told.id == *test || told.id.without_params() == test.as_str();
    all_as_before(&left.iter().filter(is_meant).map(one).collect::<Vec<_>>())
}

/// One that is not as before decides; otherwise all have to be.
fn all_as_before(seen: &[Option<bool>]) -> Option<bool> {
    match () {
        () if seen.contains(&Some(false)) => Some(false),
        () => (!seen.is_empty() && seen.iter().all(|seen| *seen == Some(true))).then_some(true),
    }
}

/// Puts what runs showed into a checklist.
pub fn add_provoked(desk: &Desk, list: &mut Checklist, provoked: &Provoked, watched: &Watched) {
    add_left(list, &provoked.left, watched);
    let (levels, _) = levels(desk);
    let (standards, _, _) = standards(desk);
    let case = |test: &TestId| test.params().map(|params| format!("[{params}] ")).unwrap_or_default();
    let differing = provoked.differing.iter();
    let differing = differing.map(|one| (&one.test, one.rule, 0, format!("{}{}", case(&one.test), one.words)));
    // A mock of a fixture is told of once, and so is one of several cases of a test.
    let mut told = BTreeSet::new();
    let is_first = |(test, one): &&(TestId, Shown)| {
        let of = if one.line == 0 { test.without_params() } else { test.path() };
        told.insert((of.to_owned(), one.line))
    };
    let unset = provoked.unset.iter().filter(|(test, _)| !is_of_mocks(&list.asked.found, test)).filter(is_first);
    let unset = unset.map(|(test, one)| (test, "unset-answer", one.line, one.what.clone()));
    // What one case of a test does not use, another one may.
    let cases = |test: &TestId| {
        let name = test.without_params().to_owned();
        provoked.asked.iter().filter(move |case| case.without_params() == name)
    };
    let is_idle =
        |test: &TestId, part: &str| provoked.unused.iter().any(|(one, idle)| one == test && idle.part == part);
    let goes_without =
        |test: &TestId, part: &str| cases(test).next().is_some() && cases(test).all(|case| is_idle(case, part));
    let unused = provoked.unused.iter().filter_map(|(test, one)| {
        let is_first_of_all = cases(test).next() == Some(test) && goes_without(test, &one.part);
        let rule = one.rule(|other| goes_without(other, &one.part)).filter(|_| is_first_of_all)?;
        Some((test, rule, one.line, one.what()))
    });
    for (test, rule, line, what) in differing.chain(unset).chain(unused).collect::<Vec<_>>() {
        let (Some(path), Some(rule)) = (RepoPath::new(test.path()), Rule::find(rule)) else { continue };
        let test: Vec<String> = test.names().into_iter().map(str::to_owned).collect();
        let level = levels.of(rule);
        let text = desk.disk.text(&path).unwrap_or_default();
        if level == Level::Off || is_left_out(&text, &desk.project.naming, (&test, line), rule) {
            continue;
        }
        let outline = desk.outline(&path);
        let own = outline.iter().flat_map(|outline| &outline.tests).find(|known| known.names == test);
        let line = if line == 0 { own.map_or(1, |known| known.line) } else { line };
        let finding = Finding { rule, line, end: line, test, what, by_run: ByRun::Nothing };
        let section = standards.of(rule).cloned();
        list.asked.found.push(Checked { path, finding, level, seen: None, section, brought: None });
    }
    list.asked.found.sort_by(|a, b| {
        (&a.path, a.finding.line, a.finding.rule.id).cmp(&(&b.path, b.finding.line, b.finding.rule.id))
    });
    list.problems.extend(provoked.problems.iter().cloned());
}

/// Whether the source told already of a mock of a test.
fn is_of_mocks(found: &[Checked], test: &TestId) -> bool {
    let mut mine =
        found.iter().filter(|checked| checked.test().is_some_and(|own| own.as_str() == test.without_params()));
    mine.any(|checked| checked.finding.rule.family == Family::Mocks && checked.finding.rule.id != "over-mocking")
}

/// The answers of mocks that nobody has set, and by which the code goes on, of each test that passed and has any.
#[must_use]
pub fn unset(desk: &Desk, asked: &[LabAsked]) -> Vec<(TestId, Vec<Shown>)> {
    let is_of_tests = |path: &str| RepoPath::new(path).is_none_or(|path| brought::is_of_tests(desk, &path));
    let passed = asked.iter().filter(|asked| asked.outcome == Outcome::Passed);
    let found = passed.map(|asked| {
        let text = text(desk, &asked.id);
        (asked.id.clone(), shown(asked, &Known { text: &text, is_of_tests: &is_of_tests }))
    });
    found.filter(|(_, shown)| !shown.is_empty()).collect()
}

/// The parts that tests replace by mocks that nothing has used, of each test that passed and has any.
#[must_use]
pub fn unused(desk: &Desk, asked: &[LabAsked]) -> Vec<(TestId, Vec<Idle>)> {
    let found = asked.iter().map(|asked| (asked.id.clone(), idle(asked, &text(desk, &asked.id))));
    found.filter(|(_, idle)| !idle.is_empty()).collect()
}

/// The text of a test's file; empty where it cannot be read.
fn text(desk: &Desk, test: &TestId) -> Arc<str> {
    RepoPath::new(test.path()).and_then(|path| desk.disk.text(&path)).unwrap_or_default()
}
