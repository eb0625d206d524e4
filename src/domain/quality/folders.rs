//! Folders that a test adds to `sys.path`, or goes to, and nobody misses: they are there anyway, or where it was before.

use super::check::Look;
use super::walk::{calls, given, statements, text, within};
use super::words::words;
use crate::domain::python::{dotted, last_name};
use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::Ranged;

/// Parts of the names of folders in which a run begins, or in which a test was before.
const BEGINNING: [&str; 10] = ["root", "cwd", "curdir", "pwd", "old", "orig", "original", "prev", "previous", "saved"];

/// Whether a folder is on the path anyway: pytest or a module of tests adds it, or it is added only where it lacks.
pub fn is_there_anyway(look: &Look<'_, '_>, call: &ExprCall) -> bool {
    look.about.adds_path || is_only_if_lacking(look, call) || is_added_by_others(look, call)
}

/// Whether modules of tests add the same folder as they are imported, by its last text.
fn is_added_by_others(look: &Look<'_, '_>, call: &ExprCall) -> bool {
    let given = look.source.slice(&call.arguments).to_lowercase();
    let is_temporary = ["tmp", "temp"].iter().any(|word| given.contains(word));
    !is_temporary && look.about.mentions.is_some_and(|mentions| mentions().is_added(last_text(call)))
}

/// Whether a test goes to where a run begins, or where it was: `os.chdir(ROOT_DIR)`, `os.chdir(before)` of `before = os.getcwd()`.
pub fn goes_back(look: &Look<'_, '_>, meaning: &str, call: &ExprCall) -> bool {
    let Some(name) = call.arguments.args.first().and_then(last_name) else { return false };
    let is_called_so = name.split('_').any(|part| BEGINNING.contains(&part.to_lowercase().as_str()));
    // What the module keeps as it is imported serves as well.
    let mut held = look.values(name).iter().chain(look.source.written.get(name)).map(|value| look.source.slice(*value));
    let is_asked = |value: &str| words(value).any(|word| matches!(word, "getcwd" | "cwd" | "curdir"));
    meaning == "os.chdir" && (is_called_so || held.any(is_asked))
}

/// Whether a folder is added only where it is not on the path, which it mostly is: `if FOLDER not in sys.path:`.
fn is_only_if_lacking(look: &Look<'_, '_>, call: &ExprCall) -> bool {
    let mut branches = statements(&look.case.def.body).into_iter().filter_map(Stmt::as_if_stmt);
    branches.any(|branch| {
        branch.range.contains_range(call.range()) && look.source.slice(&*branch.test).contains("not in sys.path")
    })
}

/// Whether the module makes the very call itself, as it is imported: `sys.path.insert(0, LIB)`.
pub fn is_done_by_module(look: &Look<'_, '_>, call: &ExprCall) -> bool {
    let body =
        look.source.syntax.body().iter().filter(|stmt| !stmt.is_function_def_stmt() && !stmt.is_class_def_stmt());
    let mut all = body.flat_map(|stmt| statements(std::slice::from_ref(stmt))).flat_map(calls);
    // `ROOT / "tools"` and `Path(__file__).parents[1] / "tools"`
    let (name, last) = (dotted(&call.func).unwrap_or_default(), last_text(call));
    let is_path = name.starts_with("sys.path.") && last.is_some();
    let is_same = |own: &ExprCall| {
        let is_alike = is_path && dotted(&own.func).as_ref() == Some(&name) && last_text(own) == last;
        look.source.slice(own) == look.source.slice(call) || is_alike
    };
    all.any(is_same)
}

/// The last text in what a call is given.
fn last_text(call: &ExprCall) -> Option<&str> {
    given(call).flat_map(within).filter_map(text).last()
}

/// Whether a call adds a folder by where the tests lie, which pytest may have added itself, or goes back to it:
/// `sys.path.insert(0, dirname(__file__))`.
pub fn is_own_folder(look: &Look<'_, '_>, meaning: &str, call: &ExprCall) -> bool {
    let given = call.arguments.args.iter();
    let held = given.clone().filter_map(Expr::as_name_expr).flat_map(|name| look.values(name.id.as_str()));
    let is_own =
        |words: &str| words.contains("__file__") || words.contains("/ \"tests\"") || words.contains("/ 'tests'");
    (meaning.starts_with("sys.path.") || meaning == "os.chdir")
        && given.chain(held.copied()).any(|part| is_own(look.source.slice(part)))
}
