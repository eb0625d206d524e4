//! The one door for untrusted text: what passes it can be painted on a terminal and does nothing there.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many combining marks may stand on one character.
const MARKS: usize = 3;
/// Columns from one tab stop to the next.
const TAB: usize = 4;
/// The longest line that is kept, in characters; the rest becomes `…`.
const LONGEST: usize = 64 * 1024;

/// Text that is safe to paint: one line without control, direction, zero-width or tag characters.
///
/// What would be dangerous is made visible: `␛`, `\x9b`, `<U+202E>`. Tabs are expanded. Cleaning is idempotent.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Clean(Arc<str>);

impl Clean {
    /// One line of clean text from anything. Line ends inside it become visible (`␊`).
    #[must_use]
    pub fn line(text: &str) -> Self {
        if Self::is_plain(text) {
            return Self(text.into());
        }
        let mut washer = Washer::default();
        text.chars().for_each(|c| washer.take(c));
        Self(washer.out.into())
    }

    /// Whether a text is clean as it is and takes a column for each of its bytes: short, and of printable ASCII alone.
    #[must_use]
    pub fn is_plain(text: &str) -> bool {
        text.len() <= LONGEST && text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
    }

    /// One line of clean text from bytes of any encoding; what is not UTF-8 becomes `\u{fffd}`.
    #[must_use]
    pub fn bytes(bytes: &[u8]) -> Self {
        Self::line(&String::from_utf8_lossy(bytes))
    }

    /// Clean lines of a text of several lines (`\n` and `\r\n`).
    #[must_use]
    pub fn lines(text: &str) -> Vec<Self> {
        text.lines().map(Self::line).collect()
    }

    /// Whether a character is a control or hides what is shown, so that it is never shown as it is.
    #[must_use]
    pub fn is_odd(c: char) -> bool {
        c.is_control() || is_hidden(c)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many columns it takes on a terminal.
    #[must_use]
    pub fn width(&self) -> usize {
        // Clean text has no control characters.
        if self.0.is_ascii() { self.0.len() } else { self.0.width() }
    }
}

impl Default for Clean {
    fn default() -> Self {
        static NOTHING: LazyLock<Arc<str>> = LazyLock::new(|| "".into());
        Self(Arc::clone(&NOTHING))
    }
}

impl Deref for Clean {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// Cleans character by character and keeps count of columns and marks.
#[derive(Default)]
struct Washer {
    out: String,
    column: usize,
    marks: usize,
    taken: usize,
}

impl Washer {
    fn take(&mut self, c: char) {
        self.taken += 1;
        if self.taken >= LONGEST {
            if self.taken == LONGEST {
                self.out.push('…');
            }
            return;
        }
        match c {
            '\t' => {
                let spaces = TAB - self.column % TAB;
                self.out.extend(std::iter::repeat_n(' ', spaces));
                self.column += spaces;
                self.marks = 0;
            }
            '\0'..='\x1f' => self.put(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'), 1),
            '\x7f' => self.put('␡', 1),
            '\u{80}'..='\u{9f}' => self.spell(&format!("\\x{:02x}", u32::from(c))),
            c if is_hidden(c) => self.spell(&format!("<U+{:04X}>", u32::from(c))),
            c => match c.width() {
                Some(0) | None => {
                    self.marks += 1;
                    if self.marks <= MARKS {
                        self.out.push(c);
                    }
                }
                Some(width) => self.put(c, width),
            },
        }
    }

    fn put(&mut self, c: char, width: usize) {
        self.out.push(c);
        self.column += width;
        self.marks = 0;
    }

    fn spell(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.len();
        self.marks = 0;
    }
}

/// Characters that change how others are shown, or that show nothing: general categories Cf, Zl and Zp, fillers,
/// and variation selectors (which change the width that a terminal draws).
const fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}'
        | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
        | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// A colour that a program asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// One of the sixteen that the terminal's theme names.
    Named(u8),
    /// One of the 256 of the fixed palette, 16 to 255.
    Fixed(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

/// How captured output asked to be shown (SGR).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "one per SGR attribute")]
pub struct Paint {
    /// Colour of the text.
    pub fg: Option<Ink>,
    /// Colour behind the text.
    pub bg: Option<Ink>,
    /// SGR 1.
    pub bold: bool,
    /// SGR 2.
    pub dim: bool,
    /// SGR 3.
    pub italic: bool,
    /// SGR 4.
    pub underline: bool,
    /// SGR 7.
    pub reverse: bool,
}

/// A stretch of clean text with one style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its style.
    pub paint: Paint,
    /// Its text.
    pub text: Clean,
}

/// One line of captured output.
pub type StyledLine = Vec<Piece>;

/// Captured output: colours kept as styles, every other sequence dropped, the rest clean.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct StyledText {
    /// Its lines.
    pub lines: Vec<StyledLine>,
}

impl StyledText {
    /// Reads what a program wrote for a terminal. A carriage return starts the line again, as progress bars mean it.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        let mut reader = Reader::default();
        vte::Parser::new().advance(&mut reader, bytes);
        reader.finish()
    }

