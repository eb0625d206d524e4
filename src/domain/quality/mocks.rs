//! Doubles that say what they do, and not too many of them.

use super::check::Look;
use super::patches::{Patch, patch, patches};
use super::source::{Case, Source};
use super::walk::{calls, everything, root, statements};
use crate::domain::python::{dotted, last_name};
use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::{Ranged, TextRange};
use std::collections::{BTreeMap, BTreeSet};

/// The classes of mocks.
const KINDS: [&str; 5] = ["Mock", "MagicMock", "AsyncMock", "NonCallableMock", "NonCallableMagicMock"];

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
    super::patches::check(look, &patches);
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
    let (told, plain): (BTreeSet<&str>, BTreeSet<&str>) = made.keys().partition(|name| is_described(look, name));
    let plain: BTreeSet<&str> = plain
        .into_iter()
        .filter(|name| !is_callback(name) && made.get(name).is_some_and(|call| is_bare(call)))
        .collect();
    let taking = taking(look, &told);
    let mut found: Vec<&str> = Vec::new();
    for stmt in statements(look.case.body()) {
        let wanted = wanted(stmt);
        let is_told = is_told_by_result(look, stmt);
        for call in calls(stmt).filter(|call| !wanted.iter().any(|side| side.range().contains_range(call.range()))) {
            let callee = last_name(&call.func).unwrap_or_default();
            if is_of_mocks(look, call, &made) || taking.contains(look.source.slice(&*call.func)) {
                continue;
            }
            let keywords = call.arguments.keywords.iter().map(|keyword| &keyword.value);
            for given in call.arguments.args.iter().chain(keywords) {
                match given {
                    Expr::Name(name) if plain.contains(name.id.as_str()) && !found.contains(&name.id.as_str()) => {
                        found.push(name.id.as_str());
                        look.find("bare-mock", given, format!("{} is a bare mock and handed to {callee}", name.id));
                    }
                    Expr::Call(inner) if is_mock(look.source, inner) && is_bare(inner) && !is_told => {
                        look.find("bare-mock", given, format!("a bare mock is handed to {callee}"));
                    }
                    _ => {}
                }
            }
        }
    }
}

/// Whether a name is that of a function which is only to be called back: there is nothing in it to misspell.
fn is_callback(name: &str) -> bool {
    let words = ["callback", "callbacks", "cb", "handler", "listener", "hook", "func", "function", "fn", "subscriber"];
    name.starts_with("on_") || name.to_lowercase().split('_').any(|word| words.contains(&word))
}

/// Functions of Python that look at any object, or copy it: a mock that they get is what is tested.
const LOOKING: [&str; 14] = [
    "isinstance",
    "id",
    "type",
    "call",
    "cast",
    "attach_mock",
    "copy",
    "deepcopy",
    "dir",
    "repr",
    "str",
    "hash",
    "bool",
    "callable",
];

/// Whether a call is about mocks: it makes one, replaces something, asserts, or is given to a mock or to a function of the test.
fn is_of_mocks(look: &Look<'_, '_>, call: &ExprCall, made: &BTreeMap<&str, &ExprCall>) -> bool {
    let callee = last_name(&call.func).unwrap_or_default();
    let is_patch = callee.contains("patch") || matches!(callee, "object" | "setattr" | "setitem" | "dict" | "multiple");
    let first = root(&call.func).unwrap_or_default();
    let meant = look.source.imports.get(first).map_or("", String::as_str);
    let is_library = ["mock.", "unittest.mock"].iter().any(|module| meant.starts_with(module)) || meant == "mock";
    let own = statements(&look.case.def.body).into_iter().filter_map(Stmt::as_function_def_stmt);
    let of_test = call.func.as_attribute_expr().and_then(|method| method.value.as_name_expr());
    is_patch
        || is_library
        // An error that the test makes, and a helper of its class, which asks the mock itself.
        || callee.ends_with("Error")
        || callee.ends_with("Exception")
        || of_test.is_some_and(|owner| owner.id.as_str() == "self")
        || callee.to_lowercase().contains("assert")
        || LOOKING.contains(&callee)
        || is_mock(look.source, call)
        || call.func.is_name_expr() && own.into_iter().any(|def| def.name.as_str() == callee)
        || call.func.is_name_expr() && made.contains_key(first)
}

/// The callees, as the source has them, that get a mock which is looked at: another one that they get is told apart from it.
fn taking<'s>(look: &Look<'_, 's>, told: &BTreeSet<&str>) -> BTreeSet<&'s str> {
    let all = statements(look.case.body()).into_iter().flat_map(calls);
    let is_token = |given: &Expr| {
        given.as_name_expr().is_some_and(|name| told.contains(name.id.as_str()) && is_compared(look, name.id.as_str()))
    };
    all.filter(|call| call.arguments.args.iter().any(is_token)).map(|call| look.source.slice(&*call.func)).collect()
}

/// Whether a statement gives a mock that it makes another name, by which the test says what it does, or asserts on it:
/// `with replaced(Mock()) as loop:`, `seen = signal.connect(Mock())`.
fn is_told_by_result(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let named: Vec<&Expr> = match stmt {
        Stmt::Assign(assign) => assign.targets.iter().collect(),
        Stmt::With(with) => with.items.iter().filter_map(|item| item.optional_vars.as_deref()).collect(),
        _ => return false,
    };
    let mut named: BTreeSet<&str> =
        named.into_iter().filter_map(Expr::as_name_expr).map(|name| name.id.as_str()).collect();
    // A loop over them gives them one more name.
    for turns in statements(look.case.body()).into_iter().filter_map(Stmt::as_for_stmt) {
        if super::walk::names(&turns.iter).iter().any(|name| named.contains(name)) {
            named.extend(turns.target.as_name_expr().map(|name| name.id.as_str()));
        }
    }
    everything(&look.case.def.body).into_iter().filter_map(Expr::as_attribute_expr).any(|attribute| {
        let is_of_mock = attribute.attr.starts_with("assert_")
            || matches!(
                attribute.attr.as_str(),
                "called"
                    | "call_count"
                    | "call_args"
                    | "call_args_list"
                    | "mock_calls"
                    | "return_value"
                    | "side_effect"
            );
        let is_set = attribute.ctx.is_store() && stmt.is_with_stmt();
        (is_of_mock || is_set) && attribute.value.as_name_expr().is_some_and(|name| named.contains(name.id.as_str()))
    })
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
        // Called by the test itself, as the code does later, or set up by a part whose name is computed.
        Expr::Call(call) if call.func.as_name_expr().is_some_and(|callee| callee.id.as_str() == name) => true,
        Expr::Call(call) if matches!(last_name(&call.func), Some("getattr" | "setattr")) => {
            call.arguments.args.first().and_then(root) == Some(name)
        }
        // Compared, or looked for among the arguments of a call: the mock is a mere token.
        Expr::Call(call)
            if last_name(&call.func).is_some_and(|callee| callee.contains("assert") || callee == "call") =>
        {
            let keywords = call.arguments.keywords.iter().map(|keyword| &keyword.value);
            call.arguments.args.iter().chain(keywords).any(|given| super::walk::names(given).contains(name))
        }
        _ => false,
    }) || is_compared(look, name)
}

/// Whether the test compares a name with something.
fn is_compared(look: &Look<'_, '_>, name: &str) -> bool {
    everything(&look.case.def.body).into_iter().filter_map(Expr::as_compare_expr).any(|compare| {
        let mut sides = compare.comparators.iter().chain([&*compare.left]);
        sides.any(|side| side.as_name_expr().is_some_and(|side| side.id.as_str() == name))
    })
}
