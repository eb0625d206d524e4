//! What can be named to run: changed files by git, tests by what they cover, expressions beside pytest's own word on them.

use crate::program::{stderr, stdout};
use crate::shop::Shop;
use crate::venv::interpreter;
use lacuna::domain::suite::Expression;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// The tests that a plan holds, and its commands.
fn planned(shop: &Shop, arguments: &[&str]) -> (Vec<String>, Vec<Vec<String>>) {
    let output = shop.lacuna(&[&["plan", "--format", "json"], arguments].concat());
    assert!(matches!(output.status.code(), Some(0 | 3)), "{arguments:?}: {}", stderr(&output));
    let plan: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let (mut tests, mut cycles) = (Vec::new(), Vec::new());
    for cycle in plan["cycles"].as_array().unwrap() {
        let commands = cycle.as_array().unwrap();
        cycles.push(commands.iter().map(|command| text(&command["command"])).collect());
        tests.extend(commands.iter().flat_map(|command| command["tests"].as_array().unwrap()).map(text));
    }
    (tests, cycles)
}

/// The tests that run, with the commands that ran them.
fn ran(shop: &Shop, arguments: &[&str], code: i32) -> (BTreeSet<String>, Vec<String>) {
    let output = shop.lacuna(&[&["run"], arguments].concat());
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    let tests = said.lines().filter_map(|line| line.strip_prefix("✓ ")).filter_map(|line| line.rsplit_once(' '));
    let commands = said.lines().filter_map(|line| line.strip_prefix("$ ")).map(str::to_owned).collect();
    (tests.map(|(id, _)| id.to_owned()).collect(), commands)
}

/// What pytest itself chooses with these options.
fn truth(shop: &Shop, options: &[&str]) -> BTreeSet<String> {
    let output = shop.python(&[&["pytest", "-p", "no:cacheprovider", "--collect-only", "-q"], options].concat());
    stdout(&output).lines().filter(|line| line.contains("::")).map(str::to_owned).collect()
}

fn git(shop: &Shop, arguments: &[&str]) {
    let identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "init.defaultBranch=main"];
    let done = Command::new("git").args(identity).args(arguments).current_dir(shop.root()).output().unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", stderr(&done));
}

#[test]
fn changed_test_files_are_those_that_git_names() {
    let plain = "def test_a(): pass\n";
    let names = ["same", "staged", "unstaged", "gone"].map(|name| format!("tests/test_{name}.py"));
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), plain)).collect();
    let shop = Shop::of(&[&files[..], &[("app.py", "X = 1\n")]].concat());
    let check = |arguments: &[&str], expect: &[&str]| {
        let (_, cycles) = planned(&shop, arguments);
        let expect: Vec<String> = expect.iter().map(|name| format!("pytest tests/test_{name}.py -v")).collect();
        assert_eq!(cycles.concat(), expect, "{arguments:?}");
    };
    let output = shop.lacuna(&["plan", "--changed"]);
    assert_eq!(output.status.code(), Some(2), "there is no repository: {}", stderr(&output));
    git(&shop, &["init", "-q", "-b", "main"]);
    git(&shop, &["add", "-A"]);
    git(&shop, &["commit", "-qm", "one"]);
    check(&["--changed"], &[]);
    assert!(stderr(&shop.lacuna(&["run", "--changed"])).contains("no test file changed"));
    git(&shop, &["checkout", "-qb", "work"]);
    shop.write("tests/test_committed.py", plain);
    git(&shop, &["add", "-A"]);
    git(&shop, &["commit", "-qm", "two"]);
    shop.write("tests/test_staged.py", "def test_b(): pass\n");
    git(&shop, &["add", "-A"]);
    shop.write("tests/test_unstaged.py", "def test_b(): pass\n");
    shop.write("tests/test_untracked.py", plain);
    shop.write("app.py", "X = 2\n");
    shop.remove("tests/test_gone.py");
    check(&["--changed"], &["staged", "unstaged", "untracked"]);
    check(&["--changed=main"], &["committed", "staged", "unstaged", "untracked"]);
    check(&["--changed", "tests/test_same.py"], &["same", "staged", "unstaged", "untracked"]);
    shop.write("lacuna.toml", "base = \"main\"\n");
    check(&["--changed"], &["committed", "staged", "unstaged", "untracked"]);
    let output = shop.lacuna(&["plan", "--changed=nowhere"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("name a branch or a commit that is there"), "{}", stderr(&output));
}

