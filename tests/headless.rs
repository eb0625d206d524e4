//! The commands without a screen, as scripts and CI meet them: exit codes, exact output, bad input.

use crate::program::{self, stderr, stdout};
use crate::shop::Shop;
use crate::supervisor::{lives, until};
use crate::venv::interpreter;
use serde_json::Value;
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

const CONFIG: &str = "[tool.pytest.ini_options]\npythonpath = ['.']\n[tool.coverage.run]\nsource = ['app']\n";
const CALC: &str = "def add(a, b):\n    return a + b\n\n\ndef sub(a, b):\n    return a - b\n";
const ADD: &str = "from app import calc\n\ndef test_add():\n    assert calc.add(1, 2) == 3\n";
const SUB: &str = "from app import calc\n\ndef test_sub():\n    assert calc.sub(3, 2) == 1\n";
const BAD: &str = "def test_bad():\n    assert 1 == 2\n";

/// A small project: a module of four statements, one test that passes.
fn small(more: &[(&str, &str)]) -> Shop {
    let files =
        [("pyproject.toml", CONFIG), ("app/__init__.py", ""), ("app/calc.py", CALC), ("tests/test_add.py", ADD)];
    Shop::of(&[&files[..], more].concat())
}

/// Runs and checks the exit code; gives standard output and standard error.
fn ends(shop: &Shop, arguments: &[&str], code: i32) -> (String, String) {
    let output = shop.lacuna(arguments);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{}\n{}", stdout(&output), stderr(&output));
    (stdout(&output), stderr(&output))
}

/// Runs, checks the exit code, and that one line of standard error says this.
fn complains(shop: &Shop, arguments: &[&str], code: i32, what: &str) {
    let (_, err) = ends(shop, arguments, code);
    assert!(err.lines().any(|line| line.starts_with("lacuna: ") && line.contains(what)), "{arguments:?}: {err}");
}

#[test]
fn exit_0_everything_is_done() {
    let shop = small(&[]);
    ends(&shop, &["run", "--trust", "tests/test_add.py"], 0);
    ends(&shop, &["run", "--all"], 0);
    for command in ["report", "history", "config", "man", "--help", "--version"] {
        let (out, err) = ends(&shop, &[command], 0);
        assert!(!out.is_empty() && err.is_empty(), "{command}: {err}");
    }
    ends(&shop, &["completions", "bash"], 0);
    ends(&shop, &["plan", "tests/test_add.py"], 0);
}

#[test]
fn exit_1_tests_failed() {
    let shop = small(&[("tests/test_bad.py", BAD), ("tests/test_syntax.py", "def test_x(:\n")]);
    complains(
        &shop,
        &["run", "--trust", "tests/test_syntax.py"],
        1,
        "tests/test_syntax.py: the file cannot be collected",
    );
    let (_, err) = ends(&shop, &["run", "tests/test_bad.py", "tests/test_add.py"], 1);
    assert!(err.contains("✗ tests/test_bad.py::test_bad") && err.contains("✓ tests/test_add.py::test_add"), "{err}");
    // A run of several commands is one run for the person: what failed is what failed in any of them.
    let (out, _) = ends(&shop, &["plan", "--failed"], 0);
    assert_eq!(out, "pytest tests/test_bad.py::test_bad -v  # 1 test\n");
    shop.write("tests/test_bad.py", "def test_bad():\n    pass\n");
    ends(&shop, &["run", "--failed"], 0);
    ends(&shop, &["run", "--failed"], 3);
}

#[test]
fn exit_2_arguments_or_input_that_cannot_be_used() {
    let shop = small(&[("alien.json", "{\"a\": 1}"), ("empty.xml", ""), ("half.xml", "<testsuites><testsuite na")]);
    std::fs::write(shop.root().join("latin.xml"), b"<coverage version=\"\xff\xfe\"/>").unwrap();
    complains(&shop, &["run"], 2, "nothing was named to run");
    complains(&shop, &["run", "tests/test_gone.py"], 2, "tests/test_gone.py: there is no such file");
    complains(&shop, &["plan", "/etc/hosts"], 2, "lies outside the project");
    complains(&shop, &["plan", "app/../../home"], 2, "app/../../home");
    complains(&shop, &["-C", "nowhere", "report"], 2, "nowhere");
    complains(&shop, &["app", "report"], 2, "a path goes with the workbench alone");
    complains(&shop, &[], 2, "needs a terminal");
    complains(&shop, &["demo", "--into", "."], 2, "not empty");
    for file in ["alien.json", "empty.xml", "half.xml", "latin.xml", "gone.xml", "app", "/dev/null"] {
        for command in ["inspect", "report", "ingest"] {
            let (out, err) = ends(&shop, &[command, file], 2);
            assert!(out.is_empty() && err.lines().count() == 1 && err.contains(file), "{command} {file}: {err}");
        }
    }
    let (_, err) = ends(&shop, &["report", "--format", "html"], 2);
    assert!(err.contains("json") && err.contains("md"), "{err}");
}

