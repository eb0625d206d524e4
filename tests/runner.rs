//! Real pytest through the real supervisor: events, coverage, the traps of a subset, the end of a run.

use crate::venv::{environment, interpreter, program};
use lacuna::base::{Digest, RepoPath};
use lacuna::domain::coverage::{BranchLine, Facts, JumpFix, LineSet, Ran};
use lacuna::domain::suite::{Batch, EventFacts, Exit, Outcome, Output, Progress, Target, TestId, Verdict};
use lacuna::io::runner::{Ended, Interpreter, Launch, Measure, News, Origin, Pytest, RunDir, start};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The limit for any run of these tests.
const LIMIT: Duration = Duration::from_secs(120);

/// A project in a directory of its own.
pub struct Project {
    pub folder: tempfile::TempDir,
    pub options: Vec<OsString>,
    /// Tests in quarantine.
    pub held: Vec<TestId>,
    measure: Measure,
    branches: bool,
    pub interpreter: Interpreter,
    known: Vec<(Digest, Digest)>,
}

/// What came of a run.
pub struct Done {
    pub progress: Progress,
    pub ended: Ended,
    pub output: Output,
    pub verdict: Verdict,
    pub problems: Vec<String>,
    restarts: usize,
    data: PathBuf,
    most: usize,
}

impl Project {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let project = Self {
            folder,
            options: Vec::new(),
            held: Vec::new(),
            measure: Measure::Tests,
            branches: false,
            interpreter: interpreter().clone(),
            known: Vec::new(),
        };
        std::fs::create_dir(project.root()).expect("a folder");
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    pub fn with(mut self, options: &[&str]) -> Self {
        self.options = options.iter().map(OsString::from).collect();
        self
    }

    /// The same without coverage.
    pub const fn unmeasured(mut self) -> Self {
        self.measure = Measure::Nothing;
        self
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().expect("a path").join("project")
    }

    pub fn write(&self, path: &str, text: &str) {
        let place = self.root().join(path);
        std::fs::create_dir_all(place.parent().expect("a parent")).expect("a folder");
        std::fs::write(place, text).expect("a file");
    }

    pub fn launch(&self, targets: &[&str]) -> (Launch, RunDir) {
        let runs = self.folder.path().join("runs");
        let count = std::fs::read_dir(&runs).map_or(0, Iterator::count);
        let run = RunDir::create(&runs.join(count.to_string())).expect("a run directory");
        let target = |text: &&str| match text.contains("::") {
            true => Target::Test(TestId::new(text)),
            false => Target::File(RepoPath::new(text).expect("a path")),
        };
        let batch = Batch::of(targets.iter().map(target).collect(), Vec::new());
        let batch = Batch { held: self.held.clone(), ..batch };
        let (root, environment) = (self.root(), environment());
        let how = Pytest {
            interpreter: &self.interpreter,
            root: &root,
            environment: &environment,
            measure: self.measure,
            branches: self.branches,
            known: &self.known,
            options: &self.options,
        };
        (Launch::pytest(&how, &batch, &run).expect("a launch"), run)
    }

    pub fn run(&self, targets: &[&str]) -> Done {
        self.follow(targets, |_, _| {})
    }

    /// Runs and shows each item of news, with the means to stop.
    fn follow(&self, targets: &[&str], mut seen: impl FnMut(&News, &lacuna::io::runner::Stop)) -> Done {
        let (launch, run) = self.launch(targets);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let following = async {
            let mut running = start(program(), launch).expect("it starts");
            let mut done = Done::new(run.data());
            while let Some(lot) = running.news.recv().await {
                let bytes = lot.iter().map(|news| if let News::Output { bytes, .. } = news { bytes.len() } else { 0 });
                done.most = done.most.max(bytes.sum());
                for news in lot {
                    seen(&news, &running.stop);
                    done.take(news);
                }
            }
            done
        };
        let mut done =
            runtime.block_on(async { tokio::time::timeout(LIMIT, following).await }).expect("it ends in time");
        let (verdict, problems) = done.progress.judge(done.ended.exit, done.ended.cancelled);
        done.verdict = verdict;
        done.problems.extend(problems.iter().map(ToString::to_string));
        done
    }

