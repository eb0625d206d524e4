//! What an error of the server means to a person.

use crate::base::Problem;
use postgres::Error;
use postgres::error::SqlState;
use std::error::Error as _;

/// Why something could not be done.
pub(super) enum Trouble {
    /// The server, or the way there, said so.
    Database(Error),
    /// It may not be done.
    Refused(Problem),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl Trouble {
    /// The problem that it is, when it concerns the server at `origin`.
    pub(super) fn problem(self, origin: &str) -> Problem {
        match self {
            Self::Database(error) => problem(origin, &error),
            Self::Refused(problem) => problem,
        }
    }
}

/// Whether the connection is gone, and a new one may be there.
pub(super) fn is_lost(error: &Error) -> bool {
    let ends = [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW];
    let is_over = error.code().is_some_and(|code| ends.contains(code) || *code == SqlState::IDLE_SESSION_TIMEOUT);
    is_over || error.is_closed() || error.source().is_some_and(|source| source.is::<std::io::Error>())
}

/// What the server answered, and what helps.
fn problem(origin: &str, error: &Error) -> Problem {
    let words = words(error);
    let said = |what: &str, hint: &str| Problem::error(origin, format!("{what}: {words}")).hint(hint);
    let Some(code) = error.code() else {
        return match words.contains("password missing") {
            true => said("lets nobody in", "PGPASSWORD or ~/.pgpass (for you alone to read) hold the password"),
            false if words.contains("not support TLS") => said(
                "cannot be spoken to in secret",
                "sslmode=disable sends all in the open; a tunnel (ssh -L) does not",
            ),
            false if words.contains("certificate") => {
                said("is not known to be who it is", "sslrootcert=FILE names who vouches for it, in PEM")
            }
            false => said("could not be reached", "is the server running, and is its address right?"),
        };
    };
    let class = code.code().get(..2).unwrap_or_default();
    match *code {
        _ if is_lost(error) => said("ended the connection", "it is called again with the next question"),
        SqlState::INVALID_PASSWORD => {
            said("lets nobody in", "PGPASSWORD or ~/.pgpass (for you alone to read) hold the password")
        }
        SqlState::INVALID_CATALOG_NAME => said("has no such database", "createdb makes one"),
        SqlState::INSUFFICIENT_PRIVILEGE => said(
            "does not allow it",
            "the first to come needs the right to make a schema; others need the rights on its tables",
        ),
        SqlState::LOCK_NOT_AVAILABLE => said("was busy with another writer for too long", "try again"),
        SqlState::QUERY_CANCELED => said("took too long", "history.keep limits what it has to look through"),
        SqlState::DISK_FULL => said("has no room left", "make room, or set history.keep"),
        SqlState::TOO_MANY_CONNECTIONS => said("takes no more connections", "try again"),
        SqlState::READ_ONLY_SQL_TRANSACTION => said("is only read from", "name the server that takes writes"),
        SqlState::DUPLICATE_TABLE | SqlState::UNDEFINED_COLUMN | SqlState::UNDEFINED_TABLE => {
            said("has other tables there", "history.schema names a schema that lacuna has to itself")
        }
        _ if class == "28" => said("lets nobody in", "is the user right, and does pg_hba.conf let it in from here?"),
        _ => said("could not do it", ""),
    }
}

/// The last cause of an error, which says most.
fn words(error: &Error) -> String {
    let mut last: &dyn std::error::Error = error;
    while let Some(source) = last.source() {
        last = source;
    }
    error.as_db_error().map_or_else(|| last.to_string(), |answer| answer.message().to_owned())
}
