//! Which tests ran through stretches of a source as it is on disk.

use crate::base::RepoPath;
use crate::domain::coverage::LineSet;
use crate::domain::ledger::Ledger;
use crate::domain::ledger::file::is_test;
use crate::domain::ledger::target::Target;
use crate::domain::suite::TestId;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Ledger {
    /// Whether a file is among those that are measured.
    #[must_use]
    pub fn measures(&self, path: &RepoPath) -> bool {
        self.book(path).is_some()
    }

    /// The text on which a file was measured last, where it is known.
    #[must_use]
    pub fn measured_text(&self, path: &RepoPath) -> Option<Arc<str>> {
        self.book(path)?.versions.last()?.text.clone()
    }

    /// The functions of a file that an import ran, by their names with the classes around them; nothing where that is not
    /// known.
    #[must_use]
    pub fn run_at_import(&self, path: &RepoPath) -> Option<BTreeSet<String>> {
        let book = self.book(path).filter(|book| !book.is_union() && !book.is_lower_bound())?;
        let Some(import) = &book.import else { return Some(BTreeSet::new()) };
        let shape = book.versions.get(import.version)?.shape()?;
        let regions: BTreeSet<u32> = import.ran.all_lines().iter().map(|line| shape.region(line)).collect();
        let scope = |region: u32| shape.found.functions.get((region as usize).checked_sub(1)?);
        Some(regions.into_iter().filter_map(scope).map(|scope| scope.name.clone()).collect())
    }

    /// For each stretch of the source on disk (first and last line) the tests that ran a line of it, sorted. A function
    /// is run by whoever ran a line of its body; its `def` runs at import.
    #[must_use]
    pub fn tests_through(&self, path: &RepoPath, stretches: &[(u32, u32)], disk: Option<&str>) -> Vec<Vec<TestId>> {
        let mut found = vec![Vec::new(); stretches.len()];
        let Some(book) = self.book(path) else { return found };
        let target = Target::new(book, disk);
        // For each version the lines of each stretch there.
        let lines_at = |version: usize, (first, last): (u32, u32)| -> LineSet {
            match target.edit(version) {
                Some((edit, _)) => (first..=last).filter_map(|line| edit.origin(line)).collect(),
                None if target.version == Some(version) => (first..=last).collect(),
                None => LineSet::new(),
            }
        };
        let there: Vec<Vec<LineSet>> = (0..book.versions.len())
            .map(|version| stretches.iter().map(|stretch| lines_at(version, *stretch)).collect())
            .collect();
        for (test, evidence) in book.tests.iter().filter(|(test, _)| is_test(test)) {
            let Some(stretches) = there.get(evidence.version) else { continue };
            let ran = evidence.ran.all_lines();
            for (tests, _) in found.iter_mut().zip(stretches).filter(|(_, lines)| !(&ran & lines).is_empty()) {
                tests.push(test.clone());
            }
        }
        found
    }

    /// The lines of the source on disk that some tests ran, where their statements are still there.
    #[must_use]
    pub fn lines_run_in(&self, path: &RepoPath, is: &dyn Fn(&TestId) -> bool, disk: Option<&str>) -> LineSet {
        let Some(book) = self.book(path) else { return LineSet::new() };
        let target = Target::new(book, disk);
        let mut by_version = vec![LineSet::new(); book.versions.len()];
        for (_, evidence) in book.tests.iter().filter(|(test, _)| is_test(test) && is(test)) {
            if let Some(lines) = by_version.get_mut(evidence.version) {
                lines.union_with(&evidence.ran.all_lines());
            }
        }
        let mut all = LineSet::new();
        for (version, lines) in by_version.iter().enumerate() {
            match target.edit(version) {
                Some((edit, _)) => all.union_with(&edit.move_lines(lines)),
                None if target.version == Some(version) => all.union_with(lines),
                None => {}
            }
        }
        all
    }
}
