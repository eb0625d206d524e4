//! Reading a file whole: regular files only, within a limit, never two versions mixed.

use crate::base::{Problem, Stamp};
use rustix::fs::{Mode, OFlags};
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

/// The largest report that is read, in bytes. The JSON of 50,000 files has 400 MB.
pub const REPORT_LIMIT: u64 = 1024 * 1024 * 1024;
/// The largest source file that is read, in bytes.
pub const SOURCE_LIMIT: u64 = 16 * 1024 * 1024;
/// How often a file that changes while it is read is tried.
const TRIES: usize = 5;

/// Which version of a file it is. Two equal identities mean the same content, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The device that holds it.
    pub device: u64,
    /// Its number there.
    pub inode: u64,
    /// Its size.
    pub bytes: u64,
    /// When its content was last written, in nanoseconds since 1970.
    pub modified: i64,
    /// When anything about it last changed, in nanoseconds since 1970. A program cannot set this one.
    pub changed: i64,
}

impl Identity {
    /// The identity of the file that `metadata` describes.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        let nanoseconds = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.len(),
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// When its content was last written.
    #[must_use]
    pub const fn modified_at(&self) -> Stamp {
        Stamp(self.modified.div_euclid(1_000_000))
    }

    /// When anything about it last changed: its content, its name, or the time that a program set as that of its content.
    #[must_use]
    pub const fn changed_at(&self) -> Stamp {
        Stamp(self.changed.div_euclid(1_000_000))
    }
}

/// Which version of the regular file at `path` is on disk; nothing when there is none.
#[must_use]
pub fn identity(path: &Path) -> Option<Identity> {
    path.metadata().ok().filter(Metadata::is_file).map(|metadata| Identity::of(&metadata))
}

/// The content of the regular file at `path`, if it has at most `limit` bytes.
///
/// # Errors
/// No such file, no permission, a folder, pipe, socket or device, more than `limit` bytes, or a file that changes
/// faster than it can be read.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Problem> {
    let origin = path.to_string_lossy();
    settled(&origin, limit, || open(path)).map(|(bytes, _)| bytes)
}

/// The content of the regular file at `path` as text.
///
/// # Errors
/// As [`read`], and text that is not UTF-8.
pub fn read_text(path: &Path, limit: u64) -> Result<String, Problem> {
    String::from_utf8(read(path, limit)?).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Problem::error(path.to_string_lossy(), format!("is not UTF-8 text: byte {at} begins no character"))
    })
}

/// Whether there is a regular file at `path` that begins so.
#[must_use]
pub fn begins_with(path: &Path, start: &[u8]) -> bool {
    let mut bytes = Vec::new();
    let file = open(path).map(|file| file.take(start.len() as u64));
    file.is_ok_and(|mut file| file.read_to_end(&mut bytes).is_ok()) && bytes == start
}

/// Reads what `open` opens, again and again until the file was the same before and after.
pub(super) fn settled(
    origin: &str,
    limit: u64,
    open: impl Fn() -> io::Result<File>,
) -> Result<(Vec<u8>, Identity), Problem> {
    let failed = |error: io::Error| Problem::error(origin, describe(&error));
    for _ in 0..TRIES {
        let mut file = open().map_err(failed)?;
        let before = file.metadata().map_err(failed)?;
        check(origin, &before, limit)?;
        let mut bytes = Vec::with_capacity(usize::try_from(before.len()).unwrap_or(0));
        file.by_ref().take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
        let identity = Identity::of(&before);
        let after = file.metadata().map_err(failed)?;
        let now = open().and_then(|file| file.metadata());
        let is_same = Identity::of(&after) == identity && now.is_ok_and(|now| Identity::of(&now) == identity);
        if is_same && bytes.len() as u64 == identity.bytes {
            return Ok((bytes, identity));
        }
    }
    Err(Problem::error(origin, "changes faster than it can be read").hint("it is read again when it is quiet"))
}

