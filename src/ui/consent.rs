//! Questions: whether code of this project may run, and whether to leave while tests run.

use crate::app::{Plan, Planned, Scroll, State, consent_lines};
use crate::base::Area;
use crate::ui::Role;
use crate::ui::canvas::Canvas;
use crate::ui::pane::paragraphs;

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

fn titled(canvas: &mut Canvas<'_>, plan: &Plan, title: &'static str) -> Area {
    let frame = plan.overlay.unwrap_or_default();
    canvas.row(Area { x: frame.x + 2, width: frame.width.saturating_sub(4), ..frame }, 0).put(title, Role::TitleFocus);
    plan.overlay_inside()
}
