//! What actions do in the pane that has the focus.

use crate::app::act::{focus, toggle_mark};
use crate::app::{Action, Choice, Effect, MapRow, Pane, RunRow, Scroll, State, act_overlay, checklist, plan};
use crate::base::RepoPath;

/// Does an action in the pane that has the focus.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    if scroll(state, action) {
        return Vec::new();
    }
    match (state.focus, action) {
        (Pane::Map | Pane::Flaky, Action::Filter) => begin_filter(state),
        (_, Action::Mark) => mark(state),
        (_, Action::Edit) => return edit(state).into_iter().collect(),
        (_, Action::TestsHere) => return tests_here(state),
        (Pane::Map, action) => map(state, action),
        (Pane::Lines, action) => lines(state, action),
        (Pane::Flaky, action) => flaky(state, action),
        (Pane::Runner, action) => runner(state, action),
    }
    Vec::new()
}

/// Moves a cursor or scrolls to the side. False for another action.
pub fn scroll(state: &mut State, action: Action) -> bool {
    let height = state.list_height(state.focus);
    let foot = usize::from(plan(state.size(), state).parts(state.focus, state).foot.height);
    match state.focus {
        Pane::Map => {
            let len = state.map.shown.len();
            let moved = state.map.list.go(action, len, height);
            if moved {
                state.map.follow();
            }
            moved
        }
        Pane::Lines => {
            let len = state.lines.rows.len();
            let moved = state.lines.list.go(action, len, height);
            if moved {
                state.lines.follow();
            }
            moved || state.lines.scroll_sideways(action)
        }
        Pane::Flaky if state.flaky.reading => {
            let len = state.flaky.record_rows(state.list_width(Pane::Flaky));
            roll(&mut state.flaky.record_list, action, len, height) || sideways(&mut state.flaky.left, action)
        }
        Pane::Flaky => {
            let len = state.flaky.shown.len();
            let moved = state.flaky.list.go(action, len, height);
            if moved {
                state.flaky.follow();
            }
            moved || sideways(&mut state.flaky.left, action)
        }
        Pane::Runner if state.runner.is_reading_account() => {
            let len = state.runner.selected_output().len();
            state.runner.output.go(action, len, foot.saturating_sub(1)) || sideways(&mut state.runner.left, action)
        }
        Pane::Runner if state.runner.reading => {
            let len = state.runner.selected_output().len();
            roll(&mut state.runner.output, action, len, foot.saturating_sub(1))
                || sideways(&mut state.runner.left, action)
        }
        Pane::Runner => {
            let len = state.runner.rows.len();
            let moved = state.runner.list.go(action, len, height);
            if moved {
                state.runner.follow = false;
                state.runner.cursor = state.runner.rows.get(state.runner.list.at).copied();
            }
            moved || sideways(&mut state.runner.left, action)
        }
    }
}

/// Scrolls text that has no cursor: every step moves what is visible.
pub fn roll(list: &mut Scroll, action: Action, len: usize, height: usize) -> bool {
    let last = len.saturating_sub(height);
    let mut probe = Scroll { at: list.top, top: 0 };
    let moved = probe.go(action, last.saturating_add(1), height);
    if moved {
        list.top = probe.at.min(last);
        list.at = list.top;
    }
    moved
}

fn sideways(left: &mut u16, action: Action) -> bool {
    match action {
        Action::ScrollLeft => *left = left.saturating_sub(8),
        Action::ScrollRight => *left = left.saturating_add(8).min(400),
        _ => return false,
    }
    true
}

