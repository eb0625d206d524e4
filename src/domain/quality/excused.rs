//! Which tests without an assertion are at fault: those that are empty, or that drop what the code answers, and say nothing of why.

use super::check::Look;
use super::language::is_of_language;
use super::refused::refused;
use super::telling::{is_explained, is_explained_by};
use super::unwritten::{is_empty, is_still_unwritten};
use super::walk::{calls, everything, expressions, root, statements};
use crate::domain::python::{dotted, last_name};
use ruff_python_ast::{CmpOp, Expr, ExprCall, Stmt, StmtFunctionDef};
use std::collections::BTreeSet;

/// Marks of tests that are left out, that are measured, or that the plugin of the mark judges.
const MARKS: [&str; 9] = ["skip", "xfail", "bench", "timeout", "mypy", "mpl_", "leak", "memory", "limit"];

/// Decorators that fail no test.
const PLAIN_DECORATORS: [&str; 20] = [
    "parametrize",
    "patch",
    "object",
    "dict",
    "multiple",
    "skipIf",
    "skipUnless",
    "skipif",
    "override_settings",
    "modify_settings",
    "usefixtures",
    "given",
    "settings",
    "freeze_time",
    "staticmethod",
    "classmethod",
    "mock_aws",
    "override",
    "tag",
    "dataclass",
];

/// Calls of tests that end in another way, that wait for others, that run other code, or that fail where something is wrong.
const ELSEWHERE: [&str; 40] = [
    "skip",
    "skipTest",
    "xfail",
    "exit",
    "fail",
    "simplefilter",
    "filterwarnings",
    "catch_warnings",
    "check_call",
    "check_output",
    "check_returncode",
    "Thread",
    "Process",
    "gather",
    "create_task",
    "start_soon",
    "ensure_future",
    "wait_for",
    "fail_after",
    "move_on_after",
    "TaskGroup",
    "create_task_group",
    "open_nursery",
    "timeout",
    "submit",
    "ThreadPoolExecutor",
    "ProcessPoolExecutor",
    "Lock",
    "Condition",
    "Event",
    "Semaphore",
    "acquire",
    "release",
    "run_coroutine_threadsafe",
    "compile",
    "exec",
    "eval",
    "fromstring",
    "collect",
    "unlink",
];

/// Calls that prepare, convert or clean up: that nobody looks at what they answer says nothing.
const PREPARING: [&str; 40] = [
    "str",
    "repr",
    "int",
    "float",
    "bool",
    "list",
    "dict",
    "set",
    "tuple",
    "range",
    "sorted",
    "len",
    "hash",
    "next",
    "iter",
    "open",
    "join",
    "encode",
    "decode",
    "append",
    "extend",
    "type",
    "getattr",
    "setattr",
    "delattr",
    "format",
    "dumps",
    "copy",
    "deepcopy",
    "write",
    "read",
    "close",
    "get",
    "patch",
    "start",
    "stop",
    "importorskip",
    "import_module",
    "__import__",
    "sleep",
];

/// Calls that compare, and answer whether it holds.
const COMPARING: [&str; 8] =
    ["allclose", "array_equal", "isclose", "isinstance", "issubclass", "startswith", "endswith", "equals"];

/// Beginnings of the names of what fails where something is wrong, and has little else to answer.
const REFUSING: [&str; 10] =
    ["parse", "strptime", "valid", "check", "verify", "ensure", "require", "full_clean", "compile", "load"];

/// Parts of names that make an error, or stand for one.
const RAISING: [&str; 8] = ["Error", "Exception", "Warning", "rais", "boom", "explod", "side_effect", "fail"];

/// Whether a test that asserts nothing is at fault: positively known, by its own words.
#[must_use]
pub fn is_at_fault(look: &Look<'_, '_>) -> bool {
    let is_left_out = look.case.marks.iter().any(|mark| MARKS.iter().any(|word| mark.contains(word)));
    // What other programs than pytest ask for, and it would collect: `def tests(self): return {…}`.
    if is_left_out || matches!(look.case.name(), "tests" | "test_suite") || is_helper(look) || is_given_manager(look) {
        return false;
    }
    compares(look)
        || !is_decorated(look) && (is_still_unwritten(look) || !is_explained(look) && (is_empty(look) || drops(look)))
}

