//! The virtualenv of the tests: made once below the target directory, with pinned versions.

use lacuna::io::runner::{Environment, Interpreter, make_virtualenv};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// What is installed, pinned.
const REQUIREMENTS: &str = include_str!("data/requirements.txt");
/// The same with a framework.
const DJANGO: &str = concat!(
    include_str!("data/requirements.txt"),
    "\ndjango==5.2.9; python_version >= \"3.10\"\ndjango==4.2.27; python_version < \"3.10\"\npytest-django==4.11.1\n"
);

/// The same with the frameworks and clients whose requests are observed.
const FRAMEWORKS: &str = concat!(include_str!("data/requirements.txt"), "\n", include_str!("data/frameworks.txt"));

/// lacuna's own program, which is the supervisor too.
pub fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_lacuna"))
}

/// The environment of the test run, without what would change a run of pytest.
pub fn environment() -> Environment {
    let mut environment: Environment = std::env::vars_os().collect();
    for name in ["PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "COVERAGE_FILE"] {
        environment.remove(name);
    }
    environment
}

/// The interpreter of the tests' virtualenv. It is made by whoever comes first, in this process or another.
pub fn interpreter() -> &'static Interpreter {
    static MADE: OnceLock<Interpreter> = OnceLock::new();
    MADE.get_or_init(|| make("lacuna-venv", REQUIREMENTS))
}

/// One whose virtualenv has Django and pytest-django as well.
pub fn interpreter_with_django() -> &'static Interpreter {
    static MADE: OnceLock<Interpreter> = OnceLock::new();
    MADE.get_or_init(|| make("lacuna-django", DJANGO))
}

/// One whose virtualenv has frameworks of several kinds, and clients of HTTP.
pub fn interpreter_with_frameworks() -> &'static Interpreter {
    static MADE: OnceLock<Interpreter> = OnceLock::new();
    MADE.get_or_init(|| make("lacuna-frameworks", FRAMEWORKS))
}

fn make(name: &str, requirements: &str) -> Interpreter {
    let below = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let lock = File::create(below.join(format!("{name}.lock"))).expect("a lock file below the target directory");
    lock.lock().expect("the lock of the tests' virtualenv");
    let home = below.join(name);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let environment = environment();
    let made = make_virtualenv(program(), &environment, &home, requirements, |_| {});
    runtime.block_on(made).unwrap_or_else(|problem| {
        panic!("these tests need Python 3.9 or newer and, once, a network for their virtualenv: {problem}")
    })
}

#[test]
fn the_virtualenv_is_made_once_and_has_what_was_asked_for() {
    let interpreter = interpreter();
    let home = interpreter.home.as_ref().expect("a home");
    assert!(interpreter.program.starts_with(home));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let calm = tempfile::tempdir().expect("a folder");
    let versions = runtime
        .block_on(lacuna::io::runner::probe(program(), interpreter, &environment(), calm.path()))
        .expect("versions");
    let has = [&versions.pytest, &versions.coverage, &versions.pytest_cov, &versions.xdist];
    assert!(has.iter().all(|version| version.is_some()), "{versions:?}");
    assert!(versions.problems(calm.path(), interpreter).is_empty());
    let mut told = 0;
    let environment = environment();
    let again = make_virtualenv(program(), &environment, home, REQUIREMENTS, |_| told += 1);
    assert_eq!(runtime.block_on(again).as_ref(), Ok(interpreter));
    assert_eq!(told, 0, "a virtualenv that is there is not made again");
}

#[test]
fn what_cannot_be_installed_is_a_problem_with_a_remedy() {
    let _ = interpreter();
    let folder = tempfile::tempdir().expect("a folder");
    let mut environment = environment();
    environment.set("PIP_NO_INDEX", "1");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let home = folder.path().join("made");
    let mut told = Vec::new();
    let made = make_virtualenv(program(), &environment, &home, "pytest==9.2.0\n", |line| told.push(line.to_owned()));
    let problem = runtime.block_on(made).expect_err("there is no index");
    assert!(problem.what.as_str().contains("the packages cannot be had"), "{problem}");
    assert!(problem.hint.as_str().contains("-m pip install"), "{problem}");
    assert!(told.first().is_some_and(|line| line.starts_with("making a virtualenv")), "{told:?}");
}
