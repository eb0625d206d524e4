//! The triage order, and the other orders of the map.

use crate::domain::triage::{Entry, Layer, Row};

/// How the rows are sorted. Every order falls back on the triage order, and that on the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Order {
    /// What to look at first.
    #[default]
    Triage,
    /// By path.
    Path,
    /// Lowest plain coverage first.
    Coverage,
    /// Most missing lines first.
    Missed,
    /// By layer.
    Layer,
    /// Largest change in this sitting first.
    Change,
}

impl Order {
    /// All orders, in the order in which a key walks through them.
    pub const ALL: [Self; 6] = [Self::Triage, Self::Coverage, Self::Missed, Self::Layer, Self::Path, Self::Change];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Triage => "triage",
            Self::Path => "path",
            Self::Coverage => "coverage",
            Self::Missed => "missed",
            Self::Layer => "layer",
            Self::Change => "change",
        }
    }

    /// The order after this one.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|order| *order == self).unwrap_or(0);
        Self::ALL.get(at + 1).copied().unwrap_or_default()
    }
}

/// Ranks the files by the triage order and sorts them by `order`. Total and stable: the same entries give the same
/// rows, whatever order they come in.
#[must_use]
pub fn rank(entries: Vec<Entry>, layers: &[Layer], order: Order) -> Vec<Row> {
    let _ = (entries, layers, order);
    Vec::new()
}
