//! What a failure may come from: changed code that its test ran, and the commits that changed it, by real git and pytest.

use crate::comparison::CART as ORDERS;
use crate::program::{stderr, stdout};
use crate::shop::Shop;
use serde_json::Value;
use std::process::Command;

const CONFIG: &str = "[tool.pytest.ini_options]\npythonpath = ['.']\n[tool.coverage.run]\nsource = ['app']\n";

/// The second test passes as long as a file outside the project is not there.
const TESTS: &str = "\
import os

import pytest

from app.orders import tax, total


@pytest.fixture
def basket():
    return [60, 70]


def test_total(basket):
    assert total(basket) == 120


def test_tax():
    assert tax(2) == 4
    assert not os.path.exists(FLAG)
";

const TOTAL: &str = "tests/test_orders.py::test_total";
const TAX: &str = "tests/test_orders.py::test_tax";

fn git(shop: &Shop, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "init.defaultBranch=main"]);
    command.args(arguments).current_dir(shop.root());
    let output = command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null").output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    stdout(&output).trim().to_owned()
}

fn commit(shop: &Shop, subject: &str) -> String {
    git(shop, &["add", "-A"]);
    git(shop, &["commit", "-qm", subject]);
    git(shop, &["rev-parse", "HEAD"])
}

/// A project with one commit, in which all tests pass and were measured.
fn measured() -> (Shop, String) {
    let shop = Shop::of(&[("pyproject.toml", CONFIG), ("app/__init__.py", ""), ("app/orders.py", ORDERS)]);
    let flag = shop.outside("flag");
    shop.write("tests/test_orders.py", &TESTS.replace("FLAG", &format!("{:?}", flag.to_str().unwrap())));
    git(&shop, &["init", "-q"]);
    let first = commit(&shop, "The first");
    shop.says(&["run", "--all", "--trust"], 0);
    (shop, first)
}

