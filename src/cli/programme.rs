//! `lacuna programme`: layers of code and of tests against their targets, and what the history says of the suite.

use super::arguments::{Common, Format};
use super::exit::Exit;
use super::{output, session};
use crate::domain::report::Rulings;
use crate::shell::{Known, programme};

/// Runs the command.
pub fn run(format: Format, common: &Common) -> Exit {
    let desk = match session::desk(common) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    let (known, problems) = Known::open(&desk);
    output::complain(&problems);
    let rulings = programme::standing(&known);
    let all = Rulings { title: "programme", rulings: &rulings };
    match format {
        Format::Json => output::print_json(&all.json()),
        Format::Md => output::print(&all.markdown()),
        Format::Text => output::print(&all.text()),
    }
    Exit::Done
}