/// A project in which it matters which test runs which line.
const CALC: &[(&str, &str)] = &[
    ("pyproject.toml", "[tool.pytest.ini_options]\npythonpath = ['.']\n[tool.coverage.run]\nsource = ['calc']\n"),
    (
        "calc.py",
        "def add(a, b):\n    if a is None:\n        return b\n    return a + b\n\n\n\
         class Walk:\n    def step(self):\n        return 1\n\n    def back(self):\n        return -1\n\n\n\
         def never():\n    return 0\n",
    ),
    (
        "tests/test_calc.py",
        "from calc import Walk, add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n\n\n\
         def test_nothing_added():\n    assert add(None, 2) == 2\n\n\ndef test_step():\n    assert Walk().step() == 1\n",
    ),
];

#[test]
fn tests_are_found_by_the_file_the_line_and_the_function_that_they_cover() {
    let shop = Shop::of(CALC);
    let output = shop.lacuna(&["plan", "--covering", "calc.py::add"]);
    assert!(stderr(&output).contains("there is no coverage report"), "{}", stderr(&output));
    shop.says(&["run", "--all", "--trust"], 0);
    let check = |arguments: &[&str], expect: &[&str]| {
        let found: BTreeSet<String> = planned(&shop, arguments).0.into_iter().collect();
        let expect = expect.iter().map(|name| format!("tests/test_calc.py::test_{name}")).collect();
        assert_eq!(found, expect, "{arguments:?}");
    };
    check(&["--covering", "calc.py"], &["add", "nothing_added", "step"]);
    check(&["--covering", "calc.py::add"], &["add", "nothing_added"]);
    check(&["--covering", "calc.py:3"], &["nothing_added"]);
    check(&["--covering", "calc.py::step"], &["step"]);
    check(&["--covering", "calc.py::Walk::step", "--covering", "calc.py:4"], &["add", "step"]);
    check(&["--covering", "calc.py::never"], &[]);
    // Somebody runs the line, or else those that come closest to it.
    check(&["--near", "calc.py:3"], &["nothing_added"]);
    check(&["--near", "calc.py:12"], &["step"]);
    for (word, hint) in [("calc.py::nobody", "the functions of the file: add"), ("calc.py:99", "the file has 16 lines")]
    {
        let output = shop.lacuna(&["plan", "--covering", word]);
        assert!(output.status.code() == Some(2) && stderr(&output).contains(hint), "{}", stderr(&output));
    }
    let run = ran(&shop, &["--covering", "calc.py:3"], 0);
    assert_eq!(run.1, ["pytest tests/test_calc.py::test_nothing_added -v"]);
}

