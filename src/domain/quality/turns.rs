//! Arrange, act, assert: how often a test acts and asserts in turns.

use super::assertion::{expects, is_assertion};
use super::check::Look;
use super::isolation::CHANGING;
use super::language::is_of_language;
use super::lookers::{ASKING, LOOKING};
use super::phases::REPLACING;
use super::walk::{calls, documentation, expressions, root, statements, unawaited, within};
use crate::domain::python::{last_name, says};
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtWith};
use std::collections::BTreeSet;

/// Calls that see to what comes after the test, take back what was replaced, or bring what was done to where it is read.
const KEEPING: [&str; 9] = [
    "addCleanup",
    "addAsyncCleanup",
    "addfinalizer",
    "stopall",
    "resetall",
    "reset_mock",
    "flush",
    "commit",
    "expire_all",
];

/// Words in the names of what records what happens: to empty it is no act.
const RECORDS: [&str; 10] =
    ["caplog", "log", "mock", "record", "transport", "received", "receiver", "sent", "messages", "events"];

/// Names of what is expected.
const EXPECTED: [&str; 8] = ["exp", "sol", "solution", "answer", "ans", "reference", "desired", "correct"];

/// Words of tests whose subject is what comes of one step after another.
const JOURNEYS: [&str; 8] =
    ["journey", "lifecycle", "life cycle", "scenario", "workflow", "walkthrough", "e2e", "end to end"];

/// Looks for tests that act and assert in turns.
pub fn check(look: &mut Look<'_, '_>) {
    if is_journey(look) {
        return;
    }
    let turns = turns(look);
    let answering = answering(&turns);
    let is_deed = |act: &Act<'_>| act.is_bare || answering.contains(&act.callee);
    let mut acted = turns.iter().enumerate().filter_map(|(at, turn)| {
        let before = at.checked_sub(1).and_then(|at| turns.get(at));
        let deed = turn.iter().find(|act| is_deed(act))?;
        // What answers behind something else that was done may look at that.
        let is_look = || before.is_some_and(|before| !before.iter().any(|act| answering.contains(&act.callee)));
        // What comes before the first assertion may only set up, unless it is done again.
        let is_again = |act: &Act<'_>| turns.iter().skip(1).flatten().any(|later| later.callee == act.callee);
        let is_sure = match before {
            None => turn.iter().any(|act| is_deed(act) && is_again(act)),
            Some(_) => turn.iter().any(|act| act.is_bare) || !is_look(),
        };
        is_sure.then_some(deed.stmt)
    });
    let count = acted.clone().count();
    if count >= look.about.limits.acts
        && let Some(again) = acted.nth(1)
    {
        look.find(
            "several-acts",
            again,
            format!("the test acts and asserts at least {count} times, again from here on"),
        );
    }
}

/// Whether a test, its class or its documentation says that its steps belong together: `test_lifecycle_of_an_order`.
fn is_journey(look: &Look<'_, '_>) -> bool {
    let said = look.case.titles().chain(documentation(&look.case.def.body));
    let mut all = said.map(|said| said.to_lowercase().replace(['_', '-'], " "));
    all.any(|said| JOURNEYS.iter().any(|word| said.contains(word)))
}

/// Whether a test acts again behind an assertion, and asserts again.
#[must_use]
pub fn acts_twice(look: &Look<'_, '_>) -> bool {
    turns(look).len() > 1
}

/// A statement that does something.
struct Act<'a> {
    stmt: &'a Stmt,
    /// What the call is of: the first and the last name.
    callee: Callee<'a>,
    /// Whether nobody is told what the call answers: it is there for what it changes.
    is_bare: bool,
    /// Whether it asks how things stand.
    is_asking: bool,
}

type Callee<'a> = (Option<&'a str>, &'a str);

/// What a test does before each of its assertions, where it does anything.
fn turns<'a>(look: &Look<'a, '_>) -> Vec<Vec<Act<'a>>> {
    let mut turns: Vec<Vec<Act<'_>>> = Vec::new();
    let mut acts = Vec::new();
    let body = flat(look.case.body());
    for (at, stmt) in body.iter().copied().enumerate() {
        let behind = body.get(at + 1..).unwrap_or_default();
        if is_narrowing(stmt, behind) || is_ready(stmt) && acts.iter().all(|act: &Act<'_>| !act.is_bare) {
            continue;
        }
        if asserts(look, stmt) {
            if !regards(look, stmt, &acts) {
                continue;
            }
            turns.extend(Some(std::mem::take(&mut acts)).filter(|acts| !acts.is_empty()));
        } else {
            acts.extend(act(look, stmt));
        }
    }
    turns
}

