//! Reports for people, on the sample project: each form as it is, what changed first, the same figures as everywhere else.

use crate::program::{stderr, stdout};
use crate::shop::Shop;
use lacuna::base::Stamp;
use serde_json::Value;
use std::path::PathBuf;

/// The flaky test of the sample that goes on.
const FLAKY: &str = "tests/unit/common/test_retry.py::test_four_delays_fit_in_the_request_budget";
/// A new test file for the module of the sample that nothing tests.
const TESTS: &str = "from shop.reporting.exports import revenue_by_country\n\n\ndef test_no_orders_bring_no_revenue():\n    assert revenue_by_country([]) == {}\n\n\ndef test_no_orders_bring_something():\n    assert revenue_by_country([]) == {\"DE\": 1}\n";

/// One report in all its forms: text, Markdown, JSON, HTML.
pub fn forms(shop: &Shop, arguments: &[&str]) -> [String; 4] {
    let files: Vec<PathBuf> = ["txt", "md", "json", "html"].map(|form| shop.outside(&format!("report.{form}"))).into();
    let outputs: Vec<&str> = files.iter().flat_map(|file| ["--output", file.to_str().unwrap()]).collect();
    let said = shop.says(&[&["report", "--of"], arguments, &outputs].concat(), 0);
    assert_eq!(said, "", "what goes to files is not printed");
    let texts: Vec<String> = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    texts.try_into().unwrap()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// A point in time as pages write it.
fn moment(stamp: &str) -> String {
    format!("{} UTC", stamp[..16].replace('T', " "))
}

/// The text without what differs from run to run: when it was made, and when the coverage was written.
fn masked(text: &str, made: &str) -> String {
    // A moment of its own comes first: it may be the very second in which the report was made.
    let is_stamp = |line: &&str| Stamp::parse(line.trim().trim_matches([',', '"'])).is_some();
    let lines: Vec<&str> = text.lines().map(|line| if is_stamp(&line) { "<time>" } else { line }).collect();
    let mut text = lines.join("\n").replace(&moment(made), "<made>").replace(made, "<made>");
    if let Some(at) = text.find(", written ").map(|at| at + ", written ".len()) {
        let end = text[at..].find(['\n', '<']).map_or(text.len(), |end| at + end);
        if !text[at..].starts_with('<') {
            text.replace_range(at..end, "<written>");
        }
    }
    text.replace(", written <made>", ", written <written>")
}

/// HTML without its style, which is no matter of data.
fn body(page: &str) -> String {
    let (head, rest) = page.split_once("<style>").unwrap();
    format!("{head}{}", rest.split_once("</style>").unwrap().1)
}

fn golden(name: &str, [text, markdown, value, page]: &[String; 4]) {
    let made = json(value)["made"].as_str().unwrap().to_owned();
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| {
        insta::assert_snapshot!(format!("{name}_text"), masked(text, &made));
        insta::assert_snapshot!(format!("{name}_md"), masked(markdown, &made));
        insta::assert_snapshot!(format!("{name}_json"), masked(value, &made));
        insta::assert_snapshot!(format!("{name}_html"), masked(&body(page), &made));
    });
}

#[test]
fn the_release_report_of_the_sample_in_each_form() {
    let shop = Shop::with_reports();
    shop.write("lacuna.toml", "[gate]\ncoverage = 70\nlost = 0\nflaky = 0\n");
    golden("release", &forms(&shop, &["release"]));
}

#[test]
fn the_incident_report_of_a_flaky_test_in_each_form() {
    let shop = Shop::with_reports();
    golden("incident", &forms(&shop, &["incident", FLAKY]));
}

#[test]
fn the_report_of_a_run_from_elsewhere_in_each_form_and_coverage_is_not_made_up() {
    let shop = Shop::with_reports();
    let told = forms(&shop, &["batch", "ci-4888"]);
    golden("batch", &told);
    let value = json(&told[2]);
    assert_eq!(value["figures"][0]["value"], Value::Null, "what nobody measured is no zero");
    assert!(told[0].contains("not known: results from elsewhere say nothing of it"), "{}", told[0]);
    assert!(stderr(&shop.lacuna(&["report", "--of", "batch", "ci-48"])).contains("could be ci-48"));
    assert!(stderr(&shop.lacuna(&["report", "--of", "batch", "no"])).contains("no run has this id"));
}

