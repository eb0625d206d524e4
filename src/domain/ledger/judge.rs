//! From evidence to a standing: which statements of the source on disk are covered, missed, or stand open.

use crate::base::Ratio;
use crate::domain::coverage::{Arc as Jump, Counts, Facts, Judged, LineSet, Ran};
use crate::domain::ledger::edit::{Edit, Moved};
use crate::domain::ledger::file::{FileBook, Reported};
use crate::domain::ledger::target::Target;
use crate::domain::ledger::unearned::{Weak, Weakness};
use crate::domain::ledger::union::{add_union, is_in, partial};
use crate::domain::ledger::version::Shape;
use crate::domain::ledger::{Figure, Kind, LineState, Standing, Unearned};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that is known of one file, in the lines of one target source.
pub struct Judge<'a> {
    /// What is known of the file.
    pub book: &'a FileBook,
    /// The source that it is about.
    pub target: &'a Target,
    /// Whether branches were measured.
    pub has_arcs: bool,
    /// The tests whose lines are not earned.
    weak: &'a Weak,
    /// What ran at import.
    pub imported: Ran,
    tested: Ran,
    /// What tests ran that are not weak; nothing where no test of this file is.
    good: Option<Ran>,
    /// What weak tests ran, by [`Weakness`].
    bad: [Ran; 3],
    /// What a union of unknown tests ran.
    pub united: LineSet,
    /// Lines that ran in functions which have changed since.
    stale: LineSet,
    /// The functions that kept evidence ran through before they changed.
    stale_regions: Vec<bool>,
    /// Statements that were there in some measured version.
    seen: LineSet,
    /// Statements that kept evidence can't know, though a rerun of it might cover them.
    unsure: LineSet,
    moved: bool,
    lost_source: bool,
    /// Whether nobody visits the functions that no evidence ran through, so that what is new in them is missed.
    pub unvisited: bool,
}

impl<'a> Judge<'a> {
    /// Gathers the evidence.
    #[must_use]
    pub fn gather(book: &'a FileBook, target: &'a Target, has_arcs: bool, weak: &'a Weak) -> Self {
        let has_weak = !weak.is_empty() && book.tests.iter().any(|(id, _)| weak.contains_key(id));
        let regions = target.shape.as_ref().map_or(1, |shape| shape.regions());
        let mut judge = Self {
            book,
            target,
            has_arcs,
            weak,
            imported: Ran::default(),
            tested: Ran::default(),
            good: has_weak.then(Ran::default),
            bad: Default::default(),
            united: LineSet::new(),
            stale: LineSet::new(),
            stale_regions: vec![false; regions],
            seen: if target.version.is_some() { target.facts.statements.clone() } else { LineSet::new() },
            unsure: LineSet::new(),
            moved: target.version.is_none() || book.evidence().any(|evidence| evidence.moved),
            lost_source: false,
            unvisited: false,
        };
        (0..book.versions.len()).for_each(|at| judge.version(at));
        judge
    }

