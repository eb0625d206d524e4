//! One command's share of the machine: workers of xdist, gateways to other machines.

use crate::io::runner::Launch;
use std::ffi::OsString;

/// How many workers a command has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workers {
    /// As the project's own options say.
    AsProject,
    /// As many as there are cores for.
    Auto,
    /// So many.
    Count(usize),
}

/// One command's share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The workers that are asked for.
    pub workers: Workers,
    /// Gateways of execnet: `ssh=host`, `socket=host:port`, `2*popen`.
    pub gateways: Vec<String>,
    /// How many cores this machine has.
    pub cores: usize,
    /// How many commands share them.
    pub commands: usize,
    /// How many tests the command runs; 0: that is not known.
    pub tests: usize,
}

impl Share {
    /// How many workers that is on this machine; nothing: as the project's options say.
    #[must_use]
    pub fn count(&self) -> Option<usize> {
        let most = if self.tests == 0 { usize::MAX } else { self.tests };
        match self.workers {
            Workers::AsProject => None,
            Workers::Auto => Some((self.cores / self.commands.max(1)).min(most).max(1)),
            Workers::Count(count) => Some(count.min(most).max(1)),
        }
    }

    /// The options by which xdist is told so. One worker alone would only cost its start.
    #[must_use]
    pub fn options(&self) -> Vec<String> {
        let count = self.count();
        if self.gateways.is_empty() {
            return match count {
                None => Vec::new(),
                Some(1) => vec!["-n0".to_owned()],
                Some(count) => vec![format!("-n{count}")],
            };
        }
        let here = count.map(|count| format!("{count}*popen"));
        let mut options = vec!["--dist=load".to_owned()];
        options.extend(self.gateways.iter().cloned().chain(here).map(|gateway| format!("--tx={gateway}")));
        options
    }
}

impl Launch {
    /// Gives the command its share. A project whose own options say `-n auto` gets no more than that either.
    pub fn share(&mut self, share: &Share) {
        if self.carry_share(share) {
            return;
        }
        // Options stand before the paths and after everything that the project says.
        self.args.extend(share.options().into_iter().map(OsString::from));
        if share.commands > 1 {
            let each = (share.cores / share.commands).max(1);
            self.environment.set(AUTO, each.to_string());
            self.own.push(AUTO.to_owned());
        }
    }
}

/// What `-n auto` means to xdist.
const AUTO: &str = "PYTEST_XDIST_AUTO_NUM_WORKERS";

#[cfg(test)]
mod tests {
    use super::{Share, Workers};

    fn check(workers: Workers, gateways: &[&str], tests: usize, expect: &[&str]) {
        let gateways = gateways.iter().map(|gateway| (*gateway).to_owned()).collect();
        let share = Share { workers, gateways, cores: 8, commands: 2, tests };
        assert_eq!(share.options(), expect, "{share:?}");
    }

    #[test]
    fn there_are_no_more_workers_than_cores_or_tests() {
        check(Workers::AsProject, &[], 20, &[]);
        check(Workers::Auto, &[], 0, &["-n4"]);
        check(Workers::Auto, &[], 3, &["-n3"]);
        check(Workers::Auto, &[], 1, &["-n0"]);
        check(Workers::Count(6), &[], 20, &["-n6"]);
        check(Workers::AsProject, &["ssh=host"], 20, &["--dist=load", "--tx=ssh=host"]);
        check(Workers::Count(2), &["ssh=host"], 20, &["--dist=load", "--tx=ssh=host", "--tx=2*popen"]);
    }
}
