//! What keys and actions do, wherever they are struck.

use crate::app::update::{rank, read_catalog, read_reports, recall};
use crate::app::{
    Action, Choice, Effect, Key, LabGoal, ListKind, Overlay, Pane, Place, RunRow, Scroll, State, Watching, act_overlay,
    act_pane, checklist, compare, edit_loop, guide, indexing, lab, pasted, programme, quarantine, run_flow,
};
use crate::domain::suite::{Batch, Target, TestId};

/// Takes a key: a command of the place, or a character where text is typed.
pub fn key(state: &mut State, key: Key) -> Vec<Effect> {
    state.notice = None;
    let place = state.place();
    let mut action = state.start.keymap.action(place, key);
    if action.is_none() && place == Place::Picker && key.typed() == Some(' ') && act_overlay::is_query_empty(state) {
        action = Some(Action::Toggle);
    }
    if action != Some(Action::Interrupt) {
        state.leaving = false;
    }
    match action {
        Some(action) => act(state, action),
        None if place.is_typing() => act_overlay::typed(state, key),
        None => Vec::new(),
    }
}

/// Takes pasted text where text is typed; elsewhere it may be a report.
pub fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    let Some(line) = act_overlay::text_line(state) else { return pasted::paste(state, text) };
    line.paste(text);
    act_overlay::text_changed(state)
}

/// Does an action where the focus is.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    if state.overlay.is_some() {
        return act_overlay::act(state, action).unwrap_or_else(|| everywhere(state, action));
    }
    if state.is_filtering() && matches!(action, Action::Accept | Action::Back | Action::EraseAll) {
        return act_pane::filter(state, action);
    }
    everywhere(state, action)
}

/// Does what is the same in every pane; hands the rest to the pane.
fn everywhere(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::NextPane => focus(state, state.focus.step(1)),
        Action::PreviousPane => focus(state, state.focus.step(Pane::ALL.len() - 1)),
        Action::MapPane => focus(state, Pane::Map),
        Action::LinesPane => focus(state, Pane::Lines),
        Action::FlakyPane => focus(state, Pane::Flaky),
        Action::RunnerPane => focus(state, Pane::Runner),
        Action::Zoom => state.zoomed = !state.zoomed,
        Action::Back => return back(state),
        Action::Compare => return compare::open(state),
        Action::Guide => return guide::open(state),
        Action::Programme => programme::open(state),
        Action::Checklist => checklist::open(state),
        Action::PasteReport => return pasted::from_clipboard(state),
        Action::Help => act_overlay::open_help(state),
        Action::ShowProblems => state.overlay = Some(Overlay::Problems(Scroll::default())),
        Action::Palette => return act_overlay::open_picker(state, ListKind::Actions),
        Action::Pick => return act_overlay::open_picker(state, ListKind::Sources),
        Action::Run => return run_flow::plan(state, run_flow::wanted(state)),
        Action::RunAffected => {
            return run_flow::plan(state, crate::app::Ask { affected: true, ..Default::default() });
        }
        Action::RunAll => return run_flow::plan(state, crate::app::Ask { all: true, ..Default::default() }),
        Action::RunLine => return run_flow::plan(state, run_flow::of_line(state)),
        Action::RunFunction => return run_flow::of_function(state),
        Action::RunChanged => {
            return run_flow::plan(state, crate::app::Ask { changed: Some(String::new()), ..Default::default() });
        }
        Action::ByKeyword => return act_overlay::open_picker(state, ListKind::Keyword),
        Action::ByMark => return act_overlay::open_picker(state, ListKind::Mark),
        Action::Selections => return act_overlay::open_picker(state, ListKind::Saved),
        Action::RerunBatch => {
            let last = || crate::app::Ask { last: true, ..Default::default() };
            return run_flow::plan(state, state.runner.last.clone().unwrap_or_else(last));
        }
        Action::RerunFailed => return rerun_failed(state),
        Action::Debug => return run_flow::debug(state),
        Action::Lab => return lab::open(state, LabGoal::Cause),
        Action::VerifyFix => return lab::open(state, LabGoal::Fix),
        Action::Quarantine => quarantine::open(state),
        Action::Cancel => return run_flow::cancel(state),
        Action::Interrupt => return interrupt(state),
        Action::Quit => return quit(state),
        Action::CopyReport => return copy_report(state),
        Action::CopyName => return copy_name(state),
        Action::CopyCommand => return copy_command(state),
        Action::CopyNote => return copy_note(state),
        Action::Watch => return vec![Effect::Watch(state.watching == Watching::Off)],
        Action::Loop => return edit_loop::toggle(state),
        Action::GoOn => return edit_loop::go_on(state),
        Action::Reload => {
            state.indexing.want();
            return vec![read_reports(state), recall(state), read_catalog(state)];
        }
        Action::NextTheme => return next_theme(state),
        Action::ToggleMouse => return toggle_mouse(state),
        Action::Redraw => return vec![Effect::Redraw],
        Action::Suspend => return vec![Effect::Suspend],
        Action::Panic if state.start.panic_key => return vec![Effect::Panic],
        Action::Panic => {}
        Action::MarkNone => state.marks.clear(),
        Action::Sort | Action::SortBack => {
            state.map.sort(action == Action::Sort);
            return rank(state).into_iter().collect();
        }
        action => return act_pane::act(state, action),
    }
    Vec::new()
}

