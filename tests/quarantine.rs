//! The quarantine, with real pytest: failures that do not count and are recorded all the same, and the list itself.

use crate::elsewhere::Engine;
use crate::program;
use crate::screen::Screen;
use crate::shop::Shop;
use crate::venv::interpreter;
use serde_json::Value;

const LIST: &str = "lacuna-quarantine.toml";

/// Tests that fail wherever a test can fail, and one that is sound. `FAIL` is read from a file outside the project, so that
/// the sources stay as they are.
const TESTS: &str = r#"
import os
import unittest
import pytest

FAIL = os.path.exists(os.environ["HOME"] + "/fail")

def test_call():
    assert not FAIL, "in its body"

@pytest.fixture
def server():
    if FAIL:
        raise RuntimeError("no server")
    yield 1
    assert not FAIL

@pytest.fixture
def place():
    yield 1
    assert not FAIL, "left behind"

def test_setup(server):
    pass

def test_teardown(place):
    pass

@pytest.mark.parametrize("n", [1, 2])
def test_case(n):
    assert n == 1 or not FAIL

@pytest.mark.xfail(strict=True)
def test_strict():
    assert not FAIL

class TestOld(unittest.TestCase):
    def test_old(self):
        self.assertFalse(FAIL)

    def test_parts(self):
        with self.subTest("part"):
            self.assertFalse(FAIL)

def test_sound():
    pass

def test_soundness():
    pass
"#;

const HELD: [&str; 8] = [
    "test_call",
    "test_setup",
    "test_teardown",
    "test_case",
    "test_case[2]",
    "TestOld",
    "TestOld::test_old",
    "TestOld::test_parts",
];

fn id(name: &str) -> String {
    format!("tests/test_a.py::{name}")
}

fn list(entries: &[&str], more: &str) -> String {
    entries.iter().map(|name| format!("[[test]]\nid = \"{}\"\nreason = \"known\"\n{more}\n", id(name))).collect()
}

fn shop() -> Shop {
    let shop = Shop::of(&[("pytest.ini", "[pytest]\n"), ("tests/test_a.py", TESTS)]);
    fails(&shop, true);
    shop
}

/// Whether the flaky tests fail from now on.
fn fails(shop: &Shop, fail: bool) {
    std::fs::create_dir_all(shop.home()).unwrap();
    let mark = shop.home().join("fail");
    if fail {
        std::fs::write(mark, "").unwrap();
    } else {
        std::fs::remove_file(mark).unwrap();
    }
}

/// What a run says on either output, which must have ended with this code.
fn ends(shop: &Shop, arguments: &[&str], code: i32) -> (String, String) {
    let output = shop.lacuna(arguments);
    let (out, err) = (program::stdout(&output), program::stderr(&output));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{err}");
    (out, err)
}

/// The recorded outcomes of a test, the newest first.
fn recorded(shop: &Shop, name: &str) -> Vec<String> {
    let told = shop.json(&["flaky", &id(name), "--format", "json"], 0);
    told["results"].as_array().unwrap().iter().map(|seen| seen["outcome"].as_str().unwrap().to_owned()).collect()
}

fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} of {value}"))
}

#[test]
fn a_failure_in_quarantine_does_not_count_and_is_recorded_as_what_it_was() {
    let shop = shop();
    shop.says(&["run", "--all", "--trust"], 1);
    shop.write(LIST, &list(&["test_call", "test_setup", "test_teardown", "test_case", "test_strict", "TestOld"], ""));
    for workers in ["0", "2"] {
        let (out, err) = ends(&shop, &["run", "--all", "--workers", workers, "--format", "json"], 0);
        let said = "8 quarantined tests, not counted: 4 failed, 2 with an error, 1 passed, 1 xfailed";
        assert!(err.contains("8 quarantined tests run, and a failure does not count") && err.contains(said), "{err}");
        let told: Value = serde_json::from_str(&out).unwrap();
        assert_eq!((word(&told["quarantine"], "treatment"), word(&told["quarantine"], "words")), ("xfail", said));
        assert_eq!(told["suspects"], Value::Array(Vec::new()), "what does not count needs no culprit");
        let outcome = |name: &str| {
            let test = told["tests"].as_array().unwrap().iter().find(|test| test["id"] == id(name).as_str()).unwrap();
            word(test, "outcome").to_owned()
        };
        assert_eq!(["test_call", "test_case[1]", "test_sound"].map(outcome), ["xfailed", "passed", "passed"]);
    }
    let wanted = [
        ("test_call", "failed"),
        ("test_setup", "error"),
        ("test_teardown", "error"),
        ("test_case[2]", "failed"),
        ("TestOld::test_old", "failed"),
        ("TestOld::test_parts", "failed"),
        ("test_case[1]", "passed"),
    ];
    for (name, outcome) in wanted {
        assert_eq!(recorded(&shop, name), [outcome; 3], "{name}");
    }
    // The failure is there in full, as its cause.
    let told = shop.json(&["flaky", &id("test_setup"), "--format", "json"], 0);
    assert_eq!(word(&told["causes"][0], "words"), "RuntimeError: no server");
}

