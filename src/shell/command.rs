//! One command of a run: started, followed to its end. What it means is for the cycle to say.

use super::contract;
use super::desk::Desk;
use super::elsewhere;
use super::evidence;
use super::fallback;
use super::follow::Followed;
use super::frames::now;
use super::past;
use super::planning;
use super::proving::{self, Way};
use super::slots::Slots;
use super::vigil::{LOOK, Reached, Vigil};
use super::warming;
use crate::app::{News, Planned};
use crate::base::{Problem, Severity, Stamp};
use crate::domain::ledger::Ledger;
use crate::domain::suite::{Batch, TestId};
use crate::io::runner::{self, Interpreter, Launch, Origin, Pytest, RunDir, Versions, Warm};
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Arc, OnceLock};
use tokio::sync::watch;

/// How firmly a run is asked to end, as the loop tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Wish {
    /// It goes on.
    #[default]
    GoOn,
    /// It is cancelled step by step.
    Cancel,
    /// It is killed.
    Kill,
}

/// What every command of a run needs.
#[derive(Clone)]
pub struct Bench<'a> {
    /// The project.
    pub desk: &'a Desk,
    /// The plan.
    pub planned: &'a Planned,
    /// Whether it is to go on.
    pub wish: watch::Receiver<Wish>,
    /// Who hears what happens.
    pub tell: &'a (dyn Fn(Vec<News>) + Send + Sync),
    /// How many processes there may be.
    pub slots: Slots,
}

/// A command that came to its end.
pub struct Ran {
    /// When it was started.
    pub started: Stamp,
    /// What it said.
    pub followed: Followed,
    /// How it ended.
    pub ended: runner::Ended,
    /// The limit that ended it, if one did.
    pub reached: Option<Reached>,
    /// What was found out about the way in which it was run.
    pub noted: Option<Problem>,
    /// Where it left what it measured.
    pub run: Option<RunDir>,
}

impl<'a> Bench<'a> {
    /// Whether nobody has asked the run to end.
    pub fn goes_on(&self) -> bool {
        *self.wish.borrow() == Wish::GoOn
    }

    /// What has to be known before the first command: that the interpreter has what a run needs. Tells what is missing
    /// without which tests run all the same.
    ///
    /// # Errors
    /// It cannot run pytest at all.
    pub async fn prepare(&mut self) -> Result<Option<Problem>, Problem> {
        let desk = self.desk;
        let interpreter = desk.interpreter()?;
        let Some(versions) = versions(desk, &interpreter, self.slots.wants_workers()).await? else { return Ok(None) };
        let lacks = versions.xdist.is_none() && self.slots.wants_workers();
        if lacks {
            self.slots.without_workers();
        }
        Ok(lacks.then(|| versions.without_workers(&desk.project.root, &interpreter)))
    }

    /// Runs a command to its end; `ledger` is what is known when it starts. What the deeper level of warm runs says is compared
    /// with a fresh interpreter before it is relied upon, now and then, and where it says that a test fails.
    pub async fn run(self, command: usize, batch: &'a Batch, ledger: Option<Arc<Ledger>>) -> Result<Ran, Problem> {
        let ledger = ledger.as_deref();
        let way = proving::way(self.desk, batch);
        let ran = self.once(command, batch, ledger, way).await?;
        let (mut fresh, deep) = if self.goes_on() && proving::has_to_be_confirmed(self.desk, &ran) {
            (self.once(command, batch, ledger, Way::Confirming).await?, ran)
        } else if self.goes_on() && way == Way::Proving && ran.followed.is_whole() {
            let quiet = Bench { tell: &|_| {}, ..self.clone() };
            let deep = quiet.once(command, batch, ledger, Way::Compared).await?;
            (ran, deep)
        } else {
            return Ok(ran);
        };
        fresh.noted = proving::judge(self.desk, batch, &fresh, &deep);
        deep.run.into_iter().for_each(RunDir::remove);
        Ok(fresh)
    }

