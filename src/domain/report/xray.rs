//! What a run says of each issue, in the JSON that Xray imports.

use crate::base::{Clean, Stamp};
use crate::domain::history::RunRecord;
use crate::domain::mapping::{Execution, Status, Statuses};
use crate::domain::report::base64::base64;
use crate::domain::suite::Told;
use serde_json::{Map, Value, json};

/// How many tests the comment of an issue names.
const NAMED: usize = 20;
/// How many results of an issue are told one by one.
const ITERATIONS: usize = 500;
/// How many failures of an issue are attached.
const ATTACHED: usize = 20;
/// Of how many bytes of a failure what is attached is made.
const LONGEST: usize = 64 * 1024;

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

/// A time in the form that Xray documents: with the distance to UTC in figures.
fn time(stamp: Stamp) -> String {
    let text = stamp.rfc3339();
    text.strip_suffix('Z').map(|plain| format!("{plain}+00:00")).unwrap_or(text)
}

/// One issue. Where several tests, or one with several cases, belong to it, each is an iteration; what failed is attached.
fn value(of: &Execution<'_>, (start, finish): (Stamp, Stamp), statuses: Statuses) -> Value {
    let mut all = Map::new();
    all.insert("testKey".to_owned(), of.key.into());
    all.insert("start".to_owned(), time(start).into());
    all.insert("finish".to_owned(), time(finish).into());
    all.insert("status".to_owned(), of.status.word(statuses).into());
    all.insert("comment".to_owned(), comment(of).into());
    if of.results.len() > 1 {
        let all_of = of.results.iter().take(ITERATIONS).map(|told| iteration(told, statuses));
        all.insert("iterations".to_owned(), all_of.collect::<Vec<_>>().into());
    }
    let evidence = evidence(of);
    if !evidence.is_empty() {
        all.insert("evidence".to_owned(), evidence.into());
    }
    Value::Object(all)
}

/// One of several results of an issue.
fn iteration(told: &Told, statuses: Statuses) -> Value {
    let mut all = Map::new();
    all.insert("name".to_owned(), clean(told.id.without_params()).into());
    if let Some(params) = told.id.params() {
        all.insert("parameters".to_owned(), json!([{ "name": "case", "value": clean(params) }]));
    }
    if !told.message.is_empty() {
        all.insert("log".to_owned(), told.message.to_string().into());
    }
    all.insert("status".to_owned(), Status::of_one(told.outcome).word(statuses).into());
    Value::Object(all)
}

/// What the tests that failed left, as texts: at most so many, each cut in its middle where it is long.
fn evidence(of: &Execution<'_>) -> Vec<Value> {
    let failed = of.results.iter().filter(|told| told.outcome.is_bad() && !told.details.is_empty());
    let value = |(at, told): (usize, &&Told)| {
        let text: Vec<String> = told.details.lines().map(clean).collect();
        let text = text.join("\n");
        let cut = text.get(..text.floor_char_boundary(LONGEST)).unwrap_or_default();
        let name = told.id.names().last().map_or("failure", |name| name.split('[').next().unwrap_or(name)).to_owned();
        let filename = format!("{}-{}.txt", name.replace(|c: char| !(c.is_alphanumeric() || c == '_'), "-"), at + 1);
        json!({ "data": base64(cut.as_bytes()), "filename": filename, "contentType": "text/plain" })
    };
    failed.take(ATTACHED).enumerate().map(value).collect()
}

