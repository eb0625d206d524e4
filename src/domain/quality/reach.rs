//! Assertions that may not run: in a branch, an `except`, a loop over nothing, behind the end.

use super::assertion::{expects_error, fails, first, is_assertion, mentioned};
use super::behind::raising;
use super::branches::{branch, is_generated};
use super::check::Look;
use super::excused::is_decorated;
use super::language::is_of_language;
use super::outcomes::{Outcome, is_self};
use super::repeats::{claims_absence, repeat};
use super::walk::{blocks, calls, everything, expressions, given, names, root, statements};
use super::words::others_with;
use crate::domain::python::{applied, dotted, last_name};
use ruff_python_ast::{
    ExceptHandler, ExceptHandlerExceptHandler, Expr, ExprCall, Stmt, StmtFunctionDef, StmtIf, StmtTry,
};
use ruff_text_size::{Ranged, TextRange};
use std::collections::BTreeSet;

/// Looks at the assertions of a test.
pub fn check<'a>(look: &mut Look<'a, '_>) {
    // Where Python cannot read a source, what stands in what is a guess.
    if !look.source.syntax.is_whole() {
        return;
    }
    never_called(look);
    // What the child of a fork asserts, its parent sees by how it ended.
    if !everything(look.case.body()).into_iter().filter_map(Expr::as_call_expr).any(is_fork) {
        block(look, look.case.body());
    }
}

fn is_fork(call: &ExprCall) -> bool {
    last_name(&call.func) == Some("fork")
}

fn block<'a>(look: &mut Look<'a, '_>, body: &'a [Stmt]) {
    // A class may have a `fail` of its own, which goes on.
    let is_own = |stmt: &Stmt| {
        let called =
            stmt.as_expr_stmt().and_then(|stmt| stmt.value.as_call_expr()).and_then(|call| last_name(&call.func));
        called.is_some_and(|name| look.source.functions.contains_key(name))
    };
    // A test that is to fail, and fails at once, is put off.
    let is_put_off = |stmt: &Stmt| fails(stmt) && is_to_fail(look);
    if let Some(at) = body.iter().position(|stmt| ends(stmt) && !leaves(stmt) && !is_own(stmt) && !is_put_off(stmt)) {
        let behind = body.get(at + 1..).unwrap_or_default();
        if let (Some(end), Some(dead)) = (body.get(at), first(look.source, behind)) {
            let what = format!("it stands behind `{}`", look.source.shown(end));
            look.find_asserting("unreachable-assertion", dead, what);
        }
    }
    for (at, stmt) in body.iter().enumerate() {
        let is_told = match stmt {
            Stmt::If(chosen) if is_either(look, chosen, body.get(at + 1..).unwrap_or_default()) => false,
            Stmt::If(chosen) if returns_before_others(look, chosen) => false,
            Stmt::If(chosen) => branch(look, chosen),
            Stmt::For(turns) => repeat(look, turns),
            Stmt::Try(attempt) => self::attempt(look, attempt, body.get(at + 1..).unwrap_or_default()),
            Stmt::With(with) => {
                raising(look, with);
                false
            }
            _ => false,
        };
        if !is_told {
            blocks(stmt).into_iter().for_each(|inner| block(look, inner));
        }
    }
}

/// Whether a mark says that the test fails.
fn is_to_fail(look: &Look<'_, '_>) -> bool {
    let mut marks = look.case.def.decorator_list.iter().filter_map(|decorator| applied(&decorator.expression));
    marks.any(|name| name.ends_with("expectedFailure") || name.ends_with("xfail"))
}

/// Whether nothing behind a statement of the same block is run.
#[must_use]
pub fn ends(stmt: &Stmt) -> bool {
    matches!(stmt, Stmt::Return(_) | Stmt::Raise(_) | Stmt::Continue(_) | Stmt::Break(_))
        || stmt.as_expr_stmt().and_then(|stmt| stmt.value.as_call_expr()).is_some_and(|call| {
            let name = dotted(&call.func);
            matches!(
                name.as_deref(),
                Some("pytest.fail" | "pytest.skip" | "self.fail" | "self.skipTest" | "pytest.xfail")
            )
        })
}

