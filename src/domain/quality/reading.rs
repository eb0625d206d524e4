//! One reading of the clock: the names that a test keeps it by, and whether it does anything with it but look at it.

use super::check::Look;
use super::looked::{is_check, is_handed_on};
use super::walk::{everything, expressions, given, root, statements, text, within};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, ExprBinOp, Int, Operator, Stmt};
use ruff_text_size::{Ranged, TextRange};
use std::collections::BTreeSet;

/// Parts of a time that are known only at the moment when it is read.
const PARTS: [&str; 22] = [
    "date",
    "time",
    "timestamp",
    "isoformat",
    "strftime",
    "replace",
    "astimezone",
    "day",
    "hour",
    "minute",
    "second",
    "microsecond",
    "timetuple",
    "ctime",
    "total_seconds",
    "seconds",
    "microseconds",
    "toordinal",
    "to_pydatetime",
    "format",
    "lower",
    "encode",
];

/// Directives of formats that say more than the month.
const FINE: [char; 14] = ['d', 'e', 'j', 'H', 'I', 'M', 'S', 's', 'f', 'c', 'x', 'X', 'F', 'D'];

/// Calls that only tell somebody something.
const TELLING: [&str; 7] = ["print", "debug", "info", "warning", "log", "flush", "echo"];

/// One reading of the clock, and the names that the test keeps it by.
pub struct Reading<'a> {
    node: TextRange,
    /// Points in time.
    points: BTreeSet<&'a str>,
    /// What lies between two of them.
    spans: BTreeSet<&'a str>,
}

impl Reading<'_> {
    /// Where an expression has the reading: itself, or a name that keeps it.
    pub fn places<'e>(&self, expr: &'e Expr) -> impl Iterator<Item = &'e Expr> {
        let parts = within(expr).into_iter().filter(|part| match part {
            Expr::Name(name) => self.has(name.id.as_str()),
            part => part.range() == self.node,
        });
        parts.collect::<Vec<_>>().into_iter()
    }

    fn has(&self, name: &str) -> bool {
        self.points.contains(name) || self.spans.contains(name)
    }

    /// Whether an expression has the reading only as it is, or in another form.
    fn is_plain_in(&self, look: &Look<'_, '_>, expr: &Expr) -> bool {
        self.places(expr).all(|place| !is_handed_on(look, expr, place.range()) && !is_hidden(expr, place.range()))
    }

    /// Whether an expression is what lies between the reading and another time, or is made of that.
    #[must_use]
    pub fn is_span(&self, look: &Look<'_, '_>, expr: &Expr) -> bool {
        self.places(expr).any(|place| {
            let is_span = place.as_name_expr().is_some_and(|name| self.spans.contains(name.id.as_str()));
            let mut differences = within(expr).into_iter().filter_map(Expr::as_bin_op_expr);
            is_span
                || differences.any(|sum| {
                    let in_left = sum.left.range().contains_range(place.range());
                    let in_right = sum.right.range().contains_range(place.range());
                    sum.op == Operator::Sub && (in_right || in_left && !is_amount(look, &sum.right))
                })
        })
    }

    /// Whether an expression says what time it is: it has the reading, as exactly as a day.
    #[must_use]
    pub fn is_told(&self, look: &Look<'_, '_>, expr: &Expr) -> bool {
        let mut places = self.places(expr);
        places.any(|place| !is_handed_on(look, expr, place.range()) && is_exact(expr, place.range()))
    }
}

/// Follows a reading from name to name.
#[must_use]
pub fn kept<'a>(look: &Look<'a, '_>, stmt: &Stmt, node: &Expr) -> Reading<'a> {
    let mut reading = Reading { node: node.range(), points: BTreeSet::new(), spans: BTreeSet::new() };
    loop {
        let before = reading.points.len() + reading.spans.len();
        for other in statements(look.case.body()) {
            let Some((name, value)) = binding(other) else { continue };
            let holds = std::ptr::eq(other, stmt) || reading.places(value).next().is_some();
            if holds && reading.is_plain_in(look, value) {
                let is_span = reading.is_span(look, value);
                if is_span {
                    reading.spans.insert(name)
                } else {
                    reading.points.insert(name)
                };
            }
        }
        if before == reading.points.len() + reading.spans.len() {
            return reading;
        }
    }
}

/// The one name that a statement binds, and what it is made of.
fn binding(stmt: &Stmt) -> Option<(&str, &Expr)> {
    let (target, value) = match stmt {
        Stmt::Assign(assign) => match &*assign.targets {
            [target] => (target, &*assign.value),
            _ => return None,
        },
        Stmt::AnnAssign(assign) => (&*assign.target, assign.value.as_deref()?),
        Stmt::AugAssign(assign) => (&*assign.target, &*assign.value),
        _ => return None,
    };
    Some((target.as_name_expr()?.id.as_str(), value))
}

