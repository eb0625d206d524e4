//! What Python source says: tests, functions, statements, highlighting. The only user of ruff's parser.

mod depth;
mod syntax;
mod naming;
mod territory;
mod marks;
mod outline;
mod collect;
mod speech;
mod asserts;
mod code;
mod exclude;
mod statements;
mod parts;
mod highlight;
#[cfg(test)]
mod sample;

pub use asserts::Assertions;
pub use highlight::{Span, Token, highlight};
pub use naming::Naming;
pub use outline::{FunctionDef, FunctionKind, Import, Outline, TestDef, outline};
pub use parts::{Part, PartKind, parts};
pub use statements::{Scope, Statements, estimate};
pub use syntax::source_lines;
pub use territory::{Ignored, Territory};
