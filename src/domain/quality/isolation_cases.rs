//! Tests: what tests leave behind and what takes it back: their own clean-ups, fixtures, set-ups, context managers, processes.

use super::cases::{breaks, found, keeps, stays, test};
use super::{About, Code, Mentions, Required, check};
use crate::domain::python::Naming;
use std::sync::Arc;

/// What the tests of a source import.
pub const IMPORTS: &str = "import os, sys\nimport shop.settings as settings\n";

/// The rule is broken in a test of that body, and no longer where the `conftest.py` has that fixture around every test.
fn kept_by_conftest(rule: &str, body: &str, fixture: &str) {
    let source = format!("{IMPORTS}{}", test(body));
    let is_broken = |conftest: &str| found(&source, conftest, false).iter().any(|found| found.starts_with(rule));
    assert!(is_broken(""), "{rule} is not broken by {body}");
    let conftest = format!("@pytest.fixture(autouse=True)\n{fixture}");
    assert!(!is_broken(&conftest), "{rule} is broken by {body} with {conftest}");
}

#[test]
fn what_a_fixture_writes_it_takes_back() {
    let path = "sys.path.append('x')\nassert f()";
    kept_by_conftest(
        "process-state",
        path,
        "def kept():\n    before = list(sys.path)\n    yield\n    sys.path[:] = before\n",
    );
    kept_by_conftest(
        "process-state",
        "import logging\nlogging.disable(50)\nassert f()",
        "def kept():\n    yield\n    logging.disable(0)\n",
    );
    // In a function of its own, and in one that it calls.
    let inner = "def kept(request):\n    before = sys.modules.copy()\n    def back():\n        sys.modules.clear()\n    request.addfinalizer(back)\n";
    kept_by_conftest("process-state", "sys.modules['x'] = value\nassert f()", inner);
    let called = "def kept():\n    yield\n    put_back()\ndef put_back():\n    sys.path[:] = BEFORE\n";
    kept_by_conftest("process-state", path, called);
    // The same attribute of the object that the class takes it from.
    kept_by_conftest(
        "module-state",
        "settings.LIMIT = 3\nassert f()",
        "def kept():\n    before = module.LIMIT\n    yield\n    module.LIMIT = before\n",
    );
    kept_by_conftest(
        "module-state",
        "settings.LIMIT = 3\nassert f()",
        "def kept():\n    yield\n    context.restore()\n",
    );
}

#[test]
fn what_a_fixture_only_adds_it_does_not_take_back() {
    let is_broken = |body: &str, fixture: &str| {
        let conftest = format!("@pytest.fixture(autouse=True)\n{fixture}");
        let all = found(&format!("{IMPORTS}{}", test(body)), &conftest, false);
        all.iter().any(|found| found.starts_with("process-state"))
    };
    assert!(is_broken("sys.path.append('x')\nassert f()", "def more():\n    sys.path.insert(0, 'lib')\n"));
    assert!(is_broken(
        "sys.path.append('x')\nassert f()",
        "def more(tmp_path):\n    path = tmp_path / 'a'\n    path.clear()\n"
    ));
    assert!(is_broken("sys.modules['x'] = value\nassert f()", "def one():\n    yield\n    del sys.modules['y']\n"));
    assert!(!is_broken("sys.modules['x'] = value\nassert f()", "def one():\n    yield\n    del sys.modules['x']\n"));
}

#[test]
fn tear_downs_take_back() {
    let class = |around: &str, body: &str| {
        format!(
            "{IMPORTS}class TestShop(unittest.TestCase):\n    def test_total_is_kept(self):\n        {body}\n        assert f()\n{around}"
        )
    };
    let moves = "os.chdir('x')";
    breaks("process-state", 5, &class("", moves));
    // What another base does around its tests is not known.
    keeps("process-state", &class("", moves).replace("unittest.TestCase", "Base"));
    breaks(
        "process-state",
        7,
        &format!(
            "{IMPORTS}class Base(unittest.TestCase):\n    pass\n{}",
            class("", moves).replace(IMPORTS, "").replace("unittest.TestCase", "Base")
        ),
    );
    keeps("process-state", &class("", "sys.path.insert(0, os.path.dirname(__file__))"));
    breaks("process-state", 5, &class("", "sys.path.insert(0, 'x')"));
    let naming = Naming::default();
    let about = About { adds_path: true, ..About::alone(&naming) };
    assert!(check(&class("", "sys.path.insert(0, 'x')"), about).iter().all(|one| one.rule.id != "process-state"));
    let set = format!("{IMPORTS}{}", test("os.environ['A'] = '1'\nassert f()"));
    breaks("process-state", 4, &set);
    keeps("process-state", &set.replace("value", "mock_shop_env"));
    let kept = "    def setUp(self):\n        self.addCleanup(setattr, sys, 'path', list(sys.path))\n";
    keeps("process-state", &class(kept, "sys.path.insert(0, 'x')"));
    keeps(
        "process-state",
        &class("", moves).replace("class TestShop", "def setup_module():\n    os.chdir('y')\nclass TestShop"),
    );
    keeps("process-state", &class("    def teardown_method(self):\n        os.chdir(self.before)\n", moves));
    let down =
        "    def tearDown(self):\n        self.leave()\n    def leave(self):\n        sys.path[:] = self.before\n";
    keeps("process-state", &class(down, "sys.path.remove('x')"));
    // The test calls what has it taken back.
    let ordered = "    def swap(self):\n        self.addCleanup(setattr, sys, 'stdin', sys.stdin)\n";
    keeps("process-state", &class(ordered, "self.swap(); sys.stdin = f()"));
    breaks("process-state", 5, &class(ordered, "self.other(); sys.stdin = f()"));
    keeps("process-state", &class("", "self.replaceSysPath([]); sys.path.append('x')"));
}

