//! The ledger itself: its files, their evidence, and the ways in.

use crate::base::{Digest, Problem, RepoPath};
use crate::domain::coverage::{Facts, LineSet, Ran};
use crate::domain::ledger::absorb::Share;
use crate::domain::ledger::baseline::{Each, Fresh, Read};
use crate::domain::ledger::credit::Credit;
use crate::domain::ledger::file::{Evidence, FileBook, is_test, part_of_union};
use crate::domain::ledger::judge::{Judge, unmeasured, unplaced};
use crate::domain::ledger::target::Target;
use crate::domain::ledger::unearned::{Member, Weak, weigh};
use crate::domain::ledger::version::Version;
use crate::domain::ledger::{
    BatchEvidence, FileRecord, Kind, LedgerRecord, PlacedData, PlacedReport, Standing, Weakness, baseline,
};
use crate::domain::suite::{Outcome, TestId};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

/// What each test covers in each file, kept with the source it was measured on. A clone is cheap.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    files: BTreeMap<RepoPath, Arc<FileBook>>,
    tests: Arc<BTreeMap<TestId, Member>>,
    /// The sources that each test met when it ran last, where that is known.
    worlds: Arc<BTreeMap<TestId, Digest>>,
    /// What follows from how the tests ended and whether they assert anything.
    weak: Arc<Weak>,
    /// The files that tests ran which should run again. It is not kept: whoever looks at the sources gives it.
    pending: Arc<BTreeSet<RepoPath>>,
    /// The files that nobody visits: see [`Ledger::is_unvisited`]. It is not kept either.
    unvisited: Arc<BTreeSet<RepoPath>>,
    has_arcs: bool,
    has_contexts: bool,
}

impl Ledger {
    /// A ledger from a full run's report, its data file, or both.
    ///
    /// `fresh` says whether a file's source is not newer than the measurement; only then is its text on disk the text
    /// that was measured. `sources` gives that text; it is asked only where the data file needs it, and what it does
    /// not give is named by [`Ledger::unread`] and given later with [`Ledger::remember`].
    #[must_use]
    pub fn from_baseline(
        report: Option<&PlacedReport>,
        data: Option<&PlacedData>,
        sources: Read<'_>,
        fresh: Fresh<'_>,
    ) -> (Self, Vec<Problem>) {
        Self::from_baseline_by(report, data.cloned(), sources, fresh, &|jobs, work| jobs.iter().map(work).collect())
    }

    /// The same; `each` does the work on every file, which the caller may spread over the processors.
    #[must_use]
    pub fn from_baseline_by(
        report: Option<&PlacedReport>,
        data: Option<PlacedData>,
        sources: Read<'_>,
        fresh: Fresh<'_>,
        each: Each<'_>,
    ) -> (Self, Vec<Problem>) {
        let arcs = data.as_ref().map(|data| data.has_arcs);
        let has_arcs = arcs.unwrap_or_else(|| report.is_some_and(|report| report.has_branches));
        let data = data.map(|data| (Credit::read(&data.contexts), data.files));
        let credit = data.iter().map(|(credit, _)| credit);
        let tests = credit.clone().flat_map(Credit::tests).filter(is_test).map(|id| (id, Member::default())).collect();
        let has_contexts = credit.clone().any(Credit::has_tests);
        let (files, problems) = baseline::open(report, data, sources, fresh, each);
        (Self { files, tests: Arc::new(tests), has_arcs, has_contexts, ..Self::default() }, problems)
    }

