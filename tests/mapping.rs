//! Tests and the issues that they belong to, with real pytest: the share, the gate, and a run as Xray and JUnit XML.

use crate::program::{stderr, stdout};
use crate::shop::Shop;

const TESTS: &str = "import pytest\n\n\n@pytest.mark.xray(\"SHOP-1\")\n@pytest.mark.parametrize(\"n\", [1, 2])\ndef test_one(n):\n    \
                     assert n < 2\n\n\n@pytest.mark.xray([\"SHOP-2\", \"SHOP-3\"])\ndef test_two():\n    assert True\n\n\n\
                     def test_three(record_property):\n    record_property(\"test_key\", \"SHOP-3\")\n    assert True\n\n\n\
                     def test_four():\n    assert True\n";

fn shop() -> Shop {
    let ini = "[tool.pytest.ini_options]\nmarkers = ['xray: issues']\n";
    Shop::of(&[("pyproject.toml", ini), ("shop.py", "A = 1\n"), ("tests/test_shop.py", TESTS)])
}

#[test]
fn tests_with_and_without_an_issue_are_told_and_the_gate_holds_their_share() {
    let shop = shop();
    insta::assert_snapshot!("mapping_text", shop.says(&["mapping"], 0));
    insta::assert_snapshot!("mapping_markdown", shop.says(&["mapping", "--format", "md"], 0));
    insta::assert_snapshot!("mapping_json", shop.says(&["mapping", "--format", "json"], 0));
    shop.write("lacuna.toml", "gate.mapping = \"90%\"\n");
    let gate = shop.json(&["gate", "--format", "json"], 1);
    let rule = &gate["rules"][0];
    assert_eq!((&rule["rule"], &rule["found"]), (&"gate.mapping".into(), &"3/4 (75.0 %)".into()), "{gate:#}");
    assert_eq!(rule["places"][0]["path"], "tests/test_shop.py");
    shop.write("lacuna.toml", "gate.mapping = 75\nmapping.marks = [\"jira\"]\n");
    let _ = shop.says(&["gate"], 1);
    shop.write("lacuna.toml", "gate.mapping = 75\n");
    let _ = shop.says(&["gate"], 0);
}

