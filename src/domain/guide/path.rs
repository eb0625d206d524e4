//! The way through a function to its end, and where it takes up what was raised.

use super::ends::{ends, entered, handlers};
use super::item::{Item, Kind, Sign};
use super::name;
use super::source::Source;
use crate::base::Clean;
use ruff_python_ast::statement_visitor::{StatementVisitor, walk_stmt};
use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;

/// The happy path: to the end of the function; to any of its `return`s where the end is never reached. `awaited` says whether it
/// yields, and whether it is asynchronous.
#[must_use]
pub fn path(source: &Source<'_>, def: &StmtFunctionDef, awaited: (bool, bool)) -> Option<Item> {
    let mut signs = ends(source, &def.body);
    let value = last_value(&def.body);
    let is_end = !signs.is_empty();
    if !is_end {
        signs = returns(source, &def.body);
    }
    if signs.is_empty() {
        signs = yields(source, &def.body).into_iter().map(Sign::line).collect();
    }
    let line = signs.iter().flat_map(Sign::lines).next()?;
    let called = match awaited {
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

/// What a block returns at its end.
fn last_value(body: &[Stmt]) -> Option<&Expr> {
    match body.last()? {
        Stmt::Return(back) => back.value.as_deref(),
        Stmt::With(stmt) => last_value(&stmt.body),
        Stmt::Try(stmt) if stmt.orelse.is_empty() => last_value(&stmt.body),
        Stmt::Try(stmt) => last_value(&stmt.orelse),
        _ => None,
    }
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

/// The lines of handlers, and of what runs whatever was raised.
#[must_use]
pub fn caught(source: &Source<'_>, body: &[Stmt]) -> Vec<u32> {
    struct Caught<'a>(&'a Source<'a>, Vec<u32>);
    impl<'a> StatementVisitor<'a> for Caught<'_> {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            if let Stmt::Try(attempt) = stmt {
                self.1.extend(handlers(self.0, attempt));
                self.1.extend(entered(self.0, &attempt.finalbody));
            }
            walk_stmt(self, stmt);
        }
    }
    let mut found = Caught(source, Vec::new());
    found.visit_body(body);
    found.1
}

/// The lines of the statements that yield.
#[must_use]
pub fn yields(source: &Source<'_>, body: &[Stmt]) -> Vec<u32> {
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
