//! What the interpreter has: Python, pytest, coverage.py, pytest-cov. Asked only after consent.

use crate::base::Problem;
use crate::domain::suite::{Exit, Output, quoted};
use crate::io::runner::{Environment, Interpreter, Launch, News, start};
use std::path::Path;
use std::time::Duration;

/// How long the interpreter may take to answer: long, since a machine with too much to do is no broken Python.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks without importing any of the packages.
const QUESTION: &str = r"
import platform
try:
    from importlib.metadata import version
except ImportError:
    from pkg_resources import get_distribution
    version = lambda name: get_distribution(name).version
print('lacuna-python', platform.python_version())
for name in ('pytest', 'coverage', 'pytest-cov', 'pytest-xdist'):
    try:
        print('lacuna-' + name, version(name))
    except Exception:
        pass
";

/// The versions of what a run needs.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Versions {
    /// Python itself.
    pub python: String,
    /// pytest.
    pub pytest: Option<String>,
    /// coverage.py.
    pub coverage: Option<String>,
    /// pytest-cov.
    pub pytest_cov: Option<String>,
    /// pytest-xdist.
    pub xdist: Option<String>,
}

impl Versions {
    fn read(text: &str) -> Self {
        let value = |name: &str| {
            let mark = format!("lacuna-{name} ");
            text.lines().find_map(|line| Some(line.strip_prefix(&mark)?.trim().to_owned()))
        };
        Self {
            python: value("python").unwrap_or_default(),
            pytest: value("pytest"),
            coverage: value("coverage"),
            pytest_cov: value("pytest-cov"),
            xdist: value("pytest-xdist"),
        }
    }

    /// What is missing, each with the command that installs it. Without pytest nothing runs; without coverage nothing
    /// is measured.
    #[must_use]
    pub fn problems(&self, root: &Path, interpreter: &Interpreter) -> Vec<Problem> {
        let origin = interpreter.program.to_string_lossy();
        let mut problems = Vec::new();
        if self.pytest.is_none() {
            let packages = if self.coverage.is_none() { "pytest pytest-cov" } else { "pytest" };
            let problem = Problem::error(&origin, "pytest is not installed for this interpreter");
            problems.push(problem.hint(install_command(root, interpreter, packages)));
        } else if self.coverage.is_none() {
            let what = "coverage is not installed for this interpreter: tests run, but nothing is measured";
            problems.push(Problem::warning(&origin, what).hint(install_command(root, interpreter, "pytest-cov")));
        }
        problems
    }
}

impl Versions {
    /// Why the workers that were asked for are left out.
    #[must_use]
    pub fn without_workers(&self, root: &Path, interpreter: &Interpreter) -> Problem {
        let what = "pytest-xdist is not installed for this interpreter: the tests run one after another";
        let problem = Problem::warning(interpreter.program.to_string_lossy(), what);
        problem.hint(install_command(root, interpreter, "pytest-xdist"))
    }
}

/// The command that installs packages the way the project does.
fn install_command(root: &Path, interpreter: &Interpreter, packages: &str) -> String {
    if root.join("uv.lock").is_file() {
        format!("uv add --dev {packages}")
    } else if root.join("poetry.lock").is_file() {
        format!("poetry add --group dev {packages}")
    } else if root.join("Pipfile").is_file() {
        format!("pipenv install --dev {packages}")
    } else {
        format!("{} -m pip install {packages}", quoted(&interpreter.program.to_string_lossy()))
    }
}

/// Asks the interpreter what it has. This executes it: to be called only once the project may run code. `calm` is a
/// directory without Python files, so that nothing of the project is imported by accident.
///
/// # Errors
/// The interpreter cannot be started or gives no answer.
pub async fn probe(
    supervisor: &Path,
    interpreter: &Interpreter,
    environment: &Environment,
    calm: &Path,
) -> Result<Versions, Problem> {
    let args = vec!["-c".into(), QUESTION.into()];
    let mut environment = environment.clone();
    // With these any Python process measures itself, and writes what it finds over the project's data.
    for name in ["COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG", "COV_CORE_SOURCE"] {
        environment.remove(name);
    }
    let launch = Launch::new(&interpreter.program, args, calm, environment);
    let origin = interpreter.program.to_string_lossy().into_owned();
    let mut running = start(supervisor, launch)?;
    let mut output = Output::default();
    let mut exit = Exit::Lost;
    let answer = async {
        while let Some(lot) = running.news.recv().await {
            for news in lot {
                match news {
                    News::Output { bytes, .. } => output.push(&bytes),
                    News::Trouble(problem) => return Err(problem),
                    News::Ended(ended) => exit = ended.exit,
                    _ => {}
                }
            }
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, answer).await.map_err(|_| unheard(&origin))??;
    let versions = Versions::read(&output.text());
    if exit == Exit::Code(0) && !versions.python.is_empty() {
        return Ok(versions);
    }
    let text = output.text();
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
    Err(Problem::error(origin, format!("this is no working Python: {last}")))
}

fn unheard(origin: &str) -> Problem {
    let what = format!("the interpreter has not answered for {} seconds", PATIENCE.as_secs());
    Problem::error(origin, what).hint("is the machine that busy? try again, or try this Python by hand")
}

#[cfg(test)]
mod tests {
    use super::Versions;
    use crate::io::runner::{Interpreter, Origin};
    use std::path::Path;

    fn check(text: &str, expect: &[&str]) {
        let interpreter = Interpreter { program: "/v env/bin/python".into(), origin: Origin::Folder, home: None };
        let problems = Versions::read(text).problems(Path::new("/no/such"), &interpreter);
        let hints: Vec<&str> = problems.iter().map(|problem| problem.hint.as_str()).collect();
        assert_eq!(hints, expect);
    }

    #[test]
    fn what_is_missing_is_said_with_its_remedy() {
        check("lacuna-python 3.12.1\n", &["'/v env/bin/python' -m pip install pytest pytest-cov"]);
        check("x\nlacuna-python 3\nlacuna-coverage 7.1\n", &["'/v env/bin/python' -m pip install pytest"]);
        check("lacuna-python 3\nlacuna-pytest 9\n", &["'/v env/bin/python' -m pip install pytest-cov"]);
        check("lacuna-python 3\nlacuna-pytest 9\nlacuna-coverage 7\n", &[]);
    }
}
