//! The functions of a source, each with its guide.

use super::item::Item;
use super::path::{caught, path, yields};
use super::source::Source;
use super::walk::Walk;
use crate::domain::python::{Syntax, applied};
use ruff_python_ast::statement_visitor::{StatementVisitor, walk_stmt};
use ruff_python_ast::{Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;

/// A function of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name with the classes and functions around it: `Order.total`.
    pub name: String,
    /// The line of its first decorator, or of its `def`.
    pub line: u32,
    /// The line of its name.
    pub def: u32,
    /// Its last line.
    pub end: u32,
    /// The class that it is a method of.
    pub class: Option<String>,
    /// Whether it is defined with `async`.
    pub is_async: bool,
    /// Whether it yields.
    pub is_generator: bool,
    /// Whether it stands in another function, so that its guide is a part of that one's.
    pub is_nested: bool,
    /// What its decorators are called: `property`, `total.setter`.
    pub decorators: Vec<String>,
    /// Its parameters as they are written, `self` and `cls` left out.
    pub parameters: String,
}

impl Function {
    /// Its name without what is around it.
    #[must_use]
    pub fn own_name(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }

    /// Its name, and what tells it from others of that name: `Order.total (setter)`.
    #[must_use]
    pub fn title(&self) -> String {
        let role = self.decorators.iter().find_map(|name| match name.rsplit('.').next().unwrap_or(name) {
            role @ ("setter" | "deleter") => Some(role),
            _ => None,
        });
        role.map_or_else(|| self.name.clone(), |role| format!("{} ({role})", self.name))
    }
}

/// A function with what a full test of it covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guide {
    /// The function.
    pub function: Function,
    /// What a full test covers: the happy path first, then in the order of the source. Empty for a function that does
    /// nothing, such as an abstract one.
    pub items: Vec<Item>,
    /// The lines on which the function takes up what was raised: handlers, and what runs in any case.
    pub caught: Vec<u32>,
}

/// The guides of all functions of a source, in its order.
///
/// # Errors
/// The source has errors: the line of the first one, and what it is.
pub fn guides(text: &str) -> Result<Vec<Guide>, (u32, String)> {
    let syntax = Syntax::read(text);
    if let Some(error) = syntax.errors().into_iter().next() {
        return Err(error);
    }
    let source = Source::new(text, &syntax);
    let mut finder = Finder { source: &source, scope: Vec::new(), guides: Vec::new() };
    finder.visit_body(syntax.body());
    Ok(finder.guides)
}

struct Finder<'a> {
    source: &'a Source<'a>,
    /// The classes (`true`) and functions around.
    scope: Vec<(&'a str, bool)>,
    guides: Vec<Guide>,
}

impl<'a> StatementVisitor<'a> for Finder<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => {
                let guide = self.guide(def);
                if !guide.function.decorators.iter().any(|name| name.ends_with("overload")) {
                    self.guides.push(guide);
                }
                self.within((def.name.as_str(), false), stmt);
            }
            Stmt::ClassDef(class) => self.within((class.name.as_str(), true), stmt),
            _ => walk_stmt(self, stmt),
        }
    }
}

impl<'a> Finder<'a> {
    fn within(&mut self, around: (&'a str, bool), stmt: &'a Stmt) {
        self.scope.push(around);
        walk_stmt(self, stmt);
        self.scope.pop();
    }

    fn guide(&self, def: &'a StmtFunctionDef) -> Guide {
        let source = self.source;
        let (line, end) = source.syntax.lines(def.range());
        let class = self.scope.last().filter(|(_, is_class)| *is_class).map(|(name, _)| (*name).to_owned());
        let around = self.scope.iter().map(|(name, _)| *name).chain([def.name.as_str()]);
        let decorators = def.decorator_list.iter().filter_map(|decorator| applied(&decorator.expression)).collect();
        let params: Vec<String> = def.parameters.iter().map(|parameter| parameter.name().to_string()).collect();
        let function = Function {
            name: around.collect::<Vec<_>>().join("."),
            line,
            def: source.syntax.line(def.name.start()),
            end,
            parameters: parameters(source, def, class.is_some()),
            class,
            is_async: def.is_async,
            is_generator: !yields(source, &def.body).is_empty(),
            is_nested: self.scope.iter().any(|(_, is_class)| !is_class),
            decorators,
        };
        let mut items: Vec<Item> = Vec::new();
        if !is_stub(&def.body) {
            items.extend(path(source, def, (function.is_generator, function.is_async)));
            items.extend(Walk::read(source, params, &def.body));
        }
        for item in &mut items {
            item.line = item.line.clamp(line, end);
        }
        Guide { function, items, caught: caught(source, &def.body) }
    }
}

/// The parameters as they are written, without the first one of a method.
fn parameters(source: &Source<'_>, def: &StmtFunctionDef, is_method: bool) -> String {
    let is_own = |name: &str| is_method && matches!(name, "self" | "cls" | "mcs");
    let star = |at: usize, name: &str| match at {
        0 => name.to_owned(),
        1 => format!("*{name}"),
        _ => format!("**{name}"),
    };
    let mut all: Vec<String> = Vec::new();
    let given = |parameter: &ruff_python_ast::ParameterWithDefault| match &parameter.default {
        Some(default) => format!("{}={}", parameter.parameter.name, source.quote(&**default)),
        None => parameter.parameter.name.to_string(),
    };
    let positional = def.parameters.posonlyargs.iter().chain(&def.parameters.args);
    all.extend(positional.filter(|parameter| !is_own(&parameter.parameter.name)).map(given));
    all.extend(def.parameters.vararg.iter().map(|parameter| star(1, &parameter.name)));
    all.extend(def.parameters.kwonlyargs.iter().map(given));
    all.extend(def.parameters.kwarg.iter().map(|parameter| star(2, &parameter.name)));
    all.join(", ")
}

/// Whether a function does nothing: only a text, `...`, `pass`, or the word that others are to write it.
fn is_stub(body: &[Stmt]) -> bool {
    let is_silent = |stmt: &Stmt| match stmt {
        Stmt::Pass(_) => true,
        Stmt::Expr(expr) => expr.value.is_literal_expr(),
        Stmt::Raise(raise) => super::outcome::raised(raise).is_some_and(|name| name == "NotImplementedError"),
        _ => false,
    };
    body.iter().all(is_silent)
}
