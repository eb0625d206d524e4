//! Doubles that say what they do, and not too many of them.

use super::check::Look;
use super::source::{Case, Source};
use super::walk::{calls, everything, root, statements};
use crate::domain::python::{applied, dotted, last_name};
use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::{Ranged, TextRange};
use std::collections::{BTreeMap, BTreeSet};

/// The classes of mocks.
const KINDS: [&str; 5] = ["Mock", "MagicMock", "AsyncMock", "NonCallableMock", "NonCallableMagicMock"];

/// Arguments of `patch` that say what stands in.
const SAYING: [&str; 8] =
    ["new", "return_value", "side_effect", "spec", "spec_set", "autospec", "new_callable", "wraps"];

/// The names of a test that are made as mocks, with the call that makes them.
#[must_use]
pub fn made<'a>(source: &Source<'_>, case: &Case<'a>) -> BTreeMap<&'a str, &'a ExprCall> {
    let mut made = BTreeMap::new();
    for stmt in statements(&case.def.body) {
        let Stmt::Assign(assign) = stmt else { continue };
        let (Some(name), Some(call)) =
            (assign.targets.first().and_then(Expr::as_name_expr), assign.value.as_call_expr())
        else {
            continue;
        };
        if is_mock(source, call) {
            made.insert(name.id.as_str(), call);
        }
    }
    made
}

/// Whether a call makes a mock: of `unittest.mock`, of `mock`, or of pytest-mock's fixture.
fn is_mock(source: &Source<'_>, call: &ExprCall) -> bool {
    let Some(name) = dotted(&call.func) else { return false };
    let last = name.rsplit('.').next().unwrap_or(&name);
    let first = name.split('.').next().unwrap_or(&name);
    let is_imported = source.imports.get(first).is_some_and(|meant| meant.contains("mock"));
    KINDS.contains(&last) && (is_imported || first == "mocker")
}

/// Whether a mock says nothing of what it stands for.
fn is_bare(call: &ExprCall) -> bool {
    call.arguments.args.is_empty()
        && call.arguments.keywords.iter().all(|keyword| keyword.arg.as_deref() == Some("name"))
}

/// Looks at the doubles of a test.
pub fn check(look: &mut Look<'_, '_>) {
    bare(look);
    let patches = patches(look);
    let marked = look.case.marks.iter().any(|mark| mark == "integration");
    let count = parts(look, &patches).len();
    if count > look.about.limits.mocks && (look.about.is_integration || marked) {
        let line = look.source.syntax.line(look.case.def.name.range.start());
        look.find_at("over-mocking", line, format!("{count} parts are replaced"));
    }
    for patch in patches {
        if !patch.says
            && !patch.bound.as_ref().is_some_and(|name| is_read(look, name))
            && !is_asserted(look, patch.call)
        {
            let what = format!("{} says not what stands in", look.source.shown(patch.call));
            look.find("unspecified-patch", patch.call, what);
        }
    }
}

/// The parts that a test has replaced, each once: by itself, by patches of its classes, and by `monkeypatch.setattr`.
fn parts<'s>(look: &Look<'_, 's>, patches: &[Patch<'_>]) -> BTreeSet<&'s str> {
    let around = look.case.classes.iter().flat_map(|class| &class.decorator_list);
    let around =
        around.filter_map(|decorator| decorator.expression.as_call_expr()).filter(|call| patch(call).is_some());
    let inside = statements(&look.case.def.body).into_iter().flat_map(calls);
    let set = inside.filter(|call| dotted(&call.func).is_some_and(|name| name == "monkeypatch.setattr"));
    let all = patches.iter().map(|patch| patch.call).chain(around).chain(set);
    all.filter_map(|call| part(look, call)).collect()
}

/// What a call replaces, in the words of the source: `"shop.mail.send"`, or `shop.mail, "send"`.
fn part<'s>(look: &Look<'_, 's>, call: &ExprCall) -> Option<&'s str> {
    let [first, more @ ..] = &*call.arguments.args else { return None };
    let last = more.first().filter(|_| !first.is_string_literal_expr()).unwrap_or(first);
    let range = TextRange::new(first.range().start(), last.range().end());
    Some(look.source.slice(&range))
}

/// Mocks that are handed on without a word of what they are.
fn bare(look: &mut Look<'_, '_>) {
    let made = made(look.source, look.case);
    let plain = made.iter().filter(|(name, call)| is_bare(call) && !is_described(look, name));
    let plain: Vec<&str> = plain.map(|(name, _)| *name).collect();
    let mut told: Vec<&str> = Vec::new();
    for stmt in statements(look.case.body()) {
        let wanted = wanted(stmt);
        for call in calls(stmt).filter(|call| !wanted.iter().any(|side| side.range().contains_range(call.range()))) {
            let callee = last_name(&call.func).unwrap_or_default();
            let is_patch =
                callee.contains("patch") || matches!(callee, "object" | "setattr" | "setitem" | "dict" | "multiple");
            if is_patch
                || callee.to_lowercase().contains("assert")
                || matches!(callee, "isinstance" | "id" | "type" | "call" | "cast" | "attach_mock")
                || is_mock(look.source, call)
            {
                continue;
            }
            let keywords = call.arguments.keywords.iter().map(|keyword| &keyword.value);
            for given in call.arguments.args.iter().chain(keywords) {
                match given {
                    Expr::Name(name) if plain.contains(&name.id.as_str()) && !told.contains(&name.id.as_str()) => {
                        told.push(name.id.as_str());
                        look.find("bare-mock", given, format!("{} is a bare mock and handed to {callee}", name.id));
                    }
                    Expr::Call(inner) if is_mock(look.source, inner) && is_bare(inner) => {
                        look.find("bare-mock", given, format!("a bare mock is handed to {callee}"));
                    }
                    _ => {}
                }
            }
        }
    }
}

