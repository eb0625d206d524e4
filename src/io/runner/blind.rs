//! A run that lacuna's plugin cannot be part of: started again without it, as long as nothing ran.

use crate::io::runner::Launch;
use std::ffi::OsString;

/// How much of what a program says before its first event is kept.
pub const SAID: usize = 64 * 1024;

/// The same without what the program refused, by what it said; nothing when it did not complain of lacuna's own options.
///
/// Without the plugin nothing sends what pytest-cov writes into lacuna's directory, so that it is switched off.
#[must_use]
pub fn without_refused(launch: &Launch, said: &str) -> Option<Launch> {
    let mut next = launch.clone();
    if has(launch, "lacuna_probe") && said.contains("No module named 'lacuna_probe'") {
        let at = next.args.iter().position(|argument| argument == "lacuna_probe")?;
        next.args.drain(at.checked_sub(1)?..=at);
        next.args.push("--no-cov".into());
        return Some(next);
    }
    let line = said.lines().find(|line| line.contains("unrecognized arguments:"))?;
    let known = next.args.len();
    next.args.retain(|argument| !(is_spare(argument) && line.contains(&*argument.to_string_lossy())));
    (next.args.len() < known).then_some(next)
}

fn has(launch: &Launch, name: &str) -> bool {
    launch.args.iter().any(|argument| argument == name)
}

/// Options of lacuna's own that a pytest without their plugins does not know.
fn is_spare(argument: &OsString) -> bool {
    argument == "--no-cov" || argument.to_string_lossy().starts_with("--junitxml=")
}

#[cfg(test)]
mod tests {
    use super::without_refused;
    use crate::io::runner::{Environment, Launch};
    use std::path::Path;

    #[test]
    fn what_is_refused_is_left_out_and_nothing_else() {
        let args = ["-m", "pytest", "-p", "lacuna_probe", "--junitxml=/r/junit.xml", "-v"].map(Into::into).to_vec();
        let launch = Launch::new(Path::new("python"), args, Path::new("/p"), Environment::default());
        let shown = |launch: &Launch| launch.args.iter().map(|a| a.to_string_lossy().into_owned()).collect::<Vec<_>>();
        assert!(without_refused(&launch, "no module named 'app'").is_none());
        let first = without_refused(
            &launch,
            "ImportError: Error importing plugin \"lacuna_probe\": No module named 'lacuna_probe'",
        );
        let first = first.expect("a launch");
        assert_eq!(shown(&first), ["-m", "pytest", "--junitxml=/r/junit.xml", "-v", "--no-cov"]);
        let second = without_refused(&first, "error: unrecognized arguments: --no-cov --junitxml=/r/junit.xml")
            .expect("a launch");
        assert_eq!(shown(&second), ["-m", "pytest", "-v"]);
        assert!(without_refused(&second, "error: unrecognized arguments: --ds=x").is_none());
    }
}
