//! What each test covers, across source versions: before and after, line by line.

mod figure;
mod standing;
mod version;
mod edit;
mod turns;
mod file;
mod credit;
mod baseline;
mod absorb;
mod target;
mod judge;
mod unearned;
mod unstable;
mod union;
mod alias;
pub use alias::Alias;

mod fit;
pub use fit::{Fit, Marks};

mod place;
mod evidence;
mod record;
mod scope;
mod merge;
mod book;
mod change;
mod point;
mod pairing;
mod category;
mod passages;
mod comparison;
mod gain;
mod renamed;
mod moved;
mod subset;
mod at_import;
mod affected;
mod edited;
mod unit;
mod unvisited;
mod reach;
mod footing;
mod settle;
mod through;
mod trace;
mod implicated;
mod nearest;
#[cfg(test)]
mod model;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod affected_laws;
#[cfg(test)]
mod turns_laws;
#[cfg(test)]
mod traps;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod merits;
#[cfg(test)]
mod comparing;

pub use affected::{Affected, Entry, Reason};
pub use at_import::Meant;
pub use book::Ledger;
pub use category::{CATEGORIES, Category, CategoryRow, Status};
pub use change::{Change, compare};
pub use comparison::{Comparison, FileComparison, Passage, Texts, Way};
pub use edited::{FileEdit, Touched};
pub use evidence::{BatchEvidence, PlacedData, PlacedReport};
pub use figure::{Figure, Kind, LineState};
pub use footing::{Footing, Footings};
pub use gain::{FileGain, Gain, gains};
pub use implicated::{Implicated, RanChange, changed_lines};
pub use merge::{Merged, merge, merge_data};
pub use moved::{Moves, Refusal, Suite, moved};
pub use nearest::{Near, Nearness, body, callers, function_around};
pub use passages::carried_lines;
pub use place::{Placed, Places, installed};
pub use point::{Point, PointFile, PointHead, PointKind};
pub use reach::{Named, RunAtImport, reach};
pub use record::{DoubtRecord, EvidenceRecord, FileRecord, LedgerRecord, ReportedRecord, VersionRecord};
pub use scope::Scope;
pub use settle::settle_order;
pub use standing::Standing;
pub use subset::looks_like_subset;
pub use trace::{Trace, Traced};
pub use unearned::{Member, Unearned, UnearnedCounts, Weakness};
pub use unit::{Unit, imports};
