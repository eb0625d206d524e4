//! What the environment says: folders, variables, the program itself. The only reader of the process's environment.

use crate::base::Problem;
use crate::io::runner::Environment;
use crate::shell::Surroundings;
use etcetera::BaseStrategy;
use std::env;
use std::path::PathBuf;

/// The surroundings of this process, by the XDG rules on every system.
///
/// # Errors
/// There is no home folder to keep anything in.
pub fn surroundings(trust: bool) -> Result<Surroundings, Problem> {
    let base = etcetera::choose_base_strategy().map_err(|_| {
        Problem::error("environment", "there is no home folder").hint("set HOME, or XDG_DATA_HOME and its siblings")
    })?;
    let program = env::current_exe().map_err(|error| Problem::error("lacuna", error.to_string()))?;
    Ok(Surroundings {
        config: base.config_dir().join("lacuna"),
        data: base.data_dir().join("lacuna"),
        cache: base.cache_dir().join("lacuna"),
        program,
        environment: env::vars_os().collect::<Environment>(),
        trust,
        requirements: None,
    })
}

/// The folder that the command was started in.
#[must_use]
pub fn here() -> PathBuf {
    env::current_dir().unwrap_or_else(|_| PathBuf::from("."))
}
