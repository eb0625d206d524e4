//! The flaky history: tests with more than one outcome, and what is recorded of the selected one.

use crate::app::wrap::wrap;
use crate::app::{Scroll, Slot, TestRecord, TextLine};
use crate::base::Clean;
use crate::domain::history::FlakyTest;
use crate::domain::suite::TestId;
use std::sync::Arc;

/// The state of the flaky history.
#[derive(Clone, Debug, Default)]
pub struct FlakyPane {
    /// The tests, ranked.
    pub tests: Slot<Arc<Vec<FlakyTest>>>,
    /// What is typed as a filter.
    pub filter: TextLine,
    /// Whether it is being typed.
    pub typing: bool,
    /// Indices of the tests that pass the filter.
    pub shown: Vec<usize>,
    /// The test that the cursor is on.
    pub cursor: Option<TestId>,
    /// Where that is in `shown`.
    pub list: Scroll,
    /// What is recorded of the selected test.
    pub record: Slot<Arc<TestRecord>>,
    /// The test that `record` was asked for.
    pub record_of: Option<TestId>,
    /// Whether the record takes the pane.
    pub reading: bool,
    /// How far the record is scrolled.
    pub record_list: Scroll,
    /// How many columns of the record are scrolled away on the left.
    pub left: u16,
}

impl FlakyPane {
    /// The tests of the last good answer.
    #[must_use]
    pub fn all(&self) -> &[FlakyTest] {
        self.tests.value().map_or(&[], |tests| tests.as_slice())
    }

    /// The test under the cursor.
    #[must_use]
    pub fn selected(&self) -> Option<&FlakyTest> {
        self.shown.get(self.list.at).and_then(|at| self.all().get(*at))
    }

    /// Builds `shown` anew and finds the cursor's test again.
    pub fn rebuild(&mut self, height: usize) {
        let filter = self.filter.text().to_ascii_lowercase();
        let words: Vec<&str> = filter.split_whitespace().collect();
        let fits = |test: &FlakyTest| {
            let id = test.id.as_str().to_ascii_lowercase();
            words.iter().all(|word| passes(test, word) || id.contains(word))
        };
        let shown: Vec<usize> =
            self.all().iter().enumerate().filter(|(_, test)| fits(test)).map(|(at, _)| at).collect();
        let is_it =
            |at: &usize| self.cursor.is_some() && self.all().get(*at).map(|test| &test.id) == self.cursor.as_ref();
        let at = shown.iter().position(is_it).unwrap_or(self.list.at);
        self.shown = shown;
        self.list.set(at, self.shown.len(), height);
        self.follow();
    }

    /// Lets `cursor` name the test that the list's cursor is on.
    pub fn follow(&mut self) {
        if let Some(id) = self.selected().map(|test| test.id.clone()) {
            self.cursor = Some(id);
        }
    }

    /// How many rows the record has in so many columns: what is said of the test, the causes of its failures, its results, and
    /// the output of the last failure.
    #[must_use]
    pub fn record_rows(&self, width: u16) -> usize {
        let rows = |record: &TestRecord| {
            record.fact_rows(width).len() + record.cause_rows() + record.seen.len() + record.output.lines.len() + 2
        };
        self.record.value().map_or(0, |record| rows(record))
    }
}

/// Whether a word is about a test: `new` or `state:new`, `api` or `layer:api`, `@team` or `owner:team`.
fn passes(test: &FlakyTest, word: &str) -> bool {
    let is = |state: &str| {
        test.course.word().trim_end_matches('?') == state.trim_end_matches('?')
            || test.standing.word() == state
            || state == "quarantined" && test.quarantined
    };
    match word.split_once(':') {
        Some(("state", state)) => is(state),
        Some(("layer", layer)) => test.is_in(layer),
        Some(("owner", "none")) => test.owners.is_empty(),
        Some(("owner", owner)) => test.is_owned_by(owner),
        _ if word.starts_with('@') => test.is_owned_by(word),
        _ => is(word) || test.is_in(word),
    }
}

impl TestRecord {
    /// What is said of the test, broken into rows of so many columns, with an empty one below.
    #[must_use]
    pub fn fact_rows(&self, width: u16) -> Vec<Clean> {
        let mut rows: Vec<Clean> =
            self.facts.iter().flat_map(|fact| wrap(fact.as_str(), width.saturating_sub(2))).collect();
        rows.extend((!rows.is_empty()).then(Clean::default));
        rows
    }

    /// How many rows the causes have, with the empty one below them.
    #[must_use]
    pub const fn cause_rows(&self) -> usize {
        if self.causes.is_empty() { 0 } else { self.causes.len() + 1 }
    }
}
