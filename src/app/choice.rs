//! What can be chosen and marked.

use crate::app::Action;
use crate::base::{Clean, RepoPath};
use crate::domain::suite::TestId;

/// Something that can be chosen in the picker or marked in a pane.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Choice {
    /// A source file: the tests that cover it are meant.
    Source(RepoPath),
    /// A file of tests.
    TestFile(RepoPath),
    /// A test.
    Test(TestId),
    /// An action of the palette.
    Action(Action),
    /// A point to compare, by its name.
    Point(String),
    /// A saved selection, by its name; with an empty one the last batch.
    Selection(String),
}

impl Choice {
    /// Its name as it is shown.
    #[must_use]
    pub fn clean(&self) -> Clean {
        match self {
            Self::Source(path) | Self::TestFile(path) => path.clean(),
            Self::Test(test) => test.clean(),
            Self::Action(action) => Clean::line(action.row().name),
            Self::Selection(name) if name.is_empty() => Clean::line("the last batch"),
            Self::Point(name) | Self::Selection(name) => Clean::line(name),
        }
    }

    /// The original text of its name, for copying.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Source(path) | Self::TestFile(path) => path.as_str(),
            Self::Test(test) => test.as_str(),
            Self::Action(action) => action.row().name,
            Self::Point(name) | Self::Selection(name) => name,
        }
    }

    /// Whether it is something of the project, that can be marked and looked into.
    #[must_use]
    pub const fn is_of_project(&self) -> bool {
        matches!(self, Self::Source(_) | Self::TestFile(_) | Self::Test(_))
    }
}