#[test]
fn exit_3_there_is_nothing() {
    let shop = small(&[("tests/test_none.py", "x = 1\n")]);
    complains(&shop, &["report"], 3, "there is no coverage report");
    complains(&shop, &["history"], 3, "nothing is recorded yet");
    complains(&shop, &["run", "--failed"], 3, "nothing to run");
    complains(&shop, &["run", "--trust", "tests/test_none.py"], 3, "no test was collected");
    assert_eq!(ends(&shop, &["history", "--format", "json"], 3).0, "[]\n");
    ends(&shop, &["run", "tests/test_add.py"], 0);
    complains(&shop, &["flaky"], 3, "no test has had more than one outcome");
}

#[test]
fn exit_4_the_tests_cannot_be_started() {
    let shop = small(&[]);
    let bare = shop.outside("bare");
    std::fs::write(&bare, format!("#!/bin/sh\nexec '{}' -S -I \"$@\"\n", interpreter().program.display())).unwrap();
    std::fs::set_permissions(&bare, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let config = |name: &str, interpreter: &str| {
        let file = shop.outside(name);
        std::fs::write(&file, format!("interpreter = '{interpreter}'\n")).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let (no_pytest, no_python) = (config("one.toml", bare.to_str().unwrap()), config("two.toml", "/no/python"));
    complains(&shop, &["run", "tests/test_add.py"], 4, "not trusted yet");
    complains(&shop, &["run", "--trust", "tests/test_add.py", "--config", &no_pytest], 4, "pytest is not installed");
    let (_, err) = ends(&shop, &["--config", &no_pytest, "run", "tests/test_add.py"], 4);
    assert!(err.contains("-m pip install pytest"), "{err}");
    complains(&shop, &["run", "tests/test_add.py", "--config", &no_python], 4, "/no/python");
    complains(&shop, &["plan", "tests/test_add.py", "--config", &no_python], 4, "/no/python");
    let lost = shop.command(&["run", "tests/test_add.py"]).env_remove("VIRTUAL_ENV").env("PATH", "/nowhere").output();
    let lost = lost.unwrap();
    assert_eq!(lost.status.code(), Some(4), "{}", stderr(&lost));
    assert!(stderr(&lost).contains("there is no Python"), "{}", stderr(&lost));
}

#[test]
fn exit_4_a_child_that_is_killed_is_named_with_its_test_and_what_was_known_stays() {
    let kill =
        "import os, signal\n\ndef test_ok():\n    pass\n\ndef test_kill():\n    os.kill(os.getpid(), signal.SIGKILL)\n";
    let shop = small(&[]);
    ends(&shop, &["run", "--all", "--trust"], 0);
    let before = shop.ledger();
    shop.write("tests/test_kill.py", kill);
    complains(&shop, &["run", "tests/test_kill.py"], 4, "signal 9 (kill");
    complains(&shop, &["run", "tests/test_kill.py"], 4, "while tests/test_kill.py::test_kill ran");
    assert_eq!(shop.ledger(), before);
}

#[test]
fn exit_5_an_interrupt_cancels_the_run_and_leaves_no_process() {
    let slow = "import os, subprocess, time\n\ndef test_first():\n    pass\n\ndef test_slow():\n    \
                child = subprocess.Popen(['sleep', '600'], start_new_session=True)\n    \
                open('pids', 'w').write(f'{os.getpid()} {child.pid}\\n')\n    time.sleep(600)\n";
    let shop = small(&[("tests/test_slow.py", slow)]);
    let mut command = shop.command(&["run", "--trust", "tests/test_slow.py", "tests/test_add.py"]);
    let lacuna = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pids = || -> Vec<u32> {
        let text = std::fs::read_to_string(shop.root().join("pids")).unwrap_or_default();
        if text.ends_with('\n') {
            text.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
        } else {
            Vec::new()
        }
    };
    until(Duration::from_secs(60), "the slow test runs", || pids().len() == 2);
    let pid = lacuna.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let output = lacuna.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", stderr(&output));
    assert!(stderr(&output).contains("✓ tests/test_slow.py::test_first"), "{}", stderr(&output));
    assert!(!stderr(&output).contains("tests/test_add.py::test_add"), "the next command was not started");
    assert!(!pids().into_iter().any(lives), "nothing is left");
}

#[test]
fn p1_a_termination_or_a_hang_up_waits_for_deaf_tests_no_longer_than_a_moment() {
    let deaf = "import os, signal, time\n\ndef test_deaf():\n    \
                for number in (signal.SIGINT, signal.SIGTERM):\n        signal.signal(number, signal.SIG_IGN)\n    \
                open('pid', 'w').write(f'{os.getpid()}\\n')\n    time.sleep(600)\n";
    for name in ["TERM", "HUP"] {
        let shop = small(&[("tests/test_deaf.py", deaf)]);
        let mut command = shop.command(&["run", "--trust", "tests/test_deaf.py"]);
        let lacuna = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let pid = || std::fs::read_to_string(shop.root().join("pid")).ok()?.strip_suffix('\n')?.parse::<u32>().ok();
        until(Duration::from_secs(60), "the test runs", || pid().is_some());
        let number = lacuna.id().to_string();
        assert!(std::process::Command::new("kill").args([&format!("-{name}"), &number]).status().unwrap().success());
        let output = lacuna.wait_with_output().unwrap();
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(5), "{said}");
        assert!(said.contains("Interrupt was sent") && said.contains("Kill was sent"), "{said}");
        assert!(!said.contains("Terminate was sent"), "the steps of a cancellation take 5 s: {said}");
        assert!(!lives(pid().unwrap()), "nothing is left");
    }
}

#[test]
fn consent_is_asked_once_and_again_when_the_settings_name_another_program() {
    let shop = small(&[]);
    complains(&shop, &["run", "tests/test_add.py"], 4, "not trusted yet");
    assert!(!shop.root().join(".pytest_cache").exists() && !shop.root().join("tests/__pycache__").exists());
    ends(&shop, &["run", "tests/test_add.py", "--trust"], 0);
    ends(&shop, &["run", "tests/test_add.py"], 0);
    shop.write("lacuna.toml", &format!("interpreter = '{}'\n", interpreter().program.display()));
    complains(&shop, &["run", "tests/test_add.py"], 4, "not trusted yet");
    ends(&shop, &["run", "tests/test_add.py", "--trust"], 0);
    ends(&shop, &["run", "tests/test_add.py"], 0);
}

#[test]
fn a_plan_holds_every_test_once_in_batches_of_20_and_cycles_of_3() {
    let many = |count: usize| (0..count).map(|n| format!("def test_{n}():\n    pass\n\n")).collect::<String>();
    let (fifty, three) = (many(50), many(3));
    let names: Vec<String> = (0..4).map(|n| format!("tests/test_few{n}.py")).collect();
    let mut files = vec![("tests/test_many.py", &*fifty)];
    files.extend(names.iter().map(|name| (&**name, &*three)));
    let shop = small(&files);
    let plan = shop.json(&["plan", "tests", "--format", "json"], 0);
    let cycles = plan["cycles"].as_array().unwrap();
    let commands: Vec<&Value> = cycles.iter().flat_map(|cycle| cycle.as_array().unwrap()).collect();
    assert!(cycles.iter().all(|cycle| (1..=3).contains(&cycle.as_array().unwrap().len())), "{plan}");
    assert_eq!((cycles.len(), commands.len()), (3, 8), "{plan}");
    let tests: Vec<Vec<&str>> = commands
        .iter()
        .map(|command| command["tests"].as_array().unwrap().iter().filter_map(Value::as_str).collect())
        .collect();
    assert!(tests.iter().all(|tests| (1..=20).contains(&tests.len())), "{plan}");
    let mut all = tests.concat();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 50 + 4 * 3 + 1);
    let plain: Vec<&str> = commands.iter().filter_map(|command| command["command"].as_str()).collect();
    assert!(plain.contains(&"pytest tests/test_few0.py -v"), "{plain:?}");
    assert!(plain.iter().all(|command| command.starts_with("pytest tests/") && command.ends_with(" -v")), "{plain:?}");
    let full = commands[0]["full"].as_str().unwrap();
    assert!(full.contains(interpreter().program.to_str().unwrap()) && full.contains(" -m pytest "), "{full}");
    let (text, _) = ends(&shop, &["plan", "tests"], 0);
    assert!(text.starts_with("cycle 1 of 3\n  pytest "), "{text}");
    // Other limits are settings.
    shop.write("lacuna.toml", "[batch]\ntests = 5\ncommands = 2\n");
    let plan = shop.json(&["plan", "tests/test_many.py", "--format", "json"], 0);
    assert_eq!(plan["cycles"].as_array().unwrap().len(), 5, "{plan}");
}

