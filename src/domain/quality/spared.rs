//! Conditions that leave out nothing which would have to be asserted: a first turn, what is to be absent, what was ticked off.

use super::assertion::{fails, first, is_assertion, mentioned};
use super::check::Look;
use super::reach::ends;
use super::settled::asked_for_none;
use super::walk::{blocks, calls, names, root, statements, text};
use crate::domain::python::last_name;
use ruff_python_ast::{CmpOp, Expr, ExprCompare, Stmt, StmtIf, StmtWhile, UnaryOp};
use ruff_text_size::{Ranged, TextRange};
use std::collections::BTreeSet;

/// Calls that take an item out of what is to be found.
const TICKING: [&str; 5] = ["remove", "discard", "pop", "popleft", "popitem"];

/// Beginnings of the names of what puts away.
const PUTTING_AWAY: [&str; 13] = [
    "delete",
    "remove",
    "drop",
    "close",
    "stop",
    "unlink",
    "rmtree",
    "clean",
    "terminate",
    "kill",
    "shutdown",
    "disconnect",
    "destroy",
];

/// Whether nothing is missed where the condition does not hold.
#[must_use]
pub fn is_spared(look: &Look<'_, '_>, branch: &StmtIf) -> bool {
    is_cleaning(look, branch)
        || is_exclusion(look, branch)
        || is_coincidence(&branch.test)
        || asks_for_special(&branch.test)
        || is_ticked_off(look, branch)
        || is_first_turn(look, branch)
        || is_absence_right(look, branch)
        || is_way_out(look, branch)
}

/// Whether a condition in a loop leaves out a few items that the test names: `if code not in ["GB", "IE"]`.
fn is_exclusion(look: &Look<'_, '_>, branch: &StmtIf) -> bool {
    let Some(compare) = branch.test.as_compare_expr() else { return false };
    let is_named =
        compare.comparators.iter().all(|side| side.is_list_expr() || side.is_tuple_expr() || side.is_set_expr());
    let mut loops = statements(look.case.body()).into_iter().filter_map(Stmt::as_for_stmt);
    *compare.ops == [CmpOp::NotIn] && is_named && loops.any(|repeat| repeat.range.contains_range(branch.range))
}

/// Whether a condition only asks whether two things happen to be the same: `if one.name != other.name`.
fn is_coincidence(test: &Expr) -> bool {
    let Some(compare) = test.as_compare_expr() else { return false };
    let sides = compare.left.as_attribute_expr().zip(compare.comparators.first().and_then(Expr::as_attribute_expr));
    *compare.ops == [CmpOp::NotEq] && sides.is_some_and(|(one, other)| one.attr.as_str() == other.attr.as_str())
}

/// Whether a condition asks if an object has one of the names of the language: `hasattr(task, "__name__")`. Which kinds of
/// objects have one differs between the versions of Python.
fn asks_for_special(test: &Expr) -> bool {
    let call = test.as_call_expr().filter(|call| last_name(&call.func) == Some("hasattr"));
    let name = call.and_then(|call| call.arguments.args.get(1)).and_then(text);
    name.is_some_and(|name| name.starts_with("__"))
}

/// The loops of the test that a place stands in, with what they repeat.
fn around<'a>(look: &Look<'a, '_>, place: TextRange) -> Vec<(TextRange, &'a [Stmt])> {
    let all = statements(look.case.body()).into_iter().filter_map(|stmt| match stmt {
        Stmt::For(repeat) => Some((repeat.range, &*repeat.body)),
        Stmt::While(repeat) => Some((repeat.range, &*repeat.body)),
        _ => None,
    });
    all.filter(|(range, _)| range.contains_range(place)).collect()
}

/// Whether a condition stands in a loop that ticks off what it found, and an assertion behind it looks at what is left:
/// `wanted.remove(row.name)`, and then `assert not wanted`.
fn is_ticked_off(look: &Look<'_, '_>, branch: &StmtIf) -> bool {
    around(look, branch.range).into_iter().any(|(range, body)| {
        let inside = statements(body);
        let ticking = inside.iter().flat_map(|stmt| calls(stmt));
        let ticking = ticking.filter(|call| last_name(&call.func).is_some_and(|name| TICKING.contains(&name)));
        let deleted = inside.iter().filter_map(|stmt| stmt.as_delete_stmt()).flat_map(|stmt| &stmt.targets);
        let deleted = deleted.filter_map(Expr::as_subscript_expr).filter_map(|target| root(&target.value));
        let ticked: BTreeSet<&str> = ticking.filter_map(|call| root(&call.func)).chain(deleted).collect();
        let outside = statements(look.case.body()).into_iter();
        let outside: Vec<&Stmt> = outside.filter(|stmt| !range.contains_range(stmt.range())).collect();
        let mentioned = mentioned(look.source, &outside);
        ticked.iter().any(|name| look.locals.contains(name) && mentioned.contains(name))
    })
}

/// Whether a condition only leaves out the first turn of a loop, which has no item before it: `if before is not None: assert
/// before < row`, and then `before = row`.
fn is_first_turn(look: &Look<'_, '_>, branch: &StmtIf) -> bool {
    let Some(name) = asked_for_none(&branch.test) else { return false };
    let sets = |stmt: &&Stmt| {
        let targets = stmt.as_assign_stmt().map(|assign| &*assign.targets).unwrap_or_default();
        targets.iter().flat_map(names).any(|target| target == name)
    };
    look.values(name).iter().any(|value| value.is_literal_expr())
        && around(look, branch.range).into_iter().any(|(_, body)| body.iter().any(|stmt| sets(&stmt)))
}

