//! Loops over what a test gives to the code: whether there is any of it is for the test to see, and not for the code to say.

use super::assertion::{expects_error, is_assertion};
use super::check::Look;
use super::repeats::base;
use super::said::is_plain;
use super::walk::{expressions, names, root, statements, within};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtFor};
use ruff_text_size::Ranged;
use std::collections::BTreeSet;

/// How many names of names are followed.
const DEEP: usize = 4;

/// Whether a loop goes through what the test gives to the code.
#[must_use]
pub fn is_input(look: &Look<'_, '_>, repeat: &StmtFor) -> bool {
    is_fed(look, repeat) || {
        let base = base(look, &repeat.iter);
        is_arranged(look, base, DEEP) && (is_handed_on(look, repeat, base) || is_acted_on(look, repeat))
    }
}

/// Whether the items are what the test hands to the code: an attribute of what it has just made, each of whose items is an
/// argument: `for prefix in provider.prefixes: made = provider.make(prefix)`.
fn is_fed(look: &Look<'_, '_>, repeat: &StmtFor) -> bool {
    let Some(owner) = repeat.iter.as_attribute_expr().and_then(|attribute| attribute.value.as_name_expr()) else {
        return false;
    };
    let is_object = |value: &&Expr| {
        let class = value.as_call_expr().and_then(|call| last_name(&call.func));
        class.is_some_and(|name| name.starts_with(char::is_uppercase))
    };
    let made = look.values(owner.id.as_str());
    let turned: BTreeSet<&str> = names(&repeat.target);
    let inside = statements(&repeat.body).into_iter().filter(|stmt| stmt.is_assign_stmt()).flat_map(super::walk::calls);
    let mut given = inside.flat_map(|call| &call.arguments.args).filter_map(Expr::as_name_expr);
    !made.is_empty() && made.iter().all(is_object) && given.any(|name| turned.contains(name.id.as_str()))
}

/// Whether something is made of constants alone, by functions that nothing of the test belongs to: `graph = path_graph(4)`. What
/// is asked of it without arguments belongs to it: `graph.edges()`.
fn is_arranged(look: &Look<'_, '_>, expr: &Expr, deep: usize) -> bool {
    let of = |expr: &Expr| is_arranged(look, expr, deep);
    match expr {
        Expr::Await(awaited) => of(&awaited.value),
        // What the class has made ready: `self.graph`.
        Expr::Attribute(attribute) if is_self(&attribute.value) => true,
        Expr::Attribute(attribute) => of(&attribute.value),
        Expr::Call(call) => {
            let given = call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|keyword| &keyword.value));
            let is_asked =
                call.arguments.is_empty() && call.func.as_attribute_expr().is_some_and(|owner| of(&owner.value));
            let is_free = root(&call.func).is_some_and(|name| !look.locals.contains(name));
            let is_own = own_class(look, &call.func) || is_own_method(look, &call.func);
            is_asked || (is_own || is_free && given.clone().count() > 0) && given.into_iter().all(of)
        }
        Expr::Name(name) => {
            let (name, values) = (name.id.as_str(), look.values(name.id.as_str()));
            let is_parameter = look.case.parametrized().contains(name);
            let is_made = || !values.is_empty() && values.iter().all(|value| is_arranged(look, value, deep - 1));
            let is_turned = |turn: &&Expr| deep > 0 && is_arranged(look, turn, deep - 1);
            let turns = look.turns(name);
            !look.locals.contains(name)
                || is_parameter
                || !turns.is_empty() && values.is_empty() && turns.iter().all(is_turned)
                || deep > 0 && turns.is_empty() && is_made()
        }
        Expr::Starred(starred) => of(&starred.value),
        // What begins empty is filled by somebody else.
        Expr::List(list) if list.elts.is_empty() => false,
        Expr::Dict(dict) if dict.items.is_empty() => false,
        // A text is one, whatever it is put together of.
        Expr::FString(_) => !within(expr).iter().any(|part| part.is_call_expr()),
        expr => {
            let parts = within(expr);
            let is_bound = |name: &str| {
                let mut stored = parts.iter().filter_map(|part| part.as_name_expr()).filter(|name| name.ctx.is_store());
                stored.any(|stored| stored.id.as_str() == name)
            };
            parts.iter().all(|part| match part {
                Expr::Name(name) => is_bound(name.id.as_str()) || of(part),
                Expr::Call(_) => of(part),
                _ => true,
            })
        }
    }
}

/// Whether the test itself defines a class of that name.
fn own_class(look: &Look<'_, '_>, callee: &Expr) -> bool {
    let name = callee.as_name_expr().map(|name| name.id.as_str());
    let mut classes = statements(look.case.body()).into_iter().filter_map(Stmt::as_class_def_stmt);
    name.is_some_and(|name| classes.any(|class| class.name.as_str() == name))
}

/// Whether something is a helper of the test's own class: `self._request`.
fn is_own_method(look: &Look<'_, '_>, callee: &Expr) -> bool {
    callee.as_attribute_expr().is_some_and(|method| {
        let name = method.attr.as_str();
        is_self(&method.value) && (name.starts_with('_') || look.source.functions.contains_key(name))
    })
}

fn is_self(expr: &Expr) -> bool {
    expr.as_name_expr().is_some_and(|owner| matches!(owner.id.as_str(), "self" | "cls"))
}

