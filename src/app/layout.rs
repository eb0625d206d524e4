//! The geometry of the screen: where each part lies, for a size and a state.

use crate::app::State;
use crate::base::{Area, Size};

/// The smallest screen that something is drawn on.
pub const SMALLEST: Size = Size::new(40, 10);

/// Where everything lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Plan {
    /// The line at the top; nothing when the screen is too small for anything.
    pub header: Option<Area>,
    /// The line with the tabs, when not all panes are visible.
    pub tabs: Option<Area>,
    /// The panes, frames included, in the order of [`crate::app::Pane::ALL`]; nothing for a hidden one.
    pub panes: [Option<Area>; 4],
    /// The line for what is new.
    pub notice: Option<Area>,
    /// The line with the keys.
    pub footer: Option<Area>,
    /// What lies over the panes, its frame included.
    pub overlay: Option<Area>,
}

/// Where everything lies on a screen of `size`.
#[must_use]
pub fn plan(size: Size, state: &State) -> Plan {
    let _ = (size, state);
    Plan::default()
}
