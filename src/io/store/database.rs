//! One open database, shared by threads, that notices when its file is replaced or damaged.

use crate::base::{Problem, Stamp};
use crate::io::store::open::{Opened, open};
use crate::io::store::schema::Schema;
use crate::io::store::trouble::{is_corrupt, problem};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A database that several threads may use, one at a time.
#[derive(Debug)]
pub(super) struct Database {
    path: PathBuf,
    schema: &'static Schema,
    born: Stamp,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    connection: Connection,
    opened: Opened,
    /// Device and number of the file that is open.
    file: Option<(u64, u64)>,
    problems: Vec<Problem>,
}

impl Database {
    /// Opens or makes the database at `path`.
    pub(super) fn open(path: PathBuf, schema: &'static Schema, now: Stamp) -> Result<Self, Problem> {
        let state = State::open(&path, schema, now, false)?;
        Ok(Self { path, schema, born: now, state: Mutex::new(state) })
    }

    /// How it is open.
    pub(super) fn opened(&self) -> Opened {
        self.state().opened
    }

    /// The problems since they were last taken.
    pub(super) fn take_problems(&self) -> Vec<Problem> {
        std::mem::take(&mut self.state().problems)
    }

    /// Reads.
    pub(super) fn read<T>(&self, ask: impl Fn(&Connection) -> rusqlite::Result<T>) -> Result<T, Problem> {
        self.attempt(|state| ask(&state.connection))
    }

    /// Writes in one transaction. When this returns, the change is on the disk; where that cannot be, it is an error,
    /// except for a database that is in memory only.
    pub(super) fn write<T>(&self, change: impl Fn(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, Problem> {
        if self.opened() == Opened::ReadOnly {
            let what = "is not written to, since it could only be opened for reading";
            return Err(Problem::error(self.path.to_string_lossy(), what));
        }
        self.attempt(|state| {
            let transaction = state.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = change(&transaction)?;
            transaction.commit()?;
            Ok(done)
        })
    }

    /// Tries on the file that is at the path now; once more on a new one if it turns out to be damaged.
    fn attempt<T>(&self, mut act: impl FnMut(&mut State) -> rusqlite::Result<T>) -> Result<T, Problem> {
        let mut state = self.state();
        if state.opened == Opened::Lasting && state.file != file_at(&self.path) {
            self.reopen(&mut state, false)?;
        }
        match act(&mut state) {
            Err(error) if is_corrupt(&error) && state.opened == Opened::Lasting => {
                self.reopen(&mut state, true)?;
                act(&mut state).map_err(|error| problem(&self.path, &error))
            }
            done => done.map_err(|error| problem(&self.path, &error)),
        }
    }

    /// Opens the file anew: it was renamed by another lacuna, or is found to be damaged.
    fn reopen(&self, state: &mut State, suspect: bool) -> Result<(), Problem> {
        let problems = std::mem::take(&mut state.problems);
        // Closing would write to, and delete, the log under its old name, which may be that of a new file by now.
        let keep = state.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        keep.map_err(|error| problem(&self.path, &error))?;
        *state = State::open(&self.path, self.schema, self.born, suspect)?;
        state.problems.splice(0..0, problems);
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A thread that panicked has left no half transaction behind: it is rolled back when it is dropped.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn open(path: &Path, schema: &Schema, now: Stamp, suspect: bool) -> Result<Self, Problem> {
        let (connection, opened, problems) = open(path, schema, now, suspect)?;
        Ok(Self { connection, opened, file: file_at(path), problems })
    }
}

fn file_at(path: &Path) -> Option<(u64, u64)> {
    path.metadata().ok().map(|metadata| (metadata.dev(), metadata.ino()))
}
