//! Tests that nobody has written yet: they are empty, or say what they are to look at. One that switches another off is none.

use super::check::Look;
use super::telling::comments;
use crate::domain::python::{is_unwritten, last_name};
use ruff_python_ast::{Expr, Stmt};

/// Fixtures that check nothing.
const PLAIN_FIXTURES: [&str; 10] =
    ["tmp_path", "tmpdir", "monkeypatch", "caplog", "capsys", "capfd", "request", "db", "settings", "client"];

/// Whether there is nothing in a test, and nothing from which it could have anything: no words, no fixture, no class of others.
#[must_use]
pub fn is_empty(look: &Look<'_, '_>) -> bool {
    let is_nothing = |stmt: &Stmt| match stmt {
        Stmt::Pass(_) => true,
        Stmt::Expr(stmt) => stmt.value.is_ellipsis_literal_expr(),
        Stmt::Assign(assign) => assign.value.is_literal_expr() && assign.targets.iter().all(Expr::is_name_expr),
        _ => false,
    };
    look.case.def.body.iter().all(is_nothing)
        && comments(look).is_empty()
        && look.case.parameters().all(|name| PLAIN_FIXTURES.contains(&name))
        && !overrides(look)
        // It may have nothing to do but what runs around it.
        && look.case.set_ups().next().is_none()
}

/// Whether a test is still to be written, and says what it is to look at: `raise NotImplementedError("the total is 3")`.
#[must_use]
pub fn is_still_unwritten(look: &Look<'_, '_>) -> bool {
    let [Stmt::Raise(raise)] = look.case.body() else { return false };
    let call = raise.exc.as_deref().and_then(Expr::as_call_expr);
    is_unwritten(raise) && call.is_some_and(|call| !call.arguments.is_empty()) && !overrides(look)
}

/// Whether a class around the test has another base than the known ones: the test may switch off one of that base.
#[must_use]
pub fn overrides(look: &Look<'_, '_>) -> bool {
    let bases = look.case.classes.iter().flat_map(|class| class.bases());
    bases.into_iter().any(|base| !last_name(base).is_some_and(|name| name == "object" || name.ends_with("TestCase")))
}
