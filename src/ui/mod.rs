//! The picture of the state, and its themes.

mod draw;

pub use draw::{Theme, draw};
