//! What others see of what a test writes and leaves: another test that reads it, or the code under test whose part was replaced.

use super::around::{targets, with_called};
use super::check::Look;
use super::code::{Code, module};
use super::language::is_of_language;
use super::source::{Case, Source, locals};
use super::walk::{calls, everything, expressions, root, statements, text, within};
use crate::domain::python::{dotted, last_name};
use ruff_python_ast::comparable::ComparableExpr;
use ruff_python_ast::{Expr, ExprAttribute, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Whether another test of the source sees what a test writes: it reads it, or a function that does, and does not write it first.
#[must_use]
pub fn others_read(look: &Look<'_, '_>, name: &str) -> bool {
    let source = look.source;
    // One that begins with a reset does so because the others do.
    if resets(source, look.case, name) {
        return false;
    }
    let tests: BTreeSet<_> = source.tests.iter().map(|case| case.def.range.start()).collect();
    let is_test = |def: &StmtFunctionDef| tests.contains(&def.range.start());
    let all = source.functions.values().flatten().copied();
    let helpers = all.filter(|def| !is_test(def) && reads(def, name) && def.range != look.case.def.range);
    let helpers: BTreeSet<&str> = helpers.map(|def| def.name.as_str()).collect();
    let (first, last) = name.split_once('.').unwrap_or((name, ""));
    // The class reads it itself.
    let methods = source.classes.get(first).into_iter().flat_map(|class| &class.body);
    let methods: Vec<_> = methods.filter_map(Stmt::as_function_def_stmt).filter(|def| !is_test(def)).collect();
    if is_seen_to(source, name) {
        return false;
    }
    let is_own = methods.iter().any(|def| reads(def, name));
    let mut others = source.tests.iter().filter(|case| case.def.range != look.case.def.range);
    others.any(|case| {
        let is_within = case.classes.iter().any(|class| class.name.as_str() == first);
        let own = locals(case.def);
        // A class of the test's own has its own values: `class Empty(Shop): …`.
        let inner = with_called(case.def, source, 0).into_iter().flat_map(|def| statements(&def.body));
        let inner = inner.filter_map(Stmt::as_class_def_stmt);
        let inherited: Vec<_> = inner.filter_map(|class| class.arguments.as_ref()).map(|given| given.range).collect();
        let is_inherited = |expr: &Expr| inherited.iter().any(|range| range.contains_range(expr.range()));
        let mentions = |wanted: &dyn Fn(&str) -> bool| {
            everything(&case.def.body).into_iter().any(|expr| match expr {
                Expr::Name(name) if is_inherited(expr) => wanted(name.id.as_str()) && last.is_empty(),
                Expr::Name(name) => wanted(name.id.as_str()) && !own.contains(name.id.as_str()),
                Expr::Attribute(attribute) => wanted(attribute.attr.as_str()),
                _ => false,
            })
        };
        let has_class = last.is_empty() || is_within || mentions(&|name| name == first);
        let sees = reads(case.def, name) && !own.contains(first) || is_own || mentions(&|name| helpers.contains(name));
        has_class && sees && !writes(source, case, name)
    })
}

/// Whether a class of the source writes an attribute itself, as its own, so that it is another one whenever the class is used; who
/// has to be asked to do so sees to nothing.
#[must_use]
pub fn is_seen_to(source: &Source<'_>, name: &str) -> bool {
    let Some((first, last)) = name.split_once('.') else { return false };
    let is_kept = |target: &Expr| {
        let written = target.as_attribute_expr().filter(|written| written.attr.as_str() == last);
        let owner = written.and_then(|written| last_name(&written.value));
        owner.is_some_and(|owner| owner == first || matches!(owner, "cls" | "type" | "__class__"))
    };
    let is_asked_to = |def: &StmtFunctionDef| ["reset", "clear"].iter().any(|word| def.name.contains(word));
    let is_test = |def: &StmtFunctionDef| source.tests.iter().any(|case| case.def.range == def.range);
    let methods = source.classes.get(first).into_iter().flat_map(|class| &class.body);
    let methods = methods.filter_map(Stmt::as_function_def_stmt).filter(|def| !is_test(def) && !is_asked_to(def));
    methods.flat_map(|def| statements(&def.body)).flat_map(targets).any(is_kept)
}

/// Methods that add to a collection.
const ADDING: [&str; 6] = ["append", "extend", "add", "update", "insert", "appendleft"];

/// Whether a function reads a name of the module, or the attribute of a class: by the name of the class, or of its own object.
fn reads(def: &StmtFunctionDef, name: &str) -> bool {
    // Who only adds to it does not look.
    let all = statements(&def.body).into_iter().filter_map(|stmt| stmt.as_expr_stmt()?.value.as_call_expr());
    let adds = all.filter_map(|call| call.func.as_attribute_expr()).filter(|of| ADDING.contains(&of.attr.as_str()));
    // `SEEN.setdefault("a", []).append(1)`
    let inner = |of: &ExprAttribute| {
        let made = of.value.as_call_expr().and_then(|call| call.func.as_attribute_expr());
        made.filter(|made| made.attr.as_str() == "setdefault").map(|made| made.value.range())
    };
    let added: Vec<_> = adds.map(|of| inner(of).unwrap_or_else(|| of.value.range())).collect();
    everything(&def.body).into_iter().any(|expr| match (expr, name.split_once('.')) {
        _ if added.contains(&expr.range()) => false,
        (Expr::Name(read), None) => read.ctx.is_load() && read.id.as_str() == name,
        (Expr::Attribute(read), Some((first, last))) => {
            let owner = last_name(&read.value).unwrap_or_default();
            let is_of = owner == first || matches!(owner, "self" | "cls" | "__class__" | "type");
            read.ctx.is_load() && read.attr.as_str() == last && is_of
        }
        _ => false,
    })
}

/// Whether a test writes that itself, or by a method of the class.
fn writes(source: &Source<'_>, case: &Case<'_>, name: &str) -> bool {
    let is_it = |target: &Expr| match target {
        Expr::Subscript(subscript) => source.slice(&*subscript.value) == name,
        target => source.slice(target) == name,
    };
    // A helper of the source that it calls may make it anew: `reset_all()`.
    let called = with_called(case.def, source, 2).into_iter().flat_map(|def| statements(&def.body));
    let mut anew = called.filter_map(Stmt::as_assign_stmt).flat_map(|assign| &assign.targets);
    let mut own = statements(&case.def.body).into_iter().flat_map(targets);
    resets(source, case, name) || own.any(is_it) || anew.any(|target| source.slice(target) == name)
}

/// Whether a test empties something itself, or calls a method of a class that writes its attribute: `SEEN.clear()`, `Shop.reset()`.
fn resets(source: &Source<'_>, case: &Case<'_>, name: &str) -> bool {
    let Some((first, last)) = name.split_once('.') else {
        let mut bare = case.def.body.iter().filter_map(Stmt::as_expr_stmt);
        return bare.any(|stmt| source.slice(stmt) == format!("{name}.clear()"));
    };
    let called = statements(&case.def.body).into_iter().flat_map(calls);
    let called: BTreeSet<String> = called.filter_map(|call| dotted(&call.func)).collect();
    let methods = source.classes.get(first).into_iter().flat_map(|class| &class.body);
    let methods = methods.filter_map(Stmt::as_function_def_stmt);
    methods.filter(|def| called.contains(&format!("{first}.{}", def.name))).any(|def| {
        let written = statements(&def.body).into_iter().flat_map(targets);
        written.filter_map(Expr::as_attribute_expr).any(|written| written.attr.as_str() == last)
    })
}

/// What only looks at what it is given.
const LOOKS: [&str; 12] = ["len", "list", "tuple", "set", "sorted", "dict", "sum", "any", "all", "str", "repr", "bool"];

/// Whether a statement hands something on, as a whole, to what may look at another part of it.
#[must_use]
pub fn is_handed_on(stmt: &Stmt, read: &Expr) -> bool {
    calls(stmt).into_iter().any(|call| {
        let name = last_name(&call.func).unwrap_or_default();
        // A mock was called with the very same object, whatever is in it.
        let is_same = ["Raises", "Warns", "_call", "_await"].iter().any(|word| name.contains(word));
        let is_compared = name.starts_with("assert") && !is_same;
        let given = call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|keyword| &keyword.value));
        let is_given = given.into_iter().any(|given| given.range() == read.range());
        // `f(ROWS.copy())` hands on as much.
        let of = call.func.as_attribute_expr().filter(|method| method.attr.as_str() == "copy");
        let is_copied = of.is_some_and(|method| method.value.range() == read.range());
        is_copied || is_given && !is_compared && !LOOKS.contains(&name)
    })
}

