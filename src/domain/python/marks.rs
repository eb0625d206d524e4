//! The marks of pytest that decorators and `pytestmark` put on tests, and what else a decorator says.

use ruff_python_ast::{Decorator, Expr};

/// `a.b.c` of an expression that is nothing but names and dots.
#[must_use]
pub fn dotted(expr: &Expr) -> Option<String> {
    let mut parts = Vec::new();
    let mut expr = expr;
    loop {
        match expr {
            Expr::Attribute(attribute) => {
                parts.push(attribute.attr.as_str());
                expr = &attribute.value;
            }
            Expr::Name(name) => {
                parts.push(name.id.as_str());
                parts.reverse();
                return Some(parts.join("."));
            }
            _ => return None,
        }
    }
}

/// The name of what an expression applies: `pytest.mark.parametrize` of `pytest.mark.parametrize("x", [1])`.
#[must_use]
pub fn applied(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Call(call) => dotted(&call.func),
        expr => dotted(expr),
    }
}

/// The name of a mark: `slow` of `pytest.mark.slow`. `parametrize` is one under any name that ends so.
fn mark(expr: &Expr) -> Option<String> {
    let name = applied(expr)?;
    let (before, last) = name.rsplit_once('.').unwrap_or(("", &name));
    (before == "mark" || before.ends_with(".mark") || last == "parametrize").then(|| last.to_owned())
}

/// The marks of decorators.
pub(super) fn of_decorators(decorators: &[Decorator]) -> impl Iterator<Item = String> + '_ {
    decorators.iter().filter_map(|decorator| mark(&decorator.expression))
}

/// The marks of the value of `pytestmark`: one, or a list of them.
pub(super) fn of_value(value: &Expr) -> Vec<String> {
    match value {
        Expr::List(list) => list.elts.iter().filter_map(mark).collect(),
        Expr::Tuple(tuple) => tuple.elts.iter().filter_map(mark).collect(),
        value => mark(value).into_iter().collect(),
    }
}

/// Whether a decorator makes a fixture of the function.
#[must_use]
pub fn is_fixture(decorators: &[Decorator]) -> bool {
    let fixture = |name: String| name == "fixture" || name.ends_with(".fixture");
    decorators.iter().any(|decorator| applied(&decorator.expression).is_some_and(fixture))
}
