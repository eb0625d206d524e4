//! What else may undo what a test wrote: a helper that it calls, a process of its own, what a decorator makes of it.

use super::around::{targets, with_called};
use super::check::Look;
use super::isolation::CHANGING;
use super::source::Source;
use super::walk::{calls, expressions, statements};
use crate::domain::python::{applied, dotted, last_name};
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_text_size::Ranged;
use std::collections::BTreeSet;

/// Where the decorators come from that leave a test in the process where it stands.
const STAYING: [&str; 9] =
    ["pytest", "unittest", "mock", "parameterized", "hypothesis", "ddt", "testtools", "staticmethod", "classmethod"];

/// Whether something may undo what a test writes at a node: a fixture that is not known or is named for the environment, a helper
/// that a `finally` calls, one that writes it again later on, a fork in which alone it is written, or an assertion of the test
/// that says that it is back.
#[must_use]
pub fn may_be_undone(look: &Look<'_, '_>, node: &Expr) -> bool {
    let thing = thing(look, node);
    look.lacks_fixture
        || is_of_unknown_base(look.source, &look.case.classes)
        || is_seen_to_around(look.source, thing)
        || thing == "os.environ" && look.case.parameters().any(|name| name.contains("env"))
        || is_left_to_finally(look, thing)
        || is_written_later(look, node, thing)
        || forks(look)
        || is_cleaned_around(look)
        || is_cleaned_behind(look, node, thing)
        || says_back(look, node, thing)
}

/// What is written at a node: `sys.path` of `sys.path.append`, `os.environ` of `os.environ["HOME"]`.
fn thing<'a>(look: &Look<'_, 'a>, node: &Expr) -> &'a str {
    let shown = look.source.slice(node);
    let base = shown.split('[').next().unwrap_or(shown);
    base.rsplit_once('.').filter(|(_, method)| CHANGING.contains(method)).map_or(base, |(owner, _)| owner)
}

/// Whether a class inherits from one that is neither unittest's nor of this source: its set-ups and clean-ups are not known here.
fn is_of_unknown_base(source: &Source<'_>, classes: &[&StmtClassDef]) -> bool {
    let bases = classes.iter().flat_map(|class| class.bases());
    bases.into_iter().any(|base| {
        let Some(name) = dotted(base) else { return true };
        if let Some(own) = source.classes.get(name.as_str()) {
            return classes.iter().all(|class| class.range != own.range) && is_of_unknown_base(source, &[own]);
        }
        let meant = source.imports.get(name.split('.').next().unwrap_or(&name)).map_or(&*name, String::as_str);
        name != "object" && meant != "TestCase" && meant.split('.').next() != Some("unittest")
    })
}

/// Whether a fixture, a set-up or a tear-down of the source mentions what is written, be it by its parts: `setattr(sys, "path", …)`,
/// or goes through all parts of its owner: `delattr(Shop, name)`.
fn is_seen_to_around(source: &Source<'_>, thing: &str) -> bool {
    let (owner, name) = thing.rsplit_once('.').unwrap_or(("", thing));
    source.around.iter().flat_map(|def| with_called(def, source, 1)).any(|def| {
        let words = source.slice(def);
        // `Shop.restore(before)`
        let is_class = owner.rsplit('.').next().is_some_and(|last| last.starts_with(char::is_uppercase));
        if is_class && def.name.to_lowercase().starts_with("teardown") && words.contains(&format!("{owner}.")) {
            return true;
        }
        let by_name = [
            format!("{owner}, \"{name}\""),
            format!("{owner}, '{name}'"),
            format!("delattr({owner}, "),
            format!("setattr({owner}, "),
        ];
        words.contains(thing) || by_name.iter().any(|words_of| words.contains(words_of))
    })
}

/// The functions of the source that a call of a mere name, or of an own method, means; none where it means nothing of the kind.
fn helpers<'a>(source: &Source<'a>, call: &ExprCall) -> Option<Vec<&'a StmtFunctionDef>> {
    let name = match &*call.func {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(method) if dotted(&method.value).is_some_and(|owner| matches!(&*owner, "self" | "cls")) => {
            method.attr.as_str()
        }
        _ => return None,
    };
    Some(source.functions.get(name).cloned().unwrap_or_default())
}

