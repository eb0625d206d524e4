//! What follows from every message: cursors stay visible, and what they are on is asked for.

use crate::app::update::settle;
use crate::app::{
    Answer, Catalog, Effect, Items, ListKind, Overlay, Pane, PickerState, Related, SourceFile, State, Ticket, Whose,
    act_overlay, checklist, compare, pasted, plan, programme,
};
use crate::base::Clean;
use crate::domain::picker::Found;
use std::sync::Arc;

/// Keeps the cursors visible and asks for what they are on now.
pub fn follow(state: &mut State, effects: &mut Vec<Effect>) {
    show_cursors(state);
    let selected = state.map.selected().map(|row| row.path.clone());
    if selected.is_some() && selected != state.lines.wanted {
        state.lines.wanted = selected;
        state.lines.lit = None;
        effects.extend(read_source(state));
    }
    effects.extend(tests_of_line(state));
    effects.extend(record(state));
    effects.extend(preview(state));
    effects.extend(programme::ask(state));
    effects.extend(checklist::ask(state));
}

/// Brings every list into its visible part.
fn show_cursors(state: &mut State) {
    let plan = plan(state.size(), state);
    let [map, lines, flaky, runner] = Pane::ALL.map(|pane| plan.parts(pane, state));
    let height = |area: crate::base::Area| usize::from(area.height);
    state.map.list.show(state.map.shown.len(), height(map.list));
    state.lines.list.show(state.lines.rows.len(), height(lines.list));
    state.flaky.list.show(state.flaky.shown.len(), height(flaky.list));
    state.runner.list.show(state.runner.rows.len(), height(runner.list));
    state.runner.settle_output(height(runner.foot).saturating_sub(1));
    let list = plan.overlay_list(state);
    let rows = height(list);
    match &mut state.overlay {
        Some(Overlay::Picker(picker)) => {
            let len = picker.len();
            picker.list.show(len, rows);
        }
        Some(Overlay::Plan(plan)) => plan.lay_out(list.width),
        _ => {}
    }
}

/// Asks for the source that is wanted.
pub fn read_source(state: &mut State) -> Option<Effect> {
    let (path, ledger) = (state.lines.wanted.clone()?, pasted::shown(state)?);
    let ticket = state.ticket();
    let ticket = state.lines.source.ask(ticket);
    state.lines.covering.clear();
    state.lines.covering_line = 0;
    Some(Effect::ReadSource { ticket, path, ledger, before: pasted::shown_before(state) })
}

/// Takes a source file. The same one keeps its place, unless lines of it are newly covered; another one is opened.
pub fn source_read(state: &mut State, ticket: Ticket, answer: Answer<Arc<SourceFile>>) {
    let height = state.list_height(Pane::Lines);
    let before = state.lines.file().map(|file| (file.path.clone(), file.newly.clone()));
    if !settle(&mut state.lines.source, ticket, answer, &mut state.problems) {
        return;
    }
    if compare::light(state) {
        state.lines.open(height);
        let lost = state.lines.file().filter(|file| file.newly.is_empty()).and_then(|file| file.lost.first());
        lost.into_iter().for_each(|line| state.lines.go_to(line, height));
        return;
    }
    let Some(file) = state.lines.file() else { return };
    let same = before.as_ref().is_some_and(|(path, newly)| *path == file.path && *newly == file.newly);
    if same || before.is_some_and(|(path, _)| path == file.path && file.newly.is_empty()) {
        state.lines.rebuild(height);
    } else {
        state.lines.open(height);
    }
}

/// Asks for the tests of the line under the cursor of the source.
fn tests_of_line(state: &mut State) -> Option<Effect> {
    let lines = &state.lines;
    if lines.source.waiting() || lines.covering_line == lines.line || lines.file().is_none() {
        return None;
    }
    let (path, line) = (lines.file()?.path.clone(), lines.line);
    let ledger = state.ledger.clone()?;
    let ticket = state.ticket();
    state.lines.covering_line = line;
    let ticket = state.lines.covering.ask(ticket);
    Some(Effect::FindTests { ticket, whose: Whose::Line(path, line), ledger })
}

