//! What the checklist asks of the project: the modules that tests import, what all files mention, and the plugins it requires.

use super::desk::Desk;
use super::fixtures::required;
use super::silent::places;
use crate::base::RepoPath;
use crate::domain::python::Import;
use crate::domain::quality::{Code, Mentions, Required};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Folders below which packages may stand.
const ROOTS: [&str; 3] = ["", "src/", "lib/"];
/// Names of folders whose modules help tests.
const TESTS: [&str; 4] = ["test", "tests", "testing", "t"];

/// The modules of the project, each read once, what its files mention, and the plugins that it requires.
#[derive(Default)]
pub struct Tested {
    read: Mutex<HashMap<RepoPath, Arc<Code>>>,
    mentions: OnceLock<Arc<Mentions>>,
    required: Required,
}

impl Tested {
    /// What the files of the project mention: they are all read when that is asked for first.
    pub fn mentions(&self, desk: &Desk) -> Arc<Mentions> {
        let read = || {
            let mut mentions = Mentions::default();
            for path in desk.disk.python_files().iter() {
                let is_of_tests = desk.project.is_test_file(path) || path.name() == "conftest.py";
                mentions.add(&desk.disk.text(path).unwrap_or_default(), is_of_tests);
                if path.name() == "conftest.py" {
                    mentions.has_conftest();
                }
            }
            Arc::new(mentions)
        };
        Arc::clone(self.mentions.get_or_init(read))
    }

    /// Begins with what the project says of the plugins that the tests of some files run with.
    pub fn of<'a>(desk: &Desk, files: impl Iterator<Item = &'a RepoPath>) -> Self {
        Self { required: required(desk, files), ..Self::default() }
    }

    /// What the project says of the plugins that its tests run with.
    pub fn required(&self) -> &Required {
        &self.required
    }

    /// The module that a dotted name stands for in a test, where the project has it and it helps no tests.
    #[must_use]
    pub fn code(&self, desk: &Desk, test: &RepoPath, name: &str) -> Option<Arc<Code>> {
        let path = files(test, name).into_iter().find(|path| desk.disk.is_there(path))?;
        let is_helper = path.parts().any(|part| TESTS.contains(&part))
            || desk.project.is_test_file(&path)
            || path.name() == "conftest.py";
        if is_helper {
            return None;
        }
        let known = || self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(code) = known().get(&path) {
            return Some(Arc::clone(code));
        }
        let module = if name.starts_with('.') { module(&path) } else { name.to_owned() };
        let code = Arc::new(Code::read(&module, path.as_str(), &desk.disk.text(&path)?));
        known().insert(path, Arc::clone(&code));
        Some(code)
    }
}

/// The dotted name of a file, from the root.
fn module(path: &RepoPath) -> String {
    let name = path.as_str().trim_end_matches(".py").trim_end_matches("/__init__");
    name.replace('/', ".")
}

/// Where the module of a dotted name may stand.
fn files(test: &RepoPath, name: &str) -> Vec<RepoPath> {
    let dots = name.len() - name.trim_start_matches('.').len();
    if dots > 0 {
        let level = u32::try_from(dots).unwrap_or(u32::MAX);
        let module = name.trim_start_matches('.').to_owned();
        return places(test, &Import { module, names: Vec::new(), level, line: 1 });
    }
    let module = name.replace('.', "/");
    let above = std::iter::successors(test.folder(), RepoPath::folder).map(|folder| format!("{}/", folder.as_str()));
    let roots = ROOTS.iter().map(|root| (*root).to_owned()).chain(above);
    let found = roots.flat_map(|root| [format!("{root}{module}.py"), format!("{root}{module}/__init__.py")]);
    found.filter_map(|path| RepoPath::new(&path)).collect()
}
