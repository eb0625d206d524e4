//! The index of tests beside pytest's own collection: what it lists, when it asks pytest again, what it gives to pytest.

use crate::place::Place;
use crate::program::{stderr, stdout};
use crate::shop::Shop;
use std::collections::BTreeSet;

/// What pytest itself collects.
fn truth(shop: &Shop) -> BTreeSet<String> {
    let output = shop.python(&["pytest", "-p", "no:cacheprovider", "--collect-only", "-q"]);
    stdout(&output)
        .lines()
        .filter(|line| line.contains("::") && !line.starts_with("ERROR"))
        .map(str::to_owned)
        .collect()
}

/// What lacuna lists: the tests, and those of them that pytest has not confirmed.
fn listed(shop: &Shop, arguments: &[&str]) -> (BTreeSet<String>, BTreeSet<String>) {
    let said = shop.says(&[&["tests"], arguments].concat(), 0);
    let (mut all, mut open) = (BTreeSet::new(), BTreeSet::new());
    for line in said.lines() {
        let id = line.strip_suffix("  # ◌ unconfirmed");
        open.extend(id.map(str::to_owned));
        all.insert(id.unwrap_or(line).to_owned());
    }
    (all, open)
}

fn check(shop: &Shop, arguments: &[&str]) {
    let (all, open) = listed(shop, arguments);
    let truth = truth(shop);
    assert!(!truth.is_empty());
    assert_eq!(all, truth);
    assert_eq!(open, BTreeSet::new());
}

#[test]
fn after_a_collection_the_index_is_what_pytest_collects_from_the_sample() {
    let shop = Shop::bare();
    let (before, open) = listed(&shop, &[]);
    assert_eq!(before, open, "nothing is confirmed before");
    let functions = |ids: &BTreeSet<String>| -> BTreeSet<String> {
        ids.iter().map(|id| id.split('[').next().unwrap_or(id).to_owned()).collect()
    };
    assert_eq!(functions(&before), functions(&truth(&shop)), "by the sources alone");
    check(&shop, &["--collect", "--trust"]);
    check(&shop, &[]);
}

/// Everything in which the source of a file and what pytest collects from it can differ.
const ODD: &[(&str, &str)] = &[
    (
        "pytest.ini",
        "[pytest]\npythonpath = .\ntestpaths = tests src\nnorecursedirs = old .*\n\
         addopts = --doctest-modules -m 'not slow' --ignore=tests/left\nmarkers = slow\n",
    ),
    ("conftest.py", "collect_ignore = ['tests/test_ignored.py']\n"),
    (
        "tests/conftest.py",
        "import sys\ncollect_ignore = ['test_gone.py']\nif sys.version_info > (3, 0):\n    \
         collect_ignore.append('test_old_python.py')\n\ndef pytest_generate_tests(metafunc):\n    \
         if 'made' in metafunc.fixturenames:\n        metafunc.parametrize('made', ['a b', 'c::d'])\n",
    ),
    ("tests/__init__.py", ""),
    ("tests/test_gone.py", "def test_a(): pass\n"),
    ("tests/test_old_python.py", "def test_a(): pass\n"),
    ("tests/left/test_left.py", "def test_a(): pass\n"),
    ("tests/old/test_old.py", "def test_a(): pass\n"),
    ("examples/test_example.py", "def test_a(): pass\n"),
    ("tests/base.py", "class Shared:\n    def test_shared(self): pass\n\nCASES = ['x', 'y[1]']\n"),
    (
        "tests/test_odd.py",
        "import unittest\nimport pytest\nfrom tests.base import CASES, Shared\n\n\
         class TestHeir(Shared):\n    def test_own(self): pass\n\n\
         class TestMaker:\n    def __init__(self): pass\n    def test_never(self): pass\n\n\
         class TestOff:\n    __test__ = False\n    def test_never(self): pass\n\n\
         class Old(unittest.TestCase):\n    def test_b(self): pass\n    def test_a(self): pass\n\n\
         @pytest.mark.parametrize('case', CASES)\ndef test_cases(case): pass\n\n\
         @pytest.mark.parametrize('n', [1, 2])\nclass TestBoth:\n    class TestInner:\n        \
         @pytest.mark.parametrize('m', ['p-q'])\n        def test_in(self, n, m): pass\n\n\
         def test_made(made): pass\n\n@pytest.mark.slow\ndef test_slow(): pass\n\n\
         if CASES:\n    def test_conditional(): pass\n",
    ),
    ("tests/test_skipped.py", "import pytest\npytest.skip('no', allow_module_level=True)\n\ndef test_a(): pass\n"),
    ("tests/test_words.txt", ">>> 1 + 1\n2\n"),
    (".gitignore", "generated/\n"),
    ("tests/generated/test_generated.py", "def test_a(): pass\n"),
    ("src/maths.py", "def add(a, b):\n    \"\"\"\n    >>> add(1, 2)\n    3\n    \"\"\"\n    return a + b\n"),
    ("src/plain.py", "def sub(a, b):\n    return a - b\n"),
];

