//! The loop in a real terminal with real pytest: a save, the tests that it affects, the verdict, and the next save.

use crate::place::Place;
use crate::screen::{LIMIT, Screen};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};

const SOURCE: &str = "def half(x):\n    return x / 2\n\n\ndef third(x):\n    return x / 3\n";

/// A test that says in `mark` that it runs, and goes on once nobody holds it.
const TESTS: &str = r#"
import os, time
from shop.parts import half, third

def test_half():
    with open("MARK", "a") as mark:
        mark.write("x")
    while os.path.exists("HOLD"):
        time.sleep(0.01)
    assert half(6) == 3

def test_third():
    assert third(6) == 2
"#;

/// A project that was measured once, and its screen with the loop on.
fn looping(place: &Place) -> Screen {
    let tests = TESTS
        .replace("MARK", place.beside("mark").to_str().unwrap())
        .replace("HOLD", place.beside("hold").to_str().unwrap());
    place.write("tests/test_parts.py", tests);
    let mut screen = place.screen(&["--trust"]);
    screen.press("B");
    screen.see("enter runs it");
    screen.press("\r");
    screen.see("2 passed");
    screen.press("W");
    screen.see("the loop waits for a save: nothing changed since it was measured");
    screen
}

fn place() -> Place {
    let config = "[tool.pytest.ini_options]\npythonpath = ['.']\n[tool.coverage.run]\nsource = ['shop']\n";
    Place::new(&[("pyproject.toml", config), ("shop/__init__.py", ""), ("shop/parts.py", SOURCE)])
}

fn marks(place: &Place) -> u64 {
    std::fs::metadata(place.beside("mark")).map_or(0, |mark| mark.len())
}

#[test]
fn a_save_runs_the_tests_that_it_affects_and_a_second_one_cancels_them_and_plans_anew() {
    let place = place();
    let mut screen = looping(&place);
    assert_eq!(marks(&place), 1);

    place.write("shop/parts.py", SOURCE.replace("x / 2", "x / 4"));
    screen.see("✗ 1 failed of 1 in");
    place.write("shop/parts.py", SOURCE);
    screen.see("✓ 1 passed in");
    assert_eq!(marks(&place), 3, "each save ran the one test that it affects");
    assert!(screen.text().contains("100.0%"), "{}", screen.text());

    // Held in the middle, and another function is saved.
    std::fs::write(place.beside("hold"), "").unwrap();
    let twice = SOURCE.replace("x / 2", "x * 0.5");
    place.write("shop/parts.py", &twice);
    screen.wait("a test that runs", |_| marks(&place) == 4);
    screen.see("parts.py runs 0/1");
    place.write("shop/parts.py", twice.replace("x / 3", "x / 1.5 / 2"));
    screen.wait("the same test once more", |_| marks(&place) == 5);
    screen.see("parts.py runs 0/2");
    std::fs::remove_file(place.beside("hold")).unwrap();
    screen.see("✓ 2 passed in");

    // What Python cannot read runs nothing; mended, it is planned.
    place.write("shop/parts.py", SOURCE.replace("return x / 2", "return x /"));
    screen.see("! parts.py:2 syntax error");
    place.write("shop/parts.py", SOURCE.replace("x / 3", "x / 4"));
    screen.see("✗ 1 failed of 2 in");
    assert_eq!(marks(&place), 6);
    screen.press("q");
    assert_eq!(screen.ends_soon(), (0, None));
    place.is_left_alone();
}

#[test]
fn the_batch_of_a_person_ends_before_the_loop_takes_up_a_save() {
    let place = place();
    let mut screen = looping(&place);
    std::fs::write(place.beside("hold"), "").unwrap();
    screen.press("B");
    screen.see("enter runs it");
    screen.press("\r");
    screen.wait("a test that runs", |_| marks(&place) == 2);
    place.write("shop/parts.py", SOURCE.replace("x / 3", "x / 4"));
    screen.see("parts.py waits for your batch");
    std::fs::remove_file(place.beside("hold")).unwrap();
    screen.see("✗ 1 failed of 1 in");
    screen.press("W");
    screen.see("the loop is off");
    screen.press("q");
    screen.ends_soon();
    place.is_left_alone();
}