    /// What a union of unknown tests said, on the version at this place.
    fn union_at(&self, at: usize) -> Option<&'a Reported> {
        self.book.reported.as_ref().filter(|reported| reported.union && reported.version == at)
    }

    /// Takes in what tests ran on one version, apart by whether it is earned.
    fn merits(&mut self, at: usize) {
        let Some(mut good) = self.good.take() else { return };
        let way = self.target.edit(at);
        let here = |tests: Vec<&Ran>| match way {
            _ if self.target.version == Some(at) => together(tests),
            Some((edit, shape)) => {
                let held: Vec<Ran> =
                    alike(&tests, edit, shape).iter().map(|ran| edit.move_ran(ran, shape).held).collect();
                together(&held)
            }
            None => Ran::default(),
        };
        let tests = || self.book.tests.iter().filter(|(_, evidence)| evidence.version == at);
        let of = |weakness: Option<Weakness>| {
            let tests = tests().filter(|(id, _)| self.weak.get(id).copied() == weakness);
            here(tests.map(|(_, evidence)| &evidence.ran).collect())
        };
        good.merge(&of(None));
        let bad = Weakness::ALL.map(|weakness| of(Some(weakness)));
        self.good = Some(good);
        self.bad.iter_mut().zip(bad).for_each(|(all, more)| all.merge(&more));
    }

    /// Takes in the evidence of one version.
    fn version(&mut self, at: usize) {
        self.merits(at);
        let import = self.book.import.iter().filter(|evidence| evidence.version == at).map(|evidence| &evidence.ran);
        let imported = together(import);
        let tests = self.book.tests.iter().filter(|(_, evidence)| evidence.version == at);
        let tests: Vec<&Ran> = tests.map(|(_, evidence)| &evidence.ran).collect();
        let united = self.union_at(at).map(|reported| reported.covered.clone());
        if self.target.version == Some(at) {
            self.imported.merge(&imported);
            self.tested.merge(&together(tests));
            self.united.union_with(&united.unwrap_or_default());
            return;
        }
        let is_empty = imported.is_empty() && tests.iter().all(|ran| ran.is_empty()) && united.is_none();
        let Some((edit, shape)) = self.target.edit(at) else {
            self.lost_source |= !is_empty;
            return;
        };
        self.moved |= !is_empty;
        self.note_seen(at, edit, united.is_some());
        let tested = alike(&tests, edit, shape);
        let outside = |ran: &Ran| ran.all_lines().iter().any(|line| !shape.is_in_function(line));
        let module = united.is_some() || tested.iter().any(outside);
        let united = Ran { lines: united.unwrap_or_default(), arcs: Vec::new() };
        let [imported, united] = [imported, united].map(|ran| edit.move_ran(&ran, shape));
        let tested: Vec<Moved> = tested.iter().map(|ran| edit.move_ran(ran, shape)).collect();
        let mut stale = false;
        for moved in tested.iter().chain([&imported, &united]) {
            stale |= moved.is_stale;
            self.stale.union_with(&moved.stale);
            for &region in &moved.regions {
                if let Some(is_stale) = self.stale_regions.get_mut(region as usize) {
                    *is_stale = true;
                }
            }
        }
        self.imported.merge(&imported.held);
        tested.iter().for_each(|tested| self.tested.merge(&tested.held));
        self.united.union_with(&united.held.lines);
        self.object(edit, module, stale);
    }

    /// Notes which statements of the target were measured on an old version. A report without per-test data measured
    /// only what it listed.
    fn note_seen(&mut self, at: usize, edit: &Edit, is_union: bool) {
        let listed = self.book.versions.get(at).and_then(|version| version.facts.as_ref()).filter(|_| is_union);
        let seen = self.target.facts.statements.iter().filter(|&line| {
            edit.origin(line).is_some_and(|from| listed.is_none_or(|facts| facts.statements.contains(from)))
        });
        let seen: LineSet = seen.collect();
        self.seen.union_with(&seen);
    }

    /// Notes the statements that are new since an old version and that its evidence might cover in a rerun: outside
    /// functions where its tests ran there, and in new functions where its tests ran through a change, which may call
    /// them. Changed functions are [`Self::stale_regions`].
    fn object(&mut self, edit: &Edit, module: bool, stale: bool) {
        let region = |line| self.target.shape.as_ref().map_or(0, |shape| shape.region(line));
        let unsure = self.target.facts.statements.iter().filter(|&line| {
            edit.origin(line).is_none()
                && match region(line) {
                    0 => module,
                    region => stale && !edit.knows_region(region),
                }
        });
        let unsure: LineSet = unsure.collect();
        self.unsure.union_with(&unsure);
    }

    /// The standing. `has_contexts` says whether it is known what single tests cover.
    #[must_use]
    pub fn standing(self, has_contexts: bool) -> Standing {
        let facts = &*self.target.facts;
        let mut all = self.imported.clone();
        all.merge(&self.tested);
        let mut plain = facts.judge(&all, self.has_arcs);
        add_union(&self, facts, &mut plain);
        let word = self.own_word();
        if let Some(word) = word {
            plain.covered.clone_from(&word.covered);
            plain.counts = word.counts;
            plain.missing_branches.clone_from(&word.missing_branches);
            plain.partial = partial(&plain);
        }
        let (lines, doubted) = self.states(facts, &plain.covered);
        let open_branches = if word.is_none() { self.withhold(&lines, &mut plain) } else { Vec::new() };
        plain.partial = plain.partial.iter().filter(|&line| state(&lines, line) == LineState::Covered).collect();
        let open = lines.iter().filter(|state| state.is_open()).count() as u64;
        let kind = self.kind();
        let guessed = plain.counts.branches > 0 && facts.branch_lines.is_empty() && self.target.version.is_none();
        let estimated = (self.target.estimated || guessed) && word.is_none();
        let tested = has_contexts.then(|| facts.judge(&self.tested, self.has_arcs));
        let good = self.good.as_ref().filter(|_| has_contexts).map(|good| facts.judge(good, self.has_arcs));
        let unearned = good.as_ref().map(|good| self.unearned(facts, &good.covered)).unwrap_or_default();
        let unstable = self.unstable();
        let earned = tested.as_ref().map(|tested| {
            let good = good.as_ref().unwrap_or(tested);
            // Lines that come and go stand in functions: they are all to be earned.
            let earned = self.earned(tested, good, &lines, kind, self.target.estimated);
            Figure { unstable: unstable.len() as u64, ..earned }
        });
        let by_tests = good.or(tested).map(|good| &good.covered | &unearned.all());
        Standing {
            plain: Figure { unstable: unstable.len() as u64, ..figure(&plain.counts, open, kind, estimated) },
            earned,
            import_only: by_tests.map_or(0, |by_tests| (&plain.covered - &by_tests).len() as u64),
            unearned,
            unstable,
            doubted,
            counts: plain.counts,
            partial: plain.partial,
            missing_branches: plain.missing_branches,
            open_branches,
            covered: plain.covered,
            lines,
        }
    }

    /// Takes out and gives the branches of which it is not known that nobody took them: those from a line that stands open or to
    /// one, and those of covered lines that a test ran which may take another way now.
    fn withhold(&self, lines: &[LineState], plain: &mut Judged) -> Vec<Jump> {
        let doubt = self.doubted();
        let is_open = |end: i32| u32::try_from(end).is_ok_and(|line| state(lines, line).is_open());
        let is_stale = |line: u32| {
            let region = self.target.shape.as_ref().map_or(0, |shape| shape.region(line)) as usize;
            self.stale_regions.get(region).copied().unwrap_or(false)
                || doubt.contains(line)
                || self.unsure.contains(line)
        };
        let before = partial_branches(plain);
        let (open, missing) = plain.missing_branches.iter().partition(|&&(from, to)| {
            let is_stale = is_in(&plain.covered, from) && u32::try_from(from).is_ok_and(is_stale);
            is_open(from) || is_open(to) || is_stale
        });
        plain.missing_branches = missing;
        let gone = before - partial_branches(plain);
        plain.counts.partial_branches = plain.counts.partial_branches.saturating_sub(gone);
        plain.partial = partial(plain);
        open
    }

    /// What coverage.py's own report says of all the evidence there is, on this very source.
    fn own_word(&self) -> Option<&'a Reported> {
        let here = |reported: &&Reported| Some(reported.version) == self.target.version;
        let whole = |reported: &&Reported| !reported.union || !self.book.is_lower_bound();
        self.book.reported.as_ref().filter(here).filter(whole)
    }

    /// The state of each line, and which of the stale ones are so by doubt alone.
    fn states(&self, facts: &Facts, covered: &LineSet) -> (Vec<LineState>, LineSet) {
        let last = facts.statements.last().max(facts.excluded.last()).unwrap_or(0);
        let mut lines = vec![LineState::Blank; last as usize];
        let mut put = |line: u32, state: LineState| {
            if let Some(place) = lines.get_mut((line as usize).saturating_sub(1)) {
                *place = state;
            }
        };
        facts.excluded.iter().for_each(|line| put(line, LineState::Excluded));
        let stale: LineSet = self.stale.iter().map(|line| facts.first_line(line)).collect();
        let doubt: LineSet = self.doubted().iter().map(|line| facts.first_line(line)).collect();
        let mut doubted = LineSet::new();
        for line in facts.statements.iter() {
            let region = self.target.shape.as_ref().map_or(0, |shape| shape.region(line));
            let in_stale = self.stale_regions.get(region as usize).copied().unwrap_or(false);
            let seen_before = || self.was_there(line);
            let is_doubted = doubt.contains(line);
            if is_doubted && !in_stale && !self.lost_source && !stale.contains(line) && !covered.contains(line) {
                doubted.insert(line);
            }
            put(
                line,
                if covered.contains(line) {
                    LineState::Covered
                } else if self.lost_source {
                    LineState::Unknown
                } else if stale.contains(line) || is_doubted {
                    LineState::Stale
                } else if in_stale {
                    if seen_before() { LineState::Stale } else { LineState::Unknown }
                } else if self.unvisited && !self.unsure.contains(line) && (region > 0 || self.is_nobodys()) {
                    LineState::Missed
                } else if !self.seen.contains(line) || self.unsure.contains(line) {
                    LineState::Unknown
                } else {
                    LineState::Missed
                },
            );
        }
        (lines, doubted)
    }

    /// Whether nothing of the file ran at all.
    fn is_nobodys(&self) -> bool {
        self.book.import.is_none() && self.book.tests.is_empty()
    }

    /// Whether a statement stood in an older version with evidence.
    fn was_there(&self, line: u32) -> bool {
        let ways = (0..self.book.versions.len()).filter_map(|at| self.target.edit(at));
        ways.into_iter().any(|(edit, _)| edit.origin(line).is_some())
    }

    /// Lines that a rerun no longer credited, while others were not rerun.
    fn doubted(&self) -> LineSet {
        let Some(doubt) = &self.book.doubt else { return LineSet::new() };
        if self.target.version == Some(doubt.version) {
            return doubt.lines.clone();
        }
        self.target.edit(doubt.version).map_or_else(LineSet::new, |(edit, _)| edit.move_lines(&doubt.lines))
    }

    fn kind(&self) -> Kind {
        if self.lost_source {
            if self.target.version.is_some() { Kind::LowerBound } else { Kind::Unknown }
        } else if self.book.is_lower_bound() {
            Kind::LowerBound
        } else if self.moved {
            Kind::Carried
        } else {
            Kind::Measured
        }
    }

    /// What weak tests ran and nobody else: neither a good test nor an import. Outside functions no line is earned.
    fn unearned(&self, facts: &Facts, good: &LineSet) -> Unearned {
        let others = &facts.judge(&self.imported, false).covered | good;
        let mut unearned = Unearned::default();
        for (weakness, ran) in Weakness::ALL.into_iter().zip(&self.bad) {
            let lines = &facts.judge(ran, false).covered - &others;
            let shape = self.target.shape.as_ref();
            let inside = lines.iter().filter(|&line| shape.is_none_or(|shape| shape.is_in_function(line)));
            *unearned.lines_mut(weakness) = inside.collect();
        }
        unearned
    }

    /// What good tests alone covered, out of the statements in functions. Without a text: out of those that did not run at
    /// import alone.
    fn earned(&self, tested: &Judged, good: &Judged, lines: &[LineState], kind: Kind, estimated: bool) -> Figure {
        let facts = &*self.target.facts;
        let earnable: LineSet = match &self.target.shape {
            Some(shape) => facts.statements.iter().filter(|&line| shape.is_in_function(line)).collect(),
            None => {
                let imported = facts.judge(&self.imported, false).covered;
                &facts.statements - &(&imported - &tested.covered)
            }
        };
        let branches = facts.branch_lines.iter().filter(|branch| branch.exits > 1 && earnable.contains(branch.line));
        let branches = if self.has_arcs { branches.map(|branch| u64::from(branch.exits)).sum() } else { 0 };
        let missing = good.missing_branches.iter().filter(|arc| is_in(&earnable, arc.0));
        let counts = Counts {
            statements: earnable.len() as u64,
            covered: (&good.covered & &earnable).len() as u64,
            branches,
            covered_branches: branches.saturating_sub(missing.count() as u64),
            ..Counts::default()
        };
        let open = earnable.iter().filter(|&line| state(lines, line).is_open()).count() as u64;
        figure(&counts, open, kind, estimated)
    }
}

