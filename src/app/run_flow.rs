//! From what should run to what came of it: plan, consent, start, news, end, cancel.

use crate::app::update::{evidence_changed, recall, settle};
use crate::app::{
    AfterRun, Answer, Ask, Baseline, CheckScope, Choice, Effect, Interpreter, LiveRun, MapRow, News, Overlay, Pane,
    PlanState, Planned, RunId, RunRow, Scroll, State, TextLine, Ticket, Whose, checklist, edit_loop, indexing, lab,
    pasted,
};
use crate::base::RepoPath;
use crate::domain::suite::{Exit, Outcome, Target};
use std::sync::Arc;

/// What the marks say, or else what the cursor of the pane is on.
#[must_use]
pub fn wanted(state: &State) -> Ask {
    if !state.marks.is_empty() {
        return ask_for(state.marks.iter().cloned());
    }
    let source = |path: &RepoPath| ask_for([Choice::Source(path.clone())]);
    match state.focus {
        Pane::Map => match state.map.shown.get(state.map.list.at) {
            Some(MapRow::File { .. }) => state.map.selected().map(|row| source(&row.path)),
            Some(MapRow::Folder { path, .. }) => {
                let below = |row: &&crate::domain::triage::Row| {
                    row.path.as_str().strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/'))
                };
                Some(ask_for(state.map.rows().iter().filter(below).map(|row| Choice::Source(row.path.clone()))))
            }
            None => None,
        },
        Pane::Lines => state.lines.file().map(|file| source(&file.path)),
        Pane::Flaky => state.flaky.cursor.clone().map(|id| ask_for([Choice::Test(id)])),
        Pane::Runner => match state.runner.cursor {
            Some(RunRow::Test(_)) => state.runner.selected_test().map(|test| ask_for([Choice::Test(test.id.clone())])),
            Some(RunRow::Change(at)) => {
                let after = state.runner.run.as_ref().and_then(|run| run.after.as_ref());
                after.and_then(|after| after.changes.get(at)).map(|change| source(&change.path))
            }
            _ => state.runner.last.clone(),
        },
    }
    .unwrap_or_default()
}

/// Asks for the name under which what the plan on the screen runs is to be saved.
pub fn name(state: &mut State) {
    if let Some(Overlay::Plan(plan)) = &mut state.overlay
        && plan.planned.value().is_some()
    {
        plan.naming = Some(TextLine::default());
    }
}

/// Saves what the plan on the screen runs under the name that was typed.
pub fn save(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Plan(plan)) = &mut state.overlay else { return Vec::new() };
    let (Some(name), Some(planned)) = (plan.naming.take(), plan.planned.value().cloned()) else { return Vec::new() };
    if name.text().trim().is_empty() {
        Vec::new()
    } else {
        vec![Effect::SaveSelection(name.text().to_owned(), planned)]
    }
}

/// The tests of the line under the cursor of the source, or those nearest to it.
#[must_use]
pub fn of_line(state: &State) -> Ask {
    let near = state.lines.file().map(|file| (file.path.clone(), state.lines.line));
    Ask { near: near.into_iter().collect(), ..Ask::default() }
}

/// The tests of the function around the cursor of the source.
pub fn of_function(state: &mut State) -> Vec<Effect> {
    let line = state.lines.line;
    let scope = state.lines.file().and_then(|file| {
        let around = file.scopes.iter().filter(|scope| scope.first <= line && line <= scope.last);
        Some((file.path.clone(), around.max_by_key(|scope| scope.first)?.name.to_string()))
    });
    let Some((path, name)) = scope else {
        state.say("this line is in no function");
        return Vec::new();
    };
    plan(state, Ask { covering: vec![Whose::Function(path, name)], ..Ask::default() })
}

/// What is asked for by choices; actions are none.
pub fn ask_for(choices: impl IntoIterator<Item = Choice>) -> Ask {
    let mut ask = Ask::default();
    for choice in choices {
        match choice {
            Choice::Source(path) => ask.sources.push(path),
            Choice::TestFile(path) => ask.targets.push(Target::File(path)),
            Choice::Test(id) => ask.targets.push(Target::Test(id)),
            Choice::Selection(name) if name.is_empty() => ask.last = true,
            Choice::Selection(name) => ask.selections.push(name),
            Choice::Action(_) | Choice::Point(_) => {}
        }
    }
    ask
}

