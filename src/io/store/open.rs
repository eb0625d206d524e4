//! Opening a database file: new, good, damaged, newer, or where nothing can be written.

use crate::base::{Problem, Stamp};
use crate::io::store::schema::Schema;
use crate::io::store::trouble::{is_corrupt, problem};
use rusqlite::{Connection, Error, OpenFlags, TransactionBehavior};
use rustix::fs::FlockOperation;
use std::collections::hash_map::RandomState;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::BuildHasher;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long another program's lock is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// Files up to this size are checked page by page when they are opened.
const CHECKED: u64 = 8 * 1024 * 1024;

/// To which size the log is cut once its changes are in the file.
const LOG: i64 = 4 * 1024 * 1024;

/// How a database came open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opened {
    /// It can be read and written, and what is written lasts.
    Lasting,
    /// It can only be read.
    ReadOnly,
    /// It is in memory only.
    Fleeting,
}

/// Opens or makes the database at `path`, whatever its state; at worst it is one in memory. `now` names the file that
/// a damaged one is renamed to. A file that is `suspect` is checked whole, however large it is.
pub(super) fn open(path: &Path, schema: &Schema, now: Stamp, suspect: bool) -> Result<Opening, Problem> {
    let mut problems = Vec::new();
    match open_writable(path, schema, now, suspect, &mut problems) {
        Ok(Some(connection)) => return Ok((connection, Opened::Lasting, problems)),
        Ok(None) => {}
        Err(trouble) => problems.push(trouble),
    }
    if let Ok(connection) = open_read_only(path) {
        return Ok((connection, Opened::ReadOnly, problems));
    }
    let mut connection = Connection::open_in_memory().map_err(|error| problem(path, &error))?;
    migrate(&mut connection, schema).map_err(|error| problem(path, &error))?;
    let what = "cannot be kept: what happens in this sitting is forgotten at its end";
    problems.push(Problem::warning(path.to_string_lossy(), what));
    Ok((connection, Opened::Fleeting, problems))
}

/// A connection, how it came open, and what went wrong on the way.
type Opening = (Connection, Opened, Vec<Problem>);

/// A connection that can write; nothing, with a problem, when a newer lacuna wrote the file.
fn open_writable(
    path: &Path,
    schema: &Schema,
    now: Stamp,
    suspect: bool,
    problems: &mut Vec<Problem>,
) -> Result<Option<Connection>, Problem> {
    let folder = path.parent().unwrap_or(path);
    let failed =
        |error: std::io::Error| Problem::error(path.to_string_lossy(), format!("could not be opened: {error}"));
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    let _turn = Turn::take(&path.with_extension("lock")).map_err(failed)?;
    for _ in 0..2 {
        create(path).map_err(failed)?;
        match connect(path, schema, suspect) {
            Ok(Found::Ours(connection)) => return Ok(Some(connection)),
            Ok(Found::Newer(version)) => {
                let what = format!("was written by a newer lacuna (version {version}): it is only read");
                problems.push(Problem::warning(path.to_string_lossy(), what).hint("install the newer lacuna"));
                return Ok(None);
            }
            Err(error) if is_corrupt(&error) => problems.push(set_aside(path, now).map_err(failed)?),
            Err(error) => return Err(problem(path, &error)),
        }
    }
    Err(Problem::error(path.to_string_lossy(), "is damaged and could not be begun anew"))
}

/// Makes an empty file for the user alone, if there is none. One that exists is not opened here: closing it would
/// drop the locks that another connection of this process has on it.
fn create(path: &Path) -> std::io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
        Ok(_) => path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all()),
    }
}

enum Found {
    Ours(Connection),
    Newer(i64),
}

fn connect(path: &Path, schema: &Schema, suspect: bool) -> rusqlite::Result<Found> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    be_patient(&mut connection)?;
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (version, application) = (number("user_version")?, number("application_id")?);
    let is_new = version == 0 && application == 0 && number("page_count")? <= 1 && is_empty(&connection)?;
    if !is_new && application != i64::from(schema.application) {
        return Err(corrupt());
    }
    if version > schema.version() {
        return Ok(Found::Newer(version));
    }
    if suspect || path.metadata().is_ok_and(|metadata| metadata.len() <= CHECKED) {
        check(&connection)?;
    }
    let mode = if is_on_network(path) { "DELETE" } else { "WAL" };
    let is_set = connection.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0))?;
    if !is_set.eq_ignore_ascii_case(mode) {
        connection.pragma_update_and_check(None, "journal_mode", mode, |_| Ok(()))?;
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update_and_check(None, "journal_size_limit", LOG, |_| Ok(()))?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    migrate(&mut connection, schema)?;
    Ok(Found::Ours(connection))
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))
}

