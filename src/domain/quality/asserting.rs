//! An assertion on an observable outcome: none at all, one that always holds, one that any error passes.

use super::assertion::{expects_error, is_assertion, says_truth};
use super::check::Look;
use super::code::Place;
use super::excused::{is_at_fault, is_decorated};
use super::telling::{comments, holds_place};
use super::unwritten::overrides;
use super::walk::{blocks, calls, everything, given, nested, statements};
use crate::domain::python::{dotted, last_name};
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtWith};
use ruff_text_size::Ranged;
use std::collections::BTreeSet;

/// Names that look like a mock's assertions and are attributes like any other: a mock answers them with a mock.
const MISSPELT: [&str; 12] = [
    "called_once",
    "is_called",
    "is_called_once",
    "is_called_with",
    "is_not_called",
    "called_with",
    "called_once_with",
    "not_called",
    "has_calls",
    "any_call",
    "asert_called_once",
    "assert_called_once_whit",
];

/// A mock's assertions, which do nothing unless they are called.
const SPOKEN: [&str; 8] = [
    "assert_called",
    "assert_called_once",
    "assert_called_with",
    "assert_called_once_with",
    "assert_not_called",
    "assert_has_calls",
    "assert_any_call",
    "assert_awaited",
];

/// Errors that any other is one of.
const BROAD: [&str; 2] = ["Exception", "BaseException"];

/// Looks at the assertions of a test.
pub fn check(look: &mut Look<'_, '_>) {
    if look.about.silent.contains(&look.case.names) && is_at_fault(look) {
        let line = look.source.syntax.line(look.case.def.name.range.start());
        look.find_at("no-assertion", line, format!("{} asserts nothing", look.case.name()));
    }
    let all = statements(look.case.body());
    // `assert True` beside `assert False`: the condition is what is asserted.
    let mut chosen: Vec<&Stmt> = all.iter().filter_map(|stmt| stmt.as_if_stmt()).flat_map(decided).collect();
    chosen.extend(all.iter().filter_map(|stmt| stmt.as_try_stmt()).flat_map(caught));
    for stmt in all {
        match stmt {
            Stmt::Assert(_) if chosen.iter().any(|other| std::ptr::eq(*other, stmt)) => {}
            Stmt::Assert(assert) => {
                let is_literal = assert.test.is_boolean_literal_expr();
                let is_last_word = is_literal && asserts_besides(look, stmt);
                let is_meant =
                    is_noted(look, assert) || is_last_word || holds_place(look) || is_literal && is_decorated(look);
                let what = always(&assert.test, look).filter(|_| !is_meant);
                if let Some(what) = what {
                    look.find("empty-assertion", stmt, what);
                }
            }
            Stmt::Expr(expr) => {
                if let Expr::Attribute(attribute) = &*expr.value
                    && SPOKEN.contains(&attribute.attr.as_str())
                {
                    let what = format!("{} is not called", look.source.shown(attribute));
                    look.find("empty-assertion", stmt, what);
                }
                if let Some(what) = unraised(&expr.value, look) {
                    look.find("empty-assertion", stmt, what);
                }
            }
            _ => {}
        }
        let found: Vec<&ExprCall> = calls(stmt).collect();
        for call in found {
            if let Some(what) = never_fails(call, look) {
                look.find("empty-assertion", call, what);
            }
        }
        broad(look, stmt);
    }
}

/// Whether a test asserts anything that can fail beside an `assert True`, which then only ends it.
fn asserts_besides(look: &Look<'_, '_>, last: &Stmt) -> bool {
    let can_fail = |stmt: &Stmt| match stmt {
        Stmt::Assert(assert) => always(&assert.test, look).is_none(),
        Stmt::With(with) => super::assertion::expects_error(with),
        stmt => super::assertion::fails(stmt) || super::assertion::is_assertion(look.source, stmt),
    };
    statements(look.case.body()).into_iter().any(|stmt| !std::ptr::eq(stmt, last) && can_fail(stmt))
}

/// The statements of a condition of which one branch fails the test.
fn decided(branch: &ruff_python_ast::StmtIf) -> Vec<&Stmt> {
    let bodies = [&*branch.body].into_iter().chain(branch.elif_else_clauses.iter().map(|clause| &*clause.body));
    let bodies: Vec<&[Stmt]> = bodies.collect();
    let is_decided = bodies.iter().any(|body| body.iter().any(super::assertion::fails));
    bodies.into_iter().flatten().filter(|_| is_decided).collect()
}

