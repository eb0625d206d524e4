//! What goes out: effects, as plain data. Every question carries the ticket of its answer.

use crate::app::{
    AfterRun, CheckScope, Choice, Items, LabAsk, LabGoal, ListKind, Planned, QuarantineChange, RunId, Ticket,
};
use crate::base::RepoPath;
use crate::domain::guide::{Asked, Draft, Ticked, Which};
use crate::domain::ledger::Ledger;
use crate::domain::suite::{Target, TestId, quoted};
use crate::domain::triage::Order;
use std::sync::Arc;

/// What should run.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Ask {
    /// Source files: the tests that cover them, or else those whose names match.
    pub sources: Vec<RepoPath>,
    /// Test files and tests.
    pub targets: Vec<Target>,
    /// The whole suite; the other fields are empty then.
    pub all: bool,
    /// The tests that edits affect since they ran; `saved` may say more, the other fields are empty then.
    pub affected: bool,
    /// With pytest's debugger: it gets the terminal, and nothing of the run is measured or kept.
    pub pdb: bool,
    /// By the flake lab: what is asked of the one test.
    pub lab: Option<LabGoal>,
    /// The files that were saved just now: where nothing was measured yet, they stand for the edits.
    pub saved: Vec<RepoPath>,
    /// The changed and new test files, by git: what is not committed, and what differs from where the branch left this
    /// base; an empty one is that of the settings.
    pub changed: Option<String>,
    /// The tests that cover these.
    pub covering: Vec<Whose>,
    /// The tests nearest to these lines, which none runs.
    pub near: Vec<(RepoPath, u32)>,
    /// The last batch of any sitting.
    pub last: bool,
    /// Selections by their names.
    pub selections: Vec<String>,
    /// Of all this, or of all tests where nothing else is said: what pytest's `-k` chooses.
    pub keyword: Option<String>,
    /// The same for `-m`.
    pub mark: Option<String>,
}

impl Ask {
    /// Whether something is named, beside expressions that choose among it.
    #[must_use]
    pub fn names_something(&self) -> bool {
        let Self { sources, targets, all, affected, saved, changed, covering, near, last, selections, .. } = self;
        let empty = [sources.is_empty(), targets.is_empty(), saved.is_empty(), covering.is_empty(), near.is_empty()];
        *all || *affected || *last || changed.is_some() || !selections.is_empty() || empty.contains(&false)
    }

    /// Whether an expression chooses.
    #[must_use]
    pub const fn has_expression(&self) -> bool {
        self.keyword.is_some() || self.mark.is_some()
    }

    /// What lasts of it, in words: `3 files, 12 tests`, `-k cart`.
    #[must_use]
    pub fn words(&self) -> String {
        let tests = self.targets.iter().filter(|target| matches!(target, Target::Test(_))).count();
        let mut words = Vec::new();
        let mut count = |count: usize, one: &str| match count {
            0 => {}
            1 => words.push(format!("1 {one}")),
            _ => words.push(format!("{count} {one}s")),
        };
        count(self.sources.len(), "source file");
        count(self.targets.len() - tests, "test file");
        count(tests, "test");
        if self.all || words.is_empty() {
            words = vec![if self.has_expression() { "all tests" } else { "the whole suite" }.to_owned()];
        }
        let by = |option: &str, text: &Option<String>| text.as_deref().map(|text| format!("{option} {}", quoted(text)));
        let by: Vec<String> = by("-k", &self.keyword).into_iter().chain(by("-m", &self.mark)).collect();
        let by = if by.is_empty() { String::new() } else { format!(" by {}", by.join(" ")) };
        format!("{}{by}", words.join(", "))
    }

    /// What stays the same when it is asked again: files, tests and expressions. Everything else is found anew.
    #[must_use]
    fn lasting(&self) -> Self {
        let (sources, targets) = (self.sources.clone(), self.targets.clone());
        let (keyword, mark) = (self.keyword.clone(), self.mark.clone());
        Self { sources, targets, all: self.all, keyword, mark, ..Self::default() }
    }
}

impl crate::app::Planned {
    /// What runs the same again: files, tests and expressions as they were asked for, and of all else the tests that it
    /// came to.
    #[must_use]
    pub fn again(&self) -> Ask {
        let lasting = self.ask.lasting();
        if lasting == self.ask {
            return lasting;
        }
        let targets = self.plan.batches().flat_map(|batch| batch.wanted().iter().cloned()).collect();
        Ask { sources: Vec::new(), targets, ..lasting }
    }
}

/// Whose tests are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Those of a whole file.
    File(RepoPath),
    /// Those of one line of the file on disk.
    Line(RepoPath, u32),
    /// Those of a function of it, by its qualified name: `Order.total`.
    Function(RepoPath, String),
}

