//! What each test covers, across source versions: before and after, line by line.

mod figure;
mod standing;
mod place;
mod evidence;
mod record;
mod book;
mod change;

pub use book::Ledger;
pub use change::{Change, compare};
pub use evidence::{BatchEvidence, PlacedData, PlacedReport};
pub use figure::{Figure, Kind, LineState};
pub use place::{Placed, Places};
pub use record::{EvidenceRecord, FileRecord, ReportedRecord, VersionRecord};
pub use standing::Standing;

mod judge;
pub use judge::looks_like_subset;
