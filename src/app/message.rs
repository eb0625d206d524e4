//! What comes in and what goes out: messages, and effects as plain data.

use crate::app::{
    Action, Baseline, Catalog, Choice, Evidence, Interpreter, Items, Key, Mouse, Planned, Preview, Ranking, Related,
    SourceFile, TestRecord, Ticket,
};
use crate::base::{Clean, Problem, RepoPath, Size, Stamp, StyledLine, StyledText};
use crate::domain::history::FlakyTest;
use crate::domain::ledger::{Change, Figure, Ledger};
use crate::domain::picker::Found;
use crate::domain::suite::Target;
use crate::domain::suite::{Outcome, TestId};
use crate::domain::triage::Order;
use std::sync::Arc;

/// An answer that may be a problem instead.
pub type Answer<T> = Result<T, Problem>;

/// The number of a run in this sitting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct RunId(pub u64);

/// What should run.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Ask {
    /// Source files: the tests that cover them, or else those whose names match.
    pub sources: Vec<RepoPath>,
    /// Test files and tests.
    pub targets: Vec<Target>,
    /// The whole suite; the other fields are empty then.
    pub all: bool,
}

/// Whose tests are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Those of a whole file.
    File(RepoPath),
    /// Those of one line of the file on disk.
    Line(RepoPath, u32),
}

/// Everything that can come in.
#[derive(Clone, Debug)]
pub enum Msg {
    /// A key was struck.
    Key(Key),
    /// The pointer did something.
    Mouse(Mouse),
    /// Text was pasted.
    Paste(String),
    /// The terminal has this size now.
    Resized(Size),
    /// An action from elsewhere than a key.
    Act(Action),
    /// Time goes on; sent about ten times a second only while [`crate::app::State::is_animated`], and once at start.
    Tick(Stamp),
    /// lacuna is back after a suspension or an editor.
    Resumed,
    /// Files of the project changed on disk.
    FilesChanged {
        /// Whether a report is among them (settled already).
        reports: bool,
        /// Sources and tests among them.
        sources: Vec<RepoPath>,
    },
    /// How changes are noticed from now on.
    Watching(Watching),
    /// Something went wrong that nobody asked about.
    Trouble(Problem),
    /// One line for the footer, such as what was copied.
    Notice(Clean),
    /// Answer to [`Effect::FindInterpreter`] and [`Effect::MakeEnvironment`].
    Interpreter(Ticket, Answer<Arc<Interpreter>>),
    /// How far [`Effect::MakeEnvironment`] is, in one line.
    Making(Ticket, Clean),
    /// Answer to [`Effect::ReadReports`].
    Baseline(Ticket, Answer<Arc<Baseline>>),
    /// Answer to [`Effect::Rank`].
    Ranked(Ticket, Answer<Arc<Ranking>>),
    /// Answer to [`Effect::ReadSource`].
    SourceRead(Ticket, Answer<Arc<SourceFile>>),
    /// Answer to [`Effect::FindTests`].
    TestsFound(Ticket, Answer<Arc<Related>>),
    /// Answer to [`Effect::ReadCatalog`].
    Catalog(Ticket, Answer<Arc<Catalog>>),
    /// Answer to [`Effect::Recall`].
    Flaky(Ticket, Answer<Arc<Vec<FlakyTest>>>),
    /// Answer to [`Effect::RecallTest`].
    TestRecalled(Ticket, Answer<Arc<TestRecord>>),
    /// Part of the answer to [`Effect::Match`]; the last part says that it is done.
    Matched(Ticket, Found),
    /// Answer to [`Effect::Preview`].
    Previewed(Ticket, Answer<Arc<Preview>>),
    /// Answer to [`Effect::PlanRun`].
    Planned(Ticket, Answer<Arc<Planned>>),
    /// What a run says, in small lots.
    Run(RunId, Vec<News>),
}

