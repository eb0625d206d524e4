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
/// The smallest page of a database, which holds all that is looked at before the rest.
const HEADER: u64 = 512;
/// What every SQLite file begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// What the journal of an unfinished change begins with.
const JOURNAL: &[u8] = &[0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
/// What a write-ahead log begins with, but for its last bit.
const LOG: &[u8] = &[0x37, 0x7f, 0x06];

/// Gives the bytes of the data file at `path`, and how many there are, to `load`, until it has got one version of them.
/// They are held nowhere else: a data file can be large.
pub(super) fn copy<T>(path: &Path, load: impl Fn(&mut dyn Read, usize) -> Result<T, Problem>) -> Result<T, Problem> {
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
        let mut header = Vec::new();
        file.by_ref().take(HEADER).read_to_end(&mut header).map_err(failed)?;
        let loaded = usable(path, &mut header, before.len()).and_then(|length| {
            is_all(path)?;
            let mut bytes = header.as_slice().chain(&mut file);
            load(&mut bytes, length)
        });
        let is_same = |after: io::Result<Metadata>| after.is_ok_and(|after| version(&after) == version(&before));
        if is_same(file.metadata()) && is_same(path.metadata()) {
            return loaded;
        }
    }
    Err(Problem::error(&*origin, "changes faster than it can be read").hint("it is read again when it is quiet"))
}

/// Whether the file that begins so can be a whole database; how many bytes it has. What would keep SQLite from reading
/// it in memory is changed.
pub(super) fn usable(path: &Path, header: &mut [u8], length: u64) -> Result<usize, Problem> {
    let origin = path.to_string_lossy();
    if header.is_empty() {
        let problem = Problem::error(&*origin, "is empty: no run has written to it yet");
        return Err(problem.hint("run the tests with coverage"));
    }
    if !header.starts_with(MAGIC) || length < HEADER {
        return Err(Problem::error(&*origin, "is not a data file of coverage.py: it is no SQLite database"));
    }
    if !is_whole(header, length) {
        let problem = Problem::error(&*origin, "is not whole: it has more or fewer pages than it says");
        return Err(problem.hint("run the tests with coverage again"));
    }
    // A file that once used a log says so; in memory there is none, and SQLite would refuse.
    if let Some(versions @ [2, 2]) = header.get_mut(18..20) {
        versions.copy_from_slice(&[1, 1]);
    }
    usize::try_from(length).map_err(|_| Problem::error(&*origin, "is too large for this machine"))
}

/// Whether nothing lies beside the file that belongs into it.
fn is_all(path: &Path) -> Result<(), Problem> {
    let origin = path.to_string_lossy();
    if begins_with(&beside(path, "-journal"), JOURNAL) {
        let problem = Problem::error(&*origin, "was not written to its end: the journal of a change lies beside it");
        return Err(problem.hint("nothing of it is replayed; run the tests with coverage again"));
    }
    if begins_with(&beside(path, "-wal"), LOG) {
        let problem = Problem::error(&*origin, "is not whole: a log of changes that it does not hold lies beside it");
        return Err(problem.hint("nothing of it is replayed; run the tests with coverage again"));
    }
    Ok(())
}

/// Whether there are as many pages as the header says. SQLite itself does not mind a part of one at the end.
fn is_whole(header: &[u8], length: u64) -> bool {
    let number =
        |at: usize| header.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |four| u32::from_be_bytes(*four));
    let page = match number(16) >> 16 {
        1 => 65_536,
        size => u64::from(size),
    };
    let pages = u64::from(number(28));
    // Only a count that was written with the last change is valid; very old versions of SQLite wrote none.
    let is_valid = number(24) == number(92) && pages > 0;
    page > 0 && length.is_multiple_of(page) && (!is_valid || length == page * pages)
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

/// Whether there is a file that begins as a database does.
pub(super) fn is_database(path: &Path) -> bool {
    begins_with(path, MAGIC)
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
