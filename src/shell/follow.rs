//! From the runner's news to the screen's: what one command says while it runs.

use super::desk::Desk;
use super::frames::now;
use super::homecoming::Homecoming;
use super::proving::Way;
use super::vigil::{Reached, place as place_of};
use crate::app::{self, Past, account, warnings};
use crate::base::{Clean, Digest, Problem, RepoPath, Stamp, StyledText};
use crate::domain::suite::{
    Event, Exit, Failure, FileFacts, Output, Progress, Stack, TestId, TestResult, Warned, death, read_stacks,
};
use crate::io::files::Identity;
use crate::io::runner;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The files of the root that configure pytest and coverage.py.
pub const SETTINGS: [&str; 6] = ["pyproject.toml", "pytest.ini", ".pytest.ini", "setup.cfg", "tox.ini", ".coveragerc"];

/// How much of what a command printed last is looked through when its process dies.
const PRINTED: usize = 64 * 1024;

/// One command as it is followed.
pub struct Followed {
    /// Its number in the plan.
    pub command: usize,
    /// The project's root.
    pub root: PathBuf,
    /// Its results so far.
    pub progress: Progress,
    /// What went wrong with the run itself.
    pub problems: Vec<Problem>,
    /// How it ended, once it has.
    pub ended: Option<runner::Ended>,
    /// Why it was not forked from the deeper server, where that was asked for.
    pub shallow: String,
    /// What was printed before the plugin said anything.
    pub said: Output,
    homecoming: Homecoming,
    collected: Vec<TestId>,
    before: HashMap<RepoPath, Identity>,
    /// The last bytes that it printed.
    printed: Vec<u8>,
}

impl Followed {
    /// A command that is about to start.
    #[must_use]
    pub fn new(command: usize, desk: &Desk) -> Self {
        desk.disk.forget_listing();
        Self {
            command,
            root: desk.project.root.clone(),
            progress: Progress::default(),
            problems: Vec::new(),
            ended: None,
            shallow: String::new(),
            said: Output::default(),
            homecoming: Homecoming::new(desk),
            collected: Vec::new(),
            before: desk.disk.identities(),
            printed: Vec::new(),
        }
    }

    /// Whether a source was written while the tests ran. Clocks decide only for files that were not seen before.
    #[must_use]
    pub fn has_changed(&self, desk: &Desk, path: &RepoPath, facts: &FileFacts) -> bool {
        let now = || desk.disk.identity(path);
        if self.progress.away.is_some() && facts.changed {
            return true;
        }
        self.before.get(path).map_or(facts.changed, |before| now().is_none_or(|now| now != *before))
    }

    /// Whether a file is still as it was when the command started.
    #[must_use]
    pub fn is_as_before(&self, desk: &Desk, path: &RepoPath) -> bool {
        let is_same = self.progress.away.as_ref().is_none_or(|away| away.has(path.as_str()));
        is_same && self.before.get(path).is_some_and(|before| desk.disk.identity(path) == Some(*before))
    }

    /// All Python files of the project and what configures a run, as one digest; nothing where any of them changed while
    /// the tests ran.
    #[must_use]
    pub fn world(&self, desk: &Desk) -> Option<Digest> {
        let after = desk.disk.identities();
        // Of what lies elsewhere nobody can say so.
        if after != self.before || self.progress.away.is_some() {
            return None;
        }
        Some(world(desk, after))
    }

