//! What is recorded of one test: its results, why it failed, and its last failure.

use super::desk::Desk;
use super::{belonging, blame, keep, quarantine, suspects};
use crate::app::{Baseline, RecordCause, Seen, TestRecord};
use crate::base::{Clean, Problem, Stamp, StyledText};
use crate::domain::history::{Dossier, Recovery, facts, note, outages};
use crate::domain::ledger::Ledger;
use crate::domain::quarantine::Outlook;
use crate::domain::suite::TestId;
use std::sync::Arc;

/// How many results of one test are shown.
const RESULTS: usize = 50;

/// What the history says of a test.
///
/// # Errors
/// It could not be read.
pub fn dossier(desk: &Desk, id: TestId) -> Result<Dossier, Problem> {
    let history = desk.history()?;
    let seen = history.seen(&id, usize::MAX)?;
    let mut dossier = Dossier::of(id, seen, &history.sightings()?);
    let is_held = quarantine::read(desk).of(&dossier.test, quarantine::today()).is_some();
    dossier.verdict.iter_mut().for_each(|test| test.quarantined = is_held);
    let ledger = ledger(desk);
    dossier.suspicion = suspects::Judge::new(desk, ledger.as_deref()).failure(&dossier.seen, None);
    if let Some(test) = &mut dossier.verdict {
        belonging::give(desk, std::slice::from_mut(test));
    }
    let shift = dossier.verdict.as_ref().and_then(|test| test.shift.as_ref());
    dossier.blame = shift.map(|shift| blame::of(desk, ledger.as_deref(), &dossier.test, shift));
    Ok(dossier)
}

/// The ledger of this sitting or, before there is one, as the database and the reports have it.
fn ledger(desk: &Desk) -> Option<Arc<Ledger>> {
    desk.saved().map(|ledger| desk.at_present(&ledger)).or_else(|| match keep::open(desk) {
        Ok(Baseline::Found(evidence)) => Some(evidence.ledger),
        // Without one it is said that nothing is known of what the test runs.
        Ok(Baseline::Nothing(_)) | Err(_) => None,
    })
}

/// What the history says of a quarantined test since it failed last; `since` is when the quarantine began.
///
/// # Errors
/// It could not be read.
pub fn outlook(desk: &Desk, id: &TestId, since: Stamp) -> Result<Outlook, Problem> {
    let history = desk.history()?;
    let seen = history.seen(id, usize::MAX)?;
    let recovery = Recovery::of(&seen, &outages(&history.wide_sightings()?), since);
    Ok(Outlook::of(&recovery, desk.store()?.last_check(id)?.as_ref()))
}

/// What is said of a test that is in quarantine.
///
/// # Errors
/// The history could not be read.
pub fn quarantined(desk: &Desk, id: &TestId) -> Result<Vec<String>, Problem> {
    let list = quarantine::read(desk);
    let Some(entry) = list.of(id, quarantine::today()) else { return Ok(Vec::new()) };
    let terms = entry.terms();
    let terms = if terms.is_empty() { terms } else { format!(" ({terms})") };
    let outlook = outlook(desk, id, entry.begins())?;
    Ok(vec![format!("in quarantine: {}{terms} · {}", entry.reason, outlook.sentence())])
}

/// What is shown of it.
///
/// # Errors
/// It could not be read.
pub fn of(desk: &Desk, id: TestId) -> Result<TestRecord, Problem> {
    let dossier = dossier(desk, id)?;
    let (id, failed) = (&dossier.test, dossier.seen.iter().find(|seen| seen.outcome.is_bad()));
    let output =
        failed.map(|seen| desk.history()?.failure(id, &seen.run.id)).transpose()?.flatten().unwrap_or_default();
    let seen = dossier.seen.iter().take(RESULTS).map(|seen| Seen {
        cause: dossier.cause_in(seen.run.serial),
        when: seen.run.when,
        outcome: seen.outcome,
        seconds: seen.seconds,
        commit: Clean::line(seen.run.short_commit()),
        message: seen.message.clone(),
    });
    let causes = dossier.causes.iter().map(|(failures, cause)| RecordCause {
        words: Clean::line(&cause.signature.words()),
        failures: *failures,
        others: cause.tests.len() - 1,
    });
    let lab = desk.store()?.last_lab(id)?.and_then(|lab| lab.verdict);
    let lab = lab
        .map(|verdict| format!("lab: {} ({}). {}", verdict.cause.class(), verdict.status.word(), verdict.sentence()));
    Ok(TestRecord {
        id: id.clone(),
        facts: quarantined(desk, id)?
            .iter()
            .chain(&facts(&dossier))
            .chain(&lab)
            .map(|fact| Clean::line(fact))
            .collect(),
        note: note(&dossier),
        causes: causes.collect(),
        seen: seen.collect(),
        output: Arc::new(StyledText::parse(output.as_bytes())),
    })
}
