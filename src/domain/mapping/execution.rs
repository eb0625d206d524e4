//! What a run says of each issue, as Xray counts it: passed when all its tests passed, failed when one failed, else to do.

use crate::domain::history::RunRecord;
use crate::domain::mapping::Mapping;
use crate::domain::suite::{Outcome, Told};
use std::collections::BTreeMap;

/// Whose words say how a test ended: Xray's on a server of one's own and in the cloud have others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statuses {
    /// `PASSED` and `FAILED`.
    Cloud,
    /// `PASS` and `FAIL`.
    Server,
}

/// How an issue stands after a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// All its tests passed.
    Passed,
    /// One of them failed.
    Failed,
    /// None failed, and not all passed.
    ToDo,
}

impl Status {
    /// Xray's word.
    #[must_use]
    pub const fn word(self, statuses: Statuses) -> &'static str {
        match (self, statuses) {
            (Self::Passed, Statuses::Cloud) => "PASSED",
            (Self::Passed, Statuses::Server) => "PASS",
            (Self::Failed, Statuses::Cloud) => "FAILED",
            (Self::Failed, Statuses::Server) => "FAIL",
            (Self::ToDo, _) => "TODO",
        }
    }

    /// That of one result.
    #[must_use]
    pub const fn of_one(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Failed | Outcome::Error => Self::Failed,
            Outcome::Passed | Outcome::Xpassed => Self::Passed,
            Outcome::Skipped | Outcome::Xfailed => Self::ToDo,
        }
    }

    fn of(results: &[&Told]) -> Self {
        if results.iter().any(|told| told.outcome.is_bad()) {
            Self::Failed
        } else if results.iter().all(|told| Self::of_one(told.outcome) == Self::Passed) {
            Self::Passed
        } else {
            Self::ToDo
        }
    }
}

/// What a run says of one issue.
#[derive(Clone, Debug, PartialEq)]
pub struct Execution<'a> {
    /// The key of the issue.
    pub key: &'a str,
    /// How it stands.
    pub status: Status,
    /// What its tests did.
    pub results: Vec<&'a Told>,
}

/// What a run says of each issue with a test that ran, by key.
#[must_use]
pub fn executions<'a>(mapping: &'a Mapping, record: &'a RunRecord) -> Vec<Execution<'a>> {
    let mut results: BTreeMap<&str, Vec<&Told>> = BTreeMap::new();
    for told in &record.results {
        results.entry(told.id.without_params()).or_default().push(told);
    }
    let by_key = mapping.by_key();
    let all = by_key.into_iter().map(|(key, tests)| {
        let of = |test: &&super::Mapped| results.get(test.id.as_str()).cloned().unwrap_or_default();
        (key, tests.iter().flat_map(of).collect::<Vec<_>>())
    });
    let ran = all.filter(|(_, results)| !results.is_empty());
    ran.map(|(key, results)| Execution { key, status: Status::of(&results), results }).collect()
}

#[cfg(test)]
pub mod tests {
    use super::{Status, executions};
    use crate::base::{Clean, Stamp};
    use crate::domain::history::{Run, RunRecord, RunSource};
    use crate::domain::mapping::sample as mapping;
    use crate::domain::suite::{Outcome, TestId, Told};

    /// A run of some tests.
    pub fn record(results: &[(&str, Outcome)]) -> RunRecord {
        let told = |&(name, outcome): &(&str, Outcome)| Told {
            message: Clean::line(if outcome.is_bad() { "assert 1 == 2" } else { "" }),
            ..Told::new(TestId::new(&format!("tests/test_a.py::{name}")), outcome)
        };
        let run = Run::new("r", Stamp(1_700_000_000_000), RunSource::Launched);
        let run = Run { seconds: 2.0, commit: Some("abc".into()), ..run };
        RunRecord::new(run, results.iter().map(told).collect())
    }

    #[test]
    fn an_issue_passes_when_all_its_tests_do_and_fails_when_one_does() {
        let mapping = mapping(
            "@pytest.mark.xray('A-1')\ndef test_one(x): pass\n@pytest.mark.xray(['A-1', 'A-2'])\ndef test_two(): pass\n\
             @pytest.mark.xray('A-3')\ndef test_three(): pass\n@pytest.mark.xray('A-4')\ndef test_four(): pass\n",
        );
        let (passed, failed, skipped) = (Outcome::Passed, Outcome::Failed, Outcome::Skipped);
        let record =
            record(&[("test_one[1]", passed), ("test_one[2]", failed), ("test_two", passed), ("test_three", skipped)]);
        let found = executions(&mapping, &record);
        let statuses: Vec<(&str, Status)> = found.iter().map(|one| (one.key, one.status)).collect();
        assert_eq!(statuses, [("A-1", Status::Failed), ("A-2", Status::Passed), ("A-3", Status::ToDo)]);
    }
}
