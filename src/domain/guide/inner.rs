//! What is decided within the expressions of a statement: conditional expressions, comprehensions, `or` as a default.

use super::condition::Condition;
use super::item::{Item, Kind, Sign, Why};
use super::name::{self, join};
use super::source::Source;
use super::words;
use crate::base::Clean;
use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{BoolOp, Comprehension, Expr, ExprBoolOp, ExprIf, Stmt};
use ruff_text_size::Ranged;

/// What a statement decides in its own expressions, those of its blocks left out.
#[must_use]
pub fn items(source: &Source<'_>, stmt: &Stmt, line: u32, params: &[String]) -> Vec<Item> {
    let mut finder = Finder { source, line, params, items: Vec::new() };
    match stmt {
        Stmt::Return(back) => back.value.iter().for_each(|value| finder.value(value)),
        Stmt::Assign(assign) => finder.value(&assign.value),
        Stmt::AnnAssign(assign) => assign.value.iter().for_each(|value| finder.value(value)),
        Stmt::AugAssign(assign) => finder.visit_expr(&assign.value),
        Stmt::Expr(expr) => finder.visit_expr(&expr.value),
        Stmt::Raise(raise) => raise.exc.iter().for_each(|error| finder.visit_expr(error)),
        Stmt::If(stmt) => {
            finder.visit_expr(&stmt.test);
            for clause in &stmt.elif_else_clauses {
                finder.line = source.first(clause.start());
                clause.test.iter().for_each(|test| finder.visit_expr(test));
            }
        }
        Stmt::While(stmt) => finder.visit_expr(&stmt.test),
        Stmt::For(stmt) => finder.visit_expr(&stmt.iter),
        Stmt::With(stmt) => stmt.items.iter().for_each(|item| finder.visit_expr(&item.context_expr)),
        Stmt::Match(stmt) => finder.visit_expr(&stmt.subject),
        _ => {}
    }
    finder.items
}

struct Finder<'a> {
    source: &'a Source<'a>,
    /// The line of the statement.
    line: u32,
    params: &'a [String],
    items: Vec<Item>,
}

impl Finder<'_> {
    /// A value as a whole: where it is `a or b`, `b` is what stands in for `a`.
    fn value(&mut self, value: &Expr) {
        match value {
            Expr::BoolOp(either) if either.op == BoolOp::Or => self.fallback(either),
            Expr::BoolOp(_) => self.sides(value),
            _ => {}
        }
        self.visit_expr(value);
    }

    fn add(&mut self, kind: Kind, at: &Expr, words: &str, name: String) {
        let line = self.source.syntax.line(at.start());
        let sign = Sign::hidden(Sign::line(self.line), Why::OneLine);
        self.items.push(Item { kind, line, words: Clean::line(words), name, sign, values: None });
    }

    fn fallback(&mut self, either: &ExprBoolOp) {
        // A test for several things is no default.
        if either.values.iter().any(|part| part.is_compare_expr() || part.is_unary_op_expr()) {
            return self.operands(either);
        }
        for pair in either.values.windows(2) {
            if let [first, second] = pair {
                let words =
                    format!("{}: `{}` stands in", words::side(self.source, first, false), self.source.quote(second));
                self.add(Kind::Branch, first, &words, join("", "when", name::side(first, false)));
            }
        }
    }

    fn operands(&mut self, both: &ExprBoolOp) {
        let test = Expr::BoolOp(both.clone());
        self.sides(&test);
    }

    /// The operands and edges of a condition that is a value.
    fn sides(&mut self, test: &Expr) {
        let found = Condition::within(test, Sign::line(self.line)).inside(self.source, self.params);
        self.items.extend(found);
    }

    fn ternary(&mut self, choice: &ExprIf) {
        let (test, source) = (&*choice.test, self.source);
        for (holds, value) in [(true, &*choice.body), (false, &*choice.orelse)] {
            let words = format!("{}: `{}`", words::side(source, test, holds), source.quote(value));
            self.add(Kind::Branch, test, &words, join("", "when", name::side(test, holds)));
        }
        self.sides(test);
    }

    fn comprehension(&mut self, part: &Comprehension) {
        for test in &part.ifs {
            let of = self.source.quote(&part.iter);
            for (holds, does) in [(true, "is taken"), (false, "is left out")] {
                let words = format!("an element of `{of}` {does}: {}", words::side(self.source, test, holds));
                let does = if holds { "takes" } else { "leaves_out" };
                let name = name::value(&part.target).unwrap_or_else(|| "what".to_owned());
                self.add(Kind::Element, test, &words, join(&format!("{does}_{name}"), "when", name::side(test, holds)));
            }
            self.sides(test);
        }
    }
}

impl<'a> Visitor<'a> for Finder<'_> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::If(choice) => self.ternary(choice),
            // What it does is seen where it is called.
            Expr::Lambda(_) => return,
            _ => {}
        }
        walk_expr(self, expr);
    }

    fn visit_comprehension(&mut self, part: &'a Comprehension) {
        self.comprehension(part);
        ruff_python_ast::visitor::walk_comprehension(self, part);
    }
}
