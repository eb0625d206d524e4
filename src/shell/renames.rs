//! Test files that were renamed since the commit of a run from elsewhere, by git: its results belong to the new names.

use super::desk::Desk;
use crate::base::{Problem, RepoPath};
use crate::domain::history::{Aliases, RunRecord};
use crate::domain::suite::TestId;
use crate::io::git;
use std::collections::{BTreeSet, HashMap};

/// The renames of the commits that were asked for, each asked once.
#[derive(Debug, Default)]
pub struct Renames {
    head: Option<Option<String>>,
    of: HashMap<String, Aliases>,
}

impl Renames {
    /// Gives the tests of a run the names that they have now: those of files that are gone and that git knows elsewhere. The
    /// answer says where they went.
    pub fn follow(&mut self, desk: &Desk, record: &mut RunRecord) -> Vec<Problem> {
        let Some(commit) = record.run.commit.clone() else { return Vec::new() };
        let is_gone = |test: &TestId| RepoPath::new(test.path()).is_some_and(|path| !desk.disk.is_there(&path));
        if !record.results.iter().any(|result| is_gone(&result.id)) {
            return Vec::new();
        }
        let aliases = self.since(desk, &commit);
        let mut went: BTreeSet<(String, String)> = BTreeSet::new();
        for result in record.results.iter_mut().filter(|result| is_gone(&result.id)) {
            if let Some(now) = aliases.of(&result.id) {
                went.insert((result.id.path().to_owned(), now.path().to_owned()));
                result.id = now;
            }
        }
        let said = |(old, new): (String, String)| {
            Problem::note(new, format!("was {old}: results of its tests are kept under the new name"))
        };
        went.into_iter().map(said).collect()
    }

    fn since(&mut self, desk: &Desk, commit: &str) -> &Aliases {
        let root = &desk.project.root;
        let head = self.head.get_or_insert_with(|| git::head(root).and_then(|head| head.commit)).clone();
        self.of.entry(commit.to_owned()).or_insert_with(|| {
            // A commit that this repository does not have leaves the names as they are.
            let found = head.and_then(|head| git::renames(root, commit, &head).ok()).unwrap_or_default();
            let there = found.into_iter().filter(|(_, new)| desk.disk.is_there(new));
            Aliases::new(there.map(|(old, new)| (old.as_str().to_owned(), new.as_str().to_owned())))
        })
    }
}