#[test]
fn properties_of_ingested_reports_map_the_tests_that_they_tell_of() {
    let shop = shop();
    let case = |name: &str, inside: &str| {
        format!("<testcase classname=\"tests.test_shop\" name=\"{name}\">{inside}</testcase>")
    };
    let property = |value: &str| format!("<properties><property name=\"test_key\" {value}</properties>");
    let report = |at: &str, cases: &str| {
        format!("<testsuites><testsuite name=\"pytest\" timestamp=\"{at}\">{cases}</testsuite></testsuites>")
    };
    let keys = |test: &str| {
        let value = shop.json(&["mapping", "--format", "json"], 0);
        let all = value["tests"].as_array().unwrap().clone();
        let one = all.into_iter().find(|one| one["test"].as_str().unwrap().ends_with(test)).unwrap();
        format!("{} {}", one["keys"], one["recorded"])
    };
    assert_eq!(keys("test_four"), "[] []");
    // As an attribute and as a text, on a single case of its parameters, and several keys in one.
    let cases = [
        case("test_four", &property("value=\"SHOP-4, SHOP-5\"/>")),
        case("test_one[2]", &format!("{}<failure message=\"no\">no</failure>", property(">SHOP-6</property>"))),
    ];
    shop.write("one.xml", &report("2026-01-02T10:00:00", &cases.concat()));
    let _ = shop.says(&["ingest", "one.xml"], 0);
    assert_eq!(keys("test_four"), r#"["SHOP-4","SHOP-5"] ["SHOP-4","SHOP-5"]"#);
    assert_eq!(keys("test_one"), r#"["SHOP-1","SHOP-6"] ["SHOP-6"]"#);
    // A report without any properties says nothing of them, and an older one nothing new.
    shop.write("two.xml", &report("2026-01-03T10:00:00", &case("test_four", "")));
    shop.write("old.xml", &report("2026-01-01T10:00:00", &case("test_four", &property("value=\"SHOP-9\"/>"))));
    let _ = shop.says(&["ingest", "two.xml", "old.xml"], 0);
    assert_eq!(keys("test_four"), r#"["SHOP-4","SHOP-5"] ["SHOP-4","SHOP-5"]"#);
    // In a newer one with properties, a test without any has none.
    let cases = [case("test_four", ""), case("test_three", &property("value=\"SHOP-3\"/>"))];
    shop.write("new.xml", &report("2026-01-04T10:00:00", &cases.concat()));
    let _ = shop.says(&["ingest", "new.xml"], 0);
    assert_eq!((keys("test_four"), keys("test_three")), ("[] []".to_owned(), r#"["SHOP-3"] []"#.to_owned()));
}

#[test]
fn marks_of_base_classes_in_other_files_map_their_tests() {
    let base = "import unittest\n\nimport pytest\n\n\n@pytest.mark.xray(\"SHOP-7\")\nclass Base(unittest.TestCase):\n    \
                pytestmark = pytest.mark.xray(\"SHOP-8\")\n\n    @pytest.mark.xray(\"SHOP-9\")\n    def test_of_base(self):\n        pass\n";
    let tests = "from tests.parts import Root as R\n\n\nclass TestOrders(R):\n    def test_own(self):\n        pass\n";
    let shop = Shop::of(&[
        ("pyproject.toml", ""),
        ("tests/__init__.py", ""),
        ("tests/parts/__init__.py", "from .base import Base as Root\n"),
        ("tests/parts/base.py", base),
        ("tests/test_orders.py", tests),
    ]);
    let value = shop.json(&["mapping", "--format", "json"], 0);
    let all: Vec<String> = value["tests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {}", one["test"].as_str().unwrap(), one["keys"]))
        .collect();
    assert_eq!(
        all,
        [
            r#"tests/test_orders.py::TestOrders::test_own ["SHOP-7","SHOP-8"]"#,
            r#"tests/test_orders.py::TestOrders::test_of_base ["SHOP-7","SHOP-8","SHOP-9"]"#
        ]
    );
}

#[test]
fn a_run_is_given_as_xray_and_as_junit_that_is_ingested_as_it_was() {
    let shop = shop();
    let output = shop.lacuna(&["mapping", "--format", "xray"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("no such run is recorded"));
    let _ = shop.says(&["run", "--all", "--trust"], 1);
    let value = shop.json(&["mapping", "--format", "xray", "--project-key", "SHOP", "--environment", "ci"], 0);
    let tests = value["tests"].as_array().unwrap();
    let statuses: Vec<String> = tests.iter().map(|test| format!("{} {}", test["testKey"], test["status"])).collect();
    assert_eq!(statuses, ["\"SHOP-1\" \"FAILED\"", "\"SHOP-2\" \"PASSED\"", "\"SHOP-3\" \"PASSED\""]);
    assert_eq!((&value["info"]["project"], &value["info"]["testEnvironments"][0]), (&"SHOP".into(), &"ci".into()));
    assert!(tests[0]["comment"].as_str().unwrap().starts_with("tests/test_shop.py::test_one[2] failed: "), "{value:#}");
    let output = shop.lacuna(&["mapping", "--format", "junit"]);
    assert!(stderr(&output).contains("1 test of this run belongs to several issues"), "{}", stderr(&output));
    let junit = stdout(&output);
    assert!(
        junit.contains("<property name=\"test_key\" value=\"SHOP-2\"/><property name=\"test_key\" value=\"SHOP-3\"/>"),
        "{junit}"
    );
    // Whoever reads it gets the same tests and outcomes.
    let other = self::shop();
    other.write("mapped.xml", &junit);
    let _ = other.says(&["ingest", "mapped.xml"], 0);
    let runs = other.json(&["history", "--format", "json"], 0);
    assert_eq!((&runs[0]["tests"], &runs[0]["bad"]), (&5.into(), &1.into()), "{runs:#}");
    let known = other.json(&["mapping", "--format", "xray"], 0);
    assert_eq!(known["tests"].as_array().map(Vec::len), Some(3), "{known:#}");
}
