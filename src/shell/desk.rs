//! Everything that work on one project needs: the project, its sources, its database; shared by all workers.

use super::catalog::{self, Known};
use super::disk::Disk;
use super::frames::now;
use super::keep::Unsaved;
use super::project::Project;
use super::silent::Voices;
use super::surroundings::Surroundings;
use crate::base::{Problem, RepoPath, Stamp};
use crate::domain::ledger::Ledger;
use crate::domain::suite::TestId;
use crate::domain::triage::Layer;
use crate::io::runner::{self, Interpreter};
use crate::io::store::{Grants, Store};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

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
    voices: Voices,
    store: OnceLock<Result<Store, Problem>>,
    store_problems: Mutex<Vec<Problem>>,
    measured: Mutex<Option<Stamp>>,
    saved: Mutex<Option<Arc<Ledger>>>,
    unsaved: Mutex<Option<Unsaved>>,
}

impl Desk {
    /// The desk of a project. Nothing is read yet.
    #[must_use]
    pub fn new(project: Project, around: Surroundings) -> Self {
        Self {
            disk: Disk::new(&project.root),
            layers: project.config.layers(),
            project,
            around,
            voices: Voices::default(),
            store: OnceLock::new(),
            store_problems: Mutex::default(),
            measured: Mutex::default(),
            saved: Mutex::default(),
            unsaved: Mutex::default(),
        }
    }

    /// The project's database, opened when it is first asked for.
    ///
    /// # Errors
    /// It can't be opened at all.
    pub fn store(&self) -> Result<&Store, Problem> {
        let opened = self.store.get_or_init(|| {
            let (store, problems) = Store::open(&self.project.data, now())?;
            self.store_problems.lock().unwrap_or_else(PoisonError::into_inner).extend(problems);
            Ok(store)
        });
        opened.as_ref().map_err(Clone::clone)
    }

    /// What went wrong with the database since this was last asked.
    #[must_use]
    pub fn take_store_problems(&self) -> Vec<Problem> {
        let mut problems = std::mem::take(&mut *self.store_problems.lock().unwrap_or_else(PoisonError::into_inner));
        problems.extend(self.store().map(Store::take_problems).unwrap_or_default());
        problems
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

    /// The interpreter of the project's tests. Nothing is started to find it.
    ///
    /// # Errors
    /// There is none.
    pub fn interpreter(&self) -> Result<Interpreter, Problem> {
        let setting = self.project.config.text("interpreter").map(Path::new);
        runner::discover(&self.project.root, setting, &self.around.environment)
    }

    /// Every test that ran before, by the ledger and the history.
    #[must_use]
    pub fn ran_before(&self, ledger: Option<&Ledger>) -> Vec<TestId> {
        let mut tests: BTreeSet<TestId> = ledger.map(Ledger::tests).unwrap_or_default().into_iter().collect();
        tests.extend(self.store().and_then(Store::known_tests).unwrap_or_default());
        tests.into_iter().collect()
    }

    /// A ledger with those of its tests that assert nothing, as their sources say now.
    #[must_use]
    pub fn heard(&self, ledger: &Ledger) -> Ledger {
        self.voices.heard(&self.disk, &self.project.naming, ledger)
    }

    /// The tests of some test files.
    #[must_use]
    pub fn known_tests(&self, files: &[RepoPath], ledger: Option<&Ledger>) -> Known {
        catalog::known_tests(&self.project, &self.disk, files, &self.ran_before(ledger))
    }
}
