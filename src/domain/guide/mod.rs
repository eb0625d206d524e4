//! The implementation guide: what a full test of a function covers, by its syntax tree, ticked off by what the ledger saw.

mod item;
mod source;
mod words;
mod name;
mod condition;
mod outcome;
mod ends;
mod walk;
mod turns;
mod choices;
mod inner;
mod path;
mod function;
mod find;
mod state;
mod tick;
mod placing;
mod skeleton;
mod draft;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod written;

pub use draft::{Draft, Which};
pub use find::{Asked, find};
pub use function::{Function, Guide, guides};
pub use item::{Item, Kind, Sign, Why};
pub use skeleton::{Awaiting, Skeleton, Wanted, skeleton};
pub use state::{State, Tally, Ticked};
pub use tick::tick;
