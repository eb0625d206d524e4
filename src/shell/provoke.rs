//! Whether tests end alike under other seeds, in another order and time zone, and leave what they share as it was: on copies.

use super::command::Wish;
use super::desk::Desk;
use super::lab::allowed;
use super::lab_trial::{Ended, Ground};
use super::proved::{unset, unused};
use crate::base::Problem;
use crate::domain::lab::{Axis, Order, Recipe};
use crate::domain::quality::{Idle, Shown};
use crate::domain::suite::{LabAsked, LabLeft, MockAnswer, Outcome, TestId};
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::watch;

/// The seed of hashes of the runs that the others are compared with.
const SEED: u32 = 1;
/// Other seeds.
const OTHERS: [u32; 2] = [7, 4242];

/// How many answers of mocks are tried of a test.
const ANSWERS: usize = 3;

/// How many processes in which no test came to its end are followed by another one.
const SILENT: usize = 2;

/// A test that ends otherwise where something else is different.
#[derive(Clone, Debug)]
pub struct Differing {
    /// The test.
    pub test: TestId,
    /// The rule that it breaks.
    pub rule: &'static str,
    /// What was different, and how it ended.
    pub words: String,
}

/// What the runs showed.
#[derive(Clone, Debug, Default)]
pub struct Provoked {
    /// How many tests ran.
    pub tests: usize,
    /// How many processes there were.
    pub processes: usize,
    /// The tests that end otherwise.
    pub differing: Vec<Differing>,
    /// What tests left of the parts that they were asked about.
    pub left: Vec<LabLeft>,
    /// Answers of mocks that nobody has set, and by which tests pass.
    pub unset: Vec<(TestId, Shown)>,
    /// The tests that told what they do with mocks.
    pub asked: BTreeSet<TestId>,
    /// Parts that tests replace by mocks that nothing uses, and without which they pass.
    pub unused: Vec<(TestId, Idle)>,
    /// The tests that fail as they stand: nothing can be said of them.
    pub failing: Vec<TestId>,
    /// Whether the person ended it.
    pub cancelled: bool,
    /// What went wrong on the way.
    pub problems: Vec<Problem>,
}

/// What tests are asked beside how they end.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    /// Of which tests it is asked whether parts of what they share are as before once they have ended, and of which parts.
    pub parts: BTreeMap<TestId, Vec<String>>,
    /// Of which tests it is asked what they do with mocks.
    pub mocks: BTreeSet<TestId>,
}

/// How each test ended.
type Outcomes = BTreeMap<TestId, Ended>;

/// Runs tests in lots of one batch: twice as they stand, under other seeds, backwards, and in another time zone. What differs
/// is run a second time, and counts if it differs again. Those that are watched run once more: each by itself where it is asked
/// what they leave, all together where it is asked what they do with mocks.
///
/// # Errors
/// The folders for it cannot be made, or there is no interpreter.
pub async fn provoke(
    desk: &Desk,
    tests: &[TestId],
    watched: &Watched,
    wish: watch::Receiver<Wish>,
    tell: &(dyn Fn(&str) + Send + Sync),
) -> Result<Provoked, Problem> {
    allowed(desk)?;
    let mut work = Work { ground: Ground::new(desk)?, wish, tell, done: Provoked::default() };
    for lot in tests.chunks(desk.project.config.count("batch.tests").max(1)) {
        match work.lot(lot, watched).await {
            Ok(true) => {}
            Ok(false) => {
                work.done.cancelled = true;
                break;
            }
            Err(problem) => work.done.problems.push(problem),
        }
    }
    work.done.problems.extend(work.ground.take_problems());
    Ok(work.done)
}

/// The ways in which something is different: the rule, in words, and the recipe.
fn ways(lot: &[TestId]) -> Vec<(&'static str, String, Recipe)> {
    let plain = |hash| Recipe { plain: true, ..Recipe::in_order(lot.iter().cloned(), hash) };
    let mut ways: Vec<_> =
        OTHERS.iter().map(|hash| ("differs-by-seed", format!("PYTHONHASHSEED={hash}"), plain(*hash))).collect();
    let backwards = Recipe { plain: true, ..Recipe::in_order(lot.iter().rev().cloned(), SEED) };
    if lot.len() > 1 {
        ways.push(("differs-by-order", "the tests in reverse order".to_owned(), backwards));
    }
    ways.push(("differs-by-zone", Axis::Zone.words().to_owned(), plain(SEED).with(Axis::Zone)));
    ways
}

