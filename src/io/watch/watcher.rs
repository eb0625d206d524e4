//! The watcher: a thread of its own that tells which files changed and are settled.

use crate::base::Problem;
use crate::io::watch::folders::{Events, Folders, polling};
use crate::io::watch::settle::Settling;
use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind};
use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

/// From one look at a waiting path to the next.
const TICK: Duration = Duration::from_millis(50);
/// From one look at the watched files to the next.
const POLL: Duration = Duration::from_secs(1);
/// How many entries of folders are looked at where no events come.
const ENTRIES: usize = 20_000;

/// What is watched. Paths are absolute.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Scope {
    /// Folders whose direct children are watched. A folder that is missing is watched once it is there.
    pub dirs: Vec<PathBuf>,
    /// Files that are watched wherever they are, and looked at each second besides. They need not exist.
    pub files: Vec<PathBuf>,
}

/// What a watcher tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// The scope is watched from now on; what changed before may not be told.
    Watching,
    /// Files and folders that changed, appeared or vanished, and have been quiet since.
    Changed(Vec<PathBuf>),
    /// Something that makes watching slower or incomplete.
    Trouble(Problem),
}

/// A running watcher. It stops when it is dropped; nothing is told afterwards, but for a call that is under way.
#[derive(Debug)]
pub struct Watcher {
    orders: Sender<Order>,
    stopped: Arc<AtomicBool>,
}

impl Watcher {
    /// Watches `scope` instead of what was watched before.
    pub fn follow(&self, scope: Scope) {
        // A thread that is gone watches nothing, and that was told.
        let _ = self.orders.send(Order::Follow(scope));
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
        // It may have stopped by itself.
        let _ = self.orders.send(Order::Stop);
    }
}

/// Starts to watch `scope`; `tell` is called from the watcher's own thread and should not wait long.
pub fn watch(scope: Scope, tell: impl Fn(News) + Send + 'static) -> Watcher {
    start(scope, POLL, tell, |orders| {
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if event.as_ref().map_or(true, is_change) {
                // Nobody listens any more while the watcher stops.
                let _ = orders.send(Order::Event(event));
            }
        })?;
        Ok(Box::new(watcher))
    })
}

/// What the thread is asked or told.
enum Order {
    Event(notify::Result<Event>),
    Follow(Scope),
    Stop,
}

fn start(
    scope: Scope,
    poll: Duration,
    tell: impl Fn(News) + Send + 'static,
    events: impl FnOnce(Sender<Order>) -> notify::Result<Events> + Send + 'static,
) -> Watcher {
    let (orders, inbox) = mpsc::channel();
    let stopped = Arc::new(AtomicBool::new(false));
    let watcher = Watcher { orders: orders.clone(), stopped: Arc::clone(&stopped) };
    let spawned = thread::Builder::new().name("watch".to_owned()).spawn(move || {
        let tell = move |news| {
            if !stopped.load(Ordering::Acquire) {
                tell(news);
            }
        };
        let (events, problem) = match events(orders) {
            Ok(events) => (Some(events), None),
            Err(error) => (None, Some(polling(&error))),
        };
        problem.into_iter().for_each(|problem| tell(News::Trouble(problem)));
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
        worker.work(&inbox);
    });
    if spawned.is_err() {
        // No thread can be had: the process is about to fail for other reasons, and says so there.
        watcher.stopped.store(true, Ordering::Release);
    }
    watcher
}

/// The watcher's thread.
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

/// Whether an event may mean a change: reading a file is none.
fn is_change(event: &Event) -> bool {
    !matches!(event.kind, EventKind::Access(kind) if kind != AccessKind::Close(AccessMode::Write))
}

/// Names that editors and interpreters use for a moment.
fn is_noise(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(OsStr::to_str) else { return false };
    name == "__pycache__" || name == "4913" || name.ends_with('~') || {
        [".swp", ".swx", ".swo", ".pyc", ".tmp"].iter().any(|end| name.ends_with(end))
    }
}

#[cfg(test)]
mod tests {
    use super::{News, Order, Scope, Watcher, start, watch};
    use crate::io::watch::folders::Events;
    use std::fs::{self, File};
    use std::io::Write;
    use std::path::Path;
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::time::Duration;

    const LIMIT: Duration = Duration::from_secs(10);

    /// From one look to the next, in tests of polling.
    const SHORT: Duration = Duration::from_millis(60);

    fn no_events(_: Sender<Order>) -> notify::Result<Events> {
        Err(notify::Error::new(notify::ErrorKind::MaxFilesWatch))
    }

    struct Watched {
        watcher: Option<Watcher>,
        news: Receiver<News>,
    }

    impl Watched {
        fn new(start: impl FnOnce(Sender<News>) -> Watcher) -> Self {
            let (tell, news) = channel();
            let watched = Self { watcher: Some(start(tell)), news };
            watched.until("it watches", |news| *news == News::Watching);
            watched
        }

        fn until(&self, what: &str, is_it: impl Fn(&News) -> bool) -> News {
            loop {
                let news = self.news.recv_timeout(LIMIT).unwrap_or_else(|_| panic!("waited for: {what}"));
                if is_it(&news) {
                    return news;
                }
            }
        }

        fn until_told(&self, path: &Path) {
            let is_it = |news: &News| matches!(news, News::Changed(paths) if paths.iter().any(|told| told == path));
            self.until(&path.display().to_string(), is_it);
        }
    }

