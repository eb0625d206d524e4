//! Tests that have another name now: results under an old name belong to the new one.

use crate::domain::suite::TestId;
use std::collections::BTreeMap;

/// How often a name is followed.
const HOPS: usize = 16;

/// Old names with the new ones: node ids, or paths of test files for all of their tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aliases(BTreeMap<String, String>);

impl Aliases {
    /// The aliases of these rows, each an old and a new name.
    #[must_use]
    pub fn new(rows: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(rows.into_iter().collect())
    }

    /// The rows, by the old name.
    pub fn rows(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(old, new)| (old.as_str(), new.as_str()))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The name that a test has now; nothing where it is the same one.
    #[must_use]
    pub fn of(&self, test: &TestId) -> Option<TestId> {
        let mut now: Option<TestId> = None;
        for _ in 0..HOPS {
            let Some(next) = self.next(now.as_ref().unwrap_or(test)) else { break };
            now = Some(next);
        }
        now.filter(|now| now != test)
    }

    /// Whether an alias would lead back to where it began.
    #[must_use]
    pub fn is_circle(&self, old: &str, new: &str) -> bool {
        let mut at = new;
        for _ in 0..=HOPS {
            if at == old {
                return true;
            }
            let Some(next) = self.0.get(at) else { return false };
            at = next;
        }
        true
    }

    /// By the whole id, then by that of its function, then by its file.
    fn next(&self, test: &TestId) -> Option<TestId> {
        let (id, function, path) = (test.as_str(), test.without_params(), test.path());
        let renamed = |old: &str| Some(format!("{}{}", self.0.get(old)?, id.get(old.len()..)?));
        let new = self.0.get(id).cloned().or_else(|| renamed(function)).or_else(|| renamed(path))?;
        Some(TestId::new(&new))
    }
}

#[cfg(test)]
mod tests {
    use super::Aliases;
    use crate::domain::suite::TestId;

    #[test]
    fn a_name_is_followed_by_test_function_and_file() {
        let rows = [
            ("a.py::test_x[1]", "a.py::test_x[one]"),
            ("a.py::test_x", "b.py::test_y"),
            ("old/a.py", "a.py"),
            ("loop.py", "pool.py"),
            ("pool.py", "loop.py"),
        ];
        let aliases = Aliases::new(rows.map(|(old, new)| (old.to_owned(), new.to_owned())));
        let of = |id: &str| aliases.of(&TestId::new(id)).map(|id| id.as_str().to_owned());
        assert_eq!(of("a.py::test_x[2]").as_deref(), Some("b.py::test_y[2]"));
        assert_eq!(of("a.py::test_x[1]").as_deref(), Some("b.py::test_y[one]"));
        assert_eq!(of("old/a.py::T::test_z").as_deref(), Some("a.py::T::test_z"));
        assert_eq!(of("old/a.py::test_x").as_deref(), Some("b.py::test_y"));
        assert_eq!(of("c.py::test_x"), None);
        // A circle ends somewhere, and is refused before it is made.
        let _ = of("loop.py::test");
        assert!(aliases.is_circle("b.py::test_y", "a.py::test_x") && aliases.is_circle("x", "x"));
        assert!(!aliases.is_circle("c.py", "old/a.py"));
    }
}