/// Whether a `finally` of the test calls a helper that mentions the same, or one that its source does not have.
fn is_left_to_finally(look: &Look<'_, '_>, thing: &str) -> bool {
    let all = statements(&look.case.def.body);
    let finals = all.into_iter().filter_map(Stmt::as_try_stmt).flat_map(|attempt| statements(&attempt.finalbody));
    finals.flat_map(calls).filter_map(|call| helpers(look.source, call)).any(|defs| {
        let mut called = defs.iter().flat_map(|def| with_called(def, look.source, 1));
        defs.is_empty() || called.any(|def| look.source.slice(def).contains(thing))
    })
}

/// Whether a helper of the source that is called behind a node writes the same again.
fn is_written_later(look: &Look<'_, '_>, node: &Expr, thing: &str) -> bool {
    let all = statements(&look.case.def.body).into_iter().flat_map(calls);
    any_writes(look, all.filter(|call| call.range().start() > node.range().end()), thing)
}

/// Whether a function of the source that the test calls writes something.
#[must_use]
pub fn helper_writes(look: &Look<'_, '_>, thing: &str) -> bool {
    any_writes(look, statements(&look.case.def.body).into_iter().flat_map(calls), thing)
}

/// Whether a function of the source that one of these calls means writes something.
fn any_writes<'a>(look: &Look<'_, '_>, called: impl Iterator<Item = &'a ExprCall>, thing: &str) -> bool {
    let defs = called.filter_map(|call| helpers(look.source, call)).flatten();
    defs.flat_map(|def| with_called(def, look.source, 1)).any(|def| writes(look.source, def, thing))
}

/// Whether a function writes something, by its words.
fn writes(source: &Source<'_>, def: &StmtFunctionDef, thing: &str) -> bool {
    let is_it = |owner: &str| owner.split('[').next() == Some(thing);
    statements(&def.body).into_iter().any(|stmt| {
        let changes = |call: &ExprCall| {
            let changed = call.func.as_attribute_expr().filter(|method| CHANGING.contains(&method.attr.as_str()));
            is_it(source.slice(&*call.func)) || changed.is_some_and(|method| is_it(source.slice(&*method.value)))
        };
        targets(stmt).into_iter().any(|target| is_it(source.slice(target))) || calls(stmt).any(changes)
    })
}

/// Whether a set-up or a tear-down calls a function of another file that says it cleans up: `clean_settings()`.
fn is_cleaned_around(look: &Look<'_, '_>) -> bool {
    let called = look.case.set_ups().flat_map(|def| statements(&def.body)).flat_map(calls);
    let mut names = called.filter_map(|call| call.func.as_name_expr()).map(|name| name.id.as_str());
    let cleans = |name: &str| ["clean", "clear", "reset", "restore"].iter().any(|word| name.starts_with(word));
    names.any(|name| cleans(name) && !look.source.functions.contains_key(name))
}

/// Whether a test calls a function of another file behind a node that says that it takes such things away:
/// `delete_environment_variables()`.
fn is_cleaned_behind(look: &Look<'_, '_>, node: &Expr, thing: &str) -> bool {
    let all = statements(&look.case.def.body).into_iter().filter(|stmt| stmt.start() > node.end());
    let called = all.filter_map(|stmt| stmt.as_expr_stmt()?.value.as_call_expr()?.func.as_name_expr());
    let last = thing.rsplit('.').next().unwrap_or(thing).to_lowercase();
    let about = if thing == "os.environ" { "env" } else { last.as_str() };
    let mut names = called.map(|name| name.id.as_str()).filter(|name| look.source.imports.contains_key(*name));
    names.any(|name| {
        let verbs = ["clean", "clear", "reset", "restore", "delete", "remove", "unset", "undo"];
        verbs.iter().any(|verb| name.starts_with(verb)) && (name.contains(about) || name.contains("_all"))
    })
}

