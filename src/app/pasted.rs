//! A pasted report: shown in place of what is known until it is put away. Nothing runs on it, and nothing of it is kept.

use crate::app::update::rank;
use crate::app::{Answer, Effect, Evidence, State, Ticket, follow};
use crate::domain::ledger::{Figure, Ledger};
use std::sync::Arc;

/// Takes text that was pasted where nothing is typed. One line is a slip of the hand and ignored, so that no paste can
/// press keys; more may be a report.
pub fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    if state.overlay.is_some() || text.trim().lines().count() < 2 {
        return Vec::new();
    }
    let ticket = state.ticket();
    state.say("reading what was pasted…");
    vec![Effect::ReadPasted(state.pasted.ask(ticket), text.into())]
}

/// Asks for the report on the clipboard.
pub fn from_clipboard(state: &mut State) -> Vec<Effect> {
    let ticket = state.ticket();
    state.say("reading the clipboard…");
    vec![Effect::ReadClipboard(state.pasted.ask(ticket))]
}

/// Takes the report; what cannot be read leaves everything as it is.
pub fn taken(state: &mut State, ticket: Ticket, answer: Answer<Arc<Evidence>>) -> Vec<Effect> {
    if !state.pasted.settle(ticket, answer) {
        return Vec::new();
    }
    if let Some(problem) = state.pasted.failure().cloned() {
        state.trouble(problem);
        return Vec::new();
    }
    let Some(evidence) = state.pasted.value().cloned() else { return Vec::new() };
    evidence.problems.iter().cloned().for_each(|problem| state.trouble(problem));
    state.say(format!("{}: {} in this project; esc puts it away", evidence.name, files(&evidence.ledger)));
    shown_anew(state)
}

/// Puts the pasted report away. Nothing where there is none.
pub fn put_away(state: &mut State) -> Option<Vec<Effect>> {
    state.pasted.value()?;
    state.pasted.clear();
    state.say("the pasted report is put away");
    Some(shown_anew(state))
}

/// What the map and the source show: a pasted report, or else what is known.
#[must_use]
pub fn shown(state: &State) -> Option<Arc<Ledger>> {
    state.pasted.value().map(|evidence| &evidence.ledger).or(state.ledger.as_ref()).map(Arc::clone)
}

/// What that is compared with.
#[must_use]
pub fn shown_before(state: &State) -> Option<Arc<Ledger>> {
    state.before.clone().filter(|_| state.pasted.value().is_none())
}

fn shown_anew(state: &mut State) -> Vec<Effect> {
    if shown(state).is_none() {
        state.map.ranking.clear();
        state.map.rebuild(1);
    }
    rank(state).into_iter().chain(follow::read_source(state)).collect()
}

fn files(ledger: &Ledger) -> String {
    let count = ledger.files().count();
    let total = ledger.files().map(|path| ledger.standing(path, None).plain).reduce(Figure::plus);
    let percent = total.map(|total| format!(", {}", total.ratio)).unwrap_or_default();
    format!("{count} file{}{percent}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use crate::app::sample::{answer, ready};
    use crate::app::tests::press;
    use crate::app::{Action, Effect, Evidence, Msg, State, Ticket, update};
    use crate::base::{Clean, Problem};
    use crate::domain::ledger::Ledger;
    use std::sync::Arc;

    const TABLE: &str = "Name Stmts Miss Cover\na.py 1 0 100%\nTOTAL 1 0 100%\n";

    fn report() -> Evidence {
        Evidence {
            ledger: Arc::new(Ledger::default()),
            name: Clean::line("pasted coverage table"),
            format: Clean::line("coverage table"),
            written: None,
            has_contexts: false,
            tests: 0,
            problems: Vec::new(),
        }
    }

    fn paste(state: &mut State) -> Ticket {
        match update(state, Msg::Paste(TABLE.to_owned())).as_slice() {
            [Effect::ReadPasted(ticket, text)] if **text == *TABLE => *ticket,
            other => panic!("{other:?}"),
        }
    }

    /// Whether the map is asked for with what is known.
    fn ranks_known(state: &State, effects: &[Effect]) -> Option<bool> {
        let known = state.ledger.as_ref()?;
        effects.iter().find_map(|effect| match effect {
            Effect::Rank { ledger, .. } => Some(Arc::ptr_eq(ledger, known)),
            _ => None,
        })
    }

    #[test]
    fn rule_8_a_pasted_report_is_shown_until_it_is_put_away() {
        let mut state = ready(120, 36);
        let ticket = paste(&mut state);
        let effects = update(&mut state, Msg::Pasted(ticket, Ok(Arc::new(report()))));
        assert_eq!(ranks_known(&state, &effects), Some(false));
        assert!(format!("{:?}", state.notice).contains("pasted coverage table"));
        let effects = press(&mut state, "esc");
        assert_eq!(ranks_known(&state, &effects), Some(true));
        assert!(press(&mut state, "esc").is_empty());
    }

    #[test]
    fn nothing_runs_on_a_pasted_report_and_nothing_of_it_is_kept() {
        let mut state = ready(120, 36);
        let ticket = paste(&mut state);
        let _ = update(&mut state, Msg::Pasted(ticket, Ok(Arc::new(report()))));
        let effects = press(&mut state, "r");
        answer(&mut state, effects);
        let effects = press(&mut state, "enter");
        let started = effects.iter().find_map(|effect| match effect {
            Effect::Start { ledger, .. } => ledger.clone(),
            _ => None,
        });
        assert!(started.zip(state.ledger.clone()).is_some_and(|(started, known)| Arc::ptr_eq(&started, &known)));
        assert!(state.pasted.value().is_none());
        assert!(!effects.iter().any(|effect| matches!(effect, Effect::Remember(..))));
    }

    #[test]
    fn what_is_no_report_is_said_and_changes_nothing() {
        let mut state = ready(120, 36);
        let ticket = paste(&mut state);
        let effects = update(&mut state, Msg::Pasted(ticket, Err(Problem::error("pasted text", "is no report"))));
        assert!(effects.is_empty() && state.pasted.value().is_none());
        assert!(state.problems.last().is_some_and(|problem| problem.what.contains("no report")));
        // One line is a slip of the hand, and what is over the panes takes no report.
        assert!(update(&mut state, Msg::Paste("one line\n".to_owned())).is_empty());
        let _ = press(&mut state, "!");
        assert!(update(&mut state, Msg::Paste(TABLE.to_owned())).is_empty());
    }

    #[test]
    fn the_clipboard_is_read_when_it_is_asked_for() {
        let mut state = ready(120, 36);
        let effects = update(&mut state, Msg::Act(Action::PasteReport));
        let [Effect::ReadClipboard(ticket)] = effects.as_slice() else { panic!("{effects:?}") };
        let _ = update(&mut state, Msg::Pasted(*ticket, Ok(Arc::new(report()))));
        assert!(state.pasted.value().is_some());
    }
}
