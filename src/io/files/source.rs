//! Reading source files: only below the root, through no link that leads out of it.

use crate::base::{Digest, Problem, RepoPath, Stamp};
use crate::io::files::read::{SOURCE_LIMIT, describe, flags, settled};
use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A source file as it was on disk at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// Its text, without a byte order mark. Bytes that are no text of its encoding are replaced, line by line.
    pub text: Arc<str>,
    /// The digest of its bytes.
    pub digest: Digest,
    /// When it was last written.
    pub modified: Stamp,
}

/// Reads the source file at `path` below `root`.
///
/// # Errors
/// A file that is missing, too large, no regular file, or outside the root once its links are followed.
pub fn read_source(root: &Path, path: &RepoPath) -> Result<SourceText, Problem> {
    let (bytes, identity) = settled(path.as_str(), SOURCE_LIMIT, || open_below(root, path))?;
    let text = decode(&bytes).into();
    Ok(SourceText { text, digest: Digest::of(&bytes), modified: identity.modified_at() })
}

/// Opens a file below `root`. Most paths have no link, and the system can see to that by itself.
fn open_below(root: &Path, path: &RepoPath) -> io::Result<File> {
    let is_file = path.under(root).symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    let opened = if is_file { open_at_once(root, path) } else { None };
    opened.map_or_else(|| open_by_links(root, path), Ok)
}

/// Opens a file below `root`. Links are followed once, by name; what they lead to is opened without any link, so
/// that none can be slipped in meanwhile.
fn open_by_links(root: &Path, path: &RepoPath) -> io::Result<File> {
    let root = root.canonicalize()?;
    let real = path.under(&root).canonicalize()?;
    let inside = real.strip_prefix(&root).map_err(|_| io::Error::other("lies outside the root"))?;
    if !real.metadata()?.is_file() {
        return Err(io::Error::other("is not a regular file"));
    }
    open_without_links(&root, inside.to_path_buf()).map_err(|error| io::Error::other(describe(&error)))
}

#[cfg(target_os = "linux")]
fn open_at_once(root: &Path, path: &RepoPath) -> Option<File> {
    open_beneath(root, Path::new(path.as_str())).ok()
}

#[cfg(not(target_os = "linux"))]
fn open_at_once(_: &Path, _: &RepoPath) -> Option<File> {
    None
}

#[cfg(target_os = "linux")]
fn open_beneath(root: &Path, inside: &Path) -> rustix::io::Result<File> {
    use rustix::fs::{ResolveFlags, openat2};
    let folder = rustix::fs::open(root, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let rules = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    openat2(&folder, inside, flags(), Mode::empty(), rules).map(File::from)
}

#[cfg(target_os = "linux")]
fn open_without_links(root: &Path, inside: PathBuf) -> io::Result<File> {
    match open_beneath(root, &inside) {
        // An old kernel or a sandbox does not know the call.
        Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM) => open_plainly(&root.join(inside)),
        opened => Ok(opened?),
    }
}

#[cfg(not(target_os = "linux"))]
fn open_without_links(root: &Path, inside: PathBuf) -> io::Result<File> {
    open_plainly(&root.join(inside))
}

fn open_plainly(real: &Path) -> io::Result<File> {
    Ok(File::from(rustix::fs::open(real, flags() | OFlags::NOFOLLOW, Mode::empty())?))
}

