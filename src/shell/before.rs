//! What was found in a file of tests before it, or a helper of its tests, changed.

use super::brought::Brought;
use super::checking::about;
use super::desk::Desk;
use super::tested::Tested;
use crate::base::RepoPath;
use crate::domain::quality::{Finding, Surrounding, check};
use std::collections::{BTreeSet, HashMap};

/// What tells a finding from others of its file, wherever it stands.
fn key(finding: &Finding) -> (String, &'static str, String) {
    // `… in line 7` is another line after an edit.
    let what = finding.what.split(" in line ").next().unwrap_or_default();
    (finding.test.join("::"), finding.rule.id, what.to_owned())
}

/// What stands around the tests of a file now.
pub struct Around<'a> {
    /// The fixtures of the `conftest.py` files.
    pub surroundings: &'a HashMap<RepoPath, Surrounding>,
    /// The layer of tests that the file belongs to.
    pub layer: Option<String>,
    /// The code under test.
    pub tested: &'a Tested,
}

/// What tells findings apart.
type Keys = BTreeSet<(String, &'static str, String)>;

/// What was found in a file before, with the helpers of its tests as they were.
pub struct Before {
    /// Nothing where neither the file nor a helper changed.
    all: Option<Keys>,
    /// What is found now with one helper as it was, for each of the changed ones.
    by_helper: Vec<(RepoPath, Keys)>,
}

impl Before {
    /// Looks at the file and at its helpers as they were. `old` is the text of a file that changed.
    #[must_use]
    pub fn new(desk: &Desk, path: &RepoPath, old: Option<&str>, brought: &Brought, around: &Around<'_>) -> Self {
        let helpers: Vec<&RepoPath> = brought.of(path).collect();
        let now = desk.disk.text(path);
        let found = |text: &str, brought: &Brought| -> Keys {
            let above = brought.above(path, around.surroundings);
            let silent = desk.silent_in(path, text, &brought.earlier);
            let codes = |name: &str| around.tested.code(desk, path, name);
            let mentions = || around.tested.mentions(desk);
            let required = around.tested.required();
            check(text, about(desk, path, &above, &silent, around.layer.clone(), (&codes, &mentions, required)))
                .iter()
                .map(key)
                .collect()
        };
        let text = old.or(now.as_deref()).filter(|_| old.is_some() || !helpers.is_empty());
        let all = text.map(|text| found(text, brought));
        let by_helper = helpers.into_iter().filter_map(|helper| {
            let text = now.as_deref()?;
            Some((helper.clone(), found(text, &brought.alone(helper))))
        });
        Self { all, by_helper: by_helper.collect() }
    }

    /// Whether a finding was none before.
    #[must_use]
    pub fn is_new(&self, finding: &Finding) -> bool {
        self.all.as_ref().is_some_and(|known| !known.contains(&key(finding)))
    }

    /// The helper without whose change there would be no such finding.
    #[must_use]
    pub fn bringing(&self, finding: &Finding) -> Option<RepoPath> {
        let key = key(finding);
        self.by_helper.iter().find(|(_, known)| !known.contains(&key)).map(|(helper, _)| helper.clone())
    }
}
