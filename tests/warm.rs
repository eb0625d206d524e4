//! Warm runs: forked from a server that is kept ready, they are what cold runs are, and cold where they cannot be.

use crate::runner::{Done, Project};
use crate::supervisor::{lives, until};
use crate::venv::{environment, program};
use lacuna::app::{Ask, News as ScreenNews};
use lacuna::base::RepoPath;
use lacuna::domain::suite::{Exit, Outcome, Target, TestId, Verdict};
use lacuna::io::runner::{Environment, Kit, Launch, Level, News, RunDir, Stop, Warm, Warmth, merged_notes, start_warm};
use lacuna::shell::{Desk, Surroundings, cycle, planning};
use std::sync::Mutex;
use std::time::Duration;

/// The limit for anything of these tests.
const LIMIT: Duration = Duration::from_secs(120);

/// A project with a fork server of its own.
struct Bench {
    project: Project,
    runtime: tokio::runtime::Runtime,
    warm: Warm,
    environment: Environment,
    level: Level,
}

/// What came of a run, with how it was run.
struct Ran {
    done: Done,
    warmth: Vec<Warmth>,
    notes: Option<Vec<u8>>,
}

impl Ran {
    fn is_warm(&self) -> bool {
        matches!(self.warmth.as_slice(), [Warmth::Warm { .. }])
    }

    fn is_deep(&self) -> bool {
        matches!(self.warmth.as_slice(), [Warmth::Warm { deep: true, .. }])
    }

    /// Why it was not deep in the end; empty when nothing is said of that.
    fn why_shallow(&self) -> &str {
        if let Some(Warmth::Warm { why, .. }) = self.warmth.last() { why } else { "" }
    }

    /// Why it was cold in the end; empty when it was warm.
    fn why_cold(&self) -> &str {
        if let Some(Warmth::Cold { why, .. }) = self.warmth.last() { why } else { "" }
    }
}

impl Bench {
    fn new(files: &[(&str, &str)]) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let (project, environment) = (Project::new(files), environment());
        Self { project, runtime, warm: Warm::default(), environment, level: Level::Safe }
    }

    /// With a fork server that knows what a cold run of these targets has noted.
    fn warmed(files: &[(&str, &str)], targets: &[&str]) -> Self {
        let bench = Self::new(files);
        let first = bench.run(targets);
        assert!(!first.is_warm(), "nothing is started before a first run");
        bench.start(&first);
        bench
    }

    fn start(&self, ran: &Ran) {
        let place = self.project.folder.path().join(format!("server-{}", self.servers()));
        let root = self.project.root();
        let notes = merged_notes(None, ran.notes.as_ref().expect("notes")).expect("notes");
        let kit = Kit {
            supervisor: program(),
            interpreter: &self.project.interpreter,
            root: &root,
            environment: &self.environment,
            place: &place,
        };
        let _inside = self.runtime.enter();
        self.warm.start(&kit, notes.as_bytes(), self.level != Level::Safe).expect("it starts");
        self.wait();
    }

    fn wait(&self) {
        until(LIMIT, "the server is ready", || self.warm.is_ready() || self.warm.why_cold().is_some());
    }

    fn servers(&self) -> usize {
        let entries = std::fs::read_dir(self.project.folder.path()).expect("a folder").flatten();
        entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("server-")).count()
    }

    fn run(&self, targets: &[&str]) -> Ran {
        let (mut launch, run) = self.project.launch(targets);
        if let Some(packages) = self.environment.value("PYTHONPATH") {
            let mut path = run.probe().into_os_string();
            path.push(":");
            path.push(packages);
            launch.environment.set("PYTHONPATH", path);
        }
        self.follow(launch, &run, |_, _| {})
    }

    fn follow(&self, mut launch: Launch, run: &RunDir, mut seen: impl FnMut(&News, &Stop)) -> Ran {
        launch.note_modules();
        let following = async {
            let mut running = start_warm(program(), launch, &self.warm, self.level).expect("it starts");
            let (mut done, mut warmth) = (Done::new(run.data()), Vec::new());
            while let Some(lot) = running.news.recv().await {
                for news in lot {
                    seen(&news, &running.stop);
                    if let News::Warmth(how) = &news {
                        if matches!(how, Warmth::Cold { again: true, .. }) {
                            done = Done::new(run.data());
                        }
                        warmth.push(how.clone());
                    }
                    done.take(news);
                }
            }
            (done, warmth)
        };
        let ended = self.runtime.block_on(async { tokio::time::timeout(LIMIT, following).await });
        let (mut done, warmth) = ended.expect("it ends in time");
        done.verdict = done.progress.judge(done.ended.exit, done.ended.cancelled).0;
        Ran { done, warmth, notes: run.read_modules() }
    }

    /// The server's own process, found by its directory.
    fn server(&self) -> u32 {
        let mark = self.project.folder.path().canonicalize().expect("a path").join("server-");
        let mark = format!("LACUNA_NOTES={}", mark.display());
        let processes = std::fs::read_dir("/proc").expect("a folder").flatten();
        let mut numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let is_it = |pid: &u32| {
            let read = |name: &str| std::fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default();
            let (variables, command) = (read("environ"), read("cmdline"));
            let has = |bytes: &[u8], word: &str| String::from_utf8_lossy(bytes).contains(word);
            has(&variables, &mark) && has(&command, "lacuna_warm") && !has(&command, "__serve")
        };
        numbers.find(is_it).expect("the server's process")
    }
}

