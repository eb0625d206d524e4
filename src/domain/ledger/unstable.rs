//! Lines that come and go: the same test, the same sources, and not the same lines.

use crate::domain::coverage::{LineSet, Ran};
use crate::domain::ledger::file::{Evidence, FileBook, is_test};
use crate::domain::ledger::judge::Judge;
use crate::domain::ledger::target::Target;
use crate::domain::suite::TestId;
use std::collections::BTreeMap;

impl FileBook {
    /// Notes what came and went between the file before a batch and after it, beside what is known of that already.
    /// `is_same` says of which tests the rerun met the same sources as their last run.
    pub fn note_unstable(&mut self, before: &Self, is_same: &dyn Fn(&TestId) -> bool) {
        let mut all = self.unstable_of(before);
        let ids = before.tests.iter().chain(&self.tests).map(|(id, _)| id);
        let ids: Vec<TestId> = ids.filter(|id| is_test(id) && is_same(id)).cloned().collect();
        for id in ids {
            let lines = self.moved_between(before, &id);
            if !lines.is_empty() {
                all.entry(id).or_default().union_with(&lines);
            }
        }
        self.unstable = all.into_iter().collect();
    }

    /// What is known of the file before, in the lines of the newest version. A test that is gone takes it along.
    fn unstable_of(&self, before: &Self) -> BTreeMap<TestId, LineSet> {
        let (Some(old), Some(new)) = (before.versions.last(), self.versions.last()) else { return BTreeMap::new() };
        let same = old.digest.is_some() && old.digest == new.digest;
        let way = if same || before.unstable.is_empty() { None } else { Self::way_between(old, new) };
        let moved = |lines: &LineSet| match &way {
            _ if same => lines.clone(),
            Some((edit, shape)) => edit.move_ran(&Ran { lines: lines.clone(), arcs: Vec::new() }, shape).held.lines,
            None => LineSet::new(),
        };
        let all = before.unstable.iter().map(|(id, lines)| (id.clone(), moved(lines)));
        all.filter(|(_, lines)| !lines.is_empty()).collect()
    }

    /// The lines in functions that a test ran either before or now, and not both times, on the newest source.
    fn moved_between(&self, before: &Self, id: &TestId) -> LineSet {
        let Some(newest) = self.versions.last().filter(|version| version.digest.is_some() && !version.outdated) else {
            return LineSet::new();
        };
        let (old, new) = (before.test(id), self.test(id));
        let is_newest = |book: &Self, evidence: Option<&Evidence>| {
            // Where it ran nothing, the source has to be the same all the same.
            let at = evidence.map_or(book.versions.len().wrapping_sub(1), |evidence| evidence.version);
            book.versions.get(at).is_some_and(|version| version.digest == newest.digest)
        };
        if !is_newest(before, old) || !is_newest(self, new) {
            return LineSet::new();
        }
        let lines = |evidence: Option<&Evidence>| evidence.map(|evidence| evidence.ran.all_lines()).unwrap_or_default();
        let (old, new) = (lines(old), lines(new));
        let Some(shape) = newest.shape().filter(|_| old != new) else { return LineSet::new() };
        let moved = &(&old - &new) | &(&new - &old);
        moved.iter().filter(|&line| shape.is_in_function(line)).collect()
    }
}

impl Judge<'_> {
    /// The statements of the target that come and go: some test ran them in some of its runs on this source, and
    /// nothing else is known to run them.
    #[must_use]
    pub fn unstable(&self) -> LineSet {
        let (book, target) = (self.book, self.target);
        let Some(newest) = book.versions.len().checked_sub(1).filter(|_| !book.unstable.is_empty()) else {
            return LineSet::new();
        };
        let ones: BTreeMap<&TestId, LineSet> =
            book.unstable.iter().map(|(id, lines)| (id, here(target, newest, lines.clone()))).collect();
        let mut steady = &self.imported.all_lines() | &self.united;
        for at in 0..book.versions.len() {
            let mut others = LineSet::new();
            for (id, evidence) in book.tests.iter().filter(|(_, evidence)| evidence.version == at) {
                match ones.get(id) {
                    Some(unstable) => steady.union_with(&(&here(target, at, evidence.ran.all_lines()) - unstable)),
                    None => others.union_with(&evidence.ran.all_lines()),
                }
            }
            if !others.is_empty() {
                steady.union_with(&here(target, at, others));
            }
        }
        let mut all = LineSet::new();
        ones.values().for_each(|lines| all.union_with(lines));
        let first = |lines: &LineSet| -> LineSet { lines.iter().map(|line| target.facts.first_line(line)).collect() };
        &(&first(&all) - &first(&steady)) & &target.facts.statements
    }
}

/// Lines of a version, in the lines of the target; those whose function changed vanish.
fn here(target: &Target, at: usize, lines: LineSet) -> LineSet {
    if target.version == Some(at) {
        return lines;
    }
    let ran = Ran { lines, arcs: Vec::new() };
    target.edit(at).map_or_else(LineSet::new, |(edit, shape)| edit.move_ran(&ran, shape).held.lines)
}