/// Whether a statement leaves the whole test out: what stands behind it waits for better days.
#[must_use]
pub fn leaves(stmt: &Stmt) -> bool {
    let raised = stmt.as_raise_stmt().and_then(|raise| raise.exc.as_deref()).and_then(last_name);
    let mut called = calls(stmt).filter_map(|call| last_name(&call.func)).chain(raised);
    called.any(|name| matches!(name, "skip" | "skipTest" | "xfail" | "SkipTest" | "TestSkipped"))
}

/// Whether a condition asserts and ends the turn, and what stands behind it asserts otherwise: one of both is run.
fn is_either(look: &Look<'_, '_>, branch: &StmtIf, rest: &[Stmt]) -> bool {
    branch.elif_else_clauses.is_empty()
        && branch.body.last().is_some_and(ends)
        && first(look.source, &branch.body).is_some()
        && first(look.source, rest).is_some()
}

/// Whether a condition asserts and ends the test, and what stands behind it anywhere asserts otherwise: one of both is run.
fn returns_before_others(look: &Look<'_, '_>, branch: &StmtIf) -> bool {
    let mut behind = statements(look.case.body()).into_iter().filter(|stmt| stmt.start() >= branch.range.end());
    branch.elif_else_clauses.is_empty()
        && branch.body.last().is_some_and(Stmt::is_return_stmt)
        && first(look.source, &branch.body).is_some()
        && behind.any(|stmt| is_assertion(look.source, stmt))
}

/// Whether the test asserts elsewhere that the very call raises: `with pytest.raises(ValueError): f("x")`.
fn is_raising_elsewhere(look: &Look<'_, '_>, attempt: &StmtTry) -> bool {
    let Some(last) = attempt.body.last() else { return false };
    let said = look.source.slice(last);
    let call = last.as_expr_stmt().and_then(|only| only.value.as_call_expr());
    // `other.send(1)` beside `shop.send(1)`
    let is_alike = |other: &ExprCall| {
        let words = |call: &ExprCall| call.arguments.args.iter().map(|arg| look.source.slice(arg)).collect::<Vec<_>>();
        call.is_some_and(|call| {
            !call.arguments.args.is_empty()
                && last_name(&call.func) == last_name(&other.func)
                && words(call) == words(other)
        })
    };
    let placed = call.into_iter().flat_map(|call| [&*call.func].into_iter().chain(&call.arguments.args));
    // By name or by place, it is handed the same: `read, 0, out` and `read(0, out=out)`.
    let named = call.into_iter().flat_map(|call| &call.arguments.keywords).map(|keyword| &keyword.value);
    let handed: Vec<&str> = placed.chain(named).map(|part| look.source.slice(part)).collect();
    statements(look.case.body()).into_iter().any(|stmt| match stmt {
        Stmt::With(with) => {
            let is_it = |inner: &Stmt| look.source.slice(inner) == said || calls(inner).any(is_alike);
            expects_error(with) && with.body.iter().any(is_it)
        }
        stmt => calls(stmt).any(|other| {
            let expects = matches!(last_name(&other.func), Some("assertRaises" | "raises"));
            let given = other.arguments.args.iter().skip(1).map(|arg| look.source.slice(arg));
            let lambdas = other.arguments.args.iter().filter_map(Expr::as_lambda_expr);
            let in_lambda = lambdas.into_iter().any(|lambda| look.source.slice(&*lambda.body) == said);
            expects && (in_lambda || given.eq(handed.iter().copied()))
        }),
    })
}

/// Whether another test of the file asserts that a call of the same function or method raises the same error.
fn is_raising_in_another(look: &Look<'_, '_>, attempt: &StmtTry) -> bool {
    let called = attempt.body.last().into_iter().flat_map(calls).last();
    let Some(name) = called.and_then(|call| last_name(&call.func)) else { return false };
    let caught = attempt.handlers.iter().filter_map(|ExceptHandler::ExceptHandler(handler)| handler.type_.as_deref());
    let caught: Vec<&str> = caught.filter_map(last_name).collect();
    let is_it = |call: &ExprCall| last_name(&call.func) == Some(name);
    others_with(look.source, look.case, name).any(|case| {
        let mut all = statements(&case.def.body).into_iter().filter_map(Stmt::as_with_stmt);
        all.any(|with| {
            let mut words = with.items.iter().map(|item| look.source.slice(item));
            expects_error(with)
                && words.any(|words| caught.iter().any(|caught| words.contains(caught)))
                && with.body.iter().flat_map(calls).any(is_it)
        })
    })
}

