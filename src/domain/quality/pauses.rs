//! Pauses that decide the outcome: something else goes on meanwhile, and an assertion looks at it afterwards.

use super::assertion::{expects_error, fails};
use super::check::Look;
use super::looked::is_check;
use super::walk::{blocks, expressions, statements};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;

/// Words in the names of tests whose subject is how long something takes.
const MEASURING: [&str; 6] = ["timer", "timing", "elapsed", "duration", "stopwatch", "measure"];

/// Whether an assertion relies on a pause being long enough.
#[must_use]
pub fn decides(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr) -> bool {
    is_relied_on(look, stmt)
        && !is_measured(look, stmt)
        && !is_polling(look, stmt)
        && !is_interrupted(look, stmt, node)
        && !is_for_real(look, node)
        && !is_cut_short(look, stmt)
        && !is_cancelled(look, stmt)
}

/// Whether an assertion stands behind a pause, or in a loop around it.
fn is_relied_on(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let all = statements(look.case.body());
    let loops = all.iter().filter(|repeat| repeat.is_for_stmt() || repeat.is_while_stmt());
    let around = loops.filter(|repeat| repeat.range().contains_range(stmt.range())).map(|repeat| repeat.start()).min();
    let from = around.unwrap_or(stmt.start());
    all.iter().any(|other| other.start() >= from && is_check(look, other))
}

/// Whether the pause is what the test measures: the only thing in a block, or in a test of a timer.
fn is_measured(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let mut withs = statements(look.case.body()).into_iter().filter_map(Stmt::as_with_stmt);
    let is_alone = withs.any(|with| matches!(&*with.body, [only] if std::ptr::eq(only, stmt)));
    let classes = look.case.classes.iter().map(|class| class.name.as_str());
    let mut named = classes.chain([look.case.name()]).map(str::to_lowercase);
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

/// Whether a pause is only made against a real service: `if allow_aws_request(): sleep(30)`.
fn is_for_real(look: &Look<'_, '_>, node: &Expr) -> bool {
    let branches = statements(look.case.body()).into_iter().filter_map(Stmt::as_if_stmt);
    let mut around = branches.filter(|branch| branch.range.contains_range(node.range()));
    around.any(|branch| {
        let asked = look.source.slice(&*branch.test).to_lowercase();
        ["aws", "real", "live", "remote", "cloud"]
            .iter()
            .any(|word| asked.split(|c: char| !c.is_alphanumeric()).any(|part| part == *word))
    })
}

/// Whether a pause is never waited out: it is to be interrupted by an error, or only made and handed on.
fn is_interrupted(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr) -> bool {
    let mut withs = statements(look.case.body()).into_iter().filter_map(Stmt::as_with_stmt);
    let is_expected = withs.any(|with| expects_error(with) && with.range.contains_range(node.range()));
    let is_coroutine = node
        .as_call_expr()
        .and_then(|call| look.source.meaning(&call.func, &look.locals))
        .is_some_and(|meaning| ["asyncio.", "trio.", "anyio."].iter().any(|module| meaning.starts_with(module)));
    let mut awaited = expressions(stmt).into_iter().filter_map(Expr::as_await_expr);
    is_expected || is_coroutine && !awaited.any(|await_| await_.value.range() == node.range())
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

/// Whether a pause stands in a block that is left when its time is over: `with move_on_after(1)`.
fn is_cancelled(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let withs = statements(look.case.body()).into_iter().filter_map(Stmt::as_with_stmt);
    withs.filter(|with| with.range.contains_range(stmt.range())).any(|with| {
        let mut names = with.items.iter().filter_map(|item| last_name(&item.context_expr));
        names.any(|name| {
            ["move_on_", "fail_after", "fail_at", "timeout", "Timeout"].iter().any(|word| name.starts_with(word))
        })
    })
}
