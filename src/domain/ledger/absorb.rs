//! A batch taken into one file of the ledger: the contributions of what ran are replaced, the rest stays.

use crate::domain::coverage::{Arc as Jump, LineSet, Ran};
use crate::domain::ledger::at_import::AtImport;
use crate::domain::ledger::edit::Edit;
use crate::domain::ledger::file::{Doubt, Evidence, FileBook, is_test};
use crate::domain::ledger::version::{Shape, Version};
use crate::domain::python::parts;
use crate::domain::suite::TestId;
use std::collections::{BTreeMap, BTreeSet};

/// The way from one version to another, with what the first one's text says.
type Road = (Edit, std::sync::Arc<Shape>);

/// What a batch showed of one file. It belongs to the version.
#[derive(Default)]
pub struct Share {
    /// The source that the batch ran on, where it is known.
    pub version: Option<Version>,
    /// What ran at import.
    pub import: Option<Evidence>,
    /// What each test of the batch ran, sorted.
    pub tests: Vec<(TestId, Evidence)>,
}

impl FileBook {
    /// Whether all that a batch showed is known already: the file was imported again as it was, and no test of the batch
    /// ran it. Then nothing changes, if no test that ran it before is gone.
    #[must_use]
    pub fn knows(&self, share: &Share) -> bool {
        let (Some(last), Some(version)) = (self.versions.last(), &share.version) else { return false };
        let is_same = version.digest.is_some() && version.digest == last.digest && !last.outdated;
        let has_facts = version.facts.is_none() || version.facts == last.facts;
        let has_import = match (&share.import, &self.import) {
            (None, _) => true,
            (Some(new), Some(old)) => {
                old.version + 1 == self.versions.len()
                    && new.ran.lines.is_subset(&old.ran.lines)
                    && new.ran.arcs.iter().all(|arc| old.ran.arcs.binary_search(arc).is_ok())
            }
            (Some(_), None) => false,
        };
        let is_settled = self.learned.is_none() && self.doubt.is_none();
        share.tests.is_empty() && is_same && has_facts && has_import && is_settled
    }

    /// The evidence of some tests, which goes.
    fn remove(&mut self, gone: &BTreeSet<TestId>) -> Vec<Evidence> {
        let places = gone.iter().filter_map(|id| self.tests.binary_search_by(|(other, _)| other.cmp(id)).ok());
        let mut places = places.collect::<Vec<_>>().into_iter().peekable();
        let mut at = 0;
        let is_gone = |_: &mut (TestId, Evidence)| {
            at += 1;
            places.next_if_eq(&(at - 1)).is_some()
        };
        self.tests.extract_if(.., is_gone).map(|(_, evidence)| evidence).collect()
    }

    /// Whether a batch imported the file with other code at work: a function that an import ran is another one now, or a
    /// name outside of functions means something else. Of a test file only the former counts, since nobody imports it.
    #[must_use]
    pub fn is_imported_otherwise(&self, share: &Share, is_test_file: bool) -> bool {
        let (Some(import), Some(_), Some(new)) = (&self.import, &share.import, &share.version) else { return false };
        let Some(old) = self.versions.get(import.version) else { return false };
        if old.digest.is_some() && old.digest == new.digest {
            return false;
        }
        let Some((edit, shape)) = Self::way_between(old, new) else { return true };
        if !edit.met(&import.ran.all_lines(), &shape).is_empty() {
            return true;
        }
        let [old, new] = [old, new].map(|version| version.text.as_deref().map(parts).unwrap_or_default());
        let change = AtImport::between(&old, &new);
        let was_bound = |name: &String| old.iter().any(|part| part.binds.contains(name));
        !is_test_file && (change.everyone || change.meant.names.iter().any(was_bound))
    }

    /// The file after a batch. `gone` are the tests that ran again or are no more: their old contributions vanish. With
    /// `otherwise`, the batch imported something with other code at work, and what an import ran in functions before is not
    /// known to run any more.
    #[must_use]
    pub fn absorb(&self, share: Share, gone: &BTreeSet<TestId>, otherwise: bool) -> Self {
        let mut book = self.clone();
        let touched = share.import.is_some() || !share.tests.is_empty();
        let now = if touched || book.versions.is_empty() {
            book.settle(share.version.unwrap_or_else(|| Version::new(None, None, None, true)))
        } else {
            book.versions.len() - 1
        };
        let mut removed = book.remove(gone);
        if let (true, Some(old), Some(_)) = (otherwise, &mut book.import, &share.import) {
            removed.push(old.clone());
            // Of a version whose text is not known every line may stand in a function.
            let shape = self.versions.get(old.version).and_then(Version::shape);
            let inside = |line: u32| shape.as_ref().is_none_or(|shape| shape.is_in_function(line));
            old.ran.lines = old.ran.lines.iter().filter(|&line| !inside(line)).collect();
            old.ran.arcs.retain(|arc| ![arc.0, arc.1].iter().any(|end| u32::try_from(*end).is_ok_and(inside)));
        }
        let kept: Vec<TestId> = book.tests.iter().map(|(id, _)| id.clone()).filter(is_test).collect();
        book.import = match (book.import.take(), share.import) {
            (Some(old), Some(new)) => Some(book.reimport(old, new, now)),
            (old, new) => old.or(new.map(|new| Evidence { version: now, ..new })),
        };
        book.tests.extend(share.tests.into_iter().map(|(id, evidence)| (id, Evidence { version: now, ..evidence })));
        book.tests.sort_by(|a, b| a.0.cmp(&b.0));
        book.tests.dedup_by(|later, first| {
            let same = later.0 == first.0;
            if same && later.1.version == first.1.version {
                // Only what unknown tests ran is there twice: it adds up.
                first.1.ran.merge(&later.1.ran);
            }
            same
        });
        book.doubt = book.doubt_after(&removed, &kept, gone, now);
        if book.reported.as_ref().is_some_and(|reported| !reported.union) {
            let same = book.import == self.import && book.tests == self.tests;
            book.reported.take_if(|_| !same);
        }
        book.learned = None;
        book.tidy();
        book
    }