/// A function that the test defines, that asserts, and that nothing mentions.
fn never_called<'a>(look: &mut Look<'a, '_>) {
    // What a decorator makes of a test, be it to read its source, is not known.
    if is_decorated(look) {
        return;
    }
    let body = look.case.body();
    let mentioned: BTreeSet<&str> =
        everything(body).into_iter().filter_map(Expr::as_name_expr).map(|name| name.id.as_str()).collect();
    let is_dynamic = ["locals", "globals", "eval", "exec", "vars"].iter().any(|name| mentioned.contains(name));
    for def in statements(body).into_iter().filter_map(Stmt::as_function_def_stmt) {
        let is_used = mentioned.contains(def.name.as_str()) || !def.decorator_list.is_empty() || is_dynamic;
        let asserted = statements(&def.body).into_iter().find(|stmt| stmt.is_assert_stmt());
        if let Some(dead) = asserted.filter(|_| !is_used) {
            let what = format!("nothing calls {}, in which it stands", def.name.as_str());
            look.find_asserting("unreachable-assertion", dead, what);
        }
    }
}

/// Whether what asserts leaves the test, and the test fails at its end: one of both happens.
#[must_use]
pub fn fails_at_last(look: &Look<'_, '_>, body: &[Stmt]) -> bool {
    let leaves = statements(body).into_iter().any(Stmt::is_return_stmt);
    leaves && look.case.body().last().is_some_and(fails)
}

/// Assertions in an `except`, and assertions that an `except` swallows.
fn attempt<'a>(look: &mut Look<'a, '_>, attempt: &'a StmtTry, rest: &[Stmt]) -> bool {
    let asserted = statements(&attempt.body).into_iter().find(|stmt| stmt.is_assert_stmt() && !fails(stmt));
    for ExceptHandler::ExceptHandler(handler) in &attempt.handlers {
        let caught = handler.type_.as_deref().map_or(Some("everything"), last_name);
        let is_all = matches!(caught, Some("everything" | "Exception" | "BaseException" | "AssertionError"));
        // A handler that does or says something may have its reasons, and one above it may have raised the failure again.
        let goes_on = attempt.handlers.len() == 1
            && handler.body.iter().all(Stmt::is_pass_stmt)
            && !look.source.slice(handler).contains('#');
        // Tried again until it holds, and a failure where it never does.
        let is_retried = fails_at_last(look, &attempt.body);
        if let Some(asserted) = asserted.filter(|_| is_all && goes_on && !is_retried && !is_noted(look, attempt)) {
            let what = format!("an except for {} swallows it", caught.unwrap_or("everything"));
            look.find("empty-assertion", asserted, what);
            return true;
        }
    }
    // What a decorator makes of an error, or of none, is not known.
    if is_decided(look, attempt, rest) || is_clearing(look, attempt) || is_decorated(look) {
        return false;
    }
    let mut handled = attempt.handlers.iter().filter_map(|ExceptHandler::ExceptHandler(handler)| {
        // What stands behind an end in it is not run at all.
        let end = handler.body.iter().position(ends).unwrap_or(handler.body.len());
        first(look.source, handler.body.get(..end)?).map(|stmt| (stmt, handler.type_.as_deref()))
    });
    let Some((dead, caught)) = handled.next().filter(|(_, caught)| !caught.is_some_and(is_circumstance)) else {
        return false;
    };
    // A comment between both, or above the whole, says why.
    let from = caught.map_or(attempt.start(), Ranged::start);
    let before = look.source.slice(&TextRange::up_to(attempt.start()));
    let is_explained = before.lines().rev().nth(1).is_some_and(|line| line.trim_start().starts_with('#'));
    if is_explained || look.source.slice(&TextRange::new(from, dead.start())).contains('#') {
        return false;
    }
    let caught = caught.map_or_else(|| "anything".to_owned(), |caught| look.source.shown(caught));
    look.find_asserting("uncertain-assertion", dead, format!("it is run only if {caught} is raised"));
    true
}