    /// Every file of the project with the digest of its content; caches apart.
    pub fn files(&self) -> BTreeMap<PathBuf, Digest> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.root()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
                let path = entry.path();
                if path.is_dir() && !path.ends_with("__pycache__") {
                    folders.push(path);
                } else if path.is_file() {
                    found.insert(path.clone(), Digest::of(&std::fs::read(&path).expect("a file")));
                }
            }
        }
        found
    }
}

impl Done {
    /// Nothing yet; coverage will be measured into `data`.
    pub fn new(data: PathBuf) -> Self {
        Self {
            progress: Progress::default(),
            ended: Ended {
                exit: Exit::Lost,
                cancelled: false,
                leaked: 0,
                dropped: Vec::new(),
                deep: false,
                data: None,
            },
            output: Output::default(),
            verdict: Verdict::Broken,
            problems: Vec::new(),
            restarts: 0,
            data,
            most: 0,
        }
    }

    pub fn take(&mut self, news: News) {
        match news {
            News::Event(event) => self.progress.apply(event),
            News::Output { bytes, skipped } => {
                self.output.skip(skipped);
                self.output.push(&bytes);
            }
            News::Trouble(problem) => self.problems.push(problem.to_string()),
            News::Restarted { .. } => {
                self.progress = Progress::default();
                self.restarts += 1;
            }
            News::Ended(ended) => self.ended = ended,
            News::Started(_) | News::Stopping(..) | News::Unanswered(_) | News::Warmth(_) => {}
        }
    }

    /// Each test with the symbol of its outcome.
    pub fn outcomes(&self) -> Vec<String> {
        let symbol = |outcome: Option<Outcome>| outcome.map_or('?', Outcome::symbol);
        let tests = self.progress.results().iter();
        tests.map(|test| format!("{} {}", symbol(test.outcome), test.id.as_str())).collect()
    }

    pub fn context(&self) -> String {
        format!("{:?} {:?}\n{}", self.ended, self.problems, self.output.text())
    }

    fn contexts(&self) -> BTreeSet<String> {
        let data = rusqlite::Connection::open(&self.data).expect("a data file");
        let mut rows = data.prepare("select context from context").expect("a table");
        let rows = rows.query_map([], |row| row.get(0)).expect("rows");
        rows.map(|row| row.expect("a context")).collect()
    }

    /// What ran in each file by context, lines or branches, as the data file has it. The plugin itself lies elsewhere in each run.
    pub fn measured_by_context(&self) -> BTreeSet<(String, String, Vec<u8>)> {
        let data = rusqlite::Connection::open(&self.data).expect("a data file");
        let lines = "select path, context, ran from (select file_id, context_id, numbits as ran from line_bits union all \
                     select file_id, context_id, cast(fromno || ' ' || tono as blob) from arc) \
                     join file on file.id = file_id join context on context.id = context_id \
                     where path not like '%/lacuna_probe.py'";
        let mut rows = data.prepare(lines).expect("a table");
        let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).expect("rows");
        rows.map(|row| row.expect("a row")).collect()
    }

    /// What ran in each file, all contexts together.
    fn ran(&self) -> BTreeMap<String, Ran> {
        let data = rusqlite::Connection::open(&self.data).expect("a data file");
        let mut ran: BTreeMap<String, Ran> = BTreeMap::new();
        let mut files = data.prepare("select path from file").expect("a table");
        for path in files.query_map([], |row| row.get(0)).expect("rows") {
            ran.insert(path.expect("a path"), Ran::default());
        }
        let mut bits =
            data.prepare("select path, numbits from line_bits join file on file.id = file_id").expect("a table");
        let rows = bits.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
        for (path, numbits) in rows.map(|row: Result<(String, Vec<u8>), _>| row.expect("a row")) {
            let lines = LineSet::from_numbits(&numbits);
            ran.entry(path).or_default().merge(&Ran::new(lines, Vec::new()));
        }
        let mut arcs =
            data.prepare("select path, fromno, tono from arc join file on file.id = file_id").expect("a table");
        let rows = arcs.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).expect("rows");
        let mut all: BTreeMap<String, Vec<(i32, i32)>> = BTreeMap::new();
        for (path, from, to) in rows.map(|row: Result<(String, i32, i32), _>| row.expect("a row")) {
            all.entry(path).or_default().push((from, to));
        }
        for (path, arcs) in all {
            ran.entry(path).or_default().merge(&Ran::new(LineSet::new(), arcs));
        }
        ran
    }

    fn measured(&self) -> Vec<&str> {
        let names = self.progress.facts.iter().map(|facts| facts.path.rsplit_once('/').map_or("", |(_, name)| name));
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        names
    }
}

