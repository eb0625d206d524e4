//! What the front door found out about the environment, for everybody below it.

use crate::io::runner::Environment;
use std::path::PathBuf;

/// Folders, variables and options that hold for this process.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The folder with the user's settings and themes.
    pub config: PathBuf,
    /// The folder for databases.
    pub data: PathBuf,
    /// The folder for files of single runs.
    pub cache: PathBuf,
    /// The program itself, to start the supervisor with.
    pub program: PathBuf,
    /// The variables that tests inherit.
    pub environment: Environment,
    /// Whether the person said that this project may run its programs.
    pub trust: bool,
    /// The packages of the sample's virtualenv, when this is the sample.
    pub requirements: Option<&'static str>,
}