    /// Takes one item and says what the screen should know of it. `past` knows how a test ended before.
    pub fn take(&mut self, news: runner::News, past: &dyn Fn(&TestId) -> Option<Arc<Past>>) -> Option<app::News> {
        let command = self.command;
        match news {
            runner::News::Started(_) => None,
            runner::News::Event(event) => self.event(event, past),
            runner::News::Output { bytes, skipped } => {
                if self.progress.start.is_none() {
                    self.said.skip(skipped);
                    self.said.push(&bytes);
                }
                self.printed.extend_from_slice(bytes.get(bytes.len().saturating_sub(PRINTED)..).unwrap_or_default());
                let surplus = self.printed.len().saturating_sub(PRINTED);
                self.printed.drain(..surplus);
                let text = StyledText::parse(&bytes);
                (!text.lines.is_empty()).then_some(app::News::Output { command, lines: text.lines })
            }
            runner::News::Stopping(rung, wait) => {
                Some(app::News::Cancelling { rung: rung_of(rung), next_at: next_at(rung, wait) })
            }
            runner::News::Restarted { dropped } => {
                let away = self.progress.away.is_some();
                let mut broken = std::mem::take(&mut self.progress.collect_errors);
                broken.retain(|(path, _)| dropped.iter().any(|target| target.path() == path));
                let gone = dropped.iter().filter(|target| !broken.iter().any(|(path, _)| path == target.path()));
                let names: Vec<&str> = gone.map(|target| target.as_str()).collect();
                self.progress = Progress::default();
                self.progress.collect_errors = broken;
                self.collected.clear();
                self.said = Output::default();
                if dropped.is_empty() {
                    let what = "lacuna's plugin cannot be loaded here; started again without it";
                    return Some(app::News::Preparing(Clean::line(what)));
                }
                if names.is_empty() {
                    return Some(app::News::Preparing(Clean::line(
                        "a file cannot be collected; the rest was started again",
                    )));
                }
                let gone = if away { "is not there, where the tests run" } else { "does not exist any more" };
                let what = format!("{} {gone}; the rest was started again", names.join(", "));
                self.problems.push(Problem::note("pytest", &what));
                Some(app::News::Preparing(Clean::line(&what)))
            }
            runner::News::Unanswered(since) => {
                let seconds = since.as_secs();
                let what = format!("no answer for {seconds} s from where the tests are to run; it is waited for");
                Some(app::News::Preparing(Clean::line(&what)))
            }
            runner::News::Warmth(warmth) => Some(self.warmth(warmth)),
            runner::News::Trouble(problem) => {
                self.problems.push(problem);
                None
            }
            runner::News::Ended(ended) => {
                self.ended = Some(ended);
                None
            }
        }
    }

    /// What the screen is told of the way in which the command is run, before it is.
    #[must_use]
    pub fn told(&self, way: Way) -> Option<app::News> {
        let words = Clean::line(&format!("cold: {}", way.why_cold()?));
        Some(app::News::Warmth { command: self.command, warm: false, words })
    }

