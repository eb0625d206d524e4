//! What the history keeps: runs of some time or so many, and tests under the names that they have now.

use crate::program::stderr;
use crate::shop::Shop;
use std::process::Command;

const TEST: &str = "def test_it():\n    assert True\n\n\ndef test_other():\n    assert True\n";

fn project() -> Shop {
    Shop::of(&[("pyproject.toml", "[tool.pytest.ini_options]\n"), ("tests/test_new.py", TEST)])
}

/// Adds a run of one test, and gives what was said of it.
fn ingest(shop: &Shop, id: &str, when: &str, (module, test, failed): (&str, &str, bool), more: &[&str]) -> String {
    let failure = if failed { "<failure message='boom'>boom</failure>" } else { "" };
    let case = format!("<testcase classname='tests.{module}' name='{test}'>{failure}</testcase>");
    let file = shop.outside(&format!("{id}.xml"));
    std::fs::write(&file, format!("<testsuite>{case}</testsuite>")).unwrap();
    let arguments = ["ingest", file.to_str().unwrap(), "--run-id", id, "--when", when];
    let output = shop.lacuna(&[&arguments, more].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stderr(&output)
}

fn runs(shop: &Shop) -> Vec<String> {
    let runs = shop.json(&["history", "--format", "json"], 0);
    runs.as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap().to_owned()).collect()
}

/// How many results are recorded of a test, and how many of them are failures.
fn results(shop: &Shop, test: &str) -> (usize, usize) {
    let output = shop.lacuna(&["flaky", test, "--format", "json"]);
    let Ok(found) = serde_json::from_slice::<serde_json::Value>(&output.stdout) else { return (0, 0) };
    let results = found["results"].as_array().unwrap();
    (results.len(), results.iter().filter(|result| result["outcome"] == "failed").count())
}

const NEW: &str = "tests/test_new.py::test_it";

#[test]
fn old_runs_go_as_the_settings_say_and_what_went_is_said() {
    let shop = project();
    let test = ("test_new", "test_it");
    let of = |failed| (test.0, test.1, failed);
    assert_eq!(ingest(&shop, "a", "2000-01-01T00:00:00Z", of(true), &[]), "");
    assert_eq!(ingest(&shop, "b", "2001-01-01T00:00:00Z", of(false), &[]), "");
    assert_eq!(runs(&shop), ["b", "a"]);
    shop.write("lacuna.toml", "history.keep = \"2 runs\"\n");
    let said = ingest(&shop, "c", "2002-01-01T00:00:00Z", of(false), &[]);
    assert!(said.contains("history: 1 run with 1 result removed, as history.keep = \"2 runs\" says"), "{said}");
    assert_eq!((runs(&shop), results(&shop, NEW)), (vec!["c".to_owned(), "b".to_owned()], (2, 0)));
    // The test passed in all that is left, and is no flake.
    shop.says(&["flaky"], 3);
    shop.write("lacuna.toml", "history.keep = \"30d\"\n");
    let said = ingest(&shop, "d", "2099-01-01T00:00:00Z", of(true), &[]);
    assert!(said.contains("2 runs with 2 results removed"), "{said}");
    assert_eq!(runs(&shop), ["d"]);
    shop.write("lacuna.toml", "history.keep = \"some\"\n");
    let said = ingest(&shop, "e", "2003-01-01T00:00:00Z", of(true), &[]);
    assert!(said.contains("\"some\" is no time and no number of runs: all is kept"), "{said}");
    assert_eq!(runs(&shop), ["e", "d"]);
}

