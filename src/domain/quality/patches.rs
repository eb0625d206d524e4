//! What a test replaces for its time: by decorators, `with` statements and pytest-mock, and whether it says what stands in.

use super::acts::{Act, acts};
use super::check::Look;
use super::code::module;
use super::source::parameters;
use super::walk::{everything, statements, text};
use super::words::others_calling;
use crate::domain::python::{applied, dotted, last_name};
use ruff_python_ast::{Expr, ExprAttribute, ExprCall, Stmt, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange};
use std::cell::OnceCell;

/// Arguments of `patch` that say what stands in.
const SAYING: [&str; 8] =
    ["new", "return_value", "side_effect", "spec", "spec_set", "autospec", "new_callable", "wraps"];

/// Patches that say not what stands in, where the code returns what it does for what a mock answers.
pub fn check(look: &mut Look<'_, '_>, patches: &[Patch<'_>]) {
    let Some(codes) = look.about.codes else { return };
    let done = OnceCell::new();
    for patch in patches {
        let is_bound = patch.bound.as_ref().is_some_and(|name| is_read(look, name));
        if patch.says || is_bound || is_named(look, patch.call) {
            continue;
        }
        let Some(name) = replaced(look, patch.call) else { continue };
        let Some((code, name)) = module(codes, &name) else { continue };
        let during = done.get_or_init(|| acts(look, codes)).iter().filter(|act| act.is_in(patch.during));
        let asked = |act: &Act<'_>| act.asked_in(look, &code, name).filter(|_| !is_real_in_another(look, act, name));
        let Some(asked) = during.into_iter().find_map(asked) else { continue };
        let what = if asked.what.is_empty() { "answer" } else { &asked.what };
        let used = format!("its {what} is used in line {} of {}", asked.line, code.path);
        let what = format!("{} says not what stands in, and {used}", look.source.shown(patch.call));
        look.find("unspecified-patch", patch.call, what);
    }
}

/// Whether another test of the file makes the same call and says nothing of the part that is replaced: there the real one is used,
/// and what is wrong with it is noticed.
fn is_real_in_another(look: &Look<'_, '_>, act: &Act<'_>, part: &str) -> bool {
    let part = part.rsplit('.').next().unwrap_or(part);
    let Some(callee) = last_name(&act.call.func) else { return false };
    others_calling(look.source, look.case, callee).any(|(case, _)| !look.source.slice(case.def).contains(part))
}

/// What a patch replaces, as a dotted name.
fn replaced(look: &Look<'_, '_>, patch: &ExprCall) -> Option<String> {
    let [first, more @ ..] = &*patch.arguments.args else { return None };
    match text(first) {
        Some(path) => Some(path.to_owned()),
        None => Some(format!("{}.{}", look.source.meaning(first, &look.locals)?, more.first().and_then(text)?)),
    }
}

/// What a patch replaces: the owner's words, where it has any, and the name.
#[must_use]
pub fn target(patch: &ExprCall) -> Option<(Option<String>, &str)> {
    let [first, more @ ..] = &*patch.arguments.args else { return None };
    match text(first) {
        Some(path) => path.rsplit_once('.').map(|(owner, name)| (Some(owner.to_owned()), name)),
        None => Some((dotted(first), more.first().and_then(text)?)),
    }
}

/// Whether the test itself names what it replaces, to look at it or to say what it is: `shop.send.assert_called_once()`,
/// `Limits.TIMEOUT = 1`.
fn is_named(look: &Look<'_, '_>, patch: &ExprCall) -> bool {
    let Some((Some(owner), name)) = target(patch) else { return is_asserted(look, patch) };
    let last = owner.rsplit('.').next().unwrap_or_default();
    let names =
        |attribute: &ExprAttribute| attribute.attr.as_str() == name && last_name(&attribute.value) == Some(last);
    let all = everything(&look.case.def.body).into_iter().filter_map(Expr::as_attribute_expr);
    all.into_iter().any(names) || is_asserted(look, patch)
}

/// Whether the test asserts on what a patch replaces, by its own name: `shop.send.assert_called_once()`.
fn is_asserted(look: &Look<'_, '_>, patch: &ExprCall) -> bool {
    let target = patch.arguments.args.iter().filter_map(text).next_back().unwrap_or_default();
    let name = target.rsplit('.').next().unwrap_or(target);
    everything(&look.case.def.body).into_iter().filter_map(Expr::as_attribute_expr).any(|attribute| {
        let is_looked_at =
            attribute.attr.contains("assert") || attribute.attr.contains("call") || attribute.attr.contains("return");
        is_looked_at && last_name(&attribute.value) == Some(name)
    })
}

/// Something that is replaced for the time of a test.
pub struct Patch<'a> {
    /// The call that replaces it.
    pub call: &'a ExprCall,
    /// Whether it says what stands in.
    says: bool,
    /// The name under which the test has it.
    pub bound: Option<String>,
    /// The part of the test for which it is replaced.
    pub during: TextRange,
}

