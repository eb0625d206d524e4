//! The flaky history: tests with more than one outcome, each with the strip of its last ones.

use crate::app::{Choice, Pane, Plan, State, TestRecord, test_name};
use crate::base::{Area, Clean};
use crate::domain::history::{FlakyTest, Mark, Standing};
use crate::domain::suite::{Outcome, TestId};
use crate::ui::Role;
use crate::ui::canvas::{Canvas, Row};
use crate::ui::pane::{condition, frame, paragraphs, trouble};
use crate::ui::words::{count, cut, duration, shorten, text};

/// Draws the pane.
pub fn draw(canvas: &mut Canvas<'_>, plan: &Plan, state: &State) {
    let flaky = &state.flaky;
    let mut about = Vec::new();
    if !flaky.all().is_empty() {
        about.push((text(count(flaky.all().len(), "test")), Role::Muted));
        let held = flaky.all().iter().filter(|test| test.quarantined).count();
        if held > 0 {
            about.push((text(format!(", {held} {QUARANTINED}")), Role::Muted));
        }
    }
    if flaky.typing || !flaky.filter.is_empty() {
        let cursor = if flaky.typing { "▏" } else { "" };
        about.push((text(format!(" /{}{cursor}", flaky.filter.text())), Role::Input));
    }
    about.extend(condition(&flaky.tests));
    let at =
        if flaky.shown.is_empty() { String::new() } else { format!("{}/{}", flaky.list.at + 1, flaky.shown.len()) };
    frame(canvas, plan, Pane::Flaky, state, &about, &text(at));
    let parts = plan.parts(Pane::Flaky, state);
    if flaky.shown.is_empty() {
        return paragraphs(canvas, plan.inside(Pane::Flaky), &empty(state));
    }
    if flaky.reading {
        return record(canvas, parts.head, parts.list, state);
    }
    let strip = strip_width(parts.list.width);
    let mut row = canvas.row(parts.head, 0);
    row.gap(1).put_left("last outcomes", strip, Role::Muted).gap(1).put_right("fails", 5, Role::Muted);
    row.put_right("runs", 5, Role::Muted).put_right("last", 6, Role::Muted).gap(1).put("test", Role::Muted);
    let visible = flaky.list.visible(flaky.shown.len(), usize::from(parts.list.height));
    for (y, at) in (0_u16..).zip(visible) {
        let mut row = canvas.row(parts.list, y);
        if at == flaky.list.at {
            row = row.on(if state.focus == Pane::Flaky { Role::Selected } else { Role::SelectedIdle });
        }
        if let Some(test) = flaky.shown.get(at).and_then(|at| flaky.all().get(*at)) {
            test_row(&mut row, test, strip, state);
        }
    }
    if plan.framed {
        canvas.scroll_bar(parts.list, flaky.list.top, flaky.shown.len());
    }
    foot(canvas, parts.foot, state);
}

/// How many outcomes are shown.
const fn strip_width(width: u16) -> u16 {
    match width {
        0..50 => 8,
        50..80 => 13,
        80..120 => 20,
        _ => 40,
    }
}

fn test_row(row: &mut Row<'_, '_>, test: &FlakyTest, strip: u16, state: &State) {
    let marked = state.marks.contains(&Choice::Test(test.id.clone()));
    row.put(if marked { "●" } else { " " }, Role::Mark);
    put_strip(row, &test.strip, strip);
    let rate = text(format!("{}%", test.unstable.display(0)));
    let is_calm = test.standing == Standing::Mended || test.quarantined;
    row.gap(1).put_right(rate, 5, if is_calm { Role::Muted } else { Role::Failed });
    row.put_right(text(test.runs.to_string()), 5, Role::Muted);
    let last = test.last_failure.as_ref().map(|(when, _)| when.ago(state.now())).unwrap_or_default();
    row.put_right(text(last), 6, Role::Muted).gap(1);
    let (sign, role) = standing(test);
    row.put(sign, role).gap(1);
    let name = cut(&test_name(&test.id), row.left());
    row.put(name, if test.quarantined { Role::Muted } else { Role::Text }).gap(1);
    if test.quarantined {
        row.put(QUARANTINED, Role::Warning).gap(1);
    }
    let file = cut(&text(file_name(&test.id)), row.left());
    row.put(file, Role::Muted);
}

