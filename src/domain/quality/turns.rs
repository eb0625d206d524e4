//! Arrange, act, assert: how often a test acts and asserts in turns.

use super::assertion::{expects, is_assertion};
use super::check::Look;
use super::lookers::{ASKING, LOOKING};
use super::walk::{calls, expressions, root};
use crate::domain::python::{last_name, says};
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtWith};
use std::collections::BTreeSet;

/// Words in the names of calls that only give what there is another form.
const FORMING: [&str; 4] = ["normalize", "convert", "extract", "format"];

/// Calls that see to what comes after the test, or take back what was replaced.
const KEEPING: [&str; 6] = ["addCleanup", "addAsyncCleanup", "addfinalizer", "stopall", "resetall", "reset_mock"];

/// Words in the names of what records what happens: to empty it is no act.
const RECORDS: [&str; 10] =
    ["caplog", "log", "mock", "record", "transport", "received", "receiver", "sent", "messages", "events"];

/// Names of what is expected.
const EXPECTED: [&str; 8] = ["exp", "sol", "solution", "answer", "ans", "reference", "desired", "correct"];

/// A test that asserts this often, with acts in between, is several tests.
const TURNS: usize = 4;

/// Looks for tests that act and assert in turns.
pub fn check(look: &mut Look<'_, '_>) {
    let body = flat(look.case.body());
    let mut count = Count::default();
    for (at, stmt) in body.iter().copied().enumerate() {
        let behind = body.get(at + 1..).unwrap_or_default();
        if is_ready(stmt)
            || is_expectation(stmt)
            || is_aside(stmt)
            || is_narrowing(stmt, behind)
            || is_given(look, stmt)
        {
            continue;
        }
        if asserts(look, stmt) {
            count.assertion(look, stmt, behind);
        } else if acts(stmt) {
            count.act(look, stmt);
        }
    }
    let Count { turns, again, .. } = count;
    if let Some(again) = again.filter(|_| turns >= TURNS) {
        look.find("several-acts", again, format!("the test acts and asserts {turns} times, again from here on"));
    }
}

/// The turns of acting and asserting so far.
#[derive(Default)]
struct Count<'a> {
    turns: usize,
    /// Whether anything was called since the last assertion, and whether that did more than to ask.
    acted: bool,
    is_act: bool,
    /// What the last statement that only did something was called on.
    deed: Option<&'a str>,
    /// Once something was done and asserted, what asks how things stand looks at the outcome of that.
    is_done: bool,
    /// Whether more was done than to make values of classes.
    is_begun: bool,
    /// The names that calls gave a value, those that they read, and those that assertions looked at.
    made: BTreeSet<&'a str>,
    used: BTreeSet<&'a str>,
    seen: BTreeSet<&'a str>,
    /// The first act of the second turn.
    again: Option<&'a Stmt>,
}

impl<'a> Count<'a> {
    fn act(&mut self, look: &Look<'_, '_>, stmt: &'a Stmt) {
        let is_asking = asks(stmt);
        let is_look = self.is_done && is_asking || self.turns > 0 && self.is_view(look, stmt);
        if !is_look {
            if self.turns > 0 && self.again.is_none() {
                self.again = Some(stmt);
            }
            self.acted = true;
            // What asks another than the one on which something was done looks at that: `app.build()`, `page = get_page(path)`.
            let owner = calls(stmt).next().and_then(|call| root(&call.func));
            let is_of_deed = is_asking && self.deed.is_some() && self.deed != owner;
            self.is_act = !is_asking || is_of_deed;
            if !is_asking && stmt.is_expr_stmt() {
                self.deed = owner;
            }
            self.is_begun |= !makes(stmt);
            self.used.extend(read(stmt));
        }
        self.made.extend(targets(stmt));
    }

