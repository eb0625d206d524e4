//! Values that differ from run to run and decide nothing: fillers, identifiers, unique names, and pauses that are cut short.

use super::assertion::{expects_error, fails, is_assertion};
use super::check::Look;
use super::held::{held, mentions};
use super::source::asserts;
use super::walk::{blocks, calls, everything, expressions, names, statements, within};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, Stmt, StmtFor};
use ruff_text_size::{Ranged, TextRange};
use std::collections::BTreeSet;

/// What of an array does not tell its values.
const SHAPE: [&str; 10] =
    ["shape", "dtype", "dtypes", "ndim", "size", "flags", "chunks", "npartitions", "nbytes", "numblocks"];

/// Calls that only look at a value in another way.
const PLAIN: [&str; 13] =
    ["str", "int", "float", "bool", "len", "dict", "list", "set", "tuple", "sorted", "repr", "round", "UUID"];

/// Whether no result depends on a value that differs from run to run.
#[must_use]
pub fn is_idle(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr, rule: &str) -> bool {
    match rule {
        "random-uuid" => !is_check(look, stmt) && !is_compared(look, stmt, node),
        "real-clock" => {
            is_bounding(look, stmt)
                || is_handed(look, stmt)
                || is_refused(stmt, node)
                || !is_check(look, stmt) && is_filler(look, stmt, node)
        }
        "unseeded-random" => {
            is_unique(stmt, node)
                || is_only_refused(look, stmt, node)
                || is_only_shape(look, stmt, node)
                || is_bulk(look, stmt)
        }
        "real-sleep" => is_cut_short(look, stmt) || is_cancelled(look, stmt),
        "ambient-environment" => is_of_system(look, node),
        _ => false,
    }
}

/// Whether a statement asserts, itself or by a function of the test.
fn is_check(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let called = stmt.as_expr_stmt().and_then(|stmt| stmt.value.as_call_expr()).and_then(|call| last_name(&call.func));
    let mut own = statements(&look.case.def.body).into_iter().filter_map(Stmt::as_function_def_stmt);
    is_assertion(look.source, stmt)
        || called.is_some_and(|name| own.any(|def| def.name.as_str() == name && asserts(&def.body)))
}

/// The statements of the test that assert, those that expect something of a block aside.
fn checks<'a>(look: &Look<'a, '_>) -> Vec<&'a Stmt> {
    let all = statements(look.case.body()).into_iter();
    all.filter(|stmt| !stmt.is_with_stmt() && is_check(look, stmt)).collect()
}

/// What a statement that asserts looks at: the condition, or the arguments of the calls.
fn looked_at(stmt: &Stmt) -> Vec<&Expr> {
    match stmt {
        Stmt::Assert(assert) => vec![&assert.test],
        stmt => {
            let call = stmt.as_expr_stmt().and_then(|stmt| stmt.value.as_call_expr());
            let given = call.into_iter().flat_map(|call| {
                let keywords = call.arguments.keywords.iter().map(|keyword| &keyword.value);
                call.arguments.args.iter().chain(keywords)
            });
            given.collect()
        }
    }
}

/// Whether a place in an expression is an argument of a call that is no mere conversion.
fn is_handed_on(whole: &Expr, place: TextRange) -> bool {
    within(whole).into_iter().filter_map(Expr::as_call_expr).any(|call| {
        let is_plain = last_name(&call.func).is_some_and(|name| PLAIN.contains(&name));
        !is_plain && call.arguments.range.contains_range(place)
    })
}

/// Whether an assertion compares a value, or what is made of it without the code under test.
fn is_compared(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr) -> bool {
    let held = held(look, stmt, node, &|value, place| !is_handed_on(value, place));
    checks(look).into_iter().flat_map(looked_at).any(|whole| {
        let mut loads = within(whole).into_iter().filter_map(Expr::as_name_expr);
        loads.any(|name| held.contains(name.id.as_str()) && !is_handed_on(whole, name.range))
    })
}

