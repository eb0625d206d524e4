//! The command runner: the run that is under way or was the last one, and what of it is shown.

use crate::app::{Account, Ask, BatchCheck, CommandState, LiveRun, LiveTest, Past, Scroll};
use crate::base::StyledLine;
use crate::domain::suite::Outcome;
use std::collections::VecDeque;

/// One visible row of the runner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunRow {
    /// All files together, before and after.
    Total,
    /// What the new tests gained together.
    Credit,
    /// What the checklist says of its new and changed tests.
    Checklist,
    /// What a failure may be, by its index among those that were judged.
    Suspect(usize),
    /// A file whose figure moved, by its index among the changes.
    Change(usize),
    /// A cycle of the plan.
    Cycle(usize),
    /// A command, counted through all cycles.
    Command(usize),
    /// A test, by its index in the run.
    Test(usize),
    /// The warnings of a command.
    Warnings(usize),
}

/// What of the run is read: the row, whether it is an earlier result, and which text, by its address.
type Shown = (RunRow, bool, usize);

/// The state of the command runner.
#[derive(Clone, Debug, Default)]
pub struct RunnerPane {
    /// The run under way, or the last one.
    pub run: Option<LiveRun>,
    /// How many runs were started in this sitting.
    pub runs: u64,
    /// What the checklist says of the new and changed tests of that run, once it has ended.
    pub checked: Option<BatchCheck>,
    /// What the last confirmed plan was asked for.
    pub last: Option<Ask>,
    /// Whether full commands are shown rather than plain ones.
    pub full: bool,
    /// The visible rows.
    pub rows: Vec<RunRow>,
    /// What the cursor is on.
    pub cursor: Option<RunRow>,
    /// Where that is in `rows`.
    pub list: Scroll,
    /// Whether the cursor follows the test that runs.
    pub follow: bool,
    /// Whether the output takes the pane.
    pub reading: bool,
    /// How far the output is scrolled, and where its cursor is.
    pub output: Scroll,
    /// Whether the frames of libraries are shown too.
    pub unfolded: bool,
    /// Whether the result before this one is shown.
    pub earlier: bool,
    /// What `output` belongs to.
    shown: Option<Shown>,
    /// How many columns of the output are scrolled away on the left.
    pub left: u16,
}

