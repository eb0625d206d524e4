//! What each test covers, across source versions: before and after, line by line.

mod figure;
mod standing;
mod version;
mod edit;
mod file;
mod credit;
mod baseline;
mod absorb;
mod target;
mod judge;
mod union;
mod alias;
pub use alias::Alias;

mod fit;

mod place;
mod evidence;
mod record;
mod scope;
mod merge;
mod book;
mod change;
mod subset;
#[cfg(test)]
mod model;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod traps;

pub use book::Ledger;
pub use change::{Change, compare};
pub use evidence::{BatchEvidence, PlacedData, PlacedReport};
pub use figure::{Figure, Kind, LineState};
pub use merge::{Merged, merge, merge_data};
pub use place::{Placed, Places, installed};
pub use record::{DoubtRecord, EvidenceRecord, FileRecord, LedgerRecord, ReportedRecord, VersionRecord};
pub use scope::Scope;
pub use standing::Standing;
pub use subset::looks_like_subset;
