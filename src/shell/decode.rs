//! From the bytes that a terminal sends to keys, clicks and pastes.
//!
//! crossterm's own reader is not used: it loses keys that arrive together with a change of size until the next one is
//! struck, and never returns from a terminal that has vanished.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind as Kind};

/// What begins and ends pasted text.
const PASTE: (&[u8], &[u8]) = (b"\x1b[200~", b"\x1b[201~");
/// The longest paste that is taken, in bytes; the rest of a longer one is dropped.
const LONGEST: usize = 1 << 20;
/// The longest sequence that is waited for.
const SEQUENCE: usize = 64;

/// What has come so far of a sequence that is not whole yet.
#[derive(Debug, Default)]
pub struct Decoder {
    waiting: Vec<u8>,
    pasted: Option<Vec<u8>>,
}

/// The beginning of some bytes, understood.
#[derive(Debug, PartialEq)]
enum Part {
    /// More bytes are needed.
    More,
    /// So many bytes mean this, or nothing that is known.
    Means(usize, Option<Event>),
}

impl Decoder {
    /// Takes bytes and gives what they mean, together with those before them.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<Event> {
        self.waiting.extend_from_slice(bytes);
        let mut events = Vec::new();
        loop {
            if self.pasted.is_some() {
                let Some(text) = self.paste() else { return events };
                events.push(Event::Paste(text));
            }
            if self.waiting.starts_with(PASTE.0) {
                self.waiting.drain(..PASTE.0.len());
                self.pasted = Some(Vec::new());
                continue;
            }
            match part(&self.waiting) {
                Part::More => return events,
                Part::Means(count, event) => {
                    self.waiting.drain(..count);
                    events.extend(event);
                }
            }
        }
    }

    /// Whether a sequence has begun that may go on. A paste goes on for as long as it takes.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty() && self.pasted.is_none()
    }

    /// Nothing more comes: what looked like the beginning of a sequence was a key by itself.
    pub fn settle(&mut self) -> Vec<Event> {
        let waiting = std::mem::take(&mut self.waiting);
        match waiting.as_slice() {
            [0x1b] => vec![plain(KeyCode::Esc)],
            [0x1b, letter @ (b'[' | b'O')] => vec![key(KeyCode::Char(char::from(*letter)), KeyModifiers::ALT)],
            _ => Vec::new(),
        }
    }

    /// Gathers pasted text; the text once its end has come.
    fn paste(&mut self) -> Option<String> {
        let pasted = self.pasted.as_mut()?;
        let end = self.waiting.windows(PASTE.1.len()).position(|window| window == PASTE.1);
        // The end itself may have come in part.
        let whole = end.unwrap_or(self.waiting.len().saturating_sub(PASTE.1.len() - 1));
        pasted.extend(self.waiting.drain(..whole));
        pasted.truncate(LONGEST);
        end?;
        self.waiting.drain(..PASTE.1.len());
        self.pasted.take().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Event {
    Event::Key(KeyEvent::new(code, modifiers))
}

fn plain(code: KeyCode) -> Event {
    key(code, KeyModifiers::NONE)
}

fn part(bytes: &[u8]) -> Part {
    match bytes {
        [] | [0x1b] => Part::More,
        [0x1b, b'[', rest @ ..] => sequence(rest),
        [0x1b, b'O', rest @ ..] => match rest {
            [] => Part::More,
            [letter, ..] => Part::Means(3, by_letter(*letter, KeyModifiers::NONE)),
        },
        [0x1b, 0x1b, ..] => Part::Means(1, Some(plain(KeyCode::Esc))),
        [0x1b, rest @ ..] => match part(rest) {
            Part::Means(count, event) => Part::Means(count + 1, event.map(with_alt)),
            Part::More => Part::More,
        },
        [byte, ..] if byte.is_ascii() => Part::Means(1, Some(ascii(*byte))),
        bytes => letter(bytes),
    }
}

fn with_alt(event: Event) -> Event {
    match event {
        Event::Key(struck) => key(struck.code, struck.modifiers | KeyModifiers::ALT),
        other => other,
    }
}

fn ascii(byte: u8) -> Event {
    let ctrl = |from: u8, to: u8| key(KeyCode::Char(char::from(byte - from + to)), KeyModifiers::CONTROL);
    match byte {
        b'\r' | b'\n' => plain(KeyCode::Enter),
        b'\t' => plain(KeyCode::Tab),
        0x7f => plain(KeyCode::Backspace),
        0 => key(KeyCode::Char(' '), KeyModifiers::CONTROL),
        0x01..=0x1a => ctrl(1, b'a'),
        0x1c..=0x1f => ctrl(0x1c, b'4'),
        letter => plain(KeyCode::Char(char::from(letter))),
    }
}

/// A character of several bytes; a byte that begins none is dropped.
fn letter(bytes: &[u8]) -> Part {
    let head = bytes.get(..4).unwrap_or(bytes);
    let whole = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.valid_up_to() == 0 && error.error_len().is_none() => return Part::More,
        Err(error) => head.get(..error.valid_up_to()).and_then(|head| std::str::from_utf8(head).ok()).unwrap_or(""),
    };
    match whole.chars().next() {
        Some(letter) => Part::Means(letter.len_utf8(), Some(plain(KeyCode::Char(letter)))),
        None => Part::Means(1, None),
    }
}

