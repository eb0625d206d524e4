//! Which test belongs to which issue: how many do, which do not, and what is mapped twice.

use crate::base::{Ratio, RepoPath};
use crate::domain::python::{Label, TestDef};
use crate::domain::suite::TestId;
use std::collections::{BTreeMap, BTreeSet};

/// What names an issue.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// The marks whose texts are keys.
    pub marks: &'a [String],
    /// The properties whose values are.
    pub properties: &'a [String],
}

impl Names<'_> {
    fn is_key(&self, label: &Label) -> bool {
        let names = if label.is_property { self.properties } else { self.marks };
        names.contains(&label.name)
    }
}

/// One test function with the issues that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// The function.
    pub id: TestId,
    /// Its file.
    pub path: RepoPath,
    /// Its first line.
    pub line: u32,
    /// The keys of the issues, sorted.
    pub keys: BTreeSet<String>,
    /// Those of them that reports alone know, by properties of the test that ran.
    pub recorded: BTreeSet<String>,
}

/// The keys that reports gave tests, by the node id without parameters.
pub type Recorded = BTreeMap<String, BTreeSet<String>>;

/// The keys in the value of a property: one, or several with commas or blanks between.
pub fn keys_of(value: &str) -> impl Iterator<Item = &str> {
    value.split(|c: char| c == ',' || c == ';' || c.is_whitespace()).filter(|key| !key.is_empty())
}

/// The test functions of a project, each with its issues.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// The functions, by file and line. The cases of one belong together.
    pub tests: Vec<Mapped>,
}

impl Mapping {
    /// Takes in the tests of a file, with what reports know of them.
    pub fn take(&mut self, path: &RepoPath, tests: &[TestDef], names: Names<'_>, recorded: &Recorded) {
        let texts = |label: &Label| match label.is_property {
            true => keys_of(&label.text).map(str::to_owned).collect(),
            false => vec![label.text.clone()],
        };
        let mapped = tests.iter().map(|test| {
            let id = TestId::new(&format!("{}::{}", path.as_str(), test.names.join("::")));
            let said: BTreeSet<String> =
                test.labels.iter().filter(|label| names.is_key(label)).flat_map(texts).collect();
            let recorded = recorded.get(id.as_str()).cloned().unwrap_or_default();
            let keys = said.union(&recorded).cloned().collect();
            Mapped { id, path: path.clone(), line: test.line, keys, recorded: &recorded - &said }
        });
        self.tests.extend(mapped);
    }

    /// How many tests belong to an issue.
    #[must_use]
    pub fn share(&self) -> Ratio {
        Ratio::new(self.tests.len() as u64 - self.unmapped().count() as u64, self.tests.len() as u64)
    }

    /// The tests that belong to none.
    pub fn unmapped(&self) -> impl Iterator<Item = &Mapped> {
        self.tests.iter().filter(|test| test.keys.is_empty())
    }

    /// The tests that belong to several.
    pub fn with_several(&self) -> impl Iterator<Item = &Mapped> {
        self.tests.iter().filter(|test| test.keys.len() > 1)
    }

    /// The issues, each with its tests.
    #[must_use]
    pub fn by_key(&self) -> BTreeMap<&str, Vec<&Mapped>> {
        let mut all: BTreeMap<&str, Vec<&Mapped>> = BTreeMap::new();
        for test in &self.tests {
            test.keys.iter().for_each(|key| all.entry(key).or_default().push(test));
        }
        all
    }

    /// The keys that are none of Jira's, such as `ABC-12`: they are taken as they are, and an import would refuse them.
    #[must_use]
    pub fn odd(&self) -> Vec<(&str, &Mapped)> {
        let pairs = self.tests.iter().flat_map(|test| test.keys.iter().map(move |key| (key.as_str(), test)));
        pairs.filter(|(key, _)| !is_key(key)).collect()
    }
}

/// Whether a text is the key of an issue: the key of a project, which begins with a letter, a dash, and a number.
fn is_key(text: &str) -> bool {
    let Some((project, number)) = text.rsplit_once('-') else { return false };
    let is_project = project.starts_with(|c: char| c.is_ascii_uppercase())
        && project.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    is_project
        && number.starts_with(|c: char| ('1'..='9').contains(&c))
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
pub mod tests {
    use super::{Mapping, Names, Recorded, is_key};
    use crate::base::RepoPath;
    use crate::domain::python::{Naming, outline};

    /// The mapping of one file.
    pub fn mapping(source: &str) -> Mapping {
        mapping_with(source, &Recorded::new())
    }

    fn mapping_with(source: &str, recorded: &Recorded) -> Mapping {
        let [marks, properties] = ["xray", "test_key"].map(|name| [name.to_owned()]);
        let mut mapping = Mapping::default();
        let path = RepoPath::new("tests/test_a.py").unwrap();
        let tests = outline(source, &Naming::default()).tests;
        mapping.take(&path, &tests, Names { marks: &marks, properties: &properties }, recorded);
        mapping
    }

    #[test]
    fn marks_and_properties_map_tests_and_what_is_mapped_twice_is_known() {
        let found = mapping(
            "@pytest.mark.xray('A-1')\ndef test_one(): pass\n\
             @pytest.mark.xray(['A-1', 'A-2'])\ndef test_two(): pass\n\
             def test_three(record_property): record_property('test_key', 'A-3')\n\
             @pytest.mark.jira('A-4')\ndef test_four(): pass\n\
             @pytest.mark.xray('a 5')\ndef test_five(): pass\n",
        );
        assert_eq!((found.share().part, found.share().whole), (4, 5));
        let names = |tests: &mut dyn Iterator<Item = &super::Mapped>| -> Vec<String> {
            tests.map(|test| test.id.function().to_owned()).collect()
        };
        assert_eq!(names(&mut found.unmapped()), ["test_four"]);
        assert_eq!(names(&mut found.with_several()), ["test_two"]);
        assert_eq!(names(&mut found.by_key()["A-1"].iter().copied()), ["test_one", "test_two"]);
        assert_eq!(found.odd().iter().map(|(key, _)| *key).collect::<Vec<_>>(), ["a 5"]);
    }

    #[test]
    fn reports_map_tests_that_their_source_does_not_and_a_property_may_hold_several_keys() {
        let recorded = [("tests/test_a.py::test_one", "A-1"), ("tests/test_a.py::test_two", "A-3")];
        let recorded = recorded.map(|(id, key)| (id.to_owned(), [key.to_owned()].into())).into();
        let found = mapping_with(
            "@pytest.mark.xray('A-1')\ndef test_one(): pass\n\
             def test_two(record_property): record_property('test_key', 'A-2, A-4')\ndef test_three(): pass\n",
            &recorded,
        );
        let keys = |at: usize| found.tests[at].keys.iter().map(String::as_str).collect::<Vec<_>>();
        let known = |at: usize| found.tests[at].recorded.iter().map(String::as_str).collect::<Vec<_>>();
        assert_eq!((keys(0), known(0)), (vec!["A-1"], vec![]));
        assert_eq!((keys(1), known(1)), (vec!["A-2", "A-3", "A-4"], vec!["A-3"]));
        assert_eq!((keys(2), known(2)), (vec![], vec![]));
    }

    #[test]
    fn keys_are_those_of_jira() {
        assert_eq!(["A-1", "AB_2-30", "a-1", "A-0", "A-", "-1", "1A-2", "A-1x"].map(is_key), {
            let mut is = [false; 8];
            is[0] = true;
            is[1] = true;
            is
        });
    }
}
