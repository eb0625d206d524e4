//! Tests that may assert nothing: those that are left out, that measure, and that say that they are about nothing being raised.

use super::check::Look;
use super::walk::{calls, everything, statements, text};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;

/// Words of trouble; as the beginning or the end of a word of a test they tell what is not to happen: `ValueError`, `raised`.
const TROUBLE: [&str; 20] = [
    "raise",
    "raising",
    "err",
    "error",
    "exception",
    "crash",
    "fail",
    "halt",
    "throw",
    "explod",
    "recursion",
    "traceback",
    "hang",
    "overflow",
    "deadlock",
    "segfault",
    "trigger",
    "complain",
    "issue",
    "problem",
];

/// Words of a test that was written when something had been wrong: the trouble that it names is not to come back.
const PAST: [&str; 7] = ["regression", "used to", "previously", "formerly", "issue", "bug", "no longer"];

/// Words of trouble that a test of another thing has as well.
const VAGUE: [&str; 4] = ["trigger", "complain", "issue", "problem"];

/// Words by which a test says that something goes through, unless another word takes it back.
const THROUGH: [&str; 13] = [
    "allowed",
    "allows",
    "accepts",
    "accepted",
    "succeed",
    "succeeds",
    "tolerates",
    "tolerated",
    "importable",
    "hashable",
    "crashed",
    "smoke",
    "fuzz",
];

/// Words that take trouble away, a few words before it.
const NEGATING: [&str; 14] = [
    "not", "no", "never", "without", "cannot", "neither", "nor", "nothing", "none", "would", "will", "dont", "doesnt",
    "arent",
];

/// Words that take trouble away, a few words behind it.
const TAKING: [&str; 8] =
    ["caught", "swallowed", "ignored", "suppressed", "handled", "tolerated", "logged", "silently"];

/// How many words may stand between both.
const BETWEEN: usize = 4;

/// Words by which a test says in another way that being run is all of it.
const CALM: [&str; 27] = [
    "does nothing",
    "do nothing",
    "nothing happens",
    "no op",
    "noop",
    "idempotent",
    "surviv",
    "no effect",
    "nothing else",
    "passes with",
    "no warning",
    "not warn",
    "without warning",
    "passes when",
    "passes if",
    "never even run",
    "should pass",
    "must pass",
    "must terminate",
    "intentionally empty",
    "deliberately empty",
    "without the fix",
    "without this fix",
    "running this test",
    "raise otherwise",
    "raises otherwise",
    "fails otherwise",
];

/// What a test tells its readers: its name, its documentation, and its comments.
fn told(look: &Look<'_, '_>) -> String {
    let (from, to) = look.source.syntax.lines(look.case.def.range());
    // By lines: comments behind and below the last statement belong to it.
    let own = (to + 1 - from) as usize;
    let lines = look.source.text.lines().skip(from.saturating_sub(1) as usize).enumerate();
    let is_comment = |line: &str| line.starts_with(' ') && line.trim_start().starts_with('#');
    let lines = lines.take_while(|(at, line)| *at < own || line.trim().is_empty() || is_comment(line));
    let comments = lines.filter_map(|(_, line)| line.split_once('#')).map(|(_, comment)| comment.trim_start());
    let comments = comments.filter(|comment| !comment.starts_with("lacuna:"));
    let first = look.case.def.body.first().and_then(Stmt::as_expr_stmt).and_then(|stmt| text(&stmt.value));
    let all: Vec<&str> = [look.case.name(), first.unwrap_or_default()].into_iter().chain(comments).collect();
    all.join(" ")
}

/// Whether a test says, by its name or in its words, that it is about nothing being raised.
fn is_about_calm(look: &Look<'_, '_>) -> bool {
    let said = told(look).to_lowercase().replace("n't", " not");
    let words: Vec<&str> = said.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is_trouble = |word: &str| TROUBLE.iter().any(|trouble| word.starts_with(trouble) || word.ends_with(trouble));
    let troubles = words.iter().enumerate().filter(|(_, word)| is_trouble(word));
    let negated = |at: usize| {
        let before = words.get(at.saturating_sub(BETWEEN)..at).unwrap_or_default();
        let behind = words.get(at + 1..).unwrap_or_default();
        before.iter().any(|word| NEGATING.contains(word))
            || behind.iter().take(BETWEEN).any(|word| TAKING.contains(word))
    };
    let calm = words.join(" ");
    let goes_through = |(at, word): (usize, &&str)| {
        THROUGH.contains(word)
            && at.checked_sub(1).and_then(|at| words.get(at)).is_none_or(|word| !NEGATING.contains(word))
    };
    let is_old = PAST.iter().any(|word| calm.contains(word));
    let is_plain = |word: &str| is_trouble(word) && !VAGUE.iter().any(|vague| word.starts_with(vague));
    troubles.into_iter().any(|(at, _)| negated(at))
        || CALM.iter().any(|word| calm.contains(word))
        || words.iter().enumerate().any(goes_through)
        || look.case.name().ends_with("_passes")
        || is_old && words.iter().any(|word| is_plain(word))
}

