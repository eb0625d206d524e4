//! Tests that hang, die or ask for input: what is said of them, on the screen and without it.

use crate::place::Place;
use crate::shop::Shop;
use serde_json::Value;

/// A test that waits forever in code of the project, once a file says so.
const HANGING: &str = "
import os
from app import core

def test_before():
    pass

def test_hang():
    if os.path.exists(FLAG):
        core.wait()

def test_after():
    pass
";

const CORE: &str =
    "import threading\n\nLOCK = threading.Lock()\n\ndef wait():\n    LOCK.acquire()\n    LOCK.acquire()\n";

fn hanging(addopts: &str) -> Shop {
    let shop = Shop::of(&[("app/__init__.py", ""), ("app/core.py", CORE)]);
    shop.write("pytest.ini", &format!("[pytest]\naddopts = {addopts}\n"));
    let flag = format!("{:?}", shop.outside("flag"));
    shop.write("tests/test_hang.py", &HANGING.replace("FLAG", &flag));
    shop
}

fn test<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let tests = answer["tests"].as_array().unwrap();
    tests.iter().find(|test| test["id"].as_str().unwrap().ends_with(name)).unwrap_or_else(|| panic!("{answer:#}"))
}

#[test]
fn a_limit_ends_the_test_that_hangs_and_says_where() {
    for addopts in ["-ra", "-n 2"] {
        let shop = hanging(addopts);
        std::fs::write(shop.outside("flag"), "").unwrap();
        shop.write("lacuna.toml", "[limit]\ntest = 2\n");
        let output = shop.lacuna(&["run", "--trust", "tests/test_hang.py", "--format", "json"]);
        let said = crate::program::stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(test(&answer, "test_hang")["outcome"], "error");
        assert!(test(&answer, "test_hang")["message"].as_str().unwrap().contains("(limit.test)"), "{answer:#}");
        assert_eq!(
            (&answer["cancelled"], test(&answer, "test_before")["outcome"].as_str()),
            (&false.into(), Some("passed"))
        );
        let problem = &answer["problems"][0];
        assert!(problem["what"].as_str().unwrap().contains("in app/core.py:7"), "{addopts}: {problem}\n{said}");
        assert!(said.contains("in test_hang\n"), "the stack: {said}");
    }
}

#[test]
fn a_command_has_a_limit_too() {
    let shop = hanging("-ra");
    std::fs::write(shop.outside("flag"), "").unwrap();
    shop.write("tests/conftest.py", "import time\n\ndef pytest_collection_finish():\n    time.sleep(600)\n");
    shop.write("lacuna.toml", "[limit]\nrun = 2\n");
    let answer = shop.json(&["run", "--trust", "tests/test_hang.py", "--format", "json"], 1);
    assert!(answer["problems"].to_string().contains("(limit.run)"), "{answer:#}");
    assert_eq!((answer["tests"].as_array().map(Vec::len), &answer["cancelled"]), (Some(0), &false.into()));
}

#[test]
fn a_test_whose_process_dies_has_a_result() {
    let crash = "import ctypes, os\n\ndef test_good():\n    pass\n\ndef test_crash():\n    ctypes.string_at(0)\n";
    let shop = Shop::of(&[("tests/test_crash.py", crash)]);
    shop.write("tests/test_exit.py", "import os\n\ndef test_exit():\n    os._exit(0)\n");
    shop.write("tests/test_kill.py", "import os\n\ndef test_kill():\n    os.kill(os.getpid(), 9)\n");
    let answer = shop.json(&["run", "--trust", "tests", "--format", "json"], 4);
    let message = |name: &str| test(&answer, name)["message"].as_str().unwrap().to_owned();
    assert!(message("test_crash").contains("signal 11 (segmentation fault)"), "{answer:#}");
    assert!(message("test_exit").contains("exit code 0, without a report"), "{answer:#}");
    assert!(message("test_kill").contains("signal 9 (kill"), "{answer:#}");
    // Who reads on finds the reason where the process was.
    for name in ["test_crash", "test_exit", "test_kill"] {
        let frames = test(&answer, name)["failures"][0]["exceptions"][0]["frames"].as_array().unwrap();
        let said = frames.iter().flat_map(|frame| frame["explained"].as_array().unwrap());
        let said: Vec<&str> = said.map(|line| line["text"].as_str().unwrap()).collect();
        assert!(said.iter().any(|said| said.starts_with("the process ")), "{name}: {said:?}");
    }
    assert_eq!(test(&answer, "test_good")["outcome"], "passed");
    let problems = answer["problems"].as_array().unwrap();
    assert!(problems.iter().filter(|problem| problem["severity"] == "error").count() == 3, "{problems:?}");
    // It failed, for the next time.
    let plan = shop.json(&["plan", "--failed", "--format", "json"], 0);
    assert!(plan.to_string().contains("test_crash.py::test_crash"), "{plan:#}");
}

#[test]
fn a_test_that_reads_finds_nothing_to_read() {
    let reads = "import sys\n\ndef test_reads():\n    assert sys.stdin.read() == ''\n";
    let shop = Shop::of(&[("tests/test_reads.py", reads), ("pytest.ini", "[pytest]\naddopts = -s\n")]);
    let answer = shop.json(&["run", "--trust", "tests/test_reads.py", "--format", "json"], 0);
    assert_eq!(test(&answer, "test_reads")["outcome"], "passed");
}

/// A test that never ends, and says so into a file.
const ENDLESS: &str = "import signal, time\n\ndef test_endless():\n    signal.signal(signal.SIGINT, signal.SIG_IGN)\n    \
                       open('MARK', 'w').write('it runs')\n    time.sleep(600)\n";

#[test]
fn an_interrupt_cancels_the_batch_and_counts_the_seconds() {
    let place = Place::new(&[("shop/half.py", "x = 1\n")]);
    let mark = place.beside("mark");
    place.write("tests/test_endless.py", ENDLESS.replace("MARK", mark.to_str().unwrap()));
    let mut screen = place.running(&mark);
    screen.press("\x03");
    screen.see("s until TERM");
    screen.see("cancelled:");
    screen.press("q");
    assert_eq!(screen.ended(), (0, None));
    screen.is_restored();
    place.is_left_alone();
}

#[test]
fn a_test_that_takes_strangely_long_is_seen() {
    let place = Place::new(&[("app/__init__.py", ""), ("app/core.py", CORE)]);
    let flag = place.beside("flag");
    place.write("tests/test_hang.py", HANGING.replace("FLAG", &format!("{:?}", flag)));
    let mut screen = place.screen(&["--trust"]);
    let run = |screen: &mut crate::screen::Screen| {
        screen.press("B");
        screen.see("enter runs it");
        screen.press("\r");
    };
    run(&mut screen);
    // What pytest prints says `3 passed in`; this is the end of the run.
    screen.see("3 passed ·");
    std::fs::write(&flag, "").unwrap();
    run(&mut screen);
    // In the runner and at the top; where it hangs is below.
    screen.wait("a strange test", |text| text.matches("usually ").count() == 2 && text.contains("in wait"));
    assert!(screen.text().lines().next().is_some_and(|top| top.contains("! test_hang: usually ")), "{}", screen.text());
    screen.press("c");
    screen.see("cancelled:");
    place.is_left_alone_after(screen);
}
