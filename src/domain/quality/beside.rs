//! What a test itself tells of a loop's items: it has put them where they are asked for, or knows what it goes through beside them.

use super::assertion::is_assertion;
use super::backing::{outside, parts, read};
use super::check::Look;
use super::language::is_of_language;
use super::outcomes::{Outcome, is_self};
use super::walk::{calls, root, statements, within};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtFor};
use ruff_text_size::Ranged;
use std::collections::BTreeSet;

/// Whether an assertion looks at something that a loop goes through together with the outcome: `zip(rows, names)`; or the outcome
/// may be that other thing, and what seems to be one what is expected of it: `zip(chart.lines, palette(3))`.
#[must_use]
pub fn is_beside_another(look: &Look<'_, '_>, repeat: &StmtFor) -> bool {
    let zips = within(&repeat.iter).into_iter().filter_map(Expr::as_call_expr);
    let zips = zips.filter(|call| last_name(&call.func) == Some("zip"));
    let beside: Vec<&Expr> = zips.flat_map(|call| &call.arguments.args).collect();
    let roots: BTreeSet<&str> = beside.iter().copied().filter_map(root).filter(|name| !is_self(name)).collect();
    let asserting = outside(look, &[repeat.range]).into_iter().filter(|stmt| is_assertion(look.source, stmt));
    let mut asserted = asserting.flat_map(|stmt| read(look, &parts(stmt)));
    asserted.any(|name| roots.contains(name)) || beside.into_iter().any(|other| is_unknown(look, other))
}

/// Whether an expression is, or a name holds, a part of something, or what something unknown gives: neither an outcome nor written.
fn is_unknown(look: &Look<'_, '_>, expr: &Expr) -> bool {
    let values = expr.as_name_expr().map_or(&[][..], |name| look.values(name.id.as_str()));
    let is_part = |value: &Expr| match value {
        Expr::Call(call) => !is_of_language(look, &call.func),
        value => value.is_attribute_expr() || value.is_subscript_expr(),
    };
    (is_part(expr) || values.iter().any(|value| is_part(value))) && Outcome::of(look, expr).is_none()
}

/// Whether a call asks for what the test has put there before, as far as its words tell: `db.execute(…)` twice, the first time
/// only for its effect, or `shop.orders.create(…)` before `shop.orders.matching(…)`.
#[must_use]
pub fn is_put_there(look: &Look<'_, '_>, base: &Expr) -> bool {
    let named = base.as_name_expr().map_or(&[][..], |name| look.values(name.id.as_str()));
    let made: Vec<&ExprCall> = named.iter().copied().chain([base]).flat_map(chained).collect();
    let apart: Vec<_> = made.iter().map(|call| call.range()).collect();
    let before = statements(look.case.body()).into_iter().filter(|stmt| match made.first() {
        Some(call) => stmt.start() < call.start() && !stmt.range().contains_range(call.range()),
        None => false,
    });
    let before: Vec<&Stmt> = before.filter(|stmt| !is_assertion(look.source, stmt)).collect();
    let all = || before.iter().flat_map(|stmt| calls(stmt).map(|call| (*stmt, call)));
    all().any(|(stmt, call)| {
        let is_apart = !apart.contains(&call.range());
        is_apart && made.iter().any(|asked| puts(look, stmt, call, asked))
    })
}

/// The calls of a chain, the last one first: `execute` and `fetchall` of `db.execute(query).fetchall()`.
fn chained(expr: &Expr) -> Vec<&ExprCall> {
    std::iter::successors(Some(expr), |expr| inner(expr)).filter_map(Expr::as_call_expr).collect()
}

fn inner(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::Await(awaited) => Some(&awaited.value),
        Expr::Call(call) => Some(&call.func),
        Expr::Attribute(attribute) => Some(&attribute.value),
        Expr::Subscript(subscript) => Some(&subscript.value),
        _ => None,
    }
}

/// Whether a call is one of the same function only for its effect, or another one on the same part of an object.
fn puts(look: &Look<'_, '_>, stmt: &Stmt, call: &ExprCall, asked: &ExprCall) -> bool {
    let (Some(of), Some(owner)) = (call.func.as_attribute_expr(), asked.func.as_attribute_expr()) else { return false };
    let is_same = |one: &Expr, other: &Expr| look.source.slice(one) == look.source.slice(other);
    // `self.client` is no part of an object, but the test's own one.
    let is_part = owner.value.as_attribute_expr().is_some_and(|part| match &*part.value {
        Expr::Name(name) => !is_self(name.id.as_str()),
        _ => true,
    });
    stmt.is_expr_stmt() && is_same(&call.func, &asked.func) || is_part && is_same(&of.value, &owner.value)
}
