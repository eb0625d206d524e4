//! The collection in the background: when pytest is asked which tests there are, how far it is, what came of it.

use crate::app::update::read_catalog;
use crate::app::{Answer, Collection, Effect, Phase, State, Ticket, edit_loop, run_flow};
use crate::base::Problem;
use std::sync::Arc;

/// How many files that can't be collected are told one by one.
const TOLD: usize = 5;

/// The collection in the background.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Indexing {
    /// Whether there may be something to collect that nobody has tried to.
    wanted: bool,
    /// The one that goes on.
    ticket: Option<Ticket>,
    /// How many tests it has found so far.
    found: u64,
    /// Whether it was asked to stop.
    stopping: bool,
    /// Why the last one found nothing out.
    failure: Option<Problem>,
}

impl Indexing {
    /// Notes that tests may have changed.
    pub const fn want(&mut self) {
        self.wanted = true;
    }

    /// How many tests were found so far by the collection that goes on.
    #[must_use]
    pub fn found(&self) -> Option<u64> {
        self.ticket.map(|_| self.found)
    }

    fn stop(&mut self) -> Option<Effect> {
        let ticket = self.ticket.filter(|_| !self.stopping)?;
        self.stopping = true;
        Some(Effect::StopCollecting(ticket))
    }
}

/// What follows from any message: a run has precedence over the collection, which starts where it may and is needed.
pub fn advance(state: &mut State) -> Vec<Effect> {
    if state.is_running() {
        let stopped = state.indexing.stop();
        state.indexing.wanted |= stopped.is_some();
        return stopped.into_iter().collect();
    }
    let ready = state.interpreter.value().is_some_and(|found| !found.to_be_made && found.missing.is_none());
    let is_looping = matches!(edit_loop::phase(state), Some(Phase::Planning | Phase::Running(..) | Phase::Restarting));
    let is_busy = is_looping || state.making.is_some() || state.pending.is_some();
    let is_free = !is_busy && state.indexing.ticket.is_none() && !state.catalog.waiting();
    let needed = state.catalog.value().is_some_and(|catalog| catalog.collects && catalog.waiting > 0);
    if !(state.start.collect && state.indexing.wanted && ready && is_free && needed) {
        return Vec::new();
    }
    let ticket = state.ticket();
    let failure = state.indexing.failure.take();
    state.indexing = Indexing { ticket: Some(ticket), failure, ..Indexing::default() };
    vec![Effect::Collect(ticket)]
}

/// A person cancels it; nothing where none goes on.
pub fn cancel(state: &mut State) -> Option<Effect> {
    let stopped = state.indexing.stop();
    if stopped.is_some() {
        state.indexing.wanted = false;
        state.say("the collection is being cancelled; ctrl-r starts it again");
    }
    stopped
}

/// How far it is.
pub fn progress(state: &mut State, ticket: Ticket, found: u64) {
    if state.indexing.ticket == Some(ticket) {
        state.indexing.found = found;
    }
}

/// It has ended: what it found is shown.
pub fn ended(state: &mut State, ticket: Ticket, answer: Answer<Arc<Collection>>) -> Vec<Effect> {
    if state.indexing.ticket != Some(ticket) {
        return Vec::new();
    }
    let Indexing { wanted, failure: before, .. } = std::mem::take(&mut state.indexing);
    state.indexing.wanted = wanted;
    match answer {
        Ok(done) => {
            let notice = state.notice.clone();
            done.problems.iter().take(TOLD).for_each(|problem| state.trouble(problem.clone()));
            if done.problems.len() > TOLD {
                state.say(format!("pytest can't collect {} files; ! lists the first ones", done.problems.len()));
            }
            // What was said of a run is not to be covered by this.
            state.notice = notice.or_else(|| state.notice.take());
        }
        Err(problem) => {
            // A save that changes nothing of that is no reason to say it again.
            if before.as_ref() != Some(&problem) {
                state.trouble(problem.clone());
            }
            state.indexing.failure = Some(problem);
        }
    }
    let mut effects = vec![read_catalog(state)];
    effects.extend(run_flow::plan_again(state));
    effects
}

#[cfg(test)]
mod tests {
    use super::{advance, cancel, ended, progress};
    use crate::app::sample;
    use crate::app::{Answer, Catalog, Collection, Effect, Interpreter, Msg, State, Ticket, update};
    use std::sync::Arc;

    /// A quiet state in which so many files wait to be collected.
    fn quiet(waiting: usize, collects: bool) -> State {
        let mut state = State::default();
        state.start.collect = true;
        state.interpreter.put(Arc::new(Interpreter::default()));
        state.catalog.put(Arc::new(Catalog { waiting, collects, ..Catalog::default() }));
        state.indexing.want();
        state
    }

    fn started(state: &mut State) -> Ticket {
        match advance(state).as_slice() {
            [Effect::Collect(ticket)] => *ticket,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn it_starts_once_where_it_is_needed_and_allowed() {
        let mut state = quiet(3, true);
        let ticket = started(&mut state);
        assert!(advance(&mut state).is_empty());
        progress(&mut state, ticket, 40);
        progress(&mut state, Ticket(99), 50);
        assert_eq!(state.indexing.found(), Some(40));
        let effects = ended(&mut state, ticket, Ok(Arc::default()));
        assert!(matches!(effects.as_slice(), [Effect::ReadCatalog { .. }]));
        state.catalog.put(Arc::new(Catalog { waiting: 3, collects: true, ..Catalog::default() }));
        assert!(advance(&mut state).is_empty(), "what did not change is not tried again");
        state.indexing.want();
        started(&mut state);
    }

    #[test]
    fn it_does_not_start_before_consent_nor_where_nothing_waits_nor_where_it_is_off() {
        let mut off = quiet(3, true);
        off.start.collect = false;
        let mut missing = quiet(3, true);
        missing.interpreter = crate::app::Slot::default();
        for mut state in [quiet(3, false), quiet(0, true), off, missing] {
            assert!(advance(&mut state).is_empty());
        }
    }

    #[test]
    fn a_run_has_precedence_and_the_collection_goes_on_after_it() {
        let mut state = quiet(3, true);
        let ticket = started(&mut state);
        let mut running = sample::ready(120, 36);
        sample::run(&mut running);
        state.runner = running.runner;
        assert!(matches!(advance(&mut state).as_slice(), [Effect::StopCollecting(stopped)] if *stopped == ticket));
        assert!(advance(&mut state).is_empty(), "it is stopped once");
        let cancelled: Answer<Arc<Collection>> = Ok(Arc::new(Collection { cancelled: true, ..Collection::default() }));
        drop(update(&mut state, Msg::Collected(ticket, cancelled)));
        state.runner = crate::app::RunnerPane::default();
        state.catalog.put(Arc::new(Catalog { waiting: 3, collects: true, ..Catalog::default() }));
        started(&mut state);
    }

    #[test]
    fn a_person_can_cancel_it() {
        let mut state = quiet(3, true);
        let ticket = started(&mut state);
        assert!(matches!(cancel(&mut state), Some(Effect::StopCollecting(_))));
        assert!(cancel(&mut state).is_none());
        drop(ended(&mut state, ticket, Ok(Arc::default())));
        state.catalog.put(Arc::new(Catalog { waiting: 3, collects: true, ..Catalog::default() }));
        assert!(advance(&mut state).is_empty());
    }
}
