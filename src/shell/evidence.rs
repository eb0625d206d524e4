//! From what one command left to the evidence that the ledger takes in.

use super::desk::Desk;
use super::elsewhere::Homeward;
use super::follow::Followed;
use super::placing::places;
use super::vanished::vanished;
use crate::base::{Digest, Problem, RepoPath};
use crate::domain::coverage::{BranchLine, Facts, JumpFix};
use crate::domain::ledger::{BatchEvidence, Ledger, Placed, PlacedData, Scope};
use crate::domain::suite::{Batch, EventFacts, FileFacts, Outcome, Progress, Target, TestId};
use crate::io::runner::Ended;
use crate::io::store::read_data_file;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Reads the private data file of a command and joins it with what its events said; `ledger` is what is known before it.
/// What went wrong is named; without a readable data file there is no evidence.
pub fn gather(
    desk: &Desk,
    batch: &Batch,
    followed: &Followed,
    (data, ended): (&Path, &Ended),
    ledger: &Ledger,
    (all, whole): (bool, bool),
) -> (Option<BatchEvidence>, Vec<Problem>) {
    let progress = &followed.progress;
    let mut data = match read_data_file(data) {
        Ok(data) => data,
        Err(problem) => return (None, vec![problem]),
    };
    // A project that names no sources to measure has lacuna's own plugin measured too.
    data.files.retain(|file| !Path::new(&file.path).starts_with(&desk.project.runs));
    let homeward = Homeward::new(desk, progress);
    for file in &mut data.files {
        file.path = homeward.path(&file.path).to_owned();
    }
    desk.disk.forget_listing();
    // What coverage.py's own reports leave out has no facts: what the project omits, and what is no Python, such as
    // the source of a template.
    let reported: BTreeSet<PathBuf> =
        progress.facts.iter().map(|file| PathBuf::from(homeward.path(&file.path))).collect();
    data.files.retain(|file| reported.is_empty() || reported.contains(&desk.project.root.join(&file.path)));
    let named = progress.facts.iter().map(|file| homeward.path(&file.path));
    let (places, mut problems) = places(&desk.project.root, &desk.disk, named, &[]);
    let (mut data, outside) = PlacedData::place(data, &places);
    problems.extend(outside);
    let is_inside = inside(desk, progress, ledger);
    data.files.retain(|(path, _)| all || is_inside(path));
    let mut sources = BTreeMap::new();
    // Of a file that was written while the tests ran nobody knows which text they ran.
    let (mut torn, mut placed) = (BTreeSet::new(), Vec::new());
    for file in &progress.facts {
        let Placed::At(path) = places.place(homeward.path(&file.path), &[]) else { continue };
        if !all && !is_inside(&path) {
            continue;
        }
        match desk.disk.source(&path) {
            Ok((text, digest)) if digest == file.digest && !followed.has_changed(desk, &path, file) => {
                sources.insert(path.clone(), text);
                placed.push((path, file));
            }
            Ok(_) => {
                problems.push(if progress.away.is_some() { differs(&path) } else { changed_meanwhile(&path) });
                torn.insert(path);
            }
            Err(problem) => problems.push(problem),
        }
    }
    let facts = facts_of(desk, placed, &sources);
    data.files.retain(|(path, _)| !torn.contains(path));
    for (path, _) in &data.files {
        if let Some(text) = desk.disk.text(path).filter(|_| !sources.contains_key(path)) {
            sources.insert(path.clone(), text);
        }
    }
    let evidence = BatchEvidence {
        has_contexts: progress.measuring.as_ref().is_none_or(|measuring| measuring.contexts),
        ran: ran(progress),
        collected: lost(desk, batch, progress, whole, ledger),
        missing: missing(batch, ended, progress),
        data,
        facts,
        sources,
        torn,
        world: followed.world(desk),
        all,
    };
    (Some(evidence), problems)
}

