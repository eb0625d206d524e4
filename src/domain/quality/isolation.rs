//! Nothing left behind for other tests: state of the module, of classes, of the process; and tests that rely on it.

use super::around::targets;
use super::assertion::is_assertion;
use super::check::Look;
use super::handed::may_be_taken_back;
use super::order::{self, is_in_order};
use super::process::{foreign, is_within_raises, process_call};
use super::restoring::{is_restored, puts_back};
use super::seen::others_read;
use super::source::{Case, MAKERS, Source, locals};
use super::undone::is_reset_around;
use super::walk::{calls, everything, statements, text};
use super::words::{others_with, words};
use crate::domain::python::{dotted, last_name};
use ruff_python_ast::{Expr, ExprAttribute, ExprCall, ExprSubscript, Number, Stmt};
use ruff_text_size::Ranged;
use std::collections::{BTreeMap, BTreeSet};

/// Methods that change a list, a dict or a set in place.
pub const CHANGING: [&str; 17] = [
    "append",
    "extend",
    "insert",
    "remove",
    "pop",
    "clear",
    "update",
    "setdefault",
    "popitem",
    "add",
    "discard",
    "appendleft",
    "popleft",
    "sort",
    "reverse",
    "extendleft",
    "rotate",
];

/// Something shared that a test writes.
#[derive(Clone, Debug)]
pub struct Write {
    /// The test.
    pub test: Vec<String>,
    /// The line.
    pub line: u32,
    /// The key of the item that is written, where it is a text.
    pub key: Option<String>,
}

/// The state of a module that its tests write, by name; that which fixtures and set-ups see to is left out.
pub type States = BTreeMap<String, Vec<Write>>;

/// Finds what the tests of a source write.
#[must_use]
pub fn states(source: &Source<'_>) -> States {
    let mut states = States::new();
    for case in &source.tests {
        for (name, node, _) in written(source, case) {
            if puts_back(source, case, node) || is_within_raises(case, node) {
                continue;
            }
            let key = node.as_subscript_expr().and_then(|item| text(&item.slice)).map(str::to_owned);
            let write = Write { test: case.names.clone(), line: source.syntax.line(node.start()), key };
            states.entry(name).or_default().push(write);
        }
    }
    let kept = kept_by_fixtures(source);
    let emptied = if states.is_empty() { BTreeSet::new() } else { emptied_by_helpers(source) };
    let is_kept = |name: &str| kept.contains(name.split('.').next().unwrap_or(name)) || emptied.contains(name);
    states.retain(|name, _| !is_kept(name) && !is_reset_around(source, name));
    states
}

/// The names that fixtures, set-ups and tear-downs of the source mention: they are thought to see to them.
fn kept_by_fixtures<'a>(source: &Source<'a>) -> BTreeSet<&'a str> {
    let all = source.around.iter().flat_map(|def| everything(&def.body)).filter_map(Expr::as_name_expr);
    all.map(|name| name.id.as_str()).collect()
}

/// What functions of the source that are no tests empty: a server that is started anew for each test.
fn emptied_by_helpers<'a>(source: &Source<'a>) -> BTreeSet<&'a str> {
    let all = source.helpers().flat_map(|def| statements(&def.body)).filter_map(Stmt::as_expr_stmt);
    all.filter_map(|stmt| source.slice(stmt).strip_suffix(".clear()")).collect()
}