/// The facts as the room of coverage holds them.
fn facts(facts: &EventFacts) -> Facts {
    let branches = facts.branches.iter().flatten();
    Facts {
        statements: facts.statements.iter().copied().collect(),
        excluded: facts.excluded.iter().copied().collect(),
        first_lines: facts.first.clone(),
        branch_lines: branches
            .map(|(line, exits, targets)| BranchLine { line: *line, exits: *exits, targets: targets.clone() })
            .collect(),
        jump_fixes: facts
            .jumps
            .iter()
            .map(|jump| JumpFix { arc: jump.arc, instead: jump.instead, drops: jump.drops.clone() })
            .collect(),
        estimated: false,
    }
}

const CALC: &str = include_str!("data/runner/calc.py");

const TESTS: &str = "
import pytest
from app import calc

def test_add():
    assert calc.add(1, 2) == 3

@pytest.mark.parametrize('value', ['a::b', 'sp ace', '[q]', '(x|y).*', '\\x1b[31m', 'é', '--lf', '$(x)'])
def test_odd(value):
    assert calc.pick(False, 0) == [1]

def test_bad():
    assert calc.add(1, 1) == 3

@pytest.mark.xfail
def test_expected():
    assert calc.add(1, 1) == 3

def test_empty():
    calc.pick(True, 1)
";

fn shop(config: &str) -> Project {
    Project::new(&[
        ("pyproject.toml", config),
        ("app/__init__.py", ""),
        ("app/calc.py", CALC),
        ("app/unused.py", "x = 1\nif x:\n    y = 2\nelse:\n    y = 3\n"),
        ("tests/test_calc.py", TESTS),
        ("tests/test_more.py", "def test_one():\n    pass\n\ndef test_two():\n    pass\n"),
    ])
}

const PLAIN: &str = "[tool.coverage.run]\nsource = ['app']\n";

#[test]
fn a_run_tells_each_test_with_its_outcome_and_output() {
    let project = Project::new(&[(
        "tests/test_all.py",
        "import pytest\n\n@pytest.fixture\ndef bad():\n    yield\n    raise RuntimeError('down')\n\n\
         def test_pass():\n    print('said')\n\n\
         def test_fail():\n    assert 1 == 2\n\n\
         @pytest.mark.xfail\ndef test_xfail():\n    assert 0\n\n\
         @pytest.mark.xfail\ndef test_xpass():\n    pass\n\n\
         @pytest.mark.skip(reason='why')\ndef test_skip():\n    pass\n\n\
         def test_down(bad):\n    pass\n\n\
         def test_setup(nothing):\n    pass\n\n\
         count = []\n\n@pytest.mark.flaky(reruns=2)\ndef test_again():\n    count.append(1)\n    assert len(count) == 2\n",
    )]);
    let done = project.run(&["tests/test_all.py"]);
    let id = |name: &str| TestId::new(&format!("tests/test_all.py::{name}"));
    let expect = ["✓ pass", "✗ fail", "x xfail", "X xpass", "s skip", "E down", "E setup", "✓ again"];
    let expect: Vec<String> = expect.iter().map(|line| line.replace(' ', " tests/test_all.py::test_")).collect();
    assert_eq!(done.outcomes(), expect, "{}", done.context());
    assert_eq!((done.verdict, done.ended.exit), (Verdict::Failed, Exit::Code(1)));
    let result = |name: &str| done.progress.result(&id(name)).expect("a result");
    assert_eq!(result("test_again").attempts, [Outcome::Failed]);
    let sections: Vec<_> = result("test_pass").sections.iter().map(|said| (&*said.title, &*said.text)).collect();
    assert_eq!(sections, [("Captured stdout call", "said\n")]);
    assert_eq!(result("test_fail").crash.as_ref().map(|crash| crash.line), Some(12));
    assert!(result("test_fail").failures[0].text.contains("assert 1 == 2"));
    assert!(result("test_skip").failures[0].text.contains("why"));
    assert!(done.output.text().contains("tests/test_all.py::test_pass"));
    assert!(!project.root().join(".pytest_cache").exists());
}

