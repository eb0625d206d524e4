//! Factories rather than large literal payloads.

use super::assertion::{first, is_assertion};
use super::check::Look;
use super::walk::{calls, everything, expressions, names, root, statements, text, within};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, ExprList, ExprTuple, Stmt};
use ruff_text_size::Ranged;
use std::collections::BTreeSet;

/// Looks for large dictionaries that a test writes out as an input.
pub fn check(look: &mut Look<'_, '_>) {
    for stmt in statements(look.case.body()) {
        if is_asked(look, stmt) || is_expected(look, stmt) || stmt.is_for_stmt() {
            continue;
        }
        let mut until = None;
        for expr in expressions(stmt) {
            let range = expr.range();
            let values = payload(expr);
            // What is inside of one that was found is not told again.
            if values >= look.about.limits.payload && until.is_none_or(|end| range.start() >= end) {
                until = Some(range.end());
                if is_subject(look, expr) {
                    continue;
                }
                look.find("large-payload", expr, format!("a literal with {values} values is written out"));
            }
        }
    }
}

/// Words in names of what is expected, and of tables of cases: those have to be written out.
const EXPECTED: [&str; 19] = [
    "expect",
    "result",
    "output",
    "want",
    "golden",
    "schema",
    "correct",
    "xfail",
    "cases",
    "scenario",
    "variation",
    "matrix",
    "testdata",
    "snapshot",
    "examples",
    "permutations",
    "answers",
    "tests",
    "params",
];

/// Whether a statement writes out what is expected, or the cases of a loop.
fn is_expected(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let targets: Vec<&Expr> = match stmt {
        Stmt::Assign(assign) => assign.targets.iter().collect(),
        Stmt::AnnAssign(assign) => vec![&assign.target],
        Stmt::Expr(expr) => expr.value.as_call_expr().and_then(|call| call.func.as_attribute_expr()).map_or_else(
            Vec::new,
            // `expected.append({…})`
            |method| vec![&*method.value],
        ),
        _ => Vec::new(),
    };
    let names: Vec<&str> = targets.into_iter().filter_map(last_name).collect();
    names.iter().any(|name| EXPECTED.iter().any(|word| name.to_lowercase().contains(word)))
        || !names.is_empty() && names.iter().all(|name| is_compared(look, name))
}

/// Whether most of what is written out is what the test is about: its keys or its values stand elsewhere in the test again.
fn is_subject(look: &Look<'_, '_>, literal: &Expr) -> bool {
    let all = everything(look.case.body());
    let (inside, outside): (Vec<&Expr>, Vec<&Expr>) =
        all.into_iter().partition(|expr| literal.range().contains_range(expr.range()));
    let keys: BTreeSet<&str> = inside
        .iter()
        .filter_map(|expr| expr.as_dict_expr())
        .flat_map(|dict| &dict.items)
        .filter_map(|item| text(item.key.as_ref()?))
        .collect();
    let elsewhere: BTreeSet<&str> = outside.iter().filter_map(|expr| spoken(look, expr)).collect();
    let values: BTreeSet<&str> =
        inside.iter().filter_map(|expr| plain(look, expr)).filter(|value| !keys.contains(value)).collect();
    let is_again = |words: &BTreeSet<&str>| {
        let again = words.iter().filter(|word| elsewhere.contains(*word)).count();
        again > 1 && again * 2 >= words.len()
    };
    is_again(&keys) || is_again(&values)
}

/// What an expression says by itself: an attribute by its name, a text, a number.
fn spoken<'a>(look: &Look<'a, '_>, expr: &'a Expr) -> Option<&'a str> {
    expr.as_attribute_expr().map(|attribute| attribute.attr.as_str()).or_else(|| plain(look, expr))
}

/// A text, or a number as it is written, that is more than a flag.
fn plain<'a>(look: &Look<'a, '_>, expr: &'a Expr) -> Option<&'a str> {
    let written = expr.as_number_literal_expr().map(|number| look.source.slice(number));
    text(expr).or(written).filter(|word| word.len() > 1)
}

