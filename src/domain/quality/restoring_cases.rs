//! Tests: what takes back what a test wrote: a context manager of the project, a set-up that cleans, what Python began with.

use super::cases::{found, keeps, stays, test};
use super::isolation_cases::IMPORTS;
use super::{About, check};
use crate::domain::python::Naming;

#[test]
fn a_context_manager_of_the_project_may_take_back_what_is_done_in_it() {
    let within = |imports: &str, manager: &str| {
        format!("{IMPORTS}{imports}\n{}", test(&format!("with {manager}():\n    os.chdir('a')\n    assert f()")))
    };
    keeps("process-state", &within("from shop.utils import Checkout", "Checkout"));
    keeps("process-state", &within("from test import support", "support.checkout"));
    stays("process-state", &within("from contextlib import Checkout", "Checkout"));
    stays("process-state", &within("", "Checkout"));
}

#[test]
fn what_is_set_to_nothing_or_to_what_python_began_with_is_taken_back() {
    let told = |body: &str| format!("{IMPORTS}import logging\n{}", test(body));
    keeps("process-state", &told("sys.settrace(None)\nassert f()"));
    keeps("process-state", &told("logging.disable(logging.NOTSET)\nassert f()"));
    keeps("process-state", &told("sys.excepthook = sys.__excepthook__\nassert f()"));
    let asked = "import locale\ngot = locale.setlocale(locale.LC_ALL, None)\nassert got";
    keeps("process-state", &told(asked));
    stays("process-state", &told(&asked.replace("None", "'C'")));
    // What the module does as it is imported, a test need not do again.
    let path = told("sys.path.insert(0, LIB)\nassert f()");
    keeps("process-state", &format!("import sys\nif LIB not in sys.path:\n    sys.path.insert(0, LIB)\n{path}"));
    stays("process-state", &path);
    stays("process-state", &told("sys.settrace(value)\nassert f()"));
    stays("process-state", &told("logging.disable(logging.ERROR)\nassert f()"));
    stays("process-state", &told("sys.excepthook = value\nassert f()"));
}

#[test]
fn a_set_up_that_cleans_by_a_function_of_another_file_sees_to_it() {
    let class = |calls: &str| {
        format!(
            "{IMPORTS}from shop.testing import {calls}\nclass TestA:\n    def setUp(self):\n        {calls}()\n    def test_a(self):\n        os.environ['A'] = '1'\n        assert f()\n"
        )
    };
    keeps("process-state", &class("clean_settings"));
    stays("process-state", &class("load_settings"));
}

#[test]
fn what_each_test_makes_anew_by_a_helper_is_seen_by_none_of_them() {
    let source = |helper: &str| {
        format!(
            "class Fake:\n    error = None\ndef reset_all():\n    {helper}\ndef test_a_fails():\n    reset_all()\n    Fake.error = 3\n    assert f(Fake)\ndef test_a_sends():\n    reset_all()\n    assert Fake.error is None\n"
        )
    };
    keeps("module-state", &source("Fake.error = None"));
    stays("module-state", &source("Fake.sent = None"));
    // A global that is to be refused is not assigned.
    let refused = "cf = None\ndef test_a_fails():\n    global cf\n    with pytest.raises(TypeError):\n        cf = make(0)\ndef test_b():\n    assert cf.kind\n";
    keeps("module-state", refused);
    stays("module-state", &refused.replace("with pytest.raises(TypeError)", "if f()"));
    let tried = refused
        .replace("with pytest.raises(TypeError)", "try")
        .replace("make(0)\n", "make(0)\n        assert False\n    except TypeError:\n        assert f()\n");
    keeps("module-state", &tried);
    stays("module-state", &tried.replace("assert False", "assert cf"));
}

#[test]
fn a_fixture_may_have_the_module_by_another_name() {
    let told = |writes: &str| {
        let conftest = format!(
            "import sys as _sys\n@pytest.fixture(autouse=True)\ndef kept_modules():\n    name = 'shop.cart'\n    yield\n    {writes}\n"
        );
        let source = format!("{IMPORTS}{}", test("name = 'shop.cart'\nsys.modules[name] = value\nassert f()"));
        found(&source, &conftest, false).iter().any(|one| one.starts_with("process-state"))
    };
    assert!(!told("_sys.modules[name] = None"));
    assert!(told("_sys.flags[name] = None"));
}

#[test]
fn a_fixture_of_a_fixture_may_take_back_several_at_once() {
    let told = |back: &str| {
        let conftest = format!(
            "import sys\n@pytest.fixture\ndef hooks():\n    kept = (sys.excepthook, sys.argv)\n    yield\n    {back}\n@pytest.fixture\ndef value(hooks):\n    return 3\n"
        );
        let source = format!("{IMPORTS}{}", test("sys.excepthook = f\nassert f(value)"));
        found(&source, &conftest, false).iter().any(|one| one.starts_with("process-state"))
    };
    assert!(!told("sys.excepthook, sys.argv = kept"));
    assert!(told("excepthook, argv = kept"));
}

#[test]
fn a_variable_by_a_name_of_the_tests_own_meets_nobody() {
    let told = |name: &str, rest: &str| format!("{IMPORTS}{}", test(&format!("os.environ['{name}'] = '1'\n{rest}")));
    keeps("process-state", &told("_SHOP_TEST_PATH", "assert f()"));
    keeps("process-state", &told("NODE_TEST", "assert f()"));
    stays("process-state", &told("SHOP_PATH", "assert f()"));
    stays("process-state", &told("TEST", "assert f()"));
    stays("process-state", &told("SHOP_TEST_PATH", "assert f()\nassert g('SHOP_TEST_PATH')"));
}