#[test]
fn trap_3_a_mistyped_path_leaves_the_projects_data_alone() {
    let project = shop(PLAIN);
    project.write(".coverage", "precious");
    let before = project.files();
    let done = project.run(&["tests/test_calk.py"]);
    assert_eq!((done.verdict, done.ended.exit), (Verdict::Broken, Exit::Code(4)), "{}", done.context());
    assert_eq!(done.ended.dropped.len(), 1);
    assert_eq!(project.files(), before);
}

#[test]
fn trap_4_reports_named_in_addopts_are_written_elsewhere() {
    let project = shop(
        "[tool.pytest.ini_options]\naddopts = '--cov=app --cov-report=xml --cov-report=html --cov-report=json:deep/c.json \
         --cov-report=lcov --cov-report=annotate --junitxml=junit.xml --cov-append --cov-fail-under=100'\n",
    );
    for report in ["coverage.xml", "junit.xml", "htmlcov/index.html", ".coverage", "coverage.json"] {
        project.write(report, "precious");
    }
    let before = project.files();
    let done = project.run(&["tests/test_more.py"]);
    assert_eq!((done.verdict, done.ended.exit), (Verdict::Passed, Exit::Code(0)), "{}", done.context());
    assert_eq!(project.files(), before);
    assert!(done.ended.data.is_some());
}

#[test]
fn trap_5_an_option_of_addopts_does_not_swallow_the_path() {
    let project = shop("[tool.pytest.ini_options]\naddopts = '-ra --cov'\n[tool.coverage.run]\nsource = ['app']\n");
    let done = project.run(&["tests/test_more.py::test_one"]);
    assert_eq!(done.outcomes(), ["✓ tests/test_more.py::test_one"], "{}", done.context());
    assert_eq!(done.progress.measuring.as_ref().map(|by| by.source.clone()), Some(vec!["app".to_owned()]));
    let asked = [TestId::new("tests/test_more.py::test_one"), TestId::new("tests/test_more.py::test_gone")];
    let notes = done.progress.compared(&asked);
    assert!(notes.len() == 1 && notes[0].to_string().contains("test_gone"), "{notes:?}");
    assert!(done.progress.compared(&asked[..1]).is_empty());
}

#[test]
fn trap_6_branches_are_measured_as_the_project_has_it() {
    for (config, branch) in [(PLAIN.to_owned(), false), (format!("{PLAIN}branch = true\n"), true)] {
        let done = shop(&config).run(&["tests/test_more.py"]);
        assert_eq!(done.progress.measuring.as_ref().map(|by| by.branch), Some(branch), "{}", done.context());
    }
}

#[test]
fn trap_6_a_batch_is_measured_with_branches_where_its_baseline_was() {
    for options in [&[][..], &["-p", "no:pytest_cov"], &["-n2"]] {
        let mut project = shop(PLAIN).with(options);
        project.branches = true;
        let done = project.run(&["tests/test_calc.py::test_add"]);
        assert_eq!(done.progress.measuring.as_ref().map(|by| by.branch), Some(true), "{}", done.context());
        assert!(done.ran().values().any(|ran| !ran.arcs.is_empty()), "{options:?} {}", done.context());
    }
}

#[test]
fn trap_7_the_projects_own_configuration_of_coverage_stays() {
    let done = shop(PLAIN).run(&["tests/test_calc.py"]);
    assert_eq!(done.measured(), ["__init__.py", "calc.py", "unused.py"], "{}", done.context());
    let omitting = format!("{PLAIN}omit = ['*/unused.py']\n[tool.coverage.report]\nomit = ['*/__init__.py']\n");
    let done = shop(&omitting).run(&["tests/test_calc.py"]);
    assert_eq!(done.measured(), ["calc.py"], "{}", done.context());
    let done = shop("").run(&["tests/test_calc.py"]);
    assert_eq!(done.measured(), ["__init__.py", "calc.py", "test_calc.py"], "{}", done.context());
}

#[test]
fn trap_10_lines_of_bad_tests_come_with_their_outcomes() {
    let project = shop(PLAIN);
    let done = project.run(&["tests/test_calc.py"]);
    let contexts = done.contexts();
    for (name, outcome) in [("test_bad", Outcome::Failed), ("test_expected", Outcome::Xfailed)] {
        let id = TestId::new(&format!("tests/test_calc.py::{name}"));
        assert!(contexts.contains(&format!("{}|run", id.as_str())), "{contexts:?}");
        assert_eq!(done.progress.result(&id).and_then(|test| test.outcome), Some(outcome));
    }
}

