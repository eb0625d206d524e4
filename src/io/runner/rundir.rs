//! The private directory of one run: the plugin, the events, the data file, the redirected reports.

use crate::base::{Digest, Problem, RepoPath};
use crate::domain::suite::{Target, TestId};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// The plugin, as it is put beside the run. It is installed nowhere.
const PROBE: &str = include_str!("../../../assets/probe/lacuna_probe.py");

/// The most bytes of one process's stacks.
const STACK: u64 = 256 * 1024;

/// The fork server of warm runs, its deeper level, and what makes forked runs quicker.
const SERVER: &str = include_str!("../../../assets/probe/lacuna_warm.py");
const DEEPER: &str = include_str!("../../../assets/probe/lacuna_deep.py");
const SWIFT: &str = include_str!("../../../assets/probe/lacuna_swift.py");

/// The private directory of one run. Everything that the run writes on lacuna's behalf lies in it, with mode 0700.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDir(PathBuf);

impl RunDir {
    /// Makes the directory at `place`, which must not exist yet, with its parents.
    ///
    /// # Errors
    /// It exists, or cannot be made.
    pub fn create(place: &Path) -> Result<Self, Problem> {
        let make = || -> std::io::Result<()> {
            if let Some(parent) = place.parent() {
                std::fs::DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
            }
            let mut folder = std::fs::DirBuilder::new();
            folder.mode(0o700);
            folder.create(place)?;
            folder.create(place.join("probe"))?;
            folder.create(place.join("private"))?;
            std::fs::write(place.join("probe/lacuna_probe.py"), PROBE)?;
            std::fs::write(place.join("events.jsonl"), "")
        };
        make().map_err(|error| {
            Problem::error(place.to_string_lossy(), format!("the run's directory cannot be made: {error}"))
                .hint("lacuna's cache directory has to be writable")
        })?;
        Ok(Self(place.to_owned()))
    }

    /// The directory at `place` before it is made: for showing a command, not for starting one.
    #[must_use]
    pub fn planned(place: &Path) -> Self {
        Self(place.to_owned())
    }