/// How changes on disk are noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Watching {
    /// Not at all.
    #[default]
    Off,
    /// The system tells.
    Notify,
    /// By looking each second.
    Polling,
}

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
        /// Its failure and what it printed; may be empty.
        output: Arc<StyledText>,
        /// Where it failed, for the editor.
        at: Option<(RepoPath, u32)>,
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
    /// New tests that gained no line.
    pub gained_nothing: Vec<TestId>,
    /// What went wrong.
    pub problems: Vec<Problem>,
}

/// Everything that can be asked of the outside.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Find the interpreter without running anything.
    FindInterpreter(Ticket),
    /// Make the virtualenv of the demo; progress comes as [`Msg::Making`], the end as [`Msg::Interpreter`].
    MakeEnvironment(Ticket),
    /// Find and read the reports and build the ledger of the baseline.
    ReadReports(Ticket),
    /// Rank the files.
    Rank {
        /// The question.
        ticket: Ticket,
        /// What is known now.
        ledger: Arc<Ledger>,
        /// What was known at the baseline of this sitting, when that is another one.
        before: Option<Arc<Ledger>>,
        /// The order wanted.
        order: Order,
    },
    /// Read a source file and judge its lines.
    ReadSource {
        /// The question.
        ticket: Ticket,
        /// Which file.
        path: RepoPath,
        /// What is known now.
        ledger: Arc<Ledger>,
        /// What was known at the baseline of this sitting, when that is another one.
        before: Option<Arc<Ledger>>,
    },
    /// Find the tests of a file or line.
    FindTests {
        /// The question.
        ticket: Ticket,
        /// Whose tests.
        whose: Whose,
        /// What is known now.
        ledger: Arc<Ledger>,
    },
    /// List source files, test files and tests for the picker.
    ReadCatalog {
        /// The question.
        ticket: Ticket,
        /// What is known now.
        ledger: Option<Arc<Ledger>>,
    },
    /// Rank the flaky tests of the recorded runs.
    Recall(Ticket),
    /// Load what is recorded of one test.
    RecallTest(Ticket, TestId),
    /// Match fuzzily with [`crate::domain::picker::search`], off the loop; a newer ticket ends an older search.
    Match {
        /// The question.
        ticket: Ticket,
        /// What was typed.
        query: String,
        /// What is looked through.
        items: Arc<Items>,
    },
    /// Read what the preview of the picker shows.
    Preview(Ticket, Choice),
    /// Turn targets into exact commands.
    PlanRun {
        /// The question.
        ticket: Ticket,
        /// What should run.
        ask: Ask,
        /// What is known now, for the tests of source files.
        ledger: Option<Arc<Ledger>>,
    },
    /// The person consented to running this project's code: keep that for this root and configuration.
    Trust,
    /// Run a plan.
    Start {
        /// The number under which its news come back.
        run: RunId,
        /// The plan.
        planned: Arc<Planned>,
        /// What is known before it.
        ledger: Option<Arc<Ledger>>,
    },
    /// End a run: gently with the whole ladder behind it, or at once.
    Cancel {
        /// Which run.
        run: RunId,
        /// At once.
        firm: bool,
    },
    /// Keep a batch: its results, evidence and ledger.
    Remember(RunId, Arc<AfterRun>),
    /// Open the editor, then come back with [`Msg::Resumed`].
    Edit(RepoPath, u32),
    /// Copy text: OSC 52, and the system's clipboard where there is one.
    Copy(String),
    /// Notice changes on disk, or stop noticing; answered by [`Msg::Watching`].
    Watch(bool),
    /// Take or give back the mouse.
    CaptureMouse(bool),
    /// Take another theme by its number in [`crate::app::State`]'s list.
    UseTheme(usize),
    /// Draw all cells again.
    Redraw,
    /// Suspend, then come back with [`Msg::Resumed`].
    Suspend,
    /// Panic (only after F12 with `LACUNA_TEST_PANIC`).
    Panic,
    /// Leave with this exit code: children first, terminal second.
    Leave(i32),
}
