//! Arrange, act, assert: only the act where an error is expected, and one act (see the turns).

use super::assertion::{expects_error, is_assertion};
use super::check::Look;
use super::code::Place;
use super::language::is_of_language;
use super::turns::{self, acts, looks};
use super::walk::{calls, given, root, statements};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtWith, WithItem};
use ruff_text_size::Ranged;

/// Calls that make a plain value: where an error is expected, they are not what raises it.
const MAKING: [&str; 16] = [
    "Mock",
    "MagicMock",
    "AsyncMock",
    "object",
    "Path",
    "uuid1",
    "uuid4",
    "token_hex",
    "randint",
    "randbytes",
    "urandom",
    "partial",
    "zeros",
    "ones",
    "eye",
    "arange",
];

/// Errors of the language that any preparation may raise as well as the act.
const COMMON: [&str; 10] = [
    "Exception",
    "ValueError",
    "TypeError",
    "KeyError",
    "IndexError",
    "AttributeError",
    "RuntimeError",
    "OSError",
    "AssertionError",
    "LookupError",
];

/// Fixtures that replace something: they are not what raises the error.
pub const REPLACING: [&str; 2] = ["monkeypatch", "mocker"];

/// Looks at the order of a test's parts.
pub fn check(look: &mut Look<'_, '_>) {
    turns::check(look);
    for stmt in statements(look.case.body()) {
        if let Stmt::With(with) = stmt
            && expects_error(with)
        {
            let inside = statements(&with.body);
            let acting = inside
                .iter()
                .filter(|stmt| !stmt.is_with_stmt() && !is_assertion(look.source, stmt) && may_raise(look, with, stmt))
                .count();
            // An error that the test raises itself has to go through what is around it, one of a block may come at its end,
            // and of two branches one is run.
            let is_own = inside.iter().any(|stmt| {
                matches!(
                    stmt,
                    Stmt::Raise(_) | Stmt::For(_) | Stmt::While(_) | Stmt::Try(_) | Stmt::If(_) | Stmt::With(_)
                )
            });
            if acting > 1 && !is_own && !is_of_exit(with) && is_common(with) {
                let what = format!("{acting} statements may raise the error that is expected");
                look.find("crowded-raises", &with.items.as_slice()[0].context_expr, what);
            }
        }
    }
}

/// Whether the error may as well come from somewhere else: one of the language, of which neither the text nor anything else is
/// looked at.
fn is_common(with: &StmtWith) -> bool {
    with.items.iter().all(|item| {
        let Some(call) = item.context_expr.as_call_expr() else { return true };
        let name = last_name(&call.func).unwrap_or_default();
        if name != "raises" && !name.starts_with("assertRaises") {
            return true;
        }
        let given = &call.arguments;
        let is_known = given.args.first().and_then(last_name).is_some_and(|error| COMMON.contains(&error));
        is_known && given.args.len() == 1 && given.keywords.is_empty() && item.optional_vars.is_none()
    })
}

/// Whether something else is entered behind where the error is expected: the error may come when it is left.
fn is_of_exit(with: &StmtWith) -> bool {
    let is_expecting = |item: &WithItem| {
        let call = item.context_expr.as_call_expr();
        call.and_then(|call| last_name(&call.func))
            .is_some_and(|name| name == "raises" || name.starts_with("assertRaises"))
    };
    with.items.last().is_some_and(|item| !is_expecting(item))
}

/// Whether a statement may raise the error that is expected: it does something, and does not only take up what is there,
/// make a value of the language, or replace something.
fn may_raise(look: &Look<'_, '_>, with: &StmtWith, stmt: &Stmt) -> bool {
    let makes = |name: &str| looks(name) || MAKING.contains(&name);
    let takes = |call: &ExprCall, name: &str| call.arguments.is_empty() && name.starts_with("get_");
    let is_made = |call: &ExprCall| {
        last_name(&call.func).is_some_and(|name| makes(name) || takes(call, name))
            || is_of_language(look, &call.func)
            || only_keeps(look, call)
    };
    // `os.mkdir(path)` raises an error of the system, and no `ValueError`.
    let is_of_values =
        !["OSError", "Exception", "RuntimeError"].iter().any(|name| look.source.slice(&with.items[0]).contains(name));
    let is_plain = (stmt.is_assign_stmt() || is_of_values) && calls(stmt).all(is_made);
    let replaces = calls(stmt).any(|call| root(&call.func).is_some_and(|name| REPLACING.contains(&name)));
    acts(stmt) && !is_plain && !replaces && !is_done_before(look, with, stmt)
}

/// Whether the test has done the very same before, and went on.
fn is_done_before(look: &Look<'_, '_>, with: &StmtWith, stmt: &Stmt) -> bool {
    let said = |stmt: &Stmt| match stmt {
        Stmt::Assign(assign) => look.source.slice(&*assign.value),
        stmt => look.source.slice(stmt),
    };
    let all = statements(look.case.body());
    let expecting = all.iter().filter_map(|stmt| stmt.as_with_stmt()).filter(|with| expects_error(with));
    let expecting: Vec<_> = expecting.map(|with| with.range).collect();
    let mut before = all.iter().filter(|other| other.end() <= with.range.start());
    before.any(|other| said(other) == said(stmt) && !expecting.iter().any(|range| range.contains_range(other.range())))
}

/// Whether a call makes an object of the project that only keeps what it is given.
fn only_keeps(look: &Look<'_, '_>, call: &ExprCall) -> bool {
    let meaning = look.source.meaning(&call.func, &look.locals);
    let found = look.about.codes.zip(meaning).and_then(|(codes, meaning)| Some((codes, Place::find(codes, &meaning)?)));
    let Some((codes, place)) = found.filter(|(_, place)| place.name == "__init__") else { return false };
    let is_plain = |value: &Expr| value.is_name_expr() || value.is_literal_expr();
    // The class keeps it itself, or its base does: `super().__init__(name)`.
    let is_handed_up = |value: &Expr| {
        let call = value.as_call_expr().filter(|call| last_name(&call.func) == Some("__init__"));
        call.is_some_and(|call| {
            call.func.as_attribute_expr().is_some_and(|of| of.value.is_call_expr()) && given(call).all(is_plain)
        })
    };
    for place in place.lineage(codes) {
        let Some(def) = place.def() else { return false };
        let keeps = def.body.iter().all(|stmt| match stmt {
            Stmt::Assign(assign) => is_plain(&assign.value),
            Stmt::AnnAssign(assign) => assign.value.as_deref().is_none_or(is_plain),
            // What it says of itself.
            Stmt::Expr(stmt) => stmt.value.is_literal_expr() || is_handed_up(&stmt.value),
            stmt => stmt.is_pass_stmt(),
        });
        let hands_up = def.body.iter().filter_map(Stmt::as_expr_stmt).any(|stmt| is_handed_up(&stmt.value));
        if !keeps || !hands_up {
            return keeps;
        }
    }
    false
}
