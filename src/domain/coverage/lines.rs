//! Sets of line numbers: sparse, sorted, a bit for each line.

use crate::domain::coverage::collect::Collected;
use std::fmt;
use std::ops::{BitAnd, BitOr, Sub};

/// A set of line numbers from 1 to [`LineSet::LAST`].
///
/// It is kept as words of 64 lines, sorted, without empty words: a file with one line in the millions costs 16 bytes.
/// Numbers outside the range are never in a set and cannot be put into one.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct LineSet {
    words: Vec<(u32, u64)>,
}

impl LineSet {
    /// The largest line number that a set can hold.
    pub const LAST: u32 = 1 << 24;

    /// The empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self { words: Vec::new() }
    }

    /// Takes every line out, and keeps the room.
    pub(in crate::domain::coverage) fn clear(&mut self) {
        self.words.clear();
    }

    /// Puts `line` into the set; says whether that changed it. Ascending lines are put in in constant time.
    pub fn insert(&mut self, line: u32) -> bool {
        if line == 0 || line > Self::LAST {
            return false;
        }
        let (key, bit) = place(line);
        match self.words.last_mut() {
            Some((last, bits)) if *last == key => return set(bits, bit),
            Some((last, _)) if *last > key => {}
            _ => {
                self.words.push((key, bit));
                return true;
            }
        }
        match self.words.binary_search_by_key(&key, |word| word.0) {
            Ok(at) => self.words.get_mut(at).is_some_and(|(_, bits)| set(bits, bit)),
            Err(at) => {
                self.words.insert(at, (key, bit));
                true
            }
        }
    }

    /// Adds the lines of one word, which comes after all that are there. An empty word changes nothing.
    pub(in crate::domain::coverage) fn push_word(&mut self, key: u32, bits: u64) {
        if bits != 0 {
            self.words.push((key, bits));
        }
    }

    /// Puts every line from `first` to `last` into the set, both included.
    pub fn insert_range(&mut self, first: u32, last: u32) {
        (first.max(1)..=last.min(Self::LAST)).for_each(|line| {
            self.insert(line);
        });
    }

    /// Whether `line` is in the set.
    #[must_use]
    pub fn contains(&self, line: u32) -> bool {
        let (key, bit) = place(line);
        self.words
            .binary_search_by_key(&key, |word| word.0)
            .ok()
            .and_then(|at| self.words.get(at))
            .is_some_and(|(_, bits)| bits & bit != 0)
    }

    /// How many lines are in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.iter().map(|(_, bits)| bits.count_ones() as usize).sum()
    }

    /// Whether no line is in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The lines, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().flat_map(|&(key, bits)| Bits { base: key * 64, bits })
    }

    /// The smallest line.
    #[must_use]
    pub fn first(&self) -> Option<u32> {
        self.words.first().map(|&(key, bits)| key * 64 + bits.trailing_zeros())
    }

    /// The largest line.
    #[must_use]
    pub fn last(&self) -> Option<u32> {
        self.words.last().map(|&(key, bits)| key * 64 + 63 - bits.leading_zeros())
    }

    /// Adds every line of `other`.
    pub fn union_with(&mut self, other: &Self) {
        // Sets that are gathered soon have every word that comes.
        let mut words = self.words.iter_mut();
        let found = other.words.iter().all(|(key, bits)| match words.find(|(own, _)| own >= key) {
            Some((own, all)) if own == key => {
                *all |= bits;
                true
            }
            _ => false,
        });
        if self.words.is_empty() {
            self.words.clone_from(&other.words);
        } else if !found {
            self.words = merge(&self.words, &other.words, |a, b| a | b);
        }
    }

    /// Keeps only the lines that are in `other` too.
    pub fn intersect_with(&mut self, other: &Self) {
        self.words = merge(&self.words, &other.words, |a, b| a & b);
    }

    /// Removes every line of `other`.
    pub fn subtract(&mut self, other: &Self) {
        if !self.words.is_empty() && !other.words.is_empty() {
            self.words = merge(&self.words, &other.words, |a, b| a & !b);
        }
    }

    /// Whether every line of this set is in `other`.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        (self - other).is_empty()
    }

    /// Whether no line of this set is in `other`.
    #[must_use]
    pub fn is_disjoint(&self, other: &Self) -> bool {
        let mut others = other.words.iter().peekable();
        self.words.iter().all(|(key, bits)| {
            while others.next_if(|(other, _)| other < key).is_some() {}
            others.peek().is_none_or(|(other, more)| other != key || bits & more == 0)
        })
    }

    /// Reads coverage.py's packed form: bit `b` of byte `i` is line `8·i + b`. Bits beyond [`LineSet::LAST`] and the
    /// bit of line 0 (which coverage.py 5.5 could set) are ignored, so a hostile blob cannot cost more than its size.
    #[must_use]
    pub fn from_numbits(bytes: &[u8]) -> Self {
        let mut exact = Vec::with_capacity(words(bytes).count());
        exact.extend(words(bytes));
        Self { words: exact }
    }

    /// Adds every line of coverage.py's packed form, as [`Self::from_numbits`] reads it.
    pub fn add_numbits(&mut self, bytes: &[u8]) {
        // Sets that are gathered soon have every word that comes.
        let mut own = self.words.iter_mut();
        let found = words(bytes).all(|(key, bits)| match own.find(|(own, _)| *own >= key) {
            Some((own, all)) if *own == key => {
                *all |= bits;
                true
            }
            _ => false,
        });
        if !found {
            self.union_with(&Self::from_numbits(bytes));
        }
    }

    /// Writes coverage.py's packed form, without trailing zero bytes.
    #[must_use]
    pub fn to_numbits(&self) -> Vec<u8> {
        let mut bytes = vec![0_u8; self.last().map_or(0, |last| last as usize / 8 + 1)];
        for &(key, bits) in &self.words {
            let at = key as usize * 8;
            bytes.iter_mut().skip(at).zip(bits.to_le_bytes()).for_each(|(byte, value)| *byte = value);
        }
        bytes
    }
}

