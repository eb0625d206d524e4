//! Results of tests from elsewhere: each form that pytest writes, in each place where it may lie, tells the same history.

use crate::isolation::plugins;
use crate::program::{stderr, stdout};
use crate::shop::Shop;
use crate::venv::interpreter;
use serde_json::Value;
use std::io::Write;
use std::process::{Command, Stdio};

const TESTS: &str = r#"
import unittest
import pytest

state = {"runs": 0}

def test_pass():
    print("hello")

def test_fail():
    assert 1 == 2, "boom"

@pytest.mark.xfail(reason="known")
def test_xfail():
    assert 0

@pytest.mark.xfail(strict=True)
def test_xpass_strict():
    pass

@pytest.mark.skip(reason="why")
def test_skip():
    pass

@pytest.fixture
def broken():
    raise ValueError("setup")

def test_setup(broken):
    pass

@pytest.fixture
def late():
    yield
    raise ValueError("down")

def test_down(late):
    pass

def test_fail_and_down(late):
    assert 0

@pytest.mark.flaky(reruns=2)
def test_again():
    state["runs"] += 1
    assert state["runs"] >= 2

@pytest.mark.flaky(reruns=1)
def test_never():
    assert 0

@pytest.mark.parametrize("x", ["a b", "[PASSED]", "a::b"])
def test_case(x):
    pass

class TestOld(unittest.TestCase):
    def test_sub(self):
        with self.subTest(i=1):
            self.fail("x")
"#;

/// A project whose tests ran once, told in three ways: `out/junit.xml`, `out/log.jsonl`, `out/job.log`.
fn told() -> Shop {
    let shop = Shop::of(&[("pyproject.toml", "[tool.pytest.ini_options]\n"), ("tests/test_all.py", TESTS)]);
    std::fs::create_dir(shop.root().join("out")).unwrap();
    let mut command = Command::new(&interpreter().program);
    command.args(["-m", "pytest", "-v", "--color=yes", "-p", "no:cacheprovider"]);
    command.args(["-p", "pytest_reportlog.plugin", "-p", "pytest_rerunfailures"]);
    command.args(["--junitxml=out/junit.xml", "--report-log=out/log.jsonl"]);
    command.current_dir(shop.root()).env("PYTHONPATH", plugins()).env("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1");
    command.env_remove("PYTEST_ADDOPTS");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    // As a CI system keeps it.
    let job: String = stdout(&output).lines().map(|line| format!("2026-11-20T10:00:00.1234567Z {line}\n")).collect();
    shop.write("out/job.log", &job);
    shop
}

fn runs(shop: &Shop) -> Vec<Value> {
    shop.json(&["history", "--format", "json"], 0).as_array().unwrap().clone()
}

#[test]
fn each_form_that_pytest_writes_tells_the_same_results() {
    let shop = told();
    for file in ["out/junit.xml", "out/log.jsonl", "out/job.log"] {
        shop.says(&["ingest", file, "--run-id", file], 0);
    }
    let runs = runs(&shop);
    let counts: Vec<(u64, u64)> =
        runs.iter().map(|run| (run["tests"].as_u64().unwrap(), run["bad"].as_u64().unwrap())).collect();
    // Failed: fail, strict xpass, setup, down, fail and down, never, and the test whose subtest failed.
    assert_eq!(counts, [(14, 7), (14, 7), (14, 7)], "{runs:?}");
    let of = |file: &str| runs.iter().find(|run| run["id"] == file).unwrap();
    assert_eq!(of("out/log.jsonl")["exit"], 1);
    assert_eq!(of("out/job.log")["when"], "2026-11-20T10:00:00Z");
    let environment = of("out/job.log")["environment"].as_str().unwrap().to_owned();
    assert!(environment.starts_with("python 3.") && environment.contains(" pytest "), "{environment}");
    // What failed and then passed within one run is a flake by each of them; what never passed is none.
    for file in ["out/junit.xml", "out/log.jsonl", "out/job.log"] {
        let alone = told();
        alone.says(&["ingest", file], 0);
        let flaky = alone.json(&["flaky", "--format", "json"], 0);
        let ids: Vec<&str> = flaky.as_array().unwrap().iter().map(|test| test["id"].as_str().unwrap()).collect();
        assert_eq!(ids[0], "tests/test_all.py::test_again", "{file}: {flaky}");
        assert_eq!(flaky[0]["standing"], "flaky", "{file}: {flaky}");
        let others = flaky.as_array().unwrap().iter().skip(1);
        others.for_each(|test| assert_ne!(test["standing"], "flaky", "{file}: {test}"));
    }
}