/// Asks for what is recorded of the selected flaky test.
fn record(state: &mut State) -> Option<Effect> {
    let id = state.flaky.selected()?.id.clone();
    if state.flaky.record_of.as_ref() == Some(&id) {
        return None;
    }
    state.flaky.record_of = Some(id.clone());
    state.flaky.record_list = crate::app::Scroll::default();
    let ticket = state.ticket();
    Some(Effect::RecallTest(state.flaky.record.ask(ticket), id))
}

/// Asks for the preview of what the picker's cursor is on.
fn preview(state: &mut State) -> Option<Effect> {
    let Some(Overlay::Picker(picker)) = &state.overlay else { return None };
    let choice = picker.selected().filter(|choice| choice.is_of_project())?.clone();
    if !picker.with_preview || picker.preview_of.as_ref() == Some(&choice) {
        return None;
    }
    let ticket = state.ticket();
    let Some(Overlay::Picker(picker)) = &mut state.overlay else { return None };
    picker.preview_of = Some(choice.clone());
    Some(Effect::Preview(picker.preview.ask(ticket), choice))
}

/// Takes the tests of a line or of a file.
pub fn tests_found(state: &mut State, ticket: Ticket, answer: Answer<Arc<Related>>) -> Vec<Effect> {
    if state.lines.covering.awaits(ticket) {
        settle(&mut state.lines.covering, ticket, answer, &mut state.problems);
        return Vec::new();
    }
    let Some(Overlay::Picker(picker)) = &mut state.overlay else { return Vec::new() };
    if !settle(&mut picker.related, ticket, answer, &mut state.problems) {
        return Vec::new();
    }
    picker.loading = false;
    if let Some(related) = picker.related.value() {
        picker.items = Arc::clone(&related.items);
        picker.note = related.by.words();
    }
    search(state).into_iter().collect()
}

/// Takes the lists of the picker; an open picker goes on with the new one.
pub fn catalog(state: &mut State, ticket: Ticket, answer: Answer<Arc<Catalog>>) -> Vec<Effect> {
    if !settle(&mut state.catalog, ticket, answer, &mut state.problems) {
        return Vec::new();
    }
    let catalog = state.catalog.value().cloned().unwrap_or_default();
    let Some(Overlay::Picker(picker)) = &mut state.overlay else { return Vec::new() };
    let Some(items) = listed(&picker.kind, &catalog) else { return Vec::new() };
    picker.items = items;
    picker.loading = false;
    search(state).into_iter().collect()
}

/// The list of that kind, where it is one of the catalog's.
#[must_use]
pub fn listed(kind: &ListKind, catalog: &Catalog) -> Option<Arc<Items>> {
    match kind {
        ListKind::Sources => Some(Arc::clone(&catalog.sources)),
        ListKind::TestFiles => Some(Arc::clone(&catalog.test_files)),
        ListKind::Tests => Some(Arc::clone(&catalog.tests)),
        ListKind::Keyword => Some(Arc::clone(&catalog.by_keyword)),
        ListKind::Mark => Some(Arc::clone(&catalog.by_mark)),
        ListKind::Failed | ListKind::Changed | ListKind::Saved => None,
        ListKind::Related(_) | ListKind::Actions | ListKind::Points(_) => None,
    }
}

/// Asks for the matches of what is typed in the picker.
pub fn search(state: &mut State) -> Option<Effect> {
    let ticket = state.ticket();
    let Some(Overlay::Picker(picker)) = &mut state.overlay else { return None };
    let (kind, query) = (picker.kind.clone(), picker.query.text().to_owned());
    picker.wrong = kind.wrong(&query).map(|what| Clean::line(&what)).unwrap_or_default();
    Some(Effect::Match { ticket: picker.found.ask(ticket), kind, query, items: Arc::clone(&picker.items) })
}

/// Takes matches. When enter was struck while they were looked for, the best one is taken.
pub fn matched(state: &mut State, ticket: Ticket, found: Found) -> Vec<Effect> {
    let Some(Overlay::Picker(picker)) = &mut state.overlay else { return Vec::new() };
    let PickerState { found: slot, list, eager, .. } = picker.as_mut();
    let done = found.done;
    let wanted = if done { slot.settle(ticket, Ok(found)) } else { slot.advance(ticket, found) };
    if wanted {
        list.at = list.at.min(slot.value().map_or(0, |found| found.best.len()).saturating_sub(1));
        if done && std::mem::take(eager) {
            return act_overlay::take(state);
        }
    }
    Vec::new()
}
