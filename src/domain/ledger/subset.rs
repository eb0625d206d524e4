//! Whether a new measurement may take the place of an older one: a run of a few tests must not pass for the whole suite.

use crate::base::RepoPath;
use crate::domain::ledger::Ledger;
use std::collections::BTreeSet;

/// Why `new` looks like a run of only some tests, in a few words; nothing when it may replace `old`. `is_there` says
/// whether a file of the project still exists.
#[must_use]
pub fn looks_like_subset(old: &Ledger, new: &Ledger, is_there: &dyn Fn(&RepoPath) -> bool) -> Option<String> {
    if old.has_contexts() && new.has_contexts() {
        return fewer_tests(old, new, is_there);
    }
    fewer_files(old, new, is_there).or_else(|| fewer_lines(old, new))
}

/// A quarter of the known tests is gone although their files are still there.
fn fewer_tests(old: &Ledger, new: &Ledger, is_there: &dyn Fn(&RepoPath) -> bool) -> Option<String> {
    let known = old.tests();
    let ran: BTreeSet<_> = new.tests().into_iter().collect();
    let of_file = |path: &str| RepoPath::new(path).is_some_and(|path| is_there(&path));
    let gone = known.iter().filter(|test| !ran.contains(test) && of_file(test.path())).count();
    (gone * 4 > known.len()).then(|| format!("it holds {} of {} known tests", known.len() - gone, known.len()))
}

/// A tenth of the known files is gone although they are still there.
fn fewer_files(old: &Ledger, new: &Ledger, is_there: &dyn Fn(&RepoPath) -> bool) -> Option<String> {
    let measured: BTreeSet<_> = new.files().collect();
    let known = old.files().count();
    let gone = old.files().filter(|path| !measured.contains(path) && is_there(path)).count();
    (gone * 10 > known).then(|| format!("it holds {} of {known} known files", known - gone))
}

/// It covers less than four fifths of the lines that were covered in the same files.
fn fewer_lines(old: &Ledger, new: &Ledger) -> Option<String> {
    let (mut then, mut now) = (0, 0);
    for path in old.files() {
        let covered = |ledger: &Ledger| ledger.standing(path, None).plain.lines.part;
        then += covered(old);
        now += covered(new);
    }
    (now * 5 < then * 4).then(|| format!("it covers {now} lines where {then} were covered"))
}
