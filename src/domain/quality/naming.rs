//! The name says one behaviour.

use super::check::Look;
use super::source::Case;
use super::walk::{calls, statements};
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

/// Verbs that begin a second behaviour after `and`.
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

/// Ends of words after which a number belongs to the word.
const MEANING: [&str; 36] = [
    "v", "ip", "level", "idx", "index", "depth", "utf", "md", "sha", "http", "py", "python", "base", "rfc", "x", "int",
    "float", "oauth", "size", "page", "width", "s", "gen", "tier", "phase", "uuid", "asgi", "resp", "layer", "draft",
    "version", "format", "sql", "digit", "step", "tutorial",
];

/// Looks at the name of a test.
pub fn check(look: &mut Look<'_, '_>) {
    let name = look.case.name();
    let rest = bare(name);
    let line = look.source.syntax.line(look.case.def.name.range.start());
    let words: Vec<&str> = rest.split('_').filter(|word| !word.is_empty()).collect();
    let plain = rest.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    if is_status(rest) {
        return;
    }
    if plain.is_empty() || VAGUE.contains(&plain.to_lowercase().as_str()) {
        // What is asked for under that very name, or with that very number: `num2words(0)`, `spec.example(…)`.
        if is_in_the_act(look, rest) || is_told_by_class(look) || is_runner(look) {
            return;
        }
        return look.find_at("vague-name", line, format!("{name} tells no behaviour"));
    }
    if plain.len() < rest.len() && is_one_of_several(look, plain, rest) && !is_named_inside(look, plain, rest) {
        return look.find_at("vague-name", line, format!("{name} is told from others by a number alone"));
    }
    let second =
        words.windows(2).find(|pair| pair.first() == Some(&"and") && pair.get(1).is_some_and(|w| VERBS.contains(w)));
    let has_first =
        words.split(|word| *word == "and").next().is_some_and(|first| first.iter().any(|w| VERBS.contains(w)));
    if let Some([_, verb]) = second
        && has_first
    {
        look.find_at("double-name", line, format!("{name} says a second thing from `and_{verb}` on"));
    }
}

/// Whether the test calls what has the name, or gives something the number that is all of it.
fn is_in_the_act(look: &Look<'_, '_>, rest: &str) -> bool {
    let is_it = |expr: &Expr| expr.is_number_literal_expr() && look.source.slice(expr) == rest;
    statements(look.case.body()).into_iter().flat_map(calls).any(|call| {
        let is_method = call.func.is_attribute_expr() && last_name(&call.func) == Some(rest);
        is_method || call.arguments.args.iter().any(is_it)
    })
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
    word.len() > 2 && look.case.body().iter().any(|stmt| bare(look.source.slice(stmt)).contains(&token))
}

/// Whether a name that ends with a small number has a sibling that differs in the number alone.
fn is_one_of_several(look: &Look<'_, '_>, plain: &str, rest: &str) -> bool {
    let number = |rest: &str| -> Option<u32> { rest.get(plain.len()..)?.trim_start_matches('_').parse().ok() };
    let is_small = number(rest).is_some_and(|number| number < 20);
    let is_shown =
        |name: &str| name == plain || name.strip_prefix(plain).is_some_and(|_| number(name).is_some_and(|n| n < 20));
    let before = plain.rsplit('_').next().unwrap_or(plain).to_lowercase();
    let means_number = MEANING.iter().any(|word| before.ends_with(word)) || before.len() == 1;
    let own = look.case.names.split_last().map(|(_, around)| around).unwrap_or_default();
    let siblings =
        look.source.tests.iter().filter(|case| case.names.split_last().map(|(_, around)| around) == Some(own));
    let names: BTreeSet<&str> = siblings.map(|case| bare(case.name())).filter(|name| is_shown(name)).collect();
    let numbers: BTreeSet<Option<u32>> = names.iter().map(|name| number(name)).collect();
    let counts_items = numbers.contains(&Some(0));
    // Counted from the first on: `ean8` beside `ean13` are no first and second.
    let is_counted = numbers.contains(&Some(2)) && (numbers.contains(&Some(1)) || numbers.contains(&None));
    is_small && is_counted && !counts_items && !means_number
}
