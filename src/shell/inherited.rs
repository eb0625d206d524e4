//! What tests inherit from classes of other files of the project: marks, fixtures and set-ups, and tests themselves.

use super::desk::Desk;
use super::silent::places;
use crate::base::RepoPath;
use crate::domain::python::{ClassFacts, Classes, Import, Outline, TestDef};
use crate::domain::quality::Surrounding;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// How many base classes of a class are followed.
const BASES: usize = 20;
/// How many files a name is followed through that hand it on: `from .base import Base` in an `__init__.py`.
const HANDS: usize = 4;

/// The classes of files, each read once.
#[derive(Default)]
pub struct Lineage {
    read: Mutex<HashMap<RepoPath, Arc<Classes>>>,
    around: Mutex<HashMap<RepoPath, Arc<BTreeMap<String, Surrounding>>>>,
}

/// A class with where it stands.
type Found = (RepoPath, ClassFacts);

impl Lineage {
    fn classes(&self, desk: &Desk, path: &RepoPath) -> Option<Arc<Classes>> {
        let known = || self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(classes) = known().get(path) {
            return Some(Arc::clone(classes));
        }
        let classes = Arc::new(Classes::read(&desk.disk.text(path)?, &desk.project.naming));
        known().insert(path.clone(), Arc::clone(&classes));
        Some(classes)
    }

    /// The tests of a file with what they inherit from classes of other files: what these are marked with, and their tests.
    #[must_use]
    pub fn tests(&self, desk: &Desk, path: &RepoPath, outline: &Outline) -> Vec<TestDef> {
        let mut tests = outline.tests.clone();
        // Most files have no class, and are not read again.
        if !desk.disk.text(path).is_some_and(|text| text.contains("class ")) {
            return tests;
        }
        let Some(own) = self.classes(desk, path) else { return tests };
        for class in &own.all {
            let bases = self.bases(desk, path, class);
            let foreign: Vec<&ClassFacts> = bases.iter().filter(|(of, _)| of != path).map(|(_, class)| class).collect();
            if foreign.is_empty() || class.is_off {
                continue;
            }
            let is_own = |test: &&mut TestDef| test.names.first().is_some_and(|name| *name == class.name);
            let mut known: Vec<String> = Vec::new();
            for test in tests.iter_mut().filter(is_own) {
                known.extend(test.names.get(1).cloned());
                test.labels.extend(foreign.iter().flat_map(|base| base.labels.iter().cloned()));
            }
            let is_unittest = |bases: &[String]| bases.iter().any(|base| base.ends_with("TestCase"));
            let is_collected = !known.is_empty()
                || desk.project.naming.is_test_class(&class.name)
                || bases.iter().any(|(_, base)| is_unittest(&base.bases));
            for base in foreign.iter().filter(|_| is_collected) {
                for (name, labels) in &base.tests {
                    if known.contains(name) {
                        continue;
                    }
                    known.push(name.clone());
                    let around =
                        bases.iter().flat_map(|(_, base)| &base.labels).chain(&class.labels).chain(&own.labels);
                    tests.push(TestDef {
                        names: vec![class.name.clone(), name.clone()],
                        line: class.line,
                        end: class.line,
                        marks: Vec::new(),
                        labels: around.chain(labels).cloned().collect(),
                        sure: false,
                    });
                }
            }
        }
        tests
    }

    /// The fixtures, set-ups and tear-downs that the classes of a file inherit from classes of other files.
    #[must_use]
    pub fn around(&self, desk: &Desk, path: &RepoPath) -> Vec<Surrounding> {
        if !desk.disk.text(path).is_some_and(|text| text.contains("class ")) {
            return Vec::new();
        }
        let Some(own) = self.classes(desk, path) else { return Vec::new() };
        let inherited = own.all.iter().flat_map(|class| {
            let bases = self.bases(desk, path, class).into_iter().filter(|(of, _)| of != path);
            bases.filter_map(|(of, base)| Some(self.of_classes(desk, &of)?.get(&base.name)?.inherited_by(&class.name)))
        });
        inherited.filter(|said| !said.is_empty()).collect()
    }

    fn of_classes(&self, desk: &Desk, path: &RepoPath) -> Option<Arc<BTreeMap<String, Surrounding>>> {
        let known = || self.around.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(classes) = known().get(path) {
            return Some(Arc::clone(classes));
        }
        let classes = Arc::new(Surrounding::of_classes(&desk.disk.text(path)?));
        known().insert(path.clone(), Arc::clone(&classes));
        Some(classes)
    }

    /// The base classes of a class and theirs, as far as the project has them, the nearest first.
    fn bases(&self, desk: &Desk, path: &RepoPath, class: &ClassFacts) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        let mut waiting: std::collections::VecDeque<Found> = [(path.clone(), class.clone())].into();
        while let Some((at, class)) = waiting.pop_front() {
            for name in &class.bases {
                let Some(base) = self.find(desk, &at, name, HANDS) else { continue };
                let is_known = found.iter().any(|(path, class)| *path == base.0 && class.name == base.1.name);
                if !is_known && found.len() < BASES {
                    found.push(base.clone());
                    waiting.push_back(base);
                }
            }
        }
        found
    }

    /// The class that a dotted name stands for in a file.
    fn find(&self, desk: &Desk, at: &RepoPath, name: &str, hands: usize) -> Option<Found> {
        let classes = self.classes(desk, at)?;
        if let Some(class) = classes.find(name) {
            return Some((at.clone(), class.clone()));
        }
        let (import, last) = classes.origin(name)?;
        let there = places(at, &import).into_iter().chain(beside(at, &import));
        let there = there.filter(|path| path != at && desk.disk.is_there(path));
        there.into_iter().find_map(|path| self.find(desk, &path, &last, hands.checked_sub(1)?))
    }
}

/// Where a module may stand whose package is imported by another name than that of its folder: beside the file, where the last
/// name of the package is that of the folder.
fn beside(at: &RepoPath, import: &Import) -> Vec<RepoPath> {
    let Some(folder) = at.folder().filter(|_| import.level == 0) else { return Vec::new() };
    let module = import.module.replace('.', "/");
    let whole = import.names.iter().map(|name| format!("{module}/{name}")).chain([module.clone()]);
    let inner = whole.filter_map(|path| {
        let (package, last) = path.rsplit_once('/')?;
        (package.rsplit('/').next() == Some(folder.name())).then(|| format!("{}/{last}.py", folder.as_str()))
    });
    inner.filter_map(|path| RepoPath::new(&path)).collect()
}