/// Whether a test enters what a parameter gives it, which may be what expects: `with expectation:`.
fn is_given_manager(look: &Look<'_, '_>) -> bool {
    let withs = statements(look.case.body()).into_iter().filter_map(Stmt::as_with_stmt).flat_map(|with| &with.items);
    let mut named = withs.filter_map(|item| item.context_expr.as_name_expr());
    named.any(|name| look.case.parameters().any(|parameter| parameter == name.id.as_str()))
}

/// Whether a test measures and checks nothing, as benchmarks do.
#[must_use]
pub fn is_benchmark(look: &Look<'_, '_>) -> bool {
    let is_marked = look.case.marks.iter().any(|mark| mark.contains("benchmark"));
    let words = ["test_bench_", "test_benchmark", "bench_"];
    is_marked
        || look.case.parameters().any(|name| name.contains("benchmark"))
        || words.iter().any(|word| look.case.name().starts_with(word))
}

/// Whether other functions of the source call it: a helper that is named like a test.
fn is_helper(look: &Look<'_, '_>) -> bool {
    let names = everything(look.source.syntax.body()).into_iter().filter_map(Expr::as_name_expr);
    names.filter(|name| name.ctx.is_load()).any(|name| name.id.as_str() == look.case.name())
}

/// Whether a decorator of the test or of its classes may check something for all that is known.
#[must_use]
pub fn is_decorated(look: &Look<'_, '_>) -> bool {
    let around = look.case.classes.iter().flat_map(|class| &class.decorator_list);
    look.case.def.decorator_list.iter().chain(around).any(|decorator| {
        let applied = match &decorator.expression {
            Expr::Call(call) => &*call.func,
            expr => expr,
        };
        let name = dotted(applied).unwrap_or_default();
        let is_mark = name.starts_with("mark.") || name.contains(".mark.");
        !is_mark && !last_name(applied).is_some_and(|name| PLAIN_DECORATORS.contains(&name))
    })
}

/// Whether a comparison stands there by itself: `got == 3`, `np.allclose(got, wanted)`.
fn compares(look: &Look<'_, '_>) -> bool {
    let values = statements(look.case.body()).into_iter().filter_map(Stmt::as_expr_stmt).map(|stmt| &*stmt.value);
    values.into_iter().any(|value| match value {
        // `ok(total(3)) == 4` of a library whose objects look for themselves.
        Expr::Compare(compare) if compare.left.as_call_expr().is_some_and(looks_itself) => false,
        Expr::Compare(compare) => {
            compare.ops.iter().all(|op| matches!(op, CmpOp::Eq | CmpOp::NotEq | CmpOp::Is | CmpOp::In))
        }
        Expr::Call(call) => last_name(&call.func).is_some_and(|name| COMPARING.contains(&name)),
        _ => false,
    })
}

/// Whether what a call gives looks at what it is compared with.
fn looks_itself(call: &ExprCall) -> bool {
    let name = last_name(&call.func).unwrap_or_default().to_lowercase();
    name.ends_with("ok") || ["expect", "that", "should", "check"].iter().any(|word| name.contains(word))
}