    /// The ledger after a batch: the contributions of the tests that ran are replaced, all others stay.
    #[must_use]
    pub fn absorb(&self, batch: &BatchEvidence) -> Self {
        let credit = Credit::known(&batch.data.contexts, batch.has_contexts);
        let known = Known::of(batch);
        let mut shares = shares(batch, &known, &credit);
        if batch.all {
            return self.replaced(batch, &known, &credit, shares);
        }
        let vanished = self.gone(batch);
        // Without contexts nothing that was known of single tests can be replaced.
        let gone = if credit.has_tests() { vanished.clone() } else { BTreeSet::new() };
        let mut after = self.clone();
        let otherwise = credit.has_tests() && self.is_imported_otherwise(&shares);
        for (path, book) in &mut after.files {
            let share = shares.remove(path);
            let is_gone = || gone.iter().any(|id| book.test(id).is_some());
            let is_new = share.as_ref().is_some_and(|share| otherwise || !book.knows(share));
            if !batch.torn.contains(path) && (is_new || is_gone()) {
                *book = Arc::new(book.absorb(share.unwrap_or_default(), &gone, otherwise));
            }
        }
        for (path, share) in shares {
            after.files.insert(path, Arc::new(FileBook::default().absorb(share, &gone, false)));
        }
        let new: Vec<&RepoPath> = known.paths().filter(|path| !after.files.contains_key(*path)).collect();
        for path in new {
            // A new file that no test of the batch came by: what others would run in it is for them to show.
            if let Some(mut version) = known.version(path) {
                version.outdated = true;
                let book = FileBook { versions: vec![version], ..FileBook::default() };
                after.files.insert(path.clone(), Arc::new(book));
            }
        }
        after.tests = Arc::new(self.tests_after(batch, &vanished));
        after.worlds = Arc::new(self.worlds_after(batch, &after.tests));
        after.note_unstable(self, batch);
        if self.is_empty() {
            after.has_arcs = batch.data.has_arcs;
            after.has_contexts = credit.has_tests();
        }
        after.weighed()
    }

    /// Whether what runs at import may be something else than before, by the sources that a batch imported.
    fn is_imported_otherwise(&self, shares: &BTreeMap<RepoPath, Share>) -> bool {
        let has_tests = |path: &RepoPath| {
            let next = self.tests.range(TestId::new(path.as_str())..).next();
            next.is_some_and(|(id, _)| id.path() == path.as_str())
        };
        let is_other = |(path, share): (&RepoPath, &Share)| {
            self.files.get(path).is_some_and(|book| book.is_imported_otherwise(share, has_tests(path)))
        };
        shares.iter().any(is_other)
    }

    /// The tests of which nobody has said yet whether they assert anything: those that ran since it was asked last.
    pub fn unheard(&self) -> impl Iterator<Item = &TestId> {
        self.tests.iter().filter(|(_, member)| member.asserts.is_none()).map(|(id, _)| id)
    }

    /// The ledger with the word on whether tests assert anything, by their sources at the time of their last run.
    #[must_use]
    pub fn with_heard(mut self, heard: impl IntoIterator<Item = (TestId, bool)>) -> Self {
        let tests = Arc::make_mut(&mut self.tests);
        for (id, asserts) in heard {
            if let Some(member) = tests.get_mut(&id) {
                member.asserts = Some(asserts);
            }
        }
        self.weighed()
    }

    /// The ledger with some of its tests under other ids: what is known of them goes along. Nothing goes to an id that it
    /// knows already.
    #[must_use]
    pub fn with_ids(&self, new_id: &dyn Fn(&TestId) -> Option<TestId>) -> Self {
        let moved = self.tests.keys().filter_map(|id| Some((id.clone(), new_id(id)?)));
        let moved: BTreeMap<TestId, TestId> = moved.filter(|(_, to)| !self.tests.contains_key(to)).collect();
        if moved.is_empty() {
            return self.clone();
        }
        let mut after = self.clone();
        let tests = Arc::make_mut(&mut after.tests);
        let worlds = Arc::make_mut(&mut after.worlds);
        for (from, to) in &moved {
            if let Some(member) = tests.remove(from) {
                tests.insert(to.clone(), member);
            }
            if let Some(world) = worlds.remove(from) {
                worlds.insert(to.clone(), world);
            }
        }
        for book in after.files.values_mut().filter(|book| book.tests.iter().any(|(id, _)| moved.contains_key(id))) {
            Arc::make_mut(book).rename(&moved);
        }
        after.weighed()
    }

    fn weighed(mut self) -> Self {
        self.weak = Arc::new(weigh(&self.tests));
        self
    }

    /// Why the lines that a test ran are not earned; nothing where they are.
    #[must_use]
    pub fn weakness(&self, id: &TestId) -> Option<Weakness> {
        self.weak.get(id).copied()
    }

