//! Test files that were renamed or moved: a file that is gone is another one where most of its tests stand unchanged.

use crate::base::RepoPath;
use std::collections::{BTreeMap, BTreeSet};

/// A test file as its content tells it apart from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suite {
    /// Where it is, or was.
    pub path: RepoPath,
    /// Its test functions by the names behind the path, each with what it stands on in its own file.
    pub functions: BTreeMap<String, u64>,
}

/// Where test files went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moves {
    /// From the old path to the new one.
    pub to: BTreeMap<RepoPath, RepoPath>,
    /// What could have moved to several places, or several files to one place: nothing is said to have moved there.
    pub refused: BTreeSet<Refusal>,
}

/// Why a file is not followed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// One file that is gone, and the new ones that have most of its tests.
    Places(RepoPath, Vec<RepoPath>),
    /// A new file, and those that are gone of which it has most of the tests, the same ones of both.
    Origins(RepoPath, Vec<RepoPath>),
}

/// Finds the files of `gone` among those of `new`. A file is found where more than half of its tests have the same names
/// and stand on the same code; what else differs is an edit as any other.
#[must_use]
pub fn moved(gone: &[Suite], new: &[Suite]) -> Moves {
    let mut found = Moves::default();
    let mut origins: BTreeMap<&RepoPath, Vec<&Suite>> = BTreeMap::new();
    for old in gone {
        let places: Vec<&Suite> = new.iter().filter(|new| is_most_of(old, new)).collect();
        match places[..] {
            [] => {}
            [place] => origins.entry(&place.path).or_default().push(old),
            _ => {
                let places = places.iter().map(|place| place.path.clone()).collect();
                found.refused.insert(Refusal::Places(old.path.clone(), places));
            }
        }
    }
    for (place, olds) in origins {
        let names: Vec<&String> = olds.iter().flat_map(|old| old.functions.keys()).collect();
        let is_clear = names.iter().collect::<BTreeSet<_>>().len() == names.len();
        if is_clear {
            found.to.extend(olds.iter().map(|old| (old.path.clone(), place.clone())));
        } else {
            let olds = olds.iter().map(|old| old.path.clone()).collect();
            found.refused.insert(Refusal::Origins(place.clone(), olds));
        }
    }
    found
}

fn is_most_of(old: &Suite, new: &Suite) -> bool {
    let same = old.functions.iter().filter(|(name, code)| new.functions.get(*name) == Some(code)).count();
    same * 2 > old.functions.len()
}

impl Refusal {
    /// What is to be said of it: the file that it is about, and a sentence that names all that could be meant.
    #[must_use]
    pub fn words(&self) -> (&RepoPath, String) {
        let list = |paths: &[RepoPath]| paths.iter().map(RepoPath::as_str).collect::<Vec<_>>().join(" and ");
        match self {
            Self::Places(old, places) => {
                (old, format!("is gone, and {} have the same tests: what they cover has to be measured", list(places)))
            }
            Self::Origins(new, olds) => (
                new,
                format!("has the same tests as {}, which are gone: what they cover has to be measured", list(olds)),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Moves, Refusal, Suite, moved};
    use crate::base::RepoPath;

    fn path(name: &str) -> RepoPath {
        RepoPath::new(name).unwrap()
    }

    /// A suite from `path: name=code …`.
    fn suite(text: &str) -> Suite {
        let (name, functions) = text.split_once(':').unwrap();
        let function = |word: &str| {
            let (name, code) = word.split_once('=').unwrap();
            (name.to_owned(), code.parse().unwrap())
        };
        Suite { path: path(name), functions: functions.split_whitespace().map(function).collect() }
    }

    fn check(gone: &[&str], new: &[&str], to: &[(&str, &str)], refused: &[Refusal]) {
        let all = |texts: &[&str]| texts.iter().map(|text| suite(text)).collect::<Vec<_>>();
        let expect = Moves {
            to: to.iter().map(|(from, to)| (path(from), path(to))).collect(),
            refused: refused.iter().cloned().collect(),
        };
        assert_eq!(moved(&all(gone), &all(new)), expect, "{gone:?} {new:?}");
    }

    #[test]
    fn a_file_is_followed_where_most_of_its_tests_stand_unchanged() {
        check(&["a: x=1 y=2"], &["b: x=1 y=2"], &[("a", "b")], &[]);
        check(&["a: x=1 y=2 z=3"], &["b: x=1 y=9 z=3 w=4", "c: x=5"], &[("a", "b")], &[]);
        check(&["a: x=1 y=2"], &["b: x=1 y=9"], &[], &[]);
        check(&["a: x=1"], &["b: y=1"], &[], &[]);
        check(&["a:"], &["b:"], &[], &[]);
    }

    #[test]
    fn two_files_can_become_one_if_their_tests_have_different_names() {
        check(&["a: x=1", "b: y=2"], &["c: x=1 y=2"], &[("a", "c"), ("b", "c")], &[]);
    }

    #[test]
    fn where_two_could_be_meant_none_is_and_both_are_named() {
        let places = Refusal::Places(path("a"), vec![path("b"), path("c")]);
        assert!(places.words().1.contains("b and c"));
        check(&["a: x=1"], &["b: x=1", "c: x=1"], &[], &[places]);
        let origins = Refusal::Origins(path("c"), vec![path("a"), path("b")]);
        assert!(origins.words().1.contains("a and b"));
        check(&["a: x=1", "b: x=1"], &["c: x=1"], &[], &[origins]);
    }
}
