//! What to look at first: layers, order, filter, folders.

mod layer;
mod row;
mod rank;
mod folder;

pub use folder::{Folder, folders};
pub use layer::{Layer, default_layers, layer_of};
pub use rank::{Order, rank};
pub use row::{Entry, Row};