/// Refuses what is no regular file or too large, before a byte of it is read.
fn check(origin: &str, metadata: &Metadata, limit: u64) -> Result<(), Problem> {
    let kind = metadata.file_type();
    if !kind.is_file() {
        return Err(Problem::error(origin, format!("is {}, not a file", kind_name(kind))));
    }
    if metadata.len() > limit {
        let sizes = format!("has {} bytes, more than the {limit} that are read", metadata.len());
        return Err(Problem::error(origin, sizes));
    }
    Ok(())
}

fn kind_name(kind: std::fs::FileType) -> &'static str {
    match kind {
        kind if kind.is_dir() => "a folder",
        kind if kind.is_fifo() => "a pipe",
        kind if kind.is_socket() => "a socket",
        kind if kind.is_char_device() || kind.is_block_device() => "a device",
        _ => "something else",
    }
}

/// Opens without waiting for a pipe's writer. What is no regular file is not opened at all: opening a device can do
/// things.
fn open(path: &Path) -> io::Result<File> {
    let metadata = path.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other(format!("is {}, not a file", kind_name(metadata.file_type()))));
    }
    Ok(File::from(rustix::fs::open(path, flags(), Mode::empty())?))
}

/// How everything here is opened.
pub(super) fn flags() -> OFlags {
    OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC
}

/// What an error of the system means, as the rest of a sentence.
pub(super) fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "is not there".to_owned(),
        io::ErrorKind::PermissionDenied => "may not be read or written by you".to_owned(),
        io::ErrorKind::IsADirectory => "is a folder, not a file".to_owned(),
        io::ErrorKind::StorageFull => "could not be written: the disk is full".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "could not be written: the disk is read-only".to_owned(),
        io::ErrorKind::Other => error.to_string(),
        _ if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => "is a loop of links".to_owned(),
        _ => format!("could not be used: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{identity, read, read_text};
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    use std::fs::{self, File};
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use std::path::Path;

    fn check_refused(path: &Path, expect: &str) {
        let problem = read(path, 1000).expect_err("it is refused");
        assert!(problem.to_string().contains(expect), "{problem}");
    }

    #[test]
    fn r8_only_regular_files_within_the_limit_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("plain"), "text").unwrap();
        assert_eq!(read(&at("plain"), 4).unwrap(), b"text");
        check_refused(&at("missing"), "is not there");
        check_refused(dir.path(), "is a folder");
        mknodat(CWD, at("pipe"), FileType::Fifo, Mode::RWXU, 0).unwrap();
        check_refused(&at("pipe"), "is a pipe");
        let _listening = UnixListener::bind(at("socket")).unwrap();
        check_refused(&at("socket"), "is a socket");
        check_refused(Path::new("/dev/zero"), "is a device");
        symlink("/dev/zero", at("link")).unwrap();
        check_refused(&at("link"), "is a device");
        symlink("loop", at("loop")).unwrap();
        check_refused(&at("loop"), "loop of links");
        symlink("nowhere", at("dangling")).unwrap();
        check_refused(&at("dangling"), "is not there");
        File::create(at("sparse")).unwrap().set_len(20 << 30).unwrap();
        check_refused(&at("sparse"), "more than the 1000");
        check_refused(Path::new("/proc/self/status"), "changes faster");
    }

    #[test]
    fn r9_a_new_version_has_a_new_identity_even_with_the_same_size_and_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("coverage.json");
        fs::write(&path, "{1}").unwrap();
        let first = identity(&path).unwrap();
        let time = path.metadata().unwrap().modified().unwrap();
        let other = dir.path().join("other");
        fs::write(&other, "{2}").unwrap();
        File::options().write(true).open(&other).unwrap().set_modified(time).unwrap();
        fs::rename(&other, &path).unwrap();
        let second = identity(&path).unwrap();
        assert_eq!((first.bytes, first.modified), (second.bytes, second.modified));
        assert_ne!(first, second);
        assert_eq!(identity(dir.path()), None);
    }

    #[test]
    fn text_that_is_not_utf_8_is_refused_with_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, b"ab\xff").unwrap();
        assert!(read_text(&path, 10).unwrap_err().to_string().contains("byte 2"));
    }
}