#[test]
fn a_fixture_that_is_not_known_may_take_back() {
    let of =
        |parameters: &str| format!("{IMPORTS}def test_path({parameters}):\n    sys.path.append('x')\n    assert f()\n");
    breaks("process-state", 4, &of("value, tmp_path"));
    keeps("process-state", &of("value, project_dir"));
    // One that is looked for by its names, and one that is ordered at once.
    let shop = "class Shop: ...\nclass TestShop(unittest.TestCase):\n";
    let write = "    def test_kind(self):\n        Shop.kind = 'x'\n        assert f()\n    def test_other(self):\n        assert Shop.kind\n";
    breaks("module-state", 4, &format!("{shop}{write}"));
    let down = "    def tearDown(self):\n        for name in vars(Shop):\n            delattr(Shop, name)\n";
    keeps("module-state", &format!("{shop}{down}{write}"));
    let ordered = write.replace("= 'x'", "= 'x'; self.addCleanup(delattr, Shop, 'kind')");
    keeps("module-state", &format!("{shop}{ordered}"));
}

#[test]
fn what_is_kept_beside_what_is_put_in_its_place_is_put_back() {
    let swapped = "kept, sys.stdin = sys.stdin, StringIO()\nf()\n";
    breaks("process-state", 6, &format!("{IMPORTS}{}", test(&format!("{swapped}sys.stdin = g()\nassert g()"))));
    keeps("process-state", &format!("{IMPORTS}{}", test(&format!("{swapped}sys.stdin = kept\nassert g()"))));
}

#[test]
fn a_source_that_leaves_itself_out_breaks_nothing() {
    let body = test("sys.path.append('x')\nassert f()");
    breaks("process-state", 4, &format!("import os, sys\nimport pytest\n{body}"));
    for line in [
        "pytest.skip('later', allow_module_level=True)",
        "pytestmark = pytest.mark.skip",
        "pytestmark = [pytest.mark.skip(reason='x')]",
    ] {
        keeps("process-state", &format!("import os, sys\n{line}\n{body}"));
    }
    // What hangs on the machine is run elsewhere.
    let chosen = "if os.name == 'nt':\n    pytest.skip('posix', allow_module_level=True)";
    breaks("process-state", 5, &format!("import os, sys\n{chosen}\n{body}"));
}

#[test]
fn a_setting_is_missed_where_its_module_reads_it() {
    let told = |code: &str| {
        let code = Arc::new(Code::read("shop.settings", "shop/settings.py", code));
        let codes = |name: &str| (name == "shop.settings").then(|| Arc::clone(&code));
        let naming = Naming::default();
        let about = About { codes: Some(&codes), ..About::alone(&naming) };
        let source = format!("{IMPORTS}def test_sign():\n    settings.KEY = 'x'\n    assert f()\n");
        check(&source, about).iter().any(|finding| finding.rule.id == "module-state")
    };
    assert!(told("KEY = 'a'\ndef sign(text):\n    return text + KEY\n"));
    // What a class of an extension is given it may only be told.
    let swapped = |class: &str| {
        let code = Arc::new(Code::read("shop", "shop/__init__.py", "class Cart:\n    price = None\n"));
        let codes = |name: &str| (name == "shop").then(|| Arc::clone(&code));
        let naming = Naming::default();
        let about = About { codes: Some(&codes), ..About::alone(&naming) };
        let source = format!(
            "import shop, _shop\ndef price(cart): ...\ndef test_price():\n    {class}.price = price\n    assert f()\n"
        );
        check(&source, about).iter().any(|finding| finding.rule.id == "module-state")
    };
    assert!(swapped("shop.Cart") && !swapped("_shop.Cart"));
    // The value that it has at first.
    assert!(!told("KEY = 'x'\ndef sign(text):\n    return text + KEY\n"));
    assert!(!told("KEY: str = 'x'\ndef sign(text):\n    return text + KEY\n"));
    assert!(!told("DEFAULT_KEY = 'a'\ndef sign(text):\n    return text + DEFAULT_KEY\n"));
}

