//! What surely raises an error: by the test itself, by another test that expects it, by a helper.

use super::assertion::expects_error;
use super::check::Look;
use super::walk::{calls, given, statements};
use super::words::others_with;
use crate::domain::python::last_name;
use ruff_python_ast::{ExceptHandler, Expr, ExprCall, Stmt, StmtFunctionDef, StmtTry};

/// How far the calls of helpers are followed.
const DEEP: usize = 16;

/// Whether the test asserts elsewhere that the very call raises: `with pytest.raises(ValueError): f("x")`.
pub fn is_raising_elsewhere(look: &Look<'_, '_>, attempt: &StmtTry) -> bool {
    let Some(last) = attempt.body.last() else { return false };
    let said = look.source.slice(last);
    let call = match last {
        Stmt::Expr(only) => only.value.as_call_expr(),
        Stmt::Assign(kept) => kept.value.as_call_expr(),
        _ => None,
    };
    // `other.send(1)` beside `shop.send(1)`
    let is_alike = |other: &ExprCall| {
        let words = |call: &ExprCall| call.arguments.args.iter().map(|arg| look.source.slice(arg)).collect::<Vec<_>>();
        call.is_some_and(|call| {
            !call.arguments.args.is_empty()
                && last_name(&call.func) == last_name(&other.func)
                && words(call) == words(other)
        })
    };
    let placed = call.into_iter().flat_map(|call| [&*call.func].into_iter().chain(&call.arguments.args));
    // By name or by place, it is handed the same: `read, 0, out` and `read(0, out=out)`.
    let named = call.into_iter().flat_map(|call| &call.arguments.keywords).map(|keyword| &keyword.value);
    let handed: Vec<&str> = placed.chain(named).map(|part| look.source.slice(part)).collect();
    statements(look.case.body()).into_iter().any(|stmt| match stmt {
        Stmt::With(with) => {
            let is_it = |inner: &Stmt| look.source.slice(inner) == said || calls(inner).any(is_alike);
            expects_error(with) && with.body.iter().any(is_it)
        }
        stmt => calls(stmt).any(|other| {
            let expects = matches!(last_name(&other.func), Some("assertRaises" | "raises"));
            let given = other.arguments.args.iter().skip(1).map(|arg| look.source.slice(arg));
            let lambdas = other.arguments.args.iter().filter_map(Expr::as_lambda_expr);
            let in_lambda = lambdas.into_iter().any(|lambda| look.source.slice(&*lambda.body) == said);
            expects && (in_lambda || given.eq(handed.iter().copied()))
        }),
    })
}

/// Whether another test of the file asserts that a call of the same function or method raises the same error.
pub fn is_raising_in_another(look: &Look<'_, '_>, attempt: &StmtTry) -> bool {
    let called = attempt.body.last().into_iter().flat_map(calls).last();
    let Some(name) = called.and_then(|call| last_name(&call.func)) else { return false };
    let caught = attempt.handlers.iter().filter_map(|ExceptHandler::ExceptHandler(handler)| handler.type_.as_deref());
    let caught: Vec<&str> = caught.filter_map(last_name).collect();
    let is_it = |call: &ExprCall| last_name(&call.func) == Some(name);
    others_with(look.source, look.case, name).any(|case| {
        let mut all = statements(&case.def.body).into_iter().filter_map(Stmt::as_with_stmt);
        all.any(|with| {
            let mut words = with.items.iter().map(|item| look.source.slice(item));
            expects_error(with)
                && words.any(|words| caught.iter().any(|caught| words.contains(caught)))
                && with.body.iter().flat_map(calls).any(is_it)
        })
    })
}

/// Whether a statement is a division that raises whatever happens: `1 / 0`.
pub fn divides_by_zero(stmt: &Stmt) -> bool {
    let division = stmt.as_expr_stmt().and_then(|stmt| stmt.value.as_bin_op_expr());
    let divisor = division.filter(|both| both.op == ruff_python_ast::Operator::Div).map(|both| &*both.right);
    let number = divisor.and_then(Expr::as_number_literal_expr).and_then(|literal| literal.value.as_int());
    number.is_some_and(|int| *int == 0)
}

/// Whether a function raises whatever happens: itself, or by calling one of the source that does.
fn raises(look: &Look<'_, '_>, def: &StmtFunctionDef, deep: usize) -> bool {
    let called = |stmt: &Stmt| {
        let value = match stmt {
            Stmt::Expr(only) => Some(&*only.value),
            Stmt::Return(end) => end.value.as_deref(),
            _ => None,
        };
        let call = value.and_then(Expr::as_call_expr);
        let defs = call.and_then(|call| look.source.functions.get(last_name(&call.func)?));
        deep > 0 && defs.is_some_and(|defs| defs.iter().all(|def| raises(look, def, deep - 1)))
    };
    def.body.iter().any(|stmt| stmt.is_raise_stmt() || divides_by_zero(stmt) || called(stmt))
}

/// Whether a statement calls a function of the test, of its source or of a helper beside it that raises whatever happens, as far as
/// is known.
pub fn calls_raiser(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let own = statements(&look.case.def.body).into_iter().filter_map(Stmt::as_function_def_stmt);
    let own: Vec<_> = own.map(|def| def.name.as_str()).collect();
    let classes = statements(&look.case.def.body).into_iter().filter_map(Stmt::as_class_def_stmt);
    let classes: Vec<_> = classes.map(|class| class.name.as_str()).collect();
    let is_helper = |call: &ExprCall| {
        let meaning = look.source.meaning(&call.func, &look.locals).unwrap_or_default();
        meaning.split('.').any(|part| part.starts_with("test") || part.contains("helper"))
    };
    calls(stmt).filter(|call| is_helper(call)).count() > 0
        || calls(stmt).filter_map(|call| last_name(&call.func)).any(|name| {
            let of_source = look.source.functions.get(name).is_some_and(|defs| defs.iter().all(|def| raises(look, def, DEEP)));
            // A function of a table that the test goes through, or a class of the tests.
            let is_class = look.source.classes.contains_key(name) || classes.contains(&name);
            own.contains(&name) || is_class || of_source || !look.turns(name).is_empty()
        })
        // `next(made)` of `made = numbers()`, which the test defines
        || calls(stmt).flat_map(given).filter_map(Expr::as_name_expr).flat_map(|name| look.values(name.id.as_str())).any(
            |value| value.as_call_expr().and_then(|made| last_name(&made.func)).is_some_and(|name| own.contains(&name)),
        )
}

/// Whether a statement asks something of nothing, which raises: `none.send()` after `none = None`.
pub fn asks_nothing(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let owners = calls(stmt).filter_map(|call| call.func.as_attribute_expr()?.value.as_name_expr());
    let mut values = owners.map(|owner| look.values(owner.id.as_str()));
    values.any(|values| matches!(values, [only] if only.is_none_literal_expr()))
}
