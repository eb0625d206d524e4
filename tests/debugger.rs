//! pytest's debugger in lacuna's terminal: handed over, taken back, and nothing left behind.

use crate::place::Place;
use crate::screen::Screen;

const TEST: &str = "def test_sum():\n    total = 6 * 7\n    assert total == 41\n\n\ndef test_other():\n    pass\n";

fn place() -> Place {
    let place = Place::new(&[("shop/half.py", "x = 1\n"), ("tests/test_sum.py", TEST)]);
    // xdist beside a debugger is refused by itself; coverage would trace what the debugger traces.
    place.write("pytest.ini", "[pytest]\naddopts = -n 2 --cov=shop\n");
    place
}

/// The screen with the debugger open in the test that failed.
fn debugging(place: &Place) -> Screen {
    let mut screen = place.screen(&["--trust"]);
    screen.press("B");
    screen.see("enter runs it");
    screen.press("\r");
    screen.see("y copies the report");
    screen.press("nD");
    screen.see("pytest tests/test_sum.py::test_sum -v --pdb");
    screen.press("\r");
    screen.see("(Pdb)");
    screen
}

#[test]
fn the_debugger_gets_the_terminal_and_gives_it_back() {
    let place = place();
    let mut screen = debugging(&place);
    assert!(!screen.is_alternate());
    screen.press("p total + 1000\r");
    screen.see("1042");
    // An interrupt is the debugger's affair.
    screen.press("\x03");
    screen.see("--KeyboardInterrupt--");
    screen.press("p total + 2000\r");
    screen.see("2042");
    screen.press("c\r");
    screen.see("enter goes back");
    screen.press("\r");
    screen.see("back from the debugger");
    assert!(screen.is_alternate());
    screen.see("nothing of it was recorded");
    screen.press("q");
    assert_eq!(screen.ended(), (0, None));
    screen.is_restored();
    place.is_left_alone();
}

#[test]
fn nothing_outlives_lacuna_while_the_debugger_waits() {
    for signal in ["TERM", "KILL"] {
        let place = place();
        let mut screen = debugging(&place);
        screen.signal(signal);
        screen.ended();
        place.is_left_alone();
    }
}

#[test]
fn without_a_screen_the_debugger_has_the_terminal_and_the_code_is_pytests() {
    let place = place();
    let mut screen =
        Screen::start(place.command(&["run", "--trust", "--pdb", "tests/test_sum.py::test_sum"]), (30, 100));
    screen.see("(Pdb)");
    screen.press("p total + 1000\r");
    screen.see("1042");
    screen.press("q\r");
    assert_eq!(screen.ended().0, 5);
    place.is_left_alone();
    let shop = crate::shop::Shop::of(&[("tests/test_sum.py", TEST)]);
    let output = shop.lacuna(&["run", "--trust", "--pdb", "tests/test_sum.py"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(crate::program::stderr(&output).contains("needs a terminal"));
}

#[test]
fn the_debugger_is_not_started_where_there_is_no_pytest() {
    let place = place();
    let made = std::process::Command::new(&crate::venv::interpreter().program)
        .args(["-m", "venv", "--without-pip"])
        .arg(place.beside("bare"))
        .status();
    assert!(made.unwrap().success());
    place.write("lacuna.toml", format!("interpreter = {:?}\n", place.beside("bare/bin/python")));
    let mut screen = Screen::start(place.command(&["run", "--trust", "--pdb", "tests/test_sum.py"]), (30, 200));
    screen.see("pytest is not installed for this interpreter");
    screen.see("-m pip install pytest");
    assert_eq!(screen.ended().0, 4);
    place.is_left_alone();
}
