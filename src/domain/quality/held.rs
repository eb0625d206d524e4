//! What becomes of a value in a test: the names that hold it, by assignments, loops and collections.

use super::check::Look;
use super::isolation::CHANGING;
use super::walk::{expressions, root, statements, within};
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
    if let Some((names, value)) = own.and_then(binding)
        && takes(value, node.range())
    {
        held.extend(names);
    }
    loop {
        let before = held.len();
        for (names, value) in all.iter().copied().filter_map(binding) {
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
fn binding(stmt: &Stmt) -> Option<(Vec<&str>, &Expr)> {
    match stmt {
        Stmt::Assign(assign) => Some((assign.targets.iter().flat_map(roots).collect(), &assign.value)),
        Stmt::AnnAssign(assign) => Some((roots(&assign.target), assign.value.as_deref()?)),
        Stmt::AugAssign(assign) => Some((roots(&assign.target), &assign.value)),
        Stmt::For(repeat) => Some((roots(&repeat.target), &repeat.iter)),
        Stmt::Expr(stmt) => {
            let call = stmt.value.as_call_expr()?;
            let fills = last_name(&call.func).is_some_and(|name| CHANGING.contains(&name));
            let filled = root(&call.func).filter(|_| fills)?;
            Some((vec![filled], call.arguments.args.last()?))
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

/// Whether a statement reads one of these names.
#[must_use]
pub fn mentions(stmt: &Stmt, held: &BTreeSet<&str>) -> bool {
    let mut loads = expressions(stmt).into_iter().filter_map(Expr::as_name_expr);
    loads.any(|name| name.ctx.is_load() && held.contains(name.id.as_str()))
}
