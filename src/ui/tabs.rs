//! The tabs: all four panes with one word each, where not all of them are visible.

use crate::app::{Pane, State, gaps};
use crate::base::{Area, Clean};
use crate::ui::Role;
use crate::ui::canvas::Canvas;
use crate::ui::words::{cut, text};

/// Draws the tabs; each has a quarter of the line.
pub fn draw(canvas: &mut Canvas<'_>, area: Area, state: &State) {
    let quarter = area.width / 4;
    for (at, pane) in (0_u16..).zip(Pane::ALL) {
        let cell = Area { x: area.x + at * quarter, width: quarter, ..area };
        let focus = state.focus == pane;
        let (key, title) = if focus { (Role::Key, Role::TitleFocus) } else { (Role::Key, Role::Title) };
        let mut row = canvas.row(cell, 0);
        row.put(if focus { "▸" } else { " " }, title).put(text((at + 1).to_string()), key).put(" ", title);
        row.put(pane.title(), title).put(" ", title);
        let (words, role) = news(pane, state);
        let left = row.left();
        row.put(cut(&words, left), role);
    }
}

/// What a hidden pane has to say.
fn news(pane: Pane, state: &State) -> (Clean, Role) {
    match pane {
        Pane::Map => (text(state.map.rows().len().to_string()), Role::Muted),
        Pane::Lines => match state.lines.file().map(|file| gaps(file).count()) {
            Some(0) => (text("✓"), Role::Covered),
            Some(gaps) => (text(format!("✗{gaps}")), Role::Missed),
            None => (Clean::default(), Role::Muted),
        },
        Pane::Flaky => match state.flaky.all().len() {
            0 => (Clean::default(), Role::Muted),
            tests => (text(tests.to_string()), Role::Warning),
        },
        Pane::Runner => match &state.runner.run {
            Some(run) if run.after.is_none() => (text(format!("▶{}/{}", run.ended(), run.tests.len())), Role::Running),
            Some(run) if run.bad() > 0 => (text(format!("✗{}", run.bad())), Role::Failed),
            Some(_) => (text("✓"), Role::Passed),
            None => (Clean::default(), Role::Muted),
        },
    }
}
