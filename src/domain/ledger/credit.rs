//! Whose evidence a context is: an import's, a test's, or that of unknown tests.

use crate::domain::coverage::{ContextOf, Ran, context_test};
use crate::domain::ledger::file::Evidence;
use crate::domain::suite::TestId;
use std::collections::BTreeMap;

/// For each context of a data file, whose it is.
pub struct Credit {
    contexts: Vec<Whose>,
    has_tests: bool,
}

enum Whose {
    Import,
    Test(TestId),
}

impl Credit {
    /// Reads the contexts of a data file. Without a single test among them, what ran outside all contexts is not
    /// import time but everything.
    #[must_use]
    pub fn read(contexts: &[String]) -> Self {
        let is_test = |context: &String| matches!(context_test(context), ContextOf::Test { .. });
        Self::known(contexts, contexts.iter().any(is_test))
    }

    /// Reads the contexts of a data file of which it is known whether tests have their contexts.
    #[must_use]
    pub fn known(contexts: &[String], has_tests: bool) -> Self {
        let mut ids: BTreeMap<&str, TestId> = BTreeMap::new();
        let contexts = contexts.iter().map(|context| match context_test(context) {
            ContextOf::Import if has_tests => Whose::Import,
            ContextOf::Import => Whose::Test(TestId::new("")),
            // One id for all three phases of a test.
            ContextOf::Test { id, .. } => Whose::Test(ids.entry(id).or_insert_with(|| TestId::new(id)).clone()),
            ContextOf::Other(name) => Whose::Test(TestId::new(name)),
        });
        let contexts = contexts.collect();
        Self { contexts, has_tests }
    }

    /// Whether single tests are known.
    #[must_use]
    pub const fn has_tests(&self) -> bool {
        self.has_tests
    }

    /// The tests, sorted.
    #[must_use]
    pub fn tests(&self) -> Vec<TestId> {
        let tests = self.contexts.iter().filter_map(|whose| match whose {
            Whose::Test(id) => Some(id.clone()),
            Whose::Import => None,
        });
        let mut tests: Vec<TestId> = tests.collect();
        tests.sort();
        tests.dedup();
        tests
    }

    /// What ran in one file, by contributor: at import, and by test, sorted. It belongs to the version at place 0.
    #[must_use]
    pub fn evidence(&self, ran: Vec<(u32, Ran)>) -> (Option<Evidence>, Vec<(TestId, Evidence)>) {
        let mut import: Option<Evidence> = None;
        let mut tests: Vec<(TestId, Evidence)> = Vec::with_capacity(ran.len());
        for (context, ran) in ran {
            match self.contexts.get(context as usize) {
                Some(Whose::Import) => import.get_or_insert_default().ran.merge(&ran),
                Some(Whose::Test(id)) => tests.push((id.clone(), Evidence { ran, ..Evidence::default() })),
                None => {}
            }
        }
        tests.sort_by(|a, b| a.0.cmp(&b.0));
        tests.dedup_by(|later, first| {
            let same = later.0 == first.0;
            if same {
                first.1.ran.merge(&later.1.ran);
            }
            same
        });
        (import, tests)
    }
}
