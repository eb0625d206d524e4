//! Whose a flaky test is and to which layer it belongs, by CODEOWNERS, the settings and marks; lists filtered by it.

use crate::program::stderr;
use crate::shop::Shop;
use serde_json::Value;

const TEST: &str = "def test_it():\n    assert True\n";
const MARKED: &str = "import pytest\n\n@pytest.mark.browser\ndef test_it():\n    assert True\n";

/// A project in a folder of its repository, with three tests that failed once.
fn flaky() -> Shop {
    let shop = Shop::of(&[
        ("pyproject.toml", "[tool.pytest.ini_options]\nmarkers = ['browser']\n"),
        ("tests/unit/test_a.py", TEST),
        ("tests/integration/test_b.py", TEST),
        ("tests/pages/test_c.py", MARKED),
    ]);
    for (at, failed) in [(1, true), (2, false), (3, true), (4, false)] {
        let case = |folder: &str, file: &str| {
            let failure = if failed { "<failure message='boom'>boom</failure>" } else { "" };
            format!("<testcase classname='tests.{folder}.{file}' name='test_it'>{failure}</testcase>")
        };
        let cases = case("unit", "test_a") + &case("integration", "test_b") + &case("pages", "test_c");
        std::fs::write(shop.outside("out.xml"), format!("<testsuite>{cases}</testsuite>")).unwrap();
        let file = shop.outside("out.xml");
        let when = format!("2026-11-01T0{at}:00:00Z");
        shop.says(&["ingest", file.to_str().unwrap(), "--run-id", &format!("r{at}"), "--when", &when], 0);
    }
    shop
}

/// The last letter of the file of each test that is listed.
fn listed(shop: &Shop, arguments: &[&str]) -> String {
    let code = |found: &[Value]| if found.is_empty() { 3 } else { 0 };
    let output = shop.lacuna(&[&["flaky", "--format", "json"], arguments].concat());
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = found.as_array().unwrap();
    assert_eq!(output.status.code(), Some(code(found)), "{arguments:?} {}", stderr(&output));
    let mut letters: Vec<&str> =
        found.iter().map(|test| &test["id"].as_str().unwrap()[..].split("test_").nth(1).unwrap()[..1]).collect();
    letters.sort_unstable();
    letters.concat()
}

#[test]
fn flaky_tests_are_listed_by_layer_owner_and_state() {
    let shop = flaky();
    // Above the project, at the top of its repository, as GitHub has it.
    let top = shop.root().parent().unwrap().to_owned();
    std::fs::create_dir_all(top.join(".git")).unwrap();
    std::fs::create_dir_all(top.join(".github")).unwrap();
    std::fs::write(
        top.join(".github/CODEOWNERS"),
        "*  @shop/all\n/shop/tests/unit/ @shop/core @ann\n/shop/tests/pages/\n",
    )
    .unwrap();
    shop.write("lacuna.toml", "[tests.layers]\nunit = \"**/unit/**\"\nui = [\"mark:browser\"]\n");
    assert_eq!(listed(&shop, &[]), "abc");
    assert_eq!(listed(&shop, &["--layer", "unit"]), "a");
    assert_eq!(listed(&shop, &["--layer", "UI"]), "c");
    assert_eq!(listed(&shop, &["--layer", "unit", "--layer", "ui"]), "ac");
    assert_eq!(listed(&shop, &["--owner", "@shop/core"]), "a");
    assert_eq!(listed(&shop, &["--owner", "ann", "--owner", "all"]), "ab");
    assert_eq!(listed(&shop, &["--owner", "none"]), "c");
    assert_eq!(listed(&shop, &["--owner", "ann", "--state", "quiet"]), "");
    assert_eq!(listed(&shop, &["--owner", "ann", "--layer", "ui"]), "");
    let all = shop.json(&["flaky", "--layer", "unit", "--format", "json"], 0);
    assert_eq!((&all[0]["layer"], &all[0]["owners"]), (&"unit".into(), &serde_json::json!(["@shop/core", "@ann"])));
    let table = shop.says(&["flaky"], 0);
    assert!(table.lines().next().unwrap().contains("Layer  Owners"), "{table}");
    assert!(table.contains("unit   @shop/core @ann  tests/unit/test_a.py::test_it"), "{table}");
    let note = shop.says(&["flaky", "tests/unit/test_a.py::test_it"], 0);
    assert!(note.contains("- belongs to unit · @shop/core @ann\n"), "{note}");
}

#[test]
fn without_settings_the_folders_name_the_layers_and_nobody_owns_anything() {
    let shop = flaky();
    assert_eq!(listed(&shop, &["--layer", "integration"]), "b");
    assert_eq!(listed(&shop, &["--owner", "none"]), "abc");
    let table = shop.says(&["flaky"], 0);
    assert!(table.lines().next().unwrap().contains("Layer") && !table.contains("Owners"), "{table}");
}
