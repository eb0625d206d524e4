//! What the functions around tests write of what tests share: their own words, and those of the functions that they call.

use super::source::{Case, Source};
use super::walk::{calls, statements, text, within};
use crate::domain::python::{dotted, last_name};
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtClassDef, StmtFunctionDef};
use std::collections::BTreeSet;

/// Methods and functions that run around every test of a class or module.
pub const AROUND: [&str; 18] = [
    "setUp",
    "setUpClass",
    "asyncSetUp",
    "setup_method",
    "setup_class",
    "setup",
    "setup_function",
    "setup_module",
    "setUpModule",
    "setUpTestData",
    "tearDown",
    "tearDownClass",
    "asyncTearDown",
    "teardown_method",
    "teardown_class",
    "teardown",
    "teardown_function",
    "teardown_module",
];

/// How far the calls of a function around tests are followed within its source.
const DEEP: usize = 2;

/// Methods that take something away, or put everything back.
const UNDOING: [&str; 6] = ["remove", "pop", "popitem", "clear", "discard", "update"];

/// What functions around tests write and call, as dotted names; of an item with a literal key, with that key.
#[derive(Clone, Debug, Default)]
pub struct Written {
    assigned: BTreeSet<String>,
    called: BTreeSet<String>,
}

impl Written {
    /// Reads a function that runs around tests, with the functions in it and those of its source that it calls.
    #[must_use]
    pub fn of(def: &StmtFunctionDef, source: &Source<'_>) -> Self {
        let mut written = Self::default();
        for def in with_called(def, source, DEEP) {
            for stmt in statements(&def.body) {
                let named = each_target(stmt).into_iter().filter(|target| !target.is_name_expr()).filter_map(named);
                written.assigned.extend(named);
                written.called.extend(calls(stmt).filter_map(called));
            }
        }
        written
    }

    /// Takes over what another function writes.
    pub fn join(&mut self, other: &Self) {
        self.assigned.extend(other.assigned.iter().cloned());
        self.called.extend(other.called.iter().cloned());
    }

    /// Whether a part of the process is put back: `sys.path`, `os.environ` with the key of an item, `os.chdir`.
    #[must_use]
    pub fn undoes(&self, part: &str, key: Option<&str>) -> bool {
        let is_it = |name: &str| is_same(name, part) || key.is_some_and(|key| is_same(name, &keyed(part, key)));
        let undoing = |name: &String| match split(name) {
            (owner, method, None) => UNDOING.contains(&method) && is_same(owner, part),
            (owner, method, Some(of)) => UNDOING.contains(&method) && is_same(owner, part) && Some(of) == key,
        };
        self.assigned.iter().any(|name| is_it(name))
            || self.called.iter().any(|name| is_same(name, part) || undoing(name))
            || self.restores()
            || part == "os.chdir" && self.called.iter().any(|name| is_same(name, "chdir"))
    }

    /// Whether an attribute of that name is assigned, be it of the same object or not.
    #[must_use]
    pub fn assigns(&self, attribute: &str) -> bool {
        self.assigned.iter().any(|name| name.rsplit_once('.').is_some_and(|(_, last)| last == attribute))
    }

    /// Whether something that was kept is restored: `self.context.restore()`.
    #[must_use]
    pub fn restores(&self) -> bool {
        self.called.iter().any(|name| name.ends_with(".restore"))
    }
}

/// Whether two dotted names mean the same, as far as the shorter one says. A mere `path` may be anything.
fn is_same(name: &str, part: &str) -> bool {
    // `import sys as _sys`
    let name = name.trim_start_matches('_');
    let ends = |long: &str, short: &str| long.strip_suffix(short).is_some_and(|rest| rest.ends_with('.'));
    let says = !matches!(name, "path" | "modules" | "argv" | "disable");
    name == part || ends(name, part) || says && ends(part, name)
}

fn keyed(name: &str, key: &str) -> String {
    format!("{name}[{key}]")
}

