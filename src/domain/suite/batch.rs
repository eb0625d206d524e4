//! Batches and cycles: which tests one command runs, and the report of a batch.

use crate::base::{Clean, RepoPath};
use crate::domain::suite::TestId;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What a person wants to run.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// All tests of a file.
    File(RepoPath),
    /// One test, or all tests of a class or of a parametrized function.
    Test(TestId),
}

impl Target {
    /// The target as pytest's argument, relative to the root.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::File(path) => path.as_str(),
            Self::Test(id) => id.as_str(),
        }
    }

    /// The path of its file.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::File(path) => path.as_str(),
            Self::Test(id) => id.path(),
        }
    }

    /// Whether a test is one of all those that it asks for: of a file, a class or a function. A single case asks for
    /// itself alone.
    #[must_use]
    pub fn holds(&self, test: &TestId) -> bool {
        match self {
            Self::File(path) => test.path() == path.as_str(),
            Self::Test(id) if id.params().is_some() => false,
            Self::Test(id) => id.holds(test),
        }
    }
}

/// How much runs at once. Both are at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most tests in one batch.
    pub tests_per_batch: usize,
    /// The most commands in one cycle.
    pub commands_per_cycle: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { tests_per_batch: 20, commands_per_cycle: 3 }
    }
}

/// One command: what it is given, and the tests that it is known to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// What pytest is given. Never empty, except in a batch that runs the whole suite.
    pub targets: Vec<Target>,
    /// The tests that were known when the batch was planned; empty for a file that was never collected.
    pub tests: Vec<TestId>,
    /// What was asked for, where pytest is given more than that because it is not certain that the ids exist: whatever
    /// else the targets hold does not run. Empty where exactly the targets run.
    pub asked: Vec<Target>,
    /// Options of pytest that choose among all this, such as `-k` with its expression. pytest has the last word then:
    /// `tests` are those that it is expected to choose.
    pub options: Vec<String>,
    /// Options of pytest that leave out what is in quarantine.
    pub deselected: Vec<String>,
    /// Tests in quarantine, or files, classes and functions of such, whose failures do not count.
    pub held: Vec<TestId>,
}

impl Batch {
    /// The batch that runs everything.
    #[must_use]
    pub const fn all() -> Self {
        Self::of(Vec::new(), Vec::new())
    }

    /// The batch that is given exactly these targets.
    #[must_use]
    pub const fn of(targets: Vec<Target>, tests: Vec<TestId>) -> Self {
        Self { targets, tests, asked: Vec::new(), options: Vec::new(), deselected: Vec::new(), held: Vec::new() }
    }

    /// The same, with something in place of each test that is not certain to exist: `stand_in` says what. Nothing stands
    /// for a whole file.
    #[must_use]
    pub fn cautious(self, stand_in: &dyn Fn(&TestId) -> Option<TestId>) -> Self {
        let mut targets: Vec<Target> = Vec::new();
        let mut given: BTreeSet<Target> = BTreeSet::new();
        for target in &self.targets {
            let instead = match target {
                Target::File(_) => target.clone(),
                Target::Test(id) => match stand_in(id) {
                    Some(id) => Target::Test(id),
                    None => RepoPath::new(id.path()).map_or_else(|| target.clone(), Target::File),
                },
            };
            if given.insert(instead.clone()) {
                targets.push(instead);
            }
        }
        if targets == self.targets {
            return self;
        }
        // What lies in a file that stands for a test is not given beside it.
        let files: BTreeSet<String> = targets
            .iter()
            .filter(|target| matches!(target, Target::File(_)))
            .map(|target| target.as_str().to_owned())
            .collect();
        targets.retain(|target| matches!(target, Target::File(_)) || !files.contains(target.path()));
        Self { targets, asked: self.targets, ..self }
    }

    /// What runs: what was asked for. pytest may be given more than that.
    #[must_use]
    pub fn wanted(&self) -> &[Target] {
        if self.asked.is_empty() { &self.targets } else { &self.asked }
    }

