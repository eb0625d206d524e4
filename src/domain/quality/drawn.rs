//! Random values that decide the outcome: an assertion has a bound, a tolerance or a fixed value for them that a draw may miss.

use super::check::Look;
use super::compared::{Kind, Pair, pairs};
use super::held::{Held, held};
use super::looked::{checks, is_conversion, is_handed_on, looked_at};
use super::walk::{calls, given, statements, within};
use crate::domain::python::last_name;
use ruff_python_ast::{CmpOp, Expr, ExprBinOp, ExprCall, ExprName, Number, Operator, Stmt};
use ruff_text_size::{Ranged, TextRange};

/// Attributes that are all of a value in another form.
const WHOLE: [&str; 5] = ["T", "values", "real", "imag", "flat"];

/// Calls that don't ask what a value is.
const SHAPELESS: [&str; 19] = [
    "len",
    "isinstance",
    "type",
    "hasattr",
    "callable",
    "id",
    "range",
    "shape",
    "ndim",
    "size",
    "zeros_like",
    "ones_like",
    "empty_like",
    "full_like",
    "isnan",
    "isfinite",
    "str",
    "format",
    "join",
];

/// Modules whose functions only compute with the numbers that they are given.
const COMPUTING: [&str; 3] = ["numpy.", "pandas.", "scipy."];

/// Functions that draw fractions, with which no computation is exact.
pub const FRACTIONS: [&str; 11] = [
    "random",
    "uniform",
    "gauss",
    "normalvariate",
    "betavariate",
    "expovariate",
    "triangular",
    "rand",
    "randn",
    "random_sample",
    "normal",
];

/// Functions that draw an order, or some of a collection: what the code has to do goes by that, whatever the values are.
pub const CHOOSING: [&str; 5] = ["shuffle", "permutation", "sample", "choice", "choices"];

/// What a test has of one draw.
struct Drawn<'a> {
    call: &'a ExprCall,
    /// Whether it is one number, as Python's own generator draws it.
    is_number: bool,
    /// Whether it is made of fractions.
    is_fraction: bool,
    /// Whether it is an order, or some of a collection.
    is_chosen: bool,
    /// The names that have it as it is.
    same: Held<'a>,
    /// All names that have it, or what came of it.
    all: Parts<'a>,
    /// Those of them that no sum of the test stands before.
    bare: Parts<'a>,
}

/// The names that have a draw.
struct Parts<'a> {
    /// As it is, or in another form.
    plain: Held<'a>,
    /// What anything else has made of it as well.
    made: Held<'a>,
}

/// Whether an assertion has a bound, a tolerance or a fixed value for what was drawn, or for what came of it.
#[must_use]
pub fn decides(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr) -> bool {
    let Some(call) = node.as_call_expr() else { return false };
    let meaning = look.source.meaning(&call.func, &look.locals).unwrap_or_default();
    let name = meaning.rsplit('.').next().unwrap_or_default();
    let is_rounded = ["astype", "int(", "round"].iter().any(|word| look.source.slice(stmt).contains(word));
    let drawn = Drawn {
        call,
        is_number: meaning.starts_with("random.")
            && (FRACTIONS.contains(&name) || matches!(name, "randint" | "randrange")),
        is_fraction: FRACTIONS.contains(&name) && !is_rounded,
        is_chosen: CHOOSING.contains(&name),
        same: held(look, stmt, node, &|value, place| value.range() == place),
        all: Parts::of(look, stmt, node, &|_, _| true),
        bare: Parts::of(look, stmt, node, &|value, place| place == node.range() || !is_summed(value, place)),
    };
    checks(look).into_iter().flat_map(pairs).any(|pair| drawn.is_told_by(look, &pair))
}

impl<'a> Parts<'a> {
    fn of(look: &Look<'a, '_>, stmt: &Stmt, node: &Expr, takes: &dyn Fn(&Expr, TextRange) -> bool) -> Self {
        Self {
            plain: held(look, stmt, node, &|value, place| {
                takes(value, place) && is_asked(look, value, place, true) && !is_given(look, value, place)
            }),
            made: held(look, stmt, node, &|value, place| {
                takes(value, place) && is_asked(look, value, place, false) && !is_of_object(look, value, place)
            }),
        }
    }
}

