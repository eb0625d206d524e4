//! The flake lab on the screen: how far it is, what was tried, and what it came to.

use crate::app::update::recall;
use crate::app::{Action, Answer, Ask, Effect, Overlay, Pane, RunId, Scroll, State, act_pane, plan, run_flow, wrap};
use crate::base::{Clean, Problem, Stamp};
use crate::domain::lab::{Budget, Cause, Check, Effort, End, Held, Row, Status, Trial, Verdict, context};
use crate::domain::report::LabReport;
use crate::domain::suite::{Target, TestId};
use std::sync::Arc;

/// What is told while a lab goes on.
#[derive(Clone, Debug, PartialEq)]
pub enum LabNews {
    /// Something is prepared.
    Preparing(Clean),
    /// It goes on from so many trials of an earlier sitting.
    Resumed(usize),
    /// A trial begins: what it is for, how the test is run, and how many processes and seconds were spent.
    Trying {
        /// What it is for, in a word.
        phase: &'static str,
        /// How the test is run, in words.
        context: Clean,
        /// Processes so far.
        runs: usize,
        /// Seconds so far.
        seconds: f64,
    },
    /// How far a trial is that repeats the test.
    SoFar {
        /// How often it ran.
        ran: u32,
        /// How often it failed.
        failed: u32,
    },
    /// A trial is done.
    Tried(Box<Trial>),
}

/// What a lab is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabGoal {
    /// Why the test fails now and then.
    Cause,
    /// Whether what was mended holds.
    Fix,
}

/// What is asked of a lab.
#[derive(Clone, Debug)]
pub struct LabAsk {
    /// The test.
    pub test: TestId,
    /// How much it may spend.
    pub budget: Budget,
    /// Whether it begins anew, whatever was tried before.
    pub fresh: bool,
    /// What it is for.
    pub goal: LabGoal,
}

/// A lab that came to an end.
#[derive(Clone, Debug)]
pub struct LabDone {
    /// Its number in the store.
    pub number: i64,
    /// What it came to.
    pub verdict: Verdict,
    /// Whether it was stopped.
    pub cancelled: bool,
    /// Whether a plugin is installed that reorders and reseeds tests.
    pub reseeding: bool,
    /// What went wrong on the way.
    pub problems: Vec<Problem>,
}

/// What a lab came to.
#[derive(Clone, Debug)]
pub enum LabEnd {
    /// Why the test fails.
    Cause(Box<LabDone>),
    /// Whether what was mended holds.
    Fix(Check),
}

/// One trial as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// How the test was run, in words.
    pub context: Clean,
    /// How often it failed and ran; nothing where it could not be judged.
    pub counts: Option<(u32, u32)>,
    /// What failed, or why it cannot be judged.
    pub words: Clean,
}

/// The lab of this sitting: the one that goes on, or the last one.
#[derive(Clone, Debug)]
pub struct LabState {
    /// The number under which its news come.
    pub run: RunId,
    /// The test.
    pub test: TestId,
    /// What it is for.
    pub goal: LabGoal,
    /// How much it may spend.
    pub budget: Budget,
    /// When it began.
    pub begun: Stamp,
    /// What is being done, in a word.
    pub phase: Clean,
    /// How the test is run just now, in words.
    pub now: Clean,
    /// How far a trial is that repeats the test: runs and failures.
    pub so_far: Option<(u32, u32)>,
    /// Processes and seconds so far.
    pub spent: (usize, f64),
    /// The trials, the last one last.
    pub tried: Vec<Tried>,
    /// What it came to, once it ended.
    pub end: Option<Answer<Arc<LabEnd>>>,
    /// How firmly it was asked to stop.
    pub stopping: u8,
}

/// What a line of the lab is about, which decides how it is painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabTone {
    /// The verdict.
    Verdict(Status),
    /// Whether a fix holds.
    Held(Held),
    /// A heading at the left.
    Heading,
    /// Something that failed.
    Failed,
    /// Something that passed.
    Passed,
    /// All else.
    Plain,
    /// Less important.
    Muted,
}

