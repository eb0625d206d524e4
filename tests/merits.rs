//! What coverage is worth, with real pytest: earned lines, credit of new tests, lines that come and go, kinds.

use crate::shop::Shop;
use serde_json::{Value, json};

const CONFIG: &str = "[tool.pytest.ini_options]\npythonpath = ['.']\n[tool.coverage.run]\nsource = ['app']\n";

const CALC: &str = "\
def add(a, b):
    return a + b


def sub(a, b):
    return a - b


def mul(a, b):
    return a * b


def div(a, b):
    return a / b
";

/// A small package with these files beside it.
fn project(more: &[(&str, &str)]) -> Shop {
    let files = [("pyproject.toml", CONFIG), ("app/__init__.py", ""), ("app/calc.py", CALC)];
    Shop::of(&[&files[..], more].concat())
}

/// One file of the report.
fn file(shop: &Shop, path: &str) -> Value {
    let report = shop.json(&["report", "--format", "json"], 0);
    report["files"].as_array().unwrap().iter().find(|file| file["path"] == path).unwrap().clone()
}

#[test]
fn trap_10_lines_that_only_bad_tests_ran_are_counted_apart() {
    let tests = "\
import pytest
from app.calc import add, div, mul, sub

def same(one, two):
    assert one == two

def test_add():
    same(add(1, 2), 3)

def test_sub():
    assert sub(3, 2) == 2

@pytest.mark.xfail
def test_mul():
    assert mul(3, 2) == 7

def test_div():
    div(1, 2)
";
    let shop = project(&[("tests/test_calc.py", tests)]);
    let out = shop.says(&["run", "--all", "--trust"], 1);
    assert!(out.contains("- Coverage after: 100%\n"), "{out}");
    let calc = file(&shop, "app/calc.py");
    assert_eq!(calc["unearned"], json!({ "lines": 3, "failed": [6], "xfailed": [10], "unasserting": [14] }));
    assert_eq!(
        (&calc["earned"]["part"], &calc["earned"]["whole"], &calc["import_only"]),
        (&json!(1), &json!(4), &json!(4))
    );
    let table = shop.says(&["report"], 0);
    assert!(table.contains("measured; 3 lines only by tests that failed or xfailed or assert nothing"), "{table}");
    // Mended, they earn what they ran: the lines are the same.
    shop.edit("tests/test_calc.py", "assert sub(3, 2) == 2", "assert sub(3, 2) == 1");
    shop.edit("tests/test_calc.py", "    div(1, 2)", "    same(div(4, 2), 2)");
    let run = shop.json(&["run", "tests/test_calc.py", "--format", "json"], 0);
    let change = &run["files"][0];
    assert_eq!((&change["earned_before"]["part"], &change["earned_after"]["part"]), (&json!(1), &json!(3)), "{run}");
    assert_eq!(file(&shop, "app/calc.py")["unearned"]["lines"], 1);
}

#[test]
fn a_helper_of_another_file_is_looked_into_before_a_test_is_said_to_assert_nothing() {
    let helpers = "def same(one, two):\n    assert one == two\n\ndef shown(one):\n    print(one)\n";
    let import = "from app.calc import add, sub\nfrom tests.helpers import same, shown\n\n";
    let tests = "def test_add():\n    same(add(1, 2), 3)\n\ndef test_sub():\n    shown(sub(3, 2))\n";
    let shop = project(&[
        ("tests/__init__.py", ""),
        ("tests/helpers.py", helpers),
        ("tests/test_calc.py", &format!("{import}{tests}")),
    ]);
    shop.says(&["run", "--all", "--trust"], 0);
    assert_eq!(file(&shop, "app/calc.py")["unearned"]["unasserting"], json!([6]));
}

