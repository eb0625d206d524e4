//! The history of a project: on this machine or, where the settings say so, on a server that a team shares.
//!
//! Every run is saved on this machine first, and marked; what is marked is sent before the server is next asked anything.

use super::desk::Desk;
use super::frames::now;
use super::project::Project;
use super::retention;
use super::surroundings::Surroundings;
use crate::base::{Problem, Stamp};
use crate::domain::history::RunRecord;
use crate::domain::suite::TestId;
use crate::io::store::{History, Place, SharedHistory, Store};
use std::collections::HashSet;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// How many results are sent in one go, at least; those of one run always are.
const TOGETHER: u64 = 50_000;
/// How many runs are looked at in one go.
const RUNS: usize = 1000;
/// How long a server that could not be reached is left alone, in milliseconds.
const REST: i64 = 10_000;
/// The setting that names the server.
pub const SERVER: &str = "history.server";
/// The setting that names the schema there.
const SCHEMA: &str = "history.schema";
/// The schema of a project that names the server, and no schema.
const USUAL_SCHEMA: &str = "lacuna";

/// The shared history of a project, if it has one.
pub struct Shared {
    place: Option<Result<Place, Problem>>,
    history: OnceLock<Result<Box<dyn SharedHistory>, Problem>>,
    /// When it could not be reached, and why.
    unreached: Mutex<Option<(Stamp, Problem)>>,
    /// One at a time sends.
    turn: Mutex<()>,
    /// Whether the person consented: that does not change while lacuna runs.
    is_consented: AtomicBool,
}

impl Shared {
    /// What the settings say about it, with what the environment says.
    #[must_use]
    pub fn of(project: &Project, around: &Surroundings) -> Self {
        // The sample's history is nobody's but its own.
        let server = project.config.text(SERVER).filter(|_| around.requirements.is_none());
        let place = server
            .map(|address| Ok(Place { schema: schema(project)?, address: address.to_owned(), ..credentials(around) }));
        Self {
            place,
            history: OnceLock::new(),
            unreached: Mutex::default(),
            turn: Mutex::default(),
            is_consented: AtomicBool::new(false),
        }
    }

    /// Whether the settings name one.
    #[must_use]
    pub const fn is_wanted(&self) -> bool {
        self.place.is_some()
    }
}

/// The schema. A server of one's own settings stands for all projects, and their histories must not be one.
fn schema(project: &Project) -> Result<String, Problem> {
    if let Some(schema) = project.config.text(SCHEMA) {
        return Ok(schema.to_owned());
    }
    let entry = project.config.entry(SERVER);
    if entry.is_some_and(|entry| entry.of_project) {
        return Ok(USUAL_SCHEMA.to_owned());
    }
    let origin = entry.map_or_else(String::new, |entry| entry.origin.to_string());
    let what = "this server is named for every project, and nothing says which schema is this project's";
    Err(Problem::error(origin, what).hint("history.schema in the project's lacuna.toml, a name for each project"))
}

/// What PostgreSQL's own programs read from the environment, too.
fn credentials(around: &Surroundings) -> Place {
    let read = |name: &str| around.environment.value(name).filter(|value| !value.is_empty());
    let text = |name: &str| read(name).map(|value| value.to_string_lossy().into_owned());
    let home = || Some(std::path::Path::new(read("HOME")?).join(".pgpass"));
    Place {
        user: text("PGUSER"),
        password: text("PGPASSWORD"),
        passwords: read("PGPASSFILE").map(Into::into).or_else(home),
        encryption: text("PGSSLMODE"),
        certificates: read("PGSSLROOTCERT").map(Into::into),
        ..Place::default()
    }
}

