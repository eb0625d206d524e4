//! What one function says of assertions: those that it makes, and the names through which it may make others.

use crate::domain::python::asserts::last_name;
use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{
    Decorator, Expr, ExprCall, InterpolatedStringElement, Parameters, Stmt, StmtFunctionDef, StmtRaise,
};
use std::collections::BTreeSet;

/// First words of names that assert when they are called.
const FIRST: [&str; 13] = [
    "check", "checks", "expect", "expects", "verify", "verifies", "should", "must", "ensure", "validate", "fail",
    "approve", "eq",
];

/// Names that assert.
const NAMES: [&str; 40] = [
    "VerifyAll",
    "ExpectLog",
    "ShouldRaise",
    "ShouldNotWarn",
    "ShouldWarn",
    "RaisesGroup",
    "RaisesExc",
    "raises",
    "warns",
    "deprecated_call",
    "fnmatch_lines_random",
    "re_match_lines_random",
    "fnmatch_lines",
    "no_fnmatch_line",
    "re_match_lines",
    "raise_for_status",
    "rethrow",
    "mustcontain",
    "compare",
    "ok_",
    "gradcheck",
    "add_equality_group",
    // pytest-assume's; and hypothesis', by which a test says what it is about.
    "assume",
    "image_comparison",
    "mpl_image_compare",
    // Doubles of servers that fail the test where a request is missing or is another one; a client that refuses what is no success.
    "RequestsMock",
    "Stubber",
    "httpx_mock",
    "respx",
    "respx_mock",
    "use_cassette",
    "Betamax",
    "vcr",
    "TestApp",
    // Those of a window that wait for what is to come, and fail where it does not.
    "waitSignal",
    "waitSignals",
    "waitUntil",
    "waitExposed",
    "wait_signal",
    "wait_until",
];

/// Names that assert when they are called by themselves; as methods they are something else: `column.in_([1, 2])`.
const ALONE: [&str; 18] = [
    "ne_",
    "is_",
    "is_not",
    "is_not_",
    "is_none",
    "is_not_none",
    "is_true",
    "is_false",
    "is_instance_of",
    "in_",
    "not_in",
    "not_in_",
    "le_",
    "lt_",
    "ge_",
    "gt_",
    "startswith_",
    "eq_",
];

/// What one function says.
#[derive(Clone, Debug, Default)]
pub struct Speech {
    /// Its own name.
    pub name: String,
    /// Whether it asserts itself.
    pub asserts: bool,
    /// Whether it is a fixture that every test gets.
    pub is_automatic: bool,
    /// Its parameters: for a test, its fixtures.
    pub parameters: BTreeSet<String>,
    /// Every name in it, those of attributes, parameters and fixtures used by name included.
    pub names: BTreeSet<String>,
    /// The first names of what it calls: `helpers` in `helpers.same(1)`.
    pub calls: BTreeSet<String>,
    /// The names that it calls without a dot.
    pub direct: BTreeSet<String>,
    /// The methods that it calls on `self`.
    pub on_self: BTreeSet<String>,
}

/// Reads one function, with the functions in it.
#[must_use]
pub fn listen(def: &StmtFunctionDef) -> Speech {
    let mut speech = Speech { name: def.name.to_string(), ..Speech::default() };
    speech.decorators(&def.decorator_list);
    speech.parameters = parameters(&def.parameters);
    speech.asserts |= speech.parameters.iter().any(|name| says(name));
    speech.names.extend(speech.parameters.iter().cloned());
    def.body.iter().for_each(|stmt| speech.visit_stmt(stmt));
    speech
}

/// Reads what a name stands for: `same = partial(compare_rows, strict=True)`. All that it names may be called by it.
#[must_use]
pub fn listen_to(name: &str, value: &Expr) -> Speech {
    let mut speech = Speech { name: name.to_owned(), ..Speech::default() };
    speech.visit_expr(value);
    speech.calls.extend(speech.names.iter().cloned());
    speech
}

/// The names of the parameters, without `self` and `cls`.
fn parameters(parameters: &Parameters) -> BTreeSet<String> {
    let names = parameters.iter_non_variadic_params().map(|parameter| parameter.parameter.name.to_string());
    names.filter(|name| name != "self" && name != "cls").collect()
}