#[test]
fn folders_patterns_archives_and_standard_input_are_taken_in_once() {
    let shop = told();
    shop.write("out/coverage.xml", "<coverage/>");
    shop.write("out/half.xml", &shop.read("out/junit.xml")[..300]);
    let folder = shop.lacuna(&["ingest", "out"]);
    // What is cut off is named; what holds no results is only counted.
    assert_eq!(folder.status.code(), Some(2));
    assert!(stderr(&folder).contains("half.xml: JUnit XML: "), "{}", stderr(&folder));
    assert!(stderr(&folder).contains("3 runs added with 42 results, 0 known before; 1 file holds no results"));
    let ids = stdout(&folder);
    shop.remove("out/half.xml");
    let pattern = shop.lacuna(&["ingest", "out/*.xml", "out/*.jsonl"]);
    assert!(stderr(&pattern).contains("0 runs added with 0 results, 2 known before"), "{}", stderr(&pattern));

    let packed = shop.python(&["zipfile", "-c", "artifact.zip", "out/"]);
    assert!(packed.status.success(), "{}", stderr(&packed));
    let archive = shop.lacuna(&["ingest", "artifact.zip"]);
    let (mut again, mut first): (Vec<&str>, Vec<&str>) = (Vec::new(), ids.lines().collect());
    let printed = stdout(&archive);
    again.extend(printed.lines());
    again.sort_unstable();
    first.sort_unstable();
    assert_eq!(again, first, "{}", stderr(&archive));

    let mut command = shop.command(&["ingest", "-", "--run-id", "piped", "--commit", "abc", "--environment", "py3"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let bytes = std::fs::read(shop.root().join("artifact.zip")).unwrap();
    child.stdin.take().unwrap().write_all(&bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(stdout(&output), "piped\n", "{}", stderr(&output));
    let run = runs(&shop).into_iter().find(|run| run["id"] == "piped").unwrap();
    assert_eq!((&run["commit"], &run["tests"]), (&Value::from("abc"), &Value::from(14)));
    shop.says(&["ingest", "nothing/*.xml"], 2);
}

#[test]
fn in_a_ci_job_its_variables_say_what_ran_and_arguments_say_it_better() {
    let shop = told();
    let ingest = |arguments: &[&str]| {
        let mut command = shop.command(&[&["ingest", "out/junit.xml"], arguments].concat());
        command.envs([("GITLAB_CI", "true"), ("CI_COMMIT_SHA", "c0ffee"), ("CI_COMMIT_REF_NAME", "main")]);
        let output = command.env("CI_JOB_NAME", "unit: [3.11]").output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    };
    ingest(&[]);
    ingest(&["--run-id", "other", "--commit", "beef", "--when", "2026-01-02T03:04:05+01:00"]);
    let runs = runs(&shop);
    let facts = |id: Option<&str>| {
        let run = runs.iter().find(|run| id.map_or(run["id"] != "other", |id| run["id"] == id)).unwrap();
        ["commit", "branch", "environment"].map(|key| run[key].as_str().unwrap_or("").to_owned())
    };
    assert_eq!(facts(None), ["c0ffee", "main", "unit: [3.11]"]);
    // A run of another commit is not this job's.
    assert_eq!(facts(Some("other")), ["beef", "", ""]);
    assert!(runs.iter().any(|run| run["when"] == "2026-01-02T02:04:05Z"), "{runs:?}");
}

#[test]
fn an_export_carries_the_history_to_others_and_two_of_them_are_one() {
    let job = told();
    let ingest = |run: &str, report: &str, commit: &str| {
        let about =
            ["--run-id", run, "--commit", commit, "--environment", "linux", "--when", "2026-11-20T10:00:00.25Z"];
        job.lacuna(&[&["ingest", report, "--export", "out/team.jsonl"][..], &about].concat())
    };
    assert!(stderr(&ingest("first", "out/junit.xml", "abc")).contains("1 run added to out/team.jsonl, 0 in it before"));
    // A second time changes nothing; the next run is added.
    let before = job.read("out/team.jsonl");
    assert!(stderr(&ingest("first", "out/junit.xml", "abc")).contains("0 runs added"));
    assert_eq!(job.read("out/team.jsonl"), before);
    assert_eq!(ingest("second", "out/log.jsonl", "def").status.code(), Some(0));
    assert!(job.read("out/team.jsonl").starts_with(&before));

    // Somebody else has runs of their own; one of them was launched there.
    let other = Shop::of(&[("pyproject.toml", "[tool.pytest.ini_options]\n"), ("tests/test_all.py", TESTS)]);
    other.says(&["run", "tests/test_all.py::test_fail", "--trust"], 1);
    other.says(&["history", "export", "mine.jsonl"], 0);
    let both = job.read("out/team.jsonl") + &other.read("mine.jsonl");
    other.write("both.jsonl", &both);
    let taken = other.lacuna(&["ingest", "both.jsonl"]);
    assert_eq!((stdout(&taken).lines().count(), taken.status.code()), (3, Some(0)), "{}", stderr(&taken));
    other.says(&["ingest", "both.jsonl", "out", "both.jsonl"], 2);
    let of = |shop: &Shop, id: &str| runs(shop).into_iter().find(|run| run["id"] == id).unwrap();
    for id in ["first", "second"] {
        assert_eq!(of(&other, id), of(&job, id));
    }
    assert_eq!(runs(&other).len(), 3);
    let flaky = |shop: &Shop| {
        let all = shop.json(&["flaky", "tests/test_all.py::test_again", "--format", "json"], 0);
        ["strip", "unstable", "interval_90", "last_seven_days"].map(|name| all["verdict"][name].clone())
    };
    assert_eq!(flaky(&other), flaky(&job));
    assert_eq!(flaky(&job)[1]["failed"], 2);

    // A writer that was killed took its own line alone; the next one begins a new line.
    let (all, cut) = (job.read("out/team.jsonl"), 40);
    job.write("out/team.jsonl", &all[..all.len() - cut]);
    let third = Shop::of(&[("tests/test_all.py", TESTS)]);
    let broken = job.root().join("out/team.jsonl");
    let taken = third.lacuna(&["ingest", broken.to_str().unwrap()]);
    assert_eq!((stdout(&taken).as_str(), taken.status.code()), ("first\n", Some(2)));
    assert!(stderr(&taken).contains("team.jsonl: export of a history: line 2: EOF"), "{}", stderr(&taken));
    job.says(&["history", "export", "out/team.jsonl"], 0);
    let taken = third.lacuna(&["ingest", broken.to_str().unwrap()]);
    assert_eq!(stdout(&taken), "first\nsecond\n", "{}", stderr(&taken));

    // Other files are left alone.
    job.write("notes.txt", "mine");
    let refused = job.lacuna(&["history", "export", "notes.txt"]);
    assert!(
        refused.status.code() == Some(2) && stderr(&refused).contains("nothing was written"),
        "{}",
        stderr(&refused)
    );
    assert_eq!(job.read("notes.txt"), "mine");
}