#[test]
fn what_is_not_in_quarantine_counts_as_ever() {
    let shop = shop();
    shop.write(LIST, &list(&HELD[..2], ""));
    let (_, err) = ends(&shop, &["run", "--all", "--trust"], 1);
    assert!(err.contains("2 quarantined tests, not counted: 1 failed, 1 with an error"), "{err}");
    shop.write("lacuna.toml", "[runner]\nquarantine = \"off\"\n");
    let (_, err) = ends(&shop, &["run", "tests/test_a.py"], 1);
    assert!(!err.contains("quarantined"), "{err}");
}

#[test]
fn quarantined_tests_alone_and_by_name_run_and_count() {
    let shop = shop();
    shop.write(LIST, &list(&["test_call", "test_case"], ""));
    let (_, err) = ends(&shop, &["run", &id("test_case[2]"), "--trust"], 1);
    assert!(err.contains("1 quarantined test was asked for by name, and counts"), "{err}");
    shop.says(&["run", &id("test_case[2]"), &id("test_sound")], 0);
    assert_eq!(recorded(&shop, "test_case[2]"), ["failed", "failed"]);
}

#[test]
fn they_can_be_left_out_and_that_is_said() {
    let shop = shop();
    shop.write("lacuna.toml", "[runner]\nquarantine = \"deselect\"\n");
    shop.write(LIST, &list(&["test_call", "test_setup", "test_teardown", "test_case", "TestOld", "test_sound"], ""));
    shop.says(&["tests", "--collect", "--trust"], 0);
    let plan = shop.says(&["plan", "--all"], 0);
    assert!(plan.starts_with("# 7 quarantined tests do not run\n"), "{plan}");
    assert!(
        plan.contains("--deselect=tests/test_a.py::TestOld::")
            && !plan.contains("--deselect=tests/test_a.py::test_sound "),
        "{plan}"
    );
    let (out, err) = ends(&shop, &["run", "--all", "--trust", "--format", "json"], 0);
    // What can't be said is held instead.
    assert!(err.contains("it runs, since --deselect would leave out tests/test_a.py::test_soundness too"), "{err}");
    let told: Value = serde_json::from_str(&out).unwrap();
    let ran: Vec<&str> = told["tests"].as_array().unwrap().iter().map(|test| word(test, "id")).collect();
    assert_eq!(ran, ["tests/test_a.py::test_strict", "tests/test_a.py::test_sound", "tests/test_a.py::test_soundness"]);
    let (_, err) = ends(&shop, &["run", &id("test_call"), &id("test_soundness")], 0);
    assert!(err.contains("1 quarantined test did not run"), "{err}");
}

#[test]
fn pytest_without_lacuna_leaves_out_what_is_printed_for_it() {
    let shop = shop();
    shop.write(LIST, &list(&["test_call", "test_case", "TestOld", "test_setup", "test_teardown"], ""));
    shop.says(&["tests", "--collect", "--trust"], 0);
    let options = shop.says(&["quarantine", "--pytest"], 0);
    assert_eq!(options.lines().count(), 5, "{options}");
    shop.write("left-out.txt", &options);
    let output = shop.python(&["pytest", "-q", "-p", "no:cacheprovider", "--junitxml", "none.xml", "@left-out.txt"]);
    let said = program::stdout(&output);
    assert!(
        said.contains("2 passed, 7 deselected, 1 xfailed") || said.contains("7 deselected"),
        "{said}\n{}",
        program::stderr(&output)
    );
    // What a prefix would take out besides is not printed, and named.
    shop.write(LIST, &list(&["test_sound"], ""));
    let (out, err) = ends(&shop, &["quarantine", "--pytest"], 0);
    assert!(out.is_empty() && err.contains("test_soundness"), "{out}{err}");
}

