//! An estimate of the statements that coverage.py finds in a source, from its syntax tree.

use crate::domain::python::code::codes;
use crate::domain::python::exclude::{Logical, excluded_lines};
use crate::domain::python::syntax::Syntax;
use ruff_python_ast::statement_visitor::{StatementVisitor, walk_stmt};
use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{ElifElseClause, ExceptHandler, MatchCase, Stmt, StmtFunctionDef};
use ruff_text_size::{Ranged, TextSize};
use std::collections::BTreeSet;

/// The statements of a source as the syntax tree shows them, close to coverage.py 7's with its default settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statements {
    /// First lines of statements, ascending; excluded ones and docstrings are not among them.
    pub statements: Vec<u32>,
    /// Excluded lines, ascending: `# pragma: no cover` with its block, `if TYPE_CHECKING:`, `...` bodies.
    pub excluded: Vec<u32>,
    /// For each line of a statement of several lines but the first: the line and the first line of its statement,
    /// ascending.
    pub first_lines: Vec<(u32, u32)>,
    /// The logical lines: the first and the last line of each, ascending. Docstrings are left out.
    pub logical: Vec<(u32, u32)>,
    /// For each of them a number that stands for its code, however it is written.
    pub codes: Vec<u64>,
    /// The outermost functions, ascending. Methods count; functions inside functions belong to the outer one.
    pub functions: Vec<Scope>,
    /// The comments: line, and the byte of the line at which the comment starts, ascending.
    pub comments: Vec<(u32, usize)>,
    /// Whether the source could be parsed without an error.
    pub whole: bool,
}

/// The lines of one outermost function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Its name with the classes around it.
    pub name: String,
    /// The line of its first decorator, or of its `def`.
    pub line: u32,
    /// The first line after the line of its `def`: what is executed only when it is called.
    pub body: u32,
    /// Its last line.
    pub end: u32,
}

impl Statements {
    /// The first line of the statement that `line` belongs to; `line` itself for a statement of one line.
    #[must_use]
    pub fn first_line(&self, line: u32) -> u32 {
        let at = self.first_lines.binary_search_by_key(&line, |pair| pair.0);
        at.ok().and_then(|at| self.first_lines.get(at)).map_or(line, |pair| pair.1)
    }
}

/// Estimates the statements of `source`. Total: for broken source it gives what could be read.
#[must_use]
pub fn estimate(source: &str) -> Statements {
    let syntax = Syntax::read(source);
    let logical = Logical::read(&syntax);
    let mut finder = Finder::new(&syntax);
    if let Some(first) = syntax.body().first() {
        finder.docstring(first);
    }
    finder.visit_body(syntax.body());
    let codes = codes(source, &syntax, &logical);
    let excluded = excluded_lines(source, &syntax, &logical, &finder.lines);
    let Finder { lines, docstrings, mut functions, .. } = finder;
    functions.iter_mut().for_each(|scope| scope.body = logical.last_line(scope.body) + 1);
    let documents = |&(first, last): &(u32, u32)| (first..=last).all(|line| docstrings.contains(&line));
    let first = |line: &u32| logical.first_line(*line);
    let starts = lines.iter().filter(|line| !excluded.contains(line) && !docstrings.contains(line));
    let statements: BTreeSet<u32> = starts.map(first).collect();
    let statements = statements.into_iter().filter(|line| !excluded.contains(line) && !docstrings.contains(line));
    Statements {
        statements: statements.collect(),
        excluded: excluded.iter().copied().collect(),
        comments: comments(&syntax),
        codes: codes.into_iter().zip(&logical.lines).filter(|(_, line)| !documents(line)).map(|line| line.0).collect(),
        logical: logical.lines.iter().copied().filter(|line| !documents(line)).collect(),
        first_lines: logical.first_lines,
        functions,
        whole: syntax.is_whole(),
    }
}

fn comments(syntax: &Syntax) -> Vec<(u32, usize)> {
    let comments = syntax.tokens().iter().filter(|token| token.kind() == TokenKind::Comment);
    comments
        .map(|token| {
            let line = syntax.line(token.start());
            (line, token.start().to_u32().saturating_sub(syntax.start(line)) as usize)
        })
        .collect()
}

