//! What a programme and a gate are judged by: coverage, the tests there are, and the history, each read when it is asked for.

use super::desk::Desk;
use super::rank::Ground as Ranks;
use super::{belonging, contract, flakes, keep, mapping};
use crate::app::Baseline;
use crate::base::{Problem, Ratio, RepoPath, Stamp};
use crate::domain::contract::Contract;
use crate::domain::coverage::LineSet;
use crate::domain::history::{FlakyTest, Observation, Run, flaky, outages, pace};
use crate::domain::ledger::{Ledger, LineState};
use crate::domain::mapping::Mapping;
use crate::domain::programme::{Gaps, Slower, SuiteRun};
use crate::domain::suite::{Outcome, TestId, Told};
use crate::domain::triage::{Order, Row};
use std::cell::OnceCell;
use std::sync::Arc;

/// How many of the last runs are looked at for the last one of the suite.
const RUNS: usize = 200;
/// How many results of a test say whether it became slower.
const RESULTS: usize = 100;
/// Tests that take less than this are not asked whether they became slower: it would be the clock's doing.
const LEAST: f64 = 0.1;
/// What is recent, in milliseconds.
const RECENT: i64 = 7 * 24 * 3600 * 1000;

/// What is known of a project.
pub struct Known<'a> {
    /// The project.
    pub desk: &'a Desk,
    /// What was opened as the baseline.
    pub baseline: Option<Baseline>,
    /// The ledger on the sources as they are now; nothing without a report.
    pub ledger: Option<Arc<Ledger>>,
    /// Every measured file, ranked.
    pub rows: Vec<Row>,
    past: OnceCell<Result<Past, Problem>>,
    tests: OnceCell<(LayeredTests, bool)>,
    slower: OnceCell<Result<Option<Vec<Slower>>, Problem>>,
    contract: OnceCell<(Contract, Vec<Problem>)>,
    mapping: OnceCell<Mapping>,
}

/// Tests, each with the place of its layer among those of the settings.
type LayeredTests = Vec<(TestId, Option<usize>)>;

/// What the history says.
pub struct Past {
    /// The last runs, the last saved first.
    pub runs: Vec<Run>,
    /// The last run of the suite.
    pub suite: Option<SuiteRun>,
    /// The tests with more than one outcome.
    pub flaky: Vec<FlakyTest>,
}

impl<'a> Known<'a> {
    /// Reads the coverage of a project. What goes wrong is for whoever judges: it is among the problems.
    #[must_use]
    pub fn open(desk: &'a Desk) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let baseline = keep::open(desk).map_err(|problem| problems.push(problem)).ok();
        problems.extend(desk.take_problems());
        let ledger = match &baseline {
            Some(Baseline::Found(evidence)) => {
                problems.extend(evidence.problems.iter().cloned());
                Some(Arc::clone(&evidence.ledger))
            }
            _ => None,
        };
        problems.extend(keep::settle(desk).err());
        (Self { baseline, ..Self::of(desk, ledger.as_ref()) }, problems)
    }

    /// The same where somebody else has read the coverage: on the sources as they are now.
    #[must_use]
    pub fn of(desk: &'a Desk, ledger: Option<&Arc<Ledger>>) -> Self {
        let ledger = ledger.map(|ledger| desk.judged(ledger));
        let ranks = Ranks { disk: &desk.disk, measured: desk.measured(), layers: &desk.layers };
        let rows = ledger.as_ref().map(|ledger| ranks.rank(ledger, None, Order::Triage).rows).unwrap_or_default();
        Self {
            desk,
            baseline: None,
            ledger,
            rows: rows.to_vec(),
            past: OnceCell::new(),
            tests: OnceCell::new(),
            slower: OnceCell::new(),
            contract: OnceCell::new(),
            mapping: OnceCell::new(),
        }
    }

    /// The lines of a file to look at.
    #[must_use]
    pub fn gaps(&self, path: &RepoPath) -> Gaps {
        let text = self.desk.disk.text_since(path, self.desk.measured());
        let Some(ledger) = &self.ledger else { return Gaps::default() };
        let standing = ledger.standing(path, text.as_deref());
        let open = |state| standing.lines_that(state).collect();
        let (stale, unknown): (LineSet, LineSet) = (open(LineState::Stale), open(LineState::Unknown));
        Gaps { missed: open(LineState::Missed), open: &stale | &unknown }
    }

