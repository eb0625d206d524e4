//! One trial of a lab: a fresh copy of the project, one process of pytest, and what came of it.

use super::command::{Wish, fresh};
use super::desk::Desk;
use super::lab::place;
use super::planning;
use crate::app::LabNews;
use crate::base::{Clean, Problem, StyledText};
use crate::domain::history::Signature;
use crate::domain::lab::{Attempt, Axis, Change, End, Recipe, Repeat, Trial};
use crate::domain::suite::{self, Event, Exit, Failure, LabAsked, LabLeft, Outcome, TestId};
use crate::io::files;
use crate::io::runner::{self, LabPlace, Launch, News, Pytest, RunDir, Running};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};

/// The shortest time after which a process is taken to hang, in seconds.
const PATIENCE: f64 = 60.0;
/// The same where others run before it, or where nothing has shown how long it takes, in seconds.
const AROUND: f64 = 240.0;
/// How many times as long as the slowest process so far one may take before it is taken to hang. What is slow on a machine that
/// has too much to do is slow each time.
const SLOWER: f64 = 10.0;
/// Longer than any trial, in seconds.
const ENDLESS: u32 = 86_400;
/// Plugins that reorder or reseed tests by themselves.
const RESEEDING: [&str; 2] = ["pytest-randomly", "pytest-random-order"];

/// What came of asking for a trial.
pub enum Made {
    /// It was made.
    Trial(Box<Trial>),
    /// The person wants no more.
    Cancelled,
}

/// Where the trials of one lab are made. All of its folders go when it is dropped.
pub struct Ground<'a> {
    desk: &'a Desk,
    /// The folder of the lab, with the copy of the tree in it.
    folder: PathBuf,
    /// The folder for temporary files: short, since sockets have short names.
    temporary: PathBuf,
    tree: PathBuf,
    in_place: bool,
    /// How long the slowest trial so far took that repeated nothing, in seconds.
    slowest: f64,
    plugins: Vec<String>,
    problems: Vec<Problem>,
}

impl Drop for Ground<'_> {
    fn drop(&mut self) {
        files::remove_tree(&self.folder);
        files::remove_tree(&self.temporary);
    }
}

impl<'a> Ground<'a> {
    /// The ground of a lab, with nothing on it yet.
    ///
    /// # Errors
    /// Its folders cannot be made.
    pub fn new(desk: &'a Desk) -> Result<Self, Problem> {
        let name = place();
        let folder = desk.project.runs.join(&name);
        let usual = desk.around.environment.path("TMPDIR").unwrap_or_else(|| PathBuf::from("/tmp"));
        let temporary = usual.join(format!("lacuna-{name}"));
        files::private_dir(&folder)?;
        files::private_dir(&temporary)?;
        let tree = folder.join("tree").join(desk.project.root.file_name().unwrap_or_default());
        Ok(Self {
            desk,
            folder,
            temporary,
            tree,
            in_place: false,
            slowest: 0.0,
            plugins: Vec::new(),
            problems: Vec::new(),
        })
    }

