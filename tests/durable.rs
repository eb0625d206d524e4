//! The history outlives its writers: killed in the middle of an ingest or of a run, or two of them at once. `LACUNA_KILLS=100`
//! kills a hundred of each.

use crate::program::{stderr, stdout};
use crate::shop::Shop;
use crate::supervisor::until;
use crate::venv::interpreter;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);
const CASES: usize = 300;

fn kills() -> usize {
    std::env::var("LACUNA_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(6)
}

/// A folder of reports that no other round has.
fn reports(shop: &Shop, round: usize, files: usize) -> PathBuf {
    let folder = shop.outside(&format!("reports-{round}"));
    std::fs::create_dir_all(&folder).unwrap();
    for file in 0..files {
        let mut text = String::from("<testsuites><testsuite name='pytest' timestamp='2026-11-02T08:00:00+00:00'>");
        for case in 0..CASES {
            let fails = (case + file + round).is_multiple_of(7);
            let failure = if fails { "<failure message='boom'>E   boom</failure>" } else { "" };
            write!(
                text,
                "<testcase classname='tests.test_a' name='test_{case}' time='0.{round}{file:02}'>{failure}</testcase>"
            )
            .unwrap();
        }
        text.push_str("</testsuite></testsuites>");
        std::fs::write(folder.join(format!("{file}.xml")), text).unwrap();
    }
    folder
}

/// The recorded runs, each with how many results it has; nothing may be wrong with the history.
fn runs(shop: &Shop) -> Vec<(String, u64)> {
    let output = shop.lacuna(&["history", "--limit", "100000", "--format", "json"]);
    assert!(matches!(output.status.code(), Some(0 | 3)) && stderr(&output).is_empty(), "{}", stderr(&output));
    let runs: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let run = |run: &serde_json::Value| (run["id"].as_str().unwrap().to_owned(), run["tests"].as_u64().unwrap());
    runs.as_array().unwrap().iter().map(run).collect()
}

/// How much of the history is on the disk, in all of its files.
fn written(folder: &Path) -> u64 {
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(data) if data.is_dir() => written(&entry.path()),
        Ok(data) => data.len(),
        Err(_) => 0,
    };
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(size).sum()
}

fn kill(mut child: Child) -> String {
    child.kill().unwrap();
    stdout(&child.wait_with_output().unwrap())
}

#[test]
fn what_was_acknowledged_outlives_an_ingest_that_is_killed() {
    let shop = Shop::of(&[("pytest.ini", "[pytest]\n")]);
    let data = shop.home().join("data");
    let mut acknowledged: BTreeSet<String> = BTreeSet::new();
    for round in 0..kills() {
        let folder = reports(&shop, round, 12);
        let before = written(&data);
        let mut command = shop.command(&["ingest", folder.to_str().unwrap()]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        // Every time a little later: before anything is written, in the middle of it, and after it.
        let enough = before + round as u64 % 12 * 60_000;
        until(LIMIT, "it writes, or has ended", || written(&data) > enough || child.try_wait().unwrap().is_some());
        acknowledged.extend(kill(child).lines().map(str::to_owned));
        let known = runs(&shop);
        assert!(known.iter().all(|(_, tests)| *tests == CASES as u64), "no run is kept in part: {known:?}");
        let ids: BTreeSet<String> = known.into_iter().map(|(id, _)| id).collect();
        assert!(acknowledged.is_subset(&ids), "round {round}");
        // What was lost is taken in again, and what was kept is known.
        let again = shop.lacuna(&["ingest", folder.to_str().unwrap()]);
        assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
        acknowledged.extend(stdout(&again).lines().map(str::to_owned));
        assert_eq!((acknowledged.len(), runs(&shop).len()), ((round + 1) * 12, (round + 1) * 12));
    }
    let flaky = shop.json(&["flaky", "--limit", "1000", "--format", "json"], 0);
    let runs = (kills() * 12) as u64;
    assert!(flaky.as_array().unwrap().iter().all(|test| test["runs"] == runs), "every result is there once: {flaky}");
}

#[test]
fn what_was_recorded_outlives_a_run_that_is_killed() {
    let config = format!("interpreter = '{}'\n", interpreter().program.display());
    let tests = "import pytest\n\n@pytest.mark.parametrize('n', range(15))\ndef test_n(n):\n    assert n != 7\n";
    let shop = Shop::of(&[("pytest.ini", "[pytest]\n"), ("lacuna.toml", &config), ("tests/test_n.py", tests)]);
    let first = shop.lacuna(&["run", "--trust", "tests/test_n.py"]);
    assert_eq!(first.status.code(), Some(1), "{}", stderr(&first));
    let before = runs(&shop);
    let mut rounds = 0;
    for round in 0..kills() {
        let log = std::fs::File::create(shop.outside("log")).unwrap();
        let mut command = shop.command(&["run", "tests/test_n.py"]);
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let told = || std::fs::read_to_string(shop.outside("log")).unwrap_or_default().lines().count();
        let enough = round * 7 % 40;
        until(LIMIT, "it tells results, or has ended", || told() >= enough || child.try_wait().unwrap().is_some());
        kill(child);
        let known = runs(&shop);
        assert!(before.iter().all(|run| known.contains(run)), "round {round}");
        assert!(known.iter().all(|(_, tests)| *tests > 0) && known.len() <= before.len() + round + 1);
        rounds = known.len() - before.len();
    }
    let after = shop.lacuna(&["run", "tests/test_n.py"]);
    assert_eq!(after.status.code(), Some(1), "{}", stderr(&after));
    assert_eq!(runs(&shop).len(), before.len() + rounds + 1, "what runs now is recorded");
}

#[test]
fn two_writers_at_once_lose_nothing_and_double_nothing() {
    let shop = Shop::of(&[("pytest.ini", "[pytest]\n")]);
    let (one, two, both) = (reports(&shop, 1, 8), reports(&shop, 2, 8), reports(&shop, 3, 8));
    let ingest = |folders: &[&Path]| {
        let mut command = shop.command(&["ingest"]);
        command.args(folders).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let writers = [ingest(&[&one, &both]), ingest(&[&both, &two]), ingest(&[&two, &one])];
    for writer in writers {
        let output = writer.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(stdout(&output).lines().count(), 16);
    }
    let known = runs(&shop);
    assert_eq!(known.len(), 24);
    assert!(known.iter().all(|(_, tests)| *tests == CASES as u64));
    let flaky = shop.json(&["flaky", "--limit", "1000", "--format", "json"], 0);
    assert!(flaky.as_array().unwrap().iter().all(|test| test["runs"] == 24), "{flaky}");
}
