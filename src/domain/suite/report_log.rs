//! pytest's report log: one JSON object for each part of each test, and for what happened around them.

use crate::base::{Clean, Problem, Stamp, document};
use crate::domain::suite::{Outcome, Session, TestId, Told};
use serde::Deserialize;
use std::collections::HashMap;

const NAME: &str = "pytest report log";
/// No part of a test takes longer, in seconds.
const LONGEST: f64 = 1e9;
/// No test starts later, in seconds since 1970.
const LATEST: f64 = 1e12;

/// One line, as far as it matters.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Line {
    #[serde(rename = "$report_type")]
    kind: String,
    pytest_version: Option<String>,
    exitstatus: Option<i32>,
    nodeid: String,
    outcome: String,
    when: String,
    longrepr: serde_json::Value,
    wasxfail: Option<serde_json::Value>,
    duration: f64,
    start: Option<f64>,
    worker_id: Option<String>,
}

/// One test while its parts come in.
#[derive(Default)]
struct Open {
    told: Option<Told>,
    /// How the attempt stands.
    now: Option<Outcome>,
    /// Whether the attempt will be made again.
    again: bool,
}

/// Reads a report log. `origin` names it in problems. A log that ends early, or in the middle of a line, is that of a run that was
/// ended: what it holds counts.
///
/// # Errors
/// Whatever is no report log.
pub fn read_report_log(bytes: &[u8], origin: &str) -> Result<Session, Problem> {
    let text = document::text(bytes, origin, NAME)?;
    let mut reader = Reader::default();
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).peekable();
    while let Some((at, line)) = lines.next() {
        match serde_json::from_str::<Line>(line) {
            Ok(line) if !line.kind.is_empty() => reader.take(line),
            Ok(_) => return Err(refuse(origin, at, "no \"$report_type\" is in this line")),
            // The last line was being written when the run was ended.
            Err(_) if at > 0 && lines.peek().is_none() => reader.is_cut = true,
            Err(error) => return Err(refuse(origin, at, &error.to_string())),
        }
    }
    Ok(reader.finish(origin))
}

fn refuse(origin: &str, at: usize, what: &str) -> Problem {
    let what = format!("{NAME}: line {}: {what}", at + 1);
    Problem::error(origin, what).hint("`pytest --report-log=FILE` writes one JSON object a line")
}

#[derive(Default)]
struct Reader {
    session: Session,
    tests: Vec<Open>,
    places: HashMap<TestId, usize>,
    is_whole: bool,
    is_cut: bool,
}

impl Reader {
    fn take(&mut self, line: Line) {
        match line.kind.as_str() {
            "SessionStart" => {
                self.session.environment = line.pytest_version.map(|version| format!("pytest {version}"));
            }
            "SessionFinish" => {
                self.session.exit = line.exitstatus;
                self.is_whole = true;
            }
            "CollectReport" if line.outcome == "failed" && !line.nodeid.is_empty() => self.uncollected(&line),
            // What is told of no test is told of nothing.
            _ if line.nodeid.is_empty() => {}
            "TestReport" => self.part(line),
            // Both names are in use: a failed subtest fails its test, even where the test says that it passed.
            "SubTestReport" | "SubtestReport" if line.outcome == "failed" => self.subtest(&line),
            _ => {}
        }
    }

    fn test(&mut self, id: &str) -> &mut Open {
        let id = TestId::new(id);
        let next = self.tests.len();
        let place = *self.places.entry(id.clone()).or_insert(next);
        if place == next {
            let told = Some(Told::new(id, Outcome::Passed));
            self.tests.push(Open { told, ..Open::default() });
        }
        &mut self.tests[place]
    }

    fn uncollected(&mut self, line: &Line) {
        let open = self.test(&line.nodeid);
        open.now = Some(Outcome::Error);
        open.explain(line);
    }

    fn subtest(&mut self, line: &Line) {
        let open = self.test(&line.nodeid);
        open.now = Some(Outcome::Failed);
        open.explain(line);
    }

    fn part(&mut self, mut line: Line) {
        line.duration = line.duration.clamp(0.0, LONGEST);
        line.start = line.start.map(|start| start.min(LATEST));
        if let Some(start) = line.start.filter(|start| *start > 0.0) {
            let stamp = Stamp(milliseconds(start));
            self.session.stamp = Some(self.session.stamp.map_or(stamp, |known| known.min(stamp)));
            let end = start + line.duration;
            let first = seconds(self.session.stamp.unwrap_or(stamp));
            self.session.seconds = Some(self.session.seconds.unwrap_or(0.0).max(end - first));
        }
        let open = self.test(&line.nodeid);
        if line.when == "setup" && open.again {
            open.end_attempt();
        }
        let expected = line.wasxfail.is_some();
        let outcome = match (line.outcome.as_str(), line.when.as_str()) {
            ("passed", _) if expected => Some(Outcome::Xpassed),
            ("passed", "call") => Some(Outcome::Passed),
            ("skipped", _) => Some(if expected { Outcome::Xfailed } else { Outcome::Skipped }),
            ("failed" | "rerun", "call") => Some(Outcome::Failed),
            ("failed" | "rerun", _) => Some(Outcome::Error),
            _ => None,
        };
        open.again |= line.outcome == "rerun";
        // What failed and could not be torn down either has failed.
        if let Some(outcome) = outcome.filter(|_| !open.now.is_some_and(Outcome::is_bad)) {
            open.now = Some(outcome);
            if outcome.is_bad() || matches!(outcome, Outcome::Skipped | Outcome::Xfailed) {
                open.explain(&line);
            }
        }
        if let Some(told) = &mut open.told {
            told.seconds += line.duration;
            told.worker = line.worker_id.or_else(|| told.worker.take());
        }
    }

