//! Shards: a suite divided among machines, so that each has as much to do as the others.

use crate::base::RepoPath;
use crate::domain::suite::TestId;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What is never divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DividedBy {
    /// A file: what is set up once for a module or a package is not paid for twice.
    File,
    /// A class; functions outside of classes stand for themselves.
    Class,
    /// A test.
    Test,
}

impl DividedBy {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Class => "class",
            Self::Test => "test",
        }
    }
}

/// How well the tests of a file are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// pytest collected exactly these.
    Exactly,
    /// These are its functions and classes, by its source; which cases a function has, pytest knows.
    ByFunction,
    /// There may be others.
    InPart,
}

/// The tests of one file, as far as they are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileTests {
    /// The file.
    pub path: RepoPath,
    /// Its tests.
    pub tests: Vec<TestId>,
    /// How well they are known.
    pub known: Certainty,
}

/// What goes to one machine as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What pytest is given: a file, a class, a function or a test.
    pub argument: String,
    /// How many tests it holds, as far as they are known.
    pub tests: usize,
    /// How long it will take, in microseconds.
    pub micros: u64,
}

/// One machine's part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shard {
    /// Its pieces, in the order of the suite.
    pub pieces: Vec<Piece>,
    /// How long they will take, in microseconds.
    pub micros: u64,
}

impl Shard {
    /// How many tests it has, as far as they are known.
    #[must_use]
    pub fn tests(&self) -> usize {
        self.pieces.iter().map(|piece| piece.tests).sum()
    }

    /// How long it will take, in seconds.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a suite takes far less than 2^52 microseconds")]
    pub fn seconds(&self) -> f64 {
        self.micros as f64 / 1e6
    }
}

/// How long a test takes of which nothing is known, in seconds: the median of all others; nothing where there are none.
#[must_use]
pub fn usual_seconds(seconds: &HashMap<TestId, f64>) -> Option<f64> {
    let mut all: Vec<f64> = seconds.values().copied().filter(|seconds| seconds.is_finite()).collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied()
}

/// The pieces of files, in the order of the suite. A test of which no duration is known takes as long as the median of the
/// others. Of a file whose tests are not all known, nothing is divided.
#[must_use]
pub fn pieces(files: &[FileTests], by: DividedBy, seconds: &HashMap<TestId, f64>) -> Vec<Piece> {
    let usual = usual_seconds(seconds).unwrap_or(1.0);
    let micros = |test: &TestId| as_micros(seconds.get(test).copied().unwrap_or(usual));
    let mut pieces = Vec::new();
    for file in files {
        let mut groups: BTreeMap<(usize, &str), (usize, u64)> = BTreeMap::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut seen: HashSet<&TestId> = HashSet::new();
        let whole = by == DividedBy::File
            || file.known == Certainty::InPart
            || file.tests.iter().any(|test| !is_one_line(test));
        for test in file.tests.iter().filter(|test| seen.insert(test)) {
            let argument = if whole { file.path.as_str() } else { argument(test, by, file.known) };
            let next = places.len();
            let place = *places.entry(argument).or_insert(next);
            let sum = groups.entry((place, argument)).or_default();
            *sum = (sum.0 + 1, sum.1 + micros(test));
        }
        if groups.is_empty() && file.known == Certainty::InPart {
            groups.insert((0, file.path.as_str()), (0, as_micros(usual)));
        }
        pieces.extend(groups.into_iter().map(|((_, argument), (tests, micros))| Piece {
            argument: argument.to_owned(),
            tests,
            micros,
        }));
    }
    pieces
}

/// What pytest is given for a test.
fn argument(test: &TestId, by: DividedBy, known: Certainty) -> &str {
    let around = test.and_around();
    let outermost = around.last().copied().filter(|_| test.names().len() > 1);
    match (by, known) {
        (DividedBy::Class, _) => outermost.unwrap_or_else(|| test.without_params()),
        (_, Certainty::Exactly) => test.as_str(),
        (_, _) => test.without_params(),
    }
}

