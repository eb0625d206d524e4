//! The help: the keys that work here, from the table of actions.

use crate::app::{ActionRow, HelpState, Plan, State, help_rows, wrap};
use crate::base::Area;
use crate::ui::Role;
use crate::ui::canvas::Canvas;
use crate::ui::words::text;

/// Draws the help.
pub fn draw(canvas: &mut Canvas<'_>, plan: &Plan, state: &State, help: &HelpState) {
    let frame = plan.overlay.unwrap_or_default();
    let kind = if help.under.is_some() { "" } else { " pane" };
    let title = text(format!(" keys in the {}{kind} ", help.about.name()));
    canvas.row(Area { x: frame.x + 2, width: frame.width.saturating_sub(4), ..frame }, 0).put(title, Role::TitleFocus);
    let inside = plan.overlay_inside();
    let mut row = canvas.row(inside, 0);
    row.put(" › ", Role::Key);
    if help.filter.is_empty() {
        row.cursor().gap(1).put("type to filter · enter does it · esc closes", Role::Muted);
    } else {
        row.put_typed(&help.filter);
    }
    let rows = help_rows(help.about, help.filter.text());
    let list = plan.overlay_list(state);
    if rows.is_empty() {
        canvas.row(list, 0).gap(3).put("no action matches", Role::Muted);
    }
    let wide = list.width >= 100;
    let mut at = help.list;
    at.show(rows.len(), usize::from(list.height));
    for (y, index) in (0_u16..).zip(at.visible(rows.len(), usize::from(list.height))) {
        let Some(action) = rows.get(index) else { continue };
        let keys: Vec<String> = state.start.keymap.keys(help.about, action.action).map(|key| key.to_string()).collect();
        let mut row = canvas.row(list, y);
        if index == at.at {
            row = row.on(Role::Selected);
        }
        row.gap(1).put_left(text(keys.join(" ")), if wide { 18 } else { 11 }, Role::Key).gap(1);
        if wide {
            row.put_left(action.name, 17, Role::Muted).gap(1);
        }
        row.put(action.help, Role::Text);
    }
    canvas.scroll_bar(list, at.top, rows.len());
    if let Some(action) = rows.get(at.at) {
        about(canvas, inside.split_top(2 + list.height).1, action);
    }
}

/// What the selected action is called and does, in full: its row may have no room for it.
fn about(canvas: &mut Canvas<'_>, foot: Area, action: &ActionRow) {
    let words = format!("{} · {}", action.help, action.name);
    for (y, line) in (1..foot.height).zip(wrap(&words, foot.width.saturating_sub(2))) {
        canvas.row(foot, y).gap(1).put(&line, Role::Muted);
    }
}
