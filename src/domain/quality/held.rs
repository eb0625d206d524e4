//! What becomes of a value in a test: the names that hold it, by assignments, loops and collections.

use super::check::Look;
use super::isolation::CHANGING;
use super::walk::{root, statements, within};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::{Ranged, TextRange};
use std::collections::BTreeSet;

/// The names that hold what stands at a node: those of its own statement, and those that are made of them where `takes` says
/// that a value takes over what stands at a place in it.
#[must_use]
pub fn held<'a>(
    look: &Look<'a, '_>,
    stmt: &Stmt,
    node: &Expr,
    takes: &dyn Fn(&Expr, TextRange) -> bool,
) -> BTreeSet<&'a str> {
    let all = statements(look.case.body());
    let mut held: BTreeSet<&'a str> = BTreeSet::new();
    let own = all.iter().copied().find(|other| std::ptr::eq(*other, stmt));
    if let Some((names, value)) = own.and_then(|own| binding(look, own))
        && takes(value, node.range())
    {
        held.extend(names);
    }
    loop {
        let before = held.len();
        for (names, value) in all.iter().copied().filter_map(|stmt| binding(look, stmt)) {
            let mut loads = within(value).into_iter().filter_map(Expr::as_name_expr);
            if loads.any(|name| held.contains(name.id.as_str()) && takes(value, name.range)) {
                held.extend(names);
            }
        }
        if held.len() == before {
            return held;
        }
    }
}

/// The names that a statement binds or fills, and what they are made of.
fn binding<'a>(look: &Look<'_, '_>, stmt: &'a Stmt) -> Option<(Vec<&'a str>, &'a Expr)> {
    match stmt {
        Stmt::Assign(assign) => Some((assign.targets.iter().flat_map(roots).collect(), &assign.value)),
        Stmt::AnnAssign(assign) => Some((roots(&assign.target), assign.value.as_deref()?)),
        Stmt::AugAssign(assign) => Some((roots(&assign.target), &assign.value)),
        Stmt::For(repeat) => Some((roots(&repeat.target), &repeat.iter)),
        Stmt::Expr(stmt) => {
            let call = stmt.value.as_call_expr()?;
            let (name, given) = (last_name(&call.func)?, call.arguments.args.last()?);
            let filled = if name == "shuffle" { root(given) } else { root(&call.func) };
            let fills = name == "shuffle" || CHANGING.contains(&name);
            // What the test is given is no mere collection: `client.add(row)`.
            let is_own =
                |name: &&str| !matches!(*name, "self" | "cls") && !look.case.parameters().any(|own| own == *name);
            let is_filled = |filled: &&str| name == "shuffle" || is_own(filled);
            Some((vec![filled.filter(|_| fills).filter(is_filled)?], given))
        }
        _ => None,
    }
}

/// The names that a target binds, or whose parts it does.
fn roots(target: &Expr) -> Vec<&str> {
    match target {
        Expr::Tuple(tuple) => tuple.elts.iter().flat_map(roots).collect(),
        Expr::List(list) => list.elts.iter().flat_map(roots).collect(),
        Expr::Starred(starred) => roots(&starred.value),
        target => root(target).into_iter().collect(),
    }
}