/// The owner, the method and the key of what is called: `os.environ`, `pop`, `HOME` of `os.environ.pop[HOME]`.
fn split(called: &str) -> (&str, &str, Option<&str>) {
    let (name, key) = called.split_once('[').map_or((called, None), |(name, key)| (name, key.strip_suffix(']')));
    let (owner, method) = name.rsplit_once('.').unwrap_or(("", name));
    (owner, method, key)
}

/// A target as a dotted name.
fn named(target: &Expr) -> Option<String> {
    let Expr::Subscript(subscript) = target else { return dotted(target) };
    let name = dotted(&subscript.value)?;
    Some(text(&subscript.slice).map_or_else(|| name.clone(), |key| keyed(&name, key)))
}

/// A call as a dotted name, with its first argument where that is a text.
fn called(call: &ExprCall) -> Option<String> {
    let name = dotted(&call.func)?;
    let key = call.arguments.args.first().and_then(text);
    Some(key.map_or_else(|| name.clone(), |key| keyed(&name, key)))
}

/// What a statement assigns to or deletes.
pub fn targets(stmt: &Stmt) -> Vec<&Expr> {
    match stmt {
        Stmt::Assign(assign) => assign.targets.iter().collect(),
        Stmt::AugAssign(assign) => vec![&assign.target],
        Stmt::AnnAssign(assign) => vec![&assign.target],
        Stmt::Delete(delete) => delete.targets.iter().collect(),
        _ => Vec::new(),
    }
}

/// The same, each by itself where several are assigned at once: `sys.excepthook, sys.argv = kept`.
#[must_use]
pub fn each_target(stmt: &Stmt) -> Vec<&Expr> {
    let all = targets(stmt).into_iter();
    all.flat_map(|target| target.as_tuple_expr().map_or(std::slice::from_ref(target), |several| &several.elts))
        .collect()
}

/// A function with the functions in it, and those of its source that it calls or hands on by their names.
#[must_use]
pub fn with_called<'a>(def: &'a StmtFunctionDef, source: &Source<'a>, deep: usize) -> Vec<&'a StmtFunctionDef> {
    let mut all = vec![(def, 0)];
    let mut at = 0;
    while let Some((def, depth)) = all.get(at).copied() {
        at += 1;
        let inner = statements(&def.body).into_iter().filter_map(Stmt::as_function_def_stmt);
        let used = if depth < deep { used(def) } else { BTreeSet::new() };
        let used = used.into_iter().filter_map(|name| source.functions.get(name)).flatten().copied();
        for more in inner.chain(used) {
            if !all.iter().any(|(known, _)| known.range == more.range) {
                all.push((more, depth + 1));
            }
        }
    }
    all.into_iter().map(|(def, _)| def).collect()
}

/// The functions and own methods that a function calls or hands on, by their names.
fn used(def: &StmtFunctionDef) -> BTreeSet<&str> {
    let calls = statements(&def.body).into_iter().flat_map(calls);
    let mentioned = calls.flat_map(|call| call.arguments.args.iter().flat_map(within).chain([&*call.func]));
    mentioned.filter_map(own_name).collect()
}

/// The name of a function, or that of a method of `self`.
fn own_name(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => {
            let owner = attribute.value.as_name_expr()?;
            matches!(owner.id.as_str(), "self" | "cls").then_some(attribute.attr.as_str())
        }
        _ => None,
    }
}

/// The classes around a test with their base classes of the same source.
#[must_use]
pub fn bases<'s>(source: &'s Source<'_>, case: &'s Case<'_>) -> Vec<&'s StmtClassDef> {
    let mut found = case.classes.clone();
    let mut at = 0;
    while let Some(class) = found.get(at).copied() {
        at += 1;
        let names = class.arguments.iter().flat_map(|arguments| &arguments.args).filter_map(last_name);
        let more = names.filter_map(|name| source.classes.get(name).copied());
        let more: Vec<_> = more.filter(|base| !found.iter().any(|known| known.range == base.range)).collect();
        found.extend(more);
    }
    found
}
