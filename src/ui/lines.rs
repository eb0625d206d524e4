//! The uncovered lines: source with a gutter, folded where it is covered, and who covers the line of the cursor.

use crate::app::{Choice, FoundBy, LineRow, Lit, Pane, Plan, Related, SourceFile, State, gaps};
use crate::base::{Area, Clean};
use crate::domain::ledger::LineState;
use crate::ui::Role;
use crate::ui::canvas::{Canvas, Row};
use crate::ui::pane::{condition, frame, paragraphs, trouble};
use crate::ui::source_row::source;
use crate::ui::words::{count, cut, grade, number, percent, shorten, text};

/// Draws the pane.
pub fn draw(canvas: &mut Canvas<'_>, plan: &Plan, state: &State) {
    let lines = &state.lines;
    let mut about = Vec::new();
    if let Some(file) = lines.file() {
        let room = plan.pane(Pane::Lines).map_or(0, |area| area.width.saturating_sub(26));
        let role = if lines.is_current() { Role::Text } else { Role::Muted };
        about.push((shorten(&file.path.clean(), room), role));
    }
    about.extend(condition(&lines.source));
    let at = lines.file().map_or_else(String::new, |file| format!("{}/{}", lines.line, file.lines.len()));
    frame(canvas, plan, Pane::Lines, state, &about, &text(at));

    let Some(file) = lines.file().filter(|_| !lines.rows.is_empty()) else {
        return paragraphs(canvas, plan.inside(Pane::Lines), &empty(state));
    };
    let parts = plan.parts(Pane::Lines, state);
    head(canvas, parts.head, file, state);
    let digits = u16::try_from(file.lines.len().max(100).to_string().len()).unwrap_or(4);
    let visible = lines.list.visible(lines.rows.len(), usize::from(parts.list.height));
    for (y, at) in (0_u16..).zip(visible) {
        let mut row = canvas.row(parts.list, y);
        let Some(shown) = lines.rows.get(at) else { continue };
        if at == lines.list.at {
            row = row.on(if state.focus == Pane::Lines { Role::Selected } else { Role::SelectedIdle });
        } else if let LineRow::Line(line) = shown {
            row = ground(row, file, *line);
        }
        match shown {
            LineRow::Line(line) => code(row, file, *line, digits, lines.left),
            LineRow::Fold { first, last } => fold(&mut row, file, *first, *last, digits),
        }
    }
    if plan.framed {
        canvas.scroll_bar(parts.list, lines.list.top, lines.rows.len());
    }
    foot(canvas, parts.foot, file, state);
}

/// The coverage of the file, its gaps, and the function of the cursor.
fn head(canvas: &mut Canvas<'_>, area: Area, file: &SourceFile, state: &State) {
    let standing = &file.standing;
    if let Some(lit) = &state.lines.lit {
        return compared(canvas.row(area, 0), file, lit);
    }
    let mut row = canvas.row(area, 0);
    row.gap(1).put(percent(&standing.plain, 1), grade(standing.plain.ratio));
    row.put(" ", Role::Muted).put(text(standing.plain.qualifier()), Role::Muted);
    if let Some(earned) = &standing.earned {
        row.put(" · earned ", Role::Muted).put(percent(earned, 0), grade(earned.ratio));
    }
    let unearned = standing.unearned.counts().all;
    if unearned > 0 {
        row.put(" · ", Role::Muted).put(text(format!("┊ {} not earned", number(unearned))), Role::Middling);
    }
    let gaps = gaps(file).count();
    row.put(" · ", Role::Muted);
    row.put(text(count(gaps, "gap")), if gaps > 0 { Role::Missed } else { Role::Covered });
    if !file.newly.is_empty() {
        row.put(" · ", Role::Muted).put(text(format!("✚ {} newly covered", file.newly.len())), Role::New);
    }
    if let Some(lit) = &state.lines.lit {
        row.put(" · ", Role::Muted);
        let room = row.left();
        row.put(cut(&lit.words, room), Role::TitleFocus);
    }
    let line = state.lines.line;
    let scopes = file.scopes.iter().filter(|scope| scope.first <= line && line <= scope.last);
    if let Some(scope) = scopes.max_by_key(|scope| scope.first) {
        let left = row.left().saturating_sub(4);
        row.put(" · in ", Role::Muted).put(cut(&scope.name, left), Role::Function);
    }
}

