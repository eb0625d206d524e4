//! JSON as text, walked from value to value without building anything: what is not needed is passed over.

use crate::base::document::digits;
use std::borrow::Cow;

/// How deep values may lie in each other here. Reports have six levels.
const DEPTH: u8 = 32;

/// The eight copies of a byte in a word.
const fn copies(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The rest of a document. Every step takes something off its front, or gives nothing: then the document is wrong, or is
/// written in a way that is rare and left to the reader that knows all ways. Nothing passes here that the JSON reader
/// refuses.
#[derive(Clone, Copy)]
pub(in crate::domain::coverage) struct JsonText<'a>(&'a [u8]);

impl<'a> JsonText<'a> {
    /// The whole of a document.
    pub const fn new(document: &'a [u8]) -> Self {
        Self(document)
    }

    /// Whether nothing but white space is left.
    pub fn is_over(mut self) -> bool {
        self.space();
        self.0.is_empty()
    }

    #[inline]
    fn space(&mut self) {
        while let [b' ' | b'\n' | b'\t' | b'\r', rest @ ..] = self.0 {
            self.0 = rest;
        }
    }

    /// Takes one byte, if it is the next one after white space.
    #[inline]
    fn take(&mut self, byte: u8) -> Option<()> {
        self.space();
        self.0 = self.0.split_first().filter(|(next, _)| **next == byte)?.1;
        Some(())
    }

    /// Walks through an object. `field` is given each key as it is written, and takes the value.
    #[inline]
    pub fn object(&mut self, mut field: impl FnMut(&mut Self, Text<'a>) -> Option<()>) -> Option<()> {
        self.take(b'{')?;
        if self.take(b'}').is_some() {
            return Some(());
        }
        loop {
            self.space();
            let key = self.string()?;
            self.take(b':')?;
            field(self, key)?;
            if self.take(b',').is_none() {
                return self.take(b'}');
            }
        }
    }

    /// Walks through a list. `item` takes each value.
    #[inline]
    pub fn list(&mut self, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.take(b'[')?;
        if self.take(b']').is_some() {
            return Some(());
        }
        loop {
            item(self)?;
            if self.take(b',').is_none() {
                return self.take(b']');
            }
        }
    }

    /// A whole number that is not negative and not written as a fraction.
    #[inline]
    pub fn count(&mut self) -> Option<u64> {
        self.space();
        let starts_with_zero = self.0.first() == Some(&b'0');
        let (number, rest) = digits(self.0)?;
        if starts_with_zero && self.0.len() - rest.len() > 1 || matches!(rest, [b'.' | b'e' | b'E', ..]) {
            return None;
        }
        self.0 = rest;
        Some(number)
    }

    /// A whole number, with its sign.
    pub fn number(&mut self) -> Option<i64> {
        self.space();
        let Some(rest) = self.0.strip_prefix(b"-") else { return i64::try_from(self.count()?).ok() };
        // White space cannot follow a sign, and zero has none.
        self.0 = rest.first().is_some_and(u8::is_ascii_digit).then_some(rest)?;
        i64::try_from(self.count()?).ok().filter(|number| *number > 0).map(|number| -number)
    }

    /// The value that comes next, as it is written.
    pub fn raw(&mut self) -> Option<&'a [u8]> {
        self.space();
        let from = *self;
        self.pass()?;
        self.since(from)
    }