/// Everything that can be asked of the outside.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Find the interpreter without running anything.
    FindInterpreter(Ticket),
    /// Make the virtualenv of the demo; progress comes as [`crate::app::Msg::Making`], the end as [`crate::app::Msg::Interpreter`].
    MakeEnvironment(Ticket),
    /// Find and read the reports and build the ledger of the baseline.
    ReadReports(Ticket),
    /// Read a pasted text as a report; answered by [`crate::app::Msg::Pasted`].
    ReadPasted(Ticket, Arc<str>),
    /// The same with what is on the clipboard.
    ReadClipboard(Ticket),
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
    /// List what is asked for when its list is opened: failed tests, changed test files, saved selections. The answer is
    /// [`crate::app::Msg::TestsFound`].
    ListChoices(Ticket, ListKind),
    /// Save what a plan runs under a name.
    SaveSelection(String, Arc<Planned>),
    /// Forget the selection of that name, and list the others.
    ForgetSelection(Ticket, String),
    /// Have pytest collect the files whose tests it has not confirmed; progress comes as [`crate::app::Msg::Collecting`],
    /// the end as [`crate::app::Msg::Collected`].
    Collect(Ticket),
    /// Stop that.
    StopCollecting(Ticket),
    /// Rank the flaky tests of the recorded runs.
    Recall(Ticket),
    /// Load what is recorded of one test.
    RecallTest(Ticket, TestId),
    /// Put a test into quarantine, or take it out; answered by [`crate::app::Msg::Quarantined`].
    Quarantine(TestId, QuarantineChange),
    /// Match off the loop: as the list wants it by an expression, else fuzzily with [`crate::domain::picker::search`]. A newer
    /// ticket ends an older search.
    Match {
        /// The question.
        ticket: Ticket,
        /// The list, which says how what was typed is meant.
        kind: ListKind,
        /// What was typed.
        query: String,
        /// What is looked through.
        items: Arc<Items>,
    },
    /// Read what the preview of the picker shows.
    Preview(Ticket, Choice),
    /// List the points that were kept, newest first.
    ListPoints(Ticket),
    /// Make the guide of functions; answered by [`crate::app::Msg::Guided`].
    Guide {
        /// Ticket for the answer.
        ticket: Ticket,
        /// The source.
        path: RepoPath,
        /// Which functions.
        asked: Asked,
        /// What was measured.
        ledger: Option<Arc<Ledger>>,
    },
    /// Draft empty tests; answered by [`crate::app::Msg::Drafted`].
    Draft {
        /// Ticket for the answer.
        ticket: Ticket,
        /// The source.
        path: RepoPath,
        /// The function.
        ticked: Box<Ticked>,
        /// For which of its items.
        which: Which,
        /// What was measured.
        ledger: Option<Arc<Ledger>>,
    },
    /// Write empty tests into their file; answered by [`crate::app::Msg::Written`].
    Write(Arc<Draft>),
    /// Compare two points.
    Compare {
        /// The question.
        ticket: Ticket,
        /// Their names.
        points: (String, String),
        /// What is known now.
        ledger: Option<Arc<Ledger>>,
    },
    /// Look at tests by the checklist.
    Check {
        /// The question.
        ticket: Ticket,
        /// Which tests.
        scope: CheckScope,
        /// Those of the batch, where it is about them.
        tests: Vec<TestId>,
        /// What is known now.
        ledger: Option<Arc<Ledger>>,
    },
    /// Read where the programme stands.
    ReadProgramme {
        /// The question.
        ticket: Ticket,
        /// What is known now.
        ledger: Option<Arc<Ledger>>,
    },
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
    /// Begin the lab of a test; its news come as [`crate::app::Msg::Lab`], its end as [`crate::app::Msg::LabEnded`].
    StartLab {
        /// The number under which they come.
        run: RunId,
        /// What is asked.
        ask: LabAsk,
    },
    /// End a lab: gently, or at once.
    StopLab {
        /// Which one.
        run: RunId,
        /// At once.
        firm: bool,
    },
    /// Keep a batch: its results, evidence and ledger.
    Remember(RunId, Arc<AfterRun>),
    /// Open the editor, then come back with [`crate::app::Msg::Resumed`].
    Edit(RepoPath, u32),
    /// Open the editor at a test, wherever that stands in its file, then come back.
    EditTest(TestId),
    /// Open the editor on a file of a library, at a line, then come back.
    EditOutside(String, u32),
    /// Run a plan with pytest's debugger, which gets the terminal, then come back.
    Debug(Arc<Planned>),
    /// Copy text: OSC 52, and the system's clipboard where there is one.
    Copy(String),
    /// Notice changes on disk, or stop noticing; answered by [`crate::app::Msg::Watching`].
    Watch(bool),
    /// Take or give back the mouse.
    CaptureMouse(bool),
    /// Take another theme by its number in [`crate::app::State`]'s list.
    UseTheme(usize),
    /// Draw all cells again.
    Redraw,
    /// Suspend, then come back with [`crate::app::Msg::Resumed`].
    Suspend,
    /// Panic (only after F12 with `LACUNA_TEST_PANIC`).
    Panic,
    /// Leave with this exit code: children first, terminal second.
    Leave(i32),
}
