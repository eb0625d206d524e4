//! Random values that decide the outcome: what an assertion compares is drawn, or is made of what was drawn.

use super::check::Look;
use super::compared::{Kind, Pair, pairs};
use super::held::{Held, held};
use super::looked::{checks, is_conversion, is_handed_on, looked_at};
use super::walk::{calls, expressions, statements, within};
use crate::domain::python::{dotted, last_name};
use ruff_python_ast::{CmpOp, Expr, ExprCall, Stmt};
use ruff_text_size::{Ranged, TextRange};

/// Attributes that are all of a value in another form.
const WHOLE: [&str; 5] = ["T", "values", "real", "imag", "flat"];

/// Calls that don't ask what a value is.
const SHAPELESS: [&str; 16] = [
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
];

/// Modules whose functions only compute with the numbers that they are given.
const COMPUTING: [&str; 3] = ["numpy.", "pandas.", "scipy."];

/// Calls that only give bytes another form.
const FORMS: [&str; 4] = ["bytes", "bytearray", "b64encode", "array"];

/// Words in the names of what answers in the place of the code under test.
const STANDING_IN: [&str; 5] = ["mock", "patch", "fake", "stub", "return_value"];

/// Words in the names of what is random by its nature.
const SECRET: [&str; 8] = ["nonce", "salt", "secret", "key", "password", "passwd", "token", "cookie"];

/// What a test has of one draw.
struct Drawn<'a> {
    node: TextRange,
    /// What is drawn, as it is or computed with.
    plain: Held<'a>,
    /// What anything else has made of it as well.
    made: Held<'a>,
}

/// Whether an assertion compares what was drawn, or what came of it, with what tells one draw from another.
#[must_use]
pub fn decides(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr) -> bool {
    if is_text(stmt, node) || is_secret(look, stmt, node) {
        return false;
    }
    let drawn = Drawn {
        node: node.range(),
        plain: held(look, stmt, node, &|value, place| {
            is_asked(look, value, place, true) && !is_given(look, value, place)
        }),
        made: held(look, stmt, node, &|value, place| {
            !is_field(value, place) && is_asked(look, value, place, false) && !is_of_object(look, value, place)
        }),
    };
    !drawn.is_handed_back(look) && checks(look).into_iter().flat_map(pairs).any(|pair| drawn.is_told_by(look, &pair))
}

impl Drawn<'_> {
    /// Whether a comparison holds or fails by the draw: what was drawn is itself one of the sides, or stands in both of them; or
    /// it has a bound.
    fn is_told_by(&self, look: &Look<'_, '_>, pair: &Pair<'_>) -> bool {
        let sides = [pair.left, pair.right];
        match pair.kind {
            Kind::Bound => sides.iter().any(|side| self.is_in(look, side)),
            Kind::Same => {
                let is_itself = |side: &Expr, other: &Expr| {
                    self.places(side, &self.plain).any(|place| {
                        let is_plain = !is_constant(other) && !is_given(look, side, place);
                        is_asked(look, side, place, true) && (place == self.node || is_plain)
                    })
                };
                is_itself(pair.left, pair.right)
                    || is_itself(pair.right, pair.left)
                    || sides.iter().all(|side| self.is_in(look, side))
            }
        }
    }

    /// Whether a side of a comparison has the value of the draw in it, or of what was made of it.
    fn is_in(&self, look: &Look<'_, '_>, side: &Expr) -> bool {
        self.places(side, &self.plain).any(|place| is_asked(look, side, place, !is_given(look, side, place)))
            || self.places(side, &self.made).any(|place| is_asked(look, side, place, false))
    }

    fn places(&self, side: &Expr, held: &Held<'_>) -> impl Iterator<Item = TextRange> {
        let parts = within(side).into_iter().filter(|part| match part {
            Expr::Name(name) => held.has(name),
            part => part.range() == self.node,
        });
        parts.map(Ranged::range).collect::<Vec<_>>().into_iter()
    }

    /// Whether the test has something else answer with the draw in the place of the code under test.
    fn is_handed_back(&self, look: &Look<'_, '_>) -> bool {
        let is_held = |expr: &Expr| self.places(expr, &self.made).next().is_some();
        let stands_in = |expr: &Expr| {
            let name = dotted(expr).unwrap_or_default().to_lowercase();
            STANDING_IN.iter().any(|word| name.contains(word))
        };
        statements(look.case.body()).into_iter().any(|stmt| {
            let assigned = stmt.as_assign_stmt().is_some_and(|assign| {
                is_held(&assign.value)
                    && assign.targets.iter().any(|target| target.is_attribute_expr() && stands_in(target))
            });
            let is_answer = |call: &ExprCall| {
                let named = call.arguments.keywords.iter();
                let mut named =
                    named.filter(|keyword| matches!(keyword.arg.as_deref(), Some("return_value" | "side_effect")));
                stands_in(&call.func) && call.arguments.args.iter().any(is_held)
                    || named.any(|keyword| is_held(&keyword.value))
            };
            assigned || calls(stmt).any(is_answer)
        })
    }
}

/// Whether a side is written out: where it is what all draws give, none of them matters.
fn is_constant(side: &Expr) -> bool {
    within(side).into_iter().all(|part| {
        part.is_literal_expr()
            || part.is_list_expr()
            || part.is_tuple_expr()
            || part.is_dict_expr()
            || part.is_unary_op_expr()
    })
}

/// Whether a call only computes with the numbers that it is given.
fn computes(look: &Look<'_, '_>, call: &ExprCall) -> bool {
    let meaning = look.source.meaning(&call.func, &look.locals).unwrap_or_default();
    COMPUTING.iter().any(|module| meaning.starts_with(module))
}

/// Whether what stands at a place of a value goes into an object of a class: which object it is hangs on no draw.
fn is_of_object(look: &Look<'_, '_>, value: &Expr, place: TextRange) -> bool {
    let calls = within(value).into_iter().filter_map(Expr::as_call_expr);
    calls.into_iter().any(|call| {
        let is_class = last_name(&call.func).is_some_and(|name| name.starts_with(char::is_uppercase));
        is_class && !computes(look, call) && call.arguments.range().contains_range(place)
    })
}

/// Whether what stands at a place of a value is handed to a call that does more than compute with it.
fn is_given(look: &Look<'_, '_>, value: &Expr, place: TextRange) -> bool {
    let calls = within(value).into_iter().filter_map(Expr::as_call_expr);
    calls.into_iter().any(|call| {
        let is_plain = is_conversion(look, call)
            || computes(look, call)
            || last_name(&call.func).is_some_and(|name| FORMS.contains(&name));
        call.arguments.range().contains_range(place) && !is_plain
    })
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
        Expr::Lambda(_) | Expr::FString(_) => !part.range().contains_range(place),
        _ => true,
    })
}

/// Whether an assertion orders a uuid, or looks at a part of it, and the code under test has not made something else of it.
#[must_use]
pub fn decides_as_uuid(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr) -> bool {
    let held = held(look, stmt, node, &|value, place| !is_handed_on(look, value, place));
    checks(look).into_iter().flat_map(looked_at).any(|whole| {
        let parts = within(whole).into_iter().filter_map(Expr::as_name_expr).filter(|name| held.has(name));
        let mut places = parts.map(Ranged::range);
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
