//! `lacuna selections`: the saved selections, listed or forgotten.

use super::arguments::{Common, Format};
use super::exit::Exit;
use super::{output, session};
use crate::app::Ask;
use crate::base::{Clean, Problem, Stamp};
use crate::domain::suite::Target;
use crate::shell::{Desk, choosing, now};
use serde_json::{Value, json};

/// Runs the command.
pub fn run(delete: &[String], format: Format, common: &Common) -> Exit {
    let desk = match session::desk(common) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    let done = if delete.is_empty() { list(&desk, format) } else { forget(&desk, delete) };
    output::complain(&desk.take_problems());
    done.unwrap_or_else(output::refuse)
}

fn forget(desk: &Desk, names: &[String]) -> Result<Exit, Problem> {
    names.iter().try_for_each(|name| choosing::held(desk, name).map(drop))?;
    for name in names {
        desk.store()?.delete_selection(name)?;
        output::say(&format!("lacuna: {} is forgotten", Clean::line(name)));
    }
    Ok(Exit::Done)
}

fn list(desk: &Desk, format: Format) -> Result<Exit, Problem> {
    let store = desk.store()?;
    let mut rows: Vec<(String, Stamp, Ask)> = Vec::new();
    for (name, at) in store.selections()? {
        let held = choosing::held(desk, &name)?;
        rows.push((name, at, held));
    }
    match format {
        Format::Json => output::print_json(&Value::Array(rows.iter().map(json).collect())),
        Format::Text | Format::Md => {
            let row = |(name, at, held): &(String, Stamp, Ask)| {
                format!("{}  # {}, {}\n", Clean::line(name), Clean::line(&held.words()), at.ago(now()))
            };
            output::print(&rows.iter().map(row).collect::<String>());
        }
    }
    if rows.is_empty() {
        output::say("lacuna: there is no selection; --save NAME keeps one");
        return Ok(Exit::Nothing);
    }
    Ok(Exit::Done)
}

fn json((name, at, held): &(String, Stamp, Ask)) -> Value {
    json!({
        "name": name,
        "saved": at.0,
        "all": held.all,
        "keyword": held.keyword,
        "mark": held.mark,
        "sources": held.sources.iter().map(|path| path.as_str()).collect::<Vec<_>>(),
        "targets": held.targets.iter().map(Target::as_str).collect::<Vec<_>>(),
    })
}
