//! What the environment says: folders, virtualenv, editor, colours. The only reader of environment variables.

use etcetera::BaseStrategy;
use std::env;
use std::path::PathBuf;

/// The folders that lacuna may write to, and the one that it reads its configuration from.
#[derive(Clone, Debug)]
pub struct Folders {
    /// `$XDG_CONFIG_HOME/lacuna`: the user's settings and themes.
    pub config: PathBuf,
    /// `$XDG_DATA_HOME/lacuna`: history, ledger, trust.
    pub data: PathBuf,
    /// `$XDG_CACHE_HOME/lacuna`: files of single runs, the sample project.
    pub cache: PathBuf,
}

/// The user's folders, by the XDG rules on every system; nothing when there is no home folder.
#[must_use]
pub fn folders() -> Option<Folders> {
    let base = etcetera::choose_base_strategy().ok()?;
    Some(Folders {
        config: base.config_dir().join("lacuna"),
        data: base.data_dir().join("lacuna"),
        cache: base.cache_dir().join("lacuna"),
    })
}

/// A variable's text; nothing when it is not set, empty or not Unicode.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|text| !text.is_empty())
}

/// The first of several variables that is set.
#[must_use]
pub fn first_of(names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| variable(name))
}

/// The folder that the command was started in.
#[must_use]
pub fn here() -> Option<PathBuf> {
    env::current_dir().ok()
}

/// The program itself, for starting the supervisor.
#[must_use]
pub fn program() -> Option<PathBuf> {
    env::current_exe().ok()
}

/// The arguments as they were typed.
pub fn arguments() -> env::ArgsOs {
    env::args_os()
}
