//! The name says one behaviour.

use super::check::Look;
use super::excused::is_decorated;
use super::source::Case;
use super::walk::{calls, everything, statements, text, within};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, Stmt};
use std::collections::BTreeSet;

/// Names that say nothing of what is expected.
const VAGUE: [&str; 22] = [
    "it",
    "it_works",
    "works",
    "ok",
    "basic",
    "basics",
    "simple",
    "foo",
    "bar",
    "baz",
    "stuff",
    "misc",
    "everything",
    "something",
    "test",
    "case",
    "example",
    "todo",
    "temp",
    "tmp",
    "sanity",
    "smoke",
];

/// Verbs that say what something does.
const VERBS: [&str; 44] = [
    "returns",
    "raises",
    "sets",
    "gets",
    "creates",
    "updates",
    "deletes",
    "removes",
    "adds",
    "sends",
    "saves",
    "logs",
    "redirects",
    "closes",
    "opens",
    "calls",
    "keeps",
    "stops",
    "starts",
    "fails",
    "succeeds",
    "emits",
    "stores",
    "loads",
    "writes",
    "reads",
    "clears",
    "resets",
    "renders",
    "rejects",
    "accepts",
    "notifies",
    "does",
    "has",
    "ignores",
    "skips",
    "shows",
    "marks",
    "validates",
    "restores",
    "commits",
    "is",
    "prints",
    "warns",
];

/// Verbs of [`VERBS`] that only say how the first thing is done, and begin no second behaviour after `and`.
const SAME: [&str; 6] = ["does", "has", "is", "ignores", "skips", "fails"];

/// Ends of words after which a number belongs to the word.
const MEANING: [&str; 37] = [
    "v", "ip", "level", "idx", "index", "depth", "utf", "md", "sha", "http", "py", "python", "base", "rfc", "x", "int",
    "float", "oauth", "size", "page", "width", "s", "gen", "tier", "phase", "uuid", "asgi", "resp", "layer", "draft",
    "version", "format", "sql", "digit", "step", "tutorial", "overload",
];

/// Looks at the name of a test.
pub fn check(look: &mut Look<'_, '_>) {
    let name = look.case.name();
    let rest = bare(name);
    let line = look.source.syntax.line(look.case.def.name.range.start());
    let plain = rest.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    if is_status(rest) {
        return;
    }
    if plain.is_empty() || VAGUE.contains(&plain.to_lowercase().as_str()) {
        // What is asked for under that very name, or with that very number: `num2words(0)`, `spec.example(…)`.
        // What a decorator makes of a test may go by its name: `@query_of("tpc")` above `test_1`.
        let is_number = plain.is_empty() && !rest.is_empty();
        if is_number && !is_ordinal(look, rest) {
            return;
        }
        if is_in_the_act(look, rest) || is_told_by_class(look) || is_runner(look) || is_number && is_decorated(look) {
            return;
        }
        return look.find_at("vague-name", line, format!("{name} tells no behaviour"));
    }
    if plain.len() < rest.len() && is_one_of_several(look, plain, rest) && !is_named_inside(look, plain, rest) {
        return look.find_at("vague-name", line, format!("{name} is told from others by a number alone"));
    }
    if let Some(verb) = second_verb(rest) {
        look.find_at("double-name", line, format!("{name} says a second thing from `and_{verb}` on"));
    }
}

/// The verb of the second thing that a name says, where each of the two has its own object: `starts_and_stops` is one.
fn second_verb(rest: &str) -> Option<&str> {
    let words: Vec<&str> = rest.split('_').filter(|word| !word.is_empty()).collect();
    let (first, second) = words.split_at_checked(words.iter().position(|word| *word == "and")?)?;
    let [_, verb, _, ..] = second else { return None };
    let [said @ .., _] = first else { return None };
    let is_second = VERBS.contains(verb) && !SAME.contains(verb);
    (is_second && said.iter().any(|word| VERBS.contains(word))).then_some(*verb)
}

/// Whether a number can count the tests beside it: `test_41` of six tests, and a date, say what the test is about.
fn is_ordinal(look: &Look<'_, '_>, rest: &str) -> bool {
    let beside = beside(look).count();
    rest.parse::<usize>().is_ok_and(|number| number <= beside)
}

/// The tests of the same class, or of the same source outside of classes, the test itself among them.
fn beside<'a, 'b>(look: &Look<'a, 'b>) -> impl Iterator<Item = &'b Case<'a>> {
    let own = look.case.names.split_last().map(|(_, around)| around);
    look.source.tests.iter().filter(move |case| case.names.split_last().map(|(_, around)| around) == own)
}

