//! A private copy of a data file: one version of it, whole, without what lies beside it.

use crate::base::Problem;
use rustix::fs::{Mode, OFlags};
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The largest data file that is read, in bytes.
const LIMIT: u64 = 256 * 1024 * 1024;
/// How often a file that changes while it is read is tried.
const TRIES: usize = 5;
/// What every SQLite file begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// What the journal of an unfinished change begins with.
const JOURNAL: &[u8] = &[0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
/// What a write-ahead log begins with, but for its last bit.
const LOG: &[u8] = &[0x37, 0x7f, 0x06];

/// The bytes of the data file at `path`.
pub(super) fn copy(path: &Path) -> Result<Vec<u8>, Problem> {
    let origin = path.to_string_lossy();
    let bytes = usable(path, settled(path)?)?;
    if begins_with(&beside(path, "-journal"), JOURNAL) {
        let problem = Problem::error(&*origin, "was not written to its end: the journal of a change lies beside it");
        return Err(problem.hint("nothing of it is replayed; run the tests with coverage again"));
    }
    if begins_with(&beside(path, "-wal"), LOG) {
        let problem = Problem::error(&*origin, "is not whole: a log of changes that it does not hold lies beside it");
        return Err(problem.hint("nothing of it is replayed; run the tests with coverage again"));
    }
    Ok(bytes)
}

/// The bytes, if they can be a whole database at all, so that they can be opened in memory.
pub(super) fn usable(origin: &Path, mut bytes: Vec<u8>) -> Result<Vec<u8>, Problem> {
    let origin = origin.to_string_lossy();
    if bytes.is_empty() {
        let problem = Problem::error(&*origin, "is empty: no run has written to it yet");
        return Err(problem.hint("run the tests with coverage"));
    }
    if !bytes.starts_with(MAGIC) || bytes.len() < 512 {
        return Err(Problem::error(&*origin, "is not a data file of coverage.py: it is no SQLite database"));
    }
    if !is_whole(&bytes) {
        let problem = Problem::error(&*origin, "is not whole: it has more or fewer pages than it says");
        return Err(problem.hint("run the tests with coverage again"));
    }
    // A file that once used a log says so; in memory there is none, and SQLite would refuse.
    if let Some(versions @ [2, 2]) = bytes.get_mut(18..20) {
        versions.copy_from_slice(&[1, 1]);
    }
    Ok(bytes)
}

/// Whether there are as many pages as the header says. SQLite itself does not mind a part of one at the end.
fn is_whole(bytes: &[u8]) -> bool {
    let number =
        |at: usize| bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |four| u32::from_be_bytes(*four));
    let page = match number(16) >> 16 {
        1 => 65_536,
        size => u64::from(size),
    };
    let pages = u64::from(number(28));
    // Only a count that was written with the last change is valid; very old versions of SQLite wrote none.
    let is_valid = number(24) == number(92) && pages > 0;
    page > 0 && (bytes.len() as u64).is_multiple_of(page) && (!is_valid || bytes.len() as u64 == page * pages)
}

fn settled(path: &Path) -> Result<Vec<u8>, Problem> {
    let origin = path.to_string_lossy();
    let failed = |error: io::Error| Problem::error(&*origin, format!("could not be read: {error}"));
    for _ in 0..TRIES {
        let before = path.metadata().map_err(failed)?;
        if !before.is_file() {
            return Err(Problem::error(&*origin, "is not a file"));
        }
        if before.len() > LIMIT {
            let what = format!("has {} bytes, more than the {LIMIT} that are read", before.len());
            return Err(Problem::error(&*origin, what));
        }
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let mut file = File::from(rustix::fs::open(path, flags, Mode::empty()).map_err(|error| failed(error.into()))?);
        let mut bytes = Vec::with_capacity(usize::try_from(before.len()).unwrap_or(0));
        file.by_ref().take(LIMIT + 1).read_to_end(&mut bytes).map_err(failed)?;
        let is_same = |after: io::Result<Metadata>| after.is_ok_and(|after| version(&after) == version(&before));
        if is_same(file.metadata()) && is_same(path.metadata()) && bytes.len() as u64 == before.len() {
            return Ok(bytes);
        }
    }
    Err(Problem::error(&*origin, "changes faster than it can be read").hint("it is read again when it is quiet"))
}

fn version(metadata: &Metadata) -> [i128; 6] {
    [
        metadata.dev().into(),
        metadata.ino().into(),
        metadata.len().into(),
        i128::from(metadata.mtime()) << 32 | i128::from(metadata.mtime_nsec()),
        metadata.ctime().into(),
        metadata.ctime_nsec().into(),
    ]
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// Whether there is a regular file that begins so.
fn begins_with(path: &Path, magic: &[u8]) -> bool {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    if !path.metadata().is_ok_and(|metadata| metadata.is_file()) {
        return false;
    }
    let Ok(file) = rustix::fs::open(path, flags, Mode::empty()) else { return false };
    let mut start = Vec::new();
    File::from(file).take(magic.len() as u64).read_to_end(&mut start).is_ok_and(|_| start == magic)
}
