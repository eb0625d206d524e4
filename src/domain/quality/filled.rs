//! Whether what a loop goes through surely has items, as far as the source of the test tells.

use super::check::Look;
use super::walk::{calls, root, statements, within};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, ExprCall, Stmt};

/// Fixtures that hold what the code under test left.
const OUTCOMES: [&str; 6] = ["caplog", "recwarn", "mailoutbox", "outbox", "capsys", "capfd"];

/// Words in the names of what the test brings along.
const BROUGHT: [&str; 4] = ["test_data", "expected", "fixture", "sample"];

/// How many names of names are followed: a name may be made of itself, as in `rows = rows[1:]`.
const DEEP: usize = 4;

impl Look<'_, '_> {
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
            Expr::Attribute(attribute) if is_shape(&attribute.attr) || self.is_put(iter, deep) => true,
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
                        || self.is_class(root)
                        || self.is_made_by_helper(root)
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
        let is_written = |value: &Expr| {
            let is_display = value.is_list_expr() || value.is_dict_expr() || value.is_tuple_expr();
            is_display || value.is_list_comp_expr() || value.is_dict_comp_expr() || value.is_bin_op_expr()
        };
        deep > 0 && values.any(|assign| is_written(&assign.value) && self.is_filled_within(&assign.value, deep - 1))
    }

    /// Whether a name holds an object that helpers of the tests made.
    fn is_made_by_helper(&self, name: &str) -> bool {
        let values = self.values(name);
        let is_helped = |value: &&Expr| {
            let maker = value.as_call_expr().and_then(|call| call.func.as_name_expr());
            maker.is_some_and(|maker| self.source.is_helper(maker.id.as_str()))
        };
        !values.is_empty() && values.iter().all(is_helped)
    }

    /// Whether the test makes objects of what a name holds: what belongs to a class is written where the class is.
    fn is_class(&self, name: &str) -> bool {
        let all = statements(&self.case.def.body);
        let mut makers = all.iter().flat_map(|stmt| calls(stmt)).filter_map(|call| call.func.as_name_expr());
        name.starts_with(char::is_uppercase) && makers.any(|maker| maker.id.as_str() == name)
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
        let mut all = statements(&self.case.def.body);
        // What a function of the test does that the test calls itself.
        let own: Vec<_> = all.iter().filter_map(|stmt| stmt.as_function_def_stmt()).collect();
        let called: Vec<&str> = all
            .iter()
            .flat_map(|stmt| calls(stmt))
            .filter_map(|call| call.func.as_name_expr())
            .map(|name| name.id.as_str())
            .collect();
        let own = own.into_iter().filter(|def| called.contains(&def.name.as_str()));
        all.extend(own.flat_map(|def| statements(&def.body)));
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
            (Expr::Attribute(_), Some("get_fields" | "_asdict")) => true,
            _ if self.tells(call) => true,
            (Expr::Name(name), _) if self.source.is_helper(name.id.as_str()) => true,
            (Expr::Name(_), Some("range" | "xrange")) => {
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
            // A method of the test's own class is a helper of the tests, be it inherited from another file.
            (Expr::Attribute(attribute), Some(_))
                if attribute.value.as_name_expr().is_some_and(|owner| owner.id.as_str() == "self") =>
            {
                true
            }
            // A class of choices, a helper of the tests: what is in it is not for the code under test to say.
            _ => {
                let own = within(&call.func).into_iter().filter_map(Expr::as_name_expr).next();
                own.is_some_and(|name| self.source.functions.contains_key(name.id.as_str()))
            }
        }
    }
}

/// Whether an attribute tells what an object is made of, as the language or a named tuple has it.
fn is_shape(name: &str) -> bool {
    name.starts_with("__") || matches!(name, "_fields" | "model_fields")
}

fn is_strict(call: &ExprCall) -> bool {
    let strict = call.arguments.find_keyword("strict").map(|keyword| &keyword.value);
    strict.and_then(Expr::as_boolean_literal_expr).is_some_and(|literal| literal.value)
}
