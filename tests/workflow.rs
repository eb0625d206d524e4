//! The workflow and the hooks of the README, run as they stand there on the sample project.

use crate::program::{stderr, stdout};
use crate::shop::Shop;
use crate::venv::interpreter;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

/// The block of YAML between two marks of the README.
fn block(name: &str) -> String {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, rest) = page.split_once(&format!("<!-- {name} -->\n```yaml\n")).unwrap();
    rest.split_once("```\n").unwrap().0.to_owned()
}

/// The steps of the workflow that run something, each with its name.
fn steps(workflow: &str) -> Vec<(String, String)> {
    let (mut steps, mut name) = (Vec::<(String, String)>::new(), String::new());
    let mut deep = None;
    for line in workflow.lines() {
        let indent = line.len() - line.trim_start().len();
        if let (Some(least), Some(step)) = (deep, steps.last_mut())
            && indent > least
        {
            step.1.push_str(&format!("{}\n", line.trim_start()));
            continue;
        }
        deep = None;
        let line = line.trim_start().trim_start_matches("- ");
        if let Some(found) = line.strip_prefix("name: ") {
            name = found.to_owned();
        } else if let Some(command) = line.strip_prefix("run: ") {
            deep = (command == "|").then_some(indent);
            steps.push((name.clone(), if deep.is_some() { String::new() } else { command.to_owned() }));
        }
    }
    steps
}

/// Runs a command as a step of a GitHub job does.
fn step(shop: &Shop, command: &str) -> Output {
    let lacuna = Path::new(env!("CARGO_BIN_EXE_lacuna")).parent().unwrap().to_owned();
    let python = interpreter().program.parent().unwrap().to_owned();
    let mut paths = vec![lacuna, python];
    paths.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    // The environment of a test's lacuna, for a shell.
    let model = shop.command(&[]);
    let mut shell = Command::new("bash");
    shell.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", command]).current_dir(shop.root());
    for (name, value) in model.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.env("PATH", std::env::join_paths(paths).unwrap()).env_remove("COVERAGE_FILE");
    shell.env("GITHUB_ACTIONS", "true").env("GITHUB_WORKSPACE", shop.root());
    shell.env("GITHUB_STEP_SUMMARY", shop.outside("summary.md")).output().unwrap()
}

fn git(shop: &Shop, arguments: &[&str]) {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"];
    let output = Command::new("git").args(identity).args(arguments).current_dir(shop.root()).output().unwrap();
    assert!(output.status.success(), "{arguments:?} {}", stderr(&output));
}

/// Runs every step but the installation; the exit code of each with its name.
fn job(shop: &Shop) -> Vec<(String, Option<i32>, String)> {
    let all = steps(&block("workflow"));
    let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Install", "Tests", "History", "Gate", "Report"]);
    let run = |(name, command): &(String, String)| {
        let output = step(shop, command);
        (name.clone(), output.status.code(), format!("{}\n{}", stdout(&output), stderr(&output)))
    };
    all.iter().skip(1).map(run).collect()
}

#[test]
fn the_workflow_of_the_readme_works_on_the_sample_and_the_second_job_knows_the_first() {
    let shop = Shop::bare();
    shop.write("lacuna.toml", "[gate]\ncoverage = 70\nlayers = { Utils = 70 }\np99 = \"20s\"\n");
    shop.write(
        ".gitignore",
        ".coverage\ncoverage.json\njunit.xml\nlacuna.*\n!lacuna.toml\n__pycache__/\n.pytest_cache/\n",
    );
    git(&shop, &["init", "-q"]);
    git(&shop, &["add", "-A"]);
    git(&shop, &["commit", "-q", "-m", "all"]);
    let first = job(&shop);
    let codes = |job: &[(String, Option<i32>, String)]| job.iter().map(|(_, code, _)| *code).collect::<Vec<_>>();
    // A test of the sample is broken, which is what the first step says.
    assert_eq!(codes(&first), [Some(1), Some(0), Some(0), Some(0)], "{first:#?}");
    let summary = std::fs::read_to_string(shop.outside("summary.md")).unwrap();
    assert!(summary.starts_with("### gate: 3 of 3 held\n"), "{summary}");
    assert!(summary.contains("\n# Release report: shop\n"), "{summary}");
    let report: Value = serde_json::from_str(&shop.read("lacuna.json")).unwrap();
    let of = |report: &Value, key: &str| {
        let all = report["figures"].as_array().unwrap();
        all.iter().find(|figure| figure["key"] == key).unwrap_or_else(|| panic!("{key} in {report}")).clone()
    };
    // What was measured just now is measured, and it is what coverage.py itself says.
    let coverage: Value = serde_json::from_str(&shop.read("coverage.json")).unwrap();
    let shown = format!("{}%", coverage["totals"]["percent_covered_display"].as_str().unwrap());
    assert_eq!(of(&report, "coverage")["shown"], shown);
    assert!(of(&report, "pass_rate")["value"].as_f64().is_some_and(|rate| rate > 90.0), "{report}");
    assert!(shop.read("lacuna.html").contains("This is the first report of this kind here"));

    // The next job, on a commit that breaks something more.
    shop.write("tests/unit/common/test_more.py", "def test_more():\n    assert not 'broken'\n");
    git(&shop, &["add", "-A"]);
    git(&shop, &["commit", "-q", "-m", "more"]);
    let second = job(&shop);
    assert_eq!(codes(&second), codes(&first), "{second:#?}");
    let report: Value = serde_json::from_str(&shop.read("lacuna.json")).unwrap();
    let items = report["changes"]["items"].as_array().unwrap();
    let words: Vec<&str> = items.iter().map(|item| item["words"].as_str().unwrap()).collect();
    assert!(words.contains(&"tests/unit/common/test_more.py::test_more fails now"), "{words:?}");
    assert!(report["changes"]["since"].is_string());
}

#[test]
fn the_hooks_of_the_readme_pass_and_fail_on_the_sample_as_they_should() {
    let entries: Vec<String> =
        block("hooks").lines().filter_map(|line| line.trim().strip_prefix("entry: ")).map(ToOwned::to_owned).collect();
    assert_eq!(entries, ["lacuna check", "lacuna gate"]);
    let shop = Shop::with_reports();
    shop.write("lacuna.toml", "[gate]\ncoverage = 70\n");
    git(&shop, &["init", "-q"]);
    git(&shop, &["add", "-A"]);
    git(&shop, &["commit", "-q", "-m", "all"]);
    let ends = |expect: [i32; 2]| {
        for (entry, expect) in entries.iter().zip(expect) {
            let output = step(&shop, entry);
            assert_eq!(output.status.code(), Some(expect), "{entry} {}{}", stdout(&output), stderr(&output));
        }
    };
    // The first one is asked only where a test file is about to be committed.
    let sound = "from shop.reporting.exports import revenue_by_country\n\n\ndef test_no_orders_bring_no_revenue():\n    assert revenue_by_country([]) == {}\n";
    shop.write("tests/unit/common/test_more.py", sound);
    ends([0, 0]);
    shop.write("tests/unit/common/test_more.py", "def test_more():\n    value = 1\n");
    shop.write("lacuna.toml", "[gate]\ncoverage = 99\n");
    ends([1, 1]);
}
