//! The language and its modules, which are hardly the code under test.

use super::check::Look;
use super::walk::root;
use ruff_python_ast::{Expr, Operator};

/// The language, and modules that are hardly the code under test: what they give was there before, or comes of what they are
/// given.
pub const LANGUAGE: [&str; 47] = [
    "ast",
    "asyncio",
    "attr",
    "attrs",
    "codecs",
    "collections",
    "concurrent",
    "contextlib",
    "csv",
    "dataclasses",
    "datetime",
    "difflib",
    "email",
    "fileinput",
    "functools",
    "gc",
    "glob",
    "importlib",
    "inspect",
    "io",
    "itertools",
    "json",
    "logging",
    "multiprocessing",
    "numpy",
    "operator",
    "os",
    "pathlib",
    "pickle",
    "pkg_resources",
    "pkgutil",
    "platform",
    "pytest",
    "random",
    "re",
    "shutil",
    "six",
    "socket",
    "sqlite3",
    "string",
    "subprocess",
    "sys",
    "threading",
    "typing",
    "unittest",
    "xml",
    "zipfile",
];

/// Functions of the language without a module.
const BUILTIN: [&str; 37] = [
    "__import__",
    "abs",
    "all",
    "any",
    "bool",
    "bytearray",
    "bytes",
    "callable",
    "chr",
    "dir",
    "eval",
    "exec",
    "float",
    "frozenset",
    "globals",
    "hasattr",
    "hash",
    "id",
    "input",
    "int",
    "isinstance",
    "issubclass",
    "len",
    "locals",
    "max",
    "min",
    "object",
    "open",
    "ord",
    "range",
    "repr",
    "str",
    "sum",
    "super",
    "type",
    "vars",
    "xrange",
];

/// Modules whose objects stand for a file or a pattern, whoever holds them.
const HELD: [&str; 4] = ["glob", "os", "pathlib", "re"];

/// Whether a function belongs to the language, be it a method of a path or a pattern that the module holds:
/// `DOCS.glob("*.md")` of `DOCS = Path(__file__).parent / "docs"`.
#[must_use]
pub fn is_of_language(look: &Look<'_, '_>, callee: &Expr) -> bool {
    let first = root(callee).filter(|name| !look.locals.contains(name));
    if callee.is_attribute_expr() && first.is_some_and(|name| holds_of_language(look, name, 4)) {
        return true;
    }
    if callee.as_name_expr().is_some_and(|name| BUILTIN.contains(&name.id.as_str())) {
        return true;
    }
    let meaning = first.and_then(|name| look.source.imports.get(name));
    // `from shop.optional import numpy as np` hands a module on that may be missing.
    meaning.is_some_and(|meaning| {
        LANGUAGE.contains(&meaning.split('.').next().unwrap_or(meaning)) || meaning.ends_with(".numpy")
    })
}

/// Whether a name of the module holds a path or a pattern of the language, as far as names of names are followed.
fn holds_of_language(look: &Look<'_, '_>, name: &str, deep: usize) -> bool {
    let Some(mut value) = look.source.written.get(name).copied() else { return false };
    while let Some(of) = value.as_bin_op_expr().filter(|of| of.op == Operator::Div) {
        value = &of.left;
    }
    let Some(first) = root(value) else { return false };
    let from = look.source.imports.get(first).and_then(|meaning| meaning.split('.').next());
    let is_made = value.is_call_expr() || value.is_attribute_expr() || value.is_subscript_expr();
    is_made && from.is_some_and(|module| HELD.contains(&module))
        || deep > 0 && first != name && holds_of_language(look, first, deep - 1)
}