/// What follows `ESC [`.
fn sequence(rest: &[u8]) -> Part {
    match rest {
        // The Linux console's function keys.
        [b'[', letter, ..] => {
            let number = letter.wrapping_sub(b'A');
            return Part::Means(4, (number < 5).then(|| plain(KeyCode::F(number + 1))));
        }
        [b'['] => return Part::More,
        [b'M', button, x, y, ..] => {
            let place = |byte: &u8| u16::from(byte.saturating_sub(32));
            return Part::Means(6, mouse(place(button), place(x), place(y), false));
        }
        [b'M', ..] => return Part::More,
        _ => {}
    }
    let Some(end) = rest.iter().take(SEQUENCE).position(|byte| !(0x20..0x40).contains(byte)) else {
        return if rest.len() < SEQUENCE { Part::More } else { Part::Means(2 + SEQUENCE, None) };
    };
    let (parameters, last) = (&rest[..end], rest[end]);
    if !(0x40..0x7f).contains(&last) {
        // A control in the middle ends the sequence and is a key of its own.
        return Part::Means(2 + end, None);
    }
    Part::Means(3 + end, meaning(parameters, last))
}

/// The meaning of a whole sequence.
fn meaning(parameters: &[u8], last: u8) -> Option<Event> {
    let (private, parameters) = match parameters {
        [b'<', rest @ ..] => (true, rest),
        all => (false, all),
    };
    let numbers: Vec<u16> = parameters.split(|byte| *byte == b';').map(number).collect();
    let at = |place: usize| numbers.get(place).copied().unwrap_or(0);
    match last {
        b'M' | b'm' if private => mouse(at(0), at(1), at(2), last == b'm'),
        b'M' => mouse(at(0).saturating_sub(32), at(1), at(2), false),
        _ if private => None,
        b'~' => by_number(at(0), modifiers(at(1))),
        b'u' => {
            let code = char::from_u32(u32::from(at(0)))?;
            let code = match code {
                '\r' => KeyCode::Enter,
                '\t' => KeyCode::Tab,
                '\x1b' => KeyCode::Esc,
                '\x7f' => KeyCode::Backspace,
                code if code.is_control() => return None,
                code => KeyCode::Char(code),
            };
            Some(key(code, modifiers(at(1))))
        }
        letter => by_letter(letter, modifiers(at(1))),
    }
}

/// A parameter; what follows a colon refines it and is left out.
fn number(bytes: &[u8]) -> u16 {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |sum: u16, digit| sum.saturating_mul(10).saturating_add(u16::from(digit - b'0')))
}

fn modifiers(parameter: u16) -> KeyModifiers {
    let bits = parameter.saturating_sub(1);
    let of = |bit: u16, held| if bits & bit == 0 { KeyModifiers::NONE } else { held };
    of(1, KeyModifiers::SHIFT) | of(2, KeyModifiers::ALT) | of(4, KeyModifiers::CONTROL)
}

fn by_letter(letter: u8, held: KeyModifiers) -> Option<Event> {
    let code = match letter {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        b'M' => KeyCode::Enter,
        b'P'..=b'S' => KeyCode::F(letter - b'P' + 1),
        b'Z' => KeyCode::BackTab,
        _ => return None,
    };
    Some(key(code, held))
}

fn by_number(number: u16, held: KeyModifiers) -> Option<Event> {
    let function = |from: u16, first: u8| u8::try_from(number - from).ok().map(|step| KeyCode::F(first + step));
    let code = match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => function(11, 1)?,
        17..=21 => function(17, 6)?,
        23..=26 => function(23, 11)?,
        28 | 29 => function(28, 15)?,
        31..=34 => function(31, 17)?,
        _ => return None,
    };
    Some(key(code, held))
}

/// A report of the mouse: a number that holds button and keys, and the place, counted from 1.
fn mouse(what: u16, x: u16, y: u16, released: bool) -> Option<Event> {
    let button = match what & 3 {
        0 => MouseButton::Left,
        1 => MouseButton::Middle,
        _ => MouseButton::Right,
    };
    let kind = match (what & 0b1100_0000, what & 3, what & 32 != 0) {
        (0, 3, true) => Kind::Moved,
        (0, 3, false) => Kind::Up(MouseButton::Left),
        (0, _, true) => Kind::Drag(button),
        (0, _, false) if released => Kind::Up(button),
        (0, _, false) => Kind::Down(button),
        (64, 0, _) => Kind::ScrollUp,
        (64, 1, _) => Kind::ScrollDown,
        (64, 2, _) => Kind::ScrollLeft,
        (64, _, _) => Kind::ScrollRight,
        _ => return None,
    };
    let of = |bit: u16, held| if what & bit == 0 { KeyModifiers::NONE } else { held };
    let modifiers = of(4, KeyModifiers::SHIFT) | of(8, KeyModifiers::ALT) | of(16, KeyModifiers::CONTROL);
    Some(Event::Mouse(MouseEvent { kind, column: x.saturating_sub(1), row: y.saturating_sub(1), modifiers }))
}

