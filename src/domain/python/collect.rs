//! The tests that pytest would collect from a syntax tree.

use crate::domain::python::marks::{Label, Labels, applied, dotted, is_fixture, of_decorators, of_value};
use crate::domain::python::syntax::Syntax;
use crate::domain::python::{Ignored, Naming, TestDef};
use ruff_python_ast::{ExceptHandler, Expr, Stmt, StmtClassDef, StmtFunctionDef};
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
    for (member, _) in &module {
        if let Member::Class(class) = member {
            collector.classes.insert(class.name.as_str(), class);
        }
    }
    let sure = !may_be_skipped(syntax.body());
    let around = Around { names: Vec::new(), marks: own_marks(&module), labels: own_labels(&module), sure };
    collector.functions(&module, &around, false);
    for (member, plain) in &module {
        if let Member::Class(class) = member {
            collector.class(class, &around, *plain);
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

/// The members of a body, each with whether it stands in no block of its own.
type Members<'a> = Vec<(Member<'a>, bool)>;

fn members(body: &[Stmt]) -> Members<'_> {
    let mut found = Vec::new();
    let mut waiting: Vec<(&Stmt, bool)> = body.iter().rev().map(|stmt| (stmt, true)).collect();
    while let Some((stmt, plain)) = waiting.pop() {
        match stmt {
            Stmt::FunctionDef(def) => found.push((Member::Function(def), plain)),
            Stmt::ClassDef(class) => found.push((Member::Class(class), plain)),
            Stmt::Assign(assign) => {
                let names = assign.targets.iter().filter_map(Expr::as_name_expr);
                found.extend(names.map(|name| (Member::Assigned(name.id.as_str(), &assign.value), plain)));
            }
            _ => waiting.extend(blocks(stmt).into_iter().flatten().rev().map(|stmt| (stmt, false))),
        }
    }
    found
}

