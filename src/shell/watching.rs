//! Watching the project: which folders and files, what a change there means, and the folders that come later.

use super::baseline;
use super::desk::Desk;
use super::frames::Item;
use super::inbox::Inbox;
use super::saved::{Codes, newest};
use crate::app::{Msg, Saved, Watching};
use crate::base::RepoPath;
use crate::io::files;
use crate::io::watch::{self, News, Scope, Watcher};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::runtime::Runtime;

/// Where the watcher lies once it is made. Its own thread holds it weakly, so that it ends with the sitting.
type Slot = Mutex<Option<Watcher>>;

/// The watcher of one sitting, if it watches.
#[derive(Default)]
pub struct Watch {
    slot: Arc<Slot>,
}

impl Watch {
    /// Watches from now on; the files are looked for on a worker.
    pub fn start(&mut self, desk: Arc<Desk>, inbox: Inbox<Item>, runtime: &Runtime) {
        self.stop();
        let slot = Arc::downgrade(&self.slot);
        runtime.spawn_blocking(move || {
            let scope = scope(&desk);
            let reports = Mutex::new(scope.files.clone());
            let watched = Watched {
                desk,
                inbox,
                reports,
                slot: slot.clone(),
                is_polling: AtomicBool::new(false),
                codes: Codes::default(),
            };
            let watcher = watch::watch(scope, move |news| watched.hear(news));
            // Nobody may want it any more.
            if let Some(slot) = slot.upgrade() {
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(watcher);
            }
        });
    }

    /// Watches no more, nor when a watcher is just being made.
    pub fn stop(&mut self) {
        self.slot = Arc::default();
    }
}

/// What the watcher's thread knows.
struct Watched {
    desk: Arc<Desk>,
    inbox: Inbox<Item>,
    reports: Mutex<Vec<PathBuf>>,
    slot: Weak<Slot>,
    is_polling: AtomicBool,
    codes: Codes,
}

impl Watched {
    fn hear(&self, news: News) {
        match news {
            News::Watching if !self.is_polling.load(Ordering::Relaxed) => self.post(Msg::Watching(Watching::Notify)),
            News::Watching => {}
            News::Changed(paths) => self.changed(&paths),
            News::Trouble(problem) => {
                self.is_polling.store(true, Ordering::Relaxed);
                self.post(Msg::Watching(Watching::Polling));
                self.post(Msg::Trouble(problem));
            }
        }
    }

    fn post(&self, msg: Msg) {
        self.inbox.post(Item::Msg(msg));
    }

    /// What a settled change on disk means: reports, or sources and tests. Anything else means nothing.
    fn changed(&self, paths: &[PathBuf]) {
        let desk = &self.desk;
        let known = self.reports.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let reports = paths.iter().any(|path| known.contains(path) || files::is_report_name(path));
        let mut sources: Vec<RepoPath> = paths
            .iter()
            .filter_map(|path| RepoPath::below(&desk.project.root, path))
            .filter(|path| path.name().ends_with(".py") || desk.disk.is_beside(path))
            .collect();
        let folders = paths.iter().any(|path| path.is_dir() || !path.exists());
        if folders || !sources.is_empty() {
            let before = desk.disk.python_files();
            desk.disk.forget_listing();
            let now = desk.disk.python_files();
            if before != now {
                let (before, now): (BTreeSet<_>, BTreeSet<_>) = (before.iter().collect(), now.iter().collect());
                sources.extend(before.symmetric_difference(&now).map(|path| (*path).clone()));
                self.follow();
            }
        }
        if reports || !sources.is_empty() {
            let sources: Vec<Saved> = sources.into_iter().map(|path| self.codes.saved(desk, path)).collect();
            let at = newest(desk, &sources);
            self.post(Msg::FilesChanged { reports, sources, at });
        }
    }

    /// There may be folders that are not watched yet.
    fn follow(&self) {
        if let Some(slot) = self.slot.upgrade()
            && let Some(watcher) = slot.lock().unwrap_or_else(PoisonError::into_inner).as_ref()
        {
            let scope = scope(&self.desk);
            self.reports.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&scope.files);
            watcher.follow(scope);
        }
    }
}

fn scope(desk: &Desk) -> Scope {
    let found = baseline::find(&desk.project).into_iter().map(|found| found.path);
    let usual = ["coverage.json", "coverage.xml", "lcov.info", ".coverage"].map(|name| desk.project.root.join(name));
    let files: BTreeSet<PathBuf> = usual.into_iter().chain(found).collect();
    Scope { dirs: folders(desk), files: files.into_iter().collect() }
}

/// The folders of all sources and tests with those above them, up to the root.
fn folders(desk: &Desk) -> Vec<PathBuf> {
    let mut folders = BTreeSet::new();
    let (python, beside) = (desk.disk.python_files(), desk.disk.beside());
    for path in python.iter().chain(beside.iter()) {
        let mut above = path.folder();
        while let Some(folder) = above.filter(|folder| !folders.contains(folder)) {
            above = folder.folder();
            folders.insert(folder);
        }
    }
    let root = &desk.project.root;
    folders.into_iter().map(|folder| folder.under(root)).chain([root.clone()]).collect()
}