    /// Goes to where the next value begins. Gives what lies between there and `from`, which is an earlier place.
    pub fn glue(&mut self, from: Self) -> Option<&'a [u8]> {
        self.space();
        self.since(from)
    }

    /// What lies between here and an earlier place.
    pub fn since(self, from: Self) -> Option<&'a [u8]> {
        from.0.get(..from.0.len().checked_sub(self.0.len())?)
    }

    /// Whether the next value, to which [`Self::glue`] led, is an object.
    pub fn is_at_object(self) -> bool {
        self.0.first() == Some(&b'{')
    }

    /// Takes exactly this text, white space and all.
    #[inline]
    pub fn word(&mut self, word: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(word)?;
        Some(())
    }

    /// Passes over a list. Gives whether anything is in it.
    #[inline]
    pub fn pass_list(&mut self) -> Option<bool> {
        self.pass_counts().or_else(|| {
            let mut any = false;
            self.list(|text| {
                any = true;
                text.pass()
            })?;
            Some(any)
        })
    }

    /// Passes over a list of numbers as lines are listed, and over an empty list.
    #[inline]
    fn pass_counts(&mut self) -> Option<bool> {
        let mut rest = self.0.strip_prefix(b"[")?;
        if let Some(after) = rest.strip_prefix(b"]") {
            self.0 = after;
            return Some(false);
        }
        while let [b'1'..=b'9', after @ ..] = rest {
            rest = after;
            while let [b'0'..=b'9', after @ ..] = rest {
                rest = after;
            }
            match rest {
                [b',', after @ ..] => rest = after,
                [b']', after @ ..] => {
                    self.0 = after;
                    return Some(true);
                }
                _ => return None,
            }
            while let [b' ' | b'\n', after @ ..] = rest {
                rest = after;
            }
        }
        None
    }

    /// Passes over one value.
    #[inline]
    pub fn pass(&mut self) -> Option<()> {
        self.pass_within(DEPTH)
    }

    fn pass_within(&mut self, depth: u8) -> Option<()> {
        self.space();
        match self.0.first()? {
            b'"' => self.string().map(drop),
            b'{' => {
                let depth = depth.checked_sub(1)?;
                self.object(|text, _| text.pass_within(depth))
            }
            b'[' if self.pass_counts().is_some() => Some(()),
            b'[' => {
                let depth = depth.checked_sub(1)?;
                self.list(|text| text.pass_within(depth))
            }
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.pass_number(),
        }
    }

    /// Passes over a number, however it is written: how large it is, is nobody's concern.
    fn pass_number(&mut self) -> Option<()> {
        self.0 = self.0.strip_prefix(b"-").unwrap_or(self.0);
        match self.0 {
            [b'0', rest @ ..] => self.0 = rest,
            _ => self.pass_digits()?,
        }
        if let [b'.', rest @ ..] = self.0 {
            self.0 = rest;
            self.pass_digits()?;
        }
        if let [b'e' | b'E', rest @ ..] = self.0 {
            self.0 = rest.strip_prefix(b"+").or_else(|| rest.strip_prefix(b"-")).unwrap_or(rest);
            self.pass_digits()?;
        }
        Some(())
    }

    fn pass_digits(&mut self) -> Option<()> {
        let length = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.0 = self.0.get(length..).filter(|_| length > 0)?;
        Some(())
    }

    /// A string, as it is written. Its escapes are whole, though what they say may be no character.
    #[inline]
    fn string(&mut self) -> Option<Text<'a>> {
        let text = self.0.strip_prefix(b"\"")?;
        let mut at = 0;
        let (mut escapes, mut ascii) = (false, true);
        loop {
            at += plain(text.get(at..)?);
            match text.get(at..)? {
                [b'"', rest @ ..] => {
                    self.0 = rest;
                    break;
                }
                [b'\\', b'u', a, b, c, d, ..] if [a, b, c, d].iter().all(|byte| byte.is_ascii_hexdigit()) => at += 6,
                [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => at += 2,
                [128..=u8::MAX, ..] => {
                    ascii = false;
                    at += 1;
                    continue;
                }
                _ => return None,
            }
            escapes = true;
        }
        let text = text.get(..at)?;
        (ascii || std::str::from_utf8(text).is_ok()).then_some(Text { text, escapes })
    }
}

/// How many bytes at the start of a string stand for themselves: ASCII, no quotation mark, no backslash, no control
/// character. The search is through eight at once.
#[inline]
fn plain(text: &[u8]) -> usize {
    let lowest = |word: u64, byte: u8| word.wrapping_sub(copies(byte)) & !word;
    let mut at = 0;
    while let Some(&bytes) = text.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(bytes);
        let quote = lowest(word ^ copies(b'"'), 1);
        let backslash = lowest(word ^ copies(b'\\'), 1);
        let found = (quote | backslash | lowest(word, 32) | word) & copies(128);
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let is_plain = |byte: &&u8| matches!(byte, 32..=127) && **byte != b'"' && **byte != b'\\';
    at + text.iter().skip(at).take_while(is_plain).count()
}

