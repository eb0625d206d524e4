//! What the names of a test hold, as far as its source tells: what the test itself wrote, and whether a loop has a turn.

use super::check::Look;
use super::walk::{calls, names, root, statements, within};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, ExprCall, Stmt};

/// Fixtures that hold what the code under test left.
const OUTCOMES: [&str; 6] = ["caplog", "recwarn", "mailoutbox", "outbox", "capsys", "capfd"];

/// Calls that only go through what they are given.
const THROUGH: [&str; 9] = ["items", "keys", "values", "enumerate", "zip", "range", "sorted", "reversed", "len"];

/// Calls that make a value of what they are given, and of nothing else.
const PURE: [&str; 21] = [
    "getattr",
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

/// Words in the names of what the test brings along.
const BROUGHT: [&str; 4] = ["test_data", "expected", "fixture", "sample"];

/// Modules that tell of the machine, and of the shape of code: what they say does not come from the act.
const TELLING: [&str; 8] = [
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

    fn is_fixed_within(&self, name: &str, deep: usize) -> bool {
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
    fn tells(&self, call: &ExprCall) -> bool {
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

    /// Whether something to loop over surely has items, as far as one can see it: what can't be seen is taken to have some,
    /// but what the code under test gives back.
    #[must_use]
    pub fn is_filled(&self, iter: &Expr) -> bool {
        self.is_filled_within(iter, DEEP)
    }

    fn is_filled_within(&self, iter: &Expr, deep: usize) -> bool {
        let filled = |expr: &Expr| self.is_filled_within(expr, deep);
        match iter {
            Expr::List(list) => !list.elts.is_empty(),
            Expr::Tuple(tuple) => !tuple.elts.is_empty(),
            Expr::Set(_) | Expr::StringLiteral(_) | Expr::FString(_) | Expr::BytesLiteral(_) | Expr::Starred(_) => true,
            Expr::Dict(dict) => !dict.items.is_empty(),
            Expr::ListComp(comp) => comp.generators.iter().all(|part| filled(&part.iter)),
            Expr::SetComp(comp) => comp.generators.iter().all(|part| filled(&part.iter)),
            Expr::Generator(comp) => comp.generators.iter().all(|part| filled(&part.iter)),
            Expr::DictComp(comp) => comp.generators.iter().all(|part| filled(&part.iter)),
            Expr::BinOp(both) => filled(&both.left) || filled(&both.right),
            Expr::Subscript(subscript) => filled(&subscript.value),
            Expr::Name(name) => deep == 0 || self.is_filled_name(name.id.as_str(), deep - 1),
            Expr::Call(call) => self.is_filled_call(call, deep),
            // What a class is made of, and what the test itself has put there.
            Expr::Attribute(attribute) if attribute.attr.starts_with("__") || self.is_put(iter, deep) => true,
            Expr::Attribute(attribute) => {
                let root = root(&attribute.value);
                let given =
                    |root: &str| self.case.parameters().any(|parameter| parameter == root) && !OUTCOMES.contains(&root);
                let brought = |root: &str| BROUGHT.iter().any(|word| root.contains(word));
                // An item of what the test itself wrote, or what a function looks like.
                let is_told = |root: &str| {
                    let values = self.values(root);
                    let of_turn = !self.turns(root).is_empty() && deep > 0 && self.is_fixed_within(root, deep - 1);
                    let tells = |value: &&Expr| value.as_call_expr().is_some_and(|call| self.tells(call));
                    of_turn || !values.is_empty() && values.iter().all(tells)
                };
                root.is_none_or(|root| {
                    !self.locals.contains(root)
                        || matches!(root, "self" | "cls")
                        || given(root)
                        || brought(root)
                        || is_told(root)
                })
            }
            _ => true,
        }
    }

    /// Whether the test has put something with items there: `worker.callbacks = [first, second]`.
    fn is_put(&self, place: &Expr, deep: usize) -> bool {
        let shown = self.source.slice(place);
        let all = statements(&self.case.def.body).into_iter().filter_map(Stmt::as_assign_stmt);
        let mut values = all.filter(|assign| assign.targets.iter().any(|target| self.source.slice(target) == shown));
        deep > 0
            && values.any(|assign| {
                (assign.value.is_list_expr() || assign.value.is_dict_expr())
                    && self.is_filled_within(&assign.value, deep - 1)
            })
    }

    fn is_filled_name(&self, name: &str, deep: usize) -> bool {
        let values = self.values(name);
        let is_parameter = self.case.parameters().any(|parameter| parameter == name);
        if is_parameter || !self.locals.contains(name) || BROUGHT.iter().any(|word| name.contains(word)) {
            return true;
        }
        let is_filling = |call: &ExprCall| {
            call.func.as_attribute_expr().is_some_and(|attribute| {
                attribute.value.as_name_expr().is_some_and(|owner| owner.id.as_str() == name)
                    && matches!(
                        attribute.attr.as_str(),
                        "append" | "extend" | "add" | "update" | "insert" | "setdefault"
                    )
            })
        };
        let all = statements(&self.case.def.body);
        let stored = |stmt: &&Stmt| {
            let targets: &[Expr] = match stmt {
                Stmt::Assign(assign) => &assign.targets,
                _ => return stmt.is_aug_assign_stmt(),
            };
            targets.iter().filter_map(Expr::as_subscript_expr).any(|subscript| root(&subscript.value) == Some(name))
        };
        values.is_empty()
            || values.iter().any(|value| self.is_filled_within(value, deep))
            || all.iter().any(|stmt| calls(stmt).any(is_filling))
            || all.iter().any(stored)
    }

    fn is_filled_call(&self, call: &ExprCall, deep: usize) -> bool {
        let arguments = &call.arguments.args;
        let filled = |expr: &Expr| self.is_filled_within(expr, deep);
        match (&*call.func, last_name(&call.func)) {
            (Expr::Name(_), Some("dict")) if !call.arguments.keywords.is_empty() => true,
            // A module always has names, and a helper of the tests what it is to have.
            (Expr::Name(_), Some("dir" | "vars")) => true,
            // The fields of a model.
            (Expr::Attribute(_), Some("get_fields")) => true,
            _ if self.tells(call) => true,
            (Expr::Name(name), _)
                if self.source.imports.get(name.id.as_str()).is_some_and(|from| from.contains("test")) =>
            {
                true
            }
            (Expr::Name(_), Some("range")) => {
                let is_zero = |expr: &Expr| self.source.slice(expr) == "0";
                !(arguments.len() == 1 && arguments.first().is_some_and(is_zero))
            }
            // With `strict=True` it raises where one of them has fewer items.
            (Expr::Name(_), Some("zip")) if is_strict(call) => arguments.iter().any(filled),
            (
                Expr::Name(_),
                Some("enumerate" | "zip" | "sorted" | "reversed" | "list" | "tuple" | "set" | "iter" | "map"),
            ) => {
                let given = if last_name(&call.func) == Some("map") { 1 } else { 0 };
                arguments.iter().skip(given).filter(|arg| !arg.is_number_literal_expr()).all(filled)
            }
            (
                _,
                Some(
                    "product"
                    | "permutations"
                    | "combinations"
                    | "combinations_with_replacement"
                    | "chain"
                    | "repeat"
                    | "cycle"
                    | "islice"
                    | "zip_longest"
                    | "accumulate"
                    | "starmap"
                    | "pairwise",
                ),
            ) => true,
            // Each of what is waited for is an item.
            (_, Some("as_completed" | "gather")) => arguments.iter().all(filled),
            (Expr::Attribute(attribute), Some("items" | "keys" | "values" | "split" | "splitlines" | "copy")) => {
                filled(&attribute.value)
            }
            // A helper that the tests inherit.
            (Expr::Attribute(attribute), Some(name))
                if attribute.value.as_name_expr().is_some_and(|owner| owner.id.as_str() == "self") =>
            {
                name.starts_with('_') || self.source.functions.contains_key(name)
            }
            // A class of choices, a helper of the tests: what is in it is not for the code under test to say.
            _ => {
                let own = within(&call.func).into_iter().filter_map(Expr::as_name_expr).next();
                own.is_some_and(|name| self.source.functions.contains_key(name.id.as_str()))
            }
        }
    }
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

fn is_strict(call: &ExprCall) -> bool {
    let strict = call.arguments.find_keyword("strict").map(|keyword| &keyword.value);
    strict.and_then(Expr::as_boolean_literal_expr).is_some_and(|literal| literal.value)
}

/// Data that the test's class holds: `self.cases`.
fn is_own_data(turn: &Expr) -> bool {
    let mut inner = turn;
    while let Expr::Attribute(attribute) = inner {
        inner = &attribute.value;
    }
    turn.is_attribute_expr() && inner.as_name_expr().is_some_and(|name| matches!(name.id.as_str(), "self" | "cls"))
}
