//! The name says one behaviour.

use super::assertion::{fails, is_assertion};
use super::check::Look;
use super::excused::is_decorated;
use super::source::{Case, documentation};
use super::turns::acts_twice;
use super::walk::{calls, everything, statements, within};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::{Ranged, TextSize};
use std::collections::BTreeSet;

/// Names that say nothing of what is expected.
const VAGUE: [&str; 12] =
    ["it", "it_works", "basic", "basics", "simple", "foo", "bar", "baz", "stuff", "misc", "something", "test"];

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
const SAME: [&str; 7] = ["does", "has", "is", "ignores", "skips", "fails", "keeps"];

/// What is numbered by itself: `part2` is the second part, `depth_2` a depth of two.
const NUMBERED: [&str; 14] = [
    "size", "part", "depth", "level", "step", "stage", "phase", "layer", "page", "degree", "rank", "dim", "order",
    "version",
];

/// Looks at the name of a test.
pub fn check(look: &mut Look<'_, '_>) {
    let name = look.case.name();
    let rest = bare(name);
    let line = look.source.syntax.line(look.case.def.name.range.start());
    let (word, number) = rest.split_at(rest.trim_end_matches(|c: char| c.is_ascii_digit()).len());
    let word = word.trim_end_matches('_');
    // What the test has to do with is what its name says: a word of it, a number of it.
    if is_status(rest) || !number.is_empty() && (!is_ordinal(look, number) || has_number(look, number)) {
        return;
    }
    // What is to be told of a placeholder, or of a demonstration, nobody knows yet.
    if is_hollow(look) || names_cases(look) || is_made_in_loop(look) || !number.is_empty() && is_of_catalogue(look) {
        return;
    }
    if word.is_empty() || VAGUE.contains(&word.to_lowercase().as_str()) {
        let is_number = word.is_empty() && !number.is_empty();
        // What a decorator makes of a test may go by its name: `@query_of("tpc")` above `test_1`.
        let is_made = word.is_empty() && is_decorated(look);
        // The one test of a file is what its name says.
        let is_only = rest.is_empty() && look.source.tests.len() == 1;
        let is_told = is_only || is_told_by_class(look) || !is_number && is_of_long_name(look);
        if is_made || is_told || has_word(look, word) || is_runner(look) || is_documented(look) {
            return;
        }
        return look.find_at("vague-name", line, format!("{name} tells no behaviour"));
    }
    if !number.is_empty() && is_one_of_several(look, word, number) && !is_sentence(word) && !is_documented(look) {
        return look.find_at("vague-name", line, format!("{name} is told from others by a number alone"));
    }
    if let Some(verb) = second_verb(rest).filter(|_| acts_twice(look)) {
        look.find_at("double-name", line, format!("{name} says a second thing from `and_{verb}` on"));
    }
}

/// Whether a name says a whole behaviour before its number, in four words or more: then the number counts its examples.
fn is_sentence(word: &str) -> bool {
    spaced(word).split_whitespace().count() > 3
}

/// Whether a test asserts nothing, or constants alone: `assert True`.
fn is_hollow(look: &Look<'_, '_>) -> bool {
    let all = || statements(look.case.body()).into_iter().filter(|stmt| is_assertion(look.source, stmt));
    let is_constant = |stmt: &Stmt| stmt.as_assert_stmt().is_some_and(|assert| assert.test.is_literal_expr());
    look.about.silent.contains(&look.case.names)
        || all().next().is_some() && all().all(|stmt| is_constant(stmt) || fails(stmt))
}

/// Whether a loop of the module makes the test, which it may name: `for kind in KINDS: def test(self): …`.
fn is_made_in_loop(look: &Look<'_, '_>) -> bool {
    let loops = look.source.syntax.body().iter().filter(|stmt| stmt.is_for_stmt());
    loops.into_iter().any(|repeat| repeat.range().contains_range(look.case.def.range()))
}