fn is_one_line(test: &TestId) -> bool {
    !test.as_str().contains(['\n', '\r'])
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time that is not negative, and bounded")]
fn as_micros(seconds: f64) -> u64 {
    if seconds.is_finite() { (seconds.clamp(0.0, 1e9) * 1e6).round() as u64 } else { 0 }
}

/// The pieces divided into so many shards: the longest first, each to the shard that has least to do so far. The same pieces
/// give the same shards everywhere, in whatever order they come; together the shards have each piece once.
#[must_use]
pub fn shards(pieces: &[Piece], total: usize) -> Vec<Shard> {
    let mut shards = vec![Shard::default(); total.max(1)];
    let mut order: Vec<(usize, &Piece)> = pieces.iter().enumerate().collect();
    order.sort_by(|(_, one), (_, other)| other.micros.cmp(&one.micros).then_with(|| one.argument.cmp(&other.argument)));
    let mut held: Vec<Vec<usize>> = vec![Vec::new(); shards.len()];
    for (at, piece) in order {
        let least = shards.iter().zip(&held).enumerate().min_by_key(|(_, (shard, held))| (shard.micros, held.len()));
        let Some((place, _)) = least else { continue };
        if let (Some(shard), Some(held)) = (shards.get_mut(place), held.get_mut(place)) {
            shard.micros = shard.micros.saturating_add(piece.micros);
            held.push(at);
        }
    }
    for (shard, mut held) in shards.iter_mut().zip(held) {
        held.sort_unstable();
        shard.pieces = held.into_iter().filter_map(|at| pieces.get(at).cloned()).collect();
    }
    shards
}

#[cfg(test)]
mod tests {
    use super::{Certainty, DividedBy, FileTests, Piece, pieces, shards, usual_seconds};
    use crate::base::RepoPath;
    use crate::domain::suite::TestId;
    use proptest::prelude::*;
    use std::collections::{BTreeSet, HashMap};

    fn file(path: &str, tests: &[&str], known: Certainty) -> FileTests {
        let tests = tests.iter().map(|test| TestId::new(&format!("{path}::{test}"))).collect();
        FileTests { path: RepoPath::new(path).unwrap(), tests, known }
    }

    fn seconds(rows: &[(&str, f64)]) -> HashMap<TestId, f64> {
        rows.iter().map(|(id, seconds)| (TestId::new(id), *seconds)).collect()
    }

    fn check(known: Certainty, by: DividedBy, expect: &[(&str, usize, u64)]) {
        let tests = ["test_a[1]", "test_a[2]", "T::test_b", "T::U::test_c", "test_d"];
        let known = file("t/a.py", &tests, known);
        let found = pieces(&[known], by, &seconds(&[("t/a.py::test_a[1]", 1.0), ("t/a.py::T::test_b", 3.0)]));
        let found: Vec<(&str, usize, u64)> =
            found.iter().map(|piece| (piece.argument.as_str(), piece.tests, piece.micros / 1_000_000)).collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn a_file_a_class_or_a_test_is_a_piece() {
        check(Certainty::Exactly, DividedBy::File, &[("t/a.py", 5, 13)]);
        check(
            Certainty::Exactly,
            DividedBy::Class,
            &[("t/a.py::test_a", 2, 4), ("t/a.py::T", 2, 6), ("t/a.py::test_d", 1, 3)],
        );
        let each = [
            ("t/a.py::test_a[1]", 1, 1),
            ("t/a.py::test_a[2]", 1, 3),
            ("t/a.py::T::test_b", 1, 3),
            ("t/a.py::T::U::test_c", 1, 3),
            ("t/a.py::test_d", 1, 3),
        ];
        check(Certainty::Exactly, DividedBy::Test, &each);
    }

    #[test]
    fn what_only_pytest_knows_is_left_to_pytest() {
        let functions = [
            ("t/a.py::test_a", 2, 4),
            ("t/a.py::T::test_b", 1, 3),
            ("t/a.py::T::U::test_c", 1, 3),
            ("t/a.py::test_d", 1, 3),
        ];
        check(Certainty::ByFunction, DividedBy::Test, &functions);
        check(Certainty::InPart, DividedBy::Test, &[("t/a.py", 5, 13)]);
        assert_eq!(pieces(&[file("t/b.py", &[], Certainty::InPart)], DividedBy::Test, &HashMap::new()).len(), 1);
        assert_eq!(pieces(&[file("t/b.py", &[], Certainty::Exactly)], DividedBy::File, &HashMap::new()), []);
        assert_eq!(
            pieces(&[file("t/b.py", &["test_x[a\nb]"], Certainty::Exactly)], DividedBy::Test, &HashMap::new())[0]
                .argument,
            "t/b.py"
        );
    }

    #[test]
    fn a_test_without_a_past_takes_as_long_as_the_median() {
        assert_eq!(usual_seconds(&seconds(&[("a", 9.0), ("b", 1.0), ("c", 2.0)])), Some(2.0));
        assert_eq!(usual_seconds(&HashMap::new()), None);
    }

    #[test]
    fn the_longest_goes_first() {
        let piece = |name: &str, micros| Piece { argument: name.to_owned(), tests: 1, micros };
        let all = [piece("a", 2), piece("b", 7), piece("c", 3), piece("d", 4), piece("e", 6)];
        let found: Vec<(String, u64)> = shards(&all, 2)
            .iter()
            .map(|shard| (shard.pieces.iter().map(|piece| piece.argument.as_str()).collect(), shard.micros))
            .collect();
        assert_eq!(found, [("abc".to_owned(), 12), ("de".to_owned(), 10)]);
    }

    fn suites() -> impl Strategy<Value = Vec<FileTests>> {
        let tests = prop::collection::vec("(T::)?(test_[ab]|test_[cd]\\[[1-3]\\])", 0..12);
        let known = prop::sample::select(vec![Certainty::Exactly, Certainty::ByFunction, Certainty::InPart]);
        prop::collection::vec((tests, known), 0..8).prop_map(|files| {
            let file = |(at, (tests, known)): (usize, (Vec<String>, Certainty))| {
                file(&format!("t/test_{at}.py"), &tests.iter().map(String::as_str).collect::<Vec<_>>(), known)
            };
            files.into_iter().enumerate().map(file).collect()
        })
    }

    proptest! {
        #[test]
        fn all_shards_together_run_each_test_once(
            files in suites(),
            by in prop::sample::select(vec![DividedBy::File, DividedBy::Class, DividedBy::Test]),
            total in 1_usize..9,
            times in prop::collection::vec(0.0_f64..20.0, 12),
        ) {
            let all: BTreeSet<&TestId> = files.iter().flat_map(|file| &file.tests).collect();
            let seconds = all.iter().zip(times).map(|(test, seconds)| ((*test).clone(), seconds)).collect();
            let whole = pieces(&files, by, &seconds);
            let shards = shards(&whole, total);
            prop_assert_eq!(shards.len(), total);
            // What pytest would run of a test's arguments: itself, its function, its class, its file.
            let runs = |test: &TestId| shards.iter().flat_map(|shard| &shard.pieces).filter(|piece| {
                piece.argument == test.path() || test.and_around().contains(&piece.argument.as_str())
            }).count();
            for test in all {
                prop_assert_eq!(runs(test), 1, "{:?}", test);
            }
            let sum: u64 = whole.iter().map(|piece| piece.micros).sum();
            prop_assert_eq!(shards.iter().map(|shard| shard.micros).sum::<u64>(), sum);
            let longest = shards.iter().map(|shard| shard.micros).max().unwrap_or(0);
            let largest = whole.iter().map(|piece| piece.micros).max().unwrap_or(0);
            prop_assert!(longest <= sum / total as u64 + largest, "no shard has more than its share and one piece");
        }

        #[test]
        fn the_order_of_the_pieces_does_not_matter(files in suites(), total in 1_usize..6) {
            let whole = pieces(&files, DividedBy::Class, &HashMap::new());
            let back: Vec<Piece> = whole.iter().rev().cloned().collect();
            let names = |shards: Vec<super::Shard>| -> Vec<BTreeSet<String>> {
                shards.into_iter().map(|shard| shard.pieces.into_iter().map(|piece| piece.argument).collect()).collect()
            };
            prop_assert_eq!(names(shards(&whole, total)), names(shards(&back, total)));
        }
    }
}