/// The blocks of a statement that are executed where it stands, but for those of a `match`.
#[must_use]
pub fn blocks(stmt: &Stmt) -> Vec<&[Stmt]> {
    match stmt {
        Stmt::If(stmt) => {
            let own = (!is_never(&stmt.test)).then_some(&*stmt.body);
            own.into_iter().chain(stmt.elif_else_clauses.iter().map(|clause| &*clause.body)).collect()
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

/// Whether a condition is written so that it never holds: `if 0:`, `if False:`.
fn is_never(test: &Expr) -> bool {
    match test {
        Expr::BooleanLiteral(literal) => !literal.value,
        Expr::NumberLiteral(literal) => literal.value.as_int().is_some_and(|int| *int == 0),
        _ => false,
    }
}

struct Collector<'a> {
    syntax: &'a Syntax,
    naming: &'a Naming,
    classes: BTreeMap<&'a str, &'a StmtClassDef>,
    tests: Vec<TestDef>,
}

/// What stands around a test: the names of its classes, their marks with what these say, and whether pytest is sure to get here.
#[derive(Clone)]
struct Around {
    names: Vec<String>,
    marks: Vec<String>,
    labels: Vec<Label>,
    sure: bool,
}

impl<'a> Collector<'a> {
    fn class(&mut self, class: &'a StmtClassDef, outer: &Around, plain: bool) {
        let unittest = self.is_test_case(class);
        let own = members(&class.body);
        let refused =
            !unittest && own.iter().any(|(member, _)| matches!(member, Member::Function(def) if is_maker(def)));
        if is_off(&own) || refused || !(unittest || self.naming.is_test_class(class.name.as_str())) {
            return;
        }
        // What base classes are marked with holds for all tests of the class, its own ones as well.
        let (mut marks, mut labels) = (outer.marks.clone(), outer.labels.clone());
        for one in [class].into_iter().chain(self.bases(class)) {
            let members = members(&one.body);
            marks.extend(of_decorators(&one.decorator_list).chain(own_marks(&members)));
            labels.extend(Labels::of_decorators(&one.decorator_list).into_iter().chain(own_labels(&members)));
        }
        let around = Around {
            names: outer.names.iter().cloned().chain([class.name.to_string()]).collect(),
            marks,
            labels,
            sure: outer.sure && plain && self.is_plain(class),
        };
        let before = self.tests.len();
        self.functions(&own, &around, unittest);
        self.inherited(class, &around, unittest, before);
        if !unittest {
            for (member, plain) in &own {
                if let Member::Class(inner) = member {
                    self.class(inner, &around, *plain);
                }
            }
        }
    }

    fn functions(&mut self, members: &[(Member<'a>, bool)], around: &Around, unittest: bool) {
        for (member, plain) in members {
            let Member::Function(def) = member else { continue };
            let name = def.name.as_str();
            let named = if unittest { name.starts_with("test") } else { self.naming.is_test_function(name) };
            if !named || is_fixture(&def.decorator_list) {
                continue;
            }
            let (line, end) = self.syntax.lines(def.range());
            let names = around.names.iter().cloned().chain([name.to_owned()]).collect();
            let marks = around.marks.iter().cloned().chain(of_decorators(&def.decorator_list)).collect();
            let own = [Labels::of_decorators(&def.decorator_list), Labels::of_body(&def.body)].concat();
            let labels = around.labels.iter().cloned().chain(own).collect();
            self.tests.push(TestDef { names, line, end, marks, labels, sure: around.sure && *plain });
        }
    }

    /// Adds the tests that the class has from base classes of the same module and does not define itself.
    fn inherited(&mut self, class: &'a StmtClassDef, around: &Around, unittest: bool, before: usize) {
        for base in self.bases(class) {
            let mut seen: Vec<Vec<String>> = self.tests.iter().skip(before).map(|test| test.names.clone()).collect();
            let from = self.tests.len();
            self.functions(&members(&base.body), around, unittest);
            let added = self.tests.split_off(from);
            for test in added {
                if !seen.contains(&test.names) {
                    seen.push(test.names.clone());
                    self.tests.push(test);
                }
            }
        }
    }

    /// Whether the module alone says what the class is: each of its base classes stands in it, or is the one of
    /// `unittest`, and none of them has a constructor.
    fn is_plain(&self, class: &'a StmtClassDef) -> bool {
        let known = |name: &String| {
            self.classes.contains_key(name.as_str())
                || matches!(name.as_str(), "object" | "TestCase" | "unittest.TestCase")
        };
        let is_plain = |class: &StmtClassDef| {
            let arguments = class.arguments.iter();
            let all = arguments.clone().map(|arguments| arguments.args.len() + arguments.keywords.len()).sum::<usize>();
            let names = base_names(class);
            names.len() == all && names.iter().all(known)
        };
        let makes = |class: &StmtClassDef| {
            members(&class.body).iter().any(|(member, _)| matches!(member, Member::Function(def) if is_maker(def)))
        };
        is_plain(class) && self.bases(class).into_iter().all(|base| is_plain(base) && !makes(base))
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

/// `__init__` and `__new__`: pytest does not collect classes that have them.
fn is_maker(def: &StmtFunctionDef) -> bool {
    matches!(def.name.as_str(), "__init__" | "__new__")
}

/// `__test__ = False`.
fn is_off(members: &[(Member<'_>, bool)]) -> bool {
    members.iter().any(|(member, _)| {
        let is_false = |value: &Expr| value.as_boolean_literal_expr().is_some_and(|literal| !literal.value);
        matches!(member, Member::Assigned("__test__", value) if is_false(value))
    })
}

/// The values of `pytestmark`.
fn own_values<'a>(members: &[(Member<'a>, bool)]) -> impl Iterator<Item = &'a Expr> {
    members.iter().filter_map(|(member, _)| match member {
        Member::Assigned("pytestmark", value) => Some(*value),
        _ => None,
    })
}

/// The marks of `pytestmark`.
fn own_marks(members: &[(Member<'_>, bool)]) -> Vec<String> {
    own_values(members).flat_map(of_value).collect()
}

/// What the marks of `pytestmark` say.
fn own_labels(members: &[(Member<'_>, bool)]) -> Vec<Label> {
    own_values(members).flat_map(Labels::of_value).collect()
}

/// What the `pytestmark` of a body says.
pub(super) fn labels_of_body(body: &[Stmt]) -> Vec<Label> {
    own_labels(&members(body))
}

/// Whether a body says that nothing in it is to be collected.
pub(super) fn is_off_body(body: &[Stmt]) -> bool {
    is_off(&members(body))
}

/// Whether the module may be skipped as a whole while it is imported.
fn may_be_skipped(body: &[Stmt]) -> bool {
    let skips =
        |value: &Expr| applied(value).is_some_and(|name| name.ends_with("importorskip") || name.ends_with("skip"));
    let mut waiting: Vec<&Stmt> = body.iter().collect();
    while let Some(stmt) = waiting.pop() {
        let value = match stmt {
            Stmt::Expr(stmt) => Some(&*stmt.value),
            Stmt::Assign(stmt) => Some(&*stmt.value),
            _ => None,
        };
        if value.is_some_and(|value| value.is_call_expr() && skips(value)) {
            return true;
        }
        waiting.extend(blocks(stmt).into_iter().flatten());
    }
    false
}

/// What `collect_ignore` and `collect_ignore_glob` of a `conftest.py` leave out, as far as plain lists of texts say so;
/// nothing where neither is there. What a condition adds is left to the collection.
pub fn ignored(body: &[Stmt]) -> Option<Ignored> {
    let mut found: Option<Ignored> = None;
    for stmt in body {
        let (name, value) = match stmt {
            Stmt::Assign(assign) => (assign.targets.first().and_then(dotted), Some(&*assign.value)),
            Stmt::AnnAssign(assign) => (dotted(&assign.target), assign.value.as_deref()),
            Stmt::AugAssign(assign) => (dotted(&assign.target), Some(&*assign.value)),
            Stmt::Expr(stmt) => {
                (applied(&stmt.value), stmt.value.as_call_expr().and_then(|call| call.arguments.args.first()))
            }
            _ => continue,
        };
        let Some((name, value)) = name.zip(value) else { continue };
        let into = |found: &mut Ignored, texts: Vec<String>| match name.split('.').next() {
            Some("collect_ignore") => found.paths.extend(texts),
            _ => found.globs.extend(texts),
        };
        if matches!(name.split('.').next(), Some("collect_ignore" | "collect_ignore_glob")) {
            into(found.get_or_insert_default(), texts(value));
        }
    }
    found
}

/// The texts of a list, or a single one.
fn texts(value: &Expr) -> Vec<String> {
    let text = |value: &Expr| value.as_string_literal_expr().map(|text| text.value.to_str().to_owned());
    match value {
        Expr::List(list) => list.elts.iter().filter_map(text).collect(),
        value => text(value).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::python::{Naming, outline};

    fn check(source: &str, expect: &[&str]) {
        let tests = outline(source, &Naming::default()).tests;
        let names: Vec<String> = tests
            .iter()
            .map(|test| format!("{}{}", test.names.join("::"), if test.is_parametrized() { "[]" } else { "" }))
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
        check("if 0:\n    def test_a(): pass\nelse:\n    def test_b(): pass\n", &["test_b"]);
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

    #[test]
    fn marks_come_from_decorators_classes_and_the_module() {
        let source = "pytestmark = pytest.mark.db\n@pytest.mark.slow\ndef test_a(): pass\n@mark.api\nclass TestA:\n    \
                      pytestmark = [pytest.mark.x(1)]\n    @pytest.mark.skipif(1, reason='')\n    def test_b(self): pass\n";
        let tests = outline(source, &Naming::default()).tests;
        let marks: Vec<_> = tests.iter().map(|test| test.marks.join(" ")).collect();
        assert_eq!(marks, ["db slow", "db api x skipif"]);
    }

    #[test]
    fn marks_of_base_classes_hold_for_own_and_inherited_tests() {
        let source = "@pytest.mark.slow\nclass Base:\n    pytestmark = pytest.mark.db\n    def test_a(self): pass\n\
                      class TestB(Base):\n    @pytest.mark.x\n    def test_b(self): pass\n";
        let tests = outline(source, &Naming::default()).tests;
        let marks: Vec<_> =
            tests.iter().map(|test| format!("{}: {}", test.names.join("::"), test.marks.join(" "))).collect();
        assert_eq!(marks, ["TestB::test_a: slow db", "TestB::test_b: slow db x"]);
    }

    #[test]
    fn what_marks_say_comes_along_and_so_do_properties() {
        let source = "pytestmark = pytest.mark.xray('A-1')\n@pytest.mark.xray(['A-2', 'A-3'])\n@pytest.mark.slow\n\
                      def test_a(record_property):\n    record_property('test_key', 'A-4')\n    record_property(name, 'A-9')\n\
                      @mark.issue(key='A-5')\nclass TestA:\n    @pytest.mark.parametrize('x', [pytest.param(1, marks=pytest.mark.xray('A-6'))])\n    \
                      def test_b(self, x): pytest.mark.xray('A-7')\n";
        let tests = outline(source, &Naming::default()).tests;
        let words = |test: &crate::domain::python::TestDef| {
            test.labels.iter().map(|one| format!("{}:{}", one.name, one.text)).collect::<Vec<_>>().join(" ")
        };
        let labels: Vec<_> = tests.iter().map(words).collect();
        assert_eq!(labels, ["xray:A-1 xray:A-2 xray:A-3 test_key:A-4", "xray:A-1 issue:A-5 parametrize:x xray:A-6"]);
    }

    #[test]
    fn what_the_source_alone_cannot_tell_is_not_sure() {
        let check = |source: &str, expect: &[bool]| {
            let tests = outline(source, &Naming::default()).tests;
            assert_eq!(tests.iter().map(|test| test.sure).collect::<Vec<_>>(), expect, "{source}");
        };
        check("def test_a(): pass\nclass TestA:\n    def test_b(self): pass\n", &[true, true]);
        check(
            "if x:\n    def test_a(): pass\ntry:\n    class TestA:\n        def test_b(self): pass\nexcept E: pass\n",
            &[false, false],
        );
        check("class TestA(Base):\n    def test_b(self): pass\n", &[false]);
        check("class Base:\n    def test_a(self): pass\nclass TestB(Base):\n    pass\n", &[true]);
        check("class Base:\n    def __init__(self): pass\nclass TestB(Base):\n    def test_a(self): pass\n", &[false]);
        check(
            "class A(unittest.TestCase):\n    def test_a(self): pass\nclass B(DjangoTestCase):\n    def test_b(self): pass\n",
            &[true, false],
        );
        check("np = pytest.importorskip('numpy')\ndef test_a(): pass\n", &[false]);
        check("if x:\n    pytest.skip('no', allow_module_level=True)\ndef test_a(): pass\n", &[false]);
    }

    #[test]
    fn lists_of_ignored_paths_are_read() {
        let read = |source: &str| outline(source, &Naming::default()).ignored.map(|found| (found.paths, found.globs));
        let owned = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(read("x = ['a']\n"), None);
        let source = "collect_ignore = ['setup.py', path]\ncollect_ignore += ['b']\ncollect_ignore.append('c')\n\
                      collect_ignore.extend(['d'])\ncollect_ignore_glob: list = ['*_py2.py']\nif x:\n    collect_ignore.append('e')\n";
        assert_eq!(read(source), Some((owned(&["setup.py", "b", "c", "d"]), owned(&["*_py2.py"]))));
    }
}
