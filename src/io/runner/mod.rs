//! Find the interpreter; start, follow and stop pytest through the supervisor.

mod environment;
pub use environment::Environment;

mod interpreter;
pub use interpreter::{Interpreter, Origin, discover};

mod versions;
pub use versions::{Versions, probe};

mod virtualenv;
pub use virtualenv::make_virtualenv;

mod rundir;
pub use rundir::RunDir;

mod launch;
pub use launch::{Launch, Measure, PDB, Pytest};

mod lab;
pub use lab::LabPlace;

mod share;
pub use share::{Share, Workers};

mod template;
pub use template::Template;

mod elsewhere;
pub use elsewhere::{Cargo, Elsewhere};

mod news;
pub use news::{Ended, News};

mod run;
pub use run::{Running, Stop, start, start_warm};

mod warm;
pub use warm::{Kit, Level, Warm, Warmth, merged_notes};

mod process;

mod gathered;

mod stale;

mod tail;

mod blind;
mod burst;

mod said;
pub use said::Rung;

mod frames;

mod carry;

mod supervise;
pub use supervise::supervise;

mod serve;
pub use serve::serve;

mod family;

mod editor;
pub use editor::{EditorCommand, Opens, editor};

mod foreground;
pub use foreground::edit;

mod debug;
pub use debug::{attend, debug, supervise_debugger};

mod clipboard;
pub use clipboard::{copy, paste};
