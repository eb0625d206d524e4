//! Which test ran which lines, as runs of lacuna write it, beside what coverage and pytest-cov write alone.

use crate::runner::{Done, Project};
use lacuna::domain::suite::Exit;

const CODE: &str = "def pick(n):\n    if n > 1:\n        return n * 2\n    if n:\n        return 2\n    return 0\n\n\n\
                    def only_in_child():\n    return pick(2)\n";

/// Tests with cases, with a thread, and with a child process that writes what it measured by itself.
const TESTS: &str = "
import os, threading
import app
import pytest

@pytest.fixture(autouse=True)
def around():
    app.pick(0)
    yield
    app.pick(1)

@pytest.mark.parametrize('n', [0, 1, 2])
def test_pick(n):
    assert app.pick(n) == n * 2

def test_thread():
    thread = threading.Thread(target=app.pick, args=(3,))
    thread.start()
    thread.join()

def test_child():
    child = os.fork()
    if not child:
        import coverage
        cov = coverage.Coverage.current()
        cov.switch_context('child')
        app.only_in_child()
        cov.stop()
        cov.save()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0

def test_while_the_data_are_read():
    import coverage
    assert any(file.endswith('app.py') for file in coverage.Coverage.current().get_data().measured_files())
    assert app.pick(5) == 10
";

/// What pytest-cov alone measures of a project.
fn alone(project: &Project) -> Done {
    let data = project.folder.path().join("alone.coverage");
    let ended = std::process::Command::new(&project.interpreter.program)
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "--cov", "--cov-context=test", "--cov-report=", "tests"])
        .current_dir(project.root())
        .env("COVERAGE_FILE", &data)
        .env("COVERAGE_CORE", "ctrace")
        .output()
        .expect("pytest");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
    Done::new(data)
}

#[test]
fn what_each_test_runs_is_written_as_pytest_cov_alone_writes_it() {
    for branch in [false, true] {
        for children in [false, true] {
            let config =
                format!("[tool.coverage.run]\nsource = ['.']\nbranch = {branch}\nrelative_files = {children}\n");
            let tests = TESTS.split("def test_child").next().filter(|_| !children).unwrap_or(TESTS);
            let files = [("pyproject.toml", config.as_str()), ("app.py", CODE), ("tests/test_app.py", tests)];
            let project = Project::new(&files);
            let expect = alone(&project).measured_by_context();
            assert!(expect.iter().any(|(_, context, _)| context.ends_with("test_pick[1]|teardown")), "{expect:?}");
            assert_eq!(expect.iter().any(|(_, context, _)| context == "child"), children);
            for options in [&[][..], &["-p", "no:pytest_cov"]] {
                let project = Project::new(&files).with(options);
                let done = project.run(&["tests"]);
                assert_eq!(done.ended.exit, Exit::Code(0), "{}", done.context());
                // The paths of two projects differ in the folder alone.
                let strip = |path: &str| path.rsplit("/project/").next().unwrap_or(path).to_owned();
                let rows = |done: &std::collections::BTreeSet<(String, String, Vec<u8>)>| {
                    done.iter()
                        .map(|(path, context, ran)| (strip(path), context.clone(), ran.clone()))
                        .collect::<Vec<_>>()
                };
                let (mut ours, mut theirs) = (rows(&done.measured_by_context()), rows(&expect));
                ours.sort();
                theirs.sort();
                assert_eq!(ours, theirs, "branch {branch}, children {children}, {options:?}");
            }
        }
    }
}
