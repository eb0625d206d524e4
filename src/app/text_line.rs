//! One line of text that a person types.

use crate::app::{Key, KeyCode};
use crate::base::Clean;
use tui_input::{Input, InputRequest};

/// A line being typed, with a cursor. It never holds a control character.
#[derive(Clone, Debug, Default)]
pub struct TextLine(Input);

impl TextLine {
    /// What is typed.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.value()
    }

    /// What is typed, to be shown.
    #[must_use]
    pub fn clean(&self) -> Clean {
        Clean::line(self.0.value())
    }

    /// What stands before the cursor and what behind it, to be shown.
    #[must_use]
    pub fn around_cursor(&self) -> (Clean, Clean) {
        let (before, behind): (Vec<_>, Vec<_>) =
            self.text().chars().enumerate().partition(|(at, _)| *at < self.0.cursor());
        let line = |part: Vec<(usize, char)>| Clean::line(&part.into_iter().map(|(_, c)| c).collect::<String>());
        (line(before), line(behind))
    }

    /// Whether nothing is typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.value().is_empty()
    }

    /// Erases everything.
    pub fn erase(&mut self) {
        self.0.reset();
    }

    /// Takes a key; true when the text changed, nothing when the key is none for a line of text.
    pub fn take(&mut self, key: Key) -> Option<bool> {
        let request = match (key.typed(), key.code, key.ctrl || key.alt) {
            (Some(c), ..) => InputRequest::InsertChar(c),
            (None, KeyCode::Backspace, false) => InputRequest::DeletePrevChar,
            (None, KeyCode::Delete, _) => InputRequest::DeleteNextChar,
            (None, KeyCode::Backspace, true) => InputRequest::DeletePrevWord,
            (None, KeyCode::Char('w'), true) if key.ctrl => InputRequest::DeletePrevWord,
            (None, KeyCode::Left, false) => InputRequest::GoToPrevChar,
            (None, KeyCode::Right, false) => InputRequest::GoToNextChar,
            (None, KeyCode::Left, true) => InputRequest::GoToPrevWord,
            (None, KeyCode::Right, true) => InputRequest::GoToNextWord,
            (None, KeyCode::Home, _) => InputRequest::GoToStart,
            (None, KeyCode::End, _) => InputRequest::GoToEnd,
            _ => return None,
        };
        Some(self.0.handle(request).is_some_and(|change| change.value))
    }

    /// Takes pasted text: its first line, without control characters.
    pub fn paste(&mut self, text: &str) {
        for c in text.lines().next().unwrap_or_default().chars().filter(|c| !c.is_control()) {
            let _ = self.0.handle(InputRequest::InsertChar(c));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TextLine;

    #[test]
    fn keys_write_and_erase() {
        let mut line = TextLine::default();
        for key in ["v", "i", "x", "backspace", "space", "é"] {
            assert_eq!(line.take(key.parse().unwrap()), Some(true), "{key}");
        }
        assert_eq!((line.text(), line.around_cursor().0.as_str()), ("vi é", "vi é"));
        assert_eq!(line.take("ctrl-x".parse().unwrap()), None);
        assert_eq!(line.take("left".parse().unwrap()), Some(false));
        assert_eq!(&*line.around_cursor().1, "é");
        line.paste("a\x1b[31mb\nsecond");
        assert_eq!(line.text(), "vi a[31mbé");
    }
}
