//! Which tests of a source have a word, and which of them assert in any case: asked again and again, and read once.

use super::siblings::plain;
use super::source::{Case, Source};
use super::walk::statements;
use std::collections::BTreeMap;

/// The tests of a source by the names that they have in them.
#[derive(Default)]
pub struct Words {
    /// Their places in the source, for each name.
    places: BTreeMap<Box<str>, Vec<usize>>,
    /// Whether each of them asserts anything outside of loops and conditions.
    asserts: Vec<bool>,
}

impl Words {
    fn of<'s>(source: &'s Source<'_>) -> &'s Self {
        source.words.get_or_init(|| Self::read(source))
    }

    fn read(source: &Source<'_>) -> Self {
        let mut words = Self::default();
        for (at, case) in source.tests.iter().enumerate() {
            for name in names(source.slice(case.def)) {
                match words.places.get_mut(name) {
                    Some(places) if places.last() == Some(&at) => {}
                    Some(places) => places.push(at),
                    None => drop(words.places.insert(name.into(), vec![at])),
                }
            }
            words.asserts.push(plain(source, &statements(&case.def.body)).next().is_some());
        }
        words
    }
}

fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|name| !name.is_empty())
}

/// The tests of a source, but one, that have the longest name of a text in them: those that may have the text itself.
pub fn others_with<'s, 'a>(source: &'s Source<'a>, case: &Case<'a>, text: &str) -> impl Iterator<Item = &'s Case<'a>> {
    places_with(source, case, text).filter_map(|at| source.tests.get(at))
}

/// Whether a test of a source, but one, has the longest name of a text in it, and asserts anything in any case.
pub fn others_assert(source: &Source<'_>, case: &Case<'_>, text: &str) -> bool {
    let words = Words::of(source);
    places_with(source, case, text).any(|at| words.asserts.get(at).is_some_and(|asserts| *asserts))
}

fn places_with(source: &Source<'_>, case: &Case<'_>, text: &str) -> impl Iterator<Item = usize> {
    let places = names(text).max_by_key(|name| name.len()).and_then(|longest| Words::of(source).places.get(longest));
    let own = case.def.range;
    let is_other = move |at: &usize| source.tests.get(*at).is_some_and(|other| other.def.range != own);
    places.into_iter().flatten().copied().filter(is_other)
}
