//! The flake lab on a project with one planted flake for each verdict (`tests/data/flakes`), with real pytest.
//!
//! `cargo test --test all` asks it about a few of them. The long form: `LACUNA_LAB=5 cargo test --release --test all --
//! lab::long --nocapture` asks about all of them, that often each, and about coins and sound tests; it prints a line for each
//! lab and a table at the end. `LACUNA_LAB_ONLY=test_fee` keeps to tests with that in their names.

use crate::program;
use crate::shop::Shop;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A planted flake: the test, the class of the right verdict, what has to be named (tests, or the state that is left).
struct Planted {
    test: &'static str,
    class: &'static str,
    named: &'static [&'static str],
    leak: Option<&'static str>,
}

const fn planted(
    test: &'static str,
    class: &'static str,
    named: &'static [&'static str],
    leak: Option<&'static str>,
) -> Planted {
    Planted { test, class, named, leak }
}

const ORDER: &str = "tests/test_03_order.py::";

const PLANTED: &[Planted] = &[
    planted(
        "tests/test_03_order.py::test_dollars",
        "order-victim",
        &["test_discount_dollars"],
        Some("bank.rates.TABLE"),
    ),
    planted("tests/test_03_order.py::test_fee", "order-victim", &["test_waive_fees"], Some("bank.account.Account.fee")),
    planted(
        "tests/test_03_order.py::test_till_is_shut",
        "order-victim",
        &["test_open_till"],
        Some("bank.account.Till.__open__"),
    ),
    planted("tests/test_03_order.py::test_letter", "order-victim", &["test_archive"], Some("cwd")),
    planted("tests/test_03_order.py::test_region", "order-victim", &["test_move_region"], Some("BANK_REGION")),
    planted(
        "tests/test_03_order.py::test_day_is_open",
        "order-victim",
        &["test_close_of_day"],
        Some("tests/day.closed"),
    ),
    planted(
        "tests/test_03_order.py::test_carol_cannot_write",
        "order-victim",
        &["test_login", "test_grant_write"],
        None,
    ),
    planted("tests/test_03_order.py::test_who", "order-brittle", &["test_login"], Some("bank.session.CURRENT")),
    planted("tests/test_04_again.py::test_register", "self-polluting", &["memory"], Some("bank.registry.BRANCHES")),
    planted("tests/test_04_again.py::test_export", "self-polluting", &["files"], Some("tests/exported")),
    planted("tests/test_05_chance.py::test_first_name", "seed-hash", &[], None),
    planted("tests/test_05_chance.py::test_draw", "seed-random", &[], None),
    planted("tests/test_05_chance.py::test_coin", "intermittent", &[], None),
    planted("tests/test_06_timing.py::test_two_clerks", "timing", &[], None),
    planted("tests/test_07_place.py::test_next_year", "clock", &[], None),
    planted("tests/test_07_place.py::test_midnight", "clock-zone", &["time zone"], None),
    planted("tests/test_07_place.py::test_greeting", "environment", &["locale"], None),
    planted("tests/test_07_place.py::test_own_address", "environment", &["network"], None),
    planted("tests/test_07_place.py::test_first_file", "environment", &["order of files"], None),
    planted("tests/test_07_place.py::test_command_line", "environment", &["folder for temporary files"], None),
    planted("tests/test_07_place.py::test_one_teller_at_a_time", "environment", &["side by side"], None),
    planted("tests/test_07_place.py::test_numbered_teller", "environment", &["pytest-xdist"], None),
    planted("tests/test_07_place.py::test_no_settings_at_home", "environment", &["home folder"], None),
    planted("tests/test_08_broken.py::test_printer", "broken-here", &[], None),
    planted("tests/test_08_broken.py::test_interest", "regression", &[], None),
    planted("tests/test_01_plain.py::test_stable", "not-reproduced", &[], None),
    planted("tests/test_01_plain.py::test_pounds", "shared-outage", &[], None),
];

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/flakes")
}

