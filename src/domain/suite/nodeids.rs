//! From the names in a JUnit report back to pytest's node ids.

use crate::base::RepoPath;
use crate::domain::suite::{Case, TestId};
use std::collections::BTreeMap;

/// How many dots a class name may have: the search for its file is quadratic in them.
const DEEPEST: usize = 100;

/// Which files the dotted class names of pytest's JUnit reports can mean.
///
/// pytest writes `tests.v1.2.test_a.TestX` for the class `TestX` of `tests/v1.2/test_a.py`: only the known files say
/// where the path ends.
#[derive(Clone, Debug, Default)]
pub struct NodeIds {
    /// Files by their mangled path.
    files: BTreeMap<String, Vec<RepoPath>>,
    /// Files by the mangled form of their name alone, for reports that were made below the project's root.
    names: BTreeMap<String, Vec<RepoPath>>,
}

/// A node id that was made from a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovered {
    /// One known file explains the class name.
    Exact(TestId),
    /// Several do; each id is possible.
    Ambiguous(Vec<TestId>),
    /// None does; the id is made from the names alone.
    Guess(TestId),
}

impl NodeIds {
    /// An index of the files that can hold tests.
    #[must_use]
    pub fn from_files<'a>(paths: impl Iterator<Item = &'a RepoPath>) -> Self {
        let mut ids = Self::default();
        for path in paths {
            ids.files.entry(mangled(path.as_str())).or_default().push(path.clone());
            ids.names.entry(mangled(path.name())).or_default().push(path.clone());
        }
        ids
    }

    /// The node id of a case of pytest's. A report that was made in a subfolder or with `--junit-prefix` is
    /// recognised as well; the id is then relative to the project's root.
    #[must_use]
    pub fn recover(&self, case: &Case<'_>) -> Recovered {
        // A file that could not be collected has no class name, and its mangled path for a name.
        let (dotted, name) =
            if case.classname.is_empty() { (&*case.name, "") } else { (&*case.classname, &*case.name) };
        let (paths, classes) = self.explain(dotted);
        let stated = case.file.as_deref().and_then(RepoPath::new);
        match paths {
            [] => guess(case, stated.as_ref()),
            [path] => Recovered::Exact(id(path.as_str(), classes, name)),
            // xunit1 names the file where the test is defined: with it, equal mangled paths can be told apart.
            paths => match stated.filter(|file| paths.contains(file)) {
                Some(file) => Recovered::Exact(id(file.as_str(), classes, name)),
                None => Recovered::Ambiguous(paths.iter().map(|path| id(path.as_str(), classes, name)).collect()),
            },
        }
    }

    /// The files that the longest possible part of a class name means, and the classes after it.
    fn explain<'a>(&self, dotted: &'a str) -> (&[RepoPath], &'a str) {
        if dotted.matches('.').count() > DEEPEST {
            return (&[], "");
        }
        // As it is, and then without its first parts, which may be a prefix.
        let starts = std::iter::once(0).chain(dotted.match_indices('.').map(|(at, _)| at + 1));
        for start in starts {
            let rest = dotted.get(start..).unwrap_or_default();
            for end in ends(rest) {
                let (path, classes) = rest.split_at(end);
                if let Some(files) = self.files.get(path) {
                    return (files, classes);
                }
            }
        }
        for end in ends(dotted) {
            let (path, classes) = dotted.split_at(end);
            if let Some(files) = self.below(path) {
                return (files, classes);
            }
        }
        (&[], "")
    }

    /// The files whose mangled path ends with `path`, when it was made in a subfolder; only if there is no other file
    /// of the same name, so that a list of candidates is complete.
    fn below(&self, path: &str) -> Option<&[RepoPath]> {
        let mut starts = path.match_indices('.').map(|(at, _)| at + 1).chain([0]);
        let files = starts.find_map(|start| self.names.get(path.get(start..)?))?;
        let ending = format!(".{path}");
        files.iter().all(|file| mangled(file.as_str()).ends_with(&ending)).then_some(files.as_slice())
    }
}

/// Where a part of a dotted name can end, the longest first.
fn ends(dotted: &str) -> impl Iterator<Item = usize> {
    std::iter::once(dotted.len()).chain(dotted.rmatch_indices('.').map(|(at, _)| at))
}

/// A path as pytest mangles it for a class name.
fn mangled(path: &str) -> String {
    path.strip_suffix(".py").unwrap_or(path).replace('/', ".")
}

/// `path::Class::Class::name`; the classes still have their dots.
fn id(path: &str, classes: &str, name: &str) -> TestId {
    let classes = classes.split('.').filter(|class| !class.is_empty());
    let names = classes.chain((!name.is_empty()).then_some(name));
    TestId::new(&names.fold(path.to_owned(), |id, name| id + "::" + name))
}

