//! What may take back what a test wrote, as far as one file tells: a helper that gets the test, a context manager, a double.

use super::around::targets;
use super::check::Look;
use super::language::LANGUAGE;
use super::source::Source;
use super::walk::{given, root, statements};
use crate::domain::python::{applied, dotted, last_name};
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;

/// Functions that take a test and order nothing for its end.
const LOOKING: [&str; 12] =
    ["super", "isinstance", "issubclass", "type", "id", "getattr", "setattr", "hasattr", "repr", "str", "print", "len"];

/// Whether something may take back what is written at a node, as far as its file tells.
#[must_use]
pub fn may_be_taken_back(look: &Look<'_, '_>, node: &Expr, meaning: &str) -> bool {
    let is_undone = ["reload", "disable"].iter().any(|name| look.guards.calls_around(name));
    is_undone
        || super::undone::may_be_undone(look, node)
        || look.guards.is_handed_on()
        || is_within_manager(look, node, meaning)
        || is_of_double(look, node)
}

/// Whether a call hands the test itself, or pytest's `request`, to a function, which can order a clean-up: `remember_folder(self)`.
#[must_use]
pub fn hands_test(call: &ExprCall) -> bool {
    let Some(name) = last_name(&call.func) else { return false };
    let mut given = given(call).filter_map(Expr::as_name_expr);
    let is_class = name.starts_with(char::is_uppercase);
    !is_class && !LOOKING.contains(&name) && given.any(|given| matches!(given.id.as_str(), "self" | "request"))
}

/// Whether a node stands in the block of a context manager that may take it back: one that the source makes itself with something
/// behind its block, or one that is named for what is changed.
fn is_within_manager(look: &Look<'_, '_>, node: &Expr, meaning: &str) -> bool {
    let last = meaning.rsplit('.').next().unwrap_or(meaning).to_lowercase();
    let mut withs = statements(&look.case.def.body).into_iter().filter_map(Stmt::as_with_stmt);
    withs.any(|with| {
        let mut managers = with.items.iter().map(|item| &item.context_expr);
        with.range.contains_range(node.range())
            && !super::assertion::expects(with)
            && managers.any(|manager| {
                let is_it = |name: &str| makes_manager(look.source, name) || name.to_lowercase().contains(&last);
                last_name(manager).is_some_and(is_it) || is_of_project(look, manager)
            })
    })
}

/// Whether a context manager comes from elsewhere than Python and what replaces things: what it takes back is not known here.
fn is_of_project(look: &Look<'_, '_>, manager: &Expr) -> bool {
    let made = manager.as_call_expr().map_or(manager, |call| &call.func);
    let from = root(made)
        .and_then(|first| look.source.imports.get(first))
        .map(|meaning| meaning.split('.').next().unwrap_or(meaning));
    from.is_some_and(|from| !matches!(from, "mock" | "tempfile" | "warnings") && !LANGUAGE.contains(&from))
}

/// Whether the source has a context manager of that name with something behind its block.
fn makes_manager(source: &Source<'_>, name: &str) -> bool {
    let is_manager = |def: &&StmtFunctionDef| {
        let mut marks = def.decorator_list.iter().filter_map(|decorator| applied(&decorator.expression));
        marks.any(|mark| mark.ends_with("contextmanager"))
    };
    let ends = |def: &StmtFunctionDef| {
        let gives = |stmt: &Stmt| stmt.as_expr_stmt().is_some_and(|stmt| stmt.value.is_yield_expr());
        !def.body.last().is_some_and(gives)
    };
    let class = source.classes.get(name).into_iter().flat_map(|class| &class.body);
    source.functions.get(name).into_iter().flatten().copied().filter(|def| is_manager(def)).any(ends)
        || class.filter_map(Stmt::as_function_def_stmt).any(|def| matches!(def.name.as_str(), "__exit__" | "__aexit__"))
}

/// Whether what is written is a part of a double: of a mock, of what a patch replaces, or of what the test put in its place before.
fn is_of_double(look: &Look<'_, '_>, node: &Expr) -> bool {
    let Expr::Attribute(attribute) = node else { return false };
    let is_mock = matches!(attribute.attr.as_str(), "return_value" | "side_effect");
    let mut owners = std::iter::successors(Some(&*attribute.value), |owner| {
        owner.as_attribute_expr().map(|attribute| &*attribute.value)
    });
    let written: Vec<&str> = statements(&look.case.def.body)
        .into_iter()
        .flat_map(targets)
        .filter(|target| target.is_attribute_expr() && target.range().end() < node.range().start())
        .map(|target| look.source.slice(target))
        .collect();
    is_mock
        || owners.any(|owner| {
            let meant = look.source.meaning(owner, &look.locals).or_else(|| dotted(owner));
            written.contains(&look.source.slice(owner)) || meant.is_some_and(|name| look.guards.replaces(&name))
        })
}