/// `lacuna watch` in a place, and the JSON objects that it prints.
struct Watching {
    child: Child,
    events: Receiver<Value>,
}

impl Watching {
    fn start(place: &Place, more: &[&str]) -> Self {
        let arguments = [&["watch", "--format", "json"], more].concat();
        let mut command = crate::program::command(&arguments, &place.root(), &place.home());
        command.env("VIRTUAL_ENV", crate::venv::interpreter().home.as_ref().unwrap());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (tell, events) = channel();
        std::thread::spawn(move || {
            lines.for_each(|line| drop(tell.send(serde_json::from_str(&line.unwrap()).unwrap())));
        });
        Self { child, events }
    }

    fn until(&self, event: &str) -> Value {
        let found = self.events.recv_timeout(LIMIT).unwrap_or_else(|_| panic!("no {event} came"));
        assert_eq!(found["event"], event, "{found}");
        found
    }

    /// The names of the tests of the next verdict.
    fn verdict(&self) -> (Value, Vec<String>) {
        let verdict = self.until("verdict");
        let tests = verdict["tests"].as_array().unwrap();
        let mut names: Vec<String> =
            tests.iter().map(|test| test["id"].as_str().unwrap().rsplit_once("::").unwrap().1.to_owned()).collect();
        names.sort();
        (verdict, names)
    }

    fn ends(mut self) -> Option<i32> {
        let done = std::process::Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        assert!(done.success());
        self.child.wait().unwrap().code()
    }
}

#[test]
fn without_a_screen_each_verdict_is_a_line_and_files_beside_python_count_as_the_settings_say() {
    let place = place();
    place.write("lacuna.toml", "[concerns]\n'shop/*.txt' = 'shop/parts.py'\n'*.sql' = ['tests/test_sql.py']\n");
    place.write("shop/half.txt", "2");
    place.write("schema.sql", "x");
    place.write("tests/test_parts.py", "from shop.parts import half\n\n\ndef test_half():\n    assert half(6) == 3\n");
    place.write("tests/test_sql.py", "def test_sql():\n    assert open('schema.sql').read() == 'x'\n");
    let untrusted = Watching::start(&place, &[]);
    assert!(untrusted.events.recv_timeout(LIMIT).is_err(), "nothing is run of a project that nobody trusts");
    let all = crate::program::command(&["run", "--all", "--trust"], &place.root(), &place.home())
        .env("VIRTUAL_ENV", crate::venv::interpreter().home.as_ref().unwrap())
        .output()
        .unwrap();
    assert!(all.status.success(), "{}", crate::program::stderr(&all));

    let watching = Watching::start(&place, &[]);
    watching.until("ready");
    place.write("shop/parts.py", SOURCE.replace("x / 2", "x / 4"));
    let (verdict, names) = watching.verdict();
    assert_eq!((verdict["failed"].as_u64(), verdict["files"][0].as_str()), (Some(1), Some("shop/parts.py")));
    assert_eq!(names, ["test_half"]);
    assert!(verdict["seconds"].as_f64().unwrap() > 0.0);
    place.write("shop/parts.py", SOURCE);
    let (verdict, _) = watching.verdict();
    assert_eq!((verdict["passed"].as_u64(), verdict["total"]["after"]["display"].as_str()), (Some(1), Some("75%")));

    place.write("schema.sql", "y");
    let (verdict, names) = watching.verdict();
    assert_eq!((names.as_slice(), verdict["failed"].as_u64()), (&["test_sql".to_owned()][..], Some(1)));
    place.write("schema.sql", "x");
    watching.verdict();
    place.write("shop/half.txt", "3");
    assert_eq!(watching.verdict().1, ["test_half"]);
    place.write("shop/none.css", "");
    place.write("shop/parts.py", SOURCE.replace("x / 2", "x /"));
    assert!(watching.until("held")["reason"].as_str().unwrap().contains("shop/parts.py:2"));
    place.write("shop/parts.py", SOURCE);
    watching.until("unaffected");
    assert_eq!(watching.ends(), Some(0));
    place.is_left_alone();
}
