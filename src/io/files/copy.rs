//! A copy of a project's tree, for work that may leave something behind in it.

use crate::base::Problem;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The most files that are copied.
const FILES: u64 = 20_000;
/// The most bytes that are copied.
const BYTES: u64 = 500 * 1024 * 1024;
/// The largest `.git` folder that is copied as well, in bytes: tests that ask git find it.
const GIT: u64 = 20 * 1024 * 1024;
/// What is made again, or belongs to other programs.
const LEFT_OUT: [&str; 9] =
    ["__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".tox", ".nox", "node_modules", ".hg", ".svn"];

/// What is to be copied, found out once: a project does not grow meanwhile by what matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Room {
    files: u64,
    bytes: u64,
}

/// Copies the tree below `from` to `to`, which must not exist, with the times of the files. Links are copied as links. Virtual
/// environments, caches and large histories are left out. The answer is whether it was small enough to be copied.
///
/// # Errors
/// Something could not be read or written; `to` may be there in part.
pub fn copy_tree(from: &Path, to: &Path) -> Result<bool, Problem> {
    let failed = |error: io::Error| {
        Problem::error(to.to_string_lossy(), format!("the project's tree cannot be copied there: {error}"))
            .hint("lacuna's cache directory has to be writable, and have room")
    };
    let mut room = Room { files: FILES, bytes: BYTES };
    let mut folders: Vec<PathBuf> = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        fs::create_dir_all(to.join(&folder)).map_err(failed)?;
        for entry in fs::read_dir(from.join(&folder)).map_err(failed)?.flatten() {
            let path = folder.join(entry.file_name());
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                // A copy that lies in the tree itself would hold itself.
                if is_wanted(from, &path) && !to.starts_with(from.join(&path)) {
                    folders.push(path);
                }
            } else if kind.is_symlink() || kind.is_file() {
                let size = entry.metadata().map_or(0, |seen| seen.len());
                if room.files == 0 || room.bytes < size {
                    return Ok(false);
                }
                room = Room { files: room.files - 1, bytes: room.bytes - size };
                copy(&from.join(&path), &to.join(&path), kind.is_symlink()).map_err(failed)?;
            }
        }
    }
    Ok(true)
}

fn is_wanted(from: &Path, folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let place = from.join(folder);
    match &*name {
        ".git" => size_within(&place, GIT),
        name => !LEFT_OUT.contains(&name) && !place.join("pyvenv.cfg").exists(),
    }
}

fn size_within(folder: &Path, mut most: u64) -> bool {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(seen) = entry.metadata() else { continue };
            if seen.is_dir() {
                folders.push(entry.path());
            }
            match most.checked_sub(seen.len()) {
                Some(rest) => most = rest,
                None => return false,
            }
        }
    }
    true
}

/// Python takes what it compiled for a source with the same time of change and size.
fn copy(from: &Path, to: &Path, is_link: bool) -> io::Result<()> {
    if is_link {
        return std::os::unix::fs::symlink(fs::read_link(from)?, to);
    }
    match fs::copy(from, to) {
        Ok(_) => {}
        // A file that went away meanwhile, or that nobody may read, is no reason to give up.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied) => {
            return Ok(());
        }
        Err(error) => return Err(error),
    }
    let changed = fs::metadata(from)?.modified()?;
    match fs::File::options().append(true).open(to) {
        Ok(file) => file.set_modified(changed),
        // A file that is only to be read keeps the time of the copy.
        Err(_) => Ok(()),
    }
}

/// Removes a tree and all that is in it, also where folders in it are only to be read. What is not there is gone already.
pub fn remove_tree(place: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    if fs::remove_dir_all(place).is_ok() {
        return;
    }
    let mut folders = vec![place.to_owned()];
    while let Some(folder) = folders.pop() {
        let _ = fs::set_permissions(&folder, fs::Permissions::from_mode(0o700));
        let inner = fs::read_dir(&folder).into_iter().flatten().flatten();
        folders
            .extend(inner.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()));
    }
    let _ = fs::remove_dir_all(place);
}

#[cfg(test)]
mod tests {
    use super::{copy_tree, remove_tree};
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_copy_has_files_links_and_times_and_no_environments() {
        let folder = tempfile::tempdir().expect("a folder");
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        std::fs::create_dir_all(from.join("a/venv")).expect("folders");
        std::fs::create_dir_all(from.join("__pycache__")).expect("folders");
        std::fs::write(from.join("a/x.py"), "x = 1").expect("a file");
        std::fs::write(from.join("a/venv/pyvenv.cfg"), "").expect("a file");
        std::os::unix::fs::symlink("x.py", from.join("a/y.py")).expect("a link");
        let then = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
        std::fs::File::options()
            .append(true)
            .open(from.join("a/x.py"))
            .expect("a file")
            .set_modified(then)
            .expect("a time");
        assert_eq!(copy_tree(&from, &to), Ok(true));
        assert_eq!(std::fs::read_to_string(to.join("a/y.py")).expect("a text"), "x = 1");
        assert!(to.join("a/y.py").is_symlink());
        assert_eq!(std::fs::metadata(to.join("a/x.py")).expect("a file").modified().expect("a time"), then);
        assert!(!to.join("a/venv").exists() && !to.join("__pycache__").exists());
        let inside = from.join("state/runs/copy");
        assert_eq!(copy_tree(&from, &inside), Ok(true));
        assert!(inside.join("a/x.py").exists() && !inside.join("state").exists());
        std::fs::set_permissions(to.join("a"), std::fs::Permissions::from_mode(0o500)).expect("permissions");
        remove_tree(&to);
        assert!(!to.exists());
    }
}