    /// Whether the tests ran to their end, by what they said themselves.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let whole = |ended: &runner::Ended| self.progress.judge(ended.exit, ended.cancelled).0.is_whole();
        self.ended.as_ref().is_some_and(|ended| !ended.cancelled && whole(ended))
    }

    fn warmth(&mut self, warmth: runner::Warmth) -> app::News {
        let (warm, words) = match warmth {
            runner::Warmth::Warm { memory, deep, why } => {
                let level = if deep { "warm, deep" } else { "warm" };
                let but = if why.is_empty() { String::new() } else { format!(", not deep: {why}") };
                self.shallow = why;
                (true, format!("{level} ({} MB){but}", memory.div_ceil(1024)))
            }
            runner::Warmth::Cold { why, again } => {
                self.shallow.clone_from(&why);
                if again {
                    self.progress = Progress::default();
                    self.collected.clear();
                }
                (false, format!("cold: {why}"))
            }
        };
        app::News::Warmth { command: self.command, warm, words: Clean::line(&words) }
    }

    /// Takes an event and says what the screen should know of it.
    pub fn event(&mut self, mut event: Event, past: &dyn Fn(&TestId) -> Option<Arc<Past>>) -> Option<app::News> {
        self.homecoming.bring(&mut event);
        let command = self.command;
        let ended = match &event {
            Event::TestEnd(end) => Some(end.id.clone()),
            _ => None,
        };
        let news = match &event {
            Event::Away(away) => Some(app::News::Preparing(Clean::line(&away.words()))),
            Event::Collected { ids, deselected, last, .. } => {
                self.collected.extend(ids.iter().cloned());
                let deselected = usize::try_from(deselected.unwrap_or(0)).unwrap_or(usize::MAX);
                let tests = if *last { std::mem::take(&mut self.collected) } else { Vec::new() };
                last.then_some(app::News::Collected { command, tests, deselected })
            }
            Event::Warning(warned) => warned.id.clone().and_then(|id| self.warned(&id, warned)),
            Event::TestStart { id, .. } => Some(app::News::TestStarted { command, test: id.clone(), at: now() }),
            _ => None,
        };
        self.progress.apply(event);
        news.or_else(|| {
            ended.and_then(|id| self.progress.result(&id).and_then(|result| self.test_ended(result, past(&id))))
        })
    }

    /// Ends the tests that ran when the process died: each has an error that says how.
    pub fn died(&mut self, exit: Exit) -> Vec<app::News> {
        let text = String::from_utf8_lossy(&self.printed).into_owned();
        // What Python's own handler of faults wrote; nothing else has this headline.
        let fault = text.rfind("Fatal Python error").and_then(|start| text.get(start..)).unwrap_or_default();
        let stacks = read_stacks(fault);
        let why = fault.lines().next().filter(|line| !line.is_empty());
        let message = death(exit) + &why.map_or_else(String::new, |why| format!(": {}", why.trim_end()));
        let running: Vec<TestId> = self.progress.running().map(|test| test.id.clone()).collect();
        let mut frames = stacks.iter().flat_map(|stack| &stack.frames);
        let at = match self.homecoming.is_away() {
            true => frames.find_map(|frame| self.homecoming.place(frame)),
            false => frames.find_map(|frame| place_of(&self.root, frame)),
        };
        running.iter().filter_map(|id| self.cut_off(id, &message, &stacks, at.clone())).collect()
    }

    /// Ends the test that ran when a limit was reached.
    pub fn over(&mut self, reached: &Reached) -> Vec<app::News> {
        let Reached { limit, test, stacks, at } = reached;
        let cut = test.as_ref().and_then(|id| self.cut_off(id, &limit.words(), stacks, at.clone()));
        cut.into_iter().collect()
    }

    fn cut_off(
        &mut self,
        id: &TestId,
        message: &str,
        stacks: &[Stack],
        at: Option<(RepoPath, u32)>,
    ) -> Option<app::News> {
        let at = at.map(|(path, line)| (path.as_str().to_owned(), line));
        self.progress.cut_off(id, message, stacks, at);
        self.progress.result(id).and_then(|result| self.test_ended(result, None))
    }

    /// A warning comes after the end of the test that it belongs to.
    fn warned(&self, id: &TestId, warned: &Warned) -> Option<app::News> {
        let result = self.progress.result(id).filter(|result| result.outcome.is_some())?;
        let mut of_test = self.warnings_of(id);
        of_test.push(warned.clone());
        Some(app::News::Told { test: id.clone(), account: self.account(result, &of_test) })
    }

    fn warnings_of(&self, id: &TestId) -> Vec<Warned> {
        self.progress.warnings.iter().filter(|warned| warned.id.as_ref() == Some(id)).cloned().collect()
    }

    fn account(&self, result: &TestResult, warned: &[Warned]) -> Arc<app::Account> {
        let own = |path: &str| of_project(&self.root, path);
        Arc::new(account((result.failures.clone(), result.sections.clone()), warned, &own))
    }

    /// All warnings of the command, once it has ended; nothing when there were none.
    #[must_use]
    pub fn all_warnings(&self) -> Option<app::News> {
        let own = |path: &str| of_project(&self.root, path);
        (self.progress.warned > 0).then(|| app::News::Warned {
            command: self.command,
            total: self.progress.warned,
            warnings: self.progress.warnings.clone(),
            account: Arc::new(warnings(&self.progress.warnings, &own)),
        })
    }

    fn test_ended(&self, result: &TestResult, past: Option<Arc<Past>>) -> Option<app::News> {
        let account = self.account(result, &self.warnings_of(&result.id));
        // What does not count is no turn for the better or the worse.
        let past = past.filter(|_| result.held.is_none());
        let message = message(result);
        let message = if result.held.is_some() { Clean::line(&format!("quarantined: {message}")) } else { message };
        Some(app::News::TestEnded {
            command: self.command,
            test: result.id.clone(),
            outcome: result.outcome?,
            seconds: result.seconds,
            message,
            at: account.at().or_else(|| place(result, &self.root)),
            account,
            past,
        })
    }
}

