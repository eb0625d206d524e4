//! The tests that an edit affects, with real pytest: exactly those that ran it, in batches that settle everything.

use crate::program::{stderr, stdout};
use crate::shop::{Shop, agree};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const MONEY: &str = "shop/common/money.py";

/// A copy of the sample with a baseline that lacuna measured itself.
fn measured() -> Shop {
    let shop = Shop::bare();
    shop.says(&["run", "--all", "--trust"], 1);
    // The flaky test of the sample fails at first; what failed runs again after any change.
    shop
}

/// The affected tests, each with its kinds of reasons.
type Affected = BTreeMap<String, BTreeSet<String>>;

fn affected(shop: &Shop, code: i32) -> Affected {
    let plan = shop.json(&["plan", "--affected", "--format", "json"], code);
    let tests = plan["affected"]["tests"].as_array().unwrap();
    let kinds = |test: &Value| {
        let reasons = test["reasons"].as_array().unwrap().iter();
        reasons.map(|reason| reason["kind"].as_str().unwrap().to_owned()).collect()
    };
    tests.iter().map(|test| (test["test"].as_str().unwrap().to_owned(), kinds(test))).collect()
}

/// The tests with a reason of this kind.
fn with(found: &Affected, kind: &str) -> Vec<String> {
    found.iter().filter(|(_, kinds)| kinds.contains(kind)).map(|(test, _)| test.clone()).collect()
}

/// The tests that ran lines of a file, by the contexts of coverage.py itself.
fn ran(shop: &Shop, path: &str, from: &str, to: &str) -> Vec<String> {
    let place = |words: &str| shop.read(path).lines().position(|line| line.contains(words)).unwrap() as u64 + 1;
    let lines = place(from)..=place(to);
    let json = shop.outside("contexts.json");
    shop.measure(&shop.outside("ignored.json"), &[]);
    let output = shop.python(&["coverage", "json", "-q", "--show-contexts", "-o", json.to_str().unwrap()]);
    assert!(output.status.success(), "{}", stderr(&output));
    let report: Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    let contexts = report["files"][path]["contexts"].as_object().unwrap();
    let of_lines = contexts.iter().filter(|(line, _)| lines.contains(&line.parse().unwrap()));
    let tests: BTreeSet<String> = of_lines
        .flat_map(|(_, tests)| tests.as_array().unwrap())
        .filter_map(|context| Some(context.as_str().unwrap().rsplit_once('|')?.0.to_owned()))
        .collect();
    tests.into_iter().collect()
}

#[test]
fn an_edited_function_affects_exactly_the_tests_that_ran_it_and_running_them_leaves_nothing_stale() {
    let shop = measured();
    assert_eq!(affected(&shop, 3), BTreeMap::new());
    let nothing = shop.lacuna(&["run", "--affected"]);
    assert!(stderr(&nothing).contains("nothing changed since it was measured"), "{}", stderr(&nothing));

    // Neither a comment nor a docstring makes anything stale.
    shop.edit(MONEY, "        whole = sum(weights)\n", "        # All of them.\n        whole = sum(weights)\n");
    assert_eq!(affected(&shop, 3), BTreeMap::new());

    let expect = ran(&shop, MONEY, "whole = sum(weights)", "return [Money(share");
    assert!(!expect.is_empty());
    shop.edit(MONEY, "if whole <= 0:", "if whole < 1:");
    let found = affected(&shop, 0);
    assert_eq!(with(&found, "function"), expect);
    let others: Vec<&String> = found.keys().filter(|test| !expect.contains(test)).collect();
    assert!(others.iter().all(|test| found[*test].iter().eq(["failed"])), "{found:?}");

    // The plan as it is printed can be given to a shell: what is no command is a comment.
    let text = shop.says(&["plan", "--affected"], 0);
    assert!(text.lines().all(|line| line.starts_with("pytest ") || line.trim_start().starts_with('#')), "{text}");
    assert!(text.contains("ran Money.allocate in shop/common/money.py, which changed"), "{text}");

    let output = shop.lacuna(&["run", "--affected"]);
    assert!(stdout(&output).contains("### File:"), "{}", stderr(&output));
    assert!(shop.ledger().values().all(|file| file.open.is_empty()), "something is still open");
    agree(&shop.ledger(), &shop.truth(), "after the affected tests");
    assert_eq!(affected(&shop, 3), BTreeMap::new());
}