    async fn once(&self, command: usize, batch: &Batch, ledger: Option<&Ledger>, way: Way) -> Result<Ran, Problem> {
        let started = now();
        let launch = self.launch(batch, ledger)?;
        let run = launch.run.clone();
        let followed = Followed::new(command, self.desk);
        let running = warming::start(self.desk, launch, way)?;
        (self.tell)([News::Started { command, at: started }].into_iter().chain(followed.told(way)).collect());
        let root = &self.desk.project.root;
        let vigil = Vigil::new(command, root, run.clone(), &self.planned.usual, planning::patience(self.desk));
        let (followed, reached) = self.follow(followed, running, vigil).await;
        let mut followed = followed;
        let recovered = fallback::recover(self.desk, &mut followed, run.as_ref());
        if !recovered.is_empty() {
            (self.tell)(recovered);
        }
        let Some(ended) = followed.ended.clone() else {
            return Err(Problem::error("pytest", "the run ended without a word"));
        };
        Ok(Ran { started, followed, ended, reached, noted: None, run })
    }

    fn launch(&self, batch: &Batch, ledger: Option<&Ledger>) -> Result<Launch, Problem> {
        let desk = self.desk;
        let interpreter = desk.interpreter()?;
        let run = RunDir::create(&desk.project.runs.join(fresh()))?;
        let known = evidence::known_facts(desk, ledger);
        let options = planning::options(desk);
        let how = Pytest {
            measure: planning::measure(desk),
            branches: planning::branches(&self.planned.ask, ledger),
            known: &known,
            ..planning::unmeasured_pytest(desk, &interpreter, &options)
        };
        let mut launch = elsewhere::launch(desk, &how, batch, &run, ledger)?;
        launch.share(&self.slots.of(batch));
        if contract::is_requested(desk) {
            launch.observe_requests();
        }
        Ok(launch)
    }

    async fn follow(
        &self,
        mut followed: Followed,
        mut running: runner::Running,
        mut vigil: Vigil<'_>,
    ) -> (Followed, Option<Reached>) {
        let mut wish = self.wish.clone();
        let mut looks = tokio::time::interval(LOOK);
        loop {
            tokio::select! {
                lot = running.news.recv() => {
                    let Some(lot) = lot else { break };
                    let past = |test: &TestId| past::of(self.desk, test);
                    let news: Vec<News> = lot.into_iter().filter_map(|news| followed.take(news, &past)).collect();
                    if !news.is_empty() {
                        news.iter().for_each(|news| vigil.hear(news));
                        (self.tell)(news);
                    }
                }
                _ = looks.tick() => {
                    if let Some(news) = vigil.look(&running.stop) {
                        (self.tell)(vec![news]);
                    }
                }
                Ok(()) = wish.changed() => match *wish.borrow_and_update() {
                    Wish::GoOn => {}
                    Wish::Cancel => running.stop.cancel(),
                    Wish::Kill => running.stop.kill(),
                },
            }
        }
        (followed, vigil.reached().cloned())
    }
}

/// What an interpreter has, where that is not known yet. `wants_workers`: what is known does not tell of xdist.
///
/// # Errors
/// It cannot run pytest at all.
pub async fn versions(
    desk: &Desk,
    interpreter: &Interpreter,
    wants_workers: bool,
) -> Result<Option<Versions>, Problem> {
    // An interpreter from which runs are forked has what they need; of one elsewhere nothing is known here.
    let is_warm = desk.warm().is_some_and(Warm::is_ready) && !wants_workers;
    // Asked once, it has what it had until a package comes or goes.
    let is_known = desk.is_complete(interpreter) && !wants_workers;
    if interpreter.origin == Origin::Elsewhere || is_warm || is_known {
        return Ok(None);
    }
    let around = &desk.around;
    let versions = runner::probe(&around.program, interpreter, &around.environment, &around.data).await?;
    let missing = versions.problems(&desk.project.root, interpreter);
    if let Some(problem) = missing.into_iter().find(|problem| problem.severity == Severity::Error) {
        return Err(problem);
    }
    if versions.coverage.is_some() {
        desk.note_complete(interpreter);
    }
    Ok(Some(versions))
}

/// A name for the directory of a run that no other run has.
pub fn fresh() -> String {
    format!("{}-{}", now().0, unique())
}

/// The name of a run that starts now: a team may share a history, and the containers of its CI have the same few processes.
pub fn run_id(started: Stamp) -> String {
    static MACHINE: OnceLock<u64> = OnceLock::new();
    let machine = MACHINE.get_or_init(|| RandomState::new().hash_one(started.0));
    format!("{}-{}-{:06x}", started.0, unique(), machine & 0x00ff_ffff)
}

/// A number that no other run of this process has.
pub fn unique() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}", rustix::process::getpid().as_raw_nonzero(), NEXT.fetch_add(1, Ordering::Relaxed))
}
