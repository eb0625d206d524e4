//! From the terminal library's events to the mind's messages.

use crate::app::{Key, KeyCode, Mouse, MouseKind, Msg};
use crate::base::Size;
use crossterm::event::{
    Event, KeyCode as Code, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use std::time::{Duration, Instant};

/// How soon a second click on the same cell makes a double click.
const DOUBLE: Duration = Duration::from_millis(400);

/// Turns events into messages; it remembers the last click to know a double one.
#[derive(Default)]
pub struct Translator {
    clicked: Option<(Instant, u16, u16)>,
}

impl Translator {
    /// The message for an event, if it means anything.
    pub fn message(&mut self, event: Event, now: Instant) -> Option<Msg> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => key_of(key).map(Msg::Key),
            Event::Mouse(mouse) => self.mouse(mouse, now).map(Msg::Mouse),
            Event::Paste(text) => Some(Msg::Paste(text)),
            Event::Resize(width, height) => Some(Msg::Resized(Size::new(width, height))),
            _ => None,
        }
    }

    fn mouse(&mut self, mouse: MouseEvent, now: Instant) -> Option<Mouse> {
        let (x, y) = (mouse.column, mouse.row);
        let kind = match mouse.kind {
            MouseEventKind::ScrollDown => MouseKind::WheelDown,
            MouseEventKind::ScrollUp => MouseKind::WheelUp,
            MouseEventKind::Down(MouseButton::Left) => {
                let again = self.clicked.take().is_some_and(|(then, at_x, at_y)| {
                    (at_x, at_y) == (x, y) && now.saturating_duration_since(then) <= DOUBLE
                });
                self.clicked = (!again).then_some((now, x, y));
                if again { MouseKind::Double } else { MouseKind::Press }
            }
            _ => return None,
        };
        Some(Mouse { kind, x, y })
    }
}

fn key_of(event: KeyEvent) -> Option<Key> {
    let mut shift = event.modifiers.contains(KeyModifiers::SHIFT);
    let code = match event.code {
        Code::Char(c) => KeyCode::Char(c),
        Code::Enter => KeyCode::Enter,
        Code::Esc => KeyCode::Esc,
        Code::Tab => KeyCode::Tab,
        Code::BackTab => {
            shift = true;
            KeyCode::Tab
        }
        Code::Backspace => KeyCode::Backspace,
        Code::Delete => KeyCode::Delete,
        Code::Insert => KeyCode::Insert,
        Code::Left => KeyCode::Left,
        Code::Right => KeyCode::Right,
        Code::Up => KeyCode::Up,
        Code::Down => KeyCode::Down,
        Code::Home => KeyCode::Home,
        Code::End => KeyCode::End,
        Code::PageUp => KeyCode::PageUp,
        Code::PageDown => KeyCode::PageDown,
        Code::F(number) => KeyCode::F(number),
        _ => return None,
    };
    let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
    let alt = event.modifiers.contains(KeyModifiers::ALT);
    Some(Key::new(code, ctrl, alt, shift))
}

#[cfg(test)]
mod tests {
    use super::Translator;
    use crate::app::{MouseKind, Msg};
    use crossterm::event::{Event, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
    use std::time::{Duration, Instant};

    fn click(translator: &mut Translator, now: Instant, column: u16) -> Option<MouseKind> {
        let kind = MouseEventKind::Down(MouseButton::Left);
        let event = MouseEvent { kind, column, row: 1, modifiers: KeyModifiers::NONE };
        match translator.message(Event::Mouse(event), now) {
            Some(Msg::Mouse(mouse)) => Some(mouse.kind),
            _ => None,
        }
    }

    #[test]
    fn two_quick_clicks_on_one_cell_are_a_double_click_and_a_third_starts_again() {
        let mut translator = Translator::default();
        let start = Instant::now();
        assert_eq!(click(&mut translator, start, 4), Some(MouseKind::Press));
        assert_eq!(click(&mut translator, start + Duration::from_millis(100), 4), Some(MouseKind::Double));
        assert_eq!(click(&mut translator, start + Duration::from_millis(200), 4), Some(MouseKind::Press));
        assert_eq!(click(&mut translator, start + Duration::from_millis(300), 5), Some(MouseKind::Press));
        assert_eq!(click(&mut translator, start + Duration::from_secs(2), 5), Some(MouseKind::Press));
    }
}
