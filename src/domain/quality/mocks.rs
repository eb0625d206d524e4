//! Doubles that say what they do, and not too many of them.

use super::acts::Acts;
use super::check::Look;
use super::patches::{Patch, patch, patches};
use super::source::{Case, Source};
use super::walk::{calls, everything, given, root, statements};
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
pub fn is_mock(source: &Source<'_>, call: &ExprCall) -> bool {
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

/// Mocks that are handed on without a word of what they are to code that goes on with what they answer.
fn bare(look: &mut Look<'_, '_>) {
    let Some(codes) = look.about.codes else { return };
    let mut all = statements(look.case.body()).into_iter().flat_map(calls);
    if !all.any(|call| is_mock(look.source, call) && is_bare(call)) {
        return;
    }
    let made = made(look.source, look.case);
    let is_plain =
        |name: &str, call: &ExprCall| is_bare(call) && !is_described(look, name) && look.values(name).len() == 1;
    let plain: BTreeSet<&str> =
        made.iter().filter(|(name, call)| is_plain(name, call)).map(|(name, _)| *name).collect();
    let acts = Acts::of(look, codes);
    // Whoever else gets the mock may say what it does.
    let plain: Vec<&str> = plain.into_iter().filter(|name| acts.knows_all(name)).collect();
    let mut found: BTreeSet<&str> = BTreeSet::new();
    for act in &acts.all {
        for given in given(act.call) {
            let name = given.as_name_expr().map(|name| name.id.as_str());
            let is_mock = match given {
                Expr::Name(name) => plain.contains(&name.id.as_str()) && !found.contains(name.id.as_str()),
                Expr::Call(inner) => is_mock(look.source, inner) && is_bare(inner),
                _ => false,
            };
            let Some(asked) = is_mock.then(|| acts.asked(look, act, given)).flatten() else { continue };
            found.extend(name);
            let callee = last_name(&act.call.func).unwrap_or_default();
            let who = name.map_or("a bare mock is".to_owned(), |name| format!("{name} is a bare mock and"));
            let what = if asked.what.is_empty() { "goes on by its answer" } else { "asks for its " };
            let what = format!(
                "{who} handed to {callee}, which {what}{} in line {} of {}",
                asked.what, asked.line, asked.path
            );
            look.find("bare-mock", given, what);
        }
    }
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
            given(call).any(|given| super::walk::names(given).contains(name))
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
