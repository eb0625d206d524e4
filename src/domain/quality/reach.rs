//! Assertions that may not run: in a branch, an `except`, a loop over nothing, behind the end.

use super::assertion::{expects_error, fails, first, is_assertion, is_calm, mentioned};
use super::check::Look;
use super::walk::{blocks, calls, everything, expressions, names, root, statements};
use crate::domain::python::{dotted, last_name};
use ruff_python_ast::{ExceptHandler, Expr, Stmt, StmtFor, StmtIf, StmtTry, StmtWith};
use std::collections::BTreeSet;

/// Calls that give as many items as they are given.
const PASSING: [&str; 12] = [
    "enumerate",
    "zip",
    "sorted",
    "reversed",
    "list",
    "tuple",
    "set",
    "iter",
    "product",
    "permutations",
    "chain",
    "cycle",
];

/// Looks at the assertions of a test.
pub fn check<'a>(look: &mut Look<'a, '_>) {
    never_called(look);
    block(look, look.case.body());
}

fn block<'a>(look: &mut Look<'a, '_>, body: &'a [Stmt]) {
    if let Some(at) = body.iter().position(|stmt| ends(stmt) && !leaves(stmt)) {
        let behind = body.get(at + 1..).unwrap_or_default();
        if let (Some(end), Some(dead)) = (body.get(at), first(look.source, behind)) {
            let what = format!("it stands behind `{}`", look.source.shown(end));
            look.find_asserting("unreachable-assertion", dead, what);
        }
    }
    for (at, stmt) in body.iter().enumerate() {
        let is_told = match stmt {
            Stmt::If(branch) if is_either(look, branch, body.get(at + 1..).unwrap_or_default()) => false,
            Stmt::If(branch) => self::branch(look, branch),
            Stmt::For(repeat) => self::repeat(look, repeat),
            Stmt::Try(attempt) => self::attempt(look, attempt),
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

/// Whether nothing behind a statement of the same block is run.
fn ends(stmt: &Stmt) -> bool {
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
fn leaves(stmt: &Stmt) -> bool {
    let raised = stmt.as_raise_stmt().and_then(|raise| raise.exc.as_deref()).and_then(last_name);
    let mut called = calls(stmt).filter_map(|call| last_name(&call.func)).chain(raised);
    called.any(|name| matches!(name, "skip" | "skipTest" | "xfail" | "SkipTest"))
}

/// Whether a condition asserts and ends the turn, and what stands behind it asserts otherwise: one of both is run.
fn is_either(look: &Look<'_, '_>, branch: &StmtIf, rest: &[Stmt]) -> bool {
    branch.elif_else_clauses.is_empty()
        && branch.body.last().is_some_and(ends)
        && first(look.source, &branch.body).is_some()
        && first(look.source, rest).is_some()
}

/// A function that the test defines, that asserts, and that nothing mentions.
fn never_called<'a>(look: &mut Look<'a, '_>) {
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

/// Assertions in one branch of a condition only.
fn branch<'a>(look: &mut Look<'a, '_>, branch: &'a StmtIf) -> bool {
    let else_body = branch.elif_else_clauses.iter().find(|clause| clause.test.is_none());
    let bodies: Vec<&[Stmt]> =
        [&*branch.body].into_iter().chain(branch.elif_else_clauses.iter().map(|clause| &*clause.body)).collect();
    let found: Vec<Option<&Stmt>> = bodies.iter().map(|body| first(look.source, body)).collect();
    let decides =
        |body: &&[Stmt]| body.iter().any(|stmt| fails(stmt) || ends(stmt)) || first(look.source, body).is_some();
    let is_covered = else_body.is_some() && bodies.iter().all(decides);
    let tests = branch.elif_else_clauses.iter().filter_map(|clause| clause.test.as_ref()).chain([&*branch.test]);
    let is_chosen = is_generated(look) || tests.into_iter().all(|test| is_settled(look, test));
    let at = found.iter().position(Option::is_some).filter(|_| !is_covered && !is_chosen);
    let Some((at, asserted)) = at.and_then(|at| Some((at, found.get(at).copied().flatten()?))) else { return false };
    if is_told_later(look, branch) || is_asserted_elsewhere(look, branch) || fails_at_last(look, &branch.body) {
        return true;
    }
    let own = match at {
        0 => Some(&*branch.test),
        at => branch.elif_else_clauses.get(at - 1).and_then(|clause| clause.test.as_ref()),
    };
    let what = match own {
        Some(test) => format!("it is run only if {}", look.source.shown(test)),
        None => format!("it is run only if not ({})", look.source.shown(&*branch.test)),
    };
    look.find_asserting("uncertain-assertion", asserted, what);
    true
}

/// Whether what asserts leaves the test, and the test fails at its end: one of both happens.
fn fails_at_last(look: &Look<'_, '_>, body: &[Stmt]) -> bool {
    let leaves = statements(body).into_iter().any(Stmt::is_return_stmt);
    leaves && look.case.body().last().is_some_and(fails)
}

/// Whether another assertion looks at what the condition asks about: `assert ("id" in row) == wanted`, `assert rows`.
fn is_asserted_elsewhere(look: &Look<'_, '_>, branch: &StmtIf) -> bool {
    let mut subject = &*branch.test;
    loop {
        subject = match subject {
            Expr::UnaryOp(unary) => &unary.operand,
            Expr::Compare(compare) if !compare.left.is_literal_expr() => &compare.left,
            _ => break,
        };
    }
    let asked = look.source.slice(subject);
    let all = statements(look.case.body()).into_iter();
    let outside = all.filter(|stmt| !branch.range.contains_range(ruff_text_size::Ranged::range(*stmt)));
    let mut asserted = outside.filter(|stmt| is_assertion(look.source, stmt) && !stmt.is_with_stmt());
    !asked.is_empty() && asserted.any(|stmt| mentions(look.source.slice(stmt), asked))
}

/// Whether a text has a name or an expression in it as a whole, not as part of a longer one.
fn mentions(text: &str, part: &str) -> bool {
    let is_of_name = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(part).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let behind = text.get(at + part.len()..).and_then(|behind| behind.chars().next());
        !before.is_some_and(is_of_name) && !behind.is_some_and(|c| is_of_name(c) || c == '.' || c == '[' || c == '(')
    })
}

/// Whether many made inputs go through the test, of which some are of each kind: `@given(text())`.
fn is_generated(look: &Look<'_, '_>) -> bool {
    let around = look.case.classes.iter().flat_map(|class| &class.decorator_list);
    let all = look.case.def.decorator_list.iter().chain(around);
    all.filter_map(|decorator| last_name(&decorator.expression)).any(|name| name == "given")
}

/// Whether a later assertion looks at what the branch noted: `found = True`, and then `assert found`.
fn is_told_later(look: &Look<'_, '_>, branch: &StmtIf) -> bool {
    let inside = statements(&branch.body).into_iter().flat_map(expressions).filter_map(Expr::as_name_expr);
    let mut stored: BTreeSet<&str> = inside.filter(|name| name.ctx.is_store()).map(|name| name.id.as_str()).collect();
    let noting = statements(&branch.body)
        .into_iter()
        .flat_map(calls)
        .filter(|call| matches!(last_name(&call.func), Some("append" | "add" | "extend" | "update")));
    stored.extend(noting.filter_map(|call| root(&call.func)).filter(|name| look.locals.contains(name)));
    let outside = statements(look.case.body()).into_iter();
    let outside: Vec<&Stmt> =
        outside.filter(|stmt| !branch.range.contains_range(ruff_text_size::Ranged::range(*stmt))).collect();
    let mentioned = mentioned(look.source, &outside);
    stored.iter().any(|name| mentioned.contains(name))
}

/// Whether a condition is settled before the test begins: by its parameters, the platform, a constant.
fn is_settled(look: &Look<'_, '_>, test: &Expr) -> bool {
    let parameters: BTreeSet<&str> = look.case.parameters().collect();
    let parts = super::walk::within(test);
    // The names of a comprehension in the condition itself.
    let bound: BTreeSet<&str> = parts
        .iter()
        .filter_map(|part| part.as_name_expr())
        .filter(|name| name.ctx.is_store())
        .map(|name| name.id.as_str())
        .collect();
    let known = |name: &str| {
        parameters.contains(name)
            || bound.contains(name)
            || is_own(test, name)
            || !look.locals.contains(name)
            || look.is_fixed(name)
    };
    let reads_parts = super::walk::within(test).into_iter().any(|expr| match expr {
        // A text that is looked at in another way is the same text.
        Expr::Attribute(attribute) if PLAIN.contains(&attribute.attr.as_str()) => false,
        Expr::Attribute(attribute) => root(&attribute.value)
            .is_some_and(|name| parameters.contains(name) && !look.case.parametrized().contains(name)),
        Expr::Call(call) => last_name(&call.func).is_some_and(|name| look.locals.contains(name)),
        _ => false,
    });
    let names = names(test);
    !names.is_empty() && names.into_iter().all(known) && !reads_parts
}

/// Attributes and methods that only look at a value in another way.
const PLAIN: [&str; 10] =
    ["lower", "upper", "replace", "strip", "startswith", "endswith", "split", "name", "value", "get"];

/// Whether all that a condition asks of the test's own class is a plain attribute, or a method without arguments:
/// `self.ssl`, `self.is_pypy()`.
fn is_own(test: &Expr, name: &str) -> bool {
    let parts = super::walk::within(test);
    let attributes = || parts.iter().filter_map(|part| part.as_attribute_expr());
    let is_self = |expr: &Expr| expr.as_name_expr().is_some_and(|owner| owner.id.as_str() == name);
    let is_deep = attributes().any(|outer| {
        outer.value.as_attribute_expr().is_some_and(|inner| is_self(&inner.value) && inner.attr.as_str() != "__class__")
    });
    matches!(name, "self" | "cls") && !is_deep && attributes().any(|attribute| is_self(&attribute.value))
}

/// Assertions in a loop that may have no turn.
fn repeat<'a>(look: &mut Look<'a, '_>, repeat: &'a StmtFor) -> bool {
    let Some(asserted) = first(look.source, &repeat.body) else { return false };
    // A loop that was not left fails the test: `else: pytest.fail(…)`.
    if repeat.orelse.iter().any(fails) {
        return true;
    }
    if is_generated(look) || look.is_filled(&repeat.iter) || is_sized(look, repeat) || fails_at_last(look, &repeat.body)
    {
        return false;
    }
    let what = format!("it is run only if {} has items", look.source.shown(base(look, &repeat.iter)));
    look.find_asserting("uncertain-assertion", asserted, what);
    true
}

