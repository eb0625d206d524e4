//! How the program ends, stops and goes on, in a real terminal: whatever happens, the terminal is as it was and nothing
//! that was started lives on.

use crate::place::{Place, report};
use crate::screen::{Screen, command};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A source file that its tests do not cover whole.
const SOURCE: &str = "def half(x):\n    if x < 0:\n        return 0\n    return x / 2\n";

/// A test that leaves a child in a session of its own, forked twice and deaf to every polite signal, and then waits,
/// deaf too.
const ENDLESS: &str = r#"
import os, signal, time

def deaf():
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)

def test_endless():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            deaf()
            with open("MARK", "w") as file:
                file.write("%d" % os.getpid())
            time.sleep(600)
        os._exit(0)
    deaf()
    time.sleep(600)
"#;

fn quiet_place() -> Place {
    Place::new(&[("shop/half.py", SOURCE), ("tests/test_half.py", "def test_nothing():\n    pass\n")])
}

/// A project whose test never ends, and its screen with that test running.
fn busy() -> (Place, Screen) {
    let place = Place::new(&[("shop/half.py", SOURCE)]);
    let mark = place.beside("mark");
    place.write("tests/test_endless.py", ENDLESS.replace("MARK", mark.to_str().unwrap()));
    let screen = place.running(&mark);
    (place, screen)
}

/// The name that the system has for a signal.
fn is_signal(ended: &(u32, Option<String>), name: &str) {
    assert!(ended.1.as_ref().is_some_and(|signal| signal.starts_with(name)), "{ended:?} is not {name}");
}

#[test]
fn quitting_gives_the_terminal_back() {
    let place = quiet_place();
    let mut screen = place.screen(&[]);
    assert!(screen.is_alternate());
    screen.press("q");
    assert_eq!(screen.ends_soon(), (0, None));
    screen.is_restored();
    place.is_left_alone();
}

#[test]
fn interrupting_twice_quits() {
    let place = quiet_place();
    let mut screen = place.screen(&[]);
    screen.press("\x03");
    screen.see("ctrl-c again quits");
    screen.press("\x03");
    assert_eq!(screen.ends_soon(), (0, None));
    screen.is_restored();
}

#[test]
fn a_signal_restores_the_terminal_and_is_what_the_program_dies_of() {
    let place = quiet_place();
    for (name, words) in [("TERM", "Terminated"), ("HUP", "Hangup"), ("INT", "Interrupt"), ("QUIT", "Quit")] {
        let mut screen = place.screen(&[]);
        screen.signal(name);
        is_signal(&screen.ends_soon(), words);
        screen.is_restored();
        place.is_left_alone();
    }
}

#[test]
fn a_panic_restores_the_terminal_and_can_be_read() {
    let place = quiet_place();
    let mut screen = place.screen(&[]);
    screen.press("\x1b[24~");
    assert_eq!(screen.ends_soon().0, 101);
    screen.is_restored();
    let text = screen.text();
    assert!(text.contains("panicked at") && text.contains("F12 was struck"), "{text}");
}

#[test]
fn leaving_while_tests_run_is_asked_about_and_ends_them() {
    let (place, mut screen) = busy();
    screen.press("q");
    screen.see("Leaving ends them");
    screen.press("\x1b");
    screen.see("q quit");
    screen.press("q");
    screen.see("Leaving ends them");
    screen.press("\r");
    assert_eq!(screen.ends_soon(), (0, None));
    screen.is_restored();
    place.is_left_alone();
}

#[test]
fn nothing_outlives_a_signal_while_tests_run() {
    let (place, mut screen) = busy();
    screen.signal("TERM");
    is_signal(&screen.ends_soon(), "Terminated");
    screen.is_restored();
    place.is_left_alone();
}

#[test]
fn nothing_outlives_a_kill() {
    let (place, mut screen) = busy();
    screen.signal("KILL");
    is_signal(&screen.ended(), "Killed");
    place.is_left_alone();
}

#[test]
fn nothing_outlives_a_panic() {
    let (place, mut screen) = busy();
    screen.press("\x1b[24~");
    assert_eq!(screen.ends_soon().0, 101);
    screen.is_restored();
    place.is_left_alone();
}

