//! The tests that an edit affects: why each of them should run again, and which open lines that would settle.

use crate::base::RepoPath;
use crate::domain::coverage::LineSet;
use crate::domain::ledger::edited::FileEdit;
use crate::domain::suite::TestId;
use std::collections::{BTreeMap, BTreeSet};

/// Why a test should run again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It ran through functions that changed since.
    Function(RepoPath, String),
    /// It ran through a file in which what is executed at import changed: names, where there are any.
    Import(RepoPath, String),
    /// It ran code that mentions a name which means something else since an edit of that file.
    Name(RepoPath, String),
    /// It ran through a file that is gone, or whose measured source nobody has.
    Source(RepoPath),
    /// Its own code changed: its function, its class, what it calls or takes as a fixture in its file.
    Own(RepoPath),
    /// A fixture or hook of a `conftest.py` that it uses changed.
    Conftest(RepoPath),
    /// Code that is not measured and that it imports changed.
    Beside,
    /// A file that is no Python and that concerns it by the settings changed.
    Also,
    /// It never ran.
    New,
    /// It failed when it ran last, and something changed since.
    Failed,
    /// Nobody knows which tests ran the changed file; this one imports it or is named like it.
    Guess(RepoPath),
    /// A rerun of others no longer credits lines of this file, which it may still run.
    Doubt(RepoPath),
    /// It runs through a file with new lines that nobody ran: whoever imports it settles that they are missed.
    Lines(RepoPath),
}

impl Reason {
    /// The reason in words, as part of a sentence about the test.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Function(path, name) => format!("ran {name} in {}, which changed", path.as_str()),
            Self::Import(path, name) if name.is_empty() => {
                format!("ran through {}, where the import changed", path.as_str())
            }
            Self::Import(path, name) => format!("ran through {}, where {name} changed at import", path.as_str()),
            Self::Name(path, name) => format!("uses {name} of {}, which changed", path.as_str()),
            Self::Source(path) => format!("ran {}, whose measured source is not known any more", path.as_str()),
            Self::Own(path) => format!("its own code in {} changed", path.as_str()),
            Self::Conftest(path) => format!("{}, from which it takes fixtures, changed", path.as_str()),
            Self::Beside => "code that it imports and that is not measured changed".to_owned(),
            Self::Also => "a file that concerns it by the settings changed".to_owned(),
            Self::New => "never ran".to_owned(),
            Self::Failed => "failed when it ran last".to_owned(),
            Self::Guess(path) => format!("a guess by name or import: {} changed", path.as_str()),
            Self::Doubt(path) => format!("may still run lines of {} that others no longer run", path.as_str()),
            Self::Lines(path) => format!("imports {}, in which new lines were never measured", path.as_str()),
        }
    }

    /// One word for programs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Function(..) => "function",
            Self::Import(..) => "import",
            Self::Name(..) => "name",
            Self::Source(_) => "source",
            Self::Own(_) => "own code",
            Self::Conftest(_) => "conftest",
            Self::Beside => "unmeasured code",
            Self::Also => "other file",
            Self::New => "new",
            Self::Failed => "failed",
            Self::Guess(_) => "guess",
            Self::Doubt(_) => "doubt",
            Self::Lines(_) => "new lines",
        }
    }

    /// The file that it is about.
    #[must_use]
    pub const fn path(&self) -> Option<&RepoPath> {
        match self {
            Self::Function(path, _)
            | Self::Import(path, _)
            | Self::Name(path, _)
            | Self::Source(path)
            | Self::Own(path)
            | Self::Conftest(path)
            | Self::Guess(path)
            | Self::Doubt(path)
            | Self::Lines(path) => Some(path),
            Self::Beside | Self::Also | Self::New | Self::Failed => None,
        }
    }

    /// The function or names that it is about; may be empty.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Function(_, name) | Self::Import(_, name) | Self::Name(_, name) => name,
            _ => "",
        }
    }
}

/// One test that an edit affects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Why it should run again.
    pub reasons: BTreeSet<Reason>,
    /// The open lines that it may settle, by file (its place in [`Affected::files`]).
    pub settles: Vec<(usize, LineSet)>,
}

impl Entry {
    /// Whether it is there because it never ran, and for nothing else.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.reasons.contains(&Reason::New)
    }

    /// Whether it ran before and may run other lines now: something changed under it, or it failed and something changed.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        let is_other = |reason: &Reason| !matches!(reason, Reason::New | Reason::Doubt(_) | Reason::Lines(_));
        self.reasons.iter().any(is_other)
    }

    /// Whether it is there only since nobody knows better.
    #[must_use]
    pub fn is_guess(&self) -> bool {
        self.reasons.iter().all(|reason| matches!(reason, Reason::Guess(_)))
    }
}

