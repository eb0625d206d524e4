//! The flake lab: the budget, what is tried, the verdict with its evidence, and all trials.

use crate::app::{HEAD, LabGoal, LabLine, LabState, LabTone, Plan, Scroll, State};
use crate::base::{Area, Ratio};
use crate::domain::lab::{Held, Status};
use crate::ui::Role;
use crate::ui::canvas::Canvas;
use crate::ui::words::{bar, cut, shorten, text};

/// Draws the lab.
pub fn draw(canvas: &mut Canvas<'_>, plan: &Plan, state: &State, list: &Scroll) {
    let frame = plan.overlay.unwrap_or_default();
    let Some(lab) = &state.lab else { return };
    let title = if lab.goal == LabGoal::Cause { " Flake lab " } else { " Flake lab: does the fix hold? " };
    canvas.row(Area { x: frame.x + 2, width: frame.width.saturating_sub(4), ..frame }, 0).put(title, Role::TitleFocus);
    let (head, _) = plan.overlay_inside().split_top(3);
    canvas.row(head, 0).gap(1).put(shorten(&lab.test.clean(), head.width.saturating_sub(2)), Role::Strong);
    budget(canvas, head, lab);
    trying(canvas, head, lab);
    let area = plan.overlay_list(state);
    let lines = lab.lines(area.width);
    let top = list.top.min(lines.len().saturating_sub(usize::from(area.height)));
    for (y, line) in (0..area.height).zip(lines.iter().skip(top)) {
        row(canvas, area, y, line);
    }
    canvas.scroll_bar(area, top, lines.len());
}

fn budget(canvas: &mut Canvas<'_>, head: Area, lab: &LabState) {
    let (runs, seconds) = lab.spent;
    let (most, longest) = (lab.budget.runs, lab.budget.seconds);
    // By whichever is nearer to its end.
    let share = (runs as f64 / f64::from(most.max(1))).max(seconds / longest.max(1.0)).clamp(0.0, 1.0);
    let words = text(format!("{runs}/{most} processes · {seconds:.0}/{longest:.0} s "));
    let width = head.width.saturating_sub(40).min(40);
    let mut row = canvas.row(head, 1);
    row.gap(1).put(words, Role::Text).put(bar(Ratio::new((share * 1000.0) as u64, 1000), width), Role::Running);
}

fn trying(canvas: &mut Canvas<'_>, head: Area, lab: &LabState) {
    let mut row = canvas.row(head, 2);
    row.gap(1);
    if !lab.is_running() {
        let keys = match lab.goal {
            LabGoal::Cause => "L again · V checks a fix · y copies the verdict · C its command · esc back",
            LabGoal::Fix => "V again · L why it fails · esc back",
        };
        row.put(keys, Role::Muted);
        return;
    }
    if lab.stopping > 0 {
        row.put("stopping · ", Role::Warning);
    }
    if !lab.phase.is_empty() {
        row.put(&lab.phase, Role::Running).put(": ", Role::Muted);
    }
    let so_far = lab.so_far.map_or(String::new(), |(ran, failed)| format!(" · {failed} of {ran} failed so far"));
    let so_far = text(so_far);
    let room = row.left().saturating_sub(u16::try_from(so_far.chars().count()).unwrap_or(0));
    row.put(cut(&lab.now, room), Role::Text).put(so_far, Role::Warning);
}

fn row(canvas: &mut Canvas<'_>, area: Area, y: u16, line: &LabLine) {
    let (head, words) = match line.tone {
        LabTone::Verdict(status) => (Role::Muted, of(status)),
        LabTone::Held(Held::Holds) => (Role::Muted, Role::Passed),
        LabTone::Held(Held::SameFailure | Held::OtherFailure) => (Role::Muted, Role::Failed),
        LabTone::Held(Held::Open | Held::Unfit) => (Role::Muted, Role::Warning),
        LabTone::Heading => (Role::Strong, Role::Strong),
        LabTone::Failed => (Role::Failed, Role::Text),
        LabTone::Passed => (Role::Passed, Role::Text),
        LabTone::Plain => (Role::Muted, Role::Text),
        LabTone::Muted => (Role::Muted, Role::Muted),
    };
    let mut row = canvas.row(area, y);
    row.put_right(cut(&line.head, HEAD), HEAD, head).gap(1).put(&line.words, words);
}

const fn of(status: Status) -> Role {
    match status {
        Status::Confirmed => Role::Failed,
        Status::Likely | Status::Latent => Role::Warning,
        Status::NotReproduced => Role::Muted,
    }
}
