//! What contexts and coverage cost: measured when a person asks for it, kept, shown, and never a part of what is known.

use crate::program::{stderr, stdout};
use crate::shop::Shop;
use serde_json::Value;

const CONFIG: &str = "[tool.pytest.ini_options]\npythonpath = ['.']\n[tool.coverage.run]\nsource = ['app']\n";

/// A project in which measuring costs something: a loop of many lines.
fn project() -> Shop {
    let app = "def walk(n):\n    total = 0\n    for step in range(n):\n        total += step\n    return total\n";
    let tests = "from app.calc import walk\n\n\ndef test_walk():\n    assert walk(200000) > 0\n\n\ndef test_short():\n    \
                 assert walk(3) == 3\n";
    Shop::of(&[
        ("pyproject.toml", CONFIG),
        ("app/__init__.py", ""),
        ("app/calc.py", app),
        ("tests/test_calc.py", tests),
    ])
}

#[test]
fn trap_13_what_contexts_cost_is_measured_on_demand_and_shown() {
    let shop = project();
    let config = |format: &[&str]| shop.lacuna(&[&["config"], format].concat());
    assert_eq!(stderr(&config(&[])), "");
    // Nobody has said yet that this project may run anything.
    let refused = shop.lacuna(&["run", "--cost", "tests/test_calc.py"]);
    assert_eq!(refused.status.code(), Some(4), "{}", stderr(&refused));
    assert!(stderr(&refused).contains("not trusted yet"), "{}", stderr(&refused));
    shop.says(&["run", "--all", "--trust"], 0);
    let (before, runs) = (shop.ledger(), shop.json(&["history", "--format", "json"], 0));
    let cost = shop.json(&["run", "--cost", "--format", "json"], 0);
    let seconds = |key: &str| cost["seconds"][key].as_f64().unwrap();
    assert_eq!(cost["tests"], 2);
    assert!(seconds("without_coverage") > 0.0 && seconds("coverage") > 0.0 && seconds("contexts") > 0.0, "{cost}");
    let adds = seconds("coverage") / seconds("without_coverage") - 1.0;
    assert!((cost["coverage_adds"].as_f64().unwrap() - adds).abs() < 1e-9, "{cost}");
    // It is shown where a person decides, and is no run of the history and no coverage.
    let kept: Value = serde_json::from_slice(&config(&["--format", "json"]).stdout).unwrap();
    assert_eq!(kept["contexts"]["cost"], cost);
    assert!(stderr(&config(&[])).contains("(2 tests: "), "{}", stderr(&config(&[])));
    assert_eq!(shop.json(&["plan", "tests/test_calc.py", "--format", "json"], 0)["cost"], cost);
    assert_eq!(shop.json(&["history", "--format", "json"], 0), runs);
    assert_eq!(shop.ledger(), before);
    let words = shop.lacuna(&["run", "--cost", "tests/test_calc.py::test_short"]);
    assert!(stdout(&words).contains("(1 test: "), "{}{}", stdout(&words), stderr(&words));
    assert!(stderr(&words).contains("round 2 of 2: with coverage and a context for each test"), "{}", stderr(&words));
}

#[test]
fn a_cost_is_not_claimed_of_tests_that_do_not_come_to_their_end() {
    let shop = project();
    shop.write("tests/test_bad.py", "import os\n\n\ndef test_ends_it_all():\n    os._exit(3)\n");
    let output = shop.lacuna(&["run", "--cost", "--trust", "tests/test_bad.py"]);
    assert_ne!(output.status.code(), Some(0));
    let config: Value = shop.json(&["config", "--format", "json"], 0);
    assert_eq!(config["contexts"]["cost"], Value::Null);
}