/// Whether an assertion may look at what was done: it names something that an act named too, something that the test has not made
/// itself, or asks anew. `assert before != after` behind `cart.save()` only makes sure of what the test begins with.
fn regards(look: &Look<'_, '_>, stmt: &Stmt, done: &[Act<'_>]) -> bool {
    let named: BTreeSet<&str> = done.iter().flat_map(|act| read(act.stmt).chain(targets(act.stmt))).collect();
    let is_made = |name: &str| !look.values(name).is_empty() || !look.unpacked(name).is_empty();
    let may_show = |name: &str| named.contains(name) || !is_made(name);
    !stmt.is_assert_stmt() || acts(stmt) || read(stmt).any(may_show)
}

/// What the first turn calls to act: what answers behind something that was done, in any turn, only looks at that.
fn answering<'a>(turns: &[Vec<Act<'a>>]) -> BTreeSet<Callee<'a>> {
    let behind = turns.iter().flat_map(|turn| turn.iter().skip_while(|act| !act.is_bare));
    let looking: BTreeSet<Callee<'_>> = behind.filter(|act| !act.is_bare).map(|act| act.callee).collect();
    let first: Vec<&Act<'_>> = turns.iter().take(1).flatten().filter(|act| !looking.contains(&act.callee)).collect();
    let is_all_asking = first.iter().all(|act| act.is_asking);
    first.into_iter().filter(|act| is_all_asking || !act.is_asking).map(|act| act.callee).collect()
}

/// What a statement does, if it does anything but to look, to prepare, or to see to what comes after.
fn act<'a>(look: &Look<'_, '_>, stmt: &'a Stmt) -> Option<Act<'a>> {
    let (value, is_bare) = match stmt {
        Stmt::Expr(stmt) => (&*stmt.value, true),
        Stmt::Assign(assign) => (&*assign.value, false),
        Stmt::AnnAssign(assign) => (assign.value.as_deref()?, false),
        _ => return None,
    };
    let call = called(value)?;
    let name = last_name(&call.func)?;
    let is_double =
        name.to_lowercase().contains("patch") || root(&call.func).is_some_and(|name| name.contains("patch"));
    let is_plain = is_double
        || is_aside(stmt)
        || is_expectation(stmt)
        || is_of_language(look, &call.func)
        || is_of_other(look, call);
    let is_asking = is_asking(name);
    let callee = (root(&call.func), name);
    (!(is_plain || is_bare && is_asking)).then_some(Act { stmt, callee, is_bare, is_asking })
}

/// The call whose answer a value is, without what looks at it: `f(x)` of `await f(x)`, `f(x).rows[0]`, `f(x).json()`.
fn called(value: &Expr) -> Option<&ExprCall> {
    match value {
        Expr::Await(awaited) => called(&awaited.value),
        Expr::Attribute(attribute) => called(&attribute.value),
        Expr::Subscript(subscript) => called(&subscript.value),
        Expr::Call(call) if last_name(&call.func).is_some_and(looks) => {
            called(&call.func).or_else(|| call.arguments.args.first().and_then(called))
        }
        Expr::Call(call) => Some(call),
        _ => None,
    }
}

/// Whether what a call is made on came from the language, or replaces something.
fn is_of_other(look: &Look<'_, '_>, call: &ExprCall) -> bool {
    let Some(owner) = root(&call.func) else { return true };
    let is_it = |target: &Expr| target.as_name_expr().is_some_and(|name| name.id.as_str() == owner);
    let blocks = statements(look.case.body()).into_iter().filter_map(Stmt::as_with_stmt).flat_map(|with| &with.items);
    let entered = blocks.filter(|item| item.optional_vars.as_deref().is_some_and(is_it)).map(|item| &item.context_expr);
    let made = look.values(owner).iter().copied().chain(entered).flat_map(within).filter_map(Expr::as_call_expr);
    let is_made = made.into_iter().any(|maker| is_of_language(look, &maker.func));
    REPLACING.contains(&owner) || call.func.is_attribute_expr() && is_made
}

/// Whether a statement asserts. One that gives a name a value acts, whatever what it calls makes sure of as well.
fn asserts(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let is_named = |stmt: &Stmt| calls(stmt).filter_map(|call| last_name(&call.func)).any(is_assert);
    // `made.append(self._make(1))` keeps what it makes, whatever the helper makes sure of.
    let outer = stmt.as_expr_stmt().and_then(|stmt| stmt.value.as_call_expr()).and_then(|call| last_name(&call.func));
    let only_keeps = stmt.is_assign_stmt() || outer.is_some_and(|name| CHANGING.contains(&name));
    (is_assertion(look.source, stmt) || is_checking(stmt)) && (!only_keeps || is_named(stmt))
}

fn is_assert(name: &str) -> bool {
    name.to_lowercase().contains("assert")
}

/// Whether a statement calls something that may do anything.
#[must_use]
pub fn acts(stmt: &Stmt) -> bool {
    calls(stmt).any(|call| !last_name(&call.func).is_some_and(looks))
}

/// Whether a call of that name looks at an outcome: `is_valid`, `has_errors` do as well, and what finds an element of a page.
#[must_use]
pub fn looks(name: &str) -> bool {
    LOOKING.contains(&name) || ["is_", "has_", "find_element"].iter().any(|begin| name.starts_with(begin))
}

