//! How one process runs a test: what runs before it, how often, and in which surroundings.

use crate::domain::suite::{MockAnswer, TestId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What runs in one process, one after another. Nothing stands for a test that does nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Order(Arc<[Option<TestId>]>);

impl Order {
    /// These tests in this order.
    #[must_use]
    pub fn of(tests: impl IntoIterator<Item = TestId>) -> Self {
        Self(tests.into_iter().map(Some).collect())
    }

    /// These entries in this order.
    #[must_use]
    pub fn with_gaps(tests: impl IntoIterator<Item = Option<TestId>>) -> Self {
        Self(tests.into_iter().collect())
    }

    /// The entries.
    #[must_use]
    pub fn entries(&self) -> &[Option<TestId>] {
        &self.0
    }

    /// The tests, without the gaps.
    pub fn tests(&self) -> impl DoubleEndedIterator<Item = &TestId> {
        self.0.iter().flatten()
    }
}

impl Serialize for Order {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter())
    }
}

impl<'de> Deserialize<'de> for Order {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(|entries: Vec<Option<TestId>>| Self(entries.into()))
    }
}

/// How often the test is repeated in the same process, after the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Repeat {
    /// At most so often.
    pub count: u32,
    /// At most for so long, in seconds.
    pub seconds: u32,
    /// Until it has failed so often.
    pub until: u32,
}

/// Short waits at lines and calls, in all threads of the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stall {
    /// In how many of a thousand places there is a wait.
    pub per_mille: u32,
    /// The longest wait, in milliseconds.
    pub longest: u32,
    /// The number that decides where.
    pub seed: u64,
}

/// One thing in the surroundings of a test that can be made different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Axis {
    /// The time zone is that of the far east.
    Zone,
    /// The time zone is UTC.
    Utc,
    /// The locale is `C`, without UTF-8.
    Locale,
    /// The locale is `C.UTF-8`.
    Utf8,
    /// Connections to other machines are refused.
    Network,
    /// Folders list their files backwards.
    Backwards,
    /// Folders list their files by name.
    Sorted,
    /// The home folder is empty.
    Home,
    /// The folder for temporary files has a space in its name.
    Temporary,
    /// The folder for temporary files is the usual one, with what lies there.
    UsualTemporary,
    /// The test runs a second time, in another process, on the files that the first one left.
    Leftovers,
    /// The variables are those of a worker of pytest-xdist.
    Worker,
    /// The same test runs in another process at the same time, as in another worker.
    Abreast,
}

impl Axis {
    /// What it is about, in a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Zone | Self::Utc => "time zone",
            Self::Locale | Self::Utf8 => "locale",
            Self::Network => "network",
            Self::Backwards | Self::Sorted => "order of files",
            Self::Home => "home folder",
            Self::Temporary | Self::UsualTemporary => "folder for temporary files",
            Self::Leftovers => "files that are left",
            Self::Worker => "worker of pytest-xdist",
            Self::Abreast => "processes side by side",
        }
    }

    /// What is different, in a few words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Zone => "TZ=Pacific/Kiritimati",
            Self::Utc => "TZ=UTC",
            Self::Locale => "LC_ALL=C without UTF-8",
            Self::Utf8 => "LC_ALL=C.UTF-8",
            Self::Network => "connections to other machines refused",
            Self::Backwards => "files listed backwards",
            Self::Sorted => "files listed by name",
            Self::Home => "an empty home folder",
            Self::Temporary => "a space in the name of the temporary folder",
            Self::UsualTemporary => "the usual temporary folder",
            Self::Leftovers => "a second process on the files of the first",
            Self::Worker => "the variables of a worker of pytest-xdist",
            Self::Abreast => "itself in another process at the same time, as under pytest-xdist",
        }
    }
}