/// Asks for the exact commands and shows them to be confirmed.
pub fn plan(state: &mut State, ask: Ask) -> Vec<Effect> {
    if state.is_running() && !edit_loop::is_own_run(state) {
        state.say("a run is under way; c cancels it");
        return Vec::new();
    }
    if state.has_lab() {
        state.say("a lab goes on; L shows it, and c there stops it");
        return Vec::new();
    }
    if ask == Ask::default() {
        state.say("nothing to run is selected; p picks files and tests");
        return Vec::new();
    }
    let mut effects = edit_loop::step_back(state);
    let ticket = state.ticket();
    state.overlay = Some(Overlay::Plan(PlanState::new(ticket, state.runner.full)));
    effects.push(Effect::PlanRun { ticket, ask, ledger: state.ledger.clone() });
    effects
}

/// Plans the test under the cursor with pytest's debugger.
pub fn debug(state: &mut State) -> Vec<Effect> {
    let test = match state.focus {
        Pane::Flaky => state.flaky.cursor.clone(),
        _ => state.runner.selected_test().map(|test| test.id.clone()),
    };
    let Some(test) = test else {
        state.say("the debugger runs one test: put the cursor on it");
        return Vec::new();
    };
    plan(state, Ask { pdb: true, targets: vec![Target::Test(test)], ..Ask::default() })
}

/// Says how a run with the debugger ended. Nothing of it is kept: a person may have changed what the test did.
pub fn debugged(state: &mut State, exit: Exit) {
    let how = match exit {
        Exit::Code(0) => "it passed".to_owned(),
        Exit::Code(1) => "it failed".to_owned(),
        Exit::Code(2) => "it was left".to_owned(),
        Exit::Code(code) => format!("pytest ended with exit code {code}"),
        Exit::Signal(signal) => format!("pytest was ended by signal {signal}"),
        Exit::Lost => "nobody knows how pytest ended".to_owned(),
    };
    state.say(format!("back from the debugger: {how}; nothing of it was recorded"));
}

/// Takes the plan, when it is still wanted.
pub fn planned(state: &mut State, ticket: Ticket, answer: Answer<Arc<Planned>>) {
    if edit_loop::planned(state, ticket, &answer) {
        return;
    }
    if let Some(Overlay::Plan(plan)) = &mut state.overlay {
        settle(&mut plan.planned, ticket, answer, &mut state.problems);
    }
}

/// A plan that depends on which tests there are is made anew, since more is known of them.
pub fn plan_again(state: &mut State) -> Option<Effect> {
    let Some(Overlay::Plan(plan)) = &state.overlay else { return None };
    let ask = plan.planned.value().map(|planned| planned.ask.clone()).filter(Ask::has_expression)?;
    let ticket = state.ticket();
    let Some(Overlay::Plan(plan)) = &mut state.overlay else { return None };
    let ticket = plan.planned.ask(ticket);
    Some(Effect::PlanRun { ticket, ask, ledger: state.ledger.clone() })
}

/// The plan on the screen is confirmed: start it, or ask first whether this project may run at all.
pub fn confirm(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Plan(plan)) = &state.overlay else { return Vec::new() };
    let Some(planned) = plan.planned.value().cloned() else { return Vec::new() };
    if planned.cycles.iter().all(Vec::is_empty) {
        state.overlay = None;
        state.say("there is nothing to run");
        return Vec::new();
    }
    if planned.consent.is_some() {
        state.overlay = Some(Overlay::Consent(planned, Scroll::default()));
        return Vec::new();
    }
    prepare(state, planned)
}

/// The person consents.
pub fn consent(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Consent(planned, _)) = &state.overlay else { return Vec::new() };
    let planned = Arc::clone(planned);
    let mut effects = vec![Effect::Trust];
    if let Some(round) = edit_loop::trusted(state, &planned) {
        effects.extend(round);
        return effects;
    }
    effects.extend(prepare(state, planned));
    effects
}

