//! Whether other tests of a file meet what a loop goes through: who works with the same may well know whether it has items.

use super::check::Look;
use super::outcomes::{PASSING, SHOWING};
use super::siblings::is_known_by_another;
use super::walk::{gone_through, text};
use super::words::others_assert;
use crate::domain::python::last_name;
use ruff_python_ast::Expr;

/// Names that any object may have: who else uses them works with something else.
const GENERAL: [&str; 16] = [
    "get", "post", "put", "json", "run", "call", "execute", "fetchall", "find", "next", "read", "append", "format",
    "load", "result", "iter",
];

/// How many names of names are followed.
const DEEP: usize = 4;

/// Whether another test of the file knows what a loop goes through, or asserts on anything, and has the part of it that is meant
/// or the call that gives it.
#[must_use]
pub fn is_met_by_another(look: &Look<'_, '_>, base: &Expr) -> bool {
    let mut met = Met::default();
    met.follow(look, base, DEEP);
    let mut wanted = met.parts.into_iter().chain(met.calls).filter(|word| !GENERAL.contains(word));
    wanted.any(|word| others_assert(look.source, look.case, word)) || is_known_by_another(look, base)
}

/// The words by which a test comes to an outcome.
#[derive(Default)]
struct Met<'e> {
    /// Attributes and keys of what a call gives.
    parts: Vec<&'e str>,
    /// The functions and methods that are called.
    calls: Vec<&'e str>,
}

impl<'e> Met<'e> {
    fn follow<'a: 'e>(&mut self, look: &Look<'a, '_>, expr: &'e Expr, deep: usize) {
        match expr {
            Expr::Await(awaited) => self.follow(look, &awaited.value, deep),
            Expr::Attribute(attribute) => {
                self.parts.push(attribute.attr.as_str());
                self.follow(look, &attribute.value, deep);
            }
            Expr::Subscript(subscript) => {
                self.parts.extend(text(&subscript.slice));
                self.follow(look, &subscript.value, deep);
            }
            Expr::Call(call) => match (&*call.func, last_name(&call.func)) {
                (Expr::Name(_), Some(name)) if PASSING.contains(&name) => {
                    call.arguments.args.iter().for_each(|arg| self.follow(look, arg, deep));
                }
                (Expr::Attribute(of), Some(name)) if SHOWING.contains(&name) => self.follow(look, &of.value, deep),
                (func, name) => {
                    self.calls.extend(name);
                    // What its object was made by is as good: `table.rows()` of `table = parse(text)`, but not of `Table()`.
                    if let Expr::Attribute(of) = func {
                        let mut inner = Self::default();
                        inner.follow(look, &of.value, deep);
                        let of_function = |name: &&str| !name.starts_with(char::is_uppercase);
                        self.calls.extend(inner.calls.into_iter().filter(of_function));
                    }
                }
            },
            Expr::Name(name) if deep > 0 => {
                let name = name.id.as_str();
                let values = look.values(name).iter().chain(look.unpacked(name)).chain(look.turns(name));
                values.for_each(|value| self.follow(look, value, deep - 1));
            }
            expr => gone_through(expr).into_iter().for_each(|iter| self.follow(look, iter, deep)),
        }
    }
}
