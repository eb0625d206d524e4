//! Readings of the clock that decide the outcome: how long something took, and what time the code under test says that it is.

use super::check::Look;
use super::looked::is_check;
use super::reading::{Reading, is_amount, is_given, kept};
use super::walk::{given, statements};
use crate::domain::python::last_name;
use ruff_python_ast::{CmpOp, Expr, ExprCall, ExprCompare, Number, Stmt};

/// Assertions that two values are the same.
const SAME: [&str; 11] = [
    "assertEqual",
    "assertEquals",
    "assertAlmostEqual",
    "assertAlmostEquals",
    "assertDictEqual",
    "assertListEqual",
    "assertTupleEqual",
    "assertSequenceEqual",
    "assertMultiLineEqual",
    "assert_equal",
    "eq_",
];

/// From how many seconds on a margin is wide enough for every machine.
const WIDE: u8 = 1;

/// Whether the outcome of the test depends on when it reads the clock: an assertion compares the reading, which the code under
/// test is never given, with what the code makes of the time itself, or bounds what has gone by since.
#[must_use]
pub fn decides(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr) -> bool {
    let reading = kept(look, stmt, node);
    let checks = || statements(look.case.body()).into_iter().filter(|stmt| is_check(look, stmt));
    !is_given(look, &reading) && checks().any(|stmt| is_decided_by(look, &reading, stmt))
}

/// Whether an assertion holds or fails by the reading.
fn is_decided_by(look: &Look<'_, '_>, reading: &Reading<'_>, stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Assert(assert) => is_condition(look, reading, &assert.test),
        Stmt::Expr(stmt) => stmt.value.as_call_expr().is_some_and(|call| is_call(look, reading, call)),
        _ => false,
    }
}

fn is_call(look: &Look<'_, '_>, reading: &Reading<'_>, call: &ExprCall) -> bool {
    let Some(name) = last_name(&call.func) else { return false };
    let given = &call.arguments.args;
    let (Some(first), second) = (given.first(), given.get(1)) else { return false };
    let pair = |op: CmpOp| second.is_some_and(|second| is_pair(look, reading, first, op, second));
    match name {
        "assertTrue" => is_condition(look, reading, first),
        "assertLess" | "assertLessEqual" => pair(CmpOp::Lt),
        "assertGreater" | "assertGreaterEqual" => pair(CmpOp::Gt),
        "assertIn" => pair(CmpOp::In),
        "assertContains" => second.is_some_and(|text| reading.is_told(look, text)),
        name if SAME.contains(&name) => {
            let margin = call.arguments.find_keyword("delta").map(|keyword| &keyword.value);
            margin.is_none_or(|margin| is_narrow(look, margin)) && pair(CmpOp::Eq)
        }
        name => name.contains("elapsed") && given.iter().any(|given| reading.is_told(look, given)),
    }
}

fn is_condition(look: &Look<'_, '_>, reading: &Reading<'_>, test: &Expr) -> bool {
    match test {
        Expr::BoolOp(both) => both.values.iter().any(|value| is_condition(look, reading, value)),
        Expr::Compare(compare) => {
            is_around(look, reading, compare) || {
                let sides: Vec<&Expr> = [&*compare.left].into_iter().chain(&compare.comparators).collect();
                let mut pairs = sides.windows(2).zip(&compare.ops);
                pairs.any(|(pair, op)| matches!(pair, [left, right] if is_pair(look, reading, left, *op, right)))
            }
        }
        _ => false,
    }
}

/// Whether a time is to lie close around the reading: `now - 1 <= made <= now + 1`.
fn is_around(look: &Look<'_, '_>, reading: &Reading<'_>, compare: &ExprCompare) -> bool {
    let ends = [Some(&*compare.left), compare.comparators.last()];
    let is_end = |end: &Expr| {
        let amount = end.as_bin_op_expr().map(|sum| &*sum.right);
        reading.is_told(look, end) && amount.is_none_or(|amount| is_amount(look, amount) && is_narrow(look, amount))
    };
    let is_ordered = compare.ops.iter().all(|op| matches!(op, CmpOp::Lt | CmpOp::LtE));
    compare.ops.len() == 2 && is_ordered && ends.into_iter().flatten().all(is_end)
}

/// Whether two sides that have to stand so to each other do by the reading.
fn is_pair(look: &Look<'_, '_>, reading: &Reading<'_>, left: &Expr, op: CmpOp, right: &Expr) -> bool {
    let is_bounded = |span: &Expr, bound: &Expr| {
        reading.is_told(look, span) && reading.is_span(look, span) && is_narrow(look, bound)
    };
    match op {
        CmpOp::Lt | CmpOp::LtE => is_bounded(left, right),
        CmpOp::Gt | CmpOp::GtE => is_bounded(right, left),
        CmpOp::In => {
            reading.is_told(look, left) && !(right.is_tuple_expr() || right.is_list_expr() || right.is_set_expr())
        }
        // `assertEqual(True, time() - start < 1)`
        CmpOp::Eq if left.is_compare_expr() || right.is_compare_expr() => {
            is_condition(look, reading, left) || is_condition(look, reading, right)
        }
        CmpOp::Eq => {
            let tells =
                |side: &Expr, other: &Expr| reading.is_told(look, side) && reading.places(other).next().is_none();
            tells(left, right) || tells(right, left)
        }
        _ => false,
    }
}

/// Whether a bound is known to be so narrow that a slow machine breaks it: it is written out, or a name of the test for that.
fn is_narrow(look: &Look<'_, '_>, bound: &Expr) -> bool {
    match bound {
        Expr::NumberLiteral(literal) => match &literal.value {
            Number::Int(int) => int.as_u8().is_some_and(|int| int < WIDE),
            Number::Float(float) => *float < f64::from(WIDE),
            Number::Complex { .. } => false,
        },
        Expr::UnaryOp(signed) => is_narrow(look, &signed.operand),
        Expr::BinOp(sum) => is_narrow(look, &sum.left) && is_narrow(look, &sum.right),
        Expr::Name(name) => {
            let values = look.values(name.id.as_str());
            !values.is_empty() && values.iter().all(|value| value.is_number_literal_expr() && is_narrow(look, value))
        }
        Expr::Call(call) => {
            let long = ["minutes", "hours", "days", "weeks", "years", "months"];
            let is_short = |name: &str| !long.contains(&name);
            last_name(&call.func).is_some_and(|name| name.to_lowercase().contains("delta"))
                && call.arguments.keywords.iter().all(|keyword| keyword.arg.as_deref().is_some_and(is_short))
                && given(call).all(|given| is_narrow(look, given))
        }
        _ => false,
    }
}