/// What a loop goes through, without what is around it: `rows` of `enumerate(rows.items())`.
fn base<'e>(look: &Look<'_, '_>, iter: &'e Expr) -> &'e Expr {
    match iter {
        Expr::Call(call) => match (last_name(&call.func), call.arguments.args.first(), &*call.func) {
            (Some("items" | "keys" | "values"), None, Expr::Attribute(attribute)) => base(look, &attribute.value),
            (Some(name), Some(first), Expr::Name(_)) if PASSING.contains(&name) => {
                let open = call.arguments.args.iter().find(|arg| !look.is_filled(arg));
                base(look, open.unwrap_or(first))
            }
            _ => iter,
        },
        Expr::Subscript(subscript) if subscript.slice.is_slice_expr() => base(look, &subscript.value),
        _ => iter,
    }
}

/// Whether another assertion says that there are items, or one behind the loop looks at what it found.
fn is_sized(look: &Look<'_, '_>, repeat: &StmtFor) -> bool {
    let range = repeat.range;
    let all = statements(look.case.body());
    let outside: Vec<&Stmt> =
        all.into_iter().filter(|stmt| !range.contains_range(ruff_text_size::Ranged::range(*stmt))).collect();
    let inside = statements(&repeat.body);
    let stored: BTreeSet<&str> = inside
        .iter()
        .flat_map(|stmt| expressions(stmt))
        .chain(super::walk::within(&repeat.target))
        .filter_map(|expr| match expr {
            Expr::Name(name) if name.ctx.is_store() => Some(name.id.as_str()),
            // `next(wanted)` takes an item each turn.
            Expr::Call(call) if last_name(&call.func) == Some("next") => call.arguments.args.first().and_then(root),
            Expr::Call(call) => call.func.as_attribute_expr().and_then(|attribute| root(&attribute.value)),
            _ => None,
        })
        .collect();
    let mentioned = mentioned(look.source, &outside);
    if stored.iter().any(|name| mentioned.contains(name) && look.locals.contains(name)) {
        return true;
    }
    let base = base(look, &repeat.iter);
    let shown = look.source.slice(base);
    let root = root(base);
    // The calls of a mock are counted by other words.
    let counted = shown.strip_suffix("call_args_list").or_else(|| shown.strip_suffix("mock_calls"));
    let ways = ["call_count", "assert_called", "assert_any_call", "assert_has_calls", "called", "await_count"];
    // The whole of it is compared or handed on: `assert load(data) == {…}`.
    let is_whole = |stmt: &&Stmt| {
        let parts = expressions(stmt);
        let within: Vec<&Expr> = parts
            .iter()
            .filter_map(|expr| match expr {
                Expr::Attribute(attribute) => Some(&*attribute.value),
                Expr::Subscript(subscript) => Some(&*subscript.value),
                _ => None,
            })
            .collect();
        parts
            .iter()
            .filter(|expr| expr.as_name_expr().is_some_and(|name| Some(name.id.as_str()) == root))
            .any(|name| !within.iter().any(|owner| std::ptr::eq(*owner, *name)))
    };
    let asserted = outside.iter().filter(|stmt| is_assertion(look.source, stmt));
    asserted.into_iter().any(|stmt| {
        let words = look.source.slice(*stmt);
        let counts = words.contains("len(") || words.contains(".count") || words.contains("assertCount");
        let is_counted = counted.is_some_and(|mock| ways.iter().any(|way| words.contains(&format!("{mock}{way}"))));
        is_counted
            || words.contains(shown)
            || is_whole(stmt)
            || (counts && root.is_some_and(|root| words.contains(root)))
    })
}

