//! The tests, functions and imports of a source file, from its syntax tree.

use crate::domain::python::collect::{collect, ignored};
use crate::domain::python::syntax::Syntax;
use crate::domain::python::{Ignored, Label, Naming};
use ruff_python_ast::statement_visitor::{StatementVisitor, walk_stmt};
use ruff_python_ast::{Alias, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;

/// What one source file defines. It is complete for valid source; for broken source it holds what could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// The tests that pytest would collect, in source order.
    pub tests: Vec<TestDef>,
    /// All functions and methods, in source order.
    pub functions: Vec<FunctionDef>,
    /// All imports, wherever they stand.
    pub imports: Vec<Import>,
    /// What a `conftest.py` keeps from being collected: `collect_ignore` and `collect_ignore_glob`, as far as they are
    /// plain lists of texts.
    pub ignored: Option<Ignored>,
    /// Syntax errors: line and message.
    pub errors: Vec<(u32, String)>,
}

/// One test function or method as it stands in the source; parameters make several tests of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestDef {
    /// The classes around it and its own name, from the outside in: what follows the path in a node id.
    pub names: Vec<String>,
    /// The line of its first decorator, or of its `def`.
    pub line: u32,
    /// Its last line.
    pub end: u32,
    /// The marks that it carries by its decorators, those of its classes and `pytestmark`, by their names.
    pub marks: Vec<String>,
    /// What these marks say in texts, and the properties that its body gives its report.
    pub labels: Vec<Label>,
    /// Whether pytest is sure to find it under this name: nothing that the source alone can't tell decides it, such as a
    /// base class of another file or a condition.
    pub sure: bool,
}

impl TestDef {
    /// Whether it or a class around it carries `parametrize`.
    #[must_use]
    pub fn is_parametrized(&self) -> bool {
        self.marks.iter().any(|mark| mark == "parametrize")
    }
}

/// What kind of function it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionKind {
    /// A function of the module or of another function.
    Function,
    /// A function of a class.
    Method,
}

/// One function or method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionDef {
    /// Its name with the classes and functions around it: `Order.total`.
    pub name: String,
    /// The line of its first decorator, or of its `def`.
    pub line: u32,
    /// The first line of its first statement.
    pub body: u32,
    /// Its last line.
    pub end: u32,
    /// Function or method.
    pub kind: FunctionKind,
    /// Whether it is defined with `async`.
    pub is_async: bool,
}

/// One import statement.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Import {
    /// The module named in it; empty for `from . import x`.
    pub module: String,
    /// The names taken from the module; empty for `import module`.
    pub names: Vec<String>,
    /// How many dots stand before the module.
    pub level: u32,
    /// Its line.
    pub line: u32,
}

impl Outline {
    /// The innermost function that holds `line`, its decorators included.
    #[must_use]
    pub fn enclosing(&self, line: u32) -> Option<&FunctionDef> {
        self.functions.iter().filter(|def| def.line <= line && line <= def.end).max_by_key(|def| def.line)
    }
}

/// Reads the outline of `source`. Total: any text gives an outline.
#[must_use]
pub fn outline(source: &str, naming: &Naming) -> Outline {
    let syntax = Syntax::read(source);
    let mut walk = Walk { syntax: &syntax, scope: Vec::new(), in_class: false, outline: Outline::default() };
    walk.visit_body(syntax.body());
    let mut outline = walk.outline;
    outline.errors = syntax.errors();
    outline.tests = collect(&syntax, naming);
    outline.ignored = ignored(syntax.body());
    outline
}

/// Finds functions and imports, wherever they stand.
struct Walk<'a> {
    syntax: &'a Syntax,
    scope: Vec<&'a str>,
    in_class: bool,
    outline: Outline,
}

impl<'a> Walk<'a> {
    fn function(&mut self, def: &'a StmtFunctionDef) {
        let (line, end) = self.syntax.lines(def.range());
        let body = def.body.first().map_or(end, |first| self.syntax.line(first.start()));
        let name = self.scope.iter().copied().chain([def.name.as_str()]).collect::<Vec<_>>().join(".");
        let kind = if self.in_class { FunctionKind::Method } else { FunctionKind::Function };
        self.outline.functions.push(FunctionDef { name, line, body, end, kind, is_async: def.is_async });
    }