/// Whether a name says that it asserts: `assertEqual`, `check_order`, `raises`.
#[must_use]
pub fn says(name: &str) -> bool {
    let mut words = name.split('_').filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default();
    let first = first
        .find(|c: char| c.is_ascii_uppercase())
        .filter(|at| *at > 0)
        .and_then(|at| first.get(..at))
        .unwrap_or(first);
    let waits = name.starts_with("wait_for") || name.starts_with("wait_until");
    waits
        || NAMES.contains(&name)
        || FIRST.contains(&first.to_lowercase().as_str())
        || name.to_lowercase().contains("assert")
}

/// Whether a function of that name asserts where it is called without a dot.
#[must_use]
pub fn says_alone(name: &str) -> bool {
    ALONE.contains(&name)
}

/// Whether a text can be a name of Python.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_') && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

impl Speech {
    fn decorators(&mut self, decorators: &[Decorator]) {
        for decorator in decorators {
            let Some(name) = last_name(&decorator.expression) else { continue };
            self.asserts |= says(name);
            let Expr::Call(call) = &decorator.expression else { continue };
            self.visit_arguments(&call.arguments);
            self.is_automatic |=
                name == "fixture" && call.arguments.keywords.iter().any(|k| k.arg.as_deref() == Some("autouse"));
            if name == "usefixtures" {
                let texts = call.arguments.args.iter().filter_map(Expr::as_string_literal_expr);
                self.names.extend(texts.map(|text| text.value.to_str().to_owned()));
            }
        }
    }

    fn call(&mut self, call: &ExprCall) {
        if let Expr::Name(name) = &*call.func {
            self.direct.insert(name.id.to_string());
            self.asserts |= says_alone(name.id.as_str());
        }
        if let Expr::Attribute(attribute) = &*call.func
            && let Expr::Name(name) = &*attribute.value
            && matches!(name.id.as_str(), "self" | "cls")
        {
            self.on_self.insert(attribute.attr.to_string());
        }
        let mut root = &*call.func;
        loop {
            root = match root {
                Expr::Attribute(attribute) => &attribute.value,
                Expr::Call(call) => &call.func,
                Expr::Subscript(subscript) => &subscript.value,
                Expr::Await(awaited) => &awaited.value,
                Expr::Name(name) => {
                    self.calls.insert(name.id.to_string());
                    break;
                }
                _ => break,
            };
        }
    }

    /// A text: a class that is named by its path, as settings name a middleware; or code that is run elsewhere, and
    /// asserts there.
    fn text(&mut self, text: &str) {
        let last = text.rsplit_once('.').map(|(_, last)| last);
        self.names.extend(last.filter(|last| is_name(last)).map(str::to_owned));
        self.asserts |=
            text.lines().map(str::trim_start).any(|line| line.starts_with("assert ") || line.starts_with("assert("));
    }

    fn name(&mut self, name: &str) {
        self.asserts |= says(name);
        self.names.insert(name.to_owned());
    }
}

/// Whether a test says of itself that it is still to be written: an error and no assertion.
#[must_use]
pub fn is_unwritten(raise: &StmtRaise) -> bool {
    raise.exc.as_deref().and_then(last_name) == Some("NotImplementedError")
}

impl<'a> Visitor<'a> for Speech {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        self.asserts |=
            matches!(stmt, Stmt::Assert(_)) || stmt.as_raise_stmt().is_some_and(|raise| !is_unwritten(raise));
        let is_doc = stmt.as_expr_stmt().is_some_and(|stmt| stmt.value.is_string_literal_expr());
        if !is_doc {
            walk_stmt(self, stmt);
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) => self.name(name.id.as_str()),
            Expr::Attribute(attribute) => self.name(attribute.attr.as_str()),
            Expr::Call(call) => self.call(call),
            Expr::StringLiteral(text) => self.text(text.value.to_str()),
            Expr::FString(text) => {
                let parts = text.value.elements().filter_map(InterpolatedStringElement::as_literal);
                parts.for_each(|part| self.text(&part.value));
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}
