//! The functions of a source, each with its guide.

use super::ends::{ends, handlers};
use super::item::{Item, Kind, Sign};
use super::name;
use super::source::Source;
use super::walk::Walk;
use crate::base::Clean;
use crate::domain::python::{Syntax, applied};
use ruff_python_ast::statement_visitor::{StatementVisitor, walk_stmt};
use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, Stmt, StmtFunctionDef};
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
            items.extend(path(source, def, &function));
            items.extend(Walk::read(source, params, &def.body));
        }
        for item in &mut items {
            item.line = item.line.clamp(line, end);
        }
        Guide { function, items }
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

/// The happy path: to the end of the function; to any of its `return`s where the end is never reached.
fn path(source: &Source<'_>, def: &StmtFunctionDef, function: &Function) -> Option<Item> {
    let mut signs = ends(source, &def.body);
    let value = def.body.last().and_then(|last| last.as_return_stmt()?.value.as_deref());
    let is_end = !signs.is_empty();
    if !is_end {
        signs = returns(source, &def.body);
    }
    if signs.is_empty() {
        signs = yields(source, &def.body).into_iter().map(Sign::line).collect();
    }
    let line = signs.iter().flat_map(Sign::lines).next()?;
    let called = match (function.is_generator, function.is_async) {
        (true, _) => "is consumed and ",
        (false, true) => "is awaited and ",
        (false, false) => "",
    };
    let (words, name) = match (value, is_end) {
        (Some(value), _) => {
            let name =
                name::value(value).map_or_else(|| "returns_its_result".to_owned(), |name| format!("returns_{name}"));
            (format!("runs to its end and returns `{}`", source.quote(value)), name)
        }
        (None, true) => ("runs to its end".to_owned(), "runs_to_its_end".to_owned()),
        (None, false) => ("returns one of its results".to_owned(), "returns_its_result".to_owned()),
    };
    let words = Clean::line(&format!("happy path: {called}{words}"));
    Some(Item { kind: Kind::Path, line, words, name, sign: Sign::Any(signs), values: None })
}

/// What shows each `return` that no handler holds.
fn returns(source: &Source<'_>, body: &[Stmt]) -> Vec<Sign> {
    struct Returns<'a> {
        source: &'a Source<'a>,
        handlers: Vec<u32>,
        found: Vec<Sign>,
    }
    impl<'a> StatementVisitor<'a> for Returns<'_> {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            match stmt {
                Stmt::Return(_) => self.found.push(Sign::done(self.source.line(stmt), &self.handlers)),
                Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
                Stmt::Try(attempt) => {
                    let outer = self.handlers.len();
                    self.handlers.extend(handlers(self.source, attempt));
                    self.visit_body(&attempt.body);
                    self.handlers.truncate(outer);
                    self.visit_body(&attempt.orelse);
                }
                _ => walk_stmt(self, stmt),
            }
        }
    }
    let mut returns = Returns { source, handlers: Vec::new(), found: Vec::new() };
    returns.visit_body(body);
    returns.found
}

/// The lines of the statements that yield.
fn yields(source: &Source<'_>, body: &[Stmt]) -> Vec<u32> {
    struct Yields<'a>(&'a Source<'a>, Vec<u32>);
    impl<'a> Visitor<'a> for Yields<'_> {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            if !matches!(stmt, Stmt::FunctionDef(_) | Stmt::ClassDef(_)) {
                ruff_python_ast::visitor::walk_stmt(self, stmt);
            }
        }

        fn visit_expr(&mut self, expr: &'a Expr) {
            match expr {
                Expr::Yield(_) | Expr::YieldFrom(_) => self.1.push(self.0.first(expr.start())),
                Expr::Lambda(_) => return,
                _ => {}
            }
            walk_expr(self, expr);
        }
    }
    let mut found = Yields(source, Vec::new());
    found.visit_body(body);
    found.1
}