    /// The tests whose lines count as earned in one of two ledgers only.
    #[must_use]
    pub fn reweighed(&self, other: &Self) -> HashSet<TestId> {
        let differs = |id: &&TestId| self.weak.get(*id) != other.weak.get(*id);
        self.weak.keys().chain(other.weak.keys()).filter(differs).cloned().collect()
    }

    /// Whether one of these tests ran anything in a file.
    #[must_use]
    pub fn is_run_by(&self, path: &RepoPath, tests: &HashSet<TestId>) -> bool {
        !tests.is_empty()
            && self.files.get(path).is_some_and(|book| book.tests.iter().any(|(id, _)| tests.contains(id)))
    }

    /// Whether some test that `is` one of those that are meant ran anything in a file.
    #[must_use]
    pub fn is_run_by_some(&self, path: &RepoPath, is: &dyn Fn(&TestId) -> bool) -> bool {
        self.files.get(path).is_some_and(|book| book.tests.iter().any(|(id, _)| is(id)))
    }

    /// What came and went in a batch, for the tests that met the sources of their last run again.
    fn note_unstable(&mut self, before: &Self, batch: &BatchEvidence) {
        let is_same = |id: &TestId| batch.world.is_some() && before.worlds.get(id) == batch.world.as_ref();
        let same: BTreeSet<&TestId> = batch.ran.iter().map(|(id, _)| id).filter(|id| is_same(id)).collect();
        for (path, book) in &mut self.files {
            let Some(old) = before.files.get(path) else { continue };
            if !Arc::ptr_eq(old, book) && (!same.is_empty() || !old.unstable.is_empty()) {
                let book = Arc::make_mut(book);
                book.note_unstable(old, &|id| same.contains(id));
                book.unstable.retain(|(id, _)| self.tests.contains_key(id));
            }
        }
    }

    /// The sources that a test met when it ran last, where they are known.
    #[must_use]
    pub fn world_of(&self, test: &TestId) -> Option<Digest> {
        self.worlds.get(test).copied()
    }

    /// The sources that each test met last. Of a test that ran where they are not known, nothing is known any more.
    fn worlds_after(&self, batch: &BatchEvidence, tests: &BTreeMap<TestId, Member>) -> BTreeMap<TestId, Digest> {
        let mut worlds = BTreeMap::clone(&self.worlds);
        // Both are sorted: a test that is gone is found without a search for each of the others.
        let mut left = tests.keys().peekable();
        worlds.retain(|id, _| {
            while left.next_if(|test| *test < id).is_some() {}
            left.peek().is_some_and(|test| *test == id)
        });
        for (id, _) in &batch.ran {
            match batch.world {
                Some(world) => worlds.insert(id.clone(), world),
                None => worlds.remove(id),
            };
        }
        worlds
    }

    /// The ledger with coverage.py's facts on the sources of a batch, and none of its evidence: the same denominator
    /// for both sides of a comparison. A baseline without facts has only estimates, or lines without branches.
    #[must_use]
    pub fn learn(&self, batch: &BatchEvidence) -> Self {
        let mut after = self.clone();
        let known = Known::of(batch);
        for path in known.paths() {
            if let (Some(book), Some(version)) = (after.files.get_mut(path), known.version(path)) {
                Arc::make_mut(book).learn(version);
            }
        }
        after
    }

