//! What a run says while it goes on, and what it leaves.

use crate::app::{Account, Evidence, Past};
use crate::base::{Clean, Problem, RepoPath, Stamp, StyledLine, StyledText};
use crate::domain::coverage::LineSet;
use crate::domain::history::Suspicion;
use crate::domain::ledger::{Change, Figure, Gain, Ledger};
use crate::domain::suite::{Outcome, TestId, Warned};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The number of a run in this sitting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct RunId(pub u64);

/// How firmly a run is asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rung {
    /// As by ctrl-c.
    Interrupt,
    /// As by `kill`.
    Terminate,
    /// As by `kill -9`.
    Kill,
}

/// One thing that a run says. Commands are counted from 0 through all cycles of the plan.
#[derive(Clone, Debug)]
pub enum News {
    /// What is done before the first command, in one line.
    Preparing(Clean),
    /// A command was started.
    Started {
        /// Which one.
        command: usize,
        /// When.
        at: Stamp,
    },
    /// A command collected its tests.
    Collected {
        /// Which command.
        command: usize,
        /// What it will run, in order.
        tests: Vec<TestId>,
        /// How many were left out by the project's own options.
        deselected: usize,
    },
    /// A test began.
    TestStarted {
        /// In which command.
        command: usize,
        /// Which test.
        test: TestId,
        /// When.
        at: Stamp,
    },
    /// A test ended.
    TestEnded {
        /// In which command.
        command: usize,
        /// Which test.
        test: TestId,
        /// How.
        outcome: Outcome,
        /// How long it took in all its phases.
        seconds: f64,
        /// The first line of its failure; may be empty.
        message: Clean,
        /// Its failures and what it printed; may be empty.
        account: Arc<Account>,
        /// How it ended before this run, if that is known.
        past: Option<Arc<Past>>,
        /// Where it failed, for the editor.
        at: Option<(RepoPath, u32)>,
    },
    /// Whether a command runs warm, or why it does not. Where it begins once more, nothing of it counts so far.
    Warmth {
        /// Which command.
        command: usize,
        /// Whether it is forked from a server that is kept ready.
        warm: bool,
        /// In words: how much memory that takes, or why it runs cold.
        words: Clean,
    },
    /// A test takes strangely long, or a limit was reached.
    Strange {
        /// In which command.
        command: usize,
        /// Which test; nothing when none ran.
        test: Option<TestId>,
        /// How many seconds it usually takes, if that is known.
        usual: Option<f64>,
        /// What is strange, in one line.
        words: Clean,
        /// Where its threads are.
        output: Arc<StyledText>,
        /// The innermost place of the project among them.
        at: Option<(RepoPath, u32)>,
    },
    /// More is known of what a test left: its warnings come after its end.
    Told {
        /// Which test.
        test: TestId,
        /// What it left.
        account: Arc<Account>,
    },
    /// The warnings of a command.
    Warned {
        /// Which command.
        command: usize,
        /// How many there were in all.
        total: u64,
        /// Those that were kept.
        warnings: Vec<Warned>,
        /// The same, ready to read.
        account: Arc<Account>,
    },
    /// Lines that a command wrote.
    Output {
        /// Which command.
        command: usize,
        /// The lines.
        lines: Vec<StyledLine>,
    },
    /// A command ended.
    CommandEnded {
        /// Which one.
        command: usize,
        /// Its exit code; nothing when a signal ended it.
        code: Option<i32>,
        /// What that means, when it is more than passed or failed tests.
        problem: Option<Problem>,
    },
    /// The run was asked to end.
    Cancelling {
        /// How firmly.
        rung: Rung,
        /// When the next rung follows; nothing after the last one.
        next_at: Option<Stamp>,
    },
    /// Everything has ended and was counted. The last of all news of a run.
    Ended(Arc<AfterRun>),
}

/// What a run left.
#[derive(Clone, Debug)]
pub struct AfterRun {
    /// When it ended.
    pub at: Stamp,
    /// Whether it was cancelled.
    pub cancelled: bool,
    /// The ledger with its evidence; nothing when there was none.
    pub ledger: Option<Arc<Ledger>>,
    /// What the baseline is from now on, after a run of the whole suite.
    pub baseline: Option<Evidence>,
    /// Files whose figures moved, most gained first.
    pub changes: Vec<Change>,
    /// All files together, before and after.
    pub total: Option<(Figure, Figure)>,
    /// The batch reports, one for each test file, in the form that is copied.
    pub reports: Vec<String>,
    /// What each new test gained, in the order in which they ran.
    pub gains: Vec<Gain>,
    /// What each failure may be, by the changed code that its test ran.
    pub suspects: Vec<(TestId, Suspicion)>,
    /// The tests in quarantine that ran, and how they really ended.
    pub held: Vec<(TestId, Outcome)>,
    /// What went wrong.
    pub problems: Vec<Problem>,
}

impl AfterRun {
    /// What a test gained, when it is a new one.
    #[must_use]
    pub fn gain(&self, test: &TestId) -> Option<&Gain> {
        self.gains.iter().find(|gain| gain.test == *test)
    }

    /// What the new tests gained, in one sentence: `2 new tests: 5 lines alone, 3 shared, 1 gained nothing`. Nothing
    /// where there are none.
    #[must_use]
    pub fn credit(&self) -> Option<String> {
        let tests = self.gains.len();
        let (alone, nothing) = (
            self.gains.iter().map(Gain::alone).sum::<u64>(),
            self.gains.iter().filter(|gain| gain.is_nothing()).count(),
        );
        // A line that several new tests share is one line.
        let mut shared: BTreeMap<&RepoPath, LineSet> = BTreeMap::new();
        for file in self.gains.iter().flat_map(|gain| &gain.files) {
            shared.entry(&file.path).or_default().union_with(&file.shared);
        }
        let shared: usize = shared.values().map(LineSet::len).sum();
        let plural = |count: u64| if count == 1 { "" } else { "s" };
        let mut words = format!("{tests} new test{}", plural(tests as u64));
        words.push_str(&format!(": {alone} line{} alone, {shared} shared", plural(alone)));
        if nothing > 0 {
            words.push_str(&format!(", {nothing} gained nothing"));
        }
        (tests > 0).then_some(words)
    }
}
