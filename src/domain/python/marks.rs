//! The marks of pytest that decorators and `pytestmark` put on tests, and what else a decorator says.

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Decorator, Expr, ExprCall, Stmt};

/// Functions of pytest that give a test's report a property: its name first, its value after that.
const RECORDING: [&str; 2] = ["record_property", "record_xml_attribute"];
/// Texts longer than this label nothing.
const LONGEST_LABEL: usize = 120;

/// A text that a mark was given, or a property that a test gives its own report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// The name of the mark, or that of the property.
    pub name: String,
    /// The text.
    pub text: String,
    /// Whether it is a property, and not the text of a mark.
    pub is_property: bool,
}

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

/// Finds labels wherever they stand in an expression, such as in the `marks` of a `pytest.param`.
#[derive(Default)]
pub(super) struct Labels(pub Vec<Label>);

impl Labels {
    fn call(&mut self, call: &ExprCall) {
        let Some(name) = dotted(&call.func) else { return };
        let (before, last) = name.rsplit_once('.').unwrap_or(("", &name));
        if before == "mark" || before.ends_with(".mark") {
            let given = call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|keyword| &keyword.value));
            self.put(last, given.flat_map(texts), false);
        } else if RECORDING.contains(&last)
            && let [name, value] = &*call.arguments.args
        {
            texts(name).into_iter().for_each(|name| self.put(&name, texts(value).into_iter(), true));
        }
    }

    fn put(&mut self, name: &str, texts: impl Iterator<Item = String>, is_property: bool) {
        let texts = texts.filter(|text| text.len() <= LONGEST_LABEL);
        self.0.extend(texts.map(|text| Label { name: name.to_owned(), text, is_property }));
    }

    /// Those of decorators.
    pub(super) fn of_decorators(decorators: &[Decorator]) -> Vec<Label> {
        let mut labels = Self::default();
        decorators.iter().for_each(|decorator| labels.visit_expr(&decorator.expression));
        labels.0
    }

    /// Those of a value, such as that of `pytestmark`.
    pub(super) fn of_value(value: &Expr) -> Vec<Label> {
        let mut labels = Self::default();
        labels.visit_expr(value);
        labels.0
    }

    /// The properties that the body of a test gives its report.
    pub(super) fn of_body(body: &[Stmt]) -> Vec<Label> {
        let mut labels = Self::default();
        labels.visit_body(body);
        labels.0.retain(|label| label.is_property);
        labels.0
    }
}

impl<'a> Visitor<'a> for Labels {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr {
            self.call(call);
        }
        walk_expr(self, expr);
    }
}

/// The texts of an expression: one, or those of a list.
fn texts(value: &Expr) -> Vec<String> {
    let text = |value: &Expr| value.as_string_literal_expr().map(|text| text.value.to_str().to_owned());
    match value {
        Expr::List(list) => list.elts.iter().filter_map(text).collect(),
        Expr::Tuple(tuple) => tuple.elts.iter().filter_map(text).collect(),
        value => text(value).into_iter().collect(),
    }
}
