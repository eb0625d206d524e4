//! What one context executed in one file.

use crate::domain::coverage::LineSet;

/// A step from one line to another, as coverage.py has it: a negative number enters or leaves the code object that
/// starts at that line. In a report's missing branches, a target of 0 means that the report does not name it.
pub type Arc = (i32, i32);

/// The lines and arcs that one context (an import, a phase of a test) executed in one file, numbered as the data file
/// has them: the second line of a statement is not yet its first.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Ran {
    /// The executed lines. Empty when the data has arcs: then the arcs say which lines ran.
    pub lines: LineSet,
    /// The executed arcs, sorted and unique; empty when only lines were measured.
    pub arcs: Vec<Arc>,
}

impl Ran {
    /// What `lines` and `arcs` say; the arcs may be in any order.
    #[must_use]
    pub fn new(lines: LineSet, mut arcs: Vec<Arc>) -> Self {
        arcs.sort_unstable();
        arcs.dedup();
        Self { lines, arcs }
    }

    /// Adds what another context executed in the same file.
    pub fn merge(&mut self, other: &Self) {
        self.lines.union_with(&other.lines);
        if !other.arcs.is_empty() {
            self.arcs.extend_from_slice(&other.arcs);
            // Two sorted runs: the stable sort merges them in linear time.
            self.arcs.sort();
            self.arcs.dedup();
        }
    }

    /// Every line that ran, by lines or by arcs, still as the data file numbers them.
    #[must_use]
    pub fn all_lines(&self) -> LineSet {
        let mut lines = LineSet::new();
        self.add_lines_to(&mut lines);
        lines
    }

    /// Adds every line that ran to a set.
    pub fn add_lines_to(&self, lines: &mut LineSet) {
        lines.union_with(&self.lines);
        if !self.arcs.is_empty() {
            let ends = self.arcs.iter().flat_map(|&(from, to)| [from, to]);
            lines.extend(ends.filter_map(|line| u32::try_from(line).ok()));
        }
    }

    /// Whether nothing ran.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.arcs.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::Ran;
    use crate::domain::coverage::LineSet;

    #[test]
    fn merging_keeps_arcs_sorted_and_unique() {
        let mut ran = Ran::new(LineSet::new(), vec![(3, 4), (-1, 3), (3, 4)]);
        ran.merge(&Ran::new([9].into_iter().collect(), vec![(4, -1), (3, 4)]));
        assert_eq!(ran.arcs, [(-1, 3), (3, 4), (4, -1)]);
        assert_eq!(ran.all_lines().iter().collect::<Vec<_>>(), [3, 4, 9]);
    }
}
