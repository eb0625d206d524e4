//! Assertions that may not run: in a branch, an `except`, a loop over nothing, behind the end.

use super::assertion::{fails, first, is_assertion};
use super::attempts::attempt;
use super::behind::raising;
use super::branches::branch;
use super::check::Look;
use super::excused::is_decorated;
use super::repeats::repeat;
use super::walk::{blocks, calls, everything, statements, text, within};
use crate::domain::python::{applied, dotted, last_name};
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtIf};
use ruff_text_size::{Ranged, TextLen, TextRange};
use std::collections::BTreeSet;

/// Looks at the assertions of a test.
pub fn check<'a>(look: &mut Look<'a, '_>) {
    // Where Python cannot read a source, what stands in what is a guess.
    if !look.source.syntax.is_whole() {
        return;
    }
    never_called(look);
    // What the child of a fork asserts, its parent sees by how it ended.
    if !everything(look.case.body()).into_iter().filter_map(Expr::as_call_expr).any(is_fork) {
        block(look, look.case.body());
    }
}

fn is_fork(call: &ExprCall) -> bool {
    last_name(&call.func) == Some("fork")
}

fn block<'a>(look: &mut Look<'a, '_>, body: &'a [Stmt]) {
    // A class may have a `fail` of its own, which goes on.
    let is_own = |stmt: &Stmt| {
        let called =
            stmt.as_expr_stmt().and_then(|stmt| stmt.value.as_call_expr()).and_then(|call| last_name(&call.func));
        called.is_some_and(|name| look.source.functions.contains_key(name))
    };
    // A test that is to fail, and fails at once, is put off.
    let is_put_off = |stmt: &Stmt| fails(stmt) && is_to_fail(look);
    if let Some(at) = body.iter().position(|stmt| ends(stmt) && !leaves(stmt) && !is_own(stmt) && !is_put_off(stmt)) {
        let behind = body.get(at + 1..).unwrap_or_default();
        let end =
            body.get(at).filter(|end| !is_remarked(look, end) && !is_announced(body.get(..at).unwrap_or_default()));
        if let (Some(end), Some(dead)) = (end, first(look.source, behind)) {
            let what = format!("it stands behind `{}`", look.source.shown(end));
            look.find_asserting("unreachable-assertion", dead, what);
        }
    }
    for (at, stmt) in body.iter().enumerate() {
        let is_told = match stmt {
            Stmt::If(chosen) if is_either(look, chosen, body.get(at + 1..).unwrap_or_default()) => false,
            Stmt::If(chosen) if returns_before_others(look, chosen) => false,
            Stmt::If(chosen) => branch(look, chosen),
            Stmt::For(turns) => repeat(look, turns),
            Stmt::Try(tried) => attempt(look, tried, body.get(at + 1..).unwrap_or_default()),
            Stmt::With(with) => {
                raising(look, with);
                false
            }
            _ => false,
        };
        if !is_told {
            blocks(stmt).into_iter().for_each(|inner| block(look, inner));
        }
    }
}

/// Whether a comment above or beside a `return` says why the test ends there.
fn is_remarked(look: &Look<'_, '_>, end: &Stmt) -> bool {
    let rest = TextRange::new(end.start(), look.source.text.text_len());
    let beside = || look.source.slice(&rest).lines().next().is_some_and(|line| line.contains('#'));
    end.is_return_stmt() && (look.source.is_below_comment(end) || beside())
}

/// Whether what stands before an end says that the test is left out: `print("Skipping: the page is gone")`.
fn is_announced(before: &[Stmt]) -> bool {
    let call = before.last().and_then(|last| last.as_expr_stmt()?.value.as_call_expr());
    let said = call.into_iter().flat_map(|call| &call.arguments.args).find_map(text);
    said.is_some_and(|said| said.to_lowercase().contains("skip"))
}

/// Whether a mark says that the test fails.
fn is_to_fail(look: &Look<'_, '_>) -> bool {
    let mut marks = look.case.def.decorator_list.iter().filter_map(|decorator| applied(&decorator.expression));
    marks.any(|name| name.ends_with("expectedFailure") || name.ends_with("xfail"))
}