#[test]
fn the_batch_report_has_exactly_its_form() {
    let shop = small(&[]);
    ends(&shop, &["run", "--all", "--trust"], 0);
    shop.write("tests/test_sub.py", SUB);
    let file = shop.outside("report.md");
    let (out, _) = ends(&shop, &["run", "tests/test_sub.py", "--report", file.to_str().unwrap()], 0);
    let expect = "### File: tests/test_sub.py\n\
                  - Tests added: 1\n\
                  - Coverage before: 75%\n\
                  - Coverage after: 100%\n\
                  - Command executed: pytest tests/test_sub.py -v\n";
    assert_eq!(std::fs::read_to_string(&file).unwrap(), expect);
    let detail = "\napp/calc.py: 75% -> 100% (measured)\n  newly covered: 6\n\nall files: 75% -> 100% (measured)\n\n\
                  1 new test: 1 line alone, 0 shared\n  tests/test_sub.py::test_sub: gained 1 line alone\n";
    assert_eq!(out, format!("{expect}{detail}"));
    // What really ran is said where it differs.
    shop.write("pytest.ini", "[pytest]\npythonpath = .\naddopts = -ra\n");
    let (out, _) = ends(&shop, &["run", "tests/test_sub.py"], 0);
    let really = "- Command as it really ran: pytest -ra tests/test_sub.py -v\n";
    assert!(out.ends_with(&format!("- Command executed: pytest tests/test_sub.py -v\n{really}")), "{out}");
    assert!(
        out.contains("- Tests added: 1\n- Coverage before: 100%\n"),
        "since the baseline, not since the last batch: {out}"
    );
    // A report that cannot be written does not take the result along.
    let (out, err) = ends(&shop, &["run", "tests/test_sub.py", "--report", "nowhere/report.md"], 2);
    assert!(out.contains("### File: tests/test_sub.py") && err.contains("nowhere/report.md"), "{out}{err}");
}

