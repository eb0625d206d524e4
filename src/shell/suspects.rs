//! What a failure may be: whether its test ran code that changed since it passed, by git, the history and the ledger.

use super::changes::{Changes, Judged};
use super::desk::Desk;
use crate::base::Problem;
use crate::domain::history::{Content, Differing, Observation, Run, Suspect, Suspicion, in_order};
use crate::domain::ledger::Ledger;
use crate::domain::suite::TestId;
use crate::io::git;
use crate::io::store::Store;
use std::collections::HashMap;
use std::sync::Arc;

/// How many results of a test are looked at.
const RESULTS: usize = 200;
/// Where more files differ from the commit, what they hold is not kept.
const DIFFERING: usize = 300;
/// The longest file whose text is kept, in bytes.
const LONGEST: u64 = 256 * 1024;
/// In a run with more failures they are judged when somebody looks at them.
const FAILURES: usize = 40;
/// So many of the runs that came in together are judged, the last ones.
const RUNS: usize = 20;

/// Judges failures. What changed between two runs is looked up once.
pub struct Judge<'a> {
    desk: &'a Desk,
    ledger: Option<&'a Ledger>,
    changes: HashMap<(String, String), Result<Changes, Problem>>,
}

impl<'a> Judge<'a> {
    /// A judge by what a ledger knows of the tests.
    #[must_use]
    pub fn new(desk: &'a Desk, ledger: Option<&'a Ledger>) -> Self {
        Self { desk, ledger, changes: HashMap::new() }
    }

    /// What the last failure of a test may be, or that in one run; nothing where it did not fail. `seen` are its results.
    pub fn failure(&mut self, seen: &[Observation], run: Option<&str>) -> Option<Suspicion> {
        let runs: Vec<Arc<Run>> = seen.iter().map(|seen| Arc::clone(&seen.run)).collect();
        let in_time: Vec<&Observation> = in_order(&runs).into_iter().filter_map(|at| seen.get(at)).collect();
        let counts = |seen: &Observation| seen.outcome.is_evidence() && !seen.run.is_suspect();
        let is_it =
            |seen: &Observation| counts(seen) && seen.outcome.is_bad() && run.is_none_or(|run| seen.run.id == run);
        let at = in_time.iter().rposition(|seen| is_it(seen))?;
        let failed = in_time.get(at)?;
        let is_good = |seen: &&&Observation| counts(seen) && !seen.outcome.is_bad();
        let same_tree = |seen: &&&Observation| failed.run.tree.is_some() && seen.run.tree == failed.run.tree;
        let same_place = |seen: &&&Observation| seen.run.environment == failed.run.environment;
        let before = || in_time.iter().take(at).filter(is_good);
        let proof = in_time.iter().filter(is_good).rfind(same_tree);
        let last = proof.or_else(|| before().rfind(same_place)).or_else(|| before().next_back());
        let mut suspicion = Suspicion {
            suspect: if proof.is_some() { Suspect::Flake } else { Suspect::Unknown },
            failed: Arc::clone(&failed.run),
            passed: last.map(|seen| Arc::clone(&seen.run)),
            files: 0,
            ran: Vec::new(),
            unknown: Vec::new(),
        };
        match last {
            Some(_) if proof.is_some() => {}
            Some(passed) => take(&mut suspicion, self.between(&passed.run, &failed.run, &failed.test)),
            None => suspicion.unknown.push("no earlier run is known in which it passed".to_owned()),
        }
        Some(suspicion)
    }

    fn between(&mut self, passed: &Run, failed: &Run, test: &TestId) -> Result<Judged, Problem> {
        let key = (passed.id.clone(), failed.id.clone());
        let changes = self.changes.entry(key).or_insert_with(|| Changes::between(self.desk, passed, failed));
        changes.as_ref().map(|changes| changes.judge(self.desk, self.ledger, test)).map_err(Clone::clone)
    }
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
    note_by(&mut Judge::new(desk, ledger), desk.store()?, run, failed)
}

/// The same of runs that came in together, each with the tests that failed in it, by what the database knows of the tests.
///
/// # Errors
/// The history could not be read or written.
pub fn note_ingested(desk: &Desk, runs: &[(String, Vec<TestId>)]) -> Result<(), Problem> {
    let runs = runs.get(runs.len().saturating_sub(RUNS)..).unwrap_or_default();
    if runs.is_empty() {
        return Ok(());
    }
    let store = desk.store()?;
    let ledger = Ledger::from_records(store.load_ledger()?);
    if !ledger.has_contexts() {
        return Ok(());
    }
    let mut judge = Judge::new(desk, Some(&ledger));
    runs.iter().try_for_each(|(run, failed)| note_by(&mut judge, store, run, failed).map(drop))
}

fn note_by(
    judge: &mut Judge<'_>,
    store: &Store,
    run: &str,
    failed: &[TestId],
) -> Result<Vec<(TestId, Suspicion)>, Problem> {
    let mut found = Vec::new();
    for test in failed.iter().filter(|_| failed.len() <= FAILURES) {
        let suspicion = judge.failure(&store.history(test, RESULTS)?, Some(run));
        found.extend(suspicion.map(|suspicion| (test.clone(), suspicion)));
    }
    let suspects: Vec<(TestId, Suspect)> = found.iter().map(|(test, found)| (test.clone(), found.suspect)).collect();
    store.suspect(run, &suspects)?;
    Ok(found)
}
