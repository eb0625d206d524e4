//! The coverage map: ranked files in columns, and why the selected one stands where it stands.

use crate::app::{Baseline, Choice, MapRow, Pane, Plan, State};
use crate::base::{Area, Clean};
use crate::domain::ledger::Figure;
use crate::domain::triage::{Order, Row};
use crate::ui::Role;
use crate::ui::canvas::{Canvas, Row as Line};
use crate::ui::columns::Columns;
use crate::ui::pane::{condition, frame, paragraphs, trouble};
use crate::ui::words::{bar, count, cut, grade, legend, number, percent, shorten, text};

/// Draws the pane.
pub fn draw(canvas: &mut Canvas<'_>, plan: &Plan, state: &State) {
    let map = &state.map;
    let at = if map.shown.is_empty() { String::new() } else { format!("{}/{}", map.list.at + 1, map.shown.len()) };
    frame(canvas, plan, Pane::Map, state, &about(state), &text(at));

    let parts = plan.parts(Pane::Map, state);
    if map.shown.is_empty() {
        return paragraphs(canvas, plan.inside(Pane::Map), &empty(state));
    }
    let Some(ranking) = map.ranking.value() else { return };
    let columns = Columns::of(parts.list.width, ranking);
    columns.head(&mut canvas.row(parts.head, 0), map.order);
    let visible = map.list.visible(map.shown.len(), usize::from(parts.list.height));
    for (y, at) in (0_u16..).zip(visible) {
        let mut row = canvas.row(parts.list, y);
        if at == map.list.at {
            row = row.on(if state.focus == Pane::Map { Role::Selected } else { Role::SelectedIdle });
        }
        match map.shown.get(at) {
            Some(MapRow::File { row: index, depth }) => {
                if let Some(file) = map.rows().get(*index) {
                    file_row(&mut row, file, *depth, &columns, state);
                }
            }
            Some(folder) => folder_row(&mut row, folder, &columns),
            None => {}
        }
    }
    if plan.framed {
        canvas.scroll_bar(parts.list, map.list.top, map.shown.len());
    }
    why(canvas, parts.foot, state);
}

/// For how many rows below the first visible one the marks are explained: more than any screen has.
const LEGEND: usize = 300;

/// What follows the title: how many files, their order, the filter.
fn about(state: &State) -> Vec<(Clean, Role)> {
    let map = &state.map;
    let mut about = Vec::new();
    if !map.rows().is_empty() {
        about.push((text(count(map.rows().len(), "file")), Role::Muted));
    }
    if map.order != Order::Triage {
        about.push((text(format!(" by {}", map.order.word())), Role::Muted));
    }
    if map.typing || !map.filter.is_empty() {
        let cursor = if map.typing { "▏" } else { "" };
        about.push((text(format!(" /{}{cursor}", map.filter.text())), Role::Input));
        about.push((text(format!(" {}", map.shown.len())), Role::Muted));
    }
    let figures = map.shown.iter().skip(map.list.top).take(LEGEND).flat_map(|row| match row {
        MapRow::File { row, .. } => map.rows().get(*row).map(|file| [Some(file.plain), file.before]),
        MapRow::Folder { figure, .. } => Some([Some(*figure), None]),
    });
    let figures: Vec<Figure> = figures.flatten().flatten().collect();
    let legend = legend(figures.iter());
    if !legend.is_empty() {
        about.push((text(format!("  {legend}")), Role::Stale));
    }
    about.extend(condition(&map.ranking).or_else(|| condition(&state.baseline)));
    about
}

fn file_row(row: &mut Line<'_, '_>, file: &Row, depth: u16, columns: &Columns, state: &State) {
    let marked = state.marks.contains(&Choice::Source(file.path.clone()));
    row.put(if marked { "●" } else { " " }, Role::Mark);
    if columns.rank > 0 {
        row.put_right(text(file.rank.to_string()), columns.rank, Role::Muted).gap(1);
    }
    if columns.layer > 0 {
        row.put_left(text(&file.layer_name), columns.layer, Role::Muted).gap(1);
    }
    let indent = (depth * 2).min(columns.file / 2);
    row.gap(indent);
    let room = columns.file - indent;
    let name = if depth > 0 { text(file.path.name()) } else { file.path.clean() };
    let changed = if file.changed { 2 } else { 0 };
    let name = shorten(&name, room.saturating_sub(changed));
    let width = u16::try_from(name.width()).unwrap_or(room);
    row.put(name, Role::Text);
    if file.changed {
        row.put(" *", Role::Stale);
    }
    row.gap(room.saturating_sub(width + changed));
    columns.numbers(row, file.counts.statements, file.counts.missing());
    row.gap(1).put_right(percent(&file.plain, 0), columns.cover, grade(file.plain.ratio));
    if columns.bar > 0 {
        let full = bar(file.plain.ratio, columns.bar);
        let width = u16::try_from(full.width()).unwrap_or(0);
        row.gap(1).put(full, grade(file.plain.ratio));
        row.put(text("·".repeat(usize::from(columns.bar - width.min(columns.bar)))), Role::Rest);
    }
    if columns.earned > 0 {
        match &file.earned {
            Some(earned) => row.gap(1).put_right(percent(earned, 0), columns.earned, grade(earned.ratio)),
            None => row.gap(1).put_right("–", columns.earned, Role::Muted),
        };
    }
    if columns.change > 0 {
        let (words, role) = change(file);
        row.gap(1).put_right(words, columns.change, role);
    }
}

