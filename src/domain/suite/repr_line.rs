//! Single lines of a failure's text: what each is, by its form.

use crate::domain::suite::failure::Says;

/// pytest's margin before a line of source.
pub const MARGIN: usize = 4;

/// What a line of an explanation is; the first one is the message, whatever its form.
pub fn says(text: &str) -> Says {
    let line = text.trim_start();
    let rest = line.get(1..).unwrap_or_default();
    let is_mark = !rest.trim().is_empty() && rest.chars().all(|c| matches!(c, ' ' | '^' | '+' | '-' | '~'));
    match line.chars().next() {
        _ if indentation(text) > 2 => Says::Detail,
        Some('?') if is_mark => Says::Marks,
        Some('+') if rest.starts_with("  ") && is_reason(rest.trim_start()) => Says::Detail,
        Some('+') if rest.is_empty() || rest.starts_with(' ') => Says::Plus,
        Some('-') if rest.is_empty() || rest.starts_with(' ') => Says::Minus,
        _ => Says::Detail,
    }
}

/// `where 2 = len([1, 2])`: how a value of an assertion came about.
fn is_reason(text: &str) -> bool {
    text.starts_with("where ") || text.starts_with("and ")
}

/// `_ _ _ _`: what pytest writes between two frames.
pub fn is_rule(line: &str) -> bool {
    line.len() >= 5
        && line.trim_end().bytes().enumerate().all(|(at, byte)| byte == if at % 2 == 0 { b'_' } else { b' ' })
}

/// `[gw1] linux -- Python 3.11.7 /usr/bin/python`: what xdist writes above a failure of a worker.
pub fn is_worker(line: &str) -> bool {
    line.starts_with("[gw") && line.contains("] ") && line.contains(" -- Python ")
}

/// A line of an explanation. `Expected:` of a doctest is none.
pub fn is_error(line: &str) -> bool {
    line == "E" || line.starts_with("E ")
}

/// Whether a line is carets below another.
pub fn is_caret(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'^' | b'~'))
}

/// `        name       = value`: a local variable below a short entry.
pub fn is_local(line: &str) -> bool {
    line.strip_prefix("        ").is_some_and(is_aligned)
}

/// `name       = value`: a local variable, in columns as pytest writes them.
pub fn is_aligned(line: &str) -> bool {
    let is_column = line.find(" = ").is_some_and(|at| at >= 10);
    is_column && !line.starts_with(' ') && assigned(line)
}

/// `name = value`.
pub fn assigned(line: &str) -> bool {
    line.split_once(" = ").is_some_and(|(name, _)| is_name(name.trim_end().trim_start_matches('.')))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// `a = 1, b = 2` as two; the line has no better end of a value than the next name.
pub fn arguments(line: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for part in line.split(", ") {
        match all.last_mut() {
            Some(last) if !assigned(part) => {
                last.push_str(", ");
                last.push_str(part);
            }
            _ => all.push(part.to_owned()),
        }
    }
    all
}

/// The name of the function that a line defines.
pub fn defined(line: &str) -> Option<String> {
    let line = line.trim_start();
    let rest = line.strip_prefix("async ").unwrap_or(line).strip_prefix("def ")?;
    let name = rest.split(['(', '[', ' ']).next()?;
    is_name(name).then(|| name.to_owned())
}

/// `012 >>> 1 + 1`.
pub fn doctest_line(line: &str) -> Option<(u32, &str)> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = line.get(digits..)?;
    let text = if rest.is_empty() { rest } else { rest.strip_prefix(' ')? };
    (digits >= 3).then(|| Some((line.get(..digits)?.parse().ok()?, text)))?
}

/// `path:12: rest`, or `path:12`.
pub fn place(line: &str) -> Option<(&str, u32, &str)> {
    if line.starts_with([' ', '>', '\t']) {
        return None;
    }
    line.match_indices(':').find_map(|(at, _)| {
        let (path, rest) = (line.get(..at)?, line.get(at + 1..)?);
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u32 = rest.get(..digits)?.parse().ok()?;
        let rest = rest.get(digits..)?;
        let rest = if rest.is_empty() { rest } else { rest.strip_prefix(':')?.trim() };
        (!path.trim().is_empty()).then_some((path, number, rest))
    })
}

/// `path:12: in function`.
pub fn short_place(line: &str) -> Option<(String, u32, String)> {
    let (path, number, rest) = place(line)?;
    Some((path.to_owned(), number, rest.strip_prefix("in ")?.to_owned()))
}

/// `File "path", line 12, in function`, within an exception group behind bars.
pub fn native_place(line: &str) -> Option<(String, u32, String)> {
    let rest = line.trim_start_matches([' ', '|']).strip_prefix("File \"")?;
    let (path, rest) = rest.split_once("\", line ")?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let number = rest.get(..digits)?.parse().ok()?;
    let function = rest.get(digits..)?.strip_prefix(", in ").unwrap_or_default();
    Some((path.to_owned(), number, function.to_owned()))
}

/// How many bytes of spaces and bars a line starts with.
pub fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '|']).len()
}

/// Without empty lines at both ends.
pub fn trimmed(mut lines: Vec<String>) -> Vec<String> {
    let end = lines.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |at| at + 1);
    lines.truncate(end);
    let start = lines.iter().position(|line| !line.trim().is_empty()).unwrap_or(0);
    lines.drain(..start);
    lines
}

/// A line without the colours that pytest and messages have in them. Nothing else is changed.
pub fn without_colours(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("\x1b[") {
        out.push_str(before);
        let params = after.bytes().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b';' | b':')).count();
        match after.get(params..).and_then(|end| end.strip_prefix('m')) {
            Some(end) => rest = end,
            None => {
                out.push_str("\x1b[");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}