#[test]
fn after_a_collection_the_index_is_what_pytest_collects_whatever_the_rules() {
    let shop = Shop::of(ODD);
    assert!(
        std::process::Command::new("git").args(["init", "-q"]).current_dir(shop.root()).status().unwrap().success()
    );
    let (before, _) = listed(&shop, &[]);
    let of = |file: &str| before.iter().filter(|id| id.starts_with(&format!("{file}::"))).count();
    for file in ["tests/test_gone.py", "tests/left/test_left.py", "tests/old/test_old.py", "examples/test_example.py"] {
        assert_eq!(of(file), 0, "{file} is not collected, and the source says so: {before:?}");
    }
    assert_eq!(of("tests/test_odd.py"), 8, "{before:?}");
    check(&shop, &["--collect", "--trust"]);
    // A file that pytest can't import is named, and the others are confirmed all the same.
    shop.write("tests/test_broken.py", "import nothing_like_it\n\ndef test_a(): pass\n");
    let output = shop.lacuna(&["tests", "--collect"]);
    assert!(
        stderr(&output).contains("tests/test_broken.py: pytest can't collect it: ModuleNotFoundError"),
        "{}",
        stderr(&output)
    );
    assert!(
        stdout(&output)
            .lines()
            .filter(|line| line.contains("unconfirmed"))
            .eq(["tests/test_broken.py::test_a  # ◌ unconfirmed"])
    );
}

#[test]
fn only_what_changed_is_collected_again() {
    let shop = Shop::of(&[
        ("pytest.ini", "[pytest]\npythonpath = .\n"),
        ("app.py", "X = 1\n"),
        ("tests/conftest.py", ""),
        ("tests/cases.py", "CASES = [1]\n"),
    ]);
    let log = shop.outside("imported");
    let module =
        |body: &str| format!("import app\nopen({:?}, 'a').write(__name__ + ' ')\n{body}", log.to_str().unwrap());
    shop.write(
        "tests/test_a.py",
        &module("import pytest\nfrom cases import CASES\n@pytest.mark.parametrize('x', CASES)\ndef test_a(x): pass\n"),
    );
    shop.write("tests/test_b.py", &module("def test_b(): pass\n"));
    let collect = |expect: &str| {
        let _ = std::fs::remove_file(&log);
        check_all(&shop);
        let imported = std::fs::read_to_string(&log).unwrap_or_default();
        assert_eq!(imported.trim(), expect);
    };
    fn check_all(shop: &Shop) {
        let (_, open) = listed(shop, &["--collect", "--trust"]);
        assert_eq!(open, BTreeSet::new());
    }
    collect("test_a test_b");
    collect("");
    shop.edit("tests/test_b.py", "def test_b(): pass", "def test_c(): pass");
    collect("test_b");
    shop.edit("tests/cases.py", "[1]", "[1, 2]");
    assert_eq!(listed(&shop, &[]).1.len(), 1, "the cases of the other module are in doubt");
    collect("test_a");
    // What a source under test says is not looked at: that would ask for every test at every edit.
    shop.edit("app.py", "1", "2");
    collect("");
    shop.edit("tests/conftest.py", "", "# nothing\n");
    collect("test_a test_b");
    shop.write("tests/test_d.py", "def test_d(): pass\n");
    shop.remove("tests/test_b.py");
    collect("");
    let (all, _) = listed(&shop, &[]);
    let expect = ["tests/test_a.py::test_a[1]", "tests/test_a.py::test_a[2]", "tests/test_d.py::test_d"];
    assert_eq!(all.iter().map(String::as_str).collect::<Vec<_>>(), expect);
}

