//! A suite divided among machines, checked with real pytest: together they run each test once, and all divide alike.

use crate::program;
use crate::shop::Shop;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// Tests of every kind: cases with odd names, classes, inherited and imported ones, and some that are made as the module is imported.
fn shop() -> Shop {
    Shop::of(&[
        ("pytest.ini", "[pytest]\npythonpath = .\n"),
        ("tests/__init__.py", ""),
        ("tests/base.py", "class Base:\n    def test_inherited(self):\n        pass\n"),
        (
            "tests/test_cases.py",
            "import pytest\n\n@pytest.mark.parametrize('n', ['a b', 'x::y', '[1]', 'ü', 4])\ndef test_case(n):\n    pass\n\ndef test_one():\n    pass\n\nclass TestC:\n    def test_x(self):\n        pass\n\n    class TestInner:\n        def test_y(self):\n            pass\n",
        ),
        (
            "tests/test_heir.py",
            "from tests.base import Base\n\nclass TestHeir(Base):\n    pass\n\ndef test_own():\n    pass\n",
        ),
        ("tests/test_made.py", "for n in range(3):\n    globals()[f'test_made_{n}'] = lambda: None\n"),
        ("tests/test_none.py", "def helper():\n    pass\n"),
        ("tests/unit/__init__.py", ""),
        ("tests/unit/test_a.py", "def test_a():\n    pass\n\ndef test_b():\n    pass\n"),
        ("tests/unit/test_b.py", "def test_a():\n    pass\n"),
    ])
}

