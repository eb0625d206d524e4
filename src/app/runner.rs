//! The command runner: the run that is under way or was the last one, and what of it is shown.

use crate::app::{Ask, CommandState, LiveRun, LiveTest, Scroll};
use crate::base::{StyledLine, StyledText};
use crate::domain::suite::Outcome;
use std::collections::VecDeque;

/// One visible row of the runner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunRow {
    /// All files together, before and after.
    Total,
    /// What the new tests gained together.
    Credit,
    /// A file whose figure moved, by its index among the changes.
    Change(usize),
    /// A cycle of the plan.
    Cycle(usize),
    /// A command, counted through all cycles.
    Command(usize),
    /// A test, by its index in the run.
    Test(usize),
}

/// The state of the command runner.
#[derive(Clone, Debug, Default)]
pub struct RunnerPane {
    /// The run under way, or the last one.
    pub run: Option<LiveRun>,
    /// How many runs were started in this sitting.
    pub runs: u64,
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
    /// How far the output is scrolled.
    pub output: Scroll,
    /// How many columns of the output are scrolled away on the left.
    pub left: u16,
}

/// The output of what is selected.
#[derive(Clone, Debug)]
pub enum Output<'a> {
    /// What a test left.
    Test(&'a StyledText),
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
            Self::Test(text) => text.lines.len(),
            Self::Command(lines) => lines.len(),
            Self::None => 0,
        }
    }

    /// Whether it has no line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One line.
    #[must_use]
    pub fn line(&self, at: usize) -> Option<&StyledLine> {
        match self {
            Self::Test(text) => text.lines.get(at),
            Self::Command(lines) => lines.get(at),
            Self::None => None,
        }
    }
}

impl RunnerPane {
    /// The output of what the cursor is on.
    #[must_use]
    pub fn selected_output(&self) -> Output<'_> {
        let Some(run) = &self.run else { return Output::None };
        match self.cursor {
            Some(RunRow::Test(at)) => run.tests.get(at).map_or(Output::None, |test| Output::Test(&test.output)),
            Some(RunRow::Command(at)) => {
                run.commands.get(at).map_or(Output::None, |command| Output::Command(&command.output))
            }
            _ => Output::None,
        }
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
        (self.cursor, self.follow, self.output) = (self.rows.get(found).copied(), false, Scroll::default());
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