#[test]
fn nothing_is_collected_before_consent() {
    let shop = Shop::of(&[("tests/test_a.py", "open('ran', 'w')\n\ndef test_a(): pass\n")]);
    let output = shop.lacuna(&["tests", "--collect"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(stderr(&output).contains("not trusted yet"), "{}", stderr(&output));
    assert_eq!(stdout(&output), "tests/test_a.py::test_a  # ◌ unconfirmed\n");
    assert!(!shop.root().join("ran").exists());
}

#[test]
fn an_id_that_pytest_has_not_confirmed_is_not_given_to_it() {
    let cases = |list: &str| {
        format!("import pytest\n\n@pytest.mark.parametrize('x', {list})\ndef test_x(x): pass\n\ndef test_y(): pass\n")
    };
    let shop = Shop::of(&[("tests/test_a.py", &cases("[1, 2, 3]")), ("tests/test_b.py", "def test_z(): pass\n")]);
    listed(&shop, &["--collect", "--trust"]);
    let plan = |id: &str, expect: &str| assert_eq!(shop.says(&["plan", id, "tests/test_b.py"], 0), expect, "{id}");
    let b = "pytest tests/test_b.py -v  # 1 test\n";
    plan("tests/test_a.py::test_x[2]", &format!("pytest 'tests/test_a.py::test_x[2]' -v  # 1 test\n{b}"));
    shop.write("tests/test_a.py", &cases("[1, 7]"));
    let plain = "pytest tests/test_a.py::test_x -v";
    plan("tests/test_a.py::test_x[1]", &format!("{plain}  # 1 test, not confirmed: nothing else of it runs\n{b}"));
    // Of the function only what was asked for runs, and what is gone is said to be.
    let run = |ids: &[&str], code: i32| {
        let output = shop.lacuna(&[&["run"], ids].concat());
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        stderr(&output)
    };
    let said = run(&["tests/test_a.py::test_x[1]", "tests/test_a.py::test_x[3]", "tests/test_a.py::test_y"], 0);
    assert!(said.contains("✓ tests/test_a.py::test_x[1]") && said.contains("✓ tests/test_a.py::test_y"), "{said}");
    assert!(!said.contains("test_x[7]") && said.contains("1 of 3 tests that were asked for did not run"), "{said}");
}

#[test]
fn on_the_screen_pytest_collects_what_changed_and_gives_way_to_a_run() {
    let config = "[tool.pytest.ini_options]\npythonpath = ['.']\n";
    let place = Place::new(&[("pyproject.toml", config)]);
    let tests = |body: &str| {
        let mark = place.beside("collected");
        format!("import pytest\nopen({:?}, 'a').write('x')\n\n{body}", mark.to_str().unwrap())
    };
    let collected = || std::fs::metadata(place.beside("collected")).map_or(0, |mark| mark.len());
    place.write("tests/test_a.py", tests("@pytest.mark.parametrize('x', [1, 2])\ndef test_a(x): pass\n"));
    place.write("tests/test_b.py", tests("def test_b(): pass\n"));
    // Nothing of the project runs before consent.
    let mut screen = place.screen(&[]);
    screen.see("2 tests ◌");
    assert_eq!(collected(), 0);
    screen.press("q");
    assert_eq!(screen.ends_soon(), (0, None));
    let mut screen = place.screen(&["--trust"]);
    screen.wait("three tests, all confirmed", |text| text.contains("3 tests") && !text.contains('◌'));
    assert_eq!(collected(), 2);
    // A case more is found after a save, and the other file is left alone.
    place.write("tests/test_a.py", tests("@pytest.mark.parametrize('x', [1, 2, 3])\ndef test_a(x): pass\n"));
    screen.wait("four tests, all confirmed", |text| text.contains("4 tests") && !text.contains('◌'));
    assert_eq!(collected(), 3);
    // A collection that never ends is in nobody's way.
    place.write("tests/test_c.py", "import time\nwhile True: time.sleep(0.1)\n\ndef test_c(): pass\n");
    screen.see("◐ collecting");
    screen.press("K");
    screen.see("▸-k");
    screen.press("test_a and 3");
    screen.see("1/5");
    screen.press("\r");
    screen.see("enter runs it");
    screen.press("\r");
    screen.see("✓ 1/1");
    screen.see("◐ collecting");
    screen.press("c");
    screen.see("the collection is being cancelled");
    screen.wait("no collection", |text| !text.contains("◐ collecting"));
    screen.press("q");
    assert_eq!(screen.ends_soon(), (0, None));
}
