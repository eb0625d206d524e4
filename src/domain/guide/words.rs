//! Conditions in words: what holds on either side of one.

use super::source::Source;
use ruff_python_ast::{CmpOp, Expr, UnaryOp};

/// What holds where a condition is true or false: `` `price <= 100` ``, `` `items` is falsy ``.
#[must_use]
pub fn side(source: &Source<'_>, test: &Expr, holds: bool) -> String {
    match test {
        Expr::UnaryOp(not) if not.op == UnaryOp::Not => side(source, &not.operand, !holds),
        Expr::Compare(compare) if compare.ops.len() == 1 => {
            if holds {
                return format!("`{}`", source.quote(test));
            }
            let (op, right) = (compare.ops.first().copied(), compare.comparators.first());
            let (Some(op), Some(right)) = (op, right) else { return format!("`{}` is false", source.quote(test)) };
            format!("`{} {} {}`", source.quote(&*compare.left), op.negate().as_str(), source.quote(right))
        }
        Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_) | Expr::Named(_) => {
            format!("`{}` is {}", source.quote(test), if holds { "truthy" } else { "falsy" })
        }
        _ => format!("`{}` is {holds}", source.quote(test)),
    }
}

/// Whether two sides may meet at a value: `<`, `<=`, `>`, `>=`.
#[must_use]
pub const fn is_order(op: CmpOp) -> bool {
    matches!(op, CmpOp::Lt | CmpOp::LtE | CmpOp::Gt | CmpOp::GtE)
}

/// A text with its first letter small, to go on a sentence.
#[must_use]
pub fn join(parts: &[&str]) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(": ")
}
