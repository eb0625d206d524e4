//! Factories rather than large literal payloads.

use super::assertion::is_assertion;
use super::check::Look;
use super::walk::{calls, expressions, names, root, statements};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, Stmt};

/// Looks for large dictionaries that a test writes out as an input.
pub fn check(look: &mut Look<'_, '_>) {
    for stmt in statements(look.case.body()) {
        if is_assertion(look.source, stmt) || is_expected(look, stmt) || stmt.is_for_stmt() {
            continue;
        }
        let mut until = None;
        for expr in expressions(stmt) {
            let range = ruff_text_size::Ranged::range(expr);
            let values = payload(expr);
            // What is inside of one that was found is not told again.
            if values >= look.about.limits.payload && until.is_none_or(|end| range.start() >= end) {
                until = Some(range.end());
                look.find("large-payload", expr, format!("a literal with {values} values is written out"));
            }
        }
    }
}

/// Words in names of what is expected, and of tables of cases: those have to be written out.
const EXPECTED: [&str; 17] = [
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

/// Whether all that the test does with a name is to compare it, and to go through it.
fn is_compared(look: &Look<'_, '_>, name: &str) -> bool {
    let is_it = |expr: &Expr| names(expr).contains(name);
    let mut uses = 0;
    statements(look.case.body()).into_iter().all(|stmt| {
        let used = expressions(stmt).into_iter().filter_map(Expr::as_name_expr);
        if !used.into_iter().any(|used| used.id.as_str() == name && used.ctx.is_load()) {
            return true;
        }
        uses += 1;
        match stmt {
            Stmt::For(repeat) => is_it(&repeat.iter),
            Stmt::Assert(assert) => assert.test.as_compare_expr().is_some_and(|compare| {
                [&*compare.left].into_iter().chain(&compare.comparators).any(|side| root(side) == Some(name))
            }),
            Stmt::Expr(_) => calls(stmt).next().is_some_and(|call| {
                let is_asserting = last_name(&call.func).is_some_and(|callee| callee.starts_with("assert"));
                is_asserting && call.arguments.args.iter().any(|given| root(given) == Some(name))
            }),
            _ => false,
        }
    }) && uses > 0
}

/// How many values a literal of named values holds; 0 for anything else.
fn payload(expr: &Expr) -> usize {
    match expr {
        Expr::Dict(dict)
            if dict.items.iter().all(|item| item.key.as_ref().is_some_and(Expr::is_string_literal_expr)) =>
        {
            values(expr)
        }
        Expr::List(list) if list.elts.iter().all(|item| item.is_dict_expr()) => list.elts.iter().map(payload).sum(),
        _ => 0,
    }
}

/// The values in a literal.
fn values(expr: &Expr) -> usize {
    match expr {
        Expr::Dict(dict) => dict.items.iter().map(|item| values(&item.value)).sum(),
        // A column of plain values is read as one.
        Expr::List(list) if list.elts.iter().all(Expr::is_literal_expr) => usize::from(!list.elts.is_empty()),
        Expr::List(list) => list.elts.iter().map(values).sum(),
        Expr::Tuple(tuple) => tuple.elts.iter().map(values).sum(),
        expr => usize::from(expr.is_literal_expr()),
    }
}
