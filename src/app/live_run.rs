//! A run as its news tell it: commands, tests, outcomes, output.

use crate::app::{Account, AfterRun, News, Past, Planned, RunId, Rung, printed};
use crate::base::{Clean, Problem, RepoPath, Stamp, StyledLine};
use crate::domain::suite::{Outcome, TestId};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// How many lines of one command's output are kept: the last ones.
const OUTPUT_LINES: usize = 5_000;

/// How far a command is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CommandState {
    /// It waits for the commands before it.
    #[default]
    Queued,
    /// It runs.
    Running,
    /// The run ended before it could start.
    NotRun,
    /// It ended with this exit code; nothing when a signal ended it.
    Ended(Option<i32>),
}

/// A command of the run.
#[derive(Clone, Debug, Default)]
pub struct LiveCommand {
    /// How far it is.
    pub state: CommandState,
    /// Its tests, as indices into the tests of the run.
    pub tests: Vec<usize>,
    /// The same, to be looked up.
    held: HashSet<usize>,
    /// When it was started.
    pub started: Option<Stamp>,
    /// How many tests were left out by the project's own options.
    pub deselected: usize,
    /// How many warnings there were.
    pub warned: u64,
    /// The warnings, ready to read.
    pub warnings: Arc<Account>,
    /// The last lines it wrote.
    pub output: VecDeque<StyledLine>,
    /// Whether it ran warm, in words; nothing where nothing is kept ready.
    pub warmth: Option<(bool, Clean)>,
    /// What its end means, when it is more than passed or failed tests.
    pub problem: Option<Problem>,
}

/// A test of the run.
#[derive(Clone, Debug)]
pub struct LiveTest {
    /// Which test.
    pub id: TestId,
    /// Its name without its path, ready to paint.
    pub name: Clean,
    /// How it ended; nothing before it ended.
    pub outcome: Option<Outcome>,
    /// When it began.
    pub started: Option<Stamp>,
    /// How long it took.
    pub seconds: f64,
    /// That it takes strangely long, and how many seconds it usually takes, if that is known.
    pub strange: Option<Option<f64>>,
    /// The first line of its failure.
    pub message: Clean,
    /// Its failures and what it printed.
    pub account: Arc<Account>,
    /// How it ended before this run, if that is known.
    pub past: Option<Arc<Past>>,
    /// Where it failed.
    pub at: Option<(RepoPath, u32)>,
}

/// The run that is under way, or the last one.
#[derive(Clone, Debug)]
pub struct LiveRun {
    /// Its number.
    pub id: RunId,
    /// Its plan.
    pub planned: Arc<Planned>,
    /// Its commands through all cycles.
    pub commands: Vec<LiveCommand>,
    /// Its tests in the order in which they became known.
    pub tests: Vec<LiveTest>,
    /// Where each test is in `tests`.
    index: HashMap<TestId, usize>,
    /// When it began.
    pub started: Stamp,
    /// What is done before the first command.
    pub preparing: Option<Clean>,
    /// How firmly it is being ended, and when the next rung follows.
    pub cancelling: Option<(Rung, Option<Stamp>)>,
    /// What it left; nothing while it is under way.
    pub after: Option<Arc<AfterRun>>,
    /// How many tests ended, by outcome.
    pub tally: HashMap<Outcome, usize>,
    /// The tests that have begun and not ended, the last one last.
    running: Vec<usize>,
}

impl LiveRun {
    /// A run that begins at `now`.
    #[must_use]
    pub fn new(id: RunId, planned: Arc<Planned>, now: Stamp) -> Self {
        let mut run = Self {
            id,
            commands: vec![LiveCommand::default(); planned.cycles.iter().map(Vec::len).sum()],
            tests: Vec::new(),
            index: HashMap::new(),
            started: now,
            preparing: None,
            cancelling: None,
            after: None,
            tally: HashMap::new(),
            running: Vec::new(),
            planned: Arc::clone(&planned),
        };
        for (command, planned) in planned.cycles.iter().flatten().enumerate() {
            planned.tests.iter().for_each(|test| {
                run.test(command, test);
            });
        }
        run
    }

    /// The test that began last and has not ended.
    #[must_use]
    pub fn current(&self) -> Option<usize> {
        self.running.last().copied()
    }

    /// Whether a test has begun and not ended.
    #[must_use]
    pub fn is_running(&self, test: usize) -> bool {
        self.running.contains(&test)
    }

    /// How many commands run.
    #[must_use]
    pub fn commands_running(&self) -> usize {
        self.commands.iter().filter(|command| command.state == CommandState::Running).count()
    }

    /// How many tests ended.
    #[must_use]
    pub fn ended(&self) -> usize {
        self.tally.values().sum()
    }

    /// How many tests ended badly.
    #[must_use]
    pub fn bad(&self) -> usize {
        self.tally.iter().filter(|(outcome, _)| outcome.is_bad()).map(|(_, count)| count).sum()
    }

    /// How long all commands will take by the history, in seconds; nothing when that is not known of all.
    #[must_use]
    pub fn expected_seconds(&self) -> Option<f64> {
        self.planned.seconds()
    }

    /// The test that takes strangely long.
    #[must_use]
    pub fn strange(&self) -> Option<&LiveTest> {
        let is_strange = |test: &&LiveTest| test.strange.is_some() && test.outcome.is_none();
        self.tests.iter().find(is_strange).filter(|_| self.after.is_none())
    }