/// The tests that pytest collects when it is given these arguments.
fn collected(shop: &Shop, arguments: &[&str]) -> Vec<String> {
    let output = shop.python(&[&["pytest", "--collect-only", "-q", "-p", "no:cacheprovider"], arguments].concat());
    let text = program::stdout(&output);
    assert!(output.status.success(), "{arguments:?}\n{text}");
    text.lines().take_while(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// All shards together run each test once.
fn is_whole(shop: &Shop, by: &str, total: usize, all: &BTreeSet<String>) {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for index in 1..=total {
        let output = shop.lacuna(&["shard", "--total", &total.to_string(), "--index", &index.to_string(), "--by", by]);
        let text = program::stdout(&output);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(output.status.code(), Some(if lines.is_empty() { 3 } else { 0 }), "{}", program::stderr(&output));
        let own = if lines.is_empty() { Vec::new() } else { collected(shop, &lines) };
        for test in own {
            assert!(seen.insert(test.clone()), "{test} is in two shards by {by}");
        }
    }
    assert_eq!(&seen, all, "by {by}");
}

#[test]
fn all_shards_together_run_each_test_once() {
    let shop = shop();
    let all = |shop: &Shop| collected(shop, &[]).into_iter().collect::<BTreeSet<String>>();
    let whole = all(&shop);
    for by in ["file", "class", "test"] {
        is_whole(&shop, by, 2, &whole);
    }
    // With what pytest knows of them, files fall into classes and tests.
    let left = |shop: &Shop| {
        let told = shop.json(&["shard", "--total", "2", "--index", "1", "--by", "test", "--format", "json"], 0);
        told["files_not_divided"].as_array().unwrap().len()
    };
    assert_eq!(left(&shop), 2, "test_heir.py and test_made.py");
    shop.says(&["tests", "--collect", "--trust"], 0);
    assert_eq!(left(&shop), 0);
    for by in ["class", "test"] {
        is_whole(&shop, by, 3, &whole);
    }
    // What has changed since is as certain as its source.
    shop.edit("tests/test_cases.py", "'ü', 4]", "'ü', 4, 5]");
    is_whole(&shop, "test", 2, &all(&shop));
}

/// A JUnit report in which the files take so many seconds.
fn junit(rows: &[(&str, f64)]) -> String {
    let case = |(name, seconds): &(&str, f64)| {
        let (class, test) = name.split_once("::").unwrap();
        format!("<testcase classname=\"{class}\" name=\"{test}\" time=\"{seconds}\"/>")
    };
    let cases: String = rows.iter().map(case).collect();
    format!(
        "<?xml version=\"1.0\"?><testsuites><testsuite name=\"pytest\" tests=\"{}\" timestamp=\"2026-11-26T10:00:00\">{cases}</testsuite></testsuites>",
        rows.len()
    )
}

const SLOW: [(&str, f64); 5] = [
    ("tests.test_cases::test_one", 8.0),
    ("tests.unit.test_a::test_a", 5.0),
    ("tests.unit.test_a::test_b", 4.0),
    ("tests.unit.test_b::test_a", 1.0),
    ("tests.test_heir::test_own", 2.0),
];

#[test]
fn machines_with_the_same_history_divide_alike_and_as_evenly_as_they_can() {
    let shop = shop();
    let report = shop.outside("junit.xml");
    std::fs::write(&report, junit(&SLOW)).unwrap();
    let run = |home: &Path, arguments: &[&str]| program::stdout(&program::run(arguments, &shop.root(), home));
    let homes = ["one", "two"].map(|name| shop.outside(name));
    for home in &homes {
        run(home, &["ingest", report.to_str().unwrap()]);
    }
    let [one, two] = homes.map(|home| run(&home, &["shard", "--total", "2", "--index", "1", "--format", "json"]));
    assert_eq!(one, two);
    let told: Value = serde_json::from_str(&one).unwrap();
    let seconds: Vec<f64> =
        told["shards"].as_array().unwrap().iter().map(|shard| shard["seconds"].as_f64().unwrap()).collect();
    // Nothing is known of the cases and of the made tests: 4 s each, the median. The longest file takes 8 + 7 × 4.
    assert_eq!(told["usual_seconds"].as_f64(), Some(4.0));
    assert!(seconds.iter().all(|seconds| *seconds <= 36.0) && (seconds[0] - seconds[1]).abs() <= 16.0, "{seconds:?}");
    let none = program::run(&["shard", "--total", "2", "--index", "1"], &shop.root(), &shop.outside("three"));
    assert!(program::stderr(&none).contains("no duration is known, so that tests are counted"));
}

#[test]
fn the_variables_of_the_ci_system_say_which_part_this_is() {
    let shop = shop();
    let part = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = shop.command(&[&["shard"], arguments].concat());
        let names =
            ["CI_NODE_INDEX", "CI_NODE_TOTAL", "CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", "JOB_COMPLETION_INDEX"];
        for name in names {
            command.env_remove(name);
        }
        let output = command.envs(variables.iter().copied()).output().unwrap();
        (output.status.code().unwrap(), program::stdout(&output), program::stderr(&output))
    };
    let second = part(&[], &["--total", "2", "--index", "2"]).1;
    assert!(!second.is_empty());
    let gitlab = part(&[("CI_NODE_INDEX", "2"), ("CI_NODE_TOTAL", "2")], &[]);
    assert_eq!((gitlab.0, &gitlab.1), (0, &second));
    assert!(gitlab.2.contains("part 2 of 2 (by GitLab CI)"), "{}", gitlab.2);
    assert_eq!(part(&[("CIRCLE_NODE_INDEX", "1"), ("CIRCLE_NODE_TOTAL", "2")], &[]).1, second);
    assert_eq!(part(&[("JOB_COMPLETION_INDEX", "1")], &["--total", "2"]).1, second);
    assert!(part(&[("JOB_COMPLETION_INDEX", "1")], &[]).2.contains("how many parts"));
    shop.write("lacuna.toml", "[shard]\ntotal = 2\n");
    assert_eq!(part(&[("JOB_COMPLETION_INDEX", "1")], &[]).1, second);
    // What is said by hand counts.
    assert_eq!(part(&[("CI_NODE_INDEX", "1"), ("CI_NODE_TOTAL", "9")], &["--index", "2"]).1, second);
}

#[test]
fn what_cannot_be_divided_is_refused_and_an_empty_part_is_no_success() {
    let shop = shop();
    for (arguments, code, what) in [
        (&["--total", "2"][..], 2, "which part this is"),
        (&["--total", "2", "--index", "3"], 2, "there is no part 3 of 2"),
        (&["--total", "2", "--index", "0"], 2, "0 is not in"),
        (&["--total", "99", "--index", "99"], 3, "part 99 of 99: 0 of"),
        (&["--total", "2", "--index", "1", "tests/base.py"], 2, "is no test file"),
        (&["--total", "2", "--index", "1", "tests/unit/test_a.py::test_a"], 2, "only files and folders are divided"),
        (&["--total", "2", "--index", "1", "--durations", "pytest.ini"], 2, "is no JSON"),
    ] {
        let output = shop.lacuna(&[&["shard"], arguments].concat());
        let said = program::stderr(&output);
        assert_eq!(
            (output.status.code(), program::stdout(&output).as_str()),
            (Some(code), ""),
            "{arguments:?}\n{said}"
        );
        assert!(said.contains(what), "{arguments:?}: {said}");
    }
    let folder = shop.says(&["shard", "--total", "1", "--index", "1", "tests/unit"], 0);
    assert_eq!(folder, "tests/unit/test_a.py\ntests/unit/test_b.py\n");
}

#[test]
fn durations_are_written_as_pytest_split_keeps_them_and_read_back() {
    let shop = shop();
    let report = shop.outside("junit.xml");
    std::fs::write(&report, junit(&SLOW)).unwrap();
    shop.says(&["ingest", report.to_str().unwrap()], 0);
    let file = shop.outside(".test_durations");
    assert_eq!(shop.says(&["shard", "--durations-file", file.to_str().unwrap()], 0), "");
    let text = std::fs::read_to_string(&file).unwrap();
    // Python's json.dumps with sorted keys and an indent of four.
    let wanted = "{\n    \"tests/test_cases.py::test_one\": 8.0,\n    \"tests/test_heir.py::test_own\": 2.0,\n    \"tests/unit/test_a.py::test_a\": 5.0,\n    \"tests/unit/test_a.py::test_b\": 4.0,\n    \"tests/unit/test_b.py::test_a\": 1.0\n}";
    assert_eq!(text, wanted);
    let part = |more: &[&str], home: &Path| {
        let arguments = [&["shard", "--total", "3", "--index", "2", "--format", "json"], more].concat();
        program::stdout(&program::run(&arguments, &shop.root(), home))
    };
    // A machine without the history divides by the file as one with it.
    assert_eq!(part(&["--durations", file.to_str().unwrap()], &shop.outside("other")), part(&[], &shop.home()));
    let old = shop.outside("pairs");
    std::fs::write(&old, "[[\"tests/unit/test_a.py::test_a\", 5.0]]").unwrap();
    assert!(part(&["--durations", old.to_str().unwrap()], &shop.home()).contains("\"usual_seconds\": 5.0"));
}