#[test]
fn whoever_empties_what_it_reads_does_not_lean_on_others() {
    let source = |begin: &str| {
        let writes = "def test_fill():\n    CACHE['a'] = 1\n    assert f()\n";
        format!("CACHE = {{}}\n{writes}def test_read():\n    {begin}g()\n    assert CACHE['a'] == 1\n")
    };
    breaks("order-dependence", 7, &source(""));
    keeps("order-dependence", &source("CACHE.clear()\n    "));
}

#[test]
fn a_clean_up_may_be_a_function_of_the_test() {
    let body = "def back():\n    del os.environ['A']\nrequest.addfinalizer(back)\nos.environ['A'] = '1'\nassert f()";
    keeps("process-state", &format!("{IMPORTS}{}", test(body)));
    breaks("process-state", 7, &format!("{IMPORTS}{}", test(&body.replace("del os.environ['A']", "g()"))));
    let copied = "before = list(sys.path)\nsys.path.insert(0, 'x')\nf()\nsys.path[:] = before\nassert g()";
    keeps("process-state", &format!("{IMPORTS}{}", test(copied)));
}

#[test]
fn a_context_manager_takes_back_what_it_is_told_of() {
    for body in [
        "with uncached('x'):\n    sys.modules['x'] = value\n    assert f()",
        "kept = Variable('A')\nwith kept:\n    os.environ['A'] = '1'\nassert f()",
        "with resetting_limit():\n    sys.setrecursionlimit(9)\n    assert f()",
    ] {
        keeps("process-state", &format!("{IMPORTS}{}", test(body)));
    }
    breaks(
        "process-state",
        5,
        &format!("{IMPORTS}{}", test("with uncached('y'):\n    sys.modules['x'] = value\n    assert f()")),
    );
    for manager in ["replaced('shop.settings.LIMIT', 2)", "resetting(settings)", "kept(settings, 'LIMIT')"] {
        keeps(
            "module-state",
            &format!("{IMPORTS}{}", test(&format!("with {manager}:\n    settings.LIMIT = 3\n    assert f()"))),
        );
    }
    breaks(
        "module-state",
        5,
        &format!("{IMPORTS}{}", test("with kept(settings, 'SIZE'):\n    settings.LIMIT = 3\n    assert f()")),
    );
}

#[test]
fn another_process_and_a_session_of_pytest_keep_to_themselves() {
    keeps(
        "process-state",
        &format!("{IMPORTS}@run_in_subprocess\n{}", test("sys.meta_path.insert(0, value)\nassert f()")),
    );
    for body in ["os.chdir('x')\nassert f()", "sys.path.insert(0, 'x')\nassert f()"] {
        keeps("process-state", &format!("{IMPORTS}{}", test(body).replace("client", "pytester")));
    }
    breaks("process-state", 4, &format!("{IMPORTS}{}", test("os.umask(0)\nassert f()").replace("client", "pytester")));
}

#[test]
fn what_belongs_to_an_object_that_is_put_back_goes_with_it() {
    let body =
        "before = sys.stderr\ntry:\n    sys.stderr.encoding = None\n    assert f()\nfinally:\n    sys.stderr = before";
    keeps("process-state", &format!("{IMPORTS}{}", test(body)));
    keeps("process-state", &format!("{IMPORTS}@restore_sys\n{}", test("sys.stdin = value\nassert f()")));
    breaks("process-state", 5, &format!("{IMPORTS}@pytest.mark.other\n{}", test("sys.stdin = value\nassert f()")));
}

#[test]
fn what_monkeypatch_has_set_before_it_puts_back() {
    let body = "monkeypatch.setenv('A', '1')\nos.environ['A'] = '2'\nassert f()";
    keeps("process-state", &format!("{IMPORTS}{}", test(body).replace("client", "monkeypatch")));
    breaks(
        "process-state",
        5,
        &format!("{IMPORTS}{}", test(&body.replace("['A']", "['B']")).replace("client", "monkeypatch")),
    );
}

#[test]
fn to_forget_a_module_is_to_import_it_anew() {
    keeps("process-state", &format!("{IMPORTS}{}", test("sys.modules.pop('shop', None)\nassert f()")));
    keeps("process-state", &format!("{IMPORTS}{}", test("sys.modules.pop('shop')\nimport shop\nassert f()")));
    breaks("process-state", 4, &format!("{IMPORTS}{}", test("sys.modules.pop('shop')\nassert f()")));
    let all = "for name in list(sys.modules):\n    sys.modules.pop(name)\n";
    keeps("process-state", &format!("{IMPORTS}{}", test(&format!("{all}shop = import_module('shop')\nassert shop"))));
    stays("process-state", &format!("{IMPORTS}{}", test(&format!("{all}assert f()"))));
}