/// Whether a time only fills a field: it is given by a keyword, in a dict or to a maker, nothing is computed from it, and no
/// assertion looks at it.
fn is_filler(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr) -> bool {
    if is_computed_with(stmt, node.range()) {
        return false;
    }
    if fills(stmt, node.range()) || is_put(look, stmt) {
        return true;
    }
    let Some(assign) = stmt.as_assign_stmt().filter(|assign| !is_handed_on(&assign.value, node.range())) else {
        return false;
    };
    let named: BTreeSet<&str> =
        assign.targets.iter().filter_map(Expr::as_name_expr).map(|name| name.id.as_str()).collect();
    if named.len() != assign.targets.len() || is_in_inner(look, &named) {
        return false;
    }
    let mut places = Vec::new();
    for other in statements(look.case.body()).into_iter().filter(|other| !std::ptr::eq(*other, stmt)) {
        let loads = expressions(other).into_iter().filter_map(Expr::as_name_expr).filter(|name| name.ctx.is_load());
        places.extend(loads.filter(|name| named.contains(name.id.as_str())).map(|name| (other, name.range)));
    }
    !places.is_empty()
        && places
            .into_iter()
            .all(|(other, place)| !is_check(look, other) && !is_computed_with(other, place) && fills(other, place))
}

/// Whether a value is put into a field of an object that no assertion of the test looks at: `job.started = monotonic()`.
fn is_put(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let targets = stmt.as_assign_stmt().map(|assign| &*assign.targets).unwrap_or_default();
    let fields: Vec<&str> =
        targets.iter().filter_map(Expr::as_attribute_expr).map(|target| target.attr.as_str()).collect();
    let looked = checks(look).into_iter().flat_map(looked_at).flat_map(within).filter_map(Expr::as_attribute_expr);
    !fields.is_empty()
        && fields.len() == targets.len()
        && !looked.into_iter().any(|attribute| fields.contains(&attribute.attr.as_str()))
}

/// Whether the test hands its own time to the code, which reads no clock then: `helper.now = now + 1`.
fn is_handed(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let Some(assign) = stmt.as_assign_stmt() else { return false };
    let own: BTreeSet<&str> =
        assign.targets.iter().filter_map(Expr::as_name_expr).map(|name| name.id.as_str()).collect();
    let others = statements(look.case.body()).into_iter().filter_map(Stmt::as_assign_stmt);
    others.filter(|other| !std::ptr::eq(*other, assign)).any(|other| {
        let mut fields = other.targets.iter().filter_map(Expr::as_attribute_expr);
        let is_clock =
            fields.any(|field| matches!(field.attr.as_str(), "now" | "_now" | "utcnow" | "time" | "_time" | "clock"));
        is_clock && names(&other.value).iter().any(|name| own.contains(name))
    })
}

/// Whether a value is an argument of a call that is to be refused: `self.assertRaises(ValueError, parse, now())`.
fn is_refused(stmt: &Stmt, node: &Expr) -> bool {
    calls(stmt).any(|call| {
        let refuses = last_name(&call.func).is_some_and(|name| name.starts_with("assertRaises") || name == "raises");
        refuses && call.arguments.range.contains_range(node.range())
    })
}

/// Whether a time is one of two between which another one must lie, each asserted by itself: `assertGreaterEqual(made, before)`,
/// `assertLessEqual(made, after)`.
fn is_bounding(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let Some(assign) = stmt.as_assign_stmt().filter(|assign| assign.value.is_call_expr()) else { return false };
    let compared = |names: [&str; 2]| -> BTreeSet<&str> {
        let calls = statements(look.case.body()).into_iter().flat_map(calls);
        let calls = calls.filter(|call| last_name(&call.func).is_some_and(|name| names.contains(&name)));
        calls
            .flat_map(|call| &call.arguments.args)
            .filter_map(Expr::as_name_expr)
            .map(|name| name.id.as_str())
            .collect()
    };
    let (low, high) = (compared(["assertGreaterEqual", "assertGreater"]), compared(["assertLessEqual", "assertLess"]));
    let own: BTreeSet<&str> =
        assign.targets.iter().filter_map(Expr::as_name_expr).map(|name| name.id.as_str()).collect();
    let is_it = |names: &BTreeSet<&str>| own.iter().any(|name| names.contains(name));
    !low.is_empty() && !high.is_empty() && (is_it(&low) || is_it(&high))
}

