//! The contract of a project: its documents by the settings or in the usual places, and what is known of the tests.

use super::belonging;
use super::catalog;
use super::desk::Desk;
use super::frames::now;
use super::spread::spread;
use super::vanished::vanished;
use crate::base::{Glob, Problem, RepoPath};
use crate::domain::contract::{
    Asked, Contract, Document, Evidence, Family, Hosts, Mentions, contract, is_contract, is_requestable, mentions,
    read_document_with,
};
use crate::domain::suite::{Exchange, Progress, TestId};
use crate::io::files;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The largest document that is read, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;
/// The folders in which documents are looked for where no setting names one.
const FOLDERS: [&str; 8] = ["", "docs/", "doc/", "api/", "spec/", "specs/", "schema/", "openapi/"];
/// The names that they are looked for under.
const NAMES: [&str; 6] = ["openapi", "swagger", "asyncapi", "schema", "openapi-schema", "api"];
/// What these names end in.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// The files that may be documents: those of the settings, or those in the usual places; each with whether it is named itself.
fn places(desk: &Desk) -> (Vec<(RepoPath, bool)>, Vec<Problem>) {
    let (wanted, mut problems) = (desk.project.config.texts("contract.documents"), Vec::new());
    if wanted.is_empty() {
        let names = FOLDERS.iter().flat_map(|folder| NAMES.map(|name| format!("{folder}{name}")));
        let files = names.flat_map(|name| ENDINGS.map(|ending| format!("{name}.{ending}")));
        let there = files.filter_map(|name| RepoPath::new(&name)).filter(|path| desk.disk.identity(path).is_some());
        return (there.map(|path| (path, false)).collect(), problems);
    }
    let mut found: BTreeMap<RepoPath, bool> = BTreeMap::new();
    for text in wanted {
        let plain = RepoPath::new(text).filter(|_| !text.contains(['*', '?', '[', '{']));
        let several = match (plain, Glob::new(text)) {
            (Some(path), _) => vec![path],
            (None, Ok(glob)) => files::files_like(&desk.project.root, std::slice::from_ref(&glob)),
            (None, Err(problem)) => {
                problems.push(Problem::error("contract.documents", format!("\"{text}\" is no glob: {problem}")));
                continue;
            }
        };
        if several.is_empty() {
            let problem = Problem::warning("contract.documents", format!("\"{text}\" matches no file"));
            problems.push(problem.hint("paths and globs are relative to the project's root"));
        }
        // A glob may match the parts of a document as well.
        let is_named = !text.contains(['*', '?', '[', '{']);
        several.into_iter().for_each(|path| *found.entry(path).or_default() |= is_named);
    }
    (found.into_iter().collect(), problems)
}

/// The documents of the contract, and what is wrong with those that could not be read.
#[must_use]
pub fn documents(desk: &Desk) -> (Vec<Arc<Document>>, Vec<Problem>) {
    let (places, mut problems) = places(desk);
    let (mut all, mut seen) = (Vec::new(), BTreeSet::new());
    let is_chosen = !desk.project.config.texts("contract.documents").is_empty();
    let load = |path: &RepoPath| files::read(&path.under(&desk.project.root), LARGEST).ok();
    for (path, is_wanted) in places {
        let bytes = match files::read(&path.under(&desk.project.root), LARGEST) {
            Ok(bytes) => bytes,
            Err(problem) => {
                problems.push(Problem::error(path.as_str(), &*problem.what).hint("contract.documents names it"));
                continue;
            }
        };
        // What only lies in the usual place, or is matched by a glob, and is something else, is nobody's mistake.
        if !is_wanted && !is_contract(&bytes) {
            continue;
        }
        match read_document_with(&path, &bytes, &load) {
            Ok(document) => {
                problems.extend(document.problems.iter().cloned());
                // The same document as YAML and as JSON is one.
                let operations = document.operations.iter().map(|one| one.words().to_string());
                let what: Vec<String> =
                    operations.chain(document.channels.iter().map(|one| one.name.to_string())).collect();
                if is_chosen || what.is_empty() || seen.insert((document.family.word(), document.servers.clone(), what))
                {
                    all.push(Arc::new(document));
                }
            }
            Err(problem) => problems.push(problem),
        }
    }
    (all, problems)
}

/// Whether the requests of tests are to be observed: whether there is a document of an interface that is requested. It is not
/// read for that.
#[must_use]
pub fn is_requested(desk: &Desk) -> bool {
    let (places, _) = places(desk);
    let is = |path: &RepoPath| {
        let bytes = files::read(&path.under(&desk.project.root), LARGEST).unwrap_or_default();
        is_requestable(&bytes)
    };
    places.iter().any(|(path, _)| is(path))
}