#[test]
fn what_is_over_gone_or_broken_is_said_and_the_rest_holds() {
    let shop = shop();
    let broken = "[[test]]\nid = \"tests/test_a.py::test_setup\nreason = \"x\"\n\n";
    let text = list(&["test_call"], "expires = 2020-01-31\n")
        + &list(&["test_gone"], "")
        + broken
        + &list(&["test_teardown"], "");
    shop.write(LIST, &text);
    let (out, err) = ends(&shop, &["run", "--all", "--trust", "--format", "json"], 1);
    for said in [
        "lacuna-quarantine.toml:2: the quarantine of tests/test_a.py::test_call ended on 2020-01-31: it counts again",
        "lacuna-quarantine.toml:7: tests/test_a.py::test_gone is there no more",
        "lacuna-quarantine.toml:11: ",
        "1 quarantined test, not counted: 1 with an error",
    ] {
        assert!(err.contains(said), "{said}\n{err}");
    }
    let told: Value = serde_json::from_str(&out).unwrap();
    let bad =
        told["tests"].as_array().unwrap().iter().filter(|test| ["failed", "error"].contains(&word(test, "outcome")));
    assert_eq!(bad.count(), 5, "test_call, test_setup, test_case[2] and two of TestOld");
    let listed = shop.json(&["quarantine", "--format", "json"], 0);
    let states: Vec<&str> = listed["tests"].as_array().unwrap().iter().map(|test| word(test, "state")).collect();
    assert_eq!(states, ["expired", "gone", "held"]);
}

#[test]
fn the_list_is_edited_and_nothing_else_is_written() {
    let shop = shop();
    let mine = "# Ours.\n\n# flaky since the move\n[[test]]\nid   = \"tests/test_a.py::test_setup\"\nreason = 'slow'\n";
    shop.write(LIST, mine);
    let files = || {
        let mut all: Vec<String> = std::fs::read_dir(shop.root())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        all.sort();
        all
    };
    let before = files();
    let (_, err) = ends(
        &shop,
        &[
            "quarantine",
            "add",
            &id("test_call"),
            "--reason",
            "it's a race",
            "--owner",
            "alice",
            "--expires",
            "2999-12-31",
        ],
        0,
    );
    assert!(err.contains("in quarantine until 2999-12-31"), "{err}");
    let text = shop.read(LIST);
    assert!(text.starts_with(mine) && text.contains("reason = \"it's a race\"\nowner = \"alice\"\nsince = "), "{text}");
    let listed = shop.json(&["quarantine", "--format", "json"], 0);
    assert_eq!(
        (word(&listed["tests"][1], "id"), word(&listed["tests"][1], "expires")),
        (id("test_call").as_str(), "2999-12-31")
    );
    for (arguments, what) in [
        (&["add", "tests/test_a.py::test_call", "--reason", "again"][..], "in quarantine already"),
        (&["add", "tests/test_a.py::test_nowhere", "--reason", "x"], "there is no such test"),
        (&["add", "tests/test_b.py", "--reason", "x"], "there is no such file"),
        (&["add", "tests/test_a.py::test_sound", "--reason", " "], "wants a reason"),
        (&["add", "tests/test_a.py::test_sound", "--reason", "x", "--expires", "2020-01-01"], "this day is over"),
        (&["remove", "tests/test_a.py::test_sound"], "is not in quarantine"),
    ] {
        let (_, err) = ends(&shop, &[&["quarantine"], arguments].concat(), 2);
        assert!(err.contains(what), "{arguments:?}: {err}");
        assert_eq!(shop.read(LIST), text, "{arguments:?}");
    }
    shop.says(&["quarantine", "remove", &id("test_call")], 0);
    assert_eq!(shop.read(LIST), mine);
    shop.says(&["quarantine", "remove", &id("test_setup")], 0);
    assert_eq!(shop.read(LIST), "# Ours.\n");
    assert_eq!(files(), before);
    ends(&shop, &["quarantine"], 3);
    // A list that leads out of the project is not written through.
    shop.remove(LIST);
    std::fs::write(shop.outside("other.toml"), "# theirs\n").unwrap();
    std::os::unix::fs::symlink(shop.outside("other.toml"), shop.root().join(LIST)).unwrap();
    let (_, err) = ends(&shop, &["quarantine", "add", &id("test_call"), "--reason", "x"], 2);
    assert!(err.contains("outside the project"), "{err}");
    assert_eq!(std::fs::read_to_string(shop.outside("other.toml")).unwrap(), "# theirs\n");
}