/// The words of coverage.py's packed form that are not empty.
fn words(bytes: &[u8]) -> impl Iterator<Item = (u32, u64)> {
    (0..=place(LineSet::LAST).0).zip(bytes.chunks(8)).filter_map(word)
}

/// A word of coverage.py's packed form, unless it is empty; bits that are no lines left out.
fn word((key, chunk): (u32, &[u8])) -> Option<(u32, u64)> {
    let bits = match chunk.first_chunk() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => chunk.iter().rev().fold(0, |bits, &byte| bits << 8 | u64::from(byte)),
    };
    let lines = match key {
        0 => !1,
        key if key == LineSet::LAST / 64 => 1,
        _ => u64::MAX,
    };
    (bits & lines != 0).then_some((key, bits & lines))
}

/// The word and the bit of a line.
const fn place(line: u32) -> (u32, u64) {
    (line / 64, 1 << (line % 64))
}

fn set(bits: &mut u64, bit: u64) -> bool {
    let new = *bits & bit == 0;
    *bits |= bit;
    new
}

/// Walks two sorted lists of words together. Words that come out empty are left out.
fn merge(left: &[(u32, u64)], right: &[(u32, u64)], join: impl Fn(u64, u64) -> u64) -> Vec<(u32, u64)> {
    let mut out = Vec::with_capacity(left.len());
    let (mut left, mut right) = (left.iter().copied().peekable(), right.iter().copied().peekable());
    loop {
        let (key, bits) = match (left.peek().copied(), right.peek().copied()) {
            (None, None) => return out,
            (Some((a, bits)), other) if other.is_none_or(|(b, _)| a < b) => {
                left.next();
                (a, join(bits, 0))
            }
            (Some((a, bits)), Some((b, more))) if a == b => {
                left.next();
                right.next();
                (a, join(bits, more))
            }
            (_, Some((b, more))) => {
                right.next();
                (b, join(0, more))
            }
            (Some(_), None) => return out,
        };
        if bits != 0 {
            out.push((key, bits));
        }
    }
}

/// The lines of one word, ascending.
struct Bits {
    base: u32,
    bits: u64,
}

impl Iterator for Bits {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let bit = self.bits.trailing_zeros();
        self.bits = self.bits.checked_sub(1)? & self.bits;
        Some(self.base + bit)
    }
}

impl FromIterator<u32> for LineSet {
    fn from_iter<I: IntoIterator<Item = u32>>(lines: I) -> Self {
        let mut set = Self::new();
        set.extend(lines);
        set
    }
}

impl Extend<u32> for LineSet {
    fn extend<I: IntoIterator<Item = u32>>(&mut self, lines: I) {
        let mut collected = Collected::default();
        lines.into_iter().for_each(|line| collected.add(line));
        self.union_with(&collected.finish());
    }
}

