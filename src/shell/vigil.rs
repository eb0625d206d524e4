//! Watching over a command while it runs: a test that takes strangely long, and the limits that were set.

use crate::app::News;
use crate::base::{Clean, RepoPath, StyledText};
use crate::domain::suite::{Frame, Limit, Patience, Stack, TestId, is_strange, read_stacks};
use crate::io::runner::{RunDir, Stop};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long processes may take to say where they are.
const ANSWER: Duration = Duration::from_millis(300);
/// How often it is looked.
pub const LOOK: Duration = Duration::from_millis(200);

/// What is known of the time that one command takes.
pub struct Vigil<'a> {
    command: usize,
    root: PathBuf,
    run: Option<RunDir>,
    usual: &'a BTreeMap<TestId, f64>,
    patience: Patience,
    started: Instant,
    running: BTreeMap<TestId, Instant>,
    noticed: BTreeSet<TestId>,
    asked: Option<Question>,
    reached: Option<Reached>,
}

/// The processes were asked where they are.
struct Question {
    at: Instant,
    test: Option<TestId>,
    limit: Option<Limit>,
}

/// A limit that was reached.
#[derive(Clone, Debug)]
pub struct Reached {
    /// Which limit.
    pub limit: Limit,
    /// The test that ran then, if one did.
    pub test: Option<TestId>,
    /// Where it was.
    pub stacks: Vec<Stack>,
    /// The innermost place of the project among them.
    pub at: Option<(RepoPath, u32)>,
}

impl<'a> Vigil<'a> {
    /// Watches over a command that starts now. `usual` is how long tests usually take.
    #[must_use]
    pub fn new(
        command: usize,
        root: &Path,
        run: Option<RunDir>,
        usual: &'a BTreeMap<TestId, f64>,
        patience: Patience,
    ) -> Self {
        Self {
            command,
            root: root.to_owned(),
            run,
            usual,
            patience,
            started: Instant::now(),
            running: BTreeMap::new(),
            noticed: BTreeSet::new(),
            asked: None,
            reached: None,
        }
    }

    /// Hears what the command says.
    pub fn hear(&mut self, news: &News) {
        match news {
            News::TestStarted { test, .. } => drop(self.running.insert(test.clone(), Instant::now())),
            News::TestEnded { test, .. } => drop(self.running.remove(test)),
            // Tests that are gone were left out, and the rest was started again.
            News::Preparing(_) => self.running.clear(),
            _ => {}
        }
    }

    /// Looks at the time. A limit that was reached stops the command; what is strange is said once.
    pub fn look(&mut self, stop: &Stop) -> Option<News> {
        if let Some(question) = self.asked.take_if(|question| question.at.elapsed() >= ANSWER) {
            return Some(self.answered(question, stop));
        }
        if self.asked.is_none() && self.reached.is_none() {
            let (test, limit) = self.due()?;
            self.noticed.extend(test.clone());
            if let Some(run) = &self.run {
                run.clear_stacks();
            }
            stop.ask_for_stacks();
            self.asked = Some(Question { at: Instant::now(), test, limit });
        }
        None
    }

    /// The limit that was reached, if one was.
    #[must_use]
    pub const fn reached(&self) -> Option<&Reached> {
        self.reached.as_ref()
    }

    /// What has to be asked about now.
    fn due(&self) -> Option<(Option<TestId>, Option<Limit>)> {
        let oldest = self.running.iter().min_by_key(|(_, since)| **since);
        let is_over = |limit: u64, since: Instant| since.elapsed() >= Duration::from_secs(limit);
        if let Some(limit) = self.patience.run.filter(|limit| is_over(*limit, self.started)) {
            return Some((oldest.map(|(test, _)| test.clone()), Some(Limit::Run(limit))));
        }
        if let (Some(limit), Some((test, since))) = (self.patience.test, oldest)
            && is_over(limit, *since)
        {
            return Some((Some(test.clone()), Some(Limit::Test(limit))));
        }
        let strange = self.running.iter().find(|(test, since)| {
            let usual = self.usual.get(test).copied();
            usual.is_some_and(|usual| is_strange(usual, since.elapsed().as_secs_f64())) && !self.noticed.contains(test)
        });
        strange.map(|(test, _)| (Some(test.clone()), None))
    }

    fn answered(&mut self, question: Question, stop: &Stop) -> News {
        let texts = self.run.as_ref().map(RunDir::stacks).unwrap_or_default();
        let stacks = stacks_of(&texts, question.test.as_ref());
        let at = stacks.iter().flat_map(|stack| &stack.frames).find_map(|frame| self.place(frame));
        let shown: String = stacks.iter().map(Stack::shown).collect();
        let usual = question.test.as_ref().and_then(|test| self.usual.get(test).copied());
        if let Some(limit) = question.limit {
            self.reached = Some(Reached { limit, test: question.test.clone(), stacks, at: at.clone() });
            stop.cancel();
        }
        let since = question.test.as_ref().and_then(|test| self.running.get(test)).copied().unwrap_or(self.started);
        let words = match (question.limit, usual) {
            (Some(limit), _) => limit.words(),
            (None, usual) => {
                let usual =
                    usual.filter(|usual| *usual >= 1.0).map_or("under 1".to_owned(), |usual| format!("{usual:.0}"));
                format!("usually {usual} s, now {:.0} s", since.elapsed().as_secs_f64())
            }
        };
        News::Strange {
            command: self.command,
            test: question.test,
            usual,
            words: Clean::line(&words),
            output: Arc::new(StyledText::parse(shown.as_bytes())),
            at,
        }
    }

    /// A frame's place, when that is code of the project.
    fn place(&self, frame: &Frame) -> Option<(RepoPath, u32)> {
        place(&self.root, frame)
    }
}

/// A frame's place, when that is code of the project below `root`.
#[must_use]
pub fn place(root: &Path, frame: &Frame) -> Option<(RepoPath, u32)> {
    let path = RepoPath::below(root, Path::new(&frame.path))?;
    let is_installed = path.as_str().split('/').any(|part| part == "site-packages");
    (!is_installed).then_some((path, frame.line))
}

/// The stacks of the process that runs the test; those of all where none can be told.
fn stacks_of(texts: &[String], test: Option<&TestId>) -> Vec<Stack> {
    let all: Vec<Vec<Stack>> = texts.iter().map(|text| read_stacks(text)).collect();
    let is_in = |stacks: &&Vec<Stack>| {
        let frames = stacks.iter().flat_map(|stack| &stack.frames);
        test.is_some_and(|test| frames.map(|frame| &frame.path).any(|path| path.ends_with(test.path())))
    };
    all.iter().find(is_in).cloned().unwrap_or_else(|| all.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::stacks_of;
    use crate::domain::suite::TestId;

    #[test]
    fn the_process_that_runs_the_test_is_asked_for() {
        let text =
            |file: &str| format!("Current thread 0x1 (most recent call first):\n  File \"{file}\", line 1 in f\n");
        let texts = [text("/v/execnet/gateway.py"), text("/p/tests/test_a.py")];
        let of = |id: &str| stacks_of(&texts, Some(&TestId::new(id))).len();
        assert_eq!((of("tests/test_a.py::x"), of("tests/test_b.py::x"), stacks_of(&texts, None).len()), (1, 2, 2));
    }
}
