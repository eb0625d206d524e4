//! Whether what a measurement says of a file can have been measured on a text.

use crate::base::RepoPath;
use crate::domain::coverage::{Counts, FileCoverage, Format, LineSet, Ran};
use crate::domain::ledger::Placed;
use crate::domain::python::{estimate, source_lines};
use std::sync::Arc;

/// What a measurement says of the text of a file.
pub enum Marks<'a> {
    /// All its statements, and the excluded lines as far as they are named.
    Statements(&'a LineSet, &'a LineSet),
    /// Lines that ran, as the tracer saw them.
    Ran(LineSet),
    /// How many statements it has, and ranges that hold the missing ones.
    Ranges(&'a LineSet, Counts),
}

/// How well marks fit a text; the later the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// They name lines that the text does not have, or blank ones.
    No,
    /// Every line that they name has something in it.
    Lines,
    /// Every line that they name is a statement.
    Statements,
    /// They name all statements, and nothing else.
    All,
}

impl<'a> Marks<'a> {
    /// What a report says.
    #[must_use]
    pub fn of_report(format: Format, file: &'a FileCoverage) -> Self {
        match format {
            Format::Table => Self::Ranges(&file.statements, file.counts),
            _ => Self::Statements(&file.statements, &file.excluded),
        }
    }

    /// What a data file says.
    #[must_use]
    pub fn of_data(ran: &[(u32, Ran)]) -> Self {
        let mut lines = LineSet::new();
        ran.iter().for_each(|(_, ran)| lines.union_with(&ran.all_lines()));
        Self::Ran(lines)
    }

    /// How well they fit `text`.
    #[must_use]
    pub fn fit(&self, text: &str) -> Fit {
        let (Self::Statements(lines, _) | Self::Ranges(lines, _)) = self else { return self.fit_of_ran(text) };
        if !has_lines(text, lines, matches!(self, Self::Statements(..))) {
            return Fit::No;
        }
        let found = estimate(text);
        let statements: LineSet = found.statements.iter().copied().collect();
        match self {
            Self::Statements(_, excluded) => {
                let known = &statements | &found.excluded.iter().copied().collect();
                match (lines.is_subset(&known), statements.is_subset(&(*lines | *excluded))) {
                    (false, _) => Fit::Lines,
                    (true, false) => Fit::Statements,
                    (true, true) => Fit::All,
                }
            }
            Self::Ranges(_, counts) => {
                let missing = (&statements & lines).len() as u64;
                let all = statements.len() as u64;
                if (all, missing) == (counts.statements, counts.missing()) { Fit::All } else { Fit::Lines }
            }
            Self::Ran(_) => Fit::Lines,
        }
    }

    fn fit_of_ran(&self, text: &str) -> Fit {
        let Self::Ran(lines) = self else { return Fit::No };
        // The code of a module starts at line 1, whatever stands there.
        let lines = &(lines - &LineSet::from_iter([1]));
        if !has_lines(text, lines, true) {
            return Fit::No;
        }
        let found = estimate(text);
        let first = |line: u32| {
            let at = found.first_lines.binary_search_by_key(&line, |pair| pair.0);
            at.ok().and_then(|at| found.first_lines.get(at)).map_or(line, |pair| pair.1)
        };
        let statements: LineSet = found.statements.iter().copied().collect();
        let ran: LineSet = lines.iter().map(first).collect();
        let all = &statements - &LineSet::from_iter([1]);
        match (ran.is_subset(&statements), ran == all || ran == statements) {
            (false, _) => Fit::Lines,
            (true, false) => Fit::Statements,
            (true, true) => Fit::All,
        }
    }
}

/// Whether `text` has all these lines, and something stands in each of them.
#[must_use]
pub fn has_lines(text: &str, lines: &LineSet, filled: bool) -> bool {
    let Some(last) = lines.last() else { return true };
    let all = source_lines(text);
    let is_filled = |line: u32| {
        let line = (line as usize).checked_sub(1).and_then(|at| all.get(at)).map(|line| line.trim_start());
        line.is_some_and(|line| !line.is_empty() && !line.starts_with('#'))
    };
    all.len() >= last as usize && (!filled || lines.iter().all(is_filled))
}

/// How many lines a measurement must name, so that it is hardly another file's by chance.
const TELLING: usize = 3;

/// Of the files that a path from another tree could mean, the one that its measurement fits as only its own source can;
/// nothing if none does, all those that do if several do.
#[must_use]
pub fn recognise(candidates: Vec<RepoPath>, marks: &Marks<'_>, read: &dyn Fn(&RepoPath) -> Option<Arc<str>>) -> Placed {
    let (telling, enough) = match marks {
        Marks::Statements(lines, _) => (lines.len() >= TELLING, Fit::All),
        Marks::Ran(lines) => (lines.len() >= TELLING, Fit::Statements),
        Marks::Ranges(lines, _) => (lines.len() >= TELLING, Fit::All),
    };
    let fits = |path: &RepoPath| read(path).is_some_and(|text| marks.fit(&text) >= enough);
    let mut found: Vec<RepoPath> = candidates.into_iter().filter(|path| telling && fits(path)).collect();
    match found.len() {
        0 => Placed::Outside,
        1 => found.pop().map_or(Placed::Outside, Placed::At),
        _ => Placed::Ambiguous(found),
    }
}

