//! Questions: whether code of this project may run, and whether to leave while tests run.

use crate::app::{Plan, Planned, State, wrap};
use crate::base::Area;
use crate::ui::Role;
use crate::ui::canvas::Canvas;
use crate::ui::pane::paragraphs;
use crate::ui::words::text;

/// Draws the question that comes before the first run of a project.
pub fn draw(canvas: &mut Canvas<'_>, plan: &Plan, state: &State, planned: &Planned) {
    let inside = titled(canvas, plan, " run code of this project? ");
    let Some(consent) = &planned.consent else { return };
    let width = inside.width.saturating_sub(4);
    let mut rows = vec![
        (Role::Text, text("Running tests executes code of this project with your rights.")),
        (Role::Text, text("")),
    ];
    rows.push((Role::Muted, text("root")));
    rows.extend(wrap(&consent.root, width).into_iter().map(|line| (Role::Strong, text(format!("  {line}")))));
    rows.push((Role::Muted, text("interpreter")));
    rows.extend(wrap(&consent.interpreter, width).into_iter().map(|line| (Role::Strong, text(format!("  {line}")))));
    rows.push((Role::Muted, text("first command")));
    rows.extend(wrap(&consent.command, width).into_iter().map(|line| (Role::Strong, text(format!("  {line}")))));
    if !consent.files.is_empty() {
        let files: Vec<String> = consent.files.iter().map(ToString::to_string).collect();
        rows.push((Role::Muted, text(format!("asked again when these change: {}", files.join(", ")))));
    }
    let (body, foot) = inside.split_bottom(2);
    for (y, (role, words)) in (0..body.height).zip(&rows) {
        canvas.row(body, y).gap(1).put(words, *role);
    }
    let _ = state;
    canvas
        .row(foot, 1)
        .gap(1)
        .put("enter", Role::Key)
        .put(" trusts it and runs   ", Role::Muted)
        .put("esc", Role::Key)
        .put(" runs nothing", Role::Muted);
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
