//! Entries of the quarantine whose tests have another name now.

use super::desk::Desk;
use super::quarantine::{LIST, read, text, write};
use crate::base::Problem;
use crate::domain::quarantine::{Entry, renamed};
use crate::domain::suite::TestId;

/// The name that a test, or all tests of a function or a file, has now, as far as the history knows.
#[must_use]
pub fn now_called(desk: &Desk, id: &TestId) -> Option<TestId> {
    desk.history().and_then(|history| history.aliases()).ok()?.of(id)
}

/// Gives the entry of an id another one: `new` or, without that, the name that the history knows. All else of it stays.
///
/// # Errors
/// There is no such entry or no other name, the other name is in the list, or the list cannot be written without losing
/// something of it.
pub fn rename(desk: &Desk, old: &TestId, new: Option<&TestId>) -> Result<Entry, Problem> {
    let list = read(desk);
    let Some(entry) = list.entries.iter().find(|entry| entry.id == *old) else {
        let problem = Problem::error(old.as_str(), "no entry of the quarantine has this id");
        return Err(problem.hint("`lacuna quarantine` lists what is there"));
    };
    let origin = format!("{LIST}:{}", entry.line);
    let unknown = || {
        let what = format!("no other name of {} is known", old.clean());
        Problem::error(&origin, what).hint("lacuna quarantine rename OLD NEW")
    };
    let new = new.cloned().or_else(|| now_called(desk, old)).ok_or_else(unknown)?;
    if let Some(known) = list.entries.iter().find(|known| known.id == new) {
        let what = format!("{} has an entry of its own, in line {}", new.clean(), known.line);
        return Err(Problem::error(&origin, what).hint("take one of the two out"));
    }
    let by_hand = || {
        let what = format!("{} cannot be renamed without touching other entries", old.clean());
        Problem::error(&origin, what).hint("write the new name into the list by hand")
    };
    let changed = renamed(&text(desk)?.unwrap_or_default(), entry.line, old, &new).ok_or_else(by_hand)?;
    let after = Entry { id: new, ..entry.clone() };
    let other = |entry: &Entry| if entry.id == *old { after.clone() } else { entry.clone() };
    let expected: Vec<Entry> = list.entries.iter().map(other).collect();
    write(desk, &list, &changed, &expected).map_err(|_| by_hand())?;
    Ok(after)
}
