//! The list of problems, newest first, each with its hint.

use crate::app::{Plan, Scroll, State, problem_lines};
use crate::base::Area;
use crate::ui::Role;
use crate::ui::canvas::Canvas;
use crate::ui::footer::{of, sign};
use crate::ui::words::{count, text};

/// Draws the list.
pub fn draw(canvas: &mut Canvas<'_>, plan: &Plan, state: &State, list: &Scroll) {
    let frame = plan.overlay.unwrap_or_default();
    let title = text(format!(" {} ", count(state.problems.len(), "problem")));
    canvas.row(Area { x: frame.x + 2, width: frame.width.saturating_sub(4), ..frame }, 0).put(title, Role::TitleFocus);
    let area = plan.overlay_list(state);
    let lines = problem_lines(&state.problems, area.width);
    if lines.is_empty() {
        canvas.row(area, 0).gap(1).put("Nothing is wrong.", Role::Text);
    }
    let top = list.top.min(lines.len().saturating_sub(usize::from(area.height)));
    for (y, (severity, first, words)) in (0..area.height).zip(lines.iter().skip(top)) {
        let mut row = canvas.row(area, y);
        if *first {
            row.put(sign(*severity), of(*severity)).gap(1).put(words, of(*severity));
        } else {
            row.gap(2).put(words, Role::Text);
        }
    }
    canvas.scroll_bar(area, top, lines.len());
}