/// The shared names that a test writes, each with its place and what is done.
pub fn written<'a>(source: &Source<'a>, case: &Case<'a>) -> Vec<(String, &'a Expr, String)> {
    let own = locals(case.def);
    let all = statements(&case.def.body);
    let global: BTreeSet<&str> = all
        .iter()
        .filter_map(|stmt| stmt.as_global_stmt())
        .flat_map(|stmt| &stmt.names)
        .map(|name| name.as_str())
        .collect();
    let is_state = |name: &str| source.state.contains_key(name) && !own.contains(name);
    let mut found = Vec::new();
    for stmt in all {
        for target in targets(stmt) {
            match target {
                Expr::Name(name)
                    if global.contains(name.id.as_str()) && !is_emptied(stmt) && !is_as_at_first(source, stmt) =>
                {
                    found.push((name.id.to_string(), target, format!("global {} is assigned", name.id)));
                }
                Expr::Subscript(subscript) if !is_emptied(stmt) && !is_item_as_at_first(source, stmt, subscript) => {
                    if let Some(name) = subscript.value.as_name_expr().filter(|name| is_state(name.id.as_str())) {
                        found.push((name.id.to_string(), target, format!("{} of the module is changed", name.id)));
                    }
                }
                Expr::Attribute(attribute) if !is_reset(stmt, attribute) => {
                    let class = own_class(source, case, &attribute.value, &own);
                    if let Some(class) = class.filter(|_| !is_put_back_elsewhere(source, stmt)) {
                        let name = format!("{class}.{}", attribute.attr.as_str());
                        found.push((name, target, format!("{} of the class is assigned", source.shown(target))));
                    }
                }
                _ => {}
            }
        }
        for call in calls(stmt) {
            if let Expr::Attribute(attribute) = &*call.func
                && CHANGING.contains(&attribute.attr.as_str())
                && !cleans(attribute.attr.as_str(), call)
                && let Some(name) = attribute.value.as_name_expr().filter(|name| is_state(name.id.as_str()))
            {
                found.push((
                    name.id.to_string(),
                    &*call.func,
                    format!("{}() changes {} of the module", source.shown(&*call.func), name.id),
                ));
            }
        }
    }
    found
}

/// Whether a call only cleans up: it empties a collection, or takes one item out by its name.
fn cleans(method: &str, call: &ExprCall) -> bool {
    method == "clear" || matches!(method, "pop" | "remove" | "discard") && !call.arguments.is_empty()
}

/// The class of the source whose attribute is meant: by its name, or as the test's own.
pub fn own_class(source: &Source<'_>, case: &Case<'_>, owner: &Expr, own: &BTreeSet<&str>) -> Option<String> {
    let innermost = case.classes.last().map(|class| class.name.to_string());
    match dotted(owner).as_deref() {
        Some("self.__class__") => innermost,
        Some(name) if source.classes.contains_key(name) && !own.contains(name) => Some(name.to_owned()),
        _ => match owner {
            Expr::Call(call) if last_name(&call.func) == Some("type") => {
                let of_self = call
                    .arguments
                    .args
                    .first()
                    .and_then(Expr::as_name_expr)
                    .is_some_and(|name| name.id.as_str() == "self");
                innermost.filter(|_| of_self)
            }
            _ => None,
        },
    }
}

/// Whether the module itself says the very same: `CART = Cart(3)`.
pub fn is_as_at_first(source: &Source<'_>, stmt: &Stmt) -> bool {
    source.syntax.body().iter().any(|own| own.range() != stmt.range() && source.slice(own) == source.slice(stmt))
}

/// Whether an item of a dict is what the module gave it at first: `STATE["open"] = True` of `STATE = {"open": True}`.
fn is_item_as_at_first(source: &Source<'_>, stmt: &Stmt, item: &ExprSubscript) -> bool {
    let first = item.value.as_name_expr().and_then(|name| source.written.get(name.id.as_str()).copied());
    let (Some(Expr::Dict(first)), Some(assign)) = (first, stmt.as_assign_stmt()) else { return false };
    let is_it = |key: &Expr| source.slice(key) == source.slice(&*item.slice);
    first
        .iter_keys()
        .zip(first.iter_values())
        .any(|(key, value)| key.is_some_and(is_it) && source.slice(value) == source.slice(&*assign.value))
}

/// Whether another test says the very same in a `finally`: it is how things stand at first.
fn is_put_back_elsewhere(source: &Source<'_>, stmt: &Stmt) -> bool {
    let bodies = source.tests.iter().flat_map(|case| statements(&case.def.body));
    let mut finals = bodies.filter_map(Stmt::as_try_stmt).flat_map(|attempt| &attempt.finalbody);
    finals.any(|last| last.range() != stmt.range() && source.slice(last) == source.slice(stmt))
}

