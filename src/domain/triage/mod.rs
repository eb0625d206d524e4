//! What to look at first: layers, order, filter, folders; whose it is.

mod layer;
mod row;
mod rank;
mod folder;
mod owners;

pub use folder::{Folder, folders};
pub use layer::{Layer, default_layers, layer_of};
pub use owners::{OWNER_FILES, Owners};
pub use rank::{Order, rank};
pub use row::{Entry, Row};
