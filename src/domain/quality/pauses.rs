//! Pauses that decide the outcome: something else goes on meanwhile, and an assertion looks at it afterwards.

use super::assertion::{expects_error, fails};
use super::check::Look;
use super::looked::is_check;
use super::walk::{blocks, expressions, root, statements};
use crate::domain::python::{dotted, last_name, says};
use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::{Ranged, TextRange};

/// Words in the names of tests whose subject is how long something takes.
const MEASURING: [&str; 6] = ["timer", "timing", "elapsed", "duration", "stopwatch", "measure"];

/// Whether an assertion relies on a pause being long enough.
#[must_use]
pub fn decides(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr) -> bool {
    !look.guards.clock()
        && is_relied_on(look, stmt)
        && !is_acknowledged(look, node)
        && !is_measured(look, stmt)
        && !is_polling(look, stmt)
        && !is_interrupted(look, stmt, node)
        && !is_cut_short(look, stmt)
        && !is_cancelled(look, stmt)
        && !is_timed(look)
}

/// Whether an assertion stands behind a pause, or in a loop around it; in the same branch, where a condition decides whether the
/// test waits at all.
fn is_relied_on(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let all = statements(look.case.body());
    let around = |stmt: &Stmt, is_it: &dyn Fn(&Stmt) -> bool| -> Option<TextRange> {
        let found = all.iter().filter(|other| is_it(other) && other.range().contains_range(stmt.range()));
        found.map(Ranged::range).min_by_key(|range| range.len())
    };
    let repeat = around(stmt, &|other| other.is_for_stmt() || other.is_while_stmt());
    let branch = around(stmt, &|other| other.is_if_stmt());
    let from = repeat.map_or(stmt.start(), TextRange::start);
    all.iter().any(|other| {
        let is_beside = branch.is_none_or(|branch| branch.contains_range(other.range()) && branch != other.range());
        other.start() >= from && is_beside && is_check(look, other) && !is_foreign(other)
    })
}

/// Whether a statement calls a method of something that is not the test's class, and no name says that it asserts.
fn is_foreign(stmt: &Stmt) -> bool {
    let call = stmt.as_expr_stmt().and_then(|stmt| match &*stmt.value {
        Expr::Await(awaited) => awaited.value.as_call_expr(),
        value => value.as_call_expr(),
    });
    let is_own = |call: &ExprCall| matches!(root(&call.func), Some("self" | "cls")) || call.func.is_name_expr();
    call.is_some_and(|call| !is_own(call) && !last_name(&call.func).is_some_and(says))
}

/// Whether a comment beside a pause tells another tool that it is meant: `sleep(1)  # noqa: …`.
fn is_acknowledged(look: &Look<'_, '_>, node: &Expr) -> bool {
    let (from, to) = look.source.syntax.lines(node.range());
    let lines = look.source.text.lines().skip(from.saturating_sub(1) as usize).take((to + 1 - from) as usize);
    let mut comments = lines.filter_map(|line| line.split_once('#')).map(|(_, comment)| comment);
    comments.any(|comment| comment.contains("noqa") || comment.contains("ignore[") && !comment.contains("lacuna:"))
}

/// Whether the pause is what the test measures: the only thing in a block, or in a test of a timer.
fn is_measured(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let mut withs = statements(look.case.body()).into_iter().filter_map(Stmt::as_with_stmt);
    let is_alone = withs.any(|with| matches!(&*with.body, [only] if std::ptr::eq(only, stmt)));
    let mut named = look.case.titles().map(str::to_lowercase);
    is_alone || named.any(|name| MEASURING.iter().any(|word| name.contains(word)))
}

/// Whether a pause stands in a loop that waits for something.
fn is_polling(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    statements(look.case.body()).into_iter().any(|repeat| {
        let waits = match repeat {
            Stmt::While(_) => true,
            Stmt::For(repeat) => statements(&repeat.body).into_iter().any(|inner| {
                let is_chosen = inner.is_if_stmt() && inner.range().contains_range(stmt.range());
                inner.is_break_stmt() || inner.is_return_stmt() || is_chosen
            }),
            _ => false,
        };
        waits && repeat.range().contains_range(stmt.range())
    })
}

/// Whether a pause is never waited out: it is to be interrupted by an error, or only made and handed on.
fn is_interrupted(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr) -> bool {
    let mut withs = statements(look.case.body()).into_iter().filter_map(Stmt::as_with_stmt);
    let is_expected = withs.any(|with| expects_error(with) && with.range.contains_range(node.range()));
    let mut attempts = statements(look.case.body()).into_iter().filter_map(Stmt::as_try_stmt);
    let is_caught = attempts.any(|attempt| {
        !attempt.handlers.is_empty() && attempt.body.last().is_some_and(|last| std::ptr::eq(last, stmt))
    });
    let is_coroutine = node
        .as_call_expr()
        .and_then(|call| look.source.meaning(&call.func, &look.locals))
        .is_some_and(|meaning| ["asyncio.", "trio.", "anyio."].iter().any(|module| meaning.starts_with(module)));
    let mut awaited = expressions(stmt).into_iter().filter_map(Expr::as_await_expr);
    is_expected || is_caught || is_coroutine && !awaited.any(|await_| await_.value.range() == node.range())
}

/// Whether a pause is never waited out: what comes behind it fails the test.
fn is_cut_short(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let all = statements(look.case.body());
    let bodies = all.iter().flat_map(|stmt| blocks(stmt)).chain([look.case.body()]);
    bodies.into_iter().any(|body| {
        let at = body.iter().position(|inner| std::ptr::eq(inner, stmt));
        at.and_then(|at| body.get(at + 1)).is_some_and(fails)
    })
}

/// Whether a pause stands in a block that is left when its time is over: `with move_on_after(1)`, `with alarm_timeout(1)`.
fn is_cancelled(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let withs = statements(look.case.body()).into_iter().filter_map(Stmt::as_with_stmt);
    withs.filter(|with| with.range.contains_range(stmt.range())).any(|with| {
        let mut names = with.items.iter().filter_map(|item| last_name(&item.context_expr));
        names.any(|name| {
            let name = name.to_lowercase();
            ["move_on_", "fail_after", "fail_at"].iter().any(|word| name.starts_with(word))
                || ["timeout", "alarm"].iter().any(|word| name.contains(word))
        })
    })
}

/// Whether a decorator stops the test by the time, other than the plugin that looks after all tests: `@timeout(1)`. The pause is
/// there to be stopped.
fn is_timed(look: &Look<'_, '_>) -> bool {
    let decorators = look.case.def.decorator_list.iter().map(|decorator| &decorator.expression);
    let mut names = decorators.filter_map(|it| dotted(it.as_call_expr().map_or(it, |call| &*call.func)));
    names.any(|name| name.to_lowercase().contains("timeout") && !name.contains("mark."))
}
