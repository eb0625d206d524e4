//! One entry of the quarantine: a test, why it is there, and until when.

use crate::base::{Day, Stamp};
use crate::domain::suite::TestId;

/// A test that is in quarantine; a file, a class or a function stands for all its tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its node id, or that of its file, class or function.
    pub id: TestId,
    /// Why it is there; may be empty where the list does not say.
    pub reason: String,
    /// Who sees to it.
    pub owner: Option<String>,
    /// Since when it is there.
    pub since: Option<Day>,
    /// The last day on which it is there.
    pub expires: Option<Day>,
    /// The failure that it was put there for, as the history names causes.
    pub signature: Option<String>,
    /// Where more is said of it.
    pub link: Option<String>,
    /// The line of the list on which its id stands, from 1.
    pub line: usize,
}

impl Entry {
    /// An entry of which nothing is known but the test and the reason.
    #[must_use]
    pub fn new(id: TestId, reason: &str) -> Self {
        let reason = reason.to_owned();
        Self { id, reason, owner: None, since: None, expires: None, signature: None, link: None, line: 0 }
    }

    /// Whether it stands for a test.
    #[must_use]
    pub fn covers(&self, test: &TestId) -> bool {
        self.id == *test || self.id.holds(test)
    }

    /// Whether its last day is over.
    #[must_use]
    pub fn has_expired(&self, today: Day) -> bool {
        self.expires.is_some_and(|last| last < today)
    }

    /// Whether it says the same as another one, wherever both stand.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        *self == Self { line: self.line, ..other.clone() }
    }

    /// Who, since when and until when: `alice, since 2026-11-26, until 2026-12-26`.
    #[must_use]
    pub fn terms(&self) -> String {
        let since = self.since.map(|day| format!("since {day}"));
        let until = self.expires.map(|day| format!("until {day}"));
        self.owner.clone().into_iter().chain(since).chain(until).collect::<Vec<_>>().join(", ")
    }

    /// When it began to be there; the beginning of time where the list does not say.
    #[must_use]
    pub fn begins(&self) -> Stamp {
        self.since.map_or(Stamp(i64::MIN), Day::begins)
    }
}

#[cfg(test)]
mod tests {
    use super::Entry;
    use crate::base::Day;
    use crate::domain::suite::TestId;

    #[test]
    fn an_entry_stands_for_a_case_a_function_a_class_or_a_file() {
        let covers = |entry: &str, test: &str| Entry::new(TestId::new(entry), "").covers(&TestId::new(test));
        for entry in ["t/a.py", "t/a.py::T", "t/a.py::T::test_x", "t/a.py::T::test_x[1-::]"] {
            assert!(covers(entry, "t/a.py::T::test_x[1-::]"), "{entry}");
        }
        for entry in ["t/a.p", "t/a.py::T::test", "t/a.py::T::test_x[1]", "t/a.py::test_x", "t", "a.py"] {
            assert!(!covers(entry, "t/a.py::T::test_x[1-::]"), "{entry}");
        }
        assert!(!covers("t/a.py::test_x", "t/a.py::test_xy") && !covers("t/a.py::test_x[1]", "t/a.py::test_x"));
    }

    #[test]
    fn the_last_day_still_counts() {
        let day = Day::parse("2026-11-26").unwrap();
        let entry = Entry { expires: Some(day), ..Entry::new(TestId::new("t.py"), "") };
        assert!(!entry.has_expired(day) && entry.has_expired(day.plus(1)));
        assert!(!Entry::new(TestId::new("t.py"), "").has_expired(day.plus(100_000)));
    }
}
