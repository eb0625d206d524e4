//! What takes back what a test wrote: the test itself, a context manager, a fixture, a set-up, a tear-down, another process.

use super::around::{targets, with_called};
use super::check::Look;
use super::guards::KEEPING;
use super::source::{Case, Source};
use super::undone::is_elsewhere;
use super::walk::{calls, names, statements, text};
use crate::domain::python::{dotted, is_fixture, last_name};
use ruff_python_ast::{Expr, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;
use std::collections::BTreeSet;

/// Calls that have something done after the test.
pub const CLEANING: [&str; 6] =
    ["addCleanup", "addfinalizer", "callback", "addClassCleanup", "addAsyncCleanup", "push_async_callback"];

/// What a test that is handed a session of pytest gets back afterwards.
const OF_SESSION: [&str; 4] = ["sys.path", "sys.modules", "sys.meta_path", "os.chdir"];

/// Whether a function runs around tests.
pub fn is_around(def: &StmtFunctionDef) -> bool {
    let name = def.name.as_str().to_lowercase();
    is_fixture(&def.decorator_list) || name.starts_with("setup") || name.starts_with("teardown")
}

/// Whether the test takes back what it wrote, or something else does it.
pub fn is_restored(look: &Look<'_, '_>, node: &Expr) -> bool {
    let name = dotted(node).or_else(|| node.as_subscript_expr().and_then(|subscript| dotted(&subscript.value)));
    let meaning = look.source.meaning(node, &look.locals);
    let is_replaced =
        name.is_some_and(|name| look.guards.replaces(&name) || meaning.is_some_and(|name| look.guards.replaces(&name)));
    puts_back(look.source, look.case, node) || is_replaced || is_told(look, node) || is_elsewhere(look)
}

/// Whether a test takes back what it wrote: in a `finally`, with a clean-up, or by writing it again.
pub fn puts_back(source: &Source<'_>, case: &Case<'_>, node: &Expr) -> bool {
    let shown = source.slice(node);
    let base = shown.split(['[', '(']).next().unwrap_or(shown);
    let all = statements(&case.def.body);
    let finals = all.iter().filter_map(|stmt| stmt.as_try_stmt()).flat_map(|attempt| statements(&attempt.finalbody));
    let owner = base.rsplit_once('.').map_or(base, |(owner, _)| owner);
    let in_finally = finals.into_iter().map(|stmt| source.slice(stmt)).any(|words| {
        // A module that is read anew is as it was.
        words.contains(base)
            || words.starts_with(&format!("{owner} ="))
            // `PORTS.discard(port)` behind `PORTS.add(port)`
            || !owner.contains('.') && owner != base && words.starts_with(&format!("{owner}."))
            || words.contains("reload") && super::branches::mentions(words, owner)
    });
    let wrote = all.iter().flat_map(|stmt| targets(stmt)).filter(|target| source.slice(*target) == shown).count();
    let deleted = all.iter().filter(|stmt| stmt.is_delete_stmt()).any(|stmt| source.slice(*stmt).contains(base));
    let kept = all.iter().filter_map(|stmt| stmt.as_assign_stmt()).any(|assign| {
        let is_it = assign.targets.iter().any(|target| [shown, base].contains(&source.slice(target)));
        is_it && (last_name(&assign.value).is_some_and(says_kept) || is_copy(source, &all, &assign.value, base))
    });
    // `Kernel.clear_instance()` after `Kernel._instance = kernel`
    let resets =
        all.iter().flat_map(|stmt| calls(stmt)).filter(|call| call.range().start() > node.range().end()).any(|call| {
            let says = |name: &str| ["clear", "reset", "restore"].iter().any(|word| name.starts_with(word));
            let function = source.slice(&*call.func);
            // `os.environ.pop(key)` after `os.environ[key] = value`
            let key = node.as_subscript_expr().map(|item| source.slice(&*item.slice));
            let first = call.arguments.args.first();
            // `for name in (key, other): sys.modules.pop(name, None)`
            let turned = all.iter().filter_map(|stmt| stmt.as_for_stmt()).filter(|turns| {
                first.is_some_and(|first| source.slice(first) == source.slice(&*turns.target))
                    && turns.range.contains_range(call.range())
            });
            let through: Vec<&Expr> = turned.flat_map(|turns| super::walk::within(&turns.iter)).collect();
            let is_out = first.into_iter().chain(through).any(|given| Some(source.slice(given)) == key);
            last_name(&call.func).is_some_and(says) && function.starts_with(&format!("{owner}."))
                || is_out && function == format!("{base}.pop")
        });
    in_finally || is_cleaned(source, case, base) || wrote > 1 || deleted || kept || resets
}

/// Whether a clean-up that the test orders, or a function of its source that it calls, mentions what was written.
fn is_cleaned(source: &Source<'_>, case: &Case<'_>, base: &str) -> bool {
    // `addCleanup(setattr, threading, "excepthook", before)`
    let (owner, name) = base.rsplit_once('.').unwrap_or(("", base));
    let says = |words: &str| {
        let by_name =
            (words.contains("setattr") || words.contains("delattr")) && words.contains(owner) && words.contains(name);
        words.contains(base) || by_name
    };
    let all = with_called(case.def, source, 1);
    all.iter().flat_map(|def| statements(&def.body)).flat_map(calls).any(|call| {
        let ordered = call.arguments.args.iter().filter_map(last_name);
        let ordered = ordered.flat_map(|name| all.iter().filter(move |def| def.name.as_str() == name));
        let cleans = last_name(&call.func).is_some_and(|name| CLEANING.contains(&name));
        cleans && (says(source.slice(call)) || ordered.into_iter().any(|def| says(source.slice(*def))))
    })
}

/// Whether a value is what the test copied before: `sys.path[:] = before` after `before = list(sys.path)`.
fn is_copy(source: &Source<'_>, all: &[&Stmt], value: &Expr, base: &str) -> bool {
    let Some(name) = value.as_name_expr() else { return false };
    // `def open_new(url)` after `open_new = webbrowser.open_new` is another one.
    if all.iter().filter_map(|stmt| stmt.as_function_def_stmt()).any(|def| def.name.id == name.id) {
        return false;
    }
    all.iter().filter_map(|stmt| stmt.as_assign_stmt()).any(|assign| {
        // `kept, sys.stdout = sys.stdout, StringIO()`
        let mut bound = assign.targets.iter().flat_map(names);
        bound.any(|target| target == name.id.as_str()) && source.slice(&*assign.value).contains(base)
    })
}

/// Whether a name says that it holds what was there before: `original_send`.
fn says_kept(name: &str) -> bool {
    let name = name.to_lowercase();
    ["orig", "old", "saved", "prev", "real", "before", "backup"].iter().any(|word| name.starts_with(word))
}

/// Whether a node stands in the block of a context manager that is told by a text what it takes back: `with uncached("shop")`
/// around `sys.modules["shop"] = …`, `with replaced("shop.Cart.size", 3)` around `Cart.size = 4`.
fn is_told(look: &Look<'_, '_>, node: &Expr) -> bool {
    let wanted = match node {
        Expr::Subscript(subscript) => text(&subscript.slice),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    };
    let Some(wanted) = wanted else { return false };
    let is_it = |said: &str| said == wanted || said.strip_suffix(wanted).is_some_and(|rest| rest.ends_with('.'));
    let mut withs = statements(&look.case.def.body).into_iter().filter_map(Stmt::as_with_stmt);
    withs.any(|with| {
        // `with kept:` after `kept = EnvironmentVariable("HOME")`
        let managers = with.items.iter().flat_map(|item| match item.context_expr.as_name_expr() {
            Some(name) => look.values(name.id.as_str()).to_vec(),
            None => vec![&item.context_expr],
        });
        let calls = managers.filter_map(Expr::as_call_expr);
        let mut said = calls.flat_map(|call| &call.arguments.args).filter_map(text);
        with.range.contains_range(node.range()) && !super::assertion::expects(with) && said.any(is_it)
    })
}

/// Whether a node stands in the block of a context manager with that word in its name, which may take back what is done.
pub fn is_within_block(look: &Look<'_, '_>, node: &Expr, word: &str) -> bool {
    let withs = statements(&look.case.def.body).into_iter().filter_map(Stmt::as_with_stmt);
    withs.into_iter().any(|with| {
        let mut names = with.items.iter().filter_map(|item| last_name(&item.context_expr));
        let is_named = names.any(|name| name.to_lowercase().contains(word));
        is_named && !super::assertion::expects(with) && with.range.contains_range(node.range())
    })
}

/// Whether a node stands in the block of a context manager that takes back what is done in it.
pub fn keeps(look: &Look<'_, '_>, node: &Expr) -> bool {
    KEEPING.iter().any(|word| is_within_block(look, node, word))
}

/// Whether a node stands in the block of a context manager that is named for a part of the process: `with extended_sys_path()`.
pub fn is_within_own(look: &Look<'_, '_>, node: &Expr, part: &str) -> bool {
    let words: &[&str] = match part {
        "sys.path" => &["syspath", "sys_path"],
        "sys.modules" => &["sysmodules", "sys_modules"],
        "sys.argv" => &["argv"],
        _ => &[],
    };
    words.iter().any(|word| is_within_block(look, node, word))
}

/// Whether an attribute of a module or a class is put back by something around: a block that restores, a fixture, a set-up or a
/// tear-down that writes it too, or that restores what it kept.
pub fn keeps_class(look: &Look<'_, '_>, node: &Expr, attribute: &str) -> bool {
    let restoring = ["restor", "preserv", "reset", "rollback", "revert"];
    restoring.iter().any(|word| is_within_block(look, node, word))
        || look.guards.written().assigns(attribute)
        || look.guards.written().restores()
        || look.guards.resets()
        || look.guards.keeps(look.case, &[&attribute.to_lowercase()])
}

/// Whether something around the test puts back a part of the process: a fixture, a set-up or a tear-down that writes it too or
/// says so by its name, or pytest itself.
pub fn is_kept_around(look: &Look<'_, '_>, part: &str, key: Option<&str>) -> bool {
    let words: &[&str] = match part {
        "os.environ" | "os.putenv" | "os.unsetenv" => &["env"],
        "sys.path" | "sys.meta_path" => &["path", "import"],
        "sys.modules" => &["module", "import"],
        "sys.argv" => &["argv"],
        "os.chdir" => &["cwd", "dir"],
        _ => &[],
    };
    let has_session = look.guards.names("pytester") || look.guards.names("testdir");
    look.guards.keeps(look.case, words)
        || look.guards.written().undoes(part, key)
        || has_session && OF_SESSION.contains(&part)
        || key.is_some_and(|key| part == "os.environ" && look.guards.used().any(|used| *used == key.to_lowercase()))
        || part == "os.chdir" && look.guards.used().any(|name| name.contains("tempdir") && !name.contains('.'))
        || is_ordered(look, words)
}

/// Whether the test itself calls something that says it keeps or replaces that: `self.replace_sys_path([…])`.
fn is_ordered(look: &Look<'_, '_>, words: &[&str]) -> bool {
    let alone = statements(&look.case.def.body).into_iter().filter_map(Stmt::as_expr_stmt);
    let called = alone.filter_map(|stmt| stmt.value.as_call_expr()).filter_map(|call| last_name(&call.func));
    let has = |name: &str, words: &[&str]| words.iter().any(|word| name.contains(word));
    called.map(str::to_lowercase).any(|name| has(&name, words) && (has(&name, &KEEPING) || name.contains("replace")))
}

/// Whether a fixture, a set-up or a tear-down of the source, or a function that one of them calls, has these words.
pub fn is_set_around(look: &Look<'_, '_>, words: &str) -> bool {
    let around = &look.source.around;
    let called = around.iter().flat_map(|def| statements(&def.body)).flat_map(calls);
    let called: BTreeSet<&str> = called.filter_map(|call| last_name(&call.func)).collect();
    let helpers = called.iter().filter_map(|name| look.source.functions.get(name)).flatten();
    around.iter().chain(helpers).any(|def| look.source.slice(*def).contains(words))
}

/// Whether something around the test puts the environment back as it was.
pub fn is_environment_kept(look: &Look<'_, '_>) -> bool {
    let ways = ["environ.clear(", "environ.update(", "os.environ =", "environ.pop(", "del os.environ"];
    look.guards.keeps_environment() || ways.iter().any(|way| is_set_around(look, way))
}