#[test]
fn a_run_as_json_has_commands_tests_files_and_figures() {
    let shop = small(&[]);
    let first = shop.json(&["run", "--all", "--trust", "--format", "json"], 0);
    assert_eq!(first["total"]["after"]["display"], "75%", "{first}");
    shop.write("tests/test_sub.py", &format!("{SUB}\ndef test_nothing():\n    pass\n"));
    let run = shop.json(&["run", "tests/test_sub.py", "--format", "json"], 0);
    assert_eq!(run["commands"], serde_json::json!(["pytest tests/test_sub.py -v"]));
    let ids: Vec<&str> = run["tests"].as_array().unwrap().iter().filter_map(|test| test["id"].as_str()).collect();
    assert_eq!(ids, ["tests/test_sub.py::test_sub", "tests/test_sub.py::test_nothing"]);
    assert_eq!(
        (&run["total"]["before"]["display"], &run["total"]["after"]["display"]),
        (&"75%".into(), &"100%".into())
    );
    assert_eq!(run["files"][0]["path"], "app/calc.py");
    assert_eq!(run["files"][0]["newly_covered"], serde_json::json!([6]));
    assert_eq!(run["gained_nothing"], serde_json::json!(["tests/test_sub.py::test_nothing"]));
    assert_eq!(run["cancelled"], false);
}

#[test]
fn a_parametrized_test_that_was_never_run_is_not_missed() {
    let text = "import pytest\n\n@pytest.mark.parametrize('x', [1, 2])\ndef test_x(x):\n    pass\n";
    let shop = small(&[("tests/test_x.py", text)]);
    let (_, err) = ends(&shop, &["run", "--trust", "tests/test_x.py"], 0);
    assert!(!err.contains("asked for"), "{err}");
    shop.edit("tests/test_x.py", "[1, 2]", "[1, 3]");
    let (_, err) = ends(&shop, &["run", "tests/test_x.py::test_x[1]", "tests/test_x.py::test_x[2]"], 0);
    assert!(err.contains("test_x[2]"), "{err}");
}

#[test]
fn without_a_baseline_before_and_after_are_unknown_and_said_to_be() {
    let shop = small(&[]);
    let (out, err) = ends(&shop, &["run", "--trust", "tests/test_add.py"], 0);
    assert!(out.contains("- Coverage before: unknown\n- Coverage after: unknown\n"), "{out}");
    assert!(err.contains("there is no baseline") && err.contains("lacuna run --all"), "{err}");
    // That a file runs for the first time makes its tests no new ones.
    shop.write("tests/test_more.py", "def test_more():\n    pass\n");
    let (out, _) = ends(&shop, &["run", "tests/test_add.py", "tests/test_more.py"], 0);
    assert_eq!(out.matches("- Tests added: 0\n").count(), 2, "{out}");
    let (out, _) = ends(&shop, &["run", "--all"], 0);
    assert!(out.contains("- Coverage before: unknown\n- Coverage after: 75%\n"), "{out}");
    assert!(!out.contains("app/calc.py"), "against nothing no file has moved: {out}");
}

