//! Running a plan: command after command, each absorbed into the ledger and kept in the history.

use super::abreast::Abreast;
use super::choosing;
use super::command::{Bench, Ran, run_id};
use super::contract;
use super::desk::Desk;
use super::elsewhere;
use super::evidence;
use super::follow::{Followed, message};
use super::footing;
use super::frames::now;
use super::keep;
use super::planning;
use super::points;
use super::quarantine;
use super::retention;
use super::suspects;
use super::totals::Totals;
use super::vigil::Reached;
use super::warming;
use crate::app::{AfterRun, News, Planned};
use crate::base::{Problem, RepoPath, Stamp};
use crate::domain::history::{Run, RunRecord, RunSource, Suspicion, ci_run};
use crate::domain::ledger::{Change, Figure, Kind, Ledger, PointHead, PointKind, gains};
use crate::domain::quarantine::Treatment;
use crate::domain::suite::{Batch, Exit, TestId, TestResult, Told, Verdict, batch_report, quoted, written};
use crate::io::git;
use crate::io::runner;
use crate::io::store::{NewPoint, Saved};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::watch;

/// One run of a plan.
pub struct Cycle<'a> {
    bench: Bench<'a>,
    desk: &'a Desk,
    planned: &'a Planned,
    tell: &'a (dyn Fn(Vec<News>) + Send + Sync),
    ledger: Option<Arc<Ledger>>,
    totals: Totals,
    is_baseline: bool,
    /// Whether requests of tests were observed.
    is_observed: bool,
    known: BTreeSet<TestId>,
    /// The tests that did not exist at the baseline, and whether they ran for the first time.
    added: BTreeMap<TestId, bool>,
    /// Those of them that ran, in their order.
    order: Vec<TestId>,
    after: AfterRun,
    verdicts: Vec<Verdict>,
}

pub use super::command::Wish;

/// What a run came to: what the screen shows, and how each command ended.
pub struct Done {
    /// For the screen.
    pub after: AfterRun,
    /// How the commands ended, in their order.
    pub verdicts: Vec<Verdict>,
}

/// Runs every command of a plan, unless it is cancelled.
pub async fn run(
    desk: &Desk,
    planned: &Planned,
    ledger: Option<Arc<Ledger>>,
    wish: watch::Receiver<Wish>,
    tell: &(dyn Fn(Vec<News>) + Send + Sync),
) -> Done {
    let saved = keep::settle(desk).and(choosing::keep_last(desk, planned));
    let ledger = ledger.map(|ledger| desk.followed(&ledger));
    let known = keep::baseline_tests(desk, ledger.as_deref());
    let totals = ledger.as_deref().map(|ledger| Totals::of(desk, ledger)).unwrap_or_default();
    let after = AfterRun {
        at: now(),
        cancelled: false,
        ledger: None,
        baseline: None,
        changes: Vec::new(),
        total: None,
        reports: Vec::new(),
        gains: Vec::new(),
        suspects: Vec::new(),
        held: Vec::new(),
        problems: saved.err().into_iter().collect(),
    };
    let bench = Bench { desk, planned, wish, tell, slots: planning::slots(desk, &planned.plan) };
    let mut cycle = Cycle {
        bench,
        desk,
        planned,
        tell,
        ledger,
        totals,
        is_baseline: false,
        is_observed: false,
        known,
        added: BTreeMap::new(),
        order: Vec::new(),
        after,
        verdicts: Vec::new(),
    };
    let first = cycle.totals.sum();
    match cycle.bench.prepare().await {
        Ok(lacks) => {
            cycle.after.problems.extend(lacks);
            cycle.all().await;
        }
        Err(problem) => cycle.unstarted(0, problem),
    }
    cycle.end(first)
}

