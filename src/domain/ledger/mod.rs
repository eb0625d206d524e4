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
mod unearned;
mod unstable;
mod union;
mod place;
mod evidence;
mod record;
mod scope;
mod book;
mod change;
mod gain;
mod subset;
#[cfg(test)]
mod model;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod traps;
#[cfg(test)]
mod merits;

pub use book::Ledger;
pub use change::{Change, compare};
pub use evidence::{BatchEvidence, PlacedData, PlacedReport};
pub use figure::{Figure, Kind, LineState};
pub use gain::{FileGain, Gain, gains};
pub use place::{Placed, Places, installed};
pub use record::{DoubtRecord, EvidenceRecord, FileRecord, LedgerRecord, ReportedRecord, VersionRecord};
pub use scope::Scope;
pub use standing::Standing;
pub use subset::looks_like_subset;
pub use unearned::{Unearned, UnearnedCounts, Weakness};
