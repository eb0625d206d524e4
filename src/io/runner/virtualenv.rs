//! A virtualenv that lacuna makes itself, for the demo.

use crate::base::{Digest, Problem, Severity};
use crate::domain::suite::{Exit, Output, quoted};
use crate::io::runner::{Environment, Interpreter, Launch, News, discover, start};
use std::path::Path;

/// The file in a virtualenv that says which requirements it was made for. It is written last.
const STAMP: &str = "lacuna-requirements";

/// Makes a virtualenv at `home` with `requirements` (one for each line), or finds the one that was made for them
/// before. `told` gets each line of progress.
///
/// # Errors
/// There is no Python, it has no `venv`, or the packages cannot be had; the hint is the command that would mend it.
pub async fn make_virtualenv(
    supervisor: &Path,
    environment: &Environment,
    home: &Path,
    requirements: &str,
    mut told: impl FnMut(&str) + Send,
) -> Result<Interpreter, Problem> {
    let stamp = Digest::of(requirements.as_bytes()).to_string();
    if let Some(made) = Interpreter::made(home)
        && std::fs::read_to_string(home.join(STAMP)).is_ok_and(|text| text == stamp)
    {
        return Ok(made);
    }
    let place = home.to_string_lossy().into_owned();
    let unwritable = |error: std::io::Error| Problem::error(&place, format!("it cannot be written: {error}"));
    std::fs::create_dir_all(home).map_err(unwritable)?;
    let mut bare = environment.clone();
    for name in ["VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "UV_PROJECT_ENVIRONMENT"] {
        bare.remove(name);
    }
    told(&format!("making a virtualenv in {place}"));
    let made = make_empty(supervisor, &bare, home, &mut told).await?;
    let list = home.join("requirements.txt");
    std::fs::write(&list, requirements).map_err(unwritable)?;
    install(supervisor, bare, &made, home, &list, &mut told).await?;
    std::fs::write(home.join(STAMP), stamp).map_err(unwritable)?;
    told(&format!("ready: {}", quoted(&made.program.to_string_lossy())));
    Ok(made)
}

async fn make_empty(
    supervisor: &Path,
    bare: &Environment,
    home: &Path,
    told: &mut (impl FnMut(&str) + Send),
) -> Result<Interpreter, Problem> {
    let place = home.to_string_lossy();
    let python = discover(home, None, bare)?;
    let args = ["-m", "venv", "--clear"].map(Into::into).into_iter().chain([home.into()]).collect();
    let launch = Launch::new(&python.program, args, home.parent().unwrap_or(home), bare.clone());
    let command = launch.plain.clone();
    steps(supervisor, launch, told).await.map_err(|last| {
        Problem::error(&place, format!("the virtualenv cannot be made: {last}"))
            .hint(format!("install Python's venv module (Debian: apt install python3-venv), then: {command}"))
    })?;
    Interpreter::made(home).ok_or_else(|| Problem::error(&place, "the virtualenv has no Python"))
}

async fn install(
    supervisor: &Path,
    bare: Environment,
    made: &Interpreter,
    home: &Path,
    list: &Path,
    told: &mut (impl FnMut(&str) + Send),
) -> Result<(), Problem> {
    let args = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar=off", "-r"];
    let args = args.map(Into::into).into_iter().chain([list.into()]).collect();
    let launch = Launch::new(&made.program, args, home, bare);
    let command = launch.plain.clone();
    steps(supervisor, launch, told).await.map_err(|last| {
        Problem::error(home.to_string_lossy(), format!("the packages cannot be had: {last}"))
            .hint(format!("with a network (or a package index of your own) run: {command}"))
    })
}

/// Runs one program and tells each line; the error is its last line that says something.
async fn steps(supervisor: &Path, launch: Launch, told: &mut (impl FnMut(&str) + Send)) -> Result<(), String> {
    let mut running = start(supervisor, launch).map_err(|problem| problem.to_string())?;
    let mut output = Output::default();
    let mut line = Vec::new();
    while let Some(lot) = running.news.recv().await {
        for news in lot {
            match news {
                News::Output { bytes, .. } => {
                    output.push(&bytes);
                    for part in bytes.split_inclusive(|byte| *byte == b'\n') {
                        line.extend_from_slice(part);
                        if line.ends_with(b"\n") {
                            told(String::from_utf8_lossy(&line).trim_end());
                            line.clear();
                        }
                    }
                }
                News::Trouble(problem) if problem.severity == Severity::Error => {
                    return Err(problem.to_string());
                }
                News::Ended(ended) if ended.exit == Exit::Code(0) => return Ok(()),
                _ => {}
            }
        }
    }
    let text = output.text();
    let telling = |line: &&str| !line.trim().is_empty() && !line.contains("[notice]");
    let error = text.lines().rev().find(|line| line.starts_with("ERROR"));
    Err(error.or_else(|| text.lines().rev().find(telling)).unwrap_or("it ended without a word").to_owned())
}