/// A log of `pytest -v` in which one test ends so.
fn log(outcome: &str) -> String {
    format!(
        "============ test session starts ============\nplatform linux -- Python 3.12.1, pytest-8.3.2, pluggy-1.5.0 -- /usr/bin/python\ncollected 1 item\n\ntests/test_a.py::test_call {outcome} [100%]\n\n============ 1 {} in 0.10s ============\n",
        outcome.to_lowercase()
    )
}

#[test]
fn how_many_passes_are_missing_is_said_until_it_can_come_back() {
    let shop = shop();
    let mut hours = 0_i64;
    let mut ingest = |outcomes: &str| {
        for outcome in outcomes.chars() {
            hours += 1;
            let when = format!("2026-01-{:02}T{:02}:00:00Z", 1 + hours / 24, hours % 24);
            std::fs::write(shop.outside("job.log"), log(if outcome == 'P' { "PASSED" } else { "FAILED" })).unwrap();
            let log = shop.outside("job.log");
            shop.says(&["ingest", log.to_str().unwrap(), "--run-id", &format!("run-{hours}"), "--when", &when], 0);
        }
    };
    let outlook = || shop.json(&["quarantine", "--format", "json"], 0)["tests"][0]["outlook"].clone();
    shop.write(LIST, &list(&["test_call"], "since = 2026-01-01\n"));
    assert_eq!(word(&outlook(), "words"), "no result of it is recorded");
    ingest("FPFFPFFPFFPFPFFPFFPF");
    let first = outlook();
    let needed = first["needed"].as_u64().unwrap();
    assert_eq!(
        (word(&first, "standing"), &first["since"]["failed"], &first["passes"]),
        ("held", &13.into(), &0.into())
    );
    assert!((5..12).contains(&needed), "{first}");
    ingest("PP");
    assert_eq!(outlook()["needed"].as_u64(), Some(needed - 2));
    let (out, _) = ends(&shop, &["quarantine"], 0);
    assert!(
        out.contains("2 passes since it failed last, P = ")
            && out.contains(&format!("{} passes more are needed", needed - 2)),
        "{out}"
    );
    ingest(&"P".repeat(usize::try_from(needed).unwrap() - 2));
    let (out, err) = ends(&shop, &["quarantine"], 0);
    assert!(out.contains("can come back: ") && err.contains("1 can come back"), "{out}{err}");
    // Another failure, and it begins anew.
    ingest("F");
    assert_eq!((word(&outlook(), "standing"), &outlook()["passes"]), ("held", &0.into()));
}

#[test]
fn a_failure_by_another_cause_than_the_one_it_is_there_for_is_named() {
    let shop = shop();
    shop.says(&["run", &id("test_call"), "--trust"], 1);
    shop.says(&["quarantine", "add", &id("test_call"), "--reason", "a race"], 0);
    assert!(shop.read(LIST).contains("signature = \"AssertionError: in its body\""), "{}", shop.read(LIST));
    let (_, err) = ends(&shop, &["run", &id("test_call"), &id("test_sound")], 0);
    assert!(!err.contains("another failure"), "{err}");
    shop.edit("tests/test_a.py", "assert not FAIL, \"in its body\"", "assert not FAIL, \"elsewhere\"");
    let (_, err) = ends(&shop, &["run", &id("test_call"), &id("test_sound")], 0);
    assert!(err.contains("in quarantine for another failure: AssertionError: elsewhere"), "{err}");
}