    fn finish(mut self, origin: &str) -> Session {
        for mut open in self.tests {
            if let (Some(mut told), Some(now)) = (open.told.take(), open.now) {
                told.outcome = now;
                self.session.tests.push(told);
            }
        }
        if self.is_cut || !self.is_whole {
            let what = if self.is_cut { "ends in the middle of a line" } else { "has no end of the session" };
            let problem = Problem::warning(origin, format!("{NAME}: {what}: the run was ended early"));
            self.session.notes.push(problem.hint("the tests that it tells of are kept"));
        }
        self.session
    }
}

impl Open {
    /// What an attempt came to that is followed by another one.
    fn end_attempt(&mut self) {
        if let (Some(told), Some(now)) = (&mut self.told, self.now.take()) {
            told.attempts.push(now);
        }
        self.again = false;
    }

    /// The failure or the reason of a skip; that of the last attempt stays.
    fn explain(&mut self, line: &Line) {
        let Some(told) = &mut self.told else { return };
        let (message, details) = words(&line.longrepr);
        let reason = line.wasxfail.as_ref().and_then(|reason| reason.as_str()).filter(|reason| !reason.is_empty());
        told.message = Clean::line(reason.unwrap_or(&message));
        told.details = details;
    }
}

/// A failure in one line and in full: as text, as place and reason, or as pytest's structure of it.
fn words(longrepr: &serde_json::Value) -> (String, String) {
    if let Some(text) = longrepr.as_str() {
        let error = text.lines().find_map(|line| line.strip_prefix("E  ")).map(str::trim);
        let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        return (error.unwrap_or(first).to_owned(), text.to_owned());
    }
    if let Some([_, _, reason]) = longrepr.as_array().map(Vec::as_slice) {
        let reason = reason.as_str().unwrap_or_default();
        return (reason.strip_prefix("Skipped: ").unwrap_or(reason).to_owned(), String::new());
    }
    let crash = longrepr["reprcrash"]["message"].as_str().unwrap_or_default();
    let message = crash.lines().next().unwrap_or_default().to_owned();
    let mut details = String::new();
    let chain = longrepr["chain"].as_array().filter(|chain| !chain.is_empty());
    let links: Vec<&serde_json::Value> = match chain {
        Some(chain) => chain.iter().map(|link| &link[0]).collect(),
        None => vec![&longrepr["reprtraceback"]],
    };
    let said = |link: usize| chain.and_then(|chain| chain.get(link)).and_then(|link| link[2].as_str());
    for (at, traceback) in links.into_iter().enumerate() {
        for entry in traceback["reprentries"].as_array().into_iter().flatten() {
            let data = &entry["data"];
            let lines = data["lines"].as_array().into_iter().flatten().filter_map(serde_json::Value::as_str);
            lines.for_each(|line| details.extend([line, "\n"]));
            let place = &data["reprfileloc"];
            if let (Some(path), Some(line)) = (place["path"].as_str(), place["lineno"].as_u64()) {
                details.push_str(&format!("\n{path}:{line}: {}\n", place["message"].as_str().unwrap_or_default()));
            }
        }
        if let Some(said) = said(at) {
            details.push_str(&format!("\n{said}\n\n"));
        }
    }
    (message, details)
}

