//! What changed between two points: a row for each file, and the lines of the selected one.

use crate::app::{CompareState, Plan, State};
use crate::base::{Area, Clean};
use crate::domain::ledger::{CATEGORIES, Category, CategoryRow, Comparison, Figure, FileComparison, Kind, Way};
use crate::domain::report::ranges;
use crate::ui::Role;
use crate::ui::canvas::{Canvas, Row};
use crate::ui::pane::{paragraphs, trouble};
use crate::ui::words::{cut, shorten, text};

/// Columns of one number.
const NUMBER: u16 = 9;
/// Columns of the figures before and after.
const FIGURES: u16 = 17;
/// Columns that a path keeps at the least.
const PATH: u16 = 24;

/// Draws the comparison.
pub fn draw(canvas: &mut Canvas<'_>, plan: &Plan, state: &State, compare: &CompareState) {
    let frame = plan.overlay.unwrap_or_default();
    let top = Area { x: frame.x + 2, width: frame.width.saturating_sub(4), ..frame };
    canvas.row(top, 0).put(" what changed ", Role::TitleFocus);
    let inside = plan.overlay_inside();
    let mut row = canvas.row(inside, 0);
    let (before, after) = (&compare.before, &compare.after);
    let fits = before.words.width() + after.words.width() + 5 <= usize::from(row.left());
    let (before, after) = if fits { (&before.words, &after.words) } else { (&before.name, &after.name) };
    row.gap(1).put(before, Role::Text).put(" → ", Role::Muted).put(after, Role::Text);
    let Some(points) = compare.answer.value() else {
        let words = match compare.answer.failure() {
            Some(problem) => trouble(problem),
            None => vec![(Role::Muted, "Following every statement from one source to the other…".to_owned())],
        };
        return paragraphs(canvas, inside.split_top(2).1, &words);
    };
    headline(canvas.row(inside, 1), &points.comparison, points.files.len());
    let list = plan.overlay_list(state);
    let changed: Vec<&FileComparison> = (0..points.files.len()).filter_map(|at| Some(points.file(at)?.1)).collect();
    let shown = columns(&changed, list.width);
    if !changed.is_empty() {
        headings(canvas.row(inside, 2), &shown, list.width);
    }
    let mut at = compare.list;
    at.show(changed.len(), usize::from(list.height));
    for (y, index) in (0_u16..).zip(at.visible(changed.len(), usize::from(list.height))) {
        let Some(file) = changed.get(index) else { continue };
        let mut row = canvas.row(list, y);
        if index == at.at {
            row = row.on(Role::Selected);
        }
        file_row(row, file, &shown, list.width);
    }
    canvas.scroll_bar(list, at.top, changed.len());
    let foot = Area { y: list.y + list.height, height: inside.bottom().saturating_sub(list.y + list.height), ..inside };
    if let Some(file) = changed.get(at.at) {
        details(canvas, foot, file);
    }
}

/// `75.4% → 76.1% (+0.7) · 3 of 38 files`.
fn headline(mut row: Row<'_, '_>, comparison: &Comparison, changed: usize) {
    let (before, after) = (comparison.before(), comparison.after());
    row.gap(1).put(figure(before), Role::Strong).put(" → ", Role::Muted).put(figure(after), Role::Strong);
    if let (Some(before), Some(after)) = (before, after)
        && before.ratio != after.ratio
    {
        let step = after.ratio.percent() - before.ratio.percent();
        let role = if step < 0.0 { Role::Loss } else { Role::Gain };
        row.put(text(format!(" ({step:+.1})")), role);
    }
    let files = comparison.files.len();
    let words = match changed {
        0 => format!(" · {files} files, no difference"),
        changed => format!(" · {changed} of {files} files"),
    };
    row.put(text(words), Role::Muted);
    if comparison.mixed {
        row.put(" · statements alone: one side has no branches", Role::Warning);
    }
}

/// The categories that there are, as far as there is room: gained, lost and unknown before the others.
fn columns(changed: &[&FileComparison], width: u16) -> Vec<&'static CategoryRow> {
    let room = usize::from(width.saturating_sub(PATH + FIGURES + 2) / NUMBER);
    let first = |row: &&&CategoryRow| match row.category {
        Category::Gained | Category::Lost => 0,
        Category::Unknown => 1,
        _ => 2,
    };
    let any = |row: &&CategoryRow| changed.iter().any(|file| file.count(row.category) > 0);
    let there = CATEGORIES.iter().filter(|row| row.category.is_change());
    let mut shown: Vec<&CategoryRow> = there.filter(|row| first(&row) == 0 || any(row)).collect();
    shown.sort_by_key(|row| first(&row));
    shown.truncate(room);
    shown.sort_by_key(|row| row.category);
    shown
}

