//! Which tests of a source assert nothing: they run code, and nothing that it does could make them fail but an error.

use crate::domain::python::collect::collect;
use crate::domain::python::speech::{Speech, listen, listen_to, says};
use crate::domain::python::syntax::Syntax;
use crate::domain::python::{Import, Naming};
use ruff_python_ast::statement_visitor::{StatementVisitor, walk_stmt};
use ruff_python_ast::{self as ast, Expr, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_text_size::Ranged;
use std::collections::{BTreeMap, BTreeSet};

/// What runs around every test without being named in it.
const AROUND: [&str; 10] = [
    "setUp",
    "tearDown",
    "setup_method",
    "teardown_method",
    "setup",
    "teardown",
    "setup_function",
    "teardown_function",
    "asyncSetUp",
    "asyncTearDown",
];

/// What `self` has of `unittest` without its class defining it.
const UNITTEST: [&str; 8] = [
    "subTest",
    "skipTest",
    "addCleanup",
    "enterContext",
    "id",
    "doCleanups",
    "shortDescription",
    "addTypeEqualityFunc",
];

/// Parts of the names of modules that hold helpers of tests.
const SUPPORT: [&str; 12] = [
    "test",
    "tests",
    "testing",
    "conftest",
    "helper",
    "helpers",
    "fixtures",
    "factories",
    "support",
    "asserts",
    "assertions",
    "testutils",
];

/// Packages whose modules for tests hold no assertions under other names than those that say so.
const KNOWN: [&str; 20] = [
    "unittest",
    "pytest",
    "django",
    "rest_framework",
    "numpy",
    "pandas",
    "scipy",
    "torch",
    "flask",
    "fastapi",
    "starlette",
    "werkzeug",
    "aiohttp",
    "tornado",
    "twisted",
    "sqlalchemy",
    "hypothesis",
    "click",
    "typer",
    "wagtail",
];

/// How many classes are gone through to the bases of one.
const MOST: usize = 32;

/// What the functions of one source say of assertions.
#[derive(Clone, Debug, Default)]
pub struct Assertions {
    functions: Vec<Speech>,
    /// The methods of each class, by their place among the functions.
    classes: BTreeMap<String, Vec<usize>>,
    /// The names that come from modules which hold helpers of tests, by what they are called here.
    helpers: BTreeMap<String, Import>,
    /// The other modules that it imports by their whole names, which may stand beside it.
    imports: Vec<Import>,
    /// The bases of each class, without those that are known to check nothing.
    bases: BTreeMap<String, Vec<String>>,
    /// Whether everything is imported from such a module.
    star: bool,
    /// The names after the path of each test, with the place of its function.
    tests: Vec<(Vec<String>, usize)>,
}

impl Assertions {
    /// Reads a source. Total: any text gives an answer.
    #[must_use]
    pub fn read(source: &str, naming: &Naming) -> Self {
        let syntax = Syntax::read(source);
        let mut walk = Walk {
            syntax: &syntax,
            class: None,
            depth: 0,
            found: Self::default(),
            lines: BTreeMap::new(),
            known: BTreeSet::new(),
        };
        walk.visit_body(syntax.body());
        let Walk { mut found, lines, .. } = walk;
        let tests = collect(&syntax, naming).into_iter();
        found.tests = tests.filter_map(|test| Some((test.names, *lines.get(&test.line)?))).collect();
        found
    }

    /// The modules from which it takes helpers of tests.
    pub fn helpers(&self) -> impl Iterator<Item = &Import> {
        self.helpers.values()
    }

    /// The modules that may be helpers of tests by where they stand, which no name tells.
    #[must_use]
    pub fn imports(&self) -> &[Import] {
        &self.imports
    }

    /// The tests that assert nothing, each as the names after the path in its node id. `others` are the sources around
    /// it: its `conftest.py` files and the modules of its helpers; `is_known` says of which imports the source is among
    /// them. A test that calls a helper of which nothing is known counts as one that asserts.
    #[must_use]
    pub fn unasserting(&self, others: &[&Self], is_known: &dyn Fn(&Import) -> bool) -> Vec<Vec<String>> {
        let mut all = vec![self];
        all.extend(others);
        let look = Look::new(all, is_known);
        let around = |names: &[String]| {
            let classes = names.split_last().map(|(_, classes)| classes).unwrap_or_default();
            classes.iter().any(|class| look.has_unknown_base(class))
        };
        let silent = self.tests.iter().filter(|(names, at)| !look.asserts(*at) && !around(names));
        silent.map(|(names, _)| names.clone()).collect()
    }
}

/// Finds functions, classes and imports, wherever they stand.
struct Walk<'a> {
    syntax: &'a Syntax,
    class: Option<&'a str>,
    /// How many functions are around.
    depth: usize,
    found: Assertions,
    /// The place of the function that starts at a line.
    lines: BTreeMap<u32, usize>,
    /// The names that come from packages which are known.
    known: BTreeSet<String>,
}