#[test]
fn a_run_from_here_removes_old_ones_as_well() {
    let shop = project();
    ingest(&shop, "a", "2000-01-01T00:00:00Z", ("test_new", "test_it", true), &[]);
    shop.write("lacuna.toml", "history.keep = \"30d\"\n");
    let output = shop.lacuna(&["run", "tests/test_new.py", "--trust"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("1 run with 1 result removed"), "{}", stderr(&output));
    assert_eq!(results(&shop, NEW), (1, 0));
}

#[test]
fn a_renamed_test_goes_on_under_its_new_name_and_later_results_follow() {
    let shop = project();
    let at = |hour: u32| format!("2026-11-01T{hour:02}:00:00Z");
    ingest(&shop, "a", &at(1), ("test_old", "test_was", true), &[]);
    ingest(&shop, "b", &at(2), ("test_new", "test_it", false), &[]);
    let said = shop.lacuna(&["history", "alias", "tests/test_old.py::test_was", NEW]);
    assert_eq!(said.status.code(), Some(0), "{}", stderr(&said));
    let words = "tests/test_old.py::test_was goes on as tests/test_new.py::test_it: 1 result joined";
    assert!(stderr(&said).contains(words), "{}", stderr(&said));
    ingest(&shop, "c", &at(3), ("test_old", "test_was", false), &[]);
    assert_eq!((results(&shop, NEW), results(&shop, "tests/test_old.py::test_was")), ((3, 1), (0, 0)));
    // Both names are one test in the ranking.
    let ranked = shop.json(&["flaky", "--format", "json"], 0);
    assert_eq!((ranked.as_array().unwrap().len(), &ranked[0]["id"]), (1, &NEW.into()), "{ranked}");
    let aliases = shop.json(&["history", "alias", "--format", "json"], 0);
    assert_eq!(aliases, serde_json::json!([{ "old": "tests/test_old.py::test_was", "new": NEW }]));
    shop.says(&["history", "alias", "--remove", "tests/test_old.py::test_was"], 0);
    ingest(&shop, "d", &at(4), ("test_old", "test_was", false), &[]);
    assert_eq!((results(&shop, NEW), results(&shop, "tests/test_old.py::test_was")), ((3, 1), (1, 0)));
}

#[test]
fn aliases_that_make_no_sense_are_refused() {
    let shop = project();
    ingest(&shop, "a", "2026-11-01T01:00:00Z", ("test_new", "test_it", true), &[]);
    let refused = |arguments: &[&str], words: &str| {
        let output = shop.lacuna(&[&["history", "alias"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(words), "{arguments:?}: {}", stderr(&output));
    };
    refused(&["a.py::test", "tests/test_new.py"], "both names are node ids, or both are paths");
    refused(&[NEW, NEW], "would lead back to where it began");
    refused(&["a.py::test", "b.py::test"], "is no file of the project, and nothing is recorded of it");
    refused(&["--remove", "a.py"], "is no alias");
    refused(&["a.py"], "NEW");
    shop.says(&["history", "alias"], 3);
}

fn git(shop: &Shop, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "init.defaultBranch=main"]);
    let output = command.args(arguments).current_dir(shop.root()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn results_of_a_commit_before_a_rename_belong_to_the_new_name_by_git() {
    let shop = project();
    git(&shop, &["init", "-q"]);
    git(&shop, &["add", "-A"]);
    git(&shop, &["commit", "-qm", "one"]);
    let before = git(&shop, &["rev-parse", "HEAD"]);
    std::fs::create_dir(shop.root().join("tests/unit")).unwrap();
    git(&shop, &["mv", "tests/test_new.py", "tests/unit/test_newer.py"]);
    git(&shop, &["commit", "-qm", "two"]);
    let said = ingest(&shop, "a", "2026-11-01T01:00:00Z", ("test_new", "test_it", true), &["--commit", &before]);
    let words = "tests/unit/test_newer.py: was tests/test_new.py: results of its tests are kept under the new name";
    assert!(said.contains(words), "{said}");
    assert_eq!(results(&shop, "tests/unit/test_newer.py::test_it"), (1, 1));
    // Of a commit that nobody has, nothing is guessed.
    ingest(&shop, "b", "2026-11-01T02:00:00Z", ("test_new", "test_it", true), &["--commit", "0123456789abcdef"]);
    assert_eq!(results(&shop, "tests/test_new.py::test_it"), (1, 1));
}