#[test]
fn a_baseline_without_contexts_gives_a_lower_bound_and_is_called_so() {
    let shop = small(&[]);
    let xml = format!("--cov-report=xml:{}", shop.root().join("coverage.xml").display());
    assert!(shop.python(&["pytest", "-q", "-p", "no:cacheprovider", "--cov", &xml]).status.success());
    shop.write("tests/test_sub.py", SUB);
    let (out, _) = ends(&shop, &["run", "--trust", "tests/test_sub.py"], 0);
    assert!(out.contains("- Coverage before: 75%\n- Coverage after: 100% (lower bound)\n"), "{out}");
    assert!(out.contains("app/calc.py: 75% (measured) -> 100% (lower bound)"), "{out}");
    let report = shop.json(&["report", "--format", "json"], 0);
    assert_eq!(report["total"]["kind"], "lower bound", "{report}");
    // A test that goes can take nothing back from a union: still a lower bound, never a loss.
    std::fs::write(shop.root().join("tests/test_add.py"), "def test_add():\n    pass\n").unwrap();
    let (out, _) = ends(&shop, &["run", "tests/test_add.py"], 0);
    assert!(out.contains("- Coverage after: 100% (lower bound)\n"), "{out}");
}

#[test]
fn a_report_that_breaks_after_it_was_read_leaves_what_was_known() {
    let shop = small(&[]);
    shop.measure(&shop.root().join("coverage.json"), &[]);
    let before = shop.ledger();
    let text = shop.read("coverage.json");
    shop.write("coverage.json", &text[..text.len() / 2]);
    let (out, err) = ends(&shop, &["report", "--format", "json"], 0);
    assert!(err.lines().count() == 1 && err.contains("coverage.json"), "{err}");
    assert_eq!(crate::shop::of_lacuna(&serde_json::from_str(&out).unwrap()), before);
    // A project that never had a whole one has nothing to show.
    let fresh = small(&[]);
    fresh.write("coverage.json", &text[..text.len() / 2]);
    complains(&fresh, &["report"], 2, "coverage.json");
}

#[test]
fn a_source_that_is_gone_leaves_the_rest_of_the_report() {
    let shop = small(&[("app/old.py", "x = 1\n")]);
    shop.measure(&shop.root().join("coverage.json"), &[]);
    shop.remove("app/old.py");
    let (out, _) = ends(&shop, &["report"], 0);
    assert!(out.contains("app/calc.py") && out.contains("75%"), "{out}");
    let (out, _) = ends(&shop, &["report", "coverage.json"], 0);
    assert!(out.contains("app/old.py"), "{out}");
    let (out, _) = ends(&shop, &["run", "--trust", "tests/test_add.py"], 0);
    assert!(out.contains("### File: tests/test_add.py"), "{out}");
}

#[test]
fn a_pasted_table_is_a_report_like_any_other() {
    let table = "Name              Stmts   Miss Branch BrPart  Cover   Missing\n\
                 -------------------------------------------------------------\n\
                 shop/models.py       40      8      8      2    79%   3-9, 12->15, 20\n\
                 shop/views.py        74     74     16      0     0%   1-120\n\
                 -------------------------------------------------------------\n\
                 TOTAL               114     82     24      2    28%\n";
    let shop = small(&[]);
    let paste = |text: &str, format: &str| {
        let mut command = shop.command(&["report", "-", "--format", format]);
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut lacuna = pipes.spawn().unwrap();
        lacuna.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        lacuna.wait_with_output().unwrap()
    };
    let report: Value = serde_json::from_str(&stdout(&paste(table, "json"))).unwrap();
    let files = report["files"].as_array().unwrap();
    let row = |n: usize| ["path", "statements", "missed", "branches"].map(|key| files[n][key].clone());
    assert_eq!(row(0), [Value::from("shop/views.py"), 74.into(), 74.into(), 16.into()]);
    assert_eq!(row(1), [Value::from("shop/models.py"), 40.into(), 8.into(), 8.into()]);
    assert_eq!(files[1]["coverage"]["display"], "79%");
    assert!(stdout(&paste(table, "md")).contains("| shop/views.py | 74 | 74 | 16 | 0 | 0% |"));
    // As a ticket quotes it, and after a terminal coloured it.
    let quoted: String = table.lines().map(|line| format!("\x1b[32m{line}\x1b[0m\r\n")).collect();
    let output = paste(&quoted, "json");
    let coloured: Value = serde_json::from_str(&stdout(&output)).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    assert_eq!(coloured["files"], report["files"]);
    for alien in ["", "hello\n", &table[..table.len() / 2]] {
        let output = paste(alien, "text");
        assert_eq!((output.status.code(), stdout(&output).len()), (Some(2), 0), "{alien}");
        assert_eq!(stderr(&output).lines().count(), 1, "{}", stderr(&output));
    }
}

