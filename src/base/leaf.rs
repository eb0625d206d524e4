//! The common kind of XML element, `<line number="3" hits="1"/>`, read by itself: reports have millions of them.

/// How many attributes such an element may have.
const MOST: usize = 16;

/// What a byte can be part of: a name, the value of an attribute, white space. A carriage return is in none of them,
/// since it is never told as it is written.
const CLASSES: [u8; 256] = classes();
const NAME: u8 = 1;
const PREFIX: u8 = 2;
const SPACE: u8 = 4;
const VALUE: u8 = 8;

const fn classes() -> [u8; 256] {
    let mut classes = [VALUE; 256];
    let mut byte = 0_u8;
    loop {
        classes[byte as usize] = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' => NAME | VALUE,
            b':' => PREFIX | VALUE,
            b' ' => SPACE | VALUE,
            b'\t' | b'\n' => SPACE,
            b'\r' | b'<' | b'&' | b'"' | b'\'' => 0,
            _ => VALUE,
        };
        if byte == u8::MAX {
            return classes;
        }
        byte += 1;
    }
}

/// An element without content, whose attributes hold neither references nor line ends nor quotes, each name once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Leaf<'a> {
    /// Its name. It has no prefix.
    pub name: &'a str,
    attributes: &'a str,
}

impl<'a> Leaf<'a> {
    /// The leaf at the start of `text`, and how many bytes it takes. Nothing for everything else, whether that is well
    /// formed or not.
    pub fn read(text: &'a str) -> Option<(Self, usize)> {
        let (name, attributes) = split(behind(text, b'<')?, NAME);
        let mut rest = attributes;
        let mut names = [""; MOST];
        let mut count = 0;
        while let Some((name, _, after)) = attribute(rest) {
            if names.iter().take(count).any(|other| *other == name) {
                return None;
            }
            *names.get_mut(count)? = name;
            count += 1;
            rest = after;
        }
        let attributes = attributes.get(..attributes.len() - rest.len())?;
        let after = behind(behind(split_space(rest).1, b'/')?, b'>')?;
        (!name.is_empty()).then_some((Self { name, attributes }, text.len() - after.len()))
    }

    /// Its attributes.
    pub fn attributes(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let mut rest = self.attributes;
        std::iter::from_fn(move || {
            let (name, value, after) = attribute(rest)?;
            rest = after;
            Some((name, value))
        })
    }
}

/// Reads the leaf of a name at the start of a text, gives each attribute to `take`, and says how many bytes it takes.
/// Nothing for everything else, or where `take` refuses an attribute: that no name comes twice is for it to see.
#[inline]
pub fn plain_leaf<'a>(
    text: &'a str,
    name: &str,
    mut take: impl FnMut(&'a str, &'a str) -> Option<()>,
) -> Option<usize> {
    let mut rest = behind(text, b'<')?.strip_prefix(name)?;
    while let Some((name, value, after)) = attribute(rest) {
        take(name, value)?;
        rest = after;
    }
    let after = behind(behind(split_space(rest).1, b'/')?, b'>')?;
    Some(text.len() - after.len())
}

/// The white space at the start of a text, and what follows it.
pub(super) fn split_space(text: &str) -> (&str, &str) {
    split(text, SPACE)
}

/// The bytes of some classes at the start of a text, and what follows them.
#[inline]
fn split(text: &str, class: u8) -> (&str, &str) {
    let is_other = |byte: u8| CLASSES[usize::from(byte)] & class == 0;
    text.split_at(text.bytes().position(is_other).unwrap_or(text.len()))
}

/// How many bytes at the start of a text can be part of a value, eight at a time.
#[inline]
fn value_length(text: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let (words, _) = text.as_chunks::<8>();
    let mut length = 0;
    for word in words {
        let word = u64::from_le_bytes(*word);
        // Of bytes that come first in a word, the highest bit is set where they are below a number, or the same.
        let below = |number: u8| word.wrapping_sub(ONES * u64::from(number)) & !word & HIGH;
        let same = |byte: u8| {
            let other = word ^ (ONES * u64::from(byte));
            other.wrapping_sub(ONES) & !other & HIGH
        };
        let stops = below(b' ') | same(b'"') | same(b'&') | same(b'\'') | same(b'<');
        if stops != 0 {
            length += stops.trailing_zeros() as usize / 8;
            break;
        }
        length += 8;
    }
    let rest = text.get(length..).unwrap_or_default();
    let is_other = |byte: &u8| CLASSES[usize::from(*byte)] & VALUE == 0;
    length + rest.iter().position(is_other).unwrap_or(rest.len())
}

/// What follows a byte at the start of a text.
#[inline]
fn behind(text: &str, byte: u8) -> Option<&str> {
    if text.as_bytes().first() == Some(&byte) { text.get(1..) } else { None }
}

/// Name, value and what follows, of an attribute with white space before it.
#[inline]
fn attribute(text: &str) -> Option<(&str, &str, &str)> {
    let (space, rest) = split_space(text);
    let (name, rest) = split(rest, NAME | PREFIX);
    let rest = behind(rest, b'=')?;
    let quote = *rest.as_bytes().first().filter(|quote| matches!(quote, b'"' | b'\''))?;
    let rest = behind(rest, quote)?;
    let (value, rest) = rest.split_at(value_length(rest.as_bytes()));
    let after = behind(rest, quote)?;
    (!space.is_empty() && !name.is_empty()).then_some((name, value, after))
}

#[cfg(test)]
mod tests {
    use super::{CLASSES, Leaf, VALUE, value_length};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_value_ends_where_a_byte_can_be_no_part_of_it(text in "[a-z ü\u{1b}\u{7f}]{0,20}[\"'&<\r\n\t]?[a-zö\"&]{0,9}") {
            let is_other = |byte: u8| CLASSES[usize::from(byte)] & VALUE == 0;
            let length = text.bytes().position(is_other).unwrap_or(text.len());
            prop_assert_eq!(value_length(text.as_bytes()), length);
        }
    }

    /// A name, attributes, and what comes after.
    type Expected<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

    fn check(text: &str, expect: Option<Expected<'_>>) {
        let read = Leaf::read(text).map(|(leaf, taken)| (leaf.name, leaf.attributes().collect(), &text[taken..]));
        let expect = expect.map(|(name, attributes, rest)| (name, attributes.to_vec(), rest));
        assert_eq!(read, expect, "{text:?}");
    }

    #[test]
    fn only_the_plainest_elements_are_leaves() {
        check("<line number=\"3\" hits='1'/>\n<x", Some(("line", &[("number", "3"), ("hits", "1")], "\n<x")));
        check("<a />b", Some(("a", &[], "b")));
        check("<a\n x:b=\"ü>/\" />", Some(("a", &[("x:b", "ü>/")], "")));
        for other in ["<a>", "<a b=\"1\">", "<a b=\"1\" b=\"2\"/>", "<a b=\"&lt;\"/>", "<a b=\"1\"c=\"2\"/>", "<a b/>"]
        {
            check(other, None);
        }
        for other in [
            "<x:a/>",
            "<a b=\"'\"/>",
            "<a b=\"1\n\"/>",
            "<a b=\"1",
            "<a b=1/>",
            "</a>",
            "<!-- -->",
            "</>",
            "< a/>",
            "a",
            "",
        ] {
            check(other, None);
        }
    }
}