/// The last outcomes, the newest at the right.
fn put_strip(row: &mut Row<'_, '_>, marks: &[Mark], width: u16) {
    let shown = marks.len().saturating_sub(usize::from(width));
    let mut shown = marks.get(shown..).unwrap_or_default();
    let has_change = shown.iter().skip(1).any(|mark| mark.begins);
    if has_change && shown.len() >= usize::from(width) {
        shown = shown.get(1..).unwrap_or_default();
    }
    let taken = u16::try_from(shown.len()).unwrap_or(width).saturating_add(u16::from(has_change));
    row.gap(width.saturating_sub(taken));
    for (at, mark) in shown.iter().enumerate() {
        if has_change && mark.begins {
            row.put(if at == 0 { " " } else { "│" }, Role::Muted);
        }
        let role = if mark.evidence { outcome_role(mark.outcome) } else { Role::Skipped };
        let sign = if mark.retried && mark.outcome == Outcome::Passed { "↻" } else { outcome_sign(mark.outcome) };
        row.put(sign, if sign == "↻" { Role::Warning } else { role });
    }
}

/// The sign of an outcome.
#[must_use]
pub const fn outcome_sign(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "✓",
        Outcome::Failed => "✗",
        Outcome::Error => "E",
        Outcome::Skipped => "s",
        Outcome::Xfailed => "x",
        Outcome::Xpassed => "X",
    }
}

/// The role of an outcome.
#[must_use]
pub const fn outcome_role(outcome: Outcome) -> Role {
    match outcome {
        Outcome::Passed => Role::Passed,
        Outcome::Failed | Outcome::Error => Role::Failed,
        Outcome::Skipped | Outcome::Xfailed => Role::Skipped,
        Outcome::Xpassed => Role::Warning,
    }
}

/// The word for a test in quarantine.
const QUARANTINED: &str = "quarantined";

const fn standing(test: &FlakyTest) -> (&'static str, Role) {
    if test.quarantined {
        return ("⊘", Role::Warning);
    }
    match test.standing {
        Standing::Flaky if test.definite => ("‼", Role::Failed),
        Standing::Flaky => ("≈", Role::Warning),
        Standing::Regressed => ("↓", Role::Failed),
        Standing::Mended => ("↑", Role::Passed),
    }
}

/// The name of the file that holds a test.
fn file_name(id: &TestId) -> &str {
    id.path().rsplit('/').next().unwrap_or(id.path())
}

/// More about the selected test.
fn foot(canvas: &mut Canvas<'_>, area: Area, state: &State) {
    let Some(test) = state.flaky.selected() else { return };
    let (sign, role) = standing(test);
    let proved = if test.definite { ", proved" } else { "" };
    let course = if test.standing == Standing::Flaky { format!(", {}", test.course.word()) } else { String::new() };
    let held = if test.quarantined { "quarantined · " } else { "" };
    let mut words = format!("{held}{}{course}{proved}", test.standing.word());
    if let Some(since) = test.since {
        words.push_str(&format!(" · since {}", since.ago(state.now())));
    }
    words.push_str(&format!(" · {}/{} runs failed", test.failures, test.runs));
    if test.impact.blocked > 0 {
        words.push_str(&format!(" · {} lost in 7 days", duration(test.impact.seconds)));
    }
    if let Some(seconds) = test.seconds_median {
        words.push_str(&format!(" · {}", duration(seconds)));
    }
    canvas.row(area, 0).gap(1).put(sign, role).gap(1).put(cut(&text(words), area.width.saturating_sub(3)), role);
    let message = test.last_failure.as_ref().map(|(_, message)| message.clone()).unwrap_or_default();
    canvas.row(area, 1).gap(3).put(cut(&message, area.width.saturating_sub(3)), Role::Text);
    let belonging = cut(&text(test.belonging()), area.width / 2);
    let taken = u16::try_from(belonging.width()).unwrap_or(0);
    let mut row = canvas.row(area, 2);
    row.gap(3).put(shorten(&test.id.clean(), area.width.saturating_sub(taken + 6)), Role::Muted);
    if taken > 0 {
        row.put(" · ", Role::Muted).put(belonging, Role::Text);
    }
    canvas.row(area, 3).gap(3).put("enter its runs · r run it · L find out why · Q quarantine it", Role::Muted);
}