impl Drawn<'_> {
    /// Whether a comparison holds or fails by the draw.
    fn is_told_by(&self, look: &Look<'_, '_>, pair: &Pair<'_>) -> bool {
        let (left, right) = (pair.left, pair.right);
        self.is_number && (self.is_missed(look, left, right, pair.kind) || self.is_missed(look, right, left, pair.kind))
            || match pair.kind {
                Kind::Bound => self.is_bounded(look, left, right) || self.is_bounded(look, right, left),
                Kind::Rough => self.is_in(look, left) != self.is_in(look, right),
                Kind::Same => self.is_gone_by(look, left, right),
                Kind::Close => {
                    self.is_gone_by(look, left, right)
                        || self.is_computed(look, left, right)
                        || self.is_expected(look, left, right)
                        || self.is_expected(look, right, left)
                }
            }
    }

    /// Whether one of two sides came of what the code was given in a drawn order, or of some of a collection; that it comes back
    /// as it went in does not go by the draw.
    fn is_gone_by(&self, look: &Look<'_, '_>, left: &Expr, right: &Expr) -> bool {
        let is_back = |side: &Expr| side.as_name_expr().is_some_and(|name| self.all.plain.has(name));
        self.is_chosen && !is_back(left) && !is_back(right) && (self.is_in(look, left) || self.is_in(look, right))
    }

    /// Whether a number that is drawn is to be a fixed one, or to keep to a bound that is none of the generator's.
    fn is_missed(&self, look: &Look<'_, '_>, side: &Expr, number: &Expr, kind: Kind) -> bool {
        let is_itself =
            side.range() == self.call.range() || side.as_name_expr().is_some_and(|name| self.same.has(name));
        let is_given = |side: &Expr| {
            let here = within(side).into_iter().find(|part| part.range() == self.call.range());
            here.is_some_and(|part| is_asked(look, side, part.range(), true))
        };
        let is_own = || self.call.arguments.args.iter().any(|own| look.source.slice(own) == look.source.slice(number));
        number.is_number_literal_expr() && !is_own() && (is_itself || kind == Kind::Same && is_given(side))
    }

    /// Whether what came of the draw is to keep to a fraction: as a bound, or as what it may be off.
    fn is_bounded(&self, look: &Look<'_, '_>, side: &Expr, bound: &Expr) -> bool {
        let differences =
            within(side).into_iter().filter_map(Expr::as_bin_op_expr).filter(|sum| sum.op == Operator::Sub);
        let both = |sum: &&ExprBinOp| self.is_in(look, &sum.left) && self.is_in(look, &sum.right);
        let is_fixed = is_fraction(look, bound)
            && !self.call.arguments.args.iter().any(|own| look.source.slice(own) == look.source.slice(bound))
            && !self.is_in(look, bound);
        is_fixed
            && match differences.into_iter().find(both) {
                Some(sum) => self.is_computed(look, &sum.left, &sum.right),
                None => self.is_in(look, side),
            }
    }

    /// Whether the test itself computes with the draw for one of two sides, so that they are the same but for rounding.
    fn is_computed(&self, look: &Look<'_, '_>, left: &Expr, right: &Expr) -> bool {
        let is_bare =
            |side: &Expr| self.places(look, side, &self.bare).into_iter().any(|place| !is_summed(side, place));
        self.is_fraction && (is_bare(left) && self.is_sum(look, right) || is_bare(right) && self.is_sum(look, left))
    }

    /// Whether the test itself computes one side from the draw that it hands on as it is, and the other may be what came of that.
    fn is_expected(&self, look: &Look<'_, '_>, side: &Expr, other: &Expr) -> bool {
        let is_sum = |name: &ExprName| {
            let is_plain =
                self.all.plain.has(name) && is_asked(look, side, name.range, !is_given(look, side, name.range));
            is_plain && (!self.bare.plain.has(name) || is_summed(side, name.range))
        };
        let checks = checks(look);
        let is_check = |stmt: &&Stmt| checks.iter().any(|check| std::ptr::eq(*check, *stmt));
        let stmts = statements(look.case.body()).into_iter().filter(|stmt| !is_check(stmt));
        let given: Vec<&ExprName> = stmts
            .flat_map(calls)
            .filter(|call| !computes(look, call))
            .flat_map(given)
            .filter_map(Expr::as_name_expr)
            .filter(|name| self.all.plain.has(name))
            .collect();
        self.is_fraction
            && !self.is_in(look, other)
            && within(other).into_iter().any(|part| part.is_attribute_expr() || part.is_name_expr())
            && within(side).into_iter().filter_map(Expr::as_name_expr).any(is_sum)
            && !given.is_empty()
            && given.iter().all(|name| self.bare.plain.has(name))
    }

    /// Whether the test itself computes with the draw for a side of a comparison.
    fn is_sum(&self, look: &Look<'_, '_>, side: &Expr) -> bool {
        let bare = self.places(look, side, &self.bare);
        self.places(look, side, &self.all).into_iter().any(|place| !bare.contains(&place) || is_summed(side, place))
    }

    /// Whether a side of a comparison has the value of the draw in it, or of what was made of it.
    fn is_in(&self, look: &Look<'_, '_>, side: &Expr) -> bool {
        !self.places(look, side, &self.all).is_empty()
    }

    /// Where a side of a comparison asks for the draw by one of those names.
    fn places(&self, look: &Look<'_, '_>, side: &Expr, parts: &Parts<'_>) -> Vec<TextRange> {
        let is_asked_at = |part: &Expr| {
            let place = part.range();
            let is_plain = match part {
                Expr::Name(name) => parts.plain.has(name),
                part => part.range() == self.call.range(),
            };
            let is_made = part.as_name_expr().is_some_and(|name| parts.made.has(name));
            is_plain && is_asked(look, side, place, !is_given(look, side, place))
                || is_made && is_asked(look, side, place, false)
        };
        within(side).into_iter().filter(|part| is_asked_at(part)).map(Ranged::range).collect()
    }
}

