//! Assertions behind the call that raises, in the very block that expects the error.

use super::assertion::{expects_error, fails, is_assertion, is_calm, managers};
use super::check::Look;
use super::walk::{calls, expressions, names, root, statements, within};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, Stmt, StmtWith};
use std::collections::BTreeSet;

/// Finds an assertion that stands behind the call that raises: one about the error, or those that close the block.
pub fn raising<'a>(look: &mut Look<'a, '_>, with: &'a StmtWith) {
    if !expects_error(with) {
        return;
    }
    let expects = |name: &str| name == "raises" || name.starts_with("assertRaises");
    let bound: BTreeSet<&str> = with
        .items
        .iter()
        .filter(|item| item.context_expr.as_call_expr().and_then(|call| last_name(&call.func)).is_some_and(expects))
        .filter_map(|item| item.optional_vars.as_deref()?.as_name_expr())
        .map(|name| name.id.as_str())
        .collect();
    // `playbook << Command()` may only write down what is to come.
    let is_sum = |stmt: &Stmt| stmt.as_expr_stmt().is_some_and(|stmt| stmt.value.is_bin_op_expr());
    let acts = |stmt: &Stmt| !is_assertion(look.source, stmt) && !is_sum(stmt) && calls(stmt).next().is_some();
    let acted = with.body.iter().position(acts);
    let Some(acted) = acted else { return };
    let tail: Vec<&Stmt> = with.body.iter().skip(acted + 1).collect();
    let about_error = |stmt: &&&Stmt| expressions(stmt).into_iter().flat_map(names).any(|name| bound.contains(name));
    // `assert False` says that it is not reached.
    let is_dead = |stmt: &&&Stmt| {
        let test = stmt.as_assert_stmt().map(|assert| &*assert.test);
        !fails(stmt) && test.is_some_and(|test| is_calm(test) && !asks_made(with, test) && !is_bare_truth(with, test))
    };
    // What is entered beside it may raise when it is left, behind everything.
    let is_alone = with.items.len() == 1 && !expects_failure(with);
    // A loop may have no turn, and a condition not hold.
    let is_sure =
        with.body.get(acted).is_some_and(|stmt| !stmt.is_for_stmt() && !stmt.is_while_stmt() && !stmt.is_if_stmt());
    let calm = tail.iter().rev().take_while(is_dead).last().filter(|_| is_alone && is_sure);
    let asked = tail.iter().find(|stmt| is_assertion(look.source, stmt) && about_error(stmt));
    // Whether the call raises or not: `context.exception` raises here.
    let part = if managers(with).any(|name| name == "raises") { "value" } else { "exception" };
    let early = asked.into_iter().flat_map(|stmt| expressions(stmt)).find(|expr| {
        let asked = expr.as_attribute_expr().filter(|asked| asked.attr.as_str() == part);
        asked.and_then(|asked| asked.value.as_name_expr()).is_some_and(|name| bound.contains(name.id.as_str()))
    });
    // Where any error is expected, its own failure may be the one.
    let asked = asked.filter(|_| early.is_some() || !expects_failure(with));
    if let Some(dead) = asked.or(calm) {
        let what = match early {
            Some(early) => format!("it asks for {}, which is there only behind the block", look.source.slice(early)),
            None => "it stands behind the call that raises, in the same block".to_owned(),
        };
        look.find_asserting("unreachable-assertion", dead, what);
    }
}

/// Whether an assertion that does not hold is an error that is expected too.
fn expects_failure(with: &StmtWith) -> bool {
    let named = with.items.iter().flat_map(|item| within(&item.context_expr)).filter_map(last_name);
    named.into_iter().any(|name| matches!(name, "AssertionError" | "Exception" | "BaseException"))
}

/// Whether an expression only asks for a part of what the block acts on, and compares it with nothing: it may be there to raise.
fn is_bare_truth(with: &StmtWith, test: &Expr) -> bool {
    let Some(name) = test.as_attribute_expr().and_then(|part| root(&part.value)) else { return false };
    statements(&with.body).into_iter().flat_map(calls).any(|call| root(&call.func) == Some(name))
}

/// Whether an expression asks what the block made for an attribute, which may be what raises.
fn asks_made(with: &StmtWith, test: &Expr) -> bool {
    let stored = statements(&with.body).into_iter().flat_map(expressions).filter_map(Expr::as_name_expr);
    let made: BTreeSet<&str> = stored.filter(|name| name.ctx.is_store()).map(|name| name.id.as_str()).collect();
    // Its very truth may be a question: `assert table`, which asks for its length.
    let truth = test.as_name_expr().map(|name| name.id.as_str());
    let asked = within(test).into_iter().filter(|expr| expr.is_attribute_expr()).filter_map(root);
    asked.chain(truth).any(|name| made.contains(name))
}
