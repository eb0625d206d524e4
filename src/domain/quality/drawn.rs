//! Random values that decide the outcome: what an assertion looks at is drawn, or is made of what was drawn.

use super::check::Look;
use super::held::held;
use super::looked::{checks, is_handed_on, looked_at};
use super::walk::{expressions, within};
use crate::domain::python::last_name;
use ruff_python_ast::{CmpOp, Expr, Stmt};
use ruff_text_size::{Ranged, TextRange};

/// What of a value does not tell what it is.
const SHAPE: [&str; 10] =
    ["shape", "dtype", "dtypes", "ndim", "size", "flags", "chunks", "npartitions", "nbytes", "numblocks"];

/// Calls that don't ask what a value is.
const SHAPELESS: [&str; 5] = ["len", "isinstance", "type", "hasattr", "callable"];

/// Assertions that don't ask what a value is, or that anything else satisfies as well.
const LOOSE: [&str; 11] = [
    "assertNotEqual",
    "assertNotEquals",
    "assertIsInstance",
    "assertIsNone",
    "assertIsNotNone",
    "assertIs",
    "assertIsNot",
    "assertNotIn",
    "raises",
    "warns",
    "fail",
];

/// Words in the names of what is random by its nature.
const SECRET: [&str; 8] = ["nonce", "salt", "secret", "key", "password", "passwd", "token", "cookie"];

/// Whether an assertion looks at what was drawn, or at what came of it.
#[must_use]
pub fn decides(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr) -> bool {
    if is_text(stmt, node) || is_secret(look, stmt, node) {
        return false;
    }
    let held = held(look, stmt, node, &|value, place| !is_field(value, place));
    asked(look, node).into_iter().any(|whole| {
        places(whole, node, |part| {
            part.range() == node.range() || part.as_name_expr().is_some_and(|name| held.has(name))
        })
        .count()
            > 0
    })
}

/// Whether an assertion orders a uuid, or looks at a part of it, and the code under test has not made something else of it.
#[must_use]
pub fn decides_as_uuid(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr) -> bool {
    let held = held(look, stmt, node, &|value, place| !is_handed_on(look, value, place));
    asked(look, node).into_iter().any(|whole| {
        let mut places = places(whole, node, |part| part.as_name_expr().is_some_and(|name| held.has(name)));
        places.any(|place| !is_handed_on(look, whole, place) && is_ordered(whole, place))
    })
}

/// Whether an assertion asks which of two comes first, or for a part of what stands at a place: any other uuid serves where it is
/// only found again.
fn is_ordered(whole: &Expr, place: TextRange) -> bool {
    let orders = [CmpOp::Lt, CmpOp::LtE, CmpOp::Gt, CmpOp::GtE];
    within(whole).into_iter().filter(|part| part.range().contains_range(place)).any(|part| match part {
        Expr::Compare(compare) => compare.ops.iter().any(|op| orders.contains(op)),
        Expr::Subscript(subscript) => subscript.slice.is_slice_expr() && subscript.value.range() == place,
        Expr::Call(call) => matches!(last_name(&call.func), Some("sorted" | "min" | "max")),
        _ => false,
    })
}

/// Whether two sides are said to be the same, and one of them is a number, a shape or a truth: that an answer came, and not what is
/// in it.
fn is_count(sides: &[&Expr]) -> bool {
    let is_shape =
        |side: &Expr| side.as_tuple_expr().is_some_and(|tuple| tuple.elts.iter().all(Expr::is_number_literal_expr));
    sides.iter().any(|side| side.is_number_literal_expr() || side.is_boolean_literal_expr() || is_shape(side))
}

/// Whether a statement asserts no more than that a part of an answer holds: `assert status.ok`.
fn is_status(stmt: &Stmt) -> bool {
    stmt.as_assert_stmt().is_some_and(|assert| assert.test.is_attribute_expr())
}

/// What assertions look at that ask what a value is.
fn asked<'a>(look: &Look<'a, '_>, node: &Expr) -> Vec<&'a Expr> {
    let is_loose = |stmt: &&Stmt| {
        let call = stmt.as_expr_stmt().and_then(|stmt| stmt.value.as_call_expr());
        call.is_some_and(|call| {
            let sides: Vec<&Expr> = call.arguments.args.iter().take(2).collect();
            let name = last_name(&call.func).unwrap_or_default();
            let is_same = name.ends_with("Equal") || name == "assert_equal";
            let is_counted = is_same && is_count(&sides) && !call.range().contains_range(node.range());
            is_counted || LOOSE.contains(&name) || name.starts_with("assertRaises")
        })
    };
    checks(look).into_iter().filter(|stmt| !is_loose(stmt) && !is_status(stmt)).flat_map(looked_at).collect()
}