/// Whether an attempt only clears away what the test leaves: it stands in a `finally`.
fn is_clearing(look: &Look<'_, '_>, attempt: &StmtTry) -> bool {
    let mut around = statements(look.case.body()).into_iter().filter_map(Stmt::as_try_stmt);
    around.any(|outer| outer.finalbody.iter().any(|stmt| stmt.range().contains_range(attempt.range)))
}

/// Whether it is settled that the handlers are run, or something else of the test tells that they were.
fn is_decided(look: &Look<'_, '_>, attempt: &StmtTry, rest: &[Stmt]) -> bool {
    let handlers = || attempt.handlers.iter().map(|ExceptHandler::ExceptHandler(handler)| handler);
    let says = |stmt: &Stmt| fails(stmt) || is_assertion(look.source, stmt);
    let behind: Vec<&Stmt> = statements(look.case.body());
    let behind: Vec<&Stmt> = behind.into_iter().filter(|stmt| stmt.start() >= attempt.range.end()).collect();
    // The handler leaves the test, or the turn of a loop, and what stands behind it asserts otherwise: one of both is run.
    let is_last = |is: &dyn Fn(&Stmt) -> bool| handlers().all(|handler| handler.body.last().is_some_and(is));
    let is_either = is_last(&Stmt::is_return_stmt) && rest.iter().flat_map(calls).next().is_some()
        || is_last(&|last| last.is_continue_stmt() || last.is_break_stmt()) && behind.iter().any(|stmt| says(stmt));
    is_either
        || is_generated(look)
        // The test goes on with what was made, where nothing was raised.
        || goes_on_with(&attempt.body, &behind)
        || goes_on_with_error(look, attempt, &behind)
        || is_repeated(look, attempt)
        || is_raising_elsewhere(look, attempt)
        || is_raising_in_another(look, attempt)
        || is_noted(look, attempt)
        || statements(&attempt.body).into_iter().any(|stmt| says(stmt) || ends(stmt) || divides_by_zero(stmt))
        || statements(&attempt.orelse).into_iter().any(|stmt| says(stmt) || ends(stmt))
        // An error that is tolerated is only not to be of one kind.
        || handlers().all(|handler| claims_absence(look, &handler.body))
        // Another error is expected, and this one tolerated.
        || handlers().any(|handler| !statements(&handler.body).into_iter().any(|stmt| says(stmt) || ends(stmt)))
        || handlers().any(|handler| fails_at_last(look, &handler.body))
        || handlers().any(|handler| statements(&handler.body).into_iter().any(Stmt::is_raise_stmt))
        || attempt.body.iter().any(|stmt| calls_raiser(look, stmt) || asks_nothing(look, stmt))
        || statements(&attempt.body).into_iter().any(|stmt| Outcome::hangs_on_parameter(look, stmt))
        || looks_at_object(look, attempt, &behind)
        || behind.iter().copied().flat_map(calls).any(asks_mock)
        // A program may end by it or without it; what it did is looked at.
        || handlers().all(exits) && behind.iter().any(|stmt| is_assertion(look.source, stmt))
        || statements(&attempt.body).into_iter().flat_map(calls).all(|call| is_settled(look, call))
}

/// Whether a statement asks something of nothing, which raises: `none.send()` after `none = None`.
fn asks_nothing(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let owners = calls(stmt).filter_map(|call| call.func.as_attribute_expr()?.value.as_name_expr());
    let mut values = owners.map(|owner| look.values(owner.id.as_str()));
    values.any(|values| matches!(values, [only] if only.is_none_literal_expr()))
}

/// Whether a handler is for the end of a program.
fn exits(handler: &ExceptHandlerExceptHandler) -> bool {
    handler.type_.as_deref().and_then(last_name) == Some("SystemExit")
}

/// Whether a call asserts on how a mock was called: how far the code came.
fn asks_mock(call: &ExprCall) -> bool {
    let words = ["assert_called", "assert_any_call", "assert_has_calls", "assert_awaited"];
    last_name(&call.func).is_some_and(|name| words.iter().any(|word| name.starts_with(word)))
}