/// The failure in one line; empty for a test that passed.
#[must_use]
pub fn message(result: &TestResult) -> Clean {
    if !result.really().is_some_and(crate::domain::suite::Outcome::is_bad) {
        return Clean::default();
    }
    let crash = result.crash.as_ref().map(|crash| crash.message.lines().next().unwrap_or_default().to_owned());
    let explained = || {
        let frames = result.failures.iter().flat_map(Failure::frames);
        frames.flat_map(|frame| frame.explained.first()).next().map(|line| line.text.trim().to_owned())
    };
    let last = || {
        let texts = result.failures.iter().flat_map(|failure| failure.text.lines());
        texts.rev().find(|line| !line.trim().is_empty()).unwrap_or_default().to_owned()
    };
    let line = crash.filter(|line| !line.is_empty()).or_else(explained).unwrap_or_else(last);
    Clean::line(&StyledText::parse(line.as_bytes()).plain())
}

/// Where a test failed, if that is a file of the project.
fn place(result: &TestResult, root: &Path) -> Option<(RepoPath, u32)> {
    let crash = result.crash.as_ref()?;
    of_project(root, &crash.path)
        .map(|path| (path, crash.line))
        .or_else(|| Some((RepoPath::new(result.id.path())?, result.line?)))
}

/// The file of the project that a path of pytest's means.
pub fn of_project(root: &Path, path: &str) -> Option<RepoPath> {
    let place = Path::new(path);
    if place.is_absolute() { RepoPath::below(root, place) } else { RepoPath::new(path) }
}

fn rung_of(rung: runner::Rung) -> app::Rung {
    match rung {
        runner::Rung::Interrupt => app::Rung::Interrupt,
        runner::Rung::Terminate => app::Rung::Terminate,
        runner::Rung::Kill => app::Rung::Kill,
    }
}

fn next_at(rung: runner::Rung, wait: Duration) -> Option<Stamp> {
    let wait = i64::try_from(wait.as_millis()).ok()?;
    (rung != runner::Rung::Kill).then(|| Stamp(now().0.saturating_add(wait)))
}

/// All Python files of the project as they are now, and what configures a run, as one digest.
#[must_use]
pub fn present_world(desk: &Desk) -> Digest {
    world(desk, desk.disk.identities())
}

fn world(desk: &Desk, files: HashMap<RepoPath, Identity>) -> Digest {
    let settings = SETTINGS.iter().filter_map(|name| RepoPath::new(name));
    let settings = settings.filter_map(|path| Some((path.clone(), desk.disk.identity(&path)?)));
    let mut all: Vec<(RepoPath, Identity)> = files.into_iter().chain(settings).collect();
    all.sort_by(|one, two| one.0.cmp(&two.0));
    let mut text = String::new();
    for (path, is) in all {
        let Identity { device, inode, bytes, modified, changed } = is;
        text.push_str(&format!("{}\n{device} {inode} {bytes} {modified} {changed}\n", path.as_str()));
    }
    Digest::of(text.as_bytes())
}