/// Whether a test asks the code for something, and nobody looks at what it answers: dropped, kept in names that nobody reads, or
/// printed.
fn drops(look: &Look<'_, '_>) -> bool {
    let all = statements(look.case.body());
    if all.iter().any(|stmt| is_another_way(stmt)) || all.iter().flat_map(|stmt| expressions(stmt)).any(is_unclear) {
        return false;
    }
    let read: BTreeSet<&str> = everything(&look.case.def.body)
        .into_iter()
        .filter_map(Expr::as_name_expr)
        .filter(|name| name.ctx.is_load())
        .map(|name| name.id.as_str())
        .collect();
    // `_ = f()` says that nobody is to look.
    let is_unread = |target: &Expr| {
        target.as_name_expr().is_some_and(|name| !name.id.starts_with('_') && !read.contains(name.id.as_str()))
    };
    let dropped = all.iter().filter_map(|stmt| match stmt {
        Stmt::Expr(stmt) => asked(&stmt.value),
        Stmt::Assign(assign) if assign.targets.iter().all(is_unread) => asked(&assign.value),
        _ => None,
    });
    let dropped: Vec<&ExprCall> = dropped.collect();
    // An object of the test that is called as such may be what checks: `schema(example)`.
    let is_object =
        |call: &ExprCall| call.func.as_name_expr().is_some_and(|name| look.locals.contains(name.id.as_str()));
    if dropped.iter().any(|call| is_object(call)) {
        return false;
    }
    // What a fixture that is not known does may be to check.
    let is_of_fixture =
        |call: &&&ExprCall| root(&call.func).is_some_and(|of| look.case.parameters().any(|one| one == of));
    if look.lacks_fixture && dropped.iter().any(|call| is_of_fixture(&call)) {
        return false;
    }
    let refused = refused(look);
    let is_act = |name: &str| {
        !PREPARING.contains(&name) && !name.trim_start_matches('_').starts_with(|c: char| c.is_uppercase())
    };
    let helpers = |name: &str| look.source.functions.get(name).into_iter().flatten().copied();
    let is_doubtful =
        |name: &str| refuses(name) || refused.contains(name) || helpers(name).any(|def| is_doubtful(look, def));
    // What the language does is not asked of the code: `os.kill(pid, SIGKILL)`.
    let mut of_code = dropped.iter().filter(|call| !is_of_language(look, &call.func));
    of_code.any(|call| last_name(&call.func).is_some_and(is_act))
        && !dropped.iter().filter_map(|call| last_name(&call.func)).any(is_doubtful)
}

/// Whether what has that name fails where something is wrong.
fn refuses(name: &str) -> bool {
    name.contains("expect")
        || name.contains("valid")
        || REFUSING.iter().any(|begin| name.trim_start_matches('_').starts_with(begin))
}

/// Whether a helper of the source may fail the test in its way, or says why it does not.
fn is_doubtful(look: &Look<'_, '_>, def: &StmtFunctionDef) -> bool {
    let all = statements(&def.body);
    is_explained_by(look, def)
        || all.iter().flat_map(|stmt| calls(stmt)).filter_map(|call| last_name(&call.func)).any(refuses)
        || all.iter().any(|stmt| stmt.is_try_stmt() || stmt.is_raise_stmt())
        || all.into_iter().flat_map(expressions).any(is_unclear)
}

/// The call of a statement, awaited or not.
fn asked(value: &Expr) -> Option<&ExprCall> {
    match value {
        Expr::Await(awaited) => awaited.value.as_call_expr(),
        value => value.as_call_expr(),
    }
}

/// Whether a statement shows that the test goes another way than to ask and to look: it defines, handles errors, goes through many
/// things, or gives something to whoever called it.
fn is_another_way(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Return(give) => give.value.is_some(),
        Stmt::FunctionDef(_)
        | Stmt::ClassDef(_)
        | Stmt::Try(_)
        | Stmt::Raise(_)
        | Stmt::For(_)
        | Stmt::While(_)
        | Stmt::Global(_)
        | Stmt::Nonlocal(_) => true,
        _ => false,
    }
}

/// Whether an expression may fail the test in a way that is not known: errors, doubles that raise, other threads and processes.
fn is_unclear(expr: &Expr) -> bool {
    match expr {
        Expr::Lambda(_) | Expr::Yield(_) | Expr::YieldFrom(_) => true,
        Expr::Name(name) => RAISING.iter().any(|part| name.id.contains(part)),
        Expr::Attribute(attribute) => RAISING.iter().any(|part| attribute.attr.contains(part)),
        Expr::Call(call) => {
            let name = last_name(&call.func).unwrap_or_default();
            let keywords = call.arguments.keywords.iter().filter_map(|keyword| keyword.arg.as_deref());
            ELSEWHERE.contains(&name)
                || name.starts_with("test")
                || name.starts_with("head_")
                || keywords.into_iter().any(|name| matches!(name, "check" | "side_effect"))
        }
        _ => false,
    }
}
