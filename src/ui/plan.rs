//! The plan that waits to be confirmed: the exact commands, cycle by cycle.

use crate::app::{LabGoal, Plan, PlanLine, PlanState, Planned, State};
use crate::base::{Area, Clean};
use crate::domain::lab::{Budget, Effort};
use crate::ui::Role;
use crate::ui::canvas::{Canvas, Row};
use crate::ui::pane::{paragraphs, trouble};
use crate::ui::words::{count, cut, duration, text};

/// Draws the plan.
pub fn draw(canvas: &mut Canvas<'_>, plan: &Plan, state: &State, shown: &PlanState) {
    let frame = plan.overlay.unwrap_or_default();
    let inside = plan.overlay_inside();
    let goal = shown.planned.value().and_then(|planned| planned.ask.lab);
    let title = match goal {
        None => " plan ",
        Some(LabGoal::Cause) => " plan of a flake lab ",
        Some(LabGoal::Fix) => " plan: does the fix hold? ",
    };
    canvas.row(Area { x: frame.x + 2, width: frame.width.saturating_sub(4), ..frame }, 0).put(title, Role::TitleFocus);
    let Some(planned) = shown.planned.value() else {
        let words = match shown.planned.failure() {
            Some(problem) => trouble(problem),
            None => vec![(Role::Muted, "Looking for the tests and the interpreter…".to_owned())],
        };
        return paragraphs(canvas, inside, &words);
    };
    let (what, how) = goal.map_or_else(|| (summary(planned), planned.how.clone()), lab);
    canvas.row(inside, 0).gap(1).put(text(what), Role::Strong);
    canvas.row(inside, 1).gap(1).put(cut(&how, inside.width.saturating_sub(2)), Role::Muted);
    let list = plan.overlay_list(state);
    let top = shown.list.top.min(shown.lines.len().saturating_sub(usize::from(list.height)));
    for (y, line) in (0..list.height).zip(shown.lines.iter().skip(top)) {
        plan_row(canvas.row(list, y), line);
    }
    canvas.scroll_bar(list, top, shown.lines.len());
    let (_, foot) = inside.split_bottom(1);
    let mut row = canvas.row(foot, 0);
    row.gap(1);
    if let Some(name) = &shown.naming {
        row.put("name › ", Role::Key).put_typed(name);
        row.put("  enter", Role::Key).put(" saves what this runs   ", Role::Muted);
        row.put("esc", Role::Key).put(" does not", Role::Muted);
        return;
    }
    if planned.cycles.iter().all(Vec::is_empty) {
        row.put("esc", Role::Key).put(" leaves it", Role::Muted);
        return;
    }
    row.put("enter", Role::Key).put(" runs it   ", Role::Muted).put("esc", Role::Key).put(" leaves it   ", Role::Muted);
    row.put("v", Role::Key).put(if shown.full { " plain commands" } else { " full commands" }, Role::Muted);
    if let Some(cost) = planned.cost {
        let words = text(cost.short());
        row.jump_right(u16::try_from(words.width() + 1).unwrap_or(0)).put(words, Role::Muted);
    }
}

/// What a lab does with the command that stands below.
fn lab(goal: LabGoal) -> (String, Clean) {
    let budget = Budget::of(Effort::Usual);
    let what = format!("at most {} processes of pytest, {} in all", budget.runs, duration(budget.seconds));
    let how = match goal {
        LabGoal::Cause => "on copies of the project: in other orders, with other seeds and surroundings",
        LabGoal::Fix => "on copies of the project: under the trigger that its lab found, until it is decided",
    };
    (what, Clean::line(how))
}

/// One line of the plan.
fn plan_row(mut row: Row<'_, '_>, line: &PlanLine) {
    match line {
        PlanLine::Cycle(number, commands) => {
            row.put(text(format!(" cycle {number} · {}", count(*commands, "command"))), Role::Muted);
        }
        PlanLine::Command(words, tests, sure, seconds) => {
            row.gap(3).put(words, Role::Text);
            let open = if *sure { "" } else { "◌ " };
            let known = if *tests == 0 { String::new() } else { format!("{open}{}", count(*tests, "test")) };
            let time = seconds.map(|seconds| format!(" {}", duration(seconds))).unwrap_or_default();
            let note = text(format!("{known}{time}"));
            row.jump_right(u16::try_from(note.width() + 1).unwrap_or(0)).put(note, Role::Muted);
        }
        PlanLine::More(words) => {
            row.gap(5).put(words, Role::Text);
        }
        PlanLine::Why(words, is_first) => {
            row.gap(1).put(if *is_first { "· " } else { "  " }, Role::Muted).put(words, Role::Muted);
        }
        PlanLine::Trouble(words) => {
            row.put(" ! ", Role::Warning).put(words, Role::Warning);
        }
    }
}

/// `12 tests in 3 commands, 1 cycle · about 4.2s`.
fn summary(planned: &Planned) -> String {
    if planned.cycles.is_empty() {
        return "nothing to run".to_owned();
    }
    let commands: usize = planned.cycles.iter().map(Vec::len).sum();
    let tests: usize = planned.cycles.iter().flatten().map(|command| command.tests.len()).sum();
    let unknown = planned.cycles.iter().flatten().any(|command| command.tests.is_empty());
    let tests = match (planned.ask.all, tests, unknown) {
        (true, 0, _) => "the whole suite".to_owned(),
        (true, tests, _) => format!("the whole suite, {}", count(tests, "test")),
        (false, 0, _) => "tests not collected yet".to_owned(),
        (false, tests, true) => format!("at least {}", count(tests, "test")),
        (false, tests, false) => count(tests, "test"),
    };
    let open: usize = planned.cycles.iter().flatten().map(|command| command.unconfirmed).sum();
    let tests = if open == 0 { tests } else { format!("{tests} (◌ {open} unconfirmed)") };
    let mut words = format!("{tests} in {}, {}", count(commands, "command"), count(planned.cycles.len(), "cycle"));
    if planned.abreast > 1 {
        words.push_str(&format!(", {} at once", planned.abreast));
    }
    if let Some(seconds) = planned.seconds() {
        words.push_str(&format!(" · about {}", duration(seconds)));
    }
    words
}