/// One line of the lab: what stands at the left, the words, and what they are about.
#[derive(Clone, Debug, PartialEq)]
pub struct LabLine {
    /// What stands at the left.
    pub head: Clean,
    /// The words.
    pub words: Clean,
    /// What it is about.
    pub tone: LabTone,
}

impl LabState {
    /// Whether it goes on.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        self.end.is_none()
    }

    /// Why the test fails, once that was found out.
    #[must_use]
    pub fn done(&self) -> Option<&LabDone> {
        match self.end.as_ref()?.as_deref() {
            Ok(LabEnd::Cause(done)) => Some(done),
            Ok(LabEnd::Fix(_)) | Err(_) => None,
        }
    }

    fn take(&mut self, news: LabNews) {
        match news {
            LabNews::Preparing(what) => self.now = what,
            LabNews::Resumed(trials) => self.now = Clean::line(&format!("goes on from {trials} trials of before")),
            LabNews::Trying { phase, context, runs, seconds } => {
                (self.phase, self.now, self.so_far) = (Clean::line(phase), context, None);
                self.spent = (runs, seconds);
            }
            LabNews::SoFar { ran, failed } => self.so_far = Some((ran, failed)),
            LabNews::Tried(trial) => {
                self.spent = (self.spent.0 + 1, self.spent.1 + trial.seconds);
                self.so_far = None;
                self.tried.push(tried(&trial));
            }
        }
    }

    /// The lines below the head, for so many columns: the verdict with its evidence, and all trials, the last one first.
    #[must_use]
    pub fn lines(&self, width: u16) -> Vec<LabLine> {
        let mut lines = Vec::new();
        match &self.end {
            Some(Err(problem)) => {
                lines.extend(wrapped("", &problem.what, LabTone::Failed, width));
                lines.extend(wrapped("", &problem.hint, LabTone::Muted, width));
            }
            Some(Ok(end)) => match &**end {
                LabEnd::Cause(done) => lines.extend(evidence(&self.test, done, width)),
                LabEnd::Fix(check) => lines.extend(checked(check, width)),
            },
            None => {}
        }
        if let Some(done) = self.done() {
            lines.push(line("evidence", "failed and ran, by the way in which the test was run", LabTone::Heading));
            lines.extend(done.verdict.rows.iter().map(matrix));
            return lines;
        }
        if !self.tried.is_empty() {
            lines.push(line("trials", "", LabTone::Heading));
        }
        for tried in self.tried.iter().rev() {
            let (count, tone) = match tried.counts {
                None => ("–".to_owned(), LabTone::Muted),
                Some((0, ran)) => (format!("✓ 0/{ran}"), LabTone::Passed),
                Some((failed, ran)) => (format!("✗ {failed}/{ran}"), LabTone::Failed),
            };
            let words = [tried.context.as_str(), tried.words.as_str()];
            let words = words.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join(": ");
            lines.push(line(&count, &words, tone));
        }
        lines
    }
}

/// One row of the matrix: a way to run the test, how often it failed, and by what.
fn matrix(row: &Row) -> LabLine {
    let failures: Vec<String> = row.failures.iter().map(|(words, count)| format!("{words} ×{count}")).collect();
    let processes = if row.processes > 1 { format!(" ({} processes)", row.processes) } else { String::new() };
    let by = if failures.is_empty() { String::new() } else { format!(": {}", failures.join("; ")) };
    let (sign, tone) = if row.failed > 0 { ('✗', LabTone::Failed) } else { ('✓', LabTone::Passed) };
    line(&format!("{sign} {}/{}", row.failed, row.ran), &format!("{}{processes}{by}", row.context), tone)
}

fn line(head: &str, words: &str, tone: LabTone) -> LabLine {
    LabLine { head: Clean::line(head), words: Clean::line(words), tone }
}

/// Words over as many lines as they need, with their heading before the first one.
fn wrapped(head: &str, words: &str, tone: LabTone, width: u16) -> Vec<LabLine> {
    let parts = wrap(words, width.saturating_sub(HEAD + 2));
    parts.into_iter().enumerate().map(|(at, part)| line(if at == 0 { head } else { "" }, part.as_str(), tone)).collect()
}

