//! Factories rather than large literal payloads.

use super::assertion::is_assertion;
use super::check::Look;
use super::walk::{expressions, statements};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, Stmt};

/// A payload of so many values or more is large.
const LARGE: usize = 12;

/// Looks for large dictionaries that a test writes out as an input.
pub fn check(look: &mut Look<'_, '_>) {
    for stmt in statements(look.case.body()) {
        if is_assertion(look.source, stmt) || is_expected(stmt) {
            continue;
        }
        let mut until = None;
        for expr in expressions(stmt) {
            let range = ruff_text_size::Ranged::range(expr);
            let values = payload(expr);
            // What is inside of one that was found is not told again.
            if values >= LARGE && until.is_none_or(|end| range.start() >= end) {
                until = Some(range.end());
                look.find("large-payload", expr, format!("a literal with {values} values is written out"));
            }
        }
    }
}

/// Whether a statement names what is expected: that has to be written out.
fn is_expected(stmt: &Stmt) -> bool {
    let Stmt::Assign(assign) = stmt else { return false };
    let names = assign.targets.iter().filter_map(last_name);
    names.into_iter().any(|name| {
        ["expect", "result", "output", "want", "golden", "schema"].iter().any(|word| name.to_lowercase().contains(word))
    })
}

/// How many values a literal of named values holds; 0 for anything else.
fn payload(expr: &Expr) -> usize {
    match expr {
        Expr::Dict(dict)
            if dict.items.iter().all(|item| item.key.as_ref().is_some_and(Expr::is_string_literal_expr)) =>
        {
            values(expr)
        }
        Expr::List(list) if list.elts.iter().all(|item| item.is_dict_expr()) => list.elts.iter().map(payload).sum(),
        _ => 0,
    }
}

/// The values in a literal.
fn values(expr: &Expr) -> usize {
    match expr {
        Expr::Dict(dict) => dict.items.iter().map(|item| values(&item.value)).sum(),
        Expr::List(list) => list.elts.iter().map(values).sum(),
        Expr::Tuple(tuple) => tuple.elts.iter().map(values).sum(),
        expr => usize::from(expr.is_literal_expr()),
    }
}
