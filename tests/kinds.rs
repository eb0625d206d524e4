//! Tests of every kind that pytest knows, in one process or several: the ledger credits each of them, and after a batch it
//! says what a full rerun says.

use crate::program::stderr;
use crate::shop::{Shop, agree};

const APP: &str = "\
\"\"\"Numbers.

>>> double(2)
4
\"\"\"


def double(n):
    if n < 0:
        return -double(-n)
    return n * 2


def grade(points):
    if points > 90:
        return 'a'
    elif points > 50:
        return 'b'
    return 'c'


async def fetch(name):
    if name == 'nothing':
        raise LookupError(name)
    return name.upper()


class Cart:
    def __init__(self):
        self.items = []

    def add(self, item):
        if item in self.items:
            return False
        self.items.append(item)
        return True

    def clear(self):
        self.items = []
";

const TESTS: &str = "\
import unittest

import pytest

from app.numbers import Cart, double, fetch, grade


@pytest.mark.parametrize('points, expect', [(95, 'a'), (60, 'b')], ids=['best [of::all]', 'ä b|run'])
def test_grade(points, expect):
    assert grade(points) == expect


class TestCart:
    @pytest.fixture(autouse=True)
    def cart(self):
        self.cart = Cart()

    @pytest.mark.parametrize('item', [1, 'x/y', None])
    def test_add(self, item):
        assert self.cart.add(item)

    class TestTwice:
        def test_again(self):
            cart = Cart()
            assert cart.add(1) and not cart.add(1)


class Doubles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cart = Cart()

    def test_double(self):
        for n in (1, -1):
            with self.subTest(n=n):
                self.assertEqual(double(n), 2 * n)


class Fetching(unittest.IsolatedAsyncioTestCase):
    async def test_fetch(self):
        self.assertEqual(await fetch('a'), 'A')
";

fn project(addopts: &str) -> Shop {
    Shop::of(&[
        ("pytest.ini", &format!("[pytest]\npythonpath = .\naddopts = --doctest-modules {addopts}\n")),
        (".coveragerc", "[run]\nsource = app\nbranch = true\nrelative_files = true\n"),
        ("app/__init__.py", ""),
        ("app/numbers.py", APP),
        ("tests/test_numbers.py", TESTS),
    ])
}

/// Each kind of test by its id, after an edit of what it runs.
const EDITS: &[(&str, &str, &str)] = &[
    ("        return 'b'", "        points = 0\n        return 'b'", "tests/test_numbers.py::test_grade[\\xe4 b|run]"),
    ("        self.items.append(item)", "        self.items += [item]", "tests/test_numbers.py"),
    (
        "        return -double(-n)",
        "        n = -n\n        return -double(n)",
        "tests/test_numbers.py::Doubles::test_double",
    ),
    (
        "    return name.upper()",
        "    name = name.upper()\n    return name",
        "tests/test_numbers.py::Fetching::test_fetch",
    ),
];

fn every_kind(addopts: &str) {
    let shop = project(addopts);
    shop.says(&["run", "--all", "--trust"], 0);
    agree(&shop.ledger(), &shop.truth(), "at first");
    for (old, new, test) in EDITS {
        shop.edit("app/numbers.py", old, new);
        let open = &shop.ledger()["app/numbers.py"].open;
        assert!(!open.is_empty(), "{new} is open");
        shop.says(&["run", test], 0);
        // Other tests may have run the same function; where none has, there is nothing to run.
        let others = shop.lacuna(&["run", "--affected"]);
        assert!(matches!(others.status.code(), Some(0 | 3)), "{}", stderr(&others));
        agree(&shop.ledger(), &shop.truth(), &format!("after {test} ran again"));
    }
}

#[test]
fn parametrized_class_unittest_async_and_doctest_ids_are_credited() {
    every_kind("");
}

#[test]
fn tests_on_several_workers_are_credited() {
    every_kind("-n 2");
}

#[test]
fn a_doctest_that_is_rerun_by_its_id_replaces_its_own_lines_alone() {
    let shop = project("");
    shop.says(&["run", "--all", "--trust"], 0);
    let before = shop.ledger();
    let run = shop.lacuna(&["run", "app/numbers.py::app.numbers"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    agree(&shop.ledger(), &before, "after the doctest ran again");
}

#[test]
fn cases_come_and_go_with_their_function() {
    let test = |cases: &str| {
        format!(
            "import pytest\nfrom app.numbers import grade\n\n@pytest.mark.parametrize('points', [{cases}])\n\
             def test_points(points):\n    assert grade(points)\n"
        )
    };
    let shop = project("");
    shop.says(&["run", "--all", "--trust"], 0);
    // A new function of which one case ran has others that never did.
    shop.write("tests/test_points.py", &test("95, 60, 10"));
    shop.says(&["run", "tests/test_points.py::test_points[95]"], 0);
    shop.says(&["run", "--affected"], 0);
    agree(&shop.ledger(), &shop.truth(), "after all its cases ran");
    assert_eq!(shop.lacuna(&["run", "--affected"]).status.code(), Some(3), "nothing is left");
    // A case that is gone covers nothing.
    shop.write("tests/test_points.py", &test("95, 60"));
    shop.says(&["run", "--affected"], 0);
    // Its line is not lost until the others of the file have shown that they don't run it.
    assert_eq!(shop.ledger()["app/numbers.py"].open, [19]);
    shop.says(&["run", "--affected"], 0);
    agree(&shop.ledger(), &shop.truth(), "after a case was taken away");
}

const CHILD: &str = "\
import sys


def main(words):
    if words:
        return len(words)
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
";

const PARENT: &str = "\
import subprocess
import sys

import pytest


@pytest.mark.parametrize('words, code', [(['a'], 1), ([], 0)])
def test_main(words, code):
    assert subprocess.run([sys.executable, '-m', 'app.main', *words]).returncode == code
";

#[test]
fn trap_12_what_runs_in_subprocesses_is_measured_and_leaves_no_files() {
    let shop = Shop::of(&[
        ("pytest.ini", "[pytest]\npythonpath = .\n"),
        (".coveragerc", "[run]\nsource = app\nbranch = true\nrelative_files = true\npatch = subprocess\n"),
        ("app/__init__.py", ""),
        ("app/main.py", CHILD),
        ("tests/test_main.py", PARENT),
        ("tests/test_other.py", "from app.main import main\n\ndef test_other():\n    assert main([]) == 0\n"),
    ]);
    shop.says(&["run", "--all", "--trust"], 0);
    let truth = shop.truth();
    agree(&shop.ledger(), &truth, "at first");
    shop.says(&["run", "tests/test_other.py"], 0);
    agree(&shop.ledger(), &truth, "after a test that starts no process");
    shop.says(&["run", "tests/test_main.py"], 0);
    agree(&shop.ledger(), &truth, "after those that do");
    let stray = std::fs::read_dir(shop.root()).unwrap().flatten();
    let stray: Vec<_> = stray.filter(|file| file.file_name().to_string_lossy().starts_with(".coverage.")).collect();
    assert!(stray.is_empty(), "{stray:?}");
}
