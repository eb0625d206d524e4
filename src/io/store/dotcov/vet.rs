//! Opening the copy of a data file so that nothing in it can act: no views, triggers, functions or other files.

use crate::base::Problem;
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::{Connection, MAIN_DB, OptionalExtension};
use std::io::Read;
use std::path::Path;

/// The version of the tables that coverage.py has written since 5.0.
const SCHEMA: i64 = 7;
/// The longest value or row, in bytes: the line bits of a file with 2^24 lines, and something for the rest of the row.
const LENGTH: i32 = 2 * 1024 * 1024 + 64 * 1024;
/// How many instructions of SQLite's machine any file may cost. Each byte of the file gives it two more.
const BUDGET: u64 = 20_000_000;
/// After how many instructions they are counted.
const STEP: u32 = 10_000;
/// The tables that are read, with the columns that are needed.
const TABLES: [(&str, &[&str]); 6] = [
    ("coverage_schema", &["version"]),
    ("meta", &["key", "value"]),
    ("file", &["id", "path"]),
    ("context", &["id", "context"]),
    ("line_bits", &["file_id", "context_id", "numbits"]),
    ("arc", &["file_id", "context_id", "fromno", "tono"]),
];

/// Loads the bytes of a data file, which may hold anything.
pub(super) fn load(path: &Path, bytes: &mut dyn Read, length: usize) -> Result<Connection, Problem> {
    locked_up(bytes, length).map_err(|error| damaged(path, &error))
}

/// Whether what was loaded is a data file, and whole.
pub(super) fn check(path: &Path, connection: &Connection) -> Result<(), Problem> {
    let origin = path.to_string_lossy();
    match is_of_coverage(connection).map_err(|error| damaged(path, &error))? {
        None => {}
        Some(what) => return Err(Problem::error(&*origin, what)),
    }
    let version: Option<i64> = connection
        .query_row("SELECT version FROM coverage_schema", [], |row| row.get(0))
        .optional()
        .map_err(|error| damaged(path, &error))?;
    if version != Some(SCHEMA) {
        let version = version.map_or_else(|| "no".to_owned(), |version| version.to_string());
        let what = format!("has {version} schema version; only {SCHEMA} is read (coverage.py 5.0 and later)");
        return Err(Problem::error(&*origin, what).hint("write a JSON report with `coverage json` and open that"));
    }
    is_sound(connection).map_err(|error| damaged(path, &error))
}

/// What is wrong with a file that SQLite cannot make sense of, or not within its budget.
pub(super) fn damaged(path: &Path, error: &rusqlite::Error) -> Problem {
    let what = match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::OperationInterrupted) => "takes too long to read: it is larger inside than outside",
        Some(rusqlite::ErrorCode::TooBig) => "holds a value that is too large",
        Some(rusqlite::ErrorCode::AuthorizationForStatementDenied) => "computes values instead of holding them",
        _ => "is damaged, or was not written to its end",
    };
    let hint = "run the tests with coverage again";
    Problem::error(path.to_string_lossy(), format!("{what} ({})", reason(error))).hint(hint)
}

fn reason(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(reason)) => reason.clone(),
        other => other.to_string(),
    }
}

/// The bytes as a database in memory that can only be read, with every door closed.
fn locked_up(bytes: &mut dyn Read, length: usize) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open_in_memory()?;
    for (limit, most) in [
        (Limit::SQLITE_LIMIT_LENGTH, LENGTH),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, 64 * 1024),
        (Limit::SQLITE_LIMIT_COLUMN, 64),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 32),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 4),
        (Limit::SQLITE_LIMIT_VDBE_OP, 25_000),
        (Limit::SQLITE_LIMIT_FUNCTION_ARG, 8),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 1),
    ] {
        connection.set_limit(limit, most)?;
    }
    for (setting, value) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_WRITE, false),
    ] {
        connection.set_db_config(setting, value)?;
    }
    connection.deserialize_read_exact(MAIN_DB, bytes, length, true)?;
    // Pages are looked at where they lie, and not copied into a cache first.
    connection.pragma_update(None, "mmap_size", i64::try_from(length).unwrap_or(i64::MAX))?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "ignore_check_constraints", true)?;
    connection.pragma_update(None, "query_only", true)?;
    let mut left = (BUDGET + 2 * length as u64) / u64::from(STEP);
    let count = move || {
        left = left.saturating_sub(1);
        left == 0
    };
    connection.progress_handler(i32::try_from(STEP).unwrap_or(i32::MAX), Some(count))?;
    connection.authorizer(Some(|context: AuthContext<'_>| match context.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Pragma { .. } => Authorization::Allow,
        _ => Authorization::Deny,
    }))?;
    Ok(connection)
}

/// Why it is no data file of coverage.py; nothing when it is one. Each table must be a real one whose columns hold
/// values: a view, a virtual table or a generated column could compute for ever.
fn is_of_coverage(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let mut find = connection.prepare("SELECT type, rootpage FROM sqlite_schema WHERE name = ?1")?;
    for (table, columns) in TABLES {
        let found: Option<(String, i64)> = find.query_row([table], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((kind, page)) = found else {
            return Ok(Some(format!("is a SQLite database, but not coverage.py's: it has no table `{table}`")));
        };
        if kind != "table" || page <= 0 {
            return Ok(Some(format!("is not coverage.py's: its `{table}` is a {kind} that computes its rows")));
        }
        let mut info = connection.prepare(&format!("PRAGMA table_xinfo({table})"))?;
        let all: Vec<(String, i64)> =
            info.query_map([], |row| Ok((row.get("name")?, row.get("hidden")?)))?.collect::<rusqlite::Result<_>>()?;
        if let Some((name, _)) = all.iter().find(|(_, hidden)| *hidden != 0) {
            return Ok(Some(format!("is not coverage.py's: `{table}.{name}` is computed")));
        }
        if let Some(missing) = columns.iter().find(|column| !all.iter().any(|(name, _)| name == *column)) {
            return Ok(Some(format!("is not coverage.py's: its table `{table}` has no column `{missing}`")));
        }
    }
    Ok(None)
}

/// Whether the pages of the tables hang together.
fn is_sound(connection: &Connection) -> rusqlite::Result<()> {
    for (table, _) in TABLES {
        let answer: String = connection.query_row(&format!("PRAGMA quick_check({table})"), [], |row| row.get(0))?;
        if answer != "ok" {
            let corrupt = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
            return Err(rusqlite::Error::SqliteFailure(corrupt, answer.lines().next().map(str::to_owned)));
        }
    }
    Ok(())
}
