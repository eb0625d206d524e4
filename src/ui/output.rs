//! The output of the selected test or command.

use crate::app::{RunRow, State};
use crate::base::{Area, Clean};
use crate::ui::Role;
use crate::ui::canvas::Canvas;
use crate::ui::words::{cut, text};

/// Draws a title line and the visible lines of the output below it.
pub fn draw(canvas: &mut Canvas<'_>, area: Area, state: &State) {
    if area.is_empty() {
        return;
    }
    let runner = &state.runner;
    let (title, body) = area.split_top(1);
    let output = runner.selected_output();
    let what = match runner.cursor {
        Some(RunRow::Test(_)) => runner.selected_test().map(|test| test.name.clone()).unwrap_or_default(),
        Some(RunRow::Command(_)) => text("what the command wrote"),
        _ => Clean::default(),
    };
    let height = usize::from(body.height);
    // While a command runs its newest lines are shown, until somebody scrolls.
    let last = output.len().saturating_sub(height);
    let tail = state.is_running() && runner.follow && matches!(runner.cursor, Some(RunRow::Command(_)));
    let top = if tail { last } else { runner.output.top.min(last) };
    let mut row = canvas.row(title, 0);
    row.put("── ", Role::Faint).put(cut(&what, title.width.saturating_sub(20)), Role::Muted);
    if output.len() > height {
        row.put(text(format!(" {}–{}/{}", top + 1, (top + height).min(output.len()), output.len())), Role::Muted);
    } else if output.is_empty() {
        row.put(" no output", Role::Muted);
    }
    for y in 0..body.height {
        let Some(line) = output.line(top + usize::from(y)) else { break };
        let mut row = canvas.row(body, y).skipping(runner.left);
        row.gap(0);
        for piece in line {
            row.put_painted(&piece.text, piece.paint);
        }
    }
    canvas.scroll_bar(body, top, output.len());
}