/// Whether a bound is a fraction that is written out, or a name for one.
fn is_fraction(look: &Look<'_, '_>, bound: &Expr) -> bool {
    match bound {
        Expr::NumberLiteral(literal) => match &literal.value {
            Number::Float(float) => float.fract() != 0.0,
            _ => false,
        },
        Expr::UnaryOp(signed) => is_fraction(look, &signed.operand),
        Expr::Call(about) if last_name(&about.func) == Some("approx") => {
            about.arguments.args.first().is_some_and(|about| is_fraction(look, about))
        }
        Expr::Name(name) => {
            let values = look.values(name.id.as_str());
            !values.is_empty() && values.iter().all(|value| value.is_number_literal_expr() && is_fraction(look, value))
        }
        _ => false,
    }
}

/// Whether a value computes with what stands at a place in it.
fn is_summed(value: &Expr, place: TextRange) -> bool {
    let sums = within(value).into_iter().filter_map(Expr::as_bin_op_expr);
    let is_list = |part: &Expr| part.is_list_expr() || part.is_tuple_expr() || part.is_string_literal_expr();
    sums.into_iter().any(|sum| sum.range.contains_range(place) && !is_list(&sum.left) && !is_list(&sum.right))
}

/// Whether what stands at a place of a value is handed to a call that does more than compute with it.
fn is_given(look: &Look<'_, '_>, value: &Expr, place: TextRange) -> bool {
    let calls = within(value).into_iter().filter_map(Expr::as_call_expr);
    calls.into_iter().any(|call| call.arguments.range().contains_range(place) && !computes(look, call))
}

/// Whether what stands at a place of a value goes into an object of a class: which object it is hangs on no draw.
fn is_of_object(look: &Look<'_, '_>, value: &Expr, place: TextRange) -> bool {
    let calls = within(value).into_iter().filter_map(Expr::as_call_expr);
    calls.into_iter().any(|call| {
        let is_class = last_name(&call.func).is_some_and(|name| name.starts_with(char::is_uppercase));
        is_class && !computes(look, call) && call.arguments.range().contains_range(place)
    })
}

/// Whether a call only computes with what it is given, or gives it another form.
fn computes(look: &Look<'_, '_>, call: &ExprCall) -> bool {
    let meaning = look.source.meaning(&call.func, &look.locals).unwrap_or_default();
    is_conversion(look, call) || COMPUTING.iter().any(|module| meaning.starts_with(module))
}

/// Whether an expression asks what the value at a place is, and not only for its shape, what goes by it, or a part of it that
/// anything may be. Of what is plainly drawn every method tells it.
fn is_asked(look: &Look<'_, '_>, whole: &Expr, place: TextRange, is_plain: bool) -> bool {
    let parts = within(whole);
    let is_called =
        |part: &Expr| parts.iter().filter_map(|part| part.as_call_expr()).any(|call| call.func.range() == part.range());
    parts.iter().all(|part| match part {
        Expr::Attribute(of) if of.value.range().contains_range(place) => {
            WHOLE.contains(&of.attr.as_str()) || is_plain && is_called(part) && !is_given(look, &of.value, place)
        }
        Expr::Call(call) if call.range().contains_range(place) => {
            !last_name(&call.func).is_some_and(|name| SHAPELESS.contains(&name))
        }
        Expr::Subscript(of) => !of.slice.range().contains_range(place),
        Expr::Dict(dict) => {
            !dict.items.iter().filter_map(|item| item.key.as_ref()).any(|key| key.range().contains_range(place))
        }
        Expr::Lambda(_) | Expr::FString(_) | Expr::Compare(_) => !part.range().contains_range(place),
        _ => true,
    })
}

/// Whether an assertion orders a uuid, and the code under test has not made something else of it.
#[must_use]
pub fn decides_as_uuid(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr) -> bool {
    let held = held(look, stmt, node, &|value, place| !is_handed_on(look, value, place));
    checks(look).into_iter().flat_map(looked_at).any(|whole| {
        let parts = within(whole).into_iter().filter_map(Expr::as_name_expr).filter(|name| held.has(name));
        let mut places = parts.map(Ranged::range);
        places.any(|place| !is_handed_on(look, whole, place) && is_ordered(whole, place))
    })
}

/// Whether an assertion asks which of two comes first: any other uuid serves where it is only found again.
fn is_ordered(whole: &Expr, place: TextRange) -> bool {
    let orders = [CmpOp::Lt, CmpOp::LtE, CmpOp::Gt, CmpOp::GtE];
    let compared = within(whole).into_iter().filter_map(Expr::as_compare_expr);
    compared
        .into_iter()
        .any(|compare| compare.range.contains_range(place) && compare.ops.iter().any(|op| orders.contains(op)))
}
