//! Everything that work on one project needs: the project, its sources, its database; shared by all workers.

use super::concerns::patterns;
use super::disk::Disk;
use super::elsewhere;
use super::frames::now;
use super::index::{Index, Listings};
use super::keep::Unsaved;
use super::pending::Waiting;
use super::project::Project;
use super::proving::Sitting;
use super::sharing::Shared;
use super::silent::{Earlier, Voices};
use super::surroundings::Surroundings;
use super::{moved, pending};
use crate::base::{Digest, Glob, Problem, RepoPath, Stamp};
use crate::domain::ledger::{Ledger, Moves, Point, Unit};
use crate::domain::python::{Outline, outline};
use crate::domain::suite::TestId;
use crate::domain::triage::Layer;
use crate::io::files::{self, Identity};
use crate::io::runner::{self, Interpreter, Warm};
use crate::io::store::{Grants, Store};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// How often in one sitting a test file is followed from place to place.
const MOVES: usize = 64;
/// What was read from sources, each with the text that it was read from.
type Read<T> = Mutex<HashMap<RepoPath, (Arc<str>, Arc<T>)>>;

/// The desk at which one project is worked on.
pub struct Desk {
    /// The project.
    pub project: Project,
    /// The environment.
    pub around: Surroundings,
    /// The sources on disk.
    pub disk: Disk,
    /// The layers in their order.
    pub layers: Vec<Layer>,
    /// Files beside Python, each pattern with those of the sources and tests that they concern.
    pub concerns: Vec<(Glob, Vec<Glob>)>,
    voices: Voices,
    store: OnceLock<Result<Store, Problem>>,
    /// The history that a team shares, where the settings name one.
    pub shared: Shared,
    problems_to_say: Mutex<Vec<Problem>>,
    measured: Mutex<Option<Stamp>>,
    saved: Mutex<Option<Arc<Ledger>>>,
    unsaved: Mutex<Option<Unsaved>>,
    units: Read<Unit>,
    outlines: Read<Outline>,
    sitting: String,
    last_point: Mutex<Option<(String, Point)>>,
    /// Where test files went since this sitting began, and what of it could not be told.
    moves: Mutex<Moves>,
    /// What waited for tests when a ledger was judged last.
    waiting: Mutex<Waiting>,
    warm: OnceLock<Warm>,
    /// The interpreter that had all that a run needs, with the versions of its packages then.
    complete: Mutex<Option<(PathBuf, Vec<Identity>)>>,
    depth: Mutex<Sitting>,
}

impl Desk {
    /// The desk of a project. Nothing is read yet.
    #[must_use]
    pub fn new(project: Project, around: Surroundings) -> Self {
        let concerns = patterns(project.config.named("concerns"));
        Self {
            disk: Disk::new(&project.root)
                .with_aliases(&project.coverage)
                .with_beside(concerns.iter().map(|(pattern, _)| pattern.clone())),
            concerns,
            layers: project.config.layers(),
            shared: Shared::of(&project, &around),
            project,
            around,
            voices: Voices::default(),
            store: OnceLock::new(),
            problems_to_say: Mutex::default(),
            measured: Mutex::default(),
            saved: Mutex::default(),
            unsaved: Mutex::default(),
            units: Mutex::default(),
            outlines: Mutex::default(),
            sitting: format!("{}-{}", now().0, rustix::process::getpid().as_raw_nonzero()),
            last_point: Mutex::default(),
            moves: Mutex::default(),
            waiting: Mutex::default(),
            warm: OnceLock::new(),
            complete: Mutex::default(),
            depth: Mutex::default(),
        }
    }

    /// The project's database on this machine, opened when it is first asked for.
    ///
    /// # Errors
    /// It can't be opened at all.
    pub fn store(&self) -> Result<&Store, Problem> {
        let opened = self.store.get_or_init(|| {
            let (store, problems) = Store::open(&self.project.data, now())?;
            self.problems_to_say.lock().unwrap_or_else(PoisonError::into_inner).extend(problems);
            Ok(store.sharing(self.shared.is_wanted()))
        });
        opened.as_ref().map_err(Clone::clone)
    }

    /// Notes what is to be said to the person.
    pub(super) fn say(&self, problem: Problem) {
        self.problems_to_say.lock().unwrap_or_else(PoisonError::into_inner).push(problem);
    }

