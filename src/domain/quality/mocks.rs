//! Doubles that say what they do, and not too many of them.

use super::acts::{acts, given_back, refuses};
use super::check::Look;
use super::finding::Reached;
use super::patches::{Patch, patch, patches};
use super::restoring::is_around;
use super::seen::is_stand_in;
use super::source::{Case, Source};
use super::walk::{calls, documentation, everything, root, statements, text};
use super::ways::ways;
use super::words::others_calling;
use crate::domain::python::{dotted, is_fixture, last_name};
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
    let patches = patches(look.case.def);
    let marked = look.case.marks.iter().any(|mark| mark == "integration");
    let count = parts(look, &patches).len();
    if count > look.about.limits.mocks && (look.about.is_integration || marked) && !is_set_up(look, &patches) {
        let line = look.source.syntax.line(look.case.def.name.range.start());
        look.find_at("over-mocking", line, format!("{count} parts are replaced"));
    }
    super::patches::check(look, &patches);
}

/// Whether parts are only replaced while the test sets up, and something is done behind that: `with patch(…): shop = open()`. Or a
/// comment above them says why.
fn is_set_up(look: &Look<'_, '_>, patches: &[Patch<'_>]) -> bool {
    let body = look.case.body();
    let acts = |stmt: &&Stmt| matches!(stmt, Stmt::Assign(_) | Stmt::Expr(_)) && calls(stmt).next().is_some();
    let last = body.iter().rfind(acts);
    let is_behind = last.is_some_and(|last| patches.iter().all(|patch| patch.during.end() <= last.start()));
    let first = patches.iter().map(|patch| patch.during).min_by_key(|during| during.start());
    let is_explained = first.is_some_and(|first| look.source.is_below_comment(&first));
    // The file, the class or the test says that its parts are mocked.
    let bodies = [look.source.syntax.body(), &look.case.def.body].into_iter();
    let bodies = bodies.chain(look.case.classes.iter().map(|class| &*class.body));
    let is_said = bodies.filter_map(documentation).any(|said| said.to_lowercase().contains("mock"));
    !patches.is_empty() && (is_behind || is_explained || is_said)
}

/// The parts that a test has replaced, each once: by itself, by patches of its classes, and by `monkeypatch.setattr`.
fn parts<'s>(look: &Look<'_, 's>, patches: &[Patch<'_>]) -> BTreeSet<&'s str> {
    let around = look.case.classes.iter().flat_map(|class| &class.decorator_list);
    let around =
        around.filter_map(|decorator| decorator.expression.as_call_expr()).filter(|call| patch(call).is_some());
    let inside = statements(&look.case.def.body).into_iter().flat_map(calls);
    let set = inside.filter(|call| {
        let is_set = dotted(&call.func).is_some_and(|name| name == "monkeypatch.setattr");
        // A setting, or a real object, replaces no part.
        is_set && call.arguments.args.last().is_some_and(|value| is_double(look, value) && !is_spy(look, value))
    });
    let all = patches.iter().map(|patch| patch.call).chain(around).chain(set);
    all.filter_map(|call| part(look, call)).collect()
}

/// Whether a value stands in for a part: a mock, a function or a class of the tests.
fn is_double(look: &Look<'_, '_>, value: &Expr) -> bool {
    let made = value.as_name_expr().map_or(&[][..], |name| look.values(name.id.as_str()));
    is_stand_in(look, value) || made.iter().any(|made| is_stand_in(look, made))
}

/// Whether a function of the test goes on with what it is put in place of: `real = Mail.send` and `def noted(*args): return real(*args)`.
fn is_spy(look: &Look<'_, '_>, value: &Expr) -> bool {
    let own = statements(&look.case.def.body).into_iter().filter_map(Stmt::as_function_def_stmt);
    let mut own = own.filter(|def| value.as_name_expr().is_some_and(|name| name.id == def.name.id));
    let is_kept = |call: &ExprCall| {
        let name = call.func.as_name_expr().map(|name| name.id.as_str());
        name.is_some_and(|name| look.values(name).iter().any(|value| value.is_attribute_expr()))
    };
    own.any(|def| everything(&def.body).into_iter().filter_map(Expr::as_call_expr).any(is_kept))
}

/// What a call replaces, in the words of the source: `"shop.mail.send"`, or `shop.mail, "send"`.
fn part<'s>(look: &Look<'_, 's>, call: &ExprCall) -> Option<&'s str> {
    let [first, more @ ..] = &*call.arguments.args else { return None };
    // What the test has made itself is no part of the project.
    let is_known = |of: &str| of == "self" || look.source.imports.contains_key(of) && !look.locals.contains(of);
    if !first.is_string_literal_expr() && !root(first).is_some_and(is_known) {
        return None;
    }
    // What the program is given, and where it writes, is no part of the project.
    let words = text(first).map_or_else(|| dotted(first).unwrap_or_default(), str::to_owned);
    if words == "sys" || words.starts_with("sys.") || words.starts_with("os.environ") {
        return None;
    }
    // Neither is the clock.
    let is_clock = |words: &str| words.split('.').any(|part| matches!(part, "time" | "sleep" | "monotonic"));
    if is_clock(&words) || more.first().and_then(text).is_some_and(is_clock) {
        return None;
    }
    let last = more.first().filter(|_| !first.is_string_literal_expr()).unwrap_or(first);
    let range = TextRange::new(first.range().start(), last.range().end());
    Some(look.source.slice(&range))
}

