//! The process that tests share: its environment, folder, paths and arguments, and the modules that others import too.

use super::check::Look;
use super::guards::KEEPING;
use super::isolation::{CHANGING, is_around, is_restored, targets};
use super::walk::{calls, statements, within};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;
use std::collections::BTreeSet;

/// What of the process a test can change: the beginning of what is written or called.
const PROCESS: [&str; 5] = ["os.environ", "sys.path", "sys.modules", "sys.argv", "sys.meta_path"];

/// Calls that change the process.
const CALLS: [&str; 11] = [
    "os.chdir",
    "os.putenv",
    "os.unsetenv",
    "os.umask",
    "locale.setlocale",
    "time.tzset",
    "logging.disable",
    "socket.setdefaulttimeout",
    "sys.setrecursionlimit",
    "sys.settrace",
    "decimal.setcontext",
];

/// An assignment to what belongs to the process, or to another module.
pub fn foreign(look: &mut Look<'_, '_>, target: &Expr) {
    let (owner, is_item) = match target {
        Expr::Subscript(subscript) => (&*subscript.value, true),
        Expr::Attribute(_) => (target, false),
        _ => return,
    };
    let Some(meaning) = look.source.meaning(owner, &look.locals) else { return };
    if is_restored(look, target) || look.guards.replaces(&meaning) {
        return;
    }
    let is_kept = meaning.starts_with("sys.std") && is_within_block(look, target, "")
        || meaning == "os.environ" && is_within_block(look, target, "env");
    let is_process = PROCESS.iter().any(|part| meaning == *part) || !is_item && meaning.starts_with("sys.");
    if is_kept
        || is_process && (keeps(look, target) || is_kept_around(look, &meaning))
        || is_within_raises(look, target)
        || is_set_around(look, look.source.slice(target))
        || look.guards.assigns_around(look.source.slice(target))
        || meaning == "os.environ" && is_environment_kept(look)
    {
        return;
    }
    let shown = look.source.shown(target);
    if is_process {
        if meaning == "os.environ" && look.guards.environment() && !look.guards.names("monkeypatch") {
            return;
        }
        look.find("process-state", target, format!("{shown} is assigned for the whole process"));
    } else if let (Expr::Attribute(attribute), false) = (target, is_item)
        && is_module_or_class(look, &attribute.value)
    {
        look.find("module-state", target, format!("{shown} is assigned by hand and not taken back"));
    }
}

/// Whether a node stands in the block of a context manager with that word in its name, which may take back what is done.
fn is_within_block(look: &Look<'_, '_>, node: &Expr, word: &str) -> bool {
    let withs = statements(&look.case.def.body).into_iter().filter_map(Stmt::as_with_stmt);
    withs.into_iter().any(|with| {
        let mut names = with.items.iter().filter_map(|item| last_name(&item.context_expr));
        let is_named = names.any(|name| name.to_lowercase().contains(word));
        is_named && !super::assertion::expects(with) && with.range.contains_range(node.range())
    })
}

/// Whether an error is expected of what is done.
fn is_within_raises(look: &Look<'_, '_>, node: &Expr) -> bool {
    let mut withs = statements(&look.case.def.body).into_iter().filter_map(Stmt::as_with_stmt);
    withs.any(|with| super::assertion::expects_error(with) && with.range.contains_range(node.range()))
}

/// Whether a node stands in the block of a context manager that takes back what is done in it.
fn keeps(look: &Look<'_, '_>, node: &Expr) -> bool {
    KEEPING.iter().any(|word| is_within_block(look, node, word))
}

/// Whether a fixture, a set-up or a tear-down around the test says that it keeps a part of the process.
fn is_kept_around(look: &Look<'_, '_>, part: &str) -> bool {
    let words: &[&str] = match part {
        "os.environ" | "os.putenv" | "os.unsetenv" => &["env"],
        "sys.path" => &["path"],
        "sys.modules" => &["module"],
        "sys.argv" => &["argv"],
        "os.chdir" => &["cwd", "dir"],
        _ => return false,
    };
    look.guards.keeps(look.case, words)
}

/// Whether a call only goes back to the folder where the test started: `os.chdir(before)` after `before = os.getcwd()`.
fn goes_back(look: &Look<'_, '_>, meaning: &str, call: &ExprCall) -> bool {
    let Some(name) = call.arguments.args.first().and_then(Expr::as_name_expr) else { return false };
    let all = statements(&look.case.def.body);
    let assigned = all.into_iter().filter_map(Stmt::as_assign_stmt).filter(|assign| {
        let mut names = assign.targets.iter().filter_map(Expr::as_name_expr);
        names.any(|target| target.id == name.id)
    });
    let mut asked = assigned.flat_map(|assign| within(&assign.value)).filter_map(Expr::as_call_expr);
    meaning == "os.chdir" && asked.any(|call| matches!(last_name(&call.func), Some("getcwd" | "cwd")))
}