#[test]
fn trap_12_workers_and_subprocesses_leave_nothing_beside_the_one_data_file() {
    let child = "import subprocess, sys\n\ndef test_child():\n    \
                 subprocess.run([sys.executable, '-c', 'from app import unused'], check=True)\n";
    for (options, measure) in
        [(&["-n2"][..], "pytest-cov"), (&[], "pytest-cov"), (&["-p", "no:pytest_cov"], "coverage")]
    {
        let config = "[tool.coverage.run]\nsource = ['app']\npatch = ['subprocess']\nparallel = true\n";
        let project = shop(config).with(options);
        project.write("tests/test_child.py", child);
        let before = project.files();
        let done = project.run(&["tests/test_child.py", "tests/test_calc.py::test_add"]);
        assert_eq!(done.verdict, Verdict::Passed, "{options:?} {}", done.context());
        assert_eq!(done.progress.measuring.as_ref().map(|by| by.by.as_str()), Some(measure));
        assert_eq!(project.files(), before);
        let private = done.data.parent().expect("a folder");
        let names = std::fs::read_dir(private).expect("a folder").flatten().map(|entry| entry.file_name());
        let strays: Vec<OsString> = names.filter(|name| name.to_string_lossy().contains("coverage.db.")).collect();
        assert!(strays.is_empty(), "{strays:?}");
        let ran = done.ran();
        let unused = ran.iter().find(|(path, _)| path.ends_with("unused.py")).expect("the child's file");
        if done.progress.start.as_ref().is_some_and(|start| start.coverage >= Some("7.10".to_owned())) {
            assert!(!unused.1.is_empty(), "{options:?}: what the child ran is there");
        }
        assert!(done.contexts().contains("tests/test_calc.py::test_add|run"));
    }
}

#[test]
fn trap_13_each_test_is_measured_apart_whatever_core_the_project_asks_for() {
    let tests = "import os\nfrom app.calc import add\n\ndef test_one():\n    assert add(1, 2)\n    \
                 assert os.environ['COVERAGE_CORE'] != 'sysmon'\n\ndef test_two():\n    assert add(1, 2)\n";
    for options in [&[][..], &["-p", "no:pytest_cov"], &["-n2"]] {
        let project = shop(&format!("{PLAIN}core = 'sysmon'\n")).with(options);
        project.write("tests/test_core.py", tests);
        let done = project.run(&["tests/test_core.py"]);
        assert_eq!(done.verdict, Verdict::Passed, "{options:?} {}", done.context());
        let contexts = done.contexts();
        for name in ["test_one", "test_two"] {
            assert!(contexts.contains(&format!("tests/test_core.py::{name}|run")), "{options:?} {contexts:?}");
        }
    }
}

#[test]
fn trap_14_testmon_is_switched_off_and_that_is_said() {
    let project = shop("[tool.pytest.ini_options]\naddopts = '--testmon'\n[tool.coverage.run]\nbranch = true\n");
    // As testmon 2.2 does it: it reads these options, and gives up where branches are measured.
    project.write(
        "conftest.py",
        "import pytest\n\ndef pytest_addoption(parser):\n    \
         parser.addoption('--testmon', action='store_true', dest='testmon')\n    \
         parser.addoption('--no-testmon', action='store_true', dest='no-testmon')\n\n\
         def pytest_configure(config):\n    options = vars(config.option)\n    \
         if options['testmon'] and not options['no-testmon']:\n        \
         raise pytest.UsageError('testmon does not support branch coverage')\n",
    );
    let done = project.run(&["tests/test_more.py"]);
    assert_eq!((done.verdict, done.ended.exit), (Verdict::Passed, Exit::Code(0)), "{}", done.context());
    assert!(done.problems.iter().any(|problem| problem.contains("testmon is switched off")), "{:?}", done.problems);
    assert!(shop(PLAIN).run(&["tests/test_more.py"]).problems.is_empty());
}

#[test]
fn trap_15_contexts_are_ids_to_the_letter() {
    for options in [&[][..], &["-p", "no:pytest_cov"], &["-n2"]] {
        let project = shop(PLAIN).with(options);
        let done = project.run(&["tests/test_calc.py"]);
        let contexts = done.contexts();
        let odd: Vec<_> = done.progress.results().iter().filter(|test| test.id.params().is_some()).collect();
        assert_eq!(odd.len(), 8, "{}", done.context());
        for test in odd {
            assert!(contexts.contains(&format!("{}|run", test.id.as_str())), "{:?} in {contexts:?}", test.id);
        }
    }
}

