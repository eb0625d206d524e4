//! No conditionals and no loops in a test's body.

use super::assertion::{fails, is_assertion};
use super::check::Look;
use super::walk::{blocks, expressions, statements};
use crate::domain::python::last_name;
use ruff_python_ast::{ExceptHandler, Expr, Stmt};
use ruff_text_size::Ranged;

/// Looks for branches, loops and try blocks. What stands inside of one that was found is not told again.
pub fn check(look: &mut Look<'_, '_>) {
    let mut waiting: Vec<&Stmt> = look.case.body().iter().rev().collect();
    while let Some(stmt) = waiting.pop() {
        let found = match stmt {
            Stmt::If(branch) if !is_guard(stmt) && !is_settled(look, &branch.test) => {
                Some(("branch-in-test", format!("if {}", look.source.shown(&*branch.test))))
            }
            Stmt::Match(branch) => Some(("branch-in-test", format!("match {}", look.source.shown(&*branch.subject)))),
            Stmt::For(repeat) if !has_subtest(&repeat.body) && !is_one_step(look, &repeat.body) => {
                let (target, iter) = (look.source.shown(&*repeat.target), look.source.shown(&*repeat.iter));
                Some(("loop-in-test", format!("for {target} in {iter}")))
            }
            Stmt::While(repeat) => Some(("loop-in-test", format!("while {}", look.source.shown(&*repeat.test)))),
            Stmt::Try(attempt) if !is_import_guard(stmt) => {
                let what = if attempt.handlers.is_empty() { "try … finally" } else { "try … except" };
                Some(("try-in-test", what.to_owned()))
            }
            _ => None,
        };
        match found {
            Some((rule, what)) => look.find(rule, stmt, what),
            None => waiting.extend(blocks(stmt).into_iter().flatten().collect::<Vec<_>>().into_iter().rev()),
        }
    }
}

/// Whether a condition is what the test has written down: `forward = True`, and then `if forward:`, or `row = None` before
/// `if row is None:`. In a loop, it may be another one in the next turn.
fn is_settled(look: &Look<'_, '_>, test: &Expr) -> bool {
    let asked = match test {
        Expr::UnaryOp(not) => &*not.operand,
        Expr::Compare(compare) if compare.comparators.iter().all(Expr::is_literal_expr) => &*compare.left,
        test => test,
    };
    let values = asked.as_name_expr().map_or(&[][..], |name| look.values(name.id.as_str()));
    let loops = statements(look.case.body()).into_iter().filter(|stmt| stmt.is_for_stmt() || stmt.is_while_stmt());
    let is_repeated = loops.into_iter().any(|stmt| stmt.range().contains_range(test.range()));
    let before: Vec<&&Expr> = values.iter().filter(|value| is_repeated || value.start() < test.start()).collect();
    matches!(*before, [only] if only.is_literal_expr())
}

/// Whether each turn only does one thing to its item, and asserts nothing: `thread.join()`, `path.mkdir()`.
fn is_one_step(look: &Look<'_, '_>, body: &[Stmt]) -> bool {
    matches!(body, [step] if step.is_expr_stmt() && !is_assertion(look.source, step))
}

/// Whether all that a statement does is to leave the test out where it can't run.
fn skips(stmt: &Stmt) -> bool {
    let names = expressions(stmt).into_iter().filter_map(Expr::as_call_expr).filter_map(|call| last_name(&call.func));
    names.into_iter().any(|name| matches!(name, "skip" | "skipTest" | "xfail" | "importorskip" | "exit" | "SkipTest"))
}

/// `if not supported: pytest.skip(…)`, and what only a type checker reads.
fn is_guard(stmt: &Stmt) -> bool {
    let Stmt::If(branch) = stmt else { return false };
    let is_typing = last_name(&branch.test) == Some("TYPE_CHECKING");
    // `if not form.is_valid(): self.fail(…)` is an assertion with a message of its own.
    let is_assertion = !branch.body.is_empty() && branch.body.iter().all(fails);
    is_typing || branch.elif_else_clauses.is_empty() && (is_assertion || branch.body.iter().any(skips))
}

/// `try: import x` with a way out where it is missing.
fn is_import_guard(stmt: &Stmt) -> bool {
    let Stmt::Try(attempt) = stmt else { return false };
    let handled = attempt.handlers.iter().map(|ExceptHandler::ExceptHandler(handler)| &handler.body);
    !attempt.handlers.is_empty() && handled.into_iter().all(|body| body.iter().any(skips))
}

/// Whether each turn is a test of its own.
fn has_subtest(body: &[Stmt]) -> bool {
    statements(body).into_iter().filter_map(Stmt::as_with_stmt).any(|with| {
        let names = with.items.iter().filter_map(|item| item.context_expr.as_call_expr());
        names.filter_map(|call| last_name(&call.func)).any(|name| matches!(name, "subTest" | "test" | "subtest"))
    })
}
