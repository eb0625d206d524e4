//! The loop: what a save affects is planned and run, one round at a time, and what comes too late starts the next one.

use crate::app::{
    AfterRun, Answer, Ask, Effect, Overlay, Planned, RunId, Scroll, Slot, State, Ticket, Watching, run_flow,
    update::settle,
};
use crate::base::{Clean, RepoPath, Stamp};
use crate::domain::suite::{Outcome, Plan};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// From how many files on, saved together, a round asks first: that is a checkout, not an edit.
pub const MANY_FILES: usize = 50;
/// How many rounds in a row may be due to the same files, each written while tests ran, before tests are suspected of
/// writing them.
const REPEATS: u32 = 8;

/// What a file holds that was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Other code than before, or something that no Python is.
    News,
    /// The same code: comments or layout changed.
    Same,
    /// What Python cannot read: the line, and what is wrong there.
    Broken(u32, Clean),
}

/// A file that was saved, moved or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Which file.
    pub path: RepoPath,
    /// What it holds now.
    pub holds: Holds,
}

/// How a round ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundEnd {
    /// How many tests failed or had errors.
    pub bad: usize,
    /// How many passed.
    pub passed: usize,
    /// How many ended at all.
    pub ended: usize,
    /// Milliseconds from the save to this; nothing where no save began the round.
    pub took: Option<i64>,
}

/// What the loop is about at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It waits for a save.
    Idle,
    /// The tests of a save are looked for.
    Planning,
    /// They run: how many have ended, and how many there are.
    Running(usize, usize),
    /// A further save ends the run, and its tests are looked for next.
    Restarting,
    /// A save waits until the batch of the person has ended.
    BehindBatch,
    /// A save waits until a question on the screen is answered.
    BehindQuestion,
    /// A saved file cannot be read by Python, at this line.
    Broken(RepoPath, u32),
    /// This file is written whenever tests run.
    Repeats(RepoPath),
    /// Many files were saved at once: so many, and so many tests.
    Many(usize, usize),
    /// So many tests wait, since they exceed a cycle.
    Rest(usize),
}

/// The loop.
#[derive(Clone, Debug, Default)]
pub struct EditLoop {
    /// Whether a person, or a setting, switched it on.
    pub on: bool,
    /// The files that no round has taken up yet.
    pub saved: BTreeSet<RepoPath>,
    /// The saved files that Python cannot read, with line and reason.
    pub broken: BTreeMap<RepoPath, (u32, Clean)>,
    /// The files of the round under way, or of the last one.
    pub taken: BTreeSet<RepoPath>,
    /// How the last round ended; nothing before the first one, and after one that affected no test.
    pub end: Option<RoundEnd>,
    /// How many rounds affected no test.
    pub unaffected: u64,
    /// Tests that wait for a key.
    pub waiting: Option<Arc<Planned>>,
    /// Whether a round is to begin as soon as nothing is in its way.
    due: bool,
    /// When the newest of `saved` and `taken` was saved.
    saved_at: Option<Stamp>,
    planned: Slot<Arc<Planned>>,
    ready: Option<Arc<Planned>>,
    run: Option<RunId>,
    /// Whether the question on the screen is whether this loop may run the project's code.
    trusting: bool,
    repeats: u32,
    /// Whether every file of `saved` was written while tests ran.
    while_running: bool,
}

impl EditLoop {
    /// The files that it is about now: those that wait, or else those of the last round.
    #[must_use]
    pub fn files(&self) -> &BTreeSet<RepoPath> {
        if self.saved.is_empty() { &self.taken } else { &self.saved }
    }

    /// Whether a round is known to have affected no test.
    #[must_use]
    pub fn is_unaffected(&self) -> bool {
        self.end.is_none() && !self.taken.is_empty()
    }

    /// A loop that is off and has seen nothing. Its open question stays open: it cannot be taken back, and one that is
    /// switched on meanwhile waits for the answer rather than asks a second one beside it.
    fn emptied(&mut self) -> Self {
        Self { planned: std::mem::take(&mut self.planned), ..Self::default() }
    }
}