    /// The ledger of a run of the whole suite. A file that it neither touched nor named is no part of what is measured
    /// any more, unless it changed meanwhile; where it named none, such a file stays, without evidence.
    fn replaced(
        &self,
        batch: &BatchEvidence,
        known: &Known<'_>,
        credit: &Credit,
        shares: BTreeMap<RepoPath, Share>,
    ) -> Self {
        let mut files: BTreeMap<RepoPath, Arc<FileBook>> = BTreeMap::new();
        for (path, book) in &self.files {
            if batch.torn.contains(path) {
                files.insert(path.clone(), Arc::clone(book));
                continue;
            }
            if !batch.facts.is_empty() {
                continue;
            }
            let versions: Vec<Version> = book.versions.last().cloned().into_iter().collect();
            files.insert(path.clone(), Arc::new(FileBook { versions, ..FileBook::default() }));
        }
        for (path, share) in shares {
            files.insert(path, Arc::new(FileBook::default().absorb(share, &BTreeSet::new(), false)));
        }
        for path in known.paths() {
            // A file that the run's configuration names and that nothing imported: all of it is missed.
            let book = files.entry(path.clone()).or_default();
            if let (false, Some(version)) = (book.has_evidence(), known.version(path)) {
                *book = Arc::new(FileBook { versions: vec![version], ..FileBook::default() });
            }
        }
        let tests = batch.ran.iter().map(member).collect();
        let mut after = Self {
            worlds: Arc::new(self.worlds_after(batch, &tests)),
            tests: Arc::new(tests),
            files,
            has_arcs: batch.data.has_arcs,
            has_contexts: credit.has_tests(),
            ..Self::default()
        };
        after.note_unstable(self, batch);
        after.weighed()
    }

    /// The tests whose old contributions vanish with a batch: those that ran, and those that their file, collected as a
    /// whole, no longer has.
    fn gone(&self, batch: &BatchEvidence) -> BTreeSet<TestId> {
        let mut gone: BTreeSet<TestId> = batch.ran.iter().map(|(id, _)| id.clone()).collect();
        for (path, ids) in &batch.collected {
            let ids: BTreeSet<&TestId> = ids.iter().collect();
            let from = self.tests.range(TestId::new(path.as_str())..).map(|(id, _)| id);
            let known = from.take_while(|id| id.as_str().starts_with(path.as_str()));
            gone.extend(known.filter(|id| id.path() == path.as_str() && !ids.contains(id)).cloned());
        }
        gone.extend(batch.missing.iter().flat_map(|id| self.cases(id)).cloned());
        gone
    }

    fn tests_after(&self, batch: &BatchEvidence, gone: &BTreeSet<TestId>) -> BTreeMap<TestId, Member> {
        let mut tests = BTreeMap::clone(&self.tests);
        for id in gone {
            tests.remove(id);
        }
        tests.extend(batch.ran.iter().map(member));
        tests
    }

    /// The tests that an id means: itself, and the cases of its function.
    fn cases<'a>(&'a self, id: &'a TestId) -> impl Iterator<Item = &'a TestId> {
        let from = self.tests.range(id.clone()..).map(|(id, _)| id);
        let near = from.take_while(|other| other.as_str().starts_with(id.as_str()));
        near.filter(move |other| *other == id || other.without_params() == id.as_str())
    }

    /// The ledger without tests that pytest did not find.
    #[must_use]
    pub fn without_missing(&self, missing: &[TestId]) -> Self {
        let gone: BTreeSet<TestId> = missing.iter().flat_map(|id| self.cases(id)).cloned().collect();
        self.without(&gone)
    }

    /// The files of its tests.
    #[must_use]
    pub fn test_files(&self) -> BTreeSet<RepoPath> {
        let names: BTreeSet<&str> = self.tests.keys().map(TestId::path).collect();
        names.into_iter().filter_map(RepoPath::new).collect()
    }

    /// The ledger without the tests of these files, which are no more. What only they ran is missed, or in doubt where a
    /// test that is still there might run it.
    #[must_use]
    pub fn without_tests_of(&self, deleted: &BTreeSet<RepoPath>) -> Self {
        let is_gone = |id: &TestId| RepoPath::new(id.path()).is_some_and(|path| deleted.contains(&path));
        let gone: BTreeSet<TestId> =
            self.tests.keys().filter(|id| !deleted.is_empty() && is_gone(id)).cloned().collect();
        self.without(&gone)
    }

    fn without(&self, gone: &BTreeSet<TestId>) -> Self {
        let mut after = self.clone();
        if gone.is_empty() || !self.has_contexts {
            return after;
        }
        for book in after.files.values_mut().filter(|book| gone.iter().any(|id| book.test(id).is_some())) {
            *book = Arc::new(book.absorb(Share::default(), gone, false));
        }
        Arc::make_mut(&mut after.tests).retain(|id, _| !gone.contains(id));
        after.weighed()
    }