#[test]
fn each_new_test_gets_its_credit() {
    let first = "from app.calc import add\n\ndef test_add():\n    assert add(1, 2) == 3\n";
    let shop = project(&[("tests/test_add.py", first)]);
    shop.says(&["run", "--all", "--trust"], 0);
    let more = "\
from app.calc import add, div, mul, sub

def test_sub_and_mul():
    assert mul(sub(3, 2), 2) == 2

def test_mul():
    assert mul(2, 3) == 6

def test_add_again():
    assert add(2, 3) == 5

def test_div():
    div(1, 2)
";
    shop.write("tests/test_more.py", more);
    let run = shop.json(&["run", "tests/test_more.py", "--format", "json"], 0);
    let gain = |test: &str, alone: &[u32], shared: &[u32], unearned: Option<&str>| {
        let gained = !alone.is_empty() || !shared.is_empty();
        let file = json!({ "path": "app/calc.py", "alone": alone, "shared": shared });
        json!({
            "test": format!("tests/test_more.py::{test}"), "alone": alone.len(), "shared": shared.len(),
            "files": if gained { vec![file] } else { vec![] }, "unearned": unearned,
        })
    };
    let expect = json!([
        gain("test_sub_and_mul", &[6], &[10], None),
        gain("test_mul", &[], &[10], None),
        gain("test_add_again", &[], &[], None),
        gain("test_div", &[14], &[], Some("assert nothing")),
    ]);
    assert_eq!(run["credit"], expect, "{run}");
    assert_eq!(run["gained_nothing"], json!(["tests/test_more.py::test_add_again"]));
    // A new test that ran before is named again when it gains more, and only then.
    let run = shop.json(&["run", "tests/test_more.py", "--format", "json"], 0);
    assert_eq!(run["credit"], json!([]), "{run}");
    shop.write("app/calc.py", &format!("{CALC}\n\ndef half(a):\n    return a / 2\n"));
    shop.edit(
        "tests/test_more.py",
        "    assert add(2, 3) == 5",
        "    from app.calc import half\n    assert half(add(2, 2)) == 2",
    );
    let out = shop.says(&["run", "tests/test_more.py"], 0);
    let credit = "1 new test: 1 line alone, 0 shared\n  tests/test_more.py::test_add_again: gained 1 line alone\n";
    assert!(out.contains(credit), "{out}");
}

/// A package whose function takes one way or the other by what a file outside the project says.
fn moody(shop: &Shop) -> String {
    let mood = shop.outside("mood").display().to_string();
    format!("def level():\n    text = open({mood:?}).read()\n    if text == 'high':\n        return 2\n    return 1\n")
}

#[test]
fn trap_11_what_moves_without_any_change_is_noise_and_no_gain() {
    let test = "from app import mood\n\ndef test_level():\n    assert mood.level()\n";
    let shop = project(&[("tests/test_mood.py", test)]);
    shop.write("app/mood.py", &moody(&shop));
    let mood = |text: &str| std::fs::write(shop.outside("mood"), text).unwrap();
    mood("low");
    shop.says(&["run", "--all", "--trust"], 0);
    assert_eq!(file(&shop, "app/mood.py")["coverage"]["unstable"], 0);
    mood("high");
    let run = shop.json(&["run", "tests/test_mood.py", "--format", "json"], 0);
    let change = &run["files"][0];
    assert_eq!((&change["newly_covered"], &change["lost"]), (&json!([]), &json!([])), "{run}");
    assert_eq!((&change["within_noise"], &change["after"]["unstable"]), (&json!([4, 5]), &json!(2)), "{run}");
    assert_eq!(run["total"]["after"]["unstable"], 2, "{run}");
    assert!(run["reports"][0].as_str().unwrap().contains("% ±2 lines\n"), "{run}");
    assert_eq!(file(&shop, "app/mood.py")["unstable_lines"], json!([4, 5]));
    mood("low");
    let out = shop.says(&["run", "tests/test_mood.py"], 0);
    assert!(out.contains("within noise (unstable lines that came or went): 4 5\n"), "{out}");
    assert!(out.contains("±2 lines unstable") && !out.contains("newly covered") && !out.contains("lost:"), "{out}");
    // A change of a source is no noise, and what moves then is said.
    mood("high");
    shop.edit("tests/test_mood.py", "assert mood.level()", "assert mood.level() == 2");
    shop.edit("app/mood.py", "        return 2\n", "        return 1 + 1\n");
    let run = shop.json(&["run", "tests/test_mood.py", "--format", "json"], 0);
    assert_eq!(run["files"][0]["after"]["unstable"], 0, "{run}");
}

#[test]
fn trap_9_a_cached_body_is_not_lost_and_not_gained_by_the_order_of_the_tests() {
    let cached = "import functools\n\n\n@functools.lru_cache\ndef rate():\n    value = 2\n    return value\n\n\ndef tax(price):\n    return price * rate()\n";
    let tests = "from app import cached\n\ndef test_first():\n    assert cached.tax(1) == 2\n\ndef test_second():\n    assert cached.tax(2) == 4\n";
    let shop = project(&[("app/cached.py", cached), ("tests/test_tax.py", tests)]);
    shop.says(&["run", "--all", "--trust"], 0);
    let whole = file(&shop, "app/cached.py")["covered_lines"].clone();
    for test in ["tests/test_tax.py::test_second", "tests/test_tax.py::test_first", "tests/test_tax.py"] {
        let run = shop.json(&["run", test, "--format", "json"], 0);
        let cached = run["files"].as_array().unwrap().iter().find(|file| file["path"] == "app/cached.py");
        let none = |name: &str| cached.is_none_or(|file| file[name] == json!([]));
        assert!(none("newly_covered") && none("lost"), "{test} {run}");
        assert_eq!(file(&shop, "app/cached.py")["covered_lines"], whole, "{test}");
    }
    // Were the first one's lines gone for good, it would take a rerun of the second to say so.
    let run = shop.json(&["run", "tests/test_tax.py::test_first", "--format", "json"], 0);
    assert_eq!(run["files"], json!([]), "{run}");
}