/// Whether a function in the test mentions one of these names.
fn is_in_inner(look: &Look<'_, '_>, named: &BTreeSet<&str>) -> bool {
    let inner =
        statements(look.case.body()).into_iter().filter(|stmt| stmt.is_function_def_stmt() || stmt.is_class_def_stmt());
    let mut mentioned = inner.flat_map(|stmt| everything(std::slice::from_ref(stmt))).filter_map(Expr::as_name_expr);
    mentioned.any(|name| named.contains(name.id.as_str()))
}

/// Whether something is computed from, or compared with, what stands at a place.
fn is_computed_with(stmt: &Stmt, place: TextRange) -> bool {
    expressions(stmt).into_iter().any(|expr| {
        let computes = expr.is_bin_op_expr() || expr.is_compare_expr() || expr.is_lambda_expr();
        computes && expr.range().contains_range(place)
    }) || stmt.is_aug_assign_stmt()
}

/// Whether what stands at a place is given by a keyword, as the value of a dict, or to what makes an object.
fn fills(stmt: &Stmt, place: TextRange) -> bool {
    expressions(stmt).into_iter().any(|expr| match expr {
        Expr::Dict(dict) => dict.items.iter().any(|item| item.value.range().contains_range(place)),
        Expr::Call(call) => {
            let is_maker = last_name(&call.func).is_some_and(|name| name.starts_with(char::is_uppercase));
            let by_keyword = call.arguments.keywords.iter().any(|keyword| keyword.value.range().contains_range(place));
            by_keyword || is_maker && call.arguments.range.contains_range(place)
        }
        _ => false,
    })
}

/// Whether a random number only makes a name that no other run has used: `Lock(str(random.random()))`.
fn is_unique(stmt: &Stmt, node: &Expr) -> bool {
    expressions(stmt).into_iter().filter_map(Expr::as_call_expr).any(|call| {
        let is_text = last_name(&call.func) == Some("str");
        is_text && call.arguments.args.first().is_some_and(|given| given.range() == node.range())
    })
}

/// Whether a value goes only where an error is expected, or nothing but errors is asserted.
fn is_only_refused(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr) -> bool {
    let withs = statements(look.case.body()).into_iter().filter_map(Stmt::as_with_stmt);
    let expected: Vec<_> = withs.filter(|with| expects_error(with)).collect();
    let is_expected = |range: TextRange| expected.iter().any(|with| with.range.contains_range(range));
    let held = held(look, stmt, node, &|value, place| !is_handed_on(value, place));
    let others = statements(look.case.body()).into_iter().filter(|other| !std::ptr::eq(*other, stmt));
    let mut using = others.filter(|other| !other.is_with_stmt() && mentions(other, &held)).peekable();
    if using.peek().is_some() && using.all(|other| is_expected(other.range())) {
        return true;
    }
    let refuses = |stmt: &&Stmt| {
        calls(stmt)
            .any(|call| last_name(&call.func).is_some_and(|name| name.starts_with("assertRaises") || name == "raises"))
    };
    let (refusing, checks): (Vec<&Stmt>, Vec<&Stmt>) = checks(look).into_iter().partition(refuses);
    let bound = expected.iter().flat_map(|with| &with.items).filter_map(|item| item.optional_vars.as_deref());
    let bound: BTreeSet<&str> = bound.flat_map(names).collect();
    let local = |name: &&str| look.locals.contains(name) && !bound.contains(name);
    (!refusing.is_empty() || !expected.is_empty())
        && !checks.into_iter().flat_map(looked_at).flat_map(names).any(|name| local(&name))
}

