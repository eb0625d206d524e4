//! What an error of SQLite means to a person.

use crate::base::Problem;
use rusqlite::{Error, ErrorCode};
use std::path::Path;

/// Whether the file itself is damaged, or is no database.
pub(super) fn is_corrupt(error: &Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// The problem that `error` is, when it concerns the file at `path`.
pub(super) fn problem(path: &Path, error: &Error) -> Problem {
    let origin = path.to_string_lossy();
    let (what, hint) = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            ("is in use by another program and stayed so for five seconds", "it is tried again with the next change")
        }
        Some(ErrorCode::DiskFull) => {
            ("could not be written: the disk is full", "make room; nothing saved before is lost")
        }
        Some(ErrorCode::ReadOnly) => {
            ("could not be written: it is read-only", "check its permissions and its folder's")
        }
        Some(ErrorCode::SystemIoFailure) => {
            ("could not be read or written: the disk reports an error", "check the disk")
        }
        Some(ErrorCode::DatabaseCorrupt) => ("is damaged", "it is set aside and a new one begun at the next start"),
        Some(ErrorCode::NotADatabase) => ("is not a database", ""),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            ("could not be opened", "check its permissions and its folder's")
        }
        _ => return Problem::error(&*origin, format!("could not be used: {error}")),
    };
    Problem::error(&*origin, what).hint(hint)
}
