//! What a test left, as JSON: failures frame by frame, captured output, how it ended before.

use crate::base::StyledText;
use crate::domain::suite::{CodeKind, CodeLine, Explained, Failure, Frame, Part, Raised, Section, Warned, is_library};
use serde_json::{Value, json};

/// A failure, exception by exception.
#[must_use]
pub fn failure(failure: &Failure) -> Value {
    json!({
        "when": failure.when.word(),
        "attempt": failure.attempt,
        "subtest": failure.subtest,
        "exceptions": failure.raised.iter().map(raised).collect::<Vec<_>>(),
        "text": plain(&failure.text),
    })
}

fn raised(raised: &Raised) -> Value {
    let text: Vec<String> = raised
        .parts
        .iter()
        .filter_map(|part| if let Part::Text(lines) = part { Some(lines) } else { None })
        .flatten()
        .map(|line| plain(line))
        .collect();
    json!({
        "link": raised.link.words(),
        "frames": raised.frames().map(frame).collect::<Vec<_>>(),
        "text": text,
    })
}

fn frame(frame: &Frame) -> Value {
    json!({
        "path": frame.path,
        "line": frame.line,
        "function": frame.function,
        "library": is_library(&frame.path),
        "raised": frame.raised,
        "args": frame.args.iter().map(|line| plain(line)).collect::<Vec<_>>(),
        "locals": frame.locals.iter().map(|line| plain(line)).collect::<Vec<_>>(),
        "code": frame.code.iter().filter(|line| line.kind != CodeKind::Caret).map(code).collect::<Vec<_>>(),
        "explained": frame.explained.iter().map(explained).collect::<Vec<_>>(),
    })
}

fn code(line: &CodeLine) -> Value {
    json!({ "line": line.number, "text": plain(&line.text), "current": line.kind == CodeKind::Current })
}

fn explained(line: &Explained) -> Value {
    json!({ "says": line.says.word(), "text": plain(&line.text) })
}

/// What was captured in one part of a test.
#[must_use]
pub fn section(section: &Section) -> Value {
    json!({ "title": section.title, "attempt": section.attempt, "subtest": section.subtest, "text": plain(&section.text) })
}

/// A warning.
#[must_use]
pub fn warned(warning: &Warned) -> Value {
    json!({
        "category": warning.category,
        "text": plain(&warning.text),
        "path": warning.path,
        "line": warning.line,
        "test": warning.id.as_ref().map(|id| id.as_str()),
    })
}

/// Text of a test without its colours, safe to print wherever the JSON is printed.
fn plain(text: &str) -> String {
    StyledText::parse(text.as_bytes()).plain()
}