/// Starts a plan, after the environment is made where one has to be.
fn prepare(state: &mut State, planned: Arc<Planned>) -> Vec<Effect> {
    state.overlay = None;
    if planned.ask.lab.is_none() {
        state.focus = Pane::Runner;
    }
    if state.interpreter.value().is_some_and(|interpreter| interpreter.to_be_made) {
        state.pending = Some(planned);
        state.making = Some(crate::base::Clean::line("making a virtualenv"));
        let ticket = state.ticket();
        return vec![Effect::MakeEnvironment(state.interpreter.ask(ticket))];
    }
    start(state, planned)
}

fn start(state: &mut State, planned: Arc<Planned>) -> Vec<Effect> {
    if state.is_running() {
        // What the loop ran is ending: it makes room.
        state.pending = Some(planned);
        return Vec::new();
    }
    if planned.ask.pdb {
        return vec![Effect::Debug(planned)];
    }
    if let Some(goal) = planned.ask.lab {
        let test = planned.ask.targets.iter().find_map(|target| match target {
            Target::Test(test) => Some(test.clone()),
            Target::File(_) => None,
        });
        return test.map(|test| lab::start(state, test, goal)).unwrap_or_default();
    }
    state.runner.last = Some(planned.again());
    state.marks.clear();
    // What comes of a run is shown on what is known, and never on what was pasted.
    let mut effects = pasted::put_away(state).unwrap_or_default();
    effects.push(launch(state, planned));
    effects
}

/// Starts what a save affects. Focus, marks and what was pasted stay as they are: nobody struck a key.
pub fn start_round(state: &mut State, planned: Arc<Planned>) -> Vec<Effect> {
    if state.interpreter.value().is_some_and(|interpreter| interpreter.to_be_made) {
        return prepare(state, planned);
    }
    state.runner.last = Some(planned.again());
    vec![launch(state, planned)]
}

fn launch(state: &mut State, planned: Arc<Planned>) -> Effect {
    state.runner.runs += 1;
    let run = RunId(state.runner.runs);
    state.runner.reset(LiveRun::new(run, Arc::clone(&planned), state.now()));
    state.runner.rebuild(state.list_height(Pane::Runner));
    Effect::Start { run, planned, ledger: state.ledger.clone() }
}

/// Takes the interpreter; a plan that waited for it starts.
pub fn interpreter(state: &mut State, ticket: Ticket, answer: Answer<Arc<Interpreter>>) -> Vec<Effect> {
    if !state.interpreter.settle(ticket, answer) {
        return Vec::new();
    }
    state.making = None;
    let pending = state.pending.take();
    if let Some(problem) = state.interpreter.failure().cloned() {
        state.trouble(problem);
        return Vec::new();
    }
    if let Some(problem) = state.interpreter.value().and_then(|interpreter| interpreter.missing.clone()) {
        state.trouble(problem);
    }
    pending.map(|planned| start(state, planned)).unwrap_or_default()
}

/// Takes a lot of news of a run; news of an earlier run are late.
pub fn news(state: &mut State, id: RunId, lot: Vec<News>) -> Vec<Effect> {
    let height = state.list_height(Pane::Runner);
    let Some(run) = state.runner.run.as_mut().filter(|run| run.id == id && run.after.is_none()) else {
        return Vec::new();
    };
    let (mut rows_changed, mut moved, mut ended) = (false, false, None);
    for news in lot {
        if let News::Ended(after) = &news {
            ended = Some(Arc::clone(after));
        }
        moved |= matches!(news, News::TestStarted { .. } | News::Started { .. });
        rows_changed |= run.take(news);
    }
    if rows_changed {
        state.runner.rebuild(height);
    }
    if moved && state.runner.follow {
        state.runner.follow_run(height);
    }
    ended.map(|after| end(state, id, &after)).unwrap_or_default()
}