fn is_asking(name: &str) -> bool {
    let first = name.split(|c: char| c.is_uppercase()).next().unwrap_or(name);
    name.split('_').chain([first]).any(|word| ASKING.contains(&word))
}

/// Whether a statement neither acts nor asserts: it waits, sees to what comes after the test, or empties a record.
fn is_aside(stmt: &Stmt) -> bool {
    let Some(value) = stmt.as_expr_stmt().map(|stmt| &*stmt.value) else { return false };
    let Some(call) = unawaited(value).as_call_expr() else { return false };
    let name = last_name(&call.func).unwrap_or_default();
    let owner = call.func.as_attribute_expr().and_then(|attribute| last_name(&attribute.value)).unwrap_or_default();
    let is_record = RECORDS.iter().any(|word| owner.to_lowercase().contains(word));
    name.trim_start_matches('_').starts_with("wait")
        || name.ends_with("sleep")
        || KEEPING.contains(&name)
        || name == "clear" && is_record
}

/// Whether a statement calls a helper that says that it checks: `validate_schema(schema)`.
fn is_checking(stmt: &Stmt) -> bool {
    let call = stmt.as_expr_stmt().and_then(|stmt| stmt.value.as_call_expr());
    call.and_then(|call| call.func.as_name_expr()).is_some_and(|name| says(name.id.as_str()))
}

/// Whether an assertion only tells a type checker what a name holds, which is read next: `assert isinstance(node, Call)`.
fn is_narrowing(stmt: &Stmt, behind: &[&Stmt]) -> bool {
    let narrowed = |stmt: &Stmt| {
        let test = &stmt.as_assert_stmt()?.test;
        let told = match &**test {
            Expr::Call(call) if last_name(&call.func) == Some("isinstance") => call.arguments.args.first()?,
            Expr::Compare(compare) => {
                let is_not = matches!(&*compare.ops, [ruff_python_ast::CmpOp::IsNot]);
                let is_none = compare.comparators.iter().all(Expr::is_none_literal_expr);
                (is_not && is_none).then_some(&*compare.left)?
            }
            _ => return None,
        };
        told.as_name_expr().map(|name| name.id.to_string())
    };
    let Some(name) = narrowed(stmt) else { return false };
    let next = behind.iter().find(|next| narrowed(next).is_none());
    next.is_some_and(|next| !next.is_assert_stmt() && read(next).any(|read| read == name))
}

/// The names that a statement reads.
fn read(stmt: &Stmt) -> impl Iterator<Item = &str> {
    let all = expressions(stmt).into_iter().filter_map(Expr::as_name_expr);
    all.filter(|name| name.ctx.is_load()).map(|name| name.id.as_str())
}

/// The names that a statement gives a value.
fn targets(stmt: &Stmt) -> impl Iterator<Item = &str> {
    let all = expressions(stmt).into_iter().filter_map(Expr::as_name_expr);
    all.filter(|name| name.ctx.is_store()).map(|name| name.id.as_str())
}

/// Whether a statement only says what is expected: `expected = normalize(path)`, `exp1, exp2 = reference(row)`.
fn is_expectation(stmt: &Stmt) -> bool {
    let is_expected = |name: &str| {
        let name = name.to_lowercase();
        let bare = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
        name.contains("expect") || name.contains("want") || EXPECTED.contains(&bare)
    };
    let is_attribute =
        stmt.as_assign_stmt().into_iter().flat_map(|assign| &assign.targets).filter_map(last_name).any(is_expected);
    stmt.is_assign_stmt() && (is_attribute || targets(stmt).any(is_expected))
}

/// Whether an assertion only makes sure that the act can begin: `assert serializer.is_valid()`.
fn is_ready(stmt: &Stmt) -> bool {
    let call = stmt.as_assert_stmt().and_then(|assert| assert.test.as_call_expr());
    call.and_then(|call| last_name(&call.func)).is_some_and(|name| matches!(name, "is_valid" | "login" | "ready"))
}

/// Whether a block is a test of its own.
fn is_subtest(with: &StmtWith) -> bool {
    let mut entered = with.items.iter().filter_map(|item| item.context_expr.as_call_expr());
    entered.any(|call| match last_name(&call.func) {
        Some("subTest" | "subtest") => true,
        name => name == Some("test") && root(&call.func) == Some("subtests"),
    })
}

/// The statements of a body, with those of plain `with` blocks in their place.
fn flat(body: &[Stmt]) -> Vec<&Stmt> {
    let mut found = Vec::new();
    for stmt in body {
        match stmt {
            // Each block of `subTest` is a test of its own.
            Stmt::With(with) if is_subtest(with) => {}
            Stmt::With(with) if !expects(with) => found.extend(flat(&with.body)),
            stmt => found.push(stmt),
        }
    }
    found
}