#[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 are far below 2^53")]
fn milliseconds(seconds: f64) -> i64 {
    (seconds * 1000.0) as i64
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below 2^53")]
fn seconds(stamp: Stamp) -> f64 {
    stamp.0 as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::read_report_log;
    use crate::domain::suite::Outcome::{Error, Failed, Passed, Skipped, Xfailed, Xpassed};
    use crate::domain::suite::{Outcome, Session};
    use proptest::prelude::*;

    fn part(id: &str, when: &str, outcome: &str, more: &str) -> String {
        format!(
            r#"{{"nodeid":"t.py::{id}","when":"{when}","outcome":"{outcome}","duration":0.5,"start":1795643799.5{more},"$report_type":"TestReport"}}"#
        )
    }

    fn session(lines: &[String]) -> Session {
        let text = lines.join("\n");
        let head = r#"{"pytest_version":"9.2.0","$report_type":"SessionStart"}"#;
        let tail = r#"{"exitstatus":1,"$report_type":"SessionFinish"}"#;
        read_report_log(format!("{head}\n{text}\n{tail}\n").as_bytes(), "log.jsonl").unwrap()
    }

    /// The parts of one test, each as its name, its outcome and further fields.
    fn check(parts: &[(&str, &str, &str)], outcome: Outcome, attempts: &[Outcome], message: &str) {
        let lines: Vec<String> = parts.iter().map(|(when, outcome, more)| part("t", when, outcome, more)).collect();
        let session = session(&lines);
        let [test] = session.tests.as_slice() else { panic!("{:?}", session.tests) };
        let told = (test.outcome, test.attempts.as_slice(), test.message.as_str());
        assert_eq!(told, (outcome, attempts, message), "{parts:?}");
        assert_eq!(session.notes, []);
    }

    #[test]
    fn the_parts_of_a_test_are_folded() {
        let (up, down) = (("setup", "passed", ""), ("teardown", "passed", ""));
        let crash = r#","longrepr":{"reprcrash":{"message":"assert 1 == 2\n more"}}"#;
        check(&[up, ("call", "passed", ""), down], Passed, &[], "");
        check(&[up, ("call", "failed", crash), down], Failed, &[], "assert 1 == 2");
        check(&[("setup", "failed", crash), down], Error, &[], "assert 1 == 2");
        check(&[up, ("call", "passed", ""), ("teardown", "failed", crash)], Error, &[], "assert 1 == 2");
        check(&[up, ("call", "failed", crash), ("teardown", "failed", "")], Failed, &[], "assert 1 == 2");
        check(&[("setup", "skipped", r#","longrepr":["t.py",3,"Skipped: why"]"#), down], Skipped, &[], "why");
        check(&[up, ("call", "skipped", r#","wasxfail":"known","longrepr":null"#), down], Xfailed, &[], "known");
        check(&[up, ("call", "passed", r#","wasxfail":"""#), down], Xpassed, &[], "");
        let strict = r#","longrepr":"[XPASS(strict)] x""#;
        check(&[up, ("call", "failed", strict), down], Failed, &[], "[XPASS(strict)] x");
        check(
            &[up, ("call", "rerun", crash), down, up, ("call", "passed", ""), down],
            Passed,
            &[Failed],
            "assert 1 == 2",
        );
        check(&[("setup", "rerun", ""), down, up, ("call", "failed", crash)], Failed, &[Error], "assert 1 == 2");
    }

    #[test]
    fn a_failed_subtest_fails_its_test_though_the_test_says_that_it_passed() {
        let sub = part("t", "call", "failed", r#","longrepr":"E   AssertionError: x""#)
            .replace("TestReport", "SubTestReport");
        let session = session(&[part("t", "setup", "passed", ""), sub, part("t", "call", "passed", "")]);
        assert_eq!((session.tests[0].outcome, session.tests[0].message.as_str()), (Failed, "AssertionError: x"));
    }

    #[test]
    fn a_file_that_cannot_be_collected_is_an_error_under_its_name() {
        let broken =
            r#"{"nodeid":"t.py","outcome":"failed","longrepr":"E   ImportError: no","$report_type":"CollectReport"}"#;
        let session = session(&[broken.to_owned()]);
        assert_eq!((session.tests[0].id.as_str(), session.tests[0].outcome), ("t.py", Error));
        assert_eq!((session.exit, session.environment.as_deref()), (Some(1), Some("pytest 9.2.0")));
    }

    #[test]
    fn a_log_that_ends_early_keeps_what_it_tells_and_says_so() {
        let whole = part("t", "call", "passed", "");
        for (text, why) in
            [(format!("{whole}\n{{\"node"), "the middle of a line"), (format!("{whole}\n"), "no end of the session")]
        {
            let session = read_report_log(text.as_bytes(), "log.jsonl").unwrap();
            assert_eq!(session.tests.len(), 1);
            assert!(session.notes[0].to_string().contains(why), "{:?}", session.notes);
        }
        for text in ["", "{\"a\":1}", "no json\n{}"] {
            let problem = read_report_log(text.as_bytes(), "log.jsonl").expect_err(text).to_string();
            assert!(problem.starts_with("log.jsonl: pytest report log: "), "{problem}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(text in "(\\{\"[$a-z_]{1,12}\":[\\PC]{0,10}\\}\n|\\PC{0,30}\n){0,12}") {
            let _ = read_report_log(text.as_bytes(), "any");
        }
    }

    #[test]
    fn a_line_of_no_test_is_none_and_no_time_is_endless() {
        let line = |id: &str, seconds: &str| {
            format!(
                r#"{{"nodeid":"{id}","when":"call","outcome":"passed","duration":{seconds},"$report_type":"TestReport"}}"#
            )
        };
        let log = [line("", "1"), line("t.py::a", "1e308"), line("t.py::a", "1e308"), line("t.py::b", "-4")].join("\n");
        let session = read_report_log(log.as_bytes(), "log").unwrap();
        let told: Vec<(&str, bool)> =
            session.tests.iter().map(|told| (told.id.as_str(), (0.0..1e10).contains(&told.seconds))).collect();
        assert_eq!(told, [("t.py::a", true), ("t.py::b", true)]);
    }
}
