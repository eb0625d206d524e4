//! The portable form of a history: in each line one run with all its results, so that two files joined are one.

use crate::base::{Clean, Problem, Stamp, document};
use crate::domain::history::{Run, RunRecord, RunSource, link};
use crate::domain::suite::{Outcome, TestId, Told};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::HashSet;

const NAME: &str = "export of a history";
/// What each line begins with.
const MARK: &[u8] = b"{\"lacuna_history\":";
/// The newest form that is known.
const FORM: u32 = 1;

/// One line. What is not known is not there.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    lacuna_history: u32,
    #[serde(borrow)]
    id: Cow<'a, str>,
    /// When it started, in milliseconds since 1970 in UTC.
    at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    commit: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    branch: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tree: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    environment: Option<Cow<'a, str>>,
    #[serde(default)]
    command: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exit: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<Cow<'a, str>>,
    #[serde(default)]
    seconds: f64,
    results: Vec<Row<'a>>,
}

/// One test of a run.
#[derive(Serialize, Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    test: Cow<'a, str>,
    outcome: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attempts: Vec<Cow<'a, str>>,
    #[serde(default)]
    seconds: f64,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    message: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    details: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    worker: Option<Cow<'a, str>>,
}

/// The beginning of a line: whose it is, and which run.
#[derive(Deserialize)]
struct Head<'a> {
    lacuna_history: u32,
    #[serde(borrow)]
    id: Cow<'a, str>,
}

/// Whether a file is one, by how it begins.
#[must_use]
pub fn is_export(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(MARK)
}

/// The line of a run, without its end.
///
/// # Errors
/// It cannot be written as JSON.
pub fn export_line(record: &RunRecord) -> Result<String, Problem> {
    let run = &record.run;
    let line = Line {
        lacuna_history: FORM,
        id: run.id.as_str().into(),
        at: run.when.0,
        commit: run.commit.as_deref().map(Cow::from),
        branch: run.branch.as_deref().map(Cow::from),
        tree: run.tree.as_deref().map(Cow::from),
        environment: run.environment.as_deref().map(Cow::from),
        command: run.command.as_str().into(),
        exit: run.exit,
        url: run.url.as_deref().map(Cow::from),
        seconds: run.seconds,
        results: record.results.iter().map(row).collect(),
    };
    serde_json::to_string(&line).map_err(|error| Problem::error(&*run.id, error.to_string()))
}

fn row(told: &Told) -> Row<'_> {
    Row {
        test: told.id.as_str().into(),
        outcome: told.outcome.word().into(),
        attempts: told.attempts.iter().map(|outcome| outcome.word().into()).collect(),
        // As exact as the history keeps them: more digits than that are read back one bit off now and then.
        seconds: (told.seconds * 1e6).round() / 1e6,
        message: (&*told.message).into(),
        details: told.details.as_str().into(),
        worker: told.worker.as_deref().map(Cow::from),
    }
}

