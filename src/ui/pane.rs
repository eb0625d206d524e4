//! What all panes have in common: frame, title, and the words that stand in an empty one.

use crate::app::{Pane, Plan, Slot, State, wrap};
use crate::base::{Area, Clean, Problem};
use crate::ui::Role;
use crate::ui::canvas::Canvas;
use crate::ui::words::text;

/// Draws frame and title of a pane; `about` follows the title, `right` stands at the end of the line.
pub fn frame(canvas: &mut Canvas<'_>, plan: &Plan, pane: Pane, state: &State, about: &[(Clean, Role)], right: &Clean) {
    let Some(area) = plan.pane(pane) else { return };
    let focus = state.focus == pane;
    let (title, number) = if focus { (Role::TitleFocus, Role::Key) } else { (Role::Title, Role::Title) };
    let line = if plan.framed {
        canvas.frame(area, focus);
        Area { x: area.x + 1, width: area.width.saturating_sub(2), height: 1, ..area }
    } else {
        canvas.clear(Area { height: 1, ..area }, Role::Bar);
        Area { height: 1, ..area }
    };
    let right_width = u16::try_from(right.width()).unwrap_or(0);
    let mut row = canvas.row(line, 0);
    row.put(" ", title).put(text((pane.index() + 1).to_string()), number).put(" ", title);
    row.put(pane.title(), title);
    if !about.is_empty() {
        row.put(" ", title);
    }
    for (words, role) in about {
        if row.left() > right_width + 2 {
            row.put(words, *role);
        }
    }
    row.put(" ", title);
    if right_width > 0 && row.left() > right_width + 2 {
        row.jump_right(right_width + 2).put(" ", Role::Muted).put(right, Role::Muted).put(" ", Role::Muted);
    }
}

/// The words of a failure and of an answer that is awaited, for a title.
pub fn condition<T>(slot: &Slot<T>) -> Option<(Clean, Role)> {
    match (slot.failure(), slot.waiting(), slot.value()) {
        (Some(_), _, Some(_)) => Some((text(" ! not fresh"), Role::Warning)),
        (Some(_), _, None) => Some((text(" ! failed"), Role::Error)),
        (None, true, Some(_)) => Some((text(" …"), Role::Muted)),
        _ => None,
    }
}

/// Writes paragraphs into an empty pane, in the middle of its height where there is room.
pub fn paragraphs(canvas: &mut Canvas<'_>, area: Area, paragraphs: &[(Role, String)]) {
    let width = area.width.saturating_sub(2).min(76);
    let mut rows: Vec<(Role, Clean)> = Vec::new();
    for (at, (role, words)) in paragraphs.iter().enumerate() {
        if at > 0 && area.height > 9 {
            rows.push((*role, Clean::default()));
        }
        rows.extend(wrap(words, width).into_iter().map(|line| (*role, line)));
    }
    let len = u16::try_from(rows.len()).unwrap_or(u16::MAX);
    let top = area.height.saturating_sub(len) / 3;
    for (row, (role, words)) in (top..).zip(&rows) {
        canvas.row(area, row).gap(1).put(words, *role);
    }
}

/// The paragraphs of a problem: what is wrong, and what can be done.
#[must_use]
pub fn trouble(problem: &Problem) -> Vec<(Role, String)> {
    let mut out = vec![(Role::Error, format!("✗ {}: {}", problem.origin, problem.what))];
    if !problem.hint.is_empty() {
        out.push((Role::Text, problem.hint.to_string()));
    }
    out
}
