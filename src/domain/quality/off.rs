//! Tests that have no turn, because a mark or a decorator switches them off whatever may be.

use super::source::Case;
use crate::domain::python::{applied, last_name};
use ruff_python_ast::{Expr, ExprCall, Stmt};

/// Whether a test is switched off by what hangs on nothing: nothing of it happens until somebody changes it.
#[must_use]
pub fn is_off(case: &Case<'_>) -> bool {
    let around = case.classes.iter().flat_map(|class| &class.decorator_list);
    case.def.decorator_list.iter().chain(around).any(|decorator| {
        let name = applied(&decorator.expression).unwrap_or_default();
        match name.rsplit('.').next() {
            Some("skip" | "nottest" | "SkipTest") => true,
            Some("skipif" | "skipIf") => decorator.expression.as_call_expr().is_some_and(is_always),
            Some("xfail") => decorator.expression.as_call_expr().is_some_and(is_not_run),
            _ => false,
        }
    }) || case.body().first().is_some_and(skips)
}

/// Whether a mark says that the test is not even run: `xfail(run=False)`.
fn is_not_run(call: &ExprCall) -> bool {
    let run = call.arguments.find_keyword("run").map(|keyword| &keyword.value);
    run.and_then(Expr::as_boolean_literal_expr).is_some_and(|literal| !literal.value)
}

/// Whether a statement leaves the test out, whatever may be: `self.skipTest("later")`.
fn skips(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Expr(stmt) => {
            let name = stmt.value.as_call_expr().and_then(|call| last_name(&call.func));
            matches!(name, Some("skip" | "skipTest"))
        }
        Stmt::Raise(raise) => {
            let raised = raise.exc.as_deref().map(|exc| exc.as_call_expr().map_or(exc, |call| &call.func));
            matches!(raised.and_then(last_name), Some("SkipTest" | "Skipped"))
        }
        _ => false,
    }
}

/// Whether a source leaves itself out as it is collected, whatever may be: `pytest.skip("later", allow_module_level=True)`,
/// `pytestmark = pytest.mark.skip`.
#[must_use]
pub fn is_left_out(body: &[Stmt]) -> bool {
    let is_skip = |expr: &Expr| applied(expr).is_some_and(|name| name.ends_with("mark.skip"));
    body.iter().any(|stmt| match stmt {
        Stmt::Expr(stmt) => stmt.value.as_call_expr().is_some_and(|call| {
            last_name(&call.func) == Some("skip") && call.arguments.find_keyword("allow_module_level").is_some()
        }),
        Stmt::Assign(assign) => {
            let mut targets = assign.targets.iter().filter_map(Expr::as_name_expr);
            let marks = assign.value.as_list_expr().map_or(std::slice::from_ref(&*assign.value), |list| &list.elts);
            targets.any(|name| name.id.as_str() == "pytestmark") && marks.iter().any(is_skip)
        }
        _ => false,
    })
}

/// Whether the condition of a mark is written down as true.
fn is_always(call: &ExprCall) -> bool {
    let condition = call.arguments.find_argument_value("condition", 0);
    match condition {
        Some(Expr::BooleanLiteral(literal)) => literal.value,
        Some(Expr::NumberLiteral(literal)) => literal.value.as_int().is_some_and(|int| *int != 0),
        _ => false,
    }
}