    /// How a file stands on the text that is on disk now; without a text, on the source that was measured last.
    #[must_use]
    pub fn standing(&self, path: &RepoPath, disk: Option<&str>) -> Standing {
        let Some(book) = self.files.get(path) else { return unmeasured(disk) };
        let unvisited = self.unvisited.contains(path);
        if book.versions.iter().all(|version| version.outdated) {
            return unplaced(book, disk);
        }
        let standing = self.judge(book, disk, unvisited);
        if self.pending.contains(path) { standing.at_best(Kind::Carried) } else { standing }
    }

    fn judge(&self, book: &FileBook, disk: Option<&str>, unvisited: bool) -> Standing {
        let target = Target::new(book, disk);
        let mut judge = Judge::gather(book, &target, self.has_arcs, &self.weak);
        judge.unvisited = unvisited;
        judge.standing(self.has_contexts && !book.is_union())
    }

    /// The ledger with the files that nobody visits, once no test is left that an edit affects: what is new in them is
    /// missed.
    #[must_use]
    pub fn with_unvisited(&self, files: BTreeSet<RepoPath>) -> Self {
        Self { unvisited: Arc::new(files), ..self.clone() }
    }

    /// The ledger with the files in which a rerun of affected tests may show something else. Nothing of them is called
    /// measured.
    #[must_use]
    pub fn with_pending(&self, files: BTreeSet<RepoPath>) -> Self {
        Self { pending: Arc::new(files), ..self.clone() }
    }

    /// Whether tests that should run again may run other lines of a file than before.
    #[must_use]
    pub fn is_pending(&self, path: &RepoPath) -> bool {
        self.pending.contains(path)
    }

    /// The files whose measured text has not been read yet: they are still on disk as they were measured.
    pub fn unread(&self) -> impl Iterator<Item = &RepoPath> {
        self.files.iter().filter(|(_, book)| book.versions.iter().any(Version::is_unread)).map(|(path, _)| path)
    }

    /// The ledger with the measured texts of files that [`Ledger::unread`] named. The caller makes sure that the file
    /// has not changed since the measurement. A text that does not have the lines that were measured is not the one that
    /// was measured, whatever the clocks say: see [`Ledger::misfits`].
    #[must_use]
    pub fn remember(&self, texts: impl IntoIterator<Item = (RepoPath, Arc<str>)>) -> Self {
        let mut after = self.clone();
        for (path, text) in texts {
            if let Some(book) = after.files.get_mut(&path) {
                let book = Arc::make_mut(book);
                let statements = book.reported.as_ref().map(|reported| reported.counts.statements);
                for version in book.versions.iter_mut().filter(|version| version.is_unread()) {
                    if version.fits(&path, &text, statements) {
                        *version = version.with_text(&text);
                    } else {
                        version.outdated = true;
                    }
                }
            }
        }
        after
    }

    /// Those of `paths` whose measured source is not known.
    pub fn misfits<'a>(&'a self, paths: &'a [RepoPath]) -> impl Iterator<Item = &'a RepoPath> {
        let is_lost = |path: &&RepoPath| {
            self.files.get(*path).is_some_and(|book| book.versions.iter().all(|version| version.outdated))
        };
        paths.iter().filter(is_lost)
    }