/// Whether the class of a test names, above its methods, a document on the web: its numbers may be those of the cases there.
fn is_of_catalogue(look: &Look<'_, '_>) -> bool {
    let Some(class) = look.case.classes.last() else { return false };
    let first = class.body.iter().find(|stmt| !stmt.is_expr_stmt());
    let words = first.and_then(|first| look.source.text.get(class.start().to_usize()..first.start().to_usize()));
    [above(look, class.start()), words.unwrap_or_default()].iter().any(|words| words.contains("://"))
}

/// Whether the cases of a test have names of their own, which stand behind its name wherever that is shown: `ids=["empty cart"]`.
fn names_cases(look: &Look<'_, '_>) -> bool {
    let decorators = look.case.def.decorator_list.iter().flat_map(|decorator| within(&decorator.expression));
    let mut keywords = decorators.filter_map(Expr::as_call_expr).flat_map(|call| &call.arguments.keywords);
    keywords.any(|keyword| matches!(keyword.arg.as_deref(), Some("id" | "ids")))
}

/// Whether the documentation of a test says what the tests beside it do not: runners show it with the name or instead of it.
fn is_documented(look: &Look<'_, '_>) -> bool {
    let Some(own) = headline(look.case).filter(|text| text.split_whitespace().count() > 2) else { return false };
    beside(look).filter(|case| headline(case) == Some(own)).count() == 1
}

/// The first line of the documentation of a test.
fn headline<'a>(case: &Case<'a>) -> Option<&'a str> {
    documentation(case.def)?.lines().map(str::trim).find(|line| !line.is_empty())
}

/// The words of a name, with spaces between them.
fn spaced(name: &str) -> String {
    let mut spaced = String::new();
    for c in name.chars() {
        let is_first = c.is_uppercase() && !spaced.ends_with(char::is_uppercase);
        spaced.extend(is_first.then_some(' '));
        spaced.push(if c == '_' { ' ' } else { c });
    }
    spaced
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
fn is_ordinal(look: &Look<'_, '_>, number: &str) -> bool {
    let beside = beside(look).count();
    number.parse::<usize>().is_ok_and(|number| number <= beside)
}

/// The tests of the same class, or of the same source outside of classes, the test itself among them.
fn beside<'a, 'b>(look: &Look<'a, 'b>) -> impl Iterator<Item = &'b Case<'a>> {
    let own = look.case.names.split_last().map(|(_, around)| around);
    look.source.tests.iter().filter(move |case| case.names.split_last().map(|(_, around)| around) == own)
}

/// The comment above a place.
fn above<'a>(look: &Look<'a, '_>, place: TextSize) -> &'a str {
    let before = look.source.text.get(..place.to_usize()).unwrap_or_default();
    let is_comment = |line: &&str| line.trim_start().starts_with('#');
    let before = before.trim_end_matches([' ', '\t']);
    let size: usize = before.split_inclusive('\n').rev().take_while(is_comment).map(str::len).sum();
    before.get(before.len() - size..).unwrap_or_default()
}

/// What the test has around its name: the comment above it, decorators, parameters, documentation and body.
fn around<'a>(look: &Look<'a, '_>) -> [&'a str; 3] {
    let (def, name) = (look.case.def.range, look.case.def.name.range);
    let part = |from: TextSize, to: TextSize| look.source.text.get(from.to_usize()..to.to_usize()).unwrap_or_default();
    [above(look, def.start()), part(def.start(), name.start()), part(name.end(), def.end())]
}

/// Whether a number stands somewhere in the test: `verbosity_2` and `verbosity=2`, `landscape_3.jpg`, `self.le2`, `3-qubit`.
fn has_number(look: &Look<'_, '_>, number: &str) -> bool {
    let bare = |run: &str| run.trim_start_matches('0').to_owned();
    let mut runs = around(look).into_iter().flat_map(|part| part.split(|c: char| !c.is_ascii_digit()));
    runs.any(|run| !run.is_empty() && bare(run) == bare(number))
}

