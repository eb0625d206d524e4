//! Whether it matters what an answer is by which a line of the code under test goes on.

use super::walk::{expressions, nested, statements};
use crate::domain::python::{Syntax, dotted};
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::{Ranged, TextRange};

/// Functions and methods that only tell of something.
const TELLING: [&str; 12] =
    ["print", "echo", "secho", "debug", "info", "warning", "warn", "error", "exception", "critical", "log", "trace"];

/// Whether a name is that of a log, or of what shows how far something is: what it answers matters to nobody.
#[must_use]
pub fn is_log(name: &str) -> bool {
    let name = name.trim_start_matches('_').to_lowercase();
    name.contains("logg") || matches!(name.as_str(), "log" | "console" | "progress")
}

/// Whether a line of some code does one thing or another by what it asks, as far as its source tells: it does not where other
/// conditions stand beside it, and where all that depends on it only tells of something.
#[must_use]
pub fn decides(code: &str, line: u32) -> bool {
    let syntax = Syntax::read(code);
    let Some(stmt) = innermost(&syntax, line) else { return false };
    let is_on_line = |range: TextRange| {
        let (from, to) = syntax.lines(range);
        from <= line && line <= to
    };
    let is_one_of_several = |expr: &&Expr| expr.is_bool_op_expr() && is_on_line(expr.range());
    if only_tells(stmt) || expressions(stmt).iter().any(is_one_of_several) {
        return false;
    }
    match stmt {
        Stmt::For(turns) => !all_tell(&turns.body),
        Stmt::If(choice) if is_on_line(choice.test.range()) => {
            !all_tell(&choice.body) || choice.elif_else_clauses.iter().any(|clause| !all_tell(&clause.body))
        }
        _ => true,
    }
}

/// The smallest statement that a line belongs to.
fn innermost(syntax: &Syntax, line: u32) -> Option<&Stmt> {
    let is_around = |stmt: &&Stmt| {
        let (from, to) = syntax.lines(stmt.range());
        from <= line && line <= to
    };
    nested(syntax.body()).into_iter().filter(is_around).min_by_key(|stmt| stmt.range().len())
}

/// Whether all that a body does is to tell of something.
fn all_tell(body: &[Stmt]) -> bool {
    statements(body).into_iter().all(|stmt| match stmt {
        Stmt::If(_) | Stmt::For(_) | Stmt::While(_) | Stmt::Pass(_) | Stmt::Break(_) | Stmt::Continue(_) => true,
        stmt => only_tells(stmt),
    })
}

fn only_tells(stmt: &Stmt) -> bool {
    let call = stmt.as_expr_stmt().and_then(|stmt| stmt.value.as_call_expr());
    call.and_then(|call| dotted(&call.func)).is_some_and(|name| {
        name.split('.').any(is_log) || name.rsplit('.').next().is_some_and(|last| TELLING.contains(&last))
    })
}

#[cfg(test)]
mod tests {
    use super::decides;

    #[test]
    fn what_only_tells_of_something_and_one_of_several_conditions_decide_nothing() {
        let decided =
            |code: &str, line: u32| decides(&format!("class Desk:\n    def shut(self, answer):\n{code}"), line);
        assert!(decided("        if answer.ok:\n            return 1\n", 3));
        assert!(decided("        return 1 if answer.ok else 2\n", 3));
        assert!(decided("        return [row for row in answer.rows]\n", 3));
        assert!(decided("        for row in answer.rows:\n            self.add(row)\n", 3));
        assert!(decided("        if self.a:\n            pass\n        elif answer.ok:\n            return 1\n", 5));
        assert!(decided("        if answer.ok:\n            print(1)\n        else:\n            return 1\n", 3));
        assert!(!decided(
            "        if answer.ok:\n            print(1)\n        else:\n            self.log.info(2)\n",
            3
        ));
        assert!(!decided("        if answer.ok and self.is_open:\n            return 1\n", 3));
        assert!(!decided("        return (\n            answer.ok\n            or 3\n        )\n", 4));
        assert!(!decided("        for row in answer.rows:\n            if row:\n                print(row)\n", 3));
        assert!(!decided("        for row in answer.rows:\n            pass\n", 3));
        assert!(!decided("        logger.debug(len(answer.rows))\n", 3));
        assert!(decided("        if answer.ok:\n            self.log_error(answer)\n", 3));
        assert!(!decided("        return 1\n", 30));
    }
}
