//! What is said of a test with more than one outcome.

use crate::base::{Clean, Ratio, Stamp};
use crate::domain::history::beta::Posterior;
use crate::domain::history::shift::Shift;
use crate::domain::suite::{Outcome, TestId};

/// What a test with more than one outcome seems to be. The order is that of the ranking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Standing {
    /// It passes and fails without a change that explains it.
    Flaky,
    /// It passed, and since some run it fails.
    Regressed,
    /// It failed, and since some run it passes.
    Mended,
}

impl Standing {
    /// The word for it. What is not proved has a question mark.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Flaky => "flaky",
            Self::Regressed => "regression?",
            Self::Mended => "fixed?",
        }
    }
}

/// Where a test with more than one outcome stands in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Course {
    /// It is flaky, and began to be so within the last seven days of runs.
    New,
    /// It is flaky, and goes on.
    Ongoing,
    /// It is flaky, and has not failed for longer than usual.
    Quiet,
    /// It seems broken, and not flaky.
    Regressed,
    /// It seems mended.
    Mended,
}

impl Course {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::New, Self::Ongoing, Self::Quiet, Self::Regressed, Self::Mended];

    /// The word for it. What is not proved has a question mark.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Ongoing => "ongoing",
            Self::Quiet => "quiet",
            Self::Regressed => Standing::Regressed.word(),
            Self::Mended => Standing::Mended.word(),
        }
    }
}

/// What a test has cost in the last seven days of runs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Impact {
    /// Runs that it failed in at last.
    pub blocked: u64,
    /// What these runs took, and what failed attempts took elsewhere, in seconds.
    pub seconds: f64,
    /// Runs with it.
    pub runs: u64,
    /// Runs that it can be expected to fail in within seven days, if it goes on like this.
    pub expected: f64,
}

/// One place of a strip: what the test did in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The outcome at last.
    pub outcome: Outcome,
    /// Whether an earlier attempt in the same run failed.
    pub retried: bool,
    /// Whether it counts: no skip, no expected failure, no run in which nearly everything failed.
    pub evidence: bool,
    /// When the run started.
    pub when: Stamp,
    /// Whether the present failure rate begins here.
    pub begins: bool,
}

/// A test that both passed and failed in the recorded runs.
#[derive(Clone, Debug, PartialEq)]
pub struct FlakyTest {
    /// The test.
    pub id: TestId,
    /// What it seems to be.
    pub standing: Standing,
    /// Whether it is proved to be flaky: both outcomes on one source tree, or in one run.
    pub definite: bool,
    /// What it did in its last runs, oldest first.
    pub strip: Vec<Mark>,
    /// Runs that say something about it.
    pub runs: u64,
    /// Runs among them in which an attempt failed.
    pub failures: u64,
    /// `failures` of `runs`.
    pub rate: Ratio,
    /// How often its outcome changed from one run to the next.
    pub flips: u64,
    /// Failed attempts of all attempts in the unstable part, which is the last stretch of one failure rate in which
    /// it both passed and failed.
    pub unstable: Ratio,
    /// The probability of failing, in the unstable part, that is exceeded with 90 % certainty.
    pub at_least: f64,
    /// What is known of the probability of failing in the unstable part.
    pub posterior: Posterior,
    /// Where it stands in time.
    pub course: Course,
    /// What it has cost.
    pub impact: Impact,
    /// When the unstable part began.
    pub since: Option<Stamp>,
    /// Where its failure rate changed last.
    pub shift: Option<Shift>,
    /// The last run in which it failed, with the failure in one line.
    pub last_failure: Option<(Stamp, Clean)>,
    /// How long it takes.
    pub seconds_median: Option<f64>,
    /// Whether a list in the repository says that its failures do not count for now. The history itself does not know.
    pub quarantined: bool,
    /// The layer that it belongs to; may be empty.
    pub layer: Clean,
    /// Whose it is.
    pub owners: Vec<Clean>,
}

impl FlakyTest {
    /// Whether its layer has this name.
    #[must_use]
    pub fn is_in(&self, layer: &str) -> bool {
        self.layer.as_str().eq_ignore_ascii_case(layer)
    }

    /// Whether somebody owns it: by the name in full, or without the sign before it and without the organisation.
    #[must_use]
    pub fn is_owned_by(&self, owner: &str) -> bool {
        let owner = owner.trim_start_matches('@');
        self.owners.iter().any(|known| {
            let known = known.as_str().trim_start_matches('@');
            let team = known.rsplit('/').next().unwrap_or(known);
            known.eq_ignore_ascii_case(owner) || team.eq_ignore_ascii_case(owner)
        })
    }

    /// To which layer it belongs and whose it is, in words; empty where neither is known.
    #[must_use]
    pub fn belonging(&self) -> String {
        let owners: Vec<&str> = self.owners.iter().map(Clean::as_str).collect();
        [self.layer.as_str(), &owners.join(" ")]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join(" · ")
    }
}
