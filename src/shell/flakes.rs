//! The ranked tests with more than one outcome, from a project's history.

use crate::base::Problem;
use crate::domain::history::{FlakyTest, flaky, outages};
use crate::io::store::Store;

/// The tests that both passed and failed, in the order in which they deserve attention.
///
/// # Errors
/// The history could not be read.
pub fn ranked(store: &Store) -> Result<Vec<FlakyTest>, Problem> {
    let unsettled = store.unsettled()?;
    if unsettled.is_empty() {
        return Ok(Vec::new());
    }
    Ok(flaky(&unsettled, &outages(&store.wide_sightings()?)))
}
