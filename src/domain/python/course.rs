//! The courses that execution can take in each function: its statements, block by block, and what shows that one was reached.

use crate::domain::python::kept::kept;
use crate::domain::python::syntax::Syntax;
use ruff_python_ast::statement_visitor::{StatementVisitor, walk_stmt};
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{ExceptHandler, Expr, ExprContext, Identifier, Parameter, Pattern, Stmt, StmtFunctionDef};
use ruff_text_size::{Ranged, TextSize};
use std::collections::BTreeSet;

/// Functions that see or change the variables of who calls them.
const SEEING: [&str; 6] = ["locals", "vars", "exec", "eval", "dir", "setattr"];

/// Which line runs when a statement is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// This one, always.
    At(u32),
    /// The statement does nothing, and no line shows it.
    Never,
    /// It cannot be told.
    Unclear,
}

/// One statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The first line of the logical line on which it begins.
    pub line: u32,
    /// What shows that it was reached.
    pub shown: Shown,
}

/// One block of statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The line of the statement that holds it; nothing for the body of the function.
    pub holder: Option<u32>,
    /// The line of the statement or the clause that opens it, and which of those without a clause it is.
    pub opened: (u32, u8),
    /// What shows that whatever leads to it was reached.
    pub shown: Shown,
    /// Its statements.
    pub steps: Vec<Step>,
}

/// A line that begins another block of a statement: `else`, `except`, `case`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Its line.
    pub line: u32,
    /// The line of the statement.
    pub holder: u32,
    /// What shows that the statement was reached.
    pub shown: Shown,
    /// What shows that the clause itself was looked at.
    pub own: Shown,
}

/// The courses that execution can take in one outermost function, those inside it included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Course {
    /// Its blocks, each after the one that holds it.
    pub blocks: Vec<Block>,
    /// The clauses.
    pub clauses: Vec<Clause>,
    /// Each name that it binds, with the inner function in which it does, and each inner function that waits or yields.
    pub bound: BTreeSet<(String, String)>,
    /// The names that stand in it.
    pub names: BTreeSet<String>,
    /// Whether what one call does may show in a later one that goes another way: it reads what it keeps, or looks at its
    /// own variables by their names.
    pub is_opaque: bool,
}

/// The courses of the outermost functions of `source`, in their order. None for a source with errors.
#[must_use]
pub fn courses(source: &str) -> Vec<Course> {
    let syntax = Syntax::read(source);
    if !syntax.is_whole() {
        return Vec::new();
    }
    let logical = crate::domain::python::exclude::Logical::read(&syntax);
    let first = |at: TextSize| logical.first_line(syntax.line(at));
    let mut finder = Finder { first: &first, courses: Vec::new() };
    finder.visit_body(syntax.body());
    finder.courses
}

struct Finder<'a> {
    first: &'a dyn Fn(TextSize) -> u32,
    courses: Vec<Course>,
}

impl<'a> StatementVisitor<'a> for Finder<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => self.courses.push(course(def, self.first)),
            _ => walk_stmt(self, stmt),
        }
    }
}

fn course(def: &StmtFunctionDef, first: &dyn Fn(TextSize) -> u32) -> Course {
    let mut reader = Reader { first, course: Course::default() };
    reader.block(&def.body, (None, (0, 0)), Shown::Unclear);
    let mut names = Names::default();
    names.function(def);
    let is_read = kept(def).iter().any(|name| names.read.contains(name.as_str()));
    let Names { bound, all, is_seeing, .. } = names;
    Course { bound, names: all, is_opaque: is_read || is_seeing, ..reader.course }
}

/// Reads the blocks.
struct Reader<'a> {
    first: &'a dyn Fn(TextSize) -> u32,
    course: Course,
}

