//! `lacuna history alias`: tests that have another name now.

use super::arguments::{Common, Format};
use super::exit::Exit;
use super::{output, session};
use crate::base::{Clean, Problem, RepoPath};
use crate::domain::report::{Align, Grid};
use crate::domain::suite::TestId;
use crate::shell::{Desk, quarantine};
use serde_json::json;

/// Runs the command.
pub fn run(names: Option<(String, String)>, remove: Option<&str>, format: Format, common: &Common) -> Exit {
    let desk = match session::desk(common) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    let done = match (names, remove) {
        (Some((old, new)), _) => add(&desk, &old, &new),
        (None, Some(old)) => forget(&desk, old),
        (None, None) => return list(&desk, format),
    };
    output::complain(&desk.take_problems());
    match done {
        Ok(said) => {
            output::say(&format!("lacuna: {said}"));
            Exit::Done
        }
        Err(problem) => output::refuse(problem),
    }
}

fn add(desk: &Desk, old: &str, new: &str) -> Result<String, Problem> {
    let refuse = |what: &str| Err(Problem::error(old, what));
    let is_test = |name: &str| name.contains("::");
    if is_test(old) != is_test(new) {
        return refuse("a test goes on as a test, and a file as a file: both names are node ids, or both are paths");
    }
    if [old, new].iter().any(|name| name.is_empty() || name.chars().any(Clean::is_odd)) {
        return refuse("a name is empty or holds control characters");
    }
    let history = desk.history()?;
    if history.aliases()?.is_circle(old, new) {
        return refuse("this would lead back to where it began")
            .map_err(|problem| problem.hint("`lacuna history alias` lists the aliases, and `--remove` forgets one"));
    }
    let (test, path) = (TestId::new(new), RepoPath::new(TestId::new(new).path()));
    let is_there = path.is_some_and(|path| desk.disk.is_there(&path));
    if !is_there && history.seen(&test, 1)?.is_empty() {
        return Err(Problem::error(new, "is no file of the project, and nothing is recorded of it")
            .hint("the new name comes second: `lacuna history alias OLD NEW`"));
    }
    let joined = desk.alias(old, new)?;
    let results = if joined == 1 { "1 result".to_owned() } else { format!("{joined} results") };
    let hints = held(desk, &TestId::new(old));
    Ok(format!("{} goes on as {}: {results} joined{hints}", Clean::line(old), Clean::line(new)))
}

/// What is to be done with the quarantine of a test that has another name now.
fn held(desk: &Desk, old: &TestId) -> String {
    let list = quarantine::read(desk);
    let left = list.entries.iter().filter(|entry| entry.id == *old || old.holds(&entry.id));
    left.map(|entry| format!("\nin quarantine by the old name: lacuna quarantine rename '{}'", entry.id.clean()))
        .collect()
}

fn forget(desk: &Desk, old: &str) -> Result<String, Problem> {
    match desk.forget_alias(old)? {
        true => Ok(format!("{} is a name of its own again; what was joined stays joined", Clean::line(old))),
        false => Err(Problem::error(old, "is no alias").hint("`lacuna history alias` lists them by their old names")),
    }
}

fn list(desk: &Desk, format: Format) -> Exit {
    let aliases = match desk.history().and_then(|history| history.aliases()) {
        Ok(aliases) => aliases,
        Err(problem) => return output::refuse(problem),
    };
    let mut grid = Grid::new(&[("Old", Align::Left), ("New", Align::Left)]);
    aliases.rows().for_each(|(old, new)| grid.row([old, new]));
    match format {
        Format::Json => {
            let rows: Vec<_> = aliases.rows().map(|(old, new)| json!({ "old": old, "new": new })).collect();
            output::print_json(&json!(rows));
        }
        Format::Md => output::print(&grid.markdown()),
        Format::Text if aliases.is_empty() => output::complain(&[Problem::note("history", "there are no aliases")]),
        Format::Text => output::print(&grid.text()),
    }
    if aliases.is_empty() { Exit::Nothing } else { Exit::Done }
}