#[test]
fn the_last_batch_and_selections_are_kept_by_what_they_mean() {
    let shop = Shop::of(CALC);
    let refused = |arguments: &[&str], words: &str| {
        let output = shop.lacuna(arguments);
        assert!(output.status.code() == Some(2) && stderr(&output).contains(words), "{}", stderr(&output));
    };
    refused(&["run", "--last"], "nothing ran yet");
    ran(&shop, &["--trust", "tests/test_calc.py::test_add"], 0);
    let last = "tests/test_calc.py::test_add".to_owned();
    assert_eq!(ran(&shop, &["--last"], 0).0, BTreeSet::from([last]));
    refused(&["run", "--selection", "steps"], "there is no selection of that name");
    refused(&["plan", "tests", "--save", " "], "needs a name");
    // An expression is kept as it is: what is new to it is in it.
    let step = |name: &str| format!("tests/test_calc.py::test_{name}");
    ran(&shop, &["-k", "step", "--save", "steps"], 0);
    planned(&shop, &["tests/test_calc.py", "--save", "all of it"]);
    let text = shop.read("tests/test_calc.py");
    shop.write("tests/test_calc.py", &format!("{text}\n\ndef test_step_back():\n    assert Walk().back() == -1\n"));
    assert_eq!(ran(&shop, &["--selection", "steps"], 0).0, BTreeSet::from([step("step"), step("step_back")]));
    assert_eq!(planned(&shop, &["--selection", "all of it"]).0.len(), 4);
    refused(&["plan", "--selection", "steps", "tests"], "can only run alone");
    let names = |code: i32| -> Vec<String> {
        let said = shop.says(&["selections"], code);
        said.lines().filter_map(|line| Some(line.split_once("  # ")?.0.to_owned())).collect()
    };
    assert_eq!(names(0), ["all of it", "steps"]);
    let list = shop.json(&["selections", "--format", "json"], 0);
    assert!(list[1]["keyword"] == "step" && list[0]["targets"][0] == "tests/test_calc.py", "{list}");
    shop.says(&["selections", "--delete", "all of it"], 0);
    refused(&["selections", "--delete", "all of it"], "there are: steps");
    shop.says(&["selections", "--delete", "steps"], 0);
    assert!(names(3).is_empty());
}

/// Marks, names and keywords from wherever pytest takes them.
const MARKED: &[(&str, &str)] = &[
    (
        "pytest.ini",
        "[pytest]\naddopts = -m 'not slow'\nmarkers =\n  slow\n  db: a database\n  late: by a hook\n  gpu\n  whole\n",
    ),
    (
        "tests/conftest.py",
        "import pytest\n\ndef pytest_collection_modifyitems(items):\n    for item in items:\n        \
         if 'late' in item.name:\n            item.add_marker(pytest.mark.late)\n        \
         if 'word' in item.name:\n            item.extra_keyword_matches.add('SpecialWord')\n",
    ),
    (
        "tests/deep/test_marks.py",
        "import pytest\npytestmark = pytest.mark.whole\n\n@pytest.mark.slow\ndef test_slow(): pass\n\n\
         @pytest.mark.db(kind='sqlite', n=1)\ndef test_db(): pass\n\n@pytest.mark.db(kind='postgres')\n\
         def test_other_db(): pass\n\ndef test_late(): pass\n\ndef test_word(): pass\n\n\
         def test_plain(): pass\ntest_plain.attribute = 1\n\n\
         @pytest.mark.parametrize('x', ['One', pytest.param('two::a', marks=pytest.mark.gpu), 'a b'])\n\
         def test_cases(x): pass\n\nclass TestBox:\n    @pytest.mark.slow\n    def test_in(self): pass\n    \
         def test_out(self): pass\n",
    ),
    ("tests/test_top.py", "import unittest\n\nclass Old(unittest.TestCase):\n    def test_deep(self): pass\n"),
];