/// Which files belong to what the ledger measures: those of its scope and, where the project's configuration names what
/// is to be measured, those that are newer than the baseline.
fn inside<'a>(desk: &'a Desk, progress: &Progress, ledger: &Ledger) -> impl Fn(&RepoPath) -> bool + 'a {
    let is_test = |path: &RepoPath| desk.project.is_test_file(path) || path.name() == "conftest.py";
    let scope = Scope::of(ledger, &is_test);
    let is_named = progress.measuring.as_ref().is_some_and(|measuring| !measuring.source.is_empty());
    let is_new = |path: &RepoPath| desk.measured().is_some_and(|then| !desk.disk.is_as_of(path, then));
    move |path| scope.holds(path, is_test(path)) || (is_named && is_new(path))
}

/// The tests that ran to their end. A test that was under way when the run was stopped proves nothing.
fn ran(progress: &Progress) -> Vec<(TestId, Outcome)> {
    let done = progress.results().iter().filter(|result| !result.running);
    done.filter_map(|result| Some((result.id.clone(), result.really()?))).collect()
}

/// The tests that were asked for and that pytest did not find: it refused them, or they are not in the file that it was
/// given in their place.
pub fn missing(batch: &Batch, ended: &Ended, progress: &Progress) -> Vec<TestId> {
    let all_of_it = progress.collected.is_some() && is_all_there_is(batch, progress);
    let is_there = |target: &Target| {
        progress.results().iter().any(|result| target.holds(&result.id) || target.as_str() == result.id.as_str())
    };
    let unseen = batch.asked.iter().filter(|target| all_of_it && !is_there(target));
    let tests = ended.dropped.iter().chain(unseen).filter_map(|target| match target {
        Target::Test(id) => Some(id.clone()),
        Target::File(_) => None,
    });
    tests.filter(|id| is_same_there(progress, id.path())).collect()
}

/// Whether a test file is the one of the project where the tests ran: only then does it tell which tests there are.
pub fn is_same_there(progress: &Progress, path: &str) -> bool {
    progress.away.as_ref().is_none_or(|away| away.has(path))
}

/// Whether what pytest collected is all that there is of what it was given. Where a file cannot be collected, it runs nothing
/// at all, or not the tests of that file. Where options choose, the others are there all the same.
fn is_all_there_is(batch: &Batch, progress: &Progress) -> bool {
    batch.options.is_empty() && progress.deselected.unwrap_or(0) == 0 && progress.collect_errors.is_empty()
}

/// The files of which a whole run collected every test: whatever the ledger knows besides is gone.
fn collected(batch: &Batch, progress: &Progress, whole: bool) -> BTreeMap<RepoPath, Vec<TestId>> {
    let files = batch.wanted().iter().filter_map(|target| match target {
        Target::File(path) => Some(path),
        Target::Test(_) => None,
    });
    let tests_of = |path: &RepoPath| {
        let of_file = progress.results().iter().filter(|result| result.id.path() == path.as_str());
        of_file.map(|result| result.id.clone()).collect::<Vec<_>>()
    };
    let all_of_it = whole && is_all_there_is(batch, progress);
    let files = files.filter(|path| all_of_it && is_same_there(progress, path.as_str()));
    files.map(|path| (path.clone(), tests_of(path))).collect()
}

/// The test files that hold fewer tests than the ledger knows, each with those that it still has: by its text, by a run
/// that collected all of it, or since it is gone.
fn lost(
    desk: &Desk,
    batch: &Batch,
    progress: &Progress,
    whole: bool,
    ledger: &Ledger,
) -> BTreeMap<RepoPath, Vec<TestId>> {
    let known = ledger.tests();
    let mut lost = vanished(desk, &known);
    cases(batch, progress, whole, &known, &mut lost);
    lost.extend(collected(batch, progress, whole));
    lost.extend(desk.disk.deleted(ledger).into_iter().map(|path| (path, Vec::new())));
    lost
}

/// Takes out the cases that functions and classes, asked for as a whole, no longer have.
fn cases(
    batch: &Batch,
    progress: &Progress,
    whole: bool,
    known: &[TestId],
    lost: &mut BTreeMap<RepoPath, Vec<TestId>>,
) {
    if !whole || !is_all_there_is(batch, progress) {
        return;
    }
    let ran: BTreeSet<&TestId> = progress.results().iter().map(|result| &result.id).collect();
    let asked: Vec<&Target> = batch.wanted().iter().filter(|target| matches!(target, Target::Test(_))).collect();
    let is_gone = |test: &TestId| {
        !ran.contains(test) && is_same_there(progress, test.path()) && asked.iter().any(|target| target.holds(test))
    };
    let paths: BTreeSet<&str> = known.iter().filter(|test| is_gone(test)).map(TestId::path).collect();
    for path in paths {
        let Some(key) = RepoPath::new(path) else { continue };
        let all = || known.iter().filter(|test| test.path() == path).cloned().collect();
        lost.entry(key).or_insert_with(all).retain(|test| !is_gone(test));
    }
}

