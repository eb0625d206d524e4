//! Test files that are renamed or moved: their tests keep what is known of them, if the content proves which file it is.

use crate::program::stderr;
use crate::shop::{Shop, agree};

const CONFIG: &str =
    "[tool.pytest.ini_options]\npythonpath = ['.']\n[tool.coverage.run]\nsource = ['app']\nbranch = true\n";

const APP: &str = "\
def grade(points):
    if points > 90:
        return 'a'
    return 'b'


def rare(n):
    return -n
";

const TESTS: &str = "\
import random

import pytest

from app.calc import grade


@pytest.mark.parametrize('points', [95, 10])
def test_grade(points):
    assert grade(points) in 'ab'


class TestGrade:
    def test_best(self):
        assert grade(91) == 'a'


def test_fails():
    assert grade(1) == 'a'
";

/// A project whose one test file was measured by lacuna.
fn measured() -> Shop {
    let rare = "from app.calc import rare\n\n\ndef test_rare():\n    assert rare(1) == -1\n";
    let shop = Shop::of(&[
        ("pyproject.toml", CONFIG),
        ("app/__init__.py", ""),
        ("app/calc.py", APP),
        ("tests/test_calc.py", TESTS),
        ("tests/test_rare.py", rare),
    ]);
    shop.says(&["run", "--all", "--trust"], 1);
    shop
}

fn move_to(shop: &Shop, path: &str) {
    shop.write(path, &shop.read("tests/test_calc.py"));
    shop.remove("tests/test_calc.py");
}

/// The tests that ran a line.
fn who(shop: &Shop, line: &str) -> Vec<String> {
    let found = shop.json(&["who", line, "--format", "json"], 0);
    found["tests"].as_array().unwrap().iter().map(|test| test["test"].as_str().unwrap().to_owned()).collect()
}

fn affected(shop: &Shop, code: i32) -> Vec<String> {
    let plan = shop.json(&["plan", "--affected", "--format", "json"], code);
    let tests = plan["affected"]["tests"].as_array().unwrap();
    tests.iter().map(|test| test["test"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_test_file_that_is_moved_keeps_its_coverage_its_history_and_asks_for_no_run() {
    let shop = measured();
    let before = shop.ledger();
    move_to(&shop, "tests/unit/test_grades.py");
    let report = shop.lacuna(&["report"]);
    let note = "tests/unit/test_grades.py: was tests/test_calc.py: its tests keep what is known of them";
    assert!(stderr(&report).contains(note), "{}", stderr(&report));
    assert_eq!(stderr(&shop.lacuna(&["report"])), "");
    agree(&shop.ledger(), &before, "after the move");
    let tests = who(&shop, "app/calc.py:3");
    assert_eq!(tests, ["tests/unit/test_grades.py::TestGrade::test_best", "tests/unit/test_grades.py::test_grade[95]"]);
    assert_eq!(affected(&shop, 3), [""; 0]);
    // What failed under its old id is known to have failed under the new one, and passes now.
    shop.edit("tests/unit/test_grades.py", "grade(1) == 'a'", "grade(1) == 'b'");
    let run = shop.json(&["run", "tests/unit/test_grades.py", "--format", "json"], 0);
    assert!(run["gains"].as_array().is_none_or(Vec::is_empty), "none of them is new: {run}");
    let broken = shop.json(&["flaky", "--format", "json"], 0);
    assert_eq!(broken[0]["id"], "tests/unit/test_grades.py::test_fails");
    agree(&shop.ledger(), &shop.truth(), "after a run of the moved file");
}

#[test]
fn the_only_test_file_is_followed_as_any_other() {
    let shop = Shop::of(&[
        ("pyproject.toml", CONFIG),
        ("app/__init__.py", ""),
        ("app/calc.py", APP),
        ("tests/test_calc.py", TESTS),
    ]);
    shop.says(&["run", "--all", "--trust"], 1);
    let before = shop.ledger();
    move_to(&shop, "tests/test_grades.py");
    agree(&shop.ledger(), &before, "after the move");
    assert_eq!(affected(&shop, 3), [""; 0]);
    let tests = who(&shop, "app/calc.py:3");
    assert_eq!(tests, ["tests/test_grades.py::TestGrade::test_best", "tests/test_grades.py::test_grade[95]"]);
}

#[test]
fn a_test_file_that_is_moved_and_edited_runs_what_was_edited_and_nothing_else() {
    let shop = measured();
    move_to(&shop, "tests/test_grades.py");
    shop.edit("tests/test_grades.py", "grade(91) == 'a'", "grade(92) == 'a'");
    shop.write(
        "tests/test_grades.py",
        &format!("{}\n\ndef test_new():\n    pass\n", shop.read("tests/test_grades.py")),
    );
    let ids = ["TestGrade::test_best", "test_fails", "test_new"].map(|name| format!("tests/test_grades.py::{name}"));
    assert_eq!(affected(&shop, 0), ids);
    shop.says(&["run", "--affected"], 1);
    agree(&shop.ledger(), &shop.truth(), "after its affected tests ran");
}

#[test]
fn where_two_files_have_the_tests_of_one_that_is_gone_both_are_named_and_neither_is_it() {
    let shop = measured();
    shop.write("tests/test_copy.py", TESTS);
    move_to(&shop, "tests/test_grades.py");
    let said = stderr(&shop.lacuna(&["report"]));
    assert!(
        said.contains("tests/test_calc.py: is gone, and tests/test_copy.py and tests/test_grades.py have"),
        "{said}"
    );
    assert_eq!(who(&shop, "app/calc.py:3"), [""; 0]);
    shop.says(&["run", "--affected"], 1);
    agree(&shop.ledger(), &shop.truth(), "after both ran");
    assert!(!stderr(&shop.lacuna(&["report"])).contains("test_copy"));
}

#[test]
fn a_test_file_that_is_measured_itself_is_followed_with_its_tests() {
    let shop = Shop::of(&[
        ("pyproject.toml", &CONFIG.replace("['app']", "['.']")),
        ("app/__init__.py", ""),
        ("app/calc.py", APP),
        ("tests/test_calc.py", TESTS),
    ]);
    shop.says(&["run", "--all", "--trust"], 1);
    move_to(&shop, "tests/test_grades.py");
    let calc = shop.ledger()["app/calc.py"].covered.clone();
    assert_eq!(calc, [1, 2, 3, 4, 7]);
    assert_eq!(affected(&shop, 3), [""; 0]);
    agree(&shop.ledger(), &shop.truth(), "after the move");
}

#[test]
fn a_moved_test_file_of_inherited_tests_is_the_same_file() {
    let tests = "from app.calc import grade, rare\n\n\nclass Mixin:\n    points = 95\n\n    def test_grade(self):\n        \
                 assert grade(self.points) in 'ab'\n\n    def test_rare(self):\n        assert rare(1) == -1\n\n\n\
                 class TestBest(Mixin):\n    pass\n\n\nclass TestOther(Mixin):\n    points = 10\n";
    let shop = Shop::of(&[
        ("pyproject.toml", CONFIG),
        ("app/__init__.py", ""),
        ("app/calc.py", APP),
        ("tests/test_calc.py", tests),
        ("tests/test_one.py", "def test_one():\n    assert 1\n"),
    ]);
    shop.says(&["run", "--all", "--trust"], 0);
    let before = shop.json(&["report", "--format", "json"], 0);
    move_to(&shop, "tests/test_grades.py");
    let after = shop.json(&["report", "--format", "json"], 0);
    assert_eq!(after["files"], before["files"]);
    assert!(affected(&shop, 3).is_empty());
}
