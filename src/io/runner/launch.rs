//! What is started: the program, its arguments, its environment, and how the command is shown.

use crate::base::{Digest, Problem, RepoPath};
use crate::domain::suite::{Batch, Target, TestId, quoted};
use crate::io::runner::elsewhere::Cargo;
use crate::io::runner::stale::Gone;
use crate::io::runner::warm::{Kit, Level};
use crate::io::runner::{Environment, Interpreter, RunDir};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The longest single argument; every system takes it.
const LONGEST: usize = 100 * 1024;

/// pytest's option for its debugger.
pub const PDB: &str = "--pdb";

/// By what Python processes measure themselves as they start, and under which names the plugin hears of it: pytest itself
/// is not to do that, and what its tests start is to do it as the run does.
const MEASURING: [(&str, &str); 2] =
    [("COVERAGE_PROCESS_START", "LACUNA_PROCESS_START"), ("COVERAGE_PROCESS_CONFIG", "LACUNA_PROCESS_CONFIG")];

/// What the interpreter of a fork server is told to do: in a child, it goes on as `python -m pytest` does.
const SERVE: &str = "__import__('lacuna_warm').serve(); __import__('runpy')._run_module_as_main('pytest')";

/// One program to run. Arguments are passed one by one, never through a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The program.
    pub program: PathBuf,
    /// Its arguments before the targets.
    pub args: Vec<OsString>,
    /// What pytest is given, if this is pytest. They come last, after at least one option (an option of the project
    /// that takes an optional value would swallow the first of them).
    pub targets: Vec<Target>,
    /// What alone runs of the targets; empty where all of it does.
    pub only: Vec<Target>,
    /// Tests in quarantine, or files, classes and functions of such, whose failures are expected ones.
    pub held: Vec<TestId>,
    /// Its whole environment.
    pub environment: Environment,
    /// The variables that lacuna set, by name: part of the full command.
    pub own: Vec<String>,
    /// Where it runs.
    pub directory: PathBuf,
    /// The plain command, as it is shown and reported.
    pub plain: String,
    /// The private directory of the run, if this is pytest.
    pub run: Option<RunDir>,
    /// What is carried to where the tests run, if that is elsewhere.
    pub carried: Option<Cargo>,
}

/// What is to be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Nothing.
    Nothing,
    /// Coverage, without telling tests apart.
    Lines,
    /// Coverage with a context for each test.
    Tests,
}

/// How pytest is to be run.
#[derive(Clone, Copy, Debug)]
pub struct Pytest<'a> {
    /// The interpreter.
    pub interpreter: &'a Interpreter,
    /// The root of the project; pytest's rootdir.
    pub root: &'a Path,
    /// The environment of the caller.
    pub environment: &'a Environment,
    /// What is measured.
    pub measure: Measure,
    /// Whether branches are measured whatever the project's configuration says: a batch is run in its baseline's mode.
    pub branches: bool,
    /// Contents whose facts are known already, with the rules that they were found by.
    pub known: &'a [(Digest, Digest)],
    /// Further options, from the settings.
    pub options: &'a [OsString],
}

impl Launch {
    /// A program with its arguments.
    #[must_use]
    pub fn new(program: &Path, args: Vec<OsString>, directory: &Path, environment: Environment) -> Self {
        let words = std::iter::once(program.as_os_str()).chain(args.iter().map(OsString::as_os_str));
        let plain = words.map(|word| quoted(&word.to_string_lossy())).collect::<Vec<_>>().join(" ");
        let (program, directory) = (program.to_owned(), directory.to_owned());
        let (targets, only, held, own) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { program, args, targets, only, held, environment, own, directory, plain, run: None, carried: None }
    }