/// Finds the lines for which CPython makes code.
struct Finder<'a> {
    syntax: &'a Syntax,
    lines: BTreeSet<u32>,
    docstrings: BTreeSet<u32>,
    functions: Vec<Scope>,
    scope: Vec<&'a str>,
    /// Whether a function is around, and whether it is the nearest scope.
    in_function: bool,
    is_local: bool,
}

impl<'a> Finder<'a> {
    const fn new(syntax: &'a Syntax) -> Self {
        Self {
            syntax,
            lines: BTreeSet::new(),
            docstrings: BTreeSet::new(),
            functions: Vec::new(),
            scope: Vec::new(),
            in_function: false,
            is_local: false,
        }
    }

    fn mark(&mut self, at: TextSize) {
        self.lines.insert(self.syntax.line(at));
    }

    fn docstring(&mut self, first: &Stmt) {
        if let Stmt::Expr(expr) = first
            && expr.value.is_string_literal_expr()
        {
            let (from, to) = self.syntax.lines(expr.range());
            self.docstrings.extend(from..=to);
        }
    }

    fn scope(&mut self, stmt: &Stmt, def: &'a StmtFunctionDef) {
        let (line, end) = self.syntax.lines(stmt.range());
        let name = self.scope.iter().copied().chain([def.name.as_str()]).collect::<Vec<_>>().join(".");
        self.functions.push(Scope { name, line, body: self.syntax.line(def.name.start()), end });
    }

    fn definition(&mut self, stmt: &'a Stmt, body: &'a [Stmt], name: &'a str, is_function: bool) {
        if let Some(first) = body.first() {
            self.docstring(first);
        }
        let outer = (self.in_function, self.is_local);
        self.in_function |= is_function;
        self.is_local = is_function;
        self.scope.push(name);
        walk_stmt(self, stmt);
        self.scope.pop();
        (self.in_function, self.is_local) = outer;
    }
}

impl<'a> StatementVisitor<'a> for Finder<'a> {
    fn visit_body(&mut self, body: &'a [Stmt]) {
        for stmt in body {
            self.visit_stmt(stmt);
            // CPython makes no code for what can't be reached.
            if matches!(stmt, Stmt::Return(_) | Stmt::Raise(_) | Stmt::Break(_) | Stmt::Continue(_)) {
                break;
            }
        }
    }

    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => {
                def.decorator_list.iter().for_each(|decorator| self.mark(decorator.expression.start()));
                self.mark(def.name.start());
                if !self.in_function {
                    self.scope(stmt, def);
                }
                self.definition(stmt, &def.body, def.name.as_str(), true);
            }
            Stmt::ClassDef(class) => {
                class.decorator_list.iter().for_each(|decorator| self.mark(decorator.expression.start()));
                self.mark(class.name.start());
                self.definition(stmt, &class.body, class.name.as_str(), false);
            }
            Stmt::Global(_) | Stmt::Nonlocal(_) => {}
            // A bare annotation of a local name makes no code.
            Stmt::AnnAssign(note) if self.is_local && note.simple && note.value.is_none() => {}
            _ => {
                self.mark(stmt.start());
                walk_stmt(self, stmt);
            }
        }
    }

    fn visit_elif_else_clause(&mut self, clause: &'a ElifElseClause) {
        if clause.test.is_some() {
            self.mark(clause.start());
        }
        self.visit_body(&clause.body);
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(handler) = handler;
        self.mark(handler.start());
        self.visit_body(&handler.body);
    }

    fn visit_match_case(&mut self, case: &'a MatchCase) {
        self.mark(case.start());
        self.visit_body(&case.body);
    }
}

#[cfg(test)]
mod tests {
    use super::estimate;
    use crate::domain::python::sample::python_like;
    use crate::domain::python::source_lines;
    use proptest::prelude::*;

    fn check(source: &str, statements: &[u32], excluded: &[u32]) {
        let found = estimate(source);
        assert_eq!((found.statements.as_slice(), found.excluded.as_slice()), (statements, excluded), "{source}");
    }

    #[test]
    fn clauses_without_code_are_no_statements() {
        check("if a:\n    b\nelif c:\n    d\nelse:\n    e\n", &[1, 2, 3, 4, 6], &[]);
        check("try:\n    a\nexcept E:\n    b\nelse:\n    c\nfinally:\n    d\n", &[1, 2, 3, 4, 6, 8], &[]);
        check("def f():\n    global x\n    x: int\n    return x\n    never()\n", &[1, 4], &[]);
        check("match a:\n    case 1:\n        b\n    case _:\n        c\n", &[1, 2, 3, 4, 5], &[]);
    }