#[test]
fn trap_1_the_total_of_a_table_counts_the_complete_files_that_it_leaves_out() {
    let shop = small(&[]);
    let table = "Name         Stmts   Miss  Cover\n--------------------------------\n\
                 app/calc.py      4      2    50%\n--------------------------------\n\
                 TOTAL           40      2    95%\n\n3 files skipped due to complete coverage.\n";
    shop.write("table.txt", table);
    let report = shop.json(&["report", "table.txt", "--format", "json"], 0);
    let total = ["display", "part", "whole"].map(|key| report["total"][key].clone());
    assert_eq!(total, [Value::from("95%"), 38.into(), 40.into()]);
    let text = shop.says(&["report", "table.txt"], 0);
    let row = text.lines().find(|line| line.contains("TOTAL")).unwrap();
    let total: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(total[..4], ["TOTAL", "40", "2", "95%"]);
}

#[test]
fn trap_24_a_path_of_a_cobertura_report_is_the_file_below_its_sources() {
    let shop = small(&[("lib/calc.py", CALC), ("lib/only.py", CALC)]);
    let root = shop.root();
    let class = |name: &str| format!("<class filename='{name}'><lines><line number='1' hits='1'/></lines></class>");
    let names = ["calc.py", "only.py", "app/__init__.py", "gone.py"];
    let classes: String = names.iter().map(|name| class(name)).collect();
    let sources: String = ["", "app", "lib"].map(|name| format!("<source>{}/{name}</source>", root.display())).concat();
    let report = format!(
        "<coverage version='7.17.3' line-rate='1'><sources>{sources}</sources><packages><package name='.'>\
         <classes>{classes}</classes></package></packages></coverage>"
    );
    shop.write("coverage.xml", &report);
    let report = shop.json(&["report", "coverage.xml", "--format", "json"], 0);
    let mut paths: Vec<&str> = report["files"].as_array().unwrap().iter().filter_map(|f| f["path"].as_str()).collect();
    paths.sort_unstable();
    // What could be two files, or none, keeps the name that the report gives it.
    assert_eq!(paths, ["app/__init__.py", "calc.py", "gone.py", "lib/only.py"]);
}

const JUNIT: &str = "<testsuites><testsuite name='pytest' errors='0' failures='1' skipped='0' tests='2' time='0.1' \
    timestamp='2026-06-01T10:00:00'><testcase classname='tests.test_add' name='test_add' time='0.1'/>\
    <testcase classname='tests.test_add' name='test_other' time='0.1'><failure message='no'>text</failure></testcase>\
    </testsuite></testsuites>";

#[test]
fn ingested_runs_are_kept_whole_once_and_in_one_line_each() {
    let shop = small(&[("a.xml", JUNIT), ("b.xml", &JUNIT.replace("10:00:00", "11:00:00"))]);
    shop.write("half.xml", &JUNIT[..JUNIT.len() - 40]);
    let ids = || -> Vec<String> {
        let runs = shop.lacuna(&["history", "--format", "json"]);
        let runs: Value = serde_json::from_str(&stdout(&runs)).unwrap();
        let mut ids: Vec<String> =
            runs.as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    };
    // One that is cut off is named in one line; the others are kept, unless they are to be one run.
    let (out, err) = ends(&shop, &["ingest", "a.xml", "half.xml", "b.xml"], 2);
    assert!(err.lines().count() == 1 && err.contains("half.xml"), "{err}");
    let mut printed: Vec<String> = out.lines().map(str::to_owned).collect();
    printed.sort();
    assert_eq!((printed.len(), &ids()), (2, &printed));
    assert_eq!(ends(&shop, &["ingest", "a.xml", "b.xml"], 0).0, out);
    assert_eq!(ids(), printed, "the same report again is the same run");
    let (none, err) = ends(&shop, &["ingest", "--run-id", "ci-7", "a.xml", "half.xml"], 2);
    assert!(none.is_empty() && err.contains("half.xml"), "{none}{err}");
    assert_eq!(ids(), printed);
    for _ in 0..2 {
        let given = ["ingest", "--run-id", "ci-7", "--commit", "abc123", "--branch", "main", "a.xml", "b.xml"];
        assert_eq!(ends(&shop, &given, 0).0, "ci-7\n");
        assert_eq!(ids().len(), 3);
    }
    let runs = shop.json(&["history", "--format", "json"], 0);
    let run = runs.as_array().unwrap().iter().find(|run| run["id"] == "ci-7").unwrap();
    let facts = ["source", "commit", "branch", "when"].map(|key| run[key].as_str().unwrap());
    assert_eq!(facts, ["ingested", "abc123", "main", "2026-06-01T10:00:00Z"]);
    complains(&shop, &["ingest", "--run-id", "\x1b[31m", "a.xml"], 2, "--run-id");
    complains(&shop, &["ingest", "pyproject.toml"], 2, "pyproject.toml");
}

