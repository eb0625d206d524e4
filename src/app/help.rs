//! What the help and the footer say: rows of the table of actions for one place.

use crate::app::{Action, ActionRow, ListKind, Overlay, Pane, Place, State, TABLE, run_flow};

/// The rows that work in `place` and hold every word of `filter` in name, help or place.
#[must_use]
pub fn help_rows(place: Place, filter: &str) -> Vec<&'static ActionRow> {
    let words: Vec<String> = filter.split_whitespace().map(str::to_lowercase).collect();
    let fits = |row: &&ActionRow| {
        let text = format!("{} {}", row.name, row.help).to_lowercase();
        words.iter().all(|word| text.contains(word) || row.keys.contains(&word.as_str()))
    };
    let here = |row: &&ActionRow| row.places.contains(&place) && row.action != Action::Panic;
    let mut rows: Vec<&ActionRow> = TABLE.iter().filter(here).filter(fits).collect();
    rows.sort_by_key(|row| row.action.is_movement());
    rows
}

/// The keys and words of the footer for what is on the screen, the most useful first.
#[must_use]
pub fn footer(state: &State) -> Vec<(String, &'static str)> {
    let (place, keymap) = (state.place(), &state.start.keymap);
    let rows = TABLE.iter().filter(|row| row.places.contains(&place) && !row.short.is_empty());
    let useful = rows.filter(|row| is_useful(state, row.action));
    let mut named: Vec<(u8, String, &'static str)> = useful
        .filter_map(|row| {
            Some((weight(row.action), keymap.keys(place, row.action).next()?.to_string(), short(place, row)))
        })
        .collect();
    named.sort_by_key(|(weight, ..)| *weight);
    named.into_iter().map(|(_, key, short)| (key, short)).collect()
}

/// What the footer says of an action in a place: enter does another thing in each.
const fn short(place: Place, row: &ActionRow) -> &'static str {
    match (row.action, place) {
        (Action::Accept, Place::Programme | Place::Compare | Place::Guide) => "open",
        (Action::Accept, Place::Filter) => "keep",
        _ => row.short,
    }
}

/// Whether an action would do something now.
fn is_useful(state: &State, action: Action) -> bool {
    let running = state.is_running();
    match action {
        Action::Accept | Action::Command | Action::Save if matches!(state.overlay, Some(Overlay::Plan(_))) => {
            can_start(state)
        }
        // The same as what `edit` does.
        Action::Accept if matches!(state.overlay, Some(Overlay::Checklist(_))) => false,
        Action::Programme => !matches!(state.overlay, Some(Overlay::Programme(_))),
        Action::Checklist => !matches!(state.overlay, Some(Overlay::Checklist(_))),
        Action::Cancel => running || state.has_lab(),
        Action::CopyLab => state.lab.as_ref().is_some_and(|lab| lab.done().is_some()),
        Action::Lab => !running && (state.focus == Pane::Flaky || state.runner.selected_test().is_some()),
        Action::Run => !running,
        Action::RunAffected => !running && state.ledger.is_some(),
        Action::RunAll => !running && state.ledger.is_none(),
        Action::CopyReport => run_flow::report(state).is_some(),
        Action::RerunFailed => !running && state.runner.run.as_ref().is_some_and(|run| run.bad() > 0),
        Action::Debug => !running && (state.focus == Pane::Flaky || state.runner.selected_test().is_some()),
        Action::NextFrame => state.runner.selected_account().is_some_and(|account| account.stops.len() > 1),
        Action::Earlier => state.runner.selected_past().is_some(),
        Action::NextFailed => state.focus == Pane::Runner && state.runner.run.as_ref().is_some_and(|run| run.bad() > 0),
        Action::Edit if matches!(state.overlay, Some(Overlay::Programme(_) | Overlay::Checklist(_))) => true,
        Action::Edit | Action::Mark | Action::TestsHere => state.ledger.is_some(),
        Action::Filter => !state.map.rows().is_empty() || state.focus == Pane::Flaky,
        Action::EditChoice => is_related(state),
        Action::NextSource => !is_related(state),
        Action::Help | Action::Quit => false,
        _ => true,
    }
}

/// Whether the plan on the screen has a command to start.
fn can_start(state: &State) -> bool {
    let Some(Overlay::Plan(plan)) = &state.overlay else { return false };
    plan.planned.value().is_some_and(|planned| planned.cycles.iter().any(|cycle| !cycle.is_empty()))
}

/// Whether the tests of something are picked among.
fn is_related(state: &State) -> bool {
    matches!(&state.overlay, Some(Overlay::Picker(picker)) if matches!(picker.kind, ListKind::Related(_)))
}

/// The order of the footer.
const fn weight(action: Action) -> u8 {
    match action {
        Action::Accept => 0,
        Action::Cancel | Action::RunAll => 1,
        Action::Back => 8,
        Action::Open | Action::NextGap | Action::NextFailed | Action::NextFrame => 1,
        Action::Run | Action::Toggle => 2,
        Action::Mark | Action::Pick | Action::TestsHere => 3,
        Action::Filter | Action::Edit => 4,
        Action::Zoom | Action::Palette | Action::NextPane => 6,
        _ => 5,
    }
}