#[test]
fn to_clean_up_is_to_change_nothing() {
    for body in [
        "before = sys.gettrace()\ntry:\n    f()\nfinally:\n    sys.settrace(before)\nassert g()",
        "os.environ.pop('A', None)\nassert f()",
        "f()\nsys.path.remove('x')\nassert g()",
        "with _test_sys_path():\n    sys.path = ['x']\n    assert f()",
        "with extended_syspath('x'):\n    sys.path.append('x')\n    assert f()",
        "with tempdir() as there:\n    os.chdir(there)\n    assert f()",
    ] {
        keeps("process-state", &format!("{IMPORTS}{}", test(body)));
    }
    breaks("process-state", 4, &format!("{IMPORTS}{}", test("os.environ.pop('A')\nassert f()")));
    stays("process-state", &format!("{IMPORTS}{}", test("os.environ[KEY] = 'a'\nassert f()\nos.environ.pop(OTHER)")));
    keeps("process-state", &format!("{IMPORTS}{}", test("os.environ[KEY] = 'a'\nassert f()\nos.environ.pop(KEY)")));
    breaks(
        "process-state",
        5,
        &format!("{IMPORTS}{}", test("with other():\n    sys.path.append('x')\n    assert f()")),
    );
}

#[test]
fn state_matters_where_another_test_sees_it() {
    let begins = "SEEN = {}\ndef view():\n    SEEN['n'] += 1\ndef test_a_is_seen():\n    SEEN['n'] = 0\n    assert f(view)\ndef test_b_is_seen():\n    SEEN['n'] = 0\n    assert g(view)\n";
    keeps("module-state", begins);
    let full = begins.replace(" = 0\n    assert f", " = 4\n    assert f");
    keeps("module-state", &full);
    // The other one reads it, or calls what does, and writes it not itself.
    breaks("module-state", 5, &full.replace("    SEEN['n'] = 0\n    assert g", "    assert g"));
    breaks("module-state", 5, &full.replace("    SEEN['n'] = 0\n    assert g(view)", "    assert SEEN"));
    keeps("module-state", &full.replace("    SEEN['n'] = 0\n    assert g(view)", "    assert g()"));
    let class = "class Echo:\n    def lost(self):\n        self.d()\ndef test_a_is_lost():\n    Echo.d = f()\n    assert f(Echo)\ndef test_b_is_lost():\n    assert g(Echo)\n";
    breaks("module-state", 5, class);
    keeps("module-state", &class.replace("g(Echo)", "g(Other.d)"));
    keeps("module-state", &class.replace("def test_b_is_lost():\n", "def test_b_is_lost():\n    Echo.d = g()\n"));
}

#[test]
fn what_a_module_imports_is_there_before_any_test() {
    let reload = "from decimal import Decimal\ndef test_it_is_read_anew():\n    global Decimal\n    Decimal = reload()\n    assert f()\ndef test_a_total_is_exact():\n    assert Decimal('1.1')\n";
    keeps("order-dependence", reload);
    breaks("module-state", 4, reload);
    breaks("order-dependence", 7, &reload.replace("from decimal import Decimal\n", "\n"));
}

#[test]
fn a_helper_that_gets_the_test_may_take_back() {
    let body = "os.chdir('a')\nassert f()";
    stays("process-state", &format!("{IMPORTS}{}", test(body)));
    keeps(
        "process-state",
        &format!("{IMPORTS}def test_a(self):\n    keep_folder(self)\n    os.chdir('a')\n    assert f()\n"),
    );
    keeps(
        "process-state",
        &format!("{IMPORTS}def test_a(request):\n    keep_folder(request)\n    os.chdir('a')\n    assert f()\n"),
    );
    let set_up = "class TestA:\n    def setUp(self):\n        keep_folder(self)\n    def test_a(self):\n        os.chdir('a')\n        assert f()\n";
    keeps("process-state", &format!("{IMPORTS}{set_up}"));
    // What only looks at the test orders nothing.
    stays(
        "process-state",
        &format!("{IMPORTS}def test_a(self):\n    print(self)\n    os.chdir('a')\n    assert f()\n"),
    );
}

#[test]
fn a_context_manager_of_the_source_may_take_back() {
    let within = |manager: &str| {
        format!(
            "{IMPORTS}@contextlib.contextmanager\ndef limits():\n{manager}{}",
            test("with limits():\n    os.umask(3)\nassert f()")
        )
    };
    keeps(
        "process-state",
        &within("    before = os.umask(0)\n    try:\n        yield\n    finally:\n        os.umask(before)\n"),
    );
    stays("process-state", &within("    prepare()\n    yield\n"));
    keeps("process-state", &format!("{IMPORTS}{}", test("with own_umask():\n    os.umask(3)\nassert f()")));
}

#[test]
fn a_part_of_a_double_goes_with_it() {
    stays("module-state", &format!("{IMPORTS}{}", test("settings.Limits.CALL = 3\nassert f()")));
    keeps("module-state", &format!("{IMPORTS}{}", test("settings.Limits.return_value = 3\nassert f()")));
    let put = "self.addCleanup(setattr, settings, 'Limits', settings.Limits)\nsettings.Limits = fake()\nsettings.Limits.CALL = 3\nassert f()";
    keeps("module-state", &format!("{IMPORTS}{}", test(put)));
    let patched = format!("{IMPORTS}@patch('shop.settings.Limits')\n{}", test("settings.Limits.CALL = 3\nassert f()"));
    keeps("module-state", &patched);
}