/// Whether an assertion behind an attempt looks at something that the block acts on, or that was made of it since: how that is
/// left, raised or not.
fn looks_at_object(look: &Look<'_, '_>, attempt: &StmtTry, behind: &[&Stmt]) -> bool {
    let called = statements(&attempt.body).into_iter().flat_map(calls);
    let called = called.flat_map(|call| given(call).flat_map(names).chain(root(&call.func)));
    let mut acted: BTreeSet<&str> = called.filter(|name| look.locals.contains(name) && !is_self(name)).collect();
    behind.iter().any(|stmt| {
        let all = expressions(stmt);
        let is_of = all.iter().copied().flat_map(names).any(|name| acted.contains(name));
        let made = stmt.as_assign_stmt().filter(|_| is_of).into_iter().flat_map(|assign| &assign.targets);
        acted.extend(made.flat_map(names));
        is_of && is_assertion(look.source, stmt)
    })
}

/// Whether a call is one of the language, be it of a written value: `"x".encode("ascii")`.
fn is_settled(look: &Look<'_, '_>, call: &ExprCall) -> bool {
    is_of_language(look, &call.func) || call.func.as_attribute_expr().is_some_and(|of| of.value.is_literal_expr())
}

/// Whether a block stands in a loop in which only some turns may raise: one over anything but what the test writes out, or one
/// whose handler does not look at the error.
fn is_repeated(look: &Look<'_, '_>, attempt: &StmtTry) -> bool {
    let is_display = |expr: &Expr| expr.is_list_expr() || expr.is_tuple_expr() || expr.is_set_expr();
    let is_written = |iter: &Expr| {
        let values = iter.as_name_expr().map(|name| look.values(name.id.as_str())).unwrap_or_default();
        is_display(iter) || !values.is_empty() && values.iter().all(|value| is_display(value))
    };
    let is_told = attempt.handlers.iter().all(|ExceptHandler::ExceptHandler(handler)| {
        let asserted: Vec<&Stmt> = statements(&handler.body);
        handler.name.as_ref().is_some_and(|name| mentioned(look.source, &asserted).contains(name.as_str()))
    });
    let mut loops = statements(look.case.body()).into_iter().filter(|stmt| stmt.range().contains_range(attempt.range));
    loops.any(|stmt| match stmt {
        Stmt::For(repeat) => !is_told || !is_written(&repeat.iter),
        stmt => stmt.is_while_stmt(),
    })
}

/// Whether an error comes from the machine, its speed, or what is installed: an act may well do without it.
fn is_circumstance(caught: &Expr) -> bool {
    super::walk::within(caught).into_iter().filter_map(last_name).any(|name| {
        name.to_lowercase().contains("timeout")
            || matches!(name, "ImportError" | "ModuleNotFoundError" | "NotImplementedError" | "error" | "StopIteration")
    })
}

/// Whether statements read a name that others bind.
fn goes_on_with(made: &[Stmt], rest: &[&Stmt]) -> bool {
    reads_any(rest, &bound(statements(made).into_iter()).collect())
}

/// The names that statements bind.
fn bound<'a>(all: impl Iterator<Item = &'a Stmt>) -> impl Iterator<Item = &'a str> {
    let names = all.flat_map(expressions).filter_map(Expr::as_name_expr);
    names.filter(|name| name.ctx.is_store()).map(|name| name.id.as_str())
}

/// Whether statements read one of these names.
fn reads_any(all: &[&Stmt], wanted: &BTreeSet<&str>) -> bool {
    let mut names = all.iter().copied().flat_map(expressions).filter_map(Expr::as_name_expr);
    names.any(|name| name.ctx.is_load() && wanted.contains(name.id.as_str()))
}

/// Whether the test goes on with what every handler makes, and nothing made it before: without an error it would fail there.
fn goes_on_with_error(look: &Look<'_, '_>, attempt: &StmtTry, behind: &[&Stmt]) -> bool {
    let ahead = statements(look.case.body()).into_iter().filter(|stmt| stmt.end() <= attempt.start());
    let before: BTreeSet<&str> = bound(ahead).chain(look.case.parameters()).collect();
    let inside = bound(statements(&attempt.body).into_iter().chain(statements(&attempt.orelse)));
    let before: BTreeSet<&str> = before.into_iter().chain(inside).collect();
    attempt.handlers.iter().all(|ExceptHandler::ExceptHandler(handler)| {
        let made = bound(statements(&handler.body).into_iter()).filter(|name| !before.contains(name));
        reads_any(behind, &made.collect())
    })
}