/// Everything recorded of the selected test.
fn record(canvas: &mut Canvas<'_>, head: Area, area: Area, state: &State) {
    let Some(test) = state.flaky.selected() else { return };
    canvas.row(head, 0).gap(1).put(shorten(&test.id.clean(), head.width.saturating_sub(2)), Role::Strong);
    let slot = &state.flaky.record;
    let Some(record) = slot.value().filter(|record| record.id == test.id) else {
        let words = slot.failure().map_or_else(|| vec![(Role::Muted, "Reading its history…".to_owned())], trouble);
        return paragraphs(canvas, area, &words);
    };
    let list = &state.flaky.record_list;
    let rows = state.flaky.record_rows(area.width);
    let visible = list.top..list.top.saturating_add(usize::from(area.height)).min(rows);
    let facts = record.fact_rows(area.width);
    for (y, at) in (0_u16..).zip(visible) {
        let mut row = canvas.row(area, y);
        match at.checked_sub(facts.len()) {
            None => drop(row.gap(1).put(facts.get(at).unwrap_or(&Clean::default()), Role::Text)),
            Some(at) => record_row(row, record, at, state),
        }
    }
    canvas.scroll_bar(area, list.top, rows);
}

fn record_row(mut row: Row<'_, '_>, record: &TestRecord, at: usize, state: &State) {
    let Some(at) = at.checked_sub(record.cause_rows()) else {
        if let Some(cause) = record.causes.get(at) {
            row.gap(1).put(letter(Some(at)), Role::Strong).gap(1);
            row.put_right(text(format!("{}×", cause.failures)), 4, Role::Failed).gap(1);
            let others = match cause.others {
                0 => String::new(),
                others => format!(" · and {}", count(others, "other test")),
            };
            let others = text(others);
            let width = row.left().saturating_sub(u16::try_from(others.width()).unwrap_or(u16::MAX));
            row.put(cut(&cause.words, width), Role::Text).put(others, Role::Warning);
        }
        return;
    };
    if let Some(seen) = record.seen.get(at) {
        row.gap(1).put(outcome_sign(seen.outcome), outcome_role(seen.outcome)).gap(1);
        row.put_right(text(seen.when.ago(state.now())), 5, Role::Muted).gap(1);
        row.put_right(text(duration(seen.seconds)), 7, Role::Muted).gap(1);
        row.put_left(&seen.commit, 8, Role::Muted).gap(1);
        row.put(letter(seen.cause), Role::Strong).gap(1).put(&seen.message, Role::Text);
        return;
    }
    match at - record.seen.len() {
        0 => {}
        1 => {
            let words = if record.output.lines.is_empty() {
                "no output of a failure is recorded"
            } else {
                "output of the last failure"
            };
            row.gap(1).put(words, Role::Muted);
        }
        line => {
            let mut row = row.skipping(state.flaky.left);
            for piece in record.output.lines.get(line - 2).into_iter().flatten() {
                row.put_painted(&piece.text, piece.paint);
            }
        }
    }
}

/// The letter of a cause; a failure of one far down the list has none of its own.
fn letter(cause: Option<usize>) -> Clean {
    const LETTERS: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    text(cause.map_or(" ", |at| LETTERS.get(at).copied().unwrap_or("…")))
}

/// What stands in a history without rows.
fn empty(state: &State) -> Vec<(Role, String)> {
    let flaky = &state.flaky;
    if !flaky.filter.is_empty() && !flaky.all().is_empty() {
        return vec![(Role::Text, format!("No flaky test matches `{}`.", flaky.filter.text()))];
    }
    if let Some(problem) = flaky.tests.failure() {
        return trouble(problem);
    }
    if flaky.tests.waiting() && flaky.tests.value().is_none() {
        return vec![(Role::Muted, "Reading the history…".to_owned())];
    }
    vec![
        (Role::Text, "No test had more than one outcome so far.".to_owned()),
        (
            Role::Muted,
            "Every run from here is recorded. `lacuna ingest results/*.xml` adds the JUnit reports of your CI."
                .to_owned(),
        ),
    ]
}