#[test]
fn a_release_report_has_the_figures_of_the_other_commands() {
    let shop = Shop::with_reports();
    shop.write("lacuna.toml", "[gate]\ncoverage = 99\nsuite = \"1ms\"\n");
    let [text, markdown, value, page] = forms(&shop, &["release"]);
    let value = json(&value);
    let programme = shop.json(&["programme", "--format", "json"], 0);
    assert_eq!(value["trends"], programme["trends"]);
    let rules = |value: &Value| value["rules"].as_array().unwrap().clone();
    let told = [rules(&value["code"]), rules(&value["tests"]["targets"])].concat();
    let of = |key: &str| {
        rules(&programme).into_iter().filter(|rule| rule["rule"].as_str().unwrap().starts_with(key)).collect::<Vec<_>>()
    };
    assert_eq!(told, [of("targets.code"), of("targets.tests")].concat());
    let gate = shop.json(&["gate", "--format", "json"], 1);
    assert_eq!(value["gate"], gate);
    let found = gate["rules"].as_array().unwrap().iter().map(|rule| rule["found"].as_str().unwrap());
    for found in found.filter(|found| !found.is_empty()) {
        let places = [text.contains(found), markdown.contains(found), page.contains(found)];
        assert_eq!(places, [true; 3], "{found}");
    }
    assert_eq!(value["flaky"], shop.json(&["flaky", "--format", "json"], 0));
}

