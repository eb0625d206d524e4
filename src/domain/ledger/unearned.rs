//! Lines that tests ran and did not earn: by tests that failed, that were expected to fail, or that assert nothing.

use crate::domain::coverage::LineSet;
use crate::domain::suite::{Outcome, TestId};
use std::collections::{BTreeMap, HashMap};

/// Why the lines that a test ran do not count as earned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Weakness {
    /// It failed, or its setup or teardown did.
    Failed,
    /// It failed, as was expected.
    Xfailed,
    /// It passed, and asserts nothing.
    Unasserting,
}

impl Weakness {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Failed, Self::Xfailed, Self::Unasserting];

    /// What such tests do, after `tests that`.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Xfailed => "xfailed",
            Self::Unasserting => "assert nothing",
        }
    }

    /// The weakness of a test that ended so; `asserts` says whether it asserts anything.
    #[must_use]
    pub const fn of(outcome: Option<Outcome>, asserts: bool) -> Option<Self> {
        match outcome {
            Some(Outcome::Failed | Outcome::Error) => Some(Self::Failed),
            Some(Outcome::Xfailed) => Some(Self::Xfailed),
            _ if !asserts => Some(Self::Unasserting),
            _ => None,
        }
    }
}

/// The tests whose lines are not earned.
pub type Weak = HashMap<TestId, Weakness>;

/// What is known of a test's last run, besides the lines that it ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// Its outcome, where a run of it was seen.
    pub outcome: Option<Outcome>,
    /// Whether it asserted anything as it stood then, where its source was read.
    pub asserts: Option<bool>,
}

/// The weak ones among tests. One of which nobody knows whether it asserts anything is taken for one that does.
#[must_use]
pub fn weigh(tests: &BTreeMap<TestId, Member>) -> Weak {
    let weak = |(id, member): (&TestId, &Member)| {
        Weakness::of(member.outcome, member.asserts.unwrap_or(true)).map(|weakness| (id.clone(), weakness))
    };
    tests.iter().filter_map(weak).collect()
}

/// Covered lines in functions that no test earned. A line that tests of several kinds ran is in several sets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unearned {
    /// Those that tests ran which failed.
    pub failed: LineSet,
    /// Those that tests ran which were expected to fail, and did.
    pub xfailed: LineSet,
    /// Those that tests ran which assert nothing.
    pub unasserting: LineSet,
}

impl Unearned {
    /// The lines of one kind.
    #[must_use]
    pub const fn lines(&self, of: Weakness) -> &LineSet {
        match of {
            Weakness::Failed => &self.failed,
            Weakness::Xfailed => &self.xfailed,
            Weakness::Unasserting => &self.unasserting,
        }
    }

    /// The same, to be changed.
    pub const fn lines_mut(&mut self, of: Weakness) -> &mut LineSet {
        match of {
            Weakness::Failed => &mut self.failed,
            Weakness::Xfailed => &mut self.xfailed,
            Weakness::Unasserting => &mut self.unasserting,
        }
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> LineSet {
        &(&self.failed | &self.xfailed) | &self.unasserting
    }

    /// Whether a line is one of them.
    #[must_use]
    pub fn contains(&self, line: u32) -> bool {
        Weakness::ALL.into_iter().any(|weakness| self.lines(weakness).contains(line))
    }

    /// Why a line is not earned: `only by tests that failed or assert nothing`; nothing for a line that is, or that is
    /// not covered.
    #[must_use]
    pub fn reason(&self, line: u32) -> Option<String> {
        let kinds = Weakness::ALL.into_iter().filter(|weakness| self.lines(*weakness).contains(line));
        let kinds: Vec<&str> = kinds.map(Weakness::words).collect();
        (!kinds.is_empty()).then(|| format!("only by tests that {}", kinds.join(" or ")))
    }

    /// Their numbers.
    #[must_use]
    pub fn counts(&self) -> UnearnedCounts {
        let count = |lines: &LineSet| lines.len() as u64;
        UnearnedCounts {
            all: count(&self.all()),
            failed: count(&self.failed),
            xfailed: count(&self.xfailed),
            unasserting: count(&self.unasserting),
        }
    }
}

/// How many covered lines no test earned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnearnedCounts {
    /// All of them, each counted once.
    pub all: u64,
    /// Those that tests ran which failed.
    pub failed: u64,
    /// Those that tests ran which were expected to fail, and did.
    pub xfailed: u64,
    /// Those that tests ran which assert nothing.
    pub unasserting: u64,
}

impl UnearnedCounts {
    /// Two files' numbers together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            all: self.all + other.all,
            failed: self.failed + other.failed,
            xfailed: self.xfailed + other.xfailed,
            unasserting: self.unasserting + other.unasserting,
        }
    }

    /// The sentence for it: `7 lines only by tests that failed or assert nothing`; empty when there are none.
    #[must_use]
    pub fn words(self) -> String {
        if self.all == 0 {
            return String::new();
        }
        let kinds = [
            (self.failed, Weakness::Failed),
            (self.xfailed, Weakness::Xfailed),
            (self.unasserting, Weakness::Unasserting),
        ];
        let kinds: Vec<&str> = kinds.iter().filter(|kind| kind.0 > 0).map(|kind| kind.1.words()).collect();
        let plural = if self.all == 1 { "" } else { "s" };
        format!("{} line{plural} only by tests that {}", self.all, kinds.join(" or "))
    }
}