    /// The files it knows, in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = &RepoPath> {
        self.files.keys()
    }

    /// The digest of the newest measured text of each file, where it is known.
    pub fn sources(&self) -> impl Iterator<Item = Digest> {
        self.files.values().filter_map(|book| book.versions.last()?.digest)
    }

    /// The source that [`Ledger::standing`] is about, with its digest: the text on disk, or without one the newest
    /// measured one. Nothing where it is not known which text that was.
    #[must_use]
    pub fn source(&self, path: &RepoPath, disk: Option<&Arc<str>>) -> Option<(Digest, Option<Arc<str>>)> {
        let versions = self.files.get(path).map_or(&[][..], |book| &book.versions);
        let Some(text) = disk else {
            let newest = versions.last()?;
            return Some((newest.digest?, newest.text.clone()));
        };
        let same = versions.iter().rfind(|version| version.text.as_ref() == Some(text));
        let digest = same.and_then(|version| version.digest).unwrap_or_else(|| Digest::of(text.as_bytes()));
        Some((digest, Some(Arc::clone(text))))
    }

    /// The tests it knows, in the order of their ids.
    #[must_use]
    pub fn tests(&self) -> Vec<TestId> {
        self.tests.keys().cloned().collect()
    }

    /// Whether it knows a test.
    #[must_use]
    pub fn knows(&self, id: &TestId) -> bool {
        self.tests.contains_key(id)
    }

    /// The last outcome of a test, where a run of it was seen.
    #[must_use]
    pub fn outcome(&self, id: &TestId) -> Option<Outcome> {
        self.tests.get(id)?.outcome
    }

    /// The tests that ran the statement on a line of the source on disk.
    #[must_use]
    pub fn tests_of_line(&self, path: &RepoPath, line: u32, disk: Option<&str>) -> Vec<TestId> {
        let Some(book) = self.files.get(path) else { return Vec::new() };
        let target = Target::new(book, disk);
        let first = target.facts.first_line(line);
        let longer = target.facts.first_lines.iter().filter(|pair| pair.1 == first).map(|pair| pair.0);
        let lines: Vec<u32> = longer.chain([first]).collect();
        let there: Vec<LineSet> = (0..book.versions.len())
            .map(|at| match target.edit(at) {
                Some((edit, _)) => lines.iter().filter_map(|&line| edit.origin(line)).collect(),
                None if target.version == Some(at) => lines.iter().copied().collect(),
                None => LineSet::new(),
            })
            .collect();
        let ran = |evidence: &Evidence| there.get(evidence.version).is_some_and(|lines| touches(&evidence.ran, lines));
        let tests = book.tests.iter().filter(|(id, evidence)| is_test(id) && ran(evidence));
        tests.map(|(id, _)| id.clone()).collect()
    }

    /// The tests that ran anything in a file.
    #[must_use]
    pub fn tests_of_file(&self, path: &RepoPath) -> Vec<TestId> {
        let tests = self.files.get(path).map(|book| book.tests.iter().map(|(id, _)| id).filter(|id| is_test(id)));
        tests.into_iter().flatten().cloned().collect()
    }

    /// The ledger with files under other paths: what is known of them goes along.
    #[must_use]
    pub fn with_paths(&self, moves: &BTreeMap<RepoPath, RepoPath>) -> Self {
        let mut after = self.clone();
        let taken: Vec<_> =
            moves.iter().filter_map(|(from, to)| Some((to.clone(), after.files.remove(from)?))).collect();
        after.files.extend(taken);
        after
    }

    /// What is known of one file.
    pub(in crate::domain::ledger) fn book(&self, path: &RepoPath) -> Option<&FileBook> {
        self.files.get(path).map(AsRef::as_ref)
    }

    /// Whether it knows what single tests cover.
    #[must_use]
    pub fn has_contexts(&self) -> bool {
        self.has_contexts
    }

    /// Whether it was measured with branches: a batch has to be run in the same mode.
    #[must_use]
    pub fn has_arcs(&self) -> bool {
        self.has_arcs
    }

    /// Whether it knows nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Whether a file has the same evidence in both.
    #[must_use]
    pub fn same_file(&self, other: &Self, path: &RepoPath) -> bool {
        match (self.files.get(path), other.files.get(path)) {
            (Some(one), Some(two)) => Arc::ptr_eq(one, two) || one == two,
            (None, None) => true,
            _ => false,
        }
    }

    /// What has to be saved after `before` was: the files that changed since, and the paths of those that are gone.
    #[must_use]
    pub fn records_since(&self, before: &Self) -> (LedgerRecord, Vec<RepoPath>) {
        let changed = self.files.iter().filter(|(path, _)| !self.same_file(before, path));
        let files = changed.map(|(path, book)| FileRecord::of(path, book)).collect();
        let gone = before.files.keys().filter(|path| !self.files.contains_key(path)).cloned().collect();
        (LedgerRecord { files, ..self.head() }, gone)
    }

    fn head(&self) -> LedgerRecord {
        LedgerRecord {
            has_arcs: self.has_arcs,
            has_contexts: self.has_contexts,
            tests: self.tests.iter().map(|(id, member)| (id.clone(), *member)).collect(),
            worlds: self.worlds.iter().map(|(id, world)| (id.clone(), *world)).collect(),
            files: Vec::new(),
        }
    }

    /// All of it as plain records, for the store.
    #[must_use]
    pub fn records(&self) -> LedgerRecord {
        let files = self.files.iter().map(|(path, book)| FileRecord::of(path, book)).collect();
        LedgerRecord { files, ..self.head() }
    }

    /// The ledger that [`Ledger::records`] gave.
    #[must_use]
    pub fn from_records(record: LedgerRecord) -> Self {
        let files = record.files.into_iter().map(|file| (file.path.clone(), Arc::new(file.book())));
        Self {
            files: files.collect(),
            tests: Arc::new(record.tests.into_iter().collect()),
            worlds: Arc::new(record.worlds.into_iter().collect()),
            has_arcs: record.has_arcs,
            has_contexts: record.has_contexts,
            ..Self::default()
        }
        .weighed()
    }
}