#[test]
fn a_window_that_closes_ends_everything() {
    let (place, mut screen) = busy();
    screen.close();
    is_signal(&screen.ends_soon(), "Hangup");
    place.is_left_alone();
}

/// A shell that ignores hang-ups, and a session without a terminal of its own, which is never told of one.
const DEAF: [&[&str]; 2] = [&["sh", "-c", "trap '' HUP; exec \"$@\"", "sh"], &["setsid", "--wait"]];

#[test]
fn a_window_that_closes_is_noticed_without_a_signal() {
    let place = quiet_place();
    for wrapper in DEAF {
        let mut screen = Screen::start(place.through(wrapper, &[]), (36, 120));
        screen.see("4 Runner");
        screen.close();
        screen.ends_soon();
        place.is_left_alone();
    }
}

#[test]
fn a_terminal_that_nobody_reads_does_not_hold_up_the_end() {
    let (place, mut screen) = busy();
    screen.ignore();
    fill(&mut screen);
    screen.signal("TERM");
    is_signal(&screen.ends_soon(), "Terminated");
    screen.has_its_modes();
    screen.read_again();
    place.is_left_alone();
}

/// Makes the program paint until the terminal takes no more of it, and its painting thread waits.
fn fill(screen: &mut Screen) {
    let written = |pid: u32| -> u64 {
        let io = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/io")).unwrap();
        let line = io.lines().find_map(|line| line.strip_prefix("wchar: "));
        line.unwrap().parse().unwrap()
    };
    let (mut last, mut still) = (written(screen.pid()), 0);
    let start = Instant::now();
    while still < 20 {
        assert!(start.elapsed() < crate::screen::LIMIT, "the terminal takes everything");
        screen.press("\x0c");
        std::thread::park_timeout(Duration::from_millis(20));
        let now = written(screen.pid());
        still = if now == last { still + 1 } else { 0 };
        last = now;
    }
}

#[test]
fn every_size_can_be_drawn_and_the_same_size_shows_the_same() {
    let place = quiet_place();
    let mut screen = place.screen(&[]);
    screen.see("watching");
    for (key, overlay) in [("p", "pick"), ("?", "keys in"), ("!", "0 problems"), ("B", "plan")] {
        screen.resize(36, 120);
        screen.press(key);
        screen.see(overlay);
        for (rows, columns) in [(1, 1), (1, 200), (60, 1), (2, 3), (10, 40), (12, 40), (24, 80), (50, 160), (60, 200)] {
            screen.resize(rows, columns);
            let words = if rows >= 10 && columns >= 40 { overlay } else { "too" };
            screen.wait("a picture", |text| columns < 3 || text.contains(words));
        }
        screen.press("\x1b");
        // The line at the bottom is painted last.
        screen.see("q quit");
    }
    screen.resize(36, 120);
    let before = screen.still();
    for step in 0..200_u16 {
        screen.resize(1 + step * 7 % 60, 1 + step * 13 % 200);
    }
    screen.resize(36, 120);
    screen.shows(&before);
    screen.press("q");
    assert_eq!(screen.ends_soon(), (0, None));
    screen.is_restored();
}

#[test]
fn it_can_be_suspended_and_comes_back() {
    let place = quiet_place();
    // A plain shell, which leaves the terminal's modes to the programs.
    let mut shell = command(&["sh", "-i"], &place.root(), &place.home());
    shell.env("PS1", "ready> ");
    shell.env("LACUNA", env!("CARGO_BIN_EXE_lacuna"));
    let mut screen = Screen::start(shell, (36, 120));
    screen.see("ready>");
    screen.press("\"$LACUNA\"\r");
    screen.see("watching");
    let before = screen.still();
    for _ in 0..2 {
        screen.press("\x1a");
        screen.see("Stopped");
        screen.is_plain();
        screen.press("stty -a; echo seen\r");
        screen.see("\nseen");
        assert!(screen.text().contains(" icanon") && screen.text().contains(" echo "), "{}", screen.text());
        screen.press("clear; fg\r");
        screen.shows(&before);
        assert!(screen.is_alternate());
    }
    screen.press("q");
    screen.see("ready>");
    screen.press("echo left $?\r");
    screen.see("left 0");
    screen.press("exit\r");
    screen.ended();
    place.is_left_alone();
}

