//! The lines of one frame, taken apart: arguments, source, explanation, locals.

use crate::domain::suite::failure::{CodeKind, CodeLine, Explained, Frame, Says};
use crate::domain::suite::repr_line::{
    MARGIN, arguments, assigned, defined, doctest_line, indentation, is_aligned, is_caret, is_error, native_place,
    says, trimmed, without_colours,
};

/// A frame whose place stands below it: arguments, source, explanation, locals.
pub fn below(lines: Vec<String>, path: String, line: u32, raised: String) -> Frame {
    let lines = trimmed(lines);
    let mut frame = Frame { path, line, raised, ..Frame::default() };
    let args = lines
        .iter()
        .position(|line| line.trim().is_empty())
        .filter(|&blank| lines.iter().take(blank).all(|line| assigned(line)) && blank + 1 < lines.len());
    let mut rest = lines.as_slice();
    if let Some(blank) = args {
        frame.args = lines.iter().take(blank).flat_map(|line| arguments(line)).collect();
        rest = lines.get(blank + 1..).unwrap_or_default();
    }
    let is_locals = |pair: &[String]| matches!(pair, [blank, first] if blank.trim().is_empty() && is_aligned(first));
    if let Some(blank) = rest.windows(2).position(is_locals) {
        frame.locals = trimmed(rest.get(blank..).unwrap_or_default().to_vec());
        rest = rest.get(..blank).unwrap_or_default();
    }
    let end = rest.iter().position(|line| is_error(line)).unwrap_or(rest.len());
    let (code, rest) = rest.split_at(end);
    if code.iter().any(|line| doctest_line(line).is_some()) {
        doctest(&mut frame, code);
    } else {
        source(&mut frame, code);
    }
    frame.explained.extend(errors(rest));
    frame
}

/// A frame from the lines of one entry, as pytest's own objects hold them.
#[must_use]
pub fn entry(lines: &[String], mut frame: Frame, short: bool) -> Frame {
    let lines: Vec<String> = lines.iter().flat_map(|line| line.split('\n')).map(without_colours).collect();
    let end = lines.iter().position(|line| is_error(line)).unwrap_or(lines.len());
    let (code, said) = lines.split_at(end);
    if short {
        let cut = |line: &String| line.get(MARGIN..).unwrap_or(line.trim_start()).to_owned();
        frame.code =
            code.iter().map(|line| CodeLine { number: None, kind: CodeKind::Around, text: cut(line) }).collect();
        number_from(&mut frame.code, frame.line);
    } else {
        source(&mut frame, code);
    }
    frame.explained.extend(errors(said));
    frame
}

/// Takes the place of a syntax error out of the explanation: it is where somebody wants to go.
#[must_use]
pub fn split_syntax_error(frame: &mut Frame) -> Option<Frame> {
    let at = frame.explained.iter().position(|line| native_place(&line.text).is_some())?;
    let said = frame.explained.split_off(at);
    let (path, line, function) = native_place(&said.first()?.text)?;
    let mut inner = Frame { path, line, function, raised: std::mem::take(&mut frame.raised), ..Frame::default() };
    let margin = said.get(1).map_or(0, |line| indentation(&line.text));
    for line in said.into_iter().skip(1) {
        if margin > 0 && inner.explained.is_empty() && indentation(&line.text) >= margin {
            let text = line.text.get(margin..).unwrap_or_default().to_owned();
            inner.code.push(CodeLine { number: None, kind: CodeKind::Around, text });
        } else {
            inner.explained.push(line);
        }
    }
    number_from(&mut inner.code, line);
    Some(inner)
}

/// The source of a long entry: the current line is marked, the others are counted from it.
fn source(frame: &mut Frame, lines: &[String]) {
    for line in lines {
        let (kind, text) = match line.strip_prefix('>') {
            Some(rest) => (CodeKind::Current, rest.get(MARGIN - 1..).unwrap_or(rest.trim_start())),
            None if line.starts_with("    ") => (CodeKind::Around, line.get(MARGIN..).unwrap_or_default()),
            None => (CodeKind::Around, line.as_str()),
        };
        let kind = if is_caret(text) { CodeKind::Caret } else { kind };
        frame.code.push(CodeLine { number: None, kind, text: text.to_owned() });
    }
    if let Some((at, name)) = frame.code.iter().enumerate().find_map(|(at, line)| Some((at, defined(&line.text)?))) {
        frame.function = name;
        // A fixture that is not there is told below the head of its function alone.
        let is_marked = frame.code.iter().any(|line| line.kind == CodeKind::Current);
        if let Some(line) = frame.code.get_mut(at).filter(|_| !is_marked) {
            line.kind = CodeKind::Current;
        }
    }
    let is_current = |line: &CodeLine| line.kind == CodeKind::Current;
    let Some(current) = frame.code.iter().position(is_current) else { return };
    let mut number = frame.line;
    for line in frame.code.iter_mut().take(current + 1).rev().filter(|line| line.kind != CodeKind::Caret) {
        line.number = (number > 0).then_some(number);
        number = number.saturating_sub(1);
    }
    number = frame.line;
    for line in frame.code.iter_mut().skip(current + 1).filter(|line| line.kind != CodeKind::Caret) {
        number = number.saturating_add(1);
        line.number = Some(number);
    }
}

/// Numbers lines of which the first is the current one.
pub fn number_from(code: &mut [CodeLine], first: u32) {
    let mut number = first;
    for line in code {
        if is_caret(&line.text) {
            line.kind = CodeKind::Caret;
            continue;
        }
        line.number = (number > 0).then_some(number);
        line.kind = if number == first { CodeKind::Current } else { CodeKind::Around };
        number = number.saturating_add(1);
    }
}

/// A doctest: numbered lines, then what was expected and what came.
fn doctest(frame: &mut Frame, lines: &[String]) {
    for line in lines {
        match doctest_line(line).filter(|_| frame.explained.is_empty()) {
            Some((number, text)) => {
                let kind = if number == frame.line { CodeKind::Current } else { CodeKind::Around };
                frame.code.push(CodeLine { number: Some(number), kind, text: text.to_owned() });
            }
            None => frame.explained.push(Explained { says: Says::Detail, text: line.clone() }),
        }
    }
    let mut says = Says::Detail;
    for line in &mut frame.explained {
        match line.text.trim_end() {
            "Expected:" => says = Says::Minus,
            "Got:" => says = Says::Plus,
            text if text.starts_with("    ") => line.says = says,
            _ => {}
        }
    }
}

/// Lines with pytest's `E` before them, without it. What follows without one (`>` before the hints on a fixture that is
/// not there) is more about it.
pub fn errors(lines: &[String]) -> Vec<Explained> {
    let margin = lines.first().map_or(0, |line| indentation(line.get(1..).unwrap_or_default()));
    let cut = |line: &String| match line.strip_prefix(['E', '>']) {
        Some(rest) => rest.get(indentation(rest).min(margin)..).unwrap_or_default().to_owned(),
        None => line.clone(),
    };
    let lines: Vec<String> = lines.iter().map(cut).collect();
    explained(lines.iter().map(String::as_str))
}

/// What each line of an explanation is. The first is the message.
pub fn explained<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Explained> {
    let says = |at: usize, text: &str| if at == 0 { Says::Message } else { says(text) };
    let bare = |line: &'a str| line.strip_prefix("E   ").unwrap_or(line);
    lines.map(bare).enumerate().map(|(at, text)| Explained { says: says(at, text), text: text.to_owned() }).collect()
}