    /// pytest for one batch, in the private directory `run`.
    ///
    /// # Errors
    /// A target cannot be passed as an argument, or the private directory cannot be written.
    pub fn pytest(how: &Pytest<'_>, batch: &Batch, run: &RunDir) -> Result<Self, Problem> {
        if let Some(target) = batch.targets.iter().find(|target| !can_be_passed(target.as_str())) {
            let start: String = target.as_str().chars().take(80).collect();
            return Err(Problem::error(start, "this cannot be passed to pytest as an argument")
                .hint("run the whole file instead"));
        }
        let last: Vec<&str> = batch.given().map(String::as_str).chain(["-v"]).collect();
        let mut launch = Self::started_by(how, run, &last);
        if how.branches && how.measure != Measure::Nothing {
            launch.set("LACUNA_BRANCH", "1");
        }
        if !how.known.is_empty() {
            launch.set("LACUNA_KNOWN", run.write_known(how.known)?);
        }
        launch.targets.clone_from(&batch.targets);
        launch.only.clone_from(&batch.asked);
        if !launch.only.is_empty() {
            launch.set("LACUNA_ONLY", run.only());
        }
        launch.held.clone_from(&batch.held);
        if !launch.held.is_empty() {
            launch.set("LACUNA_HELD", run.held());
        }
        launch.plain = batch.shown();
        Ok(launch)
    }

    /// The same batch with a debugger where a test fails. It gets the terminal, and nothing is measured, since a debugger and a
    /// tracer keep each other from seeing lines.
    ///
    /// # Errors
    /// Those of [`Launch::pytest`].
    pub fn pdb(how: &Pytest<'_>, batch: &Batch, run: &RunDir) -> Result<Self, Problem> {
        let how = Pytest { measure: Measure::Nothing, known: &[], ..*how };
        let mut launch = Self::pytest(&how, batch, run)?;
        launch.args.push(PDB.into());
        launch.set("LACUNA_PDB", "1");
        launch.plain = format!("{} {PDB}", launch.plain);
        Ok(launch)
    }

    /// pytest to collect and run nothing: of the Python files only `files`, or all of them where that is empty. It walks
    /// over the folders itself, so that its own rules decide what is left out.
    ///
    /// # Errors
    /// The private directory cannot be written.
    pub fn collect(how: &Pytest<'_>, files: &[RepoPath], run: &RunDir) -> Result<Self, Problem> {
        let mut launch = Self::started_by(how, run, &["--collect-only", "-qq"]);
        launch.set("LACUNA_COLLECT", run.write_files(files)?);
        launch.plain = "pytest --collect-only".to_owned();
        Ok(launch)
    }

    /// pytest with what every command of it has, and with these last options.
    pub(super) fn started_by(how: &Pytest<'_>, run: &RunDir, last: &[&str]) -> Self {
        let option = |name: &str, value: &OsStr| {
            let mut option = OsString::from(name);
            option.push(value);
            option
        };
        let mut args: Vec<OsString> = ["-m", "pytest", "-p", "lacuna_probe", "-o"].map(OsString::from).to_vec();
        args.push(option("cache_dir=", run.private().join("pytest_cache").as_os_str()));
        args.push(option("--rootdir=", how.root.as_os_str()));
        args.push(option("--junitxml=", run.junit().as_os_str()));
        args.push("--color=yes".into());
        args.extend(how.options.iter().cloned());
        args.extend(last.iter().map(OsString::from));
        let mut launch =
            Self::new(&how.interpreter.program, args, how.root, how.environment.clone()).for_run(run, how.measure);
        launch.activate(how.interpreter);
        launch
    }

