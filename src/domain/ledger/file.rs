//! What the ledger keeps of one file: versions of its source, and evidence, each in the lines of its version.

use crate::base::Digest;
use crate::domain::coverage::{Arc as Jump, Counts, Facts, LineSet, Ran};
use crate::domain::ledger::version::Version;
use crate::domain::suite::TestId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What one contributor executed, in the lines of one version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The place of the version in [`FileBook::versions`].
    pub version: usize,
    /// What ran.
    pub ran: Ran,
    /// Whether some of it was moved here along an edit.
    pub moved: bool,
}

/// What a report said of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reported {
    /// The place of the version in [`FileBook::versions`].
    pub version: usize,
    /// The covered statements.
    pub covered: LineSet,
    /// The branches that were never taken.
    pub missing_branches: Vec<Jump>,
    /// The numbers.
    pub counts: Counts,
    /// Whether it is a union of unknown tests. Otherwise it is what the evidence beside it adds up to, in the words of
    /// coverage.py itself, and goes when that evidence changes.
    pub union: bool,
}

/// Lines that a rerun no longer credits, though a test that was not rerun might run them: what is cached is credited
/// to whoever came first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doubt {
    /// The place of the version in [`FileBook::versions`].
    pub version: usize,
    /// The lines.
    pub lines: LineSet,
    /// The tests whose rerun would settle it, sorted.
    pub waiting: Vec<TestId>,
}

/// All that is known of one file. Every evidence names a version that is there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileBook {
    /// The versions that evidence belongs to, the newest last; never empty.
    pub versions: Vec<Version>,
    /// What ran at import.
    pub import: Option<Evidence>,
    /// What each test ran, sorted by test.
    pub tests: Vec<(TestId, Evidence)>,
    /// What a report said.
    pub reported: Option<Reported>,
    /// Lines that may or may not have been lost.
    pub doubt: Option<Doubt>,
    /// For each test the lines of the newest version that it ran in some of its runs on the same sources and not in
    /// others, sorted by test.
    pub unstable: Vec<(TestId, LineSet)>,
    /// Facts on a source that nothing was measured on: they settle what its statements are, and nothing else.
    pub learned: Option<Version>,
}

impl FileBook {
    /// Whether a report without per-test data is part of what is known.
    #[must_use]
    pub fn is_union(&self) -> bool {
        self.reported.as_ref().is_some_and(|reported| reported.union)
    }

    /// Whether part of what is known is a union of unknown tests, so that a rerun can't take anything back.
    #[must_use]
    pub fn is_lower_bound(&self) -> bool {
        if self.tests.iter().any(|(id, _)| is_part_of_union(id)) {
            return true;
        }
        let mut unions = self.tests.iter().filter(|(id, _)| !is_test(id)).count();
        unions += usize::from(self.is_union());
        let others = self.tests.iter().any(|(id, _)| is_test(id)) || (self.is_union() && self.import.is_some());
        unions > 1 || (unions == 1 && others)
    }

    /// Whether any evidence was taken in one by one: more than a report's own word.
    #[must_use]
    pub fn has_evidence(&self) -> bool {
        self.import.is_some() || !self.tests.is_empty()
    }

    /// All evidence of imports and tests.
    pub fn evidence(&self) -> impl Iterator<Item = &Evidence> {
        self.import.iter().chain(self.tests.iter().map(|(_, evidence)| evidence))
    }

    /// What a test ran.
    #[must_use]
    pub fn test(&self, id: &TestId) -> Option<&Evidence> {
        let at = self.tests.binary_search_by(|(other, _)| other.cmp(id)).ok()?;
        self.tests.get(at).map(|(_, evidence)| evidence)
    }

    /// Takes in coverage.py's facts on a text.
    pub fn learn(&mut self, version: Version) {
        match self.versions.iter_mut().find(|old| old.digest.is_some() && old.digest == version.digest) {
            Some(old) => old.facts = version.facts,
            None => self.learned = Some(version),
        }
    }