/// Whether a statement reads the item that is written, or the whole: `ROWS["a"]` does not hang on what is put at `ROWS["b"]`.
#[must_use]
pub fn same_item(source: &Source<'_>, stmt: &Stmt, name: &str, key: Option<&str>) -> bool {
    let all = expressions(stmt);
    let items = all.iter().filter_map(|expr| expr.as_subscript_expr());
    let items: Vec<_> = items.filter(|item| source.slice(&*item.value) == name).collect();
    let mut asked = items.iter().map(|item| text(&item.slice));
    key.is_none() || items.is_empty() || asked.any(|asked| asked.is_none() || asked == key)
}

/// Whether others miss what a test puts in the place of a part of another module: a function that it replaces, what another test
/// of the source reads and does not write, or what the module itself reads: a setting, or a value of something that another
/// test works with as well.
#[must_use]
pub fn is_missed(look: &Look<'_, '_>, stmt: &Stmt, part: &ExprAttribute) -> bool {
    let name = part.attr.as_str();
    if stmt.as_assign_stmt().is_some_and(|assign| is_stand_in(look, &assign.value)) {
        return is_of_python(look, part);
    }
    let is_setting = !name.contains(char::is_lowercase);
    let is_own = !name.starts_with('_') && !is_of_language(look, &part.value);
    let reads = |read: &Expr| {
        let is_load = read.as_attribute_expr().is_some_and(|read| read.ctx.is_load());
        is_load && look.source.slice(read) == look.source.slice(part)
    };
    let owner = root(&part.value);
    let uses = |read: &Expr| read.as_name_expr().is_some_and(|name| Some(name.id.as_str()) == owner);
    let is_there = || is_read_there(look, part) && (is_setting || others_use(look, part, &uses));
    is_own && !is_first_value(look, stmt, part) && (others_use(look, part, &reads) || is_there())
}