    /// The text without its styles.
    #[must_use]
    pub fn plain(&self) -> String {
        let mut out = String::new();
        for (at, line) in self.lines.iter().enumerate() {
            if at > 0 {
                out.push('\n');
            }
            line.iter().for_each(|piece| out.push_str(&piece.text));
        }
        out
    }
}

#[derive(Default)]
struct Reader {
    lines: Vec<StyledLine>,
    line: StyledLine,
    washer: Washer,
    from: usize,
    paint: Paint,
    again: bool,
}

impl Reader {
    fn cut(&mut self) {
        let text = self.washer.out.get(self.from..).unwrap_or_default();
        if !text.is_empty() {
            self.line.push(Piece { paint: self.paint, text: Clean(text.into()) });
        }
        self.from = self.washer.out.len();
    }

    fn end_line(&mut self) {
        self.cut();
        self.lines.push(std::mem::take(&mut self.line));
        self.restart();
    }

    fn restart(&mut self) {
        self.washer = Washer::default();
        self.from = 0;
        self.again = false;
    }

    fn finish(mut self) -> StyledText {
        self.cut();
        if !self.line.is_empty() {
            self.lines.push(self.line);
        }
        StyledText { lines: self.lines }
    }

    fn take(&mut self, c: char) {
        if self.again {
            self.line.clear();
            self.restart();
        }
        self.washer.take(c);
    }

    fn sgr(&mut self, params: &vte::Params) {
        let mut codes = params.iter();
        while let Some(code) = codes.next() {
            match code {
                [0] | [] => self.paint = Paint::default(),
                [1] => self.paint.bold = true,
                [2] => self.paint.dim = true,
                [3] => self.paint.italic = true,
                [4, ..] => self.paint.underline = true,
                [7] => self.paint.reverse = true,
                [22] => (self.paint.bold, self.paint.dim) = (false, false),
                [23] => self.paint.italic = false,
                [24] => self.paint.underline = false,
                [27] => self.paint.reverse = false,
                [n @ 30..=37] => self.paint.fg = named(*n, 30),
                [n @ 90..=97] => self.paint.fg = named(*n, 82),
                [39] => self.paint.fg = None,
                [n @ 40..=47] => self.paint.bg = named(*n, 40),
                [n @ 100..=107] => self.paint.bg = named(*n, 92),
                [49] => self.paint.bg = None,
                [38] => self.paint.fg = colour(&mut codes).or(self.paint.fg),
                [48] => self.paint.bg = colour(&mut codes).or(self.paint.bg),
                [38, rest @ ..] => self.paint.fg = packed(rest).or(self.paint.fg),
                [48, rest @ ..] => self.paint.bg = packed(rest).or(self.paint.bg),
                _ => {}
            }
        }
    }
}

fn named(code: u16, base: u16) -> Option<Ink> {
    u8::try_from(code - base).ok().map(Ink::Named)
}