#[test]
fn what_an_expression_chooses_is_what_pytest_chooses() {
    let shop = Shop::of(MARKED);
    shop.says(&["tests", "--collect", "--trust"], 0);
    let keywords = [
        "late",
        "LATE",
        "specialword",
        "attribute",
        "cases",
        "one",
        "two::a",
        "a or box",
        "deep",
        "test_top.py",
        "old",
        "tests",
        "slow",
        "not slow",
        "not (box or cases) and not db",
        "marks and not not late",
        "gpu",
        "shop",
        "whole",
        "true",
        "tests/deep",
        "pytestmark",
        "db or (one and not two)",
        "test_cases[One]",
    ];
    let marks = [
        "slow",
        "not slow",
        "db",
        "late",
        "gpu",
        "whole and not gpu",
        "not whole",
        "slow or late",
        "nothing",
        "db and slow",
        "True",
        "parametrize",
    ];
    let options = keywords.iter().map(|text| vec!["-k", text]).chain(marks.iter().map(|text| vec!["-m", text]));
    for options in options.chain([vec!["-k", "box", "-m", "slow"], vec!["-k", "test_in or late", "-m", "slow or late"]])
    {
        let found: BTreeSet<String> = planned(&shop, &options).0.into_iter().collect();
        assert_eq!(found, truth(&shop, &options), "{options:?}");
    }
    // What runs is that as well: the project's own `-m` is not in the way of the one that was given.
    let (tests, commands) = ran(&shop, &["-m", "slow"], 0);
    assert_eq!(tests, truth(&shop, &["-m", "slow"]));
    assert_eq!(commands, ["pytest -m slow tests/deep/test_marks.py -v"]);
    let (tests, _) = ran(&shop, &["-k", "test_in or test_out", "-m", "slow", "tests/deep/test_marks.py::TestBox"], 0);
    assert_eq!(tests.into_iter().collect::<Vec<_>>(), ["tests/deep/test_marks.py::TestBox::test_in"]);
}

#[test]
fn what_the_arguments_of_marks_choose_is_left_to_pytest() {
    let shop = Shop::of(MARKED);
    let expression = "db(kind='sqlite', n=1) or gpu";
    // Nothing is confirmed before the first run, and a plan starts nothing.
    let output = shop.lacuna(&["plan", "-m", "late"]);
    assert!(stderr(&output).contains("pytest has not confirmed"), "{}", stderr(&output));
    // A run asks pytest first.
    let output = shop.lacuna(&["run", "-m", "late", "--trust"]);
    let said = stderr(&output);
    assert!(said.contains("pytest collected 10 tests in 2 files"), "{said}");
    assert!(said.contains("✓ tests/deep/test_marks.py::test_late"), "{said}");
    let output = shop.lacuna(&["plan", "-m", expression]);
    assert!(stderr(&output).contains("2 tests have such a mark"), "{}", stderr(&output));
    assert!(stdout(&output).starts_with("# about 3 of 12 tests by -m "), "{}", stdout(&output));
    let output = shop.lacuna(&["run", "-m", expression]);
    let said = stderr(&output);
    assert!(said.contains("pytest chose 2 tests by -m") && said.contains("3 were expected"), "{said}");
    let (tests, _) = ran(&shop, &["-m", expression], 0);
    assert_eq!(tests, truth(&shop, &["-m", expression]));
    let refused = shop.lacuna(&["run", "-k", "db(n=1)"]);
    assert!(refused.status.code() == Some(2) && stderr(&refused).contains("do not support call parameters"));
}

#[test]
fn what_an_expression_chooses_is_run_within_the_limits_and_nothing_else_is_forgotten() {
    let shop = Shop::of(&[
        ("pyproject.toml", "[tool.pytest.ini_options]\npythonpath = ['.']\n[tool.coverage.run]\nsource = ['app']\n"),
        ("app.py", "def f(x):\n    return x\n"),
        (
            "tests/test_many.py",
            "import pytest\nfrom app import f\n\n@pytest.mark.parametrize('n', range(90))\ndef test_n(n):\n    \
             assert f(n) == n\n\ndef test_other():\n    assert f(1)\n",
        ),
        (
            "tests/test_few.py",
            "from app import f\n\ndef test_n():\n    assert f(2)\n\ndef test_x():\n    assert f(3)\n",
        ),
    ]);
    shop.says(&["run", "--all", "--trust"], 0);
    shop.says(&["tests", "--collect"], 0);
    let (tests, cycles) = planned(&shop, &["-k", "test_n"]);
    assert_eq!((tests.len(), cycles.iter().map(Vec::len).collect::<Vec<_>>()), (91, vec![3, 2]));
    assert!(
        cycles[0][0].starts_with("pytest -k test_n tests/test_few.py 'tests/test_many.py::test_n[0]'"),
        "{cycles:?}"
    );
    assert_eq!(ran(&shop, &["-k", "test_n"], 0).0.len(), 91);
    // What was left out stands as it was measured.
    let who = shop.says(&["who", "app.py:2"], 0);
    assert!(who.contains("tests/test_few.py::test_x") && who.contains("tests/test_many.py::test_other"), "{who}");
}