/// What the loop is about; nothing while it is off.
#[must_use]
pub fn phase(state: &State) -> Option<Phase> {
    let looping = &state.edit_loop;
    if !looping.on {
        return None;
    }
    let run = state.runner.run.as_ref().filter(|run| run.after.is_none());
    if let Some(run) = run.filter(|_| is_own_run(state)) {
        return Some(if looping.due { Phase::Restarting } else { Phase::Running(run.ended(), run.tests.len()) });
    }
    if let Some((path, (line, _))) = looping.broken.first_key_value() {
        return Some(Phase::Broken(path.clone(), *line));
    }
    if let Some(path) = looping.saved.first().filter(|_| looping.repeats >= REPEATS) {
        return Some(Phase::Repeats(path.clone()));
    }
    if looping.due || looping.ready.is_some() || looping.planned.waiting() {
        return Some(match () {
            () if run.is_some() => Phase::BehindBatch,
            () if is_asked(state) => Phase::BehindQuestion,
            () => Phase::Planning,
        });
    }
    Some(match &looping.waiting {
        Some(planned) if looping.run.is_none() => Phase::Many(looping.taken.len(), tests(planned)),
        Some(planned) => Phase::Rest(tests(planned)),
        None => Phase::Idle,
    })
}

/// Switches the loop on or off. Switched on by a person, it begins with what is affected already.
pub fn toggle(state: &mut State) -> Vec<Effect> {
    if state.edit_loop.on {
        let effects = if is_own_run(state) { run_flow::cancel(state) } else { Vec::new() };
        state.edit_loop = state.edit_loop.emptied();
        state.say("the loop is off: a save runs nothing");
        return effects;
    }
    state.edit_loop = EditLoop { on: true, due: true, ..state.edit_loop.emptied() };
    state.say("the loop is on: a save runs the tests that it affects");
    watch(state)
}

/// Switches the loop on as the settings say: it begins with the first save.
pub fn begin(state: &mut State) {
    state.edit_loop.on = state.start.looping;
}

/// Without watching no save is noticed.
fn watch(state: &State) -> Vec<Effect> {
    if state.watching == Watching::Off { vec![Effect::Watch(true)] } else { Vec::new() }
}

/// Takes what was saved, at `at`.
pub fn saved(state: &mut State, saved: &[Saved], at: Stamp) {
    if !state.edit_loop.on {
        return;
    }
    let is_running = is_own_run(state);
    let looping = &mut state.edit_loop;
    let was_empty = looping.saved.is_empty();
    for file in saved {
        looping.broken.remove(&file.path);
        match &file.holds {
            Holds::Same => continue,
            Holds::News => {}
            Holds::Broken(line, what) => drop(looping.broken.insert(file.path.clone(), (*line, what.clone()))),
        }
        looping.while_running = is_running && (was_empty || looping.while_running);
        looping.saved.insert(file.path.clone());
        looping.saved_at = Some(at);
        looping.due = true;
    }
    // What a mended file held back is due, though its code is again what it was.
    looping.due |= looping.broken.is_empty() && !looping.saved.is_empty();
    if let Some((path, (line, what))) = state.edit_loop.broken.first_key_value() {
        let words = format!("nothing runs: {}:{line}: {what}", path.as_str());
        state.say(words);
    } else if !saved.is_empty() && saved.iter().all(|file| file.holds == Holds::Same) && !state.edit_loop.due {
        state.say("nothing to run: only comments or layout changed");
    }
}

