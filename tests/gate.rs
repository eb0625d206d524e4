//! The gate and the programme on the sample project, as a CI job runs them: exit codes, places, every form of the output.

use crate::program::{stderr, stdout};
use crate::shop::Shop;
use serde_json::Value;
use std::process::Command;

/// The rules of a gate, each in one word by its setting.
fn verdicts(value: &Value) -> Vec<(String, String)> {
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    value["rules"].as_array().unwrap().iter().map(|rule| (word(&rule["rule"]), word(&rule["verdict"]))).collect()
}

fn of<'a>(value: &'a Value, rule: &str) -> &'a Value {
    let found = value["rules"].as_array().unwrap().iter().find(|one| one["rule"] == rule);
    found.unwrap_or_else(|| panic!("{rule} in {value}"))
}

/// The sample with rules, and the history that comes with it.
fn sample(rules: &str) -> Shop {
    let shop = Shop::with_reports();
    shop.write("lacuna.toml", rules);
    shop
}

fn git(shop: &Shop, arguments: &[&str]) {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"];
    let output = Command::new("git").args(identity).args(arguments).current_dir(shop.root()).output().unwrap();
    assert!(output.status.success(), "{arguments:?} {}", stderr(&output));
}

#[test]
fn a_gate_without_a_rule_says_how_to_write_one() {
    let output = sample("").lacuna(&["gate"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("there is no rule") && stderr(&output).contains("[gate]"), "{}", stderr(&output));
}

#[test]
fn coverage_of_everything_of_layers_and_of_files_holds_or_names_the_lines() {
    let shop = sample(
        "[gate]\ncoverage = 99\nlayers = { Utils = 1, Nowhere = 50 }\nfiles = { \"shop/reporting/*.py\" = \"50%\" }\n",
    );
    let value = shop.json(&["gate", "--format", "json"], 1);
    let expect = [
        ("gate.coverage", "failed"),
        ("gate.files.shop/reporting/*.py", "failed"),
        ("gate.layers.Nowhere", "can't tell"),
        ("gate.layers.Utils", "held"),
    ];
    let expect: Vec<_> = expect.iter().map(|(rule, verdict)| ((*rule).to_owned(), (*verdict).to_owned())).collect();
    assert_eq!(verdicts(&value), expect);
    // The total is the one that the report prints.
    let total = &of(&value, "gate.coverage")["found"];
    let report = shop.says(&["report"], 0);
    let printed =
        report.lines().last().unwrap().split_whitespace().find(|word| word.ends_with('%')).unwrap().to_owned();
    // Carried, since a file is another one than at the measurement.
    assert!(total.as_str().unwrap().starts_with(&format!("~{printed} ")), "{total} {printed}");
    // The first place is a line that is missed, and the next command is about it.
    let place = &of(&value, "gate.files.shop/reporting/*.py")["places"][0];
    let next = format!("lacuna who {}:{}", place["path"].as_str().unwrap(), place["line"]);
    assert_eq!(of(&value, "gate.files.shop/reporting/*.py")["next"], next);
    let said = shop.says(&["who", next.strip_prefix("lacuna who ").unwrap()], 3);
    assert!(said.contains("missed, run by no test"), "{said}");
}

#[test]
fn what_nobody_can_tell_has_an_exit_code_of_its_own_and_so_has_a_rule_that_is_misspelt() {
    let check = |rules: &str, what: &str| {
        let shop = sample(rules);
        let text = shop.says(&["gate"], 6);
        assert!(text.contains(what), "{rules}: {text}");
    };
    check("[gate]\ncoverage = \"most of it\"\n", "lacuna.toml:2: \"most of it\" is no percentage");
    check("[gate]\ncoverage = 1\nlost = 0\n", "there is no baseline from before this measurement");
    check("[gate]\ncoverage = 1\nchanged = 80\n", "nothing says what lines are new against");
    check("[gate]\ncoverag = 1\n", "unknown setting gate.coverag");
    check("[gate]\ncoverage = [1]\n", "gate.coverage wants a number or a text");
    check("[gate]\ntargets = [\"speed\"]\n", "\"speed\" is no target");
    check("[gate]\nflaky = -1\n", "\"-1\" is no count");
    check("gate.coverage = 1\n[gate", "lacuna.toml");
    let rules = "gate.coverage = 1\ngate.flaky = 0\ngate.suite = \"1h\"\n";
    let bare = Shop::of(&[("app/a.py", "A = 1\n"), ("lacuna.toml", rules)]);
    let value = bare.json(&["gate", "--format", "json"], 6);
    assert!(verdicts(&value).iter().all(|(_, verdict)| verdict == "can't tell"), "{value}");
    assert_eq!(of(&value, "gate.coverage")["next"], "lacuna run --all");
}

#[test]
fn programs_start_once_the_project_is_trusted_and_what_they_wrote_decides() {
    let rules = "[gate.commands]\nfine = [\"sh\", \"-c\", \"echo out; echo '$HOME'\"]\nlint = [\"sh\", \"lint.sh\"]\n[gate.results]\nlint = \"lint.sarif\"\n";
    let shop = sample(rules);
    let sarif = |level: &str| {
        format!(
            "cat > lint.sarif <<'X'\n{{\"runs\":[{{\"results\":[{{\"ruleId\":\"R1\",\"level\":\"{level}\",\"message\":{{\"text\":\"odd\"}},\
             \"locations\":[{{\"physicalLocation\":{{\"artifactLocation\":{{\"uri\":\"shop/app.py\"}},\"region\":{{\"startLine\":3}}}}}}]}}]}}]}}\nX\nexit 1\n"
        )
    };
    shop.write("lint.sh", &sarif("error"));
    assert!(shop.says(&["gate"], 6).contains("the project is not trusted yet"));
    assert!(!shop.root().join("lint.sarif").exists());
    let value = shop.json(&["gate", "--trust", "--format", "json"], 1);
    assert_eq!(of(&value, "gate.commands.fine")["verdict"], "held");
    let lint = of(&value, "gate.results.lint");
    assert_eq!((&lint["places"][0]["path"], &lint["places"][0]["line"]), (&"shop/app.py".into(), &3.into()));
    assert_eq!(lint["next"], "sh lint.sh");
    // The file decides, and not the exit code; one that is not written says nothing.
    shop.write("lint.sh", &sarif("note"));
    shop.says(&["gate"], 0);
    shop.write("lint.sh", "exit 0\n");
    assert!(shop.says(&["gate"], 6).contains("did not write lint.sarif"));
    shop.write("lint.sh", "echo '{\"runs\": [' > lint.sarif\n");
    assert!(shop.says(&["gate"], 6).contains("lint.sarif: is no JSON"));
}

#[test]
fn new_and_changed_lines_are_judged_since_the_branch_left_its_base() {
    let shop = sample("[gate]\nchanged = 100\n");
    git(&shop, &["init", "-q"]);
    git(&shop, &["add", "-A"]);
    git(&shop, &["commit", "-q", "-m", "all"]);
    let value = shop.json(&["gate", "--base", "main", "--format", "json"], 0);
    assert_eq!(of(&value, "gate.changed")["found"], "no measured statement changed");
    git(&shop, &["checkout", "-q", "-b", "work"]);
    let path = "shop/common/money.py";
    let lines = shop.read(path).lines().count();
    shop.write(path, &format!("{}\n\ndef doubled(value):\n    return value * 2\n", shop.read(path)));
    git(&shop, &["commit", "-q", "-am", "one function more"]);
    let value = shop.json(&["gate", "--base", "main", "--format", "json"], 6);
    let changed = of(&value, "gate.changed");
    assert_eq!((&changed["verdict"], &changed["next"]), (&"can't tell".into(), &"lacuna run --affected".into()));
    assert_eq!((&changed["places"][0]["path"], &changed["places"][0]["line"]), (&path.into(), &(lines + 3).into()));
    assert!(shop.says(&["gate", "--base", "nowhere"], 6).contains("git: nowhere"));
}

#[test]
fn a_github_job_gets_annotations_and_a_summary() {
    let shop = sample("[gate]\ncoverage = 99\nfiles = { \"shop/**\" = 100 }\nlost = 0\n");
    let summary = shop.outside("summary.md");
    std::fs::write(&summary, "before\n").unwrap();
    let mut command = shop.command(&["gate", "--format", "github"]);
    let output =
        command.env("GITHUB_STEP_SUMMARY", &summary).env("GITHUB_WORKSPACE", shop.outside("")).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let lines: Vec<String> = stdout(&output).lines().map(ToOwned::to_owned).collect();
    let of = |level: &str| lines.iter().filter(|line| line.starts_with(level)).count();
    assert_eq!((of("::error "), of("::warning "), lines.len()), (10, 1, 11), "{lines:#?}");
    assert!(lines[0].starts_with("::error file=shop/shop/"), "{lines:#?}");
    let page = std::fs::read_to_string(&summary).unwrap();
    assert!(page.starts_with("before\n### gate: 0 of 3 held, 2 failed, 1 that nobody can tell\n"), "{page}");
    assert!(page.matches("\n- shop/").count() > 10, "{page}");
    let junit = shop.says(&["gate", "--format", "junit"], 1);
    assert!(junit.contains("tests=\"3\" failures=\"2\" errors=\"1\""), "{junit}");
}

#[test]
fn lines_that_a_report_covered_and_that_are_missed_now_are_lost() {
    let shop = sample("[gate]\nlost = 0\nbaseline = \"before.json\"\n");
    std::fs::copy(shop.root().join("coverage.json"), shop.root().join("before.json")).unwrap();
    shop.says(&["gate"], 0);
    let mut report: Value = serde_json::from_str(&shop.read("coverage.json")).unwrap();
    let file = &mut report["files"]["shop/common/money.py"];
    let line = file["executed_lines"].as_array_mut().unwrap().pop().unwrap();
    file["missing_lines"].as_array_mut().unwrap().push(line.clone());
    shop.write("coverage.json", &report.to_string());
    shop.remove(".coverage");
    let value = shop.json(&["gate", "--format", "json"], 1);
    let lost = of(&value, "gate.lost");
    assert_eq!((&lost["found"], &lost["places"][0]["line"]), (&"1 line lost".into(), &line), "{lost}");
}

#[test]
fn the_programme_says_where_each_layer_stands_and_how_that_is_known() {
    let shop = sample(
        "[targets]\nflaky_since = \"2026-13-01\"\ntests = { unit = \"10% of Models\", integration = [\"1+\", \"lots\"], moon = 3 }\n",
    );
    let value = shop.json(&["programme", "--format", "json"], 0);
    assert!(of(&value, "targets.code.Models")["found"].as_str().unwrap().contains("statements"), "{value}");
    assert_eq!(of(&value, "targets.code.Models")["figure"]["kind"], "carried");
    let unit = of(&value, "targets.tests.unit");
    assert!(unit["wanted"] == "at least 10% of Models" && unit["verdict"] == "held", "{unit}");
    let integration: Vec<_> =
        verdicts(&value).into_iter().filter(|(rule, _)| rule == "targets.tests.integration").collect();
    assert_eq!(integration.iter().map(|one| one.1.as_str()).collect::<Vec<_>>(), ["held", "can't tell"]);
    assert_eq!(of(&value, "targets.tests.moon")["verdict"], "can't tell");
    assert!(of(&value, "targets.flaky_since")["why"].as_str().unwrap().contains("is no day"));
    let time = value["trends"].as_array().unwrap().iter().find(|trend| trend["about"] == "time of the suite").unwrap();
    assert!(time["values"].as_array().unwrap().len() > 1, "{time}");
    shop.write("lacuna.toml", "gate.targets = [\"targets.code.Models\"]\ntargets.code = { Models = 1 }\n");
    assert_eq!(verdicts(&shop.json(&["gate", "--format", "json"], 0)), [("targets.code.Models".into(), "held".into())]);
}

#[test]
fn the_checklist_of_new_and_changed_tests_is_a_rule_and_debt_is_none_of_it() {
    let shop = Shop::of(&[
        ("lacuna.toml", "[gate]\nchecklist = 0\nwarnings = 0\n"),
        ("tests/test_old.py", "def test_old():\n    print(1)\n"),
    ]);
    git(&shop, &["init", "-q"]);
    git(&shop, &["add", "-A"]);
    git(&shop, &["commit", "-q", "-m", "all"]);
    git(&shop, &["checkout", "-q", "-b", "work"]);
    let held = shop.json(&["gate", "--base", "main", "--format", "json"], 0);
    assert_eq!(verdicts(&held), verdicts(&shop.json(&["gate", "--format", "json"], 0)));
    shop.write("tests/test_new.py", "def test_new():\n    print(2)\n");
    git(&shop, &["add", "-A"]);
    git(&shop, &["commit", "-q", "-m", "a test more"]);
    let value = shop.json(&["gate", "--base", "main", "--format", "json"], 1);
    let rule = of(&value, "gate.checklist");
    assert_eq!((&rule["found"], &rule["next"]), (&"1".into(), &"lacuna check --changed main".into()), "{value:#}");
    assert_eq!(rule["places"].as_array().map(Vec::len), Some(1), "{value:#}");
    assert_eq!((&rule["places"][0]["path"], &rule["places"][0]["line"]), (&"tests/test_new.py".into(), &1.into()));
    assert_eq!(of(&value, "gate.warnings")["found"], "0");
    // In a job for a pull request, the branch that GitHub names is what tests are new against.
    git(&shop, &["update-ref", "refs/remotes/origin/main", "main"]);
    let mut command = shop.command(&["gate", "--format", "json"]);
    let output = command.env("GITHUB_BASE_REF", "main").output().unwrap();
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(of(&value, "gate.checklist")["found"], "1", "{value:#}");
}
