//! What there is to a condition beside its two sides: operands that decide it, and the edges of its comparisons.

use super::item::{Item, Kind, Sign, Why};
use super::source::Source;
use super::{name, words};
use crate::base::Clean;
use ruff_python_ast::{BoolOp, CmpOp, Expr, ExprCompare, Number, UnaryOp};
use ruff_text_size::Ranged;

/// A condition of more operands than this is one in which single ones are not listed.
const MOST: usize = 6;
/// Names of which a comparison says something of the machine and not of the function.
const MACHINE: [&str; 4] = ["version_info", "hexversion", "platform", "api_version"];

/// A condition with what shows that it was evaluated, true, and false.
pub struct Condition<'a> {
    /// The expression.
    pub test: &'a Expr,
    /// What shows that it was evaluated.
    pub reached: Sign,
    /// What shows that it was true.
    pub yes: Sign,
    /// What shows that it was false.
    pub no: Sign,
}

impl<'a> Condition<'a> {
    /// One that is decided within a line.
    #[must_use]
    pub fn within(test: &'a Expr, reached: Sign) -> Self {
        let hidden = || Sign::hidden(reached.clone(), Why::OneLine);
        Self { test, yes: hidden(), no: hidden(), reached }
    }

    /// Whether it depends on the program and not on what it is run with.
    #[must_use]
    pub fn is_settled(test: &Expr) -> bool {
        let is_machine =
            |expr: &Expr| crate::domain::python::dotted(expr).is_some_and(|name| name.ends_with("TYPE_CHECKING"));
        super::ends::is_constant(test) || is_machine(test)
    }

    /// The operands that may decide it, and the edges of its comparisons.
    #[must_use]
    pub fn inside(&self, source: &Source<'_>, params: &[String]) -> Vec<Item> {
        let mut items = self.operands(source);
        edges(self.test, true, &mut |compare, pair, holds| {
            items.extend(self.edge(source, params, (compare, pair), holds));
        });
        items
    }

    fn operands(&self, source: &Source<'_>) -> Vec<Item> {
        let (both, negated) = match self.test {
            Expr::BoolOp(both) => (both, false),
            Expr::UnaryOp(not) if not.op == UnaryOp::Not => match &*not.operand {
                Expr::BoolOp(both) => (both, true),
                _ => return Vec::new(),
            },
            _ => return Vec::new(),
        };
        if both.values.len() > MOST {
            return Vec::new();
        }
        // One false operand decides an `and`, one true operand an `or`.
        let holds = both.op == BoolOp::Or;
        let comes = holds != negated;
        let within = if comes { &self.yes } else { &self.no };
        let item = |part: &Expr| Item {
            kind: Kind::Operand,
            line: source.syntax.line(part.start()),
            words: Clean::line(&format!("{} alone makes the condition {comes}", words::side(source, part, holds))),
            name: name::join("", "when_only", name::side(part, holds)),
            sign: Sign::hidden(innermost(within).clone(), Why::Operand),
            values: None,
        };
        both.values.iter().map(item).collect()
    }

    fn edge(
        &self,
        source: &Source<'_>,
        params: &[String],
        (compare, (left, op, right)): (&ExprCompare, (&Expr, CmpOp, &Expr)),
        holds: Option<bool>,
    ) -> Option<Item> {
        let is_machine = |expr: &Expr| MACHINE.iter().any(|name| source.slice(expr).contains(name));
        let is_fixed = |expr: &Expr| expr.is_literal_expr();
        if is_machine(left)
            || is_machine(right)
            || (is_fixed(left) && is_fixed(right))
            || right.is_string_literal_expr()
        {
            return None;
        }
        let at = matches!(op, CmpOp::LtE | CmpOp::GtE);
        // The side on which the edge lies, where this comparison alone decides.
        let within = match holds {
            Some(holds) if holds == at => &self.yes,
            Some(_) => &self.no,
            None => &self.reached,
        };
        let (of, edge) = if is_fixed(left) { (right, left) } else { (left, right) };
        let word = if number(edge).is_some() { "is exactly" } else { "equals" };
        let words = format!(
            "`{}` {word} `{}`: `{}` is {at} there",
            source.quote(of),
            source.quote(edge),
            quoted(source, compare, (left, op, right))
        );
        let param = of.as_name_expr().map(|name| name.id.to_string()).filter(|name| params.contains(name));
        Some(Item {
            kind: Kind::Boundary,
            line: source.syntax.line(left.start()),
            words: Clean::line(&words),
            name: name::join("", "when", name::edge(of, op, edge)),
            sign: Sign::hidden(innermost(within).clone(), Why::Value),
            values: param
                .zip(number(edge))
                .map(|(name, at)| (name, vec![at.saturating_sub(1), at, at.saturating_add(1)])),
        })
    }
}

/// What has to be there before anything can be hidden in it.
fn innermost(sign: &Sign) -> &Sign {
    match sign {
        Sign::Hidden(within, _) => innermost(within),
        sign => sign,
    }
}

fn quoted(source: &Source<'_>, compare: &ExprCompare, (left, op, right): (&Expr, CmpOp, &Expr)) -> String {
    match compare.ops.len() {
        1 => source.quote(compare),
        _ => format!("{} {} {}", source.quote(left), op.as_str(), source.quote(right)),
    }
}

/// A whole number as it is written.
fn number(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::NumberLiteral(number) => match &number.value {
            Number::Int(int) => int.as_i64(),
            _ => None,
        },
        Expr::UnaryOp(minus) if minus.op == UnaryOp::USub => number(&minus.operand)?.checked_neg(),
        _ => None,
    }
}

/// A comparison with one of its pairs, and what the condition is where the pair holds, if it alone decides that.
type Edge<'a, 'b> = &'b mut dyn FnMut(&'a ExprCompare, (&'a Expr, CmpOp, &'a Expr), Option<bool>);

/// Each pair of a comparison that has an edge.
fn edges<'a>(test: &'a Expr, holds: bool, each: Edge<'a, '_>) {
    let mut all = Vec::new();
    collect(test, Some(holds), &mut all);
    for (compare, holds) in all {
        let lefts = std::iter::once(&*compare.left).chain(&compare.comparators);
        let pairs = lefts.zip(&compare.ops).zip(&compare.comparators);
        let alone = holds.filter(|_| compare.ops.len() == 1);
        for ((left, op), right) in pairs.filter(|((_, op), _)| words::is_order(**op)) {
            each(compare, (left, *op, right), alone);
        }
    }
}

fn collect<'a>(test: &'a Expr, holds: Option<bool>, into: &mut Vec<(&'a ExprCompare, Option<bool>)>) {
    match test {
        Expr::Compare(compare) => into.push((compare, holds)),
        Expr::UnaryOp(not) if not.op == UnaryOp::Not => collect(&not.operand, holds.map(|holds| !holds), into),
        Expr::BoolOp(both) => both.values.iter().for_each(|part| collect(part, None, into)),
        _ => {}
    }
}