    /// The fork server of warm runs, which imports what `notes` says. Its directory is `place`.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub(crate) fn server(kit: &Kit<'_>, place: &RunDir, notes: &[u8]) -> Result<Self, Problem> {
        place.add_server()?;
        let args = vec!["-c".into(), SERVE.into()];
        let mut launch = Self::new(&kit.interpreter.program, args, kit.root, kit.environment.clone());
        launch.without_strangers();
        launch.environment.prepend("PYTHONPATH", place.probe());
        launch.set("LACUNA_NOTES", place.write_notes(notes)?);
        launch.activate(kit.interpreter);
        Ok(launch)
    }

    /// Has the plugin note what a warm run could have imported ahead.
    pub fn note_modules(&mut self) {
        if let Some(run) = &self.run {
            let place = run.modules();
            self.set("LACUNA_MODULES", place);
        }
    }

    /// Has the plugin note what each test requests, and how it is answered.
    pub fn observe_requests(&mut self) {
        if !self.carry_observing() {
            self.set("LACUNA_CONTRACT", "1");
        }
    }

    /// The same as a request to a fork server: fields that end with a zero byte, which neither arguments nor variables
    /// can hold.
    pub(crate) fn request(&self, level: Level) -> Vec<u8> {
        let arguments = self.arguments();
        let probe = self.run.as_ref().map(RunDir::probe).unwrap_or_default();
        let count = OsString::from(arguments.len().to_string());
        let mut fields = vec![level.word().into(), self.directory.clone().into_os_string(), probe.into_os_string()];
        fields.extend([self.program.clone().into_os_string(), count]);
        fields.extend(arguments);
        fields.extend(self.environment.iter().map(|(name, value)| {
            let mut variable = name.to_owned();
            variable.push("=");
            variable.push(value);
            variable
        }));
        let with_end = |field: &OsString| [field.as_encoded_bytes(), b"\0"].concat();
        fields.iter().flat_map(with_end).collect()
    }

    fn without_strangers(&mut self) {
        for stranger in ["PYTEST_CURRENT_TEST", "PYTEST_VERSION", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT"] {
            self.environment.remove(stranger);
        }
        for stranger in ["PYTEST_XDIST_TESTRUNUID", "COV_CORE_SOURCE", "COV_CORE_CONFIG", "COV_CORE_DATAFILE"] {
            self.environment.remove(stranger);
        }
        for own in [
            "LACUNA_EVENTS",
            "LACUNA_PRIVATE",
            "LACUNA_COVERAGE",
            "LACUNA_CONTEXTS",
            "LACUNA_BRANCH",
            "LACUNA_KNOWN",
            "LACUNA_ONLY",
            "LACUNA_HELD",
            "LACUNA_MODULES",
            "LACUNA_NOTES",
            "LACUNA_COLLECT",
            "LACUNA_CONTRACT",
            "LACUNA_PDB",
            "LACUNA_LAB",
        ] {
            self.environment.remove(own);
        }
        for (name, kept) in MEASURING {
            self.environment.remove(kept);
            if let Some(value) = self.environment.value(name).map(OsStr::to_owned) {
                self.environment.set(kept, value);
            }
            self.environment.remove(name);
        }
    }

    fn for_run(mut self, run: &RunDir, measure: Measure) -> Self {
        self.without_strangers();
        self.environment.prepend("PYTHONPATH", run.probe());
        self.own.push("PYTHONPATH".into());
        self.set("LACUNA_EVENTS", run.events());
        self.set("LACUNA_PRIVATE", run.private());
        // Where nothing is measured, a process of the tests may measure itself all the same.
        self.set("COVERAGE_FILE", run.data());
        if measure != Measure::Nothing {
            self.set("LACUNA_COVERAGE", run.data());
        }
        if measure == Measure::Lines {
            self.set("LACUNA_CONTEXTS", "0");
        }
        self.run = Some(run.clone());
        self
    }

    /// The same without targets that are gone. Suspects (see [`Gone`]) are asked for by their function, and the plugin
    /// keeps the other cases out. Nothing when nothing would be left to run.
    #[must_use]
    pub(crate) fn without(&self, gone: &Gone) -> Option<Self> {
        let mut launch = self.clone();
        launch.targets.retain(|target| !gone.targets.contains(target) && !gone.suspects.contains(target));
        if !gone.suspects.is_empty() && launch.only.is_empty() {
            launch.only.clone_from(&self.targets);
            if launch.carried.is_none() {
                launch.set("LACUNA_ONLY", self.run.as_ref()?.only());
            }
        }
        launch.only.retain(|target| !gone.targets.contains(target));
        for target in &gone.suspects {
            let Target::Test(id) = target else { continue };
            let function = Target::Test(TestId::new(id.without_params()));
            if !launch.targets.contains(&function) {
                launch.targets.push(function);
            }
        }
        (!launch.targets.is_empty()).then_some(launch)
    }

    /// Writes what the plugin has to know before the program starts.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn write(&self) -> Result<(), Problem> {
        let Some(run) = &self.run else { return Ok(()) };
        if !self.held.is_empty() {
            run.write_held(&self.held)?;
        }
        if self.only.is_empty() { Ok(()) } else { run.write_only(&self.only) }
    }

    pub(super) fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.environment.set(name, value);
        self.own.push(name.to_owned());
    }

    /// What `activate` does in a shell: tests that start programs of the project find them.
    fn activate(&mut self, interpreter: &Interpreter) {
        if let Some(home) = &interpreter.home {
            self.environment.prepend("PATH", home.join("bin"));
            self.environment.set("VIRTUAL_ENV", home.clone());
            self.environment.remove("PYTHONHOME");
        }
    }

    /// All arguments as they are passed. What runs elsewhere is told its targets through the channel.
    #[must_use]
    pub fn arguments(&self) -> Vec<OsString> {
        if self.carried.is_some() {
            return self.args.clone();
        }
        let targets = self.targets.iter().map(|target| OsString::from(format!("./{}", target.as_str())));
        self.args.iter().cloned().chain(targets).collect()
    }

    /// The full command, quoted for display and for pasting into a shell: the variables that lacuna sets, the program,
    /// every argument. It holds whatever names hold and has to be cleaned before it is shown.
    #[must_use]
    pub fn full(&self) -> String {
        if let Some(cargo) = &self.carried {
            return self.full_elsewhere(cargo);
        }
        let mut words = Vec::new();
        for name in &self.own {
            let value = self.environment.value(name).unwrap_or_default();
            words.push(format!("{name}={}", quoted(&value.to_string_lossy())));
        }
        words.push(quoted(&self.program.to_string_lossy()));
        words.extend(self.arguments().iter().map(|argument| quoted(&argument.to_string_lossy())));
        words.join(" ")
    }
}

