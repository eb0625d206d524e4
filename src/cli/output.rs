//! What goes where: data to standard output, words to standard error. The only printer.

use super::exit::Exit;
use crate::base::{Clean, Problem, Severity};
use std::io::{self, Write};

/// Prints data. A reader that went away (`lacuna report | head`) is no error.
pub fn print(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints JSON, indented, with a line end. What a terminal would obey, or what shows nothing, stands as an escape, which
/// is the same JSON.
pub fn print_json(value: &serde_json::Value) {
    let mut out = String::new();
    for c in format!("{value:#}\n").chars() {
        if c != '\n' && Clean::is_odd(c) {
            let mut units = [0; 2];
            out.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    print(&out);
}

/// Says one line to the person.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Says what went wrong, one line each.
pub fn complain(problems: &[Problem]) {
    for problem in problems {
        let word = match problem.severity {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        say(&format!("lacuna: {word}: {problem}"));
    }
}

/// Says why nothing can be done, and that the arguments or the input are the reason.
pub fn refuse(problem: Problem) -> Exit {
    complain(&[problem]);
    Exit::Unusable
}
