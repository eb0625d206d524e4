//! What lies over the panes: at most one thing at a time.

use crate::app::{PickerState, Place, Planned, Scroll, Slot, TextLine};
use std::sync::Arc;

/// The help: the keys of one place, filtered by what is typed.
#[derive(Clone, Debug)]
pub struct HelpState {
    /// The place it is about.
    pub about: Place,
    /// What is typed.
    pub filter: TextLine,
    /// How far it is scrolled.
    pub list: Scroll,
}

/// A plan that waits to be confirmed.
#[derive(Clone, Debug, Default)]
pub struct PlanState {
    /// The plan.
    pub planned: Slot<Arc<Planned>>,
    /// Whether full commands are shown rather than plain ones.
    pub full: bool,
    /// How far it is scrolled.
    pub list: Scroll,
}

/// One thing over the panes.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// The picker, and the palette as its list of actions.
    Picker(Box<PickerState>),
    /// The help.
    Help(HelpState),
    /// A plan to confirm.
    Plan(PlanState),
    /// Whether code of this project may run.
    Consent(Arc<Planned>),
    /// Whether to leave while tests run.
    Leaving,
    /// The problems with their hints.
    Problems(Scroll),
}

impl Overlay {
    /// The place in which its keys are looked up.
    #[must_use]
    pub const fn place(&self) -> Place {
        match self {
            Self::Picker(_) => Place::Picker,
            Self::Help(_) => Place::Help,
            Self::Plan(_) => Place::Plan,
            Self::Consent(_) | Self::Leaving => Place::Question,
            Self::Problems(_) => Place::Problems,
        }
    }
}

impl PlanState {
    /// How many rows the plan has: its cycles, its commands, what could not be planned.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.planned.value().map_or(0, |planned| {
            planned.cycles.iter().map(|commands| commands.len() + 1).sum::<usize>() + planned.problems.len()
        })
    }
}