#[test]
fn a_test_that_is_switched_off_leaves_nothing_behind() {
    let off = |mark: &str| format!("{IMPORTS}import pytest\n{mark}\n{}", test("os.chdir('a')\nassert f()"));
    stays("process-state", &off("@pytest.mark.skipif(sys.platform == 'win32', reason='x')"));
    keeps("process-state", &off("@pytest.mark.skip(reason='x')"));
    keeps("process-state", &off("@nottest"));
    keeps("process-state", &off("@pytest.mark.skipif(True, reason='x')"));
    keeps("process-state", &off("@unittest.skip('x')"));
}

#[test]
fn what_is_taken_out_or_reset_is_cleaned_up() {
    let shared = |body: &str| format!("ROWS = {{}}\n{}def test_b():\n    assert ROWS\n", test(body));
    stays("module-state", &shared("ROWS['a'] = 1\nassert f()"));
    let only = "KEPT = []\n".to_owned() + &test("KEPT.append(value)\nassert f()");
    keeps("module-state", &format!("{only}def test_b():\n    KEPT.append(3)\n    assert f()\n"));
    stays("module-state", &format!("{only}def test_b():\n    assert KEPT\n"));
    keeps("module-state", &shared("assert f()\nROWS.pop('a')"));
    stays("module-state", &format!("{IMPORTS}{}", test("settings.Limits.ONE = 3\nassert f()")));
    keeps(
        "module-state",
        &format!("{IMPORTS}{}", test("settings.Limits.ONE = 3\nassert f()\nsettings.Limits.reset()")),
    );
    stays("process-state", &format!("{IMPORTS}{}", test("sys.stdin = value\nassert f()")));
    // pytest takes it back where it captures what is printed.
    keeps("process-state", &format!("{IMPORTS}{}", test("sys.stderr = value\nassert f()")));
    // The very module is put back that the test holds, and what a tear-down calls the class for.
    let module = "from shop import cart\nsys.modules['shop.cart'] = cart\nassert f()";
    keeps("process-state", &format!("{IMPORTS}{}", test(module)));
    stays("process-state", &format!("{IMPORTS}{}", test(&module.replace("shop.cart", "shop.till"))));
    let down = |of: &str| {
        format!(
            "{IMPORTS}class TestTill:\n    def tearDown(self):\n        {of}.put(self.before)\n    def test_a(self):\n        settings.Till.ONE = 3\n        assert f()\n"
        )
    };
    keeps("module-state", &down("settings.Till"));
    stays("module-state", &down("settings.Cart"));
    // Each test begins with nothing.
    let cleared = shared("ROWS.clear()\nROWS['a'] = 1\nassert f()");
    keeps("module-state", &cleared.replace("    assert ROWS", "    ROWS.clear()\n    assert ROWS"));
    // What is written first and put back goes with its items; a default leaves what others say; a module is loaded by hand.
    let moved = "before = sys.argv\nsys.argv = ['a']\nsys.argv[0] = 'b'\nassert f()";
    stays("process-state", &format!("{IMPORTS}{}", test(moved)));
    keeps("process-state", &format!("{IMPORTS}{}", test(&format!("{moved}\nsys.argv = before"))));
    keeps("process-state", &format!("{IMPORTS}{}", test("os.environ.setdefault('A', '1')\nassert f()")));
    let set = |rest: &str| format!("{IMPORTS}{}", test(&format!("os.environ['A'] = '1'\n{rest}")));
    keeps("process-state", &set("client.drop('A')\nassert 'A' not in os.environ"));
    stays("process-state", &set("client.drop('A')\nassert 'B' not in os.environ"));
    keeps("process-state", &set("client.drop()\nfor key in KEYS:\n    assert key not in os.environ"));
    keeps("process-state", &set("assert f()\nfor key in ('A', 'B'):\n    os.environ.pop(key, None)"));
    stays("process-state", &set("assert f()\nfor key in ('B', 'C'):\n    os.environ.pop(key, None)"));
    keeps("process-state", &format!("{IMPORTS}{}", test("sys.last_type = None\nassert f()")));
    keeps("process-state", &format!("{IMPORTS}{}", test("sys._kept = f()\nassert f()")));
    keeps("process-state", &format!("{IMPORTS}{}", test("sys.modules['_test_a'] = value\nassert f()")));
    stays("process-state", &format!("{IMPORTS}{}", test("sys.modules['a'] = value\nassert f()")));
    let loads = |value: &str| format!("{IMPORTS}{}", test(&format!("made = {value}\nsys.modules[spec.name] = made")));
    stays("process-state", &loads("Mock()"));
    keeps("process-state", &loads("importlib.util.module_from_spec(spec)"));
    let captured = test("sys.stderr = value\nassert f()");
    keeps("process-state", &format!("{IMPORTS}@capture_stderr\n{captured}"));
}

