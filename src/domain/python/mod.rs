//! What Python source says: tests, functions, statements, highlighting. The only user of ruff's parser.
//!
//! Its syntax tree is also read by the checklist.

mod depth;
mod syntax;
mod naming;
mod territory;
mod marks;
mod outline;
mod collect;
mod classes;
mod speech;
mod asserts;
mod code;
mod exclude;
mod statements;
mod unbound;
mod kept;
mod course;
mod parts;
mod highlight;
#[cfg(test)]
pub mod sample;

pub use asserts::{Assertions, last_name};
pub use classes::{ClassFacts, Classes};
pub use collect::{blocks, collect};
pub use course::{Block, Clause, Course, Shown, Step, courses};
pub use exclude::Logical;
pub use highlight::{Span, Token, highlight};
pub use marks::{Label, applied, dotted, is_fixture};
pub use naming::Naming;
pub use outline::{FunctionDef, FunctionKind, Import, Outline, TestDef, outline};
pub use parts::{Part, PartKind, parts};
pub use speech::{is_unwritten, says, says_alone};
pub use statements::{Scope, Statements, estimate};
pub use syntax::{Syntax, source_lines};
pub use territory::{Ignored, Territory};
