//! The checklist: which tests are looked at, what is said of them, what decides the exit code.

use crate::program;
use crate::screen::Screen;
use crate::shop::Shop;
use serde_json::Value;
use std::process::Command;

const SOUND: &str = "def test_total_of_two_items_is_their_sum():\n    assert 1 + int('1') == 2\n";
const SILENT: &str = "def test_total_is_printed():\n    print(1)\n";
const LOOPING: &str = "def test_totals_are_positive():\n    for total in (1, 2):\n        assert total > int('0')\n";

fn git(shop: &Shop, arguments: &[&str]) {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgsign=false"];
    let done = Command::new("git").args(identity).args(arguments).current_dir(shop.root()).output().unwrap();
    assert!(done.status.success(), "{}", program::stderr(&done));
}

fn commit(shop: &Shop, message: &str) {
    git(shop, &["add", "-A"]);
    git(shop, &["commit", "-qm", message]);
}

/// A repository with one test file of a sound test and one that asserts nothing, committed.
fn repository() -> Shop {
    let shop = Shop::of(&[("pyproject.toml", ""), ("tests/test_cart.py", &format!("{SOUND}\n\n{SILENT}"))]);
    git(&shop, &["init", "-q", "-b", "main"]);
    commit(&shop, "one");
    shop
}

/// `rule:test` of each finding of a part.
fn found(value: &Value, part: &str) -> Vec<String> {
    let one = |finding: &Value| {
        let test = finding["test"].as_str().unwrap_or_default().rsplit("::").next().unwrap().to_owned();
        format!("{}:{test}", finding["rule"].as_str().unwrap())
    };
    value[part]["findings"].as_array().unwrap().iter().map(one).collect()
}

#[test]
fn a_plugin_that_seeds_every_test_is_a_seed() {
    let drawn = "import random\n\ndef test_rows_are_kept():\n    row = random.random()\n    assert row < 0.9\n";
    let shop = Shop::of(&[("pyproject.toml", ""), ("tests/test_cart.py", drawn)]);
    let check = |shop: &Shop| found(&shop.json(&["check", "--format", "json", "tests/test_cart.py"], 0), "asked");
    assert_eq!(check(&shop), ["unseeded-random:test_rows_are_kept"]);
    shop.write("pyproject.toml", "[dependency-groups]\ntest = ['pytest-randomly>=3']\n");
    assert!(check(&shop).is_empty());
    shop.write("pyproject.toml", "[tool.pytest.ini_options]\naddopts = '-p no:randomly' # pytest-randomly\n");
    assert_eq!(check(&shop), ["unseeded-random:test_rows_are_kept"]);
}

#[test]
fn an_async_test_that_only_its_neighbours_have_marked_is_not_run_unless_a_setting_says_so() {
    let both = "import pytest\n\n@pytest.mark.asyncio\nasync def test_row_is_kept():\n    assert await row() == 1\n\n\
        async def test_row_is_lost():\n    assert await lost() == 2\n";
    let shop = Shop::of(&[("pyproject.toml", "[project]\n"), ("parts/cart/tests/test_cart.py", both)]);
    let check = |shop: &Shop, code| {
        found(&shop.json(&["check", "--format", "json", "parts/cart/tests/test_cart.py"], code), "asked")
    };
    assert_eq!(check(&shop, 1), ["unmarked-async:test_row_is_lost"]);
    // The setting may stand in the folder of the part.
    shop.write("parts/cart/pytest.ini", "[pytest]\nasyncio_mode = auto\n");
    assert!(check(&shop, 0).is_empty());
}

#[test]
fn a_helper_that_a_package_hands_on_asserts_too() {
    let rows = "class Rows:\n    def run_all(self):\n        self.run(1)\n\n    def run(self, row):\n        assert row == 1\n";
    let shop = Shop::of(&[
        ("pyproject.toml", ""),
        ("tests/helpers/__init__.py", "from .rows import Rows\n"),
        ("tests/helpers/rows.py", rows),
        ("tests/test_cart.py", "from helpers import Rows\n\n\ndef test_rows_are_kept():\n    Rows().run_all()\n"),
    ]);
    let check = |shop: &Shop, code| found(&shop.json(&["check", "tests", "--format", "json"], code), "asked");
    assert!(check(&shop, 0).is_empty());
    shop.write("tests/helpers/rows.py", &rows.replace("assert row == 1", "print(row)"));
    assert_eq!(check(&shop, 1), ["no-assertion:test_rows_are_kept"]);
}

#[test]
fn only_new_and_changed_tests_count_and_the_rest_is_debt() {
    let shop = repository();
    let clean = shop.json(&["check", "--format", "json"], 0);
    assert_eq!((&clean["asked"]["tests"], &clean["debt"]), (&0.into(), &Value::Null));
    // A comment is no change of the silent test; a new test is one, and so is one whose code is another.
    shop.write("tests/test_cart.py", &format!("{SOUND}\n\n# sound\n{SILENT}\n\n{LOOPING}"));
    let looping = shop.json(&["check", "--format", "json"], 0);
    assert_eq!(found(&looping, "asked"), ["loop-in-test:test_totals_are_positive"]);
    let all = shop.json(&["check", "--all", "--format", "json"], 0);
    assert_eq!(found(&all, "asked"), ["loop-in-test:test_totals_are_positive"]);
    assert_eq!(found(&all, "debt"), ["no-assertion:test_total_is_printed"]);
    assert_eq!((&all["asked"]["tests"], &all["debt"]["tests"]), (&1.into(), &2.into()));
    shop.write("tests/test_cart.py", &format!("{SOUND}\n\n{}", SILENT.replace('1', "2")));
    let silent = shop.json(&["check", "--format", "json"], 1);
    assert_eq!(found(&silent, "asked"), ["no-assertion:test_total_is_printed"]);
    // A file that git does not know yet is new as a whole.
    commit(&shop, "two");
    shop.write("tests/test_new.py", LOOPING);
    assert_eq!(
        found(&shop.json(&["check", "--format", "json"], 0), "asked"),
        ["loop-in-test:test_totals_are_positive"]
    );
}