/// Where an assertion asks for a value, and not only for its shape or that it is another one.
fn places(whole: &Expr, node: &Expr, is_it: impl Fn(&Expr) -> bool) -> impl Iterator<Item = TextRange> {
    let parts = within(whole);
    let is_loose = |place: TextRange| {
        parts.iter().any(|part| match part {
            Expr::Attribute(attribute) => {
                SHAPE.contains(&attribute.attr.as_str()) && attribute.range.contains_range(place)
            }
            Expr::Call(call) => {
                last_name(&call.func).is_some_and(|name| SHAPELESS.contains(&name))
                    && call.range().contains_range(place)
            }
            Expr::Compare(compare) => {
                let ops = [CmpOp::NotEq, CmpOp::Is, CmpOp::IsNot, CmpOp::NotIn];
                let sides: Vec<&Expr> = [&*compare.left].into_iter().chain(&compare.comparators).collect();
                let is_counted = is_count(&sides) && place != node.range();
                let is_loose = |op: &CmpOp| ops.contains(op) || *op == CmpOp::Eq && is_counted;
                compare.ops.iter().all(is_loose) && compare.range.contains_range(place)
            }
            _ => false,
        })
    };
    let places = parts.iter().filter(|part| is_it(part)).map(Ranged::range).filter(|place| !is_loose(*place));
    places.collect::<Vec<_>>().into_iter()
}

/// Whether a place in a value is a field of an object that is made of it, beside others: `User(age=…)`, `{"age": …}`.
fn is_field(value: &Expr, place: TextRange) -> bool {
    within(value).into_iter().filter_map(Expr::as_call_expr).any(|call| {
        let is_maker = last_name(&call.func).is_some_and(|name| name.starts_with(char::is_uppercase));
        is_maker && call.arguments.keywords.iter().any(|keyword| keyword.value.range().contains_range(place))
    })
}

/// Whether what is drawn only makes a text that no other run has: `f"job-{randint(1, 99)}"`, `str(random())`.
fn is_text(stmt: &Stmt, node: &Expr) -> bool {
    expressions(stmt).into_iter().filter(|expr| expr.range().contains_range(node.range())).any(|expr| match expr {
        Expr::FString(_) => true,
        Expr::BinOp(sum) => sum.left.is_string_literal_expr() || sum.right.is_string_literal_expr(),
        Expr::Call(call) => matches!(last_name(&call.func), Some("str" | "format" | "join" | "hex")),
        _ => false,
    })
}

/// Whether something is random by its nature, and named so or the making of an object: `nonce = os.urandom(12)`,
/// `Cipher(os.urandom(16))`.
fn is_secret(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr) -> bool {
    let meaning = node.as_call_expr().and_then(|call| look.source.meaning(&call.func, &look.locals));
    let is_opaque = meaning
        .is_some_and(|meaning| ["os.urandom", "secrets.", "uuid."].iter().any(|start| meaning.starts_with(start)));
    let says = |name: &str| SECRET.iter().any(|word| name.contains(word)) || name == "iv" || name.ends_with("_iv");
    let around = expressions(stmt).into_iter().filter_map(Expr::as_call_expr).flat_map(|call| &call.arguments.keywords);
    let mut given = around.filter(|keyword| keyword.value.range().contains_range(node.range()));
    let calls = expressions(stmt).into_iter().filter_map(Expr::as_call_expr);
    let mut makers =
        calls.filter(|call| last_name(&call.func).is_some_and(|name| name.starts_with(char::is_uppercase)));
    is_opaque
        && (makers.any(|call| call.arguments.args.iter().any(|given| given.range() == node.range()))
            || assigned(stmt).any(|name| says(&name))
            || given.any(|keyword| keyword.arg.as_ref().is_some_and(|name| says(&name.as_str().to_lowercase()))))
}

/// The names that a statement assigns.
fn assigned(stmt: &Stmt) -> impl Iterator<Item = String> {
    let names = expressions(stmt).into_iter().filter_map(Expr::as_name_expr).filter(|name| name.ctx.is_store());
    names.map(|name| name.id.to_lowercase()).collect::<Vec<_>>().into_iter()
}
