//! Collects lines and branches of one file from reports that name them one by one.

use crate::domain::coverage::{Arc, Counts, FileCoverage, LineSet};
use std::collections::BTreeMap;

/// The target of an arc that leaves its code object, where the report does not say which one that is.
pub(in crate::domain::coverage) const EXIT: i32 = -1;

/// The target of an arc that the report does not name.
pub(in crate::domain::coverage) const UNNAMED: i32 = 0;

/// What is known so far about one file. A line that comes twice counts once, with the better of its results.
#[derive(Default)]
pub(in crate::domain::coverage) struct Gathered {
    statements: LineSet,
    covered: LineSet,
    /// Lines that came after a later one, and whether they ran.
    late: Vec<(u32, bool)>,
    last: u32,
    /// The lines of the word that `last` is in, and those of them that ran.
    word: (u64, u64),
    exits: BTreeMap<u32, Exits>,
}

/// The branches of one line.
#[derive(Default)]
pub(in crate::domain::coverage) struct Exits {
    /// How many there are.
    pub all: u32,
    /// How many were taken.
    pub taken: u32,
    /// Where those go that were not taken, as far as the report says.
    pub missing: Vec<i32>,
}

impl Gathered {
    /// Adds a line; what cannot be a line is left out. Ascending lines go straight into the sets, a word at a time.
    #[inline]
    pub fn line(&mut self, line: u32, ran: bool) {
        if line == 0 || line > LineSet::LAST {
            return;
        }
        if line < self.last {
            self.late.push((line, ran));
            return;
        }
        if line / 64 != self.last / 64 {
            self.end_word();
        }
        self.last = line;
        self.word.0 |= 1 << (line % 64);
        self.word.1 |= u64::from(ran) << (line % 64);
    }

    fn end_word(&mut self) {
        let (all, ran) = std::mem::take(&mut self.word);
        self.statements.push_word(self.last / 64, all);
        self.covered.push_word(self.last / 64, ran);
    }

    /// The lines, and those that ran.
    fn sets(&mut self) -> (LineSet, LineSet) {
        self.end_word();
        self.add_late();
        (std::mem::take(&mut self.statements), std::mem::take(&mut self.covered))
    }

    /// Puts in its place what came after a later line.
    fn add_late(&mut self) {
        if !self.late.is_empty() {
            self.statements.extend(self.late.iter().map(|(line, _)| *line));
            self.covered.extend(self.late.iter().filter(|(_, ran)| *ran).map(|(line, _)| *line));
            self.late.clear();
        }
    }

    /// Adds what a report says about the branches of a line. Of two statements about one line the better one counts.
    pub fn exits(&mut self, line: u32, exits: Exits) {
        let known = self.exits.entry(line).or_default();
        if (exits.all, exits.taken) > (known.all, known.taken) {
            *known = exits;
        }
    }

    /// Whether no line was added.
    pub const fn is_empty(&self) -> bool {
        self.last == 0
    }

    /// Adds everything that another part of the report says about the same file.
    pub fn merge(&mut self, mut other: Self) {
        if self.is_empty() && self.exits.is_empty() {
            *self = other;
            return;
        }
        let (statements, covered) = other.sets();
        statements.iter().for_each(|line| self.line(line, false));
        covered.iter().for_each(|line| self.line(line, true));
        other.exits.into_iter().for_each(|(line, exits)| self.exits(line, exits));
    }

    /// The file, counted from its lines.
    pub fn finish(mut self, path: String) -> FileCoverage {
        self.take(path)
    }

    /// The file, counted from its lines. Nothing stays here but the room, in which the next file can be gathered.
    pub fn take(&mut self, path: String) -> FileCoverage {
        self.end_word();
        self.add_late();
        self.last = 0;
        // Copies are no larger than they have to be.
        let (statements, covered) = (self.statements.clone(), self.covered.clone());
        self.statements.clear();
        self.covered.clear();
        let mut counts =
            Counts { statements: statements.len() as u64, covered: covered.len() as u64, ..Counts::default() };
        let mut missing_branches: Vec<Arc> = Vec::new();
        for (line, exits) in std::mem::take(&mut self.exits) {
            let missed = u64::from(exits.all.saturating_sub(exits.taken));
            counts.branches += u64::from(exits.all);
            counts.covered_branches += u64::from(exits.taken.min(exits.all));
            if covered.contains(line) {
                counts.partial_branches += missed;
            }
            if let (true, Ok(from @ 1..)) = (missed > 0, i32::try_from(line)) {
                let unnamed = exits.missing.is_empty().then_some(UNNAMED);
                missing_branches.extend(exits.missing.into_iter().chain(unnamed).map(|to| (from, to)));
            }
        }
        missing_branches.sort_unstable();
        missing_branches.dedup();
        FileCoverage { path, statements, covered, missing_branches, counts, ..FileCoverage::default() }
    }
}

/// A line number as a report writes it. Zero stands for no line (`Ok(None)`): coverage.py 5.5 and gcov write it for
/// code without a place. Anything that cannot be a line is an error with a sentence.
pub(in crate::domain::coverage) fn line_number(text: &str) -> Result<Option<u32>, String> {
    match text.parse().or_else(|_| text.trim().parse::<u64>()) {
        Ok(0) => Ok(None),
        Ok(line) => match u32::try_from(line) {
            Ok(line) if line <= LineSet::LAST => Ok(Some(line)),
            _ => Err(format!("line number {line} is beyond {}", LineSet::LAST)),
        },
        Err(_) => Err(format!("{:?} is no line number", shortened(text))),
    }
}

/// Whether a hit count says that a line ran. Counts may be larger than any integer type, or have a fraction.
pub(in crate::domain::coverage) fn ran(text: &str) -> Result<bool, String> {
    if let Ok(hits) = text.parse::<u64>() {
        return Ok(hits > 0);
    }
    match text.trim().parse::<f64>() {
        Ok(hits) if hits.is_finite() && hits >= 0.0 => Ok(hits > 0.0),
        _ => Err(format!("{:?} is no number of hits", shortened(text))),
    }
}

/// The beginning of a text that a problem quotes.
pub(in crate::domain::coverage) fn shortened(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Exits, Gathered, line_number, ran};

    #[test]
    fn a_line_that_comes_twice_counts_once() {
        let mut file = Gathered::default();
        file.line(3, false);
        file.line(3, true);
        file.line(4, false);
        file.exits(3, Exits { all: 2, taken: 1, missing: vec![9] });
        file.exits(3, Exits { all: 2, taken: 0, missing: vec![4, 9] });
        let file = file.finish("a.py".to_owned());
        assert_eq!((file.counts.statements, file.counts.covered, file.counts.branches), (2, 1, 2));
        assert_eq!(file.missing_branches, [(3, 9)]);
        assert_eq!(file.counts.partial_branches, 1);
    }

    #[test]
    fn numbers_are_checked() {
        assert_eq!(line_number(" 12 "), Ok(Some(12)));
        assert_eq!(line_number("0"), Ok(None));
        for bad in ["-1", "", "1.5", "16777217", "18446744073709551616", "x"] {
            assert!(line_number(bad).is_err(), "{bad}");
        }
        assert_eq!((ran("0"), ran("2874063630"), ran("1e3")), (Ok(false), Ok(true), Ok(true)));
        for bad in ["-1", "1e999", "NaN", ""] {
            assert!(ran(bad).is_err(), "{bad}");
        }
    }
}