/// Whether other functions of the source call it: a helper that is named like a test.
fn is_helper(look: &Look<'_, '_>) -> bool {
    let names = everything(look.source.syntax.body()).into_iter().filter_map(Expr::as_name_expr);
    names.filter(|name| name.ctx.is_load()).any(|name| name.id.as_str() == look.case.name())
}

/// Whether all that a test does is to import, and to name what there is: that it is there is what is tested.
fn is_of_names(look: &Look<'_, '_>) -> bool {
    let body = look.case.body();
    let names = |stmt: &Stmt| match stmt {
        Stmt::Import(_) | Stmt::ImportFrom(_) => true,
        Stmt::Expr(stmt) => match &*stmt.value {
            Expr::Call(call) => matches!(last_name(&call.func), Some("__import__" | "import_module")),
            value => value.is_attribute_expr() || value.is_name_expr(),
        },
        _ => false,
    };
    body.iter().any(names) && body.iter().all(|stmt| names(stmt) || stmt.is_pass_stmt())
}

/// Whether a warning fails the test: `warnings.simplefilter("error")`.
fn is_strict_of_warnings(look: &Look<'_, '_>) -> bool {
    statements(look.case.body()).into_iter().flat_map(calls).any(|call| {
        let filters = matches!(last_name(&call.func), Some("simplefilter" | "filterwarnings"));
        filters && call.arguments.args.first().and_then(text) == Some("error")
    })
}

/// Whether a test measures and checks nothing, as benchmarks do.
#[must_use]
pub fn is_benchmark(look: &Look<'_, '_>) -> bool {
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

/// Whether others assert for a test: another test that it calls, or a decorator of its own file that gets what it gives back.
fn is_elsewhere(look: &Look<'_, '_>) -> bool {
    let all = statements(look.case.body());
    let mut gives = all.iter().filter_map(|stmt| stmt.as_return_stmt());
    let mut decorators = look.case.def.decorator_list.iter().map(|decorator| match &decorator.expression {
        Expr::Call(call) => &*call.func,
        expr => expr,
    });
    let is_own = |decorator: &Expr| {
        decorator.as_name_expr().is_some_and(|name| look.source.functions.contains_key(name.id.as_str()))
    };
    let is_test = |name: &str| name.starts_with("test_");
    all.iter().flat_map(|stmt| calls(stmt)).filter_map(|call| last_name(&call.func)).any(is_test)
        || gives.any(|give| give.value.is_some()) && decorators.any(is_own)
}

/// Whether a test may assert nothing: it is left out, measures, or says that it is about no error.
#[must_use]
pub fn is_excused(look: &Look<'_, '_>) -> bool {
    // What other programs than pytest ask for, and it would collect: `def tests(self): return {…}`.
    if matches!(look.case.name(), "tests" | "test_suite") || is_helper(look) || is_elsewhere(look) {
        return true;
    }
    let marked = look.case.marks.iter().any(|mark| ["skip", "xfail", "mypy_testing"].contains(&mark.as_str()));
    let decorated = look.case.def.decorator_list.iter().filter_map(|decorator| last_name(&decorator.expression));
    let around = look.case.classes.iter().flat_map(|class| &class.decorator_list);
    let around = around.filter_map(|decorator| last_name(&decorator.expression));
    if is_about_calm(look)
        || is_of_names(look)
        || is_benchmark(look)
        || is_of_process(look)
        || is_strict_of_warnings(look)
    {
        return true;
    }
    let left = ["skip", "expectedFailure", "overload", "abstractmethod", "typing_only"];
    let gives_up = look.case.body().iter().flat_map(calls).filter_map(|call| last_name(&call.func));
    marked
        || decorated.chain(around).any(|name| left.contains(&name))
        || gives_up.into_iter().any(|name| matches!(name, "skip" | "skipTest" | "xfail" | "exit"))
}