#[test]
fn an_id_is_printed_only_after_its_run_is_durable() {
    let shop = small(&[("a.xml", JUNIT)]);
    // The database can't be made: its folder is a file.
    std::fs::create_dir_all(shop.home().join("data")).unwrap();
    std::fs::write(shop.home().join("data/lacuna"), "in the way").unwrap();
    let (out, err) = ends(&shop, &["ingest", "a.xml"], 2);
    assert!(out.is_empty() && err.contains("was not kept"), "{out}{err}");
    assert!(err.contains("data/lacuna"), "the reason is said: {err}");
}

#[test]
fn tests_with_two_outcomes_are_in_the_flaky_list() {
    let shop = small(&[("a.xml", JUNIT), ("b.xml", &JUNIT.replace("<failure message='no'>text</failure>", ""))]);
    ends(&shop, &["ingest", "a.xml", "b.xml"], 0);
    let flaky = shop.json(&["flaky", "--format", "json"], 0);
    assert_eq!(flaky.as_array().unwrap().len(), 1, "{flaky}");
    assert!(flaky.to_string().contains("tests/test_add.py::test_other"), "{flaky}");
    let (state, other) = (flaky[0]["state"].as_str().unwrap(), "fixed");
    assert!(["new", "regression?", "fixed?"].contains(&state), "{flaky}");
    assert!(!state.starts_with(other) || shop.json(&["flaky", "--state", other, "--format", "json"], 0) == flaky);
    complains(&shop, &["flaky", "--state", "quiet"], 3, "no test stands in this state");
    let (_, refused) = ends(&shop, &["flaky", "--state", "loud"], 2);
    assert!(refused.contains("one of new, ongoing, quiet"), "{refused}");
    // Everything that is known of one test, for programs and as a note.
    let whole = shop.json(&["flaky", "tests/test_add.py::test_other", "--format", "json"], 0);
    assert_eq!(whole["results"].as_array().map(Vec::len), Some(2), "{whole}");
    assert_eq!((&whole["verdict"]["failures"], &whole["causes"][0]["failures"]), (&1.into(), &1.into()), "{whole}");
    let (note, _) = ends(&shop, &["flaky", "tests/test_add.py::test_other"], 0);
    assert!(note.starts_with("# tests/test_add.py::test_other\n") && note.contains("## Last runs"), "{note}");
    complains(&shop, &["flaky", "tests/test_add.py::test_none"], 3, "no result of this test");
}

#[test]
fn an_unknown_setting_is_named_and_everything_still_works() {
    let shop = small(&[]);
    ends(&shop, &["run", "--all", "--trust"], 0);
    shop.write("lacuna.toml", "theme = 'dark'\nreprots = []\n\n[batch]\ntest = 3\n");
    let (_, history_file) = (ends(&shop, &["run", "tests/test_add.py"], 0), shop.root().join("a.xml"));
    std::fs::write(&history_file, JUNIT).unwrap();
    let commands: [&[&str]; 6] = [
        &["report"],
        &["plan", "tests/test_add.py"],
        &["run", "tests/test_add.py"],
        &["history"],
        &["config"],
        &["ingest", "a.xml"],
    ];
    for command in commands {
        let (out, err) = ends(&shop, command, 0);
        let lines: Vec<&str> = err.lines().filter(|line| line.contains("unknown setting")).collect();
        assert_eq!(
            lines,
            [
                "lacuna: warning: lacuna.toml:2: unknown setting reprots (did you mean reports?)",
                "lacuna: warning: lacuna.toml:5: unknown setting batch.test (did you mean batch.tests?)",
            ],
            "{command:?}"
        );
        assert!(!out.is_empty(), "{command:?}");
    }
    shop.write("lacuna.toml", "theme = \n");
    complains(&shop, &["report"], 0, "lacuna.toml:1: ");
}