    /// The file that the batch is about; nothing when it is about several or about all.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        let path = |target: &Target| match target {
            Target::File(path) => path.as_str().len(),
            Target::Test(id) => id.path().len(),
        };
        let first = self.targets.first()?;
        let file = first.as_str().get(..path(first))?;
        self.targets.iter().all(|target| target.as_str().get(..path(target)) == Some(file)).then_some(file)
    }

    /// The plain command as it is shown: `pytest tests/test_cart.py -v`. Arguments that a shell would read otherwise
    /// are quoted.
    #[must_use]
    pub fn shown(&self) -> String {
        let given = self.given().map(String::as_str).chain(self.targets.iter().map(Target::as_str));
        let words = std::iter::once("pytest").chain(given).chain(std::iter::once("-v"));
        words.map(quoted).collect::<Vec<_>>().join(" ")
    }

    /// The options of its own, as pytest is given them.
    pub fn given(&self) -> impl Iterator<Item = &String> {
        self.options.iter().chain(&self.deselected)
    }

    /// pytest's path arguments, each starting with `./` so that none can be taken for an option.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        self.targets.iter().map(|target| format!("./{}", target.as_str())).collect()
    }
}

/// Text as a POSIX shell takes it for one word.
#[must_use]
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Batches that run one after another before anybody is asked again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// The batches in the order in which they run.
    pub batches: Vec<Batch>,
}

/// All that is to run.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Plan {
    /// The cycles in order. Together they hold every target that was asked for.
    pub cycles: Vec<Cycle>,
}

impl Plan {
    /// The plan in which pytest chooses among the tests of each batch by these options.
    #[must_use]
    pub fn choosing_by(mut self, options: &[String]) -> Self {
        let batches = self.cycles.iter_mut().flat_map(|cycle| &mut cycle.batches);
        batches.for_each(|batch| batch.options = options.to_vec());
        self
    }

    /// All batches in order.
    pub fn batches(&self) -> impl Iterator<Item = &Batch> {
        self.cycles.iter().flat_map(|cycle| &cycle.batches)
    }

    /// How many tests are known to run.
    #[must_use]
    pub fn tests(&self) -> usize {
        self.batches().map(|batch| batch.tests.len()).sum()
    }
}

/// The most bytes of arguments in one batch: far below what any system refuses.
const BYTES_PER_BATCH: usize = 96 * 1024;

/// Plans batches for `targets`, in the order in which their files first appear. A file with no more than the limit of
/// known tests is one batch `pytest path -v`; one with more is cut into batches of node ids. A file whose tests are
/// not known is one batch. Nothing is dropped and nothing runs twice.
#[must_use]
pub fn plan(targets: &[Target], known: &BTreeMap<RepoPath, Vec<TestId>>, limits: &Limits) -> Plan {
    let mut batches = Vec::new();
    for (path, asked) in by_file(targets) {
        let tests = RepoPath::new(path).and_then(|path| known.get(&path)).map_or(&[][..], Vec::as_slice);
        match asked {
            Asked::File(file) => batches.extend(whole_file(file, tests, limits)),
            Asked::Tests(ids) => batches.extend(some_tests(&ids, tests, limits)),
        }
    }
    let size = limits.commands_per_cycle.max(1);
    Plan { cycles: batches.chunks(size).map(|batches| Cycle { batches: batches.to_vec() }).collect() }
}

/// Plans batches for targets that have an order of their own, each with the tests that it is known to run: batches are
/// filled in that order, whatever the files. A batch runs its tests in the order in which the whole suite would run them,
/// since what a test runs may hang on those before it, and a file of which all `known` tests are in one batch is named as a
/// file. Nothing is dropped and nothing runs twice.
#[must_use]
pub fn plan_in_order(
    targets: &[(Target, Vec<TestId>)],
    known: &BTreeMap<RepoPath, Vec<TestId>>,
    limits: &Limits,
) -> Plan {
    let mut seen: BTreeSet<&Target> = BTreeSet::new();
    let own = targets.iter().filter(|(target, _)| seen.insert(target));
    let groups = own.map(|(target, tests)| Batch::of(vec![target.clone()], tests.clone()));
    let places = places(known);
    let in_order = |batch| by_whole_files(batch, known, &places);
    let batches: Vec<Batch> = packed(groups, limits).into_iter().map(in_order).collect();
    let size = limits.commands_per_cycle.max(1);
    Plan { cycles: batches.chunks(size).map(|batches| Cycle { batches: batches.to_vec() }).collect() }
}

/// Where the first test of each test, function and class stands in its file.
fn places(known: &BTreeMap<RepoPath, Vec<TestId>>) -> HashMap<&str, usize> {
    let mut places = HashMap::new();
    for (at, test) in known.values().flat_map(|tests| tests.iter().enumerate()) {
        for name in test.and_around() {
            places.entry(name).or_insert(at);
        }
    }
    places
}

