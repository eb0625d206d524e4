//! What an assertion compares: the two sides that are to be the same, or of which one bounds the other.

use crate::domain::python::last_name;
use ruff_python_ast::{CmpOp, Expr, ExprCall, Number, Stmt};

/// Words in the names of calls that compare the first two values that they are given.
const SAME: [&str; 4] = ["equal", "same", "identical", "eq_"];

/// The same of those after which they need only be about the same.
const CLOSE: [&str; 4] = ["close", "almost", "approx", "near"];

/// The same of those after which one is to be more.
const ORDERED: [&str; 2] = ["less", "greater"];

/// Calls that all conditions hold in what they are given or called on.
const ALL: [&str; 5] = ["all", "any", "bool", "asserttrue", "assert_"];

/// How two sides are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// They are to be the same.
    Same,
    /// One is to be more, or about a number.
    Bound,
    /// They are to be the same but for rounding.
    Close,
    /// They are to be the same but for a margin that is written out and wide.
    Rough,
}

/// Two sides that an assertion compares.
pub struct Pair<'e> {
    /// What stands first.
    pub left: &'e Expr,
    /// What stands behind it.
    pub right: &'e Expr,
    /// How they are compared.
    pub kind: Kind,
}

/// What a statement that asserts compares; what is to differ tells nothing, as nearly everything else differs as well.
#[must_use]
pub fn pairs(stmt: &Stmt) -> Vec<Pair<'_>> {
    let mut found = Vec::new();
    match stmt {
        Stmt::Assert(assert) => condition(&assert.test, &mut found),
        Stmt::Expr(stmt) => {
            stmt.value.as_call_expr().into_iter().for_each(|call| of_call(call, &mut found));
        }
        _ => {}
    }
    found
}

fn condition<'e>(expr: &'e Expr, found: &mut Vec<Pair<'e>>) {
    match expr {
        Expr::BoolOp(both) => both.values.iter().for_each(|value| condition(value, found)),
        Expr::Generator(generator) => condition(&generator.elt, found),
        Expr::ListComp(list) => condition(&list.elt, found),
        Expr::Compare(compare) => {
            let sides: Vec<&Expr> = [&*compare.left].into_iter().chain(&compare.comparators).collect();
            for (pair, op) in sides.windows(2).zip(&compare.ops) {
                let [left, right] = pair else { continue };
                let kind = match op {
                    CmpOp::Eq if about(left).or(about(right)).is_some_and(is_rough) => Kind::Rough,
                    CmpOp::Eq if is_about(left) || is_about(right) => Kind::Bound,
                    CmpOp::Eq if about(left).or(about(right)).is_some() => Kind::Close,
                    CmpOp::Eq => Kind::Same,
                    CmpOp::Lt | CmpOp::LtE | CmpOp::Gt | CmpOp::GtE if !is_end(left) && !is_end(right) => Kind::Bound,
                    _ => continue,
                };
                found.push(Pair { left, right, kind });
            }
        }
        Expr::Call(call) => of_call(call, found),
        _ => {}
    }
}

fn of_call<'e>(call: &'e ExprCall, found: &mut Vec<Pair<'e>>) {
    let name = last_name(&call.func).unwrap_or_default().to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let on = call.func.as_attribute_expr().map(|method| &*method.value);
    let given: Vec<&Expr> = call.arguments.args.iter().collect();
    if ALL.contains(&name.as_str()) {
        given.first().copied().or(on).into_iter().for_each(|held| condition(held, found));
    } else if !name.contains("not") && (says(&SAME) || says(&CLOSE) || says(&ORDERED)) {
        // `one.equals(other)`
        let sides: Vec<&Expr> = if given.len() == 1 { on.into_iter().chain(given).collect() } else { given };
        // What comes third is how close they have to be.
        for pair in sides.windows(2).take(if says(&CLOSE) { 1 } else { usize::MAX }) {
            let [left, right] = pair else { continue };
            let is_loose = says(&CLOSE) && (is_number(left) || is_number(right));
            let is_ordered = says(&ORDERED);
            if is_ordered && (is_end(left) || is_end(right)) {
                continue;
            }
            let kind = match says(&CLOSE) {
                true if is_rough(call) => Kind::Rough,
                _ if is_loose || is_ordered => Kind::Bound,
                true => Kind::Close,
                false => Kind::Same,
            };
            found.push(Pair { left, right, kind });
        }
    }
}

/// Whether a side is only about a number: `approx(0.5, abs=0.1)`.
fn is_about(side: &Expr) -> bool {
    about(side).and_then(|call| call.arguments.args.first()).is_some_and(is_number)
}

fn about(side: &Expr) -> Option<&ExprCall> {
    side.as_call_expr().filter(|call| last_name(&call.func) == Some("approx"))
}

/// Whether a call that compares leaves a margin of a hundredth or more, which rounding alone doesn't need.
fn is_rough(call: &ExprCall) -> bool {
    call.arguments.keywords.iter().any(|keyword| {
        let is_of_places = matches!(keyword.arg.as_deref(), Some("places" | "decimal"));
        let number = keyword.value.as_number_literal_expr().map(|literal| &literal.value);
        number.is_some_and(|number| match number {
            Number::Int(int) => is_of_places && int.as_u8().is_some_and(|int| int <= 2),
            Number::Float(float) => *float >= 0.01,
            Number::Complex { .. } => false,
        })
    })
}

/// Whether a bound is where most generators end, which every draw keeps to: `rate <= 1`.
fn is_end(bound: &Expr) -> bool {
    let number = bound.as_number_literal_expr().map(|literal| &literal.value);
    number.is_some_and(|number| match number {
        Number::Int(int) => int.as_u8().is_some_and(|int| int <= 1),
        Number::Float(float) => [0.0, 1.0].contains(float),
        Number::Complex { .. } => false,
    })
}

fn is_number(expr: &Expr) -> bool {
    expr.as_unary_op_expr().map_or(expr, |signed| &*signed.operand).is_number_literal_expr()
}