    /// What is to be said since this was last asked: what went wrong with the database, and where files went.
    #[must_use]
    pub fn take_problems(&self) -> Vec<Problem> {
        let mut problems = std::mem::take(&mut *self.problems_to_say.lock().unwrap_or_else(PoisonError::into_inner));
        problems.extend(self.store().map(Store::take_problems).unwrap_or_default());
        problems
    }

    /// The names of a source file as it is now; kept as long as it does not change. Nothing when it can't be read.
    #[must_use]
    pub fn unit(&self, path: &RepoPath) -> Option<Arc<Unit>> {
        self.kept(&self.units, path, |text| Unit::read(path, text))
    }

    /// The outline of a source file, in the same way.
    #[must_use]
    pub fn outline(&self, path: &RepoPath) -> Option<Arc<Outline>> {
        self.kept(&self.outlines, path, |text| outline(text, &self.project.naming))
    }

    fn kept<T>(&self, all: &Read<T>, path: &RepoPath, read: impl FnOnce(&str) -> T) -> Option<Arc<T>> {
        let text = self.disk.text(path)?;
        let all = || all.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all().get(path).filter(|(then, _)| Arc::ptr_eq(then, &text)).map(|(_, read)| Arc::clone(read));
        Some(known.unwrap_or_else(|| {
            let made = Arc::new(read(&text));
            all().insert(path.clone(), (text, Arc::clone(&made)));
            made
        }))
    }

