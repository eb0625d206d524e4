//! Warm runs: forked from a server that is kept ready, they are what cold runs are, and cold where they cannot be.

use crate::runner::{Done, Project};
use crate::supervisor::{lives, until};
use crate::venv::{environment, program};
use lacuna::domain::suite::{Exit, Outcome, TestId, Verdict};
use lacuna::io::runner::{Environment, Kit, Launch, Level, News, RunDir, Stop, Warm, Warmth, merged_notes, start_warm};
use std::time::Duration;

/// The limit for anything of these tests.
pub const LIMIT: Duration = Duration::from_secs(120);

/// A project with a fork server of its own.
pub struct Bench {
    pub project: Project,
    pub runtime: tokio::runtime::Runtime,
    pub warm: Warm,
    pub environment: Environment,
    pub level: Level,
}

/// What came of a run, with how it was run.
pub struct Ran {
    pub done: Done,
    pub warmth: Vec<Warmth>,
    pub notes: Option<Vec<u8>>,
}

impl Ran {
    pub fn is_warm(&self) -> bool {
        matches!(self.warmth.as_slice(), [Warmth::Warm { .. }])
    }

    pub fn is_deep(&self) -> bool {
        matches!(self.warmth.as_slice(), [Warmth::Warm { deep: true, .. }])
    }

    /// Why it was not deep in the end; empty when nothing is said of that.
    pub fn why_shallow(&self) -> &str {
        if let Some(Warmth::Warm { why, .. }) = self.warmth.last() { why } else { "" }
    }

    /// Why it was cold in the end; empty when it was warm.
    fn why_cold(&self) -> &str {
        if let Some(Warmth::Cold { why, .. }) = self.warmth.last() { why } else { "" }
    }
}

impl Bench {
    pub fn new(files: &[(&str, &str)]) -> Self {
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

    #[must_use]
    pub fn with_held(mut self, test: &str) -> Self {
        self.project.held = vec![TestId::new(test)];
        self
    }

    pub fn start(&self, ran: &Ran) {
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

    pub fn wait(&self) {
        until(LIMIT, "the server is ready", || self.warm.is_ready() || self.warm.why_cold().is_some());
    }

    fn servers(&self) -> usize {
        let entries = std::fs::read_dir(self.project.folder.path()).expect("a folder").flatten();
        entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("server-")).count()
    }

    pub fn run(&self, targets: &[&str]) -> Ran {
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
    pathlib.Path('endless').touch()
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
    // In the test that waits: an interrupt between two tests can meet a line that Python has no number of.
    let waits = bench.project.root().join("endless");
    let ran = bench.follow(launch, &run, |_, stop| {
        if !asked && waits.exists() {
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

#[test]
fn a_quarantined_test_is_held_in_a_warm_run_as_in_a_cold_one() {
    let files = [("tests/test_a.py", "def test_a():\n    assert 0, 'known'\n\ndef test_b():\n    pass\n")];
    let bench = Bench::warmed(&files, &["tests/test_a.py"]).with_held("tests/test_a.py::test_a");
    let ran = bench.run(&["tests/test_a.py"]);
    assert!(ran.is_warm(), "{:?}", ran.warmth);
    let held = ran.done.progress.result(&TestId::new("tests/test_a.py::test_a")).unwrap();
    assert_eq!((held.outcome, held.held), (Some(Outcome::Xfailed), Some(Outcome::Failed)));
    assert_eq!((ran.done.verdict, ran.done.ended.exit), (Verdict::Passed, Exit::Code(0)));
    // The next one knows nothing of it.
    let bench = bench.with_held("tests/test_a.py::test_c");
    assert_eq!(bench.run(&["tests/test_a.py"]).done.verdict, Verdict::Failed);
}
