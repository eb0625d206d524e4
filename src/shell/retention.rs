//! How much of the history is kept, by the settings: old runs are removed after new ones came in, and that is said.

use super::desk::Desk;
use super::frames::now;
use crate::base::Problem;
use crate::domain::history::Keep;

/// How many results are removed in one go after a run; the rest goes after the next one.
pub const AFTER_RUN: u64 = 50_000;

/// Removes what is not to be kept, and says what that was; nothing where it was nothing.
#[must_use]
pub fn apply(desk: &Desk, most: u64) -> Option<Problem> {
    let said = desk.project.config.text("history.keep").unwrap_or_default();
    let Some(keep) = Keep::parse(said) else {
        let problem =
            Problem::warning("history.keep", format!("{said:?} is no time and no number of runs: all is kept"));
        return Some(problem.hint("180d, 26w, or 5000 runs"));
    };
    if keep == Keep::All {
        return None;
    }
    match desk.store().and_then(|store| store.prune(keep, now(), most)) {
        Ok(gone) if gone.runs == 0 => None,
        Ok(gone) => {
            let count = |count: u64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
            let (runs, results) = (count(gone.runs, "run"), count(gone.results, "result"));
            let what = format!("{runs} with {results} removed, as history.keep = {said:?} says");
            Some(Problem::note("history", what))
        }
        Err(problem) => Some(problem),
    }
}