/// Whether nothing behind a statement of the same block is run.
#[must_use]
pub fn ends(stmt: &Stmt) -> bool {
    matches!(stmt, Stmt::Return(_) | Stmt::Raise(_) | Stmt::Continue(_) | Stmt::Break(_))
        || stmt.as_expr_stmt().and_then(|stmt| stmt.value.as_call_expr()).is_some_and(|call| {
            let name = dotted(&call.func);
            matches!(
                name.as_deref(),
                Some("pytest.fail" | "pytest.skip" | "self.fail" | "self.skipTest" | "pytest.xfail")
            )
        })
}

/// Whether a statement leaves the whole test out: what stands behind it waits for better days.
#[must_use]
pub fn leaves(stmt: &Stmt) -> bool {
    let raised = stmt.as_raise_stmt().and_then(|raise| raise.exc.as_deref()).and_then(last_name);
    let mut called = calls(stmt).filter_map(|call| last_name(&call.func)).chain(raised);
    called.any(|name| matches!(name, "skip" | "skipTest" | "xfail" | "SkipTest" | "TestSkipped"))
}

/// Whether a condition asserts and ends the turn, and what stands behind it asserts otherwise: one of both is run.
fn is_either(look: &Look<'_, '_>, branch: &StmtIf, rest: &[Stmt]) -> bool {
    branch.elif_else_clauses.is_empty()
        && branch.body.last().is_some_and(ends)
        && first(look.source, &branch.body).is_some()
        && first(look.source, rest).is_some()
}

/// Whether a condition asserts and ends the test, and what stands behind it anywhere asserts otherwise: one of both is run.
fn returns_before_others(look: &Look<'_, '_>, branch: &StmtIf) -> bool {
    let mut behind = statements(look.case.body()).into_iter().filter(|stmt| stmt.start() >= branch.range.end());
    branch.elif_else_clauses.is_empty()
        && branch.body.last().is_some_and(Stmt::is_return_stmt)
        && first(look.source, &branch.body).is_some()
        && behind.any(|stmt| is_assertion(look.source, stmt))
}

/// A function that the test defines, that asserts, and that nothing mentions.
fn never_called<'a>(look: &mut Look<'a, '_>) {
    // What a decorator makes of a test, be it to read its source, is not known.
    if is_decorated(look) {
        return;
    }
    let body = look.case.body();
    let mentioned: BTreeSet<&str> =
        everything(body).into_iter().filter_map(Expr::as_name_expr).map(|name| name.id.as_str()).collect();
    let is_dynamic = ["locals", "globals", "eval", "exec", "vars"].iter().any(|name| mentioned.contains(name));
    for def in statements(body).into_iter().filter_map(Stmt::as_function_def_stmt) {
        let is_used = mentioned.contains(def.name.as_str()) || !def.decorator_list.is_empty() || is_dynamic;
        let asserted = statements(&def.body).into_iter().find(|stmt| stmt.is_assert_stmt());
        if let Some(dead) = asserted.filter(|dead| !is_used && !is_said_again(body, dead)) {
            let what = format!("nothing calls {}, in which it stands", def.name.as_str());
            look.find_asserting("unreachable-assertion", dead, what);
        }
    }
}

/// Whether all texts that an assertion looks for are looked for by another one of the test as well.
fn is_said_again(body: &[Stmt], dead: &Stmt) -> bool {
    let texts = |stmt: &Stmt| -> BTreeSet<String> {
        let test = stmt.as_assert_stmt().map(|assert| &*assert.test);
        test.into_iter().flat_map(within).filter_map(text).map(str::to_owned).collect()
    };
    let wanted = texts(dead);
    !wanted.is_empty() && statements(body).into_iter().any(|stmt| texts(stmt).is_superset(&wanted))
}

/// Whether what asserts leaves the test, and the test fails at its end, or is skipped: one of both happens.
#[must_use]
pub fn fails_at_last(look: &Look<'_, '_>, body: &[Stmt]) -> bool {
    let leaves = statements(body).into_iter().any(Stmt::is_return_stmt);
    let mut last = look.case.body().last();
    while let Some(Stmt::With(with)) = last {
        last = with.body.last();
    }
    leaves && last.is_some_and(|last| fails(last) || self::leaves(last))
}