    /// Finds the version among those known, or adds it; it is the newest one then.
    fn settle(&mut self, version: Version) -> usize {
        let known = self.versions.iter().rposition(|old| old.digest.is_some() && old.digest == version.digest);
        if let Some(at) = known {
            if let Some(old) = self.versions.get_mut(at) {
                old.outdated = false;
                old.facts = version.facts.or_else(|| old.facts.take());
            }
            self.raise(at);
            return self.versions.len() - 1;
        }
        if let Some(last) = self.versions.last_mut().filter(|last| last.is_unread()) {
            // It was on disk as it was measured, and nobody has read it yet: it is this one if the statements are.
            let statements = |version: &Version| version.facts.as_ref().map(|facts| facts.statements.clone());
            if statements(last) == statements(&version) || version.text.is_none() || last.facts.is_none() {
                let facts = version.facts.clone().or_else(|| last.facts.clone());
                *last = version.with_facts(facts);
                return self.versions.len() - 1;
            }
            last.outdated = true;
        }
        self.versions.push(version);
        self.versions.len() - 1
    }

    /// What ran at import before and now. On the same source both count. A new source was imported as a whole: of the
    /// old import only what ran in functions stays, since others may have called them.
    fn reimport(&self, old: Evidence, new: Evidence, now: usize) -> Evidence {
        let mut ran = new.ran;
        let mut moved = new.moved;
        if old.version == now {
            ran.merge(&old.ran);
            moved |= old.moved;
        } else if let Some((edit, shape)) = self.way(old.version, now) {
            let in_function = |line: u32| shape.is_in_function(line);
            let lines = old.ran.all_lines().iter().filter(|&line| in_function(line)).collect();
            let arcs = old.ran.arcs.iter().copied();
            let arcs = arcs.filter(|arc| [arc.0, arc.1].iter().any(|end| u32::try_from(*end).is_ok_and(in_function)));
            let kept = edit.move_ran(&Ran { lines, arcs: arcs.collect() }, &shape).held;
            moved |= !kept.is_empty();
            ran.merge(&kept);
        }
        Evidence { version: now, ran, moved }
    }

    /// The way from one version to another, with what the first one's text says.
    fn way(&self, from: usize, to: usize) -> Option<Road> {
        Self::way_between(self.versions.get(from)?, self.versions.get(to)?)
    }

    /// The way from one source to another, with what the first one's text says.
    pub fn way_between(old: &Version, new: &Version) -> Option<Road> {
        let (old_shape, new_shape) = (old.shape()?, new.shape()?);
        Some((Edit::by_line((old.text.as_deref()?, &old_shape), (new.text.as_deref()?, &new_shape)), old_shape))
    }

    /// What stands in doubt after a batch: lines in functions that the tests which ran again or are gone ran before,
    /// that nobody runs now, and that a test which was not rerun might still run.
    fn doubt_after(&self, removed: &[Evidence], kept: &[TestId], gone: &BTreeSet<TestId>, now: usize) -> Option<Doubt> {
        let old = self.doubt.clone().filter(|doubt| doubt.version < self.versions.len());
        let mut waiting: BTreeSet<TestId> = old.iter().flat_map(|doubt| doubt.waiting.iter().cloned()).collect();
        waiting.retain(|id| !gone.contains(id) && kept.contains(id));
        let mut lines = LineSet::new();
        if let Some(doubt) = old.filter(|_| !waiting.is_empty()) {
            lines.union_with(&self.doubt_at(&doubt, now));
        }
        let mut lost = if kept.is_empty() { LineSet::new() } else { self.all_lines_at(removed.iter(), now) };
        if lines.is_empty() && lost.is_empty() {
            return None;
        }
        let ran = self.all_lines_at(self.evidence(), now);
        let branching = self.branching(now);
        lost.subtract(&ran);
        lines.subtract(&(&ran - &branching));
        if !branching.is_empty() && !kept.is_empty() {
            lost.union_with(&self.lost_ways(removed, gone, &branching, now));
        }
        if !lost.is_empty() {
            waiting.extend(kept.iter().cloned());
        }
        lines.union_with(&lost);
        let waiting: Vec<TestId> = waiting.into_iter().collect();
        (!lines.is_empty() && !waiting.is_empty()).then_some(Doubt { version: now, lines, waiting })
    }