    /// The project that it is the ground for.
    #[must_use]
    pub fn desk(&self) -> &'a Desk {
        self.desk
    }

    /// Whether a plugin is installed that reorders or reseeds tests.
    #[must_use]
    pub fn has_reseeding(&self) -> bool {
        self.plugins.iter().any(|plugin| RESEEDING.iter().any(|name| plugin.starts_with(name)))
    }

    /// What went wrong on the way.
    pub fn take_problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }

    /// Makes a trial.
    ///
    /// # Errors
    /// The copy cannot be made, or the process not be started.
    pub async fn run(
        &mut self,
        recipe: Recipe,
        left: f64,
        wish: watch::Receiver<Wish>,
        tell: &(dyn Fn(LabNews) + Send + Sync),
    ) -> Result<Made, Problem> {
        let begun = Instant::now();
        self.clear(&recipe)?;
        if recipe.axes.contains(&Axis::Leftovers) {
            // The first process leaves what it leaves; nobody looks at it.
            let first = Heard::default();
            self.process(&recipe, left, wish.clone(), tell, first).await?;
        }
        let heard = match recipe.axes.contains(&Axis::Abreast) {
            true => self.abreast(&recipe, left, wish, tell).await?,
            false => self.process(&recipe, left, wish, tell, Heard::default()).await?,
        };
        if heard.cancelled {
            return Ok(Made::Cancelled);
        }
        if !heard.plugins.is_empty() {
            self.plugins.clone_from(&heard.plugins);
        }
        let seconds = begun.elapsed().as_secs_f64();
        if recipe.repeat.is_none() && !heard.hung {
            self.slowest = self.slowest.max(seconds);
        }
        Ok(Made::Trial(Box::new(heard.trial(recipe, seconds))))
    }

    /// Runs tests as a person would and gives how each of them ended, with the words of a failure; nothing when it was
    /// cancelled. Nothing of it is kept.
    ///
    /// # Errors
    /// The copy cannot be made, the process not be started, or pytest could not run the tests.
    pub async fn outcomes(
        &mut self,
        recipe: &Recipe,
        wish: watch::Receiver<Wish>,
    ) -> Result<Option<Vec<Ended>>, Problem> {
        self.clear(recipe)?;
        let heard = self.process(recipe, AROUND, wish, &|_| {}, Heard { every: true, ..Heard::default() }).await?;
        if heard.cancelled {
            return Ok(None);
        }
        let trouble = heard.errors.first().map(|(path, text)| (path.clone(), last_line(text)));
        let trouble = trouble.or_else(|| heard.said.first().map(|said| ("pytest".to_owned(), last_line(said))));
        match trouble {
            _ if heard.hung => Err(Problem::warning("pytest", "it takes too long: its process was killed")),
            Some((origin, what)) if heard.ended.is_empty() => Err(Problem::warning(origin, what)),
            _ => Ok(Some(heard.ended)),
        }
    }

    /// Runs tests and gives what each of them leaves of what is watched, and what it does with mocks, as the recipe asks, with
    /// whether the process came to its end; nothing when it was cancelled.
    ///
    /// # Errors
    /// The copy cannot be made, or the process not be started.
    pub async fn told(
        &mut self,
        recipe: &Recipe,
        wish: watch::Receiver<Wish>,
    ) -> Result<Option<(Vec<LabLeft>, Vec<LabAsked>, bool)>, Problem> {
        self.clear(recipe)?;
        let heard = self.process(recipe, AROUND, wish, &|_| {}, Heard::default()).await?;
        Ok((!heard.cancelled).then_some((heard.left, heard.asked, heard.done.is_some())))
    }

    /// The process while another one repeats the same, of which nothing is counted.
    async fn abreast(
        &self,
        recipe: &Recipe,
        left: f64,
        wish: watch::Receiver<Wish>,
        tell: &(dyn Fn(LabNews) + Send + Sync),
    ) -> Result<Heard, Problem> {
        let (halt, halted) = watch::channel(Wish::GoOn);
        let repeats = Notify::new();
        let endless = Repeat { count: u32::MAX, seconds: ENDLESS, until: u32::MAX };
        let endless = Recipe { repeat: Some(endless), ..recipe.clone() };
        let other = async {
            let ended = self.process(&endless, left, halted, &|_| repeats.notify_one(), Heard::default()).await;
            repeats.notify_one();
            ended
        };
        let this = async {
            repeats.notified().await;
            let heard = self.process(recipe, left, wish, tell, Heard::default()).await;
            // It may have ended by itself.
            halt.send_replace(Wish::Kill);
            heard
        };
        let (_, heard) = tokio::join!(other, this);
        heard
    }

    /// Makes the ground as if nothing had run on it.
    fn clear(&mut self, recipe: &Recipe) -> Result<(), Problem> {
        files::remove_tree(&self.temporary);
        files::private_dir(&self.temporary(recipe))?;
        files::remove_tree(&self.folder.join("home"));
        files::private_dir(&self.folder.join("home"))?;
        if self.in_place {
            return Ok(());
        }
        files::remove_tree(&self.tree);
        if !files::copy_tree(&self.desk.project.root, &self.tree)? {
            files::remove_tree(&self.tree);
            self.in_place = true;
            self.tree.clone_from(&self.desk.project.root);
            let what =
                "the project is too large to be copied for each trial, so that files that tests leave stay there";
            self.problems.push(Problem::note(self.desk.project.root.to_string_lossy(), what));
        }
        Ok(())
    }

    fn temporary(&self, recipe: &Recipe) -> PathBuf {
        if recipe.axes.contains(&Axis::UsualTemporary) {
            return self.desk.around.environment.path("TMPDIR").unwrap_or_else(|| PathBuf::from("/tmp"));
        }
        self.temporary.join(if recipe.axes.contains(&Axis::Temporary) { "a b" } else { "t" })
    }

    fn launch(&self, recipe: &Recipe, run: &RunDir) -> Result<Launch, Problem> {
        let interpreter = self.desk.interpreter()?;
        let options = planning::options(self.desk);
        let how = Pytest { root: &self.tree, ..planning::unmeasured_pytest(self.desk, &interpreter, &options) };
        let place = LabPlace {
            root: &self.desk.project.root,
            temporary: &self.temporary(recipe),
            home: &self.folder.join("home"),
            compiled: &self.folder.join("compiled"),
        };
        Launch::lab(&how, recipe, run, &place)
    }

    async fn process(
        &self,
        recipe: &Recipe,
        left: f64,
        mut wish: watch::Receiver<Wish>,
        tell: &(dyn Fn(LabNews) + Send + Sync),
        mut heard: Heard,
    ) -> Result<Heard, Problem> {
        let run = RunDir::create(&self.folder.join(fresh()))?;
        let mut running = runner::start(&self.desk.around.program, self.launch(recipe, &run)?)?;
        heard.target = recipe.target().cloned();
        let repeated = recipe.repeat.map_or(0.0, |repeat| f64::from(repeat.seconds));
        // What other tests take that run before it, nothing has shown.
        let is_alone = recipe.order.tests().all(|test| Some(test) == recipe.target());
        let least = if is_alone && self.slowest > 0.0 { PATIENCE } else { AROUND };
        let fair = (SLOWER * self.slowest).max(least);
        let most = fair.min(left.max(PATIENCE));
        heard.is_short_of_time = most < fair;
        let limit = tokio::time::sleep(Duration::from_secs_f64(most + repeated));
        tokio::pin!(limit);
        loop {
            tokio::select! {
                lot = running.news.recv() => {
                    let Some(lot) = lot else { break };
                    lot.into_iter().for_each(|news| heard.take(news, tell));
                }
                () = &mut limit, if !heard.hung => {
                    heard.hung = true;
                    running.stop.kill();
                }
                Ok(()) = wish.changed() => stop(&running, &mut wish, &mut heard),
            }
        }
        run.remove();
        Ok(heard)
    }
}