#[test]
fn what_a_class_writes_itself_is_not_another_tests() {
    let told = |written: &str| {
        let class = format!("class Echo:\n    seen = None\n    def call(self, row):\n        {written} = row\n");
        let reads = "def test_a(value):\n    f(Echo())\n    assert Echo.seen == 3\n";
        format!("{class}{reads}def test_b(value):\n    Echo.seen = 4\n    f(Echo())\n    assert value\n")
    };
    keeps("order-dependence", &told("Echo.seen"));
    stays("order-dependence", &told("self.last"));
}

#[test]
fn what_an_act_takes_back_before_the_eyes_of_the_test_is_gone() {
    let told = |seen: &str| format!("{IMPORTS}import shop\n{}", test(&format!("shop.cache = 3\nf()\n{seen}")));
    let used = "def test_b():\n    assert f(shop.cache)\n";
    stays("module-state", &format!("{}{used}", told("assert g()")));
    keeps("module-state", &format!("{}{used}", told("assert shop.cache is None")));
}

#[test]
fn what_its_owner_takes_along_goes_back() {
    let told = |down: &str| {
        format!(
            "{IMPORTS}import shop\nclass TestMail(TestCase):\n    def tearDown(self):\n        {down}\n    def test_a(self):\n        shop.db.Row.find = f\n        assert g()\n    def test_b(self):\n        assert g(shop.db.Row.find(3))\n"
        )
    };
    stays("module-state", &told("shop.other = self.db"));
    keeps("module-state", &told("shop.db = self.db"));
}

#[test]
fn what_the_module_has_kept_or_read_goes_back() {
    let told = |above: &str, body: &str| format!("{IMPORTS}{above}\n{}", test(&format!("{body}\nassert f()")));
    keeps("process-state", &told("BEGIN = os.getcwd()", "os.chdir(BEGIN)"));
    stays("process-state", &told("BEGIN = f()", "os.chdir(BEGIN)"));
    keeps("process-state", &told("SHOP = os.environ.get('SHOP', 'a')", "os.environ['SHOP'] = SHOP"));
    stays("process-state", &told("SHOP = os.environ.get('OTHER', 'a')", "os.environ['SHOP'] = SHOP"));
    let opt_in = "if not f(os.environ.get('RUN_LEAK')):\n    pytest.skip('no')\nsys.modules['shop'] = g()";
    keeps("process-state", &told("", opt_in));
    stays("process-state", &told("", &opt_in.replace("os.environ.get('RUN_LEAK')", "3")));
}

#[test]
fn a_module_by_a_private_name_meets_nobody() {
    let told =
        |name: &str| format!("{IMPORTS}{}", test(&format!("name = '{name}'\nsys.modules[name] = f()\nassert g()")));
    stays("process-state", &told("shop"));
    stays("process-state", &told("__main__"));
    keeps("process-state", &told("_shop_urls"));
}

#[test]
fn what_is_taken_out_in_the_end_was_never_left() {
    let told = |last: &str| {
        let ports = "PORTS = set()\ndef test_b():\n    assert f(PORTS)\n";
        format!("{ports}{}", test(&format!("PORTS.add(3)\ntry:\n    assert g()\nfinally:\n    {last}")))
    };
    stays("module-state", &told("other.discard(3)"));
    keeps("module-state", &told("PORTS.discard(3)"));
}

#[test]
fn a_folder_that_is_on_the_path_anyway_changes_nothing() {
    let told = |above: &str, given: &str| {
        format!("{IMPORTS}{above}\n{}", test(&format!("sys.path.insert(0, {given})\nassert f()")))
    };
    stays("process-state", &told("", "str(ROOT / 'tools')"));
    let lacking = |on: &str| test(&format!("if f() not in {on}:\n    sys.path.insert(0, f())\nassert g()"));
    keeps("process-state", &format!("{IMPORTS}{}", lacking("sys.path")));
    stays("process-state", &format!("{IMPORTS}{}", lacking("FOLDERS")));
    keeps("process-state", &told("", "str(ROOT / 'tests')"));
    keeps("process-state", &told("sys.path.insert(0, str(Path(f()) / 'tools'))", "str(ROOT / 'tools')"));
    stays("process-state", &told("sys.path.insert(0, str(Path(f()) / 'lib'))", "str(ROOT / 'tools')"));
}

#[test]
fn a_fixture_that_goes_through_the_whole_environment_sees_to_it() {
    let told = |goes: &str| {
        let conftest = format!(
            "import os\n@pytest.fixture(autouse=True)\ndef no_settings(monkeypatch):\n    for key in {goes}:\n        monkeypatch.delenv(key)\n"
        );
        let source = format!("{IMPORTS}{}", test("os.environ['SHOP_A'] = '1'\nassert f()"));
        found(&source, &conftest, false).iter().any(|one| one.starts_with("process-state"))
    };
    assert!(!told("list(os.environ.keys())"));
    assert!(told("NAMES.keys()"));
}

#[test]
fn a_conftest_that_is_spoken_of_and_not_there_may_take_back() {
    let naming = Naming::default();
    let body = "def test_a_is_kept():\n    os.environ['A'] = '1'\n    assert f()\n";
    let source = |comment: &str| format!("import os\n# {comment}\n{body}");
    let told =
        |comment: &str| check(&source(comment), About::alone(&naming)).iter().any(|one| one.rule.id == "process-state");
    assert!(told("see the settings"));
    assert!(!told("conftest.py sets it anew"));
}