/// An id for a case of an unknown file or of another producer.
fn guess(case: &Case<'_>, stated: Option<&RepoPath>) -> Recovered {
    let classname = &*case.classname;
    let dotted = !classname.contains(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '-')));
    let classes = classname.split('.').rev().take_while(|part| part.starts_with(char::is_uppercase)).count();
    let cut = classname.rmatch_indices('.').nth(classes.saturating_sub(1)).filter(|_| classes > 0);
    let (module, classes) = cut.map_or((classname, ""), |(at, _)| classname.split_at(at));
    let path = match stated {
        Some(path) => path.as_str().to_owned(),
        None if dotted && (module.contains('.') || module.starts_with("test_")) => {
            format!("{}.py", module.replace('.', "/"))
        }
        None => return Recovered::Guess(TestId::new(&whole(case))),
    };
    Recovered::Guess(id(&path, classes, &case.name))
}

/// The names as they are, where they say nothing about a file.
fn whole(case: &Case<'_>) -> String {
    if case.classname.is_empty() {
        case.name.clone().into_owned()
    } else {
        format!("{}::{}", case.classname, case.name)
    }
}

#[cfg(test)]
mod tests {
    use super::{NodeIds, Recovered};
    use crate::base::RepoPath;
    use crate::domain::suite::{Case, Outcome, TestId};

    fn case<'a>(classname: &'a str, name: &'a str, file: Option<&'a str>) -> Case<'a> {
        Case {
            classname: classname.into(),
            name: name.into(),
            file: file.map(Into::into),
            outcome: Outcome::Passed,
            seconds: 0.0,
            more: None,
        }
    }

    fn ids(files: &[&str]) -> NodeIds {
        let files: Vec<RepoPath> = files.iter().filter_map(|file| RepoPath::new(file)).collect();
        NodeIds::from_files(files.iter())
    }

    fn exact(files: &[&str], classname: &str, name: &str, expect: &str) {
        assert_eq!(ids(files).recover(&case(classname, name, None)), Recovered::Exact(TestId::new(expect)));
    }

    const FILES: [&str; 4] =
        ["tests/v1.2/a-b/test_dir.py", "tests/test_a.py", "tests/test_a/Test.py", "tests/test_doc.txt"];

    #[test]
    fn the_longest_known_path_explains_a_class_name() {
        exact(&FILES, "tests.v1.2.a-b.test_dir", "test_x", "tests/v1.2/a-b/test_dir.py::test_x");
        exact(
            &FILES,
            "tests.test_a.TestB.TestC",
            "test_x[a::b/c.[d]",
            "tests/test_a.py::TestB::TestC::test_x[a::b/c.[d]",
        );
        exact(&FILES, "tests.test_a.Test", "test_x", "tests/test_a/Test.py::test_x");
        exact(&FILES, "tests.test_doc.txt", "test_doc.txt", "tests/test_doc.txt::test_doc.txt");
        exact(&FILES, "", "tests.test_a", "tests/test_a.py");
    }

    #[test]
    fn prefixes_and_subfolders_are_recognised() {
        exact(&FILES, "nightly.linux.tests.test_a.TestB", "t", "tests/test_a.py::TestB::t");
        exact(&["backend/tests/test_a.py"], "tests.test_a.TestB", "t", "backend/tests/test_a.py::TestB::t");
        let two = ids(&["a/tests/test_a.py", "b/tests/test_a.py"]).recover(&case("tests.test_a", "t", None));
        let both = ["a/tests/test_a.py::t", "b/tests/test_a.py::t"].map(TestId::new);
        assert_eq!(two, Recovered::Ambiguous(both.to_vec()));
    }

    #[test]
    fn two_files_that_mangle_alike_are_told_apart_by_the_stated_file() {
        let files = ["a/b.py", "a.b.py"];
        let both = Recovered::Ambiguous(["a/b.py::t", "a.b.py::t"].map(TestId::new).to_vec());
        assert_eq!(ids(&files).recover(&case("a.b", "t", None)), both);
        let stated = ids(&files).recover(&case("a.b", "t", Some("a.b.py")));
        assert_eq!(stated, Recovered::Exact(TestId::new("a.b.py::t")));
    }

    #[test]
    fn an_inherited_test_belongs_to_the_file_that_collected_it() {
        let found = ids(&["tests/test_base.py", "tests/test_child.py"]).recover(&case(
            "tests.test_child.TestChild",
            "t",
            Some("tests/test_base.py"),
        ));
        assert_eq!(found, Recovered::Exact(TestId::new("tests/test_child.py::TestChild::t")));
    }

    #[test]
    fn what_no_file_explains_is_a_guess() {
        let check = |classname: &str, name: &str, file: Option<&str>, expect: &str| {
            let guess = ids(&[]).recover(&case(classname, name, file));
            assert_eq!(guess, Recovered::Guess(TestId::new(expect)));
        };
        check("tests.test_a.TestB", "t", None, "tests/test_a.py::TestB::t");
        check("tests.test_a", "t", None, "tests/test_a.py::t");
        check("tests.test_a.TestB", "t", Some("tests/test_a.py"), "tests/test_a.py::TestB::t");
        check("t/v.test.mjs", "v > ok", None, "t/v.test.mjs::v > ok");
        check("fixture-project::basic", "test_cwd", None, "fixture-project::basic::test_cwd");
        check("", "POST /users", None, "POST /users");
        check("test_top", "t", None, "test_top.py::t");
        check("DummyTest", "t", None, "DummyTest::t");
    }
}
