//! The picture of the state, and its themes.

pub mod theme;
mod draw;

pub use draw::draw;
pub use theme::{Depth, Role, Theme, ThemeText, themes};