#[test]
fn only_what_is_asserted_depends_on_the_order() {
    let reads = |body: &str| format!("ROWS = {{}}\ndef test_b():\n    ROWS['a'] = 1\n    assert f()\n{}", test(body));
    stays("order-dependence", &reads("assert len(ROWS) == 1"));
    stays("order-dependence", &reads("assert f(ROWS['a'])"));
    // What is handed on as a whole may be read elsewhere.
    keeps("order-dependence", &reads("assert f(ROWS)"));
    keeps("order-dependence", &reads("assert f(ROWS.copy())"));
    keeps("order-dependence", &reads("with_row(ROWS)\nself.assertRaises(E, f, ROWS)"));
    keeps("order-dependence", &reads("g(ROWS)\nassert f()"));
    // Another item of it is another matter.
    stays("order-dependence", &reads("assert ROWS['a']"));
    keeps("order-dependence", &reads("assert ROWS['b']"));
}

#[test]
fn what_nobody_misses_is_left_alone() {
    let other = "def test_b():\n    assert settings.total()\n";
    let written = |body: &str| format!("{IMPORTS}import threading\n{}{other}", test(&format!("{body}\nassert f()")));
    for body in ["settings.wide = True", "settings.total = Mock(return_value=1)", "threading.Thread = Mock()"] {
        stays("module-state", &written(body));
    }
    for body in ["threading.daemon = True", "settings._wide = True"] {
        keeps("module-state", &written(body));
    }
    keeps("module-state", &written("settings.wide = True").replace("assert settings", "assert other"));
    keeps(
        "module-state",
        &written("settings.wide = True").replace("  assert settings", "  settings.wide = 0\n    assert settings"),
    );
    for call in ["reset_shop", "settings.defaults"] {
        let resets = format!("def setup_function():\n    {call}()\n");
        keeps("module-state", &format!("{}{resets}", written("settings.wide = True")));
    }
    let body = |value: &str| format!("{IMPORTS}{}", test(&format!("sys.meta_path[:] = {value}\nassert f()")));
    stays("process-state", &body("[one for one in g()]"));
    keeps("process-state", &body("[one for one in sys.meta_path if one is not mine]"));
}

#[test]
fn a_class_that_each_test_resets_hands_nothing_on() {
    let class = |first: &str| {
        format!(
            "class Echo:\n    lost = 0\n    @classmethod\n    def reset(cls):\n        cls.lost = 0\n    def call(self):\n        return self.lost\ndef test_a():\n    Echo.lost = 3\n    assert f(Echo)\ndef test_b():\n    {first}\n    assert g(Echo)\n"
        )
    };
    stays("module-state", &class("Echo.begin()"));
    let own = class("Echo.begin()").replace("return self.lost", "type(self).lost = self.lost + 1");
    keeps("module-state", &own.replace("type(self)", "Echo"));
    stays("module-state", &own.replace("type(self)", "self"));
    let last = "def test_c():\n    try:\n        assert f(Echo)\n    finally:\n        Echo.lost = 3\n";
    keeps("module-state", &format!("{}{last}", class("Echo.begin()")));
    keeps("module-state", &class("Echo.begin()").replace("Echo", "_Echo").replace(".lost = 3", ".lost = 0"));
    keeps("module-state", &class("Echo.reset()"));
    keeps("module-state", &class("Echo.begin()").replace("    Echo.lost = 3", "    Echo.reset()\n    Echo.lost = 3"));
}

#[test]
fn a_slice_only_takes_out_and_a_mock_is_asked_for_the_same_object() {
    let path = |value: &str| format!("{IMPORTS}{}", test(&format!("sys.path = {value}\nassert f()")));
    stays("process-state", &path("['a']"));
    keeps("process-state", &path("sys.path[1:]"));
    let reads = |body: &str| format!("ROWS = {{}}\ndef test_b():\n    ROWS['a'] = 1\n    assert f()\n{}", test(body));
    stays("order-dependence", &reads("self.assertEqual(ROWS, {})"));
    keeps("order-dependence", &reads("client.send.assert_called_with(ROWS, 3)"));
    let helped = |helper: &str| format!("def begin():\n    {helper}\n{}", reads("begin()\nself.assertEqual(ROWS, {})"));
    stays("order-dependence", &helped("other()"));
    keeps("order-dependence", &helped("ROWS['a'] = 2"));
}

