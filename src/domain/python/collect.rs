//! The tests that pytest would collect from a syntax tree.

use crate::domain::python::syntax::Syntax;
use crate::domain::python::{Naming, TestDef};
use ruff_python_ast::{Decorator, ExceptHandler, Expr, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_text_size::Ranged;
use std::collections::BTreeMap;

/// How many base classes are followed, one after the other.
const BASES: usize = 20;

/// The tests of a module, in source order.
#[must_use]
pub fn collect(syntax: &Syntax, naming: &Naming) -> Vec<TestDef> {
    let module = members(syntax.body());
    if is_off(&module) {
        return Vec::new();
    }
    let mut collector = Collector { syntax, naming, classes: BTreeMap::new(), tests: Vec::new() };
    for member in &module {
        if let Member::Class(class) = member {
            collector.classes.insert(class.name.as_str(), class);
        }
    }
    let marked = has_parametrize_mark(&module);
    collector.functions(&module, &[], marked, false);
    for member in &module {
        if let Member::Class(class) = member {
            collector.class(class, &[], marked);
        }
    }
    let mut tests = collector.tests;
    tests.sort_by(|a, b| (a.line, &a.names).cmp(&(b.line, &b.names)));
    // A later definition of a name replaces the earlier one.
    let last: BTreeMap<Vec<String>, u32> = tests.iter().map(|test| (test.names.clone(), test.line)).collect();
    tests.retain(|test| last.get(&test.names) == Some(&test.line));
    tests.dedup();
    tests
}

/// What a module or class body defines, conditional definitions included.
enum Member<'a> {
    Function(&'a StmtFunctionDef),
    Class(&'a StmtClassDef),
    Assigned(&'a str, &'a Expr),
}

fn members(body: &[Stmt]) -> Vec<Member<'_>> {
    let mut found = Vec::new();
    let mut waiting: Vec<&Stmt> = body.iter().rev().collect();
    while let Some(stmt) = waiting.pop() {
        match stmt {
            Stmt::FunctionDef(def) => found.push(Member::Function(def)),
            Stmt::ClassDef(class) => found.push(Member::Class(class)),
            Stmt::Assign(assign) => {
                let names = assign.targets.iter().filter_map(Expr::as_name_expr);
                found.extend(names.map(|name| Member::Assigned(name.id.as_str(), &assign.value)));
            }
            _ => waiting.extend(blocks(stmt).into_iter().flatten().rev()),
        }
    }
    found
}

/// The blocks of a statement that are executed where it stands.
fn blocks(stmt: &Stmt) -> Vec<&[Stmt]> {
    match stmt {
        Stmt::If(stmt) => {
            [&*stmt.body].into_iter().chain(stmt.elif_else_clauses.iter().map(|clause| &*clause.body)).collect()
        }
        Stmt::With(stmt) => vec![&stmt.body],
        Stmt::For(stmt) => vec![&stmt.body, &stmt.orelse],
        Stmt::While(stmt) => vec![&stmt.body, &stmt.orelse],
        Stmt::Try(stmt) => {
            let handlers = stmt.handlers.iter().map(|ExceptHandler::ExceptHandler(handler)| &*handler.body);
            [&*stmt.body].into_iter().chain(handlers).chain([&*stmt.orelse, &*stmt.finalbody]).collect()
        }
        _ => Vec::new(),
    }
}

struct Collector<'a> {
    syntax: &'a Syntax,
    naming: &'a Naming,
    classes: BTreeMap<&'a str, &'a StmtClassDef>,
    tests: Vec<TestDef>,
}