/// The facts of each file: as the plugin sent them, which are kept for later runs, or as an earlier run did.
fn facts_of(
    desk: &Desk,
    placed: Vec<(RepoPath, &FileFacts)>,
    sources: &BTreeMap<RepoPath, Arc<str>>,
) -> Vec<(RepoPath, Digest, Facts)> {
    let store = desk.store().ok();
    let (mut all, mut new) = (Vec::new(), Vec::new());
    for (path, file) in placed {
        let key = facts_key(file.digest, file.rules);
        let facts = match &file.facts {
            Some(facts) => {
                let facts = facts_from(facts);
                new.push((key, facts.clone()));
                Some(facts)
            }
            None => store.and_then(|store| store.facts(key).ok().flatten()),
        };
        // The ledger knows a source by its text, whose digest is not that of bytes with a mark or in another encoding.
        let digest = sources.get(&path).map(|text| Digest::of(text.as_bytes()));
        all.extend(facts.zip(digest).map(|(facts, digest)| (path, digest, facts)));
    }
    // Whatever cannot be kept is asked for again by the next run.
    drop(store.map(|store| store.save_facts(&new)));
    all
}

/// Under which key facts are kept: they belong to a content and to the rules by which it was read (coverage.py's
/// version and its exclusion patterns).
#[must_use]
pub fn facts_key(content: Digest, rules: Digest) -> Digest {
    Digest::of(&[&content.bytes()[..], &rules.bytes()[..]].concat())
}

fn facts_from(event: &EventFacts) -> Facts {
    let branches = event.branches.iter().flatten();
    Facts {
        statements: event.statements.iter().copied().collect(),
        excluded: event.excluded.iter().copied().collect(),
        first_lines: event.first.clone(),
        branch_lines: branches
            .map(|(line, exits, targets)| BranchLine { line: *line, exits: *exits, targets: targets.clone() })
            .collect(),
        jump_fixes: event
            .jumps
            .iter()
            .map(|jump| JumpFix { arc: jump.arc, instead: jump.instead, drops: jump.drops.clone() })
            .collect(),
        estimated: false,
    }
}

fn changed_meanwhile(path: &RepoPath) -> Problem {
    Problem::warning(path.as_str(), "was changed while the tests ran; what they covered in it is not counted")
        .hint("run them again")
}

fn differs(path: &RepoPath) -> Problem {
    let what = "is not the same where the tests ran, or changed while they did; what they covered in it is not counted";
    Problem::warning(path.as_str(), what).hint("bring both to the same state and run them again")
}

/// The contents whose facts an earlier run already sent, with their rules.
#[must_use]
pub fn known_facts(desk: &Desk, ledger: Option<&Ledger>) -> Vec<(Digest, Digest)> {
    let Ok(store) = desk.store() else { return Vec::new() };
    let Some(rules) = store.recall(RULES).ok().flatten().and_then(|text| Digest::from_hex(&text)) else {
        return Vec::new();
    };
    // Those of a text whose bytes are not its own are asked for again.
    let digests: Vec<Digest> = ledger.into_iter().flat_map(Ledger::sources).collect();
    let keys: Vec<Digest> = digests.iter().map(|digest| facts_key(*digest, rules)).collect();
    let known = store.has_facts(&keys).unwrap_or_default();
    digests.into_iter().zip(known).filter(|(_, known)| *known).map(|(digest, _)| (digest, rules)).collect()
}

/// Keeps by which rules sources were read last.
pub fn note_rules(desk: &Desk, progress: &Progress) {
    if let Some(rules) = progress.measuring.as_ref().and_then(|measuring| measuring.rules) {
        let kept = desk.store().and_then(|store| store.remember(RULES, &rules.to_string()));
        drop(kept);
    }
}

/// The name under which the rules are kept.
const RULES: &str = "facts rules";