impl fmt::Debug for LineSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl BitOr for &LineSet {
    type Output = LineSet;
    fn bitor(self, other: &LineSet) -> LineSet {
        let mut set = self.clone();
        set.union_with(other);
        set
    }
}

impl BitAnd for &LineSet {
    type Output = LineSet;
    fn bitand(self, other: &LineSet) -> LineSet {
        let mut set = self.clone();
        set.intersect_with(other);
        set
    }
}

impl Sub for &LineSet {
    type Output = LineSet;
    fn sub(self, other: &LineSet) -> LineSet {
        let mut set = self.clone();
        set.subtract(other);
        set
    }
}

#[cfg(test)]
mod tests {
    use super::LineSet;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn lines() -> impl Strategy<Value = BTreeSet<u32>> {
        let line = prop_oneof![1_u32..300, 1..=LineSet::LAST, Just(LineSet::LAST)];
        proptest::collection::btree_set(line, 0..60)
    }

    fn of(lines: &BTreeSet<u32>) -> LineSet {
        lines.iter().copied().collect()
    }

    proptest! {
        #[test]
        fn it_is_the_set_it_was_made_from(model in lines(), probe in 0_u32..400) {
            let set = of(&model);
            prop_assert_eq!(set.iter().collect::<Vec<_>>(), model.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(set.len(), model.len());
            prop_assert_eq!(set.is_empty(), model.is_empty());
            prop_assert_eq!(set.contains(probe), model.contains(&probe));
            prop_assert_eq!(set.first(), model.first().copied());
            prop_assert_eq!(set.last(), model.last().copied());
            prop_assert_eq!(model.iter().rev().copied().collect::<LineSet>(), set);
        }

        #[test]
        fn its_algebra_is_that_of_sets(a in lines(), b in lines()) {
            let (left, right) = (of(&a), of(&b));
            prop_assert_eq!(&left | &right, of(&a.union(&b).copied().collect()));
            prop_assert_eq!(&left & &right, of(&a.intersection(&b).copied().collect()));
            prop_assert_eq!(&left - &right, of(&a.difference(&b).copied().collect()));
            prop_assert_eq!(&(&left - &right) | &(&left & &right), left.clone());
            prop_assert!((&left & &right).is_subset(&left));
            prop_assert_eq!(left.is_disjoint(&right), a.is_disjoint(&b));
        }

        #[test]
        fn numbits_go_there_and_back(model in proptest::collection::btree_set(1_u32..5000, 0..40)) {
            let set = of(&model);
            prop_assert_eq!(LineSet::from_numbits(&set.to_numbits()), set);
        }

        #[test]
        fn numbits_are_added_as_sets_are(
            start in proptest::collection::btree_set(1_u32..600, 0..40), bytes in proptest::collection::vec(any::<u8>(), 0..80),
        ) {
            let mut set = of(&start);
            set.add_numbits(&bytes);
            prop_assert_eq!(&set, &(&of(&start) | &LineSet::from_numbits(&bytes)));
            let before = set.clone();
            set.add_numbits(&bytes);
            prop_assert_eq!(set, before);
        }

        #[test]
        fn any_numbits_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let set = LineSet::from_numbits(&bytes);
            prop_assert!(set.iter().all(|line| bytes[line as usize / 8] >> (line % 8) & 1 == 1));
            prop_assert_eq!(LineSet::from_numbits(&set.to_numbits()), set);
        }
    }

    #[test]
    fn coverage_py_numbits_are_little_endian_bits() {
        assert_eq!(LineSet::from_numbits(&[0b0001_0011, 0, 1]).iter().collect::<Vec<_>>(), [1, 4, 16]);
    }

    #[test]
    fn lines_outside_the_range_do_not_exist() {
        let mut set = LineSet::new();
        assert!(!set.insert(0) && !set.insert(LineSet::LAST + 1) && !set.insert(u32::MAX));
        assert!(set.insert(LineSet::LAST) && !set.insert(LineSet::LAST));
        assert!(!set.contains(0) && !set.contains(u32::MAX));
        assert_eq!(LineSet::from_numbits(&vec![0xff; 3_000_000]).last(), Some(LineSet::LAST));
        let mut range = LineSet::new();
        range.insert_range(0, 3);
        assert_eq!(range.iter().collect::<Vec<_>>(), [1, 2, 3]);
    }
}
