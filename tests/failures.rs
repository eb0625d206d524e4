//! Failures of real pytest, taken apart: by its own objects, and by the text alone; live, whatever runs the tests.

use crate::runner::Project;
use crate::shop::Shop;
use lacuna::domain::suite::{
    CodeKind, Exit, Failure, Frame, Outcome, Progress, Says, TestId, TestResult, Verdict, read_longrepr,
};

const LIBRARY: &str = include_str!("data/failures/shoplib.py");
const TESTS: &str = include_str!("data/failures/test_all.py");

fn project() -> Project {
    Project::new(&[("shoplib.py", LIBRARY), ("test_all.py", TESTS), ("pytest.ini", "[pytest]\n")]).unmeasured()
}

type Code = Vec<(Option<u32>, CodeKind, String)>;
type Why = Vec<(Says, String)>;

/// What can be compared of a frame that was taken apart in two ways.
fn told(frame: &Frame) -> (String, u32, String, Code, Why, Vec<String>) {
    let code = frame.code.iter().map(|line| (line.number, line.kind, line.text.trim().to_owned())).collect();
    let explained = frame.explained.iter().map(|line| (line.says, line.text.trim_end().to_owned())).collect();
    (frame.path.clone(), frame.line, frame.function.clone(), code, explained, frame.locals.clone())
}

fn failures(progress: &Progress) -> Vec<(String, Failure)> {
    let of = |test: &TestResult| {
        test.failures.iter().map(|failure| (test.id.as_str().to_owned(), failure.clone())).collect::<Vec<_>>()
    };
    progress.results().iter().flat_map(of).collect()
}

fn result<'a>(progress: &'a Progress, name: &str) -> &'a TestResult {
    progress.result(&TestId::new(&format!("test_all.py::{name}"))).unwrap_or_else(|| panic!("{name} did not run"))
}

#[test]
fn a_failure_is_the_same_by_pytests_objects_and_by_its_text() {
    for options in [&["--tb=auto", "-l"][..], &["--tb=short", "-l"], &["--tb=long", "-vv"], &["--tb=native"]] {
        let done = project().with(options).run(&["test_all.py"]);
        let failures = failures(&done.progress);
        assert!(failures.len() > 20, "{options:?} {}", done.context());
        for (test, failure) in failures {
            let crash = failure.crash.clone();
            let by_text = Failure::new(failure.when, failure.text.clone(), crash, Some(read_longrepr(&failure.text)));
            let (objects, text): (Vec<_>, Vec<_>) =
                (failure.frames().map(told).collect(), by_text.frames().map(told).collect());
            assert_eq!(objects, text, "{test} {options:?}\n{}", failure.text);
            let links = |failure: &Failure| failure.raised.iter().map(|raised| raised.link).collect::<Vec<_>>();
            assert_eq!(links(&failure), links(&by_text), "{test} {options:?}");
        }
    }
}