impl Axis {
    /// Whether variables of the environment make the difference, so that pytest alone can be run so.
    #[must_use]
    pub const fn is_of_environment(self) -> bool {
        !matches!(self, Self::Network | Self::Backwards | Self::Sorted | Self::Leftovers | Self::Worker | Self::Abreast)
    }
}

/// What of the changes that earlier tests made is put back before the test runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Undo {
    /// Nothing.
    #[default]
    Nothing,
    /// All that can be.
    All,
    /// What has this name.
    Only(String),
}

/// How one process runs a test.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Recipe {
    /// What runs; the last entry is the test.
    pub order: Order,
    /// Files that are collected as well, and of which nothing runs.
    pub beside: Vec<String>,
    /// How often the test is repeated after that.
    pub repeat: Option<Repeat>,
    /// The seed of hashes.
    pub hash: u32,
    /// What the generators of random numbers start with before the test; nothing leaves them alone.
    pub random: Option<u64>,
    /// Whether each repetition takes the next number.
    pub sweep: bool,
    /// Microseconds between switches of threads; nothing leaves Python's own.
    pub interval: Option<u32>,
    /// Waits in the threads of the test.
    pub stall: Option<Stall>,
    /// Wrong clocks, in seconds: each repetition takes the next one.
    pub clocks: Vec<i64>,
    /// What is different in its surroundings.
    pub axes: Vec<Axis>,
    /// Whether it is told what the tests before the last one changed.
    pub diff: bool,
    /// What of that is put back.
    pub undo: Undo,
    /// Whether it is told which lines the test executed.
    pub trace: bool,
    /// Of which tests it is told whether parts of what they share are as before once they have ended, and of which parts: as the
    /// lab's plugin names them. Each test is then set up and torn down by itself.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub watch: BTreeMap<TestId, Vec<String>>,
    /// Whether it is told of each test what was asked of the mocks that it made.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub mocks: bool,
    /// Of which tests one mock answers otherwise than it does of its own accord, and where.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub others: BTreeMap<TestId, MockAnswer>,
    /// In which tests a mock is not to stand in, and for which parts: by their last names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub without: BTreeMap<TestId, Vec<String>>,
    /// Whether mocks do stand in for these parts, and it is only told who calls the real ones all the same.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub in_place: bool,
    /// Whether pytest is started as a person would, without anything of the lab's.
    pub plain: bool,
    /// Which of several equal trials this is: what was seen before is not counted again.
    pub round: u32,
}

impl Recipe {
    /// The test alone.
    #[must_use]
    pub fn alone(test: &TestId, hash: u32) -> Self {
        Self::in_order([test.clone()], hash)
    }

    /// Tests in this order.
    #[must_use]
    pub fn in_order(tests: impl IntoIterator<Item = TestId>, hash: u32) -> Self {
        Self { order: Order::of(tests), hash, ..Self::default() }
    }

    /// The same with a test before it that does nothing.
    #[must_use]
    pub fn neutral(test: &TestId, hash: u32) -> Self {
        Self { order: Order::with_gaps([None, Some(test.clone())]), hash, ..Self::default() }
    }

    /// Tests in this order, each of which is asked what it leaves of these parts.
    #[must_use]
    pub fn watching(watch: BTreeMap<TestId, Vec<String>>, hash: u32) -> Self {
        Self { order: Order::of(watch.keys().cloned()), watch, hash, ..Self::default() }
    }

    /// The same with one thing in the surroundings different.
    #[must_use]
    pub fn with(mut self, axis: Axis) -> Self {
        self.axes.push(axis);
        self.axes.sort_unstable();
        self
    }

    /// The test that it is about.
    #[must_use]
    pub fn target(&self) -> Option<&TestId> {
        self.order.entries().last().and_then(Option::as_ref)
    }

    /// Whether the test is put under a pressure that no ordinary run has.
    #[must_use]
    pub fn is_provoked(&self) -> bool {
        self.stall.is_some() || self.interval.is_some() || !self.clocks.is_empty() || !self.axes.is_empty()
    }
}