#[test]
fn options_stand_before_or_after_the_command() {
    let shop = small(&[]);
    ends(&shop, &["run", "--all", "--trust"], 0);
    let root = shop.root();
    let folder = root.to_str().unwrap();
    for arguments in [["-C", folder, "report"], ["report", "-C", folder]] {
        let output = program::run(&arguments, &shop.outside(""), &shop.home());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(stdout(&output).contains("app/calc.py"));
    }
}

/// Whether a terminal would obey nothing in it, and nothing hides or reorders what is shown.
fn is_tame(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.chars()
        .all(|c| c == '\n' || !(c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')))
}

#[test]
fn nothing_untrusted_reaches_the_terminal_raw() {
    let bad = "import sys\n\ndef test_evil():\n    print('\\x1b]0;owned\\x07\\x9b31m\\u202e')\n    \
               sys.stderr.write('\\x1b[2J\\x9b31m')\n    raise ValueError('\\x1b]52;c;AAAA\\x07 \\x9b31m \\u202e')\n";
    let test = "tests/test_\u{1b}(0\u{9b}x.py";
    let source = "app/evil\u{9b}31m\u{202e}\u{1b}c.py";
    let xml = JUNIT
        .replace("test_other", "test_&#155;31m\u{9b}\u{202e}")
        .replace("message='no'", "message='\u{9b}31m \u{202e}'");
    let shop = small(&[
        (test, bad),
        (source, "x = 1\n"),
        ("evil.xml", &xml),
        ("good.xml", &xml.replace("<failure", "<!--").replace("</failure>", "-->")),
    ]);
    shop.write("lacuna.toml", "\"\\u001b[31m\" = 1\n\"\\u009b\" = 2\n");
    shop.write("evil\u{1b}[31m.json", "{");
    let json = "{\"meta\": {\"format\": 3, \"version\": \"\\u001b[31m\\u009b\"}, \"files\": {\"a\\u001b]0;x\\u0007\\u009b\\u202e.py\": \
                {\"executed_lines\": [1], \"missing_lines\": [], \"excluded_lines\": [], \"summary\": {\"covered_lines\": 1, \
                \"num_statements\": 1, \"percent_covered\": 100.0, \"missing_lines\": 0, \"excluded_lines\": 0}}}, \
                \"totals\": {\"covered_lines\": 1, \"num_statements\": 1, \"percent_covered\": 100.0, \"missing_lines\": 0, \
                \"excluded_lines\": 0}}";
    shop.write("names.json", json);
    let runs: [(&[&str], i32); 23] = [
        (&["plan", test], 0),
        (&["plan", test, "--format", "json"], 0),
        (&["run", test], 4),
        (&["run", "--all", "--trust"], 1),
        (&["run", test], 1),
        (&["run", test, "--format", "json"], 1),
        (&["run", "--failed", "--format", "md"], 1),
        (&["run", "tests/\u{1b}[31m.py"], 2),
        (&["report"], 0),
        (&["report", "--format", "json"], 0),
        (&["report", "--format", "md"], 0),
        (&["report", "names.json"], 0),
        (&["report", "names.json", "--format", "json"], 0),
        (&["report", "evil\u{1b}[31m.json"], 2),
        (&["inspect", "names.json"], 0),
        (&["inspect", "names.json", "--format", "json"], 0),
        (&["inspect", "evil\u{1b}[31m.json"], 2),
        (&["ingest", "evil.xml", "good.xml"], 0),
        (&["history"], 0),
        (&["history", "--format", "json"], 0),
        (&["flaky"], 0),
        (&["flaky", "--format", "json"], 0),
        (&["config", "--format", "json"], 0),
    ];
    for (arguments, code) in runs {
        let output = shop.lacuna(arguments);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{err}");
        assert!(is_tame(&output.stdout), "{arguments:?} {out:?}");
        assert!(is_tame(&output.stderr), "{arguments:?} {err:?}");
        assert!(!output.stdout.is_empty() || !output.stderr.is_empty(), "{arguments:?}");
    }
    // They are there all the same, as what they are.
    let report = shop.json(&["report", "--format", "json"], 0);
    assert!(report["files"].as_array().unwrap().iter().any(|file| file["path"] == source), "{report}");
    assert!(!is_tame("\u{1b}[31m".as_bytes()) && !is_tame("\u{9b}".as_bytes()) && !is_tame("\u{202e}".as_bytes()));
}