    /// When the baseline in use was measured.
    #[must_use]
    pub fn measured(&self) -> Option<Stamp> {
        *self.measured.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes when the baseline in use was measured.
    pub fn set_measured(&self, at: Option<Stamp>) {
        *self.measured.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    /// The ledger as the database has it.
    #[must_use]
    pub fn saved(&self) -> Option<Arc<Ledger>> {
        self.saved.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The baseline that the database does not have yet.
    pub fn unsaved(&self) -> MutexGuard<'_, Option<Unsaved>> {
        self.unsaved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what the database has.
    pub fn set_saved(&self, ledger: &Arc<Ledger>) {
        *self.saved.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(ledger));
    }

    /// The name of this sitting.
    #[must_use]
    pub fn sitting(&self) -> &str {
        &self.sitting
    }

    /// The point that this sitting kept last, with its name.
    #[must_use]
    pub fn last_point(&self) -> Option<(String, Point)> {
        self.last_point.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes which point was kept last.
    pub fn set_last_point(&self, id: String, point: Point) {
        *self.last_point.lock().unwrap_or_else(PoisonError::into_inner) = Some((id, point));
    }

    /// Whether this project may start its programs: by option, or by an earlier consent to the same settings.
    ///
    /// # Errors
    /// The consent of the option could not be kept.
    pub fn is_trusted(&self) -> Result<bool, Problem> {
        let (grants, _) = Grants::open(&self.around.data, now())?;
        if self.around.trust {
            grants.grant(&self.project.root, self.project.config.commanding(), now())?;
        }
        Ok(grants.is_granted(&self.project.root, self.project.config.commanding()))
    }

    /// Keeps the person's consent.
    ///
    /// # Errors
    /// It could not be kept.
    pub fn trust(&self) -> Result<(), Problem> {
        let (grants, _) = Grants::open(&self.around.data, now())?;
        grants.grant(&self.project.root, self.project.config.commanding(), now())
    }

    /// Keeps a fork server for the runs of this sitting, where the settings want one.
    pub fn keep_warm(&self) {
        let is_here = self.project.config.texts("runner.command").is_empty();
        if is_here && self.project.config.text("runner.warm").is_some_and(|level| level != "off") {
            self.warm.get_or_init(Warm::default);
        }
    }

    /// The fork server of this sitting, where one is wanted.
    #[must_use]
    pub fn warm(&self) -> Option<&Warm> {
        self.warm.get()
    }

    /// What this sitting knows of the deeper level of warm runs.
    pub fn depth(&self) -> MutexGuard<'_, Sitting> {
        self.depth.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The interpreter of the project's tests. Nothing is started to find it.
    ///
    /// # Errors
    /// There is none.
    pub fn interpreter(&self) -> Result<Interpreter, Problem> {
        if let Some(elsewhere) = elsewhere::elsewhere(self)? {
            return Ok(Interpreter::elsewhere(&elsewhere.python));
        }
        let setting = self.project.config.text("interpreter").map(Path::new);
        runner::discover(&self.project.root, setting, &self.around.environment)
    }

    /// Whether an interpreter is known to have all that a run needs: it was asked, and no package came or went since. Of
    /// one outside virtual environments nothing is known.
    #[must_use]
    pub fn is_complete(&self, interpreter: &Interpreter) -> bool {
        let complete = self.complete.lock().unwrap_or_else(PoisonError::into_inner);
        complete.as_ref().is_some_and(|known| Some(known) == packages(interpreter).as_ref())
    }

    /// Notes that an interpreter has all that a run needs.
    pub fn note_complete(&self, interpreter: &Interpreter) {
        *self.complete.lock().unwrap_or_else(PoisonError::into_inner) = packages(interpreter);
    }

    /// Every test that ran before, by the ledger and the history.
    #[must_use]
    pub fn ran_before(&self, ledger: Option<&Ledger>) -> Vec<TestId> {
        let mut tests: BTreeSet<TestId> = ledger.map(Ledger::tests).unwrap_or_default().into_iter().collect();
        tests.extend(self.store().and_then(Store::known_tests).unwrap_or_default());
        tests.into_iter().collect()
    }

    /// A ledger with its files and its tests where they are now.
    #[must_use]
    pub fn followed(&self, ledger: &Arc<Ledger>) -> Arc<Ledger> {
        self.with_tests_followed(&self.with_sources_followed(ledger))
    }

    /// A ledger with its files under the paths that they have now: a file that is gone is looked for by its content,
    /// in its folder and under its name elsewhere.
    fn with_sources_followed(&self, ledger: &Arc<Ledger>) -> Arc<Ledger> {
        let gone: Vec<RepoPath> = ledger.files().filter(|path| !self.disk.is_there(path)).cloned().collect();
        if gone.is_empty() {
            return Arc::clone(ledger);
        }
        self.disk.forget_listing();
        let known: BTreeSet<&RepoPath> = ledger.files().collect();
        let names: BTreeSet<&str> = gone.iter().map(RepoPath::name).collect();
        let folders: BTreeSet<Option<RepoPath>> = gone.iter().map(RepoPath::folder).collect();
        let files = self.disk.python_files();
        let may_be = |path: &&RepoPath| {
            !known.contains(path) && (names.contains(path.name()) || folders.contains(&path.folder()))
        };
        let digest = |path: &RepoPath| self.disk.text(path).map(|text| Digest::of(text.as_bytes()));
        let new = files.iter().filter(may_be).filter_map(|path| Some((path.clone(), digest(path)?)));
        let moves = ledger.moves(&gone, &new.collect::<Vec<_>>());
        if moves.is_empty() {
            return Arc::clone(ledger);
        }
        // Tests that are measured themselves.
        let tests = ledger.test_files();
        let to = moves.iter().filter(|(from, _)| tests.contains(from)).map(|(from, to)| (from.clone(), to.clone()));
        self.note_moves(Moves { to: to.collect(), ..Moves::default() });
        Arc::new(ledger.with_paths(&moves))
    }

    /// A ledger with its tests under the ids that they have now: a test file that is gone is looked for by the code of its
    /// tests.
    fn with_tests_followed(&self, ledger: &Arc<Ledger>) -> Arc<Ledger> {
        let ledger = self.with_moved_tests(ledger);
        // Whether they are deleted or elsewhere is for their content to say, though it be all of them.
        let gone = self.disk.absent(&ledger);
        if gone.is_empty() {
            return ledger;
        }
        self.disk.forget_listing();
        self.note_moves(moved::find(self, &ledger, &gone));
        self.with_moved_tests(&ledger)
    }

    /// Keeps where test files went, and says it once.
    fn note_moves(&self, found: Moves) {
        let mut moves = self.moves.lock().unwrap_or_else(PoisonError::into_inner);
        let new: BTreeMap<RepoPath, RepoPath> =
            found.to.into_iter().filter(|(from, to)| moves.to.get(from) != Some(to)).collect();
        for refusal in found.refused.into_iter().filter(|refusal| !moves.refused.contains(refusal)).collect::<Vec<_>>()
        {
            let (path, what) = refusal.words();
            self.say(Problem::warning(path.as_str(), what).hint("run its tests once: `lacuna run` with the new path"));
            moves.refused.insert(refusal);
        }
        if new.is_empty() {
            return;
        }
        match moved::keep(self, &new) {
            Ok(()) => new.iter().for_each(|(from, to)| {
                let what = format!("was {}: its tests keep what is known of them", from.as_str());
                self.say(Problem::note(to.as_str(), what));
            }),
            Err(problem) => self.say(problem),
        }
        // A file that came back is where it was.
        moves.to.retain(|from, _| !new.values().any(|to| to == from));
        moves.to.extend(new);
        drop(moves);
        let saved = self.saved();
        saved.into_iter().for_each(|saved| self.set_saved(&self.with_moved_tests(&saved)));
    }

    /// A ledger with the tests of the files that were found elsewhere, as long as they are there.
    #[must_use]
    pub fn with_moved_tests(&self, ledger: &Arc<Ledger>) -> Arc<Ledger> {
        let moves = self.moves.lock().unwrap_or_else(PoisonError::into_inner).to.clone();
        let end = |from: &RepoPath| std::iter::successors(moves.get(from), |path| moves.get(*path)).take(MOVES).last();
        let now: BTreeMap<RepoPath, RepoPath> = moves
            .keys()
            .filter(|from| !self.disk.is_there(from))
            .filter_map(|from| Some((from.clone(), end(from).filter(|to| self.disk.is_there(to))?.clone())))
            .collect();
        if now.is_empty() { Arc::clone(ledger) } else { Arc::new(moved::followed(ledger, &now)) }
    }

    /// A ledger as the project is now: files under their new paths, and without the tests whose files are no more.
    #[must_use]
    pub fn at_present(&self, ledger: &Arc<Ledger>) -> Arc<Ledger> {
        let followed = self.followed(ledger);
        let deleted = self.disk.deleted(&followed);
        if deleted.is_empty() { followed } else { Arc::new(followed.without_tests_of(&deleted)) }
    }

    /// A ledger as the project is now, in which nothing is called measured that a rerun of affected tests may change
    /// and, where none is left, nothing open that nobody comes by.
    #[must_use]
    pub fn judged(&self, ledger: &Arc<Ledger>) -> Arc<Ledger> {
        let ledger = self.at_present(ledger);
        let waiting = pending::find(self, &ledger);
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&waiting);
        pending::mark(ledger, &waiting)
    }

    /// The same, by what was found when it was judged last.
    #[must_use]
    pub fn as_judged(&self, ledger: &Arc<Ledger>) -> Arc<Ledger> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).clone();
        pending::mark(self.at_present(ledger), &waiting)
    }

