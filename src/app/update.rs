//! What happens: one message in, the state changed, effects out.

use crate::app::{
    Answer, Baseline, Effect, Msg, Overlay, Slot, State, Ticket, act, act_overlay, checklist, compare, edit_loop,
    follow, guide, indexing, lab, pasted, pointer, programme, quarantine, run_flow,
};
use crate::base::Problem;
use std::sync::Arc;

/// Takes one message. No I/O, no clock, no waiting.
#[must_use]
pub fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    // What is told is told to what the help lies over. What another thing has taken the place of needs no help any more.
    let is_asked = matches!(msg, Msg::Key(_) | Msg::Mouse(_) | Msg::Paste(_) | Msg::Act(_));
    let help = if is_asked { None } else { act_overlay::lift_help(state) };
    let is_over = state.overlay.is_some();
    let mut effects = take(state, msg);
    if let Some(help) = help.filter(|help| !is_over || state.place() == help.about) {
        act_overlay::lay_help(state, help);
    }
    effects.extend(edit_loop::advance(state));
    effects.extend(indexing::advance(state));
    follow::follow(state, &mut effects);
    effects
}

/// The effects with which a sitting begins: look for the interpreter, the reports, the history, the files.
#[must_use]
pub fn begin(state: &mut State) -> Vec<Effect> {
    let ticket = state.ticket();
    let mut effects = vec![Effect::FindInterpreter(state.interpreter.ask(ticket))];
    effects.extend([read_reports(state), read_catalog(state), recall(state)]);
    edit_loop::begin(state);
    state.indexing.want();
    if state.start.watch || state.start.looping {
        effects.push(Effect::Watch(true));
    }
    effects
}

fn take(state: &mut State, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(key) => return act::key(state, key),
        Msg::Mouse(mouse) => return pointer::mouse(state, mouse),
        Msg::Paste(text) => return act::paste(state, &text),
        Msg::Act(action) => return act::act(state, action),
        Msg::Resized(size) => state.start.size = size,
        Msg::Tick(now) => state.start.now = now,
        Msg::Resumed => return resumed(state),
        Msg::FilesChanged { reports, sources, at } => {
            edit_loop::saved(state, &sources, at);
            return files_changed(state, reports, !sources.is_empty());
        }
        Msg::Watching(watching) => state.watching = watching,
        Msg::Trouble(problem) => state.trouble(problem),
        Msg::Debugged(exit) => run_flow::debugged(state, exit),
        Msg::Notice(words) => state.say(words.as_str()),
        Msg::Making(ticket, words) if state.interpreter.awaits(ticket) => state.making = Some(words),
        Msg::Making(..) => {}
        Msg::Interpreter(ticket, answer) => return run_flow::interpreter(state, ticket, answer),
        Msg::Planned(ticket, answer) => run_flow::planned(state, ticket, answer),
        Msg::Points(ticket, answer) => return compare::listed(state, ticket, answer),
        Msg::Compared(ticket, answer) => compare::compared(state, ticket, answer),
        Msg::Guided(ticket, answer) => guide::guided(state, ticket, answer),
        Msg::Drafted(ticket, answer) => guide::drafted(state, ticket, answer),
        Msg::Written(answer) => return guide::written(state, answer),
        Msg::Checked(ticket, answer) => checklist::taken(state, ticket, answer),
        Msg::ProgrammeRead(ticket, answer) => programme::taken(state, ticket, answer),
        Msg::Run(run, news) => return run_flow::news(state, run, news),
        Msg::Lab(run, news) => lab::news(state, run, news),
        Msg::LabEnded(run, answer) => return lab::ended(state, run, answer),
        Msg::Baseline(ticket, answer) => return baseline(state, ticket, answer),
        Msg::Pasted(ticket, answer) => return pasted::taken(state, ticket, answer),
        Msg::Catalog(ticket, answer) => return follow::catalog(state, ticket, answer),
        Msg::Collecting(ticket, found) => indexing::progress(state, ticket, found),
        Msg::Collected(ticket, answer) => return indexing::ended(state, ticket, answer),
        Msg::SourceRead(ticket, answer) => follow::source_read(state, ticket, answer),
        Msg::TestsFound(ticket, answer) => return follow::tests_found(state, ticket, answer),
        Msg::Matched(ticket, found) => return follow::matched(state, ticket, found),
        Msg::Ranked(ticket, answer) => {
            let height = state.list_height(crate::app::Pane::Map);
            if settle(&mut state.map.ranking, ticket, answer, &mut state.problems) {
                state.map.rebuild(height);
            }
        }
        Msg::Flaky(ticket, answer) => {
            let height = state.list_height(crate::app::Pane::Flaky);
            if settle(&mut state.flaky.tests, ticket, answer, &mut state.problems) {
                state.programme.is_stale = true;
                state.flaky.record_of = None;
                state.flaky.rebuild(height);
            }
        }
        Msg::Quarantined(answer) => return quarantine::changed(state, answer),
        Msg::TestRecalled(ticket, answer) => {
            settle(&mut state.flaky.record, ticket, answer, &mut state.problems);
        }
        // A file that cannot be looked into has an empty preview; choosing it says why.
        Msg::Previewed(ticket, answer) => {
            if let Some(Overlay::Picker(picker)) = &mut state.overlay {
                picker.preview.settle(ticket, answer);
            }
        }
    }
    Vec::new()
}