impl<'a> Walk<'a> {
    fn function(&mut self, def: &'a StmtFunctionDef) {
        let place = self.found.functions.len();
        self.lines.insert(self.syntax.lines(def.range()).0, place);
        if let Some(class) = self.class {
            self.found.classes.entry(class.to_owned()).or_default().push(place);
        }
        self.found.functions.push(listen(def));
    }

    /// Another name for a function: `same = partial(compare_rows)`, `check = helpers.check`.
    fn alias(&mut self, targets: &'a [Expr], value: &'a Expr) {
        let is_function = match value {
            Expr::Name(_) | Expr::Attribute(_) | Expr::Lambda(_) => true,
            Expr::Call(call) => matches!(last_name(&call.func), Some("partial" | "partialmethod" | "staticmethod")),
            _ => false,
        };
        for name in targets.iter().filter_map(Expr::as_name_expr).filter(|_| is_function && self.depth == 0) {
            self.found.functions.push(listen_to(name.id.as_str(), value));
        }
    }

    fn within(&mut self, class: Option<&'a str>, stmt: &'a Stmt) {
        let outer = std::mem::replace(&mut self.class, class);
        walk_stmt(self, stmt);
        self.class = outer;
    }

    fn class_def(&mut self, class: &'a StmtClassDef, stmt: &'a Stmt) {
        self.found.classes.entry(class.name.to_string()).or_default();
        let bases = class.bases().iter().filter(|base| !self.is_plain_base(base));
        let bases: Vec<String> = bases.map(|base| last_name(base).unwrap_or_default().to_owned()).collect();
        self.found.bases.entry(class.name.to_string()).or_default().extend(bases);
        self.within(Some(class.name.as_str()), stmt);
    }

    /// Whether a base checks nothing by itself: of a known package, or of Python.
    fn is_plain_base(&self, base: &Expr) -> bool {
        let mut root = base;
        while let Expr::Attribute(ast::ExprAttribute { value, .. })
        | Expr::Subscript(ast::ExprSubscript { value, .. }) = root
        {
            root = value;
        }
        let root = root.as_name_expr().map_or("", |name| name.id.as_str());
        self.known.contains(root) || matches!(root, "object" | "ABC" | "Generic" | "Protocol")
    }

    fn import(&mut self, import: Import, bound: &str) {
        let first = import.module.split('.').next().unwrap_or_default();
        if import.level == 0 && (KNOWN.contains(&first) || matches!(first, "abc" | "typing" | "enum")) {
            self.known.insert(bound.to_owned());
        }
        // `from testfixtures import compare as same`: the name that it has there says that it asserts.
        if import.names.iter().any(|name| name != bound && says(name)) {
            let speech = Speech { name: bound.to_owned(), asserts: true, ..Speech::default() };
            self.found.functions.push(speech);
        }
        if !is_support(&import) {
            if !KNOWN.contains(&first) {
                self.found.imports.push(import);
            }
            return;
        }
        self.found.star |= bound == "*";
        self.found.helpers.insert(bound.to_owned(), import);
    }
}