    fn inside(&mut self, name: &'a str, is_class: bool, stmt: &'a Stmt) {
        let outer = std::mem::replace(&mut self.in_class, is_class);
        self.scope.push(name);
        walk_stmt(self, stmt);
        self.scope.pop();
        self.in_class = outer;
    }
}

impl<'a> StatementVisitor<'a> for Walk<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => {
                self.function(def);
                self.inside(def.name.as_str(), false, stmt);
            }
            Stmt::ClassDef(def) => self.inside(def.name.as_str(), true, stmt),
            Stmt::Import(import) => {
                let line = self.syntax.line(import.start());
                let import = |module: String| Import { module, names: Vec::new(), level: 0, line };
                self.outline.imports.extend(import_names(&import_aliases(stmt)).into_iter().map(import));
            }
            Stmt::ImportFrom(from) => {
                let module = from.module.as_ref().map_or_else(String::new, ToString::to_string);
                let names = import_names(&import_aliases(stmt));
                let line = self.syntax.line(from.start());
                self.outline.imports.push(Import { module, names, level: from.level, line });
            }
            _ => walk_stmt(self, stmt),
        }
    }
}

fn import_aliases(stmt: &Stmt) -> Vec<&Alias> {
    match stmt {
        Stmt::Import(import) => import.names.iter().collect(),
        Stmt::ImportFrom(from) => from.names.iter().collect(),
        _ => Vec::new(),
    }
}

fn import_names(aliases: &[&Alias]) -> Vec<String> {
    aliases.iter().map(|alias| alias.name.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::{FunctionKind, Outline, outline};
    use crate::domain::python::Naming;
    use crate::domain::python::sample::python_like;
    use proptest::prelude::*;

    fn read(source: &str) -> Outline {
        outline(source, &Naming::default())
    }

    #[test]
    fn functions_have_qualified_names_and_ranges() {
        let outline = read(
            "class A:\n    @d\n    def f(self):\n        def g(): pass\n        return g\nasync def h():\n    \"\"\"x\"\"\"\n    y\n",
        );
        let names: Vec<_> =
            outline.functions.iter().map(|f| (f.name.as_str(), f.line, f.body, f.end, f.kind)).collect();
        assert_eq!(
            names,
            [
                ("A.f", 2, 4, 5, FunctionKind::Method),
                ("A.f.g", 4, 4, 4, FunctionKind::Function),
                ("h", 6, 7, 8, FunctionKind::Function)
            ]
        );
        let at = |line| outline.enclosing(line).map(|f| f.name.as_str());
        assert_eq!(
            [at(1), at(2), at(4), at(5), at(8), at(9)],
            [None, Some("A.f"), Some("A.f.g"), Some("A.f"), Some("h"), None]
        );
    }

    #[test]
    fn imports_are_found_wherever_they_stand() {
        let outline = read("import a.b, c\ndef f():\n    from ..d import e, g as h\n");
        let imports: Vec<_> =
            outline.imports.iter().map(|i| (i.module.as_str(), i.names.join(","), i.level, i.line)).collect();
        assert_eq!(imports, [("a.b", String::new(), 0, 1), ("c", String::new(), 0, 1), ("d", "e,g".to_owned(), 2, 3)]);
    }

    #[test]
    fn a_broken_source_keeps_its_later_functions_and_names_the_error() {
        let outline = read("def test_a(:\n    pass\n\ndef test_b():\n    pass\n");
        assert!(outline.tests.iter().any(|test| test.names == ["test_b"]), "{outline:?}");
        assert_eq!(outline.errors.first().map(|error| error.0), Some(1));
    }

    proptest! {
        #[test]
        fn any_text_has_an_outline_within_its_lines(source in python_like()) {
            let count = u32::try_from(crate::domain::python::source_lines(&source).len()).unwrap_or(u32::MAX).max(1);
            let outline = read(&source);
            prop_assert!(outline.functions.iter().all(|f| 1 <= f.line && f.line <= f.end && f.end <= count));
            prop_assert!(outline.tests.iter().all(|t| 1 <= t.line && t.end <= count && !t.names.is_empty()));
        }
    }
}