const CODE: &str = "import json\nimport pygments.token\n\nVALUE = json.loads('[1, 2]')\n\n\ndef pick(all):\n    if all:\n        \
                    return VALUE\n    return VALUE[:1]\n";

const TESTS: &str = "
import os, pathlib, signal, sys, threading
import pytest
import app

def test_good():
    assert app.pick(False) == [1]

def test_bad():
    print('said')
    assert app.pick(True) == [1]

@pytest.mark.xfail
def test_expected():
    assert app.pick(True) == [1]

def test_error(nothing):
    pass

@pytest.mark.skip(reason='why')
def test_skipped():
    pass

@pytest.mark.flaky(reruns=2)
def test_like_a_fresh_interpreter(record_property):
    assert os.read(0, 1) == b''
    assert os.getpgid(0) == os.getpid() and not os.isatty(1)
    assert sys.argv[0].endswith('pytest/__main__.py') and sys.argv[1] == '-p'
    assert sys.path[1] == os.getcwd() and sys.path[2].endswith('/probe'), sys.path
    assert sys.modules['__main__'].__spec__.name == 'pytest.__main__'
    assert 'lacuna_warm' not in sys.modules and 'LACUNA_NOTES' not in os.environ
    assert threading.current_thread() is threading.main_thread()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    parent = pathlib.Path('/proc/%d/cmdline' % os.getppid()).read_text()
    assert '__s' in parent, parent
    opened = [os.readlink('/proc/self/fd/' + fd) for fd in os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd/' + fd)]
    assert sum('pipe:' in name for name in opened) <= 4, opened
";

const FILES: &[(&str, &str)] = &[
    ("pyproject.toml", "[tool.pytest.ini_options]\nfilterwarnings = ['error']\n[tool.coverage.run]\nsource = ['.']\n"),
    ("app.py", CODE),
    ("tests/test_app.py", TESTS),
    ("tests/test_more.py", "import app\n\ndef test_one():\n    assert app.pick(True)\n"),
];

fn same(warm: &Ran, cold: &Ran) {
    assert!(warm.is_warm(), "{:?}\n{}", warm.warmth, warm.done.context());
    assert!(!cold.is_warm());
    assert_eq!(warm.done.outcomes(), cold.done.outcomes(), "{}\n{}", warm.done.context(), cold.done.context());
    assert_eq!((warm.done.ended.exit, warm.done.verdict), (cold.done.ended.exit, cold.done.verdict));
    assert_eq!(warm.done.measured_by_context(), cold.done.measured_by_context());
    assert_eq!(warm.done.progress.start, cold.done.progress.start);
    assert_eq!(warm.done.progress.measuring, cold.done.progress.measuring);
    assert_eq!(warm.done.progress.facts, cold.done.progress.facts);
}

#[test]
fn a_warm_run_is_what_a_cold_run_is() {
    let bench = Bench::new(FILES);
    let cold = bench.run(&["tests/test_app.py"]);
    assert_eq!(cold.done.ended.exit, Exit::Code(1), "{}", cold.done.context());
    let fresh = TestId::new("tests/test_app.py::test_like_a_fresh_interpreter");
    let outcome = |ran: &Ran| ran.done.progress.result(&fresh).and_then(|result| result.outcome);
    assert_eq!(outcome(&cold), Some(Outcome::Passed), "{}", cold.done.context());
    bench.start(&cold);
    for _ in 0..3 {
        same(&bench.run(&["tests/test_app.py"]), &cold);
    }
    // Another batch from the same server, and one of a test that is asked for by its id.
    let warm = bench.run(&["tests/test_more.py"]);
    bench.warm.stop("cold for once");
    same(&warm, &bench.run(&["tests/test_more.py"]));
}

#[test]
fn a_changed_module_is_seen_and_nothing_of_it_is_kept() {
    let bench = Bench::warmed(FILES, &["tests/test_more.py"]);
    assert_eq!(bench.run(&["tests/test_more.py"]).done.ended.exit, Exit::Code(0));
    bench.project.write("app.py", "def pick(all):\n    return []\n");
    let ran = bench.run(&["tests/test_more.py"]);
    assert!(ran.is_warm(), "{:?}", ran.warmth);
    assert_eq!(ran.done.ended.exit, Exit::Code(1), "{}", ran.done.context());
    bench.project.write("app.py", CODE);
    assert_eq!(bench.run(&["tests/test_more.py"]).done.ended.exit, Exit::Code(0));
}

#[test]
fn what_changes_the_run_is_a_reason_for_a_cold_one_and_a_new_server() {
    let bench = Bench::warmed(FILES, &["tests/test_more.py"]);
    bench.project.write("pyproject.toml", "[tool.pytest.ini_options]\naddopts = '--maxfail=3'\n");
    let ran = bench.run(&["tests/test_more.py"]);
    assert_eq!(ran.why_cold(), "the configuration has changed (pyproject.toml)");
    assert_eq!(ran.done.verdict, Verdict::Passed, "{}", ran.done.context());
    assert!(!bench.warm.is_there(), "a server that is not exact any more is ended");
    bench.start(&ran);
    assert!(bench.run(&["tests/test_more.py"]).is_warm());
    let (mut launch, run) = bench.project.launch(&["tests/test_more.py"]);
    launch.environment.set("SOMETHING", "else");
    let ran = bench.follow(launch, &run, |_, _| {});
    assert_eq!(ran.why_cold(), "the environment has changed (SOMETHING)");
}

#[test]
fn a_package_that_was_installed_anew_ends_the_server() {
    let mut bench = Bench::new(PACKAGES);
    let packages = bench.project.root().join("lib/site-packages");
    bench.environment.set("PYTHONPATH", packages);
    bench.start(&bench.run(&["test_it.py"]));
    assert!(bench.run(&["test_it.py"]).is_warm());
    bench.project.write("lib/site-packages/harmless-2.dist-info/METADATA", "Name: harmless\nVersion: 2\n");
    let ran = bench.run(&["test_it.py"]);
    assert_eq!(ran.why_cold(), "the installed packages have changed (site-packages)");
    bench.start(&ran);
    bench.project.write("lib/site-packages/harmless.py", "import os\nPID = os.getpid()\nFIXED = DICE = None\n");
    let ran = bench.run(&["test_it.py"]);
    assert_eq!(ran.why_cold(), "the installed packages have changed (harmless.py)");
    assert_eq!(ran.done.ended.exit, Exit::Code(1));
}

#[test]
fn a_server_that_dies_is_made_up_for() {
    let bench = Bench::warmed(FILES, &["tests/test_more.py"]);
    let server = bench.server();
    assert!(std::process::Command::new("kill").args(["-9", &server.to_string()]).status().is_ok_and(|s| s.success()));
    until(LIMIT, "the server is gone", || !lives(server));
    let ran = bench.run(&["tests/test_more.py"]);
    assert_eq!(
        (ran.why_cold(), ran.done.ended.exit),
        ("the fork server died", Exit::Code(0)),
        "{}",
        ran.done.context()
    );
    bench.start(&ran);
    assert!(bench.run(&["tests/test_more.py"]).is_warm());
}

#[test]
fn a_warm_run_that_breaks_off_is_made_again_cold() {
    let files = [FILES, &[("tests/test_off.py", "import os\n\ndef test_off():\n    os._exit(7)\n")]].concat();
    let bench = Bench::warmed(&files, &["tests/test_more.py"]);
    let ran = bench.run(&["tests/test_off.py"]);
    assert!(matches!(ran.warmth.last(), Some(Warmth::Cold { again: true, .. })), "{:?}", ran.warmth);
    assert_eq!(ran.done.ended.exit, Exit::Code(7), "it does that cold as well");
    assert!(bench.run(&["tests/test_more.py"]).is_warm(), "the server goes on");
}

/// Installed packages, by a folder of that name; each says in which process it was imported.
const PACKAGES: &[(&str, &str)] = &[
    ("pyproject.toml", "[tool.coverage.run]\ninclude = ['test_it.py']\n"),
    ("conftest.py", "import os\nos.environ['MODE'] = 'test'\n"),
    (
        "lib/site-packages/harmless.py",
        "import os, random\nPID = os.getpid()\nDICE = random.Random()\nFIXED = random.Random(1)\n",
    ),
    ("lib/site-packages/reads_mode.py", "import os\nPID = os.getpid()\nMODE = os.environ.get('MODE')\n"),
    (
        "lib/site-packages/warns.py",
        "import os, warnings\nPID = os.getpid()\nwarnings.warn('old', DeprecationWarning)\n",
    ),
    (
        "lib/site-packages/starts_a_thread.py",
        "import os, threading\nPID = os.getpid()\nthreading.Thread(target=threading.Event().wait, name='odd', daemon=True).start()\n",
    ),
    (
        "test_it.py",
        "import os, threading\nimport harmless, reads_mode, starts_a_thread, warns\n\ndef test_it():\n    \
         assert reads_mode.MODE == 'test' and 'odd' in [thread.name for thread in threading.enumerate()]\n    \
         ahead = [module.__name__ for module in (harmless, reads_mode, starts_a_thread, warns) if module.PID != os.getpid()]\n    \
         print(harmless.FIXED.random(), harmless.DICE.random(), *ahead)\n",
    ),
];

#[test]
fn a_package_that_cannot_be_kept_ready_is_left_to_the_runs() {
    let mut bench = Bench::new(PACKAGES);
    let packages = bench.project.root().join("lib/site-packages");
    bench.environment.set("PYTHONPATH", packages);
    let cold = bench.run(&["test_it.py"]);
    bench.start(&cold);
    let said = |ran: &Ran| {
        let result = ran.done.progress.results().first().expect("a test");
        let text = result.sections.first().map(|section| section.text.clone()).unwrap_or_default();
        text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let (one, two) = (bench.run(&["test_it.py"]), bench.run(&["test_it.py"]));
    assert!(one.is_warm() && two.is_warm(), "{:?}", one.warmth);
    assert_eq!(one.done.outcomes(), ["✓ test_it.py::test_it"], "{}", one.done.context());
    let said = [&cold, &one, &two].map(said);
    assert_eq!(said.clone().map(|said| said.len()), [2, 3, 3], "{said:?}");
    assert!(said.iter().all(|words| words[0] == said[0][0]), "a seed that was chosen stays: {said:?}");
    assert!(said[1][1] != said[2][1], "chance is chance in every run: {said:?}");
    assert_eq!(said[1][2], "harmless", "{said:?}");
    let warned = |ran: &Ran| ran.done.progress.warnings.len();
    assert_eq!((warned(&cold), warned(&one)), (1, 1), "a warning of an import is heard in each run");
}

#[test]
fn a_package_that_is_measured_as_if_it_were_a_source_is_left_to_the_runs() {
    let text = "import os\nPID = os.getpid()\n";
    let mut bench = Bench::new(&[
        (
            "pyproject.toml",
            "[tool.coverage.run]\nsource_pkgs = ['odd']\n[tool.coverage.paths]\nsource = ['src', '*/site-packages']\n",
        ),
        ("lib/site-packages/odd.py", text),
        ("src/odd.py", text),
        ("test_it.py", "import odd, os\n\ndef test_it():\n    assert odd.PID == os.getpid()\n"),
    ]);
    bench.environment.set("PYTHONPATH", bench.project.root().join("lib/site-packages"));
    let cold = bench.run(&["test_it.py"]);
    assert!(cold.done.measured_by_context().iter().any(|measured| format!("{measured:?}").contains("src/odd.py")));
    bench.start(&cold);
    same(&bench.run(&["test_it.py"]), &cold);
}

#[test]
fn workers_of_xdist_are_a_reason_for_cold_runs() {
    let mut bench = Bench::new(FILES);
    bench.project.options = vec!["-n2".into()];
    let cold = bench.run(&["tests/test_more.py"]);
    bench.start(&cold);
    let ran = bench.run(&["tests/test_more.py"]);
    assert_eq!(ran.why_cold(), "pytest-xdist runs the tests in processes of its own");
    assert_eq!(ran.done.ended.exit, Exit::Code(0));
}

const ENDLESS: &str = "
import os, pathlib, subprocess, sys, time

def test_begin():
    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)
    pathlib.Path('pids').write_text('%d %d' % (os.getpid(), child.pid))

def test_endless():
    time.sleep(600)
";

fn pids(bench: &Bench) -> Vec<u32> {
    let text = std::fs::read_to_string(bench.project.root().join("pids")).unwrap_or_default();
    text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

#[test]
fn a_warm_run_is_cancelled_as_a_cold_one_and_the_server_goes_on() {
    let files = [FILES, &[("tests/test_endless.py", ENDLESS)]].concat();
    let bench = Bench::warmed(&files, &["tests/test_more.py"]);
    let (launch, run) = bench.project.launch(&["tests/test_endless.py"]);
    let mut asked = false;
    let ran = bench.follow(launch, &run, |_, stop| {
        if !asked && pids(&bench).len() == 2 {
            asked = true;
            stop.cancel();
        }
    });
    assert!(ran.is_warm() && ran.done.ended.cancelled, "{:?}", ran.warmth);
    assert_eq!((ran.done.ended.exit, ran.done.ended.leaked), (Exit::Code(2), 1), "{}", ran.done.context());
    assert!(pids(&bench).iter().all(|pid| !lives(*pid)));
    assert!(bench.run(&["tests/test_more.py"]).is_warm());
}

#[test]
fn nothing_of_a_warm_run_outlives_its_supervisor_lifeline() {
    let files = [FILES, &[("tests/test_endless.py", ENDLESS)]].concat();
    let bench = Bench::warmed(&files, &["tests/test_more.py"]);
    let server = bench.server();
    let (launch, _run) = bench.project.launch(&["tests/test_endless.py"]);
    let inside = bench.runtime.enter();
    let running = start_warm(program(), launch, &bench.warm, Level::Safe).expect("it starts");
    drop(inside);
    until(LIMIT, "the test runs", || pids(&bench).len() == 2);
    let all: Vec<u32> = pids(&bench).into_iter().chain([server]).collect();
    assert!(all.iter().all(|pid| lives(*pid)));
    // What is dropped here closes the lifeline, as the end of lacuna does, however it comes.
    drop(running);
    until(Duration::from_secs(5), "all are gone", || !all.iter().any(|pid| lives(*pid)));
    assert!(!bench.warm.is_ready());
}

/// A project whose modules import each other, some of them within a test, and do things when they are imported.
const OWN: &[(&str, &str)] = &[
    ("pyproject.toml", "[tool.coverage.run]\nsource = ['.']\nbranch = true\n"),
    (
        "conftest.py",
        "import pytest\nfrom shop import registry\n\n@pytest.fixture\ndef names():\n    return registry.NAMES\n",
    ),
    ("shop/__init__.py", "VERSION = 1\n"),
    (
        "shop/registry.py",
        "NAMES = []\n\n\ndef register(item):\n    if item not in NAMES:\n        NAMES.append(item)\n    return item\n",
    ),
    (
        "shop/base.py",
        "from shop.registry import register\n\n\ndef tax(value):\n    if value > 100:\n        return value * 2\n    return value\n\n\nregister('base')\n",
    ),
    (
        "shop/cart.py",
        "from . import base\n\nif base.tax(200) == 400:\n    HIGH = True\n\n\ndef total(values):\n    return sum(base.tax(value) for value in values)\n",
    ),
    (
        "shop/late.py",
        "from shop.registry import register\nimport shop.cart\n\nregister('late')\n\n\ndef size():\n    return len(shop.cart.__name__)\n",
    ),
    (
        "tests/test_shop.py",
        "import sys\nfrom shop import cart\n\n\ndef test_total():\n    assert cart.total([1, 200]) == 401\n\n\ndef test_late(names):\n    \
         assert 'shop.late' not in sys.modules\n    from shop import late\n    assert late.size() == 9 and 'late' in names\n\n\n\
         def test_known():\n    import shop\n    assert shop.late.size() == 9 and shop.cart.HIGH\n",
    ),
    ("tests/test_base.py", "def test_base():\n    import shop.base\n    assert shop.base.tax(1) == 1\n"),
];

#[test]
fn a_run_of_the_deeper_server_is_what_a_cold_run_is() {
    let mut bench = Bench::new(OWN);
    bench.level = Level::Proof;
    let cold = bench.run(&["tests"]);
    let one = bench.run(&["tests/test_base.py"]);
    bench.start(&cold);
    for (targets, cold) in [("tests", &cold), ("tests/test_base.py", &one)] {
        let deep = bench.run(&[targets]);
        assert!(deep.is_deep(), "{:?}", deep.warmth);
        assert_eq!(deep.done.outcomes(), cold.done.outcomes(), "{}\n{}", deep.done.context(), cold.done.context());
        assert_eq!(deep.done.ended.exit, cold.done.ended.exit);
        assert_eq!(deep.done.measured_by_context(), cold.done.measured_by_context(), "{targets}");
        assert_eq!(deep.done.progress.facts, cold.done.progress.facts);
    }
}

#[test]
fn an_edited_module_is_imported_by_the_runs_from_then_on() {
    let mut bench = Bench::new(OWN);
    bench.level = Level::Proof;
    bench.start(&bench.run(&["tests"]));
    assert!(bench.run(&["tests/test_base.py"]).is_deep());
    let edited = "from shop.registry import register\n\n\ndef tax(value):\n    return 7\n";
    bench.project.write("shop/base.py", edited);
    let ran = bench.run(&["tests/test_base.py"]);
    assert!(ran.is_warm() && !ran.is_deep(), "{:?}", ran.warmth);
    assert_eq!(ran.done.ended.exit, Exit::Code(1), "the edit is seen");
    let learn = |ran: &Ran| {
        let _inside = bench.runtime.enter();
        bench.warm.learn(ran.notes.as_ref().expect("notes"), true);
        bench.wait();
    };
    learn(&ran);
    for text in [edited.replace('7', "1"), edited.to_owned()] {
        bench.project.write("shop/base.py", &text);
        let ran = bench.run(&["tests/test_base.py"]);
        assert!(ran.is_deep(), "{:?}", ran.warmth);
        let expect = if text == edited { 1 } else { 0 };
        assert_eq!(ran.done.ended.exit, Exit::Code(expect), "{}", ran.done.context());
    }
}

/// A sitting on a project with the deeper level: batches are run as the screen runs them.
struct Sitting {
    project: Project,
    desk: Desk,
    runtime: tokio::runtime::Runtime,
}

impl Sitting {
    fn new(files: &[(&str, &str)]) -> Self {
        let project = Project::new(files);
        project.write("lacuna.toml", "[runner]\nwarm = 'deep'\n");
        let below = |name: &str| project.folder.path().join(name);
        let mut environment = environment();
        environment.set("VIRTUAL_ENV", project.interpreter.home.clone().expect("a home"));
        let around = Surroundings {
            config: below("config"),
            data: below("data"),
            cache: below("cache"),
            program: program().to_owned(),
            environment,
            trust: true,
            requirements: None,
        };
        let opened = lacuna::shell::Project::open(&project.root(), true, None, &around).expect("a project");
        let desk = Desk::new(opened, around);
        desk.keep_warm();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        Self { project, desk, runtime }
    }

    /// Runs a file of tests. The answers are how it was run, at first and at last, and what was complained of.
    fn run(&self, file: &str) -> (String, String, String) {
        let ask = Ask { targets: vec![Target::File(RepoPath::new(file).expect("a path"))], ..Ask::default() };
        let planned = planning::planned(&self.desk, ask, None).expect("a plan");
        let told = Mutex::new(Vec::new());
        let tell = |news: Vec<ScreenNews>| {
            told.lock().expect("a list").extend(news.into_iter().filter_map(|news| match news {
                ScreenNews::Warmth { words, .. } => Some(words.to_string()),
                _ => None,
            }));
        };
        let (_sender, wish) = tokio::sync::watch::channel(cycle::Wish::GoOn);
        let done = self.runtime.block_on(cycle::run(&self.desk, &planned, None, wish, &tell));
        let warm = self.desk.warm().expect("a server is wanted");
        until(LIMIT, "the server is ready", || warm.is_ready() || warm.why_cold().is_some());
        let told = told.into_inner().expect("a list");
        let problems: Vec<String> = done.after.problems.iter().map(ToString::to_string).collect();
        (told.first().cloned().unwrap_or_default(), told.last().cloned().unwrap_or_default(), problems.join("\n"))
    }
}

#[test]
fn the_deeper_level_is_used_once_it_has_proved_itself_and_a_failure_is_confirmed() {
    let sitting = Sitting::new(OWN);
    let (first, ..) = sitting.run("tests/test_shop.py");
    assert!(first.starts_with("cold: nothing ran yet"), "{first}");
    let (second, _, problems) = sitting.run("tests/test_shop.py");
    assert!(second.starts_with("cold: the deeper level is compared"), "{second}\n{problems}");
    let (third, _, problems) = sitting.run("tests/test_shop.py");
    assert!(third.starts_with("warm, deep ("), "{third}\n{problems}");
    let (other, _, problems) = sitting.run("tests/test_base.py");
    assert!(other.starts_with("cold: the deeper level is compared"), "each file is compared once: {other}\n{problems}");
    sitting
        .project
        .write("tests/test_base.py", "def test_base():\n    import shop.base\n    assert shop.base.tax(1) == 2\n");
    let (before, last, problems) = sitting.run("tests/test_base.py");
    assert!(before.starts_with("warm, deep") && last.starts_with("cold: a fresh interpreter"), "{last}\n{problems}");
    let (before, last, _) = sitting.run("tests/test_base.py");
    assert!(before.starts_with("warm, deep") && before == last, "what fails in a fresh interpreter as well is known");
}

#[test]
fn the_deeper_level_is_dropped_at_the_first_difference() {
    let sitting = Sitting::new(&[
        ("app.py", "import os\n\nPID = os.getpid()\n"),
        ("test_app.py", "import os\nimport app\n\n\ndef test_it():\n    assert app.PID == os.getpid()\n"),
    ]);
    sitting.run("test_app.py");
    let (_, _, problems) = sitting.run("test_app.py");
    assert!(problems.contains("warm runs are not deep any more: test_app.py::test_it"), "{problems}");
    let (after, ..) = sitting.run("test_app.py");
    assert!(after.starts_with("warm (") && !after.contains("deep"), "{after}");
}

/// A project with modules that cannot be imported ahead, and such as depend on more than modules.
const ODD: &[(&str, &str)] = &[
    ("pyproject.toml", "[tool.coverage.run]\nsource = ['.']\n"),
    ("conftest.py", "import os\nos.environ['MODE'] = 'test'\n"),
    ("shop/__init__.py", ""),
    ("shop/plain.py", "import os\n\nPID = os.getpid()\n"),
    ("shop/mode.py", "import os\n\nMODE = os.environ.get('MODE')\nPID = os.getpid()\n"),
    ("shop/above.py", "from shop import mode\n\nMODE = mode.MODE\n"),
    ("shop/logs.py", "import logging\n\nlogging.basicConfig(level='ERROR')\n"),
    ("shop/opened.py", "LOG = open(__file__)\n"),
    (
        "shop/rates.py",
        "import pathlib\n\nRATE = float(pathlib.Path(__file__).with_name('rate.txt').read_text())\n\ntry:\n    \
         from shop.local import EXTRA\nexcept ImportError:\n    EXTRA = 0\n",
    ),
    ("shop/rate.txt", "2"),
    (
        "test_odd.py",
        "import os\nfrom shop import above, logs, mode, opened, plain, rates\n\n\ndef test_odd():\n    \
         assert above.MODE == 'test' and not opened.LOG.closed and rates.RATE + rates.EXTRA == 2\n    \
         print([module.__name__ for module in (plain, mode) if module.PID != os.getpid()])\n",
    ),
];

#[test]
fn a_module_that_can_tell_that_it_is_imported_ahead_is_left_to_the_runs() {
    let mut bench = Bench::new(ODD);
    bench.level = Level::Proof;
    let cold = bench.run(&["test_odd.py"]);
    bench.start(&cold);
    let deep = bench.run(&["test_odd.py"]);
    assert!(deep.is_deep(), "{:?}", deep.warmth);
    assert_eq!(deep.done.outcomes(), ["✓ test_odd.py::test_odd"], "{}", deep.done.context());
    assert_eq!(deep.done.measured_by_context(), cold.done.measured_by_context());
    let said =
        |ran: &Ran| ran.done.progress.results().first().expect("a test").sections.first().expect("text").text.clone();
    assert_eq!((said(&cold).trim(), said(&deep).trim()), ("[]", "['shop.plain']"));
}

#[test]
fn what_an_import_reads_or_misses_makes_the_deeper_server_anew() {
    let mut bench = Bench::new(ODD);
    bench.level = Level::Proof;
    bench.start(&bench.run(&["test_odd.py"]));
    assert!(bench.run(&["test_odd.py"]).is_deep());
    for (file, text, place) in
        [("shop/rate.txt", "3", "shop/rate.txt"), ("shop/local.py", "EXTRA = -1\n", "shop/local.py")]
    {
        bench.project.write(file, text);
        let ran = bench.run(&["test_odd.py"]);
        assert_eq!(ran.why_shallow(), format!("{place} has changed"), "{:?}", ran.warmth);
        let inside = bench.runtime.enter();
        bench.warm.learn(ran.notes.as_ref().expect("notes"), true);
        bench.wait();
        drop(inside);
        let deep = bench.run(&["test_odd.py"]);
        assert!(deep.is_deep(), "{:?}", deep.warmth);
        assert_eq!(deep.done.outcomes(), ran.done.outcomes(), "{}", deep.done.context());
    }
}