/// A run has ended: its ledger is the one that counts, and what depends on it is asked for anew.
fn end(state: &mut State, id: RunId, after: &Arc<AfterRun>) -> Vec<Effect> {
    let mut effects = vec![Effect::Remember(id, Arc::clone(after))];
    if let Some(ledger) = &after.ledger {
        let before = state.ledger.replace(Arc::clone(ledger));
        state.before = state.before.take().or(before);
    }
    if let Some(evidence) = &after.baseline {
        state.before = None;
        state.baseline.put(Arc::new(Baseline::Found(evidence.clone())));
    }
    // Whoever has gone to a test stays there; who only watched sees what came of it.
    if state.runner.follow {
        state.runner.cursor = None;
        state.runner.list = Scroll::default();
        state.runner.follow = false;
    }
    state.runner.rebuild(state.list_height(Pane::Runner));
    state.say(summary(state, after));
    for problem in after.problems.clone() {
        state.trouble(problem);
    }
    edit_loop::ended(state, id, after);
    effects.extend(evidence_changed(state));
    effects.push(recall(state));
    // Whoever waits for the answer of an earlier batch gets that, and the view asks again.
    if !state.checklist.of(CheckScope::Changed).waiting() {
        effects.extend(checklist::look(state, CheckScope::Changed));
    }
    if state.making.is_none()
        && let Some(planned) = state.pending.take()
    {
        effects.extend(start(state, planned));
    }
    effects
}

/// The end of a run in one line.
fn summary(state: &State, after: &AfterRun) -> String {
    let tally = state.runner.run.as_ref().map(|run| &run.tally);
    let count = |outcome: &Outcome| tally.and_then(|tally| tally.get(outcome)).copied().unwrap_or(0);
    let counts: Vec<String> = [
        (Outcome::Failed, "failed"),
        (Outcome::Error, "with errors"),
        (Outcome::Passed, "passed"),
        (Outcome::Skipped, "skipped"),
        (Outcome::Xfailed, "failed as expected"),
        (Outcome::Xpassed, "passed unexpectedly"),
    ]
    .iter()
    .filter(|(outcome, _)| count(outcome) > 0)
    .map(|(outcome, words)| format!("{} {words}", count(outcome)))
    .collect();
    let mut words = if counts.is_empty() { "no test ran".to_owned() } else { counts.join(", ") };
    if after.cancelled {
        words.insert_str(0, "cancelled: ");
    }
    let planned = state.runner.run.as_ref().map(|run| &run.planned);
    if let Some(held) = planned.and_then(|planned| planned.quarantine.done(&after.held)) {
        words.push_str(&format!(" · {held}"));
    }
    if let Some((before, after)) = after.total {
        let noise = if after.is_noise_since(&before) { ", within noise" } else { "" };
        words.push_str(&format!(" · {} → {} {}{noise}", before.told(1), after.shown(1), after.kind.word()));
    }
    if !after.reports.is_empty() {
        words.push_str(" · y copies the report");
    }
    words
}

/// Cancels the run: gently at first, firmly when that was done already.
pub fn cancel(state: &mut State) -> Vec<Effect> {
    let Some(run) = state.runner.run.as_mut().filter(|run| run.after.is_none()) else {
        if let Some(stop) = indexing::cancel(state) {
            return vec![stop];
        }
        state.say("nothing runs");
        return Vec::new();
    };
    let firm = run.cancelling.is_some();
    let run = run.id;
    if !firm && let Some(live) = &mut state.runner.run {
        live.cancelling = Some((crate::app::Rung::Interrupt, None));
    }
    vec![Effect::Cancel { run, firm }]
}

/// The tests that failed in the last run.
#[must_use]
pub fn failed(state: &State) -> Ask {
    let failed = state.runner.run.iter().flat_map(LiveRun::failed);
    ask_for(failed.map(|test| Choice::Test(test.id.clone())))
}

/// The report of the last batch, to be copied.
#[must_use]
pub fn report(state: &State) -> Option<String> {
    let after = state.runner.run.as_ref()?.after.as_ref()?;
    (!after.reports.is_empty()).then(|| after.reports.join("\n"))
}