/// After every message: begins, ends or starts again whatever is due now.
pub fn advance(state: &mut State) -> Vec<Effect> {
    if !state.edit_loop.on {
        return Vec::new();
    }
    if state.edit_loop.trusting && !matches!(state.overlay, Some(Overlay::Consent(..))) {
        state.edit_loop = state.edit_loop.emptied();
        state.say("the loop is off: this project is not trusted");
        return Vec::new();
    }
    if is_own_run(state) {
        let is_ending = state.runner.run.as_ref().is_some_and(|run| run.cancelling.is_some());
        return if state.edit_loop.due && !is_ending { run_flow::cancel(state) } else { Vec::new() };
    }
    let looping = &state.edit_loop;
    let is_held = !looping.broken.is_empty() || looping.repeats >= REPEATS;
    if is_held || looping.planned.waiting() || !is_free(state) {
        return Vec::new();
    }
    if state.edit_loop.due { ask(state) } else { start_ready(state) }
}

/// Asks for the tests that are affected now.
fn ask(state: &mut State) -> Vec<Effect> {
    let ticket = state.ticket();
    let looping = &mut state.edit_loop;
    let saved = std::mem::take(&mut looping.saved);
    let is_repeat = looping.while_running && saved == looping.taken;
    looping.repeats = if is_repeat { looping.repeats + 1 } else { 0 };
    if looping.repeats >= REPEATS {
        looping.saved = saved;
        return Vec::new();
    }
    looping.taken = saved;
    (looping.due, looping.ready, looping.waiting) = (false, None, None);
    let ticket = looping.planned.ask(ticket);
    let ask = Ask { affected: true, saved: looping.taken.iter().cloned().collect(), ..Ask::default() };
    vec![Effect::PlanRun { ticket, ask, ledger: state.ledger.clone() }]
}

/// Takes the plan of a round. False when it is another one's.
pub fn planned(state: &mut State, ticket: Ticket, answer: &Answer<Arc<Planned>>) -> bool {
    let looping = &mut state.edit_loop;
    if !looping.planned.awaits(ticket) {
        return false;
    }
    let is_ready = answer.is_ok();
    settle(&mut looping.planned, ticket, answer.clone(), &mut state.problems);
    // What was saved meanwhile is planned together with it.
    looping.ready = looping.planned.value().filter(|_| is_ready && !looping.due).cloned();
    true
}

/// Starts the plan that is ready, or says why not.
fn start_ready(state: &mut State) -> Vec<Effect> {
    let Some(planned) = state.edit_loop.ready.clone() else { return Vec::new() };
    if planned.consent.is_some() {
        // Whatever is open is answered first.
        if state.overlay.is_none() {
            (state.edit_loop.trusting, state.edit_loop.ready) = (true, None);
            state.overlay = Some(Overlay::Consent(planned, Scroll::default()));
        }
        return Vec::new();
    }
    state.edit_loop.ready = None;
    begin_round(state, planned)
}

/// The person trusts the project: the round goes on. Nothing where the question was not the loop's.
pub fn trusted(state: &mut State, planned: &Arc<Planned>) -> Option<Vec<Effect>> {
    if !std::mem::take(&mut state.edit_loop.trusting) {
        return None;
    }
    state.overlay = None;
    let planned = Planned { consent: None, ..planned.as_ref().clone() };
    Some(begin_round(state, Arc::new(planned)))
}

fn begin_round(state: &mut State, planned: Arc<Planned>) -> Vec<Effect> {
    (state.edit_loop.end, state.edit_loop.run) = (None, None);
    for problem in &planned.problems {
        if !state.problems.contains(problem) {
            state.trouble(problem.clone());
        }
    }
    if planned.cycles.iter().all(Vec::is_empty) {
        state.edit_loop.unaffected += u64::from(!state.edit_loop.taken.is_empty());
        if planned.problems.is_empty() {
            let words = if state.edit_loop.taken.is_empty() {
                "the loop waits for a save: nothing changed since it was measured"
            } else {
                "no test is affected by what was saved"
            };
            state.say(words);
        }
        return Vec::new();
    }
    if state.edit_loop.taken.len() >= MANY_FILES {
        state.edit_loop.waiting = Some(planned);
        return Vec::new();
    }
    start_cycle(state, &planned)
}

