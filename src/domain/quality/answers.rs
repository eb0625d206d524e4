//! What a module does with the answers of one function that it calls.

use super::code::Code;
use super::course::MAKING;
use super::walk::{everything, expressions, given, parts, statements};
use crate::domain::python::{dotted, last_name};
use ruff_python_ast::{Expr, Stmt};

/// What is done with one answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is dropped, or nobody can say.
    Dropped,
    /// It is kept or handed on as it is.
    Handed,
    /// The code goes on by it.
    Used,
}

/// The line in which a module first goes on by what a function answers, where it does so at every call of it.
#[must_use]
pub fn used(code: &Code, function: &str) -> Option<u32> {
    let mut answers = Answers { function, body: &[], found: Vec::new() };
    answers.module(code.body());
    let lines = answers.found.iter().map(|(call, fate)| (*fate == Fate::Used).then(|| code.line(*call)));
    lines.collect::<Option<Vec<u32>>>()?.into_iter().min()
}

struct Answers<'a, 'f> {
    function: &'f str,
    /// The function that is looked at.
    body: &'a [Stmt],
    found: Vec<(&'a Expr, Fate)>,
}

impl<'a> Answers<'a, '_> {
    fn module(&mut self, body: &'a [Stmt]) {
        for stmt in statements(body) {
            match stmt {
                Stmt::FunctionDef(def) => {
                    let around = std::mem::replace(&mut self.body, &def.body);
                    self.module(&def.body);
                    self.body = around;
                }
                Stmt::ClassDef(class) => self.module(&class.body),
                stmt => self.stmt(stmt),
            }
        }
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        let fate = match stmt {
            Stmt::Expr(_) | Stmt::With(_) => Fate::Dropped,
            Stmt::Assign(assign) => match assign.targets.as_slice() {
                [Expr::Name(name)] => self.of_name(name.id.as_str()),
                [Expr::Attribute(_) | Expr::Subscript(_)] => Fate::Handed,
                _ => Fate::Dropped,
            },
            Stmt::AnnAssign(assign) => {
                assign.target.as_name_expr().map_or(Fate::Handed, |name| self.of_name(name.id.as_str()))
            }
            Stmt::If(_) | Stmt::While(_) | Stmt::Assert(_) | Stmt::For(_) | Stmt::Match(_) => Fate::Used,
            _ => Fate::Handed,
        };
        // What is written first of each expression is the whole of it.
        let mut until = None;
        for expr in expressions(stmt) {
            let range = ruff_text_size::Ranged::range(expr);
            if until.is_none_or(|end| range.start() >= end) {
                until = Some(range.end());
                self.value(expr, fate);
            }
        }
    }

    fn value(&mut self, expr: &'a Expr, fate: Fate) {
        if let Expr::Call(call) = expr
            && self.is_it(&call.func)
        {
            self.found.push((expr, fate));
            return given(call).for_each(|given| self.value(given, fate_of(expr, given, fate)));
        }
        // Handed on by its name, it is called elsewhere.
        if self.is_it(expr) {
            self.found.push((expr, Fate::Dropped));
        }
        for part in parts(expr) {
            self.value(part, fate_of(expr, part, fate));
        }
    }

    fn is_it(&self, expr: &Expr) -> bool {
        dotted(expr).is_some_and(|name| name == self.function)
    }

    /// What is done with what a name of the function stands for.
    fn of_name(&self, name: &str) -> Fate {
        let is_it =
            |expr: &Expr| expr.as_name_expr().is_some_and(|found| found.id.as_str() == name && found.ctx.is_load());
        let tested = statements(self.body).into_iter().any(|stmt| match stmt {
            Stmt::If(choice) => {
                is_it(&choice.test)
                    || choice.elif_else_clauses.iter().any(|clause| clause.test.as_ref().is_some_and(is_it))
            }
            Stmt::While(repeat) => is_it(&repeat.test),
            Stmt::Assert(assert) => is_it(&assert.test),
            Stmt::For(repeat) => is_it(&repeat.iter),
            _ => false,
        });
        let goes_on = |expr: &&Expr| {
            parts(expr).into_iter().any(|part| is_it(part) && fate_of(expr, part, Fate::Handed) == Fate::Used)
        };
        if tested || everything(self.body).iter().any(goes_on) { Fate::Used } else { Fate::Handed }
    }
}

/// What an expression does with a part of it, where that is done with the expression itself.
fn fate_of(expr: &Expr, part: &Expr, fate: Fate) -> Fate {
    let is = |inner: &Expr| std::ptr::eq(inner, part);
    match expr {
        Expr::Await(_) | Expr::Named(_) => fate,
        Expr::If(choice) if !is(&choice.test) => fate,
        Expr::Compare(compare) if compare.comparators.iter().all(Expr::is_none_literal_expr) => Fate::Handed,
        Expr::BoolOp(either) if either.values.last().is_some_and(is) => fate,
        Expr::If(_) | Expr::BoolOp(_) | Expr::UnaryOp(_) | Expr::Compare(_) | Expr::BinOp(_) | Expr::Starred(_) => {
            Fate::Used
        }
        // An answer of the answer.
        Expr::Attribute(_) => fate,
        Expr::Subscript(subscript) if is(&subscript.value) => fate,
        Expr::Call(call) if is(&call.func) => fate,
        Expr::Call(call)
            if call.func.is_name_expr() && last_name(&call.func).is_some_and(|name| MAKING.contains(&name)) =>
        {
            Fate::Used
        }
        _ => Fate::Handed,
    }
}