/// The output of what is selected.
#[derive(Clone, Debug)]
pub enum Output<'a> {
    /// What a test left, and whether all of it is unfolded.
    Account(&'a Account, bool),
    /// What a command wrote.
    Command(&'a VecDeque<StyledLine>),
    /// Nothing is selected that has output.
    None,
}

impl Output<'_> {
    /// How many lines it has.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Account(account, unfolded) => account.len(*unfolded),
            Self::Command(lines) => lines.len(),
            Self::None => 0,
        }
    }

    /// Whether it has no line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl RunnerPane {
    /// The output of what the cursor is on.
    #[must_use]
    pub fn selected_output(&self) -> Output<'_> {
        let Some(run) = &self.run else { return Output::None };
        if let Some(account) = self.selected_account() {
            return Output::Account(account, self.unfolded);
        }
        match self.cursor {
            Some(RunRow::Command(at)) => {
                run.commands.get(at).map_or(Output::None, |command| Output::Command(&command.output))
            }
            _ => Output::None,
        }
    }

    /// What the test under the cursor left, or the warnings under it.
    #[must_use]
    pub fn selected_account(&self) -> Option<&Account> {
        match self.cursor? {
            RunRow::Test(_) if self.earlier => Some(&self.selected_past()?.account),
            RunRow::Test(_) => Some(&self.selected_test()?.account),
            RunRow::Warnings(at) => Some(&self.run.as_ref()?.commands.get(at)?.warnings),
            _ => None,
        }
    }

    /// How the test under the cursor ended before this run.
    #[must_use]
    pub fn selected_past(&self) -> Option<&Past> {
        self.selected_test()?.past.as_deref()
    }

    /// Whether something with frames is read large.
    #[must_use]
    pub fn is_reading_account(&self) -> bool {
        self.reading && matches!(self.cursor, Some(RunRow::Test(_) | RunRow::Warnings(_)))
    }

    /// Shows the beginning of what is selected when that is another thing than before: of a failure, the line where
    /// the innermost frame of the project was left.
    pub fn settle_output(&mut self, height: usize) {
        let row = self.cursor;
        if self.shown.map(|(row, ..)| row) != row {
            self.earlier = false;
        }
        let address = self.selected_account().map_or(0, |account| std::ptr::from_ref(account) as usize);
        let shown = row.map(|row| (row, self.earlier, address));
        let len = self.selected_output().len();
        if shown != self.shown {
            self.shown = shown;
            self.output = Scroll::default();
            let start = self.selected_account().and_then(|account| Some(account.row_of(account.start?, self.unfolded)));
            if let Some(at) = start {
                self.output = Scroll { at, top: at.saturating_sub(height / 3) };
            }
        }
        if matches!(self.selected_output(), Output::Account(..)) {
            self.output.show(len, height);
        }
    }

    /// Folds or unfolds the frames of libraries; the cursor stays on its line.
    pub fn toggle_frames(&mut self, height: usize) {
        let Some(account) = self.selected_account() else { return };
        let line = account.line_of(self.output.at, self.unfolded).unwrap_or(0);
        let (at, len) = (account.row_of(line, !self.unfolded), account.len(!self.unfolded));
        self.unfolded = !self.unfolded;
        self.output.set(at, len, height);
    }

    /// Builds `rows` anew and finds the cursor again.
    pub fn rebuild(&mut self, height: usize) {
        let Some(run) = &self.run else {
            self.rows.clear();
            return;
        };
        let mut rows = Vec::new();
        if let Some(after) = &run.after {
            rows.extend(after.total.map(|_| RunRow::Total));
            rows.extend((!after.gains.is_empty()).then_some(RunRow::Credit));
            rows.extend(self.checked.map(|_| RunRow::Checklist));
            rows.extend((0..after.suspects.len()).map(RunRow::Suspect));
            rows.extend((0..after.changes.len()).map(RunRow::Change));
        }
        let mut command = 0;
        for (cycle, commands) in run.planned.cycles.iter().enumerate() {
            rows.push(RunRow::Cycle(cycle));
            for _ in commands {
                rows.push(RunRow::Command(command));
                rows.extend(
                    run.commands.get(command).into_iter().flat_map(|live| &live.tests).copied().map(RunRow::Test),
                );
                let warned = run.commands.get(command).is_some_and(|live| live.warned > 0);
                rows.extend(warned.then_some(RunRow::Warnings(command)));
                command += 1;
            }
        }
        self.rows = rows;
        self.find_cursor(height);
    }

    /// Puts the list's cursor on the row of `cursor`; when that is gone, `cursor` follows the list.
    pub fn find_cursor(&mut self, height: usize) {
        let at = match self.cursor {
            Some(cursor) if self.rows.get(self.list.at) == Some(&cursor) => self.list.at,
            Some(cursor) => self.rows.iter().position(|row| *row == cursor).unwrap_or(self.list.at),
            None => self.list.at,
        };
        self.list.set(at, self.rows.len(), height);
        self.cursor = self.rows.get(self.list.at).copied();
    }

    /// Puts the cursor on the next failed test, or on the one before, round and round. False when none failed.
    pub fn step_failed(&mut self, forward: bool, height: usize) -> bool {
        let Some(run) = &self.run else { return false };
        let bad = |row: &RunRow| match row {
            RunRow::Test(at) => run.tests.get(*at).and_then(|test| test.outcome).is_some_and(Outcome::is_bad),
            _ => false,
        };
        let failed: Vec<usize> = self.rows.iter().enumerate().filter(|(_, row)| bad(row)).map(|(at, _)| at).collect();
        let at = self.list.at;
        let found = if forward {
            failed.iter().find(|row| **row > at).or(failed.first())
        } else {
            failed.iter().rev().find(|row| **row < at).or(failed.last())
        };
        let Some(found) = found.copied() else { return false };
        self.list.set(found, self.rows.len(), height);
        (self.cursor, self.follow) = (self.rows.get(found).copied(), false);
        true
    }

    /// Puts the cursor on the test that runs, or on its command.
    pub fn follow_run(&mut self, height: usize) {
        let Some(run) = &self.run else { return };
        let running = run.commands.iter().position(|command| command.state == CommandState::Running);
        let row = run.current().map(RunRow::Test).or(running.map(RunRow::Command));
        if let Some(at) = row.and_then(|wanted| self.rows.iter().position(|row| *row == wanted)) {
            self.list.set(at, self.rows.len(), height);
            self.cursor = row;
        }
    }

    /// The test under the cursor.
    #[must_use]
    pub fn selected_test(&self) -> Option<&LiveTest> {
        match self.cursor? {
            RunRow::Test(at) => self.run.as_ref()?.tests.get(at),
            _ => None,
        }
    }

    /// Forgets where output and list were.
    pub fn reset(&mut self, run: LiveRun) {
        let (runs, last, full) = (self.runs, self.last.take(), self.full);
        *self = Self { run: Some(run), runs, last, full, follow: true, ..Self::default() };
    }
}