/// Whether what a condition asks for is to be empty, or is not to be there: `if "rows" in got: assert got["rows"] == []`.
fn is_absence_right(look: &Look<'_, '_>, branch: &StmtIf) -> bool {
    let subject = match &*branch.test {
        Expr::Compare(compare) => match (&*compare.ops, compare.comparators.first()) {
            ([CmpOp::In], Some(owner)) => Some(owner),
            ([CmpOp::IsNot | CmpOp::NotEq], Some(Expr::NoneLiteral(_))) => Some(&*compare.left),
            _ => None,
        },
        test @ (Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_)) => Some(test),
        _ => None,
    };
    let Some(subject) = subject.and_then(root) else { return false };
    let mut asserted = statements(&branch.body).into_iter().filter(|stmt| is_assertion(look.source, stmt)).peekable();
    branch.elif_else_clauses.is_empty()
        && asserted.peek().is_some()
        && asserted.all(|stmt| says_absent(stmt).is_some_and(|of| names(of).contains(subject)))
}

/// What an assertion says to be empty, or to be without something.
fn says_absent(stmt: &Stmt) -> Option<&Expr> {
    if let Stmt::Assert(assert) = stmt {
        return match &*assert.test {
            Expr::UnaryOp(unary) if unary.op == UnaryOp::Not => Some(&unary.operand),
            Expr::Compare(compare) => of_absent(compare),
            _ => None,
        };
    }
    let call = stmt.as_expr_stmt()?.value.as_call_expr()?;
    let (first, second) = (call.arguments.args.first()?, call.arguments.args.get(1));
    match last_name(&call.func)? {
        "assertEqual" | "assertEquals" if counts_none(first, second) => Some(first),
        "assertFalse" | "assertIsNone" => Some(first),
        "assertNotIn" => second,
        "assertEqual" | "assertEquals" if second.is_some_and(is_empty) => Some(first),
        "assertEqual" | "assertEquals" if is_empty(first) => second,
        _ => None,
    }
}

fn of_absent(compare: &ExprCompare) -> Option<&Expr> {
    let other = compare.comparators.first()?;
    match *compare.ops {
        [CmpOp::Eq | CmpOp::Is] if is_empty(other) || counts_none(&compare.left, Some(other)) => Some(&compare.left),
        [CmpOp::NotIn] => Some(other),
        _ => None,
    }
}

/// Whether it is said that there are none of something: `len(rows) == 0`.
fn counts_none(counted: &Expr, number: Option<&Expr>) -> bool {
    let number = number.and_then(Expr::as_number_literal_expr).and_then(|literal| literal.value.as_int());
    let is_length = counted.as_call_expr().is_some_and(|call| last_name(&call.func) == Some("len"));
    is_length && number.is_some_and(|int| *int == 0)
}

/// Whether an expression is a value with nothing in it: `{}`, `""`, `None`.
fn is_empty(expr: &Expr) -> bool {
    match expr {
        Expr::List(list) => list.elts.is_empty(),
        Expr::Tuple(tuple) => tuple.elts.is_empty(),
        Expr::Dict(dict) => dict.items.is_empty(),
        Expr::StringLiteral(literal) => literal.value.is_empty(),
        Expr::BytesLiteral(literal) => literal.value.is_empty(),
        Expr::BooleanLiteral(literal) => !literal.value,
        Expr::NoneLiteral(_) => true,
        Expr::Call(call) => {
            call.arguments.is_empty() && matches!(last_name(&call.func), Some("set" | "dict" | "list" | "tuple"))
        }
        _ => false,
    }
}

/// Whether a condition stands in a `finally`, or at the end of the test, and looks at what there is to be put away.
fn is_cleaning(look: &Look<'_, '_>, branch: &StmtIf) -> bool {
    let body = look.case.body();
    let attempts = statements(body).into_iter().filter_map(Stmt::as_try_stmt);
    let mut last = attempts.flat_map(|attempt| &attempt.finalbody);
    let puts_away = |stmt: &Stmt| {
        calls(stmt).filter_map(|call| last_name(&call.func)).any(|name| {
            let name = name.trim_start_matches('_');
            PUTTING_AWAY.iter().any(|word| name.starts_with(word))
        })
    };
    let mut behind = statements(body).into_iter().filter(|stmt| stmt.start() >= branch.range.end());
    last.any(|stmt| stmt.range().contains_range(branch.range))
        || branch.body.first().is_some_and(puts_away) && !behind.any(|stmt| is_assertion(look.source, stmt))
}

/// Whether a `while` is left only where the test asserts or fails: `while True: if ready(): assert …; break`.
fn is_way_out(look: &Look<'_, '_>, branch: &StmtIf) -> bool {
    let loops = statements(look.case.body()).into_iter().filter_map(Stmt::as_while_stmt);
    let loops: Vec<&StmtWhile> = loops.filter(|repeat| repeat.range.contains_range(branch.range)).collect();
    let Some(repeat) = loops.last().filter(|_| branch.body.last().is_some_and(ends)) else { return false };
    let is_endless = repeat.test.as_boolean_literal_expr().is_some_and(|literal| literal.value)
        || repeat.test.is_number_literal_expr();
    let says = |body: &[Stmt]| body.iter().any(fails) || first(look.source, body).is_some();
    let is_exit = |stmt: &Stmt| stmt.is_break_stmt() || stmt.is_return_stmt();
    let inner = statements(&repeat.body).into_iter().flat_map(blocks);
    let mut ways = [&*repeat.body].into_iter().chain(inner).filter(|body| body.last().is_some_and(is_exit));
    says(&repeat.orelse) || is_endless && ways.all(says)
}
