//! The checklist of a test: rules about its source, each with a place, a reason and what to do.
//!
//! [`check`] looks at the tests of one source; what it finds are [`Finding`]s of the [`RULES`]. Precision comes first: where the
//! source does not tell, nothing is found.

mod rule;
mod finding;
mod levels;
mod walk;
mod source;
mod around;
mod guards;
mod surrounding;
mod naming;
mod logic;
mod assertion;
mod asserting;
mod excused;
mod refused;
mod telling;
mod mentions;
mod folders;
mod unmissed;
mod unwritten;
mod reach;
mod attempts;
mod raisers;
mod behind;
mod language;
mod outcomes;
mod backing;
mod branches;
mod spared;
mod beside;
mod repeats;
mod siblings;
mod ways;
mod words;
mod determinism;
mod held;
mod looked;
mod compared;
mod reading;
mod clock;
mod drawn;
mod pauses;
mod ambient;
mod isolation;
mod order;
mod seen;
mod restoring;
mod undone;
mod process;
mod handed;
mod off;
mod required;
mod code;
mod asked;
mod acts;
mod mocks;
mod patches;
mod unset;
mod lookers;
mod turns;
mod phases;
mod payload;
mod kept_off;
mod idle;
mod ignore;
mod check;
mod standards;
mod list;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod mocks_cases;
#[cfg(test)]
mod likeness;
#[cfg(test)]
mod assertion_cases;
#[cfg(test)]
mod reach_cases;
#[cfg(test)]
mod uncertain_cases;
#[cfg(test)]
mod isolation_cases;
#[cfg(test)]
mod restoring_cases;
#[cfg(test)]
mod determinism_cases;
#[cfg(test)]
mod around_cases;

pub use check::{About, Limits, check, is_left_out};
pub use code::{Code, Codes};
pub use finding::{ByRun, Finding, Reached};
pub use idle::{Idle, idle};
pub use levels::Levels;
pub use list::{Checked, Checklist, Part};
pub use mentions::{Mentioning, Mentions};
pub use required::Required;
pub use rule::{Family, LEVELS, Level, RULES, Rule, rules_markdown};
pub use standards::{Section, Standards};
pub use surrounding::Surrounding;
pub use unset::{Known, Shown, shown};
