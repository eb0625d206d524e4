//! The geometry of the screen: where each part lies, for a size and a state.

use crate::app::{Overlay, Pane, RunRow, State, consent_lines};
use crate::base::{Area, Size};

/// The smallest screen that something is drawn on.
pub const SMALLEST: Size = Size::new(40, 10);
/// From here on two panes stand side by side.
const WIDE: u16 = 120;
/// From here on two panes stand one above the other.
const TALL: u16 = 36;

/// From here on the checklist has its findings and more about one of them side by side.
const BESIDE: u16 = 150;

/// Where everything lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Plan {
    /// The line at the top; nothing when the screen is too small for anything.
    pub header: Option<Area>,
    /// The line with the tabs, when not all panes are visible. Each tab has a quarter of it.
    pub tabs: Option<Area>,
    /// The panes, frames included, in the order of [`Pane::ALL`]; nothing for a hidden one.
    pub panes: [Option<Area>; 4],
    /// Whether panes have a frame on all sides, rather than a title line alone.
    pub framed: bool,
    /// The line with the keys and what is new.
    pub footer: Option<Area>,
    /// What lies over the panes, its frame included.
    pub overlay: Option<Area>,
}

/// The parts of the inside of a pane, from top to bottom; any of them may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Parts {
    /// Column titles, or what is going on.
    pub head: Area,
    /// The rows of the list.
    pub list: Area,
    /// More about the selected row.
    pub foot: Area,
}

impl Plan {
    /// The frame of a pane.
    #[must_use]
    pub fn pane(&self, pane: Pane) -> Option<Area> {
        self.panes.get(pane.index()).copied().flatten()
    }

    /// The inside of a pane; empty for a hidden one.
    #[must_use]
    pub fn inside(&self, pane: Pane) -> Area {
        match self.pane(pane) {
            Some(area) if self.framed => area.inset(1),
            Some(area) => area.split_top(1).1,
            None => Area::default(),
        }
    }

    /// The parts of a pane.
    #[must_use]
    pub fn parts(&self, pane: Pane, state: &State) -> Parts {
        let inside = self.inside(pane);
        let (head, foot) = match pane {
            Pane::Map => (if inside.height >= 5 { 1 } else { 0 }, foot(inside.height, &[(7, 1), (16, 2)])),
            Pane::Lines => (if inside.height >= 5 { 1 } else { 0 }, foot(inside.height, &[(8, 1), (16, 3)])),
            Pane::Flaky if state.flaky.reading => (1, 0),
            Pane::Flaky => (if inside.height >= 5 { 1 } else { 0 }, foot(inside.height, &[(8, 2), (14, 4)])),
            Pane::Runner => runner_parts(inside.height, state),
        };
        let (head, rest) = inside.split_top(head);
        let (list, foot) = rest.split_bottom(foot);
        Parts { head, list, foot }
    }

    /// The inside of the overlay.
    #[must_use]
    pub fn overlay_inside(&self) -> Area {
        self.overlay.map(|area| area.inset(1)).unwrap_or_default()
    }

    /// The rows of the list in the overlay.
    #[must_use]
    pub fn overlay_list(&self, state: &State) -> Area {
        let inside = self.overlay_inside();
        match &state.overlay {
            Some(Overlay::Picker(picker)) => {
                let (_, rest) = inside.split_top(2);
                let list = if picker.has_preview() && rest.width >= 90 { rest.width / 2 } else { rest.width };
                rest.split_left(list).0
            }
            Some(Overlay::Help(_)) => inside.split_top(2).1.split_bottom(foot(inside.height, &[(9, 3)])).0,
            Some(Overlay::Consent(..)) => {
                let (body, _) = inside.split_bottom(2);
                Area { x: body.x + 1, width: body.width.saturating_sub(2), ..body }
            }
            Some(Overlay::Plan(_)) => inside.split_top(2).1.split_bottom(2).0,
            Some(Overlay::Problems(_)) => inside,
            Some(Overlay::Lab(_)) => inside.split_top(4).1,
            Some(Overlay::Guide(guide)) if guide.draft.is_some() => inside.split_top(2).1.split_bottom(2).0,
            Some(Overlay::Guide(_)) => inside.split_top(2).1.split_bottom(foot(inside.height, &[(9, 2), (14, 4)])).0,
            Some(Overlay::Programme(view)) => {
                let rest = inside.split_top(2).1;
                let foot =
                    if view.inside.is_some() { 0 } else { foot(inside.height, &[(10, 3), (16, 5), (24, 8), (40, 12)]) };
                rest.split_bottom(foot).0
            }
            // More about the finding stands beside the list where there is room.
            Some(Overlay::Checklist(_)) if inside.width >= BESIDE => {
                let rest = inside.split_top(2).1;
                rest.split_left(rest.width * 3 / 5).0
            }
            Some(Overlay::Checklist(_)) => {
                inside.split_top(2).1.split_bottom(foot(inside.height, &[(9, 4), (16, 8), (24, 10)])).0
            }
            Some(Overlay::Compare(_)) => {
                inside.split_top(3).1.split_bottom(foot(inside.height, &[(9, 2), (16, 5), (24, 7)])).0
            }
            _ => Area::default(),
        }
    }

    /// Which pane a cell belongs to.
    #[must_use]
    pub fn pane_at(&self, x: u16, y: u16) -> Option<Pane> {
        Pane::ALL.into_iter().find(|pane| self.pane(*pane).is_some_and(|area| area.holds(x, y)))
    }
}

/// The rows of a foot: those of the last step whose height is reached.
fn foot(height: u16, steps: &[(u16, u16)]) -> u16 {
    steps.iter().rev().find(|(from, _)| height >= *from).map_or(0, |(_, rows)| *rows)
}

