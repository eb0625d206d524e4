//! Which tests assert nothing, by the sources of the tests and of the helpers around them.

use super::disk::Disk;
use super::spread::spread;
use crate::base::{Digest, RepoPath};
use crate::domain::ledger::Ledger;
use crate::domain::python::{Assertions, Import, Naming};
use crate::domain::suite::TestId;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// Files as they were; nothing for one that was not there.
pub type Earlier = BTreeMap<RepoPath, Option<String>>;

/// What the sources of tests say of assertions, read once for each version of a file.
#[derive(Default)]
pub struct Voices {
    read: Mutex<HashMap<RepoPath, (Digest, Arc<Assertions>)>>,
}

impl Voices {
    /// The ledger with the word of the sources on whether those tests assert anything that ran since it was asked last: an
    /// edit after a run says nothing about that run. Where it does not know single tests, there is nothing to ask.
    #[must_use]
    pub fn heard(&self, disk: &Disk, naming: &Naming, ledger: Ledger) -> Ledger {
        if !ledger.has_contexts() {
            return ledger;
        }
        let mut files: BTreeMap<&str, Vec<TestId>> = BTreeMap::new();
        ledger.unheard().for_each(|test| files.entry(test.path()).or_default().push(test.clone()));
        let files: Vec<(RepoPath, Vec<TestId>)> =
            files.into_iter().filter_map(|(path, tests)| Some((RepoPath::new(path)?, tests))).collect();
        if files.is_empty() {
            return ledger;
        }
        let heard = spread(&files, |(path, tests)| self.asserting(disk, naming, path, tests));
        ledger.with_heard(heard.into_iter().flatten())
    }

    /// Whether the tests of one file assert anything; nothing where it can't be read.
    fn asserting(&self, disk: &Disk, naming: &Naming, path: &RepoPath, tests: &[TestId]) -> Vec<(TestId, bool)> {
        let Some(silent) = self.silent(disk, naming, path) else { return Vec::new() };
        let silent: HashSet<String> = silent.into_iter().map(|names| names.join("::")).collect();
        tests.iter().map(|test| (test.clone(), !silent.contains(&test.names().join("::")))).collect()
    }

    /// The tests of a file that assert nothing, as the names after the path; nothing where it can't be read.
    #[must_use]
    pub fn silent(&self, disk: &Disk, naming: &Naming, path: &RepoPath) -> Option<Vec<Vec<String>>> {
        let own = self.read(disk, naming, path)?;
        Some(self.unasserting(disk, naming, (path, &own), &Earlier::new()))
    }

    /// The tests that assert nothing in another text of a file, with some of the helpers around it as they were, and all others
    /// as they are now.
    #[must_use]
    pub fn silent_in(
        &self,
        disk: &Disk,
        naming: &Naming,
        (path, text): (&RepoPath, &str),
        earlier: &Earlier,
    ) -> Vec<Vec<String>> {
        self.unasserting(disk, naming, (path, &Assertions::read(text, naming)), earlier)
    }

    fn unasserting(
        &self,
        disk: &Disk,
        naming: &Naming,
        (path, own): (&RepoPath, &Assertions),
        earlier: &Earlier,
    ) -> Vec<Vec<String>> {
        let read = |path: &RepoPath| match earlier.get(path) {
            Some(text) => text.as_ref().map(|text| Arc::new(Assertions::read(text, naming))),
            None => self.read(disk, naming, path),
        };
        let mut others: Vec<Arc<Assertions>> = conftests(path).iter().filter_map(read).collect();
        let mut known: HashSet<&Import> = HashSet::new();
        let found_in = |of: &RepoPath, import: &Import| -> Vec<(RepoPath, Arc<Assertions>)> {
            places(of, import).into_iter().filter_map(|path| read(&path).map(|said| (path, said))).collect()
        };
        for import in own.helpers() {
            let found = found_in(path, import);
            if !found.is_empty() {
                known.insert(import);
            }
            others.extend(found.iter().map(|(_, said)| Arc::clone(said)));
            // A package hands on what its modules have: `from .carts import check` in its `__init__.py`.
            for (path, said) in found.iter().filter(|(path, _)| path.name() == "__init__.py") {
                let inner = said.helpers().chain(said.imports()).filter(|import| import.level > 0);
                others.extend(inner.flat_map(|import| found_in(path, import)).map(|(_, said)| said));
            }
        }
        // What stands in a folder of tests beside them serves them.
        let is_of_tests = |folder: &RepoPath| folder.as_str().split('/').any(|part| part.starts_with("test"));
        if let Some(folder) = path.folder().filter(is_of_tests) {
            let beside = own.imports().iter().flat_map(|import| modules(&format!("{}/", folder.as_str()), import));
            others.extend(beside.filter_map(|path| read(&path)));
        }
        let others: Vec<&Assertions> = others.iter().map(AsRef::as_ref).collect();
        own.unasserting(&others, &|import| known.contains(import))
    }