/// Settles a question and keeps its problem. False for a late answer.
pub fn settle<T>(slot: &mut Slot<T>, ticket: Ticket, answer: Answer<T>, problems: &mut Vec<Problem>) -> bool {
    let wanted = slot.settle(ticket, answer);
    if let Some(problem) = slot.failure().filter(|problem| wanted && problems.last() != Some(problem)) {
        problems.push(problem.clone());
    }
    wanted
}

/// A new baseline takes the place of the one before; what batches of this sitting added stays as long as the report
/// is the same.
fn baseline(state: &mut State, ticket: Ticket, answer: Answer<Arc<Baseline>>) -> Vec<Effect> {
    let old = state.baseline.value().cloned();
    if !state.baseline.settle(ticket, answer) {
        return Vec::new();
    }
    if let Some(problem) = state.baseline.failure().cloned() {
        state.trouble(problem);
    }
    let Some(Baseline::Found(new)) = state.baseline.value().map(AsRef::as_ref) else {
        return Vec::new();
    };
    let same = matches!(old.as_deref(), Some(Baseline::Found(old))
        if old.name == new.name && old.written.is_some() && old.written == new.written);
    if !same || state.before.is_none() {
        (state.ledger, state.before) = (Some(Arc::clone(&new.ledger)), None);
    }
    for problem in new.problems.clone() {
        state.trouble(problem);
    }
    evidence_changed(state)
}

/// The questions that a changed ledger asks anew.
pub fn evidence_changed(state: &mut State) -> Vec<Effect> {
    state.lines.lit = None;
    state.programme.is_stale = true;
    state.checklist.doubt();
    let mut effects: Vec<Effect> = rank(state).into_iter().chain(follow::read_source(state)).collect();
    effects.push(read_catalog(state));
    effects
}

/// Asks for the files in the order that is wanted.
pub fn rank(state: &mut State) -> Option<Effect> {
    let ledger = pasted::shown(state)?;
    let ticket = state.ticket();
    let ticket = state.map.ranking.ask(ticket);
    Some(Effect::Rank { ticket, ledger, before: pasted::shown_before(state), order: state.map.order })
}

/// Asks for the reports.
pub fn read_reports(state: &mut State) -> Effect {
    let ticket = state.ticket();
    Effect::ReadReports(state.baseline.ask(ticket))
}

/// Asks for the flaky tests.
pub fn recall(state: &mut State) -> Effect {
    let ticket = state.ticket();
    Effect::Recall(state.flaky.tests.ask(ticket))
}

/// Asks for everything that the picker offers.
pub fn read_catalog(state: &mut State) -> Effect {
    let ticket = state.ticket();
    Effect::ReadCatalog { ticket: state.catalog.ask(ticket), ledger: state.ledger.clone() }
}

/// After an editor or a suspension files may be other ones, and the screen is somebody else's.
fn resumed(state: &mut State) -> Vec<Effect> {
    let mut effects = vec![Effect::Redraw];
    effects.extend(files_changed(state, false, true));
    effects
}

fn files_changed(state: &mut State, reports: bool, sources: bool) -> Vec<Effect> {
    let mut effects = Vec::new();
    if reports {
        effects.push(read_reports(state));
    }
    if sources {
        state.programme.is_stale = true;
        state.checklist.doubt();
        state.indexing.want();
        state.lines.lit = None;
        effects.extend(rank(state));
        effects.extend(follow::read_source(state));
        effects.push(read_catalog(state));
    }
    effects
}
