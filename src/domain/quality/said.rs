//! What the test itself says: names that hold constants, parameters, and what is written out in the test.

use super::check::Look;
use super::walk::{names, statements, within};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, ExprCall, Stmt};

/// Calls that only go through what they are given.
const THROUGH: [&str; 9] = ["items", "keys", "values", "enumerate", "zip", "range", "sorted", "reversed", "len"];

/// Calls that make a value of what they are given, and of nothing else.
const PURE: [&str; 27] = [
    "next",
    "object",
    "min",
    "max",
    "sum",
    "getattr",
    "globals",
    "loads",
    "copy",
    "deepcopy",
    "str",
    "int",
    "isinstance",
    "issubclass",
    "hasattr",
    "type",
    "any",
    "all",
    "lower",
    "upper",
    "strip",
    "replace",
    "startswith",
    "endswith",
    "split",
    "bool",
    "set",
];

/// Modules that tell of the machine, and of the shape of code: what they say does not come from the act.
const TELLING: [&str; 11] = [
    "os.fork",
    "attr.fields",
    "attrs.fields",
    "platform.",
    "sys.",
    "sysconfig.",
    "inspect.",
    "typing.",
    "typing_extensions.",
    "dataclasses.",
    "importlib.metadata.",
];

/// How many names of names are followed: a name may be made of itself, as in `rows = rows[1:]`.
const DEEP: usize = 4;

impl Look<'_, '_> {
    /// Whether a name of the test holds what the test itself says: constants, parameters, and the items of literals.
    #[must_use]
    pub fn is_fixed(&self, name: &str) -> bool {
        self.is_fixed_within(name, DEEP)
    }

    /// The same, with so many names of names.
    #[must_use]
    pub fn is_fixed_within(&self, name: &str, deep: usize) -> bool {
        let (values, turns, unpacked) = (self.values(name), self.turns(name), self.unpacked(name));
        !(values.is_empty() && turns.is_empty() && unpacked.is_empty())
            && values.iter().chain(unpacked).all(|value| self.is_said(value, deep))
            && turns.iter().all(|turn| {
                self.is_said(turn, deep) || self.is_written(turn) || is_own_data(turn) || is_index(self, name, turn)
            })
    }

    /// Whether a value is made of what the test itself says.
    fn is_said(&self, expr: &Expr, deep: usize) -> bool {
        // `Tracker() if tracked else None`
        if let Expr::If(choice) = expr {
            return self.is_said(&choice.test, deep);
        }
        // An item of what the test itself wrote, whichever it is.
        if let Expr::Subscript(subscript) = expr {
            return self.is_written(&subscript.value) || self.is_said(&subscript.value, deep);
        }
        // The names of a comprehension are its own.
        let bound = within(expr).into_iter().filter_map(Expr::as_name_expr).filter(|name| name.ctx.is_store());
        let bound: Vec<&str> = bound.map(|name| name.id.as_str()).collect();
        let is_known = |name: &str| {
            let is_parameter = self.case.parameters().any(|parameter| parameter == name);
            is_parameter
                || bound.contains(&name)
                || !self.locals.contains(name)
                || deep > 0 && self.is_fixed_within(name, deep - 1)
        };
        let is_plain = |name: &str| THROUGH.contains(&name) || PURE.contains(&name);
        if let Expr::Call(call) = expr
            && matches!(&*call.func, Expr::Name(name) if is_plain(name.id.as_str()))
        {
            return call.arguments.args.iter().all(|given| self.is_said(given, deep));
        }
        let parts = within(expr);
        let mut calls = parts.iter().filter_map(|part| part.as_call_expr());
        !calls.any(|call| !last_name(&call.func).is_some_and(is_plain) && !self.tells(call))
            && names(expr).into_iter().all(is_known)
    }

    /// Whether a call asks what the machine is, or what the code looks like: `platform.system()`, `inspect.signature(f)`.
    #[must_use]
    pub fn tells(&self, call: &ExprCall) -> bool {
        let meaning = self.source.meaning(&call.func, &self.locals);
        meaning.is_some_and(|meaning| TELLING.iter().any(|module| meaning.starts_with(module)))
    }

    /// Whether what a loop goes through is written out in the test, be its items made by calls or not.
    fn is_written(&self, turn: &Expr) -> bool {
        match turn {
            Expr::List(_) | Expr::Tuple(_) | Expr::Set(_) | Expr::Dict(_) => true,
            Expr::BinOp(both) => self.is_written(&both.left) && self.is_written(&both.right),
            Expr::Name(name) => {
                let values = self.values(name.id.as_str());
                let is_display = |value: &&Expr| {
                    value.is_list_expr() || value.is_tuple_expr() || value.is_dict_expr() || value.is_set_expr()
                };
                !values.is_empty() && values.iter().all(is_display)
            }
            Expr::Call(call) => {
                let given = call.arguments.args.iter();
                match (&*call.func, last_name(&call.func)) {
                    (Expr::Name(_), Some(name)) if THROUGH.contains(&name) => {
                        given.filter(|arg| !arg.is_number_literal_expr()).all(|arg| self.is_written(arg))
                    }
                    (Expr::Attribute(of), Some("items" | "keys" | "values")) => self.is_written(&of.value),
                    _ => false,
                }
            }
            _ => false,
        }
    }
}

/// Whether a call of that name only looks at what it is given, or goes through it.
#[must_use]
pub fn is_plain(name: &str) -> bool {
    THROUGH.contains(&name)
        || PURE.contains(&name)
        || matches!(name, "list" | "tuple" | "dict" | "iter" | "print" | "id")
}

/// Whether a name counts the turns of a loop: `i` of `for i, row in enumerate(rows)`.
fn is_index(look: &Look<'_, '_>, name: &str, turn: &Expr) -> bool {
    let mut loops = statements(&look.case.def.body).into_iter().filter_map(Stmt::as_for_stmt);
    loops.any(|repeat| {
        let first = repeat.target.as_tuple_expr().and_then(|target| target.elts.first()).and_then(Expr::as_name_expr);
        let counts = turn.as_call_expr().is_some_and(|call| last_name(&call.func) == Some("enumerate"));
        counts && std::ptr::eq(&*repeat.iter, turn) && first.is_some_and(|first| first.id.as_str() == name)
    })
}

/// Data that the test's class holds: `self.cases`.
fn is_own_data(turn: &Expr) -> bool {
    let mut inner = turn;
    while let Expr::Attribute(attribute) = inner {
        inner = &attribute.value;
    }
    turn.is_attribute_expr() && inner.as_name_expr().is_some_and(|name| matches!(name.id.as_str(), "self" | "cls"))
}