/// What is lit by a comparison, instead.
fn compared(mut row: Row<'_, '_>, file: &SourceFile, lit: &Lit) {
    row.gap(1).put(text(format!("✚ {}", file.newly.len())), Role::New).gap(1);
    row.put(text(format!("▼ {}", file.lost.len())), Role::Loss).put(" · esc leaves · ", Role::Muted);
    let room = row.left();
    row.put(cut(&lit.words, room), Role::TitleFocus);
}

/// Missed and newly covered lines have a ground of their own.
fn ground<'c, 'a>(row: Row<'c, 'a>, file: &SourceFile, line: u32) -> Row<'c, 'a> {
    if file.newly.contains(line) {
        row.on(Role::NewGround)
    } else if file.standing.line(line) == LineState::Missed {
        row.on(Role::MissedGround)
    } else {
        row
    }
}

/// The sign in the gutter and its role.
fn sign(file: &SourceFile, line: u32) -> (&'static str, Role) {
    if file.newly.contains(line) && !file.standing.unearned.contains(line) {
        return ("✚", Role::New);
    }
    match file.standing.line(line) {
        LineState::Covered | LineState::Missed if file.standing.unstable.contains(line) => ("±", Role::Partial),
        LineState::Covered if file.standing.unearned.contains(line) => ("┊", Role::Middling),
        LineState::Covered if file.standing.partial.contains(line) => ("◐", Role::Partial),
        LineState::Covered => ("▎", Role::Covered),
        LineState::Missed if file.lost.contains(line) => ("▼", Role::Loss),
        LineState::Missed => ("✗", Role::Missed),
        LineState::Excluded => ("·", Role::Excluded),
        LineState::Stale => ("~", Role::Stale),
        LineState::Unknown => ("?", Role::Unknown),
        LineState::Blank => (" ", Role::Muted),
    }
}

fn code(mut row: Row<'_, '_>, file: &SourceFile, line: u32, digits: u16, left: u16) {
    let (sign, role) = sign(file, line);
    row.put_right(text(line.to_string()), digits, Role::LineNumber).gap(1).put(sign, role).gap(1);
    let mut row = row.skipping(left);
    let at = usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1);
    if let Some(line) = file.lines.get(at) {
        source(&mut row, line);
    }
}

fn fold(row: &mut Row<'_, '_>, file: &SourceFile, first: u32, last: u32, digits: u16) {
    let covered = (first..=last).filter(|line| file.standing.line(*line) == LineState::Covered).count();
    let lines = usize::try_from(last + 1 - first).unwrap_or(0);
    row.put_right("⋯", digits, Role::Muted).gap(3);
    let words =
        if covered == 0 { count(lines, "line") } else { format!("{}, {covered} covered", count(lines, "line")) };
    row.put(text(words), Role::Muted);
    let all = (first..=last).filter(|line| file.standing.unearned.contains(*line)).count();
    if all > 0 {
        row.put(text(format!(", {all} of them not earned ┊")), Role::Middling);
    }
    let all = (first..=last).filter(|line| file.standing.unstable.contains(*line)).count();
    if all > 0 {
        row.put(text(format!(", {all} unstable ±")), Role::Partial);
    }
}

/// How the line of the cursor stands, and the tests that cover it.
fn foot(canvas: &mut Canvas<'_>, area: Area, file: &SourceFile, state: &State) {
    let line = state.lines.line;
    let (sign, role) = sign(file, line);
    let mut row = canvas.row(area, 0);
    row.gap(1).put(sign, role).gap(1).put(text(format!("line {line} ")), Role::Muted);
    let left = row.left();
    let (words, role) = sentence(file, line, state);
    row.put(cut(&words, left), role);
    if area.height == 1
        && let Some(related) = tests_of(state)
    {
        let room = row.left();
        row.put(text(names(related, room)), Role::Muted);
    }
    let Some(related) = tests_of(state) else { return };
    for (y, (at, test)) in (1..area.height).zip(related.items.texts.iter().enumerate()) {
        let mut row = canvas.row(area, y);
        let more = related.items.texts.len() - usize::from(y);
        let last = y + 1 == area.height && more > 0;
        let further = text(if last { format!(" … {more} more (t)") } else { String::new() });
        let note = related.items.notes.get(at).cloned().unwrap_or_default();
        let beside = u16::try_from(further.width() + note.width()).unwrap_or(0);
        let room = row.left().saturating_sub(6 + beside).max(12);
        row.gap(3).put(shorten(test, room), Role::Text).gap(2).put(note, Role::Muted).put(further, Role::Muted);
    }
}

