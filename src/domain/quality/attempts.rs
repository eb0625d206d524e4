//! Assertions of handlers of errors, and those that a handler swallows: whether it is settled that they run.

use super::assertion::{fails, first, is_assertion, mentioned, says_truth};
use super::branches::is_generated;
use super::check::Look;
use super::code::module;
use super::excused::is_decorated;
use super::isolation::CHANGING;
use super::language::is_of_language;
use super::outcomes::{Outcome, is_self};
use super::raisers::{asks_nothing, calls_raiser, divides_by_zero, is_raising_elsewhere, is_raising_in_another};
use super::reach::{ends, fails_at_last};
use super::repeats::claims_absence;
use super::walk::{calls, documentation, expressions, given, names, root, statements};
use crate::domain::python::last_name;
use ruff_python_ast::{CmpOp, ExceptHandler, ExceptHandlerExceptHandler, Expr, ExprCall, Stmt, StmtTry};
use ruff_text_size::{Ranged, TextRange, TextSize};
use std::collections::BTreeSet;

/// Words of comments that say that it is as well where nothing is raised.
const ALLOWING: [&str; 7] = ["without ", "either", "may ", "might", "could", "fine", "ok"];

/// Assertions in an `except`, and assertions that an `except` swallows.
pub fn attempt<'a>(look: &mut Look<'a, '_>, attempt: &'a StmtTry, rest: &[Stmt]) -> bool {
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
        let body = handler.body.get(..end)?;
        let asserted = first(look.source, body).filter(|stmt| !fails_by_flag(body, stmt));
        asserted.map(|stmt| (stmt, handler.type_.as_deref()))
    });
    let Some((dead, caught)) = handled.next().filter(|(_, caught)| !caught.is_some_and(is_circumstance)) else {
        return false;
    };
    // A comment between both, or above the whole, says why.
    let from = caught.map_or(attempt.start(), Ranged::start);
    if look.source.is_below_comment(attempt)
        || is_allowed(look, attempt, from)
        || look.source.slice(&TextRange::new(from, dead.start())).contains('#')
    {
        return false;
    }
    let caught = caught.map_or_else(|| "anything".to_owned(), |caught| look.source.shown(caught));
    look.find_asserting("uncertain-assertion", dead, format!("it is run only if {caught} is raised"));
    true
}

/// Whether a comment in a block, or the documentation of the test, says that it is as well where nothing is raised.
fn is_allowed(look: &Look<'_, '_>, attempt: &StmtTry, from: TextSize) -> bool {
    let within = look.source.slice(&TextRange::new(attempt.start(), from)).to_lowercase();
    let said = documentation(&look.case.def.body).unwrap_or_default().to_lowercase().replace("n't", " not");
    within.split('#').skip(1).any(|comment| ALLOWING.iter().any(|word| comment.contains(word)))
        || ["not crash", "without crash", "not raise", "no error"].iter().any(|word| said.contains(word))
}

/// Whether an assertion behind an attempt looks at what a function of the test has noted meanwhile: `calls.append(…)`.
fn looks_at_noted(look: &Look<'_, '_>, behind: &[&Stmt]) -> bool {
    let own = statements(look.case.body()).into_iter().filter_map(Stmt::as_function_def_stmt);
    let changed = own.flat_map(|def| statements(&def.body)).flat_map(calls).filter_map(|call| {
        let method = call.func.as_attribute_expr().filter(|of| CHANGING.contains(&of.attr.as_str()))?;
        method.value.as_name_expr().map(|name| name.id.as_str())
    });
    let noted: BTreeSet<&str> = changed.filter(|name| look.locals.contains(name)).collect();
    // What stands in another branch, or in a loop, may not be run itself.
    let plain = behind.iter().filter(|stmt| look.case.body().iter().any(|own| own.range() == stmt.range()));
    let plain: Vec<&Stmt> = plain.copied().collect();
    mentioned(look.source, &plain).iter().any(|name| noted.contains(name))
}

