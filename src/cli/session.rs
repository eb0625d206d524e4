//! What every headless command begins with: the project, its desk, and what is wrong with its settings.

use super::arguments::{Common, Targets};
use super::{output, places};
use crate::base::Problem;
use crate::domain::config::Value;
use crate::shell::{Desk, Project, Surroundings};
use std::path::Path;

/// The desk of the project that the options name, or of the one around the working directory. What is wrong with its
/// settings is said on standard error.
///
/// # Errors
/// There is no such folder, or no home folder.
pub fn desk(common: &Common) -> Result<Desk, Problem> {
    let around = places::surroundings(common.trust)?;
    let desk = desk_at(None, common, around)?;
    output::complain(&desk.project.problems);
    Ok(desk)
}

/// The same for what runs tests: options stand over settings.
///
/// # Errors
/// As [`desk`].
pub fn desk_to_run(common: &Common, wanted: &Targets) -> Result<Desk, Problem> {
    let mut desk = desk(common)?;
    if let Some(workers) = &wanted.workers {
        desk.project.config.set("runner.workers", workers.clone(), "--workers");
    }
    if let Some(parallel) = wanted.parallel {
        desk.project.config.set("cycle.parallel", Value::Count(parallel), "--parallel");
    }
    Ok(desk)
}

/// The same for a given folder, and silently: the screen shows the problems itself.
///
/// # Errors
/// There is no such folder.
pub fn desk_at(start: Option<&Path>, common: &Common, around: Surroundings) -> Result<Desk, Problem> {
    let here = places::here();
    let exact = common.project.is_some();
    let start = common.project.as_deref().or(start).unwrap_or(&here);
    let mut project = Project::open(start, exact, common.config.as_deref(), &around)?;
    if let Some(theme) = &common.theme {
        project.config.set("theme", Value::Text(theme.clone()), "--theme");
    }
    Ok(Desk::new(project, around))
}
