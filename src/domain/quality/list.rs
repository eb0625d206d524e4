//! The checklist of a project: what was looked at, what was found, and what is debt.

use super::finding::{ByRun, Finding};
use super::rule::Level;
use super::standards::Section;
use crate::base::{Clean, Problem, RepoPath};
use crate::domain::suite::TestId;

/// One finding with its place in the project.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The file.
    pub path: RepoPath,
    /// What was found.
    pub finding: Finding,
    /// How much it matters here.
    pub level: Level,
    /// Whether a run saw it to be well: the line ran, or what is changed was as before once the test had ended; nothing where no
    /// run tells.
    pub seen: Option<bool>,
    /// The section of the standards document that belongs to the rule.
    pub section: Option<Section>,
    /// The other file whose change brought it to a test that did not change itself: a `conftest.py`, a module of helpers.
    pub brought: Option<RepoPath>,
}

impl Checked {
    /// The test, as a node id; nothing where the finding is no test's.
    #[must_use]
    pub fn test(&self) -> Option<TestId> {
        let names = self.finding.test.join("::");
        (!names.is_empty()).then(|| TestId::new(&format!("{}::{names}", self.path.as_str())))
    }

    /// `FILE:LINE`.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}:{}", self.path.as_str(), self.finding.line)
    }

    /// Whether it is about what a test leaves behind, so that a run can see it taken back.
    #[must_use]
    pub const fn is_left_behind(&self) -> bool {
        matches!(self.finding.by_run, ByRun::Leaves(_))
    }

    /// What is wrong, in one sentence, with what a run says of it.
    #[must_use]
    pub fn sentence(&self) -> Clean {
        let mut sentence = self.finding.sentence();
        if self.seen == Some(false) {
            sentence.push_str(if self.is_left_behind() { " (a run saw it left so)" } else { " (not seen to run)" });
        }
        if let Some(helper) = &self.brought {
            sentence.push_str(&format!(" (brought by the change of {})", helper.as_str()));
        }
        Clean::line(&sentence)
    }
}

/// Some tests and what was found in them.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// How many tests were looked at.
    pub tests: usize,
    /// In how many files.
    pub files: usize,
    /// What was found, by file and line.
    pub found: Vec<Checked>,
}

impl Part {
    /// How many findings there are of a level.
    #[must_use]
    pub fn count(&self, level: Level) -> usize {
        self.found.iter().filter(|checked| checked.level == level).count()
    }

    /// Tests and findings in a few words.
    #[must_use]
    pub fn words(&self) -> String {
        let tests = if self.tests == 1 { "1 test".to_owned() } else { format!("{} tests", self.tests) };
        let files = if self.files == 1 { "1 file".to_owned() } else { format!("{} files", self.files) };
        let several =
            |count: usize, word: &str| if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") };
        let counts = [
            Some(self.count(Level::Error)).filter(|count| *count > 0).map(|count| several(count, "error")),
            Some(self.count(Level::Warning)).filter(|count| *count > 0).map(|count| several(count, "warning")),
            Some(self.count(Level::Advice)).filter(|count| *count > 0).map(|count| format!("{count} advice")),
        ];
        let counts: Vec<String> = counts.into_iter().flatten().collect();
        let counts = if counts.is_empty() { "nothing found".to_owned() } else { counts.join(", ") };
        format!("{tests} in {files}: {counts}")
    }
}

/// The checklist: what was asked about, and apart from it the rest.
#[derive(Clone, Debug, Default)]
pub struct Checklist {
    /// What was asked about, in a few words: `new or changed since main`.
    pub scope: String,
    /// The tests that were asked about.
    pub asked: Part,
    /// The other tests, where all were looked at.
    pub debt: Option<Part>,
    /// The names of the tests that were asked about: of each function one, without the cases of its parameters.
    pub names: Vec<TestId>,
    /// What the source alone would have found, and a run saw to be well: assertions that ran, and what is changed and was as
    /// before once the test had ended.
    pub seen: Vec<Checked>,
    /// The standards document, where there is one.
    pub standards: Option<RepoPath>,
    /// What could not be looked at.
    pub problems: Vec<Problem>,
}

impl Checklist {
    /// Whether a rule of the level of errors is broken by what was asked about.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.asked.count(Level::Error) > 0
    }
}