/// Assertions in an `except`, and assertions that an `except` swallows.
fn attempt<'a>(look: &mut Look<'a, '_>, attempt: &'a StmtTry) -> bool {
    let asserted = statements(&attempt.body).into_iter().find(|stmt| stmt.is_assert_stmt());
    for ExceptHandler::ExceptHandler(handler) in &attempt.handlers {
        let caught = handler.type_.as_deref().map_or(Some("everything"), last_name);
        let is_all = matches!(caught, Some("everything" | "Exception" | "BaseException" | "AssertionError"));
        let goes_on = !statements(&handler.body)
            .into_iter()
            .any(|stmt| fails(stmt) || is_assertion(look.source, stmt) || ends(stmt));
        // Tried again until it holds, and a failure where it never does.
        let is_retried = fails_at_last(look, &attempt.body);
        if let Some(asserted) = asserted.filter(|_| is_all && goes_on && !is_retried) {
            let what = format!("an except for {} swallows it", caught.unwrap_or("everything"));
            look.find("empty-assertion", asserted, what);
            return true;
        }
    }
    let handlers = || attempt.handlers.iter().map(|ExceptHandler::ExceptHandler(handler)| handler);
    let is_decided = is_noted(look, attempt)
        || attempt.body.iter().chain(&attempt.orelse).any(|stmt| fails(stmt) || ends(stmt))
        || first(look.source, &attempt.orelse).is_some()
        || attempt.body.last().is_some_and(|last| is_assertion(look.source, last))
        || handlers().any(|handler| fails_at_last(look, &handler.body))
        || handlers().any(|handler| statements(&handler.body).into_iter().any(Stmt::is_raise_stmt))
        || attempt.body.iter().any(|stmt| calls_raiser(look, stmt));
    let handled = attempt.handlers.iter().filter_map(|ExceptHandler::ExceptHandler(handler)| {
        first(look.source, &handler.body).map(|stmt| (stmt, handler.type_.as_deref()))
    });
    let Some((dead, caught)) = handled.into_iter().next().filter(|_| !is_decided) else { return false };
    let caught = caught.map_or_else(|| "anything".to_owned(), |caught| look.source.shown(caught));
    look.find_asserting("uncertain-assertion", dead, format!("it is run only if {caught} is raised"));
    true
}