impl Cycle<'_> {
    /// Runs the cycles one after another. What the commands of one leave is taken in in their order, whoever ends first, so
    /// that every figure is the one that they would give one after another.
    async fn all(&mut self) {
        let mut first = 0;
        for cycle in &self.planned.plan.cycles {
            let mut work = Abreast::new();
            let mut waiting = cycle.batches.iter().enumerate();
            let mut taken = 0;
            loop {
                while work.running() < self.bench.slots.commands {
                    let Some((at, batch)) = waiting.next() else { break };
                    if !self.bench.goes_on() {
                        self.after.cancelled = true;
                        break;
                    }
                    work.start(self.bench.clone().run(first + at, batch, self.ledger.clone()));
                }
                if work.one_ended().await.is_none() {
                    break;
                }
                while let Some(ran) = work.next() {
                    self.take(first + taken, cycle.batches.get(taken), ran);
                    taken += 1;
                }
            }
            first += cycle.batches.len();
        }
    }

    /// Takes in what one command left.
    fn take(&mut self, command: usize, batch: Option<&Batch>, ran: Result<Ran, Problem>) {
        let (Ran { started, mut followed, ended, reached, noted, run }, batch) = match (ran, batch) {
            (Ok(ran), Some(batch)) => (ran, batch),
            (Err(problem), _) => return self.unstarted(command, problem),
            (Ok(_), None) => return,
        };
        let cancelled = ended.cancelled && reached.is_none();
        let (verdict, mut problems) = match &reached {
            None => followed.progress.judge(ended.exit, cancelled),
            Some(reached) => (Verdict::Limited, vec![over(reached)]),
        };
        let cut = match &reached {
            Some(reached) => followed.over(reached),
            None if verdict == Verdict::Broken => followed.died(ended.exit),
            None => Vec::new(),
        };
        if !cut.is_empty() {
            (self.tell)(cut);
        }
        problems.extend(followed.problems.iter().cloned());
        if !batch.tests.is_empty() && !ended.cancelled && followed.progress.collect_errors.is_empty() {
            problems.extend(match batch.options.is_empty() {
                true => followed.progress.compared(&batch.tests),
                false => followed.progress.chosen(&batch.tests, &batch.options).into_iter().collect(),
            });
        }
        problems.extend(self.quarantined(batch, &followed));
        self.absorb(batch, &followed, &ended, verdict);
        self.remember(batch, &followed, &ended, started);
        self.is_observed |= followed.progress.requests.is_some();
        self.after.problems.extend(contract::note(self.desk, &followed.progress).err());
        let whole = verdict.is_whole() && !ended.cancelled && followed.progress.deselected.unwrap_or(0) == 0;
        let whole = whole && batch.options.is_empty();
        let footed = footing::note(self.desk, self.ledger.as_deref(), &followed, (batch, &ended, whole));
        self.after.problems.extend(footed.err().into_iter().chain(noted));
        if let Some(run) = run {
            self.after.problems.extend(warming::learn(self.desk, &run).err());
            run.remove();
        }
        let code = match ended.exit {
            Exit::Code(code) => Some(code),
            Exit::Signal(_) | Exit::Lost => None,
        };
        followed.all_warnings().into_iter().for_each(|warned| (self.tell)(vec![warned]));
        let worst = problems.iter().max_by_key(|problem| problem.severity).cloned();
        (self.tell)(vec![News::CommandEnded { command, code, problem: worst }]);
        self.after.cancelled |= cancelled;
        self.after.problems.extend(problems);
        self.verdicts.push(verdict);
    }

    /// Notes how the tests in quarantine really ended, and says what is odd about that.
    fn quarantined(&mut self, batch: &Batch, followed: &Followed) -> Vec<Problem> {
        let applied = &self.planned.quarantine;
        if applied.treatment == Treatment::Deselect && batch.targets.is_empty() && !batch.deselected.is_empty() {
            let what = "tests in quarantine did not run, so that what they alone cover is missing in this baseline";
            return vec![Problem::note("coverage", what).hint("runner.quarantine = \"xfail\" runs them")];
        }
        if batch.held.is_empty() {
            return Vec::new();
        }
        if followed.progress.told_by.is_some() {
            let what = "lacuna's plugin was not loaded, so that failures of tests in quarantine count";
            return vec![Problem::warning("quarantine", what)];
        }
        let mut problems = Vec::new();
        for told in followed.progress.results().iter().filter_map(result_of) {
            if let Some(entry) = applied.of(&told.id) {
                problems.extend(quarantine::other_cause(entry, &told));
                self.after.held.push((told.id, told.outcome));
            }
        }
        problems
    }

    fn unstarted(&mut self, command: usize, problem: Problem) {
        (self.tell)(vec![News::CommandEnded { command, code: None, problem: Some(problem.clone()) }]);
        self.after.problems.push(problem);
        self.verdicts.push(Verdict::Broken);
    }

    /// Takes the evidence of a command into the ledger and writes its batch report.
    fn absorb(&mut self, batch: &Batch, followed: &Followed, ended: &runner::Ended, verdict: Verdict) {
        evidence::note_rules(self.desk, &followed.progress);
        let mut before = self.totals.sum().filter(|_| self.ledger.is_some());
        let asked = self.planned.ask.all && batch.targets.is_empty();
        let whole = verdict.is_whole() && followed.progress.is_complete();
        let all = asked && whole;
        if asked && verdict.is_whole() && !all {
            let what = "not every test of the suite ran, so that this is no baseline";
            let hint = "mend what cannot be collected; `-x` and `--maxfail` end a run early as well";
            self.after.problems.push(Problem::warning("coverage", what).hint(hint));
        }
        self.is_baseline |= all;
        // Where not a single test ran, what was imported is no evidence of anything.
        let ran = followed.progress.results().iter().any(|result| result.outcome.is_some() && !result.running);
        if let Some(old) = self.ledger.clone().filter(|_| !ran) {
            // pytest found none of the tests that were asked for: that much is known now.
            let new = Arc::new(old.without_missing(&evidence::missing(batch, ended, &followed.progress)));
            self.totals.advance(self.desk, &old, &new);
            self.ledger = Some(new);
        }
        if let Some(data) = ended.data.as_ref().filter(|_| ran)
            && (self.ledger.is_some() || all)
        {
            let old = self.ledger.clone().unwrap_or_default();
            let (gathered, problems) = evidence::gather(self.desk, batch, followed, (data, ended), &old, (all, whole));
            self.after.problems.extend(problems);
            if let Some(gathered) = gathered {
                // The facts that came with the batch give both sides one denominator.
                let learned = old.learn(&gathered);
                self.totals.advance(self.desk, &old, &learned);
                before = self.totals.sum().filter(|_| self.ledger.is_some());
                let new = Arc::new(self.desk.heard(learned.absorb(&gathered)));
                let changes = self.totals.advance(self.desk, &learned, &new);
                self.note_added(batch, followed, &learned);
                // Against nothing there is no before: a first measurement changed no figure.
                if self.ledger.is_some() {
                    merge(&mut self.after.changes, changes);
                }
                self.ledger = Some(new);
            }
        }
        let after = self.totals.sum().filter(|_| self.ledger.is_some());
        self.report(batch, followed, before, after);
    }

    /// Notes the tests that did not exist at the baseline; `old` is the ledger before the command.
    fn note_added(&mut self, batch: &Batch, followed: &Followed, old: &Ledger) {
        if batch.targets.is_empty() || self.known.is_empty() || !old.has_contexts() {
            return;
        }
        let before: BTreeSet<TestId> = old.tests().into_iter().collect();
        let ran = followed.progress.results().iter().filter(|result| result.outcome.is_some() && !result.running);
        for result in ran.filter(|result| !keep::is_known(&self.known, &result.id)) {
            if !self.added.contains_key(&result.id) {
                self.added.insert(result.id.clone(), !before.contains(&result.id));
                self.order.push(result.id.clone());
            }
        }
    }

    fn report(&mut self, batch: &Batch, followed: &Followed, before: Option<Figure>, after: Option<Figure>) {
        let results = followed.progress.results();
        if results.is_empty() {
            return;
        }
        // What is known for sure stands alone: the form of the report is fixed.
        let shown = |figure: Option<Figure>| match figure {
            None => Kind::Unknown.word().to_owned(),
            Some(figure) if figure.is_sure() && figure.unstable > 0 => {
                format!("{} ±{} lines", figure.ratio, figure.unstable)
            }
            Some(figure) if figure.is_sure() => figure.ratio.to_string(),
            Some(figure) => format!("{} ({})", figure.ratio, figure.qualifier()),
        };
        let mut files: Vec<&str> = Vec::new();
        results.iter().map(|result| result.id.path()).for_each(|path| {
            if !files.contains(&path) {
                files.push(path);
            }
        });
        let really = self.really(batch, followed);
        if self.planned.ask.all {
            files = vec!["(whole suite)"];
        }
        for file in files {
            let of_file = |test: &&crate::domain::suite::TestResult| self.planned.ask.all || test.id.path() == file;
            let added = results.iter().filter(of_file).filter(|test| !keep::is_known(&self.known, &test.id)).count();
            let added = if self.known.is_empty() { 0 } else { added };
            let report = batch_report(file, added, &shown(before), &shown(after), &batch.shown(), really.as_deref());
            self.after.reports.push(report);
        }
    }

    /// The command with what leads to where it ran, and with the options that the project's configuration and the settings
    /// put before the paths; nothing when there are none, so that the plain command is the whole truth.
    fn really(&self, batch: &Batch, followed: &Followed) -> Option<String> {
        let configured = followed.progress.start.iter().flat_map(|start| start.addopts.iter().cloned());
        let settings = planning::options(self.desk).into_iter().map(|option| option.to_string_lossy().into_owned());
        let options: Vec<String> = configured.chain(settings).map(|option| quoted(&option)).collect();
        let plain = batch.shown();
        let rest = plain.strip_prefix("pytest").unwrap_or(&plain);
        let words = if options.is_empty() { plain.clone() } else { format!("pytest {}{rest}", options.join(" ")) };
        match elsewhere::elsewhere(self.desk).ok().flatten() {
            Some(elsewhere) => Some(elsewhere.template.with(&words)),
            None => (!options.is_empty()).then_some(words),
        }
    }

    /// Keeps the results of a command in the history: one run, one transaction.
    fn remember(&mut self, batch: &Batch, followed: &Followed, ended: &runner::Ended, started: Stamp) {
        let results: Vec<Told> = followed.progress.results().iter().filter_map(result_of).collect();
        if results.is_empty() {
            return;
        }
        let head = git::head(&self.desk.project.root);
        let mut run = Run::new(run_id(started), started, RunSource::Launched);
        run.command = batch.shown();
        run.seconds = seconds_between(started, now());
        run.exit = match ended.exit {
            Exit::Code(code) => Some(code),
            Exit::Signal(_) | Exit::Lost => None,
        };
        let read =
            |name: &str| self.desk.around.environment.value(name).map(|value| value.to_string_lossy().into_owned());
        run.url = ci_run(&read).and_then(|ci| ci.url);
        let mut differs = Vec::new();
        if let Some(head) = head {
            differs = suspects::differing(self.desk, &head.changed);
            (run.commit, run.branch, run.tree) = (head.commit, head.branch, head.tree);
        }
        run.environment =
            followed.progress.start.as_ref().map(|start| format!("python {} pytest {}", start.python, start.pytest));
        let failed: Vec<TestId> =
            results.iter().filter(|result| result.outcome.is_bad()).map(|result| result.id.clone()).collect();
        let record = RunRecord { differs, ..RunRecord::new(run, results) };
        let noted =
            self.save(&record).and_then(|_| suspects::note(self.desk, self.ledger.as_deref(), &record.run.id, &failed));
        match noted {
            Ok(suspects) => {
                // What does not count needs nobody's attention now.
                let counts = |(test, _): &(TestId, Suspicion)| !self.after.held.iter().any(|(held, _)| held == test);
                let found: Vec<(TestId, Suspicion)> = suspects.into_iter().filter(counts).collect();
                self.after.suspects.extend(found);
            }
            Err(problem) => self.after.problems.push(problem),
        }
    }

    /// Saves a run together with what is known after it, so that it can be compared.
    fn save(&self, record: &RunRecord) -> Result<Saved, Problem> {
        let store = self.desk.store()?;
        if self.ledger.is_none() {
            return store.save_run(record);
        }
        let point = self.totals.point(now());
        let (id, about) = (record.run.id.clone(), record.run.command.clone());
        let head = PointHead { about, ..points::head(self.desk, id, PointKind::Batch, &point) };
        let before = self.desk.last_point();
        let since = before.as_ref().map(|(id, point)| (id.as_str(), point));
        let saved = store.save_run_and_point(record, NewPoint { head: &head, point: &point, since })?;
        self.desk.set_last_point(head.id, point);
        Ok(saved)
    }

    fn end(mut self, first: Option<Figure>) -> Done {
        self.after.problems.extend(retention::apply(self.desk, retention::AFTER_RUN));
        if self.is_observed {
            self.after.problems.extend(contract::note_shares(self.desk).err());
        }
        if self.planned.ask.all {
            self.after.problems.extend(super::mapping::note_share(self.desk).err());
        }
        self.after.at = now();
        self.after.changes.sort_by_key(|change| std::cmp::Reverse(change.newly.len()));
        self.after.total = self.totals.sum().map(|sum| (first.unwrap_or(Figure::NOTHING), sum));
        let ran = self.verdicts.iter().any(|verdict| verdict.is_whole());
        if ran && self.ledger.is_none() && !self.planned.ask.all {
            let what = "there is no baseline, so that before and after are unknown";
            self.after
                .problems
                .push(Problem::note("coverage", what).hint("run the whole suite once: `lacuna run --all`"));
        }
        if let Some(ledger) = &self.ledger {
            let text = |path: &RepoPath| self.desk.disk.text(path);
            let mut gained = gains(&self.order, &self.after.changes, ledger, &text);
            // What a test gained when it ran before was said then.
            gained.retain(|gain| !gain.is_nothing() || self.added.get(&gain.test).copied().unwrap_or(false));
            self.after.gains = gained;
        }
        let is_baseline = self.is_baseline && !self.after.cancelled;
        self.after.baseline =
            self.ledger.as_ref().filter(|_| is_baseline).map(|ledger| keep::own_baseline(ledger, self.after.at));
        self.after.ledger.clone_from(&self.ledger);
        Done { after: self.after, verdicts: self.verdicts }
    }
}