/// Whether a part of a class is one that keeps what it is given, as far as its code is known: one of an extension may only be told.
fn is_of_python(look: &Look<'_, '_>, part: &ExprAttribute) -> bool {
    let is_class = last_name(&part.value).is_some_and(|name| name.starts_with(char::is_uppercase));
    let meaning = look.source.meaning(&part.value, &look.locals);
    !is_class || look.about.codes.is_none_or(|codes| meaning.is_some_and(|meaning| module(codes, &meaning).is_some()))
}

/// The module in which a part of it, or of a class of it, stands.
fn written_in(look: &Look<'_, '_>, part: &ExprAttribute) -> Option<Arc<Code>> {
    let codes = look.about.codes?;
    let meaning = look.source.meaning(&part.value, &look.locals)?;
    codes(&meaning).or_else(|| Some(module(codes, &meaning)?.0))
}

/// Whether the module in which a setting stands reads it itself, as far as it is known: one that nobody reads decides nothing.
fn is_read_there(look: &Look<'_, '_>, part: &ExprAttribute) -> bool {
    if look.about.codes.is_none() {
        return true;
    }
    let Some(code) = written_in(look, part) else { return false };
    everything(code.body()).into_iter().any(|expr| match expr {
        Expr::Name(name) => name.ctx.is_load() && name.id == part.attr.id,
        Expr::Attribute(read) => read.ctx.is_load() && read.attr == part.attr,
        _ => false,
    })
}

/// Whether a statement gives a part of a module, or of a class, the very value that the code gives it at first.
fn is_first_value(look: &Look<'_, '_>, stmt: &Stmt, part: &ExprAttribute) -> bool {
    let (Some(written), Some(code)) = (stmt.as_assign_stmt(), written_in(look, part)) else { return false };
    let first = statements(code.body()).into_iter().filter_map(|stmt| match stmt {
        Stmt::ClassDef(class) => Some(&*class.body),
        _ => None,
    });
    let all = first.chain([code.body()]).flatten();
    all.filter_map(|stmt| given_to(stmt, part.attr.as_str()))
        .any(|value| ComparableExpr::from(value) == ComparableExpr::from(&*written.value))
}

/// What a statement assigns to a name.
fn given_to<'a>(stmt: &'a Stmt, name: &str) -> Option<&'a Expr> {
    let is_it = |target: &Expr| target.as_name_expr().is_some_and(|target| target.id.as_str() == name);
    match stmt {
        Stmt::Assign(assign) => assign.targets.iter().any(is_it).then_some(&*assign.value),
        Stmt::AnnAssign(assign) => assign.value.as_deref().filter(|_| is_it(&assign.target)),
        _ => None,
    }
}

/// Whether a value stands for a function: a mock, a lambda, a function or class of the tests.
pub fn is_stand_in(look: &Look<'_, '_>, value: &Expr) -> bool {
    match value {
        Expr::Lambda(_) => true,
        Expr::Call(call) => {
            last_name(&call.func).is_some_and(|name| name.ends_with("Mock") || name == "create_autospec")
        }
        Expr::Name(name) => {
            let name = name.id.as_str();
            let mut own = statements(&look.case.def.body).into_iter();
            own.any(|stmt| match stmt {
                Stmt::FunctionDef(def) => def.name.as_str() == name,
                Stmt::ClassDef(class) => class.name.as_str() == name,
                _ => false,
            }) || look.source.functions.contains_key(name)
                || look.source.classes.contains_key(name)
        }
        _ => false,
    }
}

/// Whether another test of the source has such an expression, and does not write the attribute.
fn others_use(look: &Look<'_, '_>, part: &ExprAttribute, is_use: &dyn Fn(&Expr) -> bool) -> bool {
    let name = format!("{}.{}", look.source.slice(&*part.value), part.attr);
    let mut others = look.source.tests.iter().filter(|case| case.def.range != look.case.def.range);
    others.any(|case| everything(&case.def.body).into_iter().any(is_use) && !writes(look.source, case, &name))
}

/// Whether a statement only takes something out of a collection: `sys.meta_path[:] = [one for one in sys.meta_path if …]`,
/// `sys.path = sys.path[1:]`.
#[must_use]
pub fn only_filters(look: &Look<'_, '_>, stmt: &Stmt, owner: &Expr) -> bool {
    let Some(assign) = stmt.as_assign_stmt() else { return false };
    let part = assign.value.as_subscript_expr().filter(|part| part.slice.is_slice_expr()).map(|part| &*part.value);
    let mut gone = within(&assign.value).into_iter().filter_map(super::walk::gone_through).chain(part);
    gone.any(|gone| look.source.slice(gone) == look.source.slice(owner))
}