/// What must be known of the run whoever carried the reports: pytest itself, or workers.
fn check_live(progress: &Progress) {
    let outcome = |name: &str| result(progress, name).outcome;
    assert_eq!(outcome("TestShop::test_discount[0.5]"), Some(Outcome::Passed));
    assert_eq!(outcome("test_missing"), Some(Outcome::Error));
    assert_eq!(outcome("test_expected"), Some(Outcome::Xfailed));
    assert_eq!(outcome("test_skipped"), Some(Outcome::Skipped));
    assert_eq!(outcome("test_again"), Some(Outcome::Passed));
    assert_eq!(outcome("TestOld::test_parts"), Some(Outcome::Failed));
    assert_eq!(outcome("test_subtests"), Some(Outcome::Failed));
    let discount = result(progress, "TestShop::test_discount[2]");
    let sections: Vec<(&str, &str)> = discount.sections.iter().map(|said| (&*said.title, said.text.trim())).collect();
    assert_eq!(sections[0], ("Captured stdout call", "\x1b[31mred\x1b[0m out"));
    assert_eq!(sections[1], ("Captured stderr call", "err"));
    assert_eq!(sections[2].0, "Captured log call");
    let frames: Vec<&Frame> = discount.failures[0].frames().collect();
    assert_eq!(frames.last().map(|frame| (&*frame.function, &*frame.raised)), Some(("discount", "ValueError")));
    let again = result(progress, "test_again");
    assert_eq!(again.attempts, [Outcome::Failed, Outcome::Failed]);
    assert_eq!(again.failures.iter().map(|failure| failure.attempt).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(again.sections.iter().map(|said| said.attempt).collect::<Vec<_>>(), [1, 2, 3]);
    let twice: Vec<_> = result(progress, "test_twice").failures.iter().map(|failure| failure.when.word()).collect();
    assert_eq!(twice, ["call", "teardown"]);
    let parts = &result(progress, "test_subtests").failures;
    assert!(parts.iter().any(|failure| failure.subtest.as_deref() == Some("case i=1")), "{parts:?}");
    let parts = &result(progress, "TestOld::test_parts").failures;
    assert!(parts.iter().any(|failure| failure.subtest.as_deref() == Some("i=1")), "{parts:?}");
    let warned: Vec<_> = progress.warnings.iter().map(|warning| (&*warning.category, &*warning.text)).collect();
    assert!(warned.contains(&("DeprecationWarning", "old thing")), "{warned:?}");
    assert!(warned.contains(&("UserWarning", "user thing")), "{warned:?}");
}

#[test]
fn everything_is_told_live_with_workers_as_without() {
    let alone = project().run(&["test_all.py"]);
    check_live(&alone.progress);
    let workers = project().with(&["-n", "2"]).run(&["test_all.py"]);
    check_live(&workers.progress);
    assert!(result(&workers.progress, "test_text").worker.is_some(), "{}", workers.context());
    assert_eq!((alone.verdict, alone.ended.exit), (Verdict::Failed, Exit::Code(1)));
    assert_eq!(alone.progress.warned, workers.progress.warned);
}

#[test]
fn doctests_are_told_as_tests_with_their_lines() {
    let done = project().with(&["--doctest-modules"]).run(&["shoplib.py"]);
    let ids: Vec<_> = done.progress.results().iter().map(|test| (test.id.as_str(), test.outcome)).collect();
    let expect =
        [("shoplib.py::shoplib", Some(Outcome::Failed)), ("shoplib.py::shoplib.discount", Some(Outcome::Failed))];
    assert_eq!(ids, expect, "{}", done.context());
    let frames: Vec<(u32, &str)> = done
        .progress
        .results()
        .iter()
        .flat_map(|test| &test.failures)
        .flat_map(Failure::frames)
        .map(|f| (f.line, &*f.raised))
        .collect();
    assert_eq!(frames, [(3, "DocTestFailure"), (15, "DocTestFailure")]);
}

#[test]
fn the_json_of_a_run_has_frames_output_warnings_and_the_result_before() {
    let test = "import warnings\nimport app.calc as calc\n\n\ndef check(value):\n    warnings.warn('old')\n    print('said', value)\n    \
                assert value == 'one\\ntwo'\n\n\ndef test_it():\n    check('one\\n2')\n";
    let shop = Shop::of(&[("app/__init__.py", ""), ("app/calc.py", "x = 1\n"), ("tests/test_it.py", test)]);
    let answer = shop.json(&["run", "--trust", "tests/test_it.py", "--format", "json"], 1);
    let it = &answer["tests"][0];
    assert!(it["previous"].is_null(), "{it}");
    let frames = it["failures"][0]["exceptions"][0]["frames"].as_array().expect("frames");
    let lines: Vec<_> = frames.iter().map(|frame| (frame["function"].as_str(), frame["line"].as_u64())).collect();
    assert_eq!(lines, [(Some("test_it"), Some(12)), (Some("check"), Some(8))], "{it}");
    let says: Vec<_> =
        frames[1]["explained"].as_array().expect("lines").iter().map(|line| line["says"].as_str()).collect();
    assert!(says.contains(&Some("minus")) && says.contains(&Some("plus")), "{it}");
    assert_eq!(it["sections"][0]["title"].as_str(), Some("Captured stdout call"));
    assert_eq!(answer["warnings"][0]["line"].as_u64(), Some(6), "{answer}");
    shop.edit("tests/test_it.py", "check('one\\n2')", "check('one\\ntwo')");
    let answer = shop.json(&["run", "tests/test_it.py", "--format", "json"], 0);
    let it = &answer["tests"][0];
    assert_eq!((it["outcome"].as_str(), it["previous"]["outcome"].as_str()), (Some("passed"), Some("failed")), "{it}");
}

/// A shop whose interpreter is a wrapper around the tests' own, which adds options of its own, before pytest and after it.
fn wrapped(options: &str, last: &str, config: &str) -> Shop {
    use std::os::unix::fs::PermissionsExt as _;
    let tests = "import pytest\n\n\nclass TestIt:\n    @pytest.mark.parametrize('n', [1, 2])\n    def test_one(self, n):\n        \
                 assert n == 1\n\n\n@pytest.mark.skip(reason='not now')\ndef test_skipped():\n    pass\n";
    let shop = Shop::of(&[
        ("app/__init__.py", ""),
        ("app/calc.py", "x = 1\n"),
        ("tests/test_it.py", tests),
        ("pytest.ini", config),
        (".coverage", "precious"),
    ]);
    let python = crate::venv::interpreter().program.display().to_string();
    let wrapper = shop.outside("python");
    std::fs::write(
        &wrapper,
        format!("#!/bin/sh\n[ \"$2\" = pytest ] && set -- \"$@\" {last}\nexec {python} {options} \"$@\"\n"),
    )
    .expect("a wrapper");
    std::fs::set_permissions(&wrapper, std::fs::Permissions::from_mode(0o755)).expect("a program");
    shop.write("lacuna.toml", &format!("interpreter = '{}'\n", wrapper.display()));
    shop
}

fn check_recovered(shop: &Shop, by: &str, has_text: bool) {
    let output = shop.lacuna(&["run", "--trust", "tests/test_it.py", "--format", "json"]);
    let (out, err) = (crate::program::stdout(&output), crate::program::stderr(&output));
    assert_eq!(output.status.code(), Some(1), "{out}\n{err}");
    assert!(err.contains("plugin was not loaded") && err.contains(by) && err.contains("no coverage"), "{err}");
    let answer: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    let tests: Vec<_> = answer["tests"]
        .as_array()
        .expect("tests")
        .iter()
        .map(|test| (test["id"].as_str().expect("an id"), test["outcome"].as_str().expect("a word")))
        .collect();
    let expect = [
        ("tests/test_it.py::TestIt::test_one[1]", "passed"),
        ("tests/test_it.py::TestIt::test_one[2]", "failed"),
        ("tests/test_it.py::test_skipped", "skipped"),
    ];
    assert_eq!(tests, expect, "{err}");
    let frame = &answer["tests"][1]["failures"][0]["exceptions"][0]["frames"][0];
    assert_eq!(frame["line"].as_u64(), has_text.then_some(7), "{answer}");
    assert_eq!(shop.read(".coverage"), "precious");
}

#[test]
fn a_plugin_that_is_kept_out_leaves_outcomes_by_the_junit_report() {
    check_recovered(&wrapped("", "-p no:lacuna_probe", "[pytest]\n"), "JUnit report", true);
}

#[test]
fn an_interpreter_that_does_not_see_the_plugin_runs_without_it_and_touches_no_data() {
    check_recovered(&wrapped("-I", "", "[pytest]\npythonpath = .\naddopts = --cov=app\n"), "JUnit report", true);
}

#[test]
fn where_there_is_no_report_either_the_text_serves() {
    check_recovered(&wrapped("", "-p no:lacuna_probe -p no:junitxml", "[pytest]\n"), "its text", true);
}