fn numbers(shown: &[&CategoryRow]) -> u16 {
    u16::try_from(shown.len()).unwrap_or(0) * NUMBER
}

fn headings(mut row: Row<'_, '_>, shown: &[&CategoryRow], width: u16) {
    let path = width.saturating_sub(FIGURES + numbers(shown) + 2);
    row.gap(1).put_left("File", path, Role::Muted).put_right("Before → After", FIGURES, Role::Muted);
    for category in shown {
        row.put_right(category.heading, NUMBER, Role::Muted);
    }
}

fn file_row(mut row: Row<'_, '_>, file: &FileComparison, shown: &[&CategoryRow], width: u16) {
    let path = width.saturating_sub(FIGURES + numbers(shown) + 2);
    row.gap(1).put_left(shorten(&file.path.clean(), path.saturating_sub(1)), path, Role::Text);
    let figures = text(format!("{} → {}", figure(file.before), figure(file.after)));
    row.put_right(figures, FIGURES, Role::Text);
    for category in shown {
        match file.count(category.category) {
            0 => row.put_right("·", NUMBER, Role::Faint),
            count => row.put_right(text(count.to_string()), NUMBER, role(category.category)),
        };
    }
}

/// The lines of the selected file, and what limits what is said of it.
fn details(canvas: &mut Canvas<'_>, area: Area, file: &FileComparison) {
    let mut lines: Vec<(Role, &'static str, Clean)> = Vec::new();
    for row in CATEGORIES.iter().filter(|row| row.category.is_change()) {
        let (new, old) = (ranges(&file.lines(row.category)), ranges(&file.old_lines(row.category)));
        let old = if old.is_empty() { old } else { format!("{old} before") };
        let both: Vec<String> = [new, old].into_iter().filter(|words| !words.is_empty()).collect();
        if !both.is_empty() {
            lines.push((role(row.category), row.name, text(both.join(" · "))));
        }
    }
    let remark = remark(file);
    let rows = usize::from(area.height).saturating_sub(usize::from(!remark.is_empty()));
    let more = lines.len().saturating_sub(rows);
    let mut y = 0;
    for (at, (role, name, words)) in lines.iter().take(rows).enumerate() {
        let mut row = canvas.row(area, y);
        row.gap(1).put(*name, *role).gap(1);
        let note = if more > 0 && at + 1 == rows { format!(" … {more} more") } else { String::new() };
        let room = row.left().saturating_sub(u16::try_from(note.chars().count()).unwrap_or(0));
        row.put(cut(words, room), Role::Text).put(text(note), Role::Muted);
        y += 1;
    }
    if !remark.is_empty() {
        let mut row = canvas.row(area, y);
        let room = row.left().saturating_sub(1);
        row.gap(1).put(cut(&text(remark), room), Role::Warning);
    }
}

/// What has to be said beside the lines.
fn remark(file: &FileComparison) -> String {
    let mut words: Vec<String> = Vec::new();
    if let Some(from) = &file.moved_from {
        words.push(format!("it was {}", from.as_str()));
    }
    if !matches!(file.way, Way::Same | Way::Edited) {
        words.push(file.way.word().to_owned());
    }
    for (side, figure) in [("before", file.before), ("after", file.after)] {
        if let Some(figure) = figure.filter(|figure| figure.kind != Kind::Measured || figure.open > 0) {
            words.push(format!("{side}: {}", figure.qualifier()));
        }
    }
    words.join(" · ")
}

fn figure(figure: Option<Figure>) -> Clean {
    text(figure.map_or("–".to_owned(), |figure| {
        let glyph = if figure.kind == Kind::Measured { String::new() } else { figure.kind.glyph().to_string() };
        format!("{}%{glyph}", figure.ratio.display(1))
    }))
}

const fn role(category: Category) -> Role {
    match category {
        Category::Gained | Category::NewCovered => Role::Gain,
        Category::Lost | Category::NewMissed => Role::Loss,
        Category::NewlyExcluded | Category::NoLongerExcluded => Role::Excluded,
        Category::DeletedCovered | Category::DeletedMissed => Role::Muted,
        Category::Unstable | Category::Unknown => Role::Unknown,
        Category::Covered | Category::Missed => Role::Text,
    }
}
