//! Conditions that are settled before a test begins: by its parameters, the platform, a constant, a helper of the tests.

use super::check::Look;
use super::walk::{names, root, statements, within};
use crate::domain::python::last_name;
use ruff_python_ast::{CmpOp, Expr, StmtAssign};
use ruff_text_size::Ranged;
use std::collections::BTreeSet;

/// Attributes and methods that only look at a value in another way.
const PLAIN: [&str; 10] =
    ["lower", "upper", "replace", "strip", "startswith", "endswith", "split", "name", "value", "get"];

/// How many names of names are followed.
const DEEP: usize = 4;

/// Whether a condition is settled before the test begins: by its parameters, the platform, a constant.
#[must_use]
pub fn is_settled(look: &Look<'_, '_>, test: &Expr) -> bool {
    let of_none = asked_for_none(test);
    is_settled_by(look, test, &|name| of_none == Some(name) && (is_choice(look, name) || is_said_by_helper(look, name)))
}

/// Whether the names of a condition are all known before the test begins, or are by another word.
fn is_settled_by(look: &Look<'_, '_>, test: &Expr, by: &dyn Fn(&str) -> bool) -> bool {
    let parameters: BTreeSet<&str> = look.case.parameters().collect();
    let parts = within(test);
    // The names of a comprehension in the condition itself.
    let bound: BTreeSet<&str> = parts
        .iter()
        .filter_map(|part| part.as_name_expr())
        .filter(|name| name.ctx.is_store())
        .map(|name| name.id.as_str())
        .collect();
    let known = |name: &str| {
        parameters.contains(name)
            || look.case.parametrized().contains(name)
            || is_varied(look, name, DEEP)
            || bound.contains(name)
            || is_own(test, name)
            || !look.locals.contains(name)
            || look.is_fixed(name)
            || by(name)
    };
    let reads_parts = within(test).into_iter().any(|expr| match expr {
        // A text that is looked at in another way is the same text.
        Expr::Attribute(attribute) if PLAIN.contains(&attribute.attr.as_str()) => false,
        Expr::Attribute(attribute) => root(&attribute.value).is_some_and(|name| {
            parameters.contains(name) && !look.case.parametrized().contains(name) && !look.varied.contains(name)
        }),
        Expr::Call(call) => last_name(&call.func).is_some_and(|name| look.locals.contains(name)),
        _ => false,
    });
    let names = names(test);
    !names.is_empty() && names.into_iter().all(known) && !reads_parts
}

/// Whether what a name holds is made by a parameter that takes one value after another: `got = func(value)`, for each `func`.
fn is_varied(look: &Look<'_, '_>, name: &str, deep: usize) -> bool {
    let of_varied = |value: &&Expr| {
        let owner = root(value);
        owner.is_some_and(|owner| {
            look.case.parametrized().contains(owner) || deep > 0 && is_varied(look, owner, deep - 1)
        })
    };
    let values = look.values(name);
    !values.is_empty() && look.turns(name).is_empty() && look.unpacked(name).is_empty() && values.iter().all(of_varied)
}

/// The name of which a condition asks whether there is anything: `proxy`, `proxy is not None`.
#[must_use]
pub fn asked_for_none(test: &Expr) -> Option<&str> {
    match test {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::UnaryOp(unary) if unary.op.is_not() => asked_for_none(&unary.operand),
        Expr::Compare(compare) => {
            let is_none = compare.comparators.first().is_some_and(Expr::is_none_literal_expr);
            let asks = matches!(*compare.ops, [CmpOp::Is | CmpOp::IsNot | CmpOp::Eq | CmpOp::NotEq]);
            let name = compare.left.as_name_expr()?;
            (is_none && asks).then_some(name.id.as_str())
        }
        _ => None,
    }
}

/// Whether a settled condition says if a name holds anything: `proxy = None`, and then `if secure: proxy = Proxy()`.
fn is_choice(look: &Look<'_, '_>, name: &str) -> bool {
    let all = statements(look.case.body());
    let assigns = |assign: &&StmtAssign| {
        assign.targets.iter().filter_map(Expr::as_name_expr).any(|target| target.id.as_str() == name)
    };
    let assigned: Vec<&StmtAssign> = all.iter().filter_map(|stmt| stmt.as_assign_stmt()).filter(assigns).collect();
    let choices: Vec<_> = all.iter().filter_map(|stmt| stmt.as_if_stmt()).collect();
    let is_chosen = |assign: &StmtAssign| {
        let mut around = choices.iter().filter(|choice| choice.range.contains_range(assign.range()));
        around.any(|choice| is_settled_by(look, &choice.test, &|_| false))
    };
    let is_empty = |assign: &&StmtAssign| assign.value.is_none_literal_expr();
    look.unpacked(name).is_empty()
        && look.turns(name).is_empty()
        && assigned.iter().any(is_empty)
        && assigned.iter().filter(|assign| !is_empty(assign)).all(|assign| is_chosen(assign))
}

/// Whether a helper of the tests says if a name holds anything: a tool that it asks may not be there.
fn is_said_by_helper(look: &Look<'_, '_>, name: &str) -> bool {
    let is_helped = |value: &&Expr| {
        let call = value.as_call_expr().and_then(|call| call.func.as_name_expr());
        call.is_some_and(|name| look.source.is_helper(name.id.as_str()))
    };
    let values = look.values(name);
    !values.is_empty() && values.iter().all(is_helped) && look.unpacked(name).is_empty()
}

/// Whether all that a condition asks of the test's own class is a plain attribute, or a method without arguments:
/// `self.ssl`, `self.is_pypy()`.
fn is_own(test: &Expr, name: &str) -> bool {
    let parts = within(test);
    let attributes = || parts.iter().filter_map(|part| part.as_attribute_expr());
    let is_self = |expr: &Expr| expr.as_name_expr().is_some_and(|owner| owner.id.as_str() == name);
    let is_deep = attributes().any(|outer| {
        outer.value.as_attribute_expr().is_some_and(|inner| is_self(&inner.value) && inner.attr.as_str() != "__class__")
    });
    matches!(name, "self" | "cls") && !is_deep && attributes().any(|attribute| is_self(&attribute.value))
}
