//! Where blocks are entered, how they are left, and where a function comes to its end.

use super::item::Sign;
use super::source::Source;
use ruff_python_ast::{ExceptHandler, Expr, Stmt, StmtIf, StmtTry};
use ruff_text_size::Ranged;

/// The line that shows that a block was entered.
#[must_use]
pub fn entered(source: &Source<'_>, block: &[Stmt]) -> Option<u32> {
    reached(source, block).or_else(|| block.first().map(|first| source.line(first)))
}

/// The line that shows that the first of these statements was reached; nothing where none of them does anything.
#[must_use]
pub fn reached(source: &Source<'_>, block: &[Stmt]) -> Option<u32> {
    block.iter().find_map(|stmt| match stmt {
        Stmt::Pass(_) | Stmt::Global(_) | Stmt::Nonlocal(_) => None,
        Stmt::Expr(expr) if expr.value.is_literal_expr() => None,
        Stmt::AnnAssign(note) if note.value.is_none() => None,
        Stmt::Try(stmt) => reached(source, &stmt.body),
        Stmt::While(stmt) if is_constant(&stmt.test) => reached(source, &stmt.body),
        stmt => Some(source.line(stmt)),
    })
}

/// Whether the value of an expression is known before it runs.
#[must_use]
pub fn is_constant(expr: &Expr) -> bool {
    expr.is_literal_expr() || expr.as_name_expr().is_some_and(|name| name.id == "__debug__")
}

/// Whether nothing goes on behind a block.
#[must_use]
pub fn leaves(block: &[Stmt]) -> bool {
    match block.last() {
        Some(Stmt::Return(_) | Stmt::Raise(_) | Stmt::Continue(_) | Stmt::Break(_)) => true,
        Some(Stmt::If(stmt)) => {
            let clauses = &stmt.elif_else_clauses;
            let has_else = clauses.last().is_some_and(|clause| clause.test.is_none());
            has_else && leaves(&stmt.body) && clauses.iter().all(|clause| leaves(&clause.body))
        }
        Some(Stmt::With(stmt)) => {
            leaves(&stmt.body) && !stmt.items.iter().any(|item| suppressed(&item.context_expr).is_some())
        }
        _ => false,
    }
}

/// The exceptions that `contextlib.suppress` is given.
#[must_use]
pub fn suppressed(expr: &Expr) -> Option<&[Expr]> {
    let call = expr.as_call_expr()?;
    let name = crate::domain::python::dotted(&call.func)?;
    (name == "suppress" || name == "contextlib.suppress").then_some(&*call.arguments.args)
}

/// What shows that a block ran to its end. Empty where it never does.
#[must_use]
pub fn ends(source: &Source<'_>, block: &[Stmt]) -> Vec<Sign> {
    let Some(last) = block.last() else { return Vec::new() };
    match last {
        Stmt::Raise(_) | Stmt::Continue(_) | Stmt::Break(_) => Vec::new(),
        Stmt::If(stmt) => {
            let mut signs = ends(source, &stmt.body);
            stmt.elif_else_clauses.iter().for_each(|clause| signs.extend(ends(source, &clause.body)));
            if stmt.elif_else_clauses.last().is_none_or(|clause| clause.test.is_some()) {
                let arms = arms(source, stmt);
                signs.extend(arms.last().and_then(|(line, block)| past(source, &arms, (*line, block), None)));
            }
            signs
        }
        Stmt::With(stmt) => ends(source, &stmt.body),
        Stmt::Match(stmt) => stmt.cases.iter().flat_map(|case| ends(source, &case.body)).collect(),
        Stmt::Try(stmt) => {
            let body = if stmt.orelse.is_empty() { &stmt.body } else { &stmt.orelse };
            let mut signs = ends(source, body);
            if stmt.orelse.is_empty() {
                let handlers = handlers(source, stmt);
                signs.iter_mut().for_each(|sign| guard(sign, &handlers));
            }
            if signs.is_empty() {
                let caught = stmt.handlers.iter();
                signs = caught.flat_map(|ExceptHandler::ExceptHandler(handler)| ends(source, &handler.body)).collect();
            }
            signs
        }
        Stmt::While(stmt) if is_constant(&stmt.test) => breaks(source, &stmt.body),
        stmt => {
            vec![Sign::line(reached(source, std::slice::from_ref(stmt)).unwrap_or_else(|| last_shown(source, block)))]
        }
    }
}

/// The lines on which the handlers of a `try` are looked at.
#[must_use]
pub fn handlers(source: &Source<'_>, stmt: &StmtTry) -> Vec<u32> {
    stmt.handlers.iter().map(|ExceptHandler::ExceptHandler(handler)| source.first(handler.start())).collect()
}

/// A line that ran was not left as usual where a handler took over.
fn guard(sign: &mut Sign, handlers: &[u32]) {
    match sign {
        Sign::Lines(lines) => {
            if let ([line], false) = (lines.as_slice(), handlers.is_empty()) {
                *sign = Sign::Done(*line, handlers.to_vec());
            }
        }
        Sign::Done(_, others) => others.extend_from_slice(handlers),
        _ => {}
    }
}

/// The last line of a block that shows that it ran; its first one for a block that does nothing.
fn last_shown(source: &Source<'_>, block: &[Stmt]) -> u32 {
    let shown = block.iter().rev().find_map(|stmt| reached(source, std::slice::from_ref(stmt)));
    shown.or_else(|| block.first().map(|stmt| source.line(stmt))).unwrap_or(0)
}

/// The `break` and `return` statements of a loop.
fn breaks(source: &Source<'_>, block: &[Stmt]) -> Vec<Sign> {
    let mut signs = Vec::new();
    for stmt in block {
        match stmt {
            Stmt::Break(_) | Stmt::Return(_) => signs.push(Sign::line(source.line(stmt))),
            Stmt::If(stmt) => {
                signs.extend(breaks(source, &stmt.body));
                stmt.elif_else_clauses.iter().for_each(|clause| signs.extend(breaks(source, &clause.body)));
            }
            Stmt::With(stmt) => signs.extend(breaks(source, &stmt.body)),
            Stmt::Try(stmt) => {
                [&stmt.body, &stmt.orelse].into_iter().for_each(|body| signs.extend(breaks(source, body)))
            }
            _ => {}
        }
    }
    signs
}

/// The arms of an `if` that have a condition: their lines and blocks.
#[must_use]
pub fn arms<'a>(source: &Source<'_>, stmt: &'a StmtIf) -> Vec<(u32, &'a [Stmt])> {
    let first = (source.first(stmt.start()), &stmt.body[..]);
    let clauses = stmt.elif_else_clauses.iter().filter(|clause| clause.test.is_some());
    let clauses = clauses.map(|clause| (source.first(clause.start()), &clause.body[..]));
    std::iter::once(first).chain(clauses).collect()
}

/// What shows that none of the arms was taken, the last of which is `(line, block)`; `next` is the statement behind them.
#[must_use]
pub fn past(
    source: &Source<'_>,
    arms: &[(u32, &[Stmt])],
    (line, block): (u32, &[Stmt]),
    next: Option<u32>,
) -> Option<Sign> {
    let begin = entered(source, block)?;
    let alone = arms.iter().all(|(_, block)| leaves(block));
    if begin == line {
        return Some(match next.filter(|_| alone) {
            Some(next) => Sign::line(next),
            None => Sign::hidden(Sign::line(line), super::item::Why::OneLine),
        });
    }
    let others = arms.iter().filter_map(|(_, block)| entered(source, block)).filter(|at| *at != begin).collect();
    Some(Sign::Past { line, block: begin, next: next.map(|next| (next, alone)), others })
}