/// Gives a pane the focus.
pub fn focus(state: &mut State, pane: Pane) {
    state.map.typing = false;
    state.flaky.typing = false;
    state.focus = pane;
}

/// Leaves what is innermost: what is read large, the filter, the zoom.
fn back(state: &mut State) -> Vec<Effect> {
    let reading = match state.focus {
        Pane::Flaky => std::mem::take(&mut state.flaky.reading),
        Pane::Runner => std::mem::take(&mut state.runner.reading),
        Pane::Map | Pane::Lines => false,
    };
    if reading || act_pane::clear_filter(state) {
        return Vec::new();
    }
    if state.focus == Pane::Lines && state.lines.lit.is_some() {
        return compare::unlight(state).into_iter().collect();
    }
    if std::mem::take(&mut state.zoomed) {
        return Vec::new();
    }
    pasted::put_away(state).unwrap_or_default()
}

fn interrupt(state: &mut State) -> Vec<Effect> {
    if state.is_running() {
        return run_flow::cancel(state);
    }
    if state.has_lab() {
        return lab::stop(state);
    }
    if state.leaving {
        return vec![Effect::Leave(0)];
    }
    if let Some(stop) = indexing::cancel(state) {
        return vec![stop];
    }
    state.overlay = None;
    state.leaving = true;
    state.say("nothing runs; ctrl-c again quits");
    Vec::new()
}

fn quit(state: &mut State) -> Vec<Effect> {
    if state.is_running() || state.has_lab() {
        state.overlay = Some(Overlay::Leaving);
        return Vec::new();
    }
    vec![Effect::Leave(0)]
}

fn rerun_failed(state: &mut State) -> Vec<Effect> {
    let failed = run_flow::failed(state);
    if failed.targets.is_empty() && !state.is_running() {
        state.say("no test failed in the last batch");
        return Vec::new();
    }
    run_flow::plan(state, failed)
}

fn copy_report(state: &mut State) -> Vec<Effect> {
    match run_flow::report(state) {
        Some(report) => {
            state.say("the batch report is copied");
            vec![Effect::Copy(report)]
        }
        None => {
            state.say("there is no batch report yet; r plans a run");
            Vec::new()
        }
    }
}

fn copy_name(state: &mut State) -> Vec<Effect> {
    let name = match state.focus {
        Pane::Map => state.map.cursor.as_ref().map(|path| path.as_str().to_owned()),
        Pane::Lines => state.lines.file().map(|file| format!("{}:{}", file.path.as_str(), state.lines.line)),
        Pane::Flaky => state.flaky.cursor.as_ref().map(|id| id.as_str().to_owned()),
        Pane::Runner => state.runner.selected_test().map(|test| test.id.as_str().to_owned()),
    };
    if let Some(name) = &name {
        state.say(format!("copied {name}"));
    }
    name.map(Effect::Copy).into_iter().collect()
}

/// The note of the selected flaky test, once its history has been read.
fn copy_note(state: &mut State) -> Vec<Effect> {
    let record = state.flaky.record.value().filter(|record| Some(&record.id) == state.flaky.cursor.as_ref());
    match record.map(|record| (record.note.clone(), record.id.clone())) {
        Some((note, id)) => {
            state.say(format!("copied a note on {}", id.as_str()));
            vec![Effect::Copy(note)]
        }
        None => {
            let words =
                if state.flaky.cursor.is_none() { "no test is selected" } else { "its history is still being read" };
            state.say(words);
            Vec::new()
        }
    }
}

/// The command of what is selected: of a test, the one that runs it alone.
fn copy_command(state: &mut State) -> Vec<Effect> {
    let runner = &state.runner;
    let alone = |id: &TestId| Batch::of(vec![Target::Test(id.clone())], Vec::new()).shown();
    let command = match (state.focus, runner.cursor) {
        (Pane::Flaky, _) => state.flaky.cursor.as_ref().map(alone),
        (_, Some(RunRow::Command(at) | RunRow::Warnings(at))) => {
            let planned = runner.run.as_ref().and_then(|run| run.planned.cycles.iter().flatten().nth(at));
            planned.map(|command| if runner.full { command.full.to_string() } else { command.shown.to_string() })
        }
        _ => runner.selected_test().map(|test| alone(&test.id)),
    };
    if let Some(command) = &command {
        state.say(format!("copied {command}"));
    }
    command.map(Effect::Copy).into_iter().collect()
}

fn next_theme(state: &mut State) -> Vec<Effect> {
    let count = state.start.themes.len();
    if count == 0 {
        return Vec::new();
    }
    state.start.theme = (state.start.theme + 1) % count;
    if let Some(name) = state.start.themes.get(state.start.theme).cloned() {
        state.say(format!("theme {name}"));
    }
    vec![Effect::UseTheme(state.start.theme)]
}

fn toggle_mouse(state: &mut State) -> Vec<Effect> {
    state.start.mouse = !state.start.mouse;
    state.say(if state.start.mouse {
        "mouse on; shift-drag still selects text"
    } else {
        "mouse off: drag selects text"
    });
    vec![Effect::CaptureMouse(state.start.mouse)]
}

/// Marks or unmarks one thing.
pub fn toggle_mark(state: &mut State, choice: Choice) {
    if !state.marks.remove(&choice) {
        state.marks.insert(choice);
    }
}
