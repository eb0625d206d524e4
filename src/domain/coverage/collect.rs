//! Collects line numbers that come one by one, in time that no order of them can spoil.

use crate::domain::coverage::LineSet;

/// A line set in the making. Reports list lines in ascending order, which goes straight into the set; what comes late
/// is kept aside and sorted in at the end, because putting many lines into the middle one by one would be quadratic.
#[derive(Default)]
pub(in crate::domain::coverage) struct Collected {
    set: LineSet,
    late: Vec<u32>,
    last: u32,
}

impl Collected {
    /// Adds a line; what cannot be a line is left out.
    pub fn add(&mut self, line: u32) {
        if line >= self.last {
            self.last = line;
            self.set.insert(line);
        } else {
            self.late.push(line);
        }
    }

    /// Whether no line was added.
    pub const fn is_empty(&self) -> bool {
        self.set.is_empty() && self.late.is_empty()
    }

    /// The set.
    pub fn finish(mut self) -> LineSet {
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