/// The text of a Python file: UTF-8, or Latin-1 where its first two lines say so (PEP 263).
fn decode(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) if is_latin_1(bytes) => bytes.iter().copied().map(char::from).collect(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// What of a source is no text: the first line of it whose bytes are not of its encoding, so that they were replaced. Nothing
/// where all of it was read as it stands.
#[must_use]
pub fn damage(root: &Path, path: &RepoPath) -> Option<Problem> {
    let (bytes, _) = settled(path.as_str(), SOURCE_LIMIT, || open_below(root, path)).ok()?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let whole = std::str::from_utf8(bytes).err().filter(|_| !is_latin_1(bytes))?.valid_up_to();
    let line = 1 + bytes.iter().take(whole).filter(|&&byte| byte == b'\n').count();
    let place = format!("{}:{line}", path.as_str());
    let known = declared(bytes).filter(|coding| !coding.starts_with("utf"));
    Some(match known {
        Some(coding) => Problem::warning(place, format!("{coding} is not read: what is not ASCII was replaced"))
            .hint("save it as UTF-8"),
        None => Problem::warning(place, "is not UTF-8: bytes that are no text were replaced")
            .hint("save it as UTF-8, or say in its first line what it is: # coding: latin-1"),
    })
}

fn is_latin_1(bytes: &[u8]) -> bool {
    let latin = ["latin-1", "latin1", "iso-8859-1", "iso8859-1", "l1"];
    declared(bytes).is_some_and(|coding| latin.iter().any(|name| coding.starts_with(name)))
}

/// The encoding that one of the first two lines declares, in lower case and with dashes (PEP 263).
fn declared(bytes: &[u8]) -> Option<String> {
    bytes.split(|&byte| byte == b'\n').take(2).find_map(|line| {
        let line = String::from_utf8_lossy(line).to_ascii_lowercase().replace('_', "-");
        let (_, coding) = line.strip_prefix('#')?.split_once("coding")?;
        let name = coding.trim_start_matches([':', '=']).trim_start();
        let name: String = name.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.')).collect();
        (!name.is_empty()).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::{damage, read_source};
    use crate::base::RepoPath;
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    fn check(root: &Path, path: &str, expect: Result<&str, &str>) {
        let read = read_source(root, &RepoPath::new(path).unwrap());
        match (read, expect) {
            (Ok(source), Ok(text)) => assert_eq!(&*source.text, text, "{path}"),
            (Err(problem), Err(part)) => assert!(problem.to_string().contains(part), "{problem}"),
            (read, _) => panic!("{path}: {read:?}"),
        }
    }

    #[test]
    fn r7_no_source_is_read_outside_the_root() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        fs::create_dir_all(root.join("shop")).unwrap();
        fs::write(dir.path().join("secret.py"), "secret").unwrap();
        fs::write(root.join("shop/views.py"), "x = 1\n").unwrap();
        symlink("../../secret.py", root.join("shop/out.py")).unwrap();
        symlink(dir.path(), root.join("up")).unwrap();
        symlink(root.join("shop/views.py"), root.join("in.py")).unwrap();
        symlink("/dev/zero", root.join("zero.py")).unwrap();
        symlink("/proc/self/environ", root.join("proc.py")).unwrap();
        check(&root, "shop/views.py", Ok("x = 1\n"));
        check(&root, "in.py", Ok("x = 1\n"));
        check(&root, "shop/out.py", Err("outside the root"));
        check(&root, "up/secret.py", Err("outside the root"));
        check(&root, "zero.py", Err("outside the root"));
        check(&root, "proc.py", Err("outside the root"));
        check(&root, "shop", Err("not a regular file"));
        check(&root, "gone.py", Err("is not there"));
    }

    #[test]
    fn the_encoding_that_a_source_declares_is_used() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| fs::write(dir.path().join(name), bytes).unwrap();
        write("bom.py", b"\xef\xbb\xbfx = 1");
        write("latin.py", b"# -*- coding: latin-1 -*-\nx = '\xe9'");
        write("broken.py", b"x = '\xe9'");
        check(dir.path(), "bom.py", Ok("x = 1"));
        check(dir.path(), "latin.py", Ok("# -*- coding: latin-1 -*-\nx = 'é'"));
        check(dir.path(), "broken.py", Ok("x = '\u{fffd}'"));
    }

    #[test]
    fn what_is_no_text_of_its_encoding_has_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let check = |bytes: &[u8], expect: Option<&str>| {
            fs::write(dir.path().join("a.py"), bytes).unwrap();
            let found = damage(dir.path(), &RepoPath::new("a.py").unwrap()).map(|problem| problem.to_string());
            assert_eq!(found.is_some(), expect.is_some(), "{found:?}");
            assert!(
                expect.is_none_or(|expect| found.as_ref().is_some_and(|found| found.contains(expect))),
                "{found:?}"
            );
        };
        check(b"\xef\xbb\xbfx = '\xc3\xa9'\n", None);
        check(b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", None);
        check(b"x = 1\ny = '\xe9'\n", Some("a.py:2: is not UTF-8"));
        check(
            b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n\nx = '\x80'\n",
            Some("a.py:4: cp1252 is not read"),
        );
        check(b"\xff\xfed\0", Some("a.py:1: is not UTF-8"));
    }
}
