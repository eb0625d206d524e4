//! How a test ended before: from the history, ready to read.

use super::desk::Desk;
use super::follow::of_project;
use crate::app::{Account, Past, account};
use crate::domain::suite::{TestId, read_written};
use std::sync::Arc;

/// The last result of a test that the history has; nothing where there is none, or no history.
#[must_use]
pub fn of(desk: &Desk, test: &TestId) -> Option<Arc<Past>> {
    let store = desk.store().ok()?;
    let seen = store.history(test, 1).ok()?.into_iter().next()?;
    let kept = if seen.outcome.is_bad() { store.failure(test, &seen.run.id).ok().flatten() } else { None };
    let left = kept.map(|text| left(desk, &text)).unwrap_or_default();
    let account = Arc::new(left);
    Some(Arc::new(Past {
        outcome: seen.outcome,
        at: seen.run.when,
        seconds: seen.seconds,
        message: seen.message,
        account,
    }))
}

fn left(desk: &Desk, text: &str) -> Account {
    account(read_written(text), &[], &|path| of_project(&desk.project.root, path))
}
