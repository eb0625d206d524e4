//! Failures by their causes, on what real pytest writes: the same failure is one however often it is seen, and no two are.

use crate::program::stderr;
use crate::shop::Shop;
use crate::venv::interpreter;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Each test fails for a reason of its own, with numbers, addresses, times and paths that differ each time; those whose names
/// begin alike up to `__` fail for the same reason.
const BUGS: &str = r#"
import datetime, json, os, random, socket, tempfile, time, unittest, uuid
import pytest
from shop import calls

class Cart:
    pass

def test_object(): assert Cart() == Cart()
def test_number(): assert random.random() < -1
def test_large(): assert random.randrange(1000, 9999) == 3
def test_small(): assert 1 == 2
def test_status(): assert 404 == 200
def test_other_status(): assert 500 == 200
def test_uuid(): raise LookupError(f"no order {uuid.uuid4()}")
def test_time(): raise RuntimeError(f"expired at {datetime.datetime.now().isoformat()}")
def test_clock(): raise RuntimeError(f"late by {time.perf_counter():.3f}s")
def test_key(): {}["user_id"]
def test_other_key(): {}["team_id"]
def test_file(tmp_path): (tmp_path / "settings.json").read_text()
def test_other_file(tmp_path): (tmp_path / "users.json").read_text()
def test_folder(): open(tempfile.mkdtemp() + "/data.csv")
def test_port():
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    raise OSError(f"127.0.0.1:{server.getsockname()[1]} is busy")
def test_process(): raise RuntimeError(f"process {os.getpid()} left")
def test_set(): assert {str(uuid.uuid4()) for _ in range(9)} == set()
def test_list(): assert [random.random() for _ in range(30)] == []
def test_order(): assert "x" in list({"ab", "cd", "ef", "gh", "ij", "kl"})[:4]
def test_text(): assert "a" * 80 + str(random.random()) == "b"
def test_true(): assert calls.is_ready(random.random())
def test_not(): assert not calls.name(3)
def test_raises():
    with pytest.raises(ValueError):
        pass
def test_other_raises():
    with pytest.raises(KeyError):
        pass
def test_match():
    with pytest.raises(ValueError, match="nothing"):
        raise ValueError(f"value {random.random()}")
def test_fail(): pytest.fail(f"gave up after {random.randrange(100, 999)} tries")
def test_json(): json.loads("{")
def test_type(): len(random.random())
def test_attribute(): Cart().total
def test_division(): 1 / 0
def test_chain():
    try:
        {}[random.random()]
    except KeyError as error:
        raise ValueError("no price") from error
def test_dict(): assert {"id": random.random(), "name": "a"} == {"id": 1, "name": "b"}
@pytest.fixture
def broken(): raise RuntimeError(f"no database on port {random.randrange(1024, 65535)}")
def test_setup(broken): pass
def test_down__a(): calls.connect(random.randrange(1024, 65535))
def test_down__b(): calls.connect(random.randrange(1024, 65535))
def test_down__c(): calls.indirect()
# A run in which nearly everything fails says nothing of its tests.
@pytest.mark.parametrize("case", range(30))
def test_good(case): pass
class TestOld(unittest.TestCase):
    def test_equal(self): self.assertEqual(random.random(), 2)
    def test_in(self): self.assertIn("x", [random.random()])
"#;

const CALLS: &str = "\
import random


def is_ready(value):
    return False


def name(value):
    return 'x'


def connect(port):
    raise ConnectionError(f'connection to db:{port} refused after {random.random()}s')


def indirect():
    connect(random.randrange(1024, 65535))
";

#[test]
fn one_failure_is_one_cause_however_often_it_is_seen_and_two_are_two() {
    let config = "[tool.pytest.ini_options]\npythonpath = ['.']\n";
    let shop = Shop::of(&[
        ("pyproject.toml", config),
        ("shop/__init__.py", ""),
        ("shop/calls.py", CALLS),
        ("tests/test_bugs.py", BUGS),
    ]);
    let styles = ["--tb=auto", "--tb=long", "--tb=short", "--tb=auto -vv", "--tb=auto --showlocals"];
    for (at, style) in styles.iter().enumerate() {
        let mut command = Command::new(&interpreter().program);
        command.args(["-m", "pytest", "-q", "-p", "no:cacheprovider"]).args(style.split(' '));
        command
            .arg(format!("--junitxml=run{at}.xml"))
            .arg(format!("--basetemp={}", shop.outside(&format!("t{at}")).display()));
        command.current_dir(shop.root()).env("PYTHONHASHSEED", at.to_string()).env_remove("PYTEST_ADDOPTS");
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        shop.says(&["ingest", &format!("run{at}.xml")], 0);
    }
    let causes = shop.json(&["history", "--failures", "--limit", "1000", "--format", "json"], 0);
    let mut of_bug: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    let (mut sightings, mut wrong) = (0, Vec::new());
    for (at, cause) in causes.as_array().unwrap().iter().enumerate() {
        sightings += cause["failures"].as_u64().unwrap();
        let tests = cause["tests"].as_array().unwrap().iter().map(|test| test["test"].as_str().unwrap());
        let bugs: BTreeSet<&str> = tests.map(|test| test.split("__").next().unwrap()).collect();
        if bugs.len() > 1 {
            wrong.push(format!("merged: {bugs:?}: {}", cause["signature"]));
        }
        for bug in bugs {
            of_bug.entry(bug.to_owned()).or_default().insert(at);
        }
    }
    for (bug, found) in of_bug.iter().filter(|(_, found)| found.len() > 1) {
        let words: Vec<String> = found.iter().map(|at| causes[at]["signature"].to_string()).collect();
        wrong.push(format!("split: {bug}: {}", words.join(" | ")));
    }
    assert_eq!(wrong, [""; 0], "{} bugs, {sightings} failures", of_bug.len());
    assert!(of_bug.len() >= 35 && sightings >= 180, "{} bugs, {sightings} failures", of_bug.len());
}
