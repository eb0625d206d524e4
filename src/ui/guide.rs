//! The implementation guide: functions with their items, the selected one in full, and empty tests before they are written.

use crate::app::{DraftState, GuideRow, GuideState, Plan, State, draft_lines, wrap};
use crate::base::{Area, Clean};
use crate::domain::guide::{Item, State as Standing, Ticked};
use crate::ui::Role;
use crate::ui::canvas::{Canvas, Row};
use crate::ui::pane::{paragraphs, trouble};
use crate::ui::words::{count, cut, shorten, text};

/// Columns of the sign and the line number.
const MARGIN: u16 = 9;

/// Draws the guide.
pub fn draw(canvas: &mut Canvas<'_>, plan: &Plan, state: &State, guide: &GuideState) {
    let frame = plan.overlay.unwrap_or_default();
    let top = Area { x: frame.x + 2, width: frame.width.saturating_sub(4), ..frame };
    if let Some(draft) = &guide.draft {
        canvas.row(top, 0).put(" write empty tests? ", Role::TitleFocus);
        return drafted(canvas, plan, state, draft);
    }
    canvas.row(top, 0).put(" what a full test covers ", Role::TitleFocus);
    let inside = plan.overlay_inside();
    let mut head = canvas.row(inside, 0);
    let room = head.left().saturating_sub(2);
    head.gap(1).put(shorten(&guide.path.clean(), room), Role::Strong);
    let Some(all) = guide.answer.value() else {
        let words = match guide.answer.failure() {
            Some(problem) => trouble(problem),
            None => vec![(Role::Muted, "Reading the syntax tree…".to_owned())],
        };
        return paragraphs(canvas, inside.split_top(2).1, &words);
    };
    let tally = all.iter().fold(crate::domain::guide::Tally::default(), |sum, ticked| sum.plus(ticked.tally()));
    let mut row = canvas.row(inside, 1);
    let room = row.left().saturating_sub(1);
    row.gap(1).put(cut(&text(tally.words()), room), Role::Muted);
    let list = plan.overlay_list(state);
    let rows = guide.rows();
    let mut at = guide.list;
    at.show(rows.len(), usize::from(list.height));
    for (y, index) in (0_u16..).zip(at.visible(rows.len(), usize::from(list.height))) {
        let mut row = canvas.row(list, y);
        if index == at.at {
            row = row.on(Role::Selected);
        }
        match rows.get(index) {
            Some(GuideRow::Function(at)) => {
                guide.function(*at).into_iter().for_each(|ticked| function(&mut row, ticked))
            }
            Some(GuideRow::Item(at, of)) => {
                guide.item(*at, *of).into_iter().for_each(|(of, standing)| item(&mut row, of, standing));
            }
            None => {}
        }
    }
    canvas.scroll_bar(list, at.top, rows.len());
    let foot = Area { y: list.y + list.height, height: inside.bottom().saturating_sub(list.y + list.height), ..inside };
    match rows.get(at.at) {
        Some(GuideRow::Item(at, of)) => {
            if let (Some(ticked), Some((of, standing))) = (guide.function(*at), guide.item(*at, *of)) {
                details(canvas, foot, &in_full(ticked, of, standing));
            }
        }
        Some(GuideRow::Function(at)) => {
            let ticked = guide.function(*at);
            let tally = |ticked: &Ticked| vec![(Role::Text, ticked.tally().words())];
            details(canvas, foot, &ticked.map(tally).unwrap_or_default());
        }
        None => {}
    }
}

fn function(row: &mut Row<'_, '_>, ticked: &Ticked) {
    let function = &ticked.guide.function;
    let tally = ticked.tally();
    let words = match ticked.guide.items.is_empty() {
        true => "nothing to test".to_owned(),
        false => format!("{} of {}", tally.ticked, tally.all),
    };
    let room = row.left().saturating_sub(u16::try_from(words.len()).unwrap_or(0) + 3);
    row.gap(1).put(shorten(&Clean::line(&function.title()), room), Role::Strong).gap(2).put(text(words), Role::Muted);
}

