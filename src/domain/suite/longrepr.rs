//! The text of a failure as pytest writes it, in any style, read back.

use crate::domain::suite::entry::{below, errors, explained, number_from, split_syntax_error};
use crate::domain::suite::failure::{CodeKind, CodeLine, Explained, Frame, Link, Part, Raised, Says};
use crate::domain::suite::repr_line::{
    MARGIN, indentation, is_error, is_local, is_rule, is_worker, native_place, place, short_place, trimmed,
    without_colours,
};

/// Reads a whole text. Every line of it is in the answer, whatever it is.
#[must_use]
pub fn read(text: &str) -> Vec<Raised> {
    let mut reader = Reader::default();
    text.lines().for_each(|line| reader.take(without_colours(line)));
    reader.finish()
}

#[derive(Default)]
struct Reader {
    done: Vec<Raised>,
    now: Raised,
    /// Lines that wait for the place that pytest writes below them.
    waiting: Vec<String>,
    /// A frame whose place was written above it, and the indentation of that line where it was Python's own.
    open: Option<(Frame, Option<usize>)>,
}

impl Reader {
    fn take(&mut self, line: String) {
        if is_rule(&line) {
            return self.flush();
        }
        if let Some(link) = Link::of_line(&line) {
            self.flush();
            self.next(link);
            return;
        }
        if self.belongs(&line) {
            return;
        }
        if is_worker(&line) {
            self.flush();
            self.now.parts.push(Part::Text(vec![line]));
            return;
        }
        if let Some((path, number, function)) = native_place(&line).filter(|_| !is_error(&line)) {
            self.flush();
            let indent = indentation(&line);
            self.open = Some((Frame { path, line: number, function, ..Frame::default() }, Some(indent)));
        } else if let Some((path, number, function)) = short_place(&line) {
            self.flush();
            self.open = Some((Frame { path, line: number, function, ..Frame::default() }, None));
        } else if let Some((path, number, raised)) = self.end_place(&line) {
            self.close_open();
            let frame = below(std::mem::take(&mut self.waiting), path, number, raised);
            self.put(frame);
        } else {
            self.close_open();
            self.waiting.push(line);
        }
    }

    /// Whether a line goes on with the frame that is open.
    fn belongs(&mut self, line: &str) -> bool {
        let Some((frame, native)) = &mut self.open else { return false };
        let text = match native {
            Some(indent) => {
                if indentation(line) <= *indent || native_place(line).is_some() || line.trim().is_empty() {
                    return false;
                }
                line.get(indentation(line)..).unwrap_or_default().to_owned()
            }
            None if is_error(line) => {
                frame.explained.push(Explained { says: Says::Detail, text: line.to_owned() });
                return true;
            }
            None if is_local(line) => {
                frame.locals.push(line.trim().to_owned());
                return true;
            }
            None if line.starts_with("    ") => line.get(MARGIN..).unwrap_or_default().to_owned(),
            None => return false,
        };
        frame.code.push(CodeLine { number: None, kind: CodeKind::Around, text });
        true
    }

    /// A place that is written below its source.
    fn end_place(&self, line: &str) -> Option<(String, u32, String)> {
        let (path, number, rest) = place(line)?;
        let after_blank = self.waiting.last().is_none_or(|last| last.trim().is_empty());
        if !after_blank || path.contains(" = ") {
            return None;
        }
        let is_bare = self.waiting.iter().all(|line| line.trim().is_empty());
        let is_word = rest.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
        let is_source = path.ends_with(".py") || path.ends_with(".txt") || path.ends_with(".rst");
        ((is_word && !is_bare) || (is_bare && is_source)).then(|| (path.to_owned(), number, rest.to_owned()))
    }

    fn next(&mut self, link: Link) {
        if !self.now.parts.is_empty() {
            self.done.push(std::mem::take(&mut self.now));
        }
        self.now.link = if self.done.is_empty() { Link::First } else { link };
    }

    fn put(&mut self, mut frame: Frame) {
        let inner = split_syntax_error(&mut frame);
        self.now.parts.push(Part::Frame(frame));
        self.now.parts.extend(inner.map(Part::Frame));
    }

    fn close_open(&mut self) {
        let Some((mut frame, _)) = self.open.take() else { return };
        number_from(&mut frame.code, frame.line);
        let lines: Vec<String> = frame.explained.drain(..).map(|line| line.text).collect();
        frame.explained = errors(&lines);
        self.put(frame);
    }

    /// What waits for a place that did not come is text.
    fn flush(&mut self) {
        self.close_open();
        let lines = trimmed(std::mem::take(&mut self.waiting));
        if lines.is_empty() {
            return;
        }
        let explains = lines.iter().any(|line| is_error(line));
        match self.now.parts.last_mut() {
            // Python's own tracebacks end with the exception in words.
            Some(Part::Frame(frame)) if frame.explained.is_empty() && !explains => {
                frame.explained = explained(lines.iter().map(String::as_str));
            }
            _ => self.now.parts.push(Part::Text(lines)),
        }
    }

    fn finish(mut self) -> Vec<Raised> {
        self.flush();
        self.next(Link::First);
        self.done
    }
}