/// Whether a call that does more than look at what it is given gets a name as an argument.
fn is_given(call: &ExprCall, name: &str) -> bool {
    let acts = !last_name(&call.func).is_some_and(is_plain);
    let given = call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|keyword| &keyword.value));
    let is_it = |expr: &Expr| {
        let mut expr = expr.as_starred_expr().map_or(expr, |starred| &starred.value);
        while let Expr::Attribute(attribute) = expr {
            expr = &attribute.value;
        }
        expr.as_name_expr().is_some_and(|given| given.id.as_str() == name)
    };
    acts && given.into_iter().any(is_it)
}

/// The names that statements assign from what calls of that kind give, and from those names.
fn results<'a>(stmts: &[&'a Stmt], is_act: &dyn Fn(&ExprCall) -> bool) -> BTreeSet<&'a str> {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    for stmt in stmts {
        let (targets, value): (Vec<&Expr>, &Expr) = match stmt {
            Stmt::Assign(assign) => (assign.targets.iter().collect(), &assign.value),
            Stmt::AnnAssign(assign) => match &assign.value {
                Some(value) => (vec![&assign.target], value),
                None => continue,
            },
            _ => continue,
        };
        let parts = within(value);
        let is_result = parts.iter().any(|part| match part {
            Expr::Call(call) => is_act(call),
            Expr::Name(name) => found.contains(name.id.as_str()),
            _ => false,
        });
        if is_result {
            found.extend(targets.into_iter().flat_map(names));
        }
    }
    found
}

/// Whether what a loop goes through is handed to the code, and the loop asserts on what comes of it: `ranks = rank(graph)`, and
/// then `for node in graph: assert ranks[node] == 1`.
fn is_handed_on(look: &Look<'_, '_>, repeat: &StmtFor, base: &Expr) -> bool {
    let Some(owner) = root(base).filter(|owner| look.locals.contains(owner)) else { return false };
    let before = statements(look.case.body()).into_iter().filter(|stmt| stmt.start() < repeat.range.start());
    let inside = statements(&repeat.body);
    let all: Vec<&Stmt> = before.chain(inside.iter().copied()).collect();
    // What it is asked to make, with or without arguments, comes of it as well.
    let is_asked = |call: &ExprCall| {
        let method = call.func.as_attribute_expr().and_then(|method| method.value.as_name_expr());
        let is_plain = last_name(&call.func).is_some_and(|name| is_plain(name) || name == "get");
        method.is_some_and(|of| of.id.as_str() == owner) && !is_plain && base.is_attribute_expr()
    };
    let results = results(&all, &|call| is_given(call, owner) || is_asked(call));
    let turned = names(&repeat.target);
    // An act of its own for every item: `assert distance(graph, node) == 1`.
    let acts = |stmt: &Stmt| {
        super::walk::calls(stmt).any(|call| is_given(call, owner) && turned.iter().any(|name| is_given(call, name)))
    };
    let mut asserted = inside.iter().filter(|stmt| is_assertion(look.source, stmt));
    !results.contains(owner)
        && asserted.any(|stmt| {
            let mut mentioned = expressions(stmt).into_iter().filter_map(Expr::as_name_expr);
            acts(stmt) || mentioned.any(|name| results.contains(name.id.as_str()))
        })
}

/// Whether each item is acted on, and the loop asserts on what comes of it: `found = node.infer()`, and then `assert found`.
fn is_acted_on(look: &Look<'_, '_>, repeat: &StmtFor) -> bool {
    let turned = names(&repeat.target);
    let is_act = |call: &ExprCall| {
        let is_plain = last_name(&call.func).is_some_and(|name| is_plain(name) || name == "get");
        !is_plain && root(&call.func).is_some_and(|owner| turned.contains(owner))
            || turned.iter().any(|name| is_given(call, name))
    };
    let inside = statements(&repeat.body);
    let results = results(&inside, &is_act);
    // Where the items are made by one call of what is written in the test, an assertion may act on them itself.
    let base = base(look, &repeat.iter);
    let made = base.as_name_expr().map_or(std::slice::from_ref(&base), |name| look.values(name.id.as_str()));
    let is_made_at_once = made.iter().all(|value| {
        value.as_call_expr().is_some_and(|call| root(&call.func).is_some_and(|name| !look.locals.contains(name)))
    });
    inside.iter().filter(|stmt| is_assertion(look.source, stmt)).any(|stmt| {
        let acts = is_made_at_once
            && super::walk::calls(stmt).any(|call| {
                let is_plain = last_name(&call.func).is_some_and(|name| is_plain(name) || name == "get");
                !is_plain && root(&call.func).is_some_and(|owner| turned.contains(owner))
            });
        let mut mentioned = expressions(stmt).into_iter().filter_map(Expr::as_name_expr);
        let raises = match stmt {
            Stmt::With(with) => expects_error(with) && with.body.iter().flat_map(super::walk::calls).any(is_act),
            stmt => super::walk::calls(stmt).any(|call| {
                let expects =
                    last_name(&call.func).is_some_and(|name| name.starts_with("assertRaises") || name == "raises");
                expects && call.arguments.args.iter().flat_map(within).filter_map(Expr::as_call_expr).any(is_act)
            }),
        };
        raises || acts || mentioned.any(|name| results.contains(name.id.as_str()))
    })
}