#[test]
fn odd_ids_are_passed_back_to_the_letter() {
    let project = shop(PLAIN);
    let all = project.run(&["tests/test_calc.py"]);
    let ids: Vec<String> = all.progress.results().iter().map(|test| test.id.as_str().to_owned()).collect();
    let odd: Vec<&str> = ids.iter().map(String::as_str).filter(|id| id.ends_with(']')).collect();
    let done = project.run(&odd);
    assert_eq!(done.progress.results().len(), 8, "{}", done.context());
    assert_eq!(done.verdict, Verdict::Passed);
}

#[test]
fn trap_16_an_end_is_judged_by_events_before_codes() {
    let check = |files: &[(&str, &str)], expect: (Verdict, Exit), say: &str| {
        let project = Project::new(files);
        let done = project.run(&["tests/test_x.py"]);
        assert_eq!((done.verdict, done.ended.exit), expect, "{}", done.context());
        assert!(done.problems.iter().any(|problem| problem.contains(say)) || say.is_empty(), "{:?}", done.problems);
    };
    let pass = ("tests/test_x.py", "def test_x():\n    pass\n");
    let gate = "[tool.coverage.report]\nfail_under = 100\n[tool.coverage.run]\nsource = ['app']\n";
    let app = ("app/a.py", "x = 1\n");
    check(&[pass, ("pyproject.toml", gate), app], (Verdict::Passed, Exit::Code(0)), "");
    let own = "def pytest_sessionfinish(session):\n    session.exitstatus = 1\n";
    check(&[pass, ("conftest.py", own)], (Verdict::Passed, Exit::Code(1)), "a gate of its own");
    let two = ("tests/test_x.py", "def test_x():\n    pass\n\n\ndef test_y():\n    pass\n");
    let first = "def pytest_runtestloop(session):\n    item = session.items[0]\n    item.ihook.pytest_runtest_protocol(item=item, nextitem=None)\n    session.testsfailed = 1\n    return True\n";
    check(&[two, ("conftest.py", first)], (Verdict::Broken, Exit::Code(1)), "1 of 2 tests had not run");
    let vanish = ("tests/test_x.py", "import os\ndef test_x():\n    os._exit(0)\n");
    check(&[vanish], (Verdict::Broken, Exit::Code(0)), "without a report");
    let crash = ("tests/test_x.py", "import os, signal\ndef test_x():\n    os.kill(os.getpid(), signal.SIGSEGV)\n");
    check(&[crash], (Verdict::Broken, Exit::Signal(11)), "signal 11");
    check(&[("tests/test_x.py", "x = 1\n")], (Verdict::Empty, Exit::Code(5)), "");
    check(&[("tests/test_x.py", "import nothing_there\n")], (Verdict::Failed, Exit::Code(2)), "nothing_there");
    check(&[("tests/test_x.py", "def test_x(:\n")], (Verdict::Failed, Exit::Code(2)), "SyntaxError");
    let conftest = ("tests/conftest.py", "import nothing_there\n");
    check(&[pass, conftest], (Verdict::Broken, Exit::Code(4)), "conftest.py cannot be imported: ModuleNotFoundError");
    let option = ("pytest.ini", "[pytest]\naddopts = --no-such-option\n");
    check(&[pass, option], (Verdict::Broken, Exit::Code(4)), "refuses");
}

#[test]
fn a_run_without_the_plugin_is_no_pass_by_its_code_alone() {
    let mut project = shop(PLAIN);
    let wrapper = project.root().join("isolated");
    let script = format!("#!/bin/sh\nexec '{}' -I \"$@\"\n", interpreter().program.display());
    project.write("isolated", &script);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&wrapper, mode).expect("a mode");
    project.interpreter = Interpreter { program: wrapper, origin: Origin::Setting, home: None };
    let done = project.run(&["tests/test_more.py"]);
    assert_eq!(done.verdict, Verdict::Broken, "{}", done.context());
    assert!(done.problems.iter().any(|problem| problem.contains("said nothing")), "{:?}", done.problems);
}