#[test]
fn new_tests_changed_tests_and_tests_below_a_changed_fixture_are_affected_and_deleted_ones_are_not() {
    let shop = measured();
    let tests = "tests/unit/common/test_money.py";
    let text = shop.read(tests);
    let more = "\n\ndef test_nothing_is_false():\n    assert not Money(0)\n";
    shop.write(tests, &format!("{}{more}", text.replace("shares = Money(1000)", "shares = Money(1001)")));
    let found = affected(&shop, 0);
    assert_eq!(with(&found, "new"), [format!("{tests}::test_nothing_is_false")]);
    assert_eq!(with(&found, "own code"), [format!("{tests}::TestAllocate::test_no_cent_is_lost")]);
    let out = shop.says(&["plan", "--affected"], 0);
    assert!(out.contains("1 new test"), "{out}");

    // What is gone can't run.
    shop.edit(tests, "    def test_no_cent_is_lost(self):", "    def test_every_cent_is_there(self):");
    let found = affected(&shop, 0);
    assert!(!found.contains_key(&format!("{tests}::TestAllocate::test_no_cent_is_lost")), "{found:?}");
    assert!(found.contains_key(&format!("{tests}::TestAllocate::test_every_cent_is_there")), "{found:?}");
    shop.write(tests, &text);
    assert_eq!(affected(&shop, 3), BTreeMap::new());

    shop.edit("tests/conftest.py", "stock=200,", "stock=300,");
    let found = affected(&shop, 0);
    let below = with(&found, "conftest");
    assert!(!below.is_empty() && below.iter().all(|test| !test.starts_with(tests)), "{below:?}");
    assert!(below.iter().any(|test| test.starts_with("tests/integration/")), "{below:?}");
    shop.lacuna(&["run", "--affected"]);
    assert_eq!(affected(&shop, 3), BTreeMap::new());
}

#[test]
fn a_changed_constant_affects_the_tests_of_the_code_that_uses_it_wherever_it_stands() {
    let config = "[tool.pytest.ini_options]\npythonpath = ['.']\n[tool.coverage.run]\nsource = ['app']\n";
    let shop = Shop::of(&[
        ("pyproject.toml", config),
        ("app/__init__.py", ""),
        ("app/rates.py", "RATE = 2\nOTHER = 3\n"),
        (
            "app/tax.py",
            "from app.rates import OTHER, RATE\n\n\ndef tax(n):\n    return n * RATE\n\n\ndef fee(n):\n    return n * OTHER\n",
        ),
        (
            "tests/test_tax.py",
            "from app.tax import fee, tax\n\n\ndef test_tax():\n    assert tax(1)\n\n\ndef test_fee():\n    assert fee(1)\n",
        ),
        (
            "tests/test_rate.py",
            "from app import rates\n\n\ndef test_rate():\n    assert rates.RATE\n\n\ndef test_other():\n    assert rates.OTHER\n",
        ),
    ]);
    shop.says(&["run", "--all", "--trust"], 0);
    shop.edit("app/rates.py", "RATE = 2", "RATE = 4");
    let found = affected(&shop, 0);
    assert_eq!(found.keys().collect::<Vec<_>>(), ["tests/test_rate.py::test_rate", "tests/test_tax.py::test_tax"]);
    assert!(found.values().all(|kinds| kinds.iter().eq(["name"])), "{found:?}");
    // Nor does a constant beside the function: it is the function that names it.
    shop.edit("app/tax.py", "from app.rates import OTHER, RATE\n", "from app.rates import OTHER, RATE\n\nSPARE = 1\n");
    assert_eq!(affected(&shop, 0), found);
    shop.says(&["run", "--affected"], 0);
    assert_eq!(affected(&shop, 3), BTreeMap::new());
    assert!(shop.ledger().values().all(|file| file.open.is_empty()));
}

#[test]
fn what_a_shared_fixture_uses_affects_all_of_its_tests_though_it_ran_for_the_first_alone() {
    let config = "[tool.pytest.ini_options]\npythonpath = ['.']\n[tool.coverage.run]\nsource = ['app']\n";
    let conftest = "import pytest\n\nfrom app.base import Base\n\n\n@pytest.fixture(scope='session')\ndef base():\n    return Base(1)\n";
    let shop = Shop::of(&[
        ("pyproject.toml", config),
        ("app/__init__.py", ""),
        ("app/base.py", "class Base:\n    def __init__(self, size):\n        self.size = size\n"),
        ("tests/conftest.py", conftest),
        (
            "tests/test_base.py",
            "def test_one(base):\n    assert base.size\n\n\ndef test_two(base):\n    assert base.size\n\n\ndef test_none():\n    pass\n",
        ),
    ]);
    shop.says(&["run", "--all", "--trust"], 0);
    let both = ["tests/test_base.py::test_one", "tests/test_base.py::test_two"];
    shop.edit("app/base.py", "self.size = size", "self.size = size + 1");
    assert_eq!(affected(&shop, 0).into_keys().collect::<Vec<_>>(), both);
    shop.says(&["run", "--affected"], 0);
    shop.edit("tests/conftest.py", "Base(1)", "Base(2)");
    assert_eq!(affected(&shop, 0).into_keys().collect::<Vec<_>>(), both);
}