/// The ids of the runs in an export that others may have written to; nothing for an empty one. Lines that cannot be read hold none.
///
/// # Errors
/// It is no export.
pub fn exported_ids(bytes: &[u8], origin: &str) -> Result<HashSet<String>, Problem> {
    if bytes.trim_ascii().is_empty() {
        return Ok(HashSet::new());
    }
    if !is_export(bytes) {
        let hint = "nothing was written to it: name a file that is not there yet, or an export";
        return Err(Problem::error(origin, format!("is no {NAME}")).hint(hint));
    }
    let text = document::text(bytes, origin, NAME)?;
    let heads = text.lines().filter_map(|line| serde_json::from_str::<Head<'_>>(line).ok());
    Ok(heads.map(|head| head.id.into_owned()).collect())
}

/// Reads an export: its runs, as ingested ones, and what is wrong with single lines. A line that cannot be read takes nothing
/// from the others; the last one may have been cut off when its writer was ended.
///
/// # Errors
/// It is no text.
pub fn read_export(bytes: &[u8], origin: &str) -> Result<(Vec<RunRecord>, Vec<Problem>), Problem> {
    let text = document::text(bytes, origin, NAME)?;
    let (mut records, mut problems) = (Vec::new(), Vec::new());
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    for (at, line) in lines {
        match read_line(line) {
            Ok(record) => records.push(record),
            Err(what) => {
                let problem = Problem::error(origin, format!("{NAME}: line {}: {what}", at + 1));
                problems.push(problem.hint("this run was left out, and all others are read"));
            }
        }
    }
    Ok((records, problems))
}

fn read_line(line: &str) -> Result<RunRecord, String> {
    if let Ok(head) = serde_json::from_str::<Head<'_>>(line)
        && head.lacuna_history > FORM
    {
        return Err(format!("a newer lacuna wrote it (form {})", head.lacuna_history));
    }
    let line: Line<'_> = serde_json::from_str(line).map_err(|error| error.to_string())?;
    if line.id.is_empty() || line.id.chars().any(Clean::is_odd) {
        return Err(format!("{:?} is no id of a run", line.id));
    }
    let owned = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
    let run = Run {
        commit: owned(line.commit),
        branch: owned(line.branch),
        tree: owned(line.tree),
        environment: owned(line.environment),
        command: line.command.into_owned(),
        exit: line.exit,
        url: line.url.and_then(|url| link(&url)),
        seconds: time(line.seconds),
        ..Run::new(line.id, Stamp(line.at), RunSource::Ingested)
    };
    let results = line.results.into_iter().map(told).collect::<Result<_, _>>()?;
    Ok(RunRecord::new(run, results))
}

fn told(row: Row<'_>) -> Result<Told, String> {
    Ok(Told {
        attempts: row.attempts.iter().map(|word| Outcome::of_word(word)).collect::<Result<_, _>>()?,
        seconds: time(row.seconds),
        message: Clean::line(&row.message),
        details: row.details.into_owned(),
        worker: row.worker.map(Cow::into_owned),
        ..Told::new(TestId::new(&row.test), Outcome::of_word(&row.outcome)?)
    })
}

/// Seconds that can be: neither negative nor endless.
fn time(seconds: f64) -> f64 {
    if seconds.is_finite() { seconds.max(0.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::{export_line, exported_ids, is_export, read_export};
    use crate::base::{Clean, Stamp};
    use crate::domain::history::{Run, RunRecord, RunSource};
    use crate::domain::suite::{Outcome, TestId, Told};
    use proptest::prelude::*;

    fn records() -> impl Strategy<Value = RunRecord> {
        let outcome = prop::sample::select(Outcome::ALL.to_vec());
        let told = (
            ".{1,20}",
            outcome.clone(),
            prop::collection::vec(outcome, 0..3),
            0.0..1e6_f64,
            ".{0,12}",
            any::<String>(),
        )
            .prop_map(|(id, outcome, attempts, seconds, message, details)| Told {
                attempts,
                seconds,
                message: Clean::line(&message),
                details,
                ..Told::new(TestId::new(&id), outcome)
            });
        let words = prop::option::of("[ -~äß→]{1,12}");
        (("[a-z0-9-]{1,9}", any::<i64>()), (words.clone(), words.clone(), words), prop::collection::vec(told, 0..5))
            .prop_map(|((id, at), (commit, branch, environment), results)| {
                let run = Run { commit, branch, environment, ..Run::new(id, Stamp(at), RunSource::Ingested) };
                RunRecord::new(run, results)
            })
    }

    /// Durations are kept in microseconds.
    fn rounded(records: &[RunRecord]) -> Vec<RunRecord> {
        let mut records = records.to_vec();
        let results = records.iter_mut().flat_map(|record| &mut record.results);
        results.for_each(|told| told.seconds = (told.seconds * 1e6).round());
        records
    }

    proptest! {
        #[test]
        fn what_is_exported_comes_back_whole_and_a_broken_line_takes_nothing_with_it(
            all in prop::collection::vec(records(), 1..4), at in 0_usize..4, cut in 1_usize..30,
        ) {
            let mut lines: Vec<String> = all.iter().map(|record| export_line(record).unwrap()).collect();
            let text = lines.join("\n");
            prop_assert!(is_export(text.as_bytes()));
            let (back, problems) = read_export(text.as_bytes(), "x").unwrap();
            prop_assert_eq!(rounded(&back), rounded(&all));
            prop_assert!(problems.is_empty());
            let ids = exported_ids(text.as_bytes(), "x").unwrap();
            prop_assert!(all.iter().all(|record| ids.contains(&record.run.id)));
            let broken = &lines[at % all.len()];
            let end = broken.char_indices().map(|(end, _)| end).rfind(|end| *end <= broken.len() - cut.min(broken.len())).unwrap();
            lines[at % all.len()] = broken[..end].to_owned() + "\n";
            let (left, problems) = read_export(lines.join("\n").as_bytes(), "x").unwrap();
            let mut others = all.clone();
            others.remove(at % all.len());
            prop_assert_eq!(rounded(&left), rounded(&others));
            prop_assert!(problems.len() == usize::from(end > 0));
        }
    }

    #[test]
    fn what_no_lacuna_wrote_is_refused_line_by_line_with_its_place() {
        let check = |line: &str, expect: &str| {
            let (records, problems) = read_export(line.as_bytes(), "team.jsonl").unwrap();
            assert!(records.is_empty() && problems.len() == 1, "{line}");
            assert!(problems[0].to_string().contains(expect), "{} lacks {expect:?}", problems[0]);
        };
        check(r#"{"lacuna_history":2,"id":"a"}"#, "line 1: a newer lacuna wrote it (form 2)");
        check("\n{\"lacuna_history\":1,\"id\":\"\",\"at\":1,\"results\":[]}", "line 2: \"\" is no id");
        check(
            r#"{"lacuna_history":1,"id":"a","at":1,"results":[{"test":"t.py::x","outcome":"green"}]}"#,
            "\"green\" is no outcome",
        );
        check(r#"{"lacuna_history":1,"id":"a","at":1}"#, "missing field `results`");
        let (records, _) =
            read_export(br#"{"lacuna_history":1,"id":"a","at":1,"url":"javascript:x","seconds":-4,"results":[]}"#, "x")
                .unwrap();
        assert_eq!((records[0].run.url.as_deref(), records[0].run.seconds), (None, 0.0));
        assert!(exported_ids(b"<testsuite/>", "x").unwrap_err().to_string().contains("nothing was written"));
        assert!(exported_ids(b"\n", "x").unwrap().is_empty());
    }
}
