//! What a failure is, by the code that changed since the test passed: of a change, or of none.

use crate::domain::history::Run;
use crate::domain::history::note::place;
use crate::domain::ledger::RanChange;
use std::sync::Arc;

/// How many places of changed code are named.
const NAMED: usize = 4;

/// What a failure may be, by what the test ran of the code that changed since it passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Suspect {
    /// The test ran code that changed.
    Regression,
    /// It ran nothing that changed.
    Flake,
    /// It is not known what changed, or what the test ran.
    Unknown,
}

impl Suspect {
    /// The words for it. None of them is proved.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Regression => "regression candidate",
            Self::Flake => "flake candidate",
            Self::Unknown => "can't tell",
        }
    }
}

/// What is known of one failure and the changes before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Suspicion {
    /// What it may be.
    pub suspect: Suspect,
    /// The run in which the test failed.
    pub failed: Arc<Run>,
    /// The run in which it passed last before that.
    pub passed: Option<Arc<Run>>,
    /// How many files changed between the two.
    pub files: usize,
    /// The changed code that the test ran.
    pub ran: Vec<RanChange>,
    /// Why it is not known more.
    pub unknown: Vec<String>,
}

impl Suspicion {
    /// What it says, in one line.
    #[must_use]
    pub fn words(&self) -> String {
        let since = self.passed.as_ref().map_or_else(String::new, |run| format!(" since it passed on {}", place(run)));
        let word = self.suspect.word();
        match self.suspect {
            Suspect::Regression => {
                let exact = self.ran.iter().all(|change| change.exact);
                let verb = if exact { "ran" } else { "runs" };
                let named: Vec<String> = self.ran.iter().take(NAMED).map(RanChange::words).collect();
                let more = match self.ran.len().saturating_sub(NAMED) {
                    0 => String::new(),
                    more => format!(", and {more} more"),
                };
                format!("{word}: it {verb} {}{more}, changed{since}", named.join(", "))
            }
            Suspect::Flake if self.files == 0 => format!("{word}: nothing changed{since}"),
            Suspect::Flake => {
                let files = if self.files == 1 { "1 file".to_owned() } else { format!("{} files", self.files) };
                format!("{word}: it runs nothing of what changed in {files}{since}")
            }
            Suspect::Unknown => format!("{word} whether a change broke it{since}: {}", self.unknown.join("; ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Suspect, Suspicion};
    use crate::base::{RepoPath, Stamp};
    use crate::domain::history::{Run, RunSource};
    use crate::domain::ledger::RanChange;
    use std::sync::Arc;

    #[test]
    fn the_words_never_say_more_than_is_known() {
        let run = |at: i64| {
            let run = Run::new(format!("r{at}"), Stamp(at), RunSource::Launched);
            Arc::new(Run { commit: Some("abc1234567890".to_owned()), ..run })
        };
        let change = |exact| RanChange {
            path: RepoPath::new("shop/orders.py").unwrap(),
            name: "total".to_owned(),
            lines: vec![(41, 44)],
            exact,
        };
        let of = |suspect, files, ran: Vec<RanChange>, unknown: &[&str]| {
            let unknown = unknown.iter().map(|text| (*text).to_owned()).collect();
            Suspicion { suspect, failed: run(9), passed: Some(run(5)), files, ran, unknown }.words()
        };
        let since = "since it passed on 1970-01-01 00:00Z, abc123456";
        assert_eq!(
            of(Suspect::Regression, 2, vec![change(true)], &[]),
            format!("regression candidate: it ran shop/orders.py:41–44 (total), changed {since}")
        );
        let many = of(Suspect::Regression, 2, vec![change(false); 6], &[]);
        assert!(many.starts_with("regression candidate: it runs shop/orders.py:41–44 (total), "), "{many}");
        assert!(many.contains(", and 2 more, changed since"), "{many}");
        assert_eq!(of(Suspect::Flake, 0, vec![], &[]), format!("flake candidate: nothing changed {since}"));
        assert_eq!(
            of(Suspect::Flake, 3, vec![], &[]),
            format!("flake candidate: it runs nothing of what changed in 3 files {since}")
        );
        assert_eq!(
            of(Suspect::Unknown, 1, vec![], &["a", "b"]),
            format!("can't tell whether a change broke it {since}: a; b")
        );
    }
}
