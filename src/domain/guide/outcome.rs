//! What a block comes to, in words: it raises, returns, goes on, or does something.

use super::name::{self, snake};
use super::source::Source;
use ruff_python_ast::{Expr, Stmt, StmtRaise};

/// What a block comes to.
pub struct Outcome {
    /// In words: ``raises `KeyError(name)` ``.
    pub words: String,
    /// As words of a test's name: `raises_key_error`; empty for a block that only does something.
    pub name: String,
    /// Whether the block ends with this statement and with nothing else in it that can go two ways.
    pub last: Option<Last>,
}

/// The statement with which a block ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Last {
    /// `raise`
    Raise,
    /// `return`
    Return,
    /// `continue` or `break`
    Turn,
}

/// What a block comes to. `bare` names the exceptions that a `raise` alone hands on.
#[must_use]
pub fn outcome(source: &Source<'_>, block: &[Stmt], bare: &str) -> Outcome {
    let is_straight = block.iter().all(|stmt| !is_compound(stmt));
    let made = |words: String, name: &str, last| Outcome { words, name: name.to_owned(), last };
    match block.last().filter(|_| is_straight) {
        Some(Stmt::Raise(raise)) => {
            let name = match raised(raise) {
                Some(error) => format!("raises_{}", snake(&error)),
                None if bare.is_empty() => "raises_it_again".to_owned(),
                None => format!("raises_{bare}_again"),
            };
            made(raise_words(source, raise), &name, Some(Last::Raise))
        }
        Some(Stmt::Return(stmt)) => match &stmt.value {
            Some(value) if !value.is_none_literal_expr() => {
                let what = name::value(value).map_or_else(String::new, |value| format!("returns_{value}"));
                made(format!("returns `{}`", source.quote(&**value)), &what, Some(Last::Return))
            }
            _ => made("returns None".to_owned(), "returns_none", Some(Last::Return)),
        },
        Some(Stmt::Continue(_)) => made("goes on with the next turn".to_owned(), "", Some(Last::Turn)),
        Some(Stmt::Break(_)) => made("leaves the loop".to_owned(), "", Some(Last::Turn)),
        _ => made(does(source, block), "", None),
    }
}

/// The first thing that a block does.
fn does(source: &Source<'_>, block: &[Stmt]) -> String {
    let is_silent = |stmt: &&Stmt| stmt.as_expr_stmt().is_some_and(|expr| expr.value.is_literal_expr());
    let mut stmts = block.iter().filter(|stmt| !is_silent(stmt));
    let Some(first) = stmts.next() else { return "does nothing".to_owned() };
    if first.is_pass_stmt() {
        return "does nothing".to_owned();
    }
    if is_compound(first) {
        return format!("goes into line {}", source.line(first));
    }
    let more = if stmts.next().is_some() { " …" } else { "" };
    format!("does `{}`{more}", source.quote(first))
}

/// ``raises `ValueError("no")` ``
#[must_use]
pub fn raise_words(source: &Source<'_>, raise: &StmtRaise) -> String {
    match &raise.exc {
        Some(error) => format!("raises `{}`", source.quote(&**error)),
        None => "raises it again".to_owned(),
    }
}

/// The name of the exception that is raised.
#[must_use]
pub fn raised(raise: &StmtRaise) -> Option<String> {
    let error = raise.exc.as_deref()?;
    let (callee, is_call) = match error {
        Expr::Call(call) => (&*call.func, true),
        error => (error, false),
    };
    let name = crate::domain::python::last_name(callee)?;
    // A variable holds any exception, and a method makes one.
    (is_call || name.starts_with(|c: char| c.is_uppercase())).then(|| name.to_owned())
}

/// Whether a statement holds blocks.
#[must_use]
pub const fn is_compound(stmt: &Stmt) -> bool {
    matches!(
        stmt,
        Stmt::If(_)
            | Stmt::For(_)
            | Stmt::While(_)
            | Stmt::With(_)
            | Stmt::Try(_)
            | Stmt::Match(_)
            | Stmt::FunctionDef(_)
            | Stmt::ClassDef(_)
    )
}
