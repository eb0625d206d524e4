//! The state: everything that the screen shows and the next key may need.

use crate::app::{
    Baseline, Catalog, ChecklistState, Choice, EditLoop, Evidence, FlakyPane, Indexing, Interpreter, Keymap,
    KnownPoint, LabState, LinesPane, MapPane, Overlay, Pane, Place, Planned, ProgrammeState, RunnerPane, Slot, Ticket,
    Watching, plan,
};
use crate::base::{Clean, Problem, Size, Stamp};
use crate::domain::ledger::Ledger;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many problems are kept: the newest ones.
const MOST_PROBLEMS: usize = 200;

/// What is known before the first frame.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// The project's name.
    pub project: Clean,
    /// The project's root.
    pub root: Clean,
    /// The keys.
    pub keymap: Keymap,
    /// The names of the themes.
    pub themes: Vec<Clean>,
    /// Which of them is in use.
    pub theme: usize,
    /// Whether the mouse is used.
    pub mouse: bool,
    /// Whether changes on disk are to be noticed.
    pub watch: bool,
    /// Whether pytest collects in the background what changed.
    pub collect: bool,
    /// Whether the loop is on from the beginning.
    pub looping: bool,
    /// Whether F12 panics.
    pub panic_key: bool,
    /// Whether nothing moves on the screen by itself.
    pub still: bool,
    /// The sample backend rather than a person's project.
    pub demo: bool,
    /// What was wrong with the configuration.
    pub problems: Vec<Problem>,
    /// The terminal's size.
    pub size: Size,
    /// The time.
    pub now: Stamp,
}

/// One line for the footer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Good to know.
    Words(Clean),
    /// Something went wrong; it is kept among the problems too.
    Trouble(Problem),
}

/// Everything that the screen shows. It is changed by [`crate::app::update()`] alone.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// What was known before the first frame; `size`, `now`, `theme` and `mouse` follow what happened since.
    pub start: Start,
    /// Which pane has the focus.
    pub focus: Pane,
    /// Whether that pane has the whole screen.
    pub zoomed: bool,
    /// What lies over the panes.
    pub overlay: Option<Overlay>,
    /// The interpreter.
    pub interpreter: Slot<Arc<Interpreter>>,
    /// How far the making of an environment is.
    pub making: Option<Clean>,
    /// The baseline.
    pub baseline: Slot<Arc<Baseline>>,
    /// A report that was pasted, until it is put away.
    pub pasted: Slot<Arc<Evidence>>,
    /// What is known now: the baseline's ledger and every batch since.
    pub ledger: Option<Arc<Ledger>>,
    /// What was known at the baseline, when a batch ran since.
    pub before: Option<Arc<Ledger>>,
    /// What the picker offers.
    pub catalog: Slot<Arc<Catalog>>,
    /// The points that can be compared.
    pub points: Slot<Arc<Vec<KnownPoint>>>,
    /// What is marked for the next run.
    pub marks: BTreeSet<Choice>,
    /// The coverage map.
    pub map: MapPane,
    /// The uncovered lines.
    pub lines: LinesPane,
    /// The flaky history.
    pub flaky: FlakyPane,
    /// The command runner.
    pub runner: RunnerPane,
    /// The flake lab that goes on, or the last one.
    pub lab: Option<LabState>,
    /// What the checklist finds in tests.
    pub checklist: ChecklistState,
    /// Where the programme stands.
    pub programme: ProgrammeState,
    /// What happens by itself after a save.
    pub edit_loop: EditLoop,
    /// The collection of tests in the background.
    pub indexing: Indexing,
    /// How changes on disk are noticed.
    pub watching: Watching,
    /// What went wrong, newest last.
    pub problems: Vec<Problem>,
    /// One line for the footer, until the next key.
    pub notice: Option<Notice>,
    /// A confirmed plan that waits for an environment to be made.
    pub pending: Option<Arc<Planned>>,
    /// The last ticket that was given out.
    pub tickets: u64,
    /// Ctrl-c was struck while nothing ran: once more leaves.
    pub leaving: bool,
}

impl State {
    /// The state before anything was read.
    #[must_use]
    pub fn new(start: Start) -> Self {
        Self { problems: start.problems.clone(), start, ..Self::default() }
    }

    /// A ticket for a new question.
    pub const fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    /// Shows one line in the footer.
    pub fn say(&mut self, words: impl AsRef<str>) {
        self.notice = Some(Notice::Words(Clean::line(words.as_ref())));
    }

    /// Keeps a problem and shows it in the footer.
    pub fn trouble(&mut self, problem: Problem) {
        if self.problems.last() != Some(&problem) {
            self.problems.push(problem.clone());
        }
        let surplus = self.problems.len().saturating_sub(MOST_PROBLEMS);
        self.problems.drain(..surplus);
        self.notice = Some(Notice::Trouble(problem));
    }

    /// The size of the screen.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.start.size
    }

    /// The time of the last tick.
    #[must_use]
    pub const fn now(&self) -> Stamp {
        self.start.now
    }

    /// How many rows of a pane's list are visible; none of a hidden pane.
    #[must_use]
    pub fn list_height(&self, pane: Pane) -> usize {
        usize::from(plan(self.size(), self).parts(pane, self).list.height)
    }

    /// How many columns the list of a pane has.
    #[must_use]
    pub fn list_width(&self, pane: Pane) -> u16 {
        plan(self.size(), self).parts(pane, self).list.width
    }

    /// Where a key struck now is looked up.
    #[must_use]
    pub fn place(&self) -> Place {
        match &self.overlay {
            Some(overlay) => overlay.place(),
            None if self.is_filtering() => Place::Filter,
            None if self.focus == Pane::Runner && self.runner.is_reading_account() => Place::Output,
            None => self.focus.place(),
        }
    }

    /// Whether a filter is being typed.
    #[must_use]
    pub const fn is_filtering(&self) -> bool {
        match self.focus {
            Pane::Map => self.map.typing,
            Pane::Flaky => self.flaky.typing,
            Pane::Lines | Pane::Runner => false,
        }
    }

    /// Whether a run is under way.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.runner.run.as_ref().is_some_and(|run| run.after.is_none())
    }

    /// Whether a flake lab goes on.
    #[must_use]
    pub fn has_lab(&self) -> bool {
        self.lab.as_ref().is_some_and(LabState::is_running)
    }

    /// Whether something on the screen changes with time alone, so that ticks are needed.
    #[must_use]
    pub fn is_animated(&self) -> bool {
        self.is_running() || self.making.is_some() || self.has_lab()
    }
}
