//! Rules that other programs judge: started only where the person trusts the project, read only where they wrote.

use super::desk::Desk;
use crate::base::{Problem, RepoPath};
use crate::domain::programme::{Level, Ruling, Verdict, commanded, found, read_sarif, reported};
use crate::domain::suite::{Exit, quoted, read_junit};
use crate::io::files;
use crate::io::runner::{self, Environment, Launch};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Programs that have to end well.
const COMMANDS: &str = "gate.commands";
/// Files that decide.
const RESULTS: &str = "gate.results";

/// Starts the programs of the settings one after another, and reads what they wrote.
#[must_use]
pub fn rulings(desk: &Desk) -> Vec<Ruling> {
    let config = &desk.project.config;
    let names: BTreeSet<&String> =
        [COMMANDS, RESULTS].iter().flat_map(|key| config.named(key)).map(|(name, _)| name).collect();
    let of = |key: &str, name: &str| {
        config.named(key).iter().find(|(known, _)| known == name).map(|(_, texts)| texts.clone()).unwrap_or_default()
    };
    let may_start = may_start(desk);
    let judge = |name: &&String| {
        let (words, written) = (of(COMMANDS, name), of(RESULTS, name));
        let is_empty = words.is_empty() && config.named(COMMANDS).iter().any(|(known, _)| known == *name);
        let rule = format!("{COMMANDS}.{name}");
        if is_empty {
            return vec![Ruling::new(&rule, name, "exit code 0").untold("no program is named").next("lacuna config")];
        }
        match (&words[..], &may_start) {
            ([], _) => written.iter().map(|file| read(desk, name, file, true)).collect(),
            (_, Err(why)) => {
                let line = line(&words);
                vec![Ruling::new(&rule, &format!("`{line}`"), "exit code 0").untold(why).next("lacuna gate --trust")]
            }
            (_, Ok(())) => started(desk, name, &words, &written),
        }
    };
    names.iter().flat_map(judge).collect()
}

/// Whether programs may be started: those of one's own settings may, those of the project's once it is trusted.
fn may_start(desk: &Desk) -> Result<(), String> {
    let is_of_project = desk.project.config.entry(COMMANDS).is_some_and(|entry| entry.of_project);
    match desk.is_trusted() {
        _ if !is_of_project => Ok(()),
        Ok(true) => Ok(()),
        Ok(false) => Err("the project is not trusted yet: its programs are not started".to_owned()),
        Err(problem) => Err(problem.to_string()),
    }
}

fn line(words: &[String]) -> String {
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// One program, and what it wrote where something is named.
fn started(desk: &Desk, name: &str, words: &[String], written: &[String]) -> Vec<Ruling> {
    let line = line(words);
    let rule = format!("{COMMANDS}.{name}");
    let before: Vec<_> = written.iter().map(|file| files::identity(&desk.project.root.join(file))).collect();
    let ended = start(desk, words);
    let ended = match ended {
        Ok(ended) => ended,
        Err(problem) => {
            let ruling = Ruling::new(&rule, &format!("`{line}`"), "exit code 0");
            return vec![ruling.untold(&format!("it can't be started: {}", problem.what)).next(&line)];
        }
    };
    if written.is_empty() {
        return vec![commanded(&rule, &line, &ended)];
    }
    let judge = |(file, before): (&String, &Option<files::Identity>)| {
        let now = files::identity(&desk.project.root.join(file));
        if now.is_none() || now == *before {
            let code = match ended {
                Exit::Code(code) => format!("ended with {code} and "),
                _ => String::new(),
            };
            let ruling = Ruling::new(&rule, &format!("`{line}`"), &format!("findings in {file}"));
            return ruling.untold(&format!("it {code}did not write {file}")).next(&line);
        }
        let ruling = read(desk, name, file, false);
        if matches!(ruling.verdict, Verdict::Failed | Verdict::Untold) { ruling.next(&line) } else { ruling }
    };
    written.iter().zip(&before).map(judge).collect()
}

fn start(desk: &Desk, words: &[String]) -> Result<Exit, Problem> {
    let (program, rest) = words.split_first().ok_or_else(|| Problem::error(COMMANDS, "no program is named"))?;
    let mut environment: Environment = desk.around.environment.clone();
    // What `activate` does: the project's own tools come first.
    if let Some(home) = desk.interpreter().ok().and_then(|interpreter| interpreter.home) {
        environment.prepend("PATH", home.join("bin"));
        environment.set("VIRTUAL_ENV", home);
    }
    let args = rest.iter().map(Into::into).collect();
    let launch = Launch::new(Path::new(program), args, &desk.project.root, environment);
    runner::attend(&desk.around.program, &launch)
}

/// What a file says. One that nobody wrote just now must not be older than a source.
fn read(desk: &Desk, name: &str, file: &str, is_kept: bool) -> Ruling {
    let rule = format!("{RESULTS}.{name}");
    let ruling = || Ruling::new(&rule, &format!("findings in {file}"), "");
    let place = desk.project.root.join(file);
    let Some(identity) = files::identity(&place) else {
        return ruling().untold("there is no such file");
    };
    let newer = |path: &&RepoPath| desk.disk.identity(path).is_some_and(|of| of.modified_at() > identity.modified_at());
    if is_kept && let Some(path) = desk.disk.python_files().iter().find(newer) {
        return ruling().untold(&format!("{file} is older than {}", path.as_str()));
    }
    let bytes = match files::read(&place, files::REPORT_LIMIT) {
        Ok(bytes) => bytes,
        Err(problem) => return ruling().untold(&problem.to_string()),
    };
    let level = desk.project.config.text("gate.level").and_then(Level::named).unwrap_or(Level::Error);
    let path_of = |path: &str| path_of(&desk.project.root, path);
    let first = bytes.iter().copied().find(|byte| !byte.is_ascii_whitespace() && !matches!(byte, 0xef | 0xbb | 0xbf));
    let judged = match first {
        Some(b'<') => read_junit(&bytes, file).map(|report| reported(&rule, file, &report, &path_of)),
        _ => read_sarif(&bytes, file).map(|findings| found(&rule, file, &findings, level, &path_of)),
    };
    judged.unwrap_or_else(|problem| ruling().untold(&problem.to_string()))
}

/// The file of the project that a path or an address of a file means.
fn path_of(root: &Path, path: &str) -> Option<RepoPath> {
    let path = path.strip_prefix("file://").unwrap_or(path);
    let full: PathBuf = root.join(path);
    RepoPath::below(root, &full).filter(|path| path.under(root).is_file())
}
