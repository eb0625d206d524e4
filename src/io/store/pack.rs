//! Compact bytes for what has no columns of its own: numbers of variable length, line sets, arcs.

use crate::base::Digest;
use crate::domain::coverage::{Arc, LineSet, Ran};

/// Writes values one after the other.
#[derive(Debug, Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    /// What was written.
    pub(super) fn bytes(self) -> Vec<u8> {
        self.0
    }

    /// A number, seven bits to a byte, the lowest first.
    pub(super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.0.push(number.to_le_bytes()[0]);
    }

    /// A count.
    pub(super) fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    /// A number with a sign; small ones take few bytes.
    pub(super) fn signed(&mut self, number: i64) {
        self.number(number.unsigned_abs() << 1 | u64::from(number < 0));
    }

    /// Yes or no.
    pub(super) fn flag(&mut self, flag: bool) {
        self.0.push(u8::from(flag));
    }

    /// A value that may be missing.
    pub(super) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.flag(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
    }

    /// A digest.
    pub(super) fn digest(&mut self, digest: Digest) {
        self.0.extend(digest.bytes());
    }

    /// A text.
    pub(super) fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Lines, as stretches: how far to the next, how long it is.
    pub(super) fn lines(&mut self, lines: &LineSet) {
        let mut stretches: Vec<(u32, u32)> = Vec::new();
        for line in lines.iter() {
            match stretches.last_mut() {
                Some((_, last)) if *last + 1 == line => *last = line,
                _ => stretches.push((line, line)),
            }
        }
        self.count(stretches.len());
        let mut at = 0;
        for (first, last) in stretches {
            self.number(u64::from(first - at));
            self.number(u64::from(last - first));
            at = last;
        }
    }

    /// Arcs, each as the difference from the one before.
    pub(super) fn arcs(&mut self, arcs: &[Arc]) {
        self.count(arcs.len());
        let mut before = (0, 0);
        for &(from, to) in arcs {
            self.signed(i64::from(from) - i64::from(before.0));
            self.signed(i64::from(to) - i64::from(from));
            before = (from, to);
        }
    }

    /// What ran.
    pub(super) fn ran(&mut self, ran: &Ran) {
        self.lines(&ran.lines);
        self.arcs(&ran.arcs);
    }
}

/// Reads values in the order in which they were written. Bytes that no lacuna wrote give nothing.
#[derive(Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Reads `bytes`.
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    /// A number.
    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// A number that fits.
    pub(super) fn small(&mut self) -> Option<u32> {
        self.number()?.try_into().ok()
    }

    /// A count of things that take at least a byte each.
    pub(super) fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.0.len()).then_some(count)
    }

    /// A number with a sign.
    pub(super) fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        let size = i64::try_from(number >> 1).ok()?;
        Some(if number & 1 == 1 { -size } else { size })
    }

    /// Yes or no.
    pub(super) fn flag(&mut self) -> Option<bool> {
        self.byte().map(|byte| byte != 0)
    }

    /// A value that may be missing.
    #[expect(clippy::option_option, reason = "the outer one says whether the bytes could be read")]
    pub(super) fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        if self.flag()? { read(self).map(Some) } else { Some(None) }
    }

    /// A list whose items take at least a byte each.
    pub(super) fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        (0..self.count()?).map(|_| read(self)).collect()
    }

    /// A digest.
    pub(super) fn digest(&mut self) -> Option<Digest> {
        let (digest, rest) = self.0.split_first_chunk::<32>()?;
        self.0 = rest;
        Some(Digest::from_bytes(*digest))
    }

    /// A text.
    pub(super) fn text(&mut self) -> Option<String> {
        let length = self.count()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).ok()
    }

    /// Lines.
    pub(super) fn lines(&mut self) -> Option<LineSet> {
        let mut lines = LineSet::new();
        let mut at = 0_u32;
        for _ in 0..self.count()? {
            let first = at.checked_add(self.small()?)?;
            let last = first.checked_add(self.small()?)?;
            if last > LineSet::LAST {
                return None;
            }
            lines.insert_range(first, last);
            at = last;
        }
        Some(lines)
    }

    /// Arcs.
    pub(super) fn arcs(&mut self) -> Option<Vec<Arc>> {
        let mut before = 0_i64;
        self.list(|reader| {
            let from = before.checked_add(reader.signed()?)?;
            let to = from.checked_add(reader.signed()?)?;
            before = from;
            Some((i32::try_from(from).ok()?, i32::try_from(to).ok()?))
        })
    }

    /// What ran.
    pub(super) fn ran(&mut self) -> Option<Ran> {
        Some(Ran::new(self.lines()?, self.arcs()?))
    }
}

#[cfg(test)]
mod tests {
    use super::{Reader, Writer};
    use crate::domain::coverage::Ran;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_back(
            number: u64,
            signed in -(1_i64 << 62)..(1_i64 << 62),
            lines in prop::collection::btree_set(1_u32..=1 << 24, 0..50),
            arcs in prop::collection::vec((any::<i32>(), any::<i32>()), 0..50),
        ) {
            let ran = Ran::new(lines.into_iter().collect(), arcs);
            let mut writer = Writer::default();
            writer.number(number);
            writer.signed(signed);
            writer.ran(&ran);
            writer.option(Some(number), Writer::number);
            writer.option(None::<bool>, Writer::flag);
            let bytes = writer.bytes();
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.number(), Some(number));
            prop_assert_eq!(reader.signed(), Some(signed));
            prop_assert_eq!(reader.ran(), Some(ran));
            prop_assert_eq!(reader.option(Reader::number), Some(Some(number)));
            prop_assert_eq!(reader.option(Reader::flag), Some(None));
            prop_assert_eq!(reader.flag(), None);
        }

        #[test]
        fn any_bytes_are_read_without_harm(bytes: Vec<u8>) {
            let mut reader = Reader::new(&bytes);
            while reader.ran().is_some() && reader.digest().is_some() {}
        }
    }
}
