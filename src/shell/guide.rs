//! The implementation guide of a file's functions: read from the source on disk, ticked off by the ledger.

use super::desk::Desk;
use crate::base::{Problem, RepoPath};
use crate::domain::guide::{Asked, Ticked, find, guides, tick};
use crate::domain::ledger::Ledger;
use crate::domain::python::source_lines;

/// The guides that were asked for, ticked off.
///
/// # Errors
/// The file can't be read or parsed, it is no Python, or it has no such function.
pub fn of(desk: &Desk, ledger: &Ledger, path: &RepoPath, asked: &Asked) -> Result<Vec<Ticked>, Problem> {
    if !path.as_str().ends_with(".py") {
        return Err(
            Problem::error(path.as_str(), "is no Python source").hint("a guide is made for functions of Python")
        );
    }
    let text = desk.disk.read(path)?;
    let all = guides(&text).map_err(|(line, what)| {
        let place = format!("{}:{line}", path.as_str());
        Problem::error(place, format!("can't be read as Python: {what}")).hint("a guide needs the whole syntax tree")
    })?;
    let found = find(all, asked).map_err(|near| {
        let (what, origin) = match asked {
            Asked::Line(line) => (missing_at(&text, *line), format!("{}:{line}", path.as_str())),
            Asked::Name(name) => (missing(&text, name), format!("{}::{name}", path.as_str())),
            Asked::All => (String::new(), path.as_str().to_owned()),
        };
        let hint = if near.is_empty() {
            "the file has no function".to_owned()
        } else {
            format!("the nearest: {}", near.join(", "))
        };
        Problem::error(origin, what).hint(hint)
    })?;
    let trace = ledger.trace(path, &text);
    Ok(found.into_iter().map(|guide| tick(guide, &trace)).collect())
}

fn missing(text: &str, name: &str) -> String {
    let own = name.rsplit(['.', ':']).next().unwrap_or(name);
    let is_lambda = |line: &str| {
        let rest = line.trim_start().strip_prefix(own).map(str::trim_start);
        rest.is_some_and(|rest| rest.starts_with('=') && rest.contains("lambda"))
    };
    if !own.is_empty() && source_lines(text).iter().any(|line| is_lambda(line)) {
        return "is a lambda, and a guide is made for what is defined with `def`".to_owned();
    }
    "there is no such function".to_owned()
}

fn missing_at(text: &str, line: u32) -> String {
    let count = source_lines(text).len();
    if line as usize > count {
        return format!("the file has {count} lines");
    }
    "the line stands in no function".to_owned()
}