/// What an assertion compares with: a mock in it is a mere token.
fn wanted(stmt: &Stmt) -> Vec<&Expr> {
    let compared = stmt.as_assert_stmt().and_then(|assert| assert.test.as_compare_expr());
    compared.into_iter().flat_map(|compare| &compare.comparators).collect()
}

/// Whether the test says what a mock does, or looks at how it was used: any attribute of it is named.
fn is_described(look: &Look<'_, '_>, name: &str) -> bool {
    everything(&look.case.def.body).into_iter().any(|expr| match expr {
        // `type(sender).ready = PropertyMock(…)` says it of the mock as well.
        Expr::Attribute(attribute) => match &*attribute.value {
            Expr::Call(call) if last_name(&call.func) == Some("type") => {
                call.arguments.args.first().and_then(root) == Some(name)
            }
            owner => root(owner) == Some(name),
        },
        // Compared, or looked for among the arguments of a call: the mock is a mere token.
        Expr::Call(call)
            if last_name(&call.func).is_some_and(|callee| callee.contains("assert") || callee == "call") =>
        {
            let keywords = call.arguments.keywords.iter().map(|keyword| &keyword.value);
            call.arguments.args.iter().chain(keywords).any(|given| super::walk::names(given).contains(name))
        }
        Expr::Compare(compare) => compare
            .comparators
            .iter()
            .chain([&*compare.left])
            .any(|side| side.as_name_expr().is_some_and(|side| side.id.as_str() == name)),
        _ => false,
    })
}

/// Whether the test asserts on what a patch replaces, by its own name: `shop.send.assert_called_once()`.
fn is_asserted(look: &Look<'_, '_>, patch: &ExprCall) -> bool {
    let target = patch.arguments.args.iter().filter_map(super::walk::text).next_back().unwrap_or_default();
    let name = target.rsplit('.').next().unwrap_or(target);
    everything(&look.case.def.body).into_iter().filter_map(Expr::as_attribute_expr).any(|attribute| {
        let is_looked_at =
            attribute.attr.contains("assert") || attribute.attr.contains("call") || attribute.attr.contains("return");
        is_looked_at && last_name(&attribute.value) == Some(name)
    })
}

/// Something that is replaced for the time of a test.
struct Patch<'a> {
    call: &'a ExprCall,
    /// Whether it says what stands in.
    says: bool,
    /// The name under which the test has it.
    bound: Option<String>,
}

/// The patches of a test: its decorators, its `with` statements, and calls of pytest-mock.
fn patches<'a>(look: &Look<'a, '_>) -> Vec<Patch<'a>> {
    let mut found = Vec::new();
    // The innermost decorator gives the first parameter; one with `new` gives none.
    let parameters: Vec<&str> = look.case.parameters().collect();
    let mut next = parameters.iter();
    for decorator in look.case.def.decorator_list.iter().rev() {
        let Some(call) = decorator.expression.as_call_expr() else { continue };
        let Some(replaced) = patch(call) else { continue };
        let bound = if replaced { None } else { next.next().map(|name| (*name).to_owned()) };
        found.push(Patch { call, says: says(call), bound });
    }
    for stmt in statements(&look.case.def.body) {
        match stmt {
            Stmt::With(with) => {
                for item in &with.items {
                    let Some(call) = item.context_expr.as_call_expr().filter(|call| patch(call).is_some()) else {
                        continue;
                    };
                    let bound = item.optional_vars.as_deref().and_then(dotted);
                    found.push(Patch { call, says: says(call), bound });
                }
            }
            Stmt::Assign(assign) => {
                if let Some(call) = assign.value.as_call_expr().filter(|call| patch(call).is_some()) {
                    // `patcher = patch(…)` is started later, and what it gives has another name.
                    let is_mocker = dotted(&call.func).is_some_and(|name| name.starts_with("mocker."));
                    let bound = assign.targets.first().and_then(dotted);
                    found.push(Patch { call, says: says(call) || !is_mocker, bound });
                }
            }
            Stmt::Expr(expr) => {
                if let Some(call) = expr.value.as_call_expr().filter(|call| patch(call).is_some()) {
                    found.push(Patch { call, says: says(call), bound: None });
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether a call is one of `patch` or `patch.object`, and then whether it is given what stands in.
fn patch(call: &ExprCall) -> Option<bool> {
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