/// What the last run of the tests says of its failures.
fn suspects(shop: &Shop) -> Vec<(String, String)> {
    let said = shop.json(&["run", "tests/test_orders.py", "--format", "json"], 1);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    said["suspects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (text(&row["test"]), text(&row["suspicion"]["words"])))
        .collect()
}

fn suspicion(shop: &Shop, test: &str) -> Value {
    shop.json(&["flaky", test, "--format", "json"], 0)["suspicion"].clone()
}

/// The ranked tests, each with how it stands.
fn standings(shop: &Shop) -> Vec<(String, String)> {
    let ranked = shop.json(&["flaky", "--format", "json"], 0);
    let word = |test: &Value, name: &str| test[name].as_str().unwrap().to_owned();
    ranked.as_array().unwrap().iter().map(|test| (word(test, "id"), word(test, "standing"))).collect()
}

#[test]
fn a_failure_that_ran_a_changed_line_is_a_regression_candidate_and_another_one_a_flake_candidate() {
    let (shop, _) = measured();
    std::fs::write(shop.outside("flag"), "").unwrap();
    shop.edit("app/orders.py", "price -= 10", "price -= 11");
    let found = suspects(&shop);
    assert_eq!(found.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(), [TOTAL, TAX]);
    assert!(
        found[0].1.starts_with("regression candidate: it ran app/orders.py:7 (total), changed since it passed on "),
        "{found:?}"
    );
    assert!(
        found[1].1.starts_with("flake candidate: it runs nothing of what changed in 1 file since it passed on "),
        "{found:?}"
    );
    let total = suspicion(&shop, TOTAL);
    assert_eq!((&total["suspect"], &total["changed_files"]), (&"regression candidate".into(), &1.into()));
    let ran = serde_json::json!([{ "path": "app/orders.py", "name": "total", "lines": [[7, 7]], "exact": true }]);
    assert_eq!(total["ran"], ran);
    // Both are said in the note, and beside the batch in words.
    assert!(shop.says(&["flaky", TOTAL], 0).contains("- last failure: regression candidate: it ran app/orders.py:7"));
    let words = shop.says(&["run", "tests/test_orders.py"], 1);
    assert!(words.contains(&format!("\n{TAX}: flake candidate: ")), "{words}");
    // Two failures on two states of an edit are still changes since it passed: neither is a flake.
    shop.edit("app/orders.py", "price -= 11", "price -= 12");
    assert!(suspects(&shop)[0].1.starts_with("regression candidate: it ran app/orders.py:7 (total)"));
}

#[test]
fn nothing_changed_proves_a_flake_and_its_own_changed_code_explains_a_failure() {
    let (shop, _) = measured();
    std::fs::write(shop.outside("flag"), "").unwrap();
    let found = suspects(&shop);
    assert_eq!(found.len(), 1);
    assert!(found[0].1.starts_with("flake candidate: nothing changed since it passed on "), "{found:?}");
    std::fs::remove_file(shop.outside("flag")).unwrap();
    // A fixture in a file that nothing measures.
    shop.edit("tests/test_orders.py", "[60, 70]", "[60, 71]");
    let found = suspects(&shop);
    assert_eq!(found.len(), 1);
    let fixture = "regression candidate: it runs tests/test_orders.py:10 (basket), changed since it passed on ";
    assert!(found[0].1.starts_with(fixture), "{found:?}");
    // A constant that another function uses.
    shop.edit("tests/test_orders.py", "[60, 71]", "[60, 70]");
    shop.edit("app/orders.py", "RATE = 2", "RATE = 3");
    let found = suspects(&shop);
    assert_eq!(found.len(), 1);
    assert!(found[0].1.starts_with("regression candidate: it runs app/orders.py:1 (RATE), changed since"), "{found:?}");
}

#[test]
fn where_the_evidence_is_missing_it_cannot_be_told() {
    let (shop, _) = measured();
    std::fs::write(shop.outside("flag"), "").unwrap();
    shop.write("app/rates.json", "{}");
    let found = suspects(&shop);
    assert!(found[0].1.starts_with("can't tell whether a change broke it since it passed on "), "{found:?}");
    assert!(
        found[0].1.ends_with("nobody knows who uses app/rates.json; the setting `concerns` can say it"),
        "{found:?}"
    );
    shop.write("lacuna.toml", "[concerns]\n\"**/*.json\" = [\"app/orders.py\"]\n");
    let found = suspicion(&shop, TAX);
    assert_eq!(found["suspect"], "regression candidate", "{found}");
    // What words are written does not matter to any test.
    shop.remove("app/rates.json");
    shop.remove("lacuna.toml");
    shop.write("README.md", "# Orders\n");
    shop.write(".coverage", "of another run");
    shop.write("app/__pycache__/orders.pyc", "");
    let found = suspects(&shop);
    assert!(found[0].1.starts_with("flake candidate: it runs nothing of what changed in 3 files"), "{found:?}");
    // A file that was there all the time, too long to be kept, did not change.
    std::fs::remove_file(shop.outside("flag")).unwrap();
    shop.write("data.sql", &"x".repeat(300_000));
    shop.says(&["run", "tests/test_orders.py"], 0);
    std::fs::write(shop.outside("flag"), "").unwrap();
    assert!(suspects(&shop)[0].1.starts_with("flake candidate: nothing changed since it passed on "));

    let bare = Shop::of(&[("app/orders.py", ORDERS), ("tests/test_orders.py", TESTS)]);
    ingest(&bare, "p", Some("abc123"), 1, &[]);
    ingest(&bare, "f", Some("abc124"), 2, &[TAX]);
    let found = suspicion(&bare, TAX);
    assert_eq!(found["suspect"], "can't tell", "{found}");
    assert!(found["words"].as_str().unwrap().contains("git"), "{found}");
}

/// Adds a run of the two tests, in which some failed, on a day of November.
fn ingest(shop: &Shop, id: &str, commit: Option<&str>, hour: u32, failed: &[&str]) {
    let case = |test: &str| {
        let name = test.rsplit(':').next().unwrap();
        let failure =
            if failed.contains(&test) { "<failure message='assert 1 == 2'>E assert 1 == 2</failure>" } else { "" };
        format!("<testcase classname='tests.test_orders' name='{name}' time='0.1'>{failure}</testcase>")
    };
    let cases: String = [TOTAL, TAX].into_iter().map(case).collect();
    let file = format!("out-{id}.xml");
    std::fs::write(shop.outside(&file), format!("<testsuite name='pytest'>{cases}</testsuite>")).unwrap();
    let (file, when) = (shop.outside(&file), format!("2099-11-{:02}T{:02}:00:00Z", 1 + hour / 24, hour % 24));
    let url = format!("https://ci.example/run/{id}");
    let mut arguments = vec!["ingest", file.to_str().unwrap(), "--run-id", id, "--when", &when, "--url", &url];
    arguments.extend(commit.iter().flat_map(|commit| ["--commit", *commit]));
    shop.says(&arguments, 0);
}

#[test]
fn the_commits_that_changed_what_a_test_runs_are_named_where_its_rate_changed() {
    let (shop, first) = measured();
    for hour in 1..=6 {
        ingest(&shop, &format!("before-{hour}"), Some(&first), hour, &[]);
    }
    shop.edit("app/orders.py", "price * RATE", "price * RATE * 1");
    commit(&shop, "Tax as before");
    shop.edit("app/orders.py", "price -= 10", "price -= 11");
    let guilty = commit(&shop, "A higher discount");
    shop.write("README.md", "# Orders\n");
    let last = commit(&shop, "Words");
    for hour in 7..=12 {
        ingest(&shop, &format!("after-{hour}"), Some(&last), hour, &[TOTAL]);
    }
    let all = shop.json(&["flaky", TOTAL, "--format", "json"], 0);
    assert_eq!(all["verdict"]["state"], "regression?", "{all}");
    let blame = &all["blame"];
    assert_eq!((&blame["commits"], &blame["unknown"]), (&3.into(), &Value::Null), "{blame}");
    let touching = blame["touching"].as_array().unwrap();
    assert_eq!(touching.len(), 1, "{blame}");
    let told = ["commit", "author", "subject"].map(|key| touching[0][key].as_str().unwrap());
    assert_eq!(told, [guilty.as_str(), "Ann", "A higher discount"]);
    assert_eq!(touching[0]["ran"][0]["lines"], serde_json::json!([[7, 7]]), "{blame}");
    assert_eq!(all["suspicion"]["suspect"], "regression candidate", "{all}");
    let note = shop.says(&["flaky", TOTAL], 0);
    let day = git(&shop, &["log", "-1", "--format=%as", &guilty]);
    let line = format!("{} Ann, {day}, A higher discount — app/orders.py:7 (total)", &guilty[..9]);
    assert!(note.contains("blame: 1 of 3 commits in that range changed what it runs"), "{note}");
    assert!(note.contains(&line), "{note}");
    // Where the runs can be looked at.
    assert!(note.contains("- the run that failed last: https://ci.example/run/after-12\n"), "{note}");
    assert!(note.contains("| [2099-11-01 12:00Z](https://ci.example/run/after-12) | failed |"), "{note}");
    assert_eq!(all["results"][0]["run"]["url"], "https://ci.example/run/after-12", "{all}");
    let runs = shop.json(&["history", "--format", "json"], 0);
    assert_eq!(runs[0]["url"], "https://ci.example/run/after-12", "{runs}");
}

#[test]
fn commits_that_the_repository_does_not_have_are_said_with_what_may_bring_them() {
    let (shop, first) = measured();
    for hour in 1..=6 {
        ingest(&shop, &format!("before-{hour}"), Some(&first), hour, &[]);
    }
    for hour in 7..=12 {
        ingest(&shop, &format!("after-{hour}"), Some("0123456789abcdef0123"), hour, &[TOTAL]);
    }
    let note = shop.says(&["flaky", TOTAL], 0);
    let hint = "`git fetch` may bring it";
    assert!(note.contains("blame: git: 012345678: this repository does not have the commit"), "{note}");
    assert!(note.matches(hint).count() == 2 && note.contains("last failure: can't tell"), "{note}");
}

#[test]
fn a_regression_by_its_changed_code_stands_below_a_flake_however_often_it_comes_and_goes() {
    let (shop, _) = measured();
    for at in 0..3 {
        shop.edit("app/orders.py", "price -= 10", &format!("price -= 1{}", at + 1));
        suspects(&shop);
        shop.edit("app/orders.py", &format!("price -= 1{}", at + 1), "price -= 10");
        shop.says(&["run", "tests/test_orders.py"], 0);
    }
    std::fs::write(shop.outside("flag"), "").unwrap();
    suspects(&shop);
    assert_eq!(
        standings(&shop),
        [(TAX, "flaky"), (TOTAL, "fixed?")].map(|(id, word)| (id.to_owned(), word.to_owned()))
    );
}

#[test]
fn branches_that_break_a_test_make_no_flake_of_it() {
    let (shop, main) = measured();
    let mut branches = Vec::new();
    for at in 1..=3 {
        git(&shop, &["checkout", "-qb", &format!("work-{at}"), &main]);
        shop.edit("app/orders.py", "price -= 10", &format!("price -= 1{at}"));
        branches.push(commit(&shop, "Try it"));
    }
    git(&shop, &["checkout", "-q", "main"]);
    for (at, branch) in (1..).zip(&branches) {
        ingest(&shop, &format!("main-{at}"), Some(&main), 3 * at, &[]);
        // On each branch one test fails of what it changed, and another one of nothing.
        ingest(&shop, &format!("work-{at}"), Some(branch), 3 * at + 1, &[TOTAL, TAX]);
    }
    ingest(&shop, "main-4", Some(&main), 20, &[]);
    assert_eq!(
        standings(&shop),
        [(TAX, "flaky"), (TOTAL, "fixed?")].map(|(id, word)| (id.to_owned(), word.to_owned()))
    );
}

#[test]
fn a_link_that_is_no_page_is_refused() {
    let (shop, _) = measured();
    std::fs::write(shop.outside("a.xml"), "<testsuite><testcase classname='a' name='b'/></testsuite>").unwrap();
    let file = shop.outside("a.xml");
    let refused = shop.lacuna(&["ingest", file.to_str().unwrap(), "--url", "javascript:alert(1)"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("a link that begins with https:// or http://"), "{}", stderr(&refused));
}
