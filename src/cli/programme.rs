//! `lacuna programme`: layers of code and of tests against their targets, what the history says of the suite, and trends.

use super::arguments::{Common, Format};
use super::exit::Exit;
use super::{output, session};
use crate::domain::report::{Rulings, trend_grid, trend_values};
use crate::shell::{Known, programme, trends};

/// Runs the command.
pub fn run(format: Format, common: &Common) -> Exit {
    let desk = match session::desk(common) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    let (known, problems) = Known::open(&desk);
    output::complain(&problems);
    let rulings = programme::standing(&known);
    let trends = trends(&known).unwrap_or_else(|problem| {
        output::complain(&[problem]);
        Vec::new()
    });
    let (all, over_time) = (Rulings { title: "programme", rulings: &rulings }, trend_grid(&trends));
    match format {
        Format::Json => {
            let mut value = all.json();
            if let Some(fields) = value.as_object_mut() {
                fields.insert("trends".to_owned(), trend_values(&trends));
            }
            output::print_json(&value);
        }
        Format::Md => output::print(&format!("{}\n### Over time\n\n{}", all.markdown(), over_time.markdown())),
        Format::Text => output::print(&format!("{}\n{}", all.text(), over_time.text())),
    }
    Exit::Done
}
