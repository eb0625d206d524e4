//! What lies over the panes: at most one thing at a time.

use crate::app::{
    CheckView, CompareState, Consent, GuideState, PickerState, Place, Planned, ProgrammeView, QuarantineState, Scroll,
    Slot, TextLine, Ticket, wrap,
};
use crate::base::{Clean, Problem, Severity};
use std::sync::Arc;

/// Columns beside a command: its indentation, and what is known of it.
const PLAN_MARGIN: u16 = 26;

/// The help: the keys of one place, filtered by what is typed.
#[derive(Clone, Debug)]
pub struct HelpState {
    /// The place it is about.
    pub about: Place,
    /// What is typed.
    pub filter: TextLine,
    /// How far it is scrolled.
    pub list: Scroll,
    /// What it lies over, and what is there again when it is put away.
    pub under: Option<Box<Overlay>>,
}

/// A plan that waits to be confirmed.
#[derive(Clone, Debug, Default)]
pub struct PlanState {
    /// The plan.
    pub planned: Slot<Arc<Planned>>,
    /// Whether full commands are shown rather than plain ones.
    pub full: bool,
    /// How far it is scrolled.
    pub list: Scroll,
    /// The name that is typed, while what the plan runs is to be saved.
    pub naming: Option<TextLine>,
    /// Its lines, laid out.
    pub lines: Vec<PlanLine>,
    /// What `lines` were made for: width, full commands, still waiting.
    made: Option<(u16, bool, bool)>,
}

/// One thing over the panes.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// The picker, and the palette as its list of actions.
    Picker(Box<PickerState>),
    /// The help.
    Help(HelpState),
    /// A plan to confirm.
    Plan(PlanState),
    /// Whether code of this project may run, and how far the question is scrolled.
    Consent(Arc<Planned>, Scroll),
    /// Whether to leave while tests run.
    Leaving,
    /// The problems with their hints.
    Problems(Scroll),
    /// What changed between two points.
    Compare(Box<CompareState>),
    /// The flake lab.
    Lab(Scroll),
    /// Where the programme stands.
    Programme(ProgrammeView),
    /// What the checklist finds in tests.
    Checklist(CheckView),
    /// Whether, or for which reason, a test goes into quarantine or out of it.
    Quarantine(QuarantineState),
    /// The implementation guide, or the empty tests that it would write.
    Guide(Box<GuideState>),
}

impl Overlay {
    /// The place in which its keys are looked up.
    #[must_use]
    pub const fn place(&self) -> Place {
        match self {
            Self::Picker(_) => Place::Picker,
            Self::Help(_) => Place::Help,
            Self::Plan(plan) if plan.naming.is_some() => Place::Name,
            Self::Plan(_) => Place::Plan,
            Self::Consent(..) | Self::Leaving => Place::Question,
            Self::Problems(_) => Place::Problems,
            Self::Compare(_) => Place::Compare,
            Self::Lab(_) => Place::Lab,
            Self::Programme(_) => Place::Programme,
            Self::Checklist(_) => Place::Checklist,
            Self::Quarantine(asked) if asked.reason.is_some() => Place::Name,
            Self::Quarantine(_) => Place::Question,
            Self::Guide(guide) if guide.draft.is_some() => Place::Question,
            Self::Guide(_) => Place::Guide,
        }
    }
}

/// One line of a plan as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub enum PlanLine {
    /// The head of a cycle: its number from 1, and its commands.
    Cycle(usize, usize),
    /// The first line of a command, the number of its known tests, whether pytest has confirmed them, and how long it will
    /// take.
    Command(Clean, usize, bool, Option<f64>),
    /// A further line of a command.
    More(Clean),
    /// Why tests are in the plan, and whether it is the first line of a reason.
    Why(Clean, bool),
    /// What could not be planned.
    Trouble(Clean),
}

impl PlanState {
    /// A plan that was asked for under a ticket.
    #[must_use]
    pub fn new(ticket: Ticket, full: bool) -> Self {
        let mut plan = Self { full, ..Self::default() };
        plan.planned.ask(ticket);
        plan
    }