/// What a limit that was reached is to the person.
fn over(reached: &Reached) -> Problem {
    let origin = reached.test.as_ref().map_or("pytest", TestId::as_str);
    let at = reached.at.as_ref().map_or_else(String::new, |(path, line)| format!(" in {}:{line}", path.as_str()));
    Problem::error(origin, format!("{}{at}", reached.limit.words())).hint("its output shows where its threads were")
}

/// Joins the changes of one command with those of the commands before it.
fn merge(all: &mut Vec<Change>, new: Vec<Change>) {
    for change in new {
        match all.iter_mut().find(|known| known.path == change.path) {
            Some(known) => {
                known.newly.union_with(&change.newly);
                known.lost.union_with(&change.lost);
                known.noise.union_with(&change.noise);
                (known.after, known.earned_after) = (change.after, change.earned_after);
            }
            None => all.push(change),
        }
    }
}

fn result_of(result: &TestResult) -> Option<Told> {
    Some(Told {
        id: result.id.clone(),
        outcome: result.really().filter(|_| !result.running)?,
        attempts: result.attempts.clone(),
        seconds: result.seconds,
        message: message(result),
        details: written(&result.failures, &result.sections),
        worker: result.worker.clone(),
    })
}

/// The seconds from one point in time to another; none when the clock was set back.
#[expect(clippy::cast_precision_loss, reason = "the length of a run in milliseconds")]
fn seconds_between(from: Stamp, to: Stamp) -> f64 {
    (to.0 - from.0).max(0) as f64 / 1000.0
}