/// Keeps what the tests of a run requested, where that was observed.
///
/// # Errors
/// It could not be kept.
pub fn note(desk: &Desk, progress: &Progress) -> Result<(), Problem> {
    let Some(requests) = &progress.requests else { return Ok(()) };
    let done = progress.results().iter().filter(|result| result.outcome.is_some() && !result.running);
    let of = |id: &TestId| requests.get(id).cloned().unwrap_or_default();
    let tests: Vec<(&TestId, Vec<Exchange>)> = done.map(|result| (&result.id, of(&result.id))).collect();
    if tests.is_empty() {
        return Ok(());
    }
    desk.store()?.save_exchanges(tests.iter().map(|(id, seen)| (*id, seen.as_slice())))
}

/// Keeps how much of the contract is exercised now, by what was observed.
///
/// # Errors
/// It could not be kept.
pub fn note_shares(desk: &Desk) -> Result<(), Problem> {
    let (documents, _) = documents(desk);
    let evidence = Evidence { observed: observed(desk)?, ..Evidence::default() };
    let shares = joined(desk, &documents, &evidence).shares();
    if shares.operations.whole == 0 {
        return Ok(());
    }
    desk.store()?.save_contract_shares(now(), [shares.operations, shares.responses])
}

/// Joins documents with what is known of the tests, by the settings.
fn joined(desk: &Desk, documents: &[Arc<Document>], evidence: &Evidence) -> Contract {
    let config = &desk.project.config;
    let hosts = Hosts::new(config.texts("contract.hosts").iter().map(String::as_str));
    let base = |text: &String| format!("/{}", text.trim_matches('/'));
    let bases: Vec<String> = config.texts("contract.base").iter().filter(|text| !text.is_empty()).map(base).collect();
    contract(Asked { documents, hosts: &hosts, bases: &bases }, evidence)
}

/// What is known of the tests, from the runs that were observed and from the sources.
fn evidence(desk: &Desk, has_operations: bool, suite: &dyn Fn() -> Vec<TestId>) -> (Evidence, Vec<Problem>) {
    let mut problems = Vec::new();
    let files = catalog::test_files(&desk.project, &desk.disk);
    let marks = desk.project.config.texts("contract.marks");
    let read = |path: &RepoPath| {
        let text = desk.disk.text(path)?;
        let found = mentions(&text, &desk.project.naming, marks);
        (found != Mentions::default()).then(|| (path.clone(), found))
    };
    let mentions = spread(&files, read).into_iter().flatten().collect();
    let mut evidence = Evidence { mentions, ..Evidence::default() };
    if has_operations {
        match observed(desk) {
            Ok(observed) => evidence.observed = observed,
            Err(problem) => problems.push(problem),
        }
        let ran: BTreeSet<&str> =
            evidence.observed.iter().flat_map(|(id, _)| [id.as_str(), id.without_params()]).collect();
        evidence.unobserved = suite().into_iter().filter(|id| !ran.contains(id.as_str())).collect();
    }
    (evidence, problems)
}

/// What tests requested, without those that are gone.
fn observed(desk: &Desk) -> Result<Vec<(TestId, Vec<Exchange>)>, Problem> {
    let mut all = desk.store()?.exchanges()?;
    let known: Vec<TestId> = all.iter().map(|(id, _)| id.clone()).collect();
    let left = vanished(desk, &known);
    let mut is_there = HashMap::new();
    all.retain(|(id, _)| {
        let Some(path) = RepoPath::new(id.path()) else { return true };
        if let Some(left) = left.get(&path) {
            return left.contains(id);
        }
        *is_there.entry(path.clone()).or_insert_with(|| desk.disk.identity(&path).is_some())
    });
    Ok(all)
}

/// Where the contract stands.
#[must_use]
pub fn standing(desk: &Desk) -> (Contract, Vec<Problem>) {
    standing_among(desk, &|| belonging::of_suite(desk).0.into_iter().map(|(test, _)| test).collect())
}

/// The same, where somebody else has to know the tests there are.
#[must_use]
pub fn standing_among(desk: &Desk, suite: &dyn Fn() -> Vec<TestId>) -> (Contract, Vec<Problem>) {
    let (documents, mut problems) = documents(desk);
    if documents.is_empty() {
        return (Contract::default(), problems);
    }
    let has_operations = documents.iter().any(|document| document.family == Family::OpenApi);
    let (evidence, wrong) = evidence(desk, has_operations, suite);
    problems.extend(wrong);
    (joined(desk, &documents, &evidence), problems)
}