/// Whether a place in an expression stands where nothing is compared: as an index, a key, or in a lambda.
fn is_hidden(expr: &Expr, place: TextRange) -> bool {
    within(expr).into_iter().any(|part| match part {
        Expr::Subscript(subscript) => subscript.slice.range().contains_range(place),
        Expr::Dict(dict) => {
            dict.items.iter().filter_map(|item| item.key.as_ref()).any(|key| key.range().contains_range(place))
        }
        Expr::Lambda(lambda) => lambda.range.contains_range(place),
        Expr::Await(awaited) => awaited.range.contains_range(place),
        _ => false,
    })
}

/// Whether something is an amount of time: a number, a `timedelta`, or a name for one.
#[must_use]
pub fn is_amount(look: &Look<'_, '_>, expr: &Expr) -> bool {
    match expr {
        Expr::NumberLiteral(_) => true,
        Expr::UnaryOp(unary) => is_amount(look, &unary.operand),
        Expr::BinOp(sum) => is_amount(look, &sum.left) && is_amount(look, &sum.right),
        Expr::Call(call) => last_name(&call.func).is_some_and(|name| {
            let name = name.to_lowercase();
            ["delta", "second", "minute", "offset"].iter().any(|word| name.contains(word))
        }),
        Expr::Name(name) => look.values(name.id.as_str()).iter().all(|value| is_amount(look, value)),
        _ => false,
    }
}

/// Whether what is made of the reading at a place tells days apart, and seconds where it is divided: `now.isoformat()`, and not
/// `now.year` or `time() // 60`.
fn is_exact(expr: &Expr, place: TextRange) -> bool {
    let around = || within(expr).into_iter().filter(|part| part.range().contains_range(place));
    let mut parts =
        around().filter_map(Expr::as_attribute_expr).filter(|part| part.value.range().contains_range(place));
    let formats = around().filter_map(Expr::as_call_expr).flat_map(|call| &call.arguments.args).filter_map(text);
    let mut formats = formats.filter(|format| format.contains('%'));
    let is_fine = |format: &str| {
        FINE.iter().any(|letter| format.contains(&format!("%{letter}")) || format.contains(&format!("%-{letter}")))
    };
    let mut sums = around().filter_map(Expr::as_bin_op_expr).filter(|sum| sum.op == Operator::FloorDiv);
    let is_coarse = |sum: &ExprBinOp| {
        let by = sum.right.as_number_literal_expr().and_then(|literal| literal.value.as_int()).and_then(Int::as_i64);
        by.is_some_and(|by| (2..1000).contains(&by))
    };
    !sums.any(is_coarse) && parts.all(|part| PARTS.contains(&part.attr.as_str())) && formats.all(is_fine)
}

/// Whether the test does anything with the reading but look at it, tell it and compute with it.
#[must_use]
pub fn is_given(look: &Look<'_, '_>, reading: &Reading<'_>) -> bool {
    let mut seen = 0;
    for stmt in statements(look.case.body()) {
        for expr in expressions(stmt) {
            let is_place = match expr {
                Expr::Name(name) => name.ctx.is_load() && reading.has(name.id.as_str()),
                expr => expr.range() == reading.node,
            };
            if is_place {
                seen += 1;
                if !is_looked_at(look, stmt, expr) {
                    return true;
                }
            }
        }
    }
    let all = everything(look.case.body()).into_iter();
    let all = all.filter(|expr| match expr {
        Expr::Name(name) => name.ctx.is_load() && reading.has(name.id.as_str()),
        expr => expr.range() == reading.node,
    });
    all.count() != seen
}

/// Whether a statement only looks at what stands at a place in it, tells it, or makes another name of it.
fn is_looked_at(look: &Look<'_, '_>, stmt: &Stmt, place: &Expr) -> bool {
    let is_plain = |whole: &Expr| {
        !whole.range().contains_range(place.range())
            || !is_handed_on(look, whole, place.range()) && !is_hidden(whole, place.range())
    };
    match stmt {
        Stmt::Assert(assert) => is_plain(&assert.test),
        Stmt::If(branch) => is_plain(&branch.test),
        Stmt::While(repeat) => is_plain(&repeat.test),
        Stmt::Expr(stmt_expr) => {
            let Some(call) = stmt_expr.value.as_call_expr() else { return false };
            // `sys.stderr.write(…)`; what is written anywhere else may be read again.
            let is_shown = root(&call.func) == Some("sys");
            let is_telling = is_shown || last_name(&call.func).is_some_and(|name| TELLING.contains(&name));
            let mut given = given(call);
            is_telling || is_check(look, stmt) && given.all(is_plain)
        }
        stmt => binding(stmt).is_some_and(|(_, value)| is_plain(value)),
    }
}
