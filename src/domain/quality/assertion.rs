//! What an assertion is: statements that fail the test when the outcome is another one.

use super::language::LANGUAGE;
use super::source::Source;
use super::walk::{calls, names, statements};
use crate::domain::python::{last_name, says_alone};
use ruff_python_ast::{CmpOp, Expr, Stmt, StmtWith};

/// Context managers that fail the test unless their block does what they expect.
const EXPECTING: [&str; 12] = [
    "raises",
    "warns",
    "deprecated_call",
    "assertRaises",
    "assertRaisesRegex",
    "assertRaisesMessage",
    "assertWarns",
    "assertWarnsRegex",
    "assertNumQueries",
    "assertLogs",
    "assertNoLogs",
    "django_assert_num_queries",
];

/// Whether a statement asserts something itself, its blocks aside.
#[must_use]
pub fn is_assertion(source: &Source<'_>, stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Assert(_) => true,
        Stmt::With(with) => expects(with),
        Stmt::Expr(_) | Stmt::Assign(_) | Stmt::Return(_) => calls(stmt).any(|call| {
            let is_alone = call.func.as_name_expr().is_some_and(|name| says_alone(name.id.as_str()));
            is_alone
                || last_name(&call.func)
                    .is_some_and(|name| says(name) || source.asserting.contains(name) && !is_module(source, &call.func))
        }),
        _ => false,
    }
}

/// Whether a function is one of Python's own modules, be there a helper of that name: `asyncio.wait_for`.
fn is_module(source: &Source<'_>, callee: &Expr) -> bool {
    let first = callee.as_attribute_expr().and_then(|of| of.value.as_name_expr());
    let meant = first.and_then(|name| source.imports.get(name.id.as_str()));
    meant.is_some_and(|meant| LANGUAGE.contains(&meant.as_str()))
}

/// Whether a name says that it asserts; the error itself does not, and neither do Prolog's facts.
fn says(name: &str) -> bool {
    let is_other = name.ends_with("Error") || matches!(name, "asserta" | "assertz");
    name.to_lowercase().contains("assert") && !is_other
        || matches!(name, "expect" | "raise_for_status" | "fail" | "raises" | "warns" | "deprecated_call")
}

/// Whether a `with` statement expects an error, a warning or a number of queries.
#[must_use]
pub fn expects(with: &StmtWith) -> bool {
    managers(with).any(|name| EXPECTING.contains(&name))
}

/// The names of the context managers that a statement calls. What a mere name holds is not known: `with raises:`.
pub fn managers(with: &StmtWith) -> impl Iterator<Item = &str> {
    with.items.iter().filter_map(|item| item.context_expr.as_call_expr()).filter_map(|call| last_name(&call.func))
}

/// Whether a `with` statement expects an error.
#[must_use]
pub fn expects_error(with: &StmtWith) -> bool {
    managers(with).any(|name| name.starts_with("assertRaises") || name == "raises")
}

/// Whether a statement fails the test wherever it is run.
#[must_use]
pub fn fails(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Raise(_) => true,
        Stmt::Assert(assert) => says_truth(&assert.test) == Some(false),
        Stmt::Expr(_) | Stmt::Return(_) => calls(stmt).any(|call| {
            let given = call.arguments.args.first().and_then(says_truth);
            match last_name(&call.func) {
                Some("fail") => true,
                Some("assertTrue" | "assert_" | "assert_true") => given == Some(false),
                Some("assertFalse" | "assert_false") => given == Some(true),
                _ => false,
            }
        }),
        _ => false,
    }
}

/// What a literal says: `assert 0` says the same as `assert False`, and so does `assert 1 == 0`.
#[must_use]
pub fn says_truth(expr: &Expr) -> Option<bool> {
    // `assert "not reached" is None`
    if let Expr::Compare(compare) = expr
        && let ([CmpOp::Is], [Expr::NoneLiteral(_)]) = (&*compare.ops, &*compare.comparators)
    {
        return compare.left.is_string_literal_expr().then_some(false);
    }
    // `assert "not raised" == False`
    if let Expr::Compare(compare) = expr
        && let ([CmpOp::Eq], [Expr::BooleanLiteral(right)]) = (&*compare.ops, &*compare.comparators)
        && compare.left.is_string_literal_expr()
    {
        return (!right.value).then_some(false);
    }
    if let Expr::Compare(compare) = expr
        && let ([CmpOp::Eq], [right]) = (&*compare.ops, &*compare.comparators)
    {
        let (left, right) = (compare.left.as_number_literal_expr()?, right.as_number_literal_expr()?);
        return Some(left.value == right.value);
    }
    let number = || expr.as_number_literal_expr().and_then(|literal| literal.value.as_int()).map(|int| *int != 0);
    expr.as_boolean_literal_expr().map(|literal| literal.value).or_else(number)
}

/// The first assertion in a body that is no mere failure, those of its blocks included.
#[must_use]
pub fn first<'a>(source: &Source<'_>, body: &'a [Stmt]) -> Option<&'a Stmt> {
    statements(body).into_iter().find(|stmt| is_assertion(source, stmt) && !fails(stmt) && !calls_failing(source, stmt))
}

/// Whether a statement calls a function of the source that fails the test whatever may be: `report("no rows")`.
fn calls_failing(source: &Source<'_>, stmt: &Stmt) -> bool {
    let call = stmt.as_expr_stmt().and_then(|stmt| stmt.value.as_call_expr());
    let defs = call.and_then(|call| source.functions.get(last_name(&call.func)?));
    defs.is_some_and(|defs| defs.iter().all(|def| def.body.iter().any(fails)))
}

/// Whether an expression can hardly raise: names, attributes and constants, compared for equality, identity or membership.
#[must_use]
pub fn is_calm(expr: &Expr) -> bool {
    use ruff_python_ast::CmpOp;
    match expr {
        Expr::Name(_) | Expr::FString(_) => true,
        expr if expr.is_literal_expr() => true,
        Expr::Attribute(attribute) => is_calm(&attribute.value),
        Expr::UnaryOp(unary) => is_calm(&unary.operand),
        Expr::BoolOp(both) => both.values.iter().all(is_calm),
        Expr::Compare(compare) => {
            let ops = [CmpOp::Eq, CmpOp::NotEq, CmpOp::Is, CmpOp::IsNot, CmpOp::In, CmpOp::NotIn];
            compare.ops.iter().all(|op| ops.contains(op))
                && is_calm(&compare.left)
                && compare.comparators.iter().all(is_calm)
        }
        Expr::Call(call) => {
            let plain = ["len", "str", "repr", "isinstance", "type"];
            call.func.as_name_expr().is_some_and(|name| plain.contains(&name.id.as_str()))
                && call.arguments.args.iter().all(is_calm)
        }
        Expr::List(list) => list.elts.iter().all(is_calm),
        Expr::Tuple(tuple) => tuple.elts.iter().all(is_calm),
        _ => false,
    }
}

/// The names that the assertions of a body mention.
#[must_use]
pub fn mentioned<'a>(source: &Source<'_>, stmts: &[&'a Stmt]) -> std::collections::BTreeSet<&'a str> {
    let asserting = stmts.iter().filter(|stmt| is_assertion(source, stmt));
    // `if not found: pytest.fail("none")` looks at it as well.
    let failing = stmts.iter().filter_map(|stmt| stmt.as_if_stmt()).filter(|branch| branch.body.iter().any(fails));
    let asked = failing.flat_map(|branch| names(&branch.test));
    asserting.flat_map(|stmt| super::walk::expressions(stmt)).flat_map(names).chain(asked).collect()
}
