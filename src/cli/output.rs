//! What goes where: data to standard output, words to standard error. The only printer.

use super::exit::Exit;
use crate::base::{Clean, Problem, Severity};
use serde::Serialize;
use std::io::{self, BufWriter, Write};

/// Prints data. A reader that went away (`lacuna report | head`) is no error.
pub fn print(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints JSON, indented, with a line end. What a terminal would obey, or what shows nothing, stands as an escape, which
/// is the same JSON. Nothing of it is held: there may be very much.
pub fn print_json(value: &impl Serialize) {
    let mut out = Escaping(BufWriter::with_capacity(64 * 1024, io::stdout().lock()));
    // A reader that went away is no error, and values have no other.
    let _ = serde_json::to_writer_pretty(&mut out, value).map_err(io::Error::from).and_then(|()| {
        out.write_all(b"\n")?;
        out.flush()
    });
}

/// The same as a text, for a file.
pub fn json_text(value: &impl Serialize) -> String {
    let mut out = Escaping(Vec::new());
    // Values have no error, and a text in memory has none either.
    let _ = serde_json::to_writer_pretty(&mut out, value);
    String::from_utf8(out.0).unwrap_or_default() + "\n"
}

/// The same on one line.
pub fn print_json_line(value: &impl Serialize) {
    let mut out = Escaping(BufWriter::new(io::stdout().lock()));
    // A reader that went away is no error, and values have no other.
    let _ = serde_json::to_writer(&mut out, value).map_err(io::Error::from).and_then(|()| {
        out.write_all(b"\n")?;
        out.flush()
    });
}

/// Writes JSON text, which comes in whole characters, and what is odd in it as escapes.
struct Escaping<W>(W);

impl<W: Write> Write for Escaping<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.iter().all(|byte| matches!(byte, b'\n' | 0x20..0x7f)) {
            return self.0.write_all(bytes).map(|()| bytes.len());
        }
        let text = std::str::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        let mut shown = String::with_capacity(text.len());
        for c in text.chars() {
            if c != '\n' && Clean::is_odd(c) {
                let mut units = [0; 2];
                shown.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
            } else {
                shown.push(c);
            }
        }
        self.0.write_all(shown.as_bytes()).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Says one line to the person.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Says what went wrong, one line each.
pub fn complain(problems: &[Problem]) {
    for problem in problems {
        say(&format!("lacuna: {}: {problem}", word(problem)));
    }
}

/// How bad it is, in one word.
const fn word(problem: &Problem) -> &'static str {
    match problem.severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// A problem for programs.
pub fn problem(problem: &Problem) -> serde_json::Value {
    serde_json::json!({
        "severity": word(problem),
        "origin": problem.origin.as_str(),
        "what": problem.what.as_str(),
        "hint": problem.hint.as_str(),
    })
}

/// Says why nothing can be done, and that the arguments or the input are the reason.
pub fn refuse(problem: Problem) -> Exit {
    complain(&[problem]);
    Exit::Unusable
}

#[cfg(test)]
mod tests {
    use super::Escaping;
    use serde_json::json;

    #[test]
    fn what_a_terminal_would_obey_is_escaped_and_means_the_same() {
        let value = json!({ "a\u{7f}": ["é\u{9b}\u{202e}日\u{e0001}", "\u{1b}[1m\"\\\n", 7] });
        let mut out = Escaping(Vec::new());
        serde_json::to_writer_pretty(&mut out, &value).unwrap();
        let text = String::from_utf8(out.0).unwrap();
        let expect = "{\n  \"a\\u007f\": [\n    \"é\\u009b\\u202e日\\udb40\\udc01\",\n    \"\\u001b[1m\\\"\\\\\\n\",\n    7\n  ]\n}";
        assert_eq!(text, expect);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