/// The batch in the order of the suite, with whole files named as such.
fn by_whole_files(batch: Batch, known: &BTreeMap<RepoPath, Vec<TestId>>, places: &HashMap<&str, usize>) -> Batch {
    let held: BTreeSet<&TestId> = batch.tests.iter().collect();
    let (mut targets, mut tests) = (Vec::new(), Vec::new());
    let mut files = by_file(&batch.targets);
    files.sort_by(|(one, _), (other, _)| one.split('/').cmp(other.split('/')));
    for (path, asked) in files {
        let of_file = |test: &&TestId| test.path() == path;
        tests.extend(batch.tests.iter().filter(of_file).cloned());
        let file = RepoPath::new(path);
        let all = file.as_ref().and_then(|file| known.get(file)).map_or(&[][..], Vec::as_slice);
        match (asked, file) {
            (Asked::File(file), _) => targets.push(Target::File(file.clone())),
            (Asked::Tests(_), Some(file)) if !all.is_empty() && all.iter().all(|test| held.contains(test)) => {
                targets.push(Target::File(file));
            }
            (Asked::Tests(mut ids), _) => {
                ids.sort_by_cached_key(|id| places.get(id.as_str()).copied().unwrap_or(all.len()));
                targets.extend(ids.into_iter().cloned().map(Target::Test));
            }
        }
    }
    Batch::of(targets, tests)
}