/// Mocks that are handed on without a word of what they are to code that calls their methods, or returns what it does for what
/// they answer.
fn bare(look: &mut Look<'_, '_>) {
    let Some(codes) = look.about.codes else { return };
    let mut all = statements(look.case.body()).into_iter().flat_map(calls);
    let fixtures: BTreeSet<&str> = look.case.parameters().filter(|name| gives_bare(look, name)).collect();
    if fixtures.is_empty() && !all.any(|call| is_mock(look.source, call) && is_bare(call)) {
        return;
    }
    let made = made(look.source, look.case);
    let is_bare = |look: &Look<'_, '_>, given: &Expr| match given {
        Expr::Call(inner) => is_mock(look.source, inner) && is_bare(inner),
        // Made and handed on, or only handed on: so nobody says what it does, or looks at how it was used.
        Expr::Name(name) => {
            let is_made = made.get(name.id.as_str()).is_some_and(|made| is_bare(made));
            let count = count(&look.case.def.body, &name.id);
            is_made && count == 2 || fixtures.contains(name.id.as_str()) && count == 1
        }
        _ => false,
    };
    let mut told = BTreeSet::new();
    for act in acts(look, codes) {
        for (call, given) in act.given() {
            let Some(asked) = is_bare(look, given).then(|| act.asked(look, given)).flatten() else { continue };
            if is_handed_otherwise(look, call, given) {
                continue;
            }
            let what = if asked.what.is_empty() { "goes on by its answer" } else { "asks for its " };
            let what = handed(call, given, &format!("{what}{}", asked.what), (&act.place.code.path, asked.line));
            look.find("bare-mock", given, what);
            told.insert(given.range().start());
        }
    }
    if refuses(look) {
        return;
    }
    for call in statements(look.case.body()).into_iter().flat_map(calls) {
        for given in super::walk::given(call) {
            if told.contains(&given.range().start()) || !is_bare(look, given) || is_handed_otherwise(look, call, given)
            {
                continue;
            }
            // Where the way leads elsewhere, it is a mere filler: of 52 that were told by the source alone, 29 were.
            let ways = ways(look, codes, call, given).into_iter().map(|way| Reached {
                what: handed(call, given, &format!("asks for its {}", way.what), (&way.path, way.line)),
                path: way.path,
                line: way.line,
            });
            look.find_reached("bare-mock", given, ways.collect());
        }
    }
}

/// Whether another test of the file hands something else in its place: a real object, or a double with a specification. There, a
/// misspelt name is noticed.
fn is_handed_otherwise(look: &Look<'_, '_>, call: &ExprCall, given: &Expr) -> bool {
    let Some(name) = last_name(&call.func) else { return false };
    let place = call.arguments.args.iter().position(|arg| arg.range() == given.range());
    let keyword = call.arguments.keywords.iter().find(|keyword| keyword.value.range() == given.range());
    let keyword = keyword.and_then(|keyword| keyword.arg.as_deref());
    others_calling(look.source, look.case, name).any(|(case, other)| {
        let is_bare_there = |value: &Expr| match value {
            Expr::Call(inner) => is_mock(look.source, inner) && is_bare(inner),
            Expr::Name(name) => {
                let made = made(look.source, case);
                made.get(name.id.as_str()).is_some_and(|made| is_bare(made)) || gives_bare(look, &name.id)
            }
            _ => false,
        };
        let by_place = place.and_then(|place| other.arguments.args.get(place));
        let by_name = keyword.and_then(|name| other.arguments.find_keyword(name)).map(|keyword| &keyword.value);
        by_place.or(by_name).is_some_and(|value| !is_bare_there(value) && !value.is_none_literal_expr())
    })
}

/// That a bare mock is handed to a call, and what the code does with it.
fn handed(call: &ExprCall, given: &Expr, asks: &str, (path, line): (&str, u32)) -> String {
    let who =
        given.as_name_expr().map_or("a bare mock is".to_owned(), |name| format!("{} is a bare mock and", name.id));
    let callee = last_name(&call.func).unwrap_or_default();
    format!("{who} handed to {callee}, which {asks} in line {line} of {path}")
}

/// Whether a fixture of the file gives a mock of which it says nothing, and neither does another fixture. Where a patch decorates
/// the test, that may hand something to it by the name.
fn gives_bare(look: &Look<'_, '_>, name: &str) -> bool {
    let source = look.source;
    let Some([fixture]) = source.functions.get(name).map(Vec::as_slice) else { return false };
    let mut given = statements(&fixture.body).into_iter().filter_map(given_back);
    let (Some(given), None) = (given.next(), given.next()) else { return false };
    let is_bare = |call: &ExprCall| is_mock(source, call) && is_bare(call);
    let made = |name: &str| {
        let mut all = fixture.body.iter().filter_map(Stmt::as_assign_stmt);
        let found = all.find(|assign| assign.targets.iter().all(|target| dotted(target).as_deref() == Some(name)));
        found.and_then(|assign| assign.value.as_call_expr())
    };
    let gives = match given {
        Expr::Call(call) => is_bare(call),
        Expr::Name(own) => made(&own.id).is_some_and(is_bare) && count(&fixture.body, &own.id) == 2,
        _ => false,
    };
    let mut decorators =
        look.case.def.decorator_list.iter().filter_map(|decorator| decorator.expression.as_call_expr());
    gives
        && is_fixture(&fixture.decorator_list)
        && !decorators.any(|call| patch(call).is_some())
        && !source.functions.values().flatten().any(|def| def.parameters.includes(name) && is_around(def))
}

/// How often a body has a name.
fn count(body: &[Stmt], name: &str) -> usize {
    let all = everything(body).into_iter().filter_map(Expr::as_name_expr);
    all.filter(|found| found.id.as_str() == name).count()
}