#[test]
fn without_contexts_the_tests_are_guessed_by_names_and_imports_and_that_is_said() {
    let shop = Shop::bare();
    let report = shop.root().join("coverage.json");
    shop.measure(&report, &[]);
    shop.says(&["report"], 0);
    assert_eq!(affected(&shop, 3), BTreeMap::new());
    shop.edit(MONEY, "if whole <= 0:", "if whole < 1:");
    let output = shop.lacuna(&["plan", "--affected"]);
    assert!(stderr(&output).contains("guessed by names and imports"), "{}", stderr(&output));
    let found = affected(&shop, 0);
    assert_eq!(with(&found, "guess").len(), found.len());
    assert!(found.keys().any(|test| test.starts_with("tests/unit/common/test_money.py::")), "{found:?}");
}

#[test]
fn who_runs_a_line_and_which_tests_are_nearest_to_one_that_nobody_runs() {
    let config = "[tool.pytest.ini_options]\npythonpath = ['.']\n[tool.coverage.run]\nsource = ['app']\n";
    let shop = Shop::of(&[
        ("pyproject.toml", config),
        ("app/__init__.py", ""),
        (
            "app/calc.py",
            "def add(a, b):\n    if a < 0:\n        return b\n    return a + b\n\n\ndef twice(a):\n    return a * 2\n\n\ndef half(a):\n    return a / 2\n",
        ),
        (
            "app/use.py",
            "from app.calc import half\n\n\ndef use(a, deep=False):\n    if deep:\n        return half(a)\n    return a\n",
        ),
        (
            "tests/test_calc.py",
            "from app.calc import add, twice\n\n\ndef test_add():\n    assert add(1, 2) == 3\n\n\ndef test_twice():\n    assert twice(2) == 4\n",
        ),
        ("tests/test_use.py", "from app.use import use\n\n\ndef test_use():\n    assert use(1) == 1\n"),
    ]);
    shop.says(&["run", "--all", "--trust"], 0);
    let who = |line: &str| shop.json(&["who", line, "--format", "json"], 0);
    let names = |tests: &Value, key: &str| -> Vec<String> {
        tests.as_array().unwrap().iter().map(|test| test[key].as_str().unwrap().to_owned()).collect()
    };
    let covered = who("app/calc.py:4");
    assert_eq!((covered["state"].as_str(), covered["function"].as_str()), (Some("covered"), Some("add")));
    assert_eq!(names(&covered["tests"], "test"), ["tests/test_calc.py::test_add"]);
    let test = &covered["tests"][0];
    assert_eq!((test["outcome"].as_str(), test["line"].as_u64()), (Some("passed"), Some(4)));

    let gap = who("app/calc.py:3");
    assert_eq!(
        names(&gap["nearest"], "test"),
        ["tests/test_calc.py::test_add", "tests/test_calc.py::test_twice", "tests/test_use.py::test_use"][..2]
    );
    assert_eq!(names(&gap["nearest"], "why"), ["function", "sibling"]);
    let called = who("app/calc.py:12");
    assert_eq!(names(&called["nearest"], "why"), ["sibling", "sibling", "caller"]);
    assert_eq!(called["nearest"][2]["words"], "ran use in app/use.py, which calls it");

    let text = shop.says(&["who", "app/calc.py:3"], 0);
    assert!(text.starts_with("app/calc.py:3 in add: missed, run by no test\n"), "{text}");
    assert!(text.contains("tests/test_calc.py::test_add  # ran add · ✓"), "{text}");
    // Of very many, the nearest ones are named.
    let many = "import pytest\nfrom app.calc import twice\n\n\n@pytest.mark.parametrize('a', range(30))\ndef test_many(a):\n    assert twice(a) == a * 2\n";
    shop.write("tests/test_many.py", many);
    shop.says(&["run", "--all"], 0);
    let text = shop.says(&["who", "app/calc.py:12"], 0);
    assert_eq!(text.lines().count(), 2 + 20 + 1, "{text}");
    assert!(text.ends_with("\n  and 12 more, further away (--format json names them all)\n"), "{text}");
    assert_eq!(who("app/calc.py:12")["nearest"].as_array().unwrap().len(), 32);
    for wrong in ["app/calc.py", "app/calc.py:0", "app/calc.py:x", "app/calc.py:99", "app/gone.py:1"] {
        assert_eq!(shop.lacuna(&["who", wrong]).status.code(), Some(2), "{wrong}");
    }
}

