//! What to look at first: layers, order, filter, folders.

mod layer;

pub use layer::{Layer, default_layers, layer_of};