impl Reader<'_> {
    fn block(&mut self, body: &[Stmt], (holder, opened): (Option<u32>, (u32, u8)), shown: Shown) {
        if body.is_empty() {
            return;
        }
        let steps = body.iter().map(|stmt| Step { line: (self.first)(begin(stmt)), shown: self.shown(stmt) }).collect();
        self.course.blocks.push(Block { holder, opened, shown, steps });
        body.iter().for_each(|stmt| self.inside(stmt));
    }

    /// A clause with its block.
    fn clause(&mut self, (at, body): (TextSize, &[Stmt]), (holder, shown): (u32, Shown), is_looked_at: bool) {
        let line = (self.first)(at);
        let own = if is_looked_at { Shown::At(line) } else { shown };
        self.course.clauses.push(Clause { line, holder, shown, own });
        self.block(body, (Some(holder), (line, 0)), own);
    }

    /// The blocks of a statement.
    fn inside(&mut self, stmt: &Stmt) {
        let (line, shown) = ((self.first)(begin(stmt)), self.shown(stmt));
        let (held, other) = ((Some(line), (line, 0)), (Some(line), (line, 1)));
        match stmt {
            Stmt::If(stmt) => {
                self.block(&stmt.body, held, shown);
                for clause in &stmt.elif_else_clauses {
                    self.clause((clause.start(), &clause.body), (line, shown), clause.test.is_some());
                }
            }
            Stmt::For(stmt) => {
                self.block(&stmt.body, held, shown);
                self.block(&stmt.orelse, other, shown);
            }
            Stmt::While(stmt) => {
                self.block(&stmt.body, held, shown);
                self.block(&stmt.orelse, other, shown);
            }
            Stmt::With(stmt) => self.block(&stmt.body, held, shown),
            Stmt::ClassDef(stmt) => self.block(&stmt.body, held, shown),
            Stmt::FunctionDef(stmt) => self.block(&stmt.body, held, Shown::Unclear),
            Stmt::Match(stmt) => {
                stmt.cases.iter().for_each(|case| self.clause((case.start(), &case.body), (line, shown), true));
            }
            Stmt::Try(stmt) => {
                self.block(&stmt.body, held, shown);
                for ExceptHandler::ExceptHandler(handler) in &stmt.handlers {
                    self.clause((handler.start(), &handler.body), (line, shown), true);
                }
                self.block(&stmt.orelse, other, shown);
                self.block(&stmt.finalbody, (Some(line), (line, 2)), shown);
            }
            _ => {}
        }
    }

    /// What shows that a statement was reached, as CPython makes code of it.
    fn shown(&self, stmt: &Stmt) -> Shown {
        let at = Shown::At((self.first)(begin(stmt)));
        match stmt {
            Stmt::Pass(_) | Stmt::Global(_) | Stmt::Nonlocal(_) => Shown::Never,
            Stmt::Expr(expr) if is_constant(&expr.value) => Shown::Never,
            Stmt::AnnAssign(note) if note.simple && note.value.is_none() => Shown::Never,
            // Jumps are taken together where there are several.
            Stmt::Break(_) | Stmt::Continue(_) => Shown::Unclear,
            Stmt::AnnAssign(note) if note.value.is_none() => Shown::Unclear,
            Stmt::If(stmt) if is_constant(&stmt.test) => Shown::Unclear,
            Stmt::While(stmt) if is_constant(&stmt.test) => self.first_shown(&stmt.body),
            Stmt::Try(stmt) => self.first_shown(&stmt.body),
            _ => at,
        }
    }

    fn first_shown(&self, body: &[Stmt]) -> Shown {
        body.iter().map(|stmt| self.shown(stmt)).find(|shown| *shown != Shown::Never).unwrap_or(Shown::Unclear)
    }
}

/// Where the code of a statement begins.
fn begin(stmt: &Stmt) -> TextSize {
    let decorators = match stmt {
        Stmt::FunctionDef(def) => &def.decorator_list,
        Stmt::ClassDef(class) => &class.decorator_list,
        _ => return stmt.start(),
    };
    decorators.first().map_or(stmt.start(), Ranged::start)
}

/// Whether CPython knows its value before it runs.
fn is_constant(expr: &Expr) -> bool {
    expr.is_literal_expr() || expr.as_name_expr().is_some_and(|name| name.id == "__debug__")
}

/// Reads the names of a function.
#[derive(Default)]
struct Names<'a> {
    scope: Vec<&'a str>,
    bound: BTreeSet<(String, String)>,
    all: BTreeSet<String>,
    /// What it reads, of variables and of attributes.
    read: BTreeSet<&'a str>,
    is_seeing: bool,
}

impl<'a> Names<'a> {
    fn bind(&mut self, name: &'a str) {
        self.all.insert(name.to_owned());
        self.bound.insert((self.scope.join("."), name.to_owned()));
    }

    /// Notes something else that makes the code of the function another one.
    fn note(&mut self, what: &str, name: &str) {
        self.all.insert(name.to_owned());
        self.bound.insert((format!("{} {what}", self.scope.join(".")), name.to_owned()));
    }

    fn function(&mut self, def: &'a StmtFunctionDef) {
        def.parameters.iter().for_each(|parameter| self.bind(parameter.name().as_str()));
        self.visit_body(&def.body);
    }

