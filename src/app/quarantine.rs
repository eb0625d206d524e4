//! The quarantine on the screen: a test goes in for a reason, and comes out again, by a key.

use crate::app::update::recall;
use crate::app::{Answer, Effect, Overlay, State, TextLine};
use crate::base::Clean;
use crate::domain::suite::TestId;

/// The question that a change of the quarantine asks.
#[derive(Clone, Debug)]
pub struct QuarantineState {
    /// The test.
    pub test: TestId,
    /// The reason that is typed; nothing where the test is to come out.
    pub reason: Option<TextLine>,
}

/// A change of the quarantine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuarantineChange {
    /// The test goes in, for this reason.
    Add(String),
    /// The test comes out, or what stands for it.
    Remove,
}

/// Asks for the reason for which the test under the cursor goes into quarantine or, where it is in, whether it comes out.
pub fn open(state: &mut State) {
    let Some(test) = state.flaky.selected() else {
        return state.say("no test is selected");
    };
    let reason = (!test.quarantined).then(TextLine::default);
    state.overlay = Some(Overlay::Quarantine(QuarantineState { test: test.id.clone(), reason }));
}

/// Does what was asked. Without a reason no test goes in.
pub fn accept(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Quarantine(asked)) = &state.overlay else { return Vec::new() };
    let change = match &asked.reason {
        None => QuarantineChange::Remove,
        Some(reason) if reason.text().trim().is_empty() => {
            state.say("a quarantine wants a reason; esc leaves it");
            return Vec::new();
        }
        Some(reason) => QuarantineChange::Add(reason.text().trim().to_owned()),
    };
    let test = asked.test.clone();
    state.overlay = None;
    vec![Effect::Quarantine(test, change)]
}

/// Takes what came of it. What is shown of the tests is asked for anew.
pub fn changed(state: &mut State, answer: Answer<Clean>) -> Vec<Effect> {
    match answer {
        Ok(words) => state.say(words.as_str()),
        Err(problem) => state.trouble(problem),
    }
    vec![recall(state)]
}

#[cfg(test)]
mod tests {
    use super::QuarantineChange;
    use crate::app::sample::ready;
    use crate::app::tests::press;
    use crate::app::{Effect, Msg, Notice, Place, State, update};
    use crate::base::{Clean, Problem};

    fn asked(state: &mut State, keys: &str) -> Option<(String, QuarantineChange)> {
        press(state, keys).into_iter().find_map(|effect| match effect {
            Effect::Quarantine(test, change) => Some((test.as_str().to_owned(), change)),
            _ => None,
        })
    }

    #[test]
    fn a_reason_is_asked_for_and_none_is_no_reason() {
        let mut state = ready(80, 24);
        let first = state.flaky.all()[0].id.as_str().to_owned();
        assert_eq!(asked(&mut state, "3 Q enter"), None);
        assert_eq!(state.place(), Place::Name, "it is still asked for");
        assert_eq!(asked(&mut state, "q space x enter"), Some((first, QuarantineChange::Add("q x".to_owned()))));
        assert!(state.overlay.is_none());
        assert_eq!(asked(&mut state, "Q x esc"), None);
        assert!(state.overlay.is_none());
    }

    #[test]
    fn what_is_in_comes_out_and_what_came_of_it_is_said() {
        let mut state = ready(80, 24);
        let last = state.flaky.all().last().unwrap().id.as_str().to_owned();
        assert_eq!(asked(&mut state, "3 G Q q"), None, "q closes the question");
        assert_eq!(asked(&mut state, "Q enter"), Some((last, QuarantineChange::Remove)));
        let effects = update(&mut state, Msg::Quarantined(Ok(Clean::line("out of quarantine"))));
        assert!(effects.iter().any(|effect| matches!(effect, Effect::Recall(_))), "{effects:?}");
        assert_eq!(state.notice, Some(Notice::Words(Clean::line("out of quarantine"))));
        let problem = Problem::error("lacuna-quarantine.toml", "cannot be written");
        let _ = update(&mut state, Msg::Quarantined(Err(problem.clone())));
        assert_eq!(state.problems.last(), Some(&problem));
    }
}
