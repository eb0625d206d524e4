//! Paths of the project: relative to its root, with forward slashes.

use super::Clean;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A path relative to the project's root: `/` between parts, no `.` or `..`, never absolute, never empty.
/// It holds the original text; what is shown is [`RepoPath::clean`].
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RepoPath(Arc<str>);

impl RepoPath {
    /// A path from text such as a report's: `.` parts vanish, `..` is resolved inside the path.
    /// Nothing for an absolute path, one that leaves the root, or an empty one.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        if text.starts_with('/') || text.contains('\0') {
            return None;
        }
        if is_normal(text) {
            return Some(Self(text.into()));
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in text.split(['/', '\\']) {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                part if part.ends_with(':') && parts.is_empty() => return None,
                part => parts.push(part),
            }
        }
        (!parts.is_empty()).then(|| Self(parts.join("/").into()))
    }

    /// The path of `file` below `root`; nothing when it lies outside or is not UTF-8.
    #[must_use]
    pub fn below(root: &Path, file: &Path) -> Option<Self> {
        Self::new(file.strip_prefix(root).ok()?.to_str()?)
    }

    /// The original text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text as it may be shown.
    #[must_use]
    pub fn clean(&self) -> Clean {
        Clean::line(&self.0)
    }

    /// Where the file lies when the project's root is `root`.
    #[must_use]
    pub fn under(&self, root: &Path) -> PathBuf {
        root.join(&*self.0)
    }

    /// The last part.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The folder that holds it; nothing at the root.
    #[must_use]
    pub fn folder(&self) -> Option<Self> {
        self.0.rsplit_once('/').map(|(folder, _)| Self(folder.into()))
    }

    /// The folders and the name, from the root down.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }

    /// The name without `.py` or another last ending.
    #[must_use]
    pub fn stem(&self) -> &str {
        self.name().rsplit_once('.').map_or(self.name(), |(stem, _)| stem)
    }
}

/// Whether a text is a path as it is kept here, so that nothing has to be changed. Most are.
fn is_normal(text: &str) -> bool {
    let is_plain = |part: &[u8]| !matches!(part, [] | [b'.'] | [b'.', b'.']);
    let mut parts = text.as_bytes().split(|byte| *byte == b'/');
    let is_relative = parts.next().is_some_and(|first| is_plain(first) && first.last() != Some(&b':'));
    is_relative && parts.all(is_plain) && !text.as_bytes().contains(&b'\\')
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::RepoPath;

    fn check(text: &str, expect: Option<&str>) {
        assert_eq!(RepoPath::new(text).as_ref().map(RepoPath::as_str), expect, "{text:?}");
    }

    #[test]
    fn a_path_is_relative_and_normal() {
        check("shop/views.py", Some("shop/views.py"));
        check("./shop//views.py", Some("shop/views.py"));
        check("tests/../shop/views.py", Some("shop/views.py"));
        check("shop\\views.py", Some("shop/views.py"));
        check("/etc/passwd", None);
        check("../x.py", None);
        check("C:\\x.py", None);
        check("", None);
        check("a/c:/x.py", Some("a/c:/x.py"));
        check("a\\c:/..\\x.py/", Some("a/x.py"));
    }
}