    /// Lays the plan out for `width` columns, unless that is done already.
    pub fn lay_out(&mut self, width: u16) {
        let made = (width, self.full, self.planned.waiting());
        if self.made == Some(made) {
            return;
        }
        self.made = Some(made);
        let Some(planned) = self.planned.value() else { return };
        let mut lines = Vec::new();
        for problem in &planned.problems {
            lines.extend(wrap(&problem.to_string(), width.saturating_sub(4)).into_iter().map(PlanLine::Trouble));
        }
        let held = planned.quarantine.words().map(|words| format!("⊘ {words}"));
        lines.extend(held.iter().flat_map(|words| wrap(words, width.saturating_sub(2))).map(PlanLine::More));
        lines.extend(why(planned, width));
        let mut room = COMMANDS;
        for (at, commands) in planned.cycles.iter().enumerate() {
            if room == 0 {
                let left = planned.cycles.get(at..).unwrap_or_default();
                let commands: usize = left.iter().map(Vec::len).sum();
                let words = format!("… and {commands} commands more, in {} cycles", left.len());
                lines.push(PlanLine::More(Clean::line(&words)));
                break;
            }
            lines.push(PlanLine::Cycle(at + 1, commands.len()));
            room = room.saturating_sub(commands.len());
            for command in commands {
                let shown = if self.full { &command.full } else { &command.shown };
                let mut parts = wrap(shown, width.saturating_sub(PLAN_MARGIN)).into_iter();
                let sure = command.unconfirmed == 0;
                let first = |part| PlanLine::Command(part, command.tests.len(), sure, command.seconds);
                lines.extend(parts.next().map(first));
                lines.extend(parts.map(PlanLine::More));
                let rest = command.in_part.then(|| Clean::line("◌ not confirmed: of this, only what was chosen runs"));
                lines.extend(rest.map(PlanLine::More));
            }
        }
        self.lines = lines;
    }
}

/// How many commands are shown: nobody reads thousands, and to lay them out takes time.
const COMMANDS: usize = 200;
/// How many reasons are shown above the commands.
const REASONS: usize = 5;

/// Why the tests are in the plan, the most frequent reasons first; nothing where they were chosen.
fn why(planned: &Planned, width: u16) -> Vec<PlanLine> {
    let Some(affected) = &planned.affected else { return Vec::new() };
    let reasons = affected.why(affected.tests.keys());
    let more = reasons.len().saturating_sub(REASONS);
    let words = reasons.iter().take(REASONS).map(|(count, reason)| {
        let tests = if *count == 1 { "1 test".to_owned() } else { format!("{count} tests") };
        format!("{tests}: {}", reason.words())
    });
    let rest = (more > 0).then(|| format!("and {more} more reasons"));
    let mut lines = Vec::new();
    for words in words.chain(rest) {
        let mut parts = wrap(&words, width.saturating_sub(6)).into_iter();
        lines.extend(parts.next().map(|part| PlanLine::Why(part, true)));
        lines.extend(parts.map(|part| PlanLine::Why(part, false)));
    }
    lines
}

/// One line of the question before the first run: whether it is a value rather than a remark, and its words.
pub type ConsentLine = (bool, Clean);

/// The question before the first run of a project, laid out for `width` columns. The command stands last.
#[must_use]
pub fn consent_lines(consent: &Consent, width: u16) -> Vec<ConsentLine> {
    let mut lines = Vec::new();
    let mut put = |is_value: bool, words: &str| {
        let indent = if is_value { "  " } else { "" };
        let wrapped = wrap(words, width.saturating_sub(2));
        lines.extend(wrapped.iter().map(|line| (is_value, Clean::line(&format!("{indent}{line}")))));
    };
    put(false, "Running tests executes code of this project with your rights.");
    put(false, "root");
    put(true, &consent.root);
    match &consent.elsewhere {
        None => put(false, "interpreter"),
        Some(command) => {
            put(false, "the tests run where this command leads");
            put(true, command);
            put(false, "interpreter there");
        }
    }
    put(true, &consent.interpreter);
    if !consent.files.is_empty() {
        let files: Vec<&str> = consent.files.iter().map(Clean::as_str).collect();
        put(false, "lacuna asks again when these change");
        put(true, &files.join(", "));
    }
    put(false, "first command");
    put(true, &consent.command);
    lines
}

/// The problems as they are shown, newest first: how bad, whether it is the first line of a problem, the line.
#[must_use]
pub fn problem_lines(problems: &[Problem], width: u16) -> Vec<(Severity, bool, Clean)> {
    let mut lines = Vec::new();
    for problem in problems.iter().rev() {
        let text = format!("{}: {}", problem.origin, problem.what);
        let parts = wrap(&text, width.saturating_sub(2)).into_iter().enumerate();
        lines.extend(parts.map(|(at, part)| (problem.severity, at == 0, part)));
        lines
            .extend(wrap(&problem.hint, width.saturating_sub(4)).into_iter().map(|part| (Severity::Note, false, part)));
    }
    lines
}
