//! Reports as projects really have them: several of one monorepo, of containers, with contexts, not combined yet.

use crate::program::{stderr, stdout};
use crate::shop::{Shop, of_coverage, of_lacuna};
use crate::venv::interpreter;
use serde_json::Value;
use std::process::Command;

const VIEWS: &str = "import os\n\n\ndef view(x):\n    if x:\n        return os.sep\n    return None\n";
const OTHER: &str = "def other(a):\n    total = a\n    for b in (\n        1,\n        a,\n    ):\n        total += b\n    return total\n";

/// Runs coverage.py in a folder of the project.
fn coverage(shop: &Shop, folder: &str, arguments: &[&str]) {
    let mut command = Command::new(&interpreter().program);
    command.args(["-m", "coverage"]).args(arguments).current_dir(shop.root().join(folder));
    command.env_remove("COVERAGE_FILE").env("PYTHONDONTWRITEBYTECODE", "1");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}{}", stdout(&output), stderr(&output));
}

/// A monorepo of two services that have a module of the same name, each measured in its own folder.
fn monorepo() -> Shop {
    let shop = Shop::of(&[
        ("lacuna.toml", "reports = ['services/*/coverage.json']\n"),
        ("services/orders/core/views.py", VIEWS),
        ("services/orders/main.py", "from core.views import view\n\nview(1)\n"),
        ("services/billing/core/views.py", OTHER),
        ("services/billing/main.py", "from core.views import other\n\nother(1)\n"),
    ]);
    for service in ["services/orders", "services/billing"] {
        coverage(&shop, service, &["run", "--source=core", "main.py"]);
        coverage(&shop, service, &["json", "-q"]);
    }
    shop
}

#[test]
fn the_reports_of_a_monorepo_are_one_baseline() {
    let shop = monorepo();
    for arguments in [
        &["report", "--format", "json"][..],
        &["report", "--format", "json", "--merge", "services/orders/coverage.json", "services/billing/coverage.json"],
    ] {
        let found = shop.json(arguments, 0);
        let files = of_lacuna(&found);
        assert_eq!(
            files.keys().collect::<Vec<_>>(),
            ["services/billing/core/views.py", "services/orders/core/views.py"]
        );
        for service in ["orders", "billing"] {
            let truth = of_coverage(&shop.root().join(format!("services/{service}/coverage.json")));
            assert_eq!(files[&format!("services/{service}/core/views.py")], truth["core/views.py"], "{service}");
        }
        let sum = |pick: fn(&crate::shop::File) -> u64| Some(files.values().map(pick).sum::<u64>());
        let total = (found["total"]["part"].as_u64(), found["total"]["whole"].as_u64());
        assert_eq!(total, (sum(|file| file.covered.len() as u64), sum(|file| file.statements)));
    }
}

#[test]
fn reports_of_different_sources_are_named_and_not_guessed() {
    let shop = monorepo();
    let report = |statement: u32| {
        format!("{{\"files\":{{\"orders/core/views.py\":{{\"executed_lines\":[1],\"missing_lines\":[{statement}]}}}}}}")
    };
    shop.write("old.json", &report(4));
    shop.write("new.json", &report(5));
    let output = shop.lacuna(&["report", "--merge", "old.json", "new.json"]);
    assert!(
        stderr(&output).contains("name different statements of services/orders/core/views.py"),
        "{}",
        stderr(&output)
    );
    let missing = shop.lacuna(&["report", "--merge", "old.json", "none.json"]);
    assert_eq!(
        (missing.status.code(), stderr(&missing).contains("none.json")),
        (Some(2), true),
        "{}",
        stderr(&missing)
    );
}