/// Reads expressions line by line and says of each what pytest makes of it.
const PYTEST_SAYS: &str = "
import sys
from _pytest.mark.expression import Expression
for line in sys.stdin.read().split('\\n')[:-1]:
    try:
        print(Expression.compile(line).evaluate(lambda name, **arguments: name in ('a', 'b.c')))
    except SyntaxError as error:
        print('at column %d: %s' % (error.offset, error.msg))
";

/// A number that is different each time, and the same in each run.
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 33).unwrap()
}

#[test]
fn expressions_are_read_as_pytest_reads_them() {
    const PARTS: [&str; 26] = [
        "a",
        "b.c",
        "x",
        "and",
        "or",
        "not",
        "(",
        ")",
        " ",
        "  ",
        "a(n=1)",
        "x(s='t u', f=None)",
        "=",
        ",",
        "'q'",
        "\"",
        "-1",
        "not(",
        "True",
        "or or",
        "a::b[c]/d",
        "\\",
        "$",
        "é",
        "x(if=1)",
        "\t",
    ];
    let mut state = 7;
    let mut lines: Vec<String> = vec![String::new(), "(a or x) and not (x or not a)".to_owned()];
    for _ in 0..4_000 {
        let parts = (0..1 + next(&mut state) % 9).map(|_| PARTS[next(&mut state) % PARTS.len()]);
        let parts: Vec<&str> = parts.collect();
        lines.push(parts.join(if next(&mut state).is_multiple_of(4) { "" } else { " " }));
    }
    // Well-formed ones, which chance hardly ever makes.
    for _ in 0..2_000 {
        let mut text = ["a", "x", "b.c"][next(&mut state) % 3].to_owned();
        for _ in 0..next(&mut state) % 6 {
            let other = ["a", "x", "not b.c", "a(n=-1)"][next(&mut state) % 4];
            text = match next(&mut state) % 4 {
                0 => format!("not ({text})"),
                1 => format!("({text}) and {other}"),
                2 => format!("{other} or {text}"),
                _ => format!("{text} and {other}"),
            };
        }
        lines.push(text);
    }
    let mut python = Command::new(&interpreter().program);
    python.args(["-c", PYTEST_SAYS]).env("PYTHONIOENCODING", "utf-8");
    let mut python = python.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = python.stdin.take().unwrap();
    let input: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let feed = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let output = python.wait_with_output().unwrap();
    feed.join().unwrap();
    let pytest = stdout(&output);
    let words = |marks: &[&str]| lacuna::domain::suite::Keywords {
        marks: marks.iter().map(|mark| (*mark).to_owned()).collect(),
        others: Vec::new(),
    };
    let known = words(&["a", "b.c"]);
    let mut compared = 0;
    for (line, expect) in lines.iter().zip(pytest.lines()) {
        let read = Expression::marks(line);
        let found = match read.map(|expression| expression.chooses_by_mark(&known)) {
            // The arguments of marks are nothing to the one who answers here, and unknown to lacuna.
            Ok(None) => continue,
            Ok(Some(chosen)) => if chosen { "True" } else { "False" }.to_owned(),
            Err(problem) => problem,
        };
        assert_eq!(found, expect, "{line:?}");
        compared += 1;
    }
    assert_eq!(pytest.lines().count(), lines.len());
    assert!(compared > 5_000, "{compared}");
}
