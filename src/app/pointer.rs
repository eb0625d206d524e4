//! What the pointer does: a press gives focus and selects, twice opens, the wheel scrolls what it is over.

use crate::app::act::{act, focus};
use crate::app::{Action, Effect, Mouse, MouseKind, Overlay, Pane, Plan, State, plan};
use crate::base::Area;

/// Rows that one step of the wheel moves.
const WHEEL: usize = 3;

/// Takes a pointer event.
pub fn mouse(state: &mut State, mouse: Mouse) -> Vec<Effect> {
    let plan = plan(state.size(), state);
    if state.overlay.is_some() {
        return overlay(state, &plan, mouse);
    }
    if let Some(pane) = tab_at(&plan, mouse) {
        focus(state, pane);
        return Vec::new();
    }
    let Some(pane) = plan.pane_at(mouse.x, mouse.y) else { return Vec::new() };
    match mouse.kind {
        MouseKind::WheelDown | MouseKind::WheelUp => {
            wheel(state, pane, mouse.kind == MouseKind::WheelDown, &plan, mouse);
            Vec::new()
        }
        MouseKind::Press => {
            focus(state, pane);
            select(state, pane, &plan, mouse);
            Vec::new()
        }
        MouseKind::Double => {
            focus(state, pane);
            if select(state, pane, &plan, mouse) { act(state, Action::Open) } else { Vec::new() }
        }
    }
}

/// The tab under the pointer: each has a quarter of the line.
fn tab_at(plan: &Plan, mouse: Mouse) -> Option<Pane> {
    let tabs = plan.tabs.filter(|tabs| tabs.holds(mouse.x, mouse.y) && mouse.kind == MouseKind::Press)?;
    let quarter = (tabs.width / 4).max(1);
    Pane::ALL.get(usize::from((mouse.x - tabs.x) / quarter).min(3)).copied()
}

/// The row of a list under the pointer.
fn row_at(list: Area, top: usize, len: usize, mouse: Mouse) -> Option<usize> {
    let row = top + usize::from(mouse.y.checked_sub(list.y)?);
    (list.holds(mouse.x, mouse.y) && row < len).then_some(row)
}

/// Puts the cursor of a pane under the pointer; false when there is no row.
fn select(state: &mut State, pane: Pane, plan: &Plan, mouse: Mouse) -> bool {
    let list = plan.parts(pane, state).list;
    let height = usize::from(list.height);
    let (scroll, len) = match pane {
        Pane::Map => (&mut state.map.list, state.map.shown.len()),
        Pane::Lines => (&mut state.lines.list, state.lines.rows.len()),
        Pane::Flaky if state.flaky.reading => return false,
        Pane::Flaky => (&mut state.flaky.list, state.flaky.shown.len()),
        Pane::Runner => (&mut state.runner.list, state.runner.rows.len()),
    };
    let Some(row) = row_at(list, scroll.top, len, mouse) else { return false };
    scroll.set(row, len, height);
    follow_list(state, pane);
    true
}

/// The cursor names what the list's cursor is on.
fn follow_list(state: &mut State, pane: Pane) {
    match pane {
        Pane::Map => state.map.follow(),
        Pane::Lines => state.lines.follow(),
        Pane::Flaky => state.flaky.follow(),
        Pane::Runner => {
            state.runner.follow = false;
            state.runner.cursor = state.runner.rows.get(state.runner.list.at).copied();
        }
    }
}

fn wheel(state: &mut State, pane: Pane, down: bool, plan: &Plan, mouse: Mouse) {
    let parts = plan.parts(pane, state);
    let height = usize::from(parts.list.height);
    let over_foot = parts.foot.holds(mouse.x, mouse.y);
    match pane {
        Pane::Runner if over_foot => {
            let len = state.runner.selected_output().len();
            let rows = usize::from(parts.foot.height).saturating_sub(1);
            state.runner.output.wheel(down, WHEEL, len, rows);
        }
        Pane::Map => state.map.list.wheel(down, WHEEL, state.map.shown.len(), height),
        Pane::Lines => state.lines.list.wheel(down, WHEEL, state.lines.rows.len(), height),
        Pane::Flaky if state.flaky.reading => {
            let len = state.flaky.record_rows(parts.list.width);
            state.flaky.record_list.wheel(down, WHEEL, len, height);
        }
        Pane::Flaky => state.flaky.list.wheel(down, WHEEL, state.flaky.shown.len(), height),
        Pane::Runner => state.runner.list.wheel(down, WHEEL, state.runner.rows.len(), height),
    }
    follow_list(state, pane);
}

fn overlay(state: &mut State, plan: &Plan, mouse: Mouse) -> Vec<Effect> {
    let list = plan.overlay_list(state);
    let height = usize::from(list.height);
    let outside = !plan.overlay.is_some_and(|area| area.holds(mouse.x, mouse.y));
    let down = mouse.kind == MouseKind::WheelDown;
    match mouse.kind {
        MouseKind::Press if outside => return act(state, Action::Back),
        MouseKind::WheelDown | MouseKind::WheelUp => match &mut state.overlay {
            Some(Overlay::Picker(picker)) => {
                let len = picker.len();
                picker.list.wheel(down, WHEEL, len, height);
            }
            Some(_) => return act(state, if down { Action::NextRow } else { Action::PreviousRow }),
            None => {}
        },
        MouseKind::Press | MouseKind::Double => {
            if let Some(Overlay::Picker(picker)) = &mut state.overlay {
                let len = picker.len();
                if let Some(row) = row_at(list, picker.list.top, len, mouse) {
                    picker.list.set(row, len, height);
                    if mouse.kind == MouseKind::Double {
                        return act(state, Action::Accept);
                    }
                }
            }
        }
    }
    Vec::new()
}
