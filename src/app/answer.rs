//! What questions are answered with: large values, shared, made off the loop.

use crate::app::{Ask, Choice, tree_order};
use crate::base::{Clean, Problem, RepoPath, Stamp, StyledText};
use crate::domain::coverage::LineSet;
use crate::domain::ledger::{Affected, Figure, Ledger, Standing};
use crate::domain::python::Token;
use crate::domain::quarantine::Applied;
use crate::domain::suite::{Cost, Keywords, Outcome, Plan, TestId};
use crate::domain::triage::{Order, Row};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The interpreter that runs the tests, and what it has.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Interpreter {
    /// Its path.
    pub path: Clean,
    /// Its version, such as `3.12.4`; empty where nobody knows before the first run.
    pub version: Clean,
    /// Where it was found: `setting`, `$VIRTUAL_ENV`, `.venv`.
    pub found: Clean,
    /// What is missing in it, with the command that mends it as hint.
    pub missing: Option<Problem>,
    /// Whether the first run makes an environment of its own (the demo) before anything else.
    pub to_be_made: bool,
}

/// What the reports gave: the ledger of the baseline.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The ledger of the baseline.
    pub ledger: Arc<Ledger>,
    /// Name of the report, such as `coverage.xml`.
    pub name: Clean,
    /// Which format it has, such as `coverage.py JSON`.
    pub format: Clean,
    /// When it was written.
    pub written: Option<Stamp>,
    /// Whether it knows which test ran which line.
    pub has_contexts: bool,
    /// How many tests it knows.
    pub tests: usize,
    /// What was odd about it.
    pub problems: Vec<Problem>,
}

/// What was found where reports are looked for.
#[derive(Clone, Debug)]
pub enum Baseline {
    /// There is one.
    Found(Evidence),
    /// There is none; these were the places.
    Nothing(Vec<Clean>),
}

/// Files in their order, and their sums.
#[derive(Clone, Debug, Default)]
pub struct Ranking {
    /// All files.
    pub rows: Vec<Row>,
    /// Their order.
    pub order: Order,
    /// The order of the rows when they are shown by folder: [`crate::app::tree_order`].
    pub tree_order: Vec<usize>,
    /// The most columns that a path takes.
    pub longest: usize,
    /// The most statements that a file has.
    pub largest: u64,
    /// Whether a file's figure differs from the one at the baseline of this sitting.
    pub moved: bool,
    /// The sum of all files; nothing when there is none.
    pub total: Option<Figure>,
    /// Whether there are lines that come and go.
    pub unstable: bool,
    /// The same at the baseline of this sitting, when something ran since.
    pub before: Option<Figure>,
}

impl Ranking {
    /// A ranking of rows that are in `order` already; `before` when something ran since the baseline.
    #[must_use]
    pub fn new(rows: Vec<Row>, order: Order, before: Option<Figure>) -> Self {
        let total = rows.iter().map(|row| row.plain).reduce(Figure::plus);
        let tree_order = tree_order(&rows);
        let longest = rows.iter().map(|row| row.path.clean().width()).max().unwrap_or(0);
        let largest = rows.iter().map(|row| row.counts.statements).max().unwrap_or(0);
        let moved = rows.iter().any(|row| row.before.is_some_and(|before| before.ratio != row.plain.ratio));
        let unstable = rows.iter().any(|row| row.plain.unstable > 0);
        Self { rows, order, tree_order, longest, largest, moved, unstable, total, before }
    }
}

/// One line of source, ready to paint: its pieces from left to right, tabs expanded.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct SourceLine {
    /// Text and what kind of token it is.
    pub pieces: Vec<(Clean, Option<Token>)>,
}

/// A function or class of a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Its qualified name.
    pub name: Clean,
    /// Its first line, from 1.
    pub first: u32,
    /// Its last line.
    pub last: u32,
}

/// A source file as it is on disk, with what is known of its lines.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Which file.
    pub path: RepoPath,
    /// Its lines.
    pub lines: Vec<SourceLine>,
    /// How its lines stand.
    pub standing: Standing,
    /// Lines that are covered now and were not at the baseline of this sitting.
    pub newly: LineSet,
    /// Lines that were covered at the baseline and are not now.
    pub lost: LineSet,
    /// Its functions and classes.
    pub scopes: Vec<Scope>,
}

/// Things to choose from: what is matched and shown, and what is chosen. Both lists are equally long, and so are the notes
/// unless there are none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Items {
    /// What is matched and shown.
    pub texts: Vec<Clean>,
    /// What is chosen.
    pub choices: Vec<Choice>,
    /// What is shown beside each; may be empty.
    pub notes: Vec<Clean>,
    /// By which words each can be chosen with `-k` and `-m`; empty unless these are tests.
    pub words: Vec<Arc<Keywords>>,
}

/// Everything that the picker offers, in path order.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// Source files that the reports know or the disk has.
    pub sources: Arc<Items>,
    /// Files that hold tests.
    pub test_files: Arc<Items>,
    /// Tests: collected by pytest, or read from the source.
    pub tests: Arc<Items>,
    /// The tests among which `-k` chooses: those too that the project's own options leave out and others take in.
    pub by_keyword: Arc<Items>,
    /// The same for `-m`.
    pub by_mark: Arc<Items>,
    /// How many of them pytest has not confirmed.
    pub unconfirmed: usize,
    /// How many files pytest has to collect before all are confirmed.
    pub waiting: usize,
    /// Whether pytest may collect here without asking: the project is trusted, and its tests run on this machine.
    pub collects: bool,
}