fn stop(running: &Running, wish: &mut watch::Receiver<Wish>, heard: &mut Heard) {
    let wish = *wish.borrow_and_update();
    heard.cancelled |= wish != Wish::GoOn;
    match wish {
        Wish::GoOn => {}
        Wish::Cancel => running.stop.cancel(),
        Wish::Kill => running.stop.kill(),
    }
}

/// How a test ended in one process.
pub struct Ended {
    /// The test.
    pub test: TestId,
    /// How.
    pub outcome: Outcome,
    /// Why it failed, in a few words; empty where it did not.
    pub words: String,
}

/// What one process said.
#[derive(Default)]
struct Heard {
    /// Whether every test is listened to, not the last one alone.
    every: bool,
    ended: Vec<Ended>,
    left: Vec<LabLeft>,
    asked: Vec<LabAsked>,
    target: Option<TestId>,
    attempts: Vec<Attempt>,
    done: Option<suite::LabDone>,
    errors: Vec<(String, String)>,
    said: Vec<String>,
    skipped: Option<String>,
    plugins: Vec<String>,
    exit: Option<Exit>,
    /// Of a process without the lab's plugin: the failure of the test, until its end is told.
    failure: Option<Failure>,
    hung: bool,
    /// Whether it got less time than would show that it hangs: that of the lab is nearly over.
    is_short_of_time: bool,
    cancelled: bool,
}