/// A string as it is written.
#[derive(Clone, Copy)]
pub(in crate::domain::coverage) struct Text<'a> {
    text: &'a [u8],
    escapes: bool,
}

impl<'a> Text<'a> {
    /// What stands between the quotation marks; nothing where that is not what it says.
    pub fn bare(self) -> Option<&'a [u8]> {
        (!self.escapes).then_some(self.text)
    }

    /// What it says, if it says something.
    pub fn said(self) -> Option<Cow<'a, str>> {
        if self.escapes {
            return serde_json::from_slice(&[b"\"", self.text, b"\""].concat()).ok().map(Cow::Owned);
        }
        std::str::from_utf8(self.text).ok().map(Cow::Borrowed)
    }
}

#[cfg(test)]
mod tests {
    use super::JsonText;
    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    /// What is left of a text behind a step, if the step was possible.
    fn after<'a, T>(text: &'a str, step: impl FnOnce(&mut JsonText<'a>) -> Option<T>) -> Option<(T, bool)> {
        let mut rest = JsonText::new(text.as_bytes());
        step(&mut rest).map(|value| (value, rest.is_over()))
    }

    fn passes(text: &str) -> bool {
        after(text, JsonText::pass) == Some(((), true))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn what_passes_is_what_the_json_reader_passes_over(
            text in "(\\[|\\]|\\{|\\}|,|:|,|:|\"[a-z]{0,9}\"|\"é[\u{1}-~]{0,9}\"|\"(\\\\u[0-9aFg]{3,5}|\\\\[a-z\"/\\\\]){0,3}\"|-?[0-9]{1,3}|[0-9.eE+-]{1,5}|true|false|null|nul| |\n|\t){1,12}",
        ) {
            prop_assert_eq!(passes(&text), serde_json::from_str::<IgnoredAny>(&text).is_ok(), "{:?}", text);
        }

        #[test]
        fn lists_pass_as_they_are_written(text in " ?\\[(([0-9]{1,3}|-1|1[.]5|\"a\"|\\[\\])(, ?|\n,| )){0,4}([0-9]{1,2})?\\]") {
            prop_assert_eq!(passes(&text), serde_json::from_str::<IgnoredAny>(&text).is_ok(), "{:?}", text);
            let any = after(text.trim(), JsonText::pass_list).map(|(any, _)| any);
            let list = serde_json::from_str::<Vec<IgnoredAny>>(&text).ok();
            prop_assert_eq!(any, list.map(|list| !list.is_empty()), "{:?}", text);
        }

        #[test]
        fn numbers_are_what_the_json_reader_makes_of_them(text in "-?[0-9]{0,20}(\\.0|e1|E)?") {
            let number = |text| serde_json::from_str::<i64>(text).ok().filter(|_| text != "-0");
            let read = after(&text, JsonText::number).and_then(|(number, is_over)| is_over.then_some(number));
            prop_assert_eq!(read, number(&text), "{:?}", text);
        }

        #[test]
        fn keys_say_what_the_json_reader_says(key in "([a-z]{1,9}|é|\\\\u00e9|\\\\n|\\\\ud83d|\\\\ude00){0,4}") {
            let text = format!("{{\"{key}\": 1}}");
            let mut said = None;
            let walked = after(&text, |text| text.object(|text, key| {
                said = key.said();
                is_said_as_written(key.bare(), &key.said());
                text.pass()
            }));
            let expected = serde_json::from_str::<String>(&format!("\"{key}\"")).ok();
            prop_assert_eq!(walked, Some(((), true)));
            prop_assert_eq!(said.map(std::borrow::Cow::into_owned), expected);
        }
    }

    /// What is bare is said as it is written.
    fn is_said_as_written(bare: Option<&[u8]>, said: &Option<std::borrow::Cow<'_, str>>) {
        assert!(bare.is_none_or(|bare| said.as_ref().is_some_and(|said| said.as_bytes() == bare)));
    }

    #[test]
    fn what_lies_too_deep_is_left_to_the_long_road() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(passes(&nested(32)) && !passes(&nested(40)) && !passes(&"[".repeat(1_000_000)));
        assert!(!passes(&"{\"a\":".repeat(1_000_000)));
    }
}
