//! Credit: which lines the new tests of a run gained, each alone or together with others.

use crate::base::RepoPath;
use crate::domain::coverage::LineSet;
use crate::domain::ledger::file::is_test;
use crate::domain::ledger::target::Target;
use crate::domain::ledger::{Change, Ledger, Weakness};
use crate::domain::suite::TestId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What one test gained in one file, in the lines of the source on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileGain {
    /// The file.
    pub path: RepoPath,
    /// Newly covered lines that no other test runs.
    pub alone: LineSet,
    /// Newly covered lines that other tests run as well.
    pub shared: LineSet,
}

/// What one new test gained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gain {
    /// The test.
    pub test: TestId,
    /// The files in which it gained something, in the order of their paths.
    pub files: Vec<FileGain>,
    /// Why what it ran is not earned; nothing where it is.
    pub weakness: Option<Weakness>,
}

impl Gain {
    /// How many lines it alone gained.
    #[must_use]
    pub fn alone(&self) -> u64 {
        self.files.iter().map(|file| file.alone.len() as u64).sum()
    }

    /// How many lines it gained together with other tests.
    #[must_use]
    pub fn shared(&self) -> u64 {
        self.files.iter().map(|file| file.shared.len() as u64).sum()
    }

    /// Whether it gained no line at all.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.files.is_empty()
    }

    /// The words for it: `gained 3 lines alone, 2 shared`, `gained nothing`.
    #[must_use]
    pub fn words(&self) -> String {
        let (alone, shared) = (self.alone(), self.shared());
        let lines = |count: u64| format!("{count} line{}", if count == 1 { "" } else { "s" });
        let gained = match (alone, shared) {
            (0, 0) => "gained nothing".to_owned(),
            (0, shared) => format!("gained {} shared, none alone", lines(shared)),
            (alone, 0) => format!("gained {} alone", lines(alone)),
            (alone, shared) => format!("gained {} alone, {shared} shared", lines(alone)),
        };
        match self.weakness.filter(|_| !self.is_nothing()) {
            Some(Weakness::Unasserting) => format!("{gained}, but asserts nothing"),
            Some(weakness) => format!("{gained}, but {}", weakness.words()),
            None => gained,
        }
    }
}

/// What each of some new tests gained by the changes of a run; `after` is the ledger after it, and `disk` gives the
/// sources as they are now.
#[must_use]
pub fn gains(
    tests: &[TestId],
    changes: &[Change],
    after: &Ledger,
    disk: &dyn Fn(&RepoPath) -> Option<Arc<str>>,
) -> Vec<Gain> {
    let new: BTreeSet<&TestId> = tests.iter().collect();
    let mut files: BTreeMap<&TestId, Vec<FileGain>> = BTreeMap::new();
    let mut changes: Vec<&Change> = changes.iter().filter(|change| !change.newly.is_empty()).collect();
    changes.sort_by(|one, two| one.path.cmp(&two.path));
    for change in changes {
        let runners = after.tests_of_lines(&change.path, &change.newly, disk(&change.path).as_deref());
        let (mut once, mut twice) = (LineSet::new(), LineSet::new());
        for (_, lines) in &runners {
            twice.union_with(&(&once & lines));
            once.union_with(lines);
        }
        for (test, lines) in &runners {
            if let Some(test) = new.get(test) {
                let gain = FileGain { path: change.path.clone(), alone: lines - &twice, shared: lines & &twice };
                files.entry(test).or_default().push(gain);
            }
        }
    }
    let gain = |test: &TestId| Gain {
        test: test.clone(),
        files: files.remove(test).unwrap_or_default(),
        weakness: after.weakness(test),
    };
    tests.iter().map(gain).collect()
}

impl Ledger {
    /// The tests that ran any of these statements of the source on disk, each with those that it ran.
    #[must_use]
    pub fn tests_of_lines(&self, path: &RepoPath, lines: &LineSet, disk: Option<&str>) -> Vec<(TestId, LineSet)> {
        let Some(book) = self.book(path) else { return Vec::new() };
        let target = Target::new(book, disk);
        // All lines of the statements, each with the first line of its statement.
        let mut wanted: Vec<(u32, u32)> = lines.iter().map(|line| (line, line)).collect();
        wanted.extend(target.facts.first_lines.iter().filter(|(_, first)| lines.contains(*first)));
        let origin = |at: usize, line: u32| match target.edit(at) {
            Some((edit, _)) => edit.origin(line),
            None => Some(line).filter(|_| target.version == Some(at)),
        };
        let there = |at: usize| -> Vec<(u32, u32)> {
            wanted.iter().filter_map(|&(line, first)| Some((origin(at, line)?, first))).collect()
        };
        let there: Vec<Vec<(u32, u32)>> = (0..book.versions.len()).map(there).collect();
        let mut found = Vec::new();
        for (id, evidence) in book.tests.iter().filter(|(id, _)| is_test(id)) {
            let Some(there) = there.get(evidence.version).filter(|there| !there.is_empty()) else { continue };
            let all = evidence.ran.all_lines();
            let ran: LineSet = there.iter().filter(|(line, _)| all.contains(*line)).map(|pair| pair.1).collect();
            if !ran.is_empty() {
                found.push((id.clone(), ran));
            }
        }
        found
    }
}