#[test]
fn figures_of_files_that_affected_tests_ran_are_carried_until_these_ran_again() {
    let shop = Shop::of(&[
        ("pyproject.toml", "[tool.pytest.ini_options]\npythonpath = ['.']\n[tool.coverage.run]\nsource = ['app']\n"),
        ("app/__init__.py", ""),
        ("app/one.py", "from app.two import step\n\n\ndef first(n):\n    return step(n > 0)\n"),
        ("app/two.py", "def step(up):\n    if up:\n        return 1\n    return -1\n"),
        ("app/three.py", "def other():\n    return 3\n"),
        ("tests/test_one.py", "from app.one import first\n\n\ndef test_first():\n    assert first(2)\n"),
        ("tests/test_three.py", "from app.three import other\n\n\ndef test_other():\n    assert other() == 3\n"),
    ]);
    shop.says(&["run", "--all", "--trust"], 0);
    let kinds = || {
        let report = shop.json(&["report", "--format", "json"], 0);
        let kind = |file: &Value| (file["path"].as_str().unwrap().to_owned(), file["coverage"]["kind"].clone());
        let files: BTreeMap<String, Value> = report["files"].as_array().unwrap().iter().map(kind).collect();
        let kinds = ["app/one.py", "app/two.py", "app/three.py"].map(|path| files[path].as_str().unwrap().to_owned());
        (kinds.join(" "), report["total"]["kind"].as_str().unwrap().to_owned())
    };
    let of = |files: &str, total: &str| (files.to_owned(), total.to_owned());
    assert_eq!(kinds(), of("measured measured measured", "measured"));
    // The file of `step` did not change, and a rerun takes its other way.
    shop.edit("app/one.py", "n > 0", "n < 0");
    assert_eq!(kinds(), of("carried carried measured", "carried"));
    shop.edit("app/one.py", "n < 0", "n > 0");
    shop.edit("app/one.py", "def first(n):", "def first(n):  # as it was");
    assert_eq!(kinds().0, "carried measured measured", "a comment changes nothing that runs");
    shop.edit("app/one.py", "n > 0", "n < 0");
    shop.says(&["run", "--affected"], 0);
    assert_eq!(kinds(), of("measured measured measured", "measured"));
    agree(&shop.ledger(), &shop.truth(), "after the affected tests ran");
    // A test that was edited may run other lines as well; one that is new is no part of what was measured.
    shop.edit("tests/test_three.py", "other() == 3", "other() > 2");
    shop.write("tests/test_new.py", "from app.two import step\n\n\ndef test_step():\n    assert step(True)\n");
    assert_eq!(kinds(), of("measured measured carried", "carried"));
}

/// A project of one function with two ways through it, and these files.
fn walking(files: &[(&str, &str)]) -> Shop {
    let own = [
        ("pyproject.toml", "[tool.pytest.ini_options]\npythonpath = ['.']\n[tool.coverage.run]\nsource = ['app']\n"),
        ("app/__init__.py", ""),
        ("app/calc.py", "def walk(n):\n    if n > 1:\n        return n + 0\n    return n\n"),
    ];
    Shop::of(&[&own, files].concat())
}

