//! What each logical line does, however it is written: by its part of the syntax tree, without comments and formatting.

use crate::domain::python::exclude::Logical;
use crate::domain::python::syntax::Syntax;
use ruff_python_ast::comparable::{
    ComparableArguments, ComparableDecorator, ComparableExpr, ComparableParameters, ComparablePattern, ComparableStmt,
    ComparableTypeParams, ComparableWithItem,
};
use ruff_python_ast::statement_visitor::{StatementVisitor, walk_elif_else_clause, walk_except_handler, walk_stmt};
use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Decorator, ElifElseClause, ExceptHandler, MatchCase, Stmt};
use ruff_text_size::{Ranged, TextSize};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// For each logical line a number that is the same for two lines with the same code. What a statement holds in its block
/// is not part of it. In a source with errors, and where no statement begins, the words themselves count.
#[must_use]
pub fn codes(source: &str, syntax: &Syntax, logical: &Logical) -> Vec<u64> {
    let mut reader = Reader { syntax, logical, found: BTreeMap::new() };
    if syntax.is_whole() {
        reader.visit_body(syntax.body());
    }
    let spelled = words(source, syntax, logical);
    let code = |(&(first, _), spelled): (&(u32, u32), DefaultHasher)| {
        reader.found.get(&first).map_or_else(|| spelled.finish(), Hasher::finish)
    };
    logical.lines.iter().zip(spelled).map(code).collect()
}

/// The words of each logical line.
fn words(source: &str, syntax: &Syntax, logical: &Logical) -> Vec<DefaultHasher> {
    let mut all = vec![DefaultHasher::new(); logical.lines.len()];
    let mut at = 0;
    for token in syntax.tokens() {
        match token.kind() {
            TokenKind::Newline => at += 1,
            TokenKind::Comment | TokenKind::NonLogicalNewline | TokenKind::Indent | TokenKind::Dedent => {}
            TokenKind::EndOfFile => {}
            _ => {
                let range = token.start().to_usize()..token.end().to_usize();
                if let (Some(words), Some(word)) = (all.get_mut(at), source.get(range)) {
                    word.hash(words);
                }
            }
        }
    }
    all
}

/// Reads the syntax tree, statement by statement.
struct Reader<'a> {
    syntax: &'a Syntax,
    logical: &'a Logical,
    found: BTreeMap<u32, DefaultHasher>,
}

impl Reader<'_> {
    fn add(&mut self, at: TextSize, code: impl Hash) {
        let line = self.logical.first_line(self.syntax.line(at));
        code.hash(self.found.entry(line).or_default());
    }

    fn decorators(&mut self, decorators: &[Decorator]) {
        for decorator in decorators {
            self.add(decorator.start(), ("@", ComparableDecorator::from(decorator)));
        }
    }

    /// The head of a statement that has a block; all of one that has none.
    fn head(&mut self, stmt: &Stmt) {
        let at = stmt.start();
        match stmt {
            Stmt::FunctionDef(def) => {
                self.decorators(&def.decorator_list);
                let parameters = ComparableParameters::from(&def.parameters);
                let types = def.type_params.as_ref().map(ComparableTypeParams::from);
                let returns = def.returns.as_ref().map(ComparableExpr::from);
                self.add(def.name.start(), ("def", def.is_async, def.name.as_str(), parameters, types, returns));
            }
            Stmt::ClassDef(class) => {
                self.decorators(&class.decorator_list);
                let types = class.type_params.as_ref().map(ComparableTypeParams::from);
                let arguments = class.arguments.as_ref().map(ComparableArguments::from);
                self.add(class.name.start(), ("class", class.name.as_str(), types, arguments));
            }
            Stmt::If(stmt) => self.add(at, ("if", ComparableExpr::from(&stmt.test))),
            Stmt::While(stmt) => self.add(at, ("while", ComparableExpr::from(&stmt.test))),
            Stmt::For(stmt) => {
                let (target, iter) = (ComparableExpr::from(&stmt.target), ComparableExpr::from(&stmt.iter));
                self.add(at, ("for", stmt.is_async, target, iter));
            }
            Stmt::With(stmt) => {
                let items: Vec<ComparableWithItem<'_>> = stmt.items.iter().map(ComparableWithItem::from).collect();
                self.add(at, ("with", stmt.is_async, items));
            }
            Stmt::Match(stmt) => self.add(at, ("match", ComparableExpr::from(&stmt.subject))),
            Stmt::Try(stmt) => self.add(at, ("try", stmt.is_star)),
            _ => self.add(at, ComparableStmt::from(stmt)),
        }
    }
}

impl<'a> StatementVisitor<'a> for Reader<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        self.head(stmt);
        walk_stmt(self, stmt);
    }

    fn visit_elif_else_clause(&mut self, clause: &'a ElifElseClause) {
        self.add(clause.start(), ("else", clause.test.as_ref().map(ComparableExpr::from)));
        walk_elif_else_clause(self, clause);
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(except) = handler;
        let name = except.name.as_ref().map(|name| name.as_str().to_owned());
        self.add(handler.start(), ("except", except.type_.as_ref().map(ComparableExpr::from), name));
        walk_except_handler(self, handler);
    }

    fn visit_match_case(&mut self, case: &'a MatchCase) {
        let guard = case.guard.as_ref().map(ComparableExpr::from);
        self.add(case.start(), ("case", ComparablePattern::from(&case.pattern), guard));
        self.visit_body(&case.body);
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::python::estimate;

    fn codes(source: &str) -> Vec<u64> {
        estimate(source).codes
    }

    fn same(one: &str, other: &str) {
        assert_eq!(codes(one), codes(other), "{one}\n{other}");
    }

    fn different(one: &str, other: &str) {
        assert_ne!(codes(one), codes(other), "{one}\n{other}");
    }

    #[test]
    fn formatting_and_comments_are_no_code() {
        same("x = f(a, b)\n", "x = f(\n    a,  # one\n    b,\n)\n");
        same("return (a)\n", "return a  # note\n");
        same("x = 'a' 'b'\n", "x = \"ab\"\n");
        same("if (a and\n    b): pass\n", "if a and b: pass\n");
        same("def f(a,\n      b=1) -> int:\n  return 1\n", "def f(a, b=1)->int:\n    return 1\n");
        same("try:\n    a\nfinally:\n    b\n", "try:  # one\n  a\nfinally :  # two\n  b\n");
    }

    #[test]
    fn another_expression_name_or_clause_is_other_code() {
        different("x = 1\n", "x = 2\n");
        different("x = (1,)\n", "x = (1)\n");
        different("if a: pass\n", "if not a: pass\n");
        different("def f(a=1): pass\n", "def f(a=2): pass\n");
        different("@a\ndef f(): pass\n", "@b\ndef f(): pass\n");
        different("class A(B): pass\n", "class A(C): pass\n");
        different("for a in b: pass\n", "for a in c: pass\n");
        different("try: a\nexcept E: b\n", "try: a\nexcept F: b\n");
        different("match a:\n    case 1: pass\n", "match a:\n    case 2: pass\n");
        different("with a as b: pass\n", "with a as c: pass\n");
        different("a = 1; b = 2\n", "a = 1; b = 3\n");
        different("if a: b\n", "if a: c\n");
    }

    #[test]
    fn every_logical_line_has_a_code_in_broken_sources_too() {
        for source in ["def f(:\n    x\n", "x = (\n", "if a:\n", "a\n\"\"\"doc\n"] {
            let found = estimate(source);
            assert_eq!(found.codes.len(), found.logical.len(), "{source}");
        }
    }
}