impl<'a> StatementVisitor<'a> for Walk<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => {
                self.function(def);
                self.depth += 1;
                self.within(None, stmt);
                self.depth -= 1;
            }
            Stmt::ClassDef(class) => self.class_def(class, stmt),
            Stmt::Assign(assign) => self.alias(&assign.targets, &assign.value),
            Stmt::Import(import) => {
                let line = self.syntax.line(import.start());
                for alias in &import.names {
                    let module = alias.name.to_string();
                    let first = module.split('.').next().unwrap_or_default().to_owned();
                    let bound = alias.asname.as_ref().map_or(first, ToString::to_string);
                    self.import(Import { module, names: Vec::new(), level: 0, line }, &bound);
                }
            }
            Stmt::ImportFrom(from) => {
                let line = self.syntax.line(from.start());
                let module = from.module.as_ref().map_or_else(String::new, ToString::to_string);
                for alias in &from.names {
                    let bound = alias.asname.as_ref().unwrap_or(&alias.name).to_string();
                    let names = vec![alias.name.to_string()];
                    self.import(Import { module: module.clone(), names, level: from.level, line }, &bound);
                }
            }
            _ => walk_stmt(self, stmt),
        }
    }
}

/// Whether a module holds helpers of tests, by its name.
fn is_support(import: &Import) -> bool {
    let mut parts = import.module.split('.').chain(import.names.iter().map(String::as_str));
    let first = import.module.split('.').next().unwrap_or_default();
    let names_tests = |part: &str| {
        SUPPORT.contains(&part)
            || part.starts_with("test_")
            || part.contains("_test_")
            || ["_test", "_tests", "_helpers"].iter().any(|end| part.ends_with(end))
    };
    import.level > 0 || (!KNOWN.contains(&first) && parts.any(|part| names_tests(&part.to_lowercase())))
}

/// The functions of a test's source and of those around it, by name.
struct Look<'a> {
    sources: Vec<&'a Assertions>,
    by_name: BTreeMap<&'a str, Vec<(usize, usize)>>,
    /// The names of helpers of which nothing is known, for each source.
    unknown: Vec<BTreeSet<&'a str>>,
    /// What runs around every test of the source: automatic fixtures, set-ups and tear-downs.
    around: Vec<(usize, usize)>,
}

impl<'a> Look<'a> {
    fn new(sources: Vec<&'a Assertions>, is_known: &dyn Fn(&Import) -> bool) -> Self {
        let mut by_name: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
        let (mut unknown, mut around) = (Vec::new(), Vec::new());
        for (at, source) in sources.iter().enumerate() {
            for (place, function) in source.functions.iter().enumerate() {
                by_name.entry(&function.name).or_default().push((at, place));
                if function.is_automatic || AROUND.contains(&function.name.as_str()) {
                    around.push((at, place));
                }
            }
            for (name, methods) in &source.classes {
                by_name.entry(name).or_default().extend(methods.iter().map(|place| (at, *place)));
            }
            // Only the helpers of the test's own source are looked up.
            let names = source.helpers.iter().filter(|(_, import)| at > 0 || !is_known(import));
            unknown.push(names.map(|(name, _)| name.as_str()).collect());
        }
        Self { sources, by_name, unknown, around }
    }

    /// Whether a class has a base of which nothing is known: it may check something around every test.
    fn has_unknown_base(&self, class: &str) -> bool {
        let mut waiting = vec![class];
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        while let Some(class) = waiting.pop().filter(|_| seen.len() < MOST) {
            if !seen.insert(class) {
                continue;
            }
            let mut sources = self.sources.iter().filter_map(|source| source.bases.get(class)).peekable();
            if sources.peek().is_none() {
                return true;
            }
            waiting.extend(sources.flatten().map(String::as_str));
        }
        false
    }

    /// Whether a test asserts anything, itself or by what it calls.
    fn asserts(&self, test: usize) -> bool {
        let mut waiting: Vec<(usize, usize)> = self.around.clone();
        waiting.push((0, test));
        let mut seen: BTreeSet<(usize, usize)> = waiting.iter().copied().collect();
        while let Some((at, place)) = waiting.pop() {
            let Some(function) = self.sources.get(at).and_then(|source| source.functions.get(place)) else { continue };
            if function.asserts || self.calls_unknown(at, function) {
                return true;
            }
            let named = function.names.iter().filter_map(|name| self.by_name.get(name.as_str())).flatten();
            waiting.extend(named.copied().filter(|next| seen.insert(*next)));
        }
        false
    }