/// Whether the test calls what has the name, has a text that says just that, or gives something the number that is all of it.
fn is_in_the_act(look: &Look<'_, '_>, rest: &str) -> bool {
    let is_it = |expr: &Expr| expr.is_number_literal_expr() && look.source.slice(expr) == rest;
    statements(look.case.body()).into_iter().flat_map(calls).any(|call| {
        let is_method = call.func.is_attribute_expr() && last_name(&call.func) == Some(rest);
        is_method || call.arguments.args.iter().any(is_it)
    }) || everything(look.case.body()).into_iter().filter_map(text).any(|text| text == rest)
}

/// Whether the class around a test says what it is about: it has this one test, or is made with the name of a method.
fn is_told_by_class(look: &Look<'_, '_>) -> bool {
    let Some(class) = look.case.classes.last() else { return false };
    let is_of_it = |case: &&Case<'_>| case.classes.last().is_some_and(|other| other.range == class.range);
    let mut methods = class.body.iter().filter_map(Stmt::as_function_def_stmt);
    look.source.tests.iter().filter(is_of_it).count() == 1 || methods.any(|def| def.name.as_str() == "__init__")
}

/// Whether a function runs tests instead of being one: `TextTestRunner().run(suite())`.
fn is_runner(look: &Look<'_, '_>) -> bool {
    let mut called = statements(look.case.body()).into_iter().flat_map(calls).filter_map(|call| last_name(&call.func));
    called.any(|name| name.ends_with("TestRunner") || matches!(name, "run_unittest" | "run_doctest" | "testmod"))
}

/// The name without what makes it a test.
fn bare(name: &str) -> &str {
    name.strip_prefix("test_").or_else(|| name.strip_prefix("test")).unwrap_or(name).trim_matches('_')
}

/// Whether a name is a status of HTTP: `test_404` says what the answer is to be.
fn is_status(rest: &str) -> bool {
    rest.len() == 3 && rest.parse::<u32>().is_ok_and(|number| (100..600).contains(&number))
}

/// Whether the test has to do with what the word and the number say together: `verbosity_2` and `verbosity=2`.
fn is_named_inside(look: &Look<'_, '_>, plain: &str, rest: &str) -> bool {
    let bare = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let word = plain.trim_end_matches('_').rsplit('_').next().unwrap_or(plain);
    let token = bare(word) + rest.get(plain.len()..).unwrap_or_default().trim_matches('_');
    is_number_told(look, rest.get(plain.len()..).unwrap_or_default().trim_matches('_'))
        || word.len() > 2 && look.case.body().iter().any(|stmt| bare(look.source.slice(stmt)).contains(&token))
}

/// Whether a text of the test or of its decorators has the number behind a word: `landscape_3.jpg`.
fn is_number_told(look: &Look<'_, '_>, number: &str) -> bool {
    let decorators = look.case.def.decorator_list.iter().flat_map(|decorator| within(&decorator.expression));
    let mut texts = everything(look.case.body()).into_iter().chain(decorators).filter_map(text);
    texts.any(|text| {
        let mut at = text.match_indices(number);
        at.any(|(at, _)| {
            let before = text.get(..at).unwrap_or_default().trim_end_matches(['_', '-']);
            let is_whole =
                !text.get(at + number.len()..).unwrap_or_default().starts_with(|c: char| c.is_alphanumeric());
            is_whole && before.ends_with(char::is_alphabetic)
        })
    })
}

/// Whether a name that ends with a small number has a sibling that differs in the number alone.
fn is_one_of_several(look: &Look<'_, '_>, plain: &str, rest: &str) -> bool {
    let number = |rest: &str| -> Option<u32> { rest.get(plain.len()..)?.trim_start_matches('_').parse().ok() };
    let is_small = number(rest).is_some_and(|number| number < 20);
    let is_shown =
        |name: &str| name == plain || name.strip_prefix(plain).is_some_and(|_| number(name).is_some_and(|n| n < 20));
    let before = plain.rsplit('_').next().unwrap_or(plain).to_lowercase();
    let means_number = MEANING.iter().any(|word| before.ends_with(word)) || before.len() == 1;
    let names: BTreeSet<&str> = beside(look).map(|case| bare(case.name())).filter(|name| is_shown(name)).collect();
    let numbers: BTreeSet<Option<u32>> = names.iter().map(|name| number(name)).collect();
    let counts_items = numbers.contains(&Some(0));
    // Counted from the first on: `ean8` beside `ean13` are no first and second.
    let is_counted = numbers.contains(&Some(2)) && (numbers.contains(&Some(1)) || numbers.contains(&None));
    is_small && is_counted && !counts_items && !means_number
}