/// The tests that edits affect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affected {
    /// The edited files with evidence, in the order in which they were taken in.
    pub files: Vec<RepoPath>,
    /// The tests.
    pub tests: BTreeMap<TestId, Entry>,
    /// Tests that would behave as before and would settle open lines all the same: they are asked when nothing else is
    /// affected.
    pub settling: BTreeMap<TestId, Entry>,
    /// The open lines of files that no test is known to have run, each with the place of its file.
    pub unseen: Vec<(usize, LineSet)>,
}

impl Affected {
    /// Adds a reason for a test.
    pub fn add(&mut self, test: &TestId, reason: Reason) {
        self.tests.entry(test.clone()).or_default().reasons.insert(reason);
    }

    /// Takes in what the edit of one file affects.
    pub fn take(&mut self, edit: FileEdit) {
        let at = self.files.len();
        self.files.push(edit.path.clone());
        for (test, touched) in edit.tests {
            let entry = self.tests.entry(test).or_default();
            entry.reasons.extend(touched.reasons);
            if !touched.settles.is_empty() {
                entry.settles.push((at, touched.settles));
            }
        }
        for (test, touched) in edit.settling {
            let entry = self.settling.entry(test).or_default();
            entry.reasons.extend(touched.reasons);
            entry.settles.push((at, touched.settles));
        }
        self.unseen.extend(Some((at, edit.unseen)).filter(|(_, lines)| !lines.is_empty()));
    }

    /// Keeps the tests that are still there.
    pub fn retain(&mut self, is_there: &dyn Fn(&TestId) -> bool) {
        self.tests.retain(|test, _| is_there(test));
        self.settling.retain(|test, _| is_there(test));
    }

    /// What should run now: the affected tests or, when there is none, those that would settle open lines.
    #[must_use]
    pub fn wanted(self) -> Self {
        if self.tests.is_empty() {
            Self { tests: self.settling, settling: BTreeMap::new(), ..self }
        } else {
            Self { settling: BTreeMap::new(), ..self }
        }
    }

    /// How many open lines they may settle together.
    #[must_use]
    pub fn lines(&self) -> u64 {
        let mut by_file: BTreeMap<usize, LineSet> = BTreeMap::new();
        for (file, lines) in self.tests.values().flat_map(|entry| &entry.settles) {
            by_file.entry(*file).or_default().union_with(lines);
        }
        by_file.values().map(|lines| lines.len() as u64).sum()
    }

    /// Why some of the tests are among them: each reason with the number of tests that have it, the most frequent first.
    #[must_use]
    pub fn why<'a>(&self, tests: impl IntoIterator<Item = &'a TestId>) -> Vec<(usize, &Reason)> {
        let mut counts: BTreeMap<&Reason, usize> = BTreeMap::new();
        for reason in tests.into_iter().filter_map(|test| self.tests.get(test)).flat_map(|entry| &entry.reasons) {
            *counts.entry(reason).or_default() += 1;
        }
        let mut rows: Vec<(usize, &Reason)> = counts.into_iter().map(|(reason, count)| (count, reason)).collect();
        rows.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        rows
    }

    /// How many of them never ran.
    #[must_use]
    pub fn new_tests(&self) -> usize {
        self.tests.values().filter(|entry| entry.is_new()).count()
    }

    /// What they are in one line: `12 tests with stale evidence, 3 new tests, 41 lines to settle`.
    #[must_use]
    pub fn summary(&self) -> String {
        let count = |is: &dyn Fn(&Entry) -> bool| self.tests.values().filter(|entry| is(entry)).count();
        let new = self.new_tests();
        let guessed = count(&|entry| entry.is_guess());
        let is_settling = |reason: &Reason| matches!(reason, Reason::Doubt(_) | Reason::Lines(_));
        let settling = count(&|entry| entry.reasons.iter().all(is_settling));
        let failed = count(&|entry| entry.reasons.iter().all(|reason| *reason == Reason::Failed));
        let stale = self.tests.len() - new - guessed - settling - failed;
        let mut words = Vec::new();
        let mut put = |count: usize, one: &str, many: &str| match count {
            0 => {}
            1 => words.push(format!("1 {one}")),
            count => words.push(format!("{count} {many}")),
        };
        put(stale, "test with stale evidence", "tests with stale evidence");
        put(new, "new test", "new tests");
        put(failed, "test that failed last", "tests that failed last");
        put(guessed, "test by a guess from names and imports", "tests by a guess from names and imports");
        put(settling, "unchanged test that settles lines", "unchanged tests that settle lines");
        put(usize::try_from(self.lines()).unwrap_or(usize::MAX), "line to settle", "lines to settle");
        words.join(", ")
    }
}
