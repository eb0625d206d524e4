//! The watcher: a thread of its own that tells which files changed and are settled.

use crate::base::Problem;
use crate::io::watch::folders::{Events, polling};
use crate::io::watch::worker::{Order, work};
use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

/// From one look at the watched files to the next.
const POLL: Duration = Duration::from_secs(1);
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
        work(scope, poll, events, tell, &inbox);
    });
    if spawned.is_err() {
        // No thread can be had: the process is about to fail for other reasons, and says so there.
        watcher.stopped.store(true, Ordering::Release);
    }
    watcher
}

/// Whether an event may mean a change: reading a file is none.
fn is_change(event: &Event) -> bool {
    !matches!(event.kind, EventKind::Access(kind) if kind != AccessKind::Close(AccessMode::Write))
}

#[cfg(test)]
mod tests {
    use super::{News, Scope, Watcher, start, watch};
    use crate::io::watch::folders::Events;
    use crate::io::watch::worker::Order;
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