fn map(state: &mut State, action: Action) {
    let height = state.list_height(Pane::Map);
    let map = &mut state.map;
    let row = map.shown.get(map.list.at).cloned();
    match (action, row) {
        (Action::Fold, _) => {
            map.by_folder = !map.by_folder;
            map.rebuild(height);
        }
        (Action::Open, Some(MapRow::File { .. })) => focus(state, Pane::Lines),
        (Action::Open, Some(MapRow::Folder { path, open, .. })) => map.set_open(path, !open, height),
        (Action::FoldOut, Some(MapRow::Folder { path, .. })) => map.set_open(path, true, height),
        (Action::FoldIn, Some(MapRow::Folder { path, open: true, .. })) => map.set_open(path, false, height),
        (Action::FoldIn, Some(_)) if map.by_folder => {
            if let Some(folder) = map.cursor.as_ref().and_then(RepoPath::folder) {
                map.cursor = Some(folder);
                map.rebuild(height);
            }
        }
        _ => {}
    }
}

fn lines(state: &mut State, action: Action) {
    let height = state.list_height(Pane::Lines);
    match action {
        Action::NextGap | Action::PreviousGap => match state.lines.gap(action == Action::NextGap) {
            Some(line) => state.lines.go_to(line, height),
            None => state.say("no gap in this file"),
        },
        Action::Open => {
            state.lines.toggle_fold(height);
        }
        Action::Fold => {
            state.lines.all = !state.lines.all;
            state.lines.rebuild(height);
        }
        _ => {}
    }
}

fn flaky(state: &mut State, action: Action) {
    match action {
        Action::Open if state.flaky.selected().is_some() => {
            state.flaky.reading = !state.flaky.reading;
            (state.flaky.record_list, state.flaky.left) = (Scroll::default(), 0);
        }
        _ => {}
    }
}

fn runner(state: &mut State, action: Action) {
    let height = state.list_height(Pane::Runner);
    match action {
        Action::Open if is_on_fold(state) => state.runner.toggle_frames(foot_height(state)),
        Action::Open if checklist::is_row(state.runner.cursor) => checklist::open(state),
        Action::Open if state.runner.reading => state.runner.reading = false,
        Action::Open => match state.runner.cursor {
            Some(RunRow::Test(_) | RunRow::Command(_) | RunRow::Warnings(_)) => {
                (state.runner.reading, state.runner.left) = (true, 0);
            }
            Some(RunRow::Change(at)) => open_change(state, at),
            _ => {}
        },
        Action::Fold => state.runner.toggle_frames(foot_height(state)),
        Action::NextFrame | Action::PreviousFrame => step_frame(state, action == Action::NextFrame),
        Action::Earlier => earlier(state),
        Action::NextFailed | Action::PreviousFailed | Action::NextFailure | Action::PreviousFailure => {
            let forward = matches!(action, Action::NextFailed | Action::NextFailure);
            let found = state.runner.step_failed(forward, height);
            if !found {
                state.say("no test failed");
            }
        }
        Action::Command => state.runner.full = !state.runner.full,
        _ => {}
    }
}

/// How many rows of the output are visible.
fn foot_height(state: &State) -> usize {
    usize::from(plan(state.size(), state).parts(Pane::Runner, state).foot.height).saturating_sub(1)
}

/// Whether the cursor of what is read is on frames that are folded away.
fn is_on_fold(state: &State) -> bool {
    let runner = &state.runner;
    let row = runner.selected_account().and_then(|account| account.row(runner.output.at, runner.unfolded));
    runner.is_reading_account() && matches!(row, Some(crate::app::AccountRow::Fold(_)))
}

fn step_frame(state: &mut State, forward: bool) {
    let (height, runner) = (foot_height(state), &mut state.runner);
    let (at, unfolded) = (runner.output.at, runner.unfolded);
    let len = runner.selected_output().len();
    match runner.selected_account().and_then(|account| account.step(at, forward, unfolded)) {
        Some(row) => runner.output.set(row, len, height),
        None => state.say("no frame here belongs to the project"),
    }
}

fn earlier(state: &mut State) {
    if state.runner.selected_past().is_none() {
        return state.say("no earlier result of this test is known");
    }
    state.runner.earlier = !state.runner.earlier;
}