/// What a collection came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collection {
    /// How many files it looked into.
    pub files: usize,
    /// How many tests it found in them.
    pub tests: usize,
    /// What could not be collected.
    pub problems: Vec<Problem>,
    /// Whether it was cancelled; nothing was kept then.
    pub cancelled: bool,
}

/// What stands beside a test that pytest has not confirmed.
pub const UNCONFIRMED: &str = "◌ unconfirmed";

/// How tests were found for some source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoundBy {
    /// The ledger knows that they ran it.
    Contexts,
    /// Their file's name resembles the source's name.
    Name,
    /// They failed when they ran last.
    Failed,
    /// git says that their files differ.
    Changed,
    /// A person saved them, or ran them last.
    Saved,
    /// No test ran the line; these are the nearest ones, that could be extended to reach it.
    Nearest,
}

/// Tests that have to do with some source.
#[derive(Clone, Debug, PartialEq)]
pub struct Related {
    /// The tests, or test files where no single tests are known.
    pub items: Arc<Items>,
    /// How they were found.
    pub by: FoundBy,
}

/// A look into a file for the picker.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// The number of the first line shown.
    pub first: u32,
    /// The lines.
    pub lines: Vec<SourceLine>,
    /// The line that it is about.
    pub mark: Option<u32>,
}

/// One command of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedCommand {
    /// `pytest path -v`, as it is reported.
    pub shown: Clean,
    /// Everything that is really executed.
    pub full: Clean,
    /// The tests that it is expected to run, as far as they are known.
    pub tests: Vec<TestId>,
    /// How many of these pytest has not confirmed.
    pub unconfirmed: usize,
    /// Whether pytest is given more than runs, since ids that are not confirmed are not given to it.
    pub in_part: bool,
    /// How long it will take by the history.
    pub seconds: Option<f64>,
}

/// What the first run of a project asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The project's root.
    pub root: Clean,
    /// The interpreter.
    pub interpreter: Clean,
    /// The command that leads to where the tests run, if that is elsewhere.
    pub elsewhere: Option<Clean>,
    /// The first command, in full.
    pub command: Clean,
    /// Files of the project that name programs or options of the run.
    pub files: Vec<Clean>,
}

impl Planned {
    /// How long all commands will take by the history, in seconds: each in the slot that is free first. Nothing when that
    /// is not known of all.
    #[must_use]
    pub fn seconds(&self) -> Option<f64> {
        let mut whole = 0.0;
        for cycle in &self.cycles {
            let mut slots = vec![0.0_f64; self.abreast.max(1)];
            for command in cycle {
                let seconds = command.seconds?;
                if let Some(slot) = slots.iter_mut().min_by(|one, two| one.total_cmp(two)) {
                    *slot += seconds;
                }
            }
            whole += slots.into_iter().fold(0.0, f64::max);
        }
        Some(whole)
    }
}

/// A plan, ready to be confirmed.
#[derive(Clone, Debug)]
pub struct Planned {
    /// What was asked for.
    pub ask: Ask,
    /// The plan itself.
    pub plan: Plan,
    /// Its commands, cycle by cycle, in the order of `plan`.
    pub cycles: Vec<Vec<PlannedCommand>>,
    /// How the targets were found, in one line; empty when they were chosen one by one.
    pub how: Clean,
    /// How long its tests usually take, in seconds, as far as the history knows.
    pub usual: Arc<BTreeMap<TestId, f64>>,
    /// Why each test is in it, where edits decide that.
    pub affected: Option<Arc<Affected>>,
    /// What measuring costs, where that was measured.
    pub cost: Option<Cost>,
    /// How many commands run side by side.
    pub abreast: usize,
    /// What the quarantine does in it.
    pub quarantine: Applied,
    /// The question that has to be answered first, when this project is not trusted yet.
    pub consent: Option<Consent>,
    /// What could not be planned.
    pub problems: Vec<Problem>,
}

/// One recorded result of a test.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// When it ran.
    pub when: Stamp,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took.
    pub seconds: f64,
    /// The commit it ran on, short; may be empty.
    pub commit: Clean,
    /// The first line of its failure; may be empty.
    pub message: Clean,
    /// The cause of its failure, as its place in [`TestRecord::causes`].
    pub cause: Option<usize>,
}

/// Why a test fails: one of the causes of its failures.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordCause {
    /// What stays the same of the failure.
    pub words: Clean,
    /// How often the test failed of it.
    pub failures: usize,
    /// How many other tests fail of it.
    pub others: usize,
}

/// What is recorded of one test.
#[derive(Clone, Debug, PartialEq)]
pub struct TestRecord {
    /// The test.
    pub id: TestId,
    /// What it seems to be, since when, what it cost: a line each.
    pub facts: Vec<Clean>,
    /// All of it as a note in Markdown.
    pub note: String,
    /// The causes of its failures, the most frequent first.
    pub causes: Vec<RecordCause>,
    /// Its results, newest first.
    pub seen: Vec<Seen>,
    /// The output of its last failure.
    pub output: Arc<StyledText>,
}

impl FoundBy {
    /// How the tests were found, in words.
    #[must_use]
    pub fn words(self) -> Clean {
        Clean::line(match self {
            Self::Contexts => "by what each test covered",
            Self::Name => "by name: no per-test data",
            Self::Failed => "failed when they ran last",
            Self::Changed => "test files that differ, by git",
            Self::Saved => "saved selections",
            Self::Nearest => "nobody runs it: the nearest tests",
        })
    }
}