#[test]
fn ids_that_are_gone_are_dropped_and_the_rest_runs() {
    for options in [&[][..], &["-n2"]] {
        let project = shop(PLAIN).with(options);
        let asked = [
            "tests/test_calc.py::test_add",
            "tests/test_calc.py::test_gone",
            "tests/test_calc.py::test_odd[sp ace]",
            "tests/test_calc.py::test_odd[nope]",
            "tests/test_gone.py::test_x",
        ];
        let done = project.run(&asked);
        let mut outcomes = done.outcomes();
        outcomes.sort();
        let expect = ["✓ tests/test_calc.py::test_add", "✓ tests/test_calc.py::test_odd[sp ace]"];
        assert_eq!(outcomes, expect, "{options:?} {}", done.context());
        assert!(done.restarts > 0);
        let dropped: Vec<&str> = done.ended.dropped.iter().map(Target::as_str).collect();
        assert!(dropped.contains(&"tests/test_gone.py::test_x") && dropped.contains(&asked[1]), "{dropped:?}");
        assert_eq!(done.verdict, Verdict::Passed);
    }
}

#[test]
fn facts_give_the_numbers_of_coverage_itself() {
    for branch in [false, true] {
        let config = format!("{PLAIN}branch = {branch}\n[tool.coverage.report]\nexclude_also = ['never = ']\n");
        let project = shop(&config);
        let done = project.run(&["tests/test_calc.py"]);
        let copy = project.folder.path().join("copy.coverage");
        std::fs::copy(&done.data, &copy).expect("a copy");
        let report = project.folder.path().join("report.json");
        let json = std::process::Command::new(&interpreter().program)
            .args(["-m", "coverage", "json", "-q", "--fail-under=0", "-o"])
            .arg(&report)
            .arg("--data-file")
            .arg(&copy)
            .current_dir(project.root())
            .status();
        assert!(json.is_ok_and(|status| status.success()));
        let report: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&report).expect("a report")).expect("JSON");
        let files = report["files"].as_object().expect("files");
        assert_eq!(files.len(), done.progress.facts.len(), "{}", done.context());
        let ran = done.ran();
        for told in &done.progress.facts {
            let name = Path::new(&told.path).strip_prefix(project.root()).expect("below the root");
            let expect = &files[name.to_str().expect("text")];
            let facts = facts(told.facts.as_ref().expect("facts"));
            let judged = facts.judge(&ran[&told.path], branch);
            let lines = |key: &str| -> Vec<u64> {
                expect[key].as_array().expect("lines").iter().filter_map(serde_json::Value::as_u64).collect()
            };
            let numbers = |set: &LineSet| set.iter().map(u64::from).collect::<Vec<_>>();
            // Before 7.11, coverage lists executed lines that are no statements; its summary does not count them.
            let mut executed = lines("executed_lines");
            executed.retain(|line| u32::try_from(*line).is_ok_and(|line| facts.statements.contains(line)));
            assert_eq!(numbers(&judged.covered), executed, "{name:?}");
            assert_eq!(numbers(&judged.missing), lines("missing_lines"), "{name:?}");
            let summary = |key: &str| expect["summary"][key].as_u64().unwrap_or(0);
            let counts = judged.counts;
            let pairs = [
                ("num_statements", counts.statements),
                ("covered_lines", counts.covered),
                ("excluded_lines", counts.excluded),
                ("num_branches", counts.branches),
                ("covered_branches", counts.covered_branches),
                ("num_partial_branches", counts.partial_branches),
            ];
            for (key, number) in pairs {
                assert_eq!(number, summary(key), "{name:?} {key} branch={branch}");
            }
            let missing: Vec<(i64, i64)> = expect["missing_branches"].as_array().map_or_else(Vec::new, |arcs| {
                arcs.iter().map(|arc| (arc[0].as_i64().unwrap_or(0), arc[1].as_i64().unwrap_or(0))).collect()
            });
            let judged: Vec<(i64, i64)> =
                judged.missing_branches.iter().map(|&(from, to)| (from.into(), to.into())).collect();
            assert_eq!(judged, missing, "{name:?}");
        }
    }
}

#[test]
fn facts_that_are_known_are_not_sent_again() {
    let mut project = shop(PLAIN);
    let first = project.run(&["tests/test_more.py"]);
    assert!(first.progress.facts.iter().all(|facts| facts.facts.is_some() && !facts.changed));
    project.known = first.progress.facts.iter().map(|facts| (facts.digest, facts.rules)).collect();
    project.write("app/unused.py", "y = 1\n");
    let second = project.run(&["tests/test_more.py"]);
    let sent: Vec<&str> =
        second.progress.facts.iter().filter(|facts| facts.facts.is_some()).map(|facts| facts.path.as_str()).collect();
    assert!(sent.len() == 1 && sent[0].ends_with("unused.py"), "{sent:?}");
    assert_eq!(second.progress.facts.len(), first.progress.facts.len());
}

