//! Numbers of statements and branches, and the percentages that coverage.py makes of them.

use crate::base::Ratio;

/// How many statements and branches a file or a project has, and how many of them ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Counts {
    /// Statements that are not excluded.
    pub statements: u64,
    /// Statements that ran.
    pub covered: u64,
    /// Excluded lines.
    pub excluded: u64,
    /// Branches: the exits of every line that has more than one.
    pub branches: u64,
    /// Branches that were taken.
    pub covered_branches: u64,
    /// Branches that were not taken, of lines that ran.
    pub partial_branches: u64,
}

impl Counts {
    /// Statements and branches together: what coverage.py prints as `Cover`.
    #[must_use]
    pub const fn ratio(&self) -> Ratio {
        Ratio::new(self.covered.saturating_add(self.covered_branches), self.statements.saturating_add(self.branches))
    }

    /// Statements alone.
    #[must_use]
    pub const fn lines(&self) -> Ratio {
        Ratio::new(self.covered, self.statements)
    }

    /// Statements that did not run.
    #[must_use]
    pub const fn missing(&self) -> u64 {
        self.statements.saturating_sub(self.covered)
    }

    /// Branches that were not taken.
    #[must_use]
    pub const fn missing_branches(&self) -> u64 {
        self.branches.saturating_sub(self.covered_branches)
    }

    /// Both added.
    #[must_use]
    pub const fn plus(&self, other: &Self) -> Self {
        Self {
            statements: self.statements.saturating_add(other.statements),
            covered: self.covered.saturating_add(other.covered),
            excluded: self.excluded.saturating_add(other.excluded),
            branches: self.branches.saturating_add(other.branches),
            covered_branches: self.covered_branches.saturating_add(other.covered_branches),
            partial_branches: self.partial_branches.saturating_add(other.partial_branches),
        }
    }
}

impl std::iter::Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |sum, more| sum.plus(&more))
    }
}

#[cfg(test)]
mod tests {
    use super::Counts;

    #[test]
    fn the_percentage_counts_branches_as_coverage_py_does() {
        let cart = Counts {
            statements: 41,
            covered: 32,
            branches: 16,
            covered_branches: 8,
            partial_branches: 6,
            ..Counts::default()
        };
        assert_eq!(cart.ratio().to_string(), "70%");
        assert_eq!(cart.lines().to_string(), "78%");
        assert_eq!((cart.missing(), cart.missing_branches()), (9, 8));
        assert_eq!([cart, cart].into_iter().sum::<Counts>().ratio().whole, 114);
    }
}