    fn by_events(dirs: &[&Path], files: &[&Path]) -> Watched {
        let scope = scope(dirs, files);
        Watched::new(|tell| watch(scope, move |news| drop(tell.send(news))))
    }

    /// Without any events, as on a system that has no watches left.
    fn by_polling(dirs: &[&Path], files: &[&Path]) -> Watched {
        let scope = scope(dirs, files);
        Watched::new(|tell| start(scope, SHORT, move |news| drop(tell.send(news)), no_events))
    }

    fn scope(dirs: &[&Path], files: &[&Path]) -> Scope {
        let owned = |paths: &[&Path]| paths.iter().map(|path| path.to_path_buf()).collect();
        Scope { dirs: owned(dirs), files: owned(files) }
    }

    /// Every way in which programs write a report, each noticed.
    fn check_styles(watched: &Watched, path: &Path) {
        let beside = path.with_extension("new");
        let styles: [(&str, &dyn Fn()); 7] = [
            ("created", &|| fs::write(path, "1").unwrap()),
            ("written again", &|| fs::write(path, "22").unwrap()),
            ("appended", &|| File::options().append(true).open(path).unwrap().write_all(b"3").unwrap()),
            ("replaced by a rename", &|| {
                fs::write(&beside, "4").unwrap();
                fs::rename(&beside, path).unwrap();
            }),
            ("replaced with the same size and time", &|| {
                let time = path.metadata().unwrap().modified().unwrap();
                fs::write(&beside, "5").unwrap();
                File::options().write(true).open(&beside).unwrap().set_modified(time).unwrap();
                fs::rename(&beside, path).unwrap();
            }),
            ("deleted", &|| fs::remove_file(path).unwrap()),
            ("created again, with an old time", &|| {
                fs::write(path, "6").unwrap();
                let file = File::options().write(true).open(path).unwrap();
                file.set_modified(std::time::UNIX_EPOCH).unwrap();
            }),
        ];
        for (what, act) in styles {
            act();
            let is_it = |news: &News| matches!(news, News::Changed(paths) if paths.contains(&path.to_path_buf()));
            watched.until(what, is_it);
        }
    }

    #[test]
    fn a10_every_way_of_writing_a_report_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let report = dir.path().join("coverage.json");
        check_styles(&by_events(&[], &[&report]), &report);
    }

    #[test]
    fn c8_without_events_the_same_is_noticed_by_polling_and_said() {
        let dir = tempfile::tempdir().unwrap();
        let report = dir.path().join("coverage.json");
        let (tell, news) = channel();
        let scope = scope(&[dir.path()], &[&report]);
        let watcher = start(scope, SHORT, move |news| drop(tell.send(news)), no_events);
        let watched = Watched { watcher: Some(watcher), news };
        let said = watched.until("polling is said", |news| matches!(news, News::Trouble(_)));
        assert!(matches!(said, News::Trouble(problem) if problem.to_string().contains("polling")));
        watched.until("it watches", |news| *news == News::Watching);
        check_styles(&watched, &report);
        let source = dir.path().join("views.py");
        fs::write(&source, "x = 1").unwrap();
        watched.until_told(&source);
        fs::remove_file(&source).unwrap();
        watched.until_told(&source);
    }

    #[test]
    fn only_what_is_watched_is_told_and_reading_is_no_change() {
        let dir = tempfile::tempdir().unwrap();
        let (source, other, last) =
            (dir.path().join("shop/views.py"), dir.path().join("x.txt"), dir.path().join("shop/z.py"));
        fs::create_dir(dir.path().join("shop")).unwrap();
        fs::write(&source, "x = 1").unwrap();
        let report = dir.path().join("coverage.json");
        let watched = by_events(&[&dir.path().join("shop")], &[&report]);
        fs::read(&source).unwrap();
        fs::write(&other, "").unwrap();
        fs::write(dir.path().join("shop/views.py~"), "").unwrap();
        fs::write(&last, "").unwrap();
        let told = watched.until("a change", |news| matches!(news, News::Changed(_)));
        assert_eq!(told, News::Changed(vec![last]));
    }

    #[test]
    fn c9_a_folder_that_comes_back_is_watched_again() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("reports");
        let (report, source) = (folder.join("coverage.json"), folder.join("a.py"));
        let watched = by_events(&[&folder], &[&report]);
        for _ in 0..2 {
            fs::create_dir(&folder).unwrap();
            watched.until_told(&folder);
            fs::write(&report, "1").unwrap();
            watched.until_told(&report);
            fs::write(&source, "1").unwrap();
            watched.until_told(&source);
            fs::remove_dir_all(&folder).unwrap();
            watched.until_told(&report);
        }
    }

    #[test]
    fn another_scope_can_be_followed_and_nothing_is_told_after_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let (first, second) = (dir.path().join("a.json"), dir.path().join("b.json"));
        let mut watched = by_polling(&[], &[&first]);
        watched.watcher.as_ref().unwrap().follow(scope(&[], &[&second]));
        watched.until("the new scope", |news| *news == News::Watching);
        fs::write(&first, "1").unwrap();
        fs::write(&second, "1").unwrap();
        let told = watched.until("a change", |news| matches!(news, News::Changed(_)));
        assert_eq!(told, News::Changed(vec![second.clone()]));
        drop(watched.watcher.take());
        fs::write(&second, "22").unwrap();
        // The channel closes when the thread ends.
        assert_eq!(watched.news.recv_timeout(LIMIT), Err(std::sync::mpsc::RecvTimeoutError::Disconnected));
    }
}
