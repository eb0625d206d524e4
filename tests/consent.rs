//! Nothing of a project is executed before a person has seen what, and has said yes.

use crate::place::{Place, report};
use crate::screen::Screen;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

/// A project that leaves a mark wherever its own code could be run unasked: the interpreter of its virtualenv, its
/// `conftest.py`, its tests, and what git would run.
fn hostile(mark: &Path) -> Place {
    let place = Place::new(&[("shop/half.py", "def half(x):\n    return x / 2\n")]);
    let mark = mark.to_str().unwrap();
    let code = format!("open({mark:?}, 'a').write('conftest')\n");
    place.write("conftest.py", &code);
    place.write("sitecustomize.py", &code);
    place.write(
        "tests/test_half.py",
        format!("{code}def test_half():\n    from shop.half import half\n    assert half(4) == 2\n"),
    );
    place.write("coverage.json", report("shop/half.py", &[1], &[2]));
    let script = |path: &str, text: String| {
        place.write(path, text);
        std::fs::set_permissions(place.root().join(path), std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    let python = crate::venv::interpreter().program.display();
    script(".venv/bin/python", format!("#!/bin/sh\necho python >> '{mark}'\nexec '{python}' \"$@\"\n"));
    script("spy", format!("#!/bin/sh\necho git >> '{mark}'\n"));
    let git = |words: &[&str]| {
        let status = Command::new("git").args(words).current_dir(place.root()).env("HOME", place.home()).status();
        assert!(status.unwrap().success(), "{words:?}");
    };
    git(&["init", "--quiet"]);
    for key in ["core.fsmonitor", "core.sshCommand", "diff.external", "core.pager"] {
        git(&["config", key, place.root().join("spy").to_str().unwrap()]);
    }
    place
}

fn screen(place: &Place) -> Screen {
    let mut command = place.command(&[]);
    command.env_remove("VIRTUAL_ENV");
    Screen::start(command, (36, 120))
}

/// Asks for the whole suite, up to the question that comes before it.
fn ask(screen: &mut Screen) {
    screen.press("B");
    screen.see("enter runs it");
    screen.press("\r");
    screen.see("run code of this project?");
}

#[test]
fn nothing_runs_before_consent_and_the_question_shows_what_would() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("mark");
    let place = hostile(&mark);
    let mut screen = screen(&place);
    screen.see("50.0%");
    screen.see("watching");
    // Looking around, watching, picking, planning.
    screen.press("jk\t\t\tjk\t");
    place.write("shop/half.py", "def half(x):\n    return x // 2\n");
    screen.see("half.py *");
    screen.press("t");
    screen.see("tests of shop/half.py");
    screen.press("\x1b");
    screen.see("q quit");
    screen.press("p\x13");
    screen.see("tests/test_half.py");
    screen.press("\x1b");
    screen.see("q quit");
    ask(&mut screen);
    let text = screen.text();
    let root = place.root();
    let words: String = text.chars().filter(|c| !c.is_whitespace() && *c != '┃' && *c != '│').collect();
    for wanted in [root.to_str().unwrap(), root.join(".venv/bin/python").to_str().unwrap(), "-mpytest"] {
        assert!(words.contains(wanted), "no {wanted} in\n{text}");
    }
    screen.press("\x1b");
    screen.see("q quit");
    assert!(!mark.exists(), "{} ran unasked", std::fs::read_to_string(&mark).unwrap());

    // A yes is kept, for this configuration.
    ask(&mut screen);
    screen.press("\r");
    screen.see("1/1");
    screen.see("y copies the batch report");
    let marks = std::fs::read_to_string(&mark).unwrap();
    assert!(marks.contains("python") && marks.contains("conftest") && !marks.contains("git"), "{marks}");
    screen.press("R");
    screen.see("enter runs it");
    screen.press("\r");
    screen.see("Runner");
    screen.press("q");
    screen.press("\r");
    screen.ended();
    screen.is_restored();
    place.write("lacuna.toml", "[pytest]\narguments = [\"-p\", \"no:cacheprovider\"]\n");
    let mut screen = self::screen(&place);
    screen.see("watching");
    ask(&mut screen);
    screen.see("lacuna.toml");
    screen.press_apart("");
    place.is_left_alone_after(screen);
}

#[test]
fn without_a_screen_nothing_runs_unasked_either() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("mark");
    let place = hostile(&mark);
    for arguments in
        [&["plan", "."][..], &["report"], &["run", "tests/test_half.py"], &["config"], &["run", "--changed"]]
    {
        let output = crate::program::run(arguments, &place.root(), &place.home());
        assert!(!mark.exists(), "{arguments:?} ran {}", std::fs::read_to_string(&mark).unwrap());
        assert_eq!(output.status.code(), Some(if arguments[0] == "run" { 4 } else { 0 }), "{arguments:?}: {output:?}");
    }
    let output = crate::program::run(&["run", "--trust", "tests/test_half.py"], &place.root(), &place.home());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(mark.exists());
}
