//! Tests that lean on other tests: by what those write, or by their marks.

use super::assertion::is_assertion;
use super::check::Look;
use super::isolation::{CHANGING, States, Write, own_class, written};
use super::seen::{is_handed_on, is_seen_to, same_item};
use super::undone::helper_writes;
use super::walk::{calls, documentation, expressions, statements};
use crate::domain::python::{dotted, last_name};
use ruff_python_ast::{Expr, Stmt};
use std::collections::BTreeSet;

/// What the documentation of a file or a class says whose tests are meant to run one after another.
const ORDERED: [&str; 8] = [
    "file order",
    "in order",
    "run order",
    "test order",
    "definition order",
    "sequential",
    "in sequence",
    "ordered life",
];

/// Whether a test itself empties or fills what it reads, or a helper that it calls does: `CACHE.clear()`.
fn begins_anew(look: &Look<'_, '_>, name: &str) -> bool {
    let owners = statements(&look.case.def.body)
        .into_iter()
        .flat_map(calls)
        .filter_map(|call| call.func.as_attribute_expr().filter(|method| CHANGING.contains(&method.attr.as_str())));
    owners.filter_map(|method| dotted(&method.value)).any(|owner| owner == name) || helper_writes(look, name)
}

/// Whether tests are said to run one after another: by the documentation of their file or class, or by the name of the class.
pub fn is_in_order(look: &Look<'_, '_>) -> bool {
    let bodies = [look.source.syntax.body()].into_iter().chain(look.case.classes.iter().map(|class| &*class.body));
    let mut said = bodies
        .filter_map(documentation)
        .map(|said| said.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase());
    said.any(|said| ORDERED.iter().any(|word| said.contains(word)))
        || look.case.classes.iter().any(|class| class.name.ends_with("Lifecycle"))
        || is_called_in_turn(look)
}

/// Whether a function that is no test calls several tests, this one among them: `main()` of a script runs them one after another.
fn is_called_in_turn(look: &Look<'_, '_>) -> bool {
    let tests: BTreeSet<&str> = look.source.tests.iter().map(|case| case.name()).collect();
    look.source.helpers().any(|def| {
        let called = statements(&def.body).into_iter().flat_map(calls).filter_map(|call| last_name(&call.func));
        let called: BTreeSet<&str> = called.filter(|name| tests.contains(name)).collect();
        called.len() > 2 && called.contains(look.case.name())
    })
}

/// Reads what another test writes, or leans on another test in another way.
pub fn check(look: &mut Look<'_, '_>, states: &States) {
    for decorator in &look.case.def.decorator_list {
        let Some(call) = decorator.expression.as_call_expr() else { continue };
        let name = dotted(&call.func).unwrap_or_default();
        let is_heeded = look.about.required.is_none_or(|required| required.has("pytest-dependency"));
        if is_heeded && name.ends_with("mark.dependency") && call.arguments.find_keyword("depends").is_some() {
            return tell(look, &decorator.expression, "it depends on other tests by its mark".to_owned());
        }
    }
    let writes: BTreeSet<String> = written(look.source, look.case).into_iter().map(|(name, _, _)| name).collect();
    let others = |name: &str, stmt: &Stmt| -> Option<Write> {
        let mut all = states.get(name)?.iter().filter(|write| write.test != look.case.names);
        all.find(|write| same_item(look.source, stmt, name, write.key.as_deref())).cloned()
    };
    // What is only handed on may be copied, and what is in it may be all the same.
    let asserted = statements(look.case.body()).into_iter().filter(|stmt| is_assertion(look.source, stmt));
    for stmt in asserted {
        for expr in expressions(stmt) {
            let read = match expr {
                Expr::Name(name) if name.ctx.is_load() && !look.locals.contains(name.id.as_str()) => {
                    Some(name.id.to_string())
                }
                Expr::Attribute(attribute) if attribute.ctx.is_load() => {
                    own_class(look.source, look.case, &attribute.value, &look.locals)
                        .map(|class| format!("{class}.{}", attribute.attr.as_str()))
                }
                _ => None,
            };
            // What the module imports is there before any test: another one that is put in its place serves as well.
            let read = read.filter(|name| !writes.contains(name) && !look.source.imports.contains_key(name.as_str()));
            let read = read.filter(|name| !is_handed_on(stmt, expr) && !begins_anew(look, name));
            let Some(name) = read.filter(|name| !is_seen_to(look.source, name)) else { continue };
            if let Some(write) = others(&name, stmt) {
                let writer = write.test.join("::");
                return tell(look, expr, format!("{name} is read, which {writer} writes in line {}", write.line));
            }
        }
    }
}

/// Notes that a test leans on another one, where it is not said to.
fn tell(look: &mut Look<'_, '_>, node: &Expr, what: String) {
    if !is_in_order(look) {
        look.find("order-dependence", node, what);
    }
}
