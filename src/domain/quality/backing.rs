//! What backs an assertion that may not run: other statements of the test that look at the same outcome, or at what was noted.

use super::assertion::{expects, fails, is_assertion, mentioned};
use super::check::Look;
use super::outcomes::{Outcome, is_self};
use super::walk::{everything, expressions, names, root, statements, text, within};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::{Ranged, TextRange};
use std::collections::BTreeSet;

/// Attributes and methods that tell how an act went, and not what it gave.
const MANNER: [&str; 8] =
    ["status_code", "status", "ok", "returncode", "exit_code", "reason", "headers", "raise_for_status"];

/// Calls that fill what they are called on, or take an item out of it.
const FILLING: [&str; 13] = [
    "append",
    "extend",
    "add",
    "update",
    "insert",
    "setdefault",
    "remove",
    "discard",
    "pop",
    "popleft",
    "popitem",
    "put",
    "write",
];

/// Whether another statement of the test looks at an outcome: the name that a place reads at all, an assertion what that was
/// taken from or made of.
#[must_use]
pub fn is_backed(look: &Look<'_, '_>, outcome: &Outcome<'_>, direct: Option<&str>, apart: &[TextRange]) -> bool {
    outside(look, apart).into_iter().any(|stmt| {
        let parts = parts(stmt);
        if binds(&parts, outcome) {
            return false;
        }
        let (read, asserted) = (read(look, &parts), is_assertion(look.source, stmt) || is_failing(stmt));
        direct.is_some_and(|name| read.contains(name) && !is_shown(stmt))
            || asserted && read.iter().any(|name| outcome.names.contains(name) || outcome.sources.contains(*name))
    })
}

/// The statements of a test that stand in none of those places.
#[must_use]
pub fn outside<'a>(look: &Look<'a, '_>, apart: &[TextRange]) -> Vec<&'a Stmt> {
    let all = statements(look.case.body()).into_iter();
    all.filter(|stmt| !apart.iter().any(|range| range.contains_range(stmt.range()))).collect()
}

/// The expressions of a statement, and those of a function that it defines.
#[must_use]
pub fn parts(stmt: &Stmt) -> Vec<&Expr> {
    stmt.as_function_def_stmt().map_or_else(|| expressions(stmt), |def| everything(&def.body))
}

/// Whether expressions give one of the names of an outcome its value, the items of loops aside.
#[must_use]
pub fn binds(parts: &[&Expr], outcome: &Outcome<'_>) -> bool {
    let mut names = parts.iter().filter_map(|part| part.as_name_expr());
    names.any(|name| {
        name.ctx.is_store() && outcome.names.contains(name.id.as_str()) && !outcome.turned.contains(name.id.as_str())
    })
}

/// The names that expressions read, and the attributes of the test's class as `self.store`; but for how an act went.
#[must_use]
pub fn read<'a>(look: &Look<'a, '_>, parts: &[&'a Expr]) -> BTreeSet<&'a str> {
    let attributes = || parts.iter().filter_map(|part| part.as_attribute_expr());
    let manner = parts.iter().filter_map(|part| match part {
        Expr::Attribute(attribute) => Some((&attribute.value, attribute.attr.as_str())),
        Expr::Subscript(subscript) => Some((&subscript.value, text(&subscript.slice)?)),
        _ => None,
    });
    let left: Vec<TextRange> = manner.filter(|(_, name)| MANNER.contains(name)).map(|(of, _)| of.range()).collect();
    let own = attributes().filter(|attribute| attribute.value.as_name_expr().is_some_and(|of| is_self(of.id.as_str())));
    let names = parts.iter().filter_map(|part| part.as_name_expr()).filter(|name| name.ctx.is_load());
    let names = names.filter(|name| !left.contains(&name.range)).map(|name| name.id.as_str());
    names.chain(own.filter(|own| !left.contains(&own.range)).map(|own| look.source.slice(own))).collect()
}

/// Whether a condition fails the test: `if not rows: pytest.fail("none")`.
#[must_use]
pub fn is_failing(stmt: &Stmt) -> bool {
    stmt.as_if_stmt().is_some_and(|branch| branch.body.iter().any(fails))
}

/// Whether a statement only shows something to a person.
#[must_use]
pub fn is_shown(stmt: &Stmt) -> bool {
    let call = stmt.as_expr_stmt().and_then(|stmt| stmt.value.as_call_expr());
    call.and_then(|call| last_name(&call.func))
        .is_some_and(|name| matches!(name, "print" | "pprint" | "debug" | "info"))
}

/// Whether something behind a place reads what that place noted, or the item that it came to last: `found = True`, and then
/// `assert found`.
#[must_use]
pub fn is_noted(look: &Look<'_, '_>, range: TextRange, body: &[Stmt], target: Option<&Expr>) -> bool {
    let inside = statements(body).into_iter().flat_map(expressions);
    let noted: BTreeSet<&str> = inside
        .filter_map(|expr| match expr {
            Expr::Name(name) if name.ctx.is_store() => Some(name.id.as_str()),
            Expr::Call(call) if last_name(&call.func) == Some("next") => call.arguments.args.first().and_then(root),
            Expr::Call(call) => {
                let of = call.func.as_attribute_expr().filter(|of| FILLING.contains(&of.attr.as_str()));
                of.and_then(|of| root(&of.value))
            }
            Expr::Subscript(subscript) if !subscript.ctx.is_load() => root(&subscript.value),
            Expr::Attribute(attribute) if attribute.ctx.is_store() => root(&attribute.value),
            _ => None,
        })
        .chain(target.into_iter().flat_map(names))
        .filter(|name| look.locals.contains(name) && !is_self(name))
        .collect();
    let behind = outside(look, &[range]).into_iter().filter(|stmt| stmt.start() >= range.end());
    let parts: Vec<&Expr> = behind.flat_map(parts).collect();
    noted.into_iter().any(|noted| {
        let mut uses = parts.iter().filter_map(|part| part.as_name_expr()).filter(|name| name.id.as_str() == noted);
        // What is given another value first was only meant for the place itself.
        uses.next().is_some_and(|name| name.ctx.is_load())
    })
}

/// Whether a place stands in a block that itself counts or expects something, or whose manager an assertion looks at:
/// `with self.assertNumQueries(2)`.
#[must_use]
pub fn is_counted(look: &Look<'_, '_>, range: TextRange) -> bool {
    let blocks = statements(look.case.body()).into_iter().filter_map(Stmt::as_with_stmt);
    let outside = outside(look, &[range]);
    let mut around = blocks.filter(|with| with.range.contains_range(range));
    around.any(|with| {
        let managers = with.items.iter().flat_map(|item| within(&item.context_expr)).filter_map(last_name);
        let bound: BTreeSet<&str> =
            with.items.iter().filter_map(|item| item.optional_vars.as_deref()).flat_map(names).collect();
        expects(with)
            || managers.into_iter().any(|name| name.to_lowercase().contains("quer"))
            || mentioned(look.source, &outside).iter().any(|name| bound.contains(name))
    })
}