/// Whether an assertion fails by a flag that is put down above it: `is_sent = False` and `assert is_sent`.
fn fails_by_flag(body: &[Stmt], asserted: &Stmt) -> bool {
    let flag = asserted.as_assert_stmt().and_then(|assert| assert.test.as_name_expr());
    let mut above = body.iter().filter(|stmt| stmt.end() <= asserted.start()).filter_map(Stmt::as_assign_stmt);
    flag.is_some_and(|flag| {
        above.any(|assign| {
            let is_flag = |target: &Expr| target.as_name_expr().is_some_and(|name| name.id == flag.id);
            assign.targets.iter().any(is_flag) && says_truth(&assign.value) == Some(false)
        })
    })
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
        || looks_at_noted(look, &behind)
        || behind.iter().copied().flat_map(calls).any(asks_mock)
        || handlers().all(tolerates)
        || handlers().all(|handler| ends_well(look, handler))
        // A program that is asked for help ends.
        || handlers().all(exits) && attempt.body.iter().any(|stmt| look.source.slice(stmt).contains("\"--help\""))
        // A program may end by it or without it; what it did is looked at.
        || handlers().all(exits) && behind.iter().any(|stmt| is_assertion(look.source, stmt))
        || statements(&attempt.body).into_iter().flat_map(calls).all(|call| is_settled(look, call))
}

/// Whether a handler says that a program that ends has ended well, as one that only returns has: `assert end.code in (0, None)`.
fn ends_well(look: &Look<'_, '_>, handler: &ExceptHandlerExceptHandler) -> bool {
    let mut asserted = statements(&handler.body).into_iter().filter(|stmt| is_assertion(look.source, stmt));
    // `None` is what a program ends with that says nothing.
    let is_well = |stmt: &Stmt| {
        let words = look.source.slice(stmt);
        words.contains("code") && words.contains("None") && !words.contains("not ") && !words.contains("!=")
    };
    exits(handler) && asserted.all(is_well)
}

/// Whether a handler says which errors of the system may be: `assert error.errno in (EPERM, EACCES)`.
fn tolerates(handler: &ExceptHandlerExceptHandler) -> bool {
    let is_number = |expr: &Expr| last_name(expr) == Some("errno");
    let is_one_of = |expr: &Expr| match expr {
        Expr::Compare(compare) => compare.ops.contains(&CmpOp::In) && is_number(&compare.left),
        Expr::Call(call) => {
            last_name(&call.func) == Some("assertIn") && call.arguments.args.first().is_some_and(is_number)
        }
        _ => false,
    };
    statements(&handler.body).into_iter().flat_map(expressions).any(is_one_of)
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
    let is_written = call.func.as_attribute_expr().is_some_and(|of| of.value.is_literal_expr());
    // `compile("1 +", "<input>", "exec")`
    let is_compiled = last_name(&call.func) == Some("compile") && given(call).all(Expr::is_literal_expr);
    is_of_language(look, &call.func) || is_written || is_compiled || is_of_other(look, call)
}

/// Whether a call is one of a package that is neither the language's nor the project's, be it of an object that the test has from
/// there: that it raises what it does is not asked of the code.
fn is_of_other(look: &Look<'_, '_>, call: &ExprCall) -> bool {
    let Some(codes) = look.about.codes else { return false };
    let made = root(&call.func).map_or(&[][..], |name| look.values(name));
    let callee = match made {
        [Expr::Call(made)] if call.func.is_attribute_expr() => &made.func,
        _ => &call.func,
    };
    let meaning = look.source.meaning(callee, &look.locals).or_else(|| look.source.meaning(callee, &BTreeSet::new()));
    let Some(meaning) = meaning.filter(|meaning| meaning.contains('.') && !meaning.starts_with('.')) else {
        return false;
    };
    let first = meaning.split('.').next().unwrap_or_default();
    let is_helper = root(callee).is_some_and(|name| look.source.is_helper(name));
    !is_helper && codes(first).is_none() && module(codes, &meaning).is_none() && !is_spoken_of_as_own(look, first)
}

/// Whether the source replaces parts of a package, or names a file of it: then it is taken for the project's own.
fn is_spoken_of_as_own(look: &Look<'_, '_>, package: &str) -> bool {
    let text = look.source.text;
    [format!("\"{package}."), format!("'{package}."), format!("{package}/")].iter().any(|word| text.contains(word))
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