    #[test]
    fn docstrings_are_no_statements_and_decorators_are() {
        check("\"\"\"Module.\"\"\"\nimport a\n", &[2], &[]);
        check("@a\n@b(\n    1\n)\ndef f():\n    \"\"\"Two\n    lines.\"\"\"\n    return 1\n", &[1, 2, 5, 8], &[]);
        check("class A:\n    \"doc\"\n    x = 1\n", &[1, 3], &[]);
    }

    #[test]
    fn trap_21_a_statement_of_several_lines_counts_once() {
        check("x = [\n    1,\n    2,\n]\ny = f(\n    x\n)\n", &[1, 5], &[]);
        assert_eq!(estimate("x = [\n    1,\n]\ny\n").first_lines, [(2, 1), (3, 1)]);
    }

    #[test]
    fn trap_26_a_pragma_excludes_its_block() {
        check("a = 1  # pragma: no cover\nb = 2\n", &[2], &[1]);
        check("if a:  # pragma: no cover\n    b\n    c\nelse:\n    d\n", &[5], &[1, 2, 3]);
        check("@d\ndef f():  # pragma: no cover\n    a\n\n    b\nc\n", &[6], &[1, 2, 3, 4, 5]);
        check("class A:  # PRAGMA:NO COVER\n    x = 1\ny = 2\n", &[3], &[1, 2]);
        check("# pragmatic: no cover\na\n", &[2], &[]);
    }

    #[test]
    fn coverage_s_default_patterns_exclude() {
        check("if TYPE_CHECKING:\n    import a\nb\n", &[3], &[1, 2]);
        check("def f(x) -> int: ...\ndef g(x):\n    ...\nb\n", &[4], &[1, 2, 3]);
        check("def f(\n    x,\n) -> dict[str, int]: ...\nb\n", &[4], &[1, 2, 3]);
        check("x[...] = 1\n", &[1], &[]);
    }

    #[test]
    fn coverage_s_default_patterns_take_the_blank_lines_around_them() {
        check("a\n\n\nif TYPE_CHECKING:\n    import a\n\nb\n", &[1, 7], &[2, 3, 4, 5]);
        check("a\n\ndef f(x): ...\n\n\n# note\nb\n", &[1, 7], &[2, 3, 4, 5, 6]);
        check("a\n\ndef f(x):\n\n    ...\n\ndef g(x): ...  # one\n\nb\n", &[1, 9], &[2, 3, 4, 5, 6, 7]);
        check("def f(\n    x,\n) -> int:\n    ...\n\n# last\n", &[], &[1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn functions_are_the_outermost_ones() {
        let found =
            estimate("@d\ndef f():\n    def g():\n        return 1\n    return g\nclass A:\n    def m(self): pass\n");
        let scopes: Vec<_> = found.functions.iter().map(|s| (s.name.as_str(), s.line, s.body, s.end)).collect();
        assert_eq!(scopes, [("f", 1, 3, 5), ("A.m", 7, 8, 7)]);
    }

    proptest! {
        #[test]
        fn any_text_has_an_estimate_within_its_lines(source in python_like()) {
            let count = u32::try_from(source_lines(&source).len()).unwrap_or(u32::MAX).max(1);
            let found = estimate(&source);
            let inside = |line: &u32| 1 <= *line && *line <= count;
            prop_assert!(found.statements.is_sorted() && found.statements.iter().all(inside));
            prop_assert!(found.excluded.is_sorted() && found.excluded.iter().all(|&line| 1 <= line && line <= count));
            prop_assert!(found.statements.iter().all(|line| found.excluded.binary_search(line).is_err()));
            prop_assert!(found.first_lines.is_sorted() && found.first_lines.iter().all(|pair| pair.1 < pair.0));
            prop_assert!(found.functions.iter().all(|f| f.line < f.body && f.line <= f.end && f.end <= count));
            for (line, at) in &found.comments {
                let text = source_lines(&source).get(*line as usize - 1).copied().unwrap_or_default().to_owned();
                prop_assert!(text.get(*at..).is_some_and(|text| text.starts_with('#')), "{:?} {}", text, at);
            }
        }
    }
}