fn can_be_passed(argument: &str) -> bool {
    argument.len() <= LONGEST && !argument.contains('\0') && !argument.is_empty()
}

#[cfg(test)]
mod tests {
    use super::{Launch, Measure, Pytest};
    use crate::base::RepoPath;
    use crate::domain::suite::{Batch, Target, TestId};
    use crate::io::runner::{Environment, Interpreter, Origin, RunDir};
    use std::path::Path;

    fn launch(batch: &Batch) -> Result<Launch, crate::base::Problem> {
        let folder = tempfile::tempdir().expect("a folder");
        let run = RunDir::create(&folder.path().join("run")).expect("a run");
        let home = folder.path().join("v env");
        let interpreter = Interpreter { program: home.join("bin/python"), origin: Origin::Folder, home: Some(home) };
        let environment: Environment =
            [("PYTHONPATH".into(), "/old".into()), ("PYTEST_CURRENT_TEST".into(), "x".into())].into_iter().collect();
        let how = Pytest {
            interpreter: &interpreter,
            root: Path::new("/p"),
            environment: &environment,
            measure: Measure::Tests,
            branches: false,
            known: &[],
            options: &[],
        };
        Launch::pytest(&how, batch, &run)
    }

    #[test]
    fn paths_come_last_after_an_option() {
        let file = Target::File(RepoPath::new("-k/test_a.py").expect("a path"));
        let launch = launch(&Batch::of(vec![file], vec![])).expect("a launch");
        let arguments = launch.arguments();
        let shown: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
        assert!(shown.ends_with(&["-v", "./-k/test_a.py"]), "{shown:?}");
        assert_eq!(launch.plain, "pytest -k/test_a.py -v");
        assert!(launch.full().contains("v env/bin/python' -m pytest -p lacuna_probe -o "), "{}", launch.full());
        let path = launch.environment.value("PYTHONPATH").expect("a value").to_string_lossy().into_owned();
        assert!(path.ends_with("/probe:/old"), "{path}");
        assert_eq!(launch.environment.value("PYTEST_CURRENT_TEST"), None);
        assert!(launch.environment.value("COVERAGE_FILE").is_some());
    }

    #[test]
    fn what_no_argument_can_hold_is_refused() {
        for id in ["t/a.py::x[\0]".to_owned(), format!("t/a.py::x[{}]", "y".repeat(200_000))] {
            let batch = Batch::of(vec![Target::Test(TestId::new(&id))], vec![]);
            assert!(launch(&batch).is_err());
        }
    }
}