fn check(connection: &Connection) -> rusqlite::Result<()> {
    let answer: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if answer == "ok" { Ok(()) } else { Err(corrupt()) }
}

fn corrupt() -> Error {
    Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT), None)
}

/// Waits for other programs in short steps of uneven length, so that two do not meet again and again.
pub(super) fn be_patient(connection: &mut Connection) -> rusqlite::Result<()> {
    let mut waited = Duration::ZERO;
    connection.busy_handler(Some(move |count: i32| {
        if count == 0 {
            waited = Duration::ZERO;
        }
        let jitter = RandomState::new().hash_one(count) % 8;
        let pause = Duration::from_millis(1 + jitter * u64::try_from(count.clamp(1, 6)).unwrap_or(1));
        std::thread::sleep(pause);
        waited += pause;
        waited < PATIENCE
    }))
}

/// Takes the steps that the file has not taken yet, all or none.
fn migrate(connection: &mut Connection, schema: &Schema) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version < schema.version() {
        let taken = usize::try_from(version).unwrap_or(0);
        for step in schema.steps.iter().skip(taken) {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "application_id", schema.application)?;
        transaction.pragma_update(None, "user_version", schema.version())?;
    }
    transaction.commit()
}

/// Opens a file that cannot be written, or may not be. Where even the files beside it cannot be made, it is taken as
/// it stands.
fn open_read_only(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let usable = |mut connection: Connection| {
        be_patient(&mut connection)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        if is_empty(&connection)? { Err(corrupt()) } else { Ok(connection) }
    };
    Connection::open_with_flags(path, flags).and_then(usable).or_else(|_| {
        let name: String = path.to_string_lossy().chars().map(escape).collect();
        let uri = format!("file:{name}?immutable=1");
        Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI).and_then(usable)
    })
}

fn escape(c: char) -> String {
    if matches!(c, '%' | '?' | '#') { format!("%{:02x}", u32::from(c)) } else { c.to_string() }
}

/// Renames a damaged file and what belongs to it.
fn set_aside(path: &Path, now: Stamp) -> std::io::Result<Problem> {
    let beside = |name: &Path, end: &str| {
        let mut name = name.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    let date: String = now.rfc3339().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let mut aside = beside(path, &format!(".corrupt-{date}"));
    for again in 1..100 {
        if !aside.exists() {
            break;
        }
        aside = beside(path, &format!(".corrupt-{date}-{again}"));
    }
    fs::rename(path, &aside)?;
    for end in ["-wal", "-shm", "-journal"] {
        // Most of them do not exist.
        let _ = fs::rename(beside(path, end), beside(&aside, end));
    }
    let what = format!("was damaged; it was renamed to {} and a new one begun", aside.to_string_lossy());
    Ok(Problem::warning(path.to_string_lossy(), what).hint("sqlite3's .recover may save what it holds"))
}

/// The right to open, judge and rename: one program at a time.
struct Turn(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] File);

impl Turn {
    fn take(path: &Path) -> std::io::Result<Self> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
        let step = Duration::from_millis(10);
        let mut left = PATIENCE;
        while let Err(error) = rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            if error == rustix::io::Errno::NOLCK || error == rustix::io::Errno::OPNOTSUPP {
                // The file system has no locks: two programs that start at once and find damage are unlikely.
                break;
            }
            if error != rustix::io::Errno::WOULDBLOCK && error != rustix::io::Errno::INTR || left.is_zero() {
                return Err(error.into());
            }
            std::thread::sleep(step);
            left = left.saturating_sub(step);
        }
        Ok(Self(file))
    }
}

/// Whether the file lies on a network file system, where shared memory does not work between machines.
#[cfg(target_os = "linux")]
#[allow(clippy::useless_conversion, reason = "the type differs between processors")]
fn is_on_network(path: &Path) -> bool {
    // NFS, SMB, CIFS, SMB2, 9p, AFS, Ceph, FUSE (sshfs and others): statfs(2).
    const NETWORK: [i64; 8] =
        [0x6969, 0x517b, 0xff53_4d42, 0xfe53_4d42, 0x0102_1997, 0x5346_414f, 0x00c3_6400, 0x6573_5546];
    rustix::fs::statfs(path).is_ok_and(|system| i64::try_from(system.f_type).is_ok_and(|kind| NETWORK.contains(&kind)))
}

#[cfg(not(target_os = "linux"))]
fn is_on_network(_: &Path) -> bool {
    false
}