    fn assertion(&mut self, look: &Look<'_, '_>, stmt: &'a Stmt, behind: &[&'a Stmt]) {
        let is_early = self.turns == 0 && !self.is_begun;
        if is_early && self.is_of_given(look, stmt) {
            return;
        }
        self.seen.extend(read(stmt));
        let is_sure = is_early && self.makes_sure(look, stmt, behind);
        if self.acted && !is_sure {
            self.turns += 1;
            self.is_done |= self.is_act;
        }
        // What is asserted may be the act: `assert store.put(row)`.
        self.is_done |= calls(stmt).any(|call| is_own_act(look, call));
        (self.acted, self.is_act, self.deed) = (false, false, None);
    }

    /// Whether an assertion only makes sure of what was made, which the next act is about: `cart = Cart()`, `assert not cart`,
    /// `cart.add(1)`.
    fn makes_sure(&self, look: &Look<'_, '_>, stmt: &Stmt, behind: &[&Stmt]) -> bool {
        let next = behind.iter().find(|next| acts(next) && !asserts(look, next) && !is_aside(next));
        let about: BTreeSet<&str> = read(stmt).filter(|name| self.made.contains(name)).collect();
        let is_still = !calls(stmt).any(|call| is_own_act(look, call) || is_plain_act(look, call));
        is_still && next.is_some_and(|next| read(next).any(|name| about.contains(name)))
    }

    /// Whether an assertion is about what the test was given, and nothing has touched yet: `assert not kwargs`.
    fn is_of_given(&self, look: &Look<'_, '_>, stmt: &Stmt) -> bool {
        let given: BTreeSet<&str> = look.case.parameters().collect();
        let is_given = |name: &str| {
            let from = look.unpacked(name);
            let taken =
                || from.iter().all(|value| value.as_name_expr().is_some_and(|name| given.contains(name.id.as_str())));
            given.contains(name) || !from.is_empty() && taken()
        };
        let mut names = read(stmt).filter(|name| look.locals.contains(name)).peekable();
        names.peek().is_some()
            && calls(stmt).next().is_none()
            && names.all(|name| is_given(name) && !self.used.contains(name) && !self.made.contains(name))
    }

    /// Whether a statement gives the outcome that was looked at another form: `user = json_decode(response.body)`.
    fn is_view(&self, look: &Look<'_, '_>, stmt: &Stmt) -> bool {
        let forms =
            |name: &str| looks(name) || name.split('_').any(|word| ASKING.contains(&word) || FORMING.contains(&word));
        let mut names = read(stmt).filter(|name| look.locals.contains(name)).peekable();
        let value = stmt.as_assign_stmt().map(|assign| &*assign.value);
        // What is taken out of it by a key that a class makes, and what a class makes of it.
        let is_part = value.is_some_and(Expr::is_subscript_expr) && makes(stmt);
        value.is_some()
            && names.peek().is_some()
            && names.all(|name| self.made.contains(name) && self.seen.contains(name))
            && (is_part || calls(stmt).filter_map(|call| last_name(&call.func)).all(forms))
    }
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

/// Whether a statement asserts. One that gives a name a value acts, whatever what it calls makes sure of as well.
fn asserts(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let is_named = |stmt: &Stmt| calls(stmt).filter_map(|call| last_name(&call.func)).any(is_assert);
    (is_assertion(look.source, stmt) || is_checking(stmt)) && (!stmt.is_assign_stmt() || is_named(stmt))
}

fn is_assert(name: &str) -> bool {
    name.to_lowercase().contains("assert")
}

/// Whether a call within an assertion does something with arguments: `store.put(row)`.
fn is_own_act(look: &Look<'_, '_>, call: &ExprCall) -> bool {
    let name = last_name(&call.func).unwrap_or_default();
    let is_method = call.func.is_attribute_expr() && root(&call.func).is_some_and(|name| look.locals.contains(name));
    is_method && !call.arguments.is_empty() && !is_assert(name) && !looks(name) && !is_asking(name)
}

