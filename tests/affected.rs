//! The tests that an edit affects, with real pytest: exactly those that ran it, in batches that settle everything.

use crate::shop::Shop;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A copy of the sample with a baseline that lacuna measured itself.
fn measured() -> Shop {
    let shop = Shop::bare();
    shop.says(&["run", "--all", "--trust"], 1);
    shop
}

/// The affected tests, each with its kinds of reasons.
fn affected(shop: &Shop, code: i32) -> BTreeMap<String, BTreeSet<String>> {
    let plan = shop.json(&["plan", "--affected", "--format", "json"], code);
    let tests = plan["affected"]["tests"].as_array().unwrap();
    let kinds = |test: &Value| {
        let reasons = test["reasons"].as_array().unwrap().iter();
        reasons.map(|reason| reason["kind"].as_str().unwrap().to_owned()).collect()
    };
    tests.iter().map(|test| (test["test"].as_str().unwrap().to_owned(), kinds(test))).collect()
}

/// The tests with a reason of this kind.
fn with(found: &BTreeMap<String, BTreeSet<String>>, kind: &str) -> Vec<String> {
    found.iter().filter(|(_, kinds)| kinds.contains(kind)).map(|(test, _)| test.clone()).collect()
}

/// The tests that ran lines of a file, by the contexts of coverage.py itself.
fn ran(shop: &Shop, path: &str, lines: std::ops::RangeInclusive<u64>) -> Vec<String> {
    let json = shop.outside("contexts.json");
    shop.python(&["pytest", "-q", "-p", "no:cacheprovider", "--cov", "--cov-context=test", "--cov-report="]);
    shop.python(&["coverage", "json", "-q", "--show-contexts", "--fail-under=0", "-o", json.to_str().unwrap()]);
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
    let path = "shop/common/money.py";
    assert_eq!(affected(&shop, 3), BTreeMap::new());
    let (out, err) = (shop.lacuna(&["plan", "--affected"]), "nothing changed since it was measured");
    assert!(String::from_utf8_lossy(&out.stderr).contains(err) && out.stdout.is_empty());
    let text = shop.read(path);
    println!("{text}");
}
