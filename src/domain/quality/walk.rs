//! Walking the body of one function, without the functions and classes that are defined in it.

use crate::domain::python;
use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprCall, Stmt};
use std::collections::BTreeSet;

/// The blocks of a statement that are run where it stands, in source order.
#[must_use]
pub fn blocks(stmt: &Stmt) -> Vec<&[Stmt]> {
    match stmt {
        Stmt::Match(stmt) => stmt.cases.iter().map(|case| &*case.body).collect(),
        _ => python::blocks(stmt),
    }
}

/// What a call is given, by place and by name.
pub fn given(call: &ExprCall) -> impl Iterator<Item = &Expr> {
    call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|keyword| &keyword.value))
}

/// The documentation that a body begins with: of a module, a class or a function.
#[must_use]
pub fn documentation(body: &[Stmt]) -> Option<&str> {
    text(&body.first()?.as_expr_stmt()?.value)
}

/// All statements of a body in source order, those of its blocks included.
#[must_use]
pub fn statements(body: &[Stmt]) -> Vec<&Stmt> {
    let mut found = Vec::new();
    let mut waiting: Vec<&Stmt> = body.iter().rev().collect();
    while let Some(stmt) = waiting.pop() {
        found.push(stmt);
        waiting.extend(blocks(stmt).into_iter().flatten().collect::<Vec<_>>().into_iter().rev());
    }
    found
}

/// All statements of a body, those of its blocks, functions and classes included.
#[must_use]
pub fn nested(body: &[Stmt]) -> Vec<&Stmt> {
    let mut bodies = vec![body];
    let mut found = Vec::new();
    while let Some(body) = bodies.pop() {
        for stmt in statements(body) {
            found.push(stmt);
            match stmt {
                Stmt::FunctionDef(def) => bodies.push(&def.body),
                Stmt::ClassDef(class) => bodies.push(&class.body),
                _ => {}
            }
        }
    }
    found
}

/// The expressions of one statement, without those of its blocks, of lambdas, and of what it defines.
#[must_use]
pub fn expressions(stmt: &Stmt) -> Vec<&Expr> {
    let mut own = Own::default();
    match stmt {
        Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
        stmt => walk_stmt(&mut own, stmt),
    }
    own.found
}

/// An expression and all in it, without lambdas' bodies.
#[must_use]
pub fn within(expr: &Expr) -> Vec<&Expr> {
    let mut own = Own::default();
    own.visit_expr(expr);
    own.found
}

/// What the first loop of a comprehension goes through: the one part of it that is run in any case.
#[must_use]
pub fn gone_through(comprehension: &Expr) -> Option<&Expr> {
    let generators = match comprehension {
        Expr::ListComp(all) => &all.generators,
        Expr::SetComp(all) => &all.generators,
        Expr::DictComp(all) => &all.generators,
        Expr::Generator(all) => &all.generators,
        _ => return None,
    };
    generators.first().map(|first| &first.iter)
}

/// The expressions that one is directly made of.
#[must_use]
pub fn parts(expr: &Expr) -> Vec<&Expr> {
    let mut direct = Direct::default();
    walk_expr(&mut direct, expr);
    direct.found
}

#[derive(Default)]
struct Direct<'a> {
    found: Vec<&'a Expr>,
}

impl<'a> Visitor<'a> for Direct<'a> {
    fn visit_stmt(&mut self, _: &'a Stmt) {}

    fn visit_expr(&mut self, expr: &'a Expr) {
        self.found.push(expr);
    }
}

#[derive(Default)]
struct Own<'a> {
    found: Vec<&'a Expr>,
}

impl<'a> Visitor<'a> for Own<'a> {
    fn visit_stmt(&mut self, _: &'a Stmt) {}

    fn visit_expr(&mut self, expr: &'a Expr) {
        self.found.push(expr);
        if !expr.is_lambda_expr() {
            walk_expr(self, expr);
        }
    }
}

/// Everything in a body: nested functions, classes and lambdas too.
#[must_use]
pub fn everything(body: &[Stmt]) -> Vec<&Expr> {
    let mut all = All::default();
    body.iter().for_each(|stmt| all.visit_stmt(stmt));
    all.found
}

#[derive(Default)]
struct All<'a> {
    found: Vec<&'a Expr>,
}

impl<'a> Visitor<'a> for All<'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        self.found.push(expr);
        walk_expr(self, expr);
    }
}

/// The calls of one statement, without those of its blocks.
pub fn calls(stmt: &Stmt) -> impl Iterator<Item = &ExprCall> {
    expressions(stmt).into_iter().filter_map(Expr::as_call_expr)
}

/// The names that an expression reads.
#[must_use]
pub fn names(expr: &Expr) -> BTreeSet<&str> {
    within(expr).into_iter().filter_map(Expr::as_name_expr).map(|name| name.id.as_str()).collect()
}

/// What is waited for, or the expression itself: `load()` of `await load()`.
#[must_use]
pub fn unawaited(expr: &Expr) -> &Expr {
    expr.as_await_expr().map_or(expr, |awaited| &awaited.value)
}

/// The first name of an expression of names, dots, calls and subscripts: `cart` of `cart.items[0].name()`.
#[must_use]
pub fn root(expr: &Expr) -> Option<&str> {
    let mut expr = expr;
    loop {
        expr = match expr {
            Expr::Attribute(attribute) => &attribute.value,
            Expr::Call(call) => &call.func,
            Expr::Subscript(subscript) => &subscript.value,
            Expr::Await(awaited) => &awaited.value,
            Expr::Name(name) => return Some(name.id.as_str()),
            _ => return None,
        };
    }
}

/// The text of a string literal.
#[must_use]
pub fn text(expr: &Expr) -> Option<&str> {
    expr.as_string_literal_expr().map(|literal| literal.value.to_str())
}
