//! How much of the history is kept, by the settings: old runs are removed after new ones came in, and that is said.

use super::desk::Desk;
use super::frames::now;
use crate::base::Problem;
use crate::domain::history::Keep;
use crate::io::store::{Pruned, SharedHistory};

/// How many results are removed in one go after a run; the rest goes after the next one.
pub const AFTER_RUN: u64 = 50_000;
/// The setting.
const KEEP: &str = "history.keep";

/// Removes what is not to be kept on this machine, and says what that was; nothing where it was nothing.
#[must_use]
pub fn apply(desk: &Desk, most: u64) -> Option<Problem> {
    said(desk, "history", |keep| desk.store()?.prune(keep, now(), most))
}

/// The same in the shared history, where the project itself says how much is kept: what one person keeps is not the team's
/// affair.
#[must_use]
pub fn apply_to_shared(desk: &Desk, shared: &dyn SharedHistory, most: u64) -> Option<Problem> {
    let is_ours = desk.project.config.entry(KEEP).is_some_and(|entry| entry.of_project);
    if is_ours { said(desk, "shared history", |keep| shared.prune(keep, now(), most)) } else { None }
}

fn said(desk: &Desk, origin: &str, prune: impl FnOnce(Keep) -> Result<Pruned, Problem>) -> Option<Problem> {
    let said = desk.project.config.text(KEEP).unwrap_or_default();
    let Some(keep) = Keep::parse(said) else {
        let problem = Problem::warning(KEEP, format!("{said:?} is no time and no number of runs: all is kept"));
        return Some(problem.hint("180d, 26w, or 5000 runs"));
    };
    if keep == Keep::All {
        return None;
    }
    match prune(keep) {
        Ok(gone) if gone.runs == 0 => None,
        Ok(gone) => {
            let count = |count: u64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
            let (runs, results) = (count(gone.runs, "run"), count(gone.results, "result"));
            let what = format!("{runs} with {results} removed, as {KEEP} = {said:?} says");
            Some(Problem::note(origin, what))
        }
        Err(problem) => Some(problem),
    }
}
