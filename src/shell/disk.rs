//! The project's sources on disk: read when asked for, kept as long as they do not change.

use crate::base::{Digest, Glob, Problem, RepoPath, Stamp};
use crate::domain::config::CoverageRc;
use crate::domain::ledger::{Alias, Ledger};
use crate::io::files::{self, Identity};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A text and the digest of the bytes that it was read from.
type Source = (Arc<str>, Digest);
/// The texts that were read, with the version of the file that they belong to.
type Texts = HashMap<RepoPath, (Identity, Source)>;

/// How far the clock of file systems may be behind, in milliseconds: some systems move it a hundred times a second.
const TICK: i64 = 10;

/// The sources of one project.
pub struct Disk {
    root: PathBuf,
    texts: Mutex<Texts>,
    listed: Mutex<Option<Arc<Vec<RepoPath>>>>,
    patterns: Vec<Glob>,
    beside: Mutex<Option<Arc<Vec<RepoPath>>>>,
    aliases: Vec<Alias>,
}

impl Disk {
    /// The sources below `root`.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            texts: Mutex::default(),
            listed: Mutex::default(),
            patterns: Vec::new(),
            beside: Mutex::default(),
            aliases: Vec::new(),
        }
    }

    /// The same, with the folders that stand for each other by the project's configuration of coverage.py.
    #[must_use]
    pub fn with_aliases(mut self, coverage: &CoverageRc) -> Self {
        let root = self.root.to_string_lossy();
        let base = (!coverage.relative).then_some(&*root);
        self.aliases = coverage.paths.iter().flat_map(|list| Alias::of_list(list, base)).collect();
        self
    }

    /// The same, with files beside Python that matter as well.
    #[must_use]
    pub fn with_beside(mut self, patterns: impl IntoIterator<Item = Glob>) -> Self {
        self.patterns = patterns.into_iter().collect();
        self
    }

    /// The files beside Python that matter, as they were listed last.
    #[must_use]
    pub fn beside(&self) -> Arc<Vec<RepoPath>> {
        let mut listed = self.beside.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(listed.get_or_insert_with(|| Arc::new(files::files_like(&self.root, &self.patterns))))
    }

    /// Whether a file is one of those beside Python that matter.
    #[must_use]
    pub fn is_beside(&self, path: &RepoPath) -> bool {
        !path.name().ends_with(".py") && self.patterns.iter().any(|pattern| pattern.matches(path))
    }

    /// Folders that stand for each other when paths of a measurement are placed.
    #[must_use]
    pub fn aliases(&self) -> &[Alias] {
        &self.aliases
    }

    /// The text of a file as it is now; nothing when it is gone or can't be read.
    #[must_use]
    pub fn text(&self, path: &RepoPath) -> Option<Arc<str>> {
        self.read(path).ok()
    }

    /// The same, with the reason.
    ///
    /// # Errors
    /// The file is gone, lies outside the root, or is no text.
    pub fn read(&self, path: &RepoPath) -> Result<Arc<str>, Problem> {
        self.source(path).map(|source| source.0)
    }

    /// The same, with the digest of the file's bytes. It is not that of the text where there is a byte order mark or
    /// another encoding than UTF-8.
    ///
    /// # Errors
    /// As [`Disk::read`].
    pub fn source(&self, path: &RepoPath) -> Result<Source, Problem> {
        let now = files::identity(&path.under(&self.root));
        if let (Some(now), Some((then, source))) = (now, self.texts().get(path))
            && now == *then
        {
            return Ok(source.clone());
        }
        let read = files::read_source(&self.root, path)?;
        let source = (read.text, read.digest);
        if let Some(now) = now {
            self.texts().insert(path.clone(), (now, source.clone()));
        }
        Ok(source)
    }

    /// Whether a file is there.
    #[must_use]
    pub fn is_there(&self, path: &RepoPath) -> bool {
        self.identity(path).is_some()
    }

    /// The files of the ledger's tests that are not there.
    #[must_use]
    pub fn absent(&self, ledger: &Ledger) -> BTreeSet<RepoPath> {
        ledger.test_files().into_iter().filter(|path| !path.under(&self.root).exists()).collect()
    }

    /// The files of the ledger's tests that are no more. Where none is there at all, its ids are relative to another
    /// folder, and nothing can be said.
    #[must_use]
    pub fn deleted(&self, ledger: &Ledger) -> BTreeSet<RepoPath> {
        let absent = self.absent(ledger);
        if absent.len() == ledger.test_files().len() { BTreeSet::new() } else { absent }
    }

    /// Which version of a file is there.
    #[must_use]
    pub fn identity(&self, path: &RepoPath) -> Option<Identity> {
        files::identity(&path.under(&self.root))
    }

    /// Which version of each Python file, and of each file beside that matters, is there.
    #[must_use]
    pub fn identities(&self) -> HashMap<RepoPath, Identity> {
        let (files, beside) = (self.python_files(), self.beside());
        files.iter().chain(beside.iter()).filter_map(|path| Some((path.clone(), self.identity(path)?))).collect()
    }

    /// The text of a file that may have been written after `then`; nothing for one that was not, or that is gone.
    #[must_use]
    pub fn text_since(&self, path: &RepoPath, then: Option<Stamp>) -> Option<Arc<str>> {
        self.text_of(path, &self.identity(path)?, then)
    }

    /// The same for a file of which this version is there now.
    #[must_use]
    pub fn text_of(&self, path: &RepoPath, now: &Identity, then: Option<Stamp>) -> Option<Arc<str>> {
        let is_known = self.texts().contains_key(path);
        let is_older = then.is_some_and(|then| now.changed_at().0.saturating_add(TICK) <= then.0);
        if !is_known && is_older { None } else { self.text(path) }
    }

    /// Whether a file was not written after `then`.
    #[must_use]
    pub fn is_as_of(&self, path: &RepoPath, then: Stamp) -> bool {
        files::identity(&path.under(&self.root)).is_some_and(|identity| identity.modified_at() <= then)
    }

    /// The Python files of the project, as they were listed last.
    #[must_use]
    pub fn python_files(&self) -> Arc<Vec<RepoPath>> {
        let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(listed.get_or_insert_with(|| Arc::new(files::python_files(&self.root, &NO_GLOBS).0)))
    }

    /// Lists the files anew when they are asked for next.
    pub fn forget_listing(&self) {
        *self.listed.lock().unwrap_or_else(PoisonError::into_inner) = None;
        *self.beside.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn texts(&self) -> MutexGuard<'_, Texts> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Folders are left out by git's own rules alone.
const NO_GLOBS: [Glob; 0] = [];

#[cfg(test)]
mod tests {
    use super::Disk;
    use crate::base::{RepoPath, Stamp};
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_file_that_may_have_been_written_afterwards_is_read_whatever_its_time_says() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a.py");
        std::fs::write(&place, "A = 1\n").unwrap();
        let path = RepoPath::new("a.py").unwrap();
        let written = Disk::new(folder.path()).identity(&path).unwrap().changed_at();
        let is_read = |after: i64| Disk::new(folder.path()).text_since(&path, Some(Stamp(written.0 + after))).is_some();
        assert_eq!([-1, 0, 9, 20].map(is_read), [true, true, true, false]);

        // A copy that was put back has the time of its original.
        std::fs::write(folder.path().join("b.py"), "B = 1\n").unwrap();
        let old = std::fs::File::options().write(true).open(folder.path().join("b.py")).unwrap();
        old.set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
        std::fs::rename(folder.path().join("b.py"), place).unwrap();
        assert!(is_read(0));
    }
}