    fn within(&mut self, name: &'a str, read: impl FnOnce(&mut Self)) {
        self.scope.push(name);
        read(self);
        self.scope.pop();
    }

    fn identifier(&mut self, name: Option<&'a Identifier>) {
        name.into_iter().for_each(|name| self.bind(name.as_str()));
    }
}

impl<'a> Visitor<'a> for Names<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => {
                self.bind(def.name.as_str());
                def.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
                self.visit_parameters(&def.parameters);
                self.within(def.name.as_str(), |names| names.function(def));
            }
            Stmt::ClassDef(class) => {
                self.bind(class.name.as_str());
                self.within(class.name.as_str(), |names| visitor::walk_stmt(names, stmt));
            }
            Stmt::Global(global) => global.names.iter().for_each(|name| self.note("global", name.as_str())),
            Stmt::Nonlocal(outer) => outer.names.iter().for_each(|name| self.note("nonlocal", name.as_str())),
            Stmt::Import(import) => import.names.iter().for_each(|alias| {
                let name = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
                self.bind(name.split('.').next().unwrap_or(name));
            }),
            Stmt::ImportFrom(import) => {
                import.names.iter().for_each(|alias| self.bind(alias.asname.as_ref().unwrap_or(&alias.name).as_str()));
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_parameter(&mut self, parameter: &'a Parameter) {
        self.all.insert(parameter.name.as_str().to_owned());
        visitor::walk_parameter(self, parameter);
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(except) = handler;
        self.identifier(except.name.as_ref());
        visitor::walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        match pattern {
            Pattern::MatchAs(found) => self.identifier(found.name.as_ref()),
            Pattern::MatchStar(found) => self.identifier(found.name.as_ref()),
            Pattern::MatchMapping(found) => self.identifier(found.rest.as_ref()),
            _ => {}
        }
        visitor::walk_pattern(self, pattern);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) if name.ctx == ExprContext::Load => {
                self.all.insert(name.id.as_str().to_owned());
                self.read.insert(name.id.as_str());
                self.is_seeing |= SEEING.contains(&name.id.as_str());
            }
            Expr::Name(name) => self.bind(name.id.as_str()),
            Expr::Attribute(attribute) => {
                if attribute.ctx == ExprContext::Load {
                    self.read.insert(attribute.attr.as_str());
                }
                self.is_seeing |= attribute.attr.as_str() == "__dict__";
            }
            Expr::Yield(_) | Expr::YieldFrom(_) | Expr::Await(_) => self.note("waits", ""),
            _ => {}
        }
        visitor::walk_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use super::{Shown, courses};

    const LOADING: &str = "\
def load(path, strict=False):
    \"\"\"Reads it.\"\"\"
    try:
        text = read(path)
    except OSError as error:
        raise Missing(path) from error
    while True:
        if not text:
            break
        text = rest(
            text,
        )
    pass
    return text
";

    #[test]
    fn every_statement_knows_which_line_shows_that_it_was_reached() {
        let course = courses(LOADING).pop().unwrap();
        let body: Vec<(u32, Shown)> = course.blocks[0].steps.iter().map(|step| (step.line, step.shown)).collect();
        let (at, never) = (Shown::At, Shown::Never);
        assert_eq!(body, [(2, never), (3, at(4)), (7, at(8)), (13, never), (14, at(14))]);
        let clauses: Vec<(u32, u32, Shown)> =
            course.clauses.iter().map(|clause| (clause.line, clause.holder, clause.shown)).collect();
        assert_eq!(clauses, [(5, 3, at(4))]);
        assert!(course.names.contains("strict") && course.bound.contains(&(String::new(), "error".into())));
        assert!(!course.is_opaque);
    }

    #[test]
    fn a_function_that_reads_what_it_keeps_is_opaque() {
        let is_opaque = |body: &str| courses(&format!("def f(self, key):\n{body}")).pop().unwrap().is_opaque;
        assert!(is_opaque("    if self.found is None:\n        self.found = find()\n    return self.found\n"));
        assert!(is_opaque("    global FOUND\n    if not FOUND:\n        FOUND = find()\n    return FOUND\n"));
        assert!(is_opaque("    if key not in CACHE:\n        CACHE[key] = find()\n    return CACHE[key]\n"));
        assert!(is_opaque("    return '{key}'.format(**locals())\n"));
        assert!(!is_opaque("    self.found = key\n    other = self.other\n    return other\n"));
    }
}