/// `52→61 ▲`: before and after, when they differ.
fn change(file: &Row) -> (Clean, Role) {
    match file.before {
        Some(before) if before.ratio != file.plain.ratio => {
            let up = file.plain.ratio.percent() >= before.ratio.percent();
            let (sign, role) = match up {
                _ if file.plain.is_noise_since(&before) => ('≈', Role::Muted),
                true => ('▲', Role::Gain),
                false => ('▼', Role::Loss),
            };
            // What is now stands in a column of its own, with its kind.
            let before = before.shown(0);
            (text(format!("{}→{}%{sign}", before.trim_end_matches('%'), file.plain.ratio.display(0))), role)
        }
        _ => (Clean::default(), Role::Muted),
    }
}

fn folder_row(row: &mut Line<'_, '_>, folder: &MapRow, columns: &Columns) {
    let MapRow::Folder { path, depth, files, figure, open } = folder else { return };
    row.gap(1 + if columns.rank > 0 { columns.rank + 1 } else { 0 });
    row.gap(if columns.layer > 0 { columns.layer + 1 } else { 0 });
    let indent = (depth * 2).min(columns.file / 2);
    let name = text(format!("{} {}/ ({files})", if *open { "▾" } else { "▸" }, path.name()));
    row.gap(indent).put_left(cut(&name, columns.file - indent), columns.file - indent, Role::Strong);
    columns.numbers(row, figure.lines.whole, figure.lines.missing());
    row.gap(1).put_right(percent(figure, 0), columns.cover, grade(figure.ratio));
}

/// Why the selected file stands where it stands, and how far its figure can be trusted.
fn why(canvas: &mut Canvas<'_>, area: Area, state: &State) {
    let Some(file) = state.map.selected() else { return };
    let mut row = canvas.row(area, 0);
    row.put(" why ", Role::Muted);
    let left = row.left();
    row.put(cut(&text(&file.why), left), Role::Text);
    let mut words = format!("{} {}", file.path.as_str(), file.plain.qualifier());
    if file.counts.branches > 0 {
        let (covered, all) = (file.counts.covered_branches, file.counts.branches);
        words.push_str(&format!(" · branches {}/{}", number(covered), number(all)));
    }
    if file.unearned.all > 0 {
        words.push_str(&format!(" · {}", file.unearned.words()));
    }
    if file.changed {
        words.push_str(" · * changed since it was measured");
    }
    let mut row = canvas.row(area, 1);
    let left = row.left();
    row.gap(5).put(cut(&text(words), left.saturating_sub(5)), Role::Muted);
}

/// What stands in a map without rows.
fn empty(state: &State) -> Vec<(Role, String)> {
    if !state.map.filter.is_empty() && !state.map.rows().is_empty() {
        let filter = state.map.filter.text();
        return vec![
            (Role::Text, format!("No file or layer matches `{filter}`.")),
            (Role::Muted, "esc clears the filter".into()),
        ];
    }
    if let Some(problem) = state.baseline.failure().or(state.map.ranking.failure()) {
        return trouble(problem);
    }
    match state.baseline.value().map(AsRef::as_ref) {
        Some(Baseline::Nothing(places)) => {
            let places: Vec<String> = places.iter().map(ToString::to_string).collect();
            vec![
                (Role::Strong, "No coverage report was found.".to_owned()),
                (Role::Muted, format!("Looked for: {}", places.join(", "))),
                (Role::Text, "B  runs the whole suite once and takes that as the baseline (the plan is shown first)".to_owned()),
                (Role::Text, "Or make a report with your own command, such as `pytest --cov --cov-report=json`: it is read as soon as it is written. `reports` in lacuna.toml names other places.".to_owned()),
            ]
        }
        Some(Baseline::Found(_)) if !state.map.ranking.waiting() => {
            vec![(Role::Text, "The report names no file of this project.".to_owned())]
        }
        _ => vec![(Role::Muted, "Reading reports…".to_owned())],
    }
}