/// Whether a word stands somewhere in the test, be it with a number: `run("smoke")`, `simple.rows()`.
fn has_word(look: &Look<'_, '_>, word: &str) -> bool {
    let mut words = around(look).into_iter().flat_map(|part| part.split(|c: char| !c.is_alphanumeric()));
    !word.is_empty() && words.any(|one| one.trim_end_matches(|c: char| c.is_ascii_digit()).eq_ignore_ascii_case(word))
}

/// Whether the class around a test says what it is about: it has this one test, or is made with the name of a method.
fn is_told_by_class(look: &Look<'_, '_>) -> bool {
    let Some(class) = look.case.classes.last() else { return false };
    let is_of_it = |case: &&Case<'_>| case.classes.last().is_some_and(|other| other.range == class.range);
    let mut methods = class.body.iter().filter_map(Stmt::as_function_def_stmt);
    look.source.tests.iter().filter(is_of_it).count() == 1 || methods.any(|def| def.name.as_str() == "__init__")
}

/// Whether the class around a test says by itself what is tested, in three words or more: `TestRunCircularDependency`.
fn is_of_long_name(look: &Look<'_, '_>) -> bool {
    let Some(class) = look.case.classes.last() else { return false };
    spaced(class.name.as_str()).split_whitespace().filter(|word| !matches!(*word, "Test" | "Tests" | "Case")).count()
        > 2
}

/// Whether a function runs tests instead of being one, as `TextTestRunner().run(suite())` does, or is called with what it needs, or by the
/// file where that is a program.
fn is_runner(look: &Look<'_, '_>) -> bool {
    let mut called = statements(look.case.body()).into_iter().flat_map(calls).filter_map(|call| last_name(&call.func));
    let runs = |name: &str| name.ends_with("TestRunner") || matches!(name, "run_unittest" | "run_doctest" | "testmod");
    let all = everything(look.source.syntax.body()).into_iter().filter_map(Expr::as_call_expr);
    let is_own = |call: &ExprCall| call.func.as_name_expr().is_some_and(|name| name.id.as_str() == look.case.name());
    let is_program = look.source.text.contains("\nif __name__ ");
    called.any(runs) || all.into_iter().any(|call| is_own(call) && (is_program || !call.arguments.is_empty()))
}

/// The name without what makes it a test.
fn bare(name: &str) -> &str {
    name.strip_prefix("test_").or_else(|| name.strip_prefix("test")).unwrap_or(name).trim_matches('_')
}

/// Whether a name is a status of HTTP: `test_404` says what the answer is to be.
fn is_status(rest: &str) -> bool {
    rest.len() == 3 && rest.parse::<u32>().is_ok_and(|number| (100..600).contains(&number))
}

/// Whether a name that ends with a number has siblings that are counted from the first on, in that number alone. `ean8` beside
/// `ean13` are no first and second, and one or two letters with a number are a name: `le2`, `v1`.
fn is_one_of_several(look: &Look<'_, '_>, word: &str, number: &str) -> bool {
    let count = |name: &str| -> Option<u32> {
        match name.strip_prefix(word)? {
            "" => Some(1),
            rest => rest.trim_start_matches('_').parse().ok(),
        }
    };
    let counted: BTreeSet<u32> = beside(look).filter_map(|case| count(bare(case.name()))).collect();
    let last = word.rsplit('_').next().unwrap_or(word);
    let number = number.parse().unwrap_or(0);
    // What counts leaves no number out: sizes of 1, 2 and 6 are sizes.
    let most = counted.last().copied().unwrap_or(0);
    let is_counted = number > 0 && !counted.contains(&0) && (1..=most.max(2)).all(|one| counted.contains(&one));
    last.chars().count() > 2 && !NUMBERED.contains(&last) && is_counted
}
