//! The mind under keys, late answers, floods and nonsense.

use crate::app::{Effect, Key, Msg, State, update};

/// Strikes keys, given by their names; what they ask for is given back unanswered.
pub fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    let keys = keys.split_whitespace().map(|key| key.parse::<Key>().unwrap());
    keys.flat_map(|key| update(state, Msg::Key(key))).collect()
}