fn clean(text: &str) -> String {
    Clean::line(text).to_string()
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
    put("startDate", Some(&time(run.when)));
    put("finishDate", Some(&time(finish)));
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
    use serde_json::Value;

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
            (&"2023-11-14T22:13:20+00:00".into(), &"A-9".into())
        );
        assert_eq!((&value["tests"][0]["status"], &value["tests"][1]["status"]), (&"FAIL".into(), &"PASS".into()));
        assert_eq!(value["tests"][0]["finish"], "2023-11-14T22:13:22+00:00");
        let comment = value["tests"][0]["comment"].as_str().unwrap();
        assert!(comment.starts_with("tests/test_a.py::test_one[2] failed: assert 1 == 2\n"), "{comment}");
        assert!(value.get("testExecutionKey").is_none());
    }

    /// What Xray says of its form: of each kind of object the names that it may have, with the kind of each value. A star marks
    /// those that it must have; what has no row is refused.
    const FORM: [(&str, &[(&str, &str)]); 6] = [
        ("results", &[("testExecutionKey", "text"), ("info", "info"), ("tests", "[test]")]),
        (
            "info",
            &[
                ("project", "text"),
                ("summary", "text"),
                ("description", "text"),
                ("version", "text"),
                ("revision", "text"),
                ("user", "text"),
                ("startDate", "time"),
                ("finishDate", "time"),
                ("testPlanKey", "text"),
                ("testEnvironments", "[text]"),
            ],
        ),
        (
            "test",
            &[
                ("testKey", "text"),
                ("start", "time"),
                ("finish", "time"),
                ("comment", "text"),
                ("executedBy", "text"),
                ("assignee", "text"),
                ("*status", "status"),
                ("iterations", "[iteration]"),
                ("defects", "[text]"),
                ("evidence", "[file]"),
            ],
        ),
        ("iteration", &[("name", "text"), ("parameters", "[parameter]"), ("log", "text"), ("*status", "status")]),
        ("parameter", &[("name", "text"), ("value", "text")]),
        ("file", &[("*data", "base64"), ("*filename", "text"), ("contentType", "text")]),
    ];

    /// What does not fit the form, by place.
    fn misfits(value: &Value, kind: &str, statuses: Statuses, at: &str) -> Vec<String> {
        let wrong = |is_right: bool| if is_right { vec![] } else { vec![format!("{at} is no {kind}: {value}")] };
        let text = value.as_str();
        if let Some(inner) = kind.strip_prefix('[') {
            let Some(all) = value.as_array() else { return wrong(false) };
            // An empty list of tests is refused.
            let inner = inner.trim_end_matches(']');
            let each = all.iter().enumerate();
            let found = each.flat_map(|(n, one)| misfits(one, inner, statuses, &format!("{at}[{n}]")));
            return found.chain(wrong(inner != "test" || !all.is_empty())).collect();
        }
        match kind {
            "text" => wrong(text.is_some()),
            "time" => wrong(text.is_some_and(|text| {
                // As in the examples of its documentation: 2014-08-30T11:47:35+01:00
                let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
                matches!(shape.as_str(), "0000-00-00T00:00:00+00:00" | "0000-00-00T00:00:00-00:00")
            })),
            "base64" => wrong(text.is_some_and(|text| {
                let plain = text.trim_end_matches('=');
                text.len() % 4 == 0 && plain.chars().all(|c| c.is_ascii_alphanumeric() || c == '+' || c == '/')
            })),
            "status" => {
                let words: &[&str] = match statuses {
                    Statuses::Cloud => &["PASSED", "FAILED", "TODO", "EXECUTING"],
                    Statuses::Server => &["PASS", "FAIL", "TODO", "EXECUTING", "ABORTED", "BLOCKED"],
                };
                wrong(text.is_some_and(|text| words.contains(&text)))
            }
            kind => {
                let (Some(all), Some((_, rows))) = (value.as_object(), FORM.iter().find(|(of, _)| *of == kind)) else {
                    return wrong(false);
                };
                let row = |name: &str| rows.iter().find(|(row, _)| row.trim_start_matches('*') == name);
                let inside = all.iter().flat_map(|(name, value)| match row(name) {
                    Some((_, kind)) => misfits(value, kind, statuses, &format!("{at}.{name}")),
                    None => vec![format!("{at} may not have {name}")],
                });
                let needed = rows.iter().filter_map(|(name, _)| name.strip_prefix('*'));
                let missing = needed.filter(|name| !all.contains_key(*name)).map(|name| format!("{at} has no {name}"));
                inside.chain(missing).collect()
            }
        }
    }

    #[test]
    fn the_results_have_the_form_that_xray_publishes_in_the_cloud_and_on_a_server() {
        let mapping = sample(
            "@pytest.mark.xray('A-1')\ndef test_one(x): pass\n@pytest.mark.xray('A-2')\ndef test_two(): pass\n\
             @pytest.mark.xray('A-3')\ndef test_three(): pass\n",
        );
        let mut record = sample_run(&[
            ("test_one[1]", Outcome::Passed),
            ("test_one[a-\u{202e}b]", Outcome::Failed),
            ("test_two", Outcome::Error),
            ("test_three", Outcome::Skipped),
        ]);
        record.results[1].details = "def test_one\n>   assert \u{1b}[31m1 == 2\nü".to_owned();
        let environments = ["ci".to_owned(), "linux".to_owned()];
        let full = Info { execution: Some("A-7"), project: Some("A"), plan: Some("A-9"), environments: &environments };
        let found = executions(&mapping, &record);
        for (statuses, info) in [(Statuses::Cloud, full), (Statuses::Server, full), (Statuses::Cloud, Info::default())]
        {
            let value = xray_value(&found, &record, &info, statuses);
            assert_eq!(misfits(&value, "results", statuses, "results"), Vec::<String>::new(), "{value:#}");
            assert_eq!(value["tests"].as_array().map(Vec::len), Some(3));
            let one = &value["tests"][0];
            assert_eq!(one["iterations"][1]["parameters"][0]["name"], "case");
            assert_eq!(one["iterations"][0]["status"], if statuses == Statuses::Cloud { "PASSED" } else { "PASS" });
            assert_eq!(one["evidence"].as_array().map(Vec::len), Some(1));
            assert!(value["tests"][1].get("iterations").is_none(), "one result is no iteration");
        }
        // The check itself tells what is wrong.
        let wrong = serde_json::json!({ "tests": [{ "testKey": 1, "status": "PASS", "start": "today", "more": 1 }], "info": {} });
        assert_eq!(misfits(&wrong, "results", Statuses::Cloud, "r").len(), 4);
        assert_eq!(misfits(&serde_json::json!({ "tests": [] }), "results", Statuses::Cloud, "r").len(), 1);
    }
}