/// The standing of a file whose measurement is older than its source, where no copy of the measured source is known:
/// the numbers are the old source's, and nothing can be said of any line. The same holds for a source on which nothing was
/// measured yet: coverage.py's own facts count its statements, where they are known.
#[must_use]
pub fn unplaced(book: &FileBook, disk: Option<&str>) -> Standing {
    let reported = book.reported.as_ref();
    let own = book.versions.iter().rfind(|version| version.text.is_some() && version.text.as_deref() == disk);
    let facts = match (own.and_then(|version| version.facts.as_deref()), disk) {
        (Some(facts), _) => facts.clone(),
        (None, Some(text)) => Shape::of(text).facts(),
        (None, None) => book.newest_facts().map(|(_, facts)| Facts::clone(facts)).unwrap_or_default(),
    };
    let last = facts.statements.last().max(facts.excluded.last()).unwrap_or(0);
    let state = |line| match line {
        line if facts.statements.contains(line) => LineState::Unknown,
        line if facts.excluded.contains(line) => LineState::Excluded,
        _ => LineState::Blank,
    };
    let statements = facts.statements.len() as u64;
    let none = || facts.judge(&Ran::default(), !facts.branch_lines.is_empty()).counts;
    let counts = reported.map_or_else(none, |reported| reported.counts);
    Standing {
        lines: (1..=last).map(state).collect(),
        plain: figure(&counts, statements, Kind::Unknown, reported.is_none() && facts.estimated),
        counts,
        ..Standing::default()
    }
}