    /// The tests that ended badly.
    pub fn failed(&self) -> impl Iterator<Item = &LiveTest> {
        self.tests.iter().filter(|test| test.outcome.is_some_and(Outcome::is_bad))
    }

    /// Takes one thing that the run says. True when rows came or went.
    pub fn take(&mut self, news: News) -> bool {
        match news {
            News::Preparing(what) => self.preparing = Some(what),
            News::Started { command, at } => {
                self.preparing = None;
                // The clock of the state stands still while nothing moves; the first command knows better.
                if self.commands.iter().all(|command| command.started.is_none()) {
                    self.started = at;
                }
                if let Some(live) = self.commands.get_mut(command) {
                    (live.state, live.started) = (CommandState::Running, Some(at));
                }
            }
            News::Collected { command, tests, deselected } => return self.collected(command, &tests, deselected),
            News::TestStarted { command, test, at } => {
                let known = self.tests.len();
                let index = self.test(command, &test);
                self.preparing = None;
                self.running.retain(|running| *running != index);
                self.running.push(index);
                if let Some(live) = self.tests.get_mut(index) {
                    live.started = Some(at);
                }
                return self.tests.len() > known;
            }
            ended @ News::TestEnded { .. } => return self.test_ended(ended),
            News::Warmth { command, warm, words } => {
                if let Some(live) = self.commands.get_mut(command) {
                    live.warmth = Some((warm, words));
                }
            }
            News::Strange { command, test: Some(test), usual, output, at, .. } => {
                let index = self.test(command, &test);
                if let Some(live) = self.tests.get_mut(index) {
                    (live.strange, live.account, live.at) = (Some(usual), Arc::new(printed(&output)), at);
                }
            }
            News::Strange { .. } => {}
            News::Told { test, account } => {
                if let Some(live) = self.index.get(&test).copied().and_then(|at| self.tests.get_mut(at)) {
                    live.account = account;
                }
            }
            News::Warned { command, total, account, .. } => {
                if let Some(live) = self.commands.get_mut(command) {
                    (live.warned, live.warnings) = (total, account);
                }
                return true;
            }
            News::Output { command, lines } => {
                if let Some(live) = self.commands.get_mut(command) {
                    live.output.extend(lines);
                    let surplus = live.output.len().saturating_sub(OUTPUT_LINES);
                    live.output.drain(..surplus);
                }
            }
            News::CommandEnded { command, code, problem } => {
                if let Some(live) = self.commands.get_mut(command) {
                    self.running.retain(|test| !live.held.contains(test));
                    (live.state, live.problem) = (CommandState::Ended(code), problem);
                }
            }
            News::Cancelling { rung, next_at } => self.cancelling = Some((rung, next_at)),
            News::Ended(after) => {
                self.ended_with(after);
                return true;
            }
        }
        false
    }

    /// Everything has ended; what was queued did not run.
    fn ended_with(&mut self, after: Arc<AfterRun>) {
        self.running.clear();
        (self.preparing, self.cancelling) = (None, None);
        for command in &mut self.commands {
            command.state = match command.state {
                CommandState::Queued => CommandState::NotRun,
                CommandState::Running => CommandState::Ended(None),
                state => state,
            };
        }
        self.after = Some(after);
    }

    /// A test ended; one that ended before in this run counts once.
    fn test_ended(&mut self, news: News) -> bool {
        let News::TestEnded { command, test, outcome, seconds, message, account, past, at } = news else {
            return false;
        };
        let known = self.tests.len();
        let index = self.test(command, &test);
        self.running.retain(|running| *running != index);
        if let Some(live) = self.tests.get_mut(index) {
            if let Some(count) = live.outcome.and_then(|before| self.tally.get_mut(&before)) {
                *count = count.saturating_sub(1);
            }
            *self.tally.entry(outcome).or_default() += 1;
            (live.outcome, live.seconds, live.message) = (Some(outcome), seconds, message);
            (live.account, live.past, live.at) = (account, past, at);
        }
        self.tests.len() > known
    }

    /// What was collected takes the place of what was expected.
    fn collected(&mut self, command: usize, tests: &[TestId], deselected: usize) -> bool {
        let indices: Vec<usize> = tests.iter().map(|test| self.place(test)).collect();
        if let Some(live) = self.commands.get_mut(command) {
            live.deselected = deselected;
            live.held = indices.iter().copied().collect();
            live.tests = indices;
        }
        true
    }

    /// The index of a test of a command; a test that nobody announced is added.
    fn test(&mut self, command: usize, id: &TestId) -> usize {
        let index = self.place(id);
        if let Some(live) = self.commands.get_mut(command)
            && live.held.insert(index)
        {
            live.tests.push(index);
        }
        index
    }

    fn place(&mut self, id: &TestId) -> usize {
        if let Some(index) = self.index.get(id) {
            return *index;
        }
        let index = self.tests.len();
        self.index.insert(id.clone(), index);
        self.tests.push(LiveTest {
            id: id.clone(),
            name: test_name(id),
            outcome: None,
            started: None,
            seconds: 0.0,
            strange: None,
            message: Clean::default(),
            account: Arc::default(),
            past: None,
            at: None,
        });
        index
    }
}

/// A test's name without its path: `TestOrder::test_total[1-2]`.
#[must_use]
pub fn test_name(id: &TestId) -> Clean {
    let rest = id.as_str().get(id.path().len() + 2..).filter(|rest| !rest.is_empty());
    Clean::line(rest.unwrap_or(id.as_str()))
}