fn files(folder: &Path, into: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("__pycache__") {
            files(&path, into);
        } else if path.is_file() {
            let name = path.strip_prefix(data()).unwrap().to_str().unwrap().to_owned();
            into.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// A copy of the project, trusted, with settings at home and a recorded history of one test.
fn bank() -> Shop {
    let mut found = Vec::new();
    files(&data(), &mut found);
    let found: Vec<(&str, &str)> = found.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let shop = Shop::of(&found);
    std::fs::create_dir_all(shop.home()).unwrap();
    std::fs::write(shop.home().join(".bank.toml"), "region = 'mars'\n").unwrap();
    for (at, failure) in [(1, ""), (2, ""), (3, "<failure message=\"assert -3 == -2\">E   assert -3 == -2</failure>")] {
        let case = format!(
            "<testcase classname=\"tests.test_08_broken\" name=\"test_interest\" time=\"0.01\">{failure}</testcase>"
        );
        let name = format!("junit-{at}.xml");
        shop.write(
            &name,
            &format!("<testsuites><testsuite name=\"pytest\" tests=\"1\">{case}</testsuite></testsuites>"),
        );
        let (commit, when) = (format!("{at}00000000"), format!("2026-01-0{at}T10:00:00Z"));
        let _ = shop.says(&["ingest", &name, "--commit", &commit, "--when", &when], 0);
        shop.remove(&name);
    }
    outage(&shop);
    shop
}

/// A run in which most tests failed by one cause, a sound one among them.
fn outage(shop: &Shop) {
    let case = |name: String| {
        let failure =
            "<failure message=\"ConnectionError: the bank is away\">E   ConnectionError: the bank is away</failure>";
        format!("<testcase classname=\"tests.test_01_plain\" name=\"{name}\" time=\"0.01\">{failure}</testcase>")
    };
    let others = (0..11).map(|at| format!("test_branch_{at}"));
    let cases: String = std::iter::once("test_pounds".to_owned()).chain(others).map(case).collect();
    shop.write(
        "junit-4.xml",
        &format!("<testsuites><testsuite name=\"pytest\" tests=\"12\">{cases}</testsuite></testsuites>"),
    );
    let _ = shop.says(&["ingest", "junit-4.xml", "--commit", "400000000", "--when", "2026-01-04T10:00:00Z"], 0);
    shop.remove("junit-4.xml");
}

/// What the lab says of a test.
fn verdict(shop: &Shop, test: &str, options: &[&str]) -> Value {
    let arguments = [&["lab", test, "--trust", "--format", "json"], options].concat();
    let output = shop.lacuna(&arguments);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{test}\n{}", program::stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Whether everything that has to be named is named, and nothing else.
fn names_all(verdict: &Value, planted: &Planted) -> bool {
    let cause = &verdict["cause"];
    let mut named = texts(&cause["polluters"]);
    named.extend(texts(&cause["setters"]));
    named.extend([&cause["by"], &cause["axis"]].into_iter().filter_map(Value::as_str));
    named.len() == planted.named.len() && planted.named.iter().all(|name| named.iter().any(|own| own.ends_with(name)))
}

fn names_leak(verdict: &Value, leak: &str) -> bool {
    verdict["leak"].as_array().into_iter().flatten().any(|change| change["name"] == leak)
}

#[test]
fn a_victim_is_told_with_its_polluter_what_that_leaves_and_a_command_that_reproduces_it() {
    let shop = bank();
    let verdict = verdict(&shop, &format!("{ORDER}test_fee"), &[]);
    assert_eq!((&verdict["class"], &verdict["status"]), (&"order-victim".into(), &"confirmed".into()), "{verdict:#}");
    assert_eq!(texts(&verdict["cause"]["polluters"]), ["tests/test_02_admin.py::test_waive_fees"]);
    assert_eq!(verdict["leak"][0]["name"], "bank.account.Account.fee");
    assert_eq!((&verdict["leak"][0]["before"], &verdict["leak"][0]["after"]), (&"3".into(), &"0".into()));
    // The command is that of a person, and pytest alone fails with it.
    let command = verdict["reproduce"].as_str().unwrap();
    let tests: Vec<&str> = command.split(' ').filter(|word| word.contains("::")).collect();
    let plain = shop.python(&[&["pytest", "-q", "-p", "no:cacheprovider"], tests.as_slice()].concat());
    assert_eq!(plain.status.code(), Some(1), "{command}\n{}", program::stdout(&plain));
    // Nothing is mended yet; then the failure is another one; then it is gone.
    let check = |code| shop.json(&["lab", &format!("{ORDER}test_fee"), "--verify", "--format", "json"], code);
    assert_eq!(check(1)["held"], "same-failure");
    shop.edit("bank/account.py", "        return self.balance - self.fee", "        return self.balance / self.fee");
    assert_eq!(check(1)["held"], "other-failure");
    shop.edit("bank/account.py", "        return self.balance / self.fee", "        return self.balance - self.fee");
    shop.edit("bank/account.py", "    Account.fee = 0", "    return 0");
    let held = check(0);
    assert_eq!(held["held"], "holds", "{held:#}");
    assert!(held["probability"].as_f64().unwrap() > 0.95 && held["processes"].as_u64().unwrap() >= 5, "{held:#}");
    // It is shown again without a run, and nothing of it is history.
    let again = shop.json(&["lab", &format!("{ORDER}test_fee"), "--last", "--format", "json"], 0);
    assert_eq!(again["sentence"], verdict["sentence"]);
    let runs = shop.json(&["history", "--format", "json"], 0);
    assert!(runs.as_array().unwrap().iter().all(|run| run["source"] == "ingested"), "{runs:#}");
}

#[test]
fn a_test_that_cannot_run_twice_and_one_that_hashes_decide_are_told_apart() {
    let shop = bank();
    let again = verdict(&shop, "tests/test_04_again.py::test_register", &[]);
    assert_eq!((&again["class"], &again["status"]), (&"self-polluting".into(), &"confirmed".into()), "{again:#}");
    assert_eq!(again["cause"]["by"], "memory");
    let hash = verdict(&shop, "tests/test_05_chance.py::test_first_name", &[]);
    assert_eq!((&hash["class"], &hash["status"]), (&"seed-hash".into(), &"confirmed".into()), "{hash:#}");
    assert!(hash["reproduce"].as_str().unwrap().starts_with("PYTHONHASHSEED="), "{hash:#}");
    // What a class keeps under a name like Python's own is left behind as well.
    let till = verdict(&shop, &format!("{ORDER}test_till_is_shut"), &[]);
    assert_eq!(till["leak"][0]["name"], "bank.account.Till.__open__", "{till:#}");
    assert_eq!(till["leak"].as_array().map(Vec::len), Some(1), "{till:#}");
    // Nothing of what the tests left is in the project.
    assert!(!shop.root().join("tests/exported").exists() && !shop.root().join("tests/day.closed").exists());
}

#[test]
fn a_lab_of_an_unknown_test_or_an_untrusted_project_starts_nothing() {
    let shop = bank();
    let output = shop.lacuna(&["lab", "tests/test_01_plain.py::test_stable"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(program::stderr(&output).contains("not trusted"), "{}", program::stderr(&output));
    let output = shop.lacuna(&["lab", "tests/test_01_plain.py::test_nothing", "--trust"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(program::stderr(&output).contains("no such test"), "{}", program::stderr(&output));
}

/// Coins and sound tests have no cause that could be confirmed: so many of each as `LACUNA_LAB_COINS` says.
fn coins(only: &str) {
    let count = std::env::var("LACUNA_LAB_COINS").ok().and_then(|text| text.parse::<u32>().ok()).unwrap_or(0);
    let shop = bank();
    let mut text = "import os\n\nimport pytest\n".to_owned();
    for (name, least) in COINS {
        text.push_str(&format!("\n\n@pytest.mark.parametrize('at', range({count}))\ndef test_{name}(at):\n    assert os.urandom(1)[0] >= {least}\n"));
    }
    shop.write("tests/test_09_coins.py", &text);
    let (mut wrong, mut all) = (0, 0);
    for (name, _) in COINS.iter().filter(|(name, _)| name.contains(only) || only.is_empty()) {
        for at in 0..count {
            let verdict = verdict(&shop, &format!("tests/test_09_coins.py::test_{name}[{at}]"), &["--fresh"]);
            let (class, status) = (verdict["class"].as_str().unwrap(), verdict["status"].as_str().unwrap());
            let is_wrong =
                !matches!(class, "intermittent" | "not-reproduced") && matches!(status, "confirmed" | "latent");
            (wrong, all) = (wrong + u32::from(is_wrong), all + 1);
            println!("{name} {at}: {class} {status} {}", verdict["sentence"]);
        }
    }
    println!("coins and sound tests: {wrong} of {all} with a wrong confirmed cause");
}

/// Coins by the bytes, of 256, with which they fail.
const COINS: &[(&str, u32)] = &[("coin_10", 26), ("coin_30", 77), ("coin_50", 128), ("sound", 0)];

#[test]
fn long() {
    let Some(rounds) = std::env::var("LACUNA_LAB").ok().and_then(|text| text.parse::<u32>().ok()) else { return };
    let only = std::env::var("LACUNA_LAB_ONLY").unwrap_or_default();
    let mut table: BTreeMap<&str, [u32; 6]> = BTreeMap::new();
    for round in 1..=rounds {
        for planted in PLANTED.iter().filter(|planted| planted.test.contains(&only)) {
            let shop = bank();
            let verdict = verdict(&shop, planted.test, &["--fresh"]);
            let class = verdict["class"].as_str().unwrap();
            let is_right = class == planted.class;
            let is_named = is_right && names_all(&verdict, planted);
            let is_sure = matches!(verdict["status"].as_str(), Some("confirmed" | "latent"));
            let has_leak = planted.leak.is_some_and(|leak| names_leak(&verdict, leak));
            let row = table.entry(planted.test).or_default();
            let told = [true, is_right, is_named, has_leak, is_sure && !is_right, false];
            row.iter_mut().zip(told).for_each(|(count, told)| *count += u32::from(told));
            row[5] += u32::try_from(verdict["processes"].as_u64().unwrap()).unwrap();
            println!(
                "round {round} {:55} {class} {} {} processes {:.0} s, named {is_named}, leak {has_leak}: {}",
                planted.test,
                verdict["status"],
                verdict["processes"],
                verdict["seconds"].as_f64().unwrap(),
                verdict["sentence"]
            );
        }
    }
    coins(&only);
    println!("\n{:55} rounds right named leak wrong-confirmed processes", "test");
    let mut sums = [0; 6];
    for (test, row) in &table {
        println!("{test:55} {:6} {:5} {:5} {:4} {:15} {:9}", row[0], row[1], row[2], row[3], row[4], row[5]);
        sums.iter_mut().zip(row).for_each(|(sum, count)| *sum += count);
    }
    println!("{:55} {:6} {:5} {:5} {:4} {:15} {:9}", "all", sums[0], sums[1], sums[2], sums[3], sums[4], sums[5]);
}