/// The statements of a try block and of its handlers, where the test fails one way or the other.
fn caught(attempt: &ruff_python_ast::StmtTry) -> Vec<&Stmt> {
    let handlers = attempt.handlers.iter().map(|ruff_python_ast::ExceptHandler::ExceptHandler(handler)| handler);
    let all = attempt.body.iter().chain(&attempt.orelse).chain(handlers.flat_map(|handler| &handler.body));
    let all: Vec<&Stmt> = all.collect();
    let is_decided = all.iter().any(|stmt| super::assertion::fails(stmt));
    // Where the block compares something, `assert True` in a handler only names the way that was taken.
    let is_literal = |stmt: &Stmt| stmt.as_assert_stmt().map(|assert| assert.test.is_literal_expr());
    let is_compared = attempt.body.iter().any(|stmt| is_literal(stmt) == Some(false));
    all.into_iter().filter(|stmt| is_decided || is_compared && is_literal(stmt) == Some(true)).collect()
}

/// Whether `assert True` stands for something else: a comment says for what, it fills a block, or switches off a test of a base.
fn is_noted(look: &Look<'_, '_>, assert: &ruff_python_ast::StmtAssert) -> bool {
    let is_bare = assert.test.is_boolean_literal_expr() || assert.test.is_number_literal_expr();
    let is_inside = !look.case.body().iter().any(|stmt| stmt.range() == assert.range);
    is_bare && (is_inside || !comments(look).is_empty() || look.case.body().len() == 1 && overrides(look))
}

/// Why an error that is made does nothing: nobody raises it.
fn unraised(value: &Expr, look: &Look<'_, '_>) -> Option<String> {
    let name = value.as_call_expr()?.func.as_name_expr()?;
    (name.id.as_str() == "AssertionError").then(|| format!("{} is made and not raised", look.source.shown(value)))
}

/// Why an asserted expression is true whatever happens.
fn always(test: &Expr, look: &Look<'_, '_>) -> Option<String> {
    let shown = || look.source.shown(test);
    match test {
        Expr::Tuple(tuple) if !tuple.elts.is_empty() => Some("assert of a tuple, which is always true".to_owned()),
        Expr::List(list) if !list.elts.is_empty() && !list.elts.iter().any(Expr::is_starred_expr) => {
            Some("assert of a list, which is always true".to_owned())
        }
        Expr::Lambda(_) | Expr::Generator(_) => Some(format!("assert {}, which is always true", shown())),
        Expr::BooleanLiteral(literal) if literal.value => Some("assert True".to_owned()),
        Expr::StringLiteral(literal) if !literal.value.is_empty() => {
            Some("assert of a text, which is always true".to_owned())
        }
        Expr::NumberLiteral(_) if shown() != "0" => Some(format!("assert {}", shown())),
        // `assert 1 == 0` is never to be reached.
        Expr::Compare(_) if within_literals(test) && says_truth(test) != Some(false) => {
            Some(format!("assert {} compares constants", shown()))
        }
        _ => None,
    }
}

/// Whether a comparison is one of constants alone.
fn within_literals(test: &Expr) -> bool {
    let Expr::Compare(compare) = test else { return false };
    compare.left.is_literal_expr() && compare.comparators.iter().all(Expr::is_literal_expr)
}

/// Why a call that looks like an assertion never fails.
fn never_fails(call: &ExprCall, look: &Look<'_, '_>) -> Option<String> {
    let Expr::Attribute(attribute) = &*call.func else { return None };
    let name = attribute.attr.as_str();
    if MISSPELT.contains(&name) && is_mock(&attribute.value, look) && !is_expected(call, look) {
        return Some(format!("{} is answered by the mock itself, it asserts nothing", look.source.shown(&*call.func)));
    }
    let [first, second, ..] = &*call.arguments.args else { return None };
    let is_constant = |expr: &Expr| expr.is_number_literal_expr() || expr.is_boolean_literal_expr();
    // `assertTrue(found, True)` asserts what it seems to.
    let is_true = second.as_boolean_literal_expr().is_some_and(|literal| literal.value);
    let on_self = attribute.value.as_name_expr().is_some_and(|name| name.id.as_str() == "self");
    if on_self && name == "assertTrue" && is_constant(second) && !is_true && !first.is_boolean_literal_expr() {
        return Some(format!(
            "assertTrue({}, {}) compares nothing",
            look.source.shown(first),
            look.source.shown(second)
        ));
    }
    None
}

/// Whether a call stands where an error is expected: the mock is to refuse it.
fn is_expected(call: &ExprCall, look: &Look<'_, '_>) -> bool {
    let blocks = statements(look.case.body()).into_iter().filter_map(Stmt::as_with_stmt);
    blocks.filter(|with| expects_error(with)).any(|with| with.range.contains_range(call.range()))
}

/// Whether an expression is a mock, as far as the test shows: asserted on as one, or made as one.
fn is_mock(expr: &Expr, look: &Look<'_, '_>) -> bool {
    let name = dotted(expr).unwrap_or_default().to_lowercase();
    let says = name.contains("mock") || name.contains("stub") || name.contains("spy");
    let made = super::mocks::made(look.source, look.case);
    let root = super::walk::root(expr).unwrap_or_default();
    // What it stands for may have a method of that name, and one that is unsafe takes any.
    let is_told = look.values(root).iter().filter_map(|value| value.as_call_expr()).any(|call| {
        let keywords = call.arguments.keywords.iter().filter_map(|keyword| keyword.arg.as_deref());
        keywords.into_iter().any(|name| name.starts_with("spec") || name == "unsafe")
    });
    !is_told && (says || made.contains_key(root))
}