/// Whether a fixture, a set-up or a tear-down of the source, or a function that one of them calls, has these words.
fn is_set_around(look: &Look<'_, '_>, words: &str) -> bool {
    let all: Vec<&StmtFunctionDef> = look.source.functions.values().flatten().copied().collect();
    let around: Vec<&StmtFunctionDef> = all.iter().copied().filter(|def| is_around(def)).collect();
    let called = around.iter().flat_map(|def| statements(&def.body)).flat_map(calls);
    let called: BTreeSet<&str> = called.filter_map(|call| last_name(&call.func)).collect();
    let helpers = all.iter().filter(|def| called.contains(def.name.as_str()));
    around.iter().chain(helpers).any(|def| look.source.slice(*def).contains(words))
}

/// Whether something around the test puts the environment back as it was.
fn is_environment_kept(look: &Look<'_, '_>) -> bool {
    let ways = ["environ.clear(", "environ.update(", "os.environ =", "environ.pop(", "del os.environ"];
    look.guards.keeps_environment() || ways.iter().any(|way| is_set_around(look, way))
}

/// Whether an expression is an imported module or class, by how it is imported and written.
fn is_module_or_class(look: &Look<'_, '_>, owner: &Expr) -> bool {
    let Some(last) = last_name(owner) else { return false };
    let is_class = last.chars().next().is_some_and(char::is_uppercase) && last.chars().any(char::is_lowercase);
    let is_module = owner.as_name_expr().is_some_and(|name| is_imported_whole(look, name.id.as_str()));
    is_class || is_module
}

/// Whether a name is bound by `import name` or `import name as name`.
fn is_imported_whole(look: &Look<'_, '_>, name: &str) -> bool {
    let all = look.source.syntax.body().iter().filter_map(Stmt::as_import_stmt).flat_map(|import| &import.names);
    all.into_iter().any(|alias| match &alias.asname {
        Some(bound) => bound.as_str() == name,
        None => alias.name.as_str() == name,
    })
}

/// A call that changes the process.
pub fn process_call(look: &mut Look<'_, '_>, call: &ExprCall) {
    let Some(meaning) = look.source.meaning(&call.func, &look.locals) else { return };
    let changes = CALLS.contains(&meaning.as_str())
        || meaning
            .rsplit_once('.')
            .is_some_and(|(owner, method)| PROCESS.contains(&owner) && CHANGING.contains(&method));
    let is_read = meaning == "locale.setlocale" && call.arguments.args.len() + call.arguments.keywords.len() < 2;
    if !changes || is_read {
        return;
    }
    let owner = meaning.rsplit_once('.').map_or("", |(owner, _)| owner).to_owned();
    let moved = meaning == "os.chdir"
        && (look.guards.calls_around("chdir")
            || ["chdir", "isolated_filesystem", "tmpdir", "in_tmp", "cwd"].iter().any(|word| is_named(look, word)));
    let environment = owner == "os.environ" && (look.guards.environment() || is_environment_kept(look));
    if moved
        || goes_back(look, &meaning, call)
        || keeps(look, &call.func)
        || is_kept_around(look, if PROCESS.contains(&owner.as_str()) { &owner } else { &meaning })
        || environment
        || look.guards.replaces(&owner)
        || look.guards.replaces(&meaning)
        || is_restored_call(look, &meaning, &owner)
    {
        return;
    }
    look.find("process-state", call, format!("{} changes the whole process", look.source.shown(call)));
}

/// Whether a context manager or a fixture around the test goes by that word.
fn is_named(look: &Look<'_, '_>, word: &str) -> bool {
    look.guards.names(word)
        || look.guards.names(&format!("monkeypatch.{word}"))
        || statements(&look.case.def.body).into_iter().filter_map(Stmt::as_with_stmt).any(|with| {
            with.items.iter().filter_map(|item| last_name(&item.context_expr)).any(|name| name.contains(word))
        })
}

/// Whether the test changes back what a call changed: a second call in a `finally`, a clean-up, or later on.
fn is_restored_call(look: &Look<'_, '_>, meaning: &str, owner: &str) -> bool {
    let all = statements(&look.case.def.body);
    let meant = |call: &&ExprCall| look.source.meaning(&call.func, &look.locals).unwrap_or_default();
    let same = all.iter().flat_map(|stmt| calls(stmt)).filter(|call| {
        let meant = meant(call);
        meant == meaning || PROCESS.contains(&owner) && meant.starts_with(&format!("{owner}."))
    });
    let shown = look
        .source
        .imports
        .iter()
        .find(|(_, meant)| meaning.starts_with(&format!("{meant}.")))
        .map_or("", |(name, _)| name);
    let cleans = all.iter().flat_map(|stmt| calls(stmt)).any(|call| {
        matches!(last_name(&call.func), Some("addCleanup" | "addfinalizer" | "callback"))
            && !shown.is_empty()
            && look.source.slice(call).contains(&format!("{shown}."))
    });
    let written = all.iter().flat_map(|stmt| targets(stmt)).any(|target| {
        let target = match target {
            Expr::Subscript(subscript) => &*subscript.value,
            target => target,
        };
        PROCESS.contains(&owner) && look.source.meaning(target, &look.locals).as_deref() == Some(owner)
    });
    same.count() > 1 || cleans || written
}