impl<'a> Collector<'a> {
    fn class(&mut self, class: &'a StmtClassDef, outer: &[String], marked: bool) {
        let unittest = self.is_test_case(class);
        let own = members(&class.body);
        let refused = !unittest && own.iter().any(|member| matches!(member, Member::Function(def) if is_maker(def)));
        if is_off(&own) || refused || !(unittest || self.naming.is_test_class(class.name.as_str())) {
            return;
        }
        let names: Vec<String> = outer.iter().cloned().chain([class.name.to_string()]).collect();
        let marked = marked || parametrizes(&class.decorator_list) || has_parametrize_mark(&own);
        let before = self.tests.len();
        self.functions(&own, &names, marked, unittest);
        self.inherited(class, &names, marked, unittest, before);
        if !unittest {
            for member in &own {
                if let Member::Class(inner) = member {
                    self.class(inner, &names, marked);
                }
            }
        }
    }

    fn functions(&mut self, members: &[Member<'a>], outer: &[String], marked: bool, unittest: bool) {
        for member in members {
            let Member::Function(def) = member else { continue };
            let name = def.name.as_str();
            let named = if unittest { name.starts_with("test") } else { self.naming.is_test_function(name) };
            if !named || is_fixture(&def.decorator_list) {
                continue;
            }
            let (line, end) = self.syntax.lines(def.range());
            let names = outer.iter().cloned().chain([name.to_owned()]).collect();
            let parametrized = marked || parametrizes(&def.decorator_list);
            self.tests.push(TestDef { names, line, end, parametrized });
        }
    }

    /// Adds the tests that the class has from base classes of the same module and does not define itself.
    fn inherited(&mut self, class: &'a StmtClassDef, names: &[String], marked: bool, unittest: bool, before: usize) {
        for base in self.bases(class) {
            let mut seen: Vec<Vec<String>> = self.tests.iter().skip(before).map(|test| test.names.clone()).collect();
            let from = self.tests.len();
            let marked = marked || parametrizes(&base.decorator_list);
            self.functions(&members(&base.body), names, marked, unittest);
            let added = self.tests.split_off(from);
            for test in added {
                if !seen.contains(&test.names) {
                    seen.push(test.names.clone());
                    self.tests.push(test);
                }
            }
        }
    }

    /// The base classes that the module defines, nearest first.
    fn bases(&self, class: &'a StmtClassDef) -> Vec<&'a StmtClassDef> {
        let mut found: Vec<&StmtClassDef> = Vec::new();
        let mut waiting = vec![class];
        while let Some(class) = waiting.pop() {
            let names = base_names(class);
            for base in names.iter().filter_map(|name| self.classes.get(name.as_str())) {
                let known = found.iter().any(|other| other.range() == base.range());
                if !known && found.len() < BASES && base.range() != class.range() {
                    found.push(base);
                    waiting.push(base);
                }
            }
        }
        found
    }

    /// Whether the class is a `unittest.TestCase`, as far as names tell: itself, or a base class of the module.
    fn is_test_case(&self, class: &'a StmtClassDef) -> bool {
        let named = |class: &StmtClassDef| {
            base_names(class).iter().any(|name| name.rsplit('.').next().is_some_and(|last| last.ends_with("TestCase")))
        };
        named(class) || self.bases(class).iter().any(|base| named(base))
    }
}

/// The base classes of a class, as dotted names.
fn base_names(class: &StmtClassDef) -> Vec<String> {
    class.arguments.iter().flat_map(|arguments| &arguments.args).filter_map(dotted).collect()
}

/// `a.b.c` of an expression that is nothing but names and dots.
fn dotted(expr: &Expr) -> Option<String> {
    let mut parts = Vec::new();
    let mut expr = expr;
    loop {
        match expr {
            Expr::Attribute(attribute) => {
                parts.push(attribute.attr.as_str());
                expr = &attribute.value;
            }
            Expr::Name(name) => {
                parts.push(name.id.as_str());
                parts.reverse();
                return Some(parts.join("."));
            }
            _ => return None,
        }
    }
}

/// The name of what a decorator applies: `pytest.mark.parametrize` of `@pytest.mark.parametrize("x", [1])`.
fn applied(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Call(call) => dotted(&call.func),
        expr => dotted(expr),
    }
}

fn parametrizes(decorators: &[Decorator]) -> bool {
    decorators.iter().any(|decorator| is_parametrize(&decorator.expression))
}

fn is_parametrize(expr: &Expr) -> bool {
    applied(expr).is_some_and(|name| name == "parametrize" || name.ends_with(".parametrize"))
}

fn is_fixture(decorators: &[Decorator]) -> bool {
    let fixture = |name: String| name == "fixture" || name.ends_with(".fixture");
    decorators.iter().any(|decorator| applied(&decorator.expression).is_some_and(fixture))
}

/// `__init__` and `__new__`: pytest does not collect classes that have them.
fn is_maker(def: &StmtFunctionDef) -> bool {
    matches!(def.name.as_str(), "__init__" | "__new__")
}

/// `__test__ = False`.
fn is_off(members: &[Member<'_>]) -> bool {
    members.iter().any(|member| {
        let is_false = |value: &Expr| value.as_boolean_literal_expr().is_some_and(|literal| !literal.value);
        matches!(member, Member::Assigned("__test__", value) if is_false(value))
    })
}

/// `pytestmark = pytest.mark.parametrize(…)`, or a list with it.
fn has_parametrize_mark(members: &[Member<'_>]) -> bool {
    members.iter().any(|member| match member {
        Member::Assigned("pytestmark", Expr::List(list)) => list.elts.iter().any(is_parametrize),
        Member::Assigned("pytestmark", value) => is_parametrize(value),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use crate::domain::python::{Naming, outline};

    fn check(source: &str, expect: &[&str]) {
        let tests = outline(source, &Naming::default()).tests;
        let names: Vec<String> = tests
            .iter()
            .map(|test| format!("{}{}", test.names.join("::"), if test.parametrized { "[]" } else { "" }))
            .collect();
        assert_eq!(names, expect, "{source}");
    }

    #[test]
    fn functions_and_classes_are_collected_by_name() {
        check("def test_a(): pass\ndef helper(): pass\nasync def test_b(): pass\n", &["test_a", "test_b"]);
        check(
            "class TestA:\n    def test_x(self): pass\n    class TestB:\n        def test_y(self): pass\n",
            &["TestA::test_x", "TestA::TestB::test_y"],
        );
        check("class Helper:\n    def test_x(self): pass\n", &[]);
        check("if True:\n    def test_a(): pass\nelse:\n    def test_b(): pass\n", &["test_a", "test_b"]);
        check("def test_a(): pass\ndef test_a(): return\n", &["test_a"]);
        check("def outer():\n    def test_a(): pass\n", &[]);
    }

    #[test]
    fn unittest_classes_are_collected_by_their_base() {
        check(
            "class Orders(unittest.TestCase):\n    def test_x(self): pass\n    def check(self): pass\n",
            &["Orders::test_x"],
        );
        check(
            "class Base(APITestCase):\n    def test_x(self): pass\nclass Views(Base):\n    def test_y(self): pass\n",
            &["Base::test_x", "Views::test_x", "Views::test_y"],
        );
    }

    #[test]
    fn what_pytest_refuses_is_not_collected() {
        check("class TestA:\n    def __init__(self): pass\n    def test_x(self): pass\n", &[]);
        check("class TestA:\n    __test__ = False\n    def test_x(self): pass\n", &[]);
        check("@pytest.fixture\ndef test_data(): pass\n@pytest.fixture()\ndef test_more(): pass\n", &[]);
    }

    #[test]
    fn parameters_are_seen_on_function_class_and_module() {
        check("@pytest.mark.parametrize('x', [1])\ndef test_a(x): pass\ndef test_b(): pass\n", &["test_a[]", "test_b"]);
        check("@mark.parametrize('x', [1])\nclass TestA:\n    def test_x(self, x): pass\n", &["TestA::test_x[]"]);
        check("pytestmark = [pytest.mark.parametrize('x', [1])]\ndef test_a(x): pass\n", &["test_a[]"]);
    }
}
