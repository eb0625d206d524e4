//! What is recorded of one test: its results, why it failed, and its last failure.

use super::desk::Desk;
use crate::app::{RecordCause, Seen, TestRecord};
use crate::base::{Clean, Problem, StyledText};
use crate::domain::history::{Cause, Sighting, causes};
use crate::domain::suite::TestId;
use std::collections::HashMap;
use std::sync::Arc;

/// How many results of one test are shown.
const RESULTS: usize = 50;

/// What is recorded of a test.
///
/// # Errors
/// It could not be read.
pub fn of(desk: &Desk, id: TestId) -> Result<TestRecord, Problem> {
    let store = desk.store()?;
    let history = store.history(&id, RESULTS)?;
    let failed = history.iter().find(|seen| seen.outcome.is_bad());
    let output = failed.map(|seen| store.failure(&id, &seen.run.id)).transpose()?.flatten().unwrap_or_default();
    let (causes, of_run) = why(&id, &store.sightings()?);
    let seen = history.iter().map(|seen| Seen {
        cause: of_run.get(&seen.run.serial).copied(),
        when: seen.run.when,
        outcome: seen.outcome,
        seconds: seen.seconds,
        commit: Clean::line(&seen.run.commit.clone().unwrap_or_default().chars().take(9).collect::<String>()),
        message: seen.message.clone(),
    });
    Ok(TestRecord { seen: seen.collect(), causes, id, output: Arc::new(StyledText::parse(output.as_bytes())) })
}

/// The causes of a test's failures, and which of them each failed run has.
fn why(id: &TestId, sightings: &[Sighting]) -> (Vec<RecordCause>, HashMap<u64, usize>) {
    let own = |cause: &Cause| cause.tests.iter().find(|(test, _)| test == id).map(|(_, count)| *count);
    let mut found: Vec<(usize, Cause)> =
        causes(sightings).into_iter().filter_map(|cause| Some((own(&cause)?, cause))).collect();
    found.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    let keys: HashMap<String, usize> =
        found.iter().enumerate().map(|(at, (_, cause))| (cause.signature.cause(), at)).collect();
    let seen = sightings.iter().filter(|seen| seen.test == *id);
    let of_run = seen.filter_map(|seen| Some((seen.run.serial, *keys.get(&seen.signature.cause())?)));
    let of_run = of_run.collect();
    let row = |(failures, cause): (usize, Cause)| RecordCause {
        words: Clean::line(&cause.signature.words()),
        failures,
        others: cause.tests.len() - 1,
    };
    (found.into_iter().map(row).collect(), of_run)
}
