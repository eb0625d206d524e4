//! Folds the elements that pytest writes about one test into one case.

use crate::domain::suite::{Case, Outcome};
use std::collections::HashMap;

/// Collects cases. Within one suite of pytest's, a test has one id, so elements with the same names are about the same
/// test: an attempt before a rerun, or an error at teardown after a failure.
#[derive(Default)]
pub(in crate::domain::suite) struct Folder {
    cases: Vec<Case>,
    /// The last case of each test of this suite, and whether its element had no result.
    known: HashMap<(String, String), (usize, bool)>,
}

impl Folder {
    /// A new suite starts: it may be another run of the same tests.
    pub fn next_suite(&mut self) {
        self.known.clear();
    }

    /// Adds a case. `bare` says that its element had no result; other producers than pytest give several tests the
    /// same names, so theirs are not folded.
    pub fn add(&mut self, case: Case, bare: bool, pytest: bool) {
        if !pytest {
            self.cases.push(case);
            return;
        }
        let key = (case.classname.clone(), case.name.clone());
        let consecutive = |at: usize| at + 1 == self.cases.len();
        let earlier =
            self.known.get(&key).copied().filter(|&(at, was_bare)| was_bare || consecutive(at) || is_teardown(&case));
        if let Some((at, was_bare)) = earlier
            && let Some(known) = self.cases.get_mut(at)
        {
            fold(known, case, was_bare);
            self.known.insert(key, (at, bare));
        } else {
            self.known.insert(key, (self.cases.len(), bare));
            self.cases.push(case);
        }
    }

    /// The cases, in the order of their first elements.
    pub fn finish(self) -> Vec<Case> {
        self.cases
    }
}

fn is_teardown(case: &Case) -> bool {
    case.outcome == Outcome::Error && case.message.starts_with("failed on teardown")
}

/// Adds what a later element says about the same test.
fn fold(known: &mut Case, later: Case, was_bare: bool) {
    known.seconds += later.seconds;
    if is_teardown(&later) && !was_bare {
        if known.outcome.is_bad() {
            known.details.push_str("\n\n");
            known.details.push_str(&later.details);
        } else {
            known.outcome = Outcome::Error;
            known.message = later.message;
            known.details = later.details;
        }
        return;
    }
    // rerunfailures says nothing about an attempt but that there was one; it reruns what failed.
    known.attempts.push(if was_bare { Outcome::Failed } else { known.outcome });
    known.attempts.extend(later.attempts);
    known.outcome = later.outcome;
    known.message = later.message;
    known.details = later.details;
    known.file = known.file.take().or(later.file);
}