/// The standing of a file that nothing is known of: its statements are estimated, and all of them stand open.
#[must_use]
pub fn unmeasured(disk: Option<&str>) -> Standing {
    unplaced(&FileBook::default(), disk)
}

fn figure(counts: &Counts, open: u64, kind: Kind, estimated: bool) -> Figure {
    let lines = Ratio::new(counts.covered, counts.statements);
    Figure { ratio: counts.ratio(), lines, open, kind, estimated, unstable: 0 }
}

/// How many branches of covered lines were never taken.
fn partial_branches(judged: &Judged) -> u64 {
    judged.missing_branches.iter().filter(|arc| is_in(&judged.covered, arc.0)).count() as u64
}

fn state(lines: &[LineState], line: u32) -> LineState {
    let at = (line as usize).checked_sub(1);
    at.and_then(|at| lines.get(at)).copied().unwrap_or_default()
}

/// What several contributors ran together. Sorted once, however many they are.
fn together<'a>(all: impl IntoIterator<Item = &'a Ran>) -> Ran {
    let (mut lines, mut arcs) = (LineSet::new(), Vec::new());
    for ran in all {
        lines.union_with(&ran.lines);
        arcs.extend_from_slice(&ran.arcs);
    }
    Ran::new(lines, arcs)
}

/// What several contributors ran, together where they came by the same changes.
fn alike(all: &[&Ran], edit: &Edit, shape: &Shape) -> Vec<Ran> {
    if !edit.has_turns() {
        return vec![together(all.iter().copied())];
    }
    let mut groups: BTreeMap<BTreeSet<u32>, Vec<&Ran>> = BTreeMap::new();
    for ran in all {
        groups.entry(edit.met(&ran.all_lines(), shape)).or_default().push(ran);
    }
    groups.into_values().map(together).collect()
}