/// Whether what a name stands for is compared: by an assertion, by what is done for each of it, by a helper that asserts.
fn is_compared(look: &Look<'_, '_>, name: &str) -> bool {
    statements(look.case.body()).into_iter().any(|stmt| match stmt {
        Stmt::For(repeat) => names(&repeat.iter).contains(name) && first(look.source, &repeat.body).is_some(),
        Stmt::Assert(assert) => within(&assert.test)
            .into_iter()
            .filter_map(Expr::as_compare_expr)
            .any(|compare| [&*compare.left].into_iter().chain(&compare.comparators).any(|side| stands_for(side, name))),
        Stmt::Expr(_) => calls(stmt).next().filter(|_| is_asked(look, stmt)).is_some_and(|call| {
            let named = call.arguments.keywords.iter().map(|keyword| &keyword.value);
            call.arguments.args.iter().chain(named).any(|given| stands_for(given, name))
        }),
        _ => false,
    })
}

/// Whether an expression is what a name stands for, a part of it, or about as much as that: `approx(expected[at])`.
fn stands_for(expr: &Expr, name: &str) -> bool {
    let inner = expr.as_call_expr().filter(|call| last_name(&call.func) == Some("approx"));
    root(inner.and_then(|call| call.arguments.args.first()).unwrap_or(expr)) == Some(name)
}

/// Whether a statement asserts, or calls what does by its name: `self._check_fields(…)`, `self.validate_all(…)`.
fn is_asked(look: &Look<'_, '_>, stmt: &Stmt) -> bool {
    let asks = |name: &str| {
        let name = name.trim_start_matches('_');
        ["assert", "check", "expect", "validate", "verify"].iter().any(|word| name.starts_with(word))
    };
    let called = stmt.as_expr_stmt().and_then(|stmt| stmt.value.as_call_expr());
    // Of a method of the test itself nobody takes the answer: it looks at it.
    let own = called.and_then(|call| call.func.as_attribute_expr()).and_then(|method| method.value.as_name_expr());
    is_assertion(look.source, stmt)
        || own.is_some_and(|name| name.id.as_str() == "self")
        || called.and_then(|call| last_name(&call.func)).is_some_and(asks)
}

/// How many values a literal of named values holds; 0 for anything else.
fn payload(expr: &Expr) -> usize {
    match expr {
        Expr::Dict(dict)
            if dict.items.iter().all(|item| item.key.as_ref().is_some_and(Expr::is_string_literal_expr)) =>
        {
            let (written, named) = values(expr);
            // Where much of it is names and calls, it is no data: a graph of tasks, a table of handlers.
            if named * 2 < written { written } else { 0 }
        }
        Expr::List(list) if list.elts.iter().all(|item| item.is_dict_expr()) => list.elts.iter().map(payload).sum(),
        _ => 0,
    }
}

/// The values in a literal, and what stands in it by a name or is called.
fn values(expr: &Expr) -> (usize, usize) {
    let sum = |all: &mut dyn Iterator<Item = &Expr>| {
        all.map(values).fold((0, 0), |(written, named), (more, others)| (written + more, named + others))
    };
    match expr {
        Expr::Dict(dict) => sum(&mut dict.items.iter().map(|item| &item.value)),
        // A column of plain values is read as one, and so is a point or a colour.
        Expr::List(ExprList { elts, .. }) | Expr::Tuple(ExprTuple { elts, .. })
            if elts.iter().all(Expr::is_literal_expr) =>
        {
            (usize::from(!elts.is_empty()), 0)
        }
        Expr::List(list) => sum(&mut list.elts.iter()),
        Expr::Tuple(tuple) => sum(&mut tuple.elts.iter()),
        expr => (usize::from(expr.is_literal_expr()), usize::from(!expr.is_literal_expr())),
    }
}
