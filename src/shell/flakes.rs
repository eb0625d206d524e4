//! The ranked tests with more than one outcome, from a project's history.

use super::desk::Desk;
use super::{belonging, quarantine};
use crate::base::Problem;
use crate::domain::history::{FlakyTest, flaky, outages};
use crate::io::store::History;

/// The tests that both passed and failed, in the order in which they deserve attention.
///
/// # Errors
/// The history could not be read.
pub fn ranked(history: &dyn History) -> Result<Vec<FlakyTest>, Problem> {
    let unsettled = history.unsettled()?;
    if unsettled.is_empty() {
        return Ok(Vec::new());
    }
    Ok(flaky(&unsettled, &outages(&history.wide_sightings()?)))
}

/// The same of a project, each with the layer that it belongs to and its owners; those that are in quarantine are marked, and
/// stand behind all others: they are seen to already.
///
/// # Errors
/// The history could not be read.
pub fn of_project(desk: &Desk) -> Result<Vec<FlakyTest>, Problem> {
    let mut tests = ranked(&*desk.history()?)?;
    belonging::give(desk, &mut tests);
    let (list, today) = (quarantine::read(desk), quarantine::today());
    tests.iter_mut().for_each(|test| test.quarantined = list.of(&test.id, today).is_some());
    tests.sort_by_key(|test| test.quarantined);
    Ok(tests)
}
