//! Assertions in one branch of a condition only: which conditions are settled, and which are looked at elsewhere.

use super::assertion::{fails, first, is_assertion, mentioned};
use super::check::Look;
use super::reach::{ends, fails_at_last};
use super::settled::is_settled;
use super::spared::is_spared;
use super::walk::{calls, expressions, root, statements};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, Stmt, StmtIf};
use ruff_text_size::Ranged;
use std::collections::BTreeSet;

/// Assertions in one branch of a condition only.
pub fn branch<'a>(look: &mut Look<'a, '_>, branch: &'a StmtIf) -> bool {
    let else_body = branch.elif_else_clauses.iter().find(|clause| clause.test.is_none());
    let bodies: Vec<&[Stmt]> =
        [&*branch.body].into_iter().chain(branch.elif_else_clauses.iter().map(|clause| &*clause.body)).collect();
    let found: Vec<Option<&Stmt>> = bodies.iter().map(|body| first(look.source, body)).collect();
    let decides =
        |body: &&[Stmt]| body.iter().any(|stmt| fails(stmt) || ends(stmt)) || first(look.source, body).is_some();
    // Where each of several conditions asserts, the kinds are told apart, and there is no other one.
    let is_covered = (else_body.is_some() || bodies.len() > 1) && bodies.iter().all(decides);
    let tests = branch.elif_else_clauses.iter().filter_map(|clause| clause.test.as_ref()).chain([&*branch.test]);
    let is_chosen = is_generated(look) || tests.into_iter().all(|test| is_settled(look, test));
    let at = found.iter().position(Option::is_some).filter(|_| !is_covered && !is_chosen);
    let Some((at, asserted)) = at.and_then(|at| Some((at, found.get(at).copied().flatten()?))) else { return false };
    if is_told_later(look, branch)
        || is_asserted_elsewhere(look, branch)
        || fails_at_last(look, &branch.body)
        || is_spared(look, branch)
    {
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
    // The kind of something may be asserted in other words: `assert isinstance(got, kind)`.
    if let Some(of) = subject.as_call_expr().filter(|call| last_name(&call.func) == Some("isinstance"))
        && let Some(of) = of.arguments.args.first()
    {
        let said = format!("isinstance({},", look.source.slice(of));
        let all = statements(look.case.body()).into_iter();
        let mut outside = all.filter(|stmt| !branch.range.contains_range(stmt.range()));
        return outside.any(|stmt| is_assertion(look.source, stmt) && look.source.slice(stmt).contains(&said));
    }
    let asked = look.source.slice(subject);
    let wanted = wanted(look, &branch.test);
    let all = statements(look.case.body()).into_iter();
    let outside = all.filter(|stmt| !branch.range.contains_range(stmt.range()));
    let mut asserted = outside.filter(|stmt| is_assertion(look.source, stmt) && !stmt.is_with_stmt());
    !asked.is_empty()
        && asserted.any(|stmt| {
            let words = look.source.slice(stmt);
            let is_wanted = wanted.is_some_and(|wanted| words.contains(&format!("{wanted} in ")));
            is_wanted || mentions(words, asked)
        })
}

/// The constant that a condition looks for: `"total"` of `if name == "total"`. That it is there may be asserted elsewhere.
fn wanted<'a>(look: &Look<'a, '_>, test: &Expr) -> Option<&'a str> {
    let compare = test.as_compare_expr().filter(|compare| *compare.ops == [ruff_python_ast::CmpOp::Eq])?;
    let other = compare.comparators.first().filter(|other| other.is_string_literal_expr())?;
    Some(look.source.slice(other))
}

/// Whether a text has a name or an expression in it as a whole, not as part of a longer one.
#[must_use]
pub fn mentions(text: &str, part: &str) -> bool {
    let is_of_name = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(part).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let behind = text.get(at + part.len()..).and_then(|behind| behind.chars().next());
        !before.is_some_and(is_of_name) && !behind.is_some_and(|c| is_of_name(c) || c == '.' || c == '[' || c == '(')
    })
}

/// Whether many made inputs go through the test, of which some are of each kind: `@given(text())`.
#[must_use]
pub fn is_generated(look: &Look<'_, '_>) -> bool {
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
    let outside: Vec<&Stmt> = outside.filter(|stmt| !branch.range.contains_range(stmt.range())).collect();
    let mentioned = mentioned(look.source, &outside);
    stored.iter().any(|name| mentioned.contains(name))
}