    /// The lines of a doubt, on another version. Of a function that changed since all lines are in doubt.
    fn doubt_at(&self, doubt: &Doubt, now: usize) -> LineSet {
        let mut lines = self.lines_at(&doubt.lines, doubt.version, now);
        if let (Some((edit, old)), Some(new)) =
            (self.way(doubt.version, now), self.versions.get(now).and_then(Version::shape))
        {
            let changed = doubt.lines.iter().map(|line| old.region(line)).filter(|&region| edit.is_changed(region));
            let changed: BTreeSet<u32> = changed.filter_map(|region| edit.region(region)).collect();
            let logical = new.found.logical.iter().map(|line| line.0);
            lines.extend(logical.filter(|&line| changed.contains(&new.region(line))));
        }
        lines
    }

    /// The lines of a version that have several exits, the further lines of long statements included.
    fn branching(&self, at: usize) -> LineSet {
        let Some(facts) = self.versions.get(at).and_then(|version| version.facts.as_ref()) else {
            return LineSet::new();
        };
        let branches = facts.branch_lines.iter().filter(|branch| branch.exits > 1);
        let first: LineSet = branches.map(|branch| branch.line).collect();
        let further = facts.first_lines.iter().filter(|pair| first.contains(pair.1)).map(|pair| pair.0);
        first.iter().chain(further).collect()
    }

    /// Branching lines of which a way was taken by what is removed and by nobody now: a line that still runs may have lost
    /// a way out of it.
    fn lost_ways(&self, removed: &[Evidence], gone: &BTreeSet<TestId>, branching: &LineSet, now: usize) -> LineSet {
        let mut roads = BTreeMap::new();
        let mut ways: BTreeSet<Jump> = BTreeSet::new();
        removed.iter().for_each(|evidence| ways.extend(self.ways_at(evidence, now, &mut roads)));
        let on = |end: i32, lines: &LineSet| u32::try_from(end).is_ok_and(|line| lines.contains(line));
        let shape = self.versions.get(now).and_then(Version::shape);
        let inside = |end: i32| {
            u32::try_from(end).is_ok_and(|line| shape.as_ref().is_none_or(|shape| shape.is_in_function(line)))
        };
        ways.retain(|arc| on(arc.0, branching) && inside(arc.0));
        // What ran again took most of them again.
        let again = self.tests.iter().filter(|(id, _)| gone.contains(id)).map(|(_, evidence)| evidence);
        for evidence in again.chain(self.evidence()) {
            if ways.is_empty() {
                break;
            }
            self.ways_at(evidence, now, &mut roads).iter().for_each(|arc| {
                ways.remove(arc);
            });
        }
        ways.iter().filter_map(|arc| u32::try_from(arc.0).ok()).collect()
    }

    /// The arcs that one contributor took, on one version. The roads there are found once for each version.
    fn ways_at(&self, evidence: &Evidence, now: usize, roads: &mut BTreeMap<usize, Option<Road>>) -> Vec<Jump> {
        if evidence.version == now {
            return evidence.ran.arcs.clone();
        }
        let road = roads.entry(evidence.version).or_insert_with(|| self.way(evidence.version, now));
        road.as_ref().map(|(edit, shape)| edit.move_ran(&evidence.ran, shape).held.arcs).unwrap_or_default()
    }

    /// Lines in functions that some evidence ran, on one version. Each version is moved there once.
    fn all_lines_at<'a>(&self, evidence: impl Iterator<Item = &'a Evidence>, now: usize) -> LineSet {
        let mut by_version: BTreeMap<usize, LineSet> = BTreeMap::new();
        for evidence in evidence {
            evidence.ran.add_lines_to(by_version.entry(evidence.version).or_default());
        }
        let mut all = LineSet::new();
        by_version.iter().for_each(|(from, lines)| all.union_with(&self.lines_at(lines, *from, now)));
        all
    }

    /// Lines in functions, on another version; those whose function changed vanish.
    fn lines_at(&self, lines: &LineSet, from: usize, to: usize) -> LineSet {
        let ran = |lines: LineSet| Ran { lines, arcs: Vec::new() };
        if from == to {
            let shape = self.versions.get(to).and_then(Version::shape);
            return lines
                .iter()
                .filter(|&line| shape.as_ref().is_none_or(|shape| shape.is_in_function(line)))
                .collect();
        }
        let Some((edit, shape)) = self.way(from, to) else { return LineSet::new() };
        let inside: LineSet = lines.iter().filter(|&line| shape.is_in_function(line)).collect();
        edit.move_ran(&ran(inside), &shape).held.lines
    }
}
