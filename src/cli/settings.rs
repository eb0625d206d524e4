//! `lacuna config`: every setting with its value and where it came from.

use super::arguments::{Common, Format};
use super::exit::Exit;
use super::{output, session};
use crate::domain::config::{self, Config, SETTINGS};
use crate::domain::report::{Align, Grid};
use crate::shell::cost;
use serde_json::{Value, json};

/// The setting whose cost is measured.
const CONTEXTS: &str = "contexts";

/// Runs the command.
pub fn run(format: Format, common: &Common) -> Exit {
    let desk = match session::desk(common) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    match format {
        Format::Json => {
            let mut value = json(&desk.project.config);
            value[CONTEXTS]["cost"] = cost::known(&desk).as_ref().map_or(Value::Null, super::cost::json);
            output::print_json(&value);
        }
        Format::Md => output::print(&grid(&desk.project.config).markdown()),
        Format::Text => {
            output::print(&grid(&desk.project.config).text());
            if let Some(cost) = cost::known(&desk) {
                output::say(&format!("lacuna: {}; `contexts = false` switches them off", cost.words()));
            }
        }
    }
    Exit::Done
}

fn grid(config: &Config) -> Grid {
    // Values can be long: they stand last, where nothing has to stand below one another.
    let mut grid = Grid::new(&[("Setting", Align::Left), ("From", Align::Left), ("Value", Align::Left)]);
    for (setting, entry) in config.entries() {
        let from = entry.origin.to_string();
        match &entry.value {
            config::Value::Named(rows) if !rows.is_empty() => {
                let rows = rows.iter().map(|(name, texts)| {
                    let value = config::Value::Texts(texts.clone()).to_string();
                    [format!("{}.{name}", setting.key), from.clone(), value]
                });
                rows.for_each(|row| grid.row(row));
            }
            value => grid.row([setting.key.to_owned(), from, value.to_string()]),
        }
    }
    grid
}

fn json(config: &Config) -> Value {
    let rows = config.entries().map(|(setting, entry)| {
        let row = json!({ "value": entry.value.to_string(), "from": entry.origin.to_string(), "help": setting.help });
        (setting.key.to_owned(), row)
    });
    Value::Object(rows.collect())
}

/// The table of settings as Markdown, for the README.
#[must_use]
pub fn settings_markdown() -> String {
    let rows =
        SETTINGS.iter().map(|setting| format!("| `{}` | `{}` | {} |\n", setting.key, setting.default, setting.help));
    format!("| setting | default | what it does |\n|---|---|---|\n{}", rows.collect::<String>())
}
