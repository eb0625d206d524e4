//! What a failure may be: whether its test ran code that changed since it passed, by git, the history and the ledger.

use super::changes::{Changes, Judged};
use super::desk::Desk;
use crate::base::Problem;
use crate::domain::history::{Content, Differing, Observation, Run, Suspect, Suspicion, in_order};
use crate::domain::ledger::Ledger;
use crate::domain::suite::TestId;
use crate::io::git;
use crate::io::store::Store;
use std::sync::Arc;

/// How many results of a test are looked at.
const RESULTS: usize = 200;
/// Where more files differ from the commit, what they hold is not kept.
const DIFFERING: usize = 300;
/// The longest file whose text is kept, in bytes.
const LONGEST: u64 = 256 * 1024;
/// In a run with more failures they are judged when somebody looks at them.
const FAILURES: usize = 40;
/// What the last failure of a test may be; nothing where it never failed. `seen` are its results.
#[must_use]
pub fn last_failure(desk: &Desk, ledger: Option<&Ledger>, seen: &[Observation]) -> Option<Suspicion> {
    let runs: Vec<Arc<Run>> = seen.iter().map(|seen| Arc::clone(&seen.run)).collect();
    let in_time: Vec<&Observation> = in_order(&runs).into_iter().filter_map(|at| seen.get(at)).collect();
    let counts = |seen: &&&Observation| seen.outcome.is_evidence() && !seen.run.is_suspect();
    let at = in_time.iter().rposition(|seen| counts(&seen) && seen.outcome.is_bad())?;
    let failed = in_time.get(at)?;
    let passed: Vec<&&Observation> = in_time.iter().filter(counts).filter(|seen| !seen.outcome.is_bad()).collect();
    let same_tree = |seen: &&&&Observation| failed.run.tree.is_some() && seen.run.tree == failed.run.tree;
    let before: Vec<&&Observation> =
        in_time.iter().take(at).filter(counts).filter(|seen| !seen.outcome.is_bad()).collect();
    let same_place = |seen: &&&&Observation| seen.run.environment == failed.run.environment;
    let proof = passed.iter().rfind(same_tree);
    let last = proof.or_else(|| before.iter().rfind(same_place)).or(before.last());
    let mut suspicion = Suspicion {
        suspect: Suspect::Unknown,
        failed: Arc::clone(&failed.run),
        passed: last.map(|seen| Arc::clone(&seen.run)),
        files: 0,
        ran: Vec::new(),
        unknown: Vec::new(),
    };
    if proof.is_some() {
        suspicion.suspect = Suspect::Flake;
    } else if let Some(passed) = last {
        let answer = Changes::between(desk, &passed.run, &failed.run);
        take(&mut suspicion, answer.map(|changes| changes.judge(desk, ledger, &failed.test)));
    } else {
        suspicion.unknown.push("no earlier run is known in which it passed".to_owned());
    }
    Some(suspicion)
}

fn take(suspicion: &mut Suspicion, answer: Result<Judged, Problem>) {
    match answer {
        Ok(judged) => {
            suspicion.files = judged.files;
            suspicion.suspect = match (judged.ran.is_empty(), judged.unknown.is_empty()) {
                (false, _) => Suspect::Regression,
                (true, true) => Suspect::Flake,
                (true, false) => Suspect::Unknown,
            };
            (suspicion.ran, suspicion.unknown) = (judged.ran, judged.unknown);
        }
        Err(problem) => {
            let hint = if problem.hint.is_empty() { String::new() } else { format!(" ({})", problem.hint) };
            suspicion.unknown.push(format!("{}: {}{hint}", problem.origin, problem.what));
        }
    }
}

/// What differs from the commit that is checked out, as it is kept with a run.
#[must_use]
pub fn differing(desk: &Desk, changed: &[git::Changed]) -> Vec<Differing> {
    if changed.len() > DIFFERING {
        return Vec::new();
    }
    let content = |changed: &git::Changed| match desk.disk.identity(&changed.path) {
        _ if changed.deleted => Content::Gone,
        // Of a link or a folder there is no content.
        None => Content::Unknown,
        Some(now) if now.bytes <= LONGEST => desk.disk.read(&changed.path).map_or(Content::Unknown, Content::Text),
        Some(_) if changed.path.as_str().ends_with(".py") => Content::Unknown,
        // Whether a long one changed is told by when it was written.
        Some(now) => Content::Text(format!("{} bytes of {}", now.bytes, now.modified).into()),
    };
    changed.iter().map(|changed| Differing { path: changed.path.clone(), content: content(changed) }).collect()
}

/// Judges the failures of a run that was just saved, and keeps what they may be.
///
/// # Errors
/// The history could not be read or written.
pub fn note(
    desk: &Desk,
    ledger: Option<&Ledger>,
    run: &str,
    failed: &[TestId],
) -> Result<Vec<(TestId, Suspicion)>, Problem> {
    let store: &Store = desk.store()?;
    let mut found = Vec::new();
    for test in failed.iter().filter(|_| failed.len() <= FAILURES) {
        let seen = store.history(test, RESULTS)?;
        let suspicion = last_failure(desk, ledger, &seen).filter(|suspicion| suspicion.failed.id == run);
        found.extend(suspicion.map(|suspicion| (test.clone(), suspicion)));
    }
    let suspects: Vec<(TestId, Suspect)> = found.iter().map(|(test, found)| (test.clone(), found.suspect)).collect();
    store.suspect(run, &suspects)?;
    Ok(found)
}
