//! The line to the server: called when it is needed, and again when it was lost.

use crate::base::Problem;
use crate::domain::history::Sighting;
use crate::io::store::Place;
use crate::io::store::server::address::{self, Call};
use crate::io::store::server::schema;
use crate::io::store::server::trouble::{Trouble, is_lost};
use postgres::{Client, Error};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How long one answer is waited for at the most; the server itself gives up before.
const PATIENCE: Duration = Duration::from_secs(100);
/// The same of the first answer.
const GREETING: Duration = Duration::from_secs(15);
/// What holds for each connection.
const TERMS: &str = "SET statement_timeout = '60s'; SET lock_timeout = '30s';
    SET idle_in_transaction_session_timeout = '60s'; SET client_min_messages = 'error'";

/// What is done on the line.
type Job = Box<dyn FnOnce(&mut Line) + Send>;

/// A server with the history of one project. The line lives on a thread of its own: its client brings a loop that must not
/// turn, or be dropped, within another one.
pub(in crate::io::store) struct Server {
    call: Call,
    schema: String,
    shown: String,
    jobs: Mutex<Option<Sender<Job>>>,
    /// All failures, as they were after some number of changes: each test that is looked at is compared with them.
    pub(super) failures: Mutex<Option<(i64, Vec<Sighting>)>>,
}

/// One connection, or none.
struct Line {
    call: Call,
    schema: String,
    shown: String,
    client: Option<Client>,
}

impl Server {
    /// The server of a place. It is not called yet.
    ///
    /// # Errors
    /// The place is not well described.
    pub(in crate::io::store) fn new(place: &Place) -> Result<Self, Problem> {
        let (call, schema) = (address::call(place)?, place.schema.clone());
        Ok(Self { call, schema, shown: place.shown(), jobs: Mutex::default(), failures: Mutex::default() })
    }

    /// Calls the server, if it is not on the line.
    pub(super) fn call(&self) -> Result<(), Problem> {
        self.on_the_line(GREETING, |line| {
            let called = line.client().map(drop);
            called.map_err(|trouble| trouble.problem(&line.shown))
        })
    }

    /// Asks the server. What was asked on a line that turns out to be lost is asked once more, so it must do nothing the second
    /// time that it did the first time.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Client) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        self.call()?;
        self.on_the_line(PATIENCE, move |line| line.attempt(&work).map_err(|trouble| trouble.problem(&line.shown)))
    }

    fn on_the_line<T: Send + 'static>(
        &self,
        patience: Duration,
        work: impl FnOnce(&mut Line) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let (sender, answer) = channel();
        // Whoever asked may have lost patience.
        self.send(Box::new(move |line: &mut Line| drop(sender.send(work(line)))))?;
        answer.recv_timeout(patience).unwrap_or_else(|_| {
            // What hangs is left alone; the next question goes over another line.
            *self.jobs.lock().unwrap_or_else(PoisonError::into_inner) = None;
            let what = format!("has not answered for {} seconds", patience.as_secs());
            Err(Problem::error(&self.shown, what).hint("is the server running, and is it PostgreSQL?"))
        })
    }

    fn send(&self, job: Job) -> Result<(), Problem> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = match jobs.take() {
            Some(sender) => sender,
            None => self.line()?,
        };
        let lost = |_| Problem::error(&self.shown, "the thread of the connection has ended");
        sender.send(job).map_err(lost)?;
        *jobs = Some(sender);
        Ok(())
    }

    /// A new line on a new thread, which ends when nobody can ask on it any more.
    fn line(&self) -> Result<Sender<Job>, Problem> {
        let (sender, jobs) = channel::<Job>();
        let (call, schema, shown) = (self.call.clone(), self.schema.clone(), self.shown.clone());
        let mut line = Line { call, schema, shown, client: None };
        let thread = std::thread::Builder::new().name("history".to_owned());
        let started = thread.spawn(move || jobs.into_iter().for_each(|job| job(&mut line)));
        started.map_err(|error| Problem::error(&self.shown, format!("no thread can be started: {error}")))?;
        Ok(sender)
    }
}

impl Line {
    fn client(&mut self) -> Result<&mut Client, Trouble> {
        let client = match self.client.take().filter(|client| !client.is_closed()) {
            Some(client) => client,
            None => {
                let mut client = self.call.connect()?;
                client.batch_execute(TERMS)?;
                schema::prepare(&mut client, &self.schema)?;
                client
            }
        };
        Ok(self.client.insert(client))
    }

    fn attempt<T>(&mut self, work: &impl Fn(&mut Client) -> Result<T, Error>) -> Result<T, Trouble> {
        match work(self.client()?) {
            // A server that was started anew since is noticed only by asking.
            Err(error) if is_lost(&error) => {
                self.client = None;
                work(self.client()?).map_err(Trouble::Database)
            }
            done => done.map_err(Trouble::Database),
        }
    }
}
