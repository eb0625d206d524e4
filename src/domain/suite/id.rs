//! Node ids: the names that pytest gives to tests.

use crate::base::{Clean, RepoPath};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::sync::Arc;

/// The node id of a test as pytest collected it, relative to pytest's rootdir:
/// `tests/test_cart.py::TestCart::test_add[2-3]`. It is passed back to pytest byte for byte; what is shown is
/// [`TestId::clean`].
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TestId(Arc<str>);

impl TestId {
    /// The id that `text` is.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The original text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text as it may be shown.
    #[must_use]
    pub fn clean(&self) -> Clean {
        Clean::line(&self.0)
    }

    /// The path of the file: everything before the first `::`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.split_once("::").map_or(&*self.0, |(path, _)| path)
    }

    /// The classes and the function, without parameters; empty for the id of a file.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let (names, _) = self.parts();
        if names.is_empty() { Vec::new() } else { names.split("::").collect() }
    }

    /// The function: the last name, without parameters. The file's path when there are no names.
    #[must_use]
    pub fn function(&self) -> &str {
        let (names, _) = self.parts();
        if names.is_empty() { self.path() } else { names.rsplit("::").next().unwrap_or(names) }
    }

    /// The parameters without their brackets. They are opaque: they may hold `::`, `/`, `[` and spaces.
    #[must_use]
    pub fn params(&self) -> Option<&str> {
        self.parts().1
    }

    /// The id without its parameters: what every case of a parametrized test has in common.
    #[must_use]
    pub fn without_params(&self) -> &str {
        let params = self.params().map_or(0, |params| params.len() + 2);
        self.0.get(..self.0.len() - params).unwrap_or(&self.0)
    }

    /// The id with those of its function and its classes.
    #[must_use]
    pub fn and_around(&self) -> Vec<&str> {
        let mut names = vec![self.as_str(), self.without_params()];
        let mut around = self.without_params();
        while let Some((outer, _)) = around.rsplit_once("::").filter(|(outer, _)| outer.len() > self.path().len()) {
            names.push(outer);
            around = outer;
        }
        names
    }

    /// Whether a test is one of all those that this id stands for: of a file, a class or a function. A single case stands for
    /// itself alone.
    #[must_use]
    pub fn holds(&self, test: &Self) -> bool {
        if self.params().is_some() {
            return self == test;
        }
        let rest = test.0.strip_prefix(&*self.0);
        test.without_params() == &*self.0 || rest.is_some_and(|rest| rest.starts_with("::"))
    }

    /// The same test in a file at another path. Nothing for a doctest, whose name is that of its module, and for the id of a
    /// file.
    #[must_use]
    pub fn at(&self, path: &RepoPath) -> Option<Self> {
        let (_, rest) = self.0.split_once("::").filter(|_| !self.is_doctest())?;
        Some(Self::new(&format!("{}::{rest}", path.as_str())))
    }

    /// Whether it is the id of a doctest: it names a module.
    #[must_use]
    pub fn is_doctest(&self) -> bool {
        self.function().contains('.')
    }

    /// The names and the parameters. Parameters start at the first `[` after the path and end at the last character.
    fn parts(&self) -> (&str, Option<&str>) {
        let rest = self.0.split_once("::").map_or("", |(_, rest)| rest);
        match rest.strip_suffix(']').and_then(|rest| rest.split_once('[')) {
            Some((names, params)) => (names, Some(params)),
            None => (rest, None),
        }
    }
}

impl fmt::Debug for TestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl Serialize for TestId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for TestId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::new(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::TestId;

    fn check(id: &str, path: &str, names: &[&str], params: Option<&str>, bare: &str) {
        let id = TestId::new(id);
        assert_eq!((id.path(), id.names().as_slice(), id.params(), id.without_params()), (path, names, params, bare));
        assert_eq!(id.function(), names.last().copied().unwrap_or(path));
    }

    #[test]
    fn an_id_has_a_path_names_and_opaque_parameters() {
        check("t/a.py::C::test_x", "t/a.py", &["C", "test_x"], None, "t/a.py::C::test_x");
        check("t/a.py::test_x[a::b/c[1]-d]", "t/a.py", &["test_x"], Some("a::b/c[1]-d"), "t/a.py::test_x");
        check("t/[v1]/a.py::test_x[]", "t/[v1]/a.py", &["test_x"], Some(""), "t/[v1]/a.py::test_x");
        check("t/a.py", "t/a.py", &[], None, "t/a.py");
        check("docs/x.txt::x.txt", "docs/x.txt", &["x.txt"], None, "docs/x.txt::x.txt");
        check("t/a.py::", "t/a.py", &[], None, "t/a.py::");
    }
}