#[test]
fn what_an_import_no_longer_runs_in_other_files_is_not_covered_by_it() {
    let choose = "from app.wrap import wrap\n\n\ndef choose(func):\n    info = None\n    return wrap(func, info)\n";
    let wrap = "def wrap(func, info):\n    if info is None:\n        func.kind = 'plain'\n    else:\n        func.kind = 'info'\n    return func\n";
    let test = "from app.choose import choose\n\n\n@choose\ndef total():\n    return 2\n\n\ndef test_total():\n    assert total() == 2\n\n\n\
                def test_choose():\n    assert choose(lambda: 1)() == 1\n";
    let shop = project(&[("app/choose.py", choose), ("app/wrap.py", wrap), ("tests/test_choose.py", test)]);
    shop.says(&["run", "--all", "--trust"], 0);
    assert_eq!(file(&shop, "app/wrap.py")["covered_lines"], json!([1, 2, 3, 6]));
    shop.edit("app/choose.py", "info = None", "info = 1");
    shop.says(&["run", "--affected"], 0);
    let after = file(&shop, "app/wrap.py");
    assert_eq!((&after["covered_lines"], &after["missed_lines"]), (&json!([1, 2, 5, 6]), &json!([3])), "{after}");
}

#[test]
fn trap_13_without_contexts_what_a_batch_gives_is_a_lower_bound() {
    let test = "from app.calc import add\n\ndef test_add():\n    assert add(1, 2) == 3\n";
    let more = "from app.calc import sub\n\ndef test_sub():\n    assert sub(1, 2)\n";
    let shop = project(&[("tests/test_add.py", test), ("lacuna.toml", "contexts = false\n")]);
    shop.says(&["run", "--all", "--trust"], 0);
    shop.write("tests/test_sub.py", more);
    let out = shop.says(&["run", "tests/test_sub.py"], 0);
    assert!(out.contains("- Coverage before: 62%\n- Coverage after: 75% (lower bound)\n"), "{out}");
    let calc = file(&shop, "app/calc.py");
    assert_eq!((&calc["coverage"]["kind"], &calc["earned"]), (&json!("lower bound"), &json!(null)));
    assert!(shop.says(&["report"], 0).contains("lower bound"));
}

#[test]
fn trap_25_a_file_that_moved_keeps_what_is_known_of_it() {
    let test = "from app.calc import add\n\ndef test_add():\n    assert add(1, 2) == 3\n";
    let shop = project(&[("tests/test_add.py", test)]);
    shop.says(&["run", "--all", "--trust"], 0);
    let before = file(&shop, "app/calc.py");
    std::fs::rename(shop.root().join("app/calc.py"), shop.root().join("app/sums.py")).unwrap();
    let after = file(&shop, "app/sums.py");
    for name in ["covered_lines", "missed_lines", "coverage", "earned"] {
        assert_eq!(after[name], before[name], "{name}");
    }
    shop.edit("tests/test_add.py", "app.calc import add", "app.sums import add, sub");
    shop.edit("tests/test_add.py", "    assert add(1, 2) == 3\n", "    assert sub(add(1, 2), 1) == 2\n");
    let run = shop.json(&["run", "tests/test_add.py", "--format", "json"], 0);
    let path = &run["files"][0]["path"];
    assert_eq!((path, &run["files"][0]["newly_covered"]), (&json!("app/sums.py"), &json!([6])), "{run}");
    let report = shop.json(&["report", "--format", "json"], 0);
    let paths: Vec<&Value> = report["files"].as_array().unwrap().iter().map(|file| &file["path"]).collect();
    assert!(!paths.contains(&&json!("app/calc.py")), "{paths:?}");
}

#[test]
fn trap_2_a_gate_of_the_whole_suite_does_not_fail_a_subset() {
    let gate = format!("{CONFIG}[tool.coverage.report]\nfail_under = 100\n");
    let addopts = gate.replace("pythonpath", "addopts = '--cov=app --cov-fail-under=100'\npythonpath");
    let test = "from app.calc import add\n\ndef test_add():\n    assert add(1, 2) == 3\n";
    for config in [gate, addopts] {
        let shop = project(&[("pyproject.toml", &config), ("tests/test_add.py", test)]);
        let plain = shop.python(&["pytest", "-q", "-p", "no:cacheprovider", "--cov", "tests/test_add.py"]);
        assert_eq!(plain.status.code(), Some(1), "pytest-cov itself fails a green subset");
        shop.says(&["run", "--trust", "tests/test_add.py"], 0);
    }
}