/// The history that is asked: that of this machine, or the shared one.
pub enum Kept<'a> {
    /// On this machine.
    Here(&'a Store),
    /// On a server.
    There(&'a dyn SharedHistory),
}

impl<'a> Deref for Kept<'a> {
    type Target = dyn History + 'a;

    fn deref(&self) -> &Self::Target {
        match self {
            Kept::Here(store) => *store,
            Kept::There(shared) => *shared,
        }
    }
}

impl Desk {
    /// The project's history. A shared one has all that was recorded here.
    ///
    /// # Errors
    /// The database cannot be opened, or the server cannot be asked.
    pub fn history(&self) -> Result<Kept<'_>, Problem> {
        match self.server()? {
            None => self.store().map(Kept::Here),
            Some(shared) => {
                self.send(shared)?;
                Ok(Kept::There(shared))
            }
        }
    }

    /// Sends what the server of a shared history does not have yet, and has up to `most` results removed there that are not to
    /// be kept. The answer is what is to be said of it; without such a server nothing is.
    #[must_use]
    pub fn share(&self, most: u64) -> Vec<Problem> {
        let sent = self.server().and_then(|server| match server {
            Some(shared) => self.send(shared).map(|sent| (sent > 0).then_some(shared)),
            None => Ok(None),
        });
        match sent {
            Ok(shared) => {
                shared.and_then(|shared| retention::apply_to_shared(self, shared, most)).into_iter().collect()
            }
            Err(problem) => vec![self.with_waiting(problem)],
        }
    }

    /// A problem with what waits because of it.
    fn with_waiting(&self, problem: Problem) -> Problem {
        let waiting = self.store().and_then(|store| store.unsent(usize::MAX)).map_or(0, |runs| runs.len());
        let runs = if waiting == 1 { "1 run waits".to_owned() } else { format!("{waiting} runs wait") };
        let hint = if problem.hint.is_empty() { String::new() } else { format!("{}; ", problem.hint) };
        problem.hint(format!("{hint}{runs} on this machine, to be sent with the next one"))
    }

    /// Keeps an alias, in the shared history first. The answer is how many results went there, or here.
    ///
    /// # Errors
    /// It could not be kept.
    pub fn alias(&self, old: &str, new: &str) -> Result<u64, Problem> {
        let there = self.server()?.map(|shared| shared.alias(old, new)).transpose()?;
        let here = self.store()?.alias(old, new)?;
        Ok(there.unwrap_or(here))
    }

    /// Forgets an alias. Says whether there was one.
    ///
    /// # Errors
    /// It could not be written.
    pub fn forget_alias(&self, old: &str) -> Result<bool, Problem> {
        let there = self.server()?.map(|shared| shared.forget_alias(old)).transpose()?;
        let here = self.store()?.forget_alias(old)?;
        Ok(there.unwrap_or(here))
    }

    /// The server of the shared history, on the line; nothing where the settings name none.
    fn server(&self) -> Result<Option<&dyn SharedHistory>, Problem> {
        let Some(place) = &self.shared.place else { return Ok(None) };
        let place = place.as_ref().map_err(Clone::clone)?;
        self.check_consent(place)?;
        let mut unreached = self.shared.unreached.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((since, problem)) = unreached.as_ref()
            && now().0.saturating_sub(since.0) < REST
        {
            return Err(problem.clone());
        }
        let opened = self.shared.history.get_or_init(|| place.history());
        let shared = opened.as_ref().map_err(Clone::clone)?.as_ref();
        match shared.reach() {
            Ok(()) => {
                *unreached = None;
                Ok(Some(shared))
            }
            Err(problem) => {
                *unreached = Some((now(), problem.clone()));
                Err(problem)
            }
        }
    }

    /// A server that a file of the project names is not called before the project is trusted: it would be told results, and
    /// could ask for a password.
    fn check_consent(&self, place: &Place) -> Result<(), Problem> {
        let Some(entry) = self.project.config.entry(SERVER).filter(|entry| entry.of_project) else { return Ok(()) };
        if self.shared.is_consented.load(Ordering::Relaxed) || self.is_trusted()? {
            self.shared.is_consented.store(true, Ordering::Relaxed);
            return Ok(());
        }
        let what =
            format!("names {} for the history, and the project is not trusted yet: it is not called", place.shown());
        Err(Problem::error(entry.origin.to_string(), what).hint("--trust once, or consent to a run on the screen"))
    }

    /// Sends what waits, in lots; how many runs that was.
    fn send(&self, shared: &dyn SharedHistory) -> Result<usize, Problem> {
        let store = self.store()?;
        let mut sent = 0;
        if store.unsent(1)?.is_empty() {
            return Ok(sent);
        }
        let _turn = self.shared.turn.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let waiting = store.unsent(RUNS)?;
            if waiting.is_empty() {
                return Ok(sent);
            }
            let known = shared.known(&waiting)?;
            let mut rest = waiting.as_slice();
            while !rest.is_empty() {
                let count = send_lot(store, shared, rest, &known)?;
                store.sent(rest.get(..count).unwrap_or_default())?;
                rest = rest.get(count..).unwrap_or_default();
            }
            sent += waiting.len();
        }
    }
}

/// Sends the first of some runs, with what was noted of their failures, as many as go together; how many that was.
fn send_lot(
    store: &Store,
    shared: &dyn SharedHistory,
    runs: &[String],
    known: &HashSet<String>,
) -> Result<usize, Problem> {
    let there = runs.iter().take_while(|run| known.contains(*run)).count();
    if there > 0 {
        return Ok(there);
    }
    let new = runs.iter().take_while(|run| !known.contains(*run)).count();
    // One that was removed since it was saved is nowhere any more.
    let (lot, count) = store.first_runs(runs.get(..new).unwrap_or_default(), TOGETHER)?;
    let failed = |record: &RunRecord| {
        let told = record.results.iter().filter(|result| !result.message.is_empty() || !result.details.is_empty());
        let bad = told.map(|result| result.id.clone());
        (record.run.id.clone(), bad.collect::<Vec<TestId>>())
    };
    let all_failed: Vec<(String, Vec<TestId>)> = lot.iter().map(failed).collect();
    if !lot.is_empty() {
        shared.save(lot)?;
    }
    for (run, failed) in all_failed {
        let suspects = store.suspects(&run, &failed)?;
        if !suspects.is_empty() {
            shared.suspect(&run, &suspects)?;
        }
    }
    Ok(count)
}
