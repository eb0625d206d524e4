//! What a run says of each issue, as Xray counts it: passed when all its tests passed, failed when one failed, else to do.

use crate::base::Stamp;
use crate::domain::history::RunRecord;
use crate::domain::mapping::Mapping;
use crate::domain::suite::{Outcome, Told};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// How many tests the comment of an issue names.
const NAMED: usize = 20;

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

    fn of(results: &[&Told]) -> Self {
        if results.iter().any(|told| told.outcome.is_bad()) {
            Self::Failed
        } else if results.iter().all(|told| matches!(told.outcome, Outcome::Passed | Outcome::Xpassed)) {
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

/// Where the results belong, for the tool that takes them in; all of it may be empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Info<'a> {
    /// The key of the test execution that takes them.
    pub execution: Option<&'a str>,
    /// The key of the project in which a new one is made.
    pub project: Option<&'a str>,
    /// The key of the test plan that it belongs to.
    pub plan: Option<&'a str>,
    /// The environments that it ran in.
    pub environments: &'a [String],
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

impl Execution<'_> {
    /// In Xray's form.
    fn value(&self, (start, finish): (Stamp, Stamp), statuses: Statuses) -> Value {
        json!({
            "testKey": self.key,
            "start": start.rfc3339(),
            "finish": finish.rfc3339(),
            "status": self.status.word(statuses),
            "comment": self.comment(),
        })
    }

    /// What its tests did, those first that failed.
    fn comment(&self) -> String {
        let mut results = self.results.clone();
        results.sort_by_key(|told| !told.outcome.is_bad());
        let line = |told: &&Told| {
            let message = if told.message.is_empty() { String::new() } else { format!(": {}", told.message) };
            format!("{} {}{message}", told.id.clean(), told.outcome)
        };
        let mut lines: Vec<String> = results.iter().take(NAMED).map(line).collect();
        lines.extend((results.len() > NAMED).then(|| format!("and {} more", results.len() - NAMED)));
        lines.join("\n")
    }
}

/// The results of a run in the form that Xray imports.
#[must_use]
pub fn xray_value(executions: &[Execution<'_>], record: &RunRecord, info: &Info<'_>, statuses: Statuses) -> Value {
    let run = &record.run;
    #[expect(clippy::cast_possible_truncation, reason = "the duration of a run in milliseconds")]
    let finish = Stamp(run.when.0.saturating_add((run.seconds * 1000.0) as i64));
    let mut about = Map::new();
    let mut put = |name: &str, value: Option<&str>| {
        about.extend(value.map(|value| (name.to_owned(), Value::from(value))));
    };
    let summary = format!("pytest, {}", run.when.rfc3339());
    put("project", info.project);
    put("summary", Some(&summary));
    put("revision", run.commit.as_deref());
    put("startDate", Some(&run.when.rfc3339()));
    put("finishDate", Some(&finish.rfc3339()));
    put("testPlanKey", info.plan);
    if !info.environments.is_empty() {
        about.insert("testEnvironments".to_owned(), info.environments.into());
    }
    let mut all = Map::new();
    all.extend(info.execution.map(|key| ("testExecutionKey".to_owned(), Value::from(key))));
    all.insert("info".to_owned(), Value::Object(about));
    let tests: Vec<Value> = executions.iter().map(|one| one.value((run.when, finish), statuses)).collect();
    all.insert("tests".to_owned(), tests.into());
    Value::Object(all)
}

#[cfg(test)]
mod tests {
    use super::{Info, Status, Statuses, executions, xray_value};
    use crate::base::{Clean, Stamp};
    use crate::domain::history::{Run, RunRecord, RunSource};
    use crate::domain::mapping::standing::tests::mapping;
    use crate::domain::suite::{Outcome, TestId, Told};

    fn record(results: &[(&str, Outcome)]) -> RunRecord {
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
        let info = Info { project: Some("A"), plan: Some("A-9"), ..Info::default() };
        let value = xray_value(&found, &record, &info, Statuses::Server);
        assert_eq!(value["info"]["revision"], "abc");
        assert_eq!(
            (&value["info"]["startDate"], &value["info"]["testPlanKey"]),
            (&"2023-11-14T22:13:20Z".into(), &"A-9".into())
        );
        assert_eq!((&value["tests"][0]["status"], &value["tests"][1]["status"]), (&"FAIL".into(), &"PASS".into()));
        assert_eq!(value["tests"][0]["finish"], "2023-11-14T22:13:22Z");
        let comment = value["tests"][0]["comment"].as_str().unwrap();
        assert!(comment.starts_with("tests/test_a.py::test_one[2] failed: assert 1 == 2\n"), "{comment}");
        assert!(value.get("testExecutionKey").is_none());
    }
}
