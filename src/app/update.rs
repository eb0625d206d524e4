//! What happens: one message in, the state changed, effects out.

use crate::app::{Effect, Msg, State};

/// Takes one message. No I/O, no clock, no waiting.
#[must_use]
pub fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    let _ = (state, msg);
    Vec::new()
}

/// The effects with which a sitting begins: look for the interpreter, the reports, the history, the files.
#[must_use]
pub fn begin(state: &mut State) -> Vec<Effect> {
    let _ = state;
    Vec::new()
}
