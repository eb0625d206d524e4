//! Readings of the clock, of the environment and of uuids, and pauses, that do no harm: deadlines, unique names, what is put back.

use super::assertion::{expects_error, is_assertion};
use super::check::Look;
use super::walk::{expressions, names, statements};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;

/// Words in the names of what is unique for the sake of other runs.
const UNIQUE: [&str; 12] =
    ["name", "queue", "topic", "bucket", "blob", "path", "dir", "prefix", "suffix", "stream", "channel", "key"];

/// Words in the names of services that an integration test is told about.
const SERVICE: [&str; 12] =
    ["HOST", "PORT", "URL", "URI", "TCP", "BROKER", "DSN", "BACKEND", "ENDPOINT", "SERVER", "PROJECT", "REGION"];

/// Words in the names of what is kept to be put back.
const KEPT: [&str; 7] = ["old", "orig", "saved", "prev", "before", "backup", "env"];

/// Whether the test means it so, and no result depends on it.
#[must_use]
pub fn is_meant(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr, rule: &str) -> bool {
    match rule {
        "real-clock" => is_deadline(look, stmt),
        "random-uuid" => is_unique_name(stmt, node),
        "real-sleep" => is_polling(look, stmt) || is_interrupted(look, stmt, node),
        "ambient-environment" => is_kept(look, stmt, node) || is_outcome(look, stmt, node) || is_service(look, node),
        _ => false,
    }
}

/// The names that a statement assigns.
fn assigned(stmt: &Stmt) -> impl Iterator<Item = String> {
    let names = expressions(stmt).into_iter().filter_map(Expr::as_name_expr).filter(|name| name.ctx.is_store());
    names.map(|name| name.id.to_lowercase()).collect::<Vec<_>>().into_iter()
}

/// Whether the clock only says for how long something is waited.
fn is_deadline(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let all = statements(look.case.body());
    let tests = all.iter().filter_map(|stmt| stmt.as_while_stmt()).flat_map(|repeat| names(&repeat.test));
    let waited: Vec<&str> = tests.collect();
    let says = |name: &str| name.contains("deadline") || name.contains("timeout") || waited.contains(&name);
    let mentioned = expressions(stmt).into_iter().filter_map(Expr::as_name_expr).map(|name| name.id.as_str());
    stmt.is_while_stmt()
        || assigned(stmt).any(|name| says(&name))
        || mentioned.into_iter().any(|name| name.contains("deadline"))
}

/// Whether a uuid keeps the names of one run apart from those of another: it is part of a text, or named as a name.
fn is_unique_name(stmt: &Stmt, node: &Expr) -> bool {
    let around = expressions(stmt).into_iter().filter(|expr| expr.range().contains_range(node.range()));
    let says = |name: &str| UNIQUE.iter().any(|word| name.to_lowercase().contains(word));
    let is_part = around.into_iter().any(|expr| match expr {
        Expr::FString(_) | Expr::BinOp(_) => true,
        Expr::Call(call) if !std::ptr::eq(expr, node) => {
            let mut keywords = call.arguments.keywords.iter();
            let is_named = keywords.any(|keyword| {
                keyword.value.range().contains_range(node.range()) && keyword.arg.as_deref().is_some_and(says)
            });
            let callee = last_name(&call.func).unwrap_or_default();
            let is_given = call.arguments.args.iter().any(|given| given.range().contains_range(node.range()));
            is_named || matches!(callee, "format" | "join") || is_given && says(callee)
        }
        _ => false,
    });
    is_part || assigned(stmt).any(|name| UNIQUE.iter().any(|word| name.contains(word)))
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
    let is_coroutine = node
        .as_call_expr()
        .and_then(|call| look.source.meaning(&call.func, &look.locals))
        .is_some_and(|meaning| ["asyncio.", "trio.", "anyio."].iter().any(|module| meaning.starts_with(module)));
    let mut awaited = expressions(stmt).into_iter().filter_map(Expr::as_await_expr);
    is_expected || is_coroutine && !awaited.any(|await_| await_.value.range() == node.range())
}

/// Whether the environment is read to be put back.
fn is_kept(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr) -> bool {
    let finals = statements(look.case.body()).into_iter().filter_map(Stmt::as_try_stmt);
    let mut finals = finals.flat_map(|attempt| &attempt.finalbody);
    assigned(stmt).any(|name| KEPT.iter().any(|word| name.contains(word)))
        || finals.any(|last| last.range().contains_range(node.range()))
}

/// Whether the environment is what the code under test was to change: it is compared itself.
fn is_outcome(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr) -> bool {
    let is_it = |expr: &Expr| expr.range() == node.range();
    match stmt {
        Stmt::Assert(assert) => match &*assert.test {
            Expr::Compare(compare) => [&*compare.left]
                .into_iter()
                .chain(&compare.comparators)
                .any(|side| side.range().contains_range(node.range()) && !is_handed_on(side, node)),
            test => is_it(test),
        },
        stmt => {
            let direct = stmt.as_expr_stmt().and_then(|stmt| stmt.value.as_call_expr());
            is_assertion(look.source, stmt) && direct.is_some_and(|call| call.arguments.args.iter().any(is_it))
        }
    }
}

/// Whether a node is an argument of a call that is no mere conversion.
fn is_handed_on(side: &Expr, node: &Expr) -> bool {
    super::walk::within(side).into_iter().filter_map(Expr::as_call_expr).any(|call| {
        let is_plain = matches!(last_name(&call.func), Some("str" | "int" | "float" | "bool" | "len" | "dict"));
        !is_plain && call.arguments.args.iter().any(|given| given.range().contains_range(node.range()))
    })
}

/// Whether the environment tells where a service is.
fn is_service(look: &Look<'_, '_>, node: &Expr) -> bool {
    let key = match node {
        Expr::Call(call) => call.arguments.args.first(),
        Expr::Subscript(subscript) => Some(&*subscript.slice),
        _ => None,
    };
    let key = key.map(|key| look.source.slice(key).to_uppercase()).unwrap_or_default();
    SERVICE.iter().any(|word| key.contains(word))
}
