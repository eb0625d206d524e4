//! The folders that are watched: by notify where that works, by looking where it does not.

use crate::base::Problem;
use crate::io::watch::seen::look;
use notify::{ErrorKind, RecursiveMode};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How many attached folders are checked at each poll.
const CHECKED: usize = 64;

/// Something that sends events of folders: notify, or nothing where there is no inotify.
pub(super) type Events = Box<dyn notify::Watcher + Send>;

/// The watched folders and whether they are there.
pub(super) struct Folders {
    events: Option<Events>,
    /// Device and number of each folder that sends events.
    attached: BTreeMap<PathBuf, (u64, u64)>,
    missing: BTreeSet<PathBuf>,
    next: usize,
}

impl Folders {
    /// Watches nothing yet. Without `events`, folders have to be looked at.
    pub(super) const fn new(events: Option<Events>) -> Self {
        Self { events, attached: BTreeMap::new(), missing: BTreeSet::new(), next: 0 }
    }

    /// Whether no events come, so that folders have to be looked at.
    pub(super) const fn is_polling(&self) -> bool {
        self.events.is_none()
    }

    /// Watches exactly `folders`.
    pub(super) fn follow(&mut self, folders: &BTreeSet<PathBuf>) -> Option<Problem> {
        let old: Vec<PathBuf> = self.attached.keys().filter(|path| !folders.contains(*path)).cloned().collect();
        old.iter().for_each(|path| self.detach(path));
        self.missing = folders.iter().filter(|path| !self.attached.contains_key(*path)).cloned().collect();
        self.attach().1
    }

    /// Tries to watch the folders that are not watched yet; gives those that are from now on.
    pub(super) fn attach(&mut self) -> (Vec<PathBuf>, Option<Problem>) {
        let mut found = Vec::new();
        for path in std::mem::take(&mut self.missing) {
            let Some(events) = self.events.as_mut() else {
                self.missing.insert(path);
                continue;
            };
            // First the identity, then the watch: a folder replaced in between is noticed at the next check.
            let place = look(&path).map(|version| version.place());
            match (place, events.watch(&path, RecursiveMode::NonRecursive)) {
                (Some(place), Ok(())) => {
                    self.attached.insert(path.clone(), place);
                    found.push(path);
                }
                (_, Err(error)) if is_exhausted(&error) => {
                    let problem = self.give_up(&path, &error);
                    return (found, Some(problem));
                }
                _ => {
                    self.missing.insert(path);
                }
            }
        }
        (found, None)
    }

    /// Checks some folders, all of them in turn; gives those that are gone or are others now. They are missing then.
    pub(super) fn check(&mut self, always: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
        let all = self.attached.len();
        let turn = |at: usize| (at + all - self.next % all.max(1)) % all.max(1) < CHECKED;
        let is_other = |(path, place): (&PathBuf, &(u64, u64))| {
            (look(path).map(|version| version.place()) != Some(*place)).then(|| path.clone())
        };
        let lost: Vec<PathBuf> = self
            .attached
            .iter()
            .enumerate()
            .filter(|(at, (path, _))| turn(*at) || always(path))
            .filter_map(|(_, folder)| is_other(folder))
            .collect();
        self.next = self.next.wrapping_add(CHECKED);
        for path in &lost {
            self.detach(path);
            self.missing.insert(path.clone());
        }
        lost
    }

    /// Whether `path` is a folder that is watched, or should be.
    pub(super) fn holds(&self, path: &Path) -> bool {
        self.attached.contains_key(path) || self.missing.contains(path)
    }

    fn detach(&mut self, path: &Path) {
        self.attached.remove(path);
        if let Some(events) = self.events.as_mut() {
            // The watch of a folder that is gone went with it.
            let _ = events.unwatch(path);
        }
    }

    /// No more folders can be watched: from now on all are looked at.
    fn give_up(&mut self, path: &Path, error: &notify::Error) -> Problem {
        self.missing.extend(std::mem::take(&mut self.attached).into_keys());
        self.missing.insert(path.to_path_buf());
        self.events = None;
        polling(error)
    }
}

/// The problem that there are no events.
pub(super) fn polling(error: &notify::Error) -> Problem {
    let what = match &error.kind {
        ErrorKind::MaxFilesWatch => "the system's limit of watched folders is reached: polling each second instead",
        _ if is_exhausted(error) => "no more watches can be had: polling each second instead",
        _ => "the system sends no events: polling each second instead",
    };
    Problem::note("watching", what).hint("raise fs.inotify.max_user_watches and fs.inotify.max_user_instances")
}

/// Whether the system has no watch left, as opposed to a folder that is not there.
fn is_exhausted(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::MaxFilesWatch => true,
        ErrorKind::Io(error) => error.raw_os_error().is_some_and(|code| {
            [rustix::io::Errno::NOSPC, rustix::io::Errno::MFILE, rustix::io::Errno::NFILE, rustix::io::Errno::NOMEM]
                .iter()
                .any(|errno| errno.raw_os_error() == code)
        }),
        _ => false,
    }
}
