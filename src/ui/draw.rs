//! The whole screen: the line at the top, tabs, panes, the line at the bottom, what lies over them.

use crate::app::{Overlay, Pane, State, plan};
use crate::base::{Area, Size};
use crate::ui::canvas::Canvas;
use crate::ui::{
    Role, Theme, checklist, compare, consent, flaky, footer, guide, header, help, lab, lines, map, picker,
    plan as plan_view, problems, programme, runner, tabs,
};
use ratatui::Frame;

/// Draws the state. It changes nothing, and the same state gives the same cells.
pub fn draw(frame: &mut Frame<'_>, state: &State, theme: &Theme) {
    let area = frame.area();
    let size = Size::new(area.width, area.height);
    let mut canvas = Canvas::new(frame.buffer_mut(), theme);
    let canvas = &mut canvas;
    canvas.clear(Area::of(size), Role::Background);
    let plan = plan(size, state);
    let Some(top) = plan.header else {
        canvas.row(Area::of(size), 0).put("too small (need 40×10)", Role::Text);
        return;
    };
    header::draw(canvas, top, state);
    if let Some(area) = plan.tabs {
        tabs::draw(canvas, area, state);
    }
    for pane in Pane::ALL.into_iter().filter(|pane| plan.pane(*pane).is_some()) {
        match pane {
            Pane::Map => map::draw(canvas, &plan, state),
            Pane::Lines => lines::draw(canvas, &plan, state),
            Pane::Flaky => flaky::draw(canvas, &plan, state),
            Pane::Runner => runner::draw(canvas, &plan, state),
        }
    }
    if let Some(area) = plan.footer {
        footer::draw(canvas, area, state);
    }
    let (Some(overlay), Some(area)) = (&state.overlay, plan.overlay) else { return };
    canvas.clear(area, Role::Background);
    canvas.frame(area, true);
    match overlay {
        Overlay::Picker(picker) => picker::draw(canvas, &plan, state, picker),
        Overlay::Help(help) => help::draw(canvas, &plan, state, help),
        Overlay::Plan(shown) => plan_view::draw(canvas, &plan, state, shown),
        Overlay::Consent(planned, list) => consent::draw(canvas, &plan, state, (planned, list)),
        Overlay::Leaving => consent::leaving(canvas, &plan, state),
        Overlay::Problems(list) => problems::draw(canvas, &plan, state, list),
        Overlay::Compare(shown) => compare::draw(canvas, &plan, state, shown),
        Overlay::Checklist(view) => checklist::draw(canvas, &plan, state, view),
        Overlay::Programme(view) => programme::draw(canvas, &plan, state, view),
        Overlay::Lab(list) => lab::draw(canvas, &plan, state, list),
        Overlay::Guide(shown) => guide::draw(canvas, &plan, state, shown),
        Overlay::Quarantine(asked) => consent::quarantine(canvas, &plan, asked),
    }
}
