//! What a run tells while it goes.

use crate::base::Problem;
use crate::domain::suite::{Event, Exit, Target};
use crate::io::runner::said::Rung;
use crate::io::runner::warm::Warmth;
use std::path::PathBuf;
use std::time::Duration;

/// One item of news of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// The program runs, with this process number.
    Started(i32),
    /// pytest said something.
    Event(Event),
    /// The program printed something, both streams merged.
    Output {
        /// How many bytes were left out before these, because they came faster than they could be taken.
        skipped: u64,
        /// The bytes as they were printed; they have to be cleaned before they are shown.
        bytes: Vec<u8>,
    },
    /// The run is being stopped: which step was taken, and when the next follows.
    Stopping(Rung, Duration),
    /// Some targets do not exist any more. They were dropped and the rest was started again; everything that events
    /// said before is void.
    Restarted {
        /// What was dropped; nothing when it was the plugin, which the interpreter does not see.
        dropped: Vec<Target>,
    },
    /// Where the tests are to run, nothing has answered for so long. It is waited for.
    Unanswered(Duration),
    /// How it is run, where a fork server was wanted. After a warm run that came to nothing, everything that events said
    /// before is void.
    Warmth(Warmth),
    /// Something is wrong with the run itself.
    Trouble(Problem),
    /// The run has ended, and nothing that it started is left. Always the last item.
    Ended(Ended),
}

/// The end of a run. [`crate::domain::suite::Progress::judge`] says what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How the program ended.
    pub exit: Exit,
    /// Whether it was asked to stop.
    pub cancelled: bool,
    /// How many processes it had left behind; they were killed.
    pub leaked: usize,
    /// The targets that do not exist any more.
    pub dropped: Vec<Target>,
    /// Whether it was forked from the deeper server.
    pub deep: bool,
    /// The data file of coverage.py, if the plugin called it whole.
    pub data: Option<PathBuf>,
}
