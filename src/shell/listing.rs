//! The lists of the picker that are made when they are opened: failed tests, changed test files, saved selections.

use super::choosing;
use super::desk::Desk;
use super::frames::now;
use crate::app::{Choice, FoundBy, Items, ListKind, Related};
use crate::base::{Clean, Problem};
use crate::io::git;
use crate::io::store::LAST;
use std::sync::Arc;

/// The list of that kind.
///
/// # Errors
/// git or the history could not be read.
pub fn list(desk: &Desk, kind: &ListKind) -> Result<Related, Problem> {
    let (rows, by) = match kind {
        ListKind::Failed => (failed(desk)?, FoundBy::Failed),
        ListKind::Changed => (changed(desk)?, FoundBy::Changed),
        _ => (saved(desk)?, FoundBy::Saved),
    };
    let (choices, notes): (Vec<Choice>, Vec<String>) = rows.into_iter().unzip();
    let notes = notes.iter().map(|note| Clean::line(note)).collect();
    let texts = choices.iter().map(Choice::clean).collect();
    Ok(Related { items: Arc::new(Items { texts, choices, notes, ..Items::default() }), by })
}

fn failed(desk: &Desk) -> Result<Vec<(Choice, String)>, Problem> {
    let failed = choosing::failed_last(desk)?;
    Ok(failed.into_iter().map(|test| (Choice::Test(test), String::new())).collect())
}

fn changed(desk: &Desk) -> Result<Vec<(Choice, String)>, Problem> {
    let base = choosing::base(desk, "");
    let since = base.map(|base| format!("not committed, or since {base}"));
    let since = since.unwrap_or_else(|| "not committed".to_owned());
    let changed = git::changed(&desk.project.root, base)?;
    let tests = changed.into_iter().filter(|file| !file.deleted && desk.project.is_test_file(&file.path));
    let row = |file: git::Changed| {
        let note = if file.untracked { "untracked".to_owned() } else { since.clone() };
        (Choice::TestFile(file.path), note)
    };
    Ok(tests.map(row).collect())
}

fn saved(desk: &Desk) -> Result<Vec<(Choice, String)>, Problem> {
    let store = desk.store()?;
    let mut rows = Vec::new();
    if store.selection(LAST)?.is_some() {
        rows.push((Choice::Selection(LAST.to_owned()), choosing::held(desk, LAST)?.words()));
    }
    for (name, at) in store.selections()? {
        let words = format!("{}, {}", choosing::held(desk, &name)?.words(), at.ago(now()));
        rows.push((Choice::Selection(name), words));
    }
    Ok(rows)
}
