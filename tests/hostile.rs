//! Text that is meant for the terminal and not for the reader: it is shown, and never obeyed.

use crate::place::{Place, report};
use crate::screen::Screen;
use std::collections::BTreeSet;

/// Clipboard, title, colours, another screen, 8-bit controls, bidi, tags, zero width, bells and backspaces.
const POISON: &str = "\u{1b}]52;c;SGVsbG8=\u{7}\u{1b}]0;title\u{1b}\\\u{1b}[2J\u{1b}[?1049l\u{1b}c\u{1b}P1$q\u{1b}\\\
                      \u{9b}31m\u{9d}0;x\u{9c}\u{202e}\u{2066}\u{200b}\u{2028}\u{e0041}\u{feff}\u{7}\u{8}\rend";

fn junit(outcome: &str) -> String {
    format!(
        "<testsuite name=\"pytest\" tests=\"1\" failures=\"0\" errors=\"0\" hostname=\"{POISON}\">\
         <testcase classname=\"tests.test_evil\" name=\"test_recorded[{POISON}]\" time=\"0.1\">{outcome}</testcase>\
         </testsuite>"
    )
}

#[test]
fn no_text_of_others_reaches_the_terminal_as_a_command() {
    let evil = "shop/evil\u{1b}[2J\u{202e}\u{7}.py";
    let place = Place::new(&[(evil, "def evil():\n    return '\u{1b}]0;x\u{7}\u{202e}'  # \u{9b}2J\n")]);
    let code = "import sys\n\nPOISON = CODE\n\n\ndef test_printed():\n    print(POISON)\n    sys.stderr.write(POISON)\n    \
                raise AssertionError(POISON)\n";
    let escaped: String = POISON.chars().map(|c| format!("\\U{:08x}", u32::from(c))).collect();
    place.write("tests/test_evil.py", code.replace("CODE", &format!("\"{escaped}\"")));
    place.write("coverage.json", report(&evil.replace('\u{1b}', "\\u001b").replace('\u{7}', "\\u0007"), &[1], &[2]));
    let passed = place.beside("passed.xml");
    let failed = place.beside(&format!("failed{}.xml", "\u{1b}[2J"));
    std::fs::write(&passed, junit("")).unwrap();
    std::fs::write(&failed, junit(&format!("<failure message=\"{POISON}\">{POISON}</failure>"))).unwrap();
    for file in [&passed, &failed] {
        let output = crate::program::run(&["ingest", file.to_str().unwrap()], &place.root(), &place.home());
        assert!(output.status.success(), "{output:?}");
        harmless(&output.stderr);
    }
    let history = crate::program::run(&["flaky"], &place.root(), &place.home());
    assert!(String::from_utf8_lossy(&history.stdout).contains("test_recorded"), "{history:?}");
    harmless(&history.stdout);

    let mut screen = place.screen(&["--trust"]);
    screen.see("50.0%");
    screen.see("evil");
    screen.see("test_recorded");
    screen.press("2");
    screen.see("def evil");
    screen.press("3\r");
    screen.see("output of the last failure");
    screen.press("p");
    screen.see("▸sources");
    screen.press_apart("B");
    screen.see("enter runs it");
    screen.press("\r");
    screen.see("y copies the batch report");
    screen.press("4n\r");
    screen.see("end");
    screen.press("z");
    screen.see("Captured stdout");
    for _ in 0..3 {
        screen.press("\x04");
        screen.still();
    }
    screen.press("q");
    screen.ended();
    screen.is_restored();
    obeys_itself(&screen);
}

/// No control character but the ends of lines, and nothing that changes how text is read.
fn harmless(bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).unwrap();
    let bad: BTreeSet<char> = text.chars().filter(|c| *c != '\n' && is_forbidden(*c)).collect();
    assert!(bad.is_empty(), "{bad:?} in {text:?}");
}

fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(c, '\u{e0000}'..='\u{e0fff}')
}

/// Every sequence that reached the terminal is one of those that lacuna's own painting needs.
fn obeys_itself(screen: &Screen) {
    let bytes = screen.bytes();
    let text = std::str::from_utf8(&bytes).unwrap();
    let mut rest = text.chars().peekable();
    let mut wrong = BTreeSet::new();
    while let Some(c) = rest.next() {
        if c != '\u{1b}' {
            wrong.extend(is_forbidden(c).then(|| format!("{c:?}")));
            continue;
        }
        let mut sequence = String::new();
        if rest.next_if_eq(&'[').is_none() {
            wrong.insert(format!("ESC {:?}", rest.next()));
            continue;
        }
        for c in rest.by_ref() {
            sequence.push(c);
            if ('@'..='~').contains(&c) {
                break;
            }
        }
        let modes = ["?1049", "?2004", "?1000", "?1002", "?1003", "?1015", "?1006", "?25", "?2026"];
        let is_known = match sequence.split_at(sequence.len() - 1) {
            (parameters, "m" | "H") => parameters.chars().all(|c| c.is_ascii_digit() || matches!(c, ';' | ':')),
            ("2", "J") => true,
            (mode, "h" | "l") => modes.contains(&mode),
            _ => false,
        };
        wrong.extend((!is_known).then(|| format!("CSI {sequence:?}")));
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    assert_eq!(text.matches("\u{1b}[?1049l").count(), 1, "the alternate screen is left once, at the end");
}
