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
    if let Some(at) = body.iter().position(ends) {
        let behind = body.get(at + 1..).unwrap_or_default();
        if let (Some(end), Some(dead)) = (body.get(at), first(look.source, behind)) {
            let what = format!("it stands behind `{}`", look.source.shown(end));
            look.find_asserting("unreachable-assertion", dead, what);
        }
    }
    for stmt in body {
        let is_told = match stmt {
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
    let is_chosen = tests.into_iter().all(|test| is_settled(look, test));
    let Some(asserted) = found.into_iter().flatten().next().filter(|_| !is_covered && !is_chosen) else { return false };
    if is_told_later(look, branch) {
        return true;
    }
    let what = format!("it is run only if {}", look.source.shown(&*branch.test));
    look.find_asserting("uncertain-assertion", asserted, what);
    true
}

/// Whether a later assertion looks at what the branch noted: `found = True`, and then `assert found`.
fn is_told_later(look: &Look<'_, '_>, branch: &StmtIf) -> bool {
    let inside = statements(&branch.body).into_iter().flat_map(expressions).filter_map(Expr::as_name_expr);
    let stored: BTreeSet<&str> = inside.filter(|name| name.ctx.is_store()).map(|name| name.id.as_str()).collect();
    let outside = statements(look.case.body()).into_iter();
    let outside: Vec<&Stmt> =
        outside.filter(|stmt| !branch.range.contains_range(ruff_text_size::Ranged::range(*stmt))).collect();
    let mentioned = mentioned(look.source, &outside);
    stored.iter().any(|name| mentioned.contains(name))
}

/// Whether a condition is settled before the test begins: by its parameters, the platform, a constant.
fn is_settled(look: &Look<'_, '_>, test: &Expr) -> bool {
    let parameters: BTreeSet<&str> = look.case.parameters().collect();
    let known = |name: &str| parameters.contains(name) || !look.locals.contains(name) || look.is_fixed(name);
    let reads_parts = super::walk::within(test).into_iter().any(|expr| match expr {
        Expr::Attribute(attribute) => root(&attribute.value)
            .is_some_and(|name| parameters.contains(name) && !look.case.parametrized().contains(name)),
        Expr::Call(call) => last_name(&call.func).is_some_and(|name| look.locals.contains(name)),
        _ => false,
    });
    let names = names(test);
    !names.is_empty() && names.into_iter().all(known) && !reads_parts
}

/// Assertions in a loop that may have no turn.
fn repeat<'a>(look: &mut Look<'a, '_>, repeat: &'a StmtFor) -> bool {
    let Some(asserted) = first(look.source, &repeat.body) else { return false };
    // A loop that was not left fails the test: `else: pytest.fail(…)`.
    if repeat.orelse.iter().any(fails) {
        return true;
    }
    if look.is_filled(&repeat.iter) || is_sized(look, repeat) {
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
        words.contains(shown) || is_whole(stmt) || (counts && root.is_some_and(|root| words.contains(root)))
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
        if let Some(asserted) = asserted.filter(|_| is_all && goes_on) {
            let what = format!("an except for {} swallows it", caught.unwrap_or("everything"));
            look.find("empty-assertion", asserted, what);
            return true;
        }
    }
    let is_decided = attempt.body.iter().chain(&attempt.orelse).any(|stmt| fails(stmt) || ends(stmt))
        || first(look.source, &attempt.orelse).is_some()
        || attempt.body.iter().any(|stmt| calls_raiser(look, stmt));
    let handled = attempt.handlers.iter().filter_map(|ExceptHandler::ExceptHandler(handler)| {
        first(look.source, &handler.body).map(|stmt| (stmt, handler.type_.as_deref()))
    });
    let Some((dead, caught)) = handled.into_iter().next().filter(|_| !is_decided) else { return false };
    let caught = caught.map_or_else(|| "anything".to_owned(), |caught| look.source.shown(caught));
    look.find_asserting("uncertain-assertion", dead, format!("it is run only if {caught} is raised"));
    true
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
