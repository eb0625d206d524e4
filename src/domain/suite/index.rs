//! The index of tests: what is known of each file's tests, and whether pytest has confirmed it.

use crate::base::{Digest, RepoPath};
use crate::domain::suite::TestId;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// The words by which a test can be chosen, beside the names in its id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Keywords {
    /// The names of its marks, inherited ones included.
    pub marks: Vec<String>,
    /// Further keywords, such as the attributes of its function.
    pub others: Vec<String>,
}

/// A test that the project's own options leave out, such as `-m 'not slow'` in `addopts`. Another `-m` takes the place of
/// that one, and another `-k` of the project's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The test.
    pub test: TestId,
    /// Which set of words it has.
    pub of: u32,
    /// Whether `-k` leaves it out.
    pub by_keyword: bool,
    /// Whether `-m` leaves it out.
    pub by_mark: bool,
}

impl LeftOut {
    /// Whether it is there when these options are given anew. What a plugin leaves out never is.
    #[must_use]
    pub const fn is_back(&self, with_keyword: bool, with_mark: bool) -> bool {
        (self.by_keyword || self.by_mark) && (with_keyword || !self.by_keyword) && (with_mark || !self.by_mark)
    }
}

/// What a collection found in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collected {
    /// Everything that decides it, as one digest: the sources of the file, of what it takes its cases from, of the
    /// `conftest.py` files around it, and the configuration. As long as that is the same, so are the tests.
    pub world: Digest,
    /// What the file takes from other files of tests.
    pub imports: Vec<RepoPath>,
    /// The tests in the order in which pytest runs them.
    pub tests: Vec<TestId>,
    /// The sets of words that tests of the file have.
    pub sets: Vec<Arc<Keywords>>,
    /// Which set each test has.
    pub of: Vec<u32>,
    /// Tests that the project's own options leave out.
    pub left_out: Vec<LeftOut>,
    /// Why the file could not be collected, in one line.
    pub error: Option<String>,
}

/// The tests of one file, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The tests in their order.
    pub tests: Vec<TestId>,
    /// The words of each test.
    pub words: Vec<Arc<Keywords>>,
    /// Tests that the project's own options leave out, with their words.
    pub left_out: Vec<(LeftOut, Arc<Keywords>)>,
    /// Whether pytest collected exactly these from the file as it is now. Otherwise they are what the source says and
    /// what ran before.
    pub confirmed: bool,
    /// Where they are not confirmed: the functions that pytest is sure to find, since the source alone decides that.
    pub sure: BTreeSet<TestId>,
    /// Why the file could not be collected, in one line.
    pub error: Option<String>,
}

impl Listing {
    /// The listing of what was collected from a file that has not changed since.
    #[must_use]
    pub fn confirmed(collected: &Collected) -> Self {
        let word = |at: &u32| collected.sets.get(*at as usize).cloned().unwrap_or_default();
        Self {
            tests: collected.tests.clone(),
            words: collected.of.iter().map(word).collect(),
            left_out: collected.left_out.iter().map(|left| (left.clone(), word(&left.of))).collect(),
            // What can't be collected may be mended by whatever is not looked at here.
            confirmed: collected.error.is_none(),
            sure: BTreeSet::new(),
            error: collected.error.clone(),
        }
    }

    /// What may be given to pytest of this file.
    #[must_use]
    pub fn stand_ins(&self) -> StandIns<'_> {
        let left_out = self.left_out.iter().map(|(left, _)| &left.test);
        let known: HashSet<&str> = self.tests.iter().chain(left_out).flat_map(TestId::and_around).collect();
        let certain =
            if self.confirmed { known.clone() } else { self.sure.iter().flat_map(TestId::and_around).collect() };
        StandIns { known, certain, confirmed: self.confirmed }
    }
}

/// What may be given to pytest of one file without risking that it does not exist: a single stale id makes pytest refuse
/// the whole command.
#[derive(Clone, Debug)]
pub struct StandIns<'a> {
    known: HashSet<&'a str>,
    certain: HashSet<&'a str>,
    confirmed: bool,
}

impl StandIns<'_> {
    /// What stands for a test, a class or a function: itself where that is confirmed or the source is sure of it, else the
    /// function around a case, else nothing but the whole file. What nobody has ever heard of is given as it is: pytest
    /// says best what is wrong with it.
    #[must_use]
    pub fn of(&self, id: &TestId) -> Option<TestId> {
        let function = id.without_params();
        if self.certain.contains(id.as_str()) {
            Some(id.clone())
        } else if self.certain.contains(function) {
            Some(TestId::new(function))
        } else {
            let unheard = !self.confirmed && !self.known.contains(id.as_str()) && !self.known.contains(function);
            unheard.then(|| id.clone())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Collected, Listing};
    use crate::base::Digest;
    use crate::domain::suite::TestId;

    fn ids(list: &[&str]) -> Vec<TestId> {
        list.iter().map(|id| TestId::new(id)).collect()
    }

    #[test]
    fn what_is_confirmed_is_given_as_it_is_and_nothing_else_is() {
        let (tests, world) = (ids(&["t.py::test_a[1]", "t.py::C::test_b"]), Digest::of(b""));
        let collected =
            Collected { world, tests, imports: vec![], sets: vec![], of: vec![0, 0], left_out: vec![], error: None };
        let listing = Listing::confirmed(&collected);
        assert_eq!(listing.words.len(), 2);
        for given in ["t.py::test_a[1]", "t.py::test_a", "t.py::C", "t.py::C::test_b"] {
            assert_eq!(listing.stand_ins().of(&TestId::new(given)), Some(TestId::new(given)));
        }
        // Its cases may come from elsewhere.
        assert_eq!(listing.stand_ins().of(&TestId::new("t.py::test_a[2]")), Some(TestId::new("t.py::test_a")));
        for gone in ["t.py::test", "t.py::C::test_", "t.py::D"] {
            assert_eq!(listing.stand_ins().of(&TestId::new(gone)), None, "{gone}");
        }
    }

    #[test]
    fn for_what_is_not_confirmed_its_function_stands_or_its_file() {
        let sure = ids(&["t.py::test_a", "t.py::C::test_b"]).into_iter().collect();
        let listing = Listing { tests: ids(&["t.py::test_a[1]", "t.py::D::test_c"]), sure, ..Listing::default() };
        let check = |given: &str, expect: Option<&str>| {
            assert_eq!(listing.stand_ins().of(&TestId::new(given)), expect.map(TestId::new), "{given}");
        };
        check("t.py::test_a[1]", Some("t.py::test_a"));
        check("t.py::test_a[9]", Some("t.py::test_a"));
        check("t.py::C::test_b", Some("t.py::C::test_b"));
        check("t.py::C", Some("t.py::C"));
        check("t.py::D::test_c", None);
        check("t.py::D", None);
        check("t.py::test_typo", Some("t.py::test_typo"));
    }
}
