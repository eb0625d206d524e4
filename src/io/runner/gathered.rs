//! What has arrived from a run, gathered into lots.

use crate::base::Problem;
use crate::domain::suite::{Event, Exit};
use crate::io::runner::blind::SAID;
use crate::io::runner::burst::Burst;
use crate::io::runner::news::News;
use crate::io::runner::said::Said;
use crate::io::runner::tail::Tail;
use crate::io::runner::warm::Warmth;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What one attempt came to.
pub struct Attempt {
    /// How the program ended.
    pub exit: Exit,
    /// How many processes it left behind.
    pub leaked: usize,
    /// What pytest had against its arguments.
    pub usage: Vec<String>,
    /// Whether pytest said that it was done.
    pub finished: bool,
    /// The data file that the plugin called whole.
    pub data: Option<PathBuf>,
    /// The project's root where the tests run, if that is elsewhere.
    pub root: Option<PathBuf>,
    /// Why the program could not be started.
    pub failed: Option<String>,
    /// Why a fork server did not run it.
    pub refused: Option<String>,
    /// Whether the program was started at all.
    pub started: bool,
    /// The files that could not be collected: which tests they have, nobody knows now.
    pub broken: BTreeSet<String>,
    /// Whether the plugin said anything.
    pub told: bool,
    /// Whether it was given up, as it gave no sign of life.
    pub given_up: bool,
    /// What was printed while it said nothing; the beginning of it.
    pub said: Vec<u8>,
    /// Whether it was forked from the deeper server.
    pub deep: bool,
}

/// What has arrived and not been sent yet.
pub struct Gathered<'a> {
    tail: Option<&'a mut Tail>,
    /// The output.
    pub burst: Burst,
    waiting: Vec<News>,
    leader: Option<i32>,
    ended: bool,
    /// The memory of the fork server, in kilobytes.
    pub memory: u64,
    /// What the attempt has come to so far.
    pub attempt: Attempt,
}

impl<'a> Gathered<'a> {
    /// Nothing yet; events come from `tail`.
    pub fn new(tail: Option<&'a mut Tail>) -> Self {
        let attempt = Attempt {
            exit: Exit::Lost,
            leaked: 0,
            usage: Vec::new(),
            finished: false,
            data: None,
            root: None,
            failed: None,
            refused: None,
            started: false,
            broken: BTreeSet::new(),
            told: false,
            given_up: false,
            said: Vec::new(),
            deep: false,
        };
        Self { tail, burst: Burst::default(), waiting: Vec::new(), leader: None, ended: false, memory: 0, attempt }
    }

    /// Takes a line of the supervisor.
    pub fn hear(&mut self, line: &str) {
        match Said::read(line) {
            Some(Said::Started(pid)) => {
                self.leader = Some(pid);
                self.attempt.started = true;
                self.waiting.push(News::Started(pid));
            }
            Some(Said::Rung(rung, wait)) => self.waiting.push(News::Stopping(rung, wait)),
            Some(Said::Silent { since, is_end: false }) => self.waiting.push(News::Unanswered(since)),
            Some(Said::Silent { since, is_end: true }) => {
                self.attempt.given_up = true;
                let seconds = since.as_secs();
                let what = format!("no sign of life for {seconds} s from where the tests run: it was given up");
                let hint =
                    "the network, the container or its host is gone, or stands still; `limit.silence` is the limit";
                self.waiting.push(News::Trouble(Problem::error("runner.command", what).hint(hint)));
            }
            Some(Said::Failed(why)) => {
                self.attempt.failed = Some(why);
                self.attempt.exit = Exit::Code(127);
                self.ended = true;
            }
            Some(Said::Ended { exit, leaked }) => {
                self.attempt.exit = exit;
                self.attempt.leaked = leaked;
                self.ended = true;
            }
            Some(Said::Refused(why)) => {
                self.attempt.refused = Some(why);
                self.ended = true;
            }
            Some(Said::Deep(memory)) => self.warm(Warmth::Warm { memory, deep: true, why: String::new() }),
            Some(Said::Shallow(why)) => self.warm(Warmth::Warm { memory: self.memory, deep: false, why }),
            Some(Said::Ready { .. } | Said::Unfit(_)) | None => {}
        }
    }

    fn warm(&mut self, warmth: Warmth) {
        self.attempt.deep = matches!(warmth, Warmth::Warm { deep: true, .. });
        self.waiting.push(News::Warmth(warmth));
    }

    /// Whether the last word was heard.
    pub const fn has_ended(&self) -> bool {
        self.ended
    }

    /// The supervisor ended without a last word: somebody killed it. Its child is killed in its stead.
    pub fn lost_supervisor(&self) {
        if self.ended {
            return;
        }
        if let Some(pid) = self.leader.and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
    }

    /// Everything that has arrived: first what the supervisor said, then the output, then the events.
    pub fn lot(&mut self) -> Vec<News> {
        let mut lot = std::mem::take(&mut self.waiting);
        for (skipped, bytes) in self.burst.take() {
            let room = if self.attempt.told { 0 } else { SAID.saturating_sub(self.attempt.said.len()) };
            self.attempt.said.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
            lot.push(News::Output { skipped, bytes });
        }
        if let Some(tail) = &mut self.tail {
            for event in tail.take().0 {
                match event {
                    Ok(event) => {
                        self.attempt.note(&event);
                        lot.push(News::Event(event));
                    }
                    Err(problem) => lot.push(News::Trouble(problem)),
                }
            }
        }
        lot
    }
}

impl Attempt {
    fn note(&mut self, event: &Event) {
        self.told = true;
        match event {
            Event::Usage(lines) => self.usage.extend(lines.iter().cloned()),
            Event::Data { path, .. } => self.data = Some(PathBuf::from(path)),
            Event::CollectError { path, .. } => drop(self.broken.insert(path.clone())),
            Event::Away(away) => self.root = Some(PathBuf::from(&away.root)),
            Event::Finish { .. } => self.finished = true,
            _ => {}
        }
    }
}