/// Whether a later assertion looks at what the block or a handler noted: `caught = True`, and then `assert caught`.
fn is_noted(look: &Look<'_, '_>, attempt: &StmtTry) -> bool {
    let handlers = attempt.handlers.iter().map(|ExceptHandler::ExceptHandler(handler)| handler);
    let inside = handlers.flat_map(|handler| statements(&handler.body)).chain(statements(&attempt.body));
    let stored = inside.flat_map(expressions).filter_map(|expr| match expr {
        Expr::Name(name) if name.ctx.is_store() => Some(name.id.as_str()),
        // `failed[0] = True`, and `state.failed = True`.
        Expr::Subscript(subscript) if subscript.ctx.is_store() => root(&subscript.value),
        Expr::Attribute(attribute) if attribute.ctx.is_store() => root(&attribute.value),
        _ => None,
    });
    let stored: BTreeSet<&str> = stored.filter(|name| !is_self(name)).collect();
    let outside = statements(look.case.body()).into_iter();
    let outside: Vec<&Stmt> = outside.filter(|stmt| !attempt.range.contains_range(stmt.range())).collect();
    let mentioned = mentioned(look.source, &outside);
    // `if failed: raise AssertionError(…)` looks at it as well.
    let failing = outside.iter().filter_map(|stmt| stmt.as_if_stmt()).filter(|branch| branch.body.iter().any(fails));
    let asked: BTreeSet<&str> = failing.flat_map(|branch| super::walk::names(&branch.test)).collect();
    stored.iter().any(|name| mentioned.contains(name) || asked.contains(name))
}

/// Whether a statement is a division that raises whatever happens: `1 / 0`.
fn divides_by_zero(stmt: &Stmt) -> bool {
    let division = stmt.as_expr_stmt().and_then(|stmt| stmt.value.as_bin_op_expr());
    let divisor = division.filter(|both| both.op == ruff_python_ast::Operator::Div).map(|both| &*both.right);
    let number = divisor.and_then(Expr::as_number_literal_expr).and_then(|literal| literal.value.as_int());
    number.is_some_and(|int| *int == 0)
}

/// Whether a statement calls a function of the test, of its source or of a helper beside it that raises whatever happens, as far as
/// is known.
fn calls_raiser(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let plainly = |def: &StmtFunctionDef| def.body.iter().any(|stmt| stmt.is_raise_stmt() || divides_by_zero(stmt));
    let called = |stmt: &Stmt| {
        let call = stmt.as_expr_stmt().and_then(|stmt| stmt.value.as_call_expr());
        let defs = call.and_then(|call| look.source.functions.get(last_name(&call.func)?));
        defs.is_some_and(|defs| defs.iter().all(|def| plainly(def)))
    };
    let raises = |def: &StmtFunctionDef| plainly(def) || def.body.iter().any(called);
    let own = statements(&look.case.def.body).into_iter().filter_map(Stmt::as_function_def_stmt);
    let own: Vec<_> = own.map(|def| def.name.as_str()).collect();
    let classes = statements(&look.case.def.body).into_iter().filter_map(Stmt::as_class_def_stmt);
    let classes: Vec<_> = classes.map(|class| class.name.as_str()).collect();
    let is_helper = |call: &ExprCall| {
        let meaning = look.source.meaning(&call.func, &look.locals).unwrap_or_default();
        meaning.split('.').any(|part| part.starts_with("test") || part.contains("helper"))
    };
    calls(stmt).filter(|call| is_helper(call)).count() > 0
        || calls(stmt).filter_map(|call| last_name(&call.func)).any(|name| {
            let of_source = look.source.functions.get(name).is_some_and(|defs| defs.iter().all(|def| raises(def)));
            // A function of a table that the test goes through, or a class of the tests.
            let is_class = look.source.classes.contains_key(name) || classes.contains(&name);
            own.contains(&name) || is_class || of_source || !look.turns(name).is_empty()
        })
        // `next(made)` of `made = numbers()`, which the test defines
        || calls(stmt).flat_map(given).filter_map(Expr::as_name_expr).flat_map(|name| look.values(name.id.as_str())).any(
            |value| value.as_call_expr().and_then(|made| last_name(&made.func)).is_some_and(|name| own.contains(&name)),
        )
}