struct Work<'a> {
    ground: Ground<'a>,
    wish: watch::Receiver<Wish>,
    tell: &'a (dyn Fn(&str) + Send + Sync),
    done: Provoked,
}

impl Work<'_> {
    /// Works on one lot; `false` when it was cancelled.
    async fn lot(&mut self, lot: &[TestId], watched: &Watched) -> Result<bool, Problem> {
        let as_they_stand = Recipe { plain: true, ..Recipe::in_order(lot.iter().cloned(), SEED) };
        (self.tell)("as they stand");
        let Some(first) = self.outcomes(&as_they_stand).await? else { return Ok(false) };
        let Some(second) = self.outcomes(&as_they_stand).await? else { return Ok(false) };
        self.done.tests += first.len();
        let steady: Outcomes = self.steady(first, &second);
        for (rule, words, recipe) in ways(lot) {
            (self.tell)(&words);
            let Some(found) = self.outcomes(&recipe).await? else { return Ok(false) };
            let differs = |found: &Outcomes| -> Vec<TestId> {
                let bad = |test: &TestId| found.get(test).is_some_and(|ended| ended.outcome.is_bad());
                steady.keys().filter(|test| bad(test)).cloned().collect()
            };
            let suspects = differs(&found);
            if suspects.is_empty() {
                continue;
            }
            let Some(again) = self.outcomes(&recipe).await? else { return Ok(false) };
            let confirmed = differs(&again);
            for test in suspects.into_iter().filter(|test| confirmed.contains(test)) {
                // One seed is enough.
                if self.done.differing.iter().any(|known| known.test == test && known.rule == rule) {
                    continue;
                }
                let why = found.get(&test).map(|ended| ended.words.clone()).unwrap_or_default();
                let words = format!("it passes as it stands and fails with {words}, twice each ({why})");
                self.done.differing.push(Differing { test, rule, words });
            }
        }
        let of = |test: &TestId| watched.parts.get(test).map(|parts| (test.clone(), parts.clone()));
        let leaving = Recipe::watching(lot.iter().filter_map(of).collect(), SEED);
        let mocking = lot.iter().filter(|test| watched.mocks.contains(test)).cloned();
        let mocking = Recipe { mocks: true, ..Recipe::in_order(mocking, SEED) };
        let Some((left, _)) = self.told(leaving, "each by itself, asked what it leaves behind").await? else {
            return Ok(false);
        };
        self.done.left.extend(left);
        let Some((_, asked)) = self.told(mocking, "asked what they do with mocks").await? else { return Ok(false) };
        Ok(self.otherwise(&asked).await? && self.without(&asked).await?)
    }

    /// Runs tests without the patches whose mocks nothing has used, twice, and those in which the part itself is called then once more
    /// with them: what is called there, too, is called past the patch. `false` when it was cancelled.
    async fn without(&mut self, asked: &[LabAsked]) -> Result<bool, Problem> {
        self.done.asked.extend(asked.iter().map(|asked| asked.id.clone()));
        let mut unused = unused(self.ground.desk(), asked);
        for (in_place, words) in [
            (false, "without the patches that nothing uses"),
            (false, "without the patches that nothing uses"),
            (true, "watched for what is called past patches"),
        ] {
            let is_meant = |one: &Idle| !in_place || one.real.is_some();
            let parts = |(test, idle): &(TestId, Vec<Idle>)| {
                let parts: Vec<_> = idle.iter().filter(|one| is_meant(one)).map(|one| one.part.clone()).collect();
                (!parts.is_empty()).then(|| (test.clone(), parts))
            };
            let without: BTreeMap<TestId, Vec<String>> = unused.iter().filter_map(parts).collect();
            let order: Vec<TestId> = without.keys().cloned().collect();
            let recipe = Recipe { mocks: true, without, in_place, ..Recipe::in_order(order, SEED) };
            let Some((_, ended)) = self.told(recipe, words).await? else { return Ok(false) };
            for (test, idle) in &mut unused {
                let passed = ended.iter().find(|ended| ended.id == *test && ended.outcome == Outcome::Passed);
                let is_idle = |one: &Idle| passed.is_some_and(|ended| ended.idle.contains(&one.part));
                let real = |one: &Idle| passed.and_then(|ended| ended.real.get(&one.part)).cloned();
                idle.retain(|one| !is_meant(one) || is_idle(one) && (!in_place || real(one).is_some()));
                idle.iter_mut().filter(|one| is_meant(one)).for_each(|one| one.real = real(one));
            }
            unused.retain(|(_, idle)| !idle.is_empty());
        }
        let each = |(test, idle): (TestId, Vec<Idle>)| idle.into_iter().map(move |one| (test.clone(), one));
        self.done.unused.extend(unused.into_iter().flat_map(each));
        Ok(true)
    }

    /// Runs tests with another answer of a mock that nobody has set, one answer after another until a test fails: then it passes by
    /// that answer. `false` when it was cancelled.
    async fn otherwise(&mut self, asked: &[LabAsked]) -> Result<bool, Problem> {
        let mut open = unset(self.ground.desk(), asked);
        for round in 0..ANSWERS {
            let answer =
                |(test, answers): &(TestId, Vec<Shown>)| Some((test.clone(), answers.get(round)?.answer.clone()));
            let mut others: BTreeMap<TestId, MockAnswer> = open.iter().filter_map(answer).collect();
            // As with all that is different: what fails once may have failed by itself.
            for _ in 0..2 {
                let order: Vec<TestId> = others.keys().cloned().collect();
                let recipe = Recipe { mocks: true, others: others.clone(), ..Recipe::in_order(order, SEED) };
                let told = self.told(recipe, "with another answer of a mock").await?;
                let Some((_, ended)) = told else { return Ok(false) };
                let failed: BTreeSet<TestId> =
                    ended.into_iter().filter(|ended| ended.outcome.is_bad()).map(|ended| ended.id).collect();
                others.retain(|test, _| failed.contains(test));
            }
            let (by_it, rest): (Vec<_>, Vec<_>) = open.into_iter().partition(|(test, _)| others.contains_key(test));
            open = rest;
            let by_it = by_it.into_iter().filter_map(|(test, answers)| Some((test, answers.into_iter().nth(round)?)));
            self.done.unset.extend(by_it);
        }
        Ok(true)
    }

    /// Asks tests for more than how they end; nothing when it was cancelled. Where one of them hangs, or its process dies, that is
    /// a problem, and those behind it run in another process.
    async fn told(
        &mut self,
        mut recipe: Recipe,
        words: &str,
    ) -> Result<Option<(Vec<LabLeft>, Vec<LabAsked>)>, Problem> {
        let (mut left, mut asked): (Vec<LabLeft>, Vec<LabAsked>) = (Vec::new(), Vec::new());
        let mut silent = 0;
        while recipe.target().is_some() {
            (self.tell)(words);
            self.done.processes += 1;
            let Some(told) = self.ground.told(&recipe, self.wish.clone()).await? else { return Ok(None) };
            silent += usize::from(told.0.is_empty() && told.1.is_empty());
            left.extend(told.0);
            asked.extend(told.1);
            if told.2 {
                break;
            }
            let known = || left.iter().map(|left| &left.id).chain(asked.iter().map(|asked| &asked.id));
            let is_told = |test: &TestId| known().any(|id| id == test || id.without_params() == test.as_str());
            let mut rest: Vec<TestId> = recipe.order.tests().filter(|test| !is_told(test)).cloned().collect();
            // Where no test of several in turn comes to its end, it is not the tests.
            if rest.is_empty() || silent > SILENT {
                break;
            }
            let culprit = rest.remove(0);
            let what = format!("its process hung or died ({words}), so that nothing is told of it");
            self.done.problems.push(Problem::warning(culprit.as_str(), what));
            recipe.watch.retain(|test, _| rest.contains(test));
            recipe = Recipe { order: Order::of(rest), ..recipe };
        }
        Ok(Some((left, asked)))
    }

    /// The tests that pass both times. Those that end in two ways differ by themselves, those that fail are noted.
    fn steady(&mut self, first: Outcomes, second: &Outcomes) -> Outcomes {
        let mut steady = Outcomes::new();
        for (test, ended) in first {
            let Some(other) = second.get(&test) else { continue };
            match (ended.outcome.is_bad(), other.outcome.is_bad()) {
                (false, false) => {
                    steady.insert(test, ended);
                }
                (true, true) => self.done.failing.push(test),
                (first, _) => {
                    let why = if first { &ended.words } else { &other.words };
                    let words = format!("it passed once and failed once in two equal runs ({why})");
                    self.done.differing.push(Differing { test, rule: "differs-by-itself", words });
                }
            }
        }
        steady
    }

    async fn outcomes(&mut self, recipe: &Recipe) -> Result<Option<Outcomes>, Problem> {
        self.done.processes += 1;
        let ended = self.ground.outcomes(recipe, self.wish.clone()).await?;
        Ok(ended.map(|ended| ended.into_iter().map(|ended| (ended.test.clone(), ended)).collect()))
    }
}