    /// Whether a function calls something that may assert for all that is known.
    fn calls_unknown(&self, at: usize, function: &Speech) -> bool {
        let is_unknown = |name: &str| self.unknown.get(at).is_some_and(|names| names.contains(name));
        let is_here = |name: &str| self.by_name.contains_key(name);
        let star = self.sources.get(at).is_some_and(|source| source.star) && is_unknown("*");
        function.calls.iter().any(|name| is_unknown(name))
            || function.parameters.iter().any(|name| function.direct.contains(name) && !is_here(name))
            || function.on_self.iter().any(|name| !is_here(name) && !UNITTEST.contains(&name.as_str()))
            || (star && function.direct.iter().any(|name| !is_here(name)))
    }
}

/// The dotted name of an expression, a call's without its arguments.
#[must_use]
pub fn last_name(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        Expr::Call(call) => last_name(&call.func),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Assertions;
    use crate::domain::python::Naming;
    use crate::domain::python::sample::python_like;
    use proptest::prelude::*;

    fn silent(source: &str, others: &[&str], known: bool) -> Vec<String> {
        let naming = Naming::default();
        let others: Vec<Assertions> = others.iter().map(|text| Assertions::read(text, &naming)).collect();
        let others: Vec<&Assertions> = others.iter().collect();
        let silent = Assertions::read(source, &naming).unasserting(&others, &|_| known);
        silent.into_iter().map(|names| names.join("::")).collect()
    }

    /// The one test of the source asserts something.
    fn asserts(source: &str) {
        assert_eq!(silent(source, &[], false), Vec::<String>::new(), "{source}");
    }

    /// The one test of the source, `test_a`, asserts nothing.
    fn says_nothing(source: &str) {
        assert_eq!(silent(source, &[], false), ["test_a"], "{source}");
    }

    #[test]
    fn trap_10_a_test_that_only_runs_code_asserts_nothing() {
        says_nothing("def test_a():\n    pass\n");
        says_nothing("from shop import cart\ndef test_a():\n    cart.total([1, 2])\n");
        says_nothing("def test_a(client):\n    client.get('/')\n    print(client)\n");
        says_nothing("async def test_a(app):\n    await app.start()\n");
        says_nothing("def build():\n    return 1\ndef test_a():\n    expected = build()\n");
        says_nothing("from shop.checkout import checkout\ndef test_a():\n    checkout(1)\n");
        assert_eq!(silent("class TestA:\n    def test_b(self):\n        run()\n", &[], false), ["TestA::test_b"]);
    }

    #[test]
    fn every_usual_way_to_assert_is_seen() {
        for body in [
            "assert f()",
            "assert snapshot == f()",
            "with pytest.raises(ValueError):\n        f()",
            "with pytest.warns(UserWarning):\n        f()",
            "with django_assert_num_queries(2):\n        f()",
            "pytest.fail('no')",
            "mock.assert_called_once_with(1)",
            "np.testing.assert_allclose(f(), 1)",
            "expect(page).to_have_title('x')",
            "data_regression.check(f())",
            "if f() != 1:\n        raise RuntimeError",
            "result.stdout.fnmatch_lines(['*1 passed*'])",
            "response.raise_for_status()",
            "response.rethrow()",
            "result.stdout.fnmatch_lines_random(['a'])",
            "with ShouldRaise(TypeError('a')):\n        f()",
            "with pytest.RaisesGroup(ValueError):\n        f()",
            "page.mustcontain('shop')",
            "def inner():\n        assert f()\n    run(inner)",
        ] {
            asserts(&format!("def test_a(f, mock, page):\n    {body}\n"));
        }
        for method in
            ["assertEqual(1, 1)", "assertRaises(ValueError)", "fail()", "assertNumQueries(1)", "assertContains(r, 'x')"]
        {
            asserts(&format!("class A(TestCase):\n    def test_a(self):\n        self.{method}\n"));
        }
        asserts("@check_figures_equal()\ndef test_a(a, b):\n    draw(a, b)\n");
        asserts("@pytest.mark.mpl_image_compare\ndef test_a():\n    return draw()\n");
    }

    #[test]
    fn helpers_are_followed_within_the_module() {
        asserts("def same(a):\n    assert a\ndef test_a():\n    same(1)\n");
        asserts("def one(a):\n    two(a)\ndef two(a):\n    assert a\ndef test_a():\n    one(1)\n");
        asserts(
            "class TestX:\n    def same(self, a):\n        assert a\n    def test_a(self):\n        self.same(1)\n",
        );
        asserts(
            "class Box:\n    def __exit__(self, *a):\n        assert a\ndef test_a():\n    with Box():\n        f()\n",
        );
        asserts("@pytest.fixture\ndef guard():\n    yield\n    assert done\ndef test_a(guard):\n    f()\n");
        asserts("@fixture(autouse=True)\ndef guard():\n    yield\n    assert done\ndef test_a():\n    f()\n");
        asserts(
            "class TestX:\n    def teardown_method(self):\n        assert done\n    def test_a(self):\n        f()\n",
        );
        asserts(
            "class Middle:\n    def call(self):\n        assert 1\n@override_settings(MIDDLEWARE=('tests.test_a.Middle',))\n\
             def test_a(client):\n    client.get('/')\n",
        );
        asserts("def worker():\n    assert 1\ndef test_a():\n    Thread(target=worker).start()\n");
        // Another name of a helper, and code that is run elsewhere.
        asserts("def same(a, b):\n    assert a\nquick = partial(same, b=1)\ndef test_a():\n    quick(1)\n");
        asserts("from shop.rows import compare as same\ndef test_a():\n    same(1, 2)\n");
        asserts("from .helpers import same\nquick = partial(same, b=1)\ndef test_a():\n    quick(1)\n");
        says_nothing("def build(a):\n    return a\nquick = partial(build, 1)\ndef test_a():\n    quick()\n");
        says_nothing("from .rows import make\nROWS = make()\ndef test_a(db):\n    db.add(ROWS)\n");
        asserts("def test_a(run):\n    worker.run('''\n        x = 1\n        assert x == 1\n    ''')\n");
        asserts("def test_a(port):\n    worker.run(f'''\n        x = {port}\n        assert x == 1\n    ''')\n");
        says_nothing("def test_a():\n    '''\n    assert that it is run\n    '''\n    worker.run()\n");
        says_nothing("def one():\n    two()\ndef two():\n    one()\ndef test_a():\n    one()\n");
    }

    #[test]
    fn what_is_not_known_is_taken_for_an_assertion() {
        asserts("from tests.helpers import same\ndef test_a():\n    same(1)\n");
        asserts("from .helpers import Api\ndef test_a():\n    Api().get_ok()\n");
        asserts("from tests import helpers\ndef test_a():\n    helpers.same(1)\n");
        asserts("def test_a():\n    groups = EqualsTester()\n    groups.add_equality_group(1, 1)\n");
        asserts("from shop.util import run_test_suite\ndef test_a():\n    run_test_suite(1)\n");
        asserts("from tests.helpers import *\ndef test_a():\n    same(1)\n");
        asserts("def test_a(same):\n    same(1)\n");
        asserts("class A(Base):\n    def test_a(self):\n        self.get_ok('/')\n");
        says_nothing("from tests.data import ROWS\ndef test_a(db):\n    db.add(ROWS)\n");
        says_nothing("from django.test import Client\ndef test_a():\n    Client().get('/')\n");
    }

    #[test]
    fn sources_around_the_test_are_looked_into() {
        let source = "from tests.helpers import same\ndef test_a(api):\n    same(1)\n    api.get('/')\n";
        assert_eq!(silent(source, &["def same(a):\n    return a\n"], true), ["test_a"]);
        assert_eq!(silent(source, &["def same(a):\n    assert a\n"], true), Vec::<String>::new());
        let conftest =
            "class Api:\n    def get(self, url):\n        assert url\n@pytest.fixture\ndef api():\n    return Api()\n";
        assert_eq!(silent("def test_a(api):\n    api.get('/')\n", &[conftest], true), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn any_text_has_an_answer(source in python_like()) {
            let naming = Naming::default();
            let read = Assertions::read(&source, &naming);
            let all = read.tests.len();
            prop_assert!(read.unasserting(&[&read], &|_| true).len() <= all);
        }
    }
}