/// Whether an attribute of a class, or a private one, gets nothing: it is put to what it was at first, and nothing is left.
fn is_reset(stmt: &Stmt, attribute: &ExprAttribute) -> bool {
    let owner = last_name(&attribute.value).unwrap_or_default().trim_start_matches('_');
    let is_class = owner.starts_with(char::is_uppercase) && owner.contains(char::is_lowercase);
    (is_class || attribute.attr.starts_with('_')) && is_emptied(stmt)
}

/// Whether a statement assigns nothing of its kind: what counts, or collects, begins anew.
#[must_use]
pub fn is_emptied(stmt: &Stmt) -> bool {
    stmt.as_assign_stmt().is_some_and(|assign| is_nothing(&assign.value))
}

/// Whether a value is nothing of its kind: `None`, `0`, `False`, `""`, `[]`, `set()`.
pub fn is_nothing(value: &Expr) -> bool {
    match value {
        Expr::NoneLiteral(_) => true,
        Expr::BooleanLiteral(literal) => !literal.value,
        Expr::StringLiteral(literal) => literal.value.is_empty(),
        Expr::NumberLiteral(literal) => match &literal.value {
            Number::Int(number) => number.as_u8() == Some(0),
            Number::Float(number) => *number == 0.0,
            Number::Complex { .. } => false,
        },
        Expr::List(list) => list.elts.is_empty(),
        Expr::Tuple(tuple) => tuple.elts.is_empty(),
        Expr::Dict(dict) => dict.items.is_empty(),
        Expr::Call(call) => {
            let is_maker = last_name(&call.func).is_some_and(|name| MAKERS.contains(&name));
            is_maker && call.arguments.args.is_empty() && call.arguments.keywords.is_empty()
        }
        _ => false,
    }
}

/// Looks at what a test writes and reads.
pub fn check(look: &mut Look<'_, '_>, states: &States) {
    // Where Python cannot read a source, none of its tests runs.
    if !look.source.syntax.is_whole() || is_of_isolation(look) {
        return;
    }
    let mut told = BTreeSet::new();
    for (name, node, what) in written(look.source, look.case) {
        let is_seen = others_read(look, &name) && (!is_counting(look, node) || others_assert(look, &name));
        let is_kept =
            is_restored(look, node) || may_be_taken_back(look, node, &name) || is_within_raises(look.case, node);
        let is_told = states.contains_key(&name) && is_seen && !is_kept && !is_in_order(look);
        if is_told && told.insert(name.clone()) {
            look.find_leaving("module-state", node, format!("@{name}"), what);
        }
    }
    for stmt in statements(look.case.body()) {
        for target in targets(stmt) {
            if !target.as_attribute_expr().is_some_and(|attribute| is_reset(stmt, attribute)) {
                foreign(look, stmt, target);
            }
        }
        for call in calls(stmt) {
            process_call(look, call);
        }
    }
    order::check(look, states);
}

/// Whether what tests leave to each other is what a test is about: `test_polluter_records_the_path`.
fn is_of_isolation(look: &Look<'_, '_>) -> bool {
    let mut names = look.case.titles().map(str::to_lowercase);
    names.any(|name| ["pollut", "leak", "isolation", "isolated"].iter().any(|word| name.contains(word)))
}

/// Whether a test only counts on, as for names of which each is to be another one: `NUMBER += 1`.
fn is_counting(look: &Look<'_, '_>, node: &Expr) -> bool {
    let mut all = statements(&look.case.def.body).into_iter().filter_map(Stmt::as_aug_assign_stmt);
    all.any(|stmt| stmt.target.range() == node.range() && stmt.value.is_number_literal_expr())
}

/// Whether another test asserts on a name of the module.
fn others_assert(look: &Look<'_, '_>, name: &str) -> bool {
    others_with(look.source, look.case, name).any(|case| {
        let mut asserted = statements(&case.def.body).into_iter().filter(|stmt| is_assertion(look.source, stmt));
        asserted.any(|stmt| words(look.source.slice(stmt)).any(|word| word == name))
    })
}
