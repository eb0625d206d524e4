//! What is divided among machines: the tests of the suite, how well they are known, and how long they take.

use super::desk::Desk;
use super::index::Index;
use super::vanished::is_dynamic;
use crate::base::{Problem, RepoPath};
use crate::domain::python::{PartKind, estimate};
use crate::domain::suite::{Certainty, FileTests, Listing, TestId};
use std::collections::HashMap;

/// The tests of the suite, file by file, or of these files.
#[must_use]
pub fn files(desk: &Desk, asked: &[RepoPath]) -> Vec<FileTests> {
    let index = Index::open(desk);
    let files = if asked.is_empty() { index.files() } else { asked.to_vec() };
    let listings = index.listings(&files, &desk.ran_before(None));
    let known = |(path, listing): (RepoPath, Listing)| FileTests {
        known: certainty(desk, &path, &listing),
        tests: listing.tests,
        path,
    };
    listings.into_iter().map(known).collect()
}

/// How long each of these tests can be expected to take, by the history.
///
/// # Errors
/// It could not be read.
pub fn seconds(desk: &Desk, files: &[FileTests]) -> Result<HashMap<TestId, f64>, Problem> {
    let tests: Vec<TestId> = files.iter().flat_map(|file| file.tests.iter().cloned()).collect();
    desk.history()?.durations(&tests)
}

/// How well the tests of a file are known: what pytest has not confirmed is as certain as its source.
fn certainty(desk: &Desk, path: &RepoPath, listing: &Listing) -> Certainty {
    match listing.confirmed {
        true => Certainty::Exactly,
        false if is_told(desk, path, listing).unwrap_or(false) => Certainty::ByFunction,
        false => Certainty::InPart,
    }
}

/// Whether the source of a file tells all its functions of tests: none is inherited, imported or made as it goes, and nothing
/// that ran before is missing in it.
fn is_told(desk: &Desk, path: &RepoPath, listing: &Listing) -> Option<bool> {
    let (text, outline, unit) = (desk.disk.text(path)?, desk.outline(path)?, desk.unit(path)?);
    let naming = &desk.project.naming;
    if is_dynamic(&text) || !estimate(&text).whole || desk.project.territory.doctests() {
        return Some(false);
    }
    let is_sure = |test: &TestId| listing.sure.iter().any(|sure| sure.as_str() == test.without_params());
    let is_foreign = |name: &String| name == "*" || naming.is_test_function(name) || naming.is_test_class(name);
    let has_tests = |class: &str| {
        outline.tests.iter().any(|test| test.names.split_last().is_some_and(|(_, around)| around.join(".") == class))
    };
    let part_is_told = |part: &crate::domain::python::Part| match part.kind {
        PartKind::Function => true,
        // A class without tests of its own may have those of a base class.
        PartKind::Class => has_tests(&part.name) || part.mentions.iter().all(|name| *name == part.name),
        PartKind::Statement => !part.binds.iter().any(is_foreign),
    };
    Some(listing.tests.iter().all(is_sure) && unit.parts.iter().all(part_is_told))
}