#[test]
fn a_report_begins_with_what_changed_since_the_last_one_of_its_kind() {
    let shop = Shop::with_reports();
    let first = forms(&shop, &["release"]);
    assert!(first[0].contains("This is the first report of this kind here."), "{}", first[0]);
    std::fs::write(shop.outside("first.json"), &first[2]).unwrap();
    // Made again at once, it is the same report.
    assert!(shop.says(&["report", "--of", "release"], 0).contains("This is the first report of this kind here."));

    // One test more fails in the next run of the suite.
    let junit = shop.read("junit.xml");
    let (head, rest) = junit.split_once("/><testcase").unwrap();
    let failing =
        format!("{head}><failure message=\"assert 1 == 2\">E assert 1 == 2</failure></testcase><testcase{rest}");
    std::fs::write(shop.outside("next.xml"), failing).unwrap();
    let next = shop.outside("next.xml");
    shop.says(&["ingest", next.to_str().unwrap(), "--when", "2026-11-24T10:00:00Z"], 0);
    let check = |text: &str| {
        let sections: Vec<&str> = text.split("\n──").collect();
        assert!(sections[0].lines().last().unwrap().starts_with("Since the report of "), "{text}");
        let told: Vec<&str> = sections[1].lines().filter(|line| line.starts_with('✗')).collect();
        assert!(told.iter().any(|line| line.starts_with("✗ tests that pass: 98.7% → ")), "{told:?}");
        assert_eq!(told.iter().filter(|line| line.ends_with(" fails now")).count(), 1, "{told:?}");
        let all: Vec<char> =
            sections[1].lines().filter_map(|line| line.chars().next()).filter(|c| "✗?✓·".contains(*c)).collect();
        assert!(all.is_sorted_by_key(|c| "✗?✓·".find(*c)), "what got worse comes first: {all:?}");
    };
    let second = forms(&shop, &["release"]);
    check(&second[0]);
    assert!(json(&second[2])["changes"]["since"] == json(&first[2])["made"]);
    check(&shop.says(&["report", "--of", "release"], 0));
    // Another machine has no earlier report but the file.
    let away = Shop::with_reports();
    away.says(&["ingest", next.to_str().unwrap(), "--when", "2026-11-24T10:00:00Z"], 0);
    check(&away.says(&["report", "--of", "release", "--since", shop.outside("first.json").to_str().unwrap()], 0));
    let wrong = away.lacuna(&["report", "--of", "sitting", "--since", shop.outside("first.json").to_str().unwrap()]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(stderr(&wrong).contains("is no report of this kind as JSON"), "{}", stderr(&wrong));
    let early = away.lacuna(&["report", "--of", "release", "--since", "2020-01-01"]);
    assert!(stderr(&early).contains("no report of this kind was made until then"), "{}", stderr(&early));
}

#[test]
fn the_report_of_a_batch_and_of_a_sitting_say_what_the_run_said() {
    let shop = Shop::with_reports();
    let empty = json(&forms(&shop, &["sitting"])[2]);
    assert_eq!((&empty["runs"], &empty["figures"][1]["value"]), (&serde_json::json!([]), &0.0.into()));
    let path = "tests/unit/reporting/test_exports.py";
    shop.write(path, TESTS);
    let run = shop.json(&["run", path, "--trust", "--format", "json"], 1);
    let [text, _, value, _] = forms(&shop, &["batch"]);
    let value = json(&value);
    for side in ["before", "after"] {
        assert_eq!(value["coverage"][side]["coverage"]["display"], run["total"][side]["display"], "{side}");
    }
    let newly = |file: &Value| {
        let lines = |key: &str| file["lines"][key].as_array().into_iter().flatten().cloned().collect::<Vec<_>>();
        [lines("gained"), lines("new_covered")].concat()
    };
    let files = value["coverage"]["files"].as_array().unwrap();
    let of_run =
        run["files"].as_array().unwrap().iter().filter(|file| !file["newly_covered"].as_array().unwrap().is_empty());
    for file in of_run {
        let same = files.iter().find(|other| other["path"] == file["path"]).unwrap();
        assert_eq!(newly(same), *file["newly_covered"].as_array().unwrap(), "{file}");
    }
    assert!(text.contains("2 tests ran; 2 of them for the first time, and 1 failed."), "{text}");
    assert!(text.contains("It never ran before.") && text.contains("AssertionError"), "{text}");
    let sitting = json(&forms(&shop, &["sitting"])[2]);
    assert_eq!(sitting["added"].as_array().unwrap().len(), 2, "{sitting}");
    assert_eq!(sitting["failures"].as_array().unwrap().len(), 1, "{sitting}");
    assert_eq!(sitting["coverage"]["after"]["coverage"]["display"], run["total"]["after"]["display"]);
    assert_eq!(sitting["changes"]["items"].as_array().unwrap().last().unwrap()["means"], "plain");

    // Mended, it is open no more, and it has had both outcomes.
    shop.edit(path, "{\"DE\": 1}", "{}");
    shop.says(&["run", path], 0);
    let value = json(&forms(&shop, &["batch"])[2]);
    let words: Vec<&str> =
        value["changes"]["items"].as_array().unwrap().iter().map(|item| item["words"].as_str().unwrap()).collect();
    assert!(
        words.contains(&format!("{path}::test_no_orders_bring_something passed in this run").as_str()),
        "{words:?}"
    );
    let sitting = json(&forms(&shop, &["sitting"])[2]);
    assert_eq!(sitting.get("failures"), None, "{sitting}");
    assert_eq!(sitting["flakes"][0]["strip"], "✗✓", "{sitting}");
}

#[test]
fn what_a_report_needs_and_cannot_have_is_said_and_nothing_is_written() {
    let shop = Shop::with_reports();
    let check = |arguments: &[&str], code: i32, what: &str| {
        let output = shop.lacuna(&[&["report"], arguments].concat());
        assert_eq!(output.status.code(), Some(code), "{arguments:?} {}", stderr(&output));
        assert!(stderr(&output).contains(what), "{arguments:?} {}", stderr(&output));
        assert_eq!(stdout(&output), "");
    };
    check(&["--of", "release", "--output", "report.pdf"], 2, "its name says no form of a report");
    check(&["--of", "release", "--output", "nowhere/report.md"], 2, "nowhere/report.md");
    check(&["--of", "release", "something"], 2, "is more than this report is of");
    check(&["--of", "incident"], 2, "wants the test that it is of");
    check(&["--of", "incident", "tests/none.py::test_none"], 3, "has no result of this test");
    check(&["--format", "html"], 2, "the map has no HTML form");
    assert!(!shop.root().join("report.pdf").exists() && !shop.root().join("nowhere").exists());
    // What was not written is no report that the next one could begin from.
    assert!(shop.says(&["report", "--of", "release"], 0).contains("the first report of this kind"));
    let bare = Shop::of(&[("app/a.py", "A = 1\n")]);
    assert_eq!(bare.lacuna(&["report", "--of", "batch"]).status.code(), Some(3));
    assert_eq!(bare.lacuna(&["report", "--of", "sitting"]).status.code(), Some(3));
    let text = bare.says(&["report", "--of", "release"], 0);
    assert!(text.contains("How much of the code the tests run is not known"), "{text}");
    assert!(!text.contains(" 0%") && !text.contains("100%"), "{text}");
}