#[test]
fn what_else_undoes_it_is_not_told() {
    let writes = "os.environ['A'] = '1'\n";
    let body = |rest: &str| format!("{IMPORTS}{}", test(&format!("{writes}{rest}")));
    breaks("process-state", 4, &body("assert f()"));
    let helper = "def leave():\n    for name in list(os.environ):\n        drop(name)\n";
    keeps("process-state", &format!("{}{helper}", body("try:\n    assert f()\nfinally:\n    leave()")));
    keeps("process-state", &body("try:\n    assert f()\nfinally:\n    leave()"));
    breaks(
        "process-state",
        4,
        &format!("{}def leave():\n    pass\n", body("try:\n    assert f()\nfinally:\n    leave()")),
    );
    keeps("process-state", &body("if os.fork() == 0:\n    os._exit(f())\nassert f()"));
    keeps("process-state", &format!("{IMPORTS}@apart\n{}", test("os.chdir('x')\nassert f()")));
    keeps("process-state", &format!("{IMPORTS}@pytest.mark.forked\n{}", test("os.chdir('x')\nassert f()")));
    breaks(
        "process-state",
        6,
        &format!("{IMPORTS}slow = pytest.mark.slow\n@slow\n{}", test("os.chdir('x')\nassert f()")),
    );
    let swaps = "held = sys.stdin\nsys.stdin = f()\nf().stop()\n";
    keeps("process-state", &format!("{IMPORTS}{}", test(&format!("{swaps}assert sys.stdin is held"))));
    breaks("process-state", 5, &format!("{IMPORTS}{}", test(&format!("{swaps}assert f() is held"))));
}

#[test]
fn what_nobody_else_speaks_of_meets_nobody() {
    let naming = Naming::default();
    let is_told = |source: &str, others: &str| {
        let mut mentions = Mentions::default();
        mentions.add(source, true);
        mentions.add(others, !others.contains("getenv"));
        let mentions = Arc::new(mentions);
        let mentioning = || Arc::clone(&mentions);
        let about = About { mentions: Some(&mentioning), ..About::alone(&naming) };
        check(source, about).iter().any(|one| one.rule.id == "process-state")
    };
    let told = |body: &str, others: &str| {
        is_told(&format!("{IMPORTS}def test_a():\n    {}\n", body.replace('\n', "\n    ")), others)
    };
    let set = "os.environ['CART_KIND'] = 'a'\nassert f('CART_KIND')";
    assert!(!told(set, ""));
    assert!(told(set, "KIND = os.environ['CART_KIND']"));
    assert!(!told("os.environ['CART_KIND'] = 'a'\nassert f('cartKind')", ""));
    // What it says once, a package may read.
    assert!(told("os.environ['CART_KIND'] = 'a'\nassert f()", ""));
    let alike = "def test_b():\n    os.environ['BACKUPS'] = '0'\n";
    assert!(!told("os.environ['BACKUPS'] = '0'\nassert f()", &alike.repeat(3)));
    assert!(told("os.environ['BACKUPS'] = '1'\nassert f()", &alike.repeat(3)));
    // A file that is not there may see to all of it.
    assert!(!told("os.environ['PAGES'] = '1'\nassert f()", "# See conftest."));
    let mut mentions = Mentions::default();
    mentions.add("# See conftest.", true);
    assert!(mentions.lacks_conftest());
    mentions.has_conftest();
    assert!(!mentions.lacks_conftest());
    // What it is taken for anyway.
    let pages = |value: &str| told(&format!("os.environ['PAGES'] = {value}\nassert f()"), "getenv('PAGES', '1')");
    assert!(!pages("'1'") && pages("'2'"));
    let module = "sys.modules['fake_cart'] = make()\nassert f()";
    assert!(!told(module, ""));
    assert!(told(module, "import fake_cart"));
    let added = "sys.path.insert(0, str(ROOT / 'site'))\nassert f()";
    assert!(told(added, "sys.path.insert(0, str(ROOT / 'lib'))"));
    assert!(!told(added, "sys.path.insert(0, str(ROOT / 'site'))"));
    assert!(told("sys.path.insert(0, str(TMP))\nassert f()", "sys.path.insert(0, str(ROOT))"));
}

#[test]
fn what_is_made_as_the_module_makes_it_is_as_it_was() {
    let of = |value: &str| {
        format!(
            "CART = Cart(3)\ndef test_a():\n    global CART\n    CART = Cart({value})\n    assert f()\ndef test_b():\n    assert CART.total\n"
        )
    };
    stays("module-state", &of("4"));
    keeps("module-state", &of("3"));
    keeps("process-state", &format!("{IMPORTS}{}", test("os.chdir(ROOT_DIR)\nassert f()")));
    keeps(
        "process-state",
        &format!("{IMPORTS}{}", test("there = os.path.abspath(os.curdir)\nos.chdir(there)\nassert f()")),
    );
    let taken = "f()\nassert os.environ.pop('CART') == 'a'";
    keeps("process-state", &format!("{IMPORTS}{}", test(taken)));
    let loaded =
        "made = util.module_from_spec(spec)\nsys.modules['cart'] = spec.loader.exec_module(made) or made\nassert f()";
    keeps("process-state", &format!("{IMPORTS}{}", test(loaded)));
}

