//! Names that only a type checker sees: bound under `if TYPE_CHECKING`, and nowhere that Python comes by.

use crate::domain::python::parts::{bound, imported};
use crate::domain::python::syntax::Syntax;
use ruff_python_ast::statement_visitor::{StatementVisitor, walk_stmt};
use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Alias, Expr, Stmt, StmtIf};
use ruff_text_size::Ranged;
use std::collections::BTreeSet;

/// The names of a module that have no meaning while it runs. Code that comes by one of them as a name of its own ends in
/// a `NameError`: so whoever runs a function does not use it. None where the module may get names in another way.
#[must_use]
pub fn unbound(source: &str, syntax: &Syntax) -> BTreeSet<String> {
    let (mut seen, mut other) = (Vec::new(), Vec::new());
    for stmt in syntax.body() {
        match stmt {
            Stmt::If(found) if is_typing(&found.test) => {
                found.body.iter().for_each(|stmt| bound(stmt, &mut seen));
                rest(found, &mut other);
            }
            _ => bound(stmt, &mut other),
        }
    }
    if seen.is_empty() || other.iter().any(|name| name == "*") || is_filled(source, syntax) {
        return BTreeSet::new();
    }
    let other: BTreeSet<String> = other.into_iter().collect();
    seen.into_iter().filter(|name| name != "*" && !other.contains(name)).collect()
}

/// What the other branches of a condition bind.
fn rest(found: &StmtIf, names: &mut Vec<String>) {
    let clauses = found.elif_else_clauses.iter().flat_map(|clause| &*clause.body);
    clauses.for_each(|stmt| bound(stmt, names));
}

/// Whether it is `TYPE_CHECKING` or `typing.TYPE_CHECKING`.
fn is_typing(test: &Expr) -> bool {
    match test {
        Expr::Name(name) => name.id == "TYPE_CHECKING",
        Expr::Attribute(attribute) => attribute.attr.as_str() == "TYPE_CHECKING" && attribute.value.is_name_expr(),
        _ => false,
    }
}

/// Whether functions of a module may give its names a meaning, or others from outside by its dictionary.
fn is_filled(source: &str, syntax: &Syntax) -> bool {
    syntax.tokens().iter().any(|token| {
        let (from, to) = (token.start().to_usize(), token.end().to_usize());
        let is_door = |text| matches!(text, "globals" | "exec" | "eval" | "vars");
        token.kind() == TokenKind::Global
            || token.kind() == TokenKind::Name && source.get(from..to).is_some_and(is_door)
    })
}

/// The names that imports inside a function bind there.
#[must_use]
pub fn local_imports(body: &[Stmt]) -> BTreeSet<String> {
    let mut finder = Imports(BTreeSet::new());
    finder.visit_body(body);
    finder.0
}

struct Imports(BTreeSet<String>);

impl Imports {
    fn take(&mut self, names: &[Alias]) {
        self.0.extend(names.iter().map(imported));
    }
}

impl StatementVisitor<'_> for Imports {
    fn visit_stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Import(import) => self.take(&import.names),
            Stmt::ImportFrom(import) => self.take(&import.names),
            _ => walk_stmt(self, stmt),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::python::parts::parts;

    const TYPED: &str = "\
import typing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shop.cart import Cart
    Carts = list[Cart]


def total(cart: Cart) -> Carts:
    return cart.total


def make():
    from shop.cart import Cart
    return Cart()


def other(module):
    return module.Cart, lookup(\"Cart\")


class Shop:
    cart: Cart
";

    /// Whether each function mentions `Cart`, and whether the class does.
    fn check(from: &str, to: &str, expect: [bool; 4]) {
        let source = TYPED.replace(from, to);
        let found = parts(&source);
        let mentions = |name: &str| found.iter().find(|part| part.name == name).unwrap().mentions("Cart");
        assert_eq!(["total", "make", "other", "Shop"].map(mentions), expect, "{source}");
    }

    #[test]
    fn a_function_does_not_use_what_only_a_type_checker_sees() {
        let used = [false, true, true, true];
        check("", "", used);
        check("if TYPE_CHECKING", "if typing.TYPE_CHECKING", used);
        check("    Carts = list[Cart]\n", "    Carts = list[Cart]\nelse:\n    Carts = None\n", used);
        check("cart.total", "cart.Cart", [true; 4]);
    }

    #[test]
    fn a_name_that_python_may_come_by_in_another_way_is_used() {
        check("if TYPE_CHECKING", "if not TYPE_CHECKING", [true; 4]);
        check("    Carts = list[Cart]\n", "    Carts = list[Cart]\nelse:\n    Cart = None\n", [true; 4]);
        check("import typing\n", "from shop.base import *\n", [true; 4]);
        check("def make():\n", "def make():\n    global Cart\n", [true; 4]);
        check("def make():\n", "globals().update(found)\n\ndef make():\n", [true; 4]);
        check(
            "class Shop",
            "try:\n    from shop.cart import Cart\nexcept ImportError:\n    pass\nclass Shop",
            [true; 4],
        );
    }
}
