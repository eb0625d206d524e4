//! How far a stretch of code is known to be run, and what it asks on the way.

use super::frame::Frame;
use super::walk::{expressions, statements};
use crate::domain::python::dotted;
use ruff_python_ast::{Expr, ExprCall, Stmt};

/// Methods of loggers.
pub const TELLING: [&str; 9] =
    ["debug", "info", "warn", "warning", "error", "exception", "critical", "log", "isEnabledFor"];
/// Functions of Python that make something else of a value.
pub const MAKING: [&str; 17] = [
    "len", "int", "float", "sorted", "list", "set", "dict", "sum", "min", "max", "bool", "tuple", "any", "all",
    "range", "round", "abs",
];
/// Functions of Python that ask of what kind a value is: the code may turn a mock away.
pub const SORTING: [&str; 8] =
    ["isinstance", "issubclass", "hasattr", "getattr", "callable", "type", "iscoroutinefunction", "isawaitable"];

/// What code asks of a mock.
pub struct Asked {
    /// The name that it asks for: `.send`; nothing where it goes on by what the mock itself answers.
    pub what: String,
    /// The file.
    pub path: String,
    /// The line.
    pub line: u32,
}

/// How far a stretch of code is known.
pub enum Course {
    /// It is run to its end.
    Goes,
    /// What comes behind it may not be run.
    Stops,
    /// An answer is asked for.
    Asks(Asked),
}

/// What is done with a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// The code goes on by it.
    Decides,
    /// It is kept, or handed on.
    Lies,
    /// Nobody takes it.
    Drops,
}

/// What ends a function asks, or it ends there.
pub fn last(course: Option<Course>) -> Course {
    match course {
        Some(Course::Asks(asked)) => Course::Asks(asked),
        _ => Course::Stops,
    }
}

/// What comes next, where the code goes on.
pub fn then(course: Course, next: impl FnOnce() -> Course) -> Course {
    if matches!(course, Course::Goes) { next() } else { course }
}

/// What a statement leaves whose blocks may be run or not: names may stand for something else, and the way may end.
pub fn leaving(frame: &mut Frame<'_>, stmt: &Stmt) -> Course {
    let all = statements(std::slice::from_ref(stmt));
    let stores = all.iter().flat_map(|stmt| expressions(stmt)).filter(|expr| match expr {
        Expr::Name(name) => name.ctx.is_store(),
        Expr::Attribute(attribute) => attribute.ctx.is_store(),
        _ => false,
    });
    stores.filter_map(dotted).for_each(|name| {
        frame.names.remove(&name);
    });
    // The test has got an answer, so that what would be raised to it has not been raised.
    let is_tried = frame.is_tried;
    let ends = |stmt: &&Stmt| {
        let is_raised = is_tried && stmt.is_raise_stmt();
        is_raised || stmt.is_return_stmt() || stmt.is_break_stmt() || stmt.is_continue_stmt()
    };
    if all.iter().any(ends) { Course::Stops } else { Course::Goes }
}

/// Whether a call is one of a method of the object itself.
pub fn root_is_self(call: &ExprCall) -> bool {
    call.func
        .as_attribute_expr()
        .and_then(|method| method.value.as_name_expr())
        .is_some_and(|name| name.id.as_str() == "self")
}