#[test]
fn what_is_to_be_refused_is_not_written_for_others() {
    let read = "class Shop: ...\ndef test_a():\n    assert Shop.kind == 'a'\n";
    let write = |body: &str| format!("{read}def test_b():\n    {body}\n    assert f()\n");
    stays("order-dependence", &write("Shop.kind = 'b'"));
    keeps("order-dependence", &write("with pytest.raises(AttributeError):\n        Shop.kind = 'b'"));
    let moves = |body: &str| format!("{IMPORTS}{}", test(body));
    stays("process-state", &moves("os.chdir('nowhere')\nassert f()"));
    keeps("process-state", &moves("with pytest.raises(OSError):\n    os.chdir('nowhere')"));
}

#[test]
fn what_only_counts_or_is_meant_to_go_on_is_left_alone() {
    let counts = |last: &str| {
        format!(
            "NUMBER = [0]\ndef test_a():\n    NUMBER[0] += 1\n    assert f()\ndef test_b():\n    make(NUMBER[0])\n    assert {last}\n"
        )
    };
    stays("module-state", &counts("NUMBER[0] == 0"));
    keeps("module-state", &counts("f()"));
    let follows =
        "STATE = {}\ndef test_a():\n    STATE['id'] = f()\n    assert f()\ndef test_b():\n    assert STATE['id']\n";
    stays("module-state", follows);
    stays("order-dependence", follows);
    let said = format!("\"\"\"The tests run in file\norder.\"\"\"\n{follows}");
    keeps("module-state", &said);
    keeps("order-dependence", &said);
    // What cannot be read does not run.
    keeps("module-state", &format!("{follows}def test_c(:\n"));
}

#[test]
fn what_a_helper_of_another_file_takes_away_behind_it_is_taken_back() {
    let of = |helper: &str| {
        let body = format!("os.environ[MODE] = '1'\nassert f()\n{helper}()");
        format!("{IMPORTS}from tests.config import {helper}\ndef test_a():\n    {}\n", body.replace('\n', "\n    "))
    };
    keeps("process-state", &of("delete_environment_variables"));
    stays("process-state", &of("delete_orders"));
    // What the module itself sets first, a test only puts back.
    let first = |value: &str| {
        format!(
            "{IMPORTS}os.environ['MODE'] = '1'\ndef test_a():\n    f()\n    os.environ['MODE'] = {value}\n    assert f()\n"
        )
    };
    keeps("process-state", &first("'1'"));
    stays("process-state", &first("'2'"));
    // A server that begins anew for each test.
    let served = |server: &str| {
        format!(
            "SEEN = []\ndef serve():\n    {server}\ndef test_a():\n    SEEN.append(f())\n    assert f()\ndef test_b():\n    assert SEEN[0]\n"
        )
    };
    stays("order-dependence", &served("pass"));
    keeps("order-dependence", &served("SEEN.clear()"));
}

#[test]
fn a_class_that_a_test_derives_has_its_own_values() {
    let source = |other: &str| {
        format!(
            "class Fake:\n    rows = []\n    def get(self): return self.rows\ndef test_a():\n    Fake.rows = [1]\n    assert f(Fake)\n{other}"
        )
    };
    stays("module-state", &source("def test_b():\n    assert f(Fake)\n"));
    let derived = "    class Empty(Fake):\n        rows = []\n";
    keeps("module-state", &source(&format!("def test_b():\n{derived}    assert f(Empty)\n")));
    let nested = "        class Empty(Fake):\n            rows = []\n";
    keeps(
        "module-state",
        &source(&format!("def test_b():\n    def go():\n{nested}        return f(Empty)\n    assert go()\n")),
    );
}

#[test]
fn a_mark_of_a_plugin_that_is_not_required_depends_on_nothing() {
    let naming = Naming::default();
    let source = "import pytest\n@pytest.mark.dependency(depends=['test_a'])\ndef test_b():\n    assert f()\n";
    let tells = |required: &Required| {
        let about = About { required: Some(required), ..About::alone(&naming) };
        check(source, about).iter().any(|found| found.rule.id == "order-dependence")
    };
    stays("order-dependence", source);
    let mut required = Required::default();
    assert!(!tells(&required));
    required.add("dev = [\"pytest_dependency>=0.5\"]");
    assert!(tells(&required));
}

#[test]
fn what_is_as_it_was_at_first_or_about_that_is_left_to_nobody() {
    let state = |value: &str| {
        format!(
            "STATE = {{'open': True, 'rows': 0}}\ndef test_a():\n    STATE['open'] = {value}\n    assert f()\ndef test_b():\n    assert STATE['open']\n"
        )
    };
    keeps("module-state", &state("True"));
    stays("module-state", &state("'no'"));
    keeps("module-state", &state("'no'").replace("test_a", "test_polluter_closes"));
    let main = |count: usize| {
        let calls = ["test_a", "test_b", "test_c"].map(|name| format!("    {name}()\n"));
        let calls: String = calls.into_iter().take(count).collect();
        format!("{}def test_c():\n    assert f()\ndef main():\n{calls}", state("'no'"))
    };
    keeps("module-state", &main(3));
    stays("module-state", &main(2));
}
