//! Which tests of a source have a word: asked again and again, and read once.

use super::source::{Case, Source};
use super::walk::everything;
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, ExprCall};
use std::collections::BTreeMap;

/// The tests of a source by the names that they have in them.
#[derive(Default)]
pub struct Words {
    /// Their places in the source, for each name.
    places: BTreeMap<Box<str>, Vec<usize>>,
}

impl Words {
    fn of<'s>(source: &'s Source<'_>) -> &'s Self {
        source.words.get_or_init(|| Self::read(source))
    }

    fn read(source: &Source<'_>) -> Self {
        let mut read = Self::default();
        for (at, case) in source.tests.iter().enumerate() {
            for name in words(source.slice(case.def)) {
                match read.places.get_mut(name) {
                    Some(places) if places.last() == Some(&at) => {}
                    Some(places) => places.push(at),
                    None => drop(read.places.insert(name.into(), vec![at])),
                }
            }
        }
        read
    }
}

/// The words of a text: names, and what is written like one.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|name| !name.is_empty())
}

/// The tests of a source, but one, that have the longest name of a text in them: those that may have the text itself.
pub fn others_with<'s, 'a>(source: &'s Source<'a>, case: &Case<'a>, text: &str) -> impl Iterator<Item = &'s Case<'a>> {
    let places = words(text).max_by_key(|name| name.len()).and_then(|longest| Words::of(source).places.get(longest));
    let own = case.def.range;
    let others = places.into_iter().flatten().filter_map(|at| source.tests.get(*at));
    others.filter(move |other| other.def.range != own)
}

/// The calls of a function or a method of that name in the tests of a source but one, each with its test.
pub fn others_calling<'s, 'a>(
    source: &'s Source<'a>,
    case: &Case<'a>,
    callee: &'s str,
) -> impl Iterator<Item = (&'s Case<'a>, &'a ExprCall)> {
    others_with(source, case, callee).flat_map(move |other| {
        let all = everything(&other.def.body).into_iter().filter_map(Expr::as_call_expr);
        all.filter(move |call| last_name(&call.func) == Some(callee)).map(move |call| (other, call))
    })
}