#[test]
fn a_changed_helper_is_told_at_the_tests_that_it_changes() {
    let helped = "def is_one(total):\n    assert total == 1\n\n\ndef test_total_is_one():\n    is_one(int('1'))\n";
    let shop = repository();
    shop.write("tests/test_cart.py", &format!("{SILENT}\n\n{helped}"));
    commit(&shop, "two");
    shop.write("tests/test_cart.py", &format!("{SILENT}\n\n{}", helped.replace("assert total == 1", "print(total)")));
    // What was found before stays debt.
    let value = shop.json(&["check", "--all", "--format", "json"], 1);
    assert_eq!(found(&value, "asked"), ["no-assertion:test_total_is_one"]);
    assert_eq!(found(&value, "debt"), ["no-assertion:test_total_is_printed"]);
}

#[test]
fn a_changed_helper_in_another_file_is_told_at_the_tests_that_it_changes() {
    let fixture = "import pytest\n\n\n@pytest.fixture\ndef still(monkeypatch):\n    monkeypatch.setattr('time.time', lambda: 1)\n";
    let helper = "def is_one(total):\n    assert total == 1\n";
    let tests = "import time\n\nfrom helpers import is_one\n\n\ndef test_total_is_one():\n    is_one(int('1'))\n\n\n\
                 def test_time_is_kept(still):\n    assert time.time() == 1\n";
    let shop = Shop::of(&[
        ("pyproject.toml", ""),
        ("tests/conftest.py", fixture),
        ("tests/helpers.py", helper),
        ("tests/test_cart.py", &format!("{tests}\n\n{SILENT}")),
        ("tests/test_other.py", SILENT),
    ]);
    git(&shop, &["init", "-q", "-b", "main"]);
    commit(&shop, "one");
    assert_eq!(found(&shop.json(&["check", "--format", "json"], 0), "asked"), Vec::<String>::new());
    shop.write(
        "tests/conftest.py",
        &fixture.replace("monkeypatch.setattr('time.time', lambda: 1)", "return monkeypatch"),
    );
    let value = shop.json(&["check", "--all", "--format", "json"], 0);
    assert_eq!(found(&value, "asked"), ["real-clock:test_time_is_kept"]);
    assert_eq!(value["asked"]["findings"][0]["brought_by"], "tests/conftest.py");
    // What was found before stays debt, and no test counts as changed itself.
    assert_eq!(found(&value, "debt"), ["no-assertion:test_total_is_printed", "no-assertion:test_total_is_printed"]);
    assert_eq!(value["asked"]["tests"], 0);
    shop.write("tests/helpers.py", &helper.replace("assert total == 1", "print(total)"));
    let value = shop.json(&["check", "--format", "json"], 1);
    assert_eq!(found(&value, "asked"), ["no-assertion:test_total_is_one", "real-clock:test_time_is_kept"]);
    assert_eq!(value["asked"]["findings"][0]["brought_by"], "tests/helpers.py");
    let said = shop.says(&["check"], 1);
    assert!(said.contains("(brought by the change of tests/helpers.py)"), "{said}");
    // A finding of a test that changed as well is its own.
    shop.write("tests/test_cart.py", &tests.replace("int('1')", "int('2')"));
    let value = shop.json(&["check", "--format", "json"], 1);
    assert_eq!(value["asked"]["findings"][0]["brought_by"], Value::Null);
}

