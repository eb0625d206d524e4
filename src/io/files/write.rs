//! Writing files so that a reader sees the old version or the new one, and never a part.

use crate::base::Problem;
use crate::io::files::read::describe;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Makes the folder `path` and what is missing above it, for the user alone.
///
/// # Errors
/// The folder could not be made.
pub fn private_dir(path: &Path) -> Result<(), Problem> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| Problem::error(path.to_string_lossy(), describe(&error)))
}

/// Writes a file of lacuna's own: for the user alone, in folders for the user alone.
///
/// # Errors
/// The folder could not be made, or the file not be written; an older version is then still there.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    if let Some(folder) = path.parent() {
        private_dir(folder)?;
    }
    replace(path, bytes, 0o600).map_err(|error| Problem::error(path.to_string_lossy(), describe(&error)))
}

/// Writes a file that a person asked for. It keeps the permissions of the one that it replaces; a link is followed,
/// and what is no regular file (`/dev/stdout`) is written to.
///
/// # Errors
/// The file could not be written; an older version is then still there.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let written = match path.metadata() {
        Ok(metadata) if metadata.is_file() => {
            path.canonicalize().and_then(|real| replace(&real, bytes, metadata.permissions().mode() & 0o777))
        }
        Ok(metadata) if metadata.is_dir() => Err(io::Error::other("is a folder, not a file")),
        Ok(_) => OpenOptions::new().write(true).open(path).and_then(|mut file| file.write_all(bytes)),
        Err(_) => replace(path, bytes, 0o666),
    };
    written.map_err(|error| Problem::error(path.to_string_lossy(), describe(&error)))
}

/// Writes a new file that a person asked for, in a folder that is made where it is missing.
///
/// # Errors
/// The folder could not be made, or the file not be written.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    let written = made.and_then(|()| replace(path, bytes, 0o666));
    written.map_err(|error| Problem::error(path.to_string_lossy(), describe(&error)))
}

/// Adds lines to a file that a person asked for, after what others have written to it; it is made where it is not there. An
/// unfinished last line, whose writer was ended, stays a line of its own. What is added is on the disk then.
///
/// # Errors
/// The file could not be written; some of the lines may be in it.
pub fn append_lines(path: &Path, lines: &[String]) -> Result<(), Problem> {
    let written = (|| {
        let mut file = OpenOptions::new().append(true).read(true).create(true).open(path)?;
        let mut last = [b'\n'];
        if file.seek(SeekFrom::End(-1)).is_ok() {
            file.read_exact(&mut last)?;
        }
        let first = if last == [b'\n'] { "" } else { "\n" };
        // One write: what others add at the same time comes before it or after it.
        file.write_all((first.to_owned() + &lines.join("\n") + "\n").as_bytes())?;
        file.sync_all()
    })();
    written.map_err(|error| Problem::error(path.to_string_lossy(), describe(&error)))
}

/// Writes beside `path` and renames. The mode is subject to the umask for a new file.
fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let (temporary, mut file) = create_beside(path, mode)?;
    let written = (|| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    })();
    if written.is_err() {
        // The error that is reported is the first one.
        let _ = fs::remove_file(&temporary);
        return written;
    }
    // A folder that cannot be synchronised does not make the file any less written.
    let _ = path.parent().map(|folder| File::open(folder).and_then(|folder| folder.sync_all()));
    Ok(())
}

/// A new file beside `path`, under a name that nobody has.
fn create_beside(path: &Path, mode: u32) -> io::Result<(PathBuf, File)> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let name = path.file_name().ok_or_else(|| io::Error::other("is not the name of a file"))?;
    loop {
        let mut other = std::ffi::OsString::from(".");
        other.push(name);
        let process = rustix::process::getpid().as_raw_nonzero();
        other.push(format!(".{process}-{}.tmp", NEXT.fetch_add(1, Ordering::Relaxed)));
        let temporary = path.with_file_name(other);
        match OpenOptions::new().write(true).create_new(true).mode(mode).open(&temporary) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            opened => return Ok((temporary, opened?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{write_atomic, write_private};
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn c11_what_is_lacunas_own_is_for_the_user_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state/lacuna/x.json");
        write_private(&path, b"1").unwrap();
        write_private(&path, b"2").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"2");
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_replaced_file_keeps_its_mode_and_a_link_stays_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("report.md"), dir.path().join("link.md"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("report.md", &link).unwrap();
        write_atomic(&link, b"new").unwrap();
        assert_eq!((fs::read(&file).unwrap(), mode(&file)), (b"new".to_vec(), 0o640));
        assert!(link.is_symlink());
        write_atomic(Path::new("/dev/null"), b"x").unwrap();
        assert!(write_atomic(dir.path(), b"x").unwrap_err().to_string().contains("folder"));
        assert!(write_atomic(&dir.path().join("no/where"), b"x").unwrap_err().to_string().contains("not there"));
    }
}