/// How many columns what stands at the left has.
pub const HEAD: u16 = 14;

fn evidence(test: &TestId, done: &LabDone, width: u16) -> Vec<LabLine> {
    let verdict = &done.verdict;
    let title = format!("{} ({})", verdict.cause.class(), verdict.status.word());
    let mut lines = vec![line("verdict", &title, LabTone::Verdict(verdict.status))];
    lines.extend(wrapped("", &verdict.sentence(), LabTone::Plain, width));
    lines.extend(diagram(test, verdict));
    let report = LabReport { test, number: done.number, verdict, reseeding: done.reseeding };
    for (head, words) in report.evidence() {
        let tone = match head {
            "failure" | "with" => LabTone::Failed,
            "without" => LabTone::Passed,
            "refuted" | "no difference" | "also seen" | "changed" => LabTone::Muted,
            _ => LabTone::Plain,
        };
        lines.extend(wrapped(head, &words, tone, width));
    }
    lines.push(line("", "", LabTone::Plain));
    lines
}

/// Whether a fix holds, in words that say what that was computed from.
fn checked(check: &Check, width: u16) -> Vec<LabLine> {
    let mut lines = vec![line("fix", check.held.words(), LabTone::Held(check.held))];
    lines.extend(wrapped("", &check.sentence(), LabTone::Plain, width));
    lines.push(line("", "", LabTone::Plain));
    lines
}

/// From the tests before to what they leave to the test that fails; nothing where no order is to blame.
fn diagram(test: &TestId, verdict: &Verdict) -> Vec<LabLine> {
    let before = match &verdict.cause {
        Cause::Victim { polluters, .. } => polluters.clone(),
        Cause::SelfPolluting { .. } => vec![test.clone()],
        _ => return Vec::new(),
    };
    let mut lines: Vec<LabLine> = before.iter().map(|test| line("", test.as_str(), LabTone::Plain)).collect();
    for change in &verdict.leak {
        let words = format!("  ↓ {} {}: {} → {}", change.kind, change.name, change.before, change.after);
        lines.push(line("", &words, LabTone::Failed));
    }
    if verdict.leak.is_empty() {
        lines.push(line("", "  ↓", LabTone::Muted));
    }
    lines.push(line("", &format!("{} ✗", test.as_str()), LabTone::Plain));
    lines
}

fn tried(trial: &Trial) -> Tried {
    let words = trial.failures().next().map(|attempt| attempt.words.clone()).unwrap_or_default();
    let (counts, words) = match &trial.end {
        End::Whole => (Some((trial.failed, trial.ran)), words),
        End::Unfit(why) => (None, why.clone()),
        End::Cancelled => (None, "stopped".to_owned()),
    };
    Tried { context: Clean::line(&context(&trial.recipe)), counts, words: Clean::line(&words) }
}

/// Shows the lab that goes on, or plans one for the test under the cursor.
pub fn open(state: &mut State, goal: LabGoal) -> Vec<Effect> {
    if state.lab.as_ref().is_some_and(LabState::is_running) {
        state.overlay = Some(Overlay::Lab(Scroll::default()));
        return Vec::new();
    }
    let test = match state.focus {
        Pane::Flaky => state.flaky.cursor.clone(),
        _ => state.runner.selected_test().map(|test| test.id.clone()),
    };
    let Some(test) = test else {
        state.say("the lab is about one test: put the cursor on it");
        return Vec::new();
    };
    if state.lab.as_ref().is_some_and(|lab| lab.test == test && lab.goal == goal && goal == LabGoal::Cause) {
        state.overlay = Some(Overlay::Lab(Scroll::default()));
        return Vec::new();
    }
    again(state, test, goal)
}

fn again(state: &mut State, test: TestId, goal: LabGoal) -> Vec<Effect> {
    run_flow::plan(state, Ask { lab: Some(goal), targets: vec![Target::Test(test)], ..Ask::default() })
}