#[test]
fn sources_of_other_encodings_are_looked_at_and_what_is_no_text_is_said() {
    let shop = repository();
    let latin = b"# -*- coding: latin-1 -*-\ndef test_caf\xe9_is_open():\n    print('caf\xe9')\n";
    let marked = b"\xef\xbb\xbfdef test_total_is_shown():\n    print(1)\n";
    let damaged =
        b"def test_total_is_damaged():\n    print('\xff\xfe')\n\n\ndef test_total_is_whole():\n    print(1)\n";
    let wide: Vec<u8> =
        [0xff, 0xfe].into_iter().chain("def test_a(): pass\n".bytes().flat_map(|byte| [byte, 0])).collect();
    let all: [(&str, &[u8]); 4] = [("latin", latin), ("marked", marked), ("damaged", damaged), ("wide", &wide)];
    for (name, bytes) in all {
        std::fs::write(shop.root().join(format!("tests/test_{name}.py")), bytes).unwrap();
    }
    let output = shop.lacuna(&["check", "tests", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let silent: Vec<String> =
        found(&value, "asked").into_iter().filter(|one| one.starts_with("no-assertion")).collect();
    for test in ["test_café_is_open", "test_total_is_shown", "test_total_is_whole", "test_total_is_printed"] {
        assert!(silent.contains(&format!("no-assertion:{test}")), "{test} is not among {silent:?}");
    }
    let said = program::stderr(&output);
    assert!(said.contains("tests/test_damaged.py:2"), "{said}");
    assert!(said.contains("tests/test_wide.py"), "{said}");
}

#[test]
fn a_branch_is_compared_with_where_it_left_its_base() {
    let shop = repository();
    git(&shop, &["checkout", "-qb", "work"]);
    shop.write("tests/test_more.py", SILENT);
    commit(&shop, "two");
    assert_eq!(found(&shop.json(&["check", "--format", "json"], 0), "asked"), Vec::<String>::new());
    let since = ["check", "--changed=main", "--format", "json"];
    assert_eq!(found(&shop.json(&since, 1), "asked"), ["no-assertion:test_total_is_printed"]);
    shop.write("lacuna.toml", "base = \"main\"\n");
    assert_eq!(found(&shop.json(&["check", "--format", "json"], 1), "asked"), ["no-assertion:test_total_is_printed"]);
}

#[test]
fn a_missing_base_is_said_and_nothing_else_is_lost() {
    let shop = repository();
    let output = shop.lacuna(&["check", "--changed=nowhere"]);
    assert_eq!(output.status.code(), Some(2));
    let said = program::stderr(&output);
    assert!(said.contains("git: nowhere: ") && said.contains("name a branch or a commit that is there"), "{said}");
    let all = shop.json(&["check", "--changed=nowhere", "--all", "--format", "json"], 0);
    assert_eq!(found(&all, "debt"), ["no-assertion:test_total_is_printed"]);
    assert_eq!(all["problems"][0]["origin"], "git: nowhere");
}

#[test]
fn without_a_repository_the_baseline_says_what_is_new() {
    let shop = Shop::of(&[("pyproject.toml", ""), ("tests/test_cart.py", SOUND)]);
    let output = shop.lacuna(&["check"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(program::stderr(&output).contains("look at all of them with --all"), "{}", program::stderr(&output));
    let sample = Shop::with_reports();
    sample.write("tests/unit/test_new.py", SILENT);
    let new = sample.json(&["check", "--format", "json"], 1);
    assert_eq!(found(&new, "asked"), ["no-assertion:test_total_is_printed"]);
    assert_eq!(new["scope"], "new since the baseline");
}

#[test]
fn tests_can_be_named() {
    let shop = repository();
    shop.write("tests/test_more.py", LOOPING);
    let named =
        |words: &[&str], code| found(&shop.json(&[&["check", "--format", "json"], words].concat(), code), "asked");
    assert_eq!(named(&["tests/test_cart.py"], 1), ["no-assertion:test_total_is_printed"]);
    assert_eq!(named(&["tests/test_cart.py::test_total_of_two_items_is_their_sum"], 0), Vec::<String>::new());
    assert_eq!(named(&["tests"], 1), ["no-assertion:test_total_is_printed", "loop-in-test:test_totals_are_positive"]);
    assert_eq!(shop.lacuna(&["check", "tests/nowhere.py"]).status.code(), Some(2));
}

#[test]
fn the_settings_say_how_much_a_rule_matters() {
    let shop = repository();
    shop.write("lacuna.toml", "[check]\nrules = { no-assertion = \"advice\", logic = \"error\", loops = \"error\" }\n");
    shop.write("tests/test_more.py", LOOPING);
    let output = shop.lacuna(&["check", "tests", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let said = program::stderr(&output);
    assert!(said.contains("lacuna.toml:2: check.rules: there is no rule loops"), "{said}");
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&value["asked"]["errors"], &value["asked"]["advice"]), (&1.into(), &1.into()));
    let rules = shop.says(&["check", "--rules"], 0);
    assert!(rules.lines().any(|line| line.starts_with("no-assertion ") && line.contains(" advice ")), "{rules}");
    shop.write("lacuna.toml", "[check]\nrules = { no-assertion = \"off\", loop-in-test = \"off\" }\n");
    assert_eq!(found(&shop.json(&["check", "tests", "--format", "json"], 0), "asked"), Vec::<String>::new());
}

#[test]
fn a_source_that_does_not_parse_is_said_and_the_rest_goes_on() {
    let shop = repository();
    shop.write("tests/test_broken.py", "def test_half(:\n    pass\n");
    let output = shop.lacuna(&["check", "tests"]);
    assert_eq!(output.status.code(), Some(1));
    let said = program::stderr(&output);
    assert!(said.contains("warning: tests/test_broken.py:1: does not parse"), "{said}");
    assert!(
        program::stdout(&output).contains("tests/test_cart.py:5: error no-assertion: "),
        "{}",
        program::stdout(&output)
    );
}

#[test]
fn findings_name_the_section_of_the_standards() {
    let shop = repository();
    let note = program::stderr(&shop.lacuna(&["check", "tests"]));
    assert!(note.contains("note: docs/TESTING_QUALITY_STANDARDS.md: there is no standards document"), "{note}");
    shop.write("docs/tests.md", "# Tests\n\n```\n# Assertions in code\n```\n\n## Assertions on observable outcomes\n");
    shop.write("lacuna.toml", "[check]\nstandards = \"docs/tests.md\"\n");
    let value = shop.json(&["check", "tests", "--format", "json"], 1);
    let section = &value["asked"]["findings"][0]["section"];
    assert_eq!((&section["title"], &section["line"]), (&"Assertions on observable outcomes".into(), &7.into()));
    assert_eq!(value["standards"], "docs/tests.md");
}

#[test]
fn an_assertion_that_was_seen_to_run_is_no_finding() {
    let test = "from app import rows\n\ndef test_rows_are_positive():\n    got = rows(2)\n    if got:\n        assert got[0] == 0\n\n\
                def test_rows_may_be_none():\n    got = rows(0)\n    if got:\n        assert got[0] == 0\n";
    // What is in a collection, only a run can tell.
    let looping = "from app import rows\n\ndef test_each_row_is_positive():\n    for row in rows(2):\n        assert row >= 0\n\n\
                   def test_each_of_none_is_positive():\n    for row in rows(0):\n        assert row >= 0\n";
    let shop = Shop::of(&[
        ("tests/test_loops.py", looping),
        ("pyproject.toml", "[tool.pytest.ini_options]\npythonpath = ['.']\n"),
        ("app.py", "def rows(count):\n    return list(range(count))\n"),
        ("tests/test_rows.py", test),
    ]);
    let before = shop.json(&["check", "tests", "--format", "json"], 0);
    let uncertain = |value: &Value| {
        found(value, "asked").into_iter().filter(|found| found.starts_with("uncertain")).collect::<Vec<_>>()
    };
    assert_eq!(uncertain(&before).len(), 2);
    shop.measure_as(
        &shop.root().join("coverage.json"),
        &["--cov=.", "--cov-report=json:coverage.json", "--cov-report="],
    );
    std::fs::copy(shop.outside("private.coverage"), shop.root().join(".coverage")).unwrap();
    let after = shop.json(&["check", "tests", "--format", "json"], 0);
    let left_out = ["test_each_of_none_is_positive", "test_rows_may_be_none"];
    assert_eq!(uncertain(&after), left_out.map(|test| format!("uncertain-assertion:{test}")));
    let seen: Vec<&Value> = after["seen_to_run"].as_array().unwrap().iter().map(|one| &one["test"]).collect();
    assert_eq!(seen, ["tests/test_loops.py::test_each_row_is_positive", "tests/test_rows.py::test_rows_are_positive"]);
    assert_eq!(
        after["asked"]["findings"].as_array().unwrap().iter().find(|one| one["rule"] == "uncertain-assertion").unwrap()
            ["seen_to_run"],
        false
    );
}

#[test]
fn a_bare_mock_that_the_code_may_ask_is_a_finding_where_a_run_saw_it_asked() {
    let code = "def tell(order, sender):\n    if order:\n        sender.send(order)\n    return order\n";
    let test = "from unittest.mock import Mock\n\nfrom shop import tell\n\n\ndef test_one_order_is_told():\n    assert tell(1, Mock()) == 1\n\n\n\
                def test_nothing_is_told_of_nothing():\n    assert tell(0, Mock()) == 0\n";
    let shop = Shop::of(&[
        ("pyproject.toml", "[tool.pytest.ini_options]\npythonpath = ['.']\n"),
        ("shop.py", code),
        ("tests/test_tell.py", test),
    ]);
    let mocks = |shop: &Shop| {
        let value = shop.json(&["check", "tests", "--format", "json"], 0);
        let all = value["asked"]["findings"].as_array().unwrap().iter().filter(|one| one["family"] == "mocks");
        all.map(|one| format!("{} {}", one["line"], one["what"].as_str().unwrap())).collect::<Vec<_>>()
    };
    assert_eq!(mocks(&shop), Vec::<String>::new());
    shop.measure_as(&shop.outside("coverage.json"), &["--cov=.", "--cov-report=json:coverage.json", "--cov-report="]);
    std::fs::copy(shop.outside("private.coverage"), shop.root().join(".coverage")).unwrap();
    assert_eq!(mocks(&shop), ["7 a bare mock is handed to tell, which asks for its .send in line 3 of shop.py"]);
    // Where the line is another one since, nobody has seen it.
    shop.write("shop.py", &code.replace("sender.send(order)", "sender.send(order + 1)"));
    assert_eq!(mocks(&shop), Vec::<String>::new());
}

const DIFFERING: &str = r#"
import os
import time

SEEN = []

def test_words_are_of_one_seed():
    assert os.environ["PYTHONHASHSEED"] == "1"

def test_first_writes():
    SEEN.append(1)
    assert len(SEEN) == 1

def test_second_reads():
    assert SEEN == [1]

def test_day_is_told_in_utc():
    assert time.localtime(1_767_268_800).tm_mday == 1

def test_sums_are_kept():
    assert sum([1, 2]) == 3

def test_zone_is_known():  # lacuna: ignore[differs-by-zone] it is about this machine
    assert time.localtime(1_767_268_800).tm_mday == 1
"#;

#[test]
fn runs_decide_what_the_source_cannot_tell() {
    let shop = Shop::of(&[("pyproject.toml", ""), ("tests/test_differing.py", DIFFERING)]);
    assert_eq!(shop.lacuna(&["check", "tests", "--prove"]).status.code(), Some(4), "it is not trusted yet");
    let value = shop.json(&["check", "tests", "--prove", "--trust", "--format", "json"], 1);
    let proved: Vec<String> =
        found(&value, "asked").into_iter().filter(|found| found.starts_with("differs-by-")).collect();
    assert_eq!(
        proved,
        [
            "differs-by-seed:test_words_are_of_one_seed",
            "differs-by-order:test_second_reads",
            "differs-by-zone:test_day_is_told_in_utc"
        ]
    );
    assert_eq!((&value["proved"]["tests"], value["proved"]["failing"].as_array().unwrap().len()), (&6.into(), 0));
    assert_eq!(shop.lacuna(&["history"]).status.code(), Some(3), "nothing of it is history");
}

const ANSWERING: &str = r#"
from unittest.mock import AsyncMock, MagicMock, Mock, patch

import pytest
import shop


@pytest.fixture
def order():
    return MagicMock()


def test_total_is_of_the_answer():
    answer = Mock()
    answer.total = 3
    with patch("shop.fetch", return_value=answer):
        assert shop.total() == 3


@patch("shop.fetch")
def test_total_is_there(fetch):
    assert shop.total()


def test_order_is_open(order):
    assert shop.state(order) == "open"


def test_order_is_closed(order):
    order.is_open.return_value = False
    assert shop.state(order) == "closed"


def test_order_is_paid():
    order = MagicMock()
    assert shop.paid(order) is None


def test_two_are_paid_at_once():
    order = MagicMock(spec=shop.Order)
    assert shop.paid(order) is None


def test_nothing_is_sent_twice():
    sender = Mock()
    assert shop.tell(sender) == 1


def test_sender_is_asked():
    sender = Mock()
    shop.tell(sender)
    sender.assert_not_called()


def test_gate_is_shut():
    gate = Mock()  # lacuna: ignore[unset-answer] any gate will do
    assert shop.shut(gate) is None


def test_desk_is_shut():
    desk = Mock()
    with patch("shop.fetch") as Fetch:
        assert shop.shut(desk) is None
"#;

#[test]
fn a_run_shows_by_which_answers_of_mocks_that_nobody_has_set_the_code_goes_on() {
    let code = "class Order:\n    def items(self):\n        return []\n\n\ndef fetch():\n    raise OSError\n\n\ndef total():\n    answer = fetch()\n    if answer.ok:\n        return answer.total\n\n\ndef state(order):\n    return 'open' if order.is_open() else 'closed'\n\n\ndef paid(order):\n    for item in order.items():\n        if item.price == 3:\n            raise OSError\n\n\ndef tell(sender):\n    sender.submit(1)\n    return 1\n\n\ndef shut(desk):\n    while not desk.is_quiet:\n        pass\n    if not desk.is_shut:\n        raise OSError\n";
    let shop = Shop::of(&[
        ("pyproject.toml", "[tool.pytest.ini_options]\npythonpath = ['.']\n"),
        ("shop.py", code),
        ("tests/test_answering.py", ANSWERING),
    ]);
    let mocks = |words: &[&str]| {
        let value = shop.json(&[&["check", "tests", "--format", "json"], words].concat(), 0);
        let all = value["asked"]["findings"].as_array().unwrap().iter();
        let all = all.filter(|one| one["family"] == "mocks" && !one["rule"].as_str().unwrap().ends_with("-patch"));
        all.map(|one| format!("{} {} {}", one["line"], one["rule"].as_str().unwrap(), one["what"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    let by_source = mocks(&[]);
    let all = mocks(&["--prove", "--trust"]);
    let by_runs: Vec<_> = all.iter().filter(|one| !by_source.contains(one)).collect();
    let told = |line: u32, what: &str, by: u32| {
        format!(
            "{line} unset-answer nobody has set {what}, by which line {by} of shop.py goes on, and the test fails where it is false"
        )
    };
    let wanted = [told(14, "answer.ok", 12), told(20, "fetch().ok", 12), told(61, "desk.is_shut", 34)];
    assert_eq!(by_runs, wanted.iter().collect::<Vec<_>>());
}

#[test]
fn a_test_that_takes_its_process_with_it_is_told_of_and_those_behind_it_run() {
    let code = "import os\n\n\ndef leave(desk):\n    if not desk.is_open:\n        os._exit(3)\n\n\ndef shut(desk):\n    if not desk.is_shut:\n        raise OSError\n";
    let test = |name: &str| format!("\n\ndef test_{name}():\n    assert shop.{name}(Mock()) is None\n");
    let tests = format!("from unittest.mock import Mock\nimport shop\n{}{}", test("leave"), test("shut"));
    let shop = Shop::of(&[
        ("pyproject.toml", "[tool.pytest.ini_options]\npythonpath = ['.']\n"),
        ("shop.py", code),
        ("tests/test_desk.py", &tests),
    ]);
    let value = shop.json(&["check", "tests", "--prove", "--trust", "--format", "json"], 0);
    let told: Vec<_> = value["asked"]["findings"].as_array().unwrap().iter().map(|one| &one["test"]).collect();
    assert_eq!(told, ["tests/test_desk.py::test_shut"]);
    let problem =
        &value["problems"].as_array().unwrap().iter().find(|one| one["origin"] == "tests/test_desk.py::test_leave");
    let what = problem.unwrap()["what"].as_str().unwrap();
    assert_eq!(what, "its process hung or died (with another answer of a mock), so that nothing is told of it");
}

const REPLACING: &str = r#"
from unittest.mock import Mock, patch

import desk
import pytest
import shop


@patch("shop.send", return_value=4)
def test_name_is_told(send):
    assert shop.name("a") == "a"


@pytest.mark.parametrize("name", ["a", "b"])
def test_each_name_is_told(name):
    with patch.object(shop, "post") as post, patch.object(shop.Till, "rate"):
        post.return_value.total = Mock()
        assert shop.name(name) == name
        assert shop.Till().rate


@pytest.mark.parametrize("name", ["a", "total"])
def test_name_or_total_is_told(name):
    with patch("shop.fetch", return_value="total"):
        assert shop.name(name) == name


def test_name_is_told_by_itself():
    with patch("shop.ask") as ask:
        shop.name("a")
        ask.assert_not_called()


def test_name_is_told_by_hand():
    with patch("shop.tell") as tell:
        shop.name("a")
        assert not tell.called


def test_the_way_is_told():
    with patch("shop.road") as road:
        assert shop.way() is road


def test_kind_is_told():
    with patch("shop.settings") as settings:
        settings.kind = "dear"
        assert shop.kind() == "dear"


@pytest.fixture
def fixed():
    with patch("shop.fix"):
        yield


def test_with_a_fixture(fixed):
    assert shop.name("a") == "a"


@patch("shop.leave")  # lacuna: ignore[unused-patch] nobody ever leaves here
def test_with_a_reason(leave):
    assert shop.name("a") == "a"


# The real one must not be asked.
@patch("shop.shut")
def test_with_a_comment(shut):
    assert shop.name("a") == "a"


@patch("shop.open", side_effect=AssertionError)
def test_with_a_guard(opened):
    assert shop.name("a") == "a"


def test_with_a_guard_by_hand(monkeypatch):
    def refuse():
        pytest.fail("nothing is to be fetched")

    with patch("shop.bring", side_effect=refuse), patch.object(shop, "take", side_effect=OSError("never asked")):
        assert shop.name("a") == "a"


@patch("shop.route", side_effect=OSError("no route"))
def test_with_an_error(route):
    assert shop.name("a") == "a"


@patch("shop.share")
def test_with_what_others_replace(share):
    assert shop.name("a") == "a"


@patch("shop.share", return_value=3)
def test_with_what_others_replace_too(share):
    assert shop.share() == 3


@patch("shop.tax", create=True)
def test_with_something_new(tax):
    assert shop.name("a") == "a"


def test_where_it_is_not_looked_up():
    with patch("shop.cost", side_effect=AssertionError), patch("os.getcwd"), patch("time.sleep"):
        assert desk.price() == 3


class TestTill:
    @patch("shop.Till.fee")
    @patch("shop.count")
    def test_total_is_told(self, count, fee):
        assert shop.total() is count()

    @pytest.mark.parametrize("name", ["a", "b"])
    @patch("shop.pack")
    def test_with_what_nobody_needs_any_more(self, pack, name):
        assert shop.name(name) == name

    @patch("shop.pack")
    def test_with_what_nobody_needs_any_more_either(self, pack):
        assert shop.name("a") == "a"


def test_home_is_kept():
    assert shop.home() in ("home", "there")


def test_home_is_found():
    with patch("shop.find", return_value="there"):
        assert shop.home()


def test_with_what_its_code_may_come_to():
    with patch("shop.ring"):
        assert shop.bell("a") == "a"


def test_with_what_is_there_or_not():
    with patch("shop.clerk"):
        assert shop.is_open() is not None


def test_with_a_mock_in_a_mock():
    with patch("shop.settings") as settings, patch("shop.settings.show"):
        settings.kind = "dear"
        assert shop.kind() == "dear"
"#;

#[test]
fn a_run_shows_what_tests_replace_that_nothing_uses() {
    let code = "class Till:\n    rate = 3\n\n    def fee(self):\n        return 3\n\n\nclass Settings:\n    kind = 'dear'\n\n\nsettings = Settings()\n\n\ndef total():\n    return count()\n\n\ndef name(name):\n    return fetch() if name == 'total' else name\n\n\ndef way():\n    return road\n\n\ndef kind():\n    return settings.kind\n\n\ndef cost():\n    return 3\n\n\ndef bell(name):\n    return ring() if name == 'b' else name\n\n\nclerk = None\n\n\ndef is_open():\n    return clerk is not None\n\n\ndef find():\n    return 'home'\n\n\nHOMES = []\n\n\ndef home():\n    if not HOMES:\n        HOMES.append(find())\n    return HOMES[0]\n";
    let parts = [
        "send", "post", "fetch", "ask", "tell", "road", "fix", "leave", "shut", "open", "bring", "take", "route",
        "share", "count", "pack", "ring",
    ];
    let parts: String = parts.map(|part| format!("\n\ndef {part}():\n    raise OSError\n")).concat();
    let code = format!("{code}{parts}");
    let desk =
        "from os import getcwd\nfrom shop import cost\n\n\ndef price():\n    assert getcwd()\n    return cost()\n";
    let shop = Shop::of(&[
        ("pyproject.toml", "[tool.pytest.ini_options]\npythonpath = ['.']\n"),
        ("shop.py", &code),
        ("desk.py", desk),
        ("tests/test_replacing.py", REPLACING),
    ]);
    let value = shop.json(&["check", "tests", "--prove", "--trust", "--format", "json"], 0);
    let all = value["asked"]["findings"].as_array().unwrap().iter().filter(|one| one["family"] == "mocks");
    let told: Vec<_> = all
        .map(|one| format!("{} {} {}", one["line"], one["rule"].as_str().unwrap(), one["what"].as_str().unwrap()))
        .collect();
    let (passes, calls) = ("the test passes without the patch", "of desk.py calls the real one");
    let wanted = [
        (9, "shop.send", passes.to_owned()),
        (16, "shop.post", passes.to_owned()),
        (85, "shop.route", passes.to_owned()),
        (106, "shop.cost", format!("line 7 {calls}")),
        (106, "os.getcwd", format!("line 6 {calls}")),
        (111, "shop.Till.fee", passes.to_owned()),
    ];
    let wanted = wanted.map(|(line, part, and)| {
        let rule = if and == passes { "unused-patch" } else { "misplaced-patch" };
        format!("{line} {rule} nothing uses what stands in for {part}, and {and}")
    });
    let both = "nor in the other test for something of that name, and both pass without the patch";
    let stale = [117, 121].map(|line| format!("{line} unused-patch nothing uses what stands in for shop.pack, {both}"));
    let wanted: Vec<_> = wanted.into_iter().chain(stale).collect();
    assert_eq!(told, wanted);
}

#[test]
fn what_other_files_of_the_project_know_decides_whether_anybody_meets_what_a_test_leaves() {
    let tests = "import os, sys\n\n\ndef test_kind_is_read():\n    os.environ['CART_KIND'] = 'a'\n    sys.path.insert(0, str(ROOT / 'site'))\n    assert read('CART_KIND') == 'a'\n";
    let shop = Shop::of(&[("pyproject.toml", ""), ("shop.py", ""), ("tests/test_kind.py", tests)]);
    let lines = || {
        let value = shop.json(&["check", "tests/test_kind.py", "--format", "json"], 0);
        let all = value["asked"]["findings"].as_array().unwrap().clone();
        let all = all.iter().filter(|one| one["rule"] == "process-state");
        all.map(|one| one["line"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(lines(), [6], "nobody else speaks of the variable");
    shop.write("shop.py", "import os\n\nKIND = os.environ.get('CART_KIND')\n");
    assert_eq!(lines(), [5, 6]);
    // A program that is no test adds nothing for the tests.
    shop.write("serve.py", "import sys\n\nsys.path.insert(0, str(ROOT / 'site'))\n");
    assert_eq!(lines(), [5, 6]);
    shop.write("tests/test_pages.py", "import sys\n\nsys.path.insert(0, str(ROOT / 'site'))\n");
    assert_eq!(lines(), [5]);
}

const LEAVING: &str = r#"
import os
import sys
import pytest
import shop

SEEN = []

def test_mode_is_used_up():
    os.environ["CART_MODE"] = "plain"
    assert shop.mode() == "plain"

@pytest.mark.parametrize("name", ["CART_MODE", "CART_SIZE"])
def test_mode_may_be_used_up(name):
    os.environ[name] = "plain"
    os.environ["CART_HOST"] = "a"
    assert shop.mode() in ("plain", "none")

def test_host_is_known():
    os.environ["CART_HOST"] = "a"
    assert os.environ.get("CART_HOST") == "a"

def test_rate_is_kept():
    shop.RATE = 2
    assert shop.reset() == 2

def test_rate_stays():
    shop.RATE = 2
    assert shop.rate() == 2

def test_rate_is_one():
    assert shop.rate() == 1

def test_path_is_longer():
    sys.path.append("a")
    assert shop.mode() == "none"

def test_folder_is_another():
    os.chdir("/")
    assert shop.mode() == "some"

def test_items_are_seen():
    SEEN.append(1)
    assert shop.seen(SEEN) == [1]

def test_items_are_none():
    assert SEEN == []

def test_rate_is_lost():
    shop.RATE = 2
    del sys.modules["shop"]
    assert shop.rate() == 2
"#;

#[test]
fn a_change_that_a_run_saw_taken_back_is_no_finding_and_one_that_it_saw_left_says_so() {
    let code = "import os\n\nRATE = 1\n\n\ndef mode():\n    return os.environ.pop('CART_MODE', 'none')\n\n\ndef rate():\n    return RATE\n\n\ndef reset():\n    global RATE\n    rate, RATE = RATE, 1\n    return rate\n\n\ndef seen(items):\n    kept = list(items)\n    items.clear()\n    return kept\n";
    let shop = Shop::of(&[("pyproject.toml", ""), ("shop.py", code), ("tests/test_leaving.py", LEAVING)]);
    let ask = |words: &[&str]| shop.json(&[&["check", "tests", "--format", "json"], words].concat(), 0);
    let changes = |part: &Value| {
        let all = part.as_array().unwrap().iter().filter(|one| one["family"] == "isolation");
        all.map(|one| format!("{} {}", one["line"], one["seen_taken_back"])).collect::<Vec<_>>()
    };
    let value = ask(&[]);
    let lines = ["10", "15", "16", "20", "28", "35", "39", "43", "47", "50"].map(|line| format!("{line} null"));
    assert_eq!(changes(&value["asked"]["findings"]), lines);
    let value = ask(&["--prove", "--trust"]);
    // What fails as it stands says nothing, and what others read is no change of its own.
    // Of what cannot be seen any more, nobody can tell.
    let left = ["15 false", "16 false", "20 false", "28 false", "35 false", "39 null", "47 null", "50 null"];
    assert_eq!(changes(&value["asked"]["findings"]), left);
    assert_eq!(changes(&value["seen_taken_back"]), ["10 true", "43 true"]);
    let said = shop.lacuna(&["check", "tests/test_leaving.py::test_path_is_longer", "--prove"]);
    let told = program::stdout(&said);
    assert!(told.contains("tests/test_leaving.py:35: ") && told.contains(" (a run saw it left so)\n"), "{told}");
    let said = shop.lacuna(&["check", "tests/test_leaving.py::test_mode_is_used_up", "--prove"]);
    assert_eq!(program::stdout(&said), "");
    assert!(program::stderr(&said).contains(", 1 change was seen taken back\n"), "{}", program::stderr(&said));
}

#[test]
fn the_debt_of_the_sample_is_told_in_every_form() {
    let shop = Shop::with_reports();
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _bound = settings.bind_to_scope();
    insta::assert_snapshot!("check_text", shop.says(&["check", "--all"], 0));
    insta::assert_snapshot!("check_md", shop.says(&["check", "--all", "--format", "md"], 0));
    let value = shop.json(&["check", "--all", "--format", "json"], 0);
    insta::assert_snapshot!("check_json", serde_json::to_string_pretty(&value).unwrap());
}

#[test]
fn on_the_screen_findings_open_in_the_editor_and_the_batch_says_how_many_of_its_tests_break_a_rule() {
    let shop = repository();
    shop.write("docs/TESTING_QUALITY_STANDARDS.md", "# Standards\n\n## Assertions\n\nEach test has one.\n");
    commit(&shop, "standards");
    shop.write("tests/test_new.py", &format!("{SOUND}\n\n{}", SILENT.replace("test_total", "test_sum")));
    let (noted, editor) = (shop.outside("noted"), shop.outside("vim"));
    std::fs::write(&editor, format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > '{}'\n", noted.display())).unwrap();
    std::fs::set_permissions(&editor, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let words = [env!("CARGO_BIN_EXE_lacuna"), "--trust"];
    let mut command = crate::screen::command(&words, &shop.root(), &shop.home());
    shop.fixed().into_iter().for_each(|(name, value)| command.env(name, value));
    command.env("EDITOR", &editor);
    let mut screen = Screen::start(command, (36, 160));
    screen.see("6 checklist");
    screen.press("6");
    screen.see("▸new and changed 1");
    screen.see("s: Assertions (line 3)");
    let mut opened = |key: &str, line: u32, file: &str| {
        screen.press(key);
        let wanted = format!("+{line}\n--\n{}\n", shop.root().join(file).display());
        screen.wait(file, |_| std::fs::read_to_string(&noted).is_ok_and(|said| said == wanted));
    };
    opened("e", 5, "tests/test_new.py");
    opened("s", 3, "docs/TESTING_QUALITY_STANDARDS.md");
    // What others left is debt, and apart.
    screen.see("▸new and changed 1");
    screen.press("\t\t");
    screen.see("▸debt 1");
    screen.see("test_total_is_printed");
    screen.press("q");
    screen.see("6 checklist");
    screen.press("d");
    screen.see("enter runs it");
    screen.press("\r");
    screen.see("! checklist: 1 of 2 new or changed tests breaks it");
    screen.press("q");
    assert_eq!(screen.ends_soon(), (0, None));
}

#[test]
fn a_base_class_of_another_file_sees_to_what_its_tests_change() {
    let base = "import contextlib, os, sys\nimport pytest\n\nclass InFolder:\n    @pytest.fixture(autouse=True)\n    def folder(self, tmp_path):\n        with contextlib.chdir(tmp_path):\n            yield\n\n@pytest.mark.usefixtures('save_argv')\nclass WithPlatform:\n    def setUp(self):\n        self.saver = PathSaver()\n    def tearDown(self):\n        self.saver.restore()\n";
    let tests = "import os, sys\nfrom tests.base import InFolder, WithPlatform\nfrom _shop.tests import base\n\nclass TestBy(base.InFolder):\n    def test_folder_is_entered(self):\n        os.chdir('a')\n        assert os.listdir()\n\nclass TestIn(InFolder):\n    def test_folder_is_left(self):\n        os.chdir('a')\n        assert os.listdir()\n\nclass TestPath(WithPlatform):\n    def test_path_is_searched(self):\n        sys.path.append('a')\n        sys.argv = ['a']\n        assert os.listdir()\n\nclass TestOut:\n    def test_folder_is_changed(self):\n        os.chdir('a')\n        assert os.listdir()\n\n    def test_path_is_longer(self):\n        sys.path.append('a')\n        assert os.listdir()\n";
    let shop = Shop::of(&[("pyproject.toml", ""), ("tests/base.py", base), ("tests/test_folders.py", tests)]);
    let value = shop.json(&["check", "tests", "--format", "json"], 0);
    let all = found(&value, "asked");
    let process: Vec<&String> = all.iter().filter(|one| one.starts_with("process-state")).collect();
    assert_eq!(process, ["process-state:test_folder_is_changed", "process-state:test_path_is_longer"]);
}

#[test]
fn a_module_beside_the_tests_asserts_for_them_whatever_its_name() {
    let tests = "from steps.pay import run_pay\n\n\ndef test_payment_is_kept():\n    run_pay(3)\n";
    let asserting = "def run_pay(sum):\n    paid = sum\n    assert paid == 3\n";
    let shop = Shop::of(&[("pyproject.toml", ""), ("tests/test_pay.py", tests), ("tests/steps/pay.py", asserting)]);
    let told = || found(&shop.json(&["check", "--all", "--format", "json"], 0), "debt");
    assert_eq!(told(), Vec::<String>::new());
    shop.write("tests/steps/pay.py", &asserting.replace("assert paid == 3", "print(paid)"));
    assert_eq!(told(), ["no-assertion:test_payment_is_kept"]);
    // The code under test may stand beside its tests, and asserts for itself.
    let beside = Shop::of(&[("pyproject.toml", ""), ("shop/test_pay.py", tests), ("shop/steps/pay.py", asserting)]);
    let value = beside.json(&["check", "--all", "--format", "json"], 0);
    assert_eq!(found(&value, "debt"), ["no-assertion:test_payment_is_kept"]);
}