#[test]
fn the_editor_gets_the_terminal_and_gives_it_back() {
    let place = quiet_place();
    place.write("coverage.json", report("shop/half.py", &[1, 2, 4], &[3]));
    let (noted, editor) = (place.beside("noted"), place.beside("vim"));
    let script = "#!/bin/sh\nprintf '%s\\n' \"$@\" > NOTED\nstty -a | grep -ow -e '-*icanon'\necho the editor is open\nread answer\n";
    std::fs::write(&editor, script.replace("NOTED", noted.to_str().unwrap())).unwrap();
    executable(&editor);
    let mut command = place.command(&[]);
    command.env("EDITOR", &editor);
    let mut screen = Screen::start(command, (36, 120));
    screen.see("shop/half.py");
    screen.see("line 3 missed");
    screen.press("2");
    screen.see("next gap");
    let before = screen.still();
    screen.press("e");
    screen.see("the editor is open");
    assert!(screen.text().contains("icanon") && !screen.text().contains("-icanon"), "{}", screen.text());
    screen.is_plain();
    // An interrupt is the editor's affair.
    screen.signal("INT");
    screen.press("\r");
    screen.shows(&before);
    assert!(screen.is_alternate());
    let file = place.root().join("shop/half.py");
    assert_eq!(std::fs::read_to_string(&noted).unwrap(), format!("+3\n--\n{}\n", file.display()));
    screen.press("e");
    screen.see("the editor is open");
    // Whoever ends lacuna ends the editor too, so that nobody fights for the terminal.
    screen.signal("TERM");
    is_signal(&screen.ends_soon(), "Terminated");
    screen.is_restored();
    place.is_left_alone();
}

fn executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn without_a_terminal_the_headless_commands_are_named() {
    let place = quiet_place();
    let run = |stdin: Stdio| {
        let mut command = crate::program::command(&[], &place.root(), &place.home());
        let output = command.stdin(stdin).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), b"".as_slice()));
        assert!(error.contains("needs a terminal") && error.contains("lacuna report"), "{error}");
        assert!(!error.contains('\x1b') && error.lines().count() == 1, "{error}");
    };
    run(Stdio::null());
    run(Stdio::piped());
    let mut command = place.command(&[]);
    command.env("TERM", "dumb");
    let mut screen = Screen::start(command, (24, 80));
    assert_eq!(screen.ends_soon(), (2, None));
    screen.is_restored();
    let shown = screen.bytes();
    assert!(!shown.contains(&0x1b), "escapes for a dumb terminal: {}", String::from_utf8_lossy(&shown));
    assert!(screen.text().contains("lacuna report"), "{}", screen.text());
}

#[test]
fn what_cannot_be_opened_is_said_without_touching_the_terminal() {
    let place = quiet_place();
    let mut screen = Screen::start(place.command(&["no-such-folder"]), (24, 80));
    assert_eq!(screen.ends_soon(), (2, None));
    screen.is_restored();
    assert!(!screen.bytes().contains(&0x1b));
    assert!(screen.text().contains("no-such-folder"), "{}", screen.text());
}

#[test]
fn nothing_is_written_while_nothing_happens() {
    let place = quiet_place();
    let mut screen = place.screen(&[]);
    screen.see("watching");
    let calm = Duration::from_secs(2);
    let (mut since, mut count) = (Instant::now(), screen.bytes().len());
    let start = since;
    while since.elapsed() < calm {
        assert!(start.elapsed() < Duration::from_secs(8), "it never is calm");
        std::thread::park_timeout(Duration::from_millis(50));
        let now = screen.bytes().len();
        if now != count {
            (since, count) = (Instant::now(), now);
        }
    }
    let pid = screen.pid().to_string();
    assert!(Command::new("kill").args(["-0", &pid]).status().unwrap().success());
}