    /// Gives tests other ids.
    pub fn rename(&mut self, moved: &BTreeMap<TestId, TestId>) {
        let new = |id: &mut TestId| {
            if let Some(to) = moved.get(id) {
                *id = to.clone();
            }
        };
        self.tests.iter_mut().for_each(|(id, _)| new(id));
        self.tests.sort_by(|a, b| a.0.cmp(&b.0));
        self.unstable.iter_mut().for_each(|(id, _)| new(id));
        self.unstable.sort_by(|a, b| a.0.cmp(&b.0));
        if let Some(doubt) = &mut self.doubt {
            doubt.waiting.iter_mut().for_each(new);
            doubt.waiting.sort();
        }
    }

    /// The version that a text is; the newest one for no text.
    #[must_use]
    pub fn version_of(&self, disk: Option<&str>) -> Option<usize> {
        match disk {
            None => self.versions.len().checked_sub(1),
            // A text that was read is surer than one that was not.
            Some(text) => {
                let read = self.versions.iter().rposition(|version| version.text.is_some() && version.is_text(text));
                read.or_else(|| self.versions.iter().rposition(|version| version.is_text(text)))
            }
        }
    }

    /// The newest facts that a measurement gave, with their version.
    #[must_use]
    pub fn newest_facts(&self) -> Option<(usize, &Arc<Facts>)> {
        let facts = self.versions.iter().enumerate().rev();
        facts.filter_map(|(at, version)| version.facts.as_ref().map(|facts| (at, facts))).next()
    }

    /// Drops the versions that nothing belongs to; the newest one stays.
    pub fn tidy(&mut self) {
        let newest = self.versions.len().saturating_sub(1);
        let mut used = vec![false; self.versions.len()];
        let named = self.evidence().map(|evidence| evidence.version);
        let named = named.chain(self.doubt.iter().map(|doubt| doubt.version));
        let named: Vec<usize> = named.chain(self.reported.iter().map(|reported| reported.version)).collect();
        for at in named.into_iter().chain([newest]) {
            if let Some(used) = used.get_mut(at) {
                *used = true;
            }
        }
        if used.iter().all(|used| *used) {
            return;
        }
        let mut keep = used.iter().copied();
        self.versions.retain(|_| keep.next().unwrap_or(true));
        let left = |at: usize| used.iter().take(at).filter(|used| **used).count();
        self.renumber(&left);
    }

    /// Makes a version the newest one.
    pub fn raise(&mut self, at: usize) {
        if at + 1 < self.versions.len() {
            let last = self.versions.len() - 1;
            let version = self.versions.remove(at);
            self.versions.push(version);
            self.renumber(&|old| match old {
                old if old == at => last,
                old if old > at => old - 1,
                old => old,
            });
        }
    }

    fn renumber(&mut self, place: &dyn Fn(usize) -> usize) {
        let tests = self.tests.iter_mut().map(|(_, evidence)| &mut evidence.version);
        let import = self.import.iter_mut().map(|evidence| &mut evidence.version);
        let doubt = self.doubt.iter_mut().map(|doubt| &mut doubt.version);
        let reported = self.reported.iter_mut().map(|reported| &mut reported.version);
        tests.chain(import).chain(doubt).chain(reported).for_each(|at| *at = place(*at));
    }
}

/// The name under which it is kept what unknown tests of a batch ran on one source, beside what a whole run said.
#[must_use]
pub fn part_of_union(id: &TestId, source: Option<Digest>) -> TestId {
    TestId::new(&format!("{}{PART}{}", id.as_str(), source.map(|digest| digest.to_string()).unwrap_or_default()))
}

fn is_part_of_union(id: &TestId) -> bool {
    !is_test(id) && id.as_str().contains(PART)
}

/// What no name of a context has in it.
const PART: char = '\u{1}';

/// Whether an id is a test's. Contexts that are no node ids are kept under their own text, and what ran without
/// contexts under a text that no node id can be.
#[must_use]
pub fn is_test(id: &TestId) -> bool {
    id.as_str().contains("::")
}
