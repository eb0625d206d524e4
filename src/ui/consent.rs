//! Questions: whether code of this project may run, whether to leave while tests run, why a test goes into quarantine.

use crate::app::{Plan, Planned, QuarantineState, Scroll, State, consent_lines};
use crate::base::Area;
use crate::ui::Role;
use crate::ui::canvas::Canvas;
use crate::ui::pane::paragraphs;
use crate::ui::words::shorten;

/// Draws the question that comes before the first run of a project.
pub fn draw(canvas: &mut Canvas<'_>, plan: &Plan, state: &State, (planned, at): (&Planned, &Scroll)) {
    let inside = titled(canvas, plan, " run code of this project? ");
    let Some(consent) = &planned.consent else { return };
    let list = plan.overlay_list(state);
    let lines = consent_lines(consent, list.width);
    let top = at.top.min(lines.len().saturating_sub(usize::from(list.height)));
    for (y, (is_value, words)) in (0..list.height).zip(lines.iter().skip(top)) {
        canvas.row(list, y).put(words, if *is_value { Role::Strong } else { Role::Muted });
    }
    canvas.scroll_bar(list, top, lines.len());
    let mut row = canvas.row(inside.split_bottom(2).1, 1);
    row.gap(1).put("enter", Role::Key).put(" trusts it and runs   ", Role::Muted);
    row.put("esc", Role::Key).put(" runs nothing", Role::Muted);
    if lines.len() > usize::from(list.height) {
        row.put("   j k", Role::Key).put(" scroll", Role::Muted);
    }
}

/// Draws the question that comes before leaving while tests run.
pub fn leaving(canvas: &mut Canvas<'_>, plan: &Plan, state: &State) {
    let inside = titled(canvas, plan, " leave? ");
    let (ended, all) = state.runner.run.as_ref().map_or((0, 0), |run| (run.ended(), run.tests.len()));
    let words = format!("Tests are running ({ended}/{all}). Leaving ends them; what they gave so far is not kept.");
    let (body, foot) = inside.split_bottom(1);
    paragraphs(canvas, body, &[(Role::Text, words)]);
    canvas
        .row(foot, 0)
        .gap(1)
        .put("enter", Role::Key)
        .put(" leaves   ", Role::Muted)
        .put("esc", Role::Key)
        .put(" stays", Role::Muted);
}

/// Draws the question for which reason a test goes into quarantine or, where it is in, whether it comes out.
pub fn quarantine(canvas: &mut Canvas<'_>, plan: &Plan, asked: &QuarantineState) {
    let title = if asked.reason.is_some() { " into quarantine? " } else { " out of quarantine? " };
    let inside = titled(canvas, plan, title);
    let (body, foot) = inside.split_bottom(1);
    canvas.row(body, 0).gap(1).put(shorten(&asked.test.clean(), body.width.saturating_sub(2)), Role::Strong);
    let words = match asked.reason {
        Some(_) => {
            "Its failures do not count for 30 days; what it does is recorded. The list stands in the repository, to be reviewed."
        }
        None => "Its failures count again. Its entry is taken out of the list in the repository.",
    };
    paragraphs(canvas, body.split_top(1).1.split_bottom(2).0, &[(Role::Muted, words.to_owned())]);
    if let Some(reason) = &asked.reason {
        canvas.row(body.split_bottom(2).1, 0).gap(1).put("reason › ", Role::Key).put_typed(reason);
    }
    let does = if asked.reason.is_some() { " puts it in   " } else { " takes it out   " };
    canvas
        .row(foot, 0)
        .gap(1)
        .put("enter", Role::Key)
        .put(does, Role::Muted)
        .put("esc", Role::Key)
        .put(" leaves it", Role::Muted);
}

fn titled(canvas: &mut Canvas<'_>, plan: &Plan, title: &'static str) -> Area {
    let frame = plan.overlay.unwrap_or_default();
    canvas.row(Area { x: frame.x + 2, width: frame.width.saturating_sub(4), ..frame }, 0).put(title, Role::TitleFocus);
    plan.overlay_inside()
}
