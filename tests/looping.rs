//! The loop in a real terminal with real pytest: a save, the tests that it affects, the verdict, and the next save.

use crate::place::Place;
use crate::screen::Screen;

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
