//! From the names in a JUnit report back to pytest's node ids.

use crate::base::RepoPath;
use crate::domain::suite::{Case, TestId};
use std::collections::BTreeMap;

/// Which files the dotted class names of pytest's JUnit reports can mean.
#[derive(Clone, Debug, Default)]
pub struct NodeIds {
    files: BTreeMap<String, Vec<RepoPath>>,
}

/// A node id that was made from a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovered {
    /// One known file explains the class name.
    Exact(TestId),
    /// Several do; each id is possible.
    Ambiguous(Vec<TestId>),
    /// None does; the id is made from the names alone.
    Guess(TestId),
}

impl NodeIds {
    /// An index of the files that can hold tests.
    #[must_use]
    pub fn from_files<'a>(paths: impl Iterator<Item = &'a RepoPath>) -> Self {
        let mut files: BTreeMap<String, Vec<RepoPath>> = BTreeMap::new();
        for path in paths {
            files.entry(mangled(path.as_str())).or_default().push(path.clone());
        }
        Self { files }
    }

    /// The node id of a case of pytest's.
    #[must_use]
    pub fn recover(&self, case: &Case) -> Recovered {
        let _ = &self.files;
        Recovered::Guess(TestId::new(&case.name))
    }
}

/// A path as pytest mangles it for a class name.
fn mangled(path: &str) -> String {
    path.strip_suffix(".py").unwrap_or(path).replace('/', ".")
}