/// Whether all that is asserted of random data is their shape.
fn is_only_shape(look: &Look<'_, '_>, stmt: &Stmt, node: &Expr) -> bool {
    let held = held(look, stmt, node, &|_, _| true);
    let mut is_any = false;
    for whole in checks(look).into_iter().flat_map(looked_at) {
        let parts = within(whole);
        let is_shape = |place: TextRange| {
            parts.iter().any(|part| match part {
                Expr::Attribute(attribute) => {
                    SHAPE.contains(&attribute.attr.as_str()) && attribute.range.contains_range(place)
                }
                Expr::Call(call) => {
                    matches!(last_name(&call.func), Some("len" | "isinstance")) && call.range().contains_range(place)
                }
                _ => false,
            })
        };
        for name in parts.iter().filter_map(|part| part.as_name_expr()).filter(|name| held.contains(name.id.as_str())) {
            is_any = true;
            if !is_shape(name.range) {
                return false;
            }
        }
    }
    is_any
}

/// Whether random data only fill something up: they are made in a loop that counts, and are mentioned nowhere else.
fn is_bulk(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let counts = |repeat: &&StmtFor| repeat.iter.as_call_expr().and_then(|call| last_name(&call.func)) == Some("range");
    let loops = statements(look.case.body()).into_iter().filter_map(Stmt::as_for_stmt).filter(counts);
    let bound = expressions(stmt).into_iter().filter_map(Expr::as_name_expr).filter(|name| name.ctx.is_store());
    let bound: BTreeSet<&str> = bound.map(|name| name.id.as_str()).collect();
    let is_given = stmt.is_expr_stmt() || stmt.is_assign_stmt() && !bound.is_empty();
    loops.filter(|repeat| repeat.range.contains_range(stmt.range())).any(|repeat| {
        let is_checked = statements(&repeat.body).into_iter().any(|inner| is_check(look, inner));
        let mut outside = statements(look.case.body()).into_iter();
        let is_kept = outside.any(|other| !repeat.range.contains_range(other.range()) && mentions(other, &bound));
        is_given && !is_checked && !is_kept
    })
}

/// Whether a pause is never waited out: what comes behind it fails the test.
fn is_cut_short(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let all = statements(look.case.body());
    let bodies = all.iter().flat_map(|stmt| blocks(stmt)).chain([look.case.body()]);
    bodies.into_iter().any(|body| {
        let at = body.iter().position(|inner| std::ptr::eq(inner, stmt));
        at.and_then(|at| body.get(at + 1)).is_some_and(fails)
    })
}

/// Whether a pause stands in a block that is left when its time is over: `with move_on_after(1)`.
fn is_cancelled(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let withs = statements(look.case.body()).into_iter().filter_map(Stmt::as_with_stmt);
    withs.filter(|with| with.range.contains_range(stmt.range())).any(|with| {
        let mut names = with.items.iter().filter_map(|item| last_name(&item.context_expr));
        names.any(|name| {
            ["move_on_", "fail_after", "fail_at", "timeout", "Timeout"].iter().any(|word| name.starts_with(word))
        })
    })
}

/// Whether the environment only tells where the system itself stands: `os.environ["SYSTEMROOT"]`.
fn is_of_system(look: &Look<'_, '_>, node: &Expr) -> bool {
    let words = look.source.slice(node).to_uppercase();
    ["\"SYSTEMROOT\"", "\"WINDIR\"", "\"COMSPEC\"", "'SYSTEMROOT'", "'WINDIR'", "'COMSPEC'"]
        .iter()
        .any(|name| words.contains(name))
}