/// Whether a test forks: what is written may be written in the child alone.
fn forks(look: &Look<'_, '_>) -> bool {
    let all = statements(&look.case.def.body).into_iter().flat_map(calls);
    all.filter_map(|call| last_name(&call.func)).any(|name| matches!(name, "fork" | "_exit"))
}

/// Whether a test asserts behind a node that the same is what it held before: `assert sys.stdout == before`.
fn says_back(look: &Look<'_, '_>, node: &Expr, thing: &str) -> bool {
    let all = statements(&look.case.def.body);
    let bound = all.iter().filter_map(|stmt| stmt.as_assign_stmt()).filter(|assign| {
        assign.range.end() < node.range().start() && look.source.slice(&*assign.value).contains(thing)
    });
    let held: BTreeSet<&str> = bound
        .flat_map(|assign| &assign.targets)
        .flat_map(|target| target.as_tuple_expr().map_or_else(|| vec![target], |tuple| tuple.elts.iter().collect()))
        .filter_map(Expr::as_name_expr)
        .map(|name| name.id.as_str())
        .collect();
    let behind = all.iter().filter(|stmt| stmt.range().start() > node.range().end());
    // `assert "HOME" not in os.environ`
    let key = node.as_subscript_expr().map(|item| look.source.slice(&*item.slice));
    behind.filter(|stmt| super::assertion::is_assertion(look.source, stmt)).any(|stmt| {
        let all = expressions(stmt);
        let words = look.source.slice(*stmt);
        let is_gone = words.contains(" not in ") || words.contains("assertNotIn(");
        // `for key in KEYS: assert key not in os.environ`
        let is_turned =
            || all.iter().filter_map(|expr| expr.as_name_expr()).any(|name| !look.turns(name.id.as_str()).is_empty());
        if is_gone && words.contains(thing) && key.is_some_and(|key| words.contains(key) || is_turned()) {
            return true;
        }
        let mentions = all.iter().any(|expr| look.source.slice(*expr) == thing);
        mentions && all.iter().filter_map(|expr| expr.as_name_expr()).any(|name| held.contains(name.id.as_str()))
    })
}

/// Whether a test may run elsewhere, or have everything put back, by a decorator of it or of its classes: one that is neither
/// pytest's nor unittest's nor one that patches, or a mark that says so: `forked`.
#[must_use]
pub fn is_elsewhere(look: &Look<'_, '_>) -> bool {
    let around = look.case.classes.iter().flat_map(|class| &class.decorator_list);
    let mut all = look.case.def.decorator_list.iter().chain(around).map(|decorator| &decorator.expression);
    let is_apart = look.case.marks.iter().any(|mark| ["forked", "subprocess"].iter().any(|word| mark.contains(word)));
    is_apart || all.any(|decorator| !stays(look.source, decorator))
}

/// Whether a decorator leaves a test where it stands: by where it comes from, or as a mark that the module names.
fn stays(source: &Source<'_>, decorator: &Expr) -> bool {
    let Some(name) = applied(decorator) else { return false };
    let assigned = source.syntax.body().iter().filter_map(Stmt::as_assign_stmt);
    let mut named = assigned
        .filter(|assign| assign.targets.iter().filter_map(Expr::as_name_expr).any(|target| target.id.as_str() == name));
    comes_from(source, &name) || named.any(|assign| applied(&assign.value).is_some_and(|of| comes_from(source, &of)))
}

fn comes_from(source: &Source<'_>, name: &str) -> bool {
    let first = name.split('.').next().unwrap_or(name);
    let meant = source.imports.get(first).map_or(first, String::as_str);
    STAYING.contains(&meant.split('.').next().unwrap_or(meant))
}

/// Whether a fixture, a set-up or a tear-down of the source writes an attribute of a class: `Shop.open`.
#[must_use]
pub fn is_reset_around(source: &Source<'_>, name: &str) -> bool {
    let Some((_, attribute)) = name.split_once('.') else { return false };
    let written =
        source.around.iter().flat_map(|def| with_called(def, source, 1)).flat_map(|def| statements(&def.body));
    let mut written = written.flat_map(targets).filter_map(Expr::as_attribute_expr);
    written.any(|written| written.attr.as_str() == attribute)
}
