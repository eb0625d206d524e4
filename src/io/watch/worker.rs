//! The watcher's thread: takes events and orders, looks at what waits, polls, tells.

use crate::io::watch::folders::{Events, Folders};
use crate::io::watch::settle::Settling;
use crate::io::watch::{News, Scope};
use notify::Event;
use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// From one look at a waiting path to the next.
const TICK: Duration = Duration::from_millis(50);
/// How many entries of folders are looked at where no events come.
const ENTRIES: usize = 20_000;

/// What the thread is asked or told.
pub(super) enum Order {
    /// An event came.
    Event(notify::Result<Event>),
    /// Another scope is to be watched.
    Follow(Scope),
    /// The watcher was dropped.
    Stop,
}

/// What the thread does, until its inbox says that it is over.
pub(super) fn work(scope: Scope, poll: Duration, events: Option<Events>, tell: impl Fn(News), inbox: &Receiver<Order>) {
    let mut worker = Worker {
        poll,
        scope: Scope::default(),
        files: HashSet::new(),
        dirs: HashSet::new(),
        folders: Folders::new(events),
        settling: Settling::default(),
        tell,
    };
    worker.follow(scope);
    worker.work(inbox);
}

struct Worker<T> {
    poll: Duration,
    scope: Scope,
    files: HashSet<PathBuf>,
    dirs: HashSet<PathBuf>,
    folders: Folders,
    settling: Settling,
    tell: T,
}

impl<T: Fn(News)> Worker<T> {
    /// Works until it is told to stop. While paths wait, it ticks; else it sleeps until an event or the next poll.
    fn work(&mut self, inbox: &Receiver<Order>) {
        let mut since_poll = Duration::ZERO;
        loop {
            let is_idle = self.settling.is_quiet();
            let wait = if is_idle { self.poll } else { TICK };
            if self.receive(inbox, is_idle, wait) == Err(RecvTimeoutError::Disconnected) {
                return;
            }
            // An idle sleep that an event ended counts in full: better a look too many than none.
            since_poll += wait;
            if since_poll >= self.poll {
                since_poll = Duration::ZERO;
                self.poll();
            }
            if !is_idle {
                let settled = self.settling.tick();
                if !settled.is_empty() {
                    (self.tell)(News::Changed(settled));
                }
            }
        }
    }

    /// Takes orders for `wait`: while paths wait, all that come within a tick, so that a flood cannot hold up the
    /// ticks; else the first and what came with it.
    fn receive(&mut self, inbox: &Receiver<Order>, is_idle: bool, wait: Duration) -> Result<(), RecvTimeoutError> {
        if is_idle {
            let first = inbox.recv_timeout(wait)?;
            self.obey(first)?;
        } else {
            thread::sleep(wait);
        }
        inbox.try_iter().try_for_each(|order| self.obey(order))
    }

    fn obey(&mut self, order: Order) -> Result<(), RecvTimeoutError> {
        match order {
            Order::Stop => return Err(RecvTimeoutError::Disconnected),
            Order::Follow(scope) => self.follow(scope),
            Order::Event(Ok(event)) if event.need_rescan() => self.look_everywhere(),
            Order::Event(Ok(event)) => event.paths.iter().for_each(|path| self.happened(path)),
            // An error of the event stream: what it concerns is looked at.
            Order::Event(Err(_)) => self.look_everywhere(),
        }
        Ok(())
    }

    fn follow(&mut self, scope: Scope) {
        self.files = scope.files.iter().cloned().collect();
        self.dirs = scope.dirs.iter().cloned().collect();
        self.settling.retain(|path| {
            self.files.contains(path)
                || self.dirs.contains(path)
                || path.parent().is_some_and(|folder| self.dirs.contains(folder))
        });
        for file in &scope.files {
            if !self.settling.knows(file) {
                self.settling.know(file);
            }
        }
        let parents = scope.files.iter().filter_map(|file| file.parent()).map(Path::to_path_buf);
        let folders: BTreeSet<PathBuf> = parents.chain(scope.dirs.iter().cloned()).collect();
        self.scope = scope;
        let problem = self.folders.follow(&folders);
        problem.into_iter().for_each(|problem| (self.tell)(News::Trouble(problem)));
        if self.folders.is_polling() {
            for path in self.entries() {
                if !self.settling.knows(&path) {
                    self.settling.know(&path);
                }
            }
        }
        (self.tell)(News::Watching);
    }

    /// An event came for `path`.
    fn happened(&mut self, path: &Path) {
        if self.folders.holds(path) {
            self.check_folders(Some(path));
        }
        let in_dirs = path.parent().is_some_and(|folder| self.dirs.contains(folder));
        if self.files.contains(path) || (in_dirs && !is_noise(path)) {
            self.settling.hint(path);
        }
    }

    /// The safety net: looks at every watched file, and at the folders that are missing or may have been replaced.
    fn poll(&mut self) {
        self.check_folders(None);
        for file in &self.scope.files {
            if self.settling.differs(file) {
                self.settling.hint(file);
            }
        }
        if self.folders.is_polling() {
            let present: HashSet<PathBuf> = self.entries().into_iter().collect();
            let all = self.settling.vanished(&present).into_iter().chain(present);
            let changed: Vec<PathBuf> = all.filter(|path| self.settling.differs(path)).collect();
            changed.iter().for_each(|path| self.settling.hint(path));
        }
    }

    /// Finds folders that went away or came back; what lies in them may be anything now.
    fn check_folders(&mut self, sure: Option<&Path>) {
        let parents: HashSet<&Path> = self.scope.files.iter().filter_map(|file| file.parent()).collect();
        let mut changed = self.folders.check(|path| sure == Some(path) || parents.contains(path));
        let (found, problem) = self.folders.attach();
        changed.extend(found);
        problem.into_iter().for_each(|problem| (self.tell)(News::Trouble(problem)));
        for folder in changed {
            if self.dirs.contains(&folder) {
                self.settling.hint(&folder);
            }
            for file in self.scope.files.iter().filter(|file| file.parent() == Some(&folder)) {
                self.settling.hint(file);
            }
        }
    }

    /// Events were lost: everything may have changed.
    fn look_everywhere(&mut self) {
        self.check_folders(None);
        self.scope.files.iter().for_each(|file| self.settling.hint(file));
        for path in self.entries() {
            if self.settling.differs(&path) {
                self.settling.hint(&path);
            }
        }
    }

    /// What lies in the watched folders, within bounds.
    fn entries(&self) -> Vec<PathBuf> {
        let children = self.scope.dirs.iter().filter_map(|folder| folder.read_dir().ok()).flatten();
        let paths = children.filter_map(Result::ok).map(|entry| entry.path());
        paths.filter(|path| !is_noise(path)).take(ENTRIES).collect()
    }
}

/// Names that editors and interpreters use for a moment.
fn is_noise(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(OsStr::to_str) else { return false };
    name == "__pycache__" || name == "4913" || name.ends_with('~') || {
        [".swp", ".swx", ".swo", ".pyc", ".tmp"].iter().any(|end| name.ends_with(end))
    }
}