    /// A ledger with the word of the sources on whether the tests that just ran assert anything.
    #[must_use]
    pub fn heard(&self, ledger: Ledger) -> Ledger {
        self.voices.heard(&self.disk, &self.project.naming, ledger)
    }

    /// The tests of a file that assert nothing, as the names after its path.
    #[must_use]
    pub fn silent(&self, path: &RepoPath) -> Vec<Vec<String>> {
        self.voices.silent(&self.disk, &self.project.naming, path).unwrap_or_default()
    }

    /// The tests that assert nothing in another text of a file, with helpers as they were, as the names after the path.
    #[must_use]
    pub fn silent_in(&self, path: &RepoPath, text: &str, earlier: &Earlier) -> Vec<Vec<String>> {
        self.voices.silent_in(&self.disk, &self.project.naming, (path, text), earlier)
    }

    /// The tests of some test files.
    #[must_use]
    pub fn listings(&self, files: &[RepoPath], ledger: Option<&Ledger>) -> Listings {
        Index::open(self).listings(files, &self.ran_before(ledger))
    }
}

/// An interpreter with the versions of the folders of its packages.
pub fn packages(interpreter: &Interpreter) -> Option<(PathBuf, Vec<Identity>)> {
    let packages = files::packages(interpreter.home.as_deref()?);
    (!packages.is_empty()).then(|| (interpreter.program.clone(), packages))
}
