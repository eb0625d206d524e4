//! Assertions in loops that may have no turn: what a loop goes through, and whether something says that there is any of it.

use super::assertion::{fails, first, is_assertion, mentioned};
use super::branches::is_generated;
use super::check::Look;
use super::inputs::is_input;
use super::reach::{fails_at_last, leaves};
use super::walk::{expressions, root, statements, text};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, Stmt, StmtFor};
use ruff_text_size::Ranged;
use std::collections::BTreeSet;

/// Calls that give as many items as they are given.
const PASSING: [&str; 13] = [
    "enumerate",
    "zip",
    "sorted",
    "reversed",
    "list",
    "tuple",
    "set",
    "iter",
    "product",
    "permutations",
    "chain",
    "cycle",
    "as_completed",
];

/// Assertions in a loop that may have no turn.
pub fn repeat<'a>(look: &mut Look<'a, '_>, repeat: &'a StmtFor) -> bool {
    let Some(asserted) = first(look.source, &repeat.body) else { return false };
    // A loop that was not left fails the test, or has another assertion: `else: pytest.fail(…)`.
    if repeat.orelse.iter().any(|stmt| fails(stmt) || leaves(stmt)) || first(look.source, &repeat.orelse).is_some() {
        return true;
    }
    if is_generated(look)
        || look.is_filled(&repeat.iter)
        || is_sized(look, repeat)
        || fails_at_last(look, &repeat.body)
        || is_input(look, repeat)
    {
        return false;
    }
    let what = format!("it is run only if {} has items", look.source.shown(base(look, &repeat.iter)));
    look.find_asserting("uncertain-assertion", asserted, what);
    true
}

/// What a loop goes through, without what is around it: `rows` of `enumerate(rows.items())`.
#[must_use]
pub fn base<'e>(look: &Look<'_, '_>, iter: &'e Expr) -> &'e Expr {
    match iter {
        Expr::Call(call) => match (last_name(&call.func), call.arguments.args.first(), &*call.func) {
            (Some("items" | "keys" | "values"), None, Expr::Attribute(attribute)) => base(look, &attribute.value),
            (Some(name), Some(first), Expr::Name(_)) if PASSING.contains(&name) => {
                let open = call.arguments.args.iter().find(|arg| !look.is_filled(arg));
                base(look, open.unwrap_or(first))
            }
            _ => iter,
        },
        Expr::Subscript(subscript) if subscript.slice.is_slice_expr() => base(look, &subscript.value),
        _ => iter,
    }
}

/// Whether another assertion says that there are items, or one behind the loop looks at what it found.
fn is_sized(look: &Look<'_, '_>, repeat: &StmtFor) -> bool {
    is_sized_as(look, repeat, base(look, &repeat.iter))
}

/// The same of one part of what the loop goes through: `first + second` has items where one of both has.
fn is_sized_as(look: &Look<'_, '_>, repeat: &StmtFor, base: &Expr) -> bool {
    if let Expr::BinOp(both) = base {
        return is_sized_as(look, repeat, &both.left) || is_sized_as(look, repeat, &both.right);
    }
    let range = repeat.range;
    let mut all = statements(look.case.body());
    // What the functions of the test assert on it is asserted as well.
    let own: Vec<_> = all.iter().filter_map(|stmt| stmt.as_function_def_stmt()).collect();
    all.extend(own.into_iter().flat_map(|def| statements(&def.body)));
    let outside: Vec<&Stmt> = all.into_iter().filter(|stmt| !range.contains_range(stmt.range())).collect();
    let inside = statements(&repeat.body);
    let stored: BTreeSet<&str> = inside
        .iter()
        .flat_map(|stmt| expressions(stmt))
        .chain(super::walk::within(&repeat.target))
        .filter_map(|expr| match expr {
            Expr::Name(name) if name.ctx.is_store() => Some(name.id.as_str()),
            // `next(wanted)` takes an item each turn.
            Expr::Call(call) if last_name(&call.func) == Some("next") => call.arguments.args.first().and_then(root),
            Expr::Call(call) => call.func.as_attribute_expr().and_then(|attribute| root(&attribute.value)),
            // `del wanted[name]`
            Expr::Subscript(subscript) if subscript.ctx.is_del() => root(&subscript.value),
            _ => None,
        })
        .collect();
    let mentioned = mentioned(look.source, &outside);
    if stored.iter().any(|name| mentioned.contains(name) && look.locals.contains(name)) {
        return true;
    }
    let shown = look.source.slice(base);
    let root = root(base);
    // The calls of a mock are counted by other words.
    let counted = shown.strip_suffix("call_args_list").or_else(|| shown.strip_suffix("mock_calls"));
    let ways = ["call_count", "assert_called", "assert_any_call", "assert_has_calls", "called", "await_count"];
    // The whole of it is compared or handed on: `assert load(data) == {…}`.
    let is_whole = |stmt: &&Stmt| {
        let parts = expressions(stmt);
        let within: Vec<&Expr> = parts
            .iter()
            .filter_map(|expr| match expr {
                Expr::Attribute(attribute) => Some(&*attribute.value),
                Expr::Subscript(subscript) => Some(&*subscript.value),
                _ => None,
            })
            .collect();
        parts
            .iter()
            .filter(|expr| expr.as_name_expr().is_some_and(|name| Some(name.id.as_str()) == root))
            .any(|name| !within.iter().any(|owner| std::ptr::eq(*owner, *name)))
    };
    let texts = same_size(look, base);
    let mut asserted = outside.iter().filter(|stmt| is_assertion(look.source, stmt));
    asserted.any(|stmt| {
        let words = look.source.slice(*stmt);
        let counting = ["len(", ".count", "assertCount", ".found", ".has_"];
        let counts = counting.iter().any(|way| words.contains(way));
        let is_counted = counted.is_some_and(|mock| ways.iter().any(|way| words.contains(&format!("{mock}{way}"))));
        is_counted
            || is_logged(shown, words)
            || texts.iter().any(|text| names_it(words, text))
            || is_whole(stmt)
            || (counts && root.is_some_and(|root| words.contains(root)))
            || root.is_some_and(|root| says_how_many(stmt, root))
    })
}