    /// The directory itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The text of the plugin.
    #[must_use]
    pub const fn plugin() -> &'static str {
        PROBE
    }

    /// The directory on Python's path; it holds the plugin and nothing else.
    #[must_use]
    pub fn probe(&self) -> PathBuf {
        self.0.join("probe")
    }

    /// The file that events are appended to.
    #[must_use]
    pub fn events(&self) -> PathBuf {
        self.0.join("events.jsonl")
    }

    /// Has the plugin begin no further test. An interrupt alone may be swallowed: where it comes while a trace function
    /// works below C code, Python makes an ordinary failure of it, and pytest goes on with the next test.
    pub fn stop(&self) {
        let mut place = self.events().into_os_string();
        place.push(".stop");
        // The interrupt is sent in any case.
        let _ = std::fs::write(place, "");
    }

    /// Where redirected reports and the cache of pytest go.
    #[must_use]
    pub fn private(&self) -> PathBuf {
        self.0.join("private")
    }

    /// The JUnit report of a run in which the plugin was not loaded.
    #[must_use]
    pub fn junit(&self) -> PathBuf {
        self.private().join("junit.xml")
    }

    /// coverage.py's data file of the run. It is whole once the event `Data` has named it.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.private().join("coverage.db")
    }

    /// Writes the list of files whose facts are known: the digest of the content and the rules (see
    /// [`crate::domain::suite::Measuring::rules`]). The plugin then sends no facts for them.
    ///
    /// # Errors
    /// The list cannot be written.
    pub fn write_known(&self, known: &[(Digest, Digest)]) -> Result<PathBuf, Problem> {
        let place = self.0.join("known.txt");
        let write = || -> std::io::Result<()> {
            let mut file = std::io::BufWriter::new(std::fs::File::create(&place)?);
            known.iter().try_for_each(|(digest, rules)| writeln!(file, "{digest} {rules}"))?;
            file.flush()
        };
        write().map_err(|error| Problem::error(place.to_string_lossy(), error.to_string()))?;
        Ok(place)
    }

    /// The list of what alone is to run.
    #[must_use]
    pub fn only(&self) -> PathBuf {
        self.0.join("only.json")
    }

    /// Writes what alone is to run: files, classes, functions and tests.
    ///
    /// # Errors
    /// The list cannot be written.
    pub fn write_only(&self, targets: &[Target]) -> Result<(), Problem> {
        write_list(&self.only(), targets.iter().map(Target::as_str))
    }

    /// The list of tests in quarantine.
    #[must_use]
    pub fn held(&self) -> PathBuf {
        self.0.join("held.json")
    }

    /// Writes which tests are in quarantine.
    ///
    /// # Errors
    /// The list cannot be written.
    pub fn write_held(&self, tests: &[TestId]) -> Result<(), Problem> {
        write_list(&self.held(), tests.iter().map(TestId::as_str))
    }

    /// Writes the list of the files that are to be collected.
    ///
    /// # Errors
    /// The list cannot be written.
    pub fn write_files(&self, files: &[RepoPath]) -> Result<PathBuf, Problem> {
        let place = self.0.join("files.json");
        write_list(&place, files.iter().map(RepoPath::as_str))?;
        Ok(place)
    }

    /// Forgets the stacks that were written so far, so that what is written next stands alone.
    pub fn clear_stacks(&self) {
        for place in self.stack_files() {
            let _ = std::fs::File::options().write(true).truncate(true).open(place);
        }
    }

    /// What the processes of the run wrote when they were asked for their stacks, one text for each.
    #[must_use]
    pub fn stacks(&self) -> Vec<String> {
        let read = |place: PathBuf| {
            let mut bytes = Vec::new();
            std::fs::File::open(place).ok()?.take(STACK).read_to_end(&mut bytes).ok()?;
            Some(String::from_utf8_lossy(&bytes).into_owned())
        };
        self.stack_files().into_iter().filter_map(read).filter(|text| !text.is_empty()).collect()
    }

    /// The plugin makes one for each process.
    fn stack_files(&self) -> Vec<PathBuf> {
        let Ok(folder) = std::fs::read_dir(self.private()) else { return Vec::new() };
        let names = folder.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with("stack-"));
        let mut places: Vec<PathBuf> = names.map(|entry| entry.path()).collect();
        places.sort();
        places
    }

    /// The file into which the plugin writes what a warm run could have imported ahead.
    #[must_use]
    pub fn modules(&self) -> PathBuf {
        self.0.join("modules.json")
    }

    /// What the plugin has noted there; nothing when it came to no end.
    #[must_use]
    pub fn read_modules(&self) -> Option<Vec<u8>> {
        std::fs::read(self.modules()).ok()
    }

    /// Makes this the directory of a fork server: its program beside the plugin.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn add_server(&self) -> Result<(), Problem> {
        self.write("probe/lacuna_warm.py", SERVER.as_bytes())?;
        self.write("probe/lacuna_swift.py", SWIFT.as_bytes())?;
        self.write("probe/lacuna_deep.py", DEEPER.as_bytes()).map(|_| ())
    }

    /// Puts the plugin of a flake lab beside the probe, with the module that it imports to be told of mocks.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn add_lab(&self, plugin: &str, mocks: &str) -> Result<(), Problem> {
        self.write("probe/lacuna_mocks.py", mocks.as_bytes())?;
        self.write("probe/lacuna_lab.py", plugin.as_bytes()).map(|_| ())
    }

    /// Writes what a process of a flake lab is to do.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_specification(&self, specification: &[u8]) -> Result<PathBuf, Problem> {
        self.write("lab.json", specification)
    }

    /// Writes what a fork server is to import.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_notes(&self, notes: &[u8]) -> Result<PathBuf, Problem> {
        self.write("notes.json", notes)
    }

    /// Writes what a fork server is asked to run.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_request(&self, request: &[u8]) -> Result<PathBuf, Problem> {
        self.write("request", request)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, Problem> {
        let place = self.0.join(name);
        std::fs::write(&place, bytes).map_err(|error| Problem::error(place.to_string_lossy(), error.to_string()))?;
        Ok(place)
    }

    /// Forgets what an earlier attempt has measured: the data file, and those that lie beside it.
    pub fn clear_data(&self) {
        let data = self.data();
        let name = data.file_name().unwrap_or_default().to_os_string();
        for entry in std::fs::read_dir(self.private()).into_iter().flatten().flatten() {
            if entry.file_name().as_encoded_bytes().starts_with(name.as_encoded_bytes()) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }

    /// Removes the directory and all that is in it.
    pub fn remove(self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn write_list<'a>(place: &Path, texts: impl Iterator<Item = &'a str>) -> Result<(), Problem> {
    let text = serde_json::to_vec(&texts.collect::<Vec<_>>()).unwrap_or_default();
    std::fs::write(place, text).map_err(|error| Problem::error(place.to_string_lossy(), error.to_string()))
}