impl Heard {
    fn take(&mut self, news: News, tell: &(dyn Fn(LabNews) + Send + Sync)) {
        match news {
            News::Event(event) => self.event(event, tell),
            News::Trouble(problem) => self.said.push(problem.what.to_string()),
            News::Ended(ended) => {
                self.exit = Some(ended.exit);
                self.cancelled |= ended.cancelled && !self.hung;
            }
            _ => {}
        }
    }

    fn event(&mut self, event: Event, tell: &(dyn Fn(LabNews) + Send + Sync)) {
        match event {
            Event::Start(start) => self.plugins = start.plugins,
            Event::CollectError { path, text } => self.errors.push((path, text)),
            Event::Usage(lines) => self.said.extend(lines),
            Event::InternalError(text) => self.said.push(text),
            Event::LabSoFar { ran, failed } => tell(LabNews::SoFar { ran, failed }),
            Event::LabAttempt(attempt) => {
                if attempt.outcome == Outcome::Skipped {
                    self.skipped =
                        attempt.failure.as_ref().map(|failure| last_line(&failure.text)).or(Some(String::new()));
                }
                self.attempt(attempt.at, attempt.outcome, attempt.failure.as_ref(), attempt.seed, attempt.seconds);
            }
            Event::LabLeft(left) => self.left.push(left),
            Event::LabAsked(asked) => self.asked.push(asked),
            Event::LabDone(done) => self.done = Some(*done),
            Event::Phase(phase) if self.every || Some(&phase.id) == self.target.as_ref() => {
                self.failure = self.failure.take().or(phase.failure.filter(|_| phase.outcome.is_bad()));
            }
            Event::TestEnd(end) if self.every => {
                let failure = self.failure.take();
                let words = if end.outcome.is_bad() { signature(failure.as_ref()).1 } else { String::new() };
                self.ended.push(Ended { test: end.id, outcome: end.outcome, words });
            }
            Event::TestEnd(end) if Some(&end.id) == self.target.as_ref() => {
                let failure = self.failure.take();
                let at = u32::try_from(self.attempts.len() + 1).unwrap_or(u32::MAX);
                self.attempt(at, end.outcome, failure.as_ref(), None, end.seconds);
            }
            _ => {}
        }
    }

    fn attempt(&mut self, at: u32, outcome: Outcome, failure: Option<&Failure>, seed: Option<u64>, seconds: f64) {
        let signature = outcome.is_bad().then(|| signature(failure));
        let (cause, words) = signature.map_or((None, String::new()), |(cause, words)| (Some(cause), words));
        self.attempts.push(Attempt { at, cause, words, seed, seconds });
    }

    fn trial(mut self, recipe: Recipe, seconds: f64) -> Trial {
        let end = self.end(&recipe);
        let mut trial = Trial::new(recipe, end, seconds);
        let done = self.done.unwrap_or_default();
        let told = u32::try_from(self.attempts.len()).unwrap_or(u32::MAX);
        let bad =
            u32::try_from(self.attempts.iter().filter(|attempt| attempt.cause.is_some()).count()).unwrap_or(u32::MAX);
        (trial.ran, trial.failed) = (done.ran.max(told), done.failed.max(bad));
        trial.attempts = self.attempts;
        let change = |[kind, name, before, after]: [String; 4]| Change { kind, name, before, after };
        trial.changes = done.changes.into_iter().map(change).collect();
        (trial.undone, trial.reached) = (done.undone, done.reached);
        (trial.files, trial.steps) = (done.files, done.steps);
        trial
    }