#[test]
fn an_entry_follows_its_test_to_another_name() {
    let shop = shop();
    shop.write(LIST, &list(&["test_sound", "test_call"], "owner = \"ann\" # hers\n"));
    shop.says(&["run", "--all", "--trust"], 1);
    shop.edit("tests/test_a.py", "def test_call(", "def test_phone(");
    let (old, new) = (id("test_call"), id("test_phone"));
    shop.says(&["run", "--all"], 1);
    let state = |name: &str| {
        let told = shop.json(&["quarantine", "--format", "json"], 0);
        let entry = told["tests"].as_array().unwrap().iter().find(|entry| entry["id"] == id(name).as_str()).cloned();
        entry.map(|entry| word(&entry, "state").to_owned())
    };
    assert_eq!(state("test_call").as_deref(), Some("gone"));
    let (_, err) = ends(&shop, &["quarantine", "rename", &old], 2);
    assert!(err.contains("no other name of tests/test_a.py::test_call is known"), "{err}");
    let (_, err) = ends(&shop, &["history", "alias", &old, &new], 0);
    let hint = format!("lacuna quarantine rename '{old}'");
    assert!(err.contains(&hint), "{err}");
    assert_eq!(state("test_call").as_deref(), Some("renamed"));
    let (_, err) = ends(&shop, &["run", "--all"], 1);
    assert!(err.contains("test_call is tests/test_a.py::test_phone now") && err.contains(&hint), "{err}");
    let before = shop.read(LIST);
    ends(&shop, &["quarantine", "rename", &old], 0);
    assert_eq!(shop.read(LIST), before.replace(&old, &new), "all else stays");
    assert_eq!((state("test_call"), state("test_phone").as_deref()), (None, Some("held")));
    let (_, err) = ends(&shop, &["quarantine", "rename", &new, &id("test_sound")], 2);
    assert!(err.contains("has an entry of its own, in line 2"), "{err}");
}

#[test]
fn tests_that_run_elsewhere_are_held_there() {
    let shop = shop();
    let engine = Engine::of(&shop);
    shop.write("tests/test_a.py", "def test_call():\n    assert 0\n\ndef test_sound():\n    pass\n");
    let engine = if engine.at().starts_with("/srv") { engine } else { Engine::of(&shop) };
    shop.write("lacuna.toml", &engine.settings());
    shop.write(LIST, &list(&["test_call"], ""));
    let (_, err) = ends(&shop, &["run", "--all", "--trust"], 0);
    assert!(err.contains("1 quarantined test, not counted: 1 failed"), "{err}");
    assert_eq!(recorded(&shop, "test_call"), ["failed"]);
    shop.write("lacuna.toml", &(engine.settings() + "quarantine = \"deselect\"\n"));
    let (_, err) = ends(&shop, &["run", "--all"], 0);
    assert!(
        err.contains("1 quarantined test did not run") && err.contains("--deselect=tests/test_a.py::test_call"),
        "{err}"
    );
}

#[test]
fn a_key_puts_a_test_into_quarantine_and_takes_it_out() {
    let shop = shop();
    shop.says(&["run", "--all", "--trust"], 1);
    fails(&shop, false);
    shop.says(&["run", &id("test_call"), &id("test_sound")], 0);
    let words = [env!("CARGO_BIN_EXE_lacuna")];
    let mut command = crate::screen::command(&words, &shop.root(), &shop.home());
    command.env("VIRTUAL_ENV", interpreter().home.clone().unwrap());
    let mut screen = Screen::start(command, (36, 120));
    screen.press("3");
    screen.see("test_call");
    screen.press("Q");
    screen.see("into quarantine?");
    screen.press("a race\r");
    screen.see("⊘ test_call quarantined");
    screen.see("1 quarantined");
    let text = shop.read(LIST);
    assert!(
        text.contains("reason = \"a race\"") && text.contains("signature = \"AssertionError: in its body\""),
        "{text}"
    );
    let listed = shop.json(&["flaky", "--state", "quarantined", "--format", "json"], 0);
    assert_eq!((listed.as_array().unwrap().len(), word(&listed[0], "id")), (1, id("test_call").as_str()));
    let told = shop.json(&["flaky", &id("test_call"), "--format", "json"], 0);
    assert_eq!(told["verdict"]["quarantined"], Value::Bool(true), "{told}");
    screen.press("Q");
    screen.see("out of quarantine?");
    screen.press("\r");
    screen.wait("no test in quarantine", |screen| !screen.contains("quarantined"));
    assert!(!shop.read(LIST).contains("[[test]]"));
    ends(&shop, &["flaky", "--state", "quarantined"], 3);
    screen.press("q");
    assert_eq!(screen.ended().0, 0);
}