fn fixed(number: u16) -> Option<Ink> {
    let number = u8::try_from(number).ok()?;
    Some(if number < 16 { Ink::Named(number) } else { Ink::Fixed(number) })
}

fn rgb(red: u16, green: u16, blue: u16) -> Option<Ink> {
    Some(Ink::Rgb(u8::try_from(red).ok()?, u8::try_from(green).ok()?, u8::try_from(blue).ok()?))
}

/// `38;5;n` and `38;2;r;g;b`.
fn colour<'a>(codes: &mut impl Iterator<Item = &'a [u16]>) -> Option<Ink> {
    let mut next = || codes.next().and_then(|code| code.first().copied());
    match next()? {
        5 => fixed(next()?),
        2 => rgb(next()?, next()?, next()?),
        _ => None,
    }
}

/// `38:5:n`, `38:2:r:g:b` and `38:2:space:r:g:b`.
fn packed(rest: &[u16]) -> Option<Ink> {
    match rest {
        [5, n] => fixed(*n),
        [2, r, g, b] | [2, _, r, g, b, ..] => rgb(*r, *g, *b),
        _ => None,
    }
}

impl vte::Perform for Reader {
    fn print(&mut self, c: char) {
        self.take(c);
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\n' => self.end_line(),
            b'\r' => self.again = true,
            0x08 => {}
            byte => self.take(char::from(byte)),
        }
    }

    fn csi_dispatch(&mut self, params: &vte::Params, intermediates: &[u8], ignore: bool, action: char) {
        if action == 'm' && intermediates.is_empty() && !ignore {
            self.cut();
            self.sgr(params);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Clean, Ink, StyledText};
    use proptest::prelude::*;

    fn check(text: &str, expect: &str) {
        assert_eq!(Clean::line(text).as_str(), expect, "{text:?}");
    }

    fn is_safe(text: &str) -> bool {
        text.chars().all(|c| !c.is_control() && !super::is_hidden(c))
    }

    #[test]
    fn what_could_act_is_made_visible() {
        check("plain", "plain");
        check("a\tb", "a   b");
        check("\x1b[31mred", "␛[31mred");
        check("\u{9b}31m", "\\x9b31m");
        check("\x1b]0;title\x07", "␛]0;title␇");
        check("a\u{202e}b", "a<U+202E>b");
        check("zero\u{200b}width", "zero<U+200B>width");
        check("tag\u{e0041}", "tag<U+E0041>");
        check("line\nend\u{2028}", "line␊end<U+2028>");
        check("\u{2764}\u{fe0f}", "\u{2764}<U+FE0F>");
        check("naïve 日本", "naïve 日本");
    }

    #[test]
    fn marks_do_not_pile_up() {
        let tower = format!("e{}", "\u{301}".repeat(50));
        assert_eq!(Clean::line(&tower).chars().count(), 4);
    }

    #[test]
    fn one_endless_line_is_cut() {
        assert!(Clean::line(&"é".repeat(1 << 20)).chars().count() <= 64 * 1024);
    }

    #[test]
    fn colours_of_output_become_styles_and_nothing_else_survives() {
        let text = StyledText::parse(b"\x1b[1;31mE\x1b[0m ok\x1b]0;t\x07\x1b[2J\n10%\r20%\ntail\x1b[38;5;200mx");
        assert_eq!(text.plain(), "E ok\n20%\ntailx");
        let first = &text.lines[0][0];
        assert!(first.paint.bold);
        assert_eq!(first.paint.fg, Some(Ink::Named(1)));
        assert_eq!(text.lines[2][1].paint.fg, Some(Ink::Fixed(200)));
    }

    proptest! {
        #[test]
        fn any_text_becomes_safe_and_cleaning_is_idempotent(text in any::<String>()) {
            let once = Clean::line(&text);
            prop_assert!(is_safe(&once));
            prop_assert_eq!(Clean::line(&once), once);
        }

        #[test]
        fn any_bytes_become_safe_output(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let text = StyledText::parse(&bytes);
            for line in &text.lines {
                prop_assert!(line.iter().all(|piece| is_safe(&piece.text)));
            }
        }
    }
}