/// Starts the lab of a test: the plan was confirmed.
pub fn start(state: &mut State, test: TestId, goal: LabGoal) -> Vec<Effect> {
    state.runner.runs += 1;
    let run = RunId(state.runner.runs);
    let budget = Budget::of(Effort::Usual);
    state.lab = Some(LabState {
        run,
        test: test.clone(),
        goal,
        budget,
        begun: state.now(),
        phase: Clean::default(),
        now: Clean::line(if goal == LabGoal::Cause { "which tests there are" } else { "what made it fail" }),
        so_far: None,
        spent: (0, 0.0),
        tried: Vec::new(),
        end: None,
        stopping: 0,
    });
    state.overlay = Some(Overlay::Lab(Scroll::default()));
    vec![Effect::StartLab { run, ask: LabAsk { test, budget, fresh: false, goal } }]
}

/// Takes news of a lab; those of an earlier one are late.
pub fn news(state: &mut State, run: RunId, news: LabNews) {
    if let Some(lab) = state.lab.as_mut().filter(|lab| lab.run == run && lab.end.is_none()) {
        lab.take(news);
    }
}

/// Takes the end of a lab.
pub fn ended(state: &mut State, run: RunId, answer: Answer<Arc<LabEnd>>) -> Vec<Effect> {
    let Some(lab) = state.lab.as_mut().filter(|lab| lab.run == run && lab.end.is_none()) else { return Vec::new() };
    lab.end = Some(answer.clone());
    match answer {
        Ok(end) => match &*end {
            LabEnd::Cause(done) => {
                let verdict = &done.verdict;
                state.say(format!("lab: {} ({}); L shows it", verdict.cause.class(), verdict.status.word()));
                done.problems.clone().into_iter().for_each(|problem| state.trouble(problem));
            }
            LabEnd::Fix(check) => state.say(check.held.words()),
        },
        Err(problem) => state.trouble(problem),
    }
    // What is recorded of the test has the verdict now.
    state.flaky.record_of = None;
    vec![recall(state)]
}

/// Stops the lab, the second time at once.
pub fn stop(state: &mut State) -> Vec<Effect> {
    let Some(lab) = state.lab.as_mut().filter(|lab| lab.is_running()) else {
        state.say("no lab goes on");
        return Vec::new();
    };
    lab.stopping = lab.stopping.saturating_add(1);
    let (run, firm) = (lab.run, lab.stopping > 1);
    state.say("the lab stops, and keeps what it has");
    vec![Effect::StopLab { run, firm }]
}

/// What actions do while the lab is shown.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Cancel => return stop(state),
        Action::CopyLab | Action::CopyCommand => return copy(state, action),
        Action::Lab | Action::VerifyFix => {
            let goal = if action == Action::Lab { LabGoal::Cause } else { LabGoal::Fix };
            let ended = state.lab.as_ref().filter(|lab| !lab.is_running()).map(|lab| lab.test.clone());
            return ended.map(|test| again(state, test, goal)).unwrap_or_default();
        }
        _ => {}
    }
    let area = plan(state.size(), state).overlay_list(state);
    let len = state.lab.as_ref().map_or(0, |lab| lab.lines(area.width).len());
    if let Some(Overlay::Lab(list)) = &mut state.overlay {
        act_pane::roll(list, action, len, usize::from(area.height));
    }
    Vec::new()
}