fn item(row: &mut Row<'_, '_>, item: &Item, standing: &Standing) {
    let mut sign = [0; 4];
    row.gap(2).put(text(standing.glyph().encode_utf8(&mut sign)), role(standing));
    row.put_right(text(item.line.to_string()), 5, Role::LineNumber).gap(1);
    let room = row.left();
    row.put(cut(&item.words, room), if matches!(standing, Standing::Open) { Role::Text } else { Role::Muted });
}

/// The selected item: all of its words, its state, the tests.
fn in_full(ticked: &Ticked, item: &Item, standing: &Standing) -> Vec<(Role, String)> {
    let mut lines = vec![(Role::Text, item.words.to_string())];
    let state = match standing.words(ticked.has_contexts) {
        words if words.is_empty() => standing.word().to_owned(),
        words => words,
    };
    let tests = standing.tests();
    let by = match tests.len() {
        0 => String::new(),
        1 => " by ".to_owned(),
        more => format!(" by {}, such as ", count(more, "test")),
    };
    let first = tests.first().map(|test| test.as_str()).unwrap_or_default();
    lines.push((role(standing), format!("{} {state}{by}{first}", standing.glyph())));
    lines
}

fn details(canvas: &mut Canvas<'_>, area: Area, lines: &[(Role, String)]) {
    let width = area.width.saturating_sub(2);
    let wrapped: Vec<(Role, Clean)> =
        lines.iter().flat_map(|(role, words)| wrap(words, width).into_iter().map(|line| (*role, line))).collect();
    // What it is may be long; its state is the last line, and stays.
    let room = usize::from(area.height);
    let last = wrapped.len().saturating_sub(1);
    let shown = wrapped.iter().enumerate().filter(|(at, _)| *at + 1 < room || *at == last).take(room);
    for (y, (_, (role, line))) in (0_u16..).zip(shown) {
        canvas.row(area, y).gap(1).put(line, *role);
    }
}

fn drafted(canvas: &mut Canvas<'_>, plan: &Plan, state: &State, draft: &DraftState) {
    let inside = plan.overlay_inside();
    let Some(answer) = draft.answer.value() else {
        let words = match draft.answer.failure() {
            Some(problem) => trouble(problem),
            None => vec![(Role::Muted, "Looking for the place where it belongs…".to_owned())],
        };
        return paragraphs(canvas, inside, &words);
    };
    let kind = if answer.old.is_none() { " (a new file)" } else { "" };
    let mut row = canvas.row(inside, 0);
    let room = row.left().saturating_sub(15);
    row.gap(1).put(shorten(&answer.path.clean(), room), Role::Strong).put(kind, Role::Muted);
    let tests = &answer.skeleton.tests;
    let class = tests.first().and_then(|(name, _)| name.rsplit_once("::")).map(|(class, _)| format!(" in {class}"));
    let words = format!("{}{}: {}", count(tests.len(), "empty test"), class.unwrap_or_default(), answer.why);
    let mut row = canvas.row(inside, 1);
    let room = row.left().saturating_sub(1);
    row.gap(1).put(cut(&text(words), room), Role::Muted);
    let list = plan.overlay_list(state);
    let lines = draft_lines(answer);
    let top = draft.list.top.min(lines.len().saturating_sub(usize::from(list.height)));
    for (y, (line, words)) in (0..list.height).zip(lines.iter().skip(top)) {
        let mut row = canvas.row(list, y);
        row.put_right(text(line.to_string()), MARGIN - 3, Role::LineNumber).gap(1);
        let room = row.left();
        row.put(cut(words, room), Role::Text);
    }
    canvas.scroll_bar(list, top, lines.len());
    let mut row = canvas.row(inside.split_bottom(1).1, 0);
    row.gap(1).put("enter", Role::Key).put(" writes it and opens the editor   ", Role::Muted);
    row.put("esc", Role::Key).put(" writes nothing", Role::Muted);
    if lines.len() > usize::from(list.height) {
        row.put("   j k", Role::Key).put(" scroll", Role::Muted);
    }
}

const fn role(standing: &Standing) -> Role {
    match standing {
        Standing::Ticked(_) => Role::Gain,
        Standing::Open => Role::Missed,
        Standing::Unearned(..) | Standing::Somehow => Role::Middling,
        Standing::Stale => Role::Stale,
        Standing::Unknown => Role::Unknown,
        Standing::Untold(_) => Role::Muted,
        Standing::Excluded => Role::Excluded,
    }
}
