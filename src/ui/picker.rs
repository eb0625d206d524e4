//! The picker and the palette: a line to type in, the matches, a look into the file.

use crate::app::{Choice, ListKind, PickerState, Plan, State, wrap};
use crate::base::{Area, Clean};
use crate::ui::Role;
use crate::ui::canvas::Canvas;
use crate::ui::source_row::source;
use crate::ui::words::{cut, number, shorten, text};

/// How much of a name is kept beside a long note.
const SHORTEST_NAME: u16 = 20;

/// Draws the picker.
pub fn draw(canvas: &mut Canvas<'_>, plan: &Plan, state: &State, picker: &PickerState) {
    let inside = plan.overlay_inside();
    let title = if picker.kind == ListKind::Actions { " palette " } else { " pick " };
    let frame = plan.overlay.unwrap_or_default();
    canvas.row(Area { x: frame.x + 2, width: frame.width.saturating_sub(4), ..frame }, 0).put(title, Role::TitleFocus);
    query(canvas, inside, picker);
    kinds(canvas, inside, picker);
    let list = plan.overlay_list(state);
    rows(canvas, list, state, picker);
    let preview = Area { x: list.right(), width: inside.right().saturating_sub(list.right()), ..list };
    if preview.width > 0 && picker.has_preview() {
        look(canvas, preview, picker);
    }
}

fn query(canvas: &mut Canvas<'_>, inside: Area, picker: &PickerState) {
    let found = picker.found.value();
    let counts = match found {
        _ if picker.loading => "loading…".to_owned(),
        Some(found) => format!("{}/{}", number(found.matched as u64), number(picker.items.texts.len() as u64)),
        None => String::new(),
    };
    let busy = if picker.found.waiting() { "… " } else { "" };
    let chosen = if picker.chosen.is_empty() { String::new() } else { format!(" ● {}", picker.chosen.len()) };
    let right = text(format!("{busy}{counts}{chosen} "));
    let mut row = canvas.row(inside, 0);
    row.put(" › ", Role::Key);
    row.put_typed(&picker.query);
    if picker.query.is_empty() {
        row.put(picker.kind.hint(), Role::Muted);
    }
    row.jump_right(u16::try_from(right.width()).unwrap_or(0)).put(right, Role::Muted);
}

fn kinds(canvas: &mut Canvas<'_>, inside: Area, picker: &PickerState) {
    let mut row = canvas.row(inside, 1);
    row.gap(1);
    if let ListKind::Related(title) = &picker.kind {
        row.put(title, Role::TitleFocus).gap(2).put(&picker.note, Role::Muted);
        return;
    }
    if let ListKind::Points(_) = &picker.kind {
        let left = row.left();
        row.put(cut(&picker.kind.title(), left), Role::TitleFocus);
        return;
    }
    let turn = &ListKind::TURN;
    let width = |kind: &ListKind| kind.title().width() + 2;
    let left = usize::from(row.left());
    // Where not all fit, the row begins with the one that comes before this.
    let all: usize = turn.iter().map(width).sum();
    let here = turn.iter().position(|kind| *kind == picker.kind).unwrap_or(0);
    for kind in turn.iter().skip(if all > left { here.saturating_sub(1) } else { 0 }) {
        let here = *kind == picker.kind;
        row.put(if here { "▸" } else { " " }, if here { Role::TitleFocus } else { Role::Muted });
        row.put(kind.title(), if here { Role::TitleFocus } else { Role::Muted }).gap(1);
    }
}

fn rows(canvas: &mut Canvas<'_>, list: Area, state: &State, picker: &PickerState) {
    if !picker.wrong.is_empty() {
        for (y, line) in (0..list.height).zip(wrap(&picker.wrong, list.width.saturating_sub(4))) {
            canvas.row(list, y).gap(1).put(if y == 0 { "! " } else { "  " }, Role::Warning).put(&line, Role::Warning);
        }
        return;
    }
    let Some(found) = picker.found.value() else { return };
    if found.best.is_empty() {
        let words = match (picker.loading || !found.done, picker.items.texts.is_empty()) {
            (true, _) => "…",
            (false, true) => "there is none",
            (false, false) => "nothing matches",
        };
        canvas.row(list, 0).gap(3).put(words, Role::Muted);
        return;
    }
    let visible = picker.list.visible(found.best.len(), usize::from(list.height));
    for (y, at) in (0_u16..).zip(visible) {
        let mut row = canvas.row(list, y);
        let Some(matched) = found.best.get(at) else { continue };
        let (Some(words), Some(choice)) =
            (picker.items.texts.get(matched.index), picker.items.choices.get(matched.index))
        else {
            continue;
        };
        if at == picker.list.at {
            row = row.on(Role::Selected);
        }
        row.put(if at == picker.list.at { "›" } else { " " }, Role::Key);
        row.put(if picker.chosen.contains(choice) { "●" } else { " " }, Role::Mark).gap(1);
        let note = picker.items.notes.get(matched.index).filter(|note| !note.is_empty());
        let width = note.map_or(0, |note| u16::try_from(note.width() + 2).unwrap_or(0));
        if note.is_some() && matched.positions.is_empty() {
            let room = row.left().saturating_sub(width).max(SHORTEST_NAME);
            row.put(shorten(words, room), Role::Text);
        } else {
            row.put_marked(words, Role::Text, &matched.positions, Role::Match);
        }
        if let Some(note) = note {
            row.jump_right(width).put(" ", Role::Muted).put(note, Role::Muted);
        }
        if let Choice::Action(action) = choice {
            let keys = keys(state, *action);
            let width = u16::try_from(keys.width() + 1).unwrap_or(0);
            row.jump_right(width).put(keys, Role::Key);
        }
    }
}

/// The keys of an action where it works.
fn keys(state: &State, action: crate::app::Action) -> Clean {
    let places = action.row().places;
    let place = if places.contains(&state.focus.place()) { Some(state.focus.place()) } else { places.first().copied() };
    let keys = place.and_then(|place| state.start.keymap.keys(place, action).next());
    text(keys.map(|key| format!(" {key}")).unwrap_or_default())
}

fn look(canvas: &mut Canvas<'_>, area: Area, picker: &PickerState) {
    let preview = picker.preview.value();
    for y in 0..area.height {
        let mut row = canvas.row(area, y);
        row.put("│", Role::Border).gap(1);
        let Some(preview) = preview else { continue };
        let Some(line) = preview.lines.get(usize::from(y)) else { continue };
        let number = preview.first + u32::from(y);
        row.put(if preview.mark == Some(number) { "▸" } else { " " }, Role::Key);
        row.put_right(text(number.to_string()), 4, Role::LineNumber).gap(1);
        source(&mut row, line);
    }
}
