//! What the assertions of a test look at, and whether a value reaches them as it is or through the code under test.

use super::assertion::is_assertion;
use super::check::Look;
use super::source::asserts;
use super::walk::{statements, within};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::{Ranged, TextRange};

/// Calls that only look at a value in another way.
const PLAIN: [&str; 18] = [
    "str", "int", "float", "bool", "len", "dict", "list", "set", "tuple", "sorted", "repr", "round", "abs", "min",
    "max", "UUID", "format", "join",
];

/// Modules whose functions only look at a time, a number or a path in another way.
const CONVERTING: [&str; 7] = ["datetime.", "time.", "calendar.", "math.", "email.utils.", "os.path.", "pathlib."];

/// Whether a statement asserts, itself or by a function of the test.
#[must_use]
pub fn is_check(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let called = stmt.as_expr_stmt().and_then(|stmt| stmt.value.as_call_expr()).and_then(|call| last_name(&call.func));
    let mut own = statements(&look.case.def.body).into_iter().filter_map(Stmt::as_function_def_stmt);
    is_assertion(look.source, stmt)
        || called.is_some_and(|name| own.any(|def| def.name.as_str() == name && asserts(&def.body)))
}

/// The statements of the test that assert, those that expect something of a block aside.
#[must_use]
pub fn checks<'a>(look: &Look<'a, '_>) -> Vec<&'a Stmt> {
    let all = statements(look.case.body()).into_iter();
    all.filter(|stmt| !stmt.is_with_stmt() && is_check(look, stmt)).collect()
}

/// What a statement that asserts looks at: the condition, or the arguments of the call.
#[must_use]
pub fn looked_at(stmt: &Stmt) -> Vec<&Expr> {
    match stmt {
        Stmt::Assert(assert) => vec![&assert.test],
        stmt => {
            let call = stmt.as_expr_stmt().and_then(|stmt| stmt.value.as_call_expr());
            let given = call.into_iter().flat_map(|call| {
                let keywords = call.arguments.keywords.iter().map(|keyword| &keyword.value);
                call.arguments.args.iter().chain(keywords)
            });
            given.collect()
        }
    }
}

/// Whether a call only looks at what it is given in another way.
#[must_use]
pub fn is_conversion(look: &Look<'_, '_>, call: &ExprCall) -> bool {
    let meaning = look.source.meaning(&call.func, &look.locals);
    last_name(&call.func).is_some_and(|name| PLAIN.contains(&name))
        || meaning.is_some_and(|meaning| CONVERTING.iter().any(|module| meaning.starts_with(module)))
}

/// Whether a place in an expression is an argument of a call that is no mere conversion.
#[must_use]
pub fn is_handed_on(look: &Look<'_, '_>, whole: &Expr, place: TextRange) -> bool {
    let calls = within(whole).into_iter().filter_map(Expr::as_call_expr);
    calls.into_iter().any(|call| call.arguments.range().contains_range(place) && !is_conversion(look, call))
}
