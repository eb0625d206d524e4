//! The git command, so called that a repository can run nothing through it.

use crate::base::Problem;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much output one call may give, in bytes.
const MOST: u64 = 64 * 1024 * 1024;

/// Settings that win over those of the repository: they close every way by which git would run something that a
/// repository names, or reach out to another machine.
const CLOSED: [(&str, &str); 16] = [
    ("core.fsmonitor", "false"),
    ("core.hooksPath", "/dev/null"),
    ("core.quotePath", "false"),
    ("core.pager", "cat"),
    ("core.sshCommand", "false"),
    ("core.alternateRefsCommand", "false"),
    ("core.untrackedCache", "keep"),
    ("diff.external", ""),
    ("diff.ignoreSubmodules", "all"),
    ("diff.trustExitCode", "false"),
    ("log.showSignature", "false"),
    ("protocol.allow", "never"),
    ("safe.bareRepository", "explicit"),
    ("status.submoduleSummary", "false"),
    ("status.showUntrackedFiles", "all"),
    ("uploadpack.packObjectsHook", "false"),
];

/// Variables of the environment that would lead git to another repository, or make it run something.
const UNSET: [&str; 22] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_EXTERNAL_DIFF",
    "GIT_DIFF_OPTS",
    "GIT_PREFIX",
    "GIT_EXEC_PATH",
    "GIT_TEMPLATE_DIR",
    "GIT_SHALLOW_FILE",
    "GIT_GRAFT_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_LITERAL_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_TRACE",
    "GIT_TRACE2",
    "GIT_TRACE2_EVENT",
];

/// A repository that git may be asked about.
#[derive(Debug)]
pub(super) struct Git<'a> {
    root: &'a Path,
    /// The filters that the configuration names: each is switched off.
    filters: Vec<String>,
}

impl<'a> Git<'a> {
    /// Git at `root`, with the filters that any configuration names switched off: `status` and `diff` would run them.
    pub(super) fn at(root: &'a Path) -> Result<Self, Problem> {
        let bare = Self { root, filters: Vec::new() };
        let names = bare.ask(&["config", "-z", "--name-only", "--get-regexp", r"^filter\."], b"").unwrap_or_default();
        let mut filters: Vec<String> = records(&names)
            .filter_map(|name| Some(name.strip_prefix("filter.")?.rsplit_once('.')?.0.to_owned()))
            .collect();
        filters.sort();
        filters.dedup();
        Ok(Self { root, filters })
    }

    /// The output of git, called with `arguments` and given `input`.
    ///
    /// # Errors
    /// There is no git, it failed, it took too long, or it gave too much.
    pub(super) fn ask(&self, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, Problem> {
        let origin = format!("git {}", arguments.first().copied().unwrap_or_default());
        let child = self.command(arguments).spawn().map_err(|error| {
            let what = format!("git could not be started: {error}");
            Problem::warning(&origin, what).hint("install git; without it, changes and commits are not shown")
        })?;
        let (output, errors, succeeded) = finish(child, input).map_err(|what| Problem::warning(&origin, what))?;
        if succeeded {
            return Ok(output);
        }
        let said = String::from_utf8_lossy(&errors);
        let line = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("failed without a word");
        Err(Problem::warning(&origin, line.trim_start_matches("fatal: ")))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.args(["--no-pager", "--no-optional-locks", "--literal-pathspecs", "-C"]).arg(self.root).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        UNSET.iter().for_each(|name| {
            command.env_remove(name);
        });
        command.env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0").env("GIT_TERMINAL_PROMPT", "0");
        command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_ALLOW_PROTOCOL", "").env("GIT_SSH_COMMAND", "false");
        command.env("GIT_PAGER", "cat").env("GIT_EDITOR", "false").env("GIT_ASKPASS", "false");
        let off = self.filters.iter().flat_map(|filter| {
            ["clean", "smudge", "process", "required"].map(|part| {
                (format!("filter.{filter}.{part}"), if part == "required" { "false" } else { "" }.to_owned())
            })
        });
        let closed = CLOSED.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let mut count = 0;
        for (key, value) in closed.chain(off) {
            command.env(format!("GIT_CONFIG_KEY_{count}"), key).env(format!("GIT_CONFIG_VALUE_{count}"), value);
            count += 1;
        }
        command.env("GIT_CONFIG_COUNT", count.to_string());
        command
    }
}

/// The parts of output that `-z` separates; what is not UTF-8 is left out.
pub(super) fn records(output: &[u8]) -> impl Iterator<Item = &str> {
    output
        .split(|&byte| byte == 0)
        .filter(|record| !record.is_empty())
        .filter_map(|part| std::str::from_utf8(part).ok())
}

/// Feeds a child and waits for its end, within the time and the output that it may take.
fn finish(mut child: Child, input: &[u8]) -> Result<(Vec<u8>, Vec<u8>, bool), String> {
    let (done, wait) = mpsc::channel();
    let output = drain(child.stdout.take(), done.clone());
    let errors = drain(child.stderr.take(), done);
    let input = input.to_vec();
    let feed = child.stdin.take().map(|mut stdin| {
        // A child that does not read to the end says why on its own.
        thread::spawn(move || drop(stdin.write_all(&input)))
    });
    let in_time = (0..2).all(|_| wait.recv_timeout(PATIENCE).is_ok());
    if !in_time {
        // It may have ended by itself just now.
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| format!("could not be waited for: {error}"))?;
    if !in_time {
        return Err(format!("took longer than {} s and was stopped", PATIENCE.as_secs()));
    }
    drop(feed.map(thread::JoinHandle::join));
    let output = output.join().unwrap_or_default();
    if output.len() as u64 >= MOST {
        return Err("says more than can be shown".to_owned());
    }
    Ok((output, errors.join().unwrap_or_default(), status.success()))
}

/// Reads a stream to its end on a thread of its own, and says so.
fn drain(stream: Option<impl Read + Send + 'static>, done: mpsc::Sender<()>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(stream) = stream {
            // A stream that breaks has said what it had to say.
            let _ = stream.take(MOST).read_to_end(&mut bytes);
        }
        // Nobody listens any more when the time was over.
        let _ = done.send(());
        bytes
    })
}