#[test]
fn a_test_that_pytest_does_not_find_is_asked_for_once() {
    let tests = "from app.calc import walk\n\n\nclass Base:\n    def check(self, n):\n        assert walk(n) == n\n\n\n\
                 class TestWalk(Base):\n    def test_old(self):\n        self.check(1)\n";
    let shop = walking(&[("tests/test_calc.py", tests)]);
    shop.says(&["run", "--all", "--trust"], 0);
    // The class may inherit the old name, as far as its text tells.
    shop.edit("tests/test_calc.py", "test_old(self):\n        self.check(1)", "test_new(self):\n        self.check(2)");
    let asked: Vec<String> = affected(&shop, 0).into_keys().collect();
    assert_eq!(asked, ["new", "old"].map(|name| format!("tests/test_calc.py::TestWalk::test_{name}")));
    shop.says(&["run", "--affected"], 0);
    assert_eq!(affected(&shop, 3), BTreeMap::new());
    agree(&shop.ledger(), &shop.truth(), "after the renamed test ran");
    // Where nothing else is asked for, that much is known as well.
    shop.edit("tests/test_calc.py", "test_new(self):", "check_new(self):");
    shop.lacuna(&["run", "--affected"]);
    assert_eq!(affected(&shop, 3), BTreeMap::new());
    let file = &shop.ledger()["app/calc.py"];
    assert_eq!((&file.covered[..], &file.missed[..]), (&[1][..], &[2, 3, 4][..]));
}

#[test]
fn a_test_that_runs_alone_in_place_of_its_file_takes_nothing_from_the_others() {
    let tests = "from app.calc import walk\nfrom tests.base import Base\n\n\nclass TestWalk(Base):\n    \
                 def test_one(self):\n        self.check(1)\n\n    def test_two(self):\n        self.check(2)\n";
    let shop = walking(&[
        ("tests/__init__.py", ""),
        (
            "tests/base.py",
            "from app.calc import walk\n\n\nclass Base:\n    def check(self, n):\n        assert walk(n) == n\n",
        ),
        ("tests/test_calc.py", tests),
    ]);
    shop.says(&["run", "--all", "--trust"], 0);
    // What the class has is pytest's word against that of its text, which has changed since.
    shop.edit("tests/test_calc.py", "class TestWalk", "# Both ways.\nclass TestWalk");
    let one = "tests/test_calc.py::TestWalk::test_one";
    let plan = shop.json(&["plan", one, "--format", "json"], 0);
    assert_eq!(plan["cycles"][0][0]["command"], "pytest tests/test_calc.py -v", "{plan:#}");
    shop.says(&["run", one], 0);
    agree(&shop.ledger(), &shop.truth(), "after one of two tests ran");
}

#[test]
fn a_file_beside_python_affects_whom_the_settings_name_until_they_ran_and_nobody_when_it_is_new_to_them() {
    let config = "[tool.pytest.ini_options]\npythonpath = ['.']\n[tool.coverage.run]\nsource = ['app']\n";
    let shop = Shop::of(&[
        ("pyproject.toml", config),
        ("lacuna.toml", "[concerns]\n'app/**/*.html' = 'app/views.py'\n'data/*.json' = 'tests/test_data.py'\n"),
        ("app/__init__.py", ""),
        ("app/views.py", "def page(n):\n    return n\n"),
        ("app/other.py", "def other(n):\n    return n\n"),
        ("app/templates/page.html", "<p>"),
        ("data/one.json", "1"),
        (
            "tests/test_views.py",
            "from app.other import other\nfrom app.views import page\n\n\ndef test_page():\n    assert page(1)\n\n\n\
             def test_other():\n    assert other(1)\n",
        ),
        ("tests/test_data.py", "def test_data():\n    assert True\n"),
    ]);
    shop.says(&["run", "--all", "--trust"], 0);
    assert_eq!(affected(&shop, 3), BTreeMap::new());
    shop.edit("app/templates/page.html", "<p>", "<b>");
    let found = affected(&shop, 0);
    assert_eq!(with(&found, "other file"), ["tests/test_views.py::test_page"]);
    assert_eq!(found.len(), 1, "{found:?}");
    shop.write("data/two.json", "2");
    let found = affected(&shop, 0);
    assert_eq!(with(&found, "other file"), ["tests/test_data.py::test_data", "tests/test_views.py::test_page"]);
    shop.says(&["run", "--affected"], 0);
    assert_eq!(affected(&shop, 3), BTreeMap::new());
    // What the settings name anew was never another way.
    shop.write("lacuna.toml", "[concerns]\n'app/**/*.html' = 'app/other.py'\n");
    assert_eq!(affected(&shop, 3), BTreeMap::new());
}

