//! What Python source says: tests, functions, statements, highlighting. The only user of ruff's parser.

mod naming;
mod outline;
mod statements;
mod highlight;

pub use highlight::{Span, Token, highlight};
pub use naming::Naming;
pub use outline::{FunctionDef, FunctionKind, Import, Outline, TestDef, outline};
pub use statements::{Statements, estimate};
