//! The checklist: the findings of one scope, and the selected one with its reason, what to do, and the section about it.

use crate::app::{CheckScope, CheckView, Plan, State, check_findings, wrap};
use crate::base::{Area, Clean};
use crate::domain::quality::{Checked, Level};
use crate::ui::Role;
use crate::ui::canvas::{Canvas, Row};
use crate::ui::pane::{paragraphs, trouble};
use crate::ui::words::{count, cut, shorten, text};

/// Draws the view.
pub fn draw(canvas: &mut Canvas<'_>, plan: &Plan, state: &State, view: &CheckView) {
    let frame = plan.overlay.unwrap_or_default();
    let top = Area { x: frame.x + 2, width: frame.width.saturating_sub(4), ..frame };
    canvas.row(top, 0).put(" checklist ", Role::TitleFocus);
    let inside = plan.overlay_inside();
    scopes(canvas.row(inside, 0), state, view.scope);
    let (slot, list) = (state.checklist.of(view.scope), plan.overlay_list(state));
    let below = inside.split_top(2).1;
    let Some(part) = state.checklist.part(view.scope) else {
        let words = match (slot.failure(), slot.waiting()) {
            (Some(problem), _) => trouble(problem),
            (None, true) => vec![(Role::Muted, "Looking at the tests…".to_owned())],
            (None, false) => vec![(Role::Muted, "No batch ran in this sitting.".to_owned())],
        };
        return paragraphs(canvas, below, &words);
    };
    let mut row = canvas.row(inside, 1);
    let words = match (view.scope, slot.value()) {
        (CheckScope::Changed, Some(list)) => format!("{}: {}", list.scope, part.words()),
        _ => part.words(),
    };
    row.gap(1).put(text(words), Role::Muted);
    if slot.waiting() {
        row.put(" · looking again…", Role::Muted);
    }
    let found = check_findings(state);
    if found.is_empty() {
        let words = match part.tests {
            0 if view.scope == CheckScope::Changed => {
                "No test is new or changed. tab turns to the tests of the batch and to the debt."
            }
            0 => "There is no such test.",
            _ => "Nothing was found: every rule of the checklist holds. `lacuna check --rules` lists them.",
        };
        return paragraphs(canvas, below, &[(Role::Muted, words.to_owned())]);
    }
    let mut at = view.list;
    at.show(found.len(), usize::from(list.height));
    for (y, index) in (0_u16..).zip(at.visible(found.len(), usize::from(list.height))) {
        let Some(checked) = found.get(index) else { continue };
        let row = canvas.row(list, y);
        finding(if index == at.at { row.on(Role::Selected) } else { row }, checked);
    }
    canvas.scroll_bar(list, at.top, found.len());
    let beside = list.width + 2 < inside.width;
    let details_area = if beside {
        Area { x: list.right() + 2, width: inside.right().saturating_sub(list.right() + 2), ..list }
    } else {
        Area { y: list.bottom(), height: inside.bottom().saturating_sub(list.bottom()), ..inside }
    };
    if let Some(checked) = found.get(at.at) {
        details(canvas, details_area, checked, beside);
    }
}

/// The scopes with the number of their findings; the one that is shown stands out.
fn scopes(mut row: Row<'_, '_>, state: &State, shown: CheckScope) {
    row.gap(1);
    for (at, scope) in CheckScope::ALL.into_iter().enumerate() {
        if at > 0 {
            row.put("  ", Role::Muted);
        }
        let (mark, role) = if scope == shown { ("▸", Role::Strong) } else { (" ", Role::Muted) };
        row.put(mark, role).put(scope.title(), role);
        if let Some(part) = state.checklist.part(scope) {
            row.put(text(format!(" {}", part.found.len())), role);
        }
    }
}

/// The sign and the role of a level.
const fn sign(level: Level) -> (&'static str, Role) {
    match level {
        Level::Error => ("✗", Role::Error),
        Level::Warning => ("!", Role::Warning),
        Level::Advice | Level::Off => ("·", Role::Note),
    }
}

/// `✗ no-assertion  tests/test_a.py:12  test_total: …`.
fn finding(mut row: Row<'_, '_>, checked: &Checked) {
    let (mark, role) = sign(checked.level);
    let width = row.left();
    let place = (width / 3).clamp(14, 48);
    row.gap(1).put(mark, role).gap(1).put_left(checked.finding.rule.id, 22.min(width / 3), role);
    row.put_left(shorten(&text(checked.place()), place.saturating_sub(1)), place, Role::Text);
    let left = row.left();
    row.put(cut(&text(&checked.finding.what), left), Role::Muted);
}

/// Everything that is said of the finding under the cursor.
fn details(canvas: &mut Canvas<'_>, area: Area, checked: &Checked, beside: bool) {
    let rule = checked.finding.rule;
    let (mark, role) = sign(checked.level);
    let head = format!("{mark} {} · {} · {}", rule.id, checked.level.word(), rule.family.word());
    let mut lines: Vec<(Role, String)> = vec![(role, head)];
    lines.push((Role::Text, checked.sentence().to_string()));
    lines.push((Role::Strong, format!("do: {}", rule.remedy)));
    lines.extend(
        checked.section.as_ref().map(|section| (Role::Text, format!("s: {} (line {})", section.title, section.line))),
    );
    let test = checked.test().map(|test| format!(" {}", test.clean())).unwrap_or_default();
    lines.push((Role::Muted, format!("{}{test}", if test.is_empty() { checked.place() } else { "test:".to_owned() })));
    if beside {
        let gap = (Role::Text, String::new());
        lines = lines.into_iter().flat_map(|line| [line, gap.clone()]).collect();
    } else {
        canvas.row(area, 0).put(text("─".repeat(usize::from(area.width))), Role::Faint);
    }
    let width = area.width.saturating_sub(2);
    let rows = lines.iter().flat_map(|(role, words)| {
        let mut rows = wrap(words, width);
        if rows.is_empty() {
            rows.push(Clean::default());
        }
        rows.into_iter().map(move |line| (*role, line))
    });
    let first = u16::from(!beside);
    for (y, (role, line)) in (first..area.height).zip(rows) {
        canvas.row(area, y).gap(1).put(line, role);
    }
}

/// What the runner says of the new and changed tests of its batch.
#[must_use]
pub fn of_batch(check: crate::app::BatchCheck) -> (Clean, Role) {
    let tests = count(check.tests, "new or changed test");
    match check.broken {
        0 => (text(format!("✓ checklist: {tests}, no rule is broken")), Role::Passed),
        broken => {
            let verb = if broken == 1 { "breaks" } else { "break" };
            let places = count(check.findings, "finding");
            (text(format!("! checklist: {broken} of {tests} {verb} it · {places}")), Role::Warning)
        }
    }
}