/// Words in the names of how many there are of something.
const AMOUNTS: [&str; 6] = ["count", "total", "size", "length", "num", "hits"];

/// Whether an assertion compares how many there are, as the same answer tells it, with a number: `assert got["total"] == 3`.
fn says_how_many(stmt: &Stmt, owner: &str) -> bool {
    let is_number = |expr: &&Expr| {
        expr.as_number_literal_expr().is_some_and(|literal| literal.value.as_int().is_none_or(|int| *int != 0))
    };
    let parts = expressions(stmt);
    let tells = parts.iter().any(|part| {
        let key = match part {
            Expr::Subscript(subscript) => text(&subscript.slice),
            Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
            _ => None,
        };
        let says = |key: &str| AMOUNTS.iter().any(|word| key.to_lowercase().contains(word));
        key.is_some_and(says) && root(part) == Some(owner)
    });
    tells && parts.iter().any(is_number)
}

/// Whether an assertion finds something in the same log whose records a loop goes through.
fn is_logged(shown: &str, words: &str) -> bool {
    let is_log = matches!(shown, "caplog.records" | "caplog.messages" | "caplog.record_tuples");
    is_log && words.contains("caplog.") && !words.contains("not in ") && !words.contains("not caplog")
}

/// Whether a text has another one in it, from its first word to its last.
fn names_it(words: &str, text: &str) -> bool {
    let is_of_name = |c: char| c.is_alphanumeric() || c == '_';
    words.match_indices(text).any(|(at, _)| {
        let before = words.get(..at).and_then(|before| before.chars().next_back());
        let behind = words.get(at + text.len()..).and_then(|behind| behind.chars().next());
        !before.is_some_and(is_of_name) && !behind.is_some_and(is_of_name)
    })
}

/// What has as many items as something, by how the test makes one of the other: itself, what it is taken from item by item,
/// and what is taken from it so.
fn same_size<'a>(look: &Look<'a, '_>, base: &Expr) -> Vec<&'a str> {
    let shown = look.source.slice(base);
    let mut texts = vec![shown];
    if let Some(name) = base.as_name_expr() {
        let taken = look.values(name.id.as_str()).iter().filter_map(|value| taken_from(value));
        texts.extend(taken.map(|from| look.source.slice(from)));
    }
    let of_it = |value: &&&'a Expr| taken_from(value).is_some_and(|from| look.source.slice(from) == shown);
    texts.extend(look.locals.iter().filter(|name| look.values(name).iter().any(|value| of_it(&value))));
    texts
}

/// What a value is taken from item by item, all of them: `rows` of `sorted(row.name for row in rows)`.
fn taken_from(value: &Expr) -> Option<&Expr> {
    let generators = match value {
        Expr::ListComp(made) => &made.generators,
        Expr::SetComp(made) => &made.generators,
        Expr::DictComp(made) => &made.generators,
        Expr::Generator(made) => &made.generators,
        Expr::Call(call) => {
            let plain = ["sorted", "list", "tuple", "set", "len", "dict", "Counter", "sum", "frozenset"];
            let first = call.arguments.args.first()?;
            let is_plain = call.func.as_name_expr().is_some_and(|name| plain.contains(&name.id.as_str()));
            return is_plain.then(|| taken_from(first).unwrap_or(first));
        }
        _ => return None,
    };
    let [only] = generators.as_slice() else { return None };
    only.ifs.is_empty().then_some(&only.iter)
}