/// `pytest.raises(Exception)` that looks at nothing of the error.
fn broad(look: &mut Look<'_, '_>, stmt: &Stmt) {
    let Some(with) = stmt.as_with_stmt() else { return };
    for item in &with.items {
        let Some(call) = item.context_expr.as_call_expr() else { continue };
        let name = last_name(&call.func).unwrap_or_default();
        if !matches!(name, "raises" | "assertRaises")
            || call.arguments.find_keyword("match").is_some()
            || call.arguments.find_keyword("check").is_some()
        {
            continue;
        }
        // `pytest.skip.Exception` is an error like any other.
        let broad = call.arguments.args.first().and_then(dotted);
        let broad = broad.as_deref().map(|name| name.strip_prefix("builtins.").unwrap_or(name));
        let Some(broad) = broad.filter(|name| BROAD.contains(name)) else { continue };
        if item.optional_vars.is_none()
            && !is_only_passed(look, stmt)
            && !is_made(look)
            && is_named(look)
            && look.case.parametrized().is_empty()
            && !is_told(look, with)
        {
            look.find("broad-raises", &item.context_expr, format!("{name}({broad})"));
        }
    }
}

/// Whether a comment says why no error is named: on the line, above it, or in the block; or it answers another linter.
fn is_told(look: &Look<'_, '_>, with: &StmtWith) -> bool {
    let (from, to) = look.source.syntax.lines(with.range);
    let lines = look.source.text.lines().skip(from.saturating_sub(2) as usize).take((to + 2 - from) as usize);
    let own = lines.map(str::trim_start).enumerate();
    own.filter(|(at, line)| *at > 0 || line.starts_with('#')).any(|(_, line)| line.contains('#'))
}

/// Whether the error is only on the way to what the test asserts behind the block: what it leaves.
fn is_only_passed(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let all = statements(look.case.body());
    let bodies = all.iter().flat_map(|stmt| blocks(stmt)).chain([look.case.body()]);
    bodies.into_iter().any(|body| {
        let mut rest = body.iter().skip_while(|other| !std::ptr::eq(*other, stmt)).skip(1);
        rest.any(|next| !next.is_with_stmt() && is_assertion(look.source, next))
    })
}

fn is_broad(expr: &Expr) -> bool {
    dotted(expr).is_some_and(|name| BROAD.contains(&name.as_str()))
}

/// Whether the code under test raises errors that have a name, and none without, where what the test calls, or its file imports,
/// is written.
fn is_named(look: &Look<'_, '_>) -> bool {
    let Some(codes) = look.about.codes else { return true };
    let called = everything(&look.case.def.body).into_iter().filter_map(Expr::as_call_expr);
    let meant = called.filter_map(|call| look.source.meaning(&call.func, &BTreeSet::new()));
    let meant = meant.chain(look.source.imports.values().cloned());
    let of_name = |name: String| codes(&name).into_iter().chain(Place::written_in(codes, &name)).collect::<Vec<_>>();
    let written: Vec<_> = meant.flat_map(of_name).collect();
    let makes = |expr: &Expr| expr.as_call_expr().is_some_and(|call| is_broad(&call.func));
    let names = |stmt: &Stmt| {
        let raised = stmt.as_raise_stmt().and_then(|raise| raise.exc.as_deref());
        raised.and_then(last_name).is_some_and(|name| name.starts_with(char::is_uppercase) && !BROAD.contains(&name))
    };
    written.iter().any(|code| nested(code.body()).into_iter().any(names))
        && !written.iter().any(|code| everything(code.body()).into_iter().any(makes))
}

/// Whether the source makes such an error, or hands it on, so that the test can name no other: `raise Exception`,
/// `side_effect=Exception()`. Where it is expected, caught or inherited from, it is not made.
fn is_made(look: &Look<'_, '_>) -> bool {
    let all = everything(look.source.syntax.body());
    let raising = all.iter().filter_map(|expr| expr.as_call_expr()).filter(|call| !is_broad(&call.func));
    let handed =
        raising.filter(|call| !last_name(&call.func).is_some_and(|name| name.to_lowercase().contains("raises")));
    let handed = handed.flat_map(given);
    let is_double = look.source.slice(look.case.def).contains("side_effect");
    let called = all.iter().filter_map(|expr| expr.as_call_expr()).any(|call| is_broad(&call.func));
    is_double
        || called
        || handed.into_iter().any(is_broad)
        || BROAD.iter().any(|name| look.source.text.contains(&format!("raise {name}\n")))
}
