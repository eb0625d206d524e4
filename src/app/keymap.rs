//! Which key does what in which place: the table of actions with the changes of the configuration.

use crate::app::action::TABLE;
use crate::app::{Action, Key, Place};
use crate::base::Problem;
use std::collections::HashMap;

/// One change of keys by the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyChange {
    /// The place it is for; nothing for all places of the action.
    pub place: Option<String>,
    /// The name of the action.
    pub action: String,
    /// Its keys from now on; empty or `none` takes all keys from it.
    pub keys: Vec<String>,
    /// Where the change is written, such as `lacuna.toml:12`.
    pub origin: String,
}

/// Keys to actions, by place.
#[derive(Clone, Debug, PartialEq)]
pub struct Keymap {
    map: HashMap<(Place, Key), Action>,
    /// Keys of an action in the order in which they are shown.
    order: Vec<(Place, Key, Action)>,
}

impl Default for Keymap {
    fn default() -> Self {
        let mut keymap = Self { map: HashMap::new(), order: Vec::new() };
        for row in TABLE {
            for key in row.keys.iter().filter_map(|key| key.parse().ok()) {
                row.places.iter().for_each(|place| keymap.bind(*place, key, row.action));
            }
        }
        keymap
    }
}

impl Keymap {
    /// The default keys with changes; a change that makes no sense is left out and named.
    #[must_use]
    pub fn with(changes: &[KeyChange]) -> (Self, Vec<Problem>) {
        let mut keymap = Self::default();
        let problems = changes.iter().filter_map(|change| keymap.change(change).err()).collect();
        (keymap, problems)
    }

    fn change(&mut self, change: &KeyChange) -> Result<(), Problem> {
        let problem = |what: String| Problem::warning(&change.origin, what);
        let action = Action::named(&change.action).ok_or_else(|| {
            problem(format!("there is no action `{}`", change.action)).hint("`lacuna config` lists the actions")
        })?;
        let places = match &change.place {
            None => action.row().places.to_vec(),
            Some(name) => vec![Place::named(name).ok_or_else(|| problem(format!("there is no place `{name}`")))?],
        };
        let wanted = change.keys.iter().filter(|key| *key != "none");
        let keys: Vec<Key> =
            wanted.map(|key| key.parse()).collect::<Result<_, _>>().map_err(|error| problem(format!("{error}")))?;
        if let Some(key) = keys.iter().find(|key| key.typed().is_some() && places.iter().any(|place| place.is_typing()))
        {
            return Err(problem(format!("`{key}` writes text where `{}` works", change.action)));
        }
        for place in places {
            self.order.retain(|(p, _, a)| (*p, *a) != (place, action));
            self.map.retain(|(p, _), a| (*p, *a) != (place, action));
            keys.iter().for_each(|key| self.bind(place, *key, action));
        }
        Ok(())
    }

    fn bind(&mut self, place: Place, key: Key, action: Action) {
        self.order.retain(|(p, k, _)| (*p, *k) != (place, key));
        self.order.push((place, key, action));
        self.map.insert((place, key), action);
    }

    /// What `key` means in `place`.
    #[must_use]
    pub fn action(&self, place: Place, key: Key) -> Option<Action> {
        self.map.get(&(place, key)).copied()
    }

    /// The keys of `action` in `place`, the one to show first.
    pub fn keys(&self, place: Place, action: Action) -> impl Iterator<Item = Key> {
        self.order.iter().filter(move |(p, _, a)| (*p, *a) == (place, action)).map(|(_, key, _)| *key)
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyChange, Keymap};
    use crate::app::{Action, Place};

    fn change(place: Option<&str>, action: &str, keys: &[&str]) -> KeyChange {
        KeyChange {
            place: place.map(str::to_owned),
            action: action.to_owned(),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            origin: "lacuna.toml:3".to_owned(),
        }
    }

    #[test]
    fn a_change_takes_the_old_keys_away() {
        let (keymap, problems) = Keymap::with(&[change(None, "zoom", &["f5"]), change(Some("map"), "sort", &["none"])]);
        assert_eq!(problems, []);
        assert_eq!(keymap.action(Place::Map, "f5".parse().unwrap()), Some(Action::Zoom));
        assert_eq!(keymap.action(Place::Map, "z".parse().unwrap()), None);
        assert_eq!(keymap.action(Place::Map, "s".parse().unwrap()), None);
    }

    #[test]
    fn nonsense_is_named_and_left_out() {
        let (keymap, problems) = Keymap::with(&[
            change(None, "zom", &["f5"]),
            change(None, "zoom", &["hyper-z"]),
            change(Some("moon"), "zoom", &["f5"]),
            change(Some("picker"), "accept", &["a"]),
        ]);
        assert_eq!(problems.len(), 4);
        assert_eq!(keymap, Keymap::default());
    }
}
