//! `lacuna [path]`: the screen.

use super::arguments::{Common, When};
use super::exit::Exit;
use super::{output, places, session};
use crate::shell::{self, Desk, Options};
use std::path::Path;

/// Runs the command.
pub fn run(path: Option<&Path>, common: &Common) -> Exit {
    let desk = places::surroundings(common.trust).and_then(|around| session::desk_at(path, common, around));
    match desk {
        Ok(desk) => show(desk, Options { colours: colours(common), demo: false }),
        Err(problem) => output::refuse(problem),
    }
}

/// Shows the screen until the person leaves.
pub fn show(desk: Desk, options: Options) -> Exit {
    match shell::open(desk, options) {
        Ok(_) => Exit::Done,
        Err(problem) => output::refuse(problem),
    }
}

/// What the option says about colours.
#[must_use]
pub fn colours(common: &Common) -> Option<bool> {
    match common.color {
        When::Auto => None,
        When::Always => Some(true),
        When::Never => Some(false),
    }
}