    fn read(&self, disk: &Disk, naming: &Naming, path: &RepoPath) -> Option<Arc<Assertions>> {
        let (text, digest) = disk.source(path).ok()?;
        let known = || self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, said)) = known().get(path).filter(|(of, _)| *of == digest) {
            return Some(Arc::clone(said));
        }
        let said = Arc::new(Assertions::read(&text, naming));
        known().insert(path.clone(), (digest, Arc::clone(&said)));
        Some(said)
    }
}

/// Where the `conftest.py` files of a test file may stand.
pub(super) fn conftests(test: &RepoPath) -> Vec<RepoPath> {
    let folders = std::iter::successors(test.folder(), RepoPath::folder);
    let names = folders.map(|folder| format!("{}/conftest.py", folder.as_str()));
    names.chain(["conftest.py".to_owned()]).filter_map(|name| RepoPath::new(&name)).collect()
}

/// Where a module may stand that a test file imports: below the root, or beside the file.
pub(super) fn places(test: &RepoPath, import: &Import) -> Vec<RepoPath> {
    let folder = test.folder();
    let mut from: Vec<String> = Vec::new();
    let parent = |folder: Option<RepoPath>| folder.and_then(|folder| folder.folder());
    if import.level > 0 {
        let up = (1..import.level.min(64)).fold(folder, |folder, _| parent(folder));
        from.push(up.map_or_else(String::new, |up| format!("{}/", up.as_str())));
    } else {
        from.push(String::new());
        from.extend(folder.map(|folder| format!("{}/", folder.as_str())));
    }
    from.iter().flat_map(|start| modules(start, import)).collect()
}

/// The files that an import may mean behind the beginning of a path.
fn modules(start: &str, import: &Import) -> Vec<RepoPath> {
    let module = import.module.replace('.', "/");
    let inner = |name: &String| if module.is_empty() { name.clone() } else { format!("{module}/{name}") };
    let all = [module.clone()].into_iter().chain(import.names.iter().map(inner)).filter(|module| !module.is_empty());
    all.flat_map(|module| [format!("{start}{module}.py"), format!("{start}{module}/__init__.py")])
        .filter_map(|name| RepoPath::new(&name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::places;
    use crate::base::RepoPath;
    use crate::domain::python::Import;

    fn check(module: &str, name: &str, level: u32, expect: &[&str]) {
        let import = Import { module: module.to_owned(), names: vec![name.to_owned()], level, line: 1 };
        let found = places(&RepoPath::new("tests/unit/test_a.py").unwrap(), &import);
        let found: Vec<&str> =
            found.iter().map(RepoPath::as_str).filter(|path| !path.ends_with("__init__.py")).collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn helpers_are_looked_for_below_the_root_and_beside_the_test() {
        let unit = ["tests/unit/helpers.py", "tests/unit/helpers/same.py"];
        check("helpers", "same", 0, &["helpers.py", "helpers/same.py", unit[0], unit[1]]);
        check("helpers", "same", 1, &unit);
        check("", "helpers", 2, &["tests/helpers.py"]);
    }
}