/// What is asked of one file.
enum Asked<'a> {
    File(&'a RepoPath),
    Tests(Vec<&'a TestId>),
}

fn by_file(targets: &[Target]) -> Vec<(&str, Asked<'_>)> {
    let mut files: Vec<(&str, Asked<'_>)> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut seen: BTreeSet<&Target> = BTreeSet::new();
    for target in targets.iter().filter(|target| seen.insert(target)) {
        let path = match target {
            Target::File(path) => path.as_str(),
            Target::Test(id) => id.path(),
        };
        let place = *places.entry(path).or_insert_with(|| {
            files.push((path, Asked::Tests(Vec::new())));
            files.len() - 1
        });
        let Some((_, asked)) = files.get_mut(place) else { continue };
        match (target, asked) {
            (Target::File(file), asked) => *asked = Asked::File(file),
            (Target::Test(id), Asked::Tests(ids)) => ids.push(id),
            (Target::Test(_), Asked::File(_)) => {}
        }
    }
    files
}

fn whole_file(file: &RepoPath, tests: &[TestId], limits: &Limits) -> Vec<Batch> {
    if tests.len() <= limits.tests_per_batch.max(1) {
        return vec![Batch::of(vec![Target::File(file.clone())], tests.to_vec())];
    }
    let groups = tests.iter().map(|test| Batch::of(vec![Target::Test(test.clone())], vec![test.clone()]));
    packed(groups, limits)
}

fn some_tests(ids: &[&TestId], tests: &[TestId], limits: &Limits) -> Vec<Batch> {
    let limit = limits.tests_per_batch.max(1);
    let mut taken: BTreeSet<&TestId> = BTreeSet::new();
    let mut groups = Vec::new();
    let parts = parts(tests);
    for id in ids {
        let group: &[&TestId] = parts.get(id.as_str()).map_or(&[], Vec::as_slice);
        if group.is_empty() {
            if taken.insert(id) {
                groups.push(Batch::of(vec![Target::Test((*id).clone())], vec![(*id).clone()]));
            }
        } else if group.len() <= limit && group.iter().all(|test| !taken.contains(test)) {
            taken.extend(group);
            let tests = group.iter().map(|test| (*test).clone()).collect();
            groups.push(Batch::of(vec![Target::Test((*id).clone())], tests));
        } else {
            for test in group.iter().copied().filter(|test| taken.insert(test)) {
                groups.push(Batch::of(vec![Target::Test(test.clone())], vec![test.clone()]));
            }
        }
    }
    packed(groups.into_iter(), limits)
}

/// Which tests run when pytest is given an id: a test, a function, a class or a file.
fn parts(tests: &[TestId]) -> HashMap<&str, Vec<&TestId>> {
    let mut parts: HashMap<&str, Vec<&TestId>> = HashMap::new();
    for test in tests {
        let mut names = test.and_around();
        names.push(test.path());
        names.dedup();
        names.into_iter().for_each(|name| parts.entry(name).or_default().push(test));
    }
    parts
}

/// Fills batches with groups in order, each group whole.
fn packed(groups: impl Iterator<Item = Batch>, limits: &Limits) -> Vec<Batch> {
    let limit = limits.tests_per_batch.max(1);
    let mut batches: Vec<Batch> = Vec::new();
    let mut bytes = 0;
    for group in groups {
        let size: usize = group.targets.iter().map(|target| target.as_str().len() + 3).sum();
        match batches.last_mut() {
            Some(last) if last.tests.len() + group.tests.len() <= limit && bytes + size <= BYTES_PER_BATCH => {
                last.targets.extend(group.targets);
                last.tests.extend(group.tests);
                bytes += size;
            }
            _ => {
                batches.push(group);
                bytes = size;
            }
        }
    }
    batches
}

/// The report of a batch, as teams paste it. `before` and `after` are percentages with their sign; `really` is the
/// command that ran, when it differs from the plain one. Names that a terminal would obey are made visible, since a report
/// is printed and pasted.
#[must_use]
pub fn batch_report(
    file: &str,
    added: usize,
    before: &str,
    after: &str,
    command: &str,
    really: Option<&str>,
) -> String {
    let (file, command) = (Clean::line(file), Clean::line(command));
    let mut report = format!(
        "### File: {file}\n- Tests added: {added}\n- Coverage before: {before}\n- Coverage after: {after}\n- Command executed: {command}\n"
    );
    if let Some(really) = really.map(Clean::line) {
        report.push_str(&format!("- Command as it really ran: {really}\n"));
    }
    report
}

#[cfg(test)]
mod tests {
    use super::{Batch, Limits, Target, batch_report, plan, plan_in_order, quoted};
    use crate::base::RepoPath;
    use crate::domain::suite::TestId;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn path(text: &str) -> RepoPath {
        RepoPath::new(text).expect("a path")
    }

    fn known(file: &str, count: usize) -> BTreeMap<RepoPath, Vec<TestId>> {
        let tests = (0..count).map(|n| TestId::new(&format!("{file}::test_{n:03}"))).collect();
        BTreeMap::from([(path(file), tests)])
    }

    fn check(targets: &[Target], known: &BTreeMap<RepoPath, Vec<TestId>>, expect: &[&[(&str, usize)]]) {
        let plan = plan(targets, known, &Limits::default());
        let shape: Vec<Vec<(String, usize)>> = plan
            .cycles
            .iter()
            .map(|cycle| cycle.batches.iter().map(|batch| (batch.shown(), batch.tests.len())).collect())
            .collect();
        let expect: Vec<Vec<(String, usize)>> = expect
            .iter()
            .map(|cycle| cycle.iter().map(|(shown, count)| ((*shown).to_owned(), *count)).collect())
            .collect();
        assert_eq!(shape, expect);
    }

    #[test]
    fn a_small_file_is_one_plain_command() {
        let file = Target::File(path("t/test_a.py"));
        check(&[file.clone(), file.clone()], &known("t/test_a.py", 20), &[&[("pytest t/test_a.py -v", 20)]]);
        check(&[file], &BTreeMap::new(), &[&[("pytest t/test_a.py -v", 0)]]);
    }

    #[test]
    fn a_large_file_is_cut_and_queued() {
        let plan = plan(&[Target::File(path("t/test_a.py"))], &known("t/test_a.py", 81), &Limits::default());
        let sizes: Vec<Vec<usize>> =
            plan.cycles.iter().map(|cycle| cycle.batches.iter().map(|batch| batch.tests.len()).collect()).collect();
        assert_eq!(sizes, [vec![20, 20, 20], vec![20, 1]]);
        assert_eq!(plan.tests(), 81);
    }

    #[test]
    fn a_parametrized_test_stays_one_argument_while_it_fits() {
        let ids: Vec<TestId> =
            ["a", "b", "c::d"].iter().map(|p| TestId::new(&format!("t/x.py::test_p[{p}]"))).collect();
        let known = BTreeMap::from([(path("t/x.py"), ids)]);
        let target = Target::Test(TestId::new("t/x.py::test_p"));
        check(&[target], &known, &[&[("pytest t/x.py::test_p -v", 3)]]);
        let one = Target::Test(TestId::new("t/x.py::test_p[c::d]"));
        check(&[one], &known, &[&[("pytest 't/x.py::test_p[c::d]' -v", 1)]]);
    }

    #[test]
    fn a_file_that_is_asked_for_covers_its_tests() {
        let targets = [Target::Test(TestId::new("t/x.py::test_000")), Target::File(path("t/x.py"))];
        check(&targets, &known("t/x.py", 2), &[&[("pytest t/x.py -v", 2)]]);
    }

    #[test]
    fn batches_are_filled_in_an_order_and_each_runs_its_tests_in_that_of_the_suite() {
        let known = BTreeMap::from([
            (path("t/a.py"), ["t/a.py::x", "t/a.py::y"].map(TestId::new).to_vec()),
            (path("t/b.py"), ["t/b.py::p[1]", "t/b.py::p[2]", "t/b.py::q"].map(TestId::new).to_vec()),
        ]);
        let target = |text: &str, tests: &[&str]| {
            (Target::Test(TestId::new(text)), tests.iter().map(|test| TestId::new(test)).collect::<Vec<_>>())
        };
        let asked = [
            target("t/b.py::p", &["t/b.py::p[1]", "t/b.py::p[2]"]),
            target("t/a.py::y", &["t/a.py::y"]),
            target("t/a.py::x", &["t/a.py::x"]),
            target("t/b.py::p", &["t/b.py::p[1]", "t/b.py::p[2]"]),
            target("t/b.py::q", &["t/b.py::q"]),
        ];
        let shown = |tests_per_batch| -> Vec<String> {
            let limits = Limits { tests_per_batch, commands_per_cycle: 3 };
            plan_in_order(&asked, &known, &limits).batches().map(Batch::shown).collect()
        };
        assert_eq!(shown(20), ["pytest t/a.py t/b.py -v"]);
        assert_eq!(shown(4), ["pytest t/a.py t/b.py::p -v", "pytest t/b.py::q -v"]);
        assert_eq!(shown(3), ["pytest t/a.py::y t/b.py::p -v", "pytest t/a.py::x t/b.py::q -v"]);
    }

    #[test]
    fn words_are_quoted_for_display_only() {
        assert_eq!(quoted("t/a.py::test_x"), "t/a.py::test_x");
        assert_eq!(quoted("a'b $(x)"), r"'a'\''b $(x)'");
        let batch = Batch::of(vec![Target::Test(TestId::new("-k.py::x[$(y)]"))], vec![]);
        assert_eq!(batch.arguments(), ["./-k.py::x[$(y)]"]);
        assert_eq!(batch.file(), Some("-k.py"));
    }

    #[test]
    fn the_report_has_the_exact_form() {
        let command = "pytest tests/test_cart.py -v";
        let plain = batch_report("tests/test_cart.py", 3, "61%", "88%", command, None);
        assert_eq!(
            plain,
            "### File: tests/test_cart.py\n- Tests added: 3\n- Coverage before: 61%\n- Coverage after: 88%\n\
             - Command executed: pytest tests/test_cart.py -v\n"
        );
        let both =
            batch_report("tests/test_cart.py", 3, "61%", "88%", command, Some("pytest -x tests/test_cart.py -v"));
        assert_eq!(both, format!("{plain}- Command as it really ran: pytest -x tests/test_cart.py -v\n"));
    }

    proptest! {
        #[test]
        fn nothing_is_dropped_and_nothing_runs_twice(
            counts in proptest::collection::vec(0_usize..70, 1..6),
            picks in proptest::collection::vec((0_usize..6, 0_usize..80), 0..40),
            limits in (1_usize..25, 1_usize..5),
        ) {
            let mut all = BTreeMap::new();
            for (at, count) in counts.iter().enumerate() {
                all.extend(known(&format!("t/f{at}.py"), *count));
            }
            let targets: Vec<Target> = picks.iter().map(|(file, test)| {
                let file = format!("t/f{file}.py");
                if *test >= 70 { Target::File(path(&file)) } else { Target::Test(TestId::new(&format!("{file}::test_{test:03}"))) }
            }).collect();
            let limits = Limits { tests_per_batch: limits.0, commands_per_cycle: limits.1 };
            let made = plan(&targets, &all, &limits);
            prop_assert!(made.cycles.iter().all(|cycle| (1..=limits.commands_per_cycle).contains(&cycle.batches.len())));
            prop_assert!(made.batches().all(|batch| batch.tests.len() <= limits.tests_per_batch));
            let run: Vec<&TestId> = made.batches().flat_map(|batch| &batch.tests).collect();
            let set: BTreeSet<&TestId> = run.iter().copied().collect();
            prop_assert_eq!(set.len(), run.len());
            for target in &targets {
                let held = match target {
                    Target::Test(id) => set.contains(id) || made.batches().any(|batch| batch.file() == Some(id.path())),
                    Target::File(file) => made.batches().any(|batch| batch.file() == Some(file.as_str())),
                };
                prop_assert!(held, "{:?}", target);
            }
        }
    }
}
