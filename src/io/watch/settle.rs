//! Paths that may have changed, until they are quiet.

use crate::io::watch::seen::{Version, look};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// How many looks in a row must see the same.
const QUIET: u32 = 2;
/// After how many looks a path that never gets quiet is left alone until its next event.
const PATIENCE: u32 = 200;
/// How many paths may wait.
const MOST: usize = 20_000;

/// Remembers what was told of each path, and which paths wait to be told.
#[derive(Debug, Default)]
pub(super) struct Settling {
    told: HashMap<PathBuf, Option<Version>>,
    waiting: HashMap<PathBuf, Waiting>,
}

#[derive(Debug)]
struct Waiting {
    seen: Option<Version>,
    quiet: u32,
    looks: u32,
}

impl Settling {
    /// Takes what is at `path` now as known.
    pub(super) fn know(&mut self, path: &Path) {
        self.told.insert(path.to_path_buf(), look(path));
    }

    /// Whether something else is at `path` than was told. A path of which nothing was told counts as changed.
    pub(super) fn differs(&self, path: &Path) -> bool {
        self.told.get(path) != Some(&look(path))
    }

    /// Whether anything was ever told of `path`.
    pub(super) fn knows(&self, path: &Path) -> bool {
        self.told.contains_key(path)
    }

    /// Something happened at `path`.
    pub(super) fn hint(&mut self, path: &Path) {
        if self.waiting.len() < MOST && !self.waiting.contains_key(path) {
            self.waiting.insert(path.to_path_buf(), Waiting { seen: look(path), quiet: 0, looks: 0 });
        }
    }

    /// Whether no path waits.
    pub(super) fn is_quiet(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Looks at every waiting path, and gives those that are quiet now and differ from what was told.
    pub(super) fn tick(&mut self) -> Vec<PathBuf> {
        let mut settled = Vec::new();
        let told = &mut self.told;
        self.waiting.retain(|path, waiting| {
            let now = look(path);
            waiting.quiet = if now == waiting.seen { waiting.quiet + 1 } else { 0 };
            waiting.seen = now;
            waiting.looks += 1;
            if waiting.quiet >= QUIET && told.insert(path.clone(), now) != Some(now) {
                settled.push(path.clone());
            }
            waiting.quiet < QUIET && waiting.looks < PATIENCE
        });
        settled.sort();
        settled
    }

    /// Forgets all but what `keep` wants.
    pub(super) fn retain(&mut self, keep: impl Fn(&Path) -> bool) {
        self.told.retain(|path, _| keep(path));
        self.waiting.retain(|path, _| keep(path));
    }

    /// The known paths that are gone.
    pub(super) fn vanished(&self, present: &HashSet<PathBuf>) -> Vec<PathBuf> {
        let is_gone = |(path, told): &(&PathBuf, &Option<Version>)| told.is_some() && !present.contains(*path);
        self.told.iter().filter(is_gone).map(|(path, _)| path.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{PATIENCE, Settling};
    use std::fs::{self, File};
    use std::io::Write;

    #[test]
    fn a_path_is_told_once_two_looks_see_the_same_and_only_when_it_differs() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("coverage.xml");
        let mut settling = Settling::default();
        settling.know(&path);
        settling.hint(&path);
        assert_eq!((settling.tick().len(), settling.tick().len(), settling.is_quiet()), (0, 0, true));
        fs::write(&path, "").unwrap();
        assert!(settling.differs(&path));
        settling.hint(&path);
        let mut file = File::options().append(true).open(&path).unwrap();
        for _ in 0..5 {
            assert_eq!(settling.tick().len(), 0);
            file.write_all(b"more").unwrap();
        }
        assert_eq!((settling.tick().len(), settling.tick().len()), (0, 0));
        assert_eq!(settling.tick(), std::slice::from_ref(&path));
        assert!(settling.is_quiet() && !settling.differs(&path));
    }

    #[test]
    fn a_file_that_never_gets_quiet_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut file = File::create(&path).unwrap();
        let mut settling = Settling::default();
        settling.hint(&path);
        for _ in 0..PATIENCE {
            file.write_all(b"more").unwrap();
            assert_eq!(settling.tick().len(), 0);
        }
        assert!(settling.is_quiet() && settling.differs(&path));
    }
}