/// Shows the source of a file whose figure moved.
fn open_change(state: &mut State, at: usize) {
    let after = state.runner.run.as_ref().and_then(|run| run.after.as_ref());
    let Some(path) = after.and_then(|after| after.changes.get(at)).map(|change| change.path.clone()) else { return };
    state.map.cursor = Some(path);
    state.map.filter.erase();
    state.map.rebuild(state.list_height(Pane::Map));
    focus(state, Pane::Lines);
}

fn mark(state: &mut State) {
    let choice = match state.focus {
        Pane::Map => state.map.selected().map(|row| Choice::Source(row.path.clone())),
        Pane::Flaky => state.flaky.cursor.clone().map(Choice::Test),
        Pane::Runner => state.runner.selected_test().map(|test| Choice::Test(test.id.clone())),
        Pane::Lines => None,
    };
    if let Some(choice) = choice {
        toggle_mark(state, choice);
        scroll(state, Action::Down);
    }
}

/// The editor at what the cursor is on.
fn edit(state: &mut State) -> Option<Effect> {
    let (path, line) = match state.focus {
        Pane::Map => (state.map.selected()?.path.clone(), 1),
        Pane::Lines => (state.lines.file()?.path.clone(), state.lines.line),
        Pane::Flaky => return Some(Effect::EditTest(state.flaky.selected()?.id.clone())),
        Pane::Runner => {
            if let Some(effect) = edit_frame(state) {
                return Some(effect);
            }
            let test = state.runner.selected_test()?;
            let Some(at) = test.at.clone() else { return Some(Effect::EditTest(test.id.clone())) };
            at
        }
    };
    Some(Effect::Edit(path, line))
}

/// The editor where the frame under the cursor was left, while a failure is read.
fn edit_frame(state: &State) -> Option<Effect> {
    let runner = &state.runner;
    let is_list = matches!(runner.cursor, Some(RunRow::Warnings(_)));
    let account = runner.selected_account().filter(|_| runner.is_reading_account() || is_list)?;
    let place = account.place_at(runner.output.at, runner.unfolded)?;
    Some(match &place.own {
        Some(path) => Effect::Edit(path.clone(), place.line.max(1)),
        None => Effect::EditOutside(place.path.clone(), place.line.max(1)),
    })
}

/// The picker on the tests that cover the line or the file under the cursor.
fn tests_here(state: &mut State) -> Vec<Effect> {
    match state.focus {
        Pane::Lines => {
            let Some(path) = state.lines.file().map(|file| file.path.clone()) else { return Vec::new() };
            let line = state.lines.line;
            let title = crate::base::Clean::line(&format!("tests of {}:{line}", path.as_str()));
            act_overlay::open_related(state, title, crate::app::Whose::Line(path, line))
        }
        _ => match state.map.selected().map(|row| row.path.clone()) {
            Some(path) => act_overlay::open_tests_of(state, path),
            None => Vec::new(),
        },
    }
}

fn begin_filter(state: &mut State) {
    match state.focus {
        Pane::Map => state.map.typing = true,
        Pane::Flaky => (state.flaky.typing, state.flaky.reading) = (true, false),
        Pane::Lines | Pane::Runner => {}
    }
}

/// While a filter is typed: keep it, clear it, erase it.
pub fn filter(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Accept => (state.map.typing, state.flaky.typing) = (false, false),
        Action::Back => {
            clear_filter(state);
            (state.map.typing, state.flaky.typing) = (false, false);
        }
        _ => {
            clear_filter(state);
        }
    }
    Vec::new()
}

/// Clears the filter of the pane; false when there was none.
pub fn clear_filter(state: &mut State) -> bool {
    let height = state.list_height(state.focus);
    match state.focus {
        Pane::Map if !state.map.filter.is_empty() => {
            state.map.filter.erase();
            state.map.rebuild(height);
        }
        Pane::Flaky if !state.flaky.filter.is_empty() => {
            state.flaky.filter.erase();
            state.flaky.rebuild(height);
        }
        _ => return false,
    }
    true
}