    /// How the process ended. One that died, hung or could not import the test's own file is a failure of the test.
    fn end(&mut self, recipe: &Recipe) -> End {
        let target = recipe.target().map(|test| test.path().to_owned()).unwrap_or_default();
        let at = u32::try_from(self.attempts.len() + 1).unwrap_or(u32::MAX);
        let mut fails = |words: String| {
            let cause = Some(format!("lab|{words}"));
            self.attempts.push(Attempt { at, cause, words, seed: None, seconds: 0.0 });
        };
        if self.hung && self.is_short_of_time {
            return End::Unfit("the time of the lab was over before it ended".to_owned());
        }
        if self.hung {
            fails("it takes too long: its process was killed".to_owned());
            return End::Whole;
        }
        if let Some((_, text)) = self.errors.iter().find(|(path, _)| *path == target) {
            let words = Clean::line(&format!("its file cannot be collected: {}", last_line(text))).to_string();
            fails(words);
            return End::Whole;
        }
        match (&self.done, self.exit) {
            (None, Some(Exit::Signal(signal))) => {
                fails(format!("its process died of signal {signal}"));
                End::Whole
            }
            (None, exit) if self.attempts.is_empty() => {
                let said = self.said.first().cloned().unwrap_or_else(|| format!("pytest ended with {exit:?}"));
                End::Unfit(Clean::line(&last_line(&said)).to_string())
            }
            (Some(done), _) if !done.missing.is_empty() => {
                End::Unfit(format!("pytest does not collect {}", done.missing.join(", ")))
            }
            (Some(done), _) if done.ran == 0 => End::Unfit("pytest does not collect it there".to_owned()),
            (Some(done), _) if done.skipped == done.ran => {
                let why = self.skipped.clone().unwrap_or_default();
                End::Unfit(Clean::line(&format!("it skips itself: {why}")).to_string())
            }
            _ => End::Whole,
        }
    }
}

fn last_line(text: &str) -> String {
    let plain = StyledText::parse(text.as_bytes()).plain();
    plain.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned()
}

/// What a failure is, apart from what differs each time: its key, and in words.
fn signature(failure: Option<&Failure>) -> (String, String) {
    let Some(failure) = failure else { return ("lab|unknown".to_owned(), "it failed without a word".to_owned()) };
    let crash = failure.crash.as_ref().map(|crash| crash.message.lines().next().unwrap_or_default().to_owned());
    let explained =
        || failure.frames().flat_map(|frame| frame.explained.first()).next().map(|line| line.text.trim().to_owned());
    let line = crash.filter(|line| !line.is_empty()).or_else(explained).unwrap_or_else(|| last_line(&failure.text));
    let message = StyledText::parse(line.as_bytes()).plain();
    let signature = Signature::of(&message, &failure.text);
    (signature.cause(), Clean::line(&signature.words()).to_string())
}

#[cfg(test)]
mod tests {
    use super::Heard;
    use crate::domain::lab::{End, Recipe};
    use crate::domain::suite::TestId;

    #[test]
    fn a_process_that_the_lab_had_no_more_time_for_does_not_hang() {
        let ends = |is_short_of_time: bool| {
            let recipe = Recipe::alone(&TestId::new("t.py::test_a"), 1);
            Heard { hung: true, is_short_of_time, ..Heard::default() }.trial(recipe, 60.0)
        };
        assert!(matches!(ends(true).end, End::Unfit(_)) && ends(true).failed == 0, "{:?}", ends(true));
        assert_eq!((ends(false).end, ends(false).failed), (End::Whole, 1));
    }
}
