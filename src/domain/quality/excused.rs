//! Tests that may assert nothing: those that are left out, that measure, and that say that they are about nothing being raised.

use super::check::Look;
use super::walk::{calls, statements, text};
use crate::domain::python::last_name;
use ruff_text_size::Ranged;

/// Words by which a test says that nothing is to be raised.
const CALM: [&str; 31] = [
    "without any error",
    "without any exception",
    "not raise",
    "not_raise",
    "n't raise",
    "nt_raise",
    "no error",
    "no_error",
    "not error",
    "not_error",
    "n't error",
    "nt_error",
    "no exception",
    "no_exception",
    "without error",
    "without_error",
    "without raising",
    "not crash",
    "not_crash",
    "n't crash",
    "nt_crash",
    "not fail",
    "not_fail",
    "n't fail",
    "nt_fail",
    "not halt",
    "not_halt",
    "not throw",
    "not_throw",
    "n't throw",
    "not exploding",
];

/// Whether a test says, by its name or in its words, that it is about nothing being raised.
fn is_about_calm(look: &Look<'_, '_>) -> bool {
    let (from, to) = look.source.syntax.lines(look.case.def.range());
    // By lines: a comment behind the last statement belongs to it.
    let lines = look.source.text.lines().skip(from.saturating_sub(1) as usize).take((to + 1 - from) as usize);
    let said = lines.collect::<Vec<_>>().join("\n").to_lowercase();
    CALM.iter().any(|word| said.contains(word))
}

/// Whether a warning fails the test: `warnings.simplefilter("error")`.
fn is_strict_of_warnings(look: &Look<'_, '_>) -> bool {
    statements(look.case.body()).into_iter().flat_map(calls).any(|call| {
        let filters = matches!(last_name(&call.func), Some("simplefilter" | "filterwarnings"));
        filters && call.arguments.args.first().and_then(text) == Some("error")
    })
}

/// Whether a test measures and checks nothing, as benchmarks do.
fn is_benchmark(look: &Look<'_, '_>) -> bool {
    let is_marked = look.case.marks.iter().any(|mark| mark.contains("benchmark"));
    let words = ["test_bench_", "test_benchmark", "bench_"];
    is_marked
        || look.case.parameters().any(|name| name.contains("benchmark"))
        || words.iter().any(|word| look.case.name().starts_with(word))
}

/// Whether another process has to end well: `subprocess.run(…, check=True)`.
fn is_of_process(look: &Look<'_, '_>) -> bool {
    statements(look.case.body()).into_iter().flat_map(calls).any(|call| {
        let is_checked = call
            .arguments
            .find_keyword("check")
            .is_some_and(|keyword| keyword.value.as_boolean_literal_expr().is_some_and(|literal| literal.value));
        match last_name(&call.func) {
            Some("check_call" | "check_output" | "check_returncode") => true,
            name => name == Some("run") && is_checked,
        }
    })
}

/// Whether a test may assert nothing: it is left out, measures, or says that it is about no error.
#[must_use]
pub fn is_excused(look: &Look<'_, '_>) -> bool {
    // A plugin of another program, which pytest would collect: `def tests(self): return {…}`.
    if look.case.name() == "tests" {
        return true;
    }
    let marked = look.case.marks.iter().any(|mark| mark == "skip" || mark == "xfail");
    let decorated = look.case.def.decorator_list.iter().filter_map(|decorator| last_name(&decorator.expression));
    let around = look.case.classes.iter().flat_map(|class| &class.decorator_list);
    let around = around.filter_map(|decorator| last_name(&decorator.expression));
    if is_about_calm(look) || is_benchmark(look) || is_of_process(look) || is_strict_of_warnings(look) {
        return true;
    }
    let left = ["skip", "expectedFailure", "overload", "abstractmethod", "typing_only"];
    let gives_up = look.case.body().iter().flat_map(calls).filter_map(|call| last_name(&call.func));
    marked
        || decorated.chain(around).any(|name| left.contains(&name))
        || gives_up.into_iter().any(|name| matches!(name, "skip" | "skipTest" | "xfail" | "exit"))
}