/// Starts the first cycle of a plan; the others wait.
fn start_cycle(state: &mut State, planned: &Planned) -> Vec<Effect> {
    let (first, rest) = split(planned);
    // What was said of the save before is over.
    state.notice = None;
    state.edit_loop.waiting = rest.map(Arc::new);
    let effects = run_flow::start_round(state, Arc::new(first));
    state.edit_loop.run = state.runner.run.as_ref().map(|run| run.id);
    effects
}

/// The first cycle of a plan, and the others.
fn split(planned: &Planned) -> (Planned, Option<Planned>) {
    let cut = |from: usize, to: usize| Planned {
        plan: Plan { cycles: planned.plan.cycles.iter().take(to).skip(from).cloned().collect() },
        cycles: planned.cycles.iter().take(to).skip(from).cloned().collect(),
        ..planned.clone()
    };
    let count = planned.cycles.len();
    (cut(0, 1), (count > 1).then(|| cut(1, count)))
}

fn tests(planned: &Planned) -> usize {
    planned.cycles.iter().flatten().map(|command| command.tests.len()).sum()
}

/// The person says that it goes on: with tests that wait, or in spite of what holds it.
pub fn go_on(state: &mut State) -> Vec<Effect> {
    let looping = &mut state.edit_loop;
    if !looping.broken.is_empty() || looping.repeats >= REPEATS {
        looping.broken.clear();
        looping.repeats = 0;
        looping.while_running = false;
        return Vec::new();
    }
    if !looping.on {
        state.say("the loop is off; W switches it on");
    } else if state.is_running() {
        state.say("a run is under way; c cancels it");
    } else if let Some(waiting) = state.edit_loop.waiting.take() {
        return start_cycle(state, &waiting);
    } else {
        state.say("no tests wait");
    }
    Vec::new()
}

/// A run has ended: when it is the loop's, that is the verdict on what was saved.
pub fn ended(state: &mut State, id: RunId, after: &AfterRun) {
    let looping = &mut state.edit_loop;
    if !looping.on || looping.run != Some(id) {
        return;
    }
    if after.cancelled {
        // A person who cancels wants none of it; a further save plans all of it anew.
        looping.waiting = None;
        return;
    }
    let tally = state.runner.run.as_ref().map(|run| &run.tally);
    let count = |is: &dyn Fn(Outcome) -> bool| {
        tally.map_or(0, |tally| tally.iter().filter(|(outcome, _)| is(**outcome)).map(|(_, count)| count).sum())
    };
    let took = looping.saved_at.filter(|_| !looping.taken.is_empty()).map(|at| after.at.0.saturating_sub(at.0).max(0));
    looping.end = Some(RoundEnd {
        bad: count(&|outcome| outcome.is_bad()),
        passed: count(&|outcome| outcome == Outcome::Passed),
        ended: count(&|_| true),
        took,
    });
}

/// A person plans a batch while the loop runs: the loop steps back, and plans its own again afterwards.
pub fn step_back(state: &mut State) -> Vec<Effect> {
    if !is_own_run(state) {
        return Vec::new();
    }
    let taken = std::mem::take(&mut state.edit_loop.taken);
    state.edit_loop.saved.extend(taken);
    state.edit_loop.due = true;
    let is_ending = state.runner.run.as_ref().is_some_and(|run| run.cancelling.is_some());
    if is_ending { Vec::new() } else { run_flow::cancel(state) }
}

/// Whether the run under way is the loop's.
#[must_use]
pub fn is_own_run(state: &State) -> bool {
    let run = state.runner.run.as_ref().filter(|run| run.after.is_none());
    state.edit_loop.on && run.is_some_and(|run| state.edit_loop.run == Some(run.id))
}

/// Whether a question stands on the screen that is about running.
const fn is_asked(state: &State) -> bool {
    matches!(state.overlay, Some(Overlay::Plan(_) | Overlay::Consent(..) | Overlay::Leaving))
}

fn is_free(state: &State) -> bool {
    let is_busy = state.is_running() || state.pending.is_some() || state.making.is_some();
    !is_busy && !is_asked(state) && !state.baseline.waiting()
}
