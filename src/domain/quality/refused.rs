//! What the tests of a source expect to be refused, and whose answer none of them looks at: that it is not refused is an outcome.

use super::assertion::{expects_error, is_assertion};
use super::check::Look;
use super::walk::{calls, everything, statements};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::{Ranged, TextRange};
use std::collections::BTreeSet;

/// The names of what is expected to be refused, and answers nothing else that a test looks at.
#[must_use]
pub fn refused<'a>(look: &Look<'a, '_>) -> BTreeSet<&'a str> {
    let all: Vec<&Stmt> = look.source.functions.values().flatten().flat_map(|def| statements(&def.body)).collect();
    let expecting = all.iter().filter_map(|stmt| stmt.as_with_stmt()).filter(|with| expects_error(with));
    let (blocks, bodies): (Vec<TextRange>, Vec<&[Stmt]>) = expecting.map(|with| (with.range, &*with.body)).unzip();
    let refused = bodies.into_iter().flat_map(everything).filter_map(Expr::as_call_expr);
    let mut refused: BTreeSet<&str> = refused.filter_map(|call| last_name(&call.func)).collect();
    let handed = all.iter().flat_map(|stmt| calls(stmt)).filter(|call| is_refusing(call));
    refused.extend(handed.flat_map(|call| call.arguments.args.iter().skip(1)).filter_map(last_name));
    let looked = all.into_iter().filter(|stmt| is_assertion(look.source, stmt) || stmt.is_assign_stmt());
    let looked = looked.filter(|stmt| !blocks.iter().any(|block| block.contains_range(stmt.range())));
    let answering: BTreeSet<&str> = looked.flat_map(calls).filter_map(|call| last_name(&call.func)).collect();
    &refused - &answering
}

/// Whether a call expects that what it is handed is refused: `assertRaises(ValueError, cart.add, 3)`.
fn is_refusing(call: &ExprCall) -> bool {
    last_name(&call.func).is_some_and(|name| name.starts_with("assertRaises") || name == "raises")
}