#[cfg(test)]
mod tests {
    use super::{Decoder, LONGEST, SEQUENCE};
    use proptest::prelude::*;

    /// Bytes, and what they mean in short: modifiers and names of keys.
    fn check(bytes: &[u8], expect: &str) {
        let mut decoder = Decoder::default();
        let mut events = decoder.take(bytes);
        events.extend(decoder.settle());
        assert_eq!(
            events.iter().map(short).collect::<Vec<_>>().join(" "),
            expect,
            "{:?}",
            String::from_utf8_lossy(bytes)
        );
        assert!(!decoder.is_waiting());
    }

    fn short(event: &crossterm::event::Event) -> String {
        use crossterm::event::Event;
        match event {
            Event::Key(key) => format!("{:?}{:?}", key.modifiers, key.code).replace("KeyModifiers(0x0)", ""),
            Event::Mouse(mouse) => format!("{:?}@{},{}", mouse.kind, mouse.column, mouse.row),
            Event::Paste(text) => format!("paste:{text}"),
            other => format!("{other:?}"),
        }
        .replace("KeyModifiers", "")
    }

    #[test]
    fn keys_that_write() {
        check("aG/ü漢".as_bytes(), "Char('a') Char('G') Char('/') Char('ü') Char('漢')");
        check(b"\r\n\t\x7f\x1b", "Enter Enter Tab Backspace Esc");
        check(b"\x01\x1a\x00", "(CONTROL)Char('a') (CONTROL)Char('z') (CONTROL)Char(' ')");
        check(b"\x1ba\x1b\r", "(ALT)Char('a') (ALT)Enter");
        check(b"a\xffb\xc3", "Char('a') Char('b')");
    }

    #[test]
    fn keys_that_write_nothing() {
        check(b"\x1b[A\x1bOB\x1b[H\x1b[4~\x1b[Z", "Up Down Home End BackTab");
        check(b"\x1bOP\x1b[15~\x1b[24~\x1b[[C", "F(1) F(5) F(12) F(3)");
        check(b"\x1b[1;5C\x1b[3;2~\x1b[1;3P", "(CONTROL)Right (SHIFT)Delete (ALT)F(1)");
        check(b"\x1b[97;5u\x1b[13;2u\x1b[57:65;1u", "(CONTROL)Char('a') (SHIFT)Enter Char('9')");
        check(b"\x1b[", "(ALT)Char('[')");
        check(b"\x1b\x1b[A", "Esc Up");
    }

    #[test]
    fn what_is_unknown_or_broken_is_passed_over() {
        check(b"\x1b[?1;2cx\x1b[99~y\x1b[Iz", "Char('x') Char('y') Char('z')");
        check(b"\x1b[12\x03a", "(CONTROL)Char('c') Char('a')");
        check(
            &[b"\x1b[".as_slice(), &[b'1'; 2 * SEQUENCE]].concat(),
            &["Char('1')"; 2 * SEQUENCE - SEQUENCE].join(" "),
        );
    }

    #[test]
    fn the_mouse() {
        check(b"\x1b[<0;12;3M\x1b[<0;12;3m", "Down(Left)@11,2 Up(Left)@11,2");
        check(b"\x1b[<64;1;1M\x1b[<65;1;1M\x1b[<35;5;6M", "ScrollUp@0,0 ScrollDown@0,0 Moved@4,5");
        check(b"\x1b[M !\"", "Down(Left)@0,1");
        check(b"\x1b[32;7;8M", "Down(Left)@6,7");
    }

    #[test]
    fn pasted_text_presses_no_keys() {
        check(b"\x1b[200~q\r\x1b[A\x1b[201~x", "paste:q\r\x1b[A Char('x')");
        let mut decoder = Decoder::default();
        assert!(decoder.take(b"\x1b[200~ab\x1b[20").is_empty());
        assert!(!decoder.is_waiting());
        assert_eq!(decoder.take(b"1~").len(), 1);
        let long = [b"\x1b[200~".as_slice(), &vec![b'a'; LONGEST + 9], b"\x1b[201~"].concat();
        let events = decoder.take(&long);
        assert!(matches!(events.as_slice(), [crossterm::event::Event::Paste(text)] if text.len() == LONGEST));
    }

    proptest! {
        #[test]
        fn how_the_bytes_are_cut_makes_no_difference(
            bytes in prop::collection::vec(prop_oneof![Just(0x1b), Just(b'['), Just(b'<'), Just(b';'), Just(b'M'), any::<u8>()], 0..80),
            cut in 0_usize..80,
        ) {
            let mut whole = Decoder::default();
            let mut events = whole.take(&bytes);
            events.extend(whole.settle());
            let (head, tail) = bytes.split_at(cut.min(bytes.len()));
            let mut parts = Decoder::default();
            let mut pieces = parts.take(head);
            pieces.extend(parts.take(tail));
            pieces.extend(parts.settle());
            prop_assert_eq!(events, pieces);
        }
    }
}