    /// The tests there are, each with its layer; and whether pytest has confirmed all of them.
    #[must_use]
    pub fn tests(&self) -> &(LayeredTests, bool) {
        self.tests.get_or_init(|| belonging::of_suite(self.desk))
    }

    /// Where the contract stands, and what is wrong with its documents.
    pub fn contract(&self) -> &(Contract, Vec<Problem>) {
        self.contract.get_or_init(|| {
            let suite = || self.tests().0.iter().map(|(test, _)| test.clone()).collect();
            contract::standing_among(self.desk, &suite)
        })
    }

    /// Which tests belong to which issues.
    pub fn mapping(&self) -> &Mapping {
        self.mapping.get_or_init(|| mapping::mapping(self.desk))
    }

    /// What the history says.
    ///
    /// # Errors
    /// It could not be read.
    pub fn past(&self) -> Result<&Past, &Problem> {
        self.past.get_or_init(|| Past::read(self.desk)).as_ref()
    }

    /// The tests that became slower within the last seven days of runs; nothing without a run of the suite.
    ///
    /// # Errors
    /// The history could not be read.
    pub fn slower(&self) -> Result<Option<&[Slower]>, &Problem> {
        self.slower.get_or_init(|| self.read_slower()).as_ref().map(Option::as_deref)
    }

    fn read_slower(&self) -> Result<Option<Vec<Slower>>, Problem> {
        let past = self.past().map_err(Clone::clone)?;
        let Some(suite) = &past.suite else { return Ok(None) };
        let history = self.desk.history()?;
        let results = history.run(&suite.id)?.map(|record| record.results).unwrap_or_default();
        let mut found = Vec::new();
        for told in results.iter().filter(|told| told.seconds >= LEAST && !told.outcome.is_bad()) {
            let seen = history.seen(&told.id, RESULTS)?;
            let oldest_first: Vec<&Observation> = seen.iter().rev().collect();
            let changed = pace(&oldest_first).filter(|pace| pace.after > pace.before);
            let recent = changed.filter(|pace| pace.first.when.0 >= suite.when.0.saturating_sub(RECENT));
            found.extend(recent.map(|pace| Slower { test: told.id.clone(), pace }));
        }
        let lost = |one: &Slower| one.pace.after - one.pace.before;
        found.sort_by(|one, other| lost(other).total_cmp(&lost(one)));
        Ok(Some(found))
    }

    /// The tests that were flaky before a point in time; nothing where the history does not reach back to it.
    ///
    /// # Errors
    /// The history could not be read.
    pub fn flaky_before(&self, end: Stamp) -> Result<Option<Vec<FlakyTest>>, Problem> {
        let history = self.desk.history()?;
        if !history.runs(usize::MAX)?.iter().any(|run| run.when < end) {
            return Ok(None);
        }
        let mut seen = history.unsettled()?;
        seen.retain(|seen| seen.run.when < end);
        Ok(Some(flaky(&seen, &outages(&history.wide_sightings()?))))
    }
}

impl Past {
    fn read(desk: &Desk) -> Result<Self, Problem> {
        let history = desk.history()?;
        let runs = history.runs(RUNS)?;
        let last = of_suite(&runs).max_by_key(|run| run.when).map(|run| run.id.clone());
        let record = last.map(|id| history.run(&id)).transpose()?.flatten();
        let suite = record.map(|record| suite(&record.run, &record.results));
        Ok(Self { runs, suite, flaky: flakes::of_project(desk)? })
    }
}

/// The runs of the suite among some runs: one of a part of it says nothing of the whole.
pub fn of_suite(runs: &[Run]) -> impl Iterator<Item = &Run> {
    let largest = runs.iter().map(|run| run.tests).max().unwrap_or(0);
    runs.iter().filter(move |run| run.tests > 0 && run.tests * 5 >= largest * 4)
}

/// One run of the suite with its results.
#[must_use]
pub fn suite(run: &Run, results: &[Told]) -> SuiteRun {
    let ran = || results.iter().filter(|told| told.outcome != Outcome::Skipped);
    let bad: Vec<TestId> = ran().filter(|told| told.outcome.is_bad()).map(|told| told.id.clone()).collect();
    let whole = ran().count() as u64;
    SuiteRun {
        id: run.id.clone(),
        when: run.when,
        commit: run.commit.clone(),
        seconds: run.seconds,
        durations: ran().map(|told| told.seconds).collect(),
        passed: Ratio::new(whole - bad.len() as u64, whole),
        bad,
    }
}