/// Whether a later assertion looks at what the block or a handler noted: `caught = True`, and then `assert caught`.
fn is_noted(look: &Look<'_, '_>, attempt: &StmtTry) -> bool {
    let handlers = attempt.handlers.iter().map(|ExceptHandler::ExceptHandler(handler)| handler);
    let inside = handlers.flat_map(|handler| statements(&handler.body)).chain(statements(&attempt.body));
    let inside = inside.flat_map(expressions);
    let names = inside.filter_map(Expr::as_name_expr).filter(|name| name.ctx.is_store());
    let stored: BTreeSet<&str> = names.map(|name| name.id.as_str()).collect();
    let outside = statements(look.case.body()).into_iter();
    let outside: Vec<&Stmt> =
        outside.filter(|stmt| !attempt.range.contains_range(ruff_text_size::Ranged::range(*stmt))).collect();
    let mentioned = mentioned(look.source, &outside);
    stored.iter().any(|name| mentioned.contains(name))
}

/// Whether a statement calls a function of the test or of its source that raises whatever happens.
fn calls_raiser(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let raises = |def: &ruff_python_ast::StmtFunctionDef| def.body.iter().any(Stmt::is_raise_stmt);
    let own = statements(&look.case.def.body).into_iter().filter_map(Stmt::as_function_def_stmt);
    let own: Vec<_> = own.filter(|def| raises(def)).map(|def| def.name.as_str()).collect();
    calls(stmt).filter_map(|call| last_name(&call.func)).any(|name| {
        let of_source = look.source.functions.get(name).is_some_and(|defs| defs.iter().all(|def| raises(def)));
        own.contains(&name) || of_source
    })
}

/// Assertions behind the call that raises.
fn raising<'a>(look: &mut Look<'a, '_>, with: &'a StmtWith) {
    if !expects_error(with) {
        return;
    }
    let bound: BTreeSet<&str> = with
        .items
        .iter()
        .filter_map(|item| item.optional_vars.as_deref()?.as_name_expr())
        .map(|name| name.id.as_str())
        .collect();
    let acted = with.body.iter().position(|stmt| !is_assertion(look.source, stmt) && calls(stmt).next().is_some());
    let Some(acted) = acted else { return };
    let tail: Vec<&Stmt> = with.body.iter().skip(acted + 1).collect();
    let about_error = |stmt: &&&Stmt| expressions(stmt).into_iter().flat_map(names).any(|name| bound.contains(name));
    let is_dead = |stmt: &&&Stmt| stmt.as_assert_stmt().is_some_and(|assert| is_calm(&assert.test));
    let calm = tail.iter().rev().take_while(is_dead).last();
    let dead = tail.iter().find(|stmt| is_assertion(look.source, stmt) && about_error(stmt)).or(calm);
    if let Some(dead) = dead {
        let what = "it stands behind the call that raises, in the same block".to_owned();
        look.find_asserting("unreachable-assertion", dead, what);
    }
}
