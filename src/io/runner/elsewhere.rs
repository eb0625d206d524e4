//! Tests that run elsewhere: what is carried there through the channel of a command, and how that is shown.

use crate::base::Problem;
use crate::domain::suite::{Batch, Target, TestId, quoted};
use crate::io::runner::template::Template;
use crate::io::runner::{Launch, Measure, Pytest, RunDir, Share, Workers};
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::Duration;

/// What runs at the other end: it reads the rest from the channel.
const CARRIER: &str = include_str!("../../../assets/probe/lacuna_carrier.py");
/// How the other end begins. It holds nothing that a shell would read otherwise than inside quotes.
const BEGIN: &str = "import sys;b=sys.stdin.buffer;exec(b.read(int(b.readline())))";

/// Where tests run, if that is not here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The command that leads there.
    pub template: Template,
    /// The interpreter there.
    pub python: String,
    /// The project's folder there; empty: it is looked for by the content of its files.
    pub directory: String,
    /// Variables that are set there.
    pub environment: Vec<(String, String)>,
    /// How long it may give no sign of life.
    pub silence: Duration,
}

/// What is carried to the other end for one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cargo {
    elsewhere: Elsewhere,
    /// The options of pytest that the settings name.
    options: Vec<String>,
    measure: Measure,
    branches: bool,
    known: String,
    landmarks: Vec<(String, String)>,
    share: Option<Share>,
    observes: bool,
}

impl Launch {
    /// pytest for one batch, run elsewhere. `landmarks` are files of the project with the digests of their content: by
    /// them the project is found there, and by them it is said what differs.
    ///
    /// # Errors
    /// As [`Launch::pytest`].
    pub fn pytest_elsewhere(
        how: &Pytest<'_>,
        batch: &Batch,
        run: &RunDir,
        elsewhere: &Elsewhere,
        landmarks: Vec<(String, String)>,
    ) -> Result<Self, Problem> {
        // What cannot be passed here cannot be passed there.
        let here = Self::pytest(how, batch, run)?;
        let cargo = Cargo {
            elsewhere: elsewhere.clone(),
            options: (how.options.iter().map(|option| option.to_string_lossy().into_owned()))
                .chain(batch.given().cloned())
                .collect(),
            measure: how.measure,
            branches: how.branches && how.measure != Measure::Nothing,
            known: how.known.iter().map(|(digest, rules)| format!("{digest} {rules}\n")).collect(),
            landmarks,
            share: None,
            observes: false,
        };
        let (program, args) = elsewhere.template.command(&begin(elsewhere));
        Ok(Self {
            program: program.into(),
            args: args.into_iter().map(Into::into).collect(),
            environment: how.environment.clone(),
            own: Vec::new(),
            carried: Some(cargo),
            ..here
        })
    }

    /// The share of the machine, for a run elsewhere: how large it is, is known there. False for a run here.
    pub(crate) fn carry_share(&mut self, share: &Share) -> bool {
        self.carried.as_mut().map(|cargo| cargo.share = Some(share.clone())).is_some()
    }

    /// Has requests be noted, for a run elsewhere. False for a run here.
    pub(crate) fn carry_observing(&mut self) -> bool {
        self.carried.as_mut().map(|cargo| cargo.observes = true).is_some()
    }

    /// Writes what the other end reads into the private directory of the run, and the marker of its answers.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn load(&self) -> Result<(), Problem> {
        let (Some(cargo), Some(run)) = (&self.carried, &self.run) else { return Ok(()) };
        let write = || -> std::io::Result<()> {
            let marker = marker()?;
            std::fs::write(run.path().join("token"), &marker)?;
            std::fs::write(run.path().join("silence"), cargo.elsewhere.silence.as_millis().to_string())?;
            let request = cargo.request(self, run, &marker);
            let mut file = std::fs::File::create(run.path().join("cargo"))?;
            write!(file, "{}\n{CARRIER}{}\n{request}", CARRIER.len(), request.len())
        };
        write().map_err(|error| Problem::error(run.path().to_string_lossy(), error.to_string()))
    }

    /// The full command of a run elsewhere: what is started here, and what that starts there.
    pub(crate) fn full_elsewhere(&self, cargo: &Cargo) -> String {
        let mut words = vec![quoted(&cargo.elsewhere.python), "-m pytest".to_owned()];
        words.extend(cargo.options.iter().map(|option| quoted(option)));
        words.push("-v".to_owned());
        words.extend(self.targets.iter().map(|target| quoted(&format!("./{}", target.as_str()))));
        cargo.elsewhere.template.with(&words.join(" "))
    }
}

impl Cargo {
    fn request(&self, launch: &Launch, run: &RunDir, marker: &str) -> String {
        let targets: Vec<String> =
            launch.targets.iter().map(|target| format!("./{}", Target::as_str(target))).collect();
        let environment: serde_json::Map<String, serde_json::Value> =
            self.elsewhere.environment.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        let measure = match self.measure {
            Measure::Nothing => "nothing",
            Measure::Lines => "lines",
            Measure::Tests => "tests",
        };
        let list = |ids: Vec<&str>| if ids.is_empty() { String::new() } else { json!(ids).to_string() };
        let only = list(launch.only.iter().map(Target::as_str).collect());
        let held = list(launch.held.iter().map(TestId::as_str).collect());
        let root = &launch.directory;
        let below = run.path().strip_prefix(root).unwrap_or(Path::new(""));
        json!({
            "marker": marker,
            "root": root.to_string_lossy(),
            "directory": self.elsewhere.directory,
            "folder": run.path().to_string_lossy(),
            "below": below.to_string_lossy(),
            "probe": RunDir::plugin(),
            "options": self.options,
            "targets": targets,
            "environment": environment,
            "silence": self.elsewhere.silence.as_secs_f64(),
            "measure": measure,
            "branches": self.branches,
            "observes": self.observes,
            "known": self.known,
            "only": only,
            "held": held,
            "landmarks": self.landmarks,
            "share": self.share.as_ref().map(shared),
        })
        .to_string()
    }
}

fn shared(share: &Share) -> serde_json::Value {
    let workers = match share.workers {
        Workers::AsProject => json!(null),
        Workers::Auto => json!("auto"),
        Workers::Count(count) => json!(count),
    };
    json!({ "workers": workers, "gateways": share.gateways, "commands": share.commands, "tests": share.tests })
}

/// The words that stand for pytest in the template.
fn begin(elsewhere: &Elsewhere) -> [String; 3] {
    [elsewhere.python.clone(), "-c".to_owned(), BEGIN.to_owned()]
}

/// What nobody can guess, so that nothing but the other end is taken for it.
fn marker() -> std::io::Result<String> {
    let mut bytes = [0_u8; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::{BEGIN, CARRIER, marker};

    #[test]
    fn what_is_carried_has_no_surprises_for_a_shell() {
        assert!(BEGIN.chars().all(|c| c.is_ascii_alphanumeric() || "_=;.() ".contains(c)), "{BEGIN}");
        assert!(CARRIER.is_ascii(), "its length is counted in bytes");
        let (one, two) = (marker().expect("a marker"), marker().expect("a marker"));
        assert!(one.len() == 32 && one != two);
    }
}