#[test]
fn a_run_without_measuring_leaves_no_data() {
    let mut project = shop("[tool.pytest.ini_options]\naddopts = '--cov=app --cov-fail-under=100'\n");
    project.measure = Measure::Nothing;
    let done = project.run(&["tests/test_more.py"]);
    assert_eq!((done.verdict, done.ended.data.clone()), (Verdict::Passed, None), "{}", done.context());
    project.measure = Measure::Lines;
    let done = project.run(&["tests/test_calc.py::test_add"]);
    assert_eq!(done.contexts(), BTreeSet::from([String::new()]), "{}", done.context());
}

#[test]
fn cancel_lets_pytest_report_and_keeps_what_was_measured() {
    for options in [&[][..], &["-p", "no:pytest_cov"]] {
        let project = shop(PLAIN).with(options);
        project.write(
            "tests/test_slow.py",
            "import time\ndef test_fast():\n    pass\ndef test_slow():\n    time.sleep(600)\n",
        );
        let done = project.follow(&["tests/test_calc.py::test_add", "tests/test_slow.py"], |news, stop| {
            if let News::Event(lacuna::domain::suite::Event::TestStart { id, .. }) = news
                && id.as_str().ends_with("test_slow")
            {
                stop.cancel();
            }
        });
        assert_eq!((done.verdict, done.ended.cancelled), (Verdict::Stopped, true), "{}", done.context());
        assert_eq!(done.progress.tally().passed, 2);
        assert!(done.contexts().contains("tests/test_calc.py::test_add|run"), "{options:?} {}", done.context());
    }
}

#[test]
fn an_interrupt_that_a_test_swallows_ends_the_run_before_the_next_test() {
    let project = Project::new(&[(
        "tests/test_x.py",
        "import pathlib, time\ndef test_deaf():\n    try:\n        pathlib.Path('began').touch()\n        \
         time.sleep(600)\n    except KeyboardInterrupt:\n        pass\ndef test_slow():\n    time.sleep(600)\n",
    )]);
    let began = project.root().join("began");
    let mut asked = false;
    let done = project.follow(&["tests/test_x.py"], |_, stop| {
        if !asked && began.exists() {
            asked = true;
            stop.cancel();
        }
    });
    assert_eq!((done.verdict, done.ended.exit), (Verdict::Stopped, Exit::Code(2)), "{}", done.context());
}

#[test]
fn what_tests_leave_running_is_killed_and_told() {
    let project = Project::new(&[(
        "tests/test_x.py",
        "import subprocess\ndef test_x():\n    subprocess.Popen(['sleep', '600'], start_new_session=True)\n",
    )]);
    let done = project.run(&["tests/test_x.py"]);
    assert_eq!((done.verdict, done.ended.leaked), (Verdict::Passed, 1), "{}", done.context());
    assert!(done.problems.iter().any(|problem| problem.contains("left behind")), "{:?}", done.problems);
}

#[test]
fn fifty_megabytes_of_output_are_no_burden() {
    let project = Project::new(&[(
        "tests/test_x.py",
        "import os\ndef test_x(capfd):\n    with capfd.disabled():\n        for _ in range(800):\n            os.write(1, b'x' * 65536)\n",
    )]);
    let done = project.run(&["tests/test_x.py"]);
    assert_eq!(done.verdict, Verdict::Passed, "{:?}", done.problems);
    assert!(done.output.len() <= 2 << 20, "{}", done.output.len());
    assert!(done.most < 1 << 20, "a lot held {} bytes", done.most);
    assert!(done.output.len() as u64 + done.output.dropped() >= 800 * 65536);
    assert!(done.output.text().contains("1 passed"));
}

#[test]
fn warnings_as_errors_and_interpreters_without_bytecode_change_nothing() {
    let project = shop("[tool.pytest.ini_options]\nfilterwarnings = ['error']\n").with(&["-p", "no:cacheprovider"]);
    let done = project.run(&["tests/test_more.py"]);
    assert_eq!((done.verdict, done.ended.exit), (Verdict::Passed, Exit::Code(0)), "{}", done.context());
}
