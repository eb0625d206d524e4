//! Warm runs: a fork server that is kept ready for one project, and what is known of it.

use crate::base::{Digest, Problem};
use crate::io::runner::process::Process;
use crate::io::runner::said::Said;
use crate::io::runner::{Environment, Interpreter, Launch, RunDir};
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// From which server a run is to be forked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The one that holds pytest and the installed packages.
    Safe,
    /// The deeper one, which holds the project's modules too, where there is one now.
    Deep,
    /// The same; while it is being made, the run waits for it.
    Proof,
}

impl Level {
    /// The word for it in a request.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Deep => "deep",
            Self::Proof => "proof",
        }
    }
}

/// How a command was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warmth {
    /// Forked from a server.
    Warm {
        /// The memory of the server, in kilobytes.
        memory: u64,
        /// Whether that holds the project's modules, too.
        deep: bool,
        /// Why it does not, where that was wanted.
        why: String,
    },
    /// By a fresh interpreter.
    Cold {
        /// Why it was not warm.
        why: String,
        /// Whether a warm run went before, of which nothing counts.
        again: bool,
    },
}

/// What a fork server is started for.
#[derive(Clone, Copy, Debug)]
pub struct Kit<'a> {
    /// lacuna's own program.
    pub supervisor: &'a Path,
    /// The interpreter.
    pub interpreter: &'a Interpreter,
    /// The root of the project.
    pub root: &'a Path,
    /// The environment of the caller.
    pub environment: &'a Environment,
    /// A new directory for the server's own files.
    pub place: &'a Path,
}

/// The fork server of one project. Clones share it; when the last one is dropped, the server ends.
#[derive(Clone, Debug)]
pub struct Warm(Arc<Mutex<State>>);

#[derive(Debug)]
enum State {
    /// There is none, and why.
    Cold(String),
    /// There can be none with these notes, and why.
    Unfit(Digest, String),
    /// It imports what it is to hold.
    Starting(Arc<Place>),
    /// It waits for a run.
    Ready { process: Box<Process>, place: Arc<Place>, memory: u64 },
    /// A run was forked from it, or it learns.
    Busy { place: Arc<Place> },
}

impl Default for Warm {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(State::Cold("nothing ran yet in this sitting".to_owned()))))
    }
}

impl Warm {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a run would be forked now.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        matches!(*self.state(), State::Ready { .. })
    }

    /// Whether there is a server, ready or not.
    #[must_use]
    pub fn is_there(&self) -> bool {
        !matches!(*self.state(), State::Cold(_) | State::Unfit(..))
    }

    /// Why there is no server; nothing where there is one.
    #[must_use]
    pub fn why_cold(&self) -> Option<String> {
        match &*self.state() {
            State::Cold(why) | State::Unfit(_, why) => Some(why.clone()),
            _ => None,
        }
    }

    /// Starts a server in the background, which imports what `notes` says, and makes a deeper one where that is wanted. Does
    /// nothing where there is one, and where the same notes have made none possible. To be called within a tokio runtime.
    ///
    /// # Errors
    /// Its files cannot be written, or its supervisor cannot be started.
    pub fn start(&self, kit: &Kit<'_>, notes: &[u8], deep: bool) -> Result<(), Problem> {
        let digest = Digest::of(notes);
        if self.is_there() || matches!(&*self.state(), State::Unfit(known, _) if *known == digest) {
            return Ok(());
        }
        let place = Arc::new(Place(RunDir::create(kit.place)?));
        let launch = Launch::server(kit, &place.0, notes)?;
        let process = Box::new(Process::serve(kit.supervisor, &launch)?);
        *self.state() = State::Starting(Arc::clone(&place));
        let weak = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            let answered = deepened(answer(process).await, deep).await;
            if let Some(state) = weak.upgrade() {
                Self(state).settle(answered, place, digest);
            }
        });
        Ok(())
    }

    /// Has the server import what a further run has noted and, where that is wanted, make a deeper one if there is none that
    /// holds the modules as they are now. Does nothing where it is not ready.
    pub fn learn(&self, notes: &[u8], deep: bool) {
        let Some((mut process, place, memory)) = self.seize() else { return };
        let Ok(file) = place.0.write_notes(notes) else { return self.give_back(process, place, memory) };
        let (weak, digest) = (Arc::downgrade(&self.0), Digest::of(notes));
        tokio::spawn(async move {
            process.ask(&format!("grow {}", file.display())).await;
            let answered = deepened(answer(process).await, deep).await;
            if let Some(state) = weak.upgrade() {
                Self(state).settle(answered, place, digest);
            }
        });
    }

    /// Ends the server.
    pub fn stop(&self, why: &str) {
        *self.state() = State::Cold(why.to_owned());
    }

    /// The server for one run, or why there is none.
    pub(crate) fn take(&self) -> Result<Taken, String> {
        if let Some((process, place, memory)) = self.seize() {
            return Ok(Taken { process, memory, hold: Hold { place: Some(place), warm: self.clone() } });
        }
        Err(match &*self.state() {
            State::Cold(why) | State::Unfit(_, why) => why.clone(),
            State::Starting(_) => "the fork server is still starting".to_owned(),
            State::Ready { .. } | State::Busy { .. } => "the fork server is busy".to_owned(),
        })
    }

    fn seize(&self) -> Option<(Box<Process>, Arc<Place>, u64)> {
        let mut state = self.state();
        let place = if let State::Ready { place, .. } = &*state { Arc::clone(place) } else { return None };
        match std::mem::replace(&mut *state, State::Busy { place }) {
            State::Ready { process, place, memory } => Some((process, place, memory)),
            other => {
                *state = other;
                None
            }
        }
    }

    fn give_back(&self, process: Box<Process>, place: Arc<Place>, memory: u64) {
        let mut state = self.state();
        if matches!(&*state, State::Busy { place: mine } if Arc::ptr_eq(mine, &place)) {
            *state = State::Ready { process, place, memory };
        }
    }

    /// What a server that was asked to import has come to. One that was stopped meanwhile ends here.
    fn settle(&self, answered: Result<(Box<Process>, u64), Lost>, place: Arc<Place>, notes: Digest) {
        let mut state = self.state();
        let is_mine =
            matches!(&*state, State::Starting(mine) | State::Busy { place: mine } if Arc::ptr_eq(mine, &place));
        if !is_mine {
            return;
        }
        *state = match answered {
            Ok((process, memory)) => State::Ready { process, place, memory },
            Err(Lost::Unfit(why)) => State::Unfit(notes, why),
            Err(Lost::Died(why)) => State::Cold(why),
        };
    }
}

