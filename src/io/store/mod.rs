//! Databases: lacuna's own in SQLite, coverage.py's data file, and the server of a shared history.
//!
//! The only user of rusqlite and of postgres.
//!
//! [`Store`] holds what lacuna knows about a project on this machine: runs, sources, evidence, batches. A [`History`] is the
//! part of it that a team can share: runs and what tests did in them; a [`Place`] says where such a [`SharedHistory`] is. [`Grants`] holds which
//! projects may run commands, in a place that no project can write to. [`read_data_file`] reads `.coverage` as what
//! it is: somebody else's file.

mod database;
mod open;
mod schema;
mod trouble;

mod pack;
mod fields;
mod project;
mod runs;
mod differing;
mod aliases;
mod prune;
mod outbox;
mod history;
mod place;
#[cfg(feature = "postgres")]
mod server;
mod observations;
mod batches;
mod dotcov;
mod texts;
mod records;
mod ledger;
mod footings;
mod exchanges;
mod shares;
mod properties;
mod collected;
mod selections;
mod points;
mod kept_reports;
mod lab;
mod grants;

pub use dotcov::{read_data_bytes, read_data_file, read_data_files, read_executed};
pub use grants::Grants;
pub use history::{History, SharedHistory};
pub use lab::LabRecord;
pub use place::Place;
pub use points::{KEPT_POINTS, NewPoint};
pub use project::{Keeping, Store, project_key};
pub use properties::Properties;
pub use prune::Pruned;
pub use runs::Saved;
pub use selections::{LAST, Selection};

mod durability;
mod memory;
mod kept_points;
