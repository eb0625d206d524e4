//! Collects line numbers that come one by one, in time that no order of them can spoil.

use crate::domain::coverage::LineSet;

/// A line set in the making. Reports list lines in ascending order, which go straight into the set, a word at a time;
/// what comes late is kept aside and sorted in at the end, because putting many lines into the middle one by one would be
/// quadratic.
#[derive(Default)]
pub(in crate::domain::coverage) struct Collected {
    set: LineSet,
    late: Vec<u32>,
    last: u32,
    /// The lines of the word that `last` is in.
    word: u64,
}

impl Collected {
    /// Adds a line; what cannot be a line is left out.
    #[inline]
    pub fn add(&mut self, line: u32) {
        if line == 0 || line > LineSet::LAST {
            return;
        }
        if line < self.last {
            self.late.push(line);
            return;
        }
        if line / 64 != self.last / 64 {
            self.set.push_word(self.last / 64, self.word);
            self.word = 0;
        }
        self.word |= 1 << (line % 64);
        self.last = line;
    }

    /// The set.
    pub fn finish(mut self) -> LineSet {
        self.set.push_word(self.last / 64, self.word);
        if !self.late.is_empty() {
            self.late.sort_unstable();
            let mut late = LineSet::new();
            for line in self.late {
                late.insert(line);
            }
            self.set.union_with(&late);
        }
        self.set
    }
}

#[cfg(test)]
mod tests {
    use super::Collected;
    use crate::domain::coverage::LineSet;

    #[test]
    fn a_quarter_of_a_million_lines_in_descending_order_are_no_burden() {
        let mut lines = Collected::default();
        (1..LineSet::LAST / 64).rev().for_each(|word| lines.add(word * 64));
        assert_eq!(lines.finish().len(), (LineSet::LAST / 64 - 1) as usize);
    }

    #[test]
    fn what_cannot_be_a_line_does_not_spoil_the_order() {
        let mut lines = Collected::default();
        [7, u32::MAX, 0, 9, 8].into_iter().for_each(|line| lines.add(line));
        assert_eq!(lines.finish().iter().collect::<Vec<_>>(), [7, 8, 9]);
    }
}