#[test]
fn trap_24_content_and_paths_of_the_configuration_place_the_files_of_a_container() {
    let shop = Shop::of(&[("orders/core/views.py", VIEWS), ("billing/core/views.py", OTHER)]);
    let report = r#"{"files":{"/ci/core/views.py":{"executed_lines":[1,4,5,6],"missing_lines":[7]}}}"#;
    shop.write("coverage.json", report);
    let files = of_lacuna(&shop.json(&["report", "--format", "json", "--merge", "coverage.json"], 0));
    assert_eq!(files.keys().collect::<Vec<_>>(), ["orders/core/views.py"]);
    // Where the content says nothing, nothing is guessed, and the configuration can say it.
    shop.write("billing/core/views.py", VIEWS);
    let output = shop.lacuna(&["report", "--merge", "coverage.json"]);
    let said = stderr(&output);
    assert!(said.contains("could be billing/core/views.py or orders/core/views.py; it is left out"), "{said}");
    shop.write("tox.ini", "[coverage:paths]\nsource =\n    billing\n    /c?\n");
    let files = of_lacuna(&shop.json(&["report", "--format", "json", "--merge", "coverage.json"], 0));
    assert_eq!(files.keys().collect::<Vec<_>>(), ["billing/core/views.py"]);
}

#[test]
fn trap_18_a_report_of_another_source_says_so_whatever_the_clocks_say() {
    let shop = Shop::of(&[("views.py", VIEWS)]);
    shop.write("coverage.json", r#"{"files":{"views.py":{"executed_lines":[1,4],"missing_lines":[99]}}}"#);
    let output = shop.lacuna(&["report", "--format", "json"]);
    assert!(stderr(&output).contains("was measured on another source of views.py"), "{}", stderr(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["files"][0]["coverage"]["kind"], &report["files"][0]["covered_lines"]),
        (&"unknown".into(), &Value::Null)
    );
}

#[test]
fn contexts_of_a_json_report_say_which_test_ran_a_line() {
    let shop = Shop::of(&[
        ("core.py", "def a():\n    return 1\n\n\ndef b():\n    return 2\n"),
        (
            "test_core.py",
            "import core\n\n\ndef test_a():\n    assert core.a() == 1\n\n\ndef test_b():\n    assert core.b() == 2\n",
        ),
        (".coveragerc", "[run]\nsource = core\n[json]\nshow_contexts = True\n"),
    ]);
    shop.measure_as(&shop.root().join("coverage.json"), &["--cov"]);
    let truth = of_coverage(&shop.root().join("coverage.json"));
    assert_eq!(shop.ledger(), truth);
    let plan = shop.json(&["plan", "core.py", "--format", "json"], 0);
    assert!(plan.to_string().contains("test_core.py::test_b"), "{plan}");
    // A batch replaces what its test ran, and nothing else: the test of `a` now calls `b`.
    shop.edit("test_core.py", "core.a() == 1", "core.b() == 2");
    shop.says(&["run", "test_core.py::test_a", "--trust"], 0);
    // Whether nobody else runs the line of `a` is for a rerun to say.
    assert_eq!((&shop.ledger()["core.py"].covered, &shop.ledger()["core.py"].open), (&vec![1, 5, 6], &vec![2]));
}

#[test]
fn data_files_that_are_not_combined_yet_are_one_baseline() {
    let shop = Shop::of(&[
        ("core.py", VIEWS),
        ("one.py", "import core\n\ncore.view(0)\n"),
        ("two.py", "import core\n\ncore.view(1)\n"),
    ]);
    let run = |script: &str, more: &[&str]| {
        coverage(&shop, "", &[&["run", "-p", "--include=core.py"], more, &[script]].concat());
    };
    run("one.py", &[]);
    run("two.py", &[]);
    let files = of_lacuna(&shop.json(&["report", "--format", "json"], 0));
    assert_eq!((files["core.py"].statements, files["core.py"].covered.len()), (5, 5));
    let kept = |shop: &Shop| {
        let names = std::fs::read_dir(shop.root()).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().starts_with(".coverage.")).count()
    };
    assert_eq!((kept(&shop), shop.root().join(".coverage").exists()), (2, false));
    // Lines and branches do not go together, as coverage.py says too.
    run("one.py", &["--branch"]);
    let output = shop.lacuna(&["report"]);
    assert!(stderr(&output).contains("one holds lines, the other branches"), "{}", stderr(&output));
}