/// A test that ran: whether it asserts anything is to be heard anew.
fn member((id, outcome): &(TestId, Outcome)) -> (TestId, Member) {
    (id.clone(), Member { outcome: Some(*outcome), asserts: None })
}

fn touches(ran: &Ran, lines: &LineSet) -> bool {
    let on = |end: i32| u32::try_from(end).is_ok_and(|line| lines.contains(line));
    !(&ran.lines & lines).is_empty() || ran.arcs.iter().any(|arc| on(arc.0) || on(arc.1))
}

/// The sources that a batch ran on, with coverage.py's facts on them.
struct Known<'a> {
    sources: &'a BTreeMap<RepoPath, Arc<str>>,
    facts: BTreeMap<&'a RepoPath, (Digest, &'a Facts)>,
}

impl<'a> Known<'a> {
    fn of(batch: &'a BatchEvidence) -> Self {
        // Of two facts on one file the first counts.
        let facts = batch.facts.iter().rev().map(|(path, digest, facts)| (path, (*digest, facts)));
        Self { sources: &batch.sources, facts: facts.collect() }
    }

    /// The files that there are facts on.
    fn paths(&self) -> impl Iterator<Item = &'a RepoPath> {
        self.facts.keys().copied()
    }

    fn version(&self, path: &RepoPath) -> Option<Version> {
        let facts = self.facts.get(path);
        let shared = |facts: &Facts| Arc::new(facts.clone());
        match (self.sources.get(path), facts) {
            (Some(text), facts) => {
                let version = Version::of(text, None);
                // Facts of another text than the one that was read are of no use.
                let facts = facts.filter(|(digest, _)| Some(*digest) == version.digest);
                Some(version.with_facts(facts.map(|(_, facts)| shared(facts))))
            }
            (None, Some((digest, facts))) => Some(Version::new(Some(*digest), None, Some(shared(facts)), false)),
            (None, None) => None,
        }
    }
}

/// What a batch showed, file by file.
fn shares(batch: &BatchEvidence, known: &Known<'_>, credit: &Credit) -> BTreeMap<RepoPath, Share> {
    let ran: BTreeSet<&TestId> = batch.ran.iter().map(|(id, _)| id).collect();
    let mut shares = BTreeMap::new();
    for (path, contexts) in &batch.data.files {
        let (import, mut tests) = credit.evidence(contexts.clone());
        if credit.has_tests() {
            // A test that did not run to its end says nothing.
            tests.retain(|(id, _)| !is_test(id) || ran.contains(id));
        }
        if import.is_some() || !tests.is_empty() {
            let version = known.version(path);
            if !batch.all {
                let digest = version.as_ref().and_then(|version| version.digest);
                tests.iter_mut().filter(|(id, _)| !is_test(id)).for_each(|(id, _)| *id = part_of_union(id, digest));
                tests.sort_by(|a, b| a.0.cmp(&b.0));
            }
            shares.insert(path.clone(), Share { version, import, tests });
        }
    }
    shares
}