#[test]
fn a_class_of_tests_that_another_file_imports_is_collected_there_as_well_and_affected_as_everywhere() {
    let config = "[tool.pytest.ini_options]\npythonpath = ['.']\n[tool.coverage.run]\nsource = ['app']\n";
    let shop = Shop::of(&[
        ("pyproject.toml", config),
        ("app/__init__.py", ""),
        ("app/half.py", "def half(x):\n    return x / 2\n"),
        ("tests/__init__.py", ""),
        (
            "tests/test_one.py",
            "from app.half import half\n\n\nclass TestOne:\n    def test_half(self):\n        assert half(4) == 2\n\n    \
             def test_apart(self):\n        assert True\n",
        ),
        (
            "tests/test_two.py",
            "from tests.test_one import TestOne\n\n\nclass TestTwo(TestOne):\n    def test_two(self):\n        assert True\n",
        ),
    ]);
    shop.says(&["run", "--all", "--trust"], 0);
    shop.edit("app/half.py", "x / 2", "x / 3");
    let found = affected(&shop, 0);
    let half = [
        "tests/test_one.py::TestOne::test_half",
        "tests/test_two.py::TestOne::test_half",
        "tests/test_two.py::TestTwo::test_half",
    ];
    assert_eq!(with(&found, "function"), half);
    assert_eq!(found.len(), 3, "nothing is taken for deleted: {found:?}");
    shop.edit("app/half.py", "x / 3", "x / 2");
    shop.edit("tests/test_one.py", "assert True", "assert 1");
    let found = affected(&shop, 0);
    assert_eq!(found.keys().map(|test| test.rsplit_once("::").unwrap().1).collect::<Vec<_>>(), ["test_apart"; 3]);
}

#[test]
fn an_inherited_test_that_runs_alone_takes_nothing_from_the_others_of_its_file() {
    let checks = "from app.calc import walk\n\n\nclass Checks:\n    def test_low(self):\n        assert walk(1) == 1\n\n    \
                  def test_high(self):\n        assert walk(2) == 2\n";
    let shop = walking(&[
        ("tests/__init__.py", ""),
        ("tests/checks.py", checks),
        ("tests/test_calc.py", "from tests.checks import Checks\n\n\nclass TestWalk(Checks):\n    pass\n"),
    ]);
    shop.says(&["run", "--all", "--trust"], 0);
    shop.says(&["run", "tests/test_calc.py::TestWalk::test_low"], 0);
    agree(&shop.ledger(), &shop.truth(), "after one inherited test ran again");
    assert_eq!(affected(&shop, 3), BTreeMap::new());
}

#[test]
fn new_lines_of_a_file_that_no_test_ran_are_settled_by_one_test_that_imports_it() {
    let config = "[tool.pytest.ini_options]\npythonpath = ['.']\n[tool.coverage.run]\nsource = ['app']\n";
    let shop = Shop::of(&[
        ("pyproject.toml", config),
        ("app/__init__.py", "from app.version import VERSION\n"),
        ("app/version.py", "VERSION = '1'\n"),
        ("app/tool.py", "def unused():\n    return 1\n"),
        ("tests/test_a.py", "def test_nothing():\n    assert True\n"),
        (
            "tests/test_b.py",
            "from app import tool\n\n\ndef test_there():\n    assert tool.unused\n\n\ndef test_here():\n    assert tool\n",
        ),
    ]);
    shop.says(&["run", "--all", "--trust"], 0);
    let open = |shop: &Shop| shop.ledger().values().map(|file| file.open.len()).sum::<usize>();
    // By way of the package, and the package itself, which is imported by whoever imports a module of it.
    for (path, more) in [("app/version.py", "if not VERSION:\n    VERSION = '2'\n"), ("app/__init__.py", "OTHER = 1\n")]
    {
        shop.write(path, &format!("{}{more}", shop.read(path)));
        assert!(open(&shop) > 0, "{path}");
        let found = affected(&shop, 0);
        assert_eq!(with(&found, "new lines"), ["tests/test_b.py::test_there"], "{path}: {found:?}");
        shop.says(&["run", "--affected"], 0);
        assert_eq!(open(&shop), 0, "{path}");
        agree(&shop.ledger(), &shop.truth(), path);
        assert_eq!(affected(&shop, 3), BTreeMap::new());
    }
    // Where nobody comes by, what is new in functions is missed, and nothing has to run.
    shop.write("app/tool.py", "def unused():\n    return 2\n\n\ndef more():\n    return 3\n");
    let found = affected(&shop, 0);
    assert_eq!(with(&found, "new lines"), ["tests/test_b.py::test_there"], "the new def runs at import: {found:?}");
    shop.says(&["run", "--affected"], 0);
    agree(&shop.ledger(), &shop.truth(), "app/tool.py");
    shop.edit("app/tool.py", "    return 3\n", "    return 4\n");
    assert_eq!(affected(&shop, 3), BTreeMap::new());
    assert_eq!(open(&shop), 0);
}
