//! The programme over weeks: what a project's history says of where its figures went and where they go, by the program itself.

use crate::screen::{Screen, command};
use crate::shop::Shop;
use lacuna::base::{Day, Stamp};
use serde_json::Value;
use std::time::{SystemTime, UNIX_EPOCH};

const TESTS: &str = "import pytest\n\n\n@pytest.mark.xray(\"SHOP-1\")\ndef test_one():\n    assert True\n\n\ndef test_two():\n    assert True\n";

fn today() -> Day {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Day::of(Stamp(i64::try_from(now.as_millis()).unwrap()))
}

/// A report of one run of two tests, of which the second one takes so long.
fn junit(at: Stamp, seconds: f64, fails: bool) -> String {
    let failure = if fails {
        "<failure message=\"AssertionError: no\">tests/test_shop.py:9: AssertionError</failure>"
    } else {
        ""
    };
    format!(
        "<testsuites><testsuite name=\"pytest\" timestamp=\"{}\" time=\"{seconds}\" tests=\"2\">\
         <testcase classname=\"tests.test_shop\" name=\"test_one\" time=\"1.0\">{failure}</testcase>\
         <testcase classname=\"tests.test_shop\" name=\"test_two\" time=\"{}\"/></testsuite></testsuites>",
        at.rfc3339(),
        seconds - 1.0
    )
}

/// A project with a run of its suite on each of so many days up to yesterday.
fn shop(days: u32, seconds: impl Fn(u32) -> f64, fails: impl Fn(u32) -> bool) -> Shop {
    let shop = Shop::of(&[("tests/test_shop.py", TESTS), ("shop.py", "A = 1\n")]);
    for at in 0..days {
        let begin = Stamp(today().begins().0 - i64::from(days - at) * 24 * 3600 * 1000);
        shop.write(&format!("results/{at:02}.xml"), &junit(begin, seconds(at), fails(at)));
    }
    let _ = shop.says(&["ingest", "results"], 0);
    shop
}

fn trend<'a>(value: &'a Value, about: &str) -> &'a Value {
    let found = value["trends"].as_array().unwrap().iter().find(|trend| trend["about"] == about);
    found.unwrap_or_else(|| panic!("{about} in {value:#}"))
}

#[test]
fn a_figure_that_moves_says_when_it_meets_its_target_and_one_that_does_not_is_silent() {
    // Ten seconds more each day, and some noise: 100 s become 300 s.
    let noise = |at: u32| f64::from(at * 7919 % 13) - 6.0;
    let shop = shop(21, |at| 100.0 + 10.0 * f64::from(at) + noise(at), |_| false);
    shop.write("lacuna.toml", "targets.suite = \"6m\"\n");
    let value = shop.json(&["programme", "--format", "json"], 0);
    let time = trend(&value, "time of the suite");
    assert_eq!((&time["target"], &time["goes"]), (&360.0.into(), &"worse".into()), "{time:#}");
    let meets = &time["forecast"]["meets_target"];
    let day = |name: &str| Day::parse(meets[name].as_str().unwrap()).unwrap().days_since(today());
    // 360 s are 26 days after the first run, which is in five days from today.
    assert!(day("from") <= 5 && day("to") >= 5 && day("to") - day("from") <= 6, "{time:#}");
    let words = time["forecast"]["words"].as_str().unwrap();
    assert!(words.starts_with("passes 6 min 00 s between "), "{words}");
    assert_eq!(trend(&value, "tests that pass")["forecast"], Value::Null);
    let (text, page) = (shop.says(&["programme"], 0), shop.says(&["report", "--of", "release"], 0));
    assert!(text.contains(words) && page.contains(words), "{text}{page}");
    assert!(shop.says(&["programme", "--format", "md"], 0).contains(words));
    // How many tests belong to an issue was counted when the runs came in.
    let mapped = trend(&value, "tests that belong to an issue");
    assert_eq!((&mapped["values"], &mapped["last"]), (&serde_json::json!([50.0]), &"50.0%".into()));
    // It is counted again after a run of the whole suite, which on this machine takes another time and is no part of the trend.
    let _ = shop.says(&["run", "--all", "--trust"], 0);
    let value = shop.json(&["programme", "--format", "json"], 0);
    assert_eq!(trend(&value, "tests that belong to an issue")["values"], serde_json::json!([50.0, 50.0]));
    assert_eq!(trend(&value, "time of the suite")["values"], time["values"]);
}

#[test]
fn flaky_tests_are_counted_over_time_and_against_a_run_that_is_named() {
    let shop = shop(12, |_| 60.0, |at| at > 4 && at % 2 == 0);
    let runs = shop.json(&["history", "--format", "json"], 0);
    let first = runs.as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
    shop.write("lacuna.toml", &format!("targets.flaky_since = \"{first}\"\n"));
    let value = shop.json(&["programme", "--format", "json"], 0);
    let rule =
        value["rules"].as_array().unwrap().iter().find(|rule| rule["rule"] == "targets.flaky_reduction").unwrap();
    assert_eq!((&rule["verdict"], &rule["found"]), (&"failed".into(), &"0 → 1".into()), "{rule:#}");
    let flaky = trend(&value, "flaky tests");
    let values: Vec<f64> = flaky["values"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
    assert_eq!((values.first(), values.last(), &flaky["target"]), (Some(&0.0), Some(&1.0), &0.0.into()), "{flaky:#}");
    shop.write("lacuna.toml", "targets.flaky_since = \"some-run\"\n");
    let value = shop.json(&["programme", "--format", "json"], 0);
    let rule = value["rules"].as_array().unwrap().iter().find(|rule| rule["rule"] == "targets.flaky_since").unwrap();
    assert!(rule["why"].as_str().unwrap().contains("is no day as 2026-10-01, and no run"), "{rule:#}");
}

#[test]
fn the_screen_shows_what_gets_worse_and_leads_to_the_tests_behind_it() {
    let shop = shop(21, |at| 100.0 + 10.0 * f64::from(at), |_| false);
    shop.write("lacuna.toml", "targets.suite = \"6m\"\n");
    let words = [env!("CARGO_BIN_EXE_lacuna")];
    let mut screen = Screen::start(command(&words, &shop.root(), &shop.home()), (36, 120));
    screen.see("5 programme");
    screen.press("5");
    screen.see("getting worse");
    screen.see("forecast: passes 6 min 00 s on ");
    // The slowest test comes first, and its line in the file is known.
    let figure = |text: &str| text.lines().any(|line| line.contains("time of the suite") && line.contains("▲ worse"));
    assert!(figure(&screen.text()), "{}", screen.text());
    screen.press("g\r");
    screen.wait("places", |text| text.contains("tests/test_shop.py:9") && !text.contains("getting worse"));
    screen.press("\u{1b}");
    screen.see("getting worse");
    screen.press("G");
    screen.see("tests that belong to an issue");
    screen.press("q");
    screen.wait("no programme", |text| !text.contains("Over time"));
    screen.press("q");
    assert_eq!(screen.ends_soon(), (0, None));
}
