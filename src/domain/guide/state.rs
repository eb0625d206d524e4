//! How the items of a guide stand, and their numbers.

use super::function::Guide;
use super::item::{Item, Why};
use crate::domain::ledger::Weakness;
use crate::domain::suite::TestId;

/// How one thing stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Tests did it that passed and assert something.
    Ticked(Vec<TestId>),
    /// Tests did it, and none of them counts.
    Unearned(Vec<TestId>, Weakness),
    /// It was done, and it is not known by which test.
    Somehow,
    /// No test did it.
    Open,
    /// What is known of it is older than the source, or than the last run of others.
    Stale,
    /// Nothing was measured there.
    Unknown,
    /// Neither lines nor branches tell.
    Untold(Why),
    /// coverage.py was told to leave it out.
    Excluded,
}

impl State {
    /// The word for it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Ticked(_) => "ticked",
            Self::Unearned(..) => "unearned",
            Self::Somehow => "somehow",
            Self::Open => "not yet",
            Self::Stale => "stale",
            Self::Unknown => "unknown",
            Self::Untold(_) => "can't be told",
            Self::Excluded => "excluded",
        }
    }

    /// Its sign, so that a colour is never the only one.
    #[must_use]
    pub const fn glyph(&self) -> char {
        match self {
            Self::Ticked(_) => '✓',
            Self::Unearned(..) => '!',
            Self::Somehow => '+',
            Self::Open => '✗',
            Self::Stale => '~',
            Self::Unknown => '?',
            Self::Untold(_) => '◌',
            Self::Excluded => '·',
        }
    }

    /// The tests that did it.
    #[must_use]
    pub fn tests(&self) -> &[TestId] {
        match self {
            Self::Ticked(tests) | Self::Unearned(tests, _) => tests,
            _ => &[],
        }
    }

    /// What there is to say beside the tests; empty for what needs no words.
    #[must_use]
    pub fn words(&self, has_contexts: bool) -> String {
        match self {
            Self::Ticked(_) | Self::Open => String::new(),
            Self::Unearned(_, weakness) => format!("only by tests that {}", weakness.words()),
            Self::Somehow if has_contexts => "run, and by no test that is known".to_owned(),
            Self::Somehow => "run; there is no per-test data to say by which test".to_owned(),
            Self::Stale => "what is known is out of date".to_owned(),
            Self::Unknown => "not measured".to_owned(),
            Self::Untold(why) => format!("can't be told: {}", why.words()),
            Self::Excluded => "excluded from coverage".to_owned(),
        }
    }
}

/// A guide with the state of each of its items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticked {
    /// The guide.
    pub guide: Guide,
    /// The state of each item.
    pub states: Vec<State>,
    /// Tests that ran the function before it changed: running them again would settle what is stale.
    pub waiting: Vec<TestId>,
    /// Whether it is known what single tests ran.
    pub has_contexts: bool,
    /// Whether branches were measured.
    pub has_arcs: bool,
}

impl Ticked {
    /// Its items with their states.
    pub fn rows(&self) -> impl Iterator<Item = (&Item, &State)> {
        self.guide.items.iter().zip(&self.states)
    }

    /// Its numbers.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.states.iter().fold(Tally::default(), |tally, state| tally.with(state))
    }
}

/// How many things stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of them but those that are excluded.
    pub all: usize,
    /// Done by tests that count.
    pub ticked: usize,
    /// Done by tests that do not count.
    pub unearned: usize,
    /// Done by nobody knows whom.
    pub somehow: usize,
    /// Done by no test.
    pub open: usize,
    /// Stale, or not measured.
    pub unknown: usize,
    /// What can't be told.
    pub untold: usize,
}

impl Tally {
    fn with(mut self, state: &State) -> Self {
        let place = match state {
            State::Ticked(_) => &mut self.ticked,
            State::Unearned(..) => &mut self.unearned,
            State::Somehow => &mut self.somehow,
            State::Open => &mut self.open,
            State::Stale | State::Unknown => &mut self.unknown,
            State::Untold(_) => &mut self.untold,
            State::Excluded => return self,
        };
        *place += 1;
        self.all += 1;
        self
    }

    /// Two together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            all: self.all + other.all,
            ticked: self.ticked + other.ticked,
            unearned: self.unearned + other.unearned,
            somehow: self.somehow + other.somehow,
            open: self.open + other.open,
            unknown: self.unknown + other.unknown,
            untold: self.untold + other.untold,
        }
    }

    /// `3 of 8 ticked, 2 not yet, 3 can't be told`.
    #[must_use]
    pub fn words(&self) -> String {
        let parts = [
            (self.unearned, "unearned"),
            (self.somehow, "run by an unknown test"),
            (self.open, "not yet"),
            (self.unknown, "not known"),
            (self.untold, "can't be told"),
        ];
        let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!(", {count} {words}"));
        format!("{} of {} ticked{}", self.ticked, self.all, parts.collect::<String>())
    }
}
