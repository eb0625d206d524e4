//! The process that tests share: its environment, folder, paths and arguments, and the modules that others import too.

use super::around::targets;
use super::assertion::is_assertion;
use super::check::Look;
use super::folders::{goes_back, is_done_by_module, is_own_folder, is_there_anyway};
use super::handed::may_be_taken_back;
use super::isolation::{CHANGING, is_as_at_first};
use super::restoring::{
    CLEANING, is_environment_kept, is_kept_around, is_restored, is_set_around, is_within_block, is_within_own, keeps,
    keeps_class,
};
use super::seen::{is_missed, only_filters};
use super::source::Case;
use super::undone::is_elsewhere;
use super::unmissed::{
    is_default, is_known_to_nobody, is_loaded, is_of_tests, is_opt_in, is_own_value, is_owner_set_around, is_put_back,
    is_seen_gone,
};
use super::walk::{calls, everything, statements, text};
use crate::domain::python::last_name;
use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::Ranged;

/// What of the process a test can change: the beginning of what is written or called.
const PROCESS: [&str; 5] = ["os.environ", "sys.path", "sys.modules", "sys.argv", "sys.meta_path"];

/// Calls that change the process.
const CALLS: [&str; 10] = [
    "os.chdir",
    "os.putenv",
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
pub fn foreign(look: &mut Look<'_, '_>, stmt: &Stmt, target: &Expr) {
    let (owner, key) = match target {
        Expr::Subscript(subscript) => (&*subscript.value, Some(text(&subscript.slice))),
        Expr::Attribute(_) => (target, None),
        _ => return,
    };
    let Some(meaning) = look.source.meaning(owner, &look.locals) else { return };
    let words = look.source.slice(target);
    if is_restored(look, target)
        || look.guards.replaces(&meaning)
        || is_within_raises(look.case, target)
        || is_set_around(look, words)
        || look.guards.assigns_around(words)
        || may_be_taken_back(look, target, &meaning)
        || only_filters(look, stmt, owner)
        || is_loaded(look, stmt, &meaning)
        || is_as_at_first(look.source, stmt)
        // What the last error was, pytest itself forgets before each test; and where it captures what is printed, it takes these
        // back behind each.
        || matches!(meaning.as_str(), "sys.stdout" | "sys.stderr")
        || meaning.starts_with("sys.last_")
        || meaning.starts_with("sys._")
        // What is run only where the environment says so, is run in a process of its own.
        || meaning == "sys.modules" && is_opt_in(look)
        // A variable by a name of the tests' own meets nobody: `os.environ["CART_TEST_PATH"] = …`, which the test says once.
        || meaning == "os.environ"
            && key.flatten().is_some_and(|key| is_own_value(look, stmt, key) || is_of_tests(look, key))
        // `sys.excepthook = sys.__excepthook__`
        || stmt.as_assign_stmt().and_then(|assign| last_name(&assign.value)).is_some_and(|name| name.starts_with("__"))
    {
        return;
    }
    let is_process = PROCESS.iter().any(|part| meaning == *part) || key.is_none() && meaning.starts_with("sys.");
    let shown = look.source.shown(target);
    if is_process {
        // The whole project is asked last: for that its files are read.
        let is_unmissed = || {
            let is_default = |key| meaning == "os.environ" && is_default(look, stmt, key);
            key.flatten().is_some_and(|key| is_known_to_nobody(look, &meaning, key) || is_default(key))
        };
        if !is_process_kept(look, target, &meaning, key.flatten()) && !is_unmissed() {
            let what = format!("{shown} is assigned for the whole process");
            look.find_leaving("process-state", target, part(&meaning, key.flatten()), what);
        }
    } else if let (Expr::Attribute(attribute), None) = (target, key)
        && is_module_or_class(look, &attribute.value)
        && !keeps_class(look, target, attribute.attr.as_str())
        && !is_put_back(look, stmt, target)
        && !is_seen_gone(look, target)
        && !is_owner_set_around(look, &attribute.value)
        && is_missed(look, stmt, attribute)
    {
        let what = format!("{shown} is assigned by hand and not taken back");
        look.find_leaving("module-state", target, meaning, what);
    }
}

/// Whether a part of the process that a test writes is put back by something around it.
fn is_process_kept(look: &Look<'_, '_>, target: &Expr, meaning: &str, key: Option<&str>) -> bool {
    let is_environment = meaning == "os.environ";
    meaning.starts_with("sys.std") && is_within_block(look, target, "")
        || is_environment && (is_within_block(look, target, "env") || is_environment_kept(look))
        || is_environment && look.guards.environment() && !look.guards.names("monkeypatch")
        || keeps(look, target)
        || is_within_own(look, target, meaning)
        || is_kept_around(look, meaning, key)
}

/// Whether an error is expected of what is done.
pub fn is_within_raises(case: &Case<'_>, node: &impl Ranged) -> bool {
    statements(&case.def.body).into_iter().any(|stmt| match stmt {
        Stmt::With(with) => super::assertion::expects_error(with) && with.range.contains_range(node.range()),
        // `try: x = f(0); assert False`
        Stmt::Try(attempt) => {
            let range = attempt.body.first().zip(attempt.body.last().filter(|last| super::assertion::fails(last)));
            range.is_some_and(|(first, last)| first.start() <= node.start() && node.end() <= last.end())
        }
        _ => false,
    })
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
    let told = call.arguments.find_argument_value("locale", 1).filter(|told| !told.is_none_literal_expr());
    let is_read = meaning == "locale.setlocale" && told.is_none();
    if !changes
        || is_read
        || is_elsewhere(look)
        || is_cleaning(look, &meaning, call)
        || is_own_folder(look, &meaning, call)
        || is_done_by_module(look, call)
        || is_within_raises(look.case, call)
        || is_unset(&meaning, call)
        // A default for who has none: what others say stays.
        || meaning == "os.environ.setdefault"
    {
        return;
    }
    let owner = meaning.rsplit_once('.').map_or("", |(owner, _)| owner).to_owned();
    let moved = meaning == "os.chdir"
        && (look.guards.calls_around("chdir")
            || ["chdir", "isolated_filesystem", "tmpdir", "tempdir", "in_tmp", "cwd"]
                .iter()
                .any(|word| is_named(look, word)));
    let key = call.arguments.args.first().and_then(text);
    let environment = owner == "os.environ" && (look.guards.environment() || is_environment_kept(look));
    if moved
        || goes_back(look, &meaning, call)
        || keeps(look, &call.func)
        || is_within_own(look, &call.func, &owner)
        || is_kept_around(look, if PROCESS.contains(&owner.as_str()) { &owner } else { &meaning }, key)
        || environment
        || look.guards.replaces(&owner)
        || look.guards.replaces(&meaning)
        || is_restored_call(look, &meaning, &owner)
        || may_be_taken_back(look, &call.func, &meaning)
        || meaning.starts_with("sys.path.") && is_there_anyway(look, call)
    {
        return;
    }
    let changed = if PROCESS.contains(&owner.as_str()) { part(&owner, key) } else { meaning };
    look.find_leaving("process-state", call, changed, format!("{} changes the whole process", look.source.shown(call)));
}

/// A part of the process as the lab's plugin names it: of variables and modules that one alone whose name is known.
fn part(meaning: &str, key: Option<&str>) -> String {
    match key.filter(|_| matches!(meaning, "os.environ" | "sys.modules")) {
        Some(key) => format!("{meaning}[{key}]"),
        None => meaning.to_owned(),
    }
}

/// Whether a call sets something of the process to nothing: `sys.settrace(None)`, `logging.disable(logging.NOTSET)`.
fn is_unset(meaning: &str, call: &ExprCall) -> bool {
    let given = call.arguments.args.first();
    let is_nothing = given.is_some_and(|given| given.is_none_literal_expr() || last_name(given) == Some("NOTSET"));
    is_nothing && matches!(meaning, "sys.settrace" | "socket.setdefaulttimeout" | "logging.disable")
}

/// Whether a call only cleans up: it stands in a `finally`, it takes away what may not be there, or it forgets a module that the
/// test imports anew.
fn is_cleaning(look: &Look<'_, '_>, meaning: &str, call: &ExprCall) -> bool {
    let name = call.arguments.args.first().and_then(text);
    let imports = |stmt: &Stmt| match stmt {
        Stmt::Import(import) => import.names.iter().any(|alias| Some(alias.name.as_str()) == name),
        Stmt::ImportFrom(from) => from.module.as_ref().is_some_and(|module| Some(module.as_str()) == name),
        _ => false,
    };
    // `for name in list(sys.modules): sys.modules.pop(name)` before `import_module("shop")`
    let loads = || {
        let mut inside = everything(&look.case.def.body).into_iter().filter_map(Expr::as_call_expr);
        inside.any(|call| last_name(&call.func) == Some("import_module"))
    };
    let all = statements(&look.case.def.body);
    let mut finals = all.iter().filter_map(|stmt| stmt.as_try_stmt()).flat_map(|attempt| &attempt.finalbody);
    let is_last = finals.any(|stmt| stmt.range().contains_range(call.range()));
    let may_be_gone = meaning.ends_with(".pop") && call.arguments.args.len() > 1;
    // What a list ends or begins with may be what was put there before.
    let is_of_list = meaning.ends_with(".pop") && meaning != "os.environ.pop" && meaning != "sys.modules.pop";
    // What is taken out to be looked at, the code has put there: `assert os.environ.pop("CART") == "a"`.
    let is_asserted = || {
        let mut asserted = all.iter().filter(|stmt| is_assertion(look.source, stmt));
        meaning.ends_with(".pop") && asserted.any(|stmt| stmt.range().contains_range(call.range()))
    };
    is_last
        || is_of_list
        || is_asserted()
        || may_be_gone
        || matches!(meaning, "sys.path.remove" | "sys.argv.remove" | "sys.meta_path.remove")
        || meaning == "sys.modules.pop" && (name.is_none() && loads() || all.into_iter().any(imports))
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
        last_name(&call.func).is_some_and(|name| CLEANING.contains(&name))
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