fn copy(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(lab) = &state.lab else { return Vec::new() };
    if let (Action::CopyLab, Some(Ok(LabEnd::Fix(check)))) = (action, lab.end.as_ref().map(|end| end.as_deref())) {
        let text = format!("- `{}`: {}\n", lab.test.clean(), check.sentence());
        state.say("what was found of the fix is copied");
        return vec![Effect::Copy(text)];
    }
    let Some(done) = lab.done() else {
        state.say("there is no verdict here");
        return Vec::new();
    };
    let report = LabReport { test: &lab.test, number: done.number, verdict: &done.verdict, reseeding: done.reseeding };
    let text = if action == Action::CopyLab { Some(report.markdown()) } else { report.command() };
    match text {
        Some(text) => {
            state.say(if action == Action::CopyLab { "the verdict is copied" } else { "the command is copied" });
            vec![Effect::Copy(text)]
        }
        None => {
            state.say("no command was seen to reproduce it");
            Vec::new()
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::{LabDone, LabEnd, LabGoal, LabNews, LabTone};
    use crate::app::sample::{answer, planned, ready};
    use crate::app::tests::press;
    use crate::app::{Effect, Msg, Overlay, Place, Planned, State, update};
    use crate::base::{Clean, Problem};
    use crate::domain::lab::{Attempt, Budget, Case, Check, Effort, End, Held, Next, Recipe, Trial, next};
    use crate::domain::suite::TestId;
    use std::sync::Arc;

    fn trial(recipe: Recipe, fails: bool) -> Trial {
        let cause = fails.then(|| "v1|AssertionError|assert 0 == 3".to_owned());
        let words = if fails { "AssertionError: assert 0 == 3".to_owned() } else { String::new() };
        let attempts = vec![Attempt { at: 1, cause, words, seed: None, seconds: 0.01 }];
        Trial { ran: 1, failed: u32::from(fails), attempts, ..Trial::new(recipe, End::Whole, 0.4) }
    }

    /// A verdict of a test that fails after `polluter`, as the protocol comes to it.
    fn done(test: &TestId, polluter: &TestId) -> LabDone {
        let case = Case { suite: vec![polluter.clone(), test.clone()], at: 1, ..Case::default() };
        let mut trials = Vec::new();
        loop {
            match next(&case, &trials, Budget::of(Effort::Usual), false) {
                Next::Run(recipe, _) => {
                    let fails = recipe.order.tests().any(|before| before == polluter);
                    trials.push(trial(*recipe, fails));
                }
                Next::Done(verdict) => {
                    let (number, cancelled, reseeding, problems) = (7, false, false, Vec::new());
                    return LabDone { number, verdict: *verdict, cancelled, reseeding, problems };
                }
            }
        }
    }

    /// A lab that goes on, or has ended.
    pub fn lab(width: u16, height: u16, to_its_end: bool) -> State {
        let mut state = ready(width, height);
        let effects = press(&mut state, "3 L");
        let asked = effects.iter().find_map(|effect| match effect {
            Effect::PlanRun { ticket, ask, .. } => Some((*ticket, ask.clone())),
            _ => None,
        });
        let (ticket, ask) = asked.expect("a plan is asked for");
        assert_eq!(ask.lab, Some(LabGoal::Cause));
        let plan = Planned { ask, ..planned(false) };
        let _ = update(&mut state, Msg::Planned(ticket, Ok(Arc::new(plan))));
        let effects = press(&mut state, "enter");
        let Some(Effect::StartLab { run, ask }) = effects.into_iter().next() else { panic!("no lab") };
        let recipe = |hash| Recipe::alone(&ask.test, hash);
        for news in [
            LabNews::Trying { phase: "alone", context: Clean::line("alone, hash seed 1"), runs: 0, seconds: 0.0 },
            LabNews::Tried(Box::new(trial(recipe(1), false))),
            LabNews::Tried(Box::new(trial(recipe(2), true))),
            LabNews::Trying { phase: "random seeds", context: Clean::line("sweep"), runs: 2, seconds: 0.8 },
            LabNews::SoFar { ran: 120, failed: 1 },
        ] {
            let _ = update(&mut state, Msg::Lab(run, news));
        }
        if to_its_end {
            let done = done(&ask.test, &TestId::new("tests/test_admin.py::test_waive_fees"));
            let effects = update(&mut state, Msg::LabEnded(run, Ok(Arc::new(LabEnd::Cause(Box::new(done))))));
            answer(&mut state, effects);
        }
        state
    }

    #[test]
    fn a_lab_is_planned_confirmed_followed_and_read() {
        let mut state = lab(120, 36, true);
        assert_eq!(state.place(), Place::Lab);
        let shown = state.lab.as_ref().expect("a lab").lines(100);
        assert!(shown.iter().any(|line| line.words.as_str() == "order-victim (confirmed)"), "{shown:?}");
        assert_eq!(shown.iter().filter(|line| line.tone == LabTone::Heading).count(), 1);
        let effects = press(&mut state, "y");
        let [Effect::Copy(text)] = effects.as_slice() else { panic!("{effects:?}") };
        assert!(text.contains("**order-victim** (confirmed)"), "{text}");
        let effects = press(&mut state, "C");
        assert!(matches!(effects.as_slice(), [Effect::Copy(command)] if command.contains("pytest")), "{effects:?}");
        let _ = press(&mut state, "esc");
        assert!(state.overlay.is_none());
    }

    /// A lab that checked a fix.
    pub fn fix(width: u16, height: u16, check: Check) -> State {
        let mut state = lab(width, height, true);
        let effects = press(&mut state, "V");
        let [Effect::PlanRun { ticket, ask, .. }] = effects.as_slice() else { panic!("{effects:?}") };
        let (ticket, ask) = (*ticket, ask.clone());
        assert_eq!(ask.lab, Some(LabGoal::Fix));
        let plan = Planned { ask, ..planned(false) };
        let _ = update(&mut state, Msg::Planned(ticket, Ok(Arc::new(plan))));
        let effects = press(&mut state, "enter");
        let Some(Effect::StartLab { run, ask }) = effects.into_iter().next() else { panic!("no lab") };
        assert_eq!(ask.goal, LabGoal::Fix);
        let _ = update(&mut state, Msg::Lab(run, LabNews::Tried(Box::new(trial(Recipe::alone(&ask.test, 1), false)))));
        let effects = update(&mut state, Msg::LabEnded(run, Ok(Arc::new(LabEnd::Fix(check)))));
        answer(&mut state, effects);
        state
    }

    /// What came of checking a fix.
    pub fn check(held: Held) -> Check {
        let (before, after) = ((4, 10), (0, 24));
        let (words, processes, worth, probability) = (String::new(), 6, 11.0, 0.97);
        Check { held, words, before, after, processes, worth, probability, bound: 0.11, needed: 0, chance: 0.01 }
    }

    #[test]
    fn whether_a_fix_holds_is_asked_by_a_key_and_shown_with_what_it_was_computed_from() {
        let state = fix(120, 36, check(Held::Holds));
        let lines = state.lab.as_ref().expect("a lab").lines(100);
        let shown = |tone: LabTone| lines.iter().any(|line| line.tone == tone);
        assert!(shown(LabTone::Held(Held::Holds)), "{lines:?}");
        assert!(lines.iter().any(|line| line.words.contains("4 of 10 failed before, 0 of 24 since")), "{lines:?}");
        let mut state = state;
        let effects = press(&mut state, "y");
        assert!(matches!(effects.as_slice(), [Effect::Copy(text)] if text.contains("The fix holds")), "{effects:?}");
    }

    #[test]
    fn a_lab_is_stopped_gently_then_at_once_and_nothing_else_runs_meanwhile() {
        let mut state = lab(120, 36, false);
        assert!(state.has_lab() && state.is_animated());
        let _ = press(&mut state, "esc r");
        assert!(state.overlay.is_none(), "a run beside a lab would spoil its times");
        let _ = press(&mut state, "L");
        assert!(matches!(state.overlay, Some(Overlay::Lab(_))));
        let gentle = press(&mut state, "c");
        let at_once = press(&mut state, "c");
        assert!(matches!(gentle.as_slice(), [Effect::StopLab { firm: false, .. }]), "{gentle:?}");
        assert!(matches!(at_once.as_slice(), [Effect::StopLab { firm: true, .. }]), "{at_once:?}");
        let run = state.lab.as_ref().expect("a lab").run;
        let _ = update(&mut state, Msg::LabEnded(run, Err(Problem::error("lab", "it broke"))));
        assert!(!state.has_lab());
        assert_eq!(state.problems.last().map(|problem| problem.what.as_str()), Some("it broke"));
    }
}
