//! SQLite: lacuna's own database, and coverage.py's data file. The only user of rusqlite.
//!
//! [`Store`] holds what lacuna knows about a project: runs, sources, evidence, batches. [`Grants`] holds which
//! projects may run commands, in a place that no project can write to. [`read_data_file`] reads `.coverage` as what
//! it is: somebody else's file.

mod database;
mod open;
mod schema;
mod trouble;

mod pack;
mod project;
mod runs;
mod differing;
mod aliases;
mod prune;
mod observations;
mod batches;
mod dotcov;
mod texts;
mod records;
mod ledger;
mod footings;
mod collected;
mod selections;
mod points;
mod lab;
mod grants;

pub use dotcov::{read_data_bytes, read_data_file, read_data_files, read_executed};
pub use grants::Grants;
pub use lab::LabRecord;
pub use points::{KEPT_POINTS, NewPoint};
pub use project::{Keeping, Store, project_key};
pub use prune::Pruned;
pub use runs::Saved;
pub use selections::{LAST, Selection};

mod durability;
mod memory;
mod kept_points;