/// The patches of a test: its decorators, its `with` statements, and calls of pytest-mock.
#[must_use]
pub fn patches(def: &StmtFunctionDef) -> Vec<Patch<'_>> {
    let mut found = Vec::new();
    let whole = def.range();
    // The innermost decorator gives the first parameter; one with `new` gives none.
    let mut next = parameters(def);
    let decorators = &def.decorator_list;
    // Where others hand something to the test as well, or it takes all in one, nobody can say which is which.
    let is_open = decorators.iter().any(|decorator| hands_on(&decorator.expression)) || def.parameters.vararg.is_some();
    for decorator in decorators.iter().rev().filter(|_| !is_open) {
        let Some(call) = decorator.expression.as_call_expr() else { continue };
        let Some(replaced) = patch(call) else { continue };
        let bound = if replaced { None } else { next.next().map(str::to_owned) };
        found.push(Patch { call, says: says(call), bound, during: whole });
    }
    for stmt in statements(&def.body) {
        match stmt {
            // Nothing of the code is run in a block that is empty: the patch itself is looked at.
            Stmt::With(with) if with.body.iter().all(Stmt::is_pass_stmt) => {}
            Stmt::With(with) => {
                for item in &with.items {
                    let Some(call) = item.context_expr.as_call_expr().filter(|call| patch(call).is_some()) else {
                        continue;
                    };
                    let bound = item.optional_vars.as_deref().and_then(dotted);
                    found.push(Patch { call, says: says(call), bound, during: stmt.range() });
                }
            }
            Stmt::Assign(assign) => {
                if let Some(call) = assign.value.as_call_expr().filter(|call| patch(call).is_some()) {
                    // `patcher = patch(…)` is started later, and what it gives has another name.
                    let bound = assign.targets.first().and_then(dotted);
                    found.push(Patch { call, says: says(call) || !is_mocker(call), bound, during: whole });
                }
            }
            Stmt::Expr(expr) => {
                // One of `unittest.mock` that stands alone is never started, and replaces nothing.
                let call = expr.value.as_call_expr().filter(|call| is_mocker(call) && patch(call).is_some());
                if let Some(call) = call {
                    found.push(Patch { call, says: says(call), bound: None, during: whole });
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether a decorator of the project's own patches something, and so may hand it to the test.
fn hands_on(decorator: &Expr) -> bool {
    let name = decorator.as_call_expr().map_or(decorator, |call| &call.func);
    last_name(name).is_some_and(|name| name != "patch" && name.contains("patch"))
}

/// Whether a call is one of pytest-mock's fixture.
fn is_mocker(call: &ExprCall) -> bool {
    dotted(&call.func).is_some_and(|name| name.starts_with("mocker."))
}

/// Whether a call is one of `patch` or `patch.object`, and then whether it is given what stands in.
#[must_use]
pub fn patch(call: &ExprCall) -> Option<bool> {
    let name = applied(&call.func)?;
    let given = match name.as_str() {
        "patch" | "mock.patch" | "unittest.mock.patch" | "mocker.patch" => 1,
        "patch.object" | "mock.patch.object" | "unittest.mock.patch.object" | "mocker.patch.object" => 2,
        _ => return None,
    };
    Some(call.arguments.args.len() > given || call.arguments.find_keyword("new").is_some())
}

/// Whether a patch says what stands in.
fn says(call: &ExprCall) -> bool {
    let named = call.arguments.keywords.iter().any(|keyword| match keyword.arg.as_deref() {
        Some(name) => SAYING.contains(&name) || !matches!(name, "create"),
        None => true,
    });
    patch(call) == Some(true) || named || call.arguments.args.iter().any(Expr::is_starred_expr)
}

/// Whether a test does anything with a name.
fn is_read(look: &Look<'_, '_>, name: &str) -> bool {
    everything(&look.case.def.body).into_iter().any(|expr| match expr {
        Expr::Name(found) => found.id.as_str() == name && found.ctx.is_load(),
        Expr::Attribute(_) => dotted(expr).is_some_and(|found| found == name),
        _ => false,
    })
}
