//! The summary of one file in coverage.py's JSON, and whether it can be true.

use crate::domain::coverage::{Arc, Counts, LineSet};
use serde::Deserialize;

/// What coverage.py counted itself. All of it is optional: versions and imitations differ.
#[derive(Deserialize, Default)]
pub(in crate::domain::coverage) struct Summary {
    covered_lines: Option<u64>,
    num_statements: Option<u64>,
    missing_lines: Option<u64>,
    excluded_lines: Option<u64>,
    num_branches: Option<u64>,
    num_partial_branches: Option<u64>,
    covered_branches: Option<u64>,
}

impl Summary {
    /// The place of the field of that name; nothing where it has none.
    pub fn field(&mut self, name: &[u8]) -> Option<&mut Option<u64>> {
        match name {
            b"covered_lines" => Some(&mut self.covered_lines),
            b"num_statements" => Some(&mut self.num_statements),
            b"missing_lines" => Some(&mut self.missing_lines),
            b"excluded_lines" => Some(&mut self.excluded_lines),
            b"num_branches" => Some(&mut self.num_branches),
            b"num_partial_branches" => Some(&mut self.num_partial_branches),
            b"covered_branches" => Some(&mut self.covered_branches),
            _ => None,
        }
    }

    /// What the lists of a file amount to.
    pub fn count(covered: &LineSet, missing: &LineSet, excluded: &LineSet, taken: u64, missed: &[Arc]) -> Counts {
        let ran = |arc: &&Arc| u32::try_from(arc.0).is_ok_and(|line| !missing.contains(line));
        Counts {
            statements: (covered.len() + missing.len()) as u64,
            covered: covered.len() as u64,
            excluded: excluded.len() as u64,
            branches: taken + missed.len() as u64,
            covered_branches: taken,
            partial_branches: missed.iter().filter(ran).count() as u64,
        }
    }

    /// The counts of the summary, if they can be true for a file whose lists amount to `counted`. The lists may hold
    /// more executed lines than there are statements (coverage.py up to 7.6), but never fewer, and the missing lines
    /// and branches are the same in both.
    pub fn believed(&self, counted: &Counts) -> Option<Counts> {
        let missing = self.missing_lines.unwrap_or(counted.missing());
        let covered = self.covered_lines.unwrap_or(counted.covered);
        let branches = self.num_branches.unwrap_or(counted.branches);
        let counts = Counts {
            statements: self.num_statements.unwrap_or(covered.saturating_add(missing)),
            covered,
            excluded: self.excluded_lines.unwrap_or(counted.excluded),
            branches,
            covered_branches: self.covered_branches.unwrap_or(branches.saturating_sub(counted.missing_branches())),
            partial_branches: self.num_partial_branches.unwrap_or(counted.partial_branches),
        };
        let possible = missing == counted.missing()
            && counts.statements == covered.saturating_add(missing)
            && covered <= counted.covered
            && counts.excluded == counted.excluded
            && counts.covered_branches <= branches
            && counts.missing_branches() == counted.missing_branches()
            && counts.partial_branches <= counts.missing_branches();
        possible.then_some(counts)
    }
}