/// Of several files that a path could mean, the one that its measurement fits best, if there is one.
#[must_use]
pub fn decide(candidates: Vec<RepoPath>, marks: &Marks<'_>, read: &dyn Fn(&RepoPath) -> Option<Arc<str>>) -> Placed {
    let fits: Vec<Fit> = candidates.iter().map(|path| read(path).map_or(Fit::No, |text| marks.fit(&text))).collect();
    let best = fits.iter().copied().max().filter(|best| *best > Fit::No);
    let mut winners = candidates.iter().zip(&fits).filter(|(_, fit)| Some(**fit) == best).map(|(path, _)| path);
    match (winners.next(), winners.next()) {
        (Some(path), None) => Placed::At(path.clone()),
        _ => Placed::Ambiguous(candidates),
    }
}

#[cfg(test)]
mod tests {
    use super::{Fit, Marks, decide, recognise};
    use crate::base::RepoPath;
    use crate::domain::coverage::{Counts, LineSet, Ran};
    use crate::domain::ledger::Placed;

    const TEXT: &str =
        "import os\n\n\ndef a(x):\n    # why\n    if x:\n        return (\n            1\n        )\n    return 2\n";

    fn lines(lines: &[u32]) -> LineSet {
        lines.iter().copied().collect()
    }

    #[test]
    fn marks_fit_a_text_as_far_as_they_agree_with_it() {
        let none = LineSet::new();
        let check = |named: &[u32], expect: Fit| {
            assert_eq!(Marks::Statements(&lines(named), &none).fit(TEXT), expect, "{named:?}");
        };
        check(&[1, 4, 6, 7, 10], Fit::All);
        check(&[1, 4, 6], Fit::Statements);
        check(&[1, 8], Fit::Lines);
        check(&[1, 2], Fit::No);
        check(&[5], Fit::No);
        check(&[11], Fit::No);
        assert_eq!(Marks::Statements(&lines(&[1, 4]), &lines(&[6, 7, 10])).fit(TEXT), Fit::All);
        let ran = |named: &[u32]| Marks::of_data(&[(0, Ran::new(lines(named), Vec::new()))]).fit(TEXT);
        assert_eq!((ran(&[1, 4, 6, 8]), ran(&[1, 9, 4, 6, 10]), ran(&[3])), (Fit::Statements, Fit::All, Fit::No));
        let table = |statements: u64, missing: u64| {
            let counts = Counts { statements, covered: statements - missing, ..Counts::default() };
            Marks::Ranges(&lines(&[7, 8, 9, 10]), counts).fit(TEXT)
        };
        assert_eq!((table(5, 2), table(6, 2), table(5, 4)), (Fit::All, Fit::Lines, Fit::Lines));
    }

    #[test]
    fn trap_24_a_file_of_another_tree_is_recognised_by_its_content_alone() {
        let candidates =
            || ["a/views.py", "b/views.py"].iter().filter_map(|path| RepoPath::new(path)).collect::<Vec<_>>();
        let placed = |texts: [&'static str; 2], named: &[u32]| {
            let read = |path: &RepoPath| Some(texts[usize::from(path.as_str().starts_with('b'))].into());
            recognise(candidates(), &Marks::Statements(&lines(named), &LineSet::new()), &read)
        };
        assert_eq!(placed([TEXT, "x = 1\n"], &[1, 4, 6, 7, 10]), Placed::At(candidates()[0].clone()));
        assert_eq!(placed([TEXT, TEXT], &[1, 4, 6, 7, 10]), Placed::Ambiguous(candidates()));
        assert_eq!(placed([TEXT, "x = 1\n"], &[1, 4, 6, 7]), Placed::Outside);
        assert_eq!(placed([TEXT, "x = 1\n"], &[1]), Placed::Outside);
    }

    #[test]
    fn trap_24_the_content_decides_between_two_candidates_or_nothing_does() {
        let candidates =
            || ["a/views.py", "b/views.py"].iter().filter_map(|path| RepoPath::new(path)).collect::<Vec<_>>();
        let other = "import os\nimport sys\n";
        let placed = |texts: [&'static str; 2], named: &[u32]| {
            let read = |path: &RepoPath| Some(texts[usize::from(path.as_str().starts_with('b'))].into());
            decide(candidates(), &Marks::Statements(&lines(named), &LineSet::new()), &read)
        };
        assert_eq!(placed([TEXT, other], &[1, 4, 6, 7, 10]), Placed::At(candidates()[0].clone()));
        assert_eq!(placed([TEXT, other], &[1, 2]), Placed::At(candidates()[1].clone()));
        assert_eq!(placed([TEXT, TEXT], &[1, 4, 6, 7, 10]), Placed::Ambiguous(candidates()));
        assert_eq!(placed([TEXT, other], &[1, 99]), Placed::Ambiguous(candidates()));
        // Both have the line; in one of them it is everything there is.
        assert_eq!(placed([TEXT, "x = 1\n"], &[1]), Placed::At(candidates()[1].clone()));
    }
}
