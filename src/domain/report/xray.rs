//! What a run says of each issue, in the JSON that Xray imports.

use crate::base::Stamp;
use crate::domain::history::RunRecord;
use crate::domain::mapping::{Execution, Statuses};
use crate::domain::suite::Told;
use serde_json::{Map, Value, json};

/// How many tests the comment of an issue names.
const NAMED: usize = 20;

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

/// One issue.
fn value(of: &Execution<'_>, (start, finish): (Stamp, Stamp), statuses: Statuses) -> Value {
    json!({
        "testKey": of.key,
        "start": start.rfc3339(),
        "finish": finish.rfc3339(),
        "status": of.status.word(statuses),
        "comment": comment(of),
    })
}

/// What its tests did, those first that failed.
fn comment(of: &Execution<'_>) -> String {
    let mut results = of.results.clone();
    results.sort_by_key(|told| !told.outcome.is_bad());
    let line = |told: &&Told| {
        let message = if told.message.is_empty() { String::new() } else { format!(": {}", told.message) };
        format!("{} {}{message}", told.id.clean(), told.outcome)
    };
    let mut lines: Vec<String> = results.iter().take(NAMED).map(line).collect();
    lines.extend((results.len() > NAMED).then(|| format!("and {} more", results.len() - NAMED)));
    lines.join("\n")
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
    let tests: Vec<Value> = executions.iter().map(|one| value(one, (run.when, finish), statuses)).collect();
    all.insert("tests".to_owned(), tests.into());
    Value::Object(all)
}

#[cfg(test)]
mod tests {
    use super::{Info, xray_value};
    use crate::domain::mapping::{Statuses, executions, sample, sample_run};
    use crate::domain::suite::Outcome;

    #[test]
    fn an_issue_has_its_status_its_times_and_what_its_tests_did() {
        let mapping =
            sample("@pytest.mark.xray('A-1')\ndef test_one(x): pass\n@pytest.mark.xray('A-2')\ndef test_two(): pass\n");
        let results =
            [("test_one[1]", Outcome::Passed), ("test_one[2]", Outcome::Failed), ("test_two", Outcome::Passed)];
        let record = sample_run(&results);
        let found = executions(&mapping, &record);
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
