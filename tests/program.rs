//! The program as its users start it: arguments in, output and exit code out, in an environment of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The variables that keep a test's lacuna away from the user's own files.
pub fn environment(home: &Path) -> Vec<(&'static str, PathBuf)> {
    vec![
        ("HOME", home.to_owned()),
        ("XDG_CONFIG_HOME", home.join("config")),
        ("XDG_DATA_HOME", home.join("data")),
        ("XDG_CACHE_HOME", home.join("cache")),
        ("XDG_STATE_HOME", home.join("state")),
        ("LACUNA_TEST_HOME", home.to_owned()),
    ]
}

/// What tells a program that it runs in a CI system: these tests may.
const CI: [&str; 10] = [
    "GITHUB_ACTIONS",
    "GITLAB_CI",
    "CIRCLECI",
    "BUILDKITE",
    "TF_BUILD",
    "TRAVIS",
    "BITBUCKET_BUILD_NUMBER",
    "DRONE",
    "TEAMCITY_VERSION",
    "JENKINS_URL",
];

/// Runs lacuna and waits for its end.
pub fn run(arguments: &[&str], folder: &Path, home: &Path) -> Output {
    command(arguments, folder, home).output().unwrap()
}

/// A command of lacuna that is not started yet.
pub fn command(arguments: &[&str], folder: &Path, home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lacuna"));
    command.args(arguments).current_dir(folder).envs(environment(home));
    command.env_remove("VIRTUAL_ENV").env_remove("PYTEST_ADDOPTS").env("NO_COLOR", "1");
    for name in CI {
        command.env_remove(name);
    }
    command
}

/// The standard output as text.
pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The standard error as text.
pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
