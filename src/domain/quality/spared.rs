//! Conditions that leave out nothing which would have to be asserted: what is to be absent, what is put away, the way out of a loop.

use super::assertion::{fails, first, is_assertion};
use super::check::Look;
use super::reach::ends;
use super::walk::{blocks, calls, names, root, statements, text};
use crate::domain::python::last_name;
use ruff_python_ast::{CmpOp, Expr, ExprCompare, Stmt, StmtIf, StmtWhile, UnaryOp};
use ruff_text_size::Ranged;

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
        || is_absence_right(look, branch)
        || is_way_out(look, branch)
        || is_prohibition(look, branch)
        || is_choice_by_name(look, branch)
}

/// Whether the name of a test says that there may be nothing, or when it asserts: `if path is not None:` in
/// `test_path_is_none_or_exists`, `if run.state == "skipped":` in `test_reason_when_skipped`.
fn is_choice_by_name(look: &Look<'_, '_>, branch: &StmtIf) -> bool {
    let compare = branch.test.as_compare_expr();
    let is_of_none = compare.is_some_and(|compare| {
        *compare.ops == [CmpOp::IsNot] && compare.comparators.iter().all(Expr::is_none_literal_expr)
    });
    let said = match (&*branch.test, compare) {
        (test @ (Expr::Name(_) | Expr::Attribute(_)), _) => last_name(test),
        (_, Some(compare)) if *compare.ops == [CmpOp::Eq] => compare.comparators.first().and_then(text),
        _ => None,
    };
    let name = look.case.def.name.as_str();
    is_of_none && ["none_or_", "_or_none"].iter().any(|word| name.contains(word))
        || said.is_some_and(|said| ["when", "if"].iter().any(|word| name.contains(&format!("_{word}_{said}"))))
}

/// Whether all that is asserted of what may be there is what it must not be: `if "sum" in row: assert row["sum"] is not None`.
fn is_prohibition(look: &Look<'_, '_>, branch: &StmtIf) -> bool {
    let is_key = branch.test.as_compare_expr().is_some_and(|compare| *compare.ops == [CmpOp::In]);
    let mut asserted = statements(&branch.body).into_iter().filter(|stmt| is_assertion(look.source, stmt)).peekable();
    let forbids = |stmt: &Stmt| {
        let compare = stmt.as_assert_stmt().and_then(|assert| assert.test.as_compare_expr());
        compare.is_some_and(|compare| compare.ops.iter().all(|op| matches!(op, CmpOp::NotEq | CmpOp::IsNot)))
    };
    is_key && branch.elif_else_clauses.is_empty() && asserted.peek().is_some() && asserted.all(forbids)
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
#[must_use]
pub fn says_absent(stmt: &Stmt) -> Option<&Expr> {
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
        "assertFalse" | "assertIsNone" | "assertNotEqual" | "assertNotIsInstance" => Some(first),
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
        [CmpOp::NotEq] => Some(&compare.left),
        // Nothing of a log is as bad as that: `record.levelno < logging.ERROR`.
        [CmpOp::Lt | CmpOp::LtE] => Some(&*compare.left).filter(|left| last_name(left) == Some("levelno")),
        _ => None,
    }
}

/// Whether it is said that there are none of something: `len(rows) == 0`, `rows.size == 0`.
fn counts_none(counted: &Expr, number: Option<&Expr>) -> bool {
    let number = number.and_then(Expr::as_number_literal_expr).and_then(|literal| literal.value.as_int());
    let is_length = match counted {
        Expr::Call(call) => last_name(&call.func) == Some("len"),
        counted => counted.as_attribute_expr().is_some_and(|attribute| attribute.attr.as_str() == "size"),
    };
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