/// The directory of a server, which goes with it.
#[derive(Debug)]
struct Place(RunDir);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.clone().remove();
    }
}

/// A server that was taken for one run. Where it is not given back, there is none any more.
#[derive(Debug)]
pub struct Taken {
    /// Its channels.
    pub process: Box<Process>,
    memory: u64,
    hold: Hold,
}

#[derive(Debug)]
struct Hold {
    place: Option<Arc<Place>>,
    warm: Warm,
}

impl Hold {
    fn release(&mut self, why: &str) {
        let Some(place) = self.place.take() else { return };
        let mut state = self.warm.state();
        if matches!(&*state, State::Busy { place: mine } if Arc::ptr_eq(mine, &place)) {
            *state = State::Cold(why.to_owned());
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.release("its last run was given up");
    }
}

impl Taken {
    /// The memory of the server, in kilobytes.
    pub const fn memory(&self) -> u64 {
        self.memory
    }

    /// The run has ended; the server is ready for the next one.
    pub fn give_back(mut self) {
        if let Some(place) = self.hold.place.take() {
            self.hold.warm.give_back(self.process, place, self.memory);
        }
    }

    /// The server is of no use any more.
    pub fn end(mut self, why: &str) {
        self.hold.release(why);
    }
}

/// Why a server that was started is not there.
enum Lost {
    /// It cannot serve this project.
    Unfit(String),
    /// It could not go on.
    Died(String),
}

/// Has a server that is ready make the deeper one, where that is wanted. It does not wait for it.
async fn deepened(answered: Result<(Box<Process>, u64), Lost>, deep: bool) -> Result<(Box<Process>, u64), Lost> {
    match answered {
        Ok((mut process, _)) if deep => {
            process.ask("deepen").await;
            answer(process).await
        }
        other => other,
    }
}

/// Waits until the server says that it is ready, or why it never will be.
async fn answer(mut process: Box<Process>) -> Result<(Box<Process>, u64), Lost> {
    while let Ok(Some(line)) = process.said.next_line().await {
        match Said::read(&line) {
            Some(Said::Ready { memory, .. }) => return Ok((process, memory)),
            Some(Said::Unfit(why)) => return Err(Lost::Unfit(why)),
            Some(Said::Failed(why)) => return Err(Lost::Died(format!("the fork server cannot be started: {why}"))),
            _ => {}
        }
    }
    Err(Lost::Died("the fork server died".to_owned()))
}

/// What several runs have noted together: lists are united, of everything else the newest word counts. Nothing when the
/// new notes cannot be read.
#[must_use]
pub fn merged_notes(old: Option<&str>, new: &[u8]) -> Option<String> {
    let mut new: Map<String, Value> = serde_json::from_slice(new).ok()?;
    let old: Map<String, Value> = old.and_then(|old| serde_json::from_str(old).ok()).unwrap_or_default();
    for (key, known) in &old {
        if let (Value::Array(known), Some(Value::Array(more))) = (known, new.get_mut(key)) {
            let has: HashSet<&Value> = known.iter().collect();
            let fresh: Vec<Value> = more.iter().filter(|item| !has.contains(item)).cloned().collect();
            *more = known.iter().cloned().chain(fresh).collect();
        } else if !new.contains_key(key) {
            new.insert(key.clone(), known.clone());
        }
    }
    serde_json::to_string(&new).ok()
}

#[cfg(test)]
mod tests {
    use super::merged_notes;

    #[test]
    fn notes_of_several_runs_are_united_in_their_order() {
        let merged =
            merged_notes(Some(r#"{"modules":["b","a"],"unfit":"x"}"#), br#"{"modules":["c","a"],"unfit":null}"#);
        assert_eq!(merged.as_deref(), Some(r#"{"modules":["b","a","c"],"unfit":null}"#));
        assert_eq!(merged_notes(Some(r#"{"how":1}"#), b"{}").as_deref(), Some(r#"{"how":1}"#), "nothing new of it");
        assert_eq!(merged_notes(Some("rubbish"), b"{}").as_deref(), Some("{}"));
        assert_eq!(merged_notes(None, b"rubbish"), None);
    }
}