/// Head and foot of the runner: its output takes the lower part, or all of it while it is read.
fn runner_parts(height: u16, state: &State) -> (u16, u16) {
    if state.runner.run.is_none() {
        return (0, 0);
    }
    let head = if height >= 8 { 2 } else { 1 };
    let rest = height.saturating_sub(head);
    match (state.runner.reading, rest) {
        (false, _)
            if !matches!(state.runner.cursor, Some(RunRow::Test(_) | RunRow::Command(_) | RunRow::Warnings(_))) =>
        {
            (head, 0)
        }
        (true, rest) => (head, rest),
        (false, 0..10) => (head, 0),
        (false, rest) => (head, rest * 2 / 5),
    }
}

/// Where everything lies on a screen of `size`.
#[must_use]
pub fn plan(size: Size, state: &State) -> Plan {
    if size.width < SMALLEST.width || size.height < SMALLEST.height {
        return Plan::default();
    }
    let (header, rest) = Area::of(size).split_top(1);
    let (body, footer) = rest.split_bottom(1);
    let wide = size.width >= WIDE && !state.zoomed;
    let tall = size.height >= TALL && !state.zoomed;
    let has_tabs = !(wide && tall) && size.height >= 14;
    let (tabs, body) = body.split_top(u16::from(has_tabs));
    Plan {
        header: Some(header),
        tabs: has_tabs.then_some(tabs),
        panes: panes(body, wide, tall, state),
        framed: size.width >= 60 && size.height >= 16,
        footer: Some(footer),
        overlay: state.overlay.as_ref().map(|overlay| overlay_area(overlay, state, size, body)),
    }
}

/// The panes: all four, two, or the one that has the focus.
fn panes(body: Area, wide: bool, tall: bool, state: &State) -> [Option<Area>; 4] {
    let (left, right) = body.split_left(body.width * 53 / 100);
    let lower = state.is_running() || matches!(state.focus, Pane::Flaky | Pane::Runner);
    let top = body.height * if lower { 46 } else { 58 } / 100;
    let (left_pane, right_pane) = companions(state);
    let mut panes = [None; 4];
    let mut put = |pane: Pane, area: Area| {
        if let Some(slot) = panes.get_mut(pane.index()) {
            *slot = Some(area);
        }
    };
    match (wide, tall) {
        (true, true) => {
            put(Pane::Map, left.split_top(top).0);
            put(Pane::Flaky, left.split_top(top).1);
            put(Pane::Lines, right.split_top(top).0);
            put(Pane::Runner, right.split_top(top).1);
        }
        (true, false) => {
            put(left_pane, left);
            put(right_pane, right);
        }
        (false, true) => {
            put(left_pane, body.split_top(body.height / 2).0);
            put(right_pane, body.split_top(body.height / 2).1);
        }
        (false, false) => put(state.focus, body),
    }
    panes
}

/// The two panes that are shown when there is room for two.
fn companions(state: &State) -> (Pane, Pane) {
    match state.focus {
        Pane::Map | Pane::Flaky if state.is_running() => (state.focus, Pane::Runner),
        Pane::Map | Pane::Flaky => (state.focus, Pane::Lines),
        Pane::Lines | Pane::Runner => (Pane::Map, state.focus),
    }
}

/// Where an overlay lies: large ones leave a margin, questions take what they need.
fn overlay_area(overlay: &Overlay, state: &State, size: Size, body: Area) -> Area {
    let screen = Area::of(size);
    let margin = |x: u16, y: u16| Size::new(size.width.saturating_sub(x), size.height.saturating_sub(y));
    let roomy = size.width >= 100 && size.height >= 30;
    match overlay {
        _ if !roomy && !matches!(overlay, Overlay::Leaving | Overlay::Quarantine(_)) => body,
        Overlay::Picker(_) => screen.centred(Size::new(margin(12, 0).width.min(160), margin(0, 8).height)),
        Overlay::Guide(guide) => {
            let rows = u16::try_from(guide.longest() + 10).unwrap_or(u16::MAX).max(16);
            screen.centred(Size::new(margin(8, 0).width.min(140), margin(0, 6).height.min(rows)))
        }
        Overlay::Compare(_) | Overlay::Lab(_) => {
            screen.centred(Size::new(margin(8, 0).width.min(140), margin(0, 6).height))
        }
        Overlay::Checklist(_) => screen.centred(Size::new(margin(4, 0).width.min(190), margin(0, 6).height)),
        Overlay::Programme(_) => {
            let rows = u16::try_from(state.programme.lines.len() + 16).unwrap_or(u16::MAX).max(24);
            screen.centred(Size::new(margin(4, 0).width.min(220), margin(0, 4).height.min(rows)))
        }
        Overlay::Help(_) | Overlay::Problems(_) => {
            screen.centred(Size::new(margin(12, 0).width.min(110), margin(0, 6).height))
        }
        Overlay::Plan(plan) => {
            let rows = u16::try_from(plan.lines.len() + 7).unwrap_or(u16::MAX).max(12);
            screen.centred(Size::new(margin(12, 0).width.min(120), margin(0, 8).height.min(rows)))
        }
        Overlay::Consent(planned, _) => {
            let width = margin(12, 0).width.min(110);
            let rows =
                planned.consent.as_ref().map_or(0, |consent| consent_lines(consent, width.saturating_sub(4)).len());
            let rows = u16::try_from(rows + 4).unwrap_or(u16::MAX);
            screen.centred(Size::new(width, margin(0, 2).height.min(rows)))
        }
        Overlay::Leaving => screen.centred(Size::new(56, 6)),
        Overlay::Quarantine(_) => screen.centred(Size::new(margin(4, 0).width.min(84), margin(0, 2).height.min(9))),
    }
}