/// The tests of the line of the cursor, or the nearest ones; nothing where single tests are not known.
fn tests_of(state: &State) -> Option<&Related> {
    let related = state.lines.covering.value().filter(|related| related.by != FoundBy::Name)?;
    Some(related)
}

/// The tests by their names without their files, as many as there is room for: ` (test_a, test_b …)`.
fn names(related: &Related, room: u16) -> String {
    let mut out = String::new();
    for choice in &related.items.choices {
        let Choice::Test(test) = choice else { continue };
        let name = test.names().last().map_or_else(String::new, |name| (*name).to_owned());
        if out.len() + name.len() + 6 > usize::from(room) {
            return if out.is_empty() { out } else { format!("{out} …") };
        }
        out = if out.is_empty() { format!(": {name}") } else { format!("{out}, {name}") };
    }
    out
}

/// What is known of a line, in one sentence.
fn sentence(file: &SourceFile, line: u32, state: &State) -> (Clean, Role) {
    let near =
        tests_of(state).filter(|related| related.by == FoundBy::Nearest).map(|related| related.items.texts.len());
    let by = match tests_of(state).map(|related| near.map_or(related.items.texts.len(), |_| 0)) {
        Some(0) => " by no test: at import only".to_owned(),
        Some(tests) => format!(" by {}", count(tests, "test")),
        None if state.lines.covering.waiting() => String::new(),
        None => " (no per-test data)".to_owned(),
    };
    let branches = branches(file, line);
    let standing = &file.standing;
    if standing.unstable.contains(line) && !standing.line(line).is_open() {
        let now = standing.line(line).word();
        let words = format!(
            "unstable: {now}{} now; it comes and goes on the same sources",
            by.replace(" by no test: at import only", "")
        );
        return (text(words), Role::Partial);
    }
    if let Some(reason) = standing.unearned.reason(line) {
        let branches = if branches.is_empty() { branches } else { format!("; never {branches}") };
        let newly = if file.newly.contains(line) { "newly " } else { "" };
        return (text(format!("{newly}covered {reason}: not earned{branches}")), Role::Middling);
    }
    match standing.line(line) {
        LineState::Covered if !branches.is_empty() => {
            (text(format!("covered{by}, but never {branches}")), Role::Partial)
        }
        LineState::Covered if file.newly.contains(line) => (text(format!("newly covered{by}")), Role::New),
        LineState::Covered => (text(format!("covered{by}")), Role::Text),
        LineState::Missed if near.is_some_and(|near| near > 0) => {
            (text("missed: nothing ran it; t lists the nearest tests to extend"), Role::Missed)
        }
        LineState::Missed => (text("missed: nothing ran it"), Role::Missed),
        LineState::Excluded => (text("excluded from measuring"), Role::Muted),
        LineState::Stale if standing.doubted.contains(line) => {
            let words = "in doubt: its tests no longer run it, others may; a plans them";
            (text(words), Role::Stale)
        }
        LineState::Stale => (text("stale: older than an edit around it; a plans its tests"), Role::Stale),
        LineState::Unknown => (text("unknown: new, and nothing has measured it yet"), Role::Unknown),
        LineState::Blank => (text("no statement"), Role::Muted),
    }
}

/// Where the branches of a line that were never taken lead.
fn branches(file: &SourceFile, line: u32) -> String {
    let from = i32::try_from(line).unwrap_or(0);
    let targets = file.standing.missing_branches.iter().filter(|(start, _)| *start == from);
    let names: Vec<String> = targets
        .map(|(_, to)| if *to > 0 { format!("to line {to}") } else { "out of the function".to_owned() })
        .collect();
    names.join(" or ")
}

/// What stands in a pane without source.
fn empty(state: &State) -> Vec<(Role, String)> {
    if let Some(problem) = state.lines.source.failure() {
        return trouble(problem);
    }
    if state.lines.source.waiting() {
        return vec![(Role::Muted, "Reading the source…".to_owned())];
    }
    if state.lines.file().is_some() {
        return vec![(Role::Text, "This file is empty.".to_owned())];
    }
    vec![
        (Role::Text, "The source of the file selected in the map stands here, its gaps first.".to_owned()),
        (
            Role::Muted,
            "n and N walk from gap to gap · enter unfolds · t shows the tests of a line · e opens the editor"
                .to_owned(),
        ),
    ]
}