/// Whether a call within an assertion is one of a function with arguments: `total(cart)`.
fn is_plain_act(look: &Look<'_, '_>, call: &ExprCall) -> bool {
    let name = last_name(&call.func).unwrap_or_default();
    let is_function = call.func.is_name_expr() && !look.locals.contains(name);
    is_function && !call.arguments.is_empty() && !is_assert(name) && !looks(name) && !is_asking(name)
}

/// Whether all that a statement calls makes a value of a class: `cart = Cart(owner=User())`.
fn makes(stmt: &Stmt) -> bool {
    let is_class = |name: &str| name.trim_start_matches('_').starts_with(|c: char| c.is_ascii_uppercase());
    stmt.is_assign_stmt()
        && calls(stmt).filter_map(|call| last_name(&call.func)).all(|name| is_class(name) || looks(name))
}

/// Whether a statement calls something that may do anything.
#[must_use]
pub fn acts(stmt: &Stmt) -> bool {
    calls(stmt).any(|call| !last_name(&call.func).is_some_and(looks))
}

/// Whether a call of that name looks at an outcome: `is_valid`, `has_errors` do as well.
#[must_use]
pub fn looks(name: &str) -> bool {
    LOOKING.contains(&name) || name.starts_with("is_") || name.starts_with("has_")
}

fn is_asking(name: &str) -> bool {
    let first = name.split(|c: char| c.is_uppercase()).next().unwrap_or(name);
    name.split('_').chain([first]).any(|word| ASKING.contains(&word))
}

/// Whether all that a statement calls asks how things stand: `get_key`, `http_get`, `describe_table`.
fn asks(stmt: &Stmt) -> bool {
    calls(stmt).filter_map(|call| last_name(&call.func)).all(|name| looks(name) || is_asking(name))
}

/// Whether a statement neither acts nor asserts: it waits, sees to what comes after the test, or empties a record.
fn is_aside(stmt: &Stmt) -> bool {
    let Some(value) = stmt.as_expr_stmt().map(|stmt| &*stmt.value) else { return false };
    let value = value.as_await_expr().map_or(value, |awaited| &awaited.value);
    let Some(call) = value.as_call_expr() else { return false };
    let name = last_name(&call.func).unwrap_or_default();
    let owner = call.func.as_attribute_expr().and_then(|attribute| last_name(&attribute.value)).unwrap_or_default();
    let is_record = RECORDS.iter().any(|word| owner.to_lowercase().contains(word));
    name.trim_start_matches('_').starts_with("wait")
        || name.ends_with("sleep")
        || KEEPING.contains(&name)
        || name == "clear" && is_record
}

/// Whether a statement only takes apart what was got at once with something else, or makes an array: `kind, data = parts.pop(0)`.
fn is_given(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let is_part = |call: &ExprCall| {
        let is_of_several = root(&call.func).is_some_and(|name| !look.unpacked(name).is_empty());
        let meaning = look.source.meaning(&call.func, &look.locals).unwrap_or_default();
        is_of_several && matches!(last_name(&call.func), Some("pop" | "popleft")) || meaning.starts_with("numpy.")
    };
    stmt.is_assign_stmt() && acts(stmt) && calls(stmt).all(is_part)
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

/// Whether a statement calls a helper that says that it checks: `validate_schema(schema)`.
fn is_checking(stmt: &Stmt) -> bool {
    let call = stmt.as_expr_stmt().and_then(|stmt| stmt.value.as_call_expr());
    call.and_then(|call| call.func.as_name_expr()).is_some_and(|name| says(name.id.as_str()))
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
    let ready = ["is_valid", "exists", "login", "is_file", "is_dir", "ready"];
    let call = stmt.as_assert_stmt().and_then(|assert| assert.test.as_call_expr());
    call.and_then(|call| last_name(&call.func)).is_some_and(|name| ready.contains(&name))
}

/// Whether a block is a test of its own.
fn is_subtest(with: &StmtWith) -> bool {
    let names =
        with.items.iter().filter_map(|item| item.context_expr.as_call_expr()).filter_map(|call| last_name(&call.func));
    names.into_iter().any(|name| matches!(name, "subTest" | "subtest"))
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
