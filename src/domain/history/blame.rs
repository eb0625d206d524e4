//! Which commits changed what a test runs, among those between which its failure rate changed.

use crate::base::{Clean, RepoPath};
use crate::domain::history::run::short;
use crate::domain::ledger::RanChange;

/// How many commits are named.
const NAMED: usize = 5;
/// How many places of one commit are named.
const PLACES: usize = 3;

/// The commits of a change point, and what they have to do with the test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blame {
    /// How many commits there are in the range.
    pub commits: usize,
    /// Those that changed what the test runs, the newest first; then those that may have.
    pub touching: Vec<Touching>,
    /// Why it is not known, or not known of all.
    pub unknown: Option<String>,
}

/// A commit that changed what a test runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touching {
    /// Its name.
    pub commit: String,
    /// Who wrote it.
    pub author: Clean,
    /// When, to the day.
    pub day: Clean,
    /// What it says of itself.
    pub subject: Clean,
    /// The changed code that the test runs.
    pub ran: Vec<RanChange>,
    /// Changed files that the test runs something in, where the evidence tells no more: they changed again since, or are no
    /// Python.
    pub files: Vec<RepoPath>,
}

impl Blame {
    /// What it says, a line each: how many commits, then each of them.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let count = |count: usize| if count == 1 { "1 commit".to_owned() } else { format!("{count} commits") };
        let mut lines = Vec::new();
        let sure = self.touching.iter().filter(|touching| !touching.ran.is_empty()).count();
        let perhaps = match self.touching.len() - sure {
            0 => String::new(),
            some if sure == 0 => format!(", {some} may have"),
            some => format!(", {some} more may have"),
        };
        match (sure, self.commits) {
            (_, 0) => {}
            (0, all) => lines.push(format!(
                "blame: none of {} in that range is known to have changed what it runs{perhaps}",
                count(all)
            )),
            (some, all) => {
                lines.push(format!("blame: {some} of {} in that range changed what it runs{perhaps}", count(all)))
            }
        }
        lines.extend(self.touching.iter().take(NAMED).map(|touching| format!("· {}", touching.words())));
        let more = self.touching.len().saturating_sub(NAMED);
        lines.extend((more > 0).then(|| format!("· and {}", count(more))));
        lines.extend(self.unknown.iter().map(|why| format!("blame: {why}")));
        lines
    }
}

impl Touching {
    /// `abc123456 Ann, 2026-11-02, Round the totals — shop/orders.py:41–44 (total)`.
    #[must_use]
    pub fn words(&self) -> String {
        let files = self.files.iter().map(|path| format!("perhaps {}", path.as_str()));
        let places: Vec<String> = self.ran.iter().map(RanChange::words).chain(files).collect();
        let named: Vec<&str> = places.iter().take(PLACES).map(String::as_str).collect();
        let more = places.len().saturating_sub(PLACES);
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        let (commit, places) = (short(&self.commit), named.join(", "));
        format!("{commit} {}, {}, {} — {places}{more}", self.author, self.day, self.subject)
    }
}

#[cfg(test)]
mod tests {
    use super::{Blame, Touching};
    use crate::base::{Clean, RepoPath};
    use crate::domain::ledger::RanChange;

    #[test]
    fn what_is_known_stands_apart_from_what_may_be() {
        let path = RepoPath::new("shop/orders.py").unwrap();
        let ran = RanChange { path: path.clone(), name: "total".to_owned(), lines: vec![(41, 44)], exact: false };
        let touching = |commit: &str, ran: &[RanChange]| Touching {
            commit: commit.to_owned(),
            author: Clean::line("Ann"),
            day: Clean::line("2026-11-02"),
            subject: Clean::line("Round"),
            ran: ran.to_vec(),
            files: if ran.is_empty() { vec![path.clone()] } else { Vec::new() },
        };
        let (sure, perhaps) = (touching("abc1234567890", &[ran]), touching("def", &[]));
        let lines = |commits, touching: &[&Touching]| {
            Blame { commits, touching: touching.iter().copied().cloned().collect(), unknown: None }.lines()
        };
        let told = lines(3, &[&sure, &perhaps]);
        assert_eq!(told[0], "blame: 1 of 3 commits in that range changed what it runs, 1 more may have");
        assert_eq!(told[1], "· abc123456 Ann, 2026-11-02, Round — shop/orders.py:41–44 (total)");
        assert_eq!(told[2], "· def Ann, 2026-11-02, Round — perhaps shop/orders.py");
        let told = lines(1, &[&perhaps]);
        assert_eq!(told[0], "blame: none of 1 commit in that range is known to have changed what it runs, 1 may have");
        assert_eq!(lines(9, &[&sure; 7]).last().unwrap(), "· and 2 commits");
    }
}
